"""What the watcher says of itself: status, alerts, metrics and logs."""
