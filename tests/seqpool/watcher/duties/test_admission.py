"""Which votes of others are taken, and what a slot is."""

from seqpool.protocol.messages import set_domain
from seqpool.watcher.duties.slots import slot_of
from tests.seqpool.watcher.ballots import reelection_vote
from tests.seqpool.watcher.fleet import DOMAIN, START, Fleet, run
from tests.seqpool.watcher.streams import commitment, keys


def test_votes_are_refused_for_a_reason(tmp_path):
    fleet = Fleet(7, tmp_path)

    async def story():
        await fleet.tick(0)
        fleet.clock.time = START + 61
        duty = fleet.duties[fleet.accounts[0].address]
        member, stranger = fleet.accounts[1], keys(8)[7]
        assert duty.accept(reelection_vote(member)) is None
        other = set_domain(1, DOMAIN.verifyingContract)
        assert duty.accept(reelection_vote(member, domain=other)) == "for another SequencerSet"
        assert duty.accept(reelection_vote(stranger)) == "of no member"
        assert duty.accept(reelection_vote(member, committeeNonce=9)) == "of an unknown committee"
        assert duty.accept(reelection_vote(member, lastBlock=10**6)) == "of a block far away"
        assert duty.accept(reelection_vote(member, round=2)) is None
        assert duty.accept(reelection_vote(member, round=9)) == "of a round to come"
        assert duty.accept(commitment(stranger, 0, 100, bytes(32))) == "of no member"
        assert duty.accept(commitment(member, 0, 10**6, bytes(32))) == "of a block far away"
        await duty.on_vote(reelection_vote(member))
        assert duty.accept(reelection_vote(member)) is None
        assert duty.accept(reelection_vote(member, epoch=5)) == "of a second mind"

    run(story())


def test_each_kind_of_message_has_its_slot():
    assert slot_of(reelection_vote(keys(1)[0]).message) == "reelection:100:1"
    assert slot_of(commitment(keys(1)[0], 2, 3, bytes(32)).message) == "commitment:2:3"
