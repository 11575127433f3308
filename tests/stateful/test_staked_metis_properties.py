"""Properties of ERC-4626 deposits and ERC-7540 redemptions, over any sequence of what can happen"""

from fractions import Fraction
from functools import cache

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from seqpool.protocol.limits import LIMITS
from tests.stateful.chain import (
    CHAIN_ID,
    Chain,
    Contract,
    actor,
    address_of,
    compiled,
    compiled_source,
    deployer,
)
from tests.stateful.epochs_chain import signer
from tests.stateful.slashing_chain import consent, public_key
from tests.utils.lst import TILL, VIRTUAL
from tests.utils.system import DAY, HOUR, METIS, PARAMETERS

EXIT_DELAY, CAP = PARAMETERS["exit_delay"], PARAMETERS["cap"]
MAX_REQUESTS = LIMITS["MAX_REQUESTS"]
HALF_OF_LIST = LIMITS["MAX_UNBONDINGS"] // 2


GOVERNANCE, GUARDIAN, SLASHER, ALLOCATOR, TREASURY = map(
    actor, ("governance", "guardian", "slasher", "allocator", "treasury")
)
MINTER = deployer("metis")
TOKEN, POOL, SLASH_VAULT, VAULT, TILLS = map(
    address_of, ("metis", "pool", "slash vault", "vault", "till")
)
USERS = [actor(f"user {i}") for i in range(3)]
IDS = (1, 2)  # sequencers that are paired with the vault
PURSE = 2_000_000 * METIS

USER = st.sampled_from(USERS)
ID = st.sampled_from(IDS)
AMOUNT = st.sampled_from([1, 2, 10**6, METIS, 1_000 * METIS + 1]) | st.integers(1, 150_000 * METIS)
SHARE = st.sampled_from([1, 10_000]) | st.integers(1, 10_000)  # basis points
SECONDS = st.sampled_from([1, HOUR, DAY, 7 * DAY, EXIT_DELAY - 1, EXIT_DELAY])


@cache
def deployed() -> tuple[Chain, dict[str, Contract]]:
    """Once a process, as each example is undone."""
    chain = Chain(1_800_000_000, 20_000_000)

    def deploy(name: str, title: str, *arguments):
        return Contract(chain, compiled(name), title, *arguments)

    suite = {
        "metis": deploy("MockMETIS", "metis"),
        "slash_vault": deploy("SlashVault", "slash vault", TOKEN, POOL, GOVERNANCE, TREASURY),
        "pool": deploy(
            *("SequencerPool", "pool"),
            *(TOKEN, SLASH_VAULT, GOVERNANCE, GUARDIAN, SLASHER, TILLS),
            tuple(PARAMETERS.values()),
        ),
        "vault": deploy("StakedMetis", "vault", POOL, GOVERNANCE, ALLOCATOR),
        "till": Contract(chain, compiled_source(TILL), "till", TOKEN),
    }
    for user in USERS:
        suite["metis"].send(MINTER, "mint", user, PURSE)
        suite["metis"].send(user, "approve", VAULT, 2**256 - 1)
    suite["metis"].send(MINTER, "mint", TILLS, PURSE)
    for id in IDS:
        owner = actor(f"owner {id}")
        for name, *arguments in (
            ("approve", owner),
            ("set_pairing", owner, VAULT, 0),
        ):
            assert suite["pool"].send(GOVERNANCE, name, *arguments).reason is None
        nonce = suite["pool"].view("admission", owner)[2]
        signature = consent(CHAIN_ID, POOL, owner, id, nonce)
        what = (signer(id), 0, owner, *public_key(id), *signature)
        assert suite["pool"].send(owner, "lock", *what).reason is None
    return chain, suite


class Vault(RuleBasedStateMachine):
    """What the standards ask for, and no more: no model of the vault."""

    def __init__(self):
        super().__init__()
        self.chain, self.suite = deployed()
        self._anchor = self.chain.anchor()
        self._anchor.__enter__()
        self.requests: dict[int, list[int]] = {}  # id => controller, shares, redeemed, most, worth
        self.claimable: dict[int, int] = {}
        self.refunds: list[int] = []
        self.cases = 0
        self.price = self.price_now()
        self.has_lost = False
        self.donated = 0
        self.taken_back: dict[int, int] = {}  # id => when, by others than the allocator

    def teardown(self):
        self._anchor.__exit__(None, None, None)

    # short cuts

    def view(self, name: str, *arguments) -> int:
        return self.suite["vault"].view(name, *arguments)[0]

    def send(self, sender: int, name: str, *arguments):
        return self.suite["vault"].send(sender, name, *arguments)

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

    def all_to_the_last(self, shares: int) -> int | None:
        """What redeeming them pays if nobody is left then and nothing is staked."""
        idle, reserved, staked, unvested, *_ = self.funds()
        if shares == self.view("totalSupply") and staked == 0:
            return idle + reserved + unvested
        return None

    # depositors

    @initialize(amount=AMOUNT)
    def begin(self, amount):
        self.done(USERS[0], "deposit", amount, USERS[0])

    @rule(user=USER, amount=AMOUNT)
    def deposit(self, user, amount):
        """What was previewed, and never more than was paid for."""
        shares = self.view("previewDeposit", amount)
        if amount > min(self.view("maxDeposit", user), self.metis_of(user)) or shares == 0:
            return
        before = self.metis_of(user), self.view("balanceOf", user)
        assert self.done(user, "deposit", amount, user) == shares
        assert self.metis_of(user) == before[0] - amount
        assert self.view("balanceOf", user) == before[1] + shares
        assert self.view("convertToAssets", shares) <= amount

    @rule(user=USER, shares=AMOUNT)
    def mint(self, user, shares):
        """Never for nothing, and at least as much as the same shares are worth."""
        assets = self.view("previewMint", shares)
        assert assets > 0
        if shares > self.view("maxMint", user) or assets > self.metis_of(user):
            return
        before = self.metis_of(user)
        assert self.done(user, "mint", shares, user) == assets
        assert self.metis_of(user) == before - assets
        assert self.view("convertToAssets", shares) <= assets

    @rule(user=USER)
    def deposit_too_much(self, user):
        most = self.view("maxDeposit", user)
        assert self.send(user, "deposit", most + 1, user).reason == "StakedMetis: above maximum"
        most = self.view("maxMint", user)
        assert self.send(user, "mint", most + 1, user).reason == "StakedMetis: above maximum"

    @rule(user=USER)
    def deposit_the_most(self, user):
        """Of METIS that there is not: undone afterwards."""
        for most, name in (("maxDeposit", "deposit"), ("maxMint", "mint")):
            with self.chain.anchor():
                amount = self.view(most, user)
                if amount > 0 and self.view(f"preview{name.capitalize()}", amount) > 0:
                    self.suite["metis"].send(MINTER, "mint", user, 2**85)
                    self.done(user, name, amount, user)

    @rule(user=USER, amount=AMOUNT)
    def round_trips(self, user, amount):
        """None wins anything."""
        assert self.view("convertToAssets", self.view("convertToShares", amount)) <= amount
        assert self.view("convertToShares", self.view("convertToAssets", amount)) <= amount
        assert self.view("previewMint", self.view("previewDeposit", amount)) <= amount
        assert self.view("previewDeposit", self.view("previewMint", amount)) >= amount
        most = min(self.view("maxDeposit", user), self.metis_of(user))
        if self.view("previewDeposit", amount) == 0 or amount > most:
            return
        with self.chain.anchor():
            before = self.metis_of(user)
            shares = self.done(user, "deposit", amount, user)
            receipt = self.send(user, "requestRedeem", shares, user, user)
            if receipt.reason is None:
                assert self.suite["vault"].view("request", receipt.words[0])[2] <= amount
            assert self.metis_of(user) == before - amount

    @rule(user=USER, bps=SHARE)
    def request(self, user, bps):
        shares = self.view("balanceOf", user) * bps // 10_000
        worth = self.view("convertToAssets", shares)
        receipt = self.send(user, "requestRedeem", shares, user, user)
        open_ = len(self.open_requests(user))
        if worth == 0:
            assert receipt.reason == "StakedMetis: zero shares"
        elif open_ == MAX_REQUESTS:
            assert receipt.reason == "redemptions: too many"
        else:
            assert receipt.reason is None
            id = receipt.words[0]
            assert id == len(self.requests) + 1
            self.requests[id] = [user, shares, 0, worth, self.chain.now + EXIT_DELAY]

    def open_requests(self, user: int) -> list[int]:
        return [
            id
            for id, (who, shares, gone, *_) in self.requests.items()
            if who == user and gone < shares
        ]

    @rule(user=USER, bps=SHARE)
    def redeem(self, user, bps):
        """The lower of the value at the request and now, rounded against the controller."""
        most = self.view("maxRedeem", user)
        shares = most * bps // 10_000
        if shares == 0:
            return
        worth = self.view("convertToAssets", shares)
        before = self.metis_of(user), self.view("maxWithdraw", user)
        everything = self.all_to_the_last(shares)
        paid = self.done(user, "redeem", shares, user, user)
        if everything is not None:
            assert paid == everything
            assert before[1] <= paid
            assert set(self.funds()) == {0}
            # nothing is lost that somebody else could have had
            paid = min(paid, before[1])
            before = self.metis_of(user) - paid, before[1]
        self.check_redeemed(user, shares, paid, worth, before)

    @rule(user=USER, bps=SHARE)
    def withdraw(self, user, bps):
        most = self.view("maxWithdraw", user)
        assets = most * bps // 10_000
        if assets == 0:
            return
        before, supply = (self.metis_of(user), most), self.view("totalSupply")
        price = self.price_now()
        shares = self.done(user, "withdraw", assets, user, user)
        assert self.view("totalSupply") == supply - shares
        assert assets <= shares * price
        self.check_redeemed(user, shares, assets, assets, before)

    def check_redeemed(self, user, shares, paid, worth, before):
        assert paid <= worth
        assert self.metis_of(user) == before[0] + paid
        assert self.view("maxWithdraw", user) <= before[1] - paid
        # the oldest first
        capped = Fraction(0)
        for id in self.open_requests(user):
            request = self.requests[id]
            part = min(shares, request[1] - request[2])
            capped += Fraction(request[3] * part, request[1])
            request[2] += part
            shares -= part
            self.claimable[id] = self.claimable.get(id, 0) - part
        assert shares == 0
        # a remainder of each request may have been carried over from an earlier part
        assert paid <= capped + MAX_REQUESTS

    @rule(user=USER)
    def redeem_too_much(self, user):
        shares, assets = self.view("maxRedeem", user), self.view("maxWithdraw", user)
        reason = "StakedMetis: more than claimable"
        assert self.send(user, "redeem", shares + 1, user, user).reason == reason
        assert self.send(user, "withdraw", assets + 1, user, user).reason == reason

    @rule(user=USER)
    def redeem_all(self, user):
        """Both ways, undone afterwards."""
        for most, name in (("maxRedeem", "redeem"), ("maxWithdraw", "withdraw")):
            with self.chain.anchor():
                amount, assets = self.view(most, user), self.view("maxWithdraw", user)
                everything = self.all_to_the_last(amount)
                if name == "redeem" and everything is not None:
                    assets = everything
                if amount > 0:
                    before = self.metis_of(user)
                    self.done(user, name, amount, user, user)
                    assert self.metis_of(user) - before == assets

    @rule(user=USER, other=USER)
    def act_for_another(self, user, other):
        """Only as its operator."""
        shares = self.view("maxRedeem", other)
        if user == other or shares == 0:
            return
        reason = "StakedMetis: not controller"
        assert self.send(user, "redeem", shares, user, other).reason == reason
        assert self.send(user, "withdraw", 1, user, other).reason == reason
        with self.chain.anchor():
            self.done(other, "setOperator", user, True)
            self.done(user, "redeem", shares, user, other)

    @rule(amount=AMOUNT)
    def previews_of_redemptions_revert(self, amount):
        for name in ("previewRedeem", "previewWithdraw"):
            assert self.send(USERS[0], name, amount).reason == "StakedMetis: request first"

    # stake

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
        bonded, *_, unbondings = self.paired(id)
        amount = bonded * bps // 10_000
        if amount == 0:
            return
        receipt = self.send(ALLOCATOR, "deallocate", id, amount)
        if receipt.reason is None:
            assert receipt.words == [amount]
        else:
            assert receipt.reason == "StakedMetis: too many unbondings"
            assert unbondings >= HALF_OF_LIST

    @rule(id=ID, more=st.sampled_from([-1, 0, 1, 2**96]))
    def deallocate_what_is_lacking(self, id, more):
        """By anyone: so much is taken, whatever more was asked for."""
        coming = sum(x[1] + x[2] for x in map(self.paired, IDS))
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

    # gains and losses

    @rule(amount=st.just(0) | AMOUNT)
    def harvest(self, amount):
        """From a distributor that lies."""
        arguments = (min(amount, 10_000 * METIS), 2**255, 0)
        self.prepare_till(*arguments)
        self.done(USERS[0], "harvest", 1)

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
        total = self.view("totalAssets")
        receipt = self.suite["pool"].send(SLASHER, "slash", id, amount, 1, 0)
        assert receipt.reason is None
        self.cases += 1
        self.refunds.append(self.cases)
        self.has_lost = True
        # in the block of the slash
        assert self.view("totalAssets") == max(total - amount, 0) or total - amount < 0

    @precondition(lambda self: self.refunds)
    @rule(bps=SHARE)
    def refund(self, bps):
        case_id = self.refunds.pop(0)
        # the statement is a text
        price = self.price_now()
        with_statement = (case_id, 64, 1, int.from_bytes(b"x".ljust(32, b"\0"), "big"))
        if self.suite["vault"].send(ALLOCATOR, "appeal", *with_statement).reason is None:
            self.suite["slash_vault"].send(GOVERNANCE, "resolve", case_id, bps)
            self.send(USERS[0], "collect_refund", case_id)
        assert self.price_now() == price

    @rule(amount=AMOUNT, user=USER)
    def donate(self, amount, user):
        """Counts never."""
        price = self.price_now()
        if amount <= self.metis_of(user):
            self.suite["metis"].send(user, "transfer", VAULT, amount)
            self.donated += amount
        assert self.price_now() == price

    @rule()
    def all_leave(self):
        """Once all stake is here, all that was asked for can be redeemed: undone afterwards."""
        with self.chain.anchor():
            for user in USERS:
                shares = self.view("balanceOf", user)
                if self.view("convertToAssets", shares) > 0:
                    self.send(user, "requestRedeem", shares, user, user)
            for _ in range(2):
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

    # always

    @invariant()
    def price_falls_by_losses_alone(self):
        price = self.price_now()
        assert price >= self.price or self.has_lost
        self.price, self.has_lost = price, False

    @invariant()
    def metis_is_there(self):
        idle, reserved, staked, unvested, _, missing = self.funds()
        assert self.metis_of(VAULT) == idle + reserved + unvested + self.donated
        assert missing == 0 or idle == 0
        # losses that are not counted are views' business too
        entries = [self.suite["pool"].view("sequencer", id) for id in IDS]
        assert sum(x[15] + x[16] + x[17] for x in entries) == staked

    @invariant()
    def shares_add_up(self):
        waiting = sum(shares - gone for _, shares, gone, *_ in self.requests.values())
        assert self.view("balanceOf", VAULT) == waiting
        held = sum(self.view("balanceOf", user) for user in USERS)
        assert self.view("totalSupply") == held + waiting

    @invariant()
    def requests_are_pending_or_claimable(self):
        """Their sum is what was not redeemed; what is claimable stays so; first come first
        served."""
        earlier_is_ready = True
        for id, (user, shares, gone, _, ready_at) in self.requests.items():
            if gone == shares:
                self.claimable[id] = 0
                continue
            pending = self.view("pendingRedeemRequest", id, user)
            claimable = self.view("claimableRedeemRequest", id, user)
            assert pending + claimable == shares - gone
            assert pending == 0 or claimable == 0
            assert claimable >= self.claimable.get(id, 0)
            if claimable > 0:
                assert self.chain.now >= ready_at
                assert earlier_is_ready
            self.claimable[id] = claimable
            # all that come later are ready later: a gap is one in the queue
            earlier_is_ready = claimable > 0
        for user in {x[0] for x in self.requests.values()}:
            claimable = sum(self.claimable[x] for x, y in self.requests.items() if y[0] == user)
            assert self.view("maxRedeem", user) == claimable

    @rule()
    def views_do_not_depend_on_the_caller(self):
        answers = {
            tuple(
                self.suite["vault"].send(x, name, METIS).words[0]
                for name in ("convertToShares", "convertToAssets")
            )
            for x in (USERS[0], USERS[1], MINTER)
        }
        assert len(answers) == 1
        assert len({self.view("maxDeposit", user) for user in (*USERS, 0)}) == 1


TestVault = Vault.TestCase
# its steps are dear, and test_rewards has the same vault with a model
TestVault.settings = settings(max_examples=settings.default.max_examples // 4)
