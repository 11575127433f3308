"""What ERC-4626 and ERC-7540 ask for, in each state that has a price of its own"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.units import METIS
from tests.stateful.chain import actor
from tests.stateful.staking.chain import (
    EXIT_DELAY,
    LEAVER,
    MINTER,
    NEWCOMER,
    STAYER,
    TOKEN,
    USERS,
    VAULT,
)
from tests.stateful.staking.prices import CLOSED, STATES, VESTING, K, Vault
from tests.utils.lst import VIRTUAL

# who has neither METIS nor shares, nor a request
OPERATOR, RECEIVER = actor("operator"), actor("receiver")
INTERFACES = (0x01FFC9A7, 0xE3BC4E65, 0x620EE8E4, 0x2F0A18C5)  # ERC-165, ERC-7540 twice, ERC-7575
FEW = settings(max_examples=8, derandomize=True, deadline=None)
MORE = settings(FEW, max_examples=25)
AMOUNT = st.sampled_from([1, 2, 10**6 + 1, METIS]) | st.integers(1, 150 * K)
# from nothing to far above what there is
ANY = AMOUNT | st.sampled_from([0, 2**84 - 1, 2**84, 2**96, 2**128])
# why a vault that takes no deposits, or not so much, refuses one
REFUSED = (
    "StakedMetis: above maximum",
    "StakedMetis: count losses first",
    "StakedMetis: zero shares",
)
MOMENTS = ("request", "redemption", "end")
BPS = st.sampled_from([0, 3_333, 10_000])


@pytest.fixture(scope="module", params=STATES)
def state(request):
    return request.param


@pytest.fixture(scope="module")
def vault(state):
    vault = Vault()
    with vault.chain.anchor():
        STATES[state](vault)
        yield vault


def prepare_holder(vault: Vault) -> int:
    """The shares of the leaver: all losses are counted, and it brings METIS if it has few."""
    vault.done(STAYER, "count_losses")
    if vault.shares_of(LEAVER) < 2:
        vault.deposit(LEAVER, 1_000 * METIS)
    return vault.shares_of(LEAVER)


def make_claimable(vault: Vault) -> int:
    """A request of the leaver, of whose shares some are left; what it has claimable."""
    vault.request(LEAVER, prepare_holder(vault) // 2)
    vault.bring_back()
    shares = vault.view("maxRedeem", LEAVER)
    assert shares > 0
    return shares


def claimable_of(vault: Vault, user: int, requests: list[int]) -> int:
    return sum(vault.view("claimableRedeemRequest", x, user) for x in requests)


# ---------------------------------------------------------------- ERC-4626: prices


def test_asset_and_total(vault):
    """METIS that is sent counts never."""
    assert vault.view("asset") == TOKEN
    assert vault.view("totalAssets") == vault.total_of_redemptions()
    with vault.chain.anchor():
        names = ("totalAssets", "maxDeposit", "maxMint", "maxRedeem", "maxWithdraw")
        before = [vault.view(name, LEAVER) for name in names]
        vault.give(VAULT, K)
        assert [vault.view(name, LEAVER) for name in names] == before


@FEW
@given(amount=ANY)
def test_prices(vault, amount):
    """The same for all who ask. Conversions are at the price of redemptions, and rounded down;
    previews at that of deposits, rounded against who comes, and they know no maximum."""
    shares = vault.view("totalSupply") + VIRTUAL
    low = vault.total_of_redemptions() + VIRTUAL
    high = vault.total_of_deposits() + VIRTUAL
    for name, expected in (
        ("convertToShares", amount * shares // low),
        ("convertToAssets", amount * low // shares),
        ("previewDeposit", amount * shares // high),
        ("previewMint", -(-amount * high // shares)),
    ):
        answers = {tuple(vault.send(x, name, amount).words) for x in (LEAVER, OPERATOR, MINTER)}
        assert answers == {(expected,)}


@FEW
@given(amount=ANY)
def test_round_trips_of_views(vault, amount):
    """None wins anything, and who comes pays no less than who goes is paid."""
    for one, other in (
        ("convertToAssets", "convertToShares"),
        ("convertToShares", "convertToAssets"),
        ("previewMint", "previewDeposit"),
        ("convertToAssets", "previewDeposit"),
    ):
        assert vault.view(one, vault.view(other, amount)) <= amount
    for one, other in (("previewDeposit", "previewMint"), ("convertToShares", "previewMint")):
        assert vault.view(one, vault.view(other, amount)) >= amount
    assert vault.view("previewDeposit", amount) <= vault.view("convertToShares", amount)
    assert vault.view("previewMint", amount) >= vault.view("convertToAssets", amount)


# ---------------------------------------------------------------- ERC-4626: deposits


@FEW
@given(amount=AMOUNT)
def test_deposits_are_as_previewed(vault, amount):
    """All METIS comes from the caller, all shares go to the receiver, and the event says so."""
    for name in ("deposit", "mint"):
        preview = f"preview{name.capitalize()}"
        most = vault.view(f"max{name.capitalize()}", RECEIVER)
        with vault.chain.anchor():
            vault.give(NEWCOMER, 2**84)
            metis, shares = vault.metis_of(NEWCOMER), vault.shares_of(NEWCOMER)
            previewed = vault.view(preview, amount)
            receipt = vault.send(NEWCOMER, name, amount, RECEIVER)
            if amount > most:
                assert receipt.reason in REFUSED
            elif previewed == 0:
                assert receipt.reason == "StakedMetis: zero shares"
            else:
                assert (receipt.reason, receipt.words) == (None, [previewed])
                assets, made = (amount, previewed) if name == "deposit" else (previewed, amount)
                assert ("Deposit", (NEWCOMER, RECEIVER, assets, made)) in receipt.events
                assert vault.metis_of(NEWCOMER) == metis - assets
                assert vault.shares_of(NEWCOMER) == shares
                assert vault.shares_of(RECEIVER) == made


@pytest.mark.parametrize("name", ["Deposit", "Mint"])
def test_the_most_that_can_be_deposited(state, vault, name):
    """So much succeeds, a wei more does not; whoever asks, and however little METIS it has."""
    most, call = vault.view(f"max{name}", NEWCOMER), name.lower()
    assert (most == 0) == (state in CLOSED)
    for receiver in (0, VAULT):
        assert vault.view(f"max{name}", receiver) == 0
        assert vault.refused(NEWCOMER, call, METIS, receiver) is not None
    for receiver in (OPERATOR, TOKEN, 2**160 - 1):
        assert vault.view(f"max{name}", receiver) == most
    with vault.chain.anchor():
        vault.give(NEWCOMER, 2**90)
        assert vault.view(f"max{name}", NEWCOMER) == most
        for more in (most + 1, 2**256 - 1):
            assert vault.refused(NEWCOMER, call, more, NEWCOMER) in REFUSED
        if most > 0:
            vault.done(NEWCOMER, call, most, NEWCOMER)


def test_deposits_need_metis_and_an_allowance(state, vault):
    for name in ("deposit", "mint"):
        amount = vault.view(f"max{name.capitalize()}", OPERATOR) // 2 or K
        with vault.chain.anchor():
            assert vault.refused(OPERATOR, name, amount, OPERATOR) is not None
            vault.give(OPERATOR, 2**96)
            assert vault.refused(OPERATOR, name, amount, OPERATOR) is not None
            vault.elsewhere("metis", OPERATOR, "approve", VAULT, 2**96)
            reason = vault.refused(OPERATOR, name, amount, OPERATOR)
            assert reason in REFUSED if state in CLOSED else reason is None


@pytest.mark.parametrize("state", [x for x in STATES if x not in CLOSED], indirect=True)
@MORE
@given(
    amount=AMOUNT,
    come=st.sampled_from(["deposit", "mint"]),
    go=st.sampled_from(["redeem", "withdraw"]),
    bps=BPS,
    has_gain=st.booleans(),
    is_guilty=st.booleans(),
    decided=st.sampled_from(MOMENTS),
)
def test_who_comes_and_goes_gains_nothing(
    vault, amount, come, go, bps, has_gain, is_guilty, decided
):
    """What others gain meanwhile is theirs, and what is lost is made up for at most, whenever and
    however cases are decided. Only what belongs to nobody falls to who comes into an empty
    vault."""
    with vault.chain.anchor():
        is_alone = vault.view("totalSupply") < VIRTUAL
        spare = vault.total_of_deposits() if is_alone else 0
        previewed = vault.view(f"preview{come.capitalize()}", amount)
        if previewed == 0 or amount > vault.view(f"max{come.capitalize()}", NEWCOMER):
            return
        vault.give(NEWCOMER, 2**84)
        before = vault.metis_of(NEWCOMER)
        vault.done(NEWCOMER, come, amount, NEWCOMER)
        paid, shares = before - vault.metis_of(NEWCOMER), vault.shares_of(NEWCOMER)
        receipt = vault.send(NEWCOMER, "requestRedeem", shares, NEWCOMER, NEWCOMER)
        if receipt.reason is not None:
            assert receipt.reason == "StakedMetis: zero shares"
            return
        (request,) = receipt.words
        assert vault.suite["vault"].view("request", request)[2] <= paid
        if has_gain and not is_alone:
            vault.harvest(min(5 * K, vault.room()))
            vault.wait(VESTING)
        if is_guilty:
            vault.slash(3 * K)
        for moment in MOMENTS:
            if moment == "redemption":
                vault.bring_back()
                most = vault.view(f"max{go.capitalize()}", NEWCOMER)
                if most > 0:
                    vault.done(NEWCOMER, go, most, NEWCOMER, NEWCOMER)
            if moment == decided:
                vault.close_all(bps)
        for case_id in vault.cases():
            if vault.view("refund_of", request, case_id) > 0:
                vault.done(NEWCOMER, "claim_refund", request, case_id, NEWCOMER)
        assert vault.metis_of(NEWCOMER) <= before + spare


# ---------------------------------------------------------------- ERC-7540: requests


@pytest.mark.parametrize("amount", [0, 1, K, 2**256 - 1])
def test_redemptions_have_no_preview(vault, amount):
    for name in ("previewRedeem", "previewWithdraw"):
        for caller in (LEAVER, OPERATOR):
            assert vault.refused(caller, name, amount) == "StakedMetis: request first"


def test_interfaces(vault):
    def supports(id: int) -> int:
        return vault.view("supportsInterface", id << 224)

    assert all(map(supports, INTERFACES))
    # asynchronous deposits, and what ERC-165 excludes
    assert not supports(0xCE3BBE50) and not supports(0xFFFFFFFF)
    assert vault.view("share") == vault.view("vault", TOKEN) == VAULT
    assert vault.view("vault", VAULT) == 0


@FEW
@given(bps=st.integers(1, 10_000))
def test_a_request_moves_shares_and_nothing_else(vault, bps):
    """No METIS moves, and nothing of it is claimable before the exit delay is over."""
    with vault.chain.anchor():
        shares = max(prepare_holder(vault) * bps // 10_000, 1)
        names = ("totalSupply", "totalAssets", "maxRedeem", "maxWithdraw")
        before = [vault.view(name, OPERATOR) for name in names]
        balances = [vault.shares_of(user) for user in (LEAVER, VAULT)]
        metis = [vault.metis_of(user) for user in (*USERS, VAULT)]
        # the controller is another
        vault.done(OPERATOR, "setOperator", LEAVER, 1)
        receipt = vault.send(LEAVER, "requestRedeem", shares, OPERATOR, LEAVER)
        (id,) = receipt.words
        assert id > 0
        assert ("RedeemRequest", (OPERATOR, LEAVER, id, LEAVER, shares)) in receipt.events
        assert [vault.view(name, OPERATOR) for name in names] == before
        assert [vault.metis_of(user) for user in (*USERS, VAULT)] == metis
        assert vault.shares_of(LEAVER) == balances[0] - shares
        assert vault.shares_of(VAULT) == balances[1] + shares
        for caller in (LEAVER, OPERATOR, MINTER):
            answer = vault.send(caller, "pendingRedeemRequest", id, OPERATOR).words
            assert answer == [shares]
        for controller, other in ((OPERATOR, id + 1), (LEAVER, id), (0, id), (OPERATOR, 0)):
            assert vault.view("pendingRedeemRequest", other, controller) == 0
        for _ in range(2):
            assert vault.view("claimableRedeemRequest", id, OPERATOR) == 0
            for name in ("redeem", "withdraw"):
                reason = vault.refused(OPERATOR, name, 1, OPERATOR, OPERATOR)
                assert reason == "StakedMetis: more than claimable"
            vault.wait(EXIT_DELAY - 1)


def test_who_may_request(vault):
    """The owner, its operator, or who was allowed so many shares; of all that it has, and of no
    more."""
    with vault.chain.anchor():
        shares = prepare_holder(vault)
        for_itself = ("requestRedeem", shares, OPERATOR, LEAVER)
        for amount, reason in (
            (shares, None),
            (shares + 1, "erc20: transfer amount exceeds balance"),
            (0, "StakedMetis: zero shares"),
        ):
            assert vault.refused(LEAVER, "requestRedeem", amount, LEAVER, LEAVER) == reason
        assert vault.refused(OPERATOR, *for_itself) == "erc20: insufficient allowance"
        with vault.chain.anchor():
            vault.done(LEAVER, "approve", OPERATOR, shares - 1)
            assert vault.refused(OPERATOR, *for_itself) == "erc20: insufficient allowance"
            vault.done(LEAVER, "approve", OPERATOR, shares)
            vault.done(OPERATOR, *for_itself)
            assert vault.view("allowance", LEAVER, OPERATOR) == 0
        receipt = vault.send(LEAVER, "setOperator", OPERATOR, 1)
        assert receipt.words == [1]
        assert ("OperatorSet", (LEAVER, OPERATOR, 1)) in receipt.events
        assert vault.view("isOperator", LEAVER, OPERATOR) == 1
        assert vault.refused(OPERATOR, *for_itself) is None
        vault.done(LEAVER, "setOperator", OPERATOR, 0)
        assert vault.refused(OPERATOR, *for_itself) == "erc20: insufficient allowance"


# ---------------------------------------------------------------- ERC-7540: redemptions


def due(vault: Vault, request: int) -> int:
    """What a claimable request has to be paid."""
    _, shares, worth, ready_at, _ = vault.suite["vault"].view("request", request)
    return worth if ready_at == 0 else min(worth, vault.view("convertToAssets", shares))


def check_the_most(vault: Vault, user: int):
    """So much can be redeemed, for what it is worth, and so much can be withdrawn. A share more, or
    a wei more than all is paid, cannot."""
    shares, assets = vault.view("maxRedeem", user), vault.view("maxWithdraw", user)
    claimable = [
        x for x in vault.requests_of(user) if vault.view("claimableRedeemRequest", x, user) > 0
    ]
    if vault.view("uncounted_cases") > LIMITS["MAX_LOSSES"]:
        # nobody can redeem for now, whatever is claimable
        assert shares == assets == 0
        claimable = []
    assert shares == claimable_of(vault, user, claimable)
    paid = 0
    if shares > 0:
        with vault.chain.anchor():
            before = vault.metis_of(user)
            paid = vault.done(user, "redeem", shares, user, user)
            assert vault.metis_of(user) == before + paid
            assert vault.view("maxRedeem", user) == vault.view("maxWithdraw", user) == 0
    if assets > 0:
        with vault.chain.anchor():
            assert 0 < vault.done(user, "withdraw", assets, user, user) <= shares
    for name, most in (("redeem", shares), ("withdraw", paid)):
        assert vault.refused(user, name, most + 1, user, user) in (
            "StakedMetis: more than claimable",
            "StakedMetis: count losses first",
        )
    assert paid >= assets
    if vault.view("totalSupply") - shares > VIRTUAL:
        # nobody is the last to leave; what one request is rounded down by, the next may get
        rounding = max(len(claimable) - 1, 0)
        assert paid - assets <= rounding
        assert 0 <= paid - sum(due(vault, x) for x in claimable) <= rounding


STEPS = {
    "the exit delay passes": lambda vault: vault.wait(EXIT_DELAY),
    "stake comes back": Vault.bring_back,
    "another asks": lambda vault: vault.send(
        STAYER, "requestRedeem", vault.shares_of(STAYER) // 3, STAYER, STAYER
    ),
    "a gain comes": lambda vault: vault.harvest(min(300 * METIS, vault.room())),
    "stake is slashed": lambda vault: vault.slash(K),
    "stake is held": lambda vault: vault.hold(K),
    "cases are decided": lambda vault: vault.close_all(5_000),
    "all is allocated": Vault.allocate_idle,
    "the first is funded": lambda vault: vault.send(LEAVER, "fund", vault.requests_of(LEAVER)[0]),
}


@FEW
@given(steps=st.permutations([*STEPS]))
def test_what_is_claimable_stays_so(vault, steps):
    """All of a request is pending or claimable; and what is claimable never becomes less, whatever
    happens, until it is redeemed."""
    with vault.chain.anchor():
        vault.request(LEAVER, prepare_holder(vault) // 2)
        sizes = {x: vault.suite["vault"].view("request", x)[1] for x in vault.requests_of(LEAVER)}
        known = dict.fromkeys(sizes, 0)
        for step in steps:
            STEPS[step](vault)
            for id, size in sizes.items():
                claimable = vault.view("claimableRedeemRequest", id, LEAVER)
                pending = vault.view("pendingRedeemRequest", id, LEAVER)
                assert pending + claimable == size
                assert claimable >= known[id], step
                known[id] = claimable
            check_the_most(vault, LEAVER)
        # a hold has kept some at the first time
        for _ in range(2):
            vault.bring_back()
        assert vault.view("maxRedeem", LEAVER) == sum(sizes.values())
        oldest = min(sizes)
        vault.done(LEAVER, "redeem", sizes[oldest], LEAVER, LEAVER)
        assert vault.view("claimableRedeemRequest", oldest, LEAVER) == 0
        assert vault.view("maxRedeem", LEAVER) == sum(sizes.values()) - sizes[oldest]


def test_the_most_that_can_be_redeemed(vault):
    """As it is, and once there is something."""
    for user in (STAYER, LEAVER, NEWCOMER, OPERATOR, 0, VAULT, 2**160 - 1):
        check_the_most(vault, user)
    with vault.chain.anchor():
        make_claimable(vault)
        check_the_most(vault, LEAVER)


@FEW
@given(bps=st.integers(1, 10_000), name=st.sampled_from(["Redeem", "Withdraw"]))
def test_redemptions_are_the_controllers(vault, bps, name):
    """And its operator's, which an allowance makes nobody; the receiver is paid."""
    with vault.chain.anchor():
        claimable = make_claimable(vault)
        amount = max(vault.view(f"max{name}", LEAVER) * bps // 10_000, 1)
        call = (name.lower(), amount, RECEIVER, LEAVER)
        for caller in (OPERATOR, STAYER):
            assert vault.refused(caller, *call) == "StakedMetis: not controller"
        vault.done(LEAVER, "approve", OPERATOR, 2**256 - 1)
        assert vault.refused(OPERATOR, *call) == "StakedMetis: not controller"
        vault.done(LEAVER, "setOperator", OPERATOR, 1)
        held = vault.shares_of(LEAVER)
        oldest, *others = vault.requests_of(LEAVER)
        worth = due(vault, oldest)
        receipt = vault.send(OPERATOR, *call)
        assert receipt.reason is None
        (answer,) = receipt.words
        shares, assets = (amount, answer) if name == "Redeem" else (answer, amount)
        assert ("Withdraw", (OPERATOR, RECEIVER, LEAVER, assets, shares)) in receipt.events
        if not others:
            # rounded against the controller
            assert assets * claimable <= shares * worth
        assert vault.metis_of(RECEIVER) == assets
        assert vault.shares_of(LEAVER) == held
        assert vault.view("maxRedeem", LEAVER) == claimable - shares
        requests = vault.requests_of(LEAVER)
        assert claimable_of(vault, LEAVER, requests) == claimable - shares


def test_who_goes_and_comes_gains_no_shares(state, vault):
    """A redemption, and a deposit of what it has paid, at once."""
    with vault.chain.anchor():
        shares = make_claimable(vault)
        paid = vault.redeem(LEAVER)
        before = vault.shares_of(LEAVER)
        reason = vault.send(LEAVER, "deposit", paid, LEAVER).reason
        assert reason is None or state in CLOSED
        assert vault.shares_of(LEAVER) - before <= shares
