"""SequencerSet: epochs, re-elections, and who produced which blocks."""
