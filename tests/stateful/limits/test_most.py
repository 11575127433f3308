"""State machine: what two thirds and votes can take at most; I4, I5, I13."""

from hypothesis import settings

from tests.stateful.limits.most import Most

TestMost = Most.TestCase

# An example is an attack of weeks, with all that is looked at after each step: it takes seconds.
TestMost.settings = settings(max_examples=settings.default.max_examples // 4)
