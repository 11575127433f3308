"""From findings to what is signed, and to one transaction of a whole fleet."""

import asyncio

import pytest
from eth_utils import keccak

from seqpool.documents.votes import Vote
from seqpool.protocol.messages import (
    Correction,
    Kind,
    Reason,
    Reelection,
    RewardBatch,
    digest,
    set_domain,
)
from seqpool.protocol.signatures import sign
from seqpool.watcher.chain.contracts import offence_key
from seqpool.watcher.chain.registry import Epoch
from seqpool.watcher.duties.agenda import rank
from seqpool.watcher.duties.detect import Pace, Stall, WrongBlock
from seqpool.watcher.duties.voting import slot_of
from tests.watcher.fleet import DOMAIN, START, Fleet
from tests.watcher.streams import block, commitment, keys


def run(story):
    """A story that waits for nothing."""
    asyncio.run(story)


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


# ---------------------------------------------------------------- stalls


def test_a_stall_is_voted_on_and_the_successor_alone_sends(fleet):
    async def story():
        await fleet.run(59)
        assert fleet.told == []
        await fleet.run(10)
        assert [name for name, _ in fleet.sent] == ["reelect"]
        (sender,) = {address for _, address in fleet.sent}
        assert sender != fleet.accounts[0].address
        assert fleet.world.epochs[-1] == Epoch(sender, 101, 150)
        # all signed the same bytes, each once
        votes = [vote for _, vote, _ in fleet.told]
        assert len({digest(vote.message) for vote in votes}) == 1
        assert len({vote.signer for vote in votes}) == len(votes) == 7
        message = votes[0].message
        assert (message.round, message.failed) == (1, fleet.accounts[0].address)
        assert (message.lastBlock, message.lastBlockTimestamp) == (100, START)

    run(story())


def test_a_dead_successor_is_passed_over(fleet):
    async def story():
        registry = await fleet.world.registry()
        first = registry.successor(fleet.world.words, set(), 1)
        second = registry.successor(fleet.world.words, set(), 2)
        assert first != second
        del fleet.duties[first], fleet.agendas[first], fleet.detectors[first]
        await fleet.run(119)
        assert fleet.sent == []
        await fleet.run(10)
        assert fleet.sent == [("reelect", second)]
        told = [vote.message for _, vote, _ in fleet.told if vote.message.round == 2]
        assert {message.failed for message in told} == {first}

    run(story())


def test_two_thirds_of_the_power_are_needed(fleet):
    async def story():
        for account in fleet.accounts[:3]:
            del fleet.duties[account.address]
            del fleet.agendas[account.address], fleet.detectors[account.address]
        await fleet.run(400, step=5)
        assert fleet.sent == []
        rounds = [vote.message.round for _, vote, _ in fleet.told]
        assert set(rounds) == {1, 2, 3, 4, 5, 6}

    run(story())


def test_nothing_is_signed_when_the_node_knows_of_a_later_block(fleet):
    async def story():
        await fleet.tick()
        last = fleet.world.blocks[-1]
        fleet.world.blocks.append(block(101, START + 30, last.hash))
        fleet.clock.time = START + 61
        for duty in fleet.duties.values():
            await duty.act([Stall(last, 1)])
        assert fleet.told == []

    run(story())


def test_one_slot_is_never_signed_with_other_content(fleet):
    async def story():
        await fleet.run(70)
        fleet.told.clear()
        fleet.sent.clear()
        # a reorganisation: block 100 again, with another time
        fleet.world.blocks = [block(100, START + 5, branch="other")]
        fleet.world.epochs = [Epoch(fleet.accounts[0].address, 1, 150)]
        fleet.clock.time = START + 66
        for account in fleet.accounts:
            fleet.start(account)
        await fleet.tick()
        assert fleet.told == [] and fleet.sent == []
        assert all(duty.counts.conflicts for duty in fleet.duties.values())
        # another round is another slot
        await fleet.run(60)
        assert {vote.message.round for _, vote, _ in fleet.told} == {2}
        assert [name for name, _ in fleet.sent] == ["reelect"]

    run(story())


def test_a_restart_in_the_middle_of_a_vote_loses_nothing(fleet):
    async def story():
        fleet.delivers = lambda sender, receiver: False
        await fleet.run(61)
        assert fleet.sent == [] and len(fleet.told) == 7
        signed = {vote.signature for _, vote, _ in fleet.told}
        for account in fleet.accounts:
            fleet.start(account)
        fleet.delivers = lambda sender, receiver: True
        await fleet.run(3)
        assert [name for name, _ in fleet.sent] == ["reelect"]
        assert {vote.signature for _, vote, _ in fleet.told} == signed

    run(story())


def test_votes_that_were_lost_are_told_again(fleet):
    async def story():
        fleet.delivers = lambda sender, receiver: False
        await fleet.run(62)
        fleet.delivers = lambda sender, receiver: True
        await fleet.run(6)
        assert [name for name, _ in fleet.sent] == ["reelect"]

    run(story())


def test_a_wrong_block_is_replaced_at_once_and_stays_wrong(fleet):
    async def story():
        right = fleet.world.blocks[0]
        fleet.world.blocks.append(block(101, START + 2, right.hash, branch="wrong"))
        await fleet.tick()
        wrong = fleet.world.blocks[-1]
        finding = WrongBlock(right, wrong, b"\1" * 32, 0, fleet.accounts[0].address, 1)
        for duty in fleet.duties.values():
            await duty.act([finding])
        (message,) = {digest(x.message): x.message for _, x, _ in fleet.told}.values()
        assert message.reason == Reason.INVALID_EXECUTION
        assert (message.lastBlock, message.round) == (100, 1)
        for agenda in fleet.agendas.values():
            agenda.start()
            await agenda.finish()
        assert [name for name, _ in fleet.sent] == ["reelect"]

    run(story())


# ---------------------------------------------------------------- reports


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
            entriesHash=b"\1" * 32,
        )
        for duty in fleet.duties.values():
            await duty.vote_batch(message, fleet.world.words, [90 << 32 | 1])
        await produce(fleet, 12, seconds=30)
        assert [name for name, _ in fleet.sent] == ["submit_batch"]

    run(story())


# ---------------------------------------------------------------- what is taken of others


def vote_of(account, **fields) -> Vote:
    values = {
        "committeeNonce": 1,
        "epoch": 0,
        "round": 1,
        "failed": keys(1)[0].address,
        "lastBlock": 100,
        "lastBlockTimestamp": START,
        "reason": 1,
    }
    message = Reelection(eip712_domain=fields.pop("domain", DOMAIN), **values | fields)
    return Vote(message, account.address, sign(account, message))


def test_votes_are_refused_for_a_reason(fleet):
    async def story():
        await fleet.tick(0)
        fleet.clock.time = START + 61
        duty = fleet.duties[fleet.accounts[0].address]
        member, stranger = fleet.accounts[1], keys(8)[7]
        assert duty.accept(vote_of(member)) is None
        other = set_domain(1, DOMAIN.verifyingContract)
        assert duty.accept(vote_of(member, domain=other)) == "for another SequencerSet"
        assert duty.accept(vote_of(stranger)) == "of no member"
        assert duty.accept(vote_of(member, committeeNonce=9)) == "of an unknown committee"
        assert duty.accept(vote_of(member, lastBlock=10**6)) == "of a block far away"
        assert duty.accept(vote_of(member, round=2)) is None
        assert duty.accept(vote_of(member, round=9)) == "of a round to come"
        assert duty.accept(commitment(stranger, 0, 100, bytes(32))) == "of no member"
        assert duty.accept(commitment(member, 0, 10**6, bytes(32))) == "of a block far away"
        await duty.on_vote(vote_of(member))
        assert duty.accept(vote_of(member)) is None
        assert duty.accept(vote_of(member, epoch=5)) == "of a second mind"

    run(story())


def test_a_liar_moves_nobody(fleet):
    """Its votes count for its own message only, and its power is less than two thirds."""

    async def story():
        await fleet.tick(0)
        liar = fleet.accounts[6]
        false = vote_of(liar, failed=fleet.accounts[3].address)
        for duty in fleet.duties.values():
            await fleet.deliver(duty, false)
        await fleet.run(70)
        assert [name for name, _ in fleet.sent] == ["reelect"]
        assert fleet.world.epochs[-1].signer != fleet.accounts[0].address
        assert [x for x in fleet.told if x[1].message.failed == fleet.accounts[3].address] == []

    run(story())


def test_ranks_are_a_permutation_that_depends_on_the_subject():
    fleet = [account.address for account in keys(7)]
    orders = [tuple(rank(address, fleet, bytes([n])) for address in fleet) for n in range(20)]
    assert all(sorted(order) == list(range(7)) for order in orders)
    assert len(set(orders)) == 20
    assert rank(keys(8)[7].address, fleet, b"") == 7


def test_each_kind_of_message_has_its_slot():
    assert slot_of(vote_of(keys(1)[0]).message) == "reelection:100:1"
    assert slot_of(commitment(keys(1)[0], 2, 3, bytes(32)).message) == "commitment:2:3"
