"""A local network to try things out: its accounts, its voters, its stalls, and the story."""
