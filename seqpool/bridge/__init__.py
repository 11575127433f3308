"""CommitteeRelay: from L1 to L2."""
