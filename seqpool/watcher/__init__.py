"""The watcher: what the governance rules call the client's automatic handling.

It imports nothing of ape, because it has to run beside a node in little memory.
"""
