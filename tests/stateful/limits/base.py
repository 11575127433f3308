"""What an adversary can do, and the accountant who writes down what is taken."""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from seqpool.units import METIS
from tests.stateful.chain import STARTED_AT, Contract, Receipt
from tests.stateful.encoding import bytes_words, list_words
from tests.stateful.limits.suite import (
    GOVERNANCE,
    GUARDIAN,
    STRANGER,
    VAULT,
    Suite,
    backlog,
    failure,
    owner,
    vote,
)
from tests.stateful.machine import Machine
from tests.stateful.signing import signer
from tests.stateful.slashing.model.records import CEILINGS, Side
from tests.utils.system import PARAMETERS

MIN_STAKE = PARAMETERS["min_stake"]
VOTES = ("slash_by_governance", "confirm")
# Where the rules change: by a second, adversaries try all three.
EDGE = st.sampled_from([0, -1, 1])
AMOUNTS = st.sampled_from(
    [1, MIN_STAKE, 80_000 * METIS, 10_000 * METIS, 79_999 * METIS + 1, 40_000 * METIS]
)
NAMES = {
    GOVERNANCE: "governance",
    GUARDIAN: "guardian",
    STRANGER: "stranger",
    VAULT: "vault",
    **{owner(number): f"owner {number}" for number in range(40)},
}


class Take(NamedTuple):
    """What one call took of one sequencer."""

    time: int
    id: int
    amount: int  # wei
    base: int  # wei of it that it is a share of
    all: int  # wei of METIS in the pool
    is_voted: bool

    @property
    def share(self) -> Fraction:
        return Fraction(self.amount, self.base)

    @property
    def share_of_all(self) -> Fraction:
        return Fraction(self.amount, self.all)


class Stake(NamedTuple):
    """Of a sequencer at a moment, from the single entries of the pool."""

    locked: int
    kept: int  # of what has matured
    free: tuple[int, int]  # what has matured and is not kept, by side
    matured: tuple[int, int]
    is_held: bool

    @property
    def here(self) -> int:
        """What can be slashed."""
        return self.locked + self.kept


@cache
def deployed() -> Suite:
    """Once a process, as each example is undone."""
    suite = Suite()
    for setting, bps in CEILINGS.items():
        suite.do(GOVERNANCE, suite.slasher, "set_penalty", setting, bps)
    for number in range(20, 40):
        # to whom a sequencer can be sold
        suite.admit(owner(number))
    return suite


class Base(Machine):
    """A suite whose committee signs whatever the adversary says."""

    names = NAMES

    def __init__(self):
        self.suite = deployed()
        super().__init__(self.suite.chain)
        self.ids: list[int] = []
        self.committees: list[tuple[int, tuple[int, ...]]] = []  # nonce, members
        self.keys: dict[int, list[int]] = {}  # id => numbers of its keys, the latest last
        self.buyers = iter(range(20, 40))
        self.last_block = self.last_epoch = 0
        self.takes: list[Take] = []
        self.outages = 0  # known
        self.pendings: dict[int, int] = {}  # number => wei that were there then

    # -------------------------------------------------------- what is there

    @property
    def now(self) -> int:
        return self.chain.now

    def one(self, choice: int) -> int:
        return self.ids[choice % len(self.ids)]

    def record(self, id: int) -> list[int]:
        return self.suite.pool.view("sequencer", id)

    def owner(self, id: int) -> int:
        return self.record(id)[0]

    def stake(self, id: int) -> Stake:
        record, now, pool = self.record(id), self.now, self.suite.pool
        sides = []
        for side, at in enumerate((10, 15)):
            entries = [
                tuple(pool.view("unbonding_at", id, side, place)) for place in range(record[at + 4])
            ]
            sides.append(Side(record[at], entries))
        matured = tuple(side.matured(now) for side in sides)
        kept = record[13], record[18]
        return Stake(
            locked=sum(side.bonded + side.unmatured(now) for side in sides),
            kept=sum(kept),
            free=tuple(x - y for x, y in zip(matured, kept, strict=True)),
            matured=matured,
            is_held=record[21] > 0 and record[22] > now,
        )

    # -------------------------------------------------------- what is done

    def send(self, sender: int, contract: Contract, name: str, *arguments) -> Receipt:
        """A call, which may be refused; what it takes is written down."""
        before = {id: self.stake(id) for id in self.ids}
        (all_stake,) = self.suite.metis.view("balanceOf", self.suite.pool.at)
        self.is_sound = False
        receipt = contract.send(sender, name, *arguments)
        shown = () if len(arguments) > 8 else arguments
        self.tell(f"{self.now - STARTED_AT:>9}s", sender, name, shown, receipt)
        if receipt.reason is None:
            confirmed = arguments[0] if name == "confirm" else None
            self.note(receipt, before, all_stake, name in VOTES, confirmed)
            self.done(name, receipt, before)
        self.is_sound = True
        return receipt

    def note(
        self,
        receipt: Receipt,
        before: dict[int, Stake],
        all_stake: int,
        is_voted: bool,
        confirmed: int | None,
    ):
        """What was taken, what is pending, and which outages there are."""
        here = {id: stake.here for id, stake in before.items()}
        for event, args in receipt.events:
            match event:
                case "Slashed":
                    id, _, _, bonded, unbonding, _ = args
                    amount, base = sum(bonded) + sum(unbonding), before[id].locked
                    if confirmed is not None:
                        # what has left since then makes it no larger a share
                        base = max(here[id], self.pendings[confirmed])
                    self.takes.append(Take(self.now, id, amount, base, all_stake, is_voted))
                    here[id] -= amount
                    all_stake -= amount
                case "SlashPending":
                    self.pendings[args[0]] = here[args[1]]
                case "OutageFound":
                    self.outages = max(self.outages, args[0])

    def done(self, name: str, receipt: Receipt, before: dict[int, Stake]):
        """After each call that succeeded."""

    def wait_until(self, time: int):
        self.suite.wait(max(0, time - self.now))

    # -------------------------------------------------------- what the committee says

    def begin_with(self, stakes: Iterable[tuple[int, int | None]]):
        """Sequencers with stake of their own and of the vault, and their committee."""
        for own, paired in stakes:
            self.enter(own, paired)
        self.committees.append(self.suite.convene())

    def enter(self, own: int, paired: int | None):
        id = len(self.ids) + 1
        self.suite.enter(id, own, paired)
        self.ids.append(id)
        self.keys[id] = [id]

    def report_failure(self, id: int, time: int, reason: int = Reason.TIMEOUT) -> Receipt:
        """By the latest committee, about another block than all before."""
        nonce, members = self.committees[-1]
        self.last_block += 1
        message = failure(nonce, signer(self.keys[id][0]), self.last_block, time, reason)
        words = vote(members, message)
        return self.send(STRANGER, self.suite.slasher, "report_reelection", *words)

    def report_backlog(self, id: int) -> Receipt:
        nonce, members = self.committees[-1]
        self.last_epoch += 1
        words = vote(members, backlog(nonce, id, self.last_epoch, self.now))
        return self.send(STRANGER, self.suite.slasher, "report", *words)

    def top_up(self, outage: int, ids: Iterable[int]) -> Receipt:
        words = list_words(tuple(ids))
        return self.send(STRANGER, self.suite.slasher, "top_up", outage, 64, *words)

    def convene(self):
        """A new committee, if there may be one."""
        receipt = self.send(STRANGER, self.suite.registry, "checkpoint")
        if receipt.reason is None:
            (event,) = [x for x in receipt.events if x.name == "CommitteeCheckpointed"]
            self.suite.wait(60, blocks=LIMITS["SEAL_DELAY"])
            self.send(STRANGER, self.suite.registry, "seal")
            if event.args[3]:
                self.committees.append((event.args[0], event.args[3]))

    def vote_slash(self, id: int, bps: int) -> Receipt:
        words = (id, bps, 96, *bytes_words(b"why"))
        return self.send(GOVERNANCE, self.suite.slasher, "slash_by_governance", *words)

    # -------------------------------------------------------- what owners do

    def move_stake(self, what: str, id: int, amount: int):
        of, pool = self.owner(id), self.suite.pool
        match what:
            case "relock":
                self.send(of, pool, "relock", id, amount)
            case "deposit_paired":
                self.send(VAULT, pool, "deposit_paired", id, amount)
            case "withdraw":
                self.send(of, pool, "request_withdrawal", id, min(amount, self.record(id)[10]))
            case "withdraw paired":
                amount = min(amount, self.record(id)[15])
                self.send(VAULT, pool, "request_paired_withdrawal", id, amount)
            case "claim":
                self.send(STRANGER, pool, "claim", id)
            case "claim paired":
                self.send(VAULT, pool, "claim_paired", id)

    def sell(self, id: int):
        buyer = owner(next(self.buyers))
        if self.send(self.owner(id), self.suite.pool, "transfer_ownership_of", id, buyer).reason:
            return
        self.send(buyer, self.suite.pool, "accept_ownership_of", id)

    def rotate(self, id: int):
        of = self.owner(id)
        number = 40 + self.chain.block % 200
        nonce = self.suite.pool.view("admission", of)[2]
        what = (id, signer(number), *self.suite.key(number, of, nonce))
        if self.send(of, self.suite.pool, "rotate_signer", *what).reason is None:
            self.keys[id].append(number)

    def heal(self, id: int):
        """Whoever is barred comes back into the next committee, as far as a vote can do it."""
        self.send(GOVERNANCE, self.suite.pool, "reinstate", id)
        self.send(self.owner(id), self.suite.pool, "unjail", id)
