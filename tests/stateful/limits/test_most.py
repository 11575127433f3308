"""State machine: what two thirds and votes can take at most; I4, I5, I13."""

from tests.stateful.limits.most import Most

TestMost = Most.TestCase
