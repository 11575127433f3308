"""SequencerSet.correct; what may be wrong with a certificate is in test_certificates.py"""

import ape
import pytest
from eth_utils import keccak

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, as_struct
from tests.utils.epochs import ZERO, Committee, changed

GRACE = LIMITS["COMMITTEE_GRACE"]


@pytest.fixture
def barred(epochs, begun):
    """A member that is barred for a block of epoch 1."""
    return epochs.bar()


def refused(epochs, reason, message, certificate=None):
    before = epochs.state(message.signer)
    with ape.reverts(reason):
        epochs.correct(message, certificate)
    assert epochs.state(message.signer) == before


def test_correct_lifts_the_bar_and_emits(epochs, sequencer_set, barred):
    epoch, block_number = sequencer_set.bar_of(barred)
    message = epochs.correction(barred)
    tx = epochs.correct(message)
    assert not sequencer_set.is_barred(barred)
    assert sequencer_set.bar_of(barred) == (0, 0)
    # what was, was
    assert sequencer_set.reelections(barred) == 1
    assert tx.events == [
        sequencer_set.BarLifted(
            signer=barred,
            epoch=epoch,
            block_number=block_number,
            block_hash=message.blockHash,
        )
    ]


def test_correct_changes_no_epoch_and_is_no_sign_of_life(epochs, barred):
    before = epochs.state()
    epochs.correct(epochs.correction(barred))
    assert epochs.state() == before


def test_correct_puts_the_signer_back_into_draws(epochs, sequencer_set, committee, barred):
    members = committee.members
    id = next(x for x in range(1_000) if committee.draw(x) == barred)
    assert sequencer_set.draw(members, id, 0) == committee.draw(id, 0, {barred}) != barred
    epochs.correct(epochs.correction(barred))
    assert sequencer_set.draw(members, id, 0) == barred


def test_correct_does_not_care_which_block_is_right(epochs, sequencer_set, barred):
    """The members have signed it; nobody here can know."""
    epochs.correct(epochs.correction(barred, blockHash=keccak(text="any")))
    assert not sequencer_set.is_barred(barred)


def test_correct_lifts_one_bar_of_many(epochs, sequencer_set, begun):
    first, second = epochs.bar(), epochs.bar()
    assert epochs.barred() == {first, second}
    epochs.correct(epochs.correction(first))
    assert epochs.barred() == {second}


def test_correct_is_anyones_also_a_contracts(epochs, sequencer_set, committee, barred):
    message = epochs.correction(barred)
    data = sequencer_set.correct.encode_input(
        as_struct(message), committee.certify(message, [0, 1, 2])
    )
    epochs.send(data, epochs.stranger)
    assert not sequencer_set.is_barred(barred)


@pytest.mark.parametrize("after", [2, GRACE])
def test_correct_by_the_committee_before_for_an_hour(epochs, sequencer_set, barred, after):
    installed = epochs.install(Committee(nonce=2, first_key=100))
    epochs.at(installed.timestamp + after)
    epochs.correct(epochs.correction(barred))
    assert not sequencer_set.is_barred(barred)


def test_correct_by_the_installed_committee_at_any_time(epochs, sequencer_set, barred):
    epochs.at(epochs.now + 100 * GRACE)
    epochs.correct(epochs.correction(barred))
    assert not sequencer_set.is_barred(barred)


def test_correct_by_the_new_committee_at_once(epochs, sequencer_set, barred):
    newer = Committee(nonce=2, first_key=100)
    epochs.install(newer)
    message = epochs.correction(barred, newer)
    epochs.correct(message, newer.certify(message))
    assert not sequencer_set.is_barred(barred)


def test_correct__committee_before_after_an_hour__reverts(epochs, barred):
    installed = epochs.install(Committee(nonce=2, first_key=100))
    epochs.at(installed.timestamp + GRACE + 1)
    refused(epochs, "SequencerSet: wrong committee", epochs.correction(barred))


def test_correct__committee_before_the_one_before__reverts(epochs, barred):
    for nonce in (2, 3):
        epochs.install(Committee(nonce=nonce, first_key=100))
    refused(epochs, "SequencerSet: wrong committee", epochs.correction(barred))


@pytest.mark.parametrize("nonce", [2, 2**64 - 1])
def test_correct__committee_that_nobody_sent__reverts(epochs, barred, nonce):
    message = epochs.correction(barred, committeeNonce=nonce)
    refused(epochs, "SequencerSet: wrong committee", message)


def test_correct__committee_before_the_first__reverts(epochs, barred):
    """Nonce 0 is that of no committee: no list has its hash."""
    message = epochs.correction(barred, committeeNonce=0)
    refused(epochs, "quorum: wrong members", message)
    refused(
        epochs, "quorum: empty committee", message, ([], 0, epochs.committee.certify(message)[2])
    )


def test_correct__not_barred__reverts(epochs, committee, barred):
    other = next(x for x in committee.signers if x != barred)
    for signer in (other, epochs.stranger.address, ZERO):
        message = changed(epochs.correction(barred), epochs.domain, signer=signer)
        refused(epochs, "SequencerSet: not barred", message)


def test_correct__replaced_for_a_timeout__reverts(epochs, begun):
    signer = epochs.epoch(1).signer
    epochs.replace()
    refused(epochs, "SequencerSet: not barred", epochs.correction(signer, epoch=1))


@pytest.mark.parametrize("step", [-1, 1])
@pytest.mark.parametrize("field", ["epoch", "blockNumber"])
def test_correct__another_bar__reverts(epochs, sequencer_set, barred, field, step):
    epoch, block_number = sequencer_set.bar_of(barred)
    value = (epoch if field == "epoch" else block_number) + step
    refused(epochs, "SequencerSet: another bar", epochs.correction(barred, **{field: value}))


def test_correct__replayed__reverts(epochs, barred):
    message = epochs.correction(barred)
    epochs.correct(message)
    refused(epochs, "SequencerSet: not barred", message)


def test_correct__replayed_for_a_later_bar__reverts(epochs, sequencer_set, committee, barred):
    first = epochs.correction(barred)
    epochs.correct(first)
    # until the same one is in charge again
    while epochs.epoch(sequencer_set.last_epoch()).signer != barred:
        epochs.mine_to(epochs.epoch(sequencer_set.last_epoch()).end_block)
        epochs.commit()
    assert epochs.bar() == barred
    refused(epochs, "SequencerSet: another bar", first)
    assert sequencer_set.reelections(barred) == 2
    epochs.correct(epochs.correction(barred))
    assert not sequencer_set.is_barred(barred)


def test_correct__votes_for_a_reelection__reverts(epochs, committee, barred):
    """The same members, the same epoch: another type of message."""
    vote = epochs.reelection(reason=Reason.INVALID_EXECUTION)
    message = epochs.correction(barred)
    refused(epochs, "quorum: signer is no member", message, committee.certify(vote))
