"""Votes between peers: keys that sign, envelopes, the store of what was signed."""
