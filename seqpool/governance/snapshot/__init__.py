"""Snapshot: the votes of METIS holders off the chain, counted anew from what they have signed."""
