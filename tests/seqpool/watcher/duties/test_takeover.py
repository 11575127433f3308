"""From a stall or a wrong block to votes, and to one successor that takes over."""

import pytest

from seqpool.protocol.committee import Member, word
from seqpool.protocol.messages import Reason, digest
from seqpool.watcher.chain.registry import Epoch
from seqpool.watcher.duties.detect import Stall, WrongBlock
from tests.seqpool.watcher.ballots import reelection_vote
from tests.seqpool.watcher.fleet import START, Fleet, run
from tests.seqpool.watcher.streams import block


@pytest.fixture
def fleet(tmp_path):
    return Fleet(7, tmp_path)


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


@pytest.mark.parametrize("helpers, sent", [(1, []), (2, ["reelect"])])
def test_one_large_member_needs_more_than_a_third_by_number(fleet, helpers, sent):
    """Of seven the last has nearly all the power. With one other it decides nothing."""

    async def story():
        powers = [*6 * [1], 100]
        fleet.world.words = [
            word(Member(power, account.address))
            for power, account in zip(powers, fleet.accounts, strict=True)
        ]
        for account in fleet.accounts[: 6 - helpers]:
            del fleet.duties[account.address]
            del fleet.agendas[account.address], fleet.detectors[account.address]
        await fleet.run(70)
        assert [name for name, _ in fleet.sent] == sent
        assert {duty.counts.certificates > 0 for duty in fleet.duties.values()} == {bool(sent)}

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


def test_a_liar_moves_nobody(fleet):
    """Its votes count for its own message only, and its power is less than two thirds."""

    async def story():
        await fleet.tick(0)
        liar = fleet.accounts[6]
        false = reelection_vote(liar, failed=fleet.accounts[3].address)
        for duty in fleet.duties.values():
            await fleet.deliver(duty, false)
        await fleet.run(70)
        assert [name for name, _ in fleet.sent] == ["reelect"]
        assert fleet.world.epochs[-1].signer != fleet.accounts[0].address
        assert [x for x in fleet.told if x[1].message.failed == fleet.accounts[3].address] == []

    run(story())
