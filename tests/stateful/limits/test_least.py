"""State machine: what offenders pay at least for a mass outage; G10."""

from tests.stateful.limits.least import Least

TestLeast = Least.TestCase
