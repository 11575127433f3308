"""What the watcher does: it detects, votes, reports, and does the upkeep of the suite."""
