"""What always holds; the invariants I6, I7, I10 and I11."""

from hypothesis.stateful import invariant

from tests.stateful.epochs.chain import FALLBACKS, SIGNERS
from tests.stateful.epochs.model import NO_COMMITTEE
from tests.stateful.epochs.rules.base import boundaries
from tests.stateful.quorum import signer_of


class Checks:
    """Compares the chain with the model."""

    @invariant()
    def agrees(self):
        """The chain agrees with the model where something may have changed; in full at the end."""
        self.steps += 1
        self.is_sound = False
        if self.steps % 10 == 0:
            self.note_reached()
            self.compare_rest()
        if self.is_new:
            self.compare_tip()
            for id in range(max(0, self.model.last - 1), self.model.last + 2):
                self.ask("epochs", id, model_name="epochs_")
            edges = boundaries(self.model.epochs)
            self.ask("sequencer_at", edges[self.steps % len(edges)])
            self.ask("epoch_at", edges[-1 - self.steps % min(12, len(edges))])
        self.is_new = False
        self.is_sound = True

    def compare_tip(self):
        model = self.model
        assert self.set.view("last_epoch") == [model.last]
        assert self.set.view("alive_at") == [model.alive_at]
        assert self.lively_at == model.alive_at
        self.ask("current_epoch")
        # I10
        for before, after in zip(model.epochs, model.epochs[1:], strict=False):
            assert before.end < after.start <= after.end

    def finish(self):
        model = self.model
        self.compare_tip()
        self.compare_rest()
        for id in range(model.last + 3):
            self.ask("epochs", id, model_name="epochs_")
        for id, x in enumerate(model.epochs):
            for block in (x.start, x.end, x.end + 1 + id % 2, x.start - 1)[: 2 + id % 3]:
                self.ask("epoch_at", block)
        for x in (*SIGNERS, *FALLBACKS):
            self.compare_conduct(x)

    def compare_conduct(self, x: int):
        bar = self.model.bars.get(x, (0, 0))
        assert self.set.view("reelections", x) == [self.model.reelections[x]]
        assert self.set.view("is_barred", x) == [x in self.model.bars]
        assert self.set.view("bar_of", x) == [*bar]

    def compare_rest(self):
        model = self.model
        assert self.set.view("reelected_at") == [model.reelected_at]
        assert self.set.view("call_count") == [model.call_count]
        terms = [*model.parameters.values(), model.fallback_sequencer]
        assert self.set.view("parameters") == terms
        for name in ("installed", "previous"):
            nonce, _, hashed, seed, block, at = getattr(model, name)
            view = "committee" if name == "installed" else "previous_committee"
            assert self.set.view(view) == [nonce, hashed, seed, block, at]

    def note_reached(self):
        model = self.model
        members = model.installed.members
        reached = {
            "no committee": model.installed is NO_COMMITTEE,
            "empty committee": members == (),
            "scheduled": model.is_scheduled,
            "gap": model.find(model.block) is None,
            "two bars": len(model.bars) > 1,
            "all barred": members and all(signer_of(x) in model.bars for x in members),
            "ten epochs": model.last >= 10,
            "epoch 0 empty": model.epochs[0].end < model.epochs[0].start,
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}
