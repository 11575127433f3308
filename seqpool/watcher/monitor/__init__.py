"""What the watcher says of itself: status, alerts, metrics, logs."""
