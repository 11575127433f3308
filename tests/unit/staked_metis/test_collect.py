"""StakedMetis.collect"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.lst import EXIT_DELAY
from tests.utils.system import METIS, State


@pytest.fixture
def sequencer(lst_system):
    return lst_system.staked_with(40 * K)


@pytest.fixture
def matured(lst_system, allocator, sequencer):
    """10 K of it can be collected."""
    lst_system.deallocate(sequencer, 10 * K, sender=allocator)
    lst_system.wait(EXIT_DELAY)
    return sequencer


def test_collect_takes_matured_stake_and_emits(lst_system, staked, pool, metis, matured):
    tx = lst_system.collect(matured)
    assert tx.events == [
        metis.Transfer(sender=pool, receiver=staked, value=10 * K),
        pool.Claimed(id=matured, recipient=staked, paired=True, amount=10 * K),
        staked.Collected(id=matured, amount=10 * K),
    ] or [x.event_name for x in tx.events] == ["Claimed", "Transfer", "Collected"]
    assert tx.decode_logs(staked.Collected) == [staked.Collected(id=matured, amount=10 * K)]
    assert lst_system.funds() == {
        "idle": 10 * K,
        "reserved": 0,
        "staked": 30 * K,
        "unvested": 0,
        "missing": 0,
    }
    assert staked.totalAssets() == 40 * K


def test_collect_in_the_second_in_which_stake_matures(lst_system, allocator, sequencer):
    asked_at = lst_system.deallocate(sequencer, K, sender=allocator).timestamp
    lst_system.at(asked_at + EXIT_DELAY - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        lst_system.collect(sequencer)
    lst_system.at(asked_at + EXIT_DELAY)
    lst_system.collect(sequencer)


def test_collected_stake_goes_to_redemptions(lst_system, staked, alice, matured):
    lst_system.request(alice, 4 * K)
    assert lst_system.funds()["missing"] == 4 * K
    assert not staked.request(1).is_funded
    lst_system.collect(matured)
    assert lst_system.funds() == {
        "idle": 6 * K,
        "reserved": 4 * K,
        "staked": 30 * K,
        "unvested": 0,
        "missing": 0,
    }
    assert staked.request(1).is_funded


def test_collect_after_a_loss_that_was_not_counted(lst_system, staked, allocator, sequencer):
    """What comes is less than what was asked for, and so is what was staked."""
    lst_system.deallocate(sequencer, 40 * K, sender=allocator)
    lst_system.slash(sequencer, 3_000)
    lst_system.wait(EXIT_DELAY)
    tx = lst_system.collect(sequencer)
    assert tx.decode_logs(staked.LossesCounted) == [staked.LossesCounted(up_to=1, amount=12 * K)]
    assert tx.decode_logs(staked.Collected) == [staked.Collected(id=sequencer, amount=28 * K)]
    assert lst_system.funds()["staked"] == 0
    assert staked.totalAssets() == lst_system.metis.balanceOf(staked) == 28 * K


@pytest.mark.parametrize("how", ["unlock", "offboard", "set_pairing"])
def test_stake_comes_back_whoever_ends_it(lst_system, pool, staked, sequencer, how):
    """The owner leaves, or governance makes it leave, or ends the pairing."""
    owner, governance = lst_system.owner_of(sequencer), lst_system.governance
    if how == "unlock":
        pool.unlock(sequencer, sender=owner)
    elif how == "offboard":
        pool.offboard(sequencer, sender=governance)
    else:
        pool.set_pairing(owner, "0x" + 40 * "0", 0, sender=governance)
    assert staked.totalAssets() == 40 * K
    with ape.reverts("SequencerPool: nothing to claim"):
        lst_system.collect(sequencer)
    lst_system.wait(EXIT_DELAY)
    lst_system.collect(sequencer)
    assert lst_system.funds()["idle"] == staked.totalAssets() == 40 * K
    if how != "set_pairing":
        assert lst_system.state_of(sequencer) == State.EXITED
    else:
        with ape.reverts("SequencerPool: pairing has ended"):
            lst_system.allocate(sequencer, K)


def test_collect_after_a_hold(lst_system, pool, staked, allocator, sequencer):
    """What is held is not there for anybody, and is paid to nobody until it is decided."""
    pool.announce_slasher(lst_system.slasher, sender=lst_system.governance)
    lst_system.wait(61 * 86_400)
    lst_system.deallocate(sequencer, 10 * K, sender=allocator)
    until = lst_system.now() + EXIT_DELAY + 86_400
    pool.hold(sequencer, 35 * K, until, sender=lst_system.slasher)
    lst_system.wait(EXIT_DELAY)
    tx = lst_system.collect(sequencer)
    assert tx.decode_logs(staked.Collected) == [staked.Collected(id=sequencer, amount=5 * K)]
    assert (staked.totalAssets(), staked.previewDeposit(K)) == (5 * K, K)
    lst_system.mine_at(until)
    assert staked.totalAssets() == 40 * K
    lst_system.collect(sequencer)
    assert lst_system.funds()["idle"] == 10 * K


def test_collect__nothing__reverts(lst_system, sequencer):
    with ape.reverts("SequencerPool: nothing to claim"):
        lst_system.collect(sequencer)


def test_collect__twice__reverts(lst_system, matured):
    lst_system.collect(matured)
    with ape.reverts("SequencerPool: nothing to claim"):
        lst_system.collect(matured)


def test_collect__of_another_vault__reverts(lst_system):
    id = lst_system.new_paired(0, METIS, vault=lst_system.other_lst)
    with ape.reverts("SequencerPool: not vault"):
        lst_system.collect(id)
