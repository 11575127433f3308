"""StakedMetis.allocate"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY, MIN_STAKE
from tests.utils.system import METIS, PARAMETERS, State

MOST = LIMITS["MAX_ALLOCATIONS"]


@pytest.fixture
def rich(lst_system, alice):
    lst_system.deposit(alice, 300 * K)
    return alice


def test_allocate_stakes_and_emits(lst_system, staked, pool, metis, rich):
    id = lst_system.pair(own=30 * K)
    tx = lst_system.allocate(id, 10 * K)
    assert tx.events == [
        staked.Allocated(id=id, amount=10 * K),
        metis.Approval(owner=staked, spender=pool, value=10 * K),
        pool.Deposited(id=id, payer=staked, paired=True, amount=10 * K),
        metis.Transfer(sender=staked, receiver=pool, value=10 * K),
        metis.Approval(owner=staked, spender=pool, value=0),
    ]
    assert pool.sequencer(id).paired.bonded == 10 * K
    assert staked.allocations() == [id]
    assert staked.totalAssets() == 300 * K
    assert lst_system.funds() == {
        "idle": 290 * K,
        "reserved": 0,
        "staked": 10 * K,
        "unvested": 0,
        "missing": 0,
    }


def test_operator_without_metis_gets_a_seat_through_the_vault_alone(lst_system, rich):
    id = lst_system.pair()
    assert lst_system.state_of(id) == State.PENDING
    lst_system.allocate(id, MIN_STAKE - 1)
    assert lst_system.state_of(id) == State.PENDING
    lst_system.allocate(id, 1)
    assert lst_system.state_of(id) == State.ACTIVE
    lst_system.deallocate(id, 1, sender=lst_system.allocator)
    lst_system.wait(PARAMETERS["cure_period"] + 2)
    lst_system.pool.eject(id, sender=lst_system.stranger)
    assert lst_system.state_of(id) == State.EXITING


def test_allocate_moves_a_sequencer_to_the_end(lst_system, staked, rich):
    ids = [lst_system.pair() for _ in range(3)]
    for id in ids:
        lst_system.allocate(id, MIN_STAKE)
    assert staked.allocations() == ids
    lst_system.allocate(ids[0], 1)
    assert staked.allocations() == [ids[1], ids[2], ids[0]]


def test_allocate_drops_those_that_have_nothing_left(lst_system, staked, allocator, rich):
    gone, kept, new = (lst_system.pair() for _ in range(3))
    lst_system.allocate(gone, METIS)
    lst_system.allocate(kept, METIS)
    lst_system.deallocate(gone, METIS, sender=allocator)
    lst_system.allocate(kept, METIS)
    # what is unbonding is something
    assert staked.allocations() == [gone, kept]
    lst_system.wait(EXIT_DELAY)
    lst_system.allocate(kept, METIS)
    # and so is what has matured
    assert staked.allocations() == [gone, kept]
    lst_system.collect(gone)
    assert staked.allocations() == [gone, kept]
    lst_system.allocate(new, METIS)
    assert staked.allocations() == [kept, new]


def test_allocate_drops_one_that_is_paired_with_another_now(
    lst_system, pool, staked, allocator, rich
):
    gone, new = lst_system.pair(), lst_system.pair()
    lst_system.allocate(gone, METIS)
    lst_system.deallocate(gone, METIS, sender=allocator)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(gone)
    other = lst_system.other_lst
    pool.set_pairing(lst_system.owner_of(gone), other, 0, sender=lst_system.governance)
    lst_system.fund(other, METIS)
    pool.deposit_paired(gone, METIS, sender=other)
    lst_system.allocate(new, METIS)
    assert staked.allocations() == [new]


def test_allocate_to_the_eighth_is_the_last(lst_system, staked, allocator, rich):
    ids = [lst_system.pair() for _ in range(MOST + 1)]
    for id in ids[:-1]:
        lst_system.allocate(id, METIS)
    with ape.reverts("StakedMetis: too many allocations"):
        lst_system.allocate(ids[-1], METIS)
    # one that has some already has room
    lst_system.allocate(ids[0], METIS)
    assert staked.allocations() == [*ids[1:-1], ids[0]]
    # and there is room when one has nothing left
    lst_system.deallocate(ids[3], METIS, sender=allocator)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(ids[3])
    lst_system.allocate(ids[-1], METIS)
    assert len(staked.allocations()) == MOST


def test_allocate_of_the_last_idle_wei(lst_system, staked, rich):
    ids = [lst_system.pair() for _ in range(3)]
    for id in ids:
        lst_system.allocate(id, PARAMETERS["cap"])
    assert lst_system.funds()["idle"] == 0
    with ape.reverts("StakedMetis: more than idle"):
        lst_system.allocate(ids[0], 1)


def test_allocate__what_redemptions_need__reverts(lst_system, rich):
    id = lst_system.pair()
    lst_system.request(rich, 250 * K)
    with ape.reverts("StakedMetis: more than idle"):
        lst_system.allocate(id, 50 * K + 1)
    lst_system.allocate(id, 50 * K)


def test_allocate__what_was_sent_here__reverts(lst_system, staked, metis, alice, bob):
    lst_system.deposit(alice, METIS)
    metis.transfer(staked, K, sender=bob)
    with ape.reverts("StakedMetis: more than idle"):
        lst_system.allocate(lst_system.pair(), METIS + 1)


@pytest.mark.parametrize("role", ["governance", "guardian", "alice", "stranger", "deployer"])
def test_allocate__not_allocator__reverts(lst_system, staked, rich, role):
    with ape.reverts("StakedMetis: not allocator"):
        staked.allocate(lst_system.pair(), METIS, sender=getattr(lst_system, role))


def test_allocate__nothing__reverts(lst_system, rich):
    with ape.reverts("SequencerPool: zero amount"):
        lst_system.allocate(lst_system.pair(), 0)


def test_allocate__not_paired__reverts(lst_system, rich):
    for id in (lst_system.new_sequencer(), 999, 0):
        with ape.reverts("SequencerPool: not vault"):
            lst_system.allocate(id, METIS)


def test_allocate__above_cap__reverts(lst_system, rich):
    id = lst_system.pair(own=30 * K)
    with ape.reverts("SequencerPool: above cap"):
        lst_system.allocate(id, 70 * K + 1)


def test_allocate__has_left__reverts(lst_system, pool, rich):
    id = lst_system.pair(own=30 * K)
    pool.unlock(id, sender=lst_system.owner_of(id))
    with ape.reverts("SequencerPool: has left"):
        lst_system.allocate(id, METIS)


def test_allocate__metis_refuses__reverts(system, lst_system, alice, allocator):
    """It lets more than a wei be pulled, and no approval has a third argument."""
    vault = lst_system.deploy_vault(pool=system.pool_of_refusing_token())
    vault.deposit(K, alice, sender=alice)
    with ape.reverts("StakedMetis: metis approval failed"):
        vault.allocate(1, K, sender=allocator)
