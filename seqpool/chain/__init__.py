"""Nodes, accounts, contracts and transactions, whatever the contract."""
