"""StakedMetis.collect_refund"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import DAY, METIS


@pytest.fixture
def slashed(lst_system):
    """A sequencer that has lost 4 K of the vault's 40 K, in case 1."""
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 1_000)
    return id


def collect_refund(lst_system, case_id=1):
    return lst_system.staked.collect_refund(case_id, sender=lst_system.stranger)


@pytest.mark.parametrize("bps", [10_000, 5_000])
def test_collect_refund_takes_it_and_emits(lst_system, staked, slash_vault, metis, slashed, bps):
    lst_system.refund(1, bps)
    amount = 4 * K * bps // 10_000
    staked.count_losses(sender=lst_system.stranger)
    tx = collect_refund(lst_system)
    assert tx.events == [
        staked.RefundCollected(case_id=1, amount=amount, of_shares=amount),
        slash_vault.RefundCollected(case_id=1, by=staked, amount=amount),
        metis.Transfer(sender=slash_vault, receiver=staked, value=amount),
    ]
    assert lst_system.funds() == {
        "idle": amount,
        "reserved": 0,
        "staked": 36 * K,
        "unvested": 0,
        "missing": 0,
    }
    assert staked.totalAssets() == 36 * K + amount
    assert staked.funds().refundable == 0


def test_refund_is_in_the_price_at_once(lst_system, staked, bob, slashed):
    """The price of deposits has had it all the time, so it is nobody's prize."""
    lst_system.refund(1)
    assert (staked.totalAssets(), staked.funds().refundable) == (36 * K, 4 * K)
    before = staked.previewDeposit(K)
    collect_refund(lst_system)
    assert staked.totalAssets() == 40 * K
    assert staked.previewDeposit(K) == before == K


def test_refund_of_a_loss_that_is_not_counted_yet(lst_system, staked, slashed):
    """It is counted before: the price never counts both."""
    lst_system.refund(1)
    tx = collect_refund(lst_system)
    assert tx.decode_logs(staked.LossesCounted) == [staked.LossesCounted(up_to=1, amount=4 * K)]
    assert staked.totalAssets() == 40 * K


def test_refund_goes_to_redemptions(lst_system, staked, alice, slashed):
    lst_system.request(alice, K)
    assert not staked.request(1).is_funded
    lst_system.refund(1)
    collect_refund(lst_system)
    assert (lst_system.funds()["reserved"], lst_system.funds()["missing"]) == (K, 0)
    assert lst_system.funds()["idle"] == 3 * K
    assert staked.request(1).is_funded


def test_case_that_is_resolved_without_a_refund_is_closed(lst_system, staked, slashed):
    lst_system.refund(1, 0)
    assert staked.funds().refundable == 4 * K
    tx = collect_refund(lst_system)
    assert tx.decode_logs(staked.RefundCollected) == [
        staked.RefundCollected(case_id=1, amount=0, of_shares=0)
    ]
    assert (staked.totalAssets(), staked.funds().refundable) == (36 * K, 0)


def test_case_without_an_appeal_is_closed_once_it_is_released(
    lst_system, staked, slash_vault, slashed
):
    lst_system.wait(365 * DAY)
    with ape.reverts("StakedMetis: not decided"):
        collect_refund(lst_system)
    slash_vault.release(1, sender=lst_system.stranger)
    collect_refund(lst_system)
    assert staked.funds().refundable == 0


def test_refund_after_the_release_never_lapses(lst_system, staked, slash_vault, slashed):
    lst_system.refund(1, 5_000)
    lst_system.wait(365 * DAY)
    slash_vault.release(1, sender=lst_system.stranger)
    collect_refund(lst_system)
    assert staked.totalAssets() == 38 * K


def test_collect_refund__not_decided__reverts(lst_system, staked, allocator, slashed):
    with ape.reverts("StakedMetis: not decided"):
        collect_refund(lst_system)
    staked.appeal(1, "ipfs://statement", sender=allocator)
    with ape.reverts("StakedMetis: not decided"):
        collect_refund(lst_system)


@pytest.mark.parametrize("bps", [0, 10_000])
def test_collect_refund__twice__reverts(lst_system, slashed, bps):
    lst_system.refund(1, bps)
    collect_refund(lst_system)
    with ape.reverts("refunds: no open case"):
        collect_refund(lst_system)


def test_collect_refund__of_another__reverts(lst_system, slash_vault):
    id = lst_system.new_sequencer()
    lst_system.slash(id, 1_000)
    slash_vault.appeal(1, "ipfs://statement", sender=lst_system.owner_of(id))
    slash_vault.resolve(1, 10_000, sender=lst_system.governance)
    with ape.reverts("refunds: no open case"):
        collect_refund(lst_system)


def test_collect_refund__unknown_case__reverts(lst_system):
    with ape.reverts("SlashVault: unknown case"):
        collect_refund(lst_system)


# whose it is


def test_refund_is_of_those_who_left_while_the_case_was_open(
    lst_system, staked, metis, alice, bob, carol, slashed
):
    """V1: both holders leave; a stranger who came after the slash gets its own METIS back."""
    lst_system.deposit(bob, 36 * K)
    # it has paid for its part of what may come back
    shares = staked.balanceOf(bob)
    assert shares == 36 * K
    lst_system.request(alice)
    lst_system.deposit(carol, METIS)
    lst_system.deallocate(slashed, 36 * K, sender=lst_system.allocator)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(slashed)
    paid = lst_system.redeem(alice)
    assert 37 * K < paid < 40 * K
    lst_system.close(1, 10_000)
    kept = staked.refund_of(1, 1)
    assert 40 * K - 2 <= paid + kept <= 40 * K
    before = metis.balanceOf(bob)
    tx = staked.claim_refund(1, 1, bob, sender=alice)
    assert tx.events == [
        staked.RefundClaimed(request_id=1, case_id=1, receiver=bob, amount=kept),
        *lst_system.paid_by_vault(bob, kept),
    ]
    assert metis.balanceOf(bob) == before + kept
    assert staked.refund_of(1, 1) == 0
    assert METIS - 2 <= staked.convertToAssets(staked.balanceOf(carol)) <= METIS


def test_stranger_at_supply_zero_gets_no_refund(lst_system, staked, metis, alice, bob, slashed):
    lst_system.deallocate(slashed, 36 * K, sender=lst_system.allocator)
    lst_system.request(alice)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(slashed)
    assert lst_system.redeem(alice) == 36 * K
    assert staked.totalSupply() == staked.funds().refundable == 0
    assert lst_system.deposit(bob, METIS) == METIS
    lst_system.close(1, 10_000)
    assert staked.refund_of(1, 1) == 4 * K
    assert staked.totalAssets() == METIS
    staked.claim_refund(1, 1, alice, sender=alice)
    lst_system.request(bob)
    lst_system.wait(EXIT_DELAY)
    assert lst_system.redeem(bob) == METIS
    assert metis.balanceOf(staked) == 0


def test_request_that_was_open_at_the_slash_has_its_part(lst_system, staked, alice, bob):
    """Of the loss, and so of the refund: also when it comes before the request is paid."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.request(alice)
    lst_system.slash(id, 2_500)
    lst_system.close(1, 10_000)
    lst_system.wait(EXIT_DELAY)
    assert 40 * K - 1 <= lst_system.redeem(alice) <= 40 * K
    assert staked.convertToAssets(40 * K) in (40 * K - 1, 40 * K)


def test_request_has_no_part_in_what_was_lost_after_it_left_or_closed_before(
    lst_system, staked, alice, bob
):
    """Cases 1 to 3: closed before it leaves, open when it leaves, lost afterwards."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.slash(id, 1_000)
    lst_system.slash(id, 1_000)
    lst_system.request(alice)
    lst_system.close(1, 10_000)
    lst_system.wait(EXIT_DELAY)
    lst_system.redeem(alice)
    lst_system.slash(id, 1_000)
    for case_id in (2, 3):
        lst_system.close(case_id, 10_000)
    assert [staked.refund_of(1, x) for x in (1, 3, 4)] == [0, 0, 0]
    half = 36 * K // 20
    # but for what the virtual shares have
    assert half - 10**12 <= staked.refund_of(1, 2) <= half
    assert abs(staked.convertToAssets(40 * K) - 40 * K) <= 10**12
    # what it keeps is kept out of the price
    assert lst_system.funds()["reserved"] >= staked.refund_of(1, 2)


def test_refund_is_no_more_than_what_was_lost(lst_system, staked, alice, bob, till):
    """Rewards have made up for the loss while the request waited: its refund is the others'."""
    id = lst_system.staked_with(40 * K)
    lst_system.deposit(bob, 40 * K)
    lst_system.request(alice)
    lst_system.slash(id, 1_000)
    lst_system.harvest(4 * K)
    lst_system.wait(EXIT_DELAY)
    assert abs(lst_system.redeem(alice) - 40 * K) <= METIS
    lst_system.close(1, 10_000)
    assert staked.refund_of(1, 1) < METIS
    assert abs(staked.convertToAssets(40 * K) - 44 * K) < METIS


def test_last_to_leave_keeps_all_that_may_come_back(lst_system, staked, alice, bob, slashed):
    """Also after many have left, when the index has to begin anew."""
    for case_id in (1, 2, 3):
        lst_system.deallocate(
            slashed, lst_system.pool.sequencer(slashed).paired.bonded, sender=lst_system.allocator
        )
        lst_system.request(alice)
        lst_system.wait(EXIT_DELAY)
        lst_system.collect(slashed)
        lst_system.redeem(alice)
        assert staked.funds().refundable == 0
        lst_system.deposit(alice, 40 * K)
        if case_id < 3:
            lst_system.allocate(slashed, 40 * K)
            lst_system.slash(slashed, 1_000)
    for case_id in (1, 2):
        lst_system.close(case_id, 10_000)
        parts = [staked.refund_of(x, case_id) for x in (1, 2, 3)]
        assert parts[case_id - 1] == 4 * K
        assert sum(parts) == 4 * K
    assert staked.totalAssets() == 40 * K


@pytest.mark.parametrize("role", ["bob", "stranger", "allocator", "governance"])
def test_claim_refund__not_controller__reverts(lst_system, staked, alice, slashed, role):
    lst_system.request(alice)
    with ape.reverts("StakedMetis: not controller"):
        staked.claim_refund(1, 1, alice, sender=getattr(lst_system, role))


def test_claim_refund__nothing__reverts(lst_system, staked, alice, bob, slashed):
    """Not decided, not left, claimed already; by an operator too."""
    lst_system.deposit(bob, 80 * K)
    lst_system.request(alice)
    staked.setOperator(bob, True, sender=alice)
    lst_system.wait(EXIT_DELAY)
    for step in (
        lambda: staked.fund(1, sender=bob),
        lambda: lst_system.close(1, 10_000),
    ):
        with ape.reverts("refunds: nothing to claim"):
            staked.claim_refund(1, 1, bob, sender=bob)
        step()
    with ape.reverts("StakedMetis: bad receiver"):
        staked.claim_refund(1, 1, staked, sender=bob)
    staked.claim_refund(1, 1, bob, sender=bob)
    with ape.reverts("refunds: nothing to claim"):
        staked.claim_refund(1, 1, bob, sender=bob)
