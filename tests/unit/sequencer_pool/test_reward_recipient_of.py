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


@pytest.mark.parametrize("recipient", ["owner", "stranger", "offered_to"])
def test_reward_recipient_of_one_with_a_new_owner(system, pool, recipient):
    """Whoever it was: the new owner, and then whom that one names."""
    crew = system.new_crew()
    before = system.stranger if recipient == "stranger" else getattr(crew, recipient)
    pool.set_reward_recipient(crew.id, before, sender=crew.owner)
    assert pool.reward_recipient_of(crew.id) == before
    tx = pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    assert tx.events[0] == pool.RewardRecipientSet(id=crew.id, old=before, new=crew.offered_to)
    assert pool.reward_recipient_of(crew.id) == crew.offered_to
    assert pool.sequencer(crew.id).reward_recipient == crew.offered_to
    pool.set_reward_recipient(crew.id, crew.owner, sender=crew.offered_to)
    assert pool.reward_recipient_of(crew.id) == crew.owner


def test_reward_recipient_of_one_that_is_leaving(system, pool, sequencer):
    owner = system.owner_of(sequencer)
    pool.unlock(sequencer, sender=owner)
    assert pool.reward_recipient_of(sequencer) == owner


@pytest.mark.parametrize("id", [0, 2, 2**32 + 1, 2**256 - 1])
def test_reward_recipient_of_an_unknown_sequencer_is_zero(pool, sequencer, id):
    assert sequencer == 1
    assert pool.reward_recipient_of(id) == ZERO
