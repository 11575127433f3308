"""SequencerPool: stakes, and what operators and paired vaults do."""
