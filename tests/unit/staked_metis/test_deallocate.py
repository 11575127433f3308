"""StakedMetis.deallocate"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import METIS

HALF_OF_LIST = LIMITS["MAX_UNBONDINGS"] // 2
PAUSE = EXIT_DELAY // HALF_OF_LIST + 1


def taken(lst_system, id, amount) -> int:
    """By anyone, who would take so much."""
    tx = lst_system.deallocate(id, amount)
    (event,) = tx.decode_logs(lst_system.staked.Deallocated)
    return event.amount


@pytest.fixture
def ids(lst_system):
    """The first has 30 K, the last allocated one 20 K; all are a depositor's."""
    return [lst_system.staked_with(30 * K), lst_system.staked_with(20 * K)]


def test_deallocate_by_anyone_takes_what_is_lacking_and_emits(lst_system, staked, pool, alice, ids):
    lst_system.request(alice, 15 * K)
    tx = lst_system.deallocate(ids[1], 15 * K)
    matures_at = tx.timestamp + EXIT_DELAY
    assert tx.events[:2] == [
        staked.Deallocated(id=ids[1], by=lst_system.stranger, amount=15 * K),
        pool.UnbondingStarted(id=ids[1], paired=True, amount=15 * K, matures_at=matures_at),
    ]
    assert pool.sequencer(ids[1]).paired.bonded == 5 * K
    assert staked.totalAssets() == lst_system.funds()["staked"] == 50 * K
    lst_system.mine_at(matures_at)
    lst_system.collect(ids[1])
    assert lst_system.redeem(alice) == 15 * K


@pytest.mark.parametrize("amount", [15 * K, 15 * K + 1, 50 * K, 2**256 - 1])
def test_deallocate_by_anyone_takes_no_more_than_is_lacking(
    lst_system, staked, pool, alice, ids, amount
):
    lst_system.request(alice, 15 * K)
    tx = lst_system.deallocate(ids[1], amount)
    assert tx.decode_logs(staked.Deallocated) == [
        staked.Deallocated(id=ids[1], by=lst_system.stranger, amount=15 * K)
    ]
    assert pool.sequencer(ids[1]).paired.unbonding == 15 * K


@pytest.mark.parametrize("amount", [0, 1, 15 * K - 1])
def test_deallocate__less_than_is_lacking__reverts(lst_system, alice, ids, amount):
    lst_system.request(alice, 15 * K)
    with ape.reverts("StakedMetis: less than is lacking"):
        lst_system.deallocate(ids[1], amount)


def test_deallocate_takes_no_more_than_the_last_has(lst_system, alice, ids):
    lst_system.request(alice, 45 * K)
    with ape.reverts("StakedMetis: less than is lacking"):
        lst_system.deallocate(ids[1], 20 * K - 1)
    assert taken(lst_system, ids[1], 45 * K) == 20 * K
    # then the one before, for the rest, at once
    assert taken(lst_system, ids[0], 45 * K) == 25 * K


def test_deallocate_lacks_what_is_idle_or_on_its_way_no_more(
    lst_system, allocator, alice, bob, ids
):
    lst_system.request(alice, 30 * K)
    lst_system.deposit(bob, 4 * K)
    lst_system.deallocate(ids[0], 5 * K, sender=allocator)
    lst_system.deallocate(ids[0], 2 * K, sender=allocator)
    assert taken(lst_system, ids[1], 30 * K) == 19 * K
    lst_system.at(lst_system.now() + PAUSE)
    with ape.reverts("StakedMetis: nothing is lacking"):
        lst_system.deallocate(ids[1], 1)
    # what has matured is on its way too, until somebody collects it
    lst_system.wait(EXIT_DELAY)
    with ape.reverts("StakedMetis: nothing is lacking"):
        lst_system.deallocate(ids[1], 1)


def test_deallocate__nothing_is_lacking__reverts(lst_system, alice, bob, ids):
    lst_system.deposit(bob, K)
    lst_system.request(alice, K)
    for amount in (0, 1, 2**256 - 1):
        with ape.reverts("StakedMetis: nothing is lacking"):
            lst_system.deallocate(ids[1], amount)


def test_deallocate_of_what_is_lacking_after_a_loss(lst_system, pool, alice, ids):
    """At today's price, with rewards that do not count yet left out."""
    lst_system.request(alice, 30 * K)
    lst_system.slash(ids[0], 3_000)
    # 41 of 50 K are left
    assert taken(lst_system, ids[1], 30 * K) == 20 * K
    rest = taken(lst_system, ids[0], 30 * K)
    assert 4_600 * METIS <= rest < 4_601 * METIS


def test_deallocate__not_the_last_allocated__reverts(lst_system, alice, ids):
    lst_system.request(alice, 15 * K)
    for id in (ids[0], lst_system.pair(), lst_system.new_sequencer()):
        with ape.reverts("StakedMetis: not the last allocated"):
            lst_system.deallocate(id, 15 * K)


@pytest.mark.parametrize("id", [0, 999])
def test_deallocate__unknown_sequencer__reverts(lst_system, alice, ids, id):
    lst_system.request(alice, 15 * K)
    with ape.reverts("SequencerPool: unknown sequencer"):
        lst_system.deallocate(id, 15 * K)


def test_deallocate_passes_over_one_that_is_leaving(lst_system, pool, alice, ids):
    """What it had comes back anyway."""
    pool.offboard(ids[1], sender=lst_system.governance)
    lst_system.request(alice, 45 * K)
    lst_system.deallocate(ids[0], 25 * K)


def test_deallocate_by_anyone_again_after_an_eighth_of_the_exit_delay(lst_system, alice, ids):
    lst_system.request(alice, K)
    first = lst_system.deallocate(ids[1], K).timestamp
    lst_system.request(alice, K)
    lst_system.at(first + PAUSE - 1)
    with ape.reverts("StakedMetis: too soon"):
        lst_system.deallocate(ids[1], K)
    lst_system.at(first + PAUSE)
    lst_system.deallocate(ids[1], K)


@pytest.mark.slow
def test_deallocate_by_anyone_never_fills_the_list_of_the_pool(
    lst_system, pool, allocator, alice, bob, ids
):
    """The allocator has taken up its half, and there is a request before each: no entry of the
    pool's list has to be joined with another."""
    lst_system.staked.transfer(bob, K, sender=alice)
    at = lst_system.now()
    most = 0
    for number in range(20):
        at += PAUSE
        # one alone has no room for so many
        lst_system.request((alice, bob)[number % 2], METIS)
        if number % HALF_OF_LIST == 0:
            while pool.sequencer(ids[1]).paired.unbondings < HALF_OF_LIST:
                lst_system.deallocate(ids[1], 1, sender=allocator)
        lst_system.at(at)
        lst_system.deallocate(ids[1], METIS)
        holding = pool.sequencer(ids[1]).paired
        assert holding.matured == 0
        most = max(most, holding.unbondings)
    assert HALF_OF_LIST < most <= 2 * HALF_OF_LIST
    dates = [pool.unbonding_at(ids[1], True, i)[1] for i in range(holding.unbondings)]
    assert dates == sorted(dates)


def test_deallocate_collects_what_has_matured_first(
    lst_system, staked, pool, allocator, alice, ids
):
    lst_system.deallocate(ids[1], K, sender=allocator)
    lst_system.request(alice, 15 * K)
    lst_system.wait(EXIT_DELAY)
    tx = lst_system.deallocate(ids[1], 15 * K)
    assert tx.decode_logs(staked.Collected) == [staked.Collected(id=ids[1], amount=K)]
    assert tx.decode_logs(staked.Deallocated) == [
        staked.Deallocated(id=ids[1], by=lst_system.stranger, amount=14 * K)
    ]
    assert lst_system.funds()["reserved"] == K
    assert pool.sequencer(ids[1]).paired.unbondings == 1


def test_deallocate_by_the_allocator_is_free(lst_system, staked, allocator, alice, ids):
    """From any, any amount, at any time; and it does not keep others from it."""
    tx = lst_system.deallocate(ids[0], 7 * K, sender=allocator)
    assert tx.events[0] == staked.Deallocated(id=ids[0], by=allocator, amount=7 * K)
    lst_system.deallocate(ids[1], 1, sender=allocator)
    lst_system.request(alice, 15 * K)
    assert taken(lst_system, ids[1], 8 * K) == 8 * K - 1


def test_deallocate_by_the_allocator__too_many_unbondings__reverts(
    lst_system, pool, allocator, alice, ids
):
    """Half of the pool's list is for others."""
    for _ in range(HALF_OF_LIST):
        at = lst_system.deallocate(ids[1], 1, sender=allocator).timestamp
    with ape.reverts("StakedMetis: too many unbondings"):
        lst_system.deallocate(ids[1], 1, sender=allocator)
    # of another sequencer it may, and so may others of this one
    lst_system.deallocate(ids[0], 1, sender=allocator)
    lst_system.request(alice, K)
    lst_system.deallocate(ids[1], K)
    assert pool.sequencer(ids[1]).paired.unbondings == HALF_OF_LIST + 1
    # and again when its own have matured
    lst_system.at(at + EXIT_DELAY)
    lst_system.deallocate(ids[1], 1, sender=allocator)
    assert pool.sequencer(ids[1]).paired.unbondings == 2


def test_entries_of_others_do_not_lock_the_allocator_out(lst_system, allocator, alice, ids):
    """V6: somebody asks for dust, and takes it back, as often as others may."""
    at = lst_system.now()
    for _ in range(HALF_OF_LIST):
        at += PAUSE
        lst_system.request(alice, METIS)
        lst_system.at(at)
        lst_system.deallocate(ids[1], METIS)
    assert lst_system.pool.sequencer(ids[1]).paired.unbondings == HALF_OF_LIST
    lst_system.deallocate(ids[1], K, sender=allocator)


def test_held_stake_is_not_on_its_way(lst_system, staked, pool, allocator, alice, ids):
    """V10: what matured before redemptions lacked it, and is kept: others bring the METIS."""
    lst_system.hold(ids[0], 30 * K, days=30)
    lst_system.deallocate(ids[0], 30 * K, sender=allocator)
    lst_system.wait(EXIT_DELAY)
    assert pool.sequencer(ids[0]).paired.kept == 30 * K
    lst_system.request(alice, 10 * K)
    assert taken(lst_system, ids[1], 10 * K) == 10 * K


def test_deallocate_by_the_allocator__more_than_bonded__reverts(lst_system, allocator, ids):
    with ape.reverts("SequencerPool: more than bonded"):
        lst_system.deallocate(ids[0], 30 * K + 1, sender=allocator)


def test_deallocate__has_left__reverts(lst_system, pool, allocator, ids):
    pool.offboard(ids[0], sender=lst_system.governance)
    with ape.reverts("SequencerPool: has left"):
        lst_system.deallocate(ids[0], 1, sender=allocator)


def test_deallocate__not_paired__reverts(lst_system, allocator):
    with ape.reverts("SequencerPool: not vault"):
        lst_system.deallocate(lst_system.new_sequencer(), 1, sender=allocator)


def test_deallocate__no_allocations__reverts(lst_system):
    with ape.reverts("StakedMetis: not the last allocated"):
        lst_system.deallocate(lst_system.pair(), 0)


@pytest.mark.slow
def test_deallocate_with_eight_allocations(lst_system, alice):
    """One after the other, until all that was asked for is on its way."""
    ids = [lst_system.staked_with(K) for _ in range(8)]
    lst_system.request(alice)
    at = lst_system.now()
    for id in reversed(ids):
        at += PAUSE
        lst_system.at(at)
        lst_system.deallocate(id, K)
    lst_system.wait(EXIT_DELAY)
    for id in ids:
        lst_system.collect(id)
    assert lst_system.redeem(alice) == 8 * K


def test_allocator_cannot_put_off_what_others_took_back(lst_system, pool, allocator, alice, ids):
    """Its own withdrawals fill half of the pool's list: nothing is joined with what others took
    back, and what redemptions lack keeps its date."""
    for _ in range(HALF_OF_LIST):
        lst_system.deallocate(ids[1], 1, sender=allocator)
    with ape.reverts("StakedMetis: too many unbondings"):
        lst_system.deallocate(ids[1], 1, sender=allocator)
    lst_system.request(alice, 15 * K)
    asked_at = lst_system.deallocate(ids[1], 15 * K - HALF_OF_LIST).timestamp
    lst_system.at(asked_at + EXIT_DELAY - 86_400)
    with ape.reverts("StakedMetis: too many unbondings"):
        lst_system.deallocate(ids[1], 1, sender=allocator)
    lst_system.mine_at(asked_at + EXIT_DELAY)
    lst_system.collect(ids[1])
    assert lst_system.staked.maxRedeem(alice) == 15 * K


def test_deallocate_cannot_be_kept_from_others_by_a_wei(lst_system, alice, bob, ids):
    """Somebody else's deposit or request in the same block does not stop it."""
    lst_system.request(alice, 15 * K)
    lst_system.deposit(bob, 1)
    lst_system.deallocate(ids[1], 15 * K)
    assert lst_system.pool.sequencer(ids[1]).paired.unbonding == 15 * K - 1
