"""From an offence, a bar or a count of blocks to one transaction of a whole fleet."""

import pytest
from eth_utils import keccak

from seqpool.protocol.messages import Correction, Kind, RewardBatch
from seqpool.watcher.chain.contracts import offence_key
from seqpool.watcher.duties.agenda import rank
from seqpool.watcher.duties.detect import Pace
from tests.seqpool.watcher.fleet import DOMAIN, START, Fleet, run
from tests.seqpool.watcher.streams import block, commitment, keys


@pytest.fixture
def fleet(tmp_path):
    return Fleet(7, tmp_path, more="[detection]\nbacklog_blocks = 5\nslow_factor = 1.5\n")


async def produce(fleet, count: int, pending: int = 0, seconds: int = 2) -> None:
    """So many blocks, each seen by all."""
    for _ in range(count):
        last = fleet.world.blocks[-1]
        fleet.world.blocks.append(block(last.number + 1, last.timestamp + seconds, last.hash))
        for detector in fleet.detectors.values():
            detector.see_pending(pending)
        await fleet.tick(seconds)


def test_a_re_election_is_reported_once(fleet):
    async def story():
        await fleet.run(70)
        message = fleet.told[0][1].message
        for duty in fleet.duties.values():
            await duty.report_reelection(message, duty.certificate_of(message))
        await produce(fleet, 20, seconds=30)
        assert [name for name, _ in fleet.sent].count("report_reelection") == 1

    run(story())


def test_a_report_that_is_refused_is_tried_again_in_turn(fleet):
    async def story():
        await fleet.run(70)
        message = fleet.told[0][1].message
        fleet.world.refuses = "Slasher: stopped"
        for duty in fleet.duties.values():
            await duty.report_reelection(message, duty.certificate_of(message))
        await produce(fleet, 20, seconds=30)
        assert [name for name, _ in fleet.sent] == ["reelect"]
        fleet.world.refuses = ""
        await produce(fleet, 20, seconds=30)
        assert [name for name, _ in fleet.sent].count("report_reelection") == 1

    run(story())


def test_a_backlog_is_one_file_one_hash_one_report(fleet):
    async def story():
        await fleet.tick(0)
        await produce(fleet, 12, pending=500)
        files = {content for _, _, content in fleet.told if content}
        assert len(files) == 1  # 105 to 109: before 100 nothing was seen
        message = fleet.told[0][1].message
        assert (message.kind, message.sequencerId, message.epoch) == (Kind.BACKLOG, 1, 0)
        assert bytes(message.evidence) in map(keccak, files)
        await produce(fleet, 12, seconds=30)
        assert [name for name, _ in fleet.sent] == ["report"]

    run(story())


def test_a_slow_epoch_is_reported(fleet):
    async def story():
        await fleet.tick(0)
        for detector in fleet.detectors.values():
            for epoch, account in enumerate([*fleet.accounts[1:4], fleet.accounts[0]], 1):
                seconds = 2 if epoch < 4 else 4
                first = block(epoch * 100, START - 1_000)
                last = block(first.number + 20, START - 1_000 + 20 * seconds)
                detector.see_epoch(Pace(epoch, account.address, first, last))
        await produce(fleet, 12, seconds=30)
        assert [name for name, _ in fleet.sent] == ["report"]
        assert {vote.message.kind for _, vote, _ in fleet.told} == {Kind.SLOW_PRODUCTION}

    run(story())


def test_an_equivocation_is_reported_without_a_vote(fleet):
    async def story():
        await fleet.tick(0)
        liar = fleet.accounts[2]
        for duty in fleet.duties.values():
            for n in (1, 2):
                await fleet.deliver(duty, commitment(liar, 0, 100, bytes([n] * 32)))
        await produce(fleet, 12, seconds=30)
        assert [name for name, _ in fleet.sent] == ["report_equivocation"]
        assert fleet.told == []

    run(story())


def test_a_bar_is_lifted_when_the_right_block_was_shown(fleet):
    async def story():
        await fleet.tick(0)
        barred, hash_ = fleet.accounts[2], b"\7" * 32
        fleet.world.bars[barred.address] = (3, 90)
        fleet.world.open = {(3, offence) for offence in [_cause(3, 90)]}

        async def right_block(number: int) -> bytes:
            return hash_

        for duty in fleet.duties.values():
            # of the same epoch it would be a second block of one height
            await fleet.deliver(duty, commitment(barred, 3, 90, hash_))
            await duty.correct(right_block)
        assert fleet.told == []
        for duty in fleet.duties.values():
            await fleet.deliver(duty, commitment(barred, 4, 90, hash_))
            await duty.correct(right_block)
        assert {type(vote.message) for _, vote, _ in fleet.told} == {Correction}
        await produce(fleet, 12, seconds=30)
        assert sorted(name for name, _ in fleet.sent) == ["correct", "lift_suspension"]

    run(story())


def _cause(epoch: int, number: int) -> bytes:
    return offence_key(Kind.INVALID_EXECUTION, epoch, number)


def test_a_batch_is_submitted_once(fleet):
    async def story():
        await fleet.tick(0)
        message = RewardBatch(
            eip712_domain=DOMAIN,
            committeeNonce=1,
            batch=1,
            startBlock=1,
            endBlock=90,
            endTimestamp=START - 20,
            coveredTime=120,
            entriesHash=b"\1" * 32,
        )
        for duty in fleet.duties.values():
            await duty.vote_batch(message, fleet.world.words, [90 << 32 | 1])
        await produce(fleet, 12, seconds=30)
        assert [name for name, _ in fleet.sent] == ["submit_batch"]

    run(story())


def test_ranks_are_a_permutation_that_depends_on_the_subject():
    fleet = [account.address for account in keys(7)]
    orders = [tuple(rank(address, fleet, bytes([n])) for address in fleet) for n in range(20)]
    assert all(sorted(order) == list(range(7)) for order in orders)
    assert len(set(orders)) == 20
    assert rank(keys(8)[7].address, fleet, b"") == 7
