"""Hypothesis profiles, chosen by `--hypothesis-profile`."""

from hypothesis import settings

# derandomized: a run of CI fails for what has changed, not by luck
settings.register_profile("unit", max_examples=20, deadline=None, derandomize=True)
# of state machines
settings.register_profile(
    "quick", max_examples=12, stateful_step_count=30, deadline=None, derandomize=True
)
settings.register_profile(
    "full", max_examples=100, stateful_step_count=50, deadline=None, derandomize=True
)
# each machine has two classes: 5,000 in all
settings.register_profile(
    "fuzz", max_examples=2_500, stateful_step_count=50, deadline=None, print_blob=True
)
settings.load_profile("unit")
