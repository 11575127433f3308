"""Files that people and watchers hand to each other: votes, evidence, batches, consents, lists."""
