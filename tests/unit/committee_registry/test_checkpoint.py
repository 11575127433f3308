"""CommitteeRegistry.checkpoint"""

import ape
import pytest

from seqpool.protocol.committee import committee_hash, member
from tests.utils.system import DAY, HOUR, METIS, PARAMETERS, State

MIN_STAKE = PARAMETERS["min_stake"]
CAUSE = b"\x01" * 32


@pytest.fixture
def members(system):
    """Enough for a committee, with three different stakes."""
    return {system.new_sequencer(MIN_STAKE + i * METIS): MIN_STAKE + i * METIS for i in range(3)}


@pytest.fixture
def checkpointed(system, members):
    """The second of a sealed checkpoint of all members."""
    return system.checkpoint_and_seal().timestamp


def checkpoint(system):
    return system.registry.checkpoint(sender=system.stranger)


def members_of(tx):
    """Signers of the committee that a checkpoint made."""
    return [member(word).signer for word in tx.events[-1].members]


def test_checkpoint_makes_a_committee_and_emits(system, registry, members):
    words = system.words(*members.items())
    tx = checkpoint(system)
    assert tx.events == [
        registry.CommitteeCheckpointed(
            nonce=1,
            committee_hash=committee_hash(1, words),
            power=sum(members.values()),
            members=words,
        )
    ]
    assert registry.committee(1) == (
        committee_hash(1, words),
        sum(members.values()),
        3,
        tx.timestamp,
        0,
    )
    assert registry.last_checkpoint() == (1, tx.timestamp, tx.block_number, False, False)


def test_checkpoint_supersedes_the_last(system, registry, members, checkpointed):
    system.at(checkpointed + DAY)
    tx = checkpoint(system)
    words = system.words(*members.items())
    assert registry.committee(1).superseded_at == tx.timestamp == checkpointed + DAY
    # the nonce is part of the hash: equal members make another committee
    assert registry.committee(2).hash == committee_hash(2, words) != registry.committee(1).hash
    assert registry.last_checkpoint().nonce == 2


def test_checkpoint_of_nobody_is_empty(system, registry):
    tx = checkpoint(system)
    assert tx.events == [
        registry.CommitteeCheckpointed(
            nonce=1, committee_hash=committee_hash(1, []), power=0, members=[]
        )
    ]


def test_checkpoint_of_two_is_empty_but_counts_their_power(system, registry):
    system.new_sequencers(2)
    tx = checkpoint(system)
    assert tx.events == [
        registry.CommitteeCheckpointed(
            nonce=1, committee_hash=committee_hash(1, []), power=2 * MIN_STAKE, members=[]
        )
    ]
    committee = registry.committee(1)
    assert (committee.power, committee.size) == (2 * MIN_STAKE, 0)


def test_checkpoint_counts_stake_of_both_sides(system, pool, members):
    paired = system.new_paired(MIN_STAKE + 1, 2)
    tx = checkpoint(system)
    assert tx.events[0].members[-1:] == system.words((paired, MIN_STAKE + 3))
    assert tx.events[0].power == sum(members.values()) + MIN_STAKE + 3


def test_checkpoint_bounds_power_by_a_lowered_cap(system, pool, registry, governance, members):
    large = system.new_sequencer(PARAMETERS["cap"])
    cap = PARAMETERS["cap"] // 2
    pool.set_cap(cap, sender=governance)
    tx = checkpoint(system)
    assert tx.events[0].members[-1:] == system.words((large, cap))
    assert registry.committee(1).power == sum(members.values()) + cap


def _jail(system, id):
    system.pool.jail(id, system.chain.pending_timestamp + DAY, sender=system.slasher)


def _suspend(system, id):
    system.pool.suspend(id, CAUSE, 1, 1, sender=system.slasher)


def _unlock(system, id):
    system.pool.unlock(id, sender=system.owner_of(id))


def _offboard(system, id):
    system.pool.offboard(id, sender=system.governance)


def _slash(system, id):
    system.pool.slash(id, 1, 1, b"\0" * 32, sender=system.slasher)


def _withdraw_paired(system, id):
    system.pool.request_paired_withdrawal(id, 1, sender=system.lst)


def _end_pairing(system, id):
    owner = system.owner_of(id)
    system.pool.set_pairing(owner, "0x" + 40 * "0", 0, sender=system.governance)


def _eject(system, id):
    since = system.pool.sequencer(id).below_since
    system.at(since + PARAMETERS["cure_period"] + 1)
    system.pool.eject(id, sender=system.stranger)


@pytest.mark.parametrize("leave", [_jail, _suspend, _unlock, _offboard])
def test_checkpoint_leaves_out_who_left_and_may_be_made_at_once(
    system, pool, registry, members, leave
):
    leaver = system.new_paired(MIN_STAKE - 1, 1)
    signer = pool.sequencer(leaver).signer
    before = system.checkpoint_and_seal()
    assert members_of(before)[-1] == signer
    leave(system, leaver)
    assert registry.last_checkpoint().member_left
    tx = checkpoint(system)
    assert tx.timestamp < before.timestamp + HOUR
    assert tx.events[0].members == system.words(*members.items())
    assert not registry.last_checkpoint().member_left


def test_checkpoint_may_be_made_at_once_after_an_ejection(system, registry, members):
    leaver = system.new_paired(MIN_STAKE - 1, 1)
    _withdraw_paired(system, leaver)
    _eject(system, leaver)
    assert registry.last_checkpoint().member_left


@pytest.mark.parametrize("dip", [_slash, _withdraw_paired, _end_pairing])
def test_checkpoint_leaves_out_who_is_below_min_stake_after_an_hour(system, registry, members, dip):
    """It can be made and mended with 1 wei: not what a checkpoint is hurried for."""
    below = system.new_paired(MIN_STAKE - 1, 1)
    made_at = system.checkpoint_and_seal().timestamp
    dip(system, below)
    assert not registry.last_checkpoint().member_left
    system.at(made_at + HOUR - 1)
    with ape.reverts("CommitteeRegistry: too early"):
        checkpoint(system)
    system.at(made_at + HOUR)
    assert checkpoint(system).events[0].members == system.words(*members.items())


def test_checkpoint_leaves_out_the_pending_and_the_queued(system, pool, members, governance):
    pending = system.new_sequencer(0, system.lst)
    pool.set_max_sequencers(4, sender=governance)
    system.new_sequencer()
    queued = system.new_sequencer()
    assert (system.state_of(pending), system.state_of(queued)) == (State.PENDING, State.QUEUED)
    signers = members_of(checkpoint(system))
    assert len(signers) == 4
    assert not {pool.sequencer(id).signer for id in (pending, queued)} & set(signers)


def test_checkpoint_leaves_out_who_is_below_a_raised_min_stake(system, pool, members, governance):
    _, second, third = members
    richer = system.new_sequencers(2, MIN_STAKE + METIS)
    pool.set_min_stake(MIN_STAKE + METIS, sender=governance)
    tx = checkpoint(system)
    assert tx.events[0].members == system.words(
        (second, members[second]),
        (third, members[third]),
        *((id, MIN_STAKE + METIS) for id in richer),
    )


def test_checkpoint_lists_members_in_the_order_of_seats(system, pool, members):
    first, second, third = members
    fourth = system.new_sequencer()
    _unlock(system, first)
    # the last one fills the empty seat
    tx = checkpoint(system)
    assert tx.events[0].members == system.words(
        (fourth, MIN_STAKE), (second, members[second]), (third, members[third])
    )


def test_checkpoint_names_the_present_signer(system, pool, members, checkpointed):
    first = next(iter(members))
    owner = system.owner_of(first)
    consent = system.consent(owner)
    pool.rotate_signer(first, consent.signer, consent.pubkey, consent.signature, sender=owner)
    system.at(checkpointed + HOUR)
    assert members_of(checkpoint(system))[0] == consent.signer


def test_checkpoint_with_a_change_is_made_after_an_hour(
    system, pool, registry, members, checkpointed
):
    first = next(iter(members))
    pool.relock(first, METIS, sender=system.owner_of(first))
    assert not registry.last_checkpoint().member_left
    system.at(checkpointed + HOUR - 1)
    with ape.reverts("CommitteeRegistry: too early"):
        checkpoint(system)
    system.at(checkpointed + HOUR)
    assert checkpoint(system).events[0].power == sum(members.values()) + METIS


def test_checkpoint_without_a_change_is_made_after_a_day(system, members, checkpointed):
    for age in (HOUR, DAY - 1):
        system.at(checkpointed + age)
        with ape.reverts("CommitteeRegistry: too early"):
            checkpoint(system)
    system.at(checkpointed + DAY)
    assert checkpoint(system).events[0].power == sum(members.values())


def test_checkpoint_of_an_empty_committee_waits_a_day_too(system, checkpointed, members):
    for id in members:
        _unlock(system, id)
    emptied_at = system.checkpoint_and_seal().timestamp
    # one member more, and still too few: the committee is the same empty one
    system.new_sequencer()
    system.at(emptied_at + HOUR)
    with ape.reverts("CommitteeRegistry: too early"):
        checkpoint(system)
    system.at(emptied_at + DAY)
    assert checkpoint(system).events[0].power == MIN_STAKE


@pytest.mark.parametrize("leave", [_jail, _suspend, _unlock])
def test_checkpoint__who_left_was_no_member__reverts(
    system, pool, registry, governance, checkpointed, leave
):
    pool.set_max_sequencers(4, sender=governance)
    system.new_sequencer()
    queued = system.new_sequencer()
    leave(system, queued)
    assert not registry.last_checkpoint().member_left
    with ape.reverts("CommitteeRegistry: too early"):
        checkpoint(system)


def test_checkpoint__top_up_and_withdrawal_in_turn__reverts(system, pool, registry, lst, members):
    """A vault that toggles around min_stake would otherwise choose the time of every seed."""
    toggler = system.new_paired(0, MIN_STAKE)
    made_at = system.checkpoint_and_seal().timestamp
    for _ in range(2):
        _withdraw_paired(system, toggler)
        with ape.reverts("CommitteeRegistry: too early"):
            checkpoint(system)
        pool.deposit_paired(toggler, 1, sender=lst)
        with ape.reverts("CommitteeRegistry: too early"):
            checkpoint(system)
    assert not registry.last_checkpoint().member_left
    # nor within the hour after it is back: it is but a change like any other, or none at all
    system.at(made_at + HOUR)
    with ape.reverts("CommitteeRegistry: too early"):
        checkpoint(system)


def test_checkpoint__last_one_not_sealed__reverts(system, registry, members):
    made_at = checkpoint(system).timestamp
    _unlock(system, next(iter(members)))
    with ape.reverts("CommitteeRegistry: last one is not sealed"):
        checkpoint(system)
    # however old it is
    system.at(made_at + DAY)
    with ape.reverts("CommitteeRegistry: last one is not sealed"):
        checkpoint(system)
    system.mine(5)
    registry.seal(sender=system.stranger)
    assert checkpoint(system).events[0].nonce == 2


def test_checkpoint_goes_on_in_a_pause(system, pool, guardian, members):
    pool.pause(sender=guardian)
    assert checkpoint(system).events[0].power == sum(members.values())


def test_checkpoint_accumulates_power_seconds(system, registry, members, governance):
    assert registry.power_seconds() == 0
    power = sum(members.values())
    first_at = system.checkpoint_and_seal().timestamp

    # a member more: counted from the checkpoint that has it
    system.new_sequencer(MIN_STAKE + 1)
    system.mine_at(first_at + HOUR - 1)
    assert registry.power_seconds() == power * (HOUR - 1)
    second_at = first_at + HOUR + 1
    system.at(second_at)
    system.checkpoint_and_seal()

    # two are jailed: the two that remain are no committee, yet earn
    for id in list(members)[:2]:
        _jail(system, id)
    third_at = second_at + HOUR
    system.at(third_at)
    system.checkpoint_and_seal()
    remaining = members[list(members)[2]] + MIN_STAKE + 1
    assert registry.committee(3).power == remaining

    system.mine_at(third_at + DAY + 7)
    expected = power * (HOUR + 1) + (power + MIN_STAKE + 1) * HOUR + remaining * (DAY + 7)
    assert registry.power_seconds() == expected
