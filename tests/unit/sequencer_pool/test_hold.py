"""SequencerPool.hold"""

import ape
import pytest

from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

OWN, PAIRED = 30_000 * METIS, 20_000 * METIS


@pytest.fixture
def matured(system, pool):
    """The id of a sequencer that has left, all of whose stake, of both sides, has matured."""
    id = system.new_paired(OWN, PAIRED)
    pool.unlock(id, sender=system.owner_of(id))
    system.mine_at(system.now() + PARAMETERS["exit_delay"])
    return id


def hold(system, id, amount, duration=DAY):
    until = system.chain.pending_timestamp + duration
    return system.pool.hold(id, amount, until, sender=system.slasher)


def claim_both(system, id):
    """What each side is paid; 0 if there is nothing to claim."""
    pool, metis = system.pool, system.metis
    owner = system.owner_of(id)
    before = metis.balanceOf(owner), metis.balanceOf(system.lst)
    for claim, sender in ((pool.claim, system.stranger), (pool.claim_paired, system.lst)):
        try:
            claim(id, sender=sender)
        except ape.exceptions.ContractLogicError as error:
            assert error.revert_message == "SequencerPool: nothing to claim"
    return metis.balanceOf(owner) - before[0], metis.balanceOf(system.lst) - before[1]


def test_hold_is_recorded_and_emits(system, pool, slasher, sequencer):
    until = system.now() + DAY
    tx = pool.hold(sequencer, METIS, until, sender=slasher)
    assert tx.events == [pool.Held(id=sequencer, amount=METIS, until=until)]
    record = pool.sequencer(sequencer)
    assert (record.held, record.held_until, record.state) == (METIS, until, State.ACTIVE)


@pytest.mark.parametrize(
    "amount, own, paired",
    [
        (0, OWN, PAIRED),
        (1, OWN - 1, PAIRED),
        (OWN - 1, 1, PAIRED),
        (OWN, 0, PAIRED),
        (OWN + 1, 0, PAIRED - 1),
        (OWN + PAIRED - 1, 0, 1),
        (OWN + PAIRED, 0, 0),
        (2**256 - 1, 0, 0),
    ],
)
def test_hold_keeps_matured_stake_of_the_owner_first(system, pool, matured, amount, own, paired):
    hold(system, matured, amount)
    record = pool.sequencer(matured)
    assert (record.own.kept, record.paired.kept) == (OWN - own, PAIRED - paired)
    assert record.slashable == OWN + PAIRED - own - paired
    assert claim_both(system, matured) == (own, paired)
    # what was kept is still there, and no more may be claimed
    assert claim_both(system, matured) == (0, 0)
    assert system.state_of(matured) == (State.EXITING if amount else State.EXITED)


def test_hold_is_met_first_by_what_is_still_locked(system, pool):
    """Stake that cannot be claimed anyway covers the hold before any that could be."""
    id = system.new_paired(OWN, PAIRED)
    owner = system.owner_of(id)
    pool.request_withdrawal(id, 10_000 * METIS, sender=owner)
    pool.request_paired_withdrawal(id, 5_000 * METIS, sender=system.lst)
    system.mine_at(system.now() + PARAMETERS["exit_delay"])
    pool.request_withdrawal(id, 1_000 * METIS, sender=owner)
    # 19,000 bonded, 1,000 unbonding, 10,000 matured; and 15,000 bonded, 5,000 matured
    for amount, own, paired in (
        (20_000, 10_000, 5_000),
        (23_000, 7_000, 5_000),
        (30_000, 0, 5_000),
        (45_000, 0, 5_000),
        (47_000, 0, 3_000),
    ):
        with isolated(system.chain):
            hold(system, id, amount * METIS)
            assert claim_both(system, id) == (own * METIS, paired * METIS)


def test_hold_lapses_by_itself_to_the_second(system, pool, slasher, matured):
    until = system.now() + DAY
    pool.hold(matured, OWN, until, sender=slasher)
    system.at(until - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(matured, sender=system.stranger)
    system.at(until)
    tx = pool.claim(matured, sender=system.stranger)
    assert tx.events == [
        pool.Claimed(id=matured, recipient=system.owner_of(matured), paired=False, amount=OWN),
        system.metis.Transfer(sender=pool, receiver=system.owner_of(matured), value=OWN),
    ]


def test_hold_keeps_what_matures_meanwhile(system, pool):
    id = system.new_paired(OWN, PAIRED)
    pool.unlock(id, sender=system.owner_of(id))
    matures_at = system.now() + PARAMETERS["exit_delay"]
    system.at(matures_at - DAY)
    held_until = matures_at + DAY
    pool.hold(id, METIS, held_until, sender=system.slasher)
    system.mine_at(matures_at)
    assert claim_both(system, id) == (OWN - METIS, PAIRED)
    system.mine_at(held_until)
    assert claim_both(system, id) == (METIS, 0)


def test_hold_replaces_the_one_before(system, pool, slasher, matured):
    until = system.now() + 20 * DAY
    pool.hold(matured, OWN, until, sender=slasher)
    # less, and shorter
    pool.hold(matured, METIS, until - 10 * DAY, sender=slasher)
    record = pool.sequencer(matured)
    assert (record.held, record.held_until) == (METIS, until - 10 * DAY)
    assert claim_both(system, matured) == (OWN - METIS, PAIRED)
    system.mine_at(until - 10 * DAY)
    assert claim_both(system, matured) == (METIS, 0)


def test_hold_of_nothing_ends_it(system, pool, matured):
    hold(system, matured, OWN + PAIRED)
    until = system.chain.pending_timestamp + 1_000
    tx = pool.hold(matured, 0, until, sender=system.slasher)
    assert tx.events == [pool.Held(id=matured, amount=0, until=until)]
    assert claim_both(system, matured) == (OWN, PAIRED)


def test_hold_does_not_stop_an_exit(system, pool, sequencer):
    hold(system, sequencer, PARAMETERS["min_stake"])
    tx = pool.unlock(sequencer, sender=system.owner_of(sequencer))
    assert tx.events[-1] == pool.StateChanged(id=sequencer, old=State.ACTIVE, new=State.EXITING)


def test_hold_is_at_most_30_days_ahead(system, pool, slasher, sequencer):
    at = system.now() + 1_000
    system.at(at)
    with ape.reverts("SequencerPool: bad date"):
        pool.hold(sequencer, METIS, at + 30 * DAY + 1, sender=slasher)
    system.at(at + 1)
    pool.hold(sequencer, METIS, at + 1 + 30 * DAY, sender=slasher)
    assert pool.sequencer(sequencer).held_until == at + 1 + 30 * DAY


def test_hold__date_that_has_come__reverts(system, pool, slasher, sequencer):
    at = system.now() + 1_000
    system.at(at)
    with ape.reverts("SequencerPool: bad date"):
        pool.hold(sequencer, METIS, at, sender=slasher)
    system.at(at + 1)
    pool.hold(sequencer, METIS, at + 2, sender=slasher)


def test_hold__governance__reverts(system, pool, governance, sequencer):
    with ape.reverts("SequencerPool: not slasher"):
        pool.hold(sequencer, METIS, system.now() + DAY, sender=governance)


def test_hold__unknown_sequencer__reverts(system):
    with ape.reverts("SequencerPool: unknown sequencer"):
        hold(system, 1, METIS)
