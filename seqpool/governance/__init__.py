"""SequencerGovernor and Timelock: proposals, votes, attestations, powers."""
