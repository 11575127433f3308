"""What all parts of the watcher stand on: its settings, its clock, its HTTP answers."""
