"""What the watcher does: it detects, votes, reports, and keeps the suite up."""
