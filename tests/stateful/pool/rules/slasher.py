"""What the Slasher does."""

from hypothesis import strategies as st

from seqpool.units import DAY, HOUR
from tests.stateful.encoding import keccak_words
from tests.stateful.machine import CHOICE, MOSTLY, RARELY, action
from tests.stateful.pool.chain import STRANGER
from tests.stateful.pool.model.records import OWN, PAIRED
from tests.stateful.pool.rules.wanted import has, is_live


class Slasher:
    """Slashes, holds, jail and suspensions."""

    @action(
        weight=3,
        when=has(lambda m, x: m.slashable(x)),
        choice=CHOICE,
        amount=CHOICE,
        wrong=RARELY,
        kind=st.integers(0, 6),
    )
    def slash(self, choice, amount, wrong, kind):
        id = self.some(choice, lambda m, x: m.slashable(x))
        seq = self.get(id)
        most = self.model.slashable(seq)
        own, paired = seq.sides
        amounts = [most // 10, own.bonded + 1, 1, most // 3, own.total() + 1, most, most + 1]
        amounts += [own.bonded, own.total() + paired.bonded + 1, most // 50, most // 100, 0]
        amounts.append(2**256 - 1)
        amount = amounts[amount % len(amounts)]
        sender = self.by(self.model.slasher, wrong, choice)
        self.do(sender, "slash", id, amount, kind, keccak_words(amount))

    def until(self, choice: int) -> int:
        now = self.model.now
        good = [now + x for x in (HOUR, DAY, 30 * DAY, 7 * DAY, 20 * DAY, 1)]
        return [*good, *good, *good, now, now + 30 * DAY + 1, 2**256 - 1][choice % 21]

    @action(weight=2, when=has(is_live), choice=CHOICE, date=CHOICE, wrong=RARELY)
    def jail(self, choice, date, wrong):
        id = self.some(choice, is_live)
        self.do(self.by(self.model.slasher, wrong, choice), "jail", id, self.until(date))

    @action(weight=2, when=has(is_live), choice=CHOICE, cause=st.integers(1, 3), wrong=RARELY)
    def suspend(self, choice, cause, wrong):
        id = self.some(choice, lambda m, x: cause not in x.causes)
        self.do(self.by(self.model.slasher, wrong, choice), "suspend", id, cause, 7, 1_000)

    @action(
        weight=4,
        when=has(lambda m, x: x.causes),
        choice=CHOICE,
        cause=st.integers(1, 3),
        wrong=RARELY,
    )
    def lift(self, choice, cause, wrong):
        id = self.some(choice, lambda m, x: x.causes)
        causes = sorted(self.get(id).causes)
        cause = causes[cause % len(causes)] if causes and choice % 10 else cause
        self.do(self.by(self.model.slasher, wrong, choice), "lift", id, cause)

    @action(
        weight=3,
        when=has(lambda m, x: x.locked),
        choice=CHOICE,
        amount=CHOICE,
        date=CHOICE,
        wrong=RARELY,
        late=st.booleans(),
    )
    def hold(self, choice, amount, date, wrong, late):
        """Early, or late: when stake has matured."""
        id = self.some(choice, lambda m, x: any(y.unbondings for y in x.sides) or not late)
        own, paired = self.get(id).sides
        if late:
            self.be_patient(id, PAIRED if paired.unbondings else OWN, patient=True)
        both = own.total() + paired.total()
        amounts = [both, own.total() + 1, own.bonded + 1, both // 2, both + 1, 1, 0, 2**256 - 1]
        sender = self.by(self.model.slasher, wrong, choice)
        self.do(sender, "hold", id, amounts[amount % len(amounts)], self.until(date))

    @action(
        weight=3,
        when=has(lambda m, x: any(y.unbondings for y in x.sides)),
        choice=CHOICE,
        amount=CHOICE,
        again=st.booleans(),
        early=MOSTLY,
    )
    def claim_what_is_held(self, choice, amount, again, early):
        """Both sides, when a hold has caught what has matured since, or came too late; and when it
        has lapsed, or was set anew."""

        def wanted(model, seq):
            return seq.sides[choice % 3 > 0].unbondings  # mostly the vault's

        seq = self.get(self.some(choice % 90, wanted))
        own, paired = seq.sides
        side = PAIRED if paired.unbondings else OWN
        both = own.total() + paired.total()
        amounts = [
            both,
            max(1, both) - 1,
            both // 2,
            own.total() + paired.bonded + 1,
            own.bonded + 1,
        ]
        held = amounts[amount % len(amounts)]
        if early:
            self.do(self.model.slasher, "hold", seq.id, held, self.model.now + 30 * DAY)
        self.be_patient(seq.id, side, patient=True)
        if not early or amount % 2:
            self.do(self.model.slasher, "hold", seq.id, held + amount, self.model.now + DAY)
        for _ in range(1 + again):
            if seq.vault:
                self.do(seq.vault, "claim_paired", seq.id)
            self.do(STRANGER, "claim", seq.id)
            self.wait(DAY, blocks=1)
