"""SequencerSet.install_committee"""

import ape
import pytest

from tests.utils.epochs import CALL_GAS, Committee

NEWER = Committee(nonce=2, first_key=100)


def refused(epochs, reason, committee, sender=None):
    before = epochs.state()
    with ape.reverts(reason):
        epochs.install(committee, sender)
    assert epochs.state() == before


def seal(committee, tx):
    """ISequencerSet.Committee"""
    return (committee.nonce, committee.hash, committee.seed, tx.block_number, tx.timestamp)


def own_events(epochs, tx):
    return [event for event in tx.events if event.contract_address == epochs.set.address]


def test_install_committee_stores_it_and_emits(epochs, sequencer_set, committee):
    tx = epochs.install()
    assert sequencer_set.committee() == seal(committee, tx)
    assert sequencer_set.previous_committee() == (0, bytes(32), bytes(32), 0, 0)
    assert own_events(epochs, tx) == [
        sequencer_set.CommitteeInstalled(
            nonce=committee.nonce, committee_hash=committee.hash, seed=committee.seed
        )
    ]


def test_install_committee_keeps_the_one_before(epochs, sequencer_set, committee):
    first = epochs.install()
    second = epochs.install(NEWER)
    assert sequencer_set.committee() == seal(NEWER, second)
    assert sequencer_set.previous_committee() == seal(committee, first)


def test_install_committee_leaves_epochs_as_they_are(epochs, sequencer_set, begun):
    epochs.commit()
    before = epochs.all_epochs()
    alive_at = sequencer_set.alive_at()
    epochs.install(NEWER)
    assert epochs.all_epochs() == before
    # the relay's messages are no sign that L2 is well
    assert sequencer_set.alive_at() == alive_at


def test_install_committee_may_skip_nonces_up_to_the_greatest(epochs, sequencer_set):
    for nonce in (5, 100, 2**64 - 1):
        epochs.install(Committee(nonce=nonce))
        assert sequencer_set.committee()[0] == nonce


def test_install_committee_takes_an_empty_one(epochs, sequencer_set):
    empty = Committee(powers=[])
    tx = epochs.install(empty)
    assert sequencer_set.committee() == seal(empty, tx)


@pytest.mark.parametrize("nonce", [0, 1, 2, 3])
def test_install_committee__old_nonce__reverts(epochs, nonce):
    epochs.install(Committee(nonce=3))
    refused(epochs, "SequencerSet: old nonce", Committee(nonce=nonce, seed=b"\x01" * 32))


def test_install_committee__nonce_0_as_the_first__reverts(epochs):
    refused(epochs, "SequencerSet: old nonce", Committee(nonce=0))


@pytest.mark.parametrize("nonce", [2**64, 2**256 - 1])
def test_install_committee__nonce_too_large__reverts(epochs, nonce):
    refused(epochs, "SequencerSet: nonce too large", Committee(nonce=nonce, seed=b"\x01" * 32))


@pytest.mark.parametrize("who", ["relay", "stranger", "fallback_sequencer", "deployer"])
def test_install_committee__not_by_the_messenger__reverts(epochs, sequencer_set, committee, who):
    """Not even the relay itself, should its address be somebody's on L2."""
    before = epochs.state()
    with ape.reverts("SequencerSet: not messenger"):
        sequencer_set.install_committee(
            committee.nonce, committee.hash, committee.seed, sender=getattr(epochs, who)
        )
    assert epochs.state() == before


@pytest.mark.parametrize("who", ["stranger", "fallback_sequencer", "deployer"])
def test_install_committee__forged_relay__reverts(epochs, committee, who):
    """Anybody may send over the bridge."""
    refused(epochs, "SequencerSet: not relay", committee, getattr(epochs, who))


def test_install_committee__another_messenger__reverts(epochs, committee, project):
    other = epochs.deployer.deploy(project.LocalMessenger)
    before = epochs.state()
    with ape.reverts("SequencerSet: not messenger"):
        other.sendMessageViaChainId(
            epochs.chain.chain_id,
            epochs.set,
            epochs.install_data(committee),
            CALL_GAS,
            sender=epochs.relay,
        )
    assert epochs.state() == before
