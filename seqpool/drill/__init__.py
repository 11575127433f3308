"""The drill: a local network in real processes, faults, and how long it takes to get over them.

`python -m seqpool.drill`, or `make drill`; docs/watcher.md has what it found.
"""
