"""SequencerSet.fallback"""

import ape
import pytest

from tests.utils.epochs import TERMS, Committee, Epoch

LENGTH, DELAY = TERMS["epoch_length"], TERMS["fallback_delay"]


def fallback(epochs, *arguments):
    return epochs.set.fallback(*arguments, sender=epochs.fallback_sequencer)


def refused(epochs, reason, *arguments):
    before = epochs.state()
    with ape.reverts(reason):
        fallback(epochs, *arguments)
    assert epochs.state() == before


# after the delay


def test_fallback_after_the_delay_cuts_the_present_epoch(epochs, sequencer_set, begun):
    present = epochs.epoch(1)
    epochs.at(begun.timestamp + DELAY)
    tx = fallback(epochs)
    start, end = tx.block_number, tx.block_number + LENGTH - 1
    assert epochs.all_epochs()[1:] == [
        present._replace(end_block=start - 1),
        Epoch(epochs.fallback_sequencer, start, end),
    ]
    assert sequencer_set.alive_at() == tx.timestamp
    assert sequencer_set.reelected_at() == 0
    # it is no fault that was voted on
    assert sequencer_set.reelections(present.signer) == 0
    assert tx.events == [
        sequencer_set.FallbackTaken(
            epoch=2, signer=epochs.fallback_sequencer, start_block=start, end_block=end
        )
    ]


def test_fallback_after_the_delay_replaces_an_epoch_without_a_block_in_place(epochs, begun):
    tx = epochs.commit()
    present, scheduled = epochs.epoch(1), epochs.epoch(2)
    epochs.mine_to(scheduled.start_block - 2)
    epochs.at(tx.timestamp + DELAY)
    fallback(epochs)
    assert epochs.all_epochs()[1:] == [
        present,
        scheduled._replace(signer=epochs.fallback_sequencer),
    ]


def test_fallback_after_the_delay_drops_the_scheduled_epoch(epochs, sequencer_set, begun):
    tx = epochs.commit()
    epochs.at(tx.timestamp + DELAY)
    tx = fallback(epochs)
    assert sequencer_set.last_epoch() == 2
    assert epochs.epoch(2) == (
        epochs.fallback_sequencer,
        tx.block_number,
        tx.block_number + LENGTH - 1,
    )


def test_fallback_after_the_delay_in_a_gap(epochs, begun):
    present = epochs.epoch(1)
    epochs.mine_to(present.end_block + 3)
    epochs.at(begun.timestamp + DELAY)
    tx = fallback(epochs)
    assert epochs.all_epochs()[1:] == [
        present,
        Epoch(epochs.fallback_sequencer, tx.block_number, tx.block_number + LENGTH - 1),
    ]


@pytest.mark.parametrize("extra", [0, 1, 365 * 86_400])
def test_fallback_from_the_very_second_on(epochs, begun, extra):
    epochs.at(begun.timestamp + DELAY + extra)
    assert fallback(epochs).events[0].epoch == 2


def test_fallback_again_after_its_epoch_and_another_delay(epochs, begun):
    epochs.at(begun.timestamp + DELAY)
    tx = fallback(epochs)
    epochs.mine_to(epochs.epoch(2).end_block - 1)
    epochs.at(tx.timestamp + DELAY)
    fallback(epochs)
    assert epochs.epoch(2).end_block + 1 == epochs.epoch(3).start_block


def test_fallback_of_another_account_cuts_the_epoch_of_the_old_one(epochs, sequencer_set, begun):
    epochs.at(begun.timestamp + DELAY)
    tx = fallback(epochs)
    epochs.apply("set_fallback_sequencer", epochs.stranger)
    epochs.at(tx.timestamp + DELAY)
    tx = sequencer_set.fallback(sender=epochs.stranger)
    assert epochs.epoch(2).end_block == tx.block_number - 1
    assert epochs.epoch(3).signer == epochs.stranger


@pytest.mark.parametrize("later", [DELAY, 365 * 86_400])
def test_fallback__fallback_is_in_charge__reverts(epochs, begun, later):
    """The attack: it keeps heartbeats and commits out of its blocks, and then renews its epoch."""
    epochs.at(begun.timestamp + DELAY)
    tx = fallback(epochs)
    epochs.at(tx.timestamp + later)
    refused(epochs, "SequencerSet: fallback is in charge")


def test_fallback__in_charge_in_its_last_block__reverts(epochs, begun):
    epochs.at(begun.timestamp + DELAY)
    tx = fallback(epochs)
    # the transaction comes in the block after the next one
    epochs.mine_to(epochs.epoch(2).end_block - 2)
    epochs.at(tx.timestamp + DELAY)
    refused(epochs, "SequencerSet: fallback is in charge")


def test_fallback__in_charge_though_another_is_scheduled__reverts(epochs, begun):
    epochs.at(begun.timestamp + DELAY)
    fallback(epochs)
    tx = epochs.commit()
    epochs.at(tx.timestamp + DELAY)
    refused(epochs, "SequencerSet: fallback is in charge")


def test_fallback__in_charge_of_epoch_0__reverts(epochs):
    """There the first commit is what it has to let in."""
    tx = epochs.install()
    epochs.at(tx.timestamp + DELAY)
    refused(epochs, "SequencerSet: fallback is in charge")


@pytest.mark.parametrize("sign", ["commit", "reelection", "heartbeat", "fallback"])
def test_fallback__a_second_too_early_after_a_sign_of_life__reverts(
    epochs, sequencer_set, begun, sign
):
    if sign == "fallback":
        epochs.at(epochs.now + DELAY)
    else:
        epochs.at(epochs.now + DELAY // 2)
    tx = {
        "commit": epochs.commit,
        "reelection": epochs.replace,
        "heartbeat": lambda: sequencer_set.heartbeat(sender=epochs.stranger),
        "fallback": lambda: fallback(epochs),
    }[sign]()
    epochs.at(tx.timestamp + DELAY - 1)
    refused(epochs, "SequencerSet: too early")


def test_fallback__installation_is_no_sign_of_life(epochs, begun):
    epochs.at(begun.timestamp + DELAY)
    epochs.install(Committee(nonce=2))
    assert fallback(epochs).events[0].epoch == 2


# where nobody can be drawn


def test_fallback_before_the_first_committee(epochs):
    """As a commit, it ends epoch 0, its own."""
    first = epochs.epoch(0)
    tx = fallback(epochs)
    assert epochs.all_epochs() == [
        first._replace(end_block=tx.block_number - 1),
        Epoch(epochs.fallback_sequencer, tx.block_number, tx.block_number + LENGTH - 1),
    ]


def test_fallback_of_an_empty_committee_comes_at_the_end_of_the_present_epoch(
    epochs, sequencer_set, begun
):
    present = epochs.epoch(1)
    epochs.install(Committee(powers=[], nonce=2))
    tx = fallback(epochs)
    start, end = present.end_block + 1, present.end_block + LENGTH
    assert epochs.all_epochs()[1:] == [present, Epoch(epochs.fallback_sequencer, start, end)]
    assert sequencer_set.alive_at() == tx.timestamp
    assert tx.events == [
        sequencer_set.FallbackTaken(
            epoch=2, signer=epochs.fallback_sequencer, start_block=start, end_block=end
        )
    ]


def test_fallback_of_an_empty_committee_in_a_gap(epochs, begun):
    epochs.install(Committee(powers=[], nonce=2))
    epochs.mine_to(epochs.epoch(1).end_block + 2)
    tx = fallback(epochs)
    assert epochs.epoch(2).start_block == tx.block_number


def test_fallback_of_a_barred_committee(epochs, sequencer_set):
    barred = epochs.install_barred()
    present = sequencer_set.last_epoch()
    refused(epochs, "SequencerSet: too early")
    fallback(epochs, barred.members)
    assert epochs.epoch(present + 1).start_block == epochs.epoch(present).end_block + 1
    # until one is corrected
    message = epochs.correction(barred.signers[1], barred)
    epochs.correct(message, barred.certify(message))
    epochs.mine_to(epochs.epoch(present + 1).start_block)
    refused(epochs, "SequencerSet: somebody is eligible", barred.members)


def test_fallback_needs_no_members_after_the_delay(epochs, begun):
    epochs.at(begun.timestamp + DELAY)
    # whatever they are
    fallback(epochs, [1, 2, 3])
    assert epochs.epoch(2).signer == epochs.fallback_sequencer


# who, and when


def test_fallback_is_the_new_fallback_sequencers(epochs, sequencer_set, begun):
    epochs.apply("set_fallback_sequencer", epochs.stranger)
    epochs.at(begun.timestamp + DELAY)
    refused(epochs, "SequencerSet: not fallback sequencer")
    sequencer_set.fallback(sender=epochs.stranger)
    assert epochs.epoch(2).signer == epochs.stranger


@pytest.mark.parametrize("who", ["stranger", "relay", "deployer"])
def test_fallback__not_fallback_sequencer__reverts(epochs, sequencer_set, begun, who):
    epochs.at(begun.timestamp + DELAY)
    with ape.reverts("SequencerSet: not fallback sequencer"):
        sequencer_set.fallback(sender=getattr(epochs, who))


def test_fallback__too_early__reverts(epochs, begun):
    refused(epochs, "SequencerSet: too early")


def test_fallback__too_early_in_a_gap__reverts(epochs, begun):
    """Anyone can commit there."""
    epochs.mine_to(epochs.epoch(1).end_block + 2)
    refused(epochs, "SequencerSet: too early")


def test_fallback__committee_installed_in_epoch_0__reverts(epochs):
    epochs.install()
    refused(epochs, "SequencerSet: too early")


def test_fallback__somebody_is_eligible__reverts(epochs, committee, begun):
    epochs.bar()
    refused(epochs, "SequencerSet: somebody is eligible", committee.members)


def test_fallback__wrong_members__reverts(epochs):
    """Those who are barred are not all."""
    epochs.begin()
    barred = epochs.bar()
    alone = [
        x
        for x, signer in zip(epochs.committee.members, epochs.committee.signers, strict=True)
        if signer == barred
    ]
    refused(epochs, "quorum: wrong members", alone)


def test_fallback__is_scheduled__reverts(epochs, begun):
    epochs.commit()
    epochs.install(Committee(powers=[], nonce=2))
    refused(epochs, "SequencerSet: is scheduled")


def test_fallback__twice_for_an_empty_committee__reverts(epochs, begun):
    """One epoch ahead, as for all."""
    epochs.install(Committee(powers=[], nonce=2))
    fallback(epochs)
    refused(epochs, "SequencerSet: is scheduled")
