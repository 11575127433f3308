"""SequencerPool.set_reward_recipient"""

import ape
import pytest

from tests.utils.system import ZERO, State

STATES = [
    State.PENDING,
    State.QUEUED,
    State.ACTIVE,
    State.JAILED,
    State.SUSPENDED,
    State.EXITING,
    State.EXITED,
]


# rewards may be due long after everything else is over
@pytest.mark.parametrize("state", STATES)
def test_set_reward_recipient_in_every_state(system, pool, stranger, state):
    crew = system.new_crew_in(state)
    tx = pool.set_reward_recipient(crew.id, stranger, sender=crew.owner)
    assert tx.events == [pool.RewardRecipientSet(id=crew.id, old=crew.owner, new=stranger)]
    record = pool.sequencer(crew.id)
    assert (record.reward_recipient, record.owner, record.state) == (stranger, crew.owner, state)


def test_set_reward_recipient_while_paused_and_disapproved(
    system, pool, guardian, governance, stranger, sequencer
):
    owner = system.owner_of(sequencer)
    pool.pause(sender=guardian)
    pool.disapprove(owner, sender=governance)
    pool.set_reward_recipient(sequencer, stranger, sender=owner)
    assert pool.sequencer(sequencer).reward_recipient == stranger


def test_set_reward_recipient_to_the_owner_and_away_again(system, pool, stranger, sequencer):
    owner = system.owner_of(sequencer)
    for old, new in ((owner, owner), (owner, stranger), (stranger, owner)):
        tx = pool.set_reward_recipient(sequencer, new, sender=owner)
        assert tx.events == [pool.RewardRecipientSet(id=sequencer, old=old, new=new)]
        assert pool.reward_recipient_of(sequencer) == new
        assert pool.sequencer(sequencer).reward_recipient == new


def test_set_reward_recipient__zero_recipient__reverts(system, pool, sequencer):
    with ape.reverts("SequencerPool: zero recipient"):
        pool.set_reward_recipient(sequencer, ZERO, sender=system.owner_of(sequencer))


def test_set_reward_recipient__not_owner__reverts(system, pool, lst):
    crew = system.new_crew(vault=lst)
    for caller in system.all_but(crew.owner, crew=crew):
        with ape.reverts("SequencerPool: not owner"):
            pool.set_reward_recipient(crew.id, caller, sender=caller)


@pytest.mark.parametrize("ahead", [0, 1])
def test_set_reward_recipient__unknown_sequencer__reverts(system, pool, sequencer, ahead):
    owner = system.owner_of(sequencer)
    with ape.reverts("SequencerPool: not owner"):
        pool.set_reward_recipient(ahead and sequencer + ahead, owner, sender=owner)
