"""SequencerSet.reelect; certificates are in test_certificates.py; what happens within one block,
and where nobody is eligible, is in test_one_block.py"""

import ape
import pytest

from seqpool.protocol.certificates import tally
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, as_struct
from seqpool.protocol.signatures import sign
from tests.utils.epochs import METIS, TERMS, ZERO, Committee, Epoch, changed

LENGTH, TIMEOUT = TERMS["epoch_length"], TERMS["block_timeout"]


def reelected(epochs, message, tx, id, signer):
    """The event of a re-election that took place in a transaction."""
    return epochs.set.EpochReelected(
        epoch=id,
        signer=signer,
        failed=message.failed,
        replaced=message.epoch,
        start_block=tx.block_number,
        end_block=tx.block_number + LENGTH - 1,
        committee_nonce=message.committeeNonce,
        round=message.round,
        reason=message.reason,
        last_block_timestamp=message.lastBlockTimestamp,
    )


def refused(epochs, reason, message, *signers):
    """The vote of all is refused, and nothing is changed."""
    before = epochs.state(*signers)
    with ape.reverts(reason):
        epochs.reelect(message)
    assert epochs.state(*signers) == before


# what it does


def test_reelect_cuts_the_epoch_and_starts_one_of_the_successor(
    epochs, sequencer_set, committee, begun
):
    present = epochs.epoch(1)
    epochs.stall()
    message = epochs.reelection()
    assert (message.epoch, message.failed) == (1, present.signer)
    tx = epochs.reelect(message)
    start = tx.block_number
    signer = committee.draw(1, 1, {present.signer})
    assert signer != present.signer
    assert epochs.all_epochs()[1:] == [
        Epoch(present.signer, present.start_block, start - 1),
        Epoch(signer, start, start + LENGTH - 1),
    ]
    assert tx.events == [reelected(epochs, message, tx, 2, signer)]
    assert sequencer_set.alive_at() == tx.timestamp
    assert sequencer_set.reelected_at() == start
    assert sequencer_set.reelections(present.signer) == 1
    assert sequencer_set.reelections(signer) == 0
    # being slow is no crime
    assert not sequencer_set.is_barred(present.signer)


def test_reelect_replaces_an_epoch_without_a_block_in_place(epochs, committee, begun):
    epochs.commit()
    scheduled = epochs.epoch(2)
    epochs.stall(block_number=scheduled.start_block)
    message = epochs.reelection()
    assert (message.epoch, message.failed) == (2, scheduled.signer)
    before = epochs.epoch(1)
    tx = epochs.reelect(message)
    assert tx.block_number == scheduled.start_block
    signer = committee.draw(2, 1, {scheduled.signer})
    assert epochs.all_epochs()[1:] == [
        before,
        Epoch(signer, scheduled.start_block, scheduled.end_block),
    ]
    assert tx.events == [reelected(epochs, message, tx, 2, signer)]


def test_reelect_cuts_an_epoch_with_a_single_block(epochs, begun):
    epochs.commit()
    scheduled = epochs.epoch(2)
    epochs.stall(block_number=scheduled.start_block + 1)
    epochs.reelect(epochs.reelection())
    assert epochs.epoch(2) == (scheduled.signer, scheduled.start_block, scheduled.start_block)
    assert epochs.epoch(3).start_block == scheduled.start_block + 1


def test_reelect_in_the_last_block_of_an_epoch_leaves_no_gap(epochs, begun):
    end = epochs.epoch(1).end_block
    epochs.stall(block_number=end)
    epochs.reelect(epochs.reelection())
    assert epochs.epoch(1).end_block == end - 1
    assert epochs.epoch(2).start_block == end


def test_reelect_drops_the_scheduled_epoch(epochs, sequencer_set, begun):
    epochs.commit()
    dropped = epochs.epoch(2)
    tx = epochs.replace()
    assert sequencer_set.last_epoch() == 2
    successor = epochs.epoch(2)
    assert successor.start_block == tx.block_number
    assert sequencer_set.epoch_at(dropped.start_block) == 2
    with ape.reverts("SequencerSet: block in no epoch"):
        sequencer_set.sequencer_at(dropped.end_block)
    # and the place after the new one is free
    epochs.commit()
    assert epochs.epoch(3).start_block == successor.end_block + 1


def test_reelect_in_a_gap_replaces_who_would_have_been_drawn(
    epochs, sequencer_set, committee, begun
):
    present = epochs.epoch(1)
    epochs.stall(block_number=present.end_block + 4)
    message = epochs.reelection()
    assert (message.epoch, message.failed) == (2, committee.draw(2))
    tx = epochs.reelect(message)
    signer = committee.draw(2, 1, {message.failed})
    assert epochs.epoch(1) == present
    assert epochs.epoch(2) == (signer, tx.block_number, tx.block_number + LENGTH - 1)
    assert tx.events == [reelected(epochs, message, tx, 2, signer)]
    assert sequencer_set.reelections(message.failed) == 1


def test_reelect_in_the_first_block_of_a_gap(epochs, begun):
    end = epochs.epoch(1).end_block
    epochs.stall(block_number=end + 1)
    epochs.reelect(epochs.reelection(epoch=2))
    assert epochs.epoch(1).end_block == end
    assert epochs.epoch(2).start_block == end + 1


def test_reelect_replaces_the_fallback_sequencer_in_epoch_0(epochs, sequencer_set, committee):
    epochs.install()
    tx = epochs.replace()
    assert epochs.epoch(0).end_block == tx.block_number - 1
    assert epochs.epoch(1) == (
        committee.draw(0, 1),
        tx.block_number,
        tx.block_number + LENGTH - 1,
    )
    assert tx.events[0].failed == epochs.fallback_sequencer
    assert sequencer_set.reelections(epochs.fallback_sequencer) == 1


@pytest.mark.parametrize("rounds", [2, 3, 7])
def test_reelect_passes_over_dead_successors(epochs, sequencer_set, committee, begun, rounds):
    present = epochs.epoch(1)
    chain = [present.signer]
    for round in range(1, rounds + 1):
        chain.append(committee.draw(1, round, {present.signer, chain[-1]}))
    epochs.stall(rounds)
    message = epochs.reelection(rounds)
    assert message.failed == chain[-2]
    tx = epochs.reelect(message)
    assert tx.events == [reelected(epochs, message, tx, 2, chain[-1])]
    assert chain[-1] not in (present.signer, chain[-2])
    # one stall is one failure, of who was named
    assert [sequencer_set.reelections(x) for x in set(chain)] == [
        int(x == chain[-2]) for x in set(chain)
    ]


def test_reelect_may_elect_again_who_was_passed_over_before(epochs, committee):
    """Of three, one is in charge, and one of the others failed: the third is certain, and in the
    next round the second is."""
    three = Committee(powers=[METIS] * 3)
    epochs.begin(three)
    first, second = (three.successor(1, round, epochs.epoch(1).signer) for round in (1, 2))
    tx = epochs.replace(3, three)
    assert (tx.events[0].failed, tx.events[0].signer) == (second, first)


def test_reelect_after_255_timeouts_stays_in_round_255(epochs, begun):
    most = LIMITS["MAX_ROUND"]
    signers = {epochs.successor(most)}
    # the same on both sides of the last change of rounds
    for timeouts in (most, most + 1, 4 * most):
        with epochs.aside():
            epochs.stall(timeouts)
            tx = epochs.reelect(epochs.reelection(most))
            assert tx.events[0].round == most
            signers.add(tx.events[0].signer)
    assert len(signers) == 1


@pytest.mark.parametrize("rounds", [1, 2])
def test_reelect_takes_each_second_of_a_round(epochs, begun, rounds):
    for extra in (0, TIMEOUT - 1):
        with epochs.aside():
            epochs.stall(rounds, extra)
            tx = epochs.reelect(epochs.reelection(rounds))
            assert tx.events[0].last_block_timestamp == tx.timestamp - rounds * TIMEOUT - extra


def test_reelect_in_a_row_replaces_one_after_the_other(epochs, sequencer_set, begun):
    for id in range(1, 5):
        failed = epochs.epoch(id).signer
        before = sequencer_set.reelections(failed)
        epochs.replace()
        assert epochs.epoch(id + 1).start_block == epochs.epoch(id).end_block + 1
        assert epochs.epoch(id + 1).signer != failed
        assert sequencer_set.reelections(failed) == before + 1


def test_reelect_for_a_wrong_block_needs_no_wait_and_bars(epochs, sequencer_set, committee, begun):
    present = epochs.epoch(1)
    message = epochs.reelection(reason=Reason.INVALID_EXECUTION)
    assert (message.round, message.failed) == (1, present.signer)
    tx = epochs.reelect(message)
    wrong = tx.block_number
    # the successor is the one of a stall: a reason chooses nobody
    signer = committee.draw(1, 1, {present.signer})
    assert epochs.epoch(2).signer == signer
    assert tx.events == [
        reelected(epochs, message, tx, 2, signer),
        sequencer_set.SignerBarred(signer=present.signer, epoch=1, block_number=wrong),
    ]
    assert sequencer_set.is_barred(present.signer)
    assert sequencer_set.bar_of(present.signer) == (1, wrong)
    assert sequencer_set.reelections(present.signer) == 1


@pytest.mark.parametrize("who", ["in charge", "successor before"])
def test_reelect_for_a_wrong_block_may_come_late(epochs, sequencer_set, begun, who):
    """A slow vote lets the culprit not escape."""
    epochs.stall(3)
    failed = epochs.epoch(1).signer if who == "in charge" else epochs.successor(2)
    signer = epochs.successor(3)
    message = epochs.reelection(3, reason=Reason.INVALID_EXECUTION, failed=failed)
    tx = epochs.reelect(message)
    assert tx.events == [
        reelected(epochs, message, tx, 2, signer),
        sequencer_set.SignerBarred(signer=failed, epoch=1, block_number=tx.block_number),
    ]
    assert epochs.barred() == {failed}


def test_reelect_for_a_wrong_block_in_a_gap(epochs, sequencer_set, committee, begun):
    epochs.mine_to(epochs.epoch(1).end_block + 2)
    failed = epochs.bar()
    assert failed == committee.draw(2)
    assert sequencer_set.bar_of(failed) == (2, epochs.head)


def test_reelect_redraws_who_is_barred(epochs, committee, begun):
    first = epochs.bar()
    rounds = range(1, 30)
    in_charge = epochs.epoch(2).signer
    # a round in which the barred one would be drawn
    round = next(x for x in rounds if committee.draw(2, x, {in_charge}) == first)
    signer = epochs.successor(round)
    tx = epochs.replace(round)
    assert tx.events[0].signer == signer != first


def test_reelect_names_nobody_after_a_round_without_anybody_eligible(epochs, sequencer_set):
    """Of two, the second round finds none; the third takes the successor again."""
    two = Committee(powers=[METIS] * 2)
    epochs.begin(two)
    present = epochs.epoch(1)
    other = next(x for x in two.signers if x != present.signer)
    epochs.stall(3)
    message = epochs.reelection(3, two)
    assert message.failed == ZERO
    tx = epochs.reelect(message, two.certify(message))
    assert tx.events == [reelected(epochs, message, tx, 2, other)]
    assert [sequencer_set.reelections(x) for x in (*two.signers, ZERO)] == [0, 0, 0]


def test_reelect_by_the_committee_that_the_relay_sent_meanwhile(epochs, committee, begun):
    """From the block after its installation on, the new committee votes, and the old one never."""
    newer = Committee(nonce=2, first_key=3)
    epochs.stall()
    epochs.install(newer)
    epochs.stall()
    message = epochs.reelection()
    with ape.reverts("SequencerSet: wrong committee"):
        epochs.reelect(message)
    signer = epochs.successor(1, newer)
    tx = epochs.replace(1, newer)
    assert tx.events[0].committee_nonce == newer.nonce
    assert tx.events[0].signer == signer


def test_reelect_is_anyones(epochs, committee, begun):
    for sender in (epochs.stranger, epochs.relay, epochs.fallback_sequencer):
        epochs.stall()
        message = epochs.reelection()
        epochs.reelect(message, sender=sender)
        assert epochs.epoch(epochs.set.last_epoch()).start_block == epochs.head


def test_reelect_is_a_contracts_as_well(epochs, sequencer_set, committee, begun):
    epochs.stall()
    message = epochs.reelection()
    signer = epochs.successor()
    data = sequencer_set.reelect.encode_input(
        as_struct(message), committee.certify(message, [0, 1, 2])
    )
    epochs.send(data, epochs.stranger)
    assert epochs.epoch(2).signer == signer


def test_reelect_takes_what_seqpool_makes_of_loose_signatures(epochs, committee, begun):
    epochs.stall()
    message = epochs.reelection()
    loose = [sign(committee.keys[place], message) for place in (4, 2, 2, 0, 3, 1)]
    counted = tally(message, committee.members, loose)
    assert counted.is_valid
    assert len(counted.certificate.signatures) < len(loose)
    tx = epochs.reelect(message, counted.certificate)
    assert tx.events[0].epoch == 2


# what it refuses


@pytest.mark.parametrize("reason", [0, 3, 255])
def test_reelect__unknown_reason__reverts(epochs, begun, reason):
    epochs.stall()
    refused(epochs, "SequencerSet: unknown reason", epochs.reelection(reason=reason))


@pytest.mark.parametrize("step", [-1, 1, 2**63])
def test_reelect__another_last_block__reverts(epochs, begun, step):
    epochs.stall()
    message = epochs.reelection(lastBlock=epochs.head + step)
    refused(epochs, "SequencerSet: wrong last block", message)


@pytest.mark.parametrize("nonce", [0, 1, 3, 2**64 - 1])
def test_reelect__committee_that_is_not_installed__reverts(epochs, begun, nonce):
    epochs.install(Committee(nonce=2))
    epochs.chain.mine()
    epochs.stall()
    message = epochs.reelection(committeeNonce=nonce)
    refused(epochs, "SequencerSet: wrong committee", message)


def test_reelect__no_committee_yet__reverts(epochs):
    epochs.stall()
    message = epochs.reelection(committeeNonce=0)
    refused(epochs, "quorum: wrong members", message)


@pytest.mark.parametrize("epoch", [0, 1, 3, 4])
def test_reelect__another_epoch__reverts(epochs, begun, epoch):
    epochs.replace()
    epochs.stall()
    message = epochs.reelection()
    assert message.epoch == 2
    refused(epochs, "SequencerSet: wrong epoch", changed(message, epochs.domain, epoch=epoch))


def test_reelect__scheduled_epoch__reverts(epochs, begun):
    epochs.commit()
    epochs.stall()
    refused(epochs, "SequencerSet: wrong epoch", epochs.reelection(epoch=2))


def test_reelect__the_epoch_before_a_gap__reverts(epochs, begun):
    epochs.stall(block_number=epochs.epoch(1).end_block + 1)
    message = epochs.reelection(epoch=1, failed=epochs.epoch(1).signer)
    refused(epochs, "SequencerSet: wrong epoch", message)


@pytest.mark.parametrize("reason", list(Reason))
def test_reelect__last_block_in_the_future__reverts(epochs, begun, reason):
    epochs.stall()
    timestamp = epochs.last_at + TIMEOUT + 1
    message = epochs.reelection(reason=reason, lastBlockTimestamp=timestamp)
    refused(epochs, "SequencerSet: last block in the future", message)


@pytest.mark.parametrize("elapsed", [2, TIMEOUT - 1])
def test_reelect__too_early__reverts(epochs, begun, elapsed):
    epochs.stall(0, elapsed)
    refused(epochs, "SequencerSet: too early", epochs.reelection())


@pytest.mark.parametrize(
    ("timeouts", "extra", "round"),
    [(1, 0, 0), (1, 0, 2), (1, TIMEOUT - 1, 2), (2, 0, 1), (2, 0, 3), (3, 0, 1), (256, 0, 254)],
)
def test_reelect__another_round__reverts(epochs, begun, timeouts, extra, round):
    epochs.stall(timeouts, extra)
    failed = epochs.successor(max(0, round - 1))
    message = epochs.reelection(round, failed=failed)
    refused(epochs, "SequencerSet: wrong round", message, failed)


@pytest.mark.parametrize(("timeouts", "round"), [(0, 0), (0, 2), (1, 2), (2, 1)])
def test_reelect__another_round_for_a_wrong_block__reverts(epochs, begun, timeouts, round):
    """Or else the caller could choose among successors."""
    epochs.stall(timeouts, 2)
    message = epochs.reelection(
        round, failed=epochs.epoch(1).signer, reason=Reason.INVALID_EXECUTION
    )
    refused(epochs, "SequencerSet: wrong round", message)


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("who", ["successor", "somebody", "stranger", "nobody"])
def test_reelect__another_failed_signer__reverts(epochs, committee, begun, reason, who):
    successor = epochs.successor()
    in_charge = epochs.epoch(1).signer
    failed = {
        "successor": successor,
        "somebody": next(x for x in committee.signers if x not in (in_charge, successor)),
        "stranger": epochs.stranger.address,
        "nobody": ZERO,
    }[who]
    epochs.stall()
    message = epochs.reelection(reason=reason, failed=failed)
    refused(epochs, "SequencerSet: wrong failed signer", message, failed)


@pytest.mark.parametrize("who", ["in charge", "successor", "somebody"])
def test_reelect__another_failed_signer_in_a_later_round__reverts(epochs, committee, begun, who):
    chain = [epochs.successor(round) for round in range(4)]
    failed = {
        "in charge": chain[0],
        "successor": chain[3],
        "somebody": next(x for x in committee.signers if x not in (chain[0], chain[2])),
    }[who]
    epochs.stall(3)
    refused(
        epochs, "SequencerSet: wrong failed signer", epochs.reelection(3, failed=failed), failed
    )


# attacks


def test_reelect__replayed_in_the_same_epoch__reverts(epochs, begun):
    """The chain moved on: the vote was about another block."""
    epochs.stall(block_number=epochs.head + 3)
    message = epochs.reelection()
    certificate = epochs.committee.certify(message)
    with epochs.aside():
        epochs.reelect(message, certificate)
    # the signer came back with a block, and later is slow again
    epochs.chain.mine()
    epochs.stall()
    before = epochs.state(message.failed)
    with ape.reverts("SequencerSet: wrong last block"):
        epochs.reelect(message, certificate)
    assert epochs.state(message.failed) == before


def test_reelect__certificate_outlives_its_stall__reverts(epochs, begun):
    epochs.stall()
    message = epochs.reelection()
    certificate = epochs.committee.certify(message)
    epochs.chain.mine()
    for _ in range(3):
        with ape.reverts("SequencerSet: wrong last block"):
            epochs.reelect(message, certificate)


def test_reelect__replayed_after_it_worked__reverts(epochs, begun):
    epochs.stall()
    message = epochs.reelection()
    certificate = epochs.committee.certify(message)
    epochs.reelect(message, certificate)
    before = epochs.state(message.failed)
    with ape.reverts("SequencerSet: wrong last block"):
        epochs.reelect(message, certificate)
    assert epochs.state(message.failed) == before


def test_reelect__vote_of_a_round_that_has_passed__reverts(epochs, begun):
    epochs.stall(2)
    first, second = epochs.reelection(1), epochs.reelection(2)
    refused(epochs, "SequencerSet: wrong round", first)
    # the same block, had it come a timeout later
    assert first.failed != second.failed
