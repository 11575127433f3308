"""The constants of limits.vy by name: bounds of parameters and arrays, and units."""

from seqpool.data import read_limits

LIMITS = read_limits()
