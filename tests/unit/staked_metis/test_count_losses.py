"""StakedMetis.count_losses, and how losses are counted"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.staked_metis.conftest import K
from tests.utils.lst import VIRTUAL
from tests.utils.relays import deploy_source
from tests.utils.system import METIS

MOST = LIMITS["MAX_LOSSES"]

# A pool and its SlashVault with as many cases as they are told to have, of a wei each.
COURT = """
# pragma version 0.4.3

metis: public(address)
loser: address
cases: uint256

@deploy
def __init__(metis: address):
    self.metis = metis

@external
@view
def slash_vault() -> address:
    return self

@external
def set_cases(loser: address, count: uint256):
    self.loser = loser
    self.cases = count

@external
@view
def case_count() -> uint256:
    return self.cases

@external
@view
def for_vaults() -> (uint256, uint256, uint256):
    return self.cases, 0, 0

@external
@view
def loss_of(case_id: uint256) -> (address, uint256):
    return self.loser, 1

@external
def deposit_paired(id: uint256, amount: uint256):
    pass
"""


@pytest.fixture
def busy(lst_system, metis, alice, allocator):
    """That court, and a StakedMetis with 40 K staked there."""
    court = deploy_source(lst_system, "Busy", COURT, metis)
    vault = lst_system.deploy_vault(pool=court)
    metis.approve(vault, 50 * K, sender=alice)
    vault.deposit(40 * K, alice, sender=alice)
    vault.allocate(1, 40 * K, sender=allocator)
    return court, vault


@pytest.fixture
def sequencer(lst_system):
    """With 40 K, all of the vault."""
    return lst_system.staked_with(40 * K)


def test_count_losses_emits(lst_system, staked, sequencer):
    lst_system.slash(sequencer, 1_000)
    tx = staked.count_losses(sender=lst_system.stranger)
    assert tx.events == [staked.LossesCounted(up_to=1, amount=4 * K)]
    assert staked.uncounted_cases() == 0
    assert lst_system.funds()["staked"] == staked.totalAssets() == 36 * K


def test_count_losses_of_nothing_does_nothing(lst_system, staked, sequencer):
    assert staked.count_losses(sender=lst_system.stranger).events == []
    lst_system.slash(sequencer, 1_000)
    staked.count_losses(sender=lst_system.stranger)
    assert staked.count_losses(sender=lst_system.stranger).events == []
    assert staked.totalAssets() == 36 * K


def test_losses_lower_the_price_in_the_block_of_the_slash(lst_system, staked, alice, sequencer):
    """Nobody has to call anything."""
    lst_system.slash(sequencer, 1_000)
    assert staked.uncounted_cases() == 1
    assert staked.totalAssets() == lst_system.funds()["staked"] == 36 * K
    shares = staked.convertToShares(36 * K)
    assert 40 * K - METIS < shares <= 40 * K
    assert staked.convertToAssets(40 * K) // K == 36
    # what may come back is in the price of deposits
    assert staked.previewMint(40 * K) == 40 * K
    staked.count_losses(sender=alice)
    assert staked.totalAssets() == 36 * K


def test_several_losses_at_once(lst_system, staked, sequencer):
    other = lst_system.staked_with(20 * K)
    lst_system.slash(sequencer, 100)
    lst_system.slash(other, 100)
    lst_system.slash(sequencer, 100)
    assert staked.uncounted_cases() == 3
    losses = [400 * METIS, 200 * METIS, 396 * METIS]
    assert staked.totalAssets() == 60 * K - sum(losses)
    tx = staked.count_losses(sender=lst_system.stranger)
    assert tx.events == [staked.LossesCounted(up_to=3, amount=sum(losses))]
    assert staked.totalAssets() == 60 * K - sum(losses)


def test_losses_of_others_are_none_of_ours(lst_system, staked, sequencer):
    """Of an owner alone, of another vault, and of the owner whose vault this is."""
    own = lst_system.staked_with(10 * K, own=30 * K)
    lst_system.slash(lst_system.new_sequencer(), 1_000)
    lst_system.slash(lst_system.new_paired(0, 20 * K, vault=lst_system.other_lst), 1_000)
    lst_system.slash(own, 1_000)
    assert staked.uncounted_cases() == 3
    assert staked.totalAssets() == 50 * K
    assert staked.count_losses(sender=lst_system.stranger).events == []
    assert (staked.uncounted_cases(), staked.totalAssets()) == (0, 50 * K)


def test_loss_beyond_the_owners_stake(lst_system, staked):
    """The owner's stake goes first."""
    id = lst_system.staked_with(30 * K, own=10 * K)
    lst_system.slash(id, 3_000)
    case = lst_system.slash_vault.case_of(1)
    assert (case.own, case.paired) == (10 * K, 2 * K)
    assert staked.totalAssets() == 28 * K


def test_loss_of_what_is_unbonding(lst_system, staked, allocator, sequencer):
    lst_system.deallocate(sequencer, 39 * K, sender=allocator)
    lst_system.slash(sequencer, 1_000)
    assert staked.totalAssets() == 36 * K
    lst_system.wait(21 * 86_400)
    lst_system.collect(sequencer)
    left = lst_system.funds()
    assert left["idle"] == 36 * K
    assert left["staked"] == 0


def test_loss_of_everything_ends_deposits(lst_system, staked, bob, sequencer):
    lst_system.slash_all(sequencer)
    assert staked.totalAssets() == 0
    assert staked.convertToAssets(40 * K) == 40 * K * VIRTUAL // (40 * K + VIRTUAL)
    lst_system.close(1)
    assert staked.maxDeposit(bob) == staked.maxMint(bob) == 0
    for call in (staked.deposit, staked.mint):
        with ape.reverts("StakedMetis: above maximum"):
            call(METIS, bob, sender=bob)


def test_loss_that_two_vaults_share_a_case_id_with(lst_system, sequencer):
    """Each counts its own."""
    other = lst_system.deploy_vault()
    lst_system.slash(sequencer, 1_000)
    assert (other.uncounted_cases(), other.totalAssets()) == (1, 0)
    assert other.count_losses(sender=lst_system.stranger).events == []


def test_as_many_losses_as_one_call_counts(lst_system, alice, busy):
    court, vault = busy
    court.set_cases(vault, MOST, sender=lst_system.stranger)
    assert vault.totalAssets() == 40 * K - MOST
    vault.deposit(K, alice, sender=alice)
    assert vault.uncounted_cases() == 0
    assert vault.totalAssets() == 41 * K - MOST


@pytest.mark.slow
def test_more_losses_than_one_call_counts__count_losses_first(lst_system, alice, busy):
    court, vault = busy
    court.set_cases(vault, MOST + 1, sender=lst_system.stranger)
    for name, arguments in (
        ("deposit", (K, alice)),
        ("mint", (K, alice)),
        ("requestRedeem", (K, alice, alice)),
        ("redeem", (K, alice, alice)),
        ("withdraw", (K, alice, alice)),
        ("collect", (1,)),
        ("harvest", (1, alice)),
        ("collect_refund", (1,)),
        ("deallocate", (1, 1)),
    ):
        with ape.reverts("StakedMetis: count losses first"):
            getattr(vault, name)(*arguments, sender=alice)
    with ape.reverts("StakedMetis: count losses first"):
        vault.allocate(1, 1, sender=lst_system.allocator)
    tx = vault.count_losses(sender=lst_system.stranger)
    assert tx.events == [vault.LossesCounted(up_to=MOST, amount=MOST)]
    assert vault.uncounted_cases() == 1
    vault.deposit(K, alice, sender=alice)
    assert vault.totalAssets() == 41 * K - MOST - 1


@pytest.mark.slow
def test_views_that_must_not_revert_do_not(lst_system, alice, busy):
    """ERC-4626 says so; however many losses there are to count: they look at those alone that one
    call counts."""
    court, vault = busy
    court.set_cases(vault, 3 * MOST, sender=lst_system.stranger)
    assert vault.totalAssets() == vault.funds().staked == 40 * K - MOST
    assert vault.uncounted_cases() == 3 * MOST
    # V12: nothing goes on before they are counted
    assert vault.maxDeposit(alice) == vault.maxMint(alice) == 0
    assert vault.maxRedeem(alice) == vault.maxWithdraw(alice) == 0
    for name in ("maxDeposit", "maxMint", "maxRedeem", "maxWithdraw"):
        getattr(vault, name)(alice)
    for name in ("convertToShares", "convertToAssets", "previewDeposit", "previewMint"):
        getattr(vault, name)(K)
    for name in ("pendingRedeemRequest", "claimableRedeemRequest"):
        getattr(vault, name)(1, alice)
    vault.request(1)
