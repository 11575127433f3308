"""State machine: what offenders pay at least for a mass outage; G10."""

from hypothesis import settings

from tests.stateful.limits.least import Least

TestLeast = Least.TestCase

# An example is an attack of weeks, with all that is looked at after each step: it takes seconds.
TestLeast.settings = settings(max_examples=settings.default.max_examples // 4)
