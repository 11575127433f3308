"""SequencerSet.draw: fair, and the same as seqpool.draw; volume runs on titanoboa"""

from collections import Counter
from itertools import accumulate, pairwise

import ape
import boa
import pytest
from eth_abi import encode
from eth_utils import keccak

from seqpool.protocol.committee import member
from seqpool.protocol.draw import ZERO, draw, successor
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from tests.utils.epochs import METIS, POWERS, TERMS, Committee, Registry

pytestmark = pytest.mark.slow

MOST, REDRAWS, MAX_ROUND = (LIMITS[x] for x in ("MAX_SEQUENCERS", "MAX_REDRAWS", "MAX_ROUND"))
SEED = keccak(text="a fixed seed")

# name of a committee => powers
SHAPES = {
    "three": [METIS] * 3,
    "default": list(POWERS),
    "one dominant": [METIS] * 5 + [10**5 * METIS],
    "dominant first": [10**5 * METIS, *[METIS] * 5],
    "some without power": [0, METIS, 0, 0, 2 * METIS, 0],
    "a wei each": [1] * 7,
    "greatest powers": [2**96 - 1] * MOST,
    "128 different": [20_000 * METIS + i * METIS for i in range(MOST)],
}


@pytest.fixture(scope="module")
def registry():
    return Registry()


def naive(members, seed, epoch, round, left_out=()):
    """docs/design.md section 3.3, word by word; seqpool.draw bisects."""
    powers = [x >> 160 for x in members]
    signers = [member(x).signer for x in members]
    for k in range(REDRAWS + 1):
        if k == 0:
            data = encode(["bytes32", "uint256", "uint256"], [seed, epoch, round])
        else:
            data = encode(["bytes32", "uint256", "uint256", "uint256"], [seed, epoch, round, k])
        left = int.from_bytes(keccak(data), "big") % sum(powers)
        place = 0
        while left >= powers[place]:
            left -= powers[place]
            place += 1
        if signers[place] not in left_out:
            return signers[place]
    for step in range(len(members)):
        signer = signers[(place + step) % len(members)]
        if signer not in left_out:
            return signer
    return ZERO


# what users see


def test_draw_gives_the_signer_that_a_commit_will_take(epochs, sequencer_set, committee):
    epochs.install()
    expected = sequencer_set.draw(committee.members, 1, 0)
    epochs.commit()
    assert epochs.epoch(1).signer == expected == committee.draw(1)


@pytest.mark.parametrize("round", [1, 2, 5])
def test_draw_gives_the_successor_that_a_reelection_will_take(
    epochs, sequencer_set, committee, begun, round
):
    expected = sequencer_set.draw(committee.members, 1, round)
    epochs.replace(round)
    assert epochs.epoch(2).signer == expected


def test_draw_gives_the_successor_in_a_gap(epochs, sequencer_set, committee, begun):
    epochs.mine_to(epochs.epoch(1).end_block + 2)
    expected = sequencer_set.draw(committee.members, 2, 2)
    epochs.replace(2)
    assert epochs.epoch(2).signer == expected


def test_draw_is_of_the_installed_committee(epochs, sequencer_set, committee, begun):
    newer = Committee(nonce=2, first_key=100)
    epochs.install(newer)
    assert sequencer_set.draw(newer.members, 2, 0) == newer.draw(2)
    with ape.reverts("quorum: wrong members"):
        sequencer_set.draw(committee.members, 2, 0)


def test_draw__nobody_is_eligible_gives_zero(epochs, sequencer_set):
    barred = epochs.install_barred()
    assert sequencer_set.draw(barred.members, 10, 0) == ZERO


def test_draw__empty_committee__reverts(epochs, sequencer_set):
    with ape.reverts("quorum: empty committee"):
        sequencer_set.draw([], 1, 0)


@pytest.mark.parametrize("epoch", [3, 2**256 - 1])
def test_draw__successor_in_an_unknown_epoch__reverts(
    epochs, sequencer_set, committee, begun, epoch
):
    with ape.reverts("SequencerSet: unknown epoch"):
        sequencer_set.draw(committee.members, epoch, 1)
    # who would produce it by itself can be asked
    assert sequencer_set.draw(committee.members, epoch, 0) == committee.draw(epoch)


def test_draw__bad_round__reverts(epochs, sequencer_set, committee, begun):
    for round in (MAX_ROUND + 1, 2**256 - 1):
        with ape.reverts("SequencerSet: bad round"):
            sequencer_set.draw(committee.members, 1, round)


# against Python


@pytest.mark.parametrize("shape", SHAPES)
def test_draws_equal_those_of_python(registry, shape):
    for nonce in range(1, 5):
        committee = Committee(SHAPES[shape], nonce=nonce)
        registry.install(committee)
        for epoch in (*range(10), 2**64, 2**256 - 1):
            signer = registry.set.draw(committee.members, epoch, 0)
            assert (
                signer
                == committee.draw(epoch)
                == naive(committee.members, committee.seed, epoch, 0)
            )


@pytest.mark.parametrize("shape", SHAPES)
def test_successors_equal_those_of_python(registry, shape):
    committee = Committee(SHAPES[shape])
    registry.install(committee)
    # epoch 0 is the fallback sequencer's, who is no member; 1 is the next
    for epoch, in_charge in ((0, registry.fallback_sequencer), (1, committee.draw(1))):
        failed = in_charge
        for round in range(1, 8):
            failed = naive(committee.members, committee.seed, epoch, round, {in_charge, failed})
            assert registry.set.draw(committee.members, epoch, round) == failed
            assert committee.successor(epoch, round, in_charge) == failed


def test_the_last_round_equals_that_of_python(registry):
    committee = Committee()
    registry.install(committee)
    expected = committee.successor(1, MAX_ROUND, committee.draw(1))
    assert registry.set.draw(committee.members, 1, MAX_ROUND) == expected


@pytest.mark.parametrize("shape", ["three", "default", "one dominant", "dominant first"])
def test_draws_pass_over_the_barred_as_in_python(registry, shape):
    """Up to all but two, one after the other; the dominant one is barred as soon as it is drawn,
    and then most draws need all redraws and the walk after them."""
    committee = Committee(SHAPES[shape])
    registry.install(committee)
    registry.mine()
    registry.set.commit_epoch(committee.members)
    barred, redrawn, walked = set(), 0, 0
    for _ in range(len(committee.members) - 2):
        id = registry.set.last_epoch()
        in_charge = registry.set.epochs(id).signer
        registry.reelect(committee, reason=Reason.INVALID_EXECUTION)
        barred.add(in_charge)
        registry.mine(TERMS["epoch_length"])
        registry.set.commit_epoch(committee.members)
        for epoch in range(1_000, 1_008):
            expected = naive(committee.members, committee.seed, epoch, 0, barred)
            assert registry.set.draw(committee.members, epoch, 0) == expected
            assert committee.draw(epoch, 0, barred) == expected
            ks = tries(committee, epoch, barred)
            redrawn += ks > 0
            walked += ks > REDRAWS
        last = registry.set.last_epoch()
        for round in range(1, 6):
            assert registry.set.draw(committee.members, last, round) == successor(
                committee.members,
                committee.seed,
                last,
                round,
                registry.set.epochs(last).signer,
                barred,
            )
    # else this would show less than it says
    assert redrawn > 0
    assert walked > 0 or "dominant" not in shape


def tries(committee, epoch, left_out):
    """After how many redraws somebody eligible is drawn; one more than there are if nobody is."""
    total = sum(committee.powers)
    for k in range(REDRAWS + 1):
        numbers = [epoch, 0, *([k] if k else [])]
        data = encode(["bytes32"] + ["uint256"] * len(numbers), [committee.seed, *numbers])
        left = int.from_bytes(keccak(data), "big") % total
        place = next(i for i, x in enumerate(accumulate(committee.powers)) if left < x)
        if committee.signers[place] not in left_out:
            return k
    return REDRAWS + 1


def test_the_walk_ends_at_the_first_eligible_member_after_the_drawn_one():
    """It goes round the end of the list."""
    committee = Committee([METIS, METIS, METIS, 10**9 * METIS])
    dominant = committee.signers[3]
    # where all 17 draws give the dominant one, which is nearly everywhere
    epoch = next(x for x in range(100) if tries(committee, x, {dominant}) > REDRAWS)
    assert committee.draw(epoch, 0, {dominant}) == committee.signers[0]
    assert committee.draw(epoch, 0, {dominant, committee.signers[0]}) == committee.signers[1]
    assert committee.draw(epoch, 0, set(committee.signers)) == ZERO


# fairness

# For 4 and 127 degrees of freedom: what chance exceeds once in 1,000 times.
CHI_SQUARED = {5: 18.47, 128: 181.99}


def chi_squared(counts, committee, draws):
    expected = {
        signer: draws * power / sum(committee.powers)
        for signer, power in zip(committee.signers, committee.powers, strict=True)
    }
    # else the test is not valid
    assert min(expected.values()) >= 5
    assert set(counts) <= set(expected)
    return sum((counts[x] - expected[x]) ** 2 / expected[x] for x in expected)


@pytest.mark.parametrize("shape", ["default", "128 different"])
def test_draws_are_in_proportion_to_power(shape):
    draws = 20_000
    committee = Committee(SHAPES[shape], seed=SEED)
    sums = list(accumulate(committee.powers))
    counts = Counter(fast_draw(committee, sums, epoch) for epoch in range(draws))
    assert sum(counts.values()) == draws
    assert chi_squared(counts, committee, draws) < CHI_SQUARED[len(committee.powers)]
    # and it is seqpool's draw that was counted
    assert all(
        fast_draw(committee, sums, epoch) == draw(committee.members, SEED, epoch, 0)
        for epoch in range(0, draws, 100)
    )


def fast_draw(committee, sums, epoch, round=0):
    """Without reading all members anew each time."""
    data = SEED + epoch.to_bytes(32, "big") + round.to_bytes(32, "big")
    left = int.from_bytes(keccak(data), "big") % sums[-1]
    return committee.signers[next(i for i, x in enumerate(sums) if left < x)]


def test_the_test_of_fairness_would_find_a_bias():
    """Power that is 5 % off is noticed, and so is a draw by heads."""
    draws = 20_000
    honest = Committee(seed=SEED)
    for powers in ([*POWERS[:4], POWERS[4] * 2 // 3], [METIS] * 5):
        sums = list(accumulate(powers))
        counts = Counter(fast_draw(honest, sums, epoch) for epoch in range(draws))
        assert chi_squared(counts, honest, draws) > CHI_SQUARED[5]


def test_a_few_hundred_of_these_draws_are_the_contracts(registry):
    committee = Committee(seed=SEED)
    registry.install(committee)
    sums = list(accumulate(committee.powers))
    for epoch in range(0, 20_000, 66):
        assert registry.set.draw(committee.members, epoch, 0) == fast_draw(committee, sums, epoch)


def test_successors_are_in_proportion_to_power_too():
    """Of those who are not excluded: nobody is favoured by being next in the list."""
    draws = 5_000
    committee = Committee(seed=SEED)
    left_out = committee.signers[1]
    counts = Counter(committee.draw(epoch, 1, {left_out}) for epoch in range(draws))
    total = sum(committee.powers) - committee.powers[1]
    expected = {
        signer: draws * power / total
        for signer, power in zip(committee.signers, committee.powers, strict=True)
        if signer != left_out
    }
    assert set(counts) == set(expected)
    # 3 degrees of freedom, once in 1,000 times
    assert sum((counts[x] - expected[x]) ** 2 / expected[x] for x in expected) < 16.27


def test_a_dominant_member_has_nearly_all_draws_and_no_more_than_its_share():
    committee = Committee([METIS] * 9 + [91 * METIS], seed=SEED)
    counts = Counter(committee.draw(epoch) for epoch in range(3_000))
    # 91 %, and four standard deviations of 16 draws
    assert abs(counts[committee.signers[9]] - 2_730) < 63
    assert len(counts) == 10


def test_members_without_power_are_never_drawn():
    committee = Committee(SHAPES["some without power"], seed=SEED)
    counts = Counter(committee.draw(epoch) for epoch in range(1_000))
    assert set(counts) == {committee.signers[1], committee.signers[4]}


# nobody can try until the draw suits


def test_a_draw_depends_on_the_seed_the_epoch_and_the_round_only(registry):
    """Neither block, time, sender nor what was committed before changes it."""
    committee = Committee()
    registry.install(committee)
    drawn = [registry.set.draw(committee.members, id, 0) for id in range(1, 30)]
    for blocks in (1, 100, 7):
        registry.mine(blocks)
        with boa.env.prank(boa.env.generate_address()):
            registry.set.heartbeat()
            registry.set.commit_epoch(committee.members)
        registry.mine(TERMS["epoch_length"])
        assert drawn == [registry.set.draw(committee.members, id, 0) for id in range(1, 30)]
    # and none of the three is without effect
    assert len({committee.draw(id) for id in range(30)}) > 1
    assert len({committee.draw(1, round) for round in range(30)}) > 1
    assert len({Committee(nonce=nonce).draw(1) for nonce in range(1, 30)}) > 1


def test_rounds_never_name_the_one_who_failed(registry):
    committee = Committee()
    registry.install(committee)
    in_charge = committee.draw(1)
    signers = [in_charge, *(registry.set.draw(committee.members, 1, x) for x in range(1, 25))]
    assert all(before != after for before, after in pairwise(signers))
    assert in_charge not in signers[1:]
