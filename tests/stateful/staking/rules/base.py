"""Short cuts, and what is drawn."""

from fractions import Fraction
from functools import partial

from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.units import METIS
from tests.stateful.machine import ChainMachine
from tests.stateful.staking.chain import IDS, USERS, deployed
from tests.utils.lst import VIRTUAL

MAX_REQUESTS = LIMITS["MAX_REQUESTS"]
HALF_OF_LIST = LIMITS["MAX_UNBONDINGS"] // 2

USER = st.sampled_from(USERS)
ID = st.sampled_from(IDS)
AMOUNT = st.sampled_from([1, 2, 10**6, METIS, 1_000 * METIS + 1]) | st.integers(1, 150_000 * METIS)
SHARE = st.sampled_from([1, 10_000]) | st.integers(1, 10_000)  # basis points


class Base(ChainMachine):
    """A vault on its chain."""

    def __init__(self):
        chain, self.suite = deployed()
        super().__init__(chain)
        self.requests: dict[int, list[int]] = {}  # id => controller, shares, redeemed, most, worth
        self.claimable: dict[int, int] = {}
        self.refunds: list[int] = []
        self.closed: list[int] = []
        self.own_entries: dict[int, list[int]] = {}  # id => when the allocator's entries mature
        self.cases = 0
        self.price = self.price_now()
        self.has_lost = False
        self.donated = 0
        self.calls = 0
        self.has_taken_all: set[int] = set()
        self.taken_back: dict[int, int] = {}  # id => when, by others than the allocator
        self.open_accounts()

    def view(self, name: str, *arguments) -> int:
        return self.suite["vault"].view(name, *arguments)[0]

    def send(self, sender: int, name: str, *arguments):
        self.calls += 1
        call = partial(self.suite["vault"].send, sender, name, *arguments)
        return self.follow(sender, name, arguments, call)

    def done(self, sender: int, name: str, *arguments) -> int:
        """The answer of a call that has to succeed."""
        receipt = self.send(sender, name, *arguments)
        assert receipt.reason is None, f"{name}: {receipt.reason}"
        return receipt.words[0] if receipt.words else 0

    def metis_of(self, user: int) -> int:
        return self.suite["metis"].view("balanceOf", user)[0]

    def price_now(self) -> Fraction:
        return Fraction(self.view("totalAssets") + VIRTUAL, self.view("totalSupply") + VIRTUAL)

    def funds(self) -> list[int]:
        return self.suite["vault"].view("funds")

    def paired(self, id: int) -> list[int]:
        """Bonded, unbonding, matured, kept, and the number of unbondings."""
        return self.suite["pool"].view("sequencer", id)[15:20]

    def request_of(self, id: int) -> list[int]:
        """Controller, shares, worth, ready_at (0: set aside), is_funded."""
        return self.suite["vault"].view("request", id)

    def takes_all(self, user: int) -> bool:
        """Whether nobody counts any more once what it has claimable is set aside."""
        return any(is_last for *_, is_last in self.leaving("redeem", (0, 0, user)))
