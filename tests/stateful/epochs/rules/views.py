"""Questions about old, present and future blocks."""

from hypothesis import strategies as st

from tests.stateful.encoding import list_words
from tests.stateful.epochs.rules.base import boundaries
from tests.stateful.machine import CHOICE, action
from tests.stateful.model import Rejected


class Views:
    """A view says what the model says."""

    def ask(self, name: str, *args, model_args: tuple | None = None, model_name: str = ""):
        """A view says what the model says."""
        given = args if model_args is None else model_args
        try:
            expected, reasons = self.model.call(model_name or name, 0, *given), None
        except Rejected as rejected:
            expected, reasons = None, rejected.reasons
        seen = self.set.ask(name, *args)
        if reasons:
            assert seen in reasons, f"{name}{args}: {seen}, not {reasons}"
        else:
            assert seen == expected, f"{name}{args}: {seen}, not {expected}"

    @action(weight=3, choices=st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
    def look_up(self, choices):
        """Old, present and future blocks."""
        model = self.model
        first, last = model.epochs[0].start, max(model.block, model.epochs[-1].start) + 40
        edges = boundaries(model.epochs)
        for choice in choices:
            block = (
                first - 1 + choice % (last - first) if choice % 2 else edges[choice % len(edges)]
            )
            for name in ("epoch_at", "sequencer_at"):
                self.ask(name, block)
        for block in (0, 2**256 - 1):
            self.ask("epoch_at", block)

    @action(
        weight=3,
        choice=CHOICE,
        flaw=CHOICE,
        round=st.sampled_from([0, 1, 2, 3, 0, 1, 5, 256]),
    )
    def look_at_draws(self, choice, flaw, round):
        model = self.model
        members = self.list_of(model.installed, flaw)
        epoch = max(0, model.last + 2 - choice % 8)
        words = (96, epoch, round, *list_words(members))
        given = (members, epoch, round)
        self.ask("draw", *words, model_name="draw_", model_args=given)
