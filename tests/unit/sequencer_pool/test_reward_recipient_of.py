"""SequencerPool.reward_recipient_of"""

import pytest

from tests.utils.system import ZERO


def test_reward_recipient_of_is_the_one_on_record(system, pool, owner):
    recipient, new = system.new_account(), system.new_account()
    system.lock(owner, recipient=recipient)
    id = pool.admission(owner)[0]
    assert pool.reward_recipient_of(id) == recipient == pool.sequencer(id).reward_recipient
    pool.set_reward_recipient(id, new, sender=owner)
    assert pool.reward_recipient_of(id) == new


def test_reward_recipient_of_one_with_a_new_owner(system, pool):
    crew = system.new_crew()
    assert pool.reward_recipient_of(crew.id) == crew.owner
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert pool.reward_recipient_of(crew.id) == crew.offered_to


def test_reward_recipient_of_one_that_is_leaving(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    pool.unlock(sequencer, sender=owner)
    assert pool.reward_recipient_of(sequencer) == owner


@pytest.mark.parametrize("id", [0, 2, 2**32 + 1, 2**256 - 1])
def test_reward_recipient_of_an_unknown_sequencer_is_zero(pool, sequencer, id):
    assert sequencer == 1
    assert pool.reward_recipient_of(id) == ZERO
