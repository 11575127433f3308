"""Cases in the SlashVault, and who gets what of them."""

from seqpool.protocol.limits import LIMITS
from tests.stateful.slashing.model.records import Case


class Cases:
    """Appeals, refunds and releases."""

    def case(self, case_id: int) -> Case:
        self.require(1 <= case_id <= len(self.cases), "SlashVault: unknown case")
        return self.cases[case_id - 1]

    def sides_of(self, case: Case, who: int) -> list[int]:
        """Whoever is both acts for both."""
        sides = [side for side in (0, 1) if case.losses[side][0] == who]
        self.require(bool(sides), "SlashVault: not owner or vault")
        return sides

    def appeal(self, sender, case_id, statement: bytes):
        case = self.case(case_id)
        sides = self.sides_of(case, sender)
        before = [side for side, _ in case.appeals]
        self.need(not set(sides) & set(before), "SlashVault: appealed already")
        self.need(case.refund_bps is None, "SlashVault: resolved already")
        self.need(self.now < case.unlocks_at, "SlashVault: too late")
        self.require(len(statement) > 0, "SlashVault: empty statement")
        case.appeals += [(side, self.now) for side in sides]
        self.log("CaseAppealed", case_id, sender, statement.decode())

    def resolve(self, sender, case_id, refund_bps):
        self.require(sender == self.governance, "roles: not governance")
        case = self.case(case_id)
        self.need(bool(case.appeals), "SlashVault: not appealed")
        self.need(case.refund_bps is None, "SlashVault: resolved already")
        self.need(not case.is_released, "SlashVault: released already")
        self.require(refund_bps <= LIMITS["BPS"], "SlashVault: refund above all")
        case.refund_bps = refund_bps
        self.log("CaseResolved", case_id, refund_bps, case.refund(0), case.refund(1))

    def collect_refund(self, sender, case_id) -> int:
        case = self.case(case_id)
        sides = self.sides_of(case, sender)
        amount = sum(map(case.due, sides))
        self.require(amount > 0, "SlashVault: nothing to collect")
        case.collected |= set(sides)
        self.log("RefundCollected", case_id, sender, amount)
        self.pay(self.vault, sender, amount)
        return amount

    def release(self, sender, case_id) -> int:
        case = self.case(case_id)
        self.need(not case.is_released, "SlashVault: released already")
        self.need(self.now >= case.unlocks_at, "SlashVault: too early")
        self.need(self.now >= case.releasable_at, "SlashVault: appeal is open")
        self.settle()
        case.is_released = True
        self.log("CaseReleased", case_id, self.treasury, case.rest)
        self.pay(self.vault, self.treasury, case.rest)
        return case.rest

    def announce_treasury(self, sender, treasury):
        self.require(sender == self.governance, "roles: not governance")
        self.require(treasury != 0, "SlashVault: zero treasury")
        present = [x for x in self.treasuries if x[1] <= self.now]
        self.treasuries = [*present, (treasury, self.now + LIMITS["TREASURY_NOTICE"])]
        self.log("TreasuryAnnounced", treasury, self.now + LIMITS["TREASURY_NOTICE"])
