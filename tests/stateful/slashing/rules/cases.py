"""What happens to cases."""

from hypothesis import strategies as st

from seqpool.units import DAY
from tests.stateful.encoding import bytes_words
from tests.stateful.machine import CHOICE, MOSTLY, OFFSET, RARELY, action
from tests.stateful.slashing.chain import (
    GOVERNANCE,
    OWNERS,
    STRANGER,
    STRANGERS,
    TREASURIES,
    VAULTS,
)

BPS_OF_REFUND = st.sampled_from([5_000, 10_000, 3_333, 1, 0, 9_999, 10_001])


class Cases:
    """Appeals, refunds and releases."""

    def has_cases(self) -> bool:
        return any(not x.is_released for x in self.model.cases)

    @action(weight=1, when=has_cases, choice=CHOICE, offset=OFFSET, first=MOSTLY)
    def year_passes(self, choice, offset, first):
        """To the second before, of, or after a case may be released or not appealed against any
        more; and then one tries."""
        model = self.model
        waiting = [id for id, x in enumerate(model.cases, 1) if not x.is_released]
        if not waiting:
            return
        case_id = waiting[0 if first else choice % len(waiting)]
        case = model.cases[case_id - 1]
        if case.appeals or choice % 2:
            self.wait_until(case.releasable_at + offset)
            self.release_now(case_id)
        else:
            self.wait_until(case.unlocks_at + offset)
            self.appeal_now(case.losses[0][0], case_id)

    def case_id(self, choice: int) -> int:
        count = len(self.model.cases)
        return count + 1 if choice == 99 or not count else 1 + choice % count

    def loser(self, case_id: int, choice: int) -> int:
        """The owner, the vault, or somebody else."""
        if choice > 93 or case_id > len(self.model.cases):
            return [STRANGER, GOVERNANCE, *OWNERS[:3], *VAULTS][choice % 7]
        owner, vault = (who for who, _ in self.model.cases[case_id - 1].losses)
        return vault if vault and choice % 2 else owner

    def appeal_now(self, sender: int, case_id: int, statement=b"ipfs://appeal"):
        words = (case_id, 64, *bytes_words(statement))
        self.do(sender, self.slash_vault, "appeal", case_id, statement, words=words)

    def release_now(self, case_id: int):
        self.do(STRANGER, self.slash_vault, "release", case_id)

    @action(weight=4, when=has_cases, choice=CHOICE, by=CHOICE, is_empty=RARELY, twice=RARELY)
    def appeal(self, choice, by, is_empty, twice):
        case_id = self.case_id(choice)
        sender = self.loser(case_id, by)
        for _ in range(1 + twice):
            self.appeal_now(sender, case_id, b"" if is_empty else b"ipfs://appeal")

    @action(
        weight=4,
        when=lambda self: any(x.appeals and x.refund_bps is None for x in self.model.cases),
        choice=CHOICE,
        bps=BPS_OF_REFUND,
        is_wrong=RARELY,
        collect=st.integers(0, 3),
        by=CHOICE,
    )
    def resolve(self, choice, bps, is_wrong, collect, by):
        """And some collect at once."""
        waiting = [
            id for id, x in enumerate(self.model.cases, 1) if x.appeals and x.refund_bps is None
        ]
        case_id = self.case_id(choice)
        if waiting and choice < 95:
            case_id = waiting[choice % len(waiting)]
        sender = self.by(GOVERNANCE, is_wrong, choice)
        self.do(sender, self.slash_vault, "resolve", case_id, bps)
        for place in range(collect):
            sender = self.loser(case_id, (by + place) % 100)
            self.do(sender, self.slash_vault, "collect_refund", case_id)

    @action(
        weight=2,
        when=lambda self: any(x.due(0) + x.due(1) for x in self.model.cases),
        choice=CHOICE,
        by=CHOICE,
    )
    def collect_refund(self, choice, by):
        owed = [id for id, x in enumerate(self.model.cases, 1) if x.due(0) + x.due(1)]
        case_id = owed[choice % len(owed)] if owed and choice < 90 else self.case_id(choice)
        self.do(self.loser(case_id, by), self.slash_vault, "collect_refund", case_id)

    @action(weight=2, when=has_cases, choice=CHOICE)
    def release(self, choice):
        model = self.model
        ripe = [
            id
            for id, x in enumerate(model.cases, 1)
            if not x.is_released and x.releasable_at <= model.now
        ]
        self.release_now(ripe[choice % len(ripe)] if ripe else self.case_id(choice))

    @action(
        weight=1,
        to=st.sampled_from([*TREASURIES, 0]),
        wait=st.sampled_from([0, 7 * DAY, 7 * DAY - 1]),
        is_wrong=RARELY,
        choice=CHOICE,
    )
    def announce_treasury(self, to, wait, is_wrong, choice):
        sender = self.by(GOVERNANCE, is_wrong, choice)
        self.do(sender, self.slash_vault, "announce_treasury", to)
        self.wait(wait)

    @action(weight=1, by=st.sampled_from(STRANGERS), key=CHOICE)
    def intrude(self, by, key):
        """What only contracts may call."""
        self.do(by, self.slash_vault, "open_case", 1, by, by, 1, 1, 2, key << 128)
        self.do(by, self.slash_vault, "use_key", key << 128, 1)
