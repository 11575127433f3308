"""What the watcher reads from nodes and sends to them."""
