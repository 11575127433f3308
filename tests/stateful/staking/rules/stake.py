"""What the vault stakes, takes back, gains and loses."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from seqpool.units import DAY, HOUR, METIS
from tests.stateful.staking.chain import (
    ALLOCATOR,
    CAP,
    EXIT_DELAY,
    GOVERNANCE,
    IDS,
    MINTER,
    SLASHER,
    TILLS,
    USERS,
    VAULT,
)
from tests.stateful.staking.rules.base import AMOUNT, HALF_OF_LIST, ID, SHARE, USER

SECONDS = st.sampled_from([1, HOUR, DAY, 7 * DAY, EXIT_DELAY - 1, EXIT_DELAY])


class Stake:
    """The allocator, and anybody in its place; gains and losses."""

    @rule(id=ID, bps=SHARE)
    def allocate(self, id, bps):
        bonded = self.paired(id)[0]
        room = CAP - self.suite["pool"].view("sequencer", id)[10] - bonded
        amount = min(self.funds()[0] * bps // 10_000, room)
        if amount > 0:
            self.send(ALLOCATOR, "allocate", id, amount)

    @rule(id=ID)
    def allocate_too_much(self, id):
        """What redemptions need, or does not count yet."""
        reason = "StakedMetis: more than idle"
        assert self.send(ALLOCATOR, "allocate", id, self.funds()[0] + 1).reason == reason

    @rule(id=ID, bps=SHARE)
    def deallocate(self, id, bps):
        """By the allocator, who leaves half of the pool's list to others."""
        bonded = self.paired(id)[0]
        amount = bonded * bps // 10_000
        if amount == 0:
            return
        receipt = self.send(ALLOCATOR, "deallocate", id, amount)
        if receipt.reason is None:
            assert receipt.words == [amount]
            self.own_entries.setdefault(id, []).append(self.chain.now + EXIT_DELAY)
        else:
            assert receipt.reason == "StakedMetis: too many unbondings"
            live = [x for x in self.own_entries.get(id, []) if x > self.chain.now]
            assert len(live) == HALF_OF_LIST

    @rule(id=ID, more=st.sampled_from([-1, 0, 1, 2**96]))
    def deallocate_what_is_lacking(self, id, more):
        """By anyone: so much is taken, whatever more was asked for."""
        coming = sum(x[1] + x[2] - x[3] for x in map(self.paired, IDS))
        lacking = self.funds()[5] - coming
        bonded = self.paired(id)[0]
        # what is collected first is here then
        taken = min(lacking, bonded)
        again_at = self.taken_back.get(id, 0) + EXIT_DELAY // HALF_OF_LIST + 1
        receipt = self.send(USERS[0], "deallocate", id, max(taken + more, 0))
        if receipt.reason is None:
            assert receipt.words == [taken]
            assert taken > 0 and more >= 0
            assert self.paired(id)[4] <= 2 * HALF_OF_LIST
            assert self.chain.now >= again_at
            self.taken_back[id] = self.chain.now
        else:
            reason = receipt.reason.removeprefix("StakedMetis: ")
            assert (
                (reason == "nothing is lacking" and lacking <= 0)
                or (reason == "less than is lacking" and more < 0 < taken)
                or (reason == "too soon" and self.chain.now < again_at)
                or (reason == "not the last allocated" and self.last_allocated() != id)
            )

    def last_allocated(self) -> int:
        """Of those that have anything bonded."""
        order = self.suite["vault"].view("allocations")[2:]
        return next((x for x in reversed(order) if self.paired(x)[0] > 0), 0)

    @rule(id=ID)
    def collect(self, id):
        self.send(USERS[0], "collect", id)

    @rule(amount=st.just(0) | AMOUNT)
    def harvest(self, amount):
        """From a distributor that lies."""
        arguments = (min(amount, 10_000 * METIS), 2**255, 0)
        self.prepare_till(*arguments)
        self.done(USERS[0], "harvest", 1, TILLS)

    def prepare_till(self, amount: int, says: int, target: int):
        # `data` is empty bytes: its offset, and its length
        receipt = self.suite["till"].send(MINTER, "prepare", amount, says, target, 128, 0)
        assert receipt.reason is None

    @rule(id=ID, bps=SHARE)
    def slash(self, id, bps):
        entry = self.suite["pool"].view("sequencer", id)
        amount = (entry[15] + entry[16]) * bps // 10_000
        if amount == 0:
            return
        total, most = self.view("totalAssets"), self.view("previewMint", METIS)
        receipt = self.suite["pool"].send(SLASHER, "slash", id, amount, 1, 0)
        assert receipt.reason is None
        self.cases += 1
        self.refunds.append(self.cases)
        self.ledger.lose(self.cases, amount)
        self.has_lost = True
        # in the block of the slash
        assert self.view("totalAssets") == max(total - amount, 0) or total - amount < 0
        # what may come back is in the price of deposits
        assert self.view("previewMint", METIS) == most

    @precondition(lambda self: self.refunds)
    @rule(bps=SHARE)
    def refund(self, bps):
        case_id = self.refunds.pop(0)
        # the statement is a text
        before = self.view("previewMint", METIS)
        with_statement = (case_id, 64, 1, int.from_bytes(b"x".ljust(32, b"\0"), "big"))
        if self.send(ALLOCATOR, "appeal", *with_statement).reason is None:
            self.suite["slash_vault"].send(GOVERNANCE, "resolve", case_id, bps)
            # gains of the price of redemptions, and no prize for those who come before it
            self.done(USERS[0], "collect_refund", case_id)
            self.closed.append(case_id)
        assert self.view("previewMint", METIS) <= before + 1

    @rule(amount=AMOUNT, user=USER)
    def donate(self, amount, user):
        """Counts never."""
        price = self.price_now()
        if amount <= self.metis_of(user):
            self.suite["metis"].send(user, "transfer", VAULT, amount)
            self.donated += amount
            self.spent[user] += amount
        assert self.price_now() == price

    @rule()
    def all_leave(self):
        """Once all stake is here, all that was asked for can be redeemed: undone afterwards."""
        with self.undone():
            for user in USERS:
                shares = self.view("balanceOf", user)
                if self.view("convertToAssets", shares) > 0:
                    self.send(user, "requestRedeem", shares, user, user)
            for _ in range(3):
                self.wait(EXIT_DELAY)
                for id in IDS:
                    self.send(USERS[0], "collect", id)
                    if bonded := self.paired(id)[0]:
                        self.done(ALLOCATOR, "deallocate", id, bonded)
            assert self.funds()[2] == self.funds()[5] == 0
            for user in USERS:
                if shares := self.view("maxRedeem", user):
                    self.done(user, "redeem", shares, user, user)
            assert self.view("balanceOf", VAULT) == 0

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        self.chain.now += seconds
        self.chain.block += 1
