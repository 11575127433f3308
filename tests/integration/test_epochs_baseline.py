"""What goes wrong with epochs in Metis' present contracts cannot happen here, case by case."""

from itertools import pairwise

import ape
import boa
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.epochs import METIS, TERMS, ZERO, Committee, Registry

LENGTH, TIMEOUT = TERMS["epoch_length"], TERMS["block_timeout"]
# of the present contracts
CLIENT_PATIENCE = 180
# as a transaction: what any costs before it does anything, and what this suite allows itself
INTRINSIC_GAS = 21_000 + 4 * 16 + 32 * 16
CURRENT_GAS, OLDEST_GAS, GROWTH_GAS = 36_000, 65_000, 3_000


@pytest.fixture
def sequencer_set(epochs):
    return epochs.set


def agree(epochs, block_numbers):
    """Both look-ups and the list say the same of each block."""
    history = epochs.all_epochs()
    for block_number in block_numbers:
        id = epochs.view("epoch_at", block_number)
        assert history[id].start_block <= block_number <= history[id].end_block
        assert epochs.view("sequencer_at", block_number) == history[id].signer


def test_case_15_one_epoch_is_scheduled_ahead_and_none_overlaps(epochs):
    epochs.begin()
    epochs.commit()
    with ape.reverts("SequencerSet: is scheduled"):
        epochs.commit()
    # what was re-commitment: the scheduled one goes, the present one is cut where it stands
    epochs.replace()
    epochs.commit()
    history = epochs.all_epochs()
    assert len(history) == 4
    for before, after in pairwise(history):
        assert before.start_block <= before.end_block
        assert after.start_block == before.end_block + 1
    agree(epochs, range(history[1].start_block, history[-1].end_block + 1, 3))
    agree(epochs, [x.end_block for x in history] + [x.start_block for x in history])


def test_case_16_nobody_gets_more_than_a_bounded_epoch(epochs):
    most = LIMITS["EPOCH_LENGTH_CEILING"]
    epochs.begin()
    with ape.reverts("l2_call: bad epoch length"):
        epochs.apply("set_epoch_length", most + 1)
    epochs.apply("set_epoch_length", most)
    tx = epochs.replace()
    assert epochs.epoch(2)[1:] == (tx.block_number, tx.block_number + most - 1)
    # neither is it the end: another can be scheduled, and it can be replaced
    epochs.commit()
    epochs.replace()
    epochs.commit()
    # an open end has only the first, and the first commit ends it
    assert all(x.end_block - x.start_block < most for x in epochs.all_epochs())


def test_case_17_nothing_is_assigned_after_the_fact(epochs, sequencer_set):
    epochs.begin()
    end = epochs.epoch(1).end_block
    epochs.mine_to(end + 5)
    # a late commit and a late re-election start at their own blocks
    for act in (epochs.commit, epochs.replace):
        with epochs.aside():
            tx = act()
            assert epochs.epoch(2).start_block == tx.block_number > end + 5
            with ape.reverts("SequencerSet: block in no epoch"):
                sequencer_set.sequencer_at(end + 1)
            with ape.reverts("SequencerSet: block in no epoch"):
                sequencer_set.sequencer_at(tx.block_number - 1)
    # and who is cut keeps what it produced
    epochs.commit()
    signer, start, _ = epochs.epoch(2)
    epochs.mine_to(start + 4)
    tx = epochs.replace()
    assert epochs.epoch(2) == (signer, start, tx.block_number - 1)


def test_case_18_nobody_without_stake_is_ever_drawn(epochs, sequencer_set):
    """Signer and length are no arguments: the one is drawn, the other a bounded parameter."""
    arguments = {x.name for x in sequencer_set.commit_epoch.abis[0].inputs}
    assert arguments == {"members"}
    with ape.reverts("l2_call: bad epoch length"):
        epochs.apply("set_epoch_length", 0)
    outsider = Committee([10**6 * METIS], first_key=1_000)
    epochs.install()
    for members in (outsider.members, [*epochs.committee.members, *outsider.members]):
        with ape.reverts("quorum: wrong members"):
            sequencer_set.commit_epoch(members, sender=epochs.stranger)
    epochs.commit()
    for _ in range(6):
        epochs.replace()
    drawn = {x.signer for x in epochs.all_epochs()[1:]}
    assert drawn <= set(epochs.committee.signers)
    assert ZERO not in drawn
    with ape.reverts("l2_call: zero sequencer"):
        epochs.apply("set_fallback_sequencer", ZERO)


@pytest.mark.slow
def test_case_19_an_old_block_is_found_in_few_steps():
    """The ceilings for 1,000 epochs are those of `make gas`."""
    # on a chain of its own: to forget what was read before breaks the one that tests share
    with boa.swap_env(boa.Env()):
        registry, committee = Registry(), Committee([METIS] * 3)
        registry.install(committee)
        oldest, current = {}, {}
        first = registry.block + LENGTH // 2
        for id in range(1, 257):
            registry.commit(committee)
            registry.mine(LENGTH)
            if id in (64, 128, 256):
                oldest[id] = gas_of(registry, first)
                # of the epoch that ends in the block before this one
                current[id] = gas_of(registry, registry.block - 1)
        assert registry.set.epoch_at(first) == 1
    assert max(current.values()) <= CURRENT_GAS
    # what everyone asks for costs no more when there is more to forget
    assert len(set(current.values())) == 1
    assert 0 < oldest[128] - oldest[64] < GROWTH_GAS
    assert 0 < oldest[256] - oldest[128] < GROWTH_GAS
    # two doublings more are 1,024
    assert oldest[256] + 2 * GROWTH_GAS <= OLDEST_GAS


def gas_of(registry, block_number):
    """Of sequencer_at as a transaction of its own: nothing has been read before."""
    boa.env.reset_gas_used()
    registry.set.sequencer_at(block_number)
    return INTRINSIC_GAS + registry.set._computation.get_gas_used()


# how its client behaves, as far as the contract decides it


def test_a_minute_is_enough_and_a_block_every_three_keeps_no_seat(epochs):
    epochs.begin()
    assert TIMEOUT == 60 < CLIENT_PATIENCE - 1
    failed = epochs.epoch(1).signer
    with epochs.aside():
        epochs.stall(0, TIMEOUT - 1)
        with ape.reverts("SequencerSet: too early"):
            epochs.reelect(epochs.reelection())
    # after 2:59 three turns have passed already: the second successor's chance is over as well
    epochs.stall(0, CLIENT_PATIENCE - 1)
    tx = epochs.reelect(epochs.reelection(2))
    assert tx.events[0].signer != failed


def test_the_last_voter_picks_nobody(epochs):
    """The vote says who failed; who comes next follows from the seed."""
    epochs.begin()
    assert "signer" not in type(epochs.reelection()).model_fields
    elected = set()
    for voters in ((0, 1, 2), (1, 2, 3, 4), (0, 1, 2, 3, 4)):
        with epochs.aside():
            epochs.stall()
            message = epochs.reelection()
            tx = epochs.reelect(message, epochs.committee.certify(message, voters))
            elected.add(tx.events[0].signer)
    assert len(elected) == 1


def test_neither_heads_nor_stake_alone_decide(epochs):
    committee = Committee([METIS] * 4 + [8 * METIS])
    epochs.begin(committee)
    for voters, reason in (((0, 1, 2, 3), "below two thirds"), ((4,), "too few by number")):
        epochs.stall()
        message = epochs.reelection(committee=committee)
        with ape.reverts(f"quorum: {reason}"):
            epochs.reelect(message, committee.certify(message, voters))


def test_the_chain_sees_who_has_voted(epochs):
    """Two of five alone cannot do it, as a key shared by all could."""
    epochs.begin()
    epochs.stall()
    message = epochs.reelection()
    with ape.reverts("quorum: too few signatures"):
        two = epochs.committee.certify(message, (0, 1))
        epochs.reelect(message, two._replace(signers=0b00111))


def test_the_schedule_is_not_known_for_all_time(epochs):
    """Each committee brings a seed of its own."""
    epochs.install()
    schedules = [[epochs.set.draw(epochs.committee.members, id, 0) for id in range(1, 20)]]
    newer = Committee(nonce=2)
    epochs.install(newer)
    schedules.append([epochs.set.draw(newer.members, id, 0) for id in range(1, 20)])
    assert newer.signers == epochs.committee.signers
    assert schedules[0] != schedules[1]
