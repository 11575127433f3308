"""The vault in each state that has a price of its own."""

from collections.abc import Callable

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, METIS
from tests.stateful.chain import Receipt
from tests.stateful.staking.chain import (
    ALLOCATOR,
    CAP,
    EXIT_DELAY,
    GOVERNANCE,
    GRIEFER,
    IDS,
    LEAVER,
    MINTER,
    NEWCOMER,
    SLASHER,
    STAYER,
    TILLS,
    USERS,
    VAULT,
    deployed,
)

K = 1_000 * METIS
STATEMENT = (64, 1, int.from_bytes(b"x".ljust(32, b"\0"), "big"))
VESTING = LIMITS["VESTING"]
MAX_METIS = 2**84 - 1
HOLD = 30 * DAY  # longer than the exit delay


class Vault:
    """The vault, and short cuts to what happens to it."""

    def __init__(self):
        self.chain, self.suite = deployed()

    # calls

    def view(self, name: str, *arguments: int) -> int:
        return self.suite["vault"].view(name, *arguments)[0]

    def send(self, sender: int, name: str, *arguments: int) -> Receipt:
        return self.suite["vault"].send(sender, name, *arguments)

    def done(self, sender: int, name: str, *arguments: int) -> int:
        """The answer of a call that has to succeed."""
        receipt = self.send(sender, name, *arguments)
        assert receipt.reason is None, f"{name}{arguments}: {receipt.reason}"
        return receipt.words[0] if receipt.words else 0

    def refused(self, sender: int, name: str, *arguments: int) -> str | None:
        """Why a call fails; None: it succeeds, and is undone."""
        with self.chain.anchor():
            return self.send(sender, name, *arguments).reason

    def elsewhere(self, contract: str, sender: int, name: str, *arguments: int):
        """A call of another contract, which has to succeed."""
        receipt = self.suite[contract].send(sender, name, *arguments)
        assert receipt.reason is None, f"{name}{arguments}: {receipt.reason}"

    # what is seen

    def metis_of(self, user: int) -> int:
        return self.suite["metis"].view("balanceOf", user)[0]

    def shares_of(self, user: int) -> int:
        return self.view("balanceOf", user)

    def requests_of(self, user: int) -> list[int]:
        return self.suite["vault"].view("requests_of", user)[2:]

    def stake(self, id: int) -> tuple[int, int, int]:
        """Bonded, unbonding and matured."""
        return tuple(self.suite["pool"].view("sequencer", id)[15:18])

    def total_of_redemptions(self) -> int:
        """A - U - H of docs/staking.md, from what other contracts have."""
        _, _, _, unvested, _, _, pending, _ = self.suite["vault"].view("funds")
        return max(self._whole() - unvested - pending, 0)

    def total_of_deposits(self) -> int:
        """A + R of docs/staking.md."""
        return self._whole() + self.suite["vault"].view("funds")[7]

    def room(self) -> int:
        """What may still come: there is less METIS than 2**84 wei."""
        return MAX_METIS - self.total_of_deposits()

    def _whole(self) -> int:
        """A: what is here and in the pool, without what is set aside for requests. (No state has a
        refund that is set aside for those who have left.)"""
        set_aside = 0
        for user in USERS:
            for id in self.requests_of(user):
                _, _, worth, ready_at, _ = self.suite["vault"].view("request", id)
                set_aside += worth if ready_at == 0 else 0
        # views see no more losses than a call counts; where there are more, each is of 1 wei
        unseen = max(self.view("uncounted_cases") - LIMITS["MAX_LOSSES"], 0)
        return self.metis_of(VAULT) + sum(map(sum, map(self.stake, IDS))) - set_aside + unseen

    # depositors

    def give(self, user: int, amount: int):
        self.elsewhere("metis", MINTER, "mint", user, amount)

    def deposit(self, user: int, amount: int) -> int:
        return self.done(user, "deposit", amount, user)

    def request(self, user: int, shares: int | None = None) -> int:
        """By default for all shares."""
        shares = self.shares_of(user) if shares is None else shares
        return self.done(user, "requestRedeem", shares, user, user)

    def redeem(self, user: int) -> int:
        """All that is claimable."""
        return self.done(user, "redeem", self.view("maxRedeem", user), user, user)

    def empty(self, shares_left: int):
        """Both who have come leave; one of them keeps some shares."""
        self.request(STAYER)
        self.request(LEAVER, self.shares_of(LEAVER) - shares_left)
        self.bring_back()
        for user in (STAYER, LEAVER):
            self.redeem(user)
        assert self.view("totalSupply") == shares_left

    # stake, gains and losses

    def allocate(self, amount: int, id: int = IDS[0]):
        self.done(ALLOCATOR, "allocate", id, amount)

    def allocate_idle(self):
        """All that redemptions do not need, as far as there is room."""
        _, unbonding, _ = self.stake(IDS[1])
        idle = self.suite["vault"].view("funds")[0]
        if amount := min(idle, CAP - unbonding - self.stake(IDS[1])[0]):
            self.send(ALLOCATOR, "allocate", IDS[1], amount)

    def bring_back(self):
        """All stake that no hold keeps, after the exit delay."""
        for id in IDS:
            if self.stake(id)[0] > 0:
                self.done(ALLOCATOR, "deallocate", id, self.stake(id)[0])
        self.wait(EXIT_DELAY)
        self.collect()

    def collect(self):
        """What has matured; there may be none."""
        for id in IDS:
            self.send(STAYER, "collect", id)

    def harvest(self, amount: int):
        # `data` is empty bytes: its offset, and its length
        self.elsewhere("till", MINTER, "prepare", amount, 0, 0, 128, 0)
        self.done(STAYER, "harvest", IDS[0], TILLS)

    def slash(self, amount: int, id: int = IDS[0]):
        self.elsewhere("pool", SLASHER, "slash", id, amount, 1, 0)

    def hold(self, amount: int, id: int = IDS[0]):
        self.elsewhere("pool", SLASHER, "hold", id, amount, self.chain.now + HOLD)

    def decide(self, case_id: int, bps: int):
        self.done(ALLOCATOR, "appeal", case_id, *STATEMENT)
        self.elsewhere("slash_vault", GOVERNANCE, "resolve", case_id, bps)

    def close(self, case_id: int, bps: int):
        self.decide(case_id, bps)
        self.done(STAYER, "collect_refund", case_id)

    def cases(self) -> range:
        """All cases; none if there are many, to save time."""
        count = self.suite["slash_vault"].view("case_count")[0]
        return range(1, count + 1 if count <= LIMITS["MAX_LOSSES"] else 1)

    def close_all(self, bps: int):
        """Those that are open: all calls fail for others."""
        for case_id in self.cases():
            self.send(ALLOCATOR, "appeal", case_id, *STATEMENT)
            self.suite["slash_vault"].send(GOVERNANCE, "resolve", case_id, bps)
            self.send(STAYER, "collect_refund", case_id)

    def wait(self, seconds: int):
        self.chain.now += seconds
        self.chain.block += 1


# ---------------------------------------------------------------- states


def new(vault: Vault):
    """Nobody has come."""


def invested(vault: Vault):
    """The first price: two have come, and most is staked."""
    vault.deposit(STAYER, 40 * K)
    vault.deposit(LEAVER, 10 * K)
    vault.allocate(30 * K)


def gain_that_vests(vault: Vault):
    invested(vault)
    vault.harvest(700 * METIS + 1)
    vault.wait(VESTING * 3 // 7)


def above_first_price(vault: Vault):
    invested(vault)
    vault.harvest(7 * K + 1)
    vault.wait(VESTING)


def loss_to_count(vault: Vault):
    """One, which any call counts."""
    invested(vault)
    vault.slash(3 * K + 1)


def loss_counted(vault: Vault):
    """Its case is open."""
    loss_to_count(vault)
    vault.done(STAYER, "count_losses")


def too_many_losses(vault: Vault):
    """More than one call counts; there is a claimable request."""
    invested(vault)
    vault.request(LEAVER, K)
    vault.wait(EXIT_DELAY)
    for _ in range(LIMITS["MAX_LOSSES"] + 1):
        vault.slash(1)


def held(vault: Vault):
    """A slash is proposed."""
    invested(vault)
    vault.hold(3 * K)


def refund_to_collect(vault: Vault):
    loss_counted(vault)
    vault.decide(1, 5_000)


def refund_for_a_request(vault: Vault):
    """It was collected while a request was open that was open at the slash."""
    invested(vault)
    vault.request(LEAVER)
    vault.slash(3 * K + 1)
    vault.close(1, 5_000)


def below_first_price(vault: Vault):
    loss_counted(vault)
    vault.close(1, 0)


def below_half(vault: Vault):
    """Of the first price: there are no deposits."""
    vault.deposit(STAYER, 40 * K)
    vault.deposit(LEAVER, 10 * K)
    vault.allocate(50 * K)
    vault.slash(26 * K)
    vault.close(1, 0)


def everybody_has_left(vault: Vault):
    """A refund is to come, to those who have left."""
    loss_counted(vault)
    vault.empty(shares_left=0)


def gain_of_nobody(vault: Vault):
    """It came after everybody had left."""
    everybody_has_left(vault)
    vault.harvest(100 * METIS)
    vault.wait(VESTING)


def one_wei(vault: Vault):
    """Of supply: the last has kept it."""
    invested(vault)
    vault.empty(shares_left=1)


def unfunded(vault: Vault):
    """A request that is ready, and METIS that is not here."""
    invested(vault)
    vault.allocate(19 * K)
    vault.request(LEAVER)
    vault.wait(EXIT_DELAY)
    assert vault.suite["vault"].view("funds")[5] > 0


def claimable(vault: Vault):
    """Two requests of one, and one of another."""
    invested(vault)
    for shares in (K, 2 * K):
        vault.request(LEAVER, shares)
    vault.request(STAYER, K)
    vault.wait(EXIT_DELAY)


def funded(vault: Vault):
    """What the first request is paid is fixed, and a part of it paid."""
    claimable(vault)
    vault.done(GRIEFER, "fund", 1)
    vault.done(LEAVER, "redeem", K // 3, LEAVER, LEAVER)


def claimable_with_an_open_case(vault: Vault):
    invested(vault)
    vault.request(LEAVER)
    vault.slash(3 * K + 1)
    vault.wait(EXIT_DELAY)


def full(vault: Vault):
    """All METIS that fits."""
    invested(vault)
    most = vault.view("maxDeposit", NEWCOMER)
    vault.give(NEWCOMER, most)
    vault.deposit(NEWCOMER, most)


STATES: dict[str, Callable[[Vault], None]] = {
    state.__name__: state
    for state in (
        *(new, invested, gain_that_vests, above_first_price),
        *(loss_to_count, loss_counted, too_many_losses, held),
        *(refund_to_collect, refund_for_a_request, below_first_price, below_half),
        *(everybody_has_left, gain_of_nobody, one_wei),
        *(unfunded, claimable, funded, claimable_with_an_open_case, full),
    )
}
CLOSED = ("too_many_losses", "below_half", "full")  # for deposits
