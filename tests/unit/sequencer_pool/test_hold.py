"""SequencerPool.hold"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

OWN, PAIRED = 30_000 * METIS, 20_000 * METIS


@pytest.fixture
def leaving(system, pool):
    """The id of a sequencer that leaves: all of its stake, of both sides, matures in a day."""
    id = system.new_paired(OWN, PAIRED)
    pool.unlock(id, sender=system.owner_of(id))
    system.mine_at(system.now() + PARAMETERS["exit_delay"] - DAY)
    return id


def mature(system):
    """A day, and more: what was leaving has matured."""
    system.mine_at(system.now() + DAY + 100)


@pytest.fixture
def matured(system, leaving):
    """The same, when it has matured."""
    mature(system)
    return leaving


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
            # of one without a vault, nobody can
            known = ("SequencerPool: nothing to claim", "SequencerPool: not vault")
            assert error.revert_message in known
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
def test_hold_keeps_what_matures_of_the_owner_first(system, pool, leaving, amount, own, paired):
    hold(system, leaving, amount, 30 * DAY)
    mature(system)
    record = pool.sequencer(leaving)
    assert (record.own.kept, record.paired.kept) == (OWN - own, PAIRED - paired)
    assert record.slashable == OWN + PAIRED - own - paired
    assert pool.stake_of(leaving)[1:] == (0, OWN + PAIRED - own - paired)
    assert claim_both(system, leaving) == (own, paired)
    # what was kept is still there, and no more may be claimed
    assert claim_both(system, leaving) == (0, 0)
    assert system.state_of(leaving) == (State.EXITING if amount else State.EXITED)


@pytest.mark.parametrize("amount", [1, OWN + PAIRED, 2**256 - 1])
def test_hold_keeps_nothing_that_had_matured_before(system, pool, matured, amount):
    """Not even if it is set again."""
    for _ in range(2):
        hold(system, matured, amount)
        record = pool.sequencer(matured)
        assert (record.own.kept, record.paired.kept, record.slashable) == (0, 0, 0)
    assert claim_both(system, matured) == (OWN, PAIRED)


@pytest.mark.parametrize("late, kept", [(0, 0), (1, METIS)])
def test_hold_set_in_the_second_in_which_stake_matures_keeps_nothing(
    system, pool, slasher, late, kept
):
    id = system.new_sequencer(OWN)
    at = pool.unlock(id, sender=system.owner_of(id)).timestamp + PARAMETERS["exit_delay"]
    system.at(at - late)
    pool.hold(id, METIS, at + DAY, sender=slasher)
    system.mine_at(at + 1)
    assert pool.sequencer(id).own.kept == kept


@pytest.mark.parametrize("more", [0, 1, OWN])
def test_hold_that_follows_another_keeps_what_that_kept(system, pool, leaving, more):
    """And no more, if it is larger; less, if it is smaller."""
    hold(system, leaving, METIS, 30 * DAY)
    mature(system)
    with isolated(system.chain):
        hold(system, leaving, METIS + more)
        assert pool.sequencer(leaving).own.kept == METIS
        assert claim_both(system, leaving) == (OWN - METIS, PAIRED)
    hold(system, leaving, METIS - 1)
    assert pool.sequencer(leaving).own.kept == METIS - 1
    # what it gave up once is free for ever
    hold(system, leaving, METIS)
    assert pool.sequencer(leaving).own.kept == METIS - 1
    assert claim_both(system, leaving) == (OWN - METIS + 1, PAIRED)


def test_hold_that_follows_another_keeps_of_each_side_what_that_kept(system, pool, leaving):
    hold(system, leaving, OWN + METIS, 30 * DAY)
    mature(system)
    hold(system, leaving, OWN + PAIRED)
    record = pool.sequencer(leaving)
    assert (record.own.kept, record.paired.kept) == (OWN, METIS)
    assert claim_both(system, leaving) == (0, PAIRED - METIS)


def test_hold_that_follows_one_that_has_lapsed_keeps_nothing_of_it(system, pool, leaving):
    hold(system, leaving, OWN, 2 * DAY)
    mature(system)
    system.mine_at(system.now() + DAY)
    hold(system, leaving, OWN)
    assert pool.sequencer(leaving).own.kept == 0
    assert claim_both(system, leaving) == (OWN, PAIRED)


def test_hold_keeps_what_it_kept_after_a_claim_whatever_was_claimed(system, pool, governance):
    """The longer way out was asked for first: it is the first in the list, and matures last."""
    id = system.new_sequencer(PARAMETERS["cap"])
    owner = system.owner_of(id)
    pool.set_exit_delay(40 * DAY, sender=governance)
    last = pool.request_withdrawal(id, METIS, sender=owner).timestamp + 40 * DAY
    pool.set_exit_delay(21 * DAY, sender=governance)
    pool.unlock(id, sender=owner)
    system.at(last - DAY)
    pool.hold(id, METIS, last + DAY, sender=system.slasher)
    system.mine_at(last)
    assert pool.sequencer(id).own.kept == METIS
    assert claim_both(system, id) == (PARAMETERS["cap"] - METIS, 0)
    assert pool.sequencer(id).own.kept == METIS
    assert claim_both(system, id) == (0, 0)


# another Slasher


@pytest.fixture
def taken_over(system, pool, governance, sequencer):
    """Of METIS, held a moment before another account, which is returned, becomes the Slasher."""
    new = system.new_account()
    at = pool.announce_slasher(new, sender=governance).timestamp + LIMITS["SLASHER_NOTICE"]
    system.at(at - PARAMETERS["exit_delay"] + DAY)
    pool.unlock(sequencer, sender=system.owner_of(sequencer))
    system.at(at - 1)
    pool.hold(sequencer, METIS, at - 1 + 30 * DAY, sender=system.slasher)
    system.mine_at(at)
    return new


def test_hold_of_a_former_slasher_is_void(system, pool, sequencer, taken_over):
    mature(system)
    record = pool.sequencer(sequencer)
    assert (record.own.kept, record.slashable) == (0, 0)
    assert claim_both(system, sequencer) == (PARAMETERS["min_stake"], 0)


def test_hold_of_a_new_slasher_keeps_nothing_that_had_matured(system, pool, sequencer, taken_over):
    """Whatever the former one held."""
    mature(system)
    pool.hold(sequencer, 2 * METIS, system.now() + DAY, sender=taken_over)
    assert pool.sequencer(sequencer).own.kept == 0


def test_hold_of_a_new_slasher_keeps_what_matures_then(system, pool, sequencer, taken_over):
    pool.hold(sequencer, METIS, system.now() + 2 * DAY, sender=taken_over)
    mature(system)
    assert pool.sequencer(sequencer).own.kept == METIS


def test_hold_stays_when_an_announcement_is_withdrawn(system, pool, governance, leaving):
    """By announcing the present Slasher: it never was another's."""
    pool.announce_slasher(system.new_account(), sender=governance)
    pool.announce_slasher(system.slasher, sender=governance)
    hold(system, leaving, METIS, 30 * DAY)
    mature(system)
    assert pool.sequencer(leaving).own.kept == METIS


def test_hold_stays_when_another_slasher_is_announced(system, pool, governance, leaving):
    hold(system, leaving, METIS, 30 * DAY)
    pool.announce_slasher(system.new_account(), sender=governance)
    mature(system)
    assert pool.sequencer(leaving).own.kept == METIS


def test_hold_is_met_first_by_what_is_still_locked(system, pool):
    """Stake that cannot be claimed anyway covers the hold before any that could be."""
    id = system.new_paired(OWN, PAIRED)
    owner = system.owner_of(id)
    pool.request_withdrawal(id, 10_000 * METIS, sender=owner)
    pool.request_paired_withdrawal(id, 5_000 * METIS, sender=system.lst)
    system.mine_at(system.now() + PARAMETERS["exit_delay"] - DAY)
    pool.request_withdrawal(id, 1_000 * METIS, sender=owner)
    # 19,000 bonded, 1,000 unbonding, 10,000 that matures; and 15,000 bonded, 5,000 that matures
    for amount, own, paired in (
        (20_000, 10_000, 5_000),
        (23_000, 7_000, 5_000),
        (30_000, 0, 5_000),
        (45_000, 0, 5_000),
        (47_000, 0, 3_000),
    ):
        with isolated(system.chain):
            hold(system, id, amount * METIS, 30 * DAY)
            mature(system)
            assert claim_both(system, id) == (own * METIS, paired * METIS)


def test_hold_lapses_by_itself_to_the_second(system, pool, slasher, leaving):
    until = system.now() + 5 * DAY
    pool.hold(leaving, OWN, until, sender=slasher)
    system.at(until - 1)
    with ape.reverts("SequencerPool: nothing to claim"):
        pool.claim(leaving, sender=system.stranger)
    system.at(until)
    tx = pool.claim(leaving, sender=system.stranger)
    assert tx.events == [
        pool.Claimed(id=leaving, recipient=system.owner_of(leaving), paired=False, amount=OWN),
        system.metis.Transfer(sender=pool, receiver=system.owner_of(leaving), value=OWN),
    ]


def test_hold_replaces_the_one_before(system, pool, slasher, leaving):
    until = system.now() + 20 * DAY
    pool.hold(leaving, OWN, until, sender=slasher)
    # less, and shorter
    pool.hold(leaving, METIS, until - 10 * DAY, sender=slasher)
    record = pool.sequencer(leaving)
    assert (record.held, record.held_until) == (METIS, until - 10 * DAY)
    mature(system)
    assert claim_both(system, leaving) == (OWN - METIS, PAIRED)
    system.mine_at(until - 10 * DAY)
    assert claim_both(system, leaving) == (METIS, 0)


def test_hold_of_nothing_ends_it(system, pool, leaving):
    hold(system, leaving, OWN + PAIRED, 30 * DAY)
    mature(system)
    until = system.chain.pending_timestamp + 1_000
    tx = pool.hold(leaving, 0, until, sender=system.slasher)
    assert tx.events == [pool.Held(id=leaving, amount=0, until=until)]
    assert claim_both(system, leaving) == (OWN, PAIRED)


@pytest.mark.parametrize("amount", [2**96 - 1, 2**96, 2**256 - 1])
def test_hold_of_more_than_fits_is_cut_off(system, pool, sequencer, amount):
    tx = hold(system, sequencer, amount)
    assert tx.events[0].amount == amount
    assert pool.sequencer(sequencer).held == 2**96 - 1


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
