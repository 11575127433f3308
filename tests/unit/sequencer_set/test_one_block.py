"""What happens within one block, and from second to second; on titanoboa, where that is exact"""

from itertools import product

import boa
import pytest

from seqpool.protocol.messages import Reason
from tests.utils.epochs import METIS, TERMS, ZERO, Committee, Epoch, Registry

LENGTH, TIMEOUT, DELAY = TERMS.values()
OLD, NEW = Committee(nonce=1), Committee(nonce=2)


@pytest.fixture(scope="module")
def registry():
    return Registry()


@pytest.fixture
def running(registry):
    """Epoch 1 of the old committee has run for some blocks."""
    registry.mine()
    registry.install(OLD)
    registry.mine()
    registry.commit(OLD)
    registry.mine(3)
    return registry


def refused(registry, reason, committee, message):
    before = boa.env.evm.vm.state.state_root, registry.set.last_epoch()
    with boa.reverts(reason):
        registry.vote(committee, message)
    assert (boa.env.evm.vm.state.state_root, registry.set.last_epoch()) == before


def accepted(registry, committee, message) -> str | None:
    """The successor if the vote is valid now; leaves no trace."""
    with boa.env.anchor():
        try:
            return registry.epoch(registry.vote(committee, message)).signer
        except boa.BoaError:
            return None


# two re-elections


def test_the_same_vote_does_not_work_twice(running):
    message = running.reelection(OLD)
    running.vote(OLD, message)
    refused(running, "SequencerSet: reelected already", OLD, message)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_successor_cannot_be_replaced_in_its_first_block(running, reason):
    """Not even by a fresh vote: it has had no turn."""
    running.reelect(OLD)
    for round in (1, 2):
        message = running.reelection(OLD, round, reason=reason)
        refused(running, "SequencerSet: reelected already", OLD, message)
    running.mine()
    running.reelect(OLD, reason=reason)
    assert running.set.last_epoch() == 3


# installation


def test_an_installation_lets_the_committee_before_vote_until_the_end_of_the_block(running):
    running.install(NEW)
    refused(running, "SequencerSet: wrong committee", NEW, running.reelection(NEW))
    expected = running.successor(OLD, 1)
    id = running.reelect(OLD)
    # drawn from those who voted
    assert running.epoch(id).signer == expected


def test_from_the_next_block_on_the_new_committee_votes_alone(running):
    running.install(NEW)
    running.mine()
    refused(running, "SequencerSet: wrong committee", OLD, running.reelection(OLD))
    expected = running.successor(NEW, 1)
    id = running.reelect(NEW)
    assert running.epoch(id).signer == expected


def test_of_two_installations_in_one_block_the_first_was_never_in_force(running):
    newest = Committee(nonce=3)
    running.install(NEW)
    running.install(newest)
    for committee in (NEW, newest):
        refused(running, "SequencerSet: wrong committee", committee, running.reelection(committee))
    assert running.set.previous_committee()[0] == OLD.nonce
    assert accepted(running, OLD, running.reelection(OLD))
    running.mine()
    for committee in (OLD, NEW):
        refused(running, "SequencerSet: wrong committee", committee, running.reelection(committee))
    running.reelect(newest)


def test_the_first_committee_votes_from_the_next_block_on(registry):
    registry.mine()
    registry.install(OLD)
    refused(registry, "SequencerSet: wrong committee", OLD, registry.reelection(OLD))
    registry.mine()
    registry.reelect(OLD)
    assert registry.set.reelections(registry.fallback_sequencer) == 1


def test_a_commit_draws_from_the_committee_of_this_very_block(running):
    running.install(NEW)
    id = running.commit(NEW)
    assert running.epoch(id).signer == NEW.draw(id)


# commit and re-election


def test_a_reelection_drops_what_was_committed_in_the_same_block(running):
    running.commit(OLD)
    id = running.reelect(OLD)
    assert id == running.set.last_epoch() == 2
    assert running.epoch(2).start_block == running.block


def test_a_commit_after_a_reelection_comes_after_the_successor(running):
    running.reelect(OLD)
    id = running.commit(OLD)
    assert running.epoch(id).start_block == running.epoch(id - 1).end_block + 1


def test_a_commit_in_a_gap_is_replaced_in_place_in_the_same_block(running):
    """Who commits in a gap gets no more time than who does not."""
    running.mine(LENGTH + 5)
    message = running.reelection(OLD)
    assert message.epoch == 2
    without = accepted(running, OLD, message)
    running.commit(OLD)
    # the very vote that was good before
    assert running.vote(OLD, message) == 2
    assert running.epoch(2) == (without, running.block, running.block + LENGTH - 1)


def test_replaced_in_place_with_the_next_one_scheduled_in_the_same_block(running):
    """The list gets shorter: the dropped word is no epoch any more."""
    running.commit(OLD)
    scheduled = running.epoch(2)
    running.mine(scheduled.start_block - running.block)
    assert running.commit(OLD) == 3
    dropped = running.epoch(3)
    before = running.epoch(1)
    assert running.reelect(OLD) == 2
    assert running.set.last_epoch() == 2
    assert running.epoch(1) == before
    assert running.epoch(2)[1:] == scheduled[1:]
    with boa.reverts("SequencerSet: unknown epoch"):
        running.set.epochs(3)
    for block_number in (dropped.start_block, dropped.end_block):
        with boa.reverts("SequencerSet: block in no epoch"):
            running.set.sequencer_at(block_number)
    # whose place is taken by the next, which may start elsewhere
    running.mine(LENGTH + 7)
    assert running.commit(OLD) == 3
    assert running.epoch(3) == (
        OLD.draw(3),
        running.block,
        running.block + LENGTH - 1,
    )
    assert running.set.epoch_at(running.block) == 3
    with boa.reverts("SequencerSet: block in no epoch"):
        running.set.epoch_at(running.block - 1)


def test_the_first_commit_in_the_first_block_leaves_epoch_0_empty(registry):
    registry.install(OLD)
    start = registry.block
    registry.commit(OLD)
    assert registry.epoch(0) == (registry.fallback_sequencer, start, start - 1)
    assert registry.set.sequencer_at(start) == OLD.draw(1)
    assert registry.set.epoch_at(start) == registry.set.current_epoch() == 1
    with boa.reverts("SequencerSet: block in no epoch"):
        registry.set.epoch_at(start - 1)
    registry.commit(OLD)
    registry.mine(LENGTH)
    registry.commit(OLD)
    # now the look-up has to bisect
    assert registry.set.sequencer_at(start) == OLD.draw(1)


# fallback


def test_the_fallback_cannot_undo_a_reelection_of_the_same_block(running):
    running.mine(1, DELAY)
    running.reelect(OLD)
    with boa.reverts("SequencerSet: too early"):
        running.set.fallback(sender=running.fallback_sequencer)


def test_a_reelection_can_undo_a_fallback_of_the_same_block(running):
    """Two thirds are more than one."""
    running.mine(1, DELAY)
    running.set.fallback(sender=running.fallback_sequencer)
    # in place: the fallback sequencer's epoch has no block yet
    id = running.reelect(OLD)
    assert running.epoch(id).signer != running.fallback_sequencer
    assert running.epoch(id).start_block == running.block
    assert running.set.reelections(running.fallback_sequencer) == 1


# second by second


def outcomes(registry, last_at, rounds, reason):
    """Which rounds are valid now, and whom they elect."""
    elected = {}
    for round in rounds:
        # round 0 names nobody whom it could
        failed = registry.successor(OLD, max(0, round - 1))
        message = registry.reelection(
            OLD, round, lastBlockTimestamp=last_at, reason=reason, failed=failed
        )
        if (signer := accepted(registry, OLD, message)) is not None:
            elected[round] = signer
    return elected


@pytest.mark.slow
def test_exactly_one_round_is_valid_at_any_second(running):
    """Of all rounds, for both reasons; and both elect the same."""
    last_at = running.now
    seconds = sorted(
        {
            0,
            1,
            *range(0, 4 * TIMEOUT, 23),
            *(k * TIMEOUT + step for k in range(1, 5) for step in (-1, 0, 1)),
        }
    )
    assert len(seconds) > 20
    for second in seconds:
        with boa.env.anchor():
            running.mine(1, second)
            timeout = outcomes(running, last_at, range(6), Reason.TIMEOUT)
            wrong = outcomes(running, last_at, range(6), Reason.INVALID_EXECUTION)
            assert list(timeout) == ([second // TIMEOUT] if second >= TIMEOUT else [])
            assert list(wrong) == [max(1, second // TIMEOUT)]
            if timeout:
                assert timeout == wrong


@pytest.mark.slow
def test_no_two_successors_are_valid_in_one_block(running):
    """Whatever round, reason and failed signer are named, by either committee, in the block of an
    installation and in the next, in an epoch and in a gap."""
    turns = 2
    for gap, blocks_since in product((0, LENGTH), (0, 1)):
        with boa.env.anchor():
            running.mine(1 + gap)
            running.install(NEW)
            last_at = running.now
            running.mine(blocks_since, turns * TIMEOUT + 5)
            elected = set()
            for committee, round, reason in product((OLD, NEW), range(1, 4), Reason):
                for failed in {*committee.signers, running.fallback_sequencer, ZERO}:
                    message = running.reelection(
                        committee,
                        round,
                        reason=reason,
                        failed=str(failed),
                        lastBlockTimestamp=last_at,
                    )
                    elected.add(accepted(running, committee, message))
            assert len(elected - {None}) == 1


def test_a_vote_dies_with_the_round_and_with_the_block(running):
    last_at = running.now
    running.mine(1, TIMEOUT)
    message = running.reelection(OLD, lastBlockTimestamp=last_at)
    for seconds in (0, TIMEOUT - 1):
        with boa.env.anchor():
            running.mine(0, seconds)
            assert accepted(running, OLD, message)
    with boa.env.anchor():
        running.mine(0, TIMEOUT)
        refused(running, "SequencerSet: wrong round", OLD, message)
    running.mine(1, 0)
    refused(running, "SequencerSet: wrong last block", OLD, message)


# the end of numbers


def test_an_epoch_beyond_48_bits_is_refused(running):
    """8,900 years of a block a millisecond."""
    running.mine(2**48 - LENGTH - running.block)
    with boa.env.anchor():
        running.commit(OLD)
        assert running.epoch(2) == Epoch(OLD.draw(2), running.block, 2**48 - 1)
        # which has no successor
        with boa.reverts("epoch_words: block number too large"):
            running.commit(OLD)
    running.mine()
    with boa.reverts("epoch_words: block number too large"):
        running.commit(OLD)
    refused(running, "epoch_words: block number too large", OLD, running.reelection(OLD))


# nobody is left


def test_a_round_in_which_nobody_is_eligible_elects_nobody(running):
    """Of two, the first has failed in round 1 and the second in round 2; round 3 asks it again."""
    two = Committee([METIS, METIS], nonce=2)
    running.install(two)
    running.mine(LENGTH)
    running.commit(two)
    message = running.reelection(two, 2)
    assert message.failed not in (ZERO, running.epoch(2).signer)
    refused(running, "SequencerSet: nobody is eligible", two, message)
    assert running.reelection(two, 3).failed == ZERO


def test_a_barred_member_is_not_elected_even_if_nobody_else_is_left(running):
    two = Committee([METIS, METIS], nonce=2)
    running.install(two)
    running.mine(LENGTH)
    running.commit(two)
    barred = running.epoch(2).signer
    running.mine()
    running.reelect(two, reason=Reason.INVALID_EXECUTION)
    assert running.set.is_barred(barred)
    running.mine()
    for reason in Reason:
        message = running.reelection(two, reason=reason)
        refused(running, "SequencerSet: nobody is eligible", two, message)
    assert running.set.bar_of(barred) == (2, running.epoch(3).start_block)


def test_two_members_take_turns_for_ever(running):
    """With two, the round in which nobody is left is passed over by time."""
    two = Committee([METIS, METIS], nonce=2)
    running.install(two)
    running.mine(LENGTH)
    running.commit(two)
    in_charge = running.epoch(2).signer
    other = next(x for x in two.signers if x != in_charge)
    elected = []
    for round in range(1, 6):
        message = running.reelection(two, round)
        elected.append(accepted(running, two, message))
    assert elected == [other, None, other, None, other]
