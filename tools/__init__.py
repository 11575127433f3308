"""Checks over the contracts that need the compiler and no chain."""
