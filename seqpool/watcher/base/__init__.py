"""What all parts of the watcher use: settings, the clock, answers over HTTP."""
