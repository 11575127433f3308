"""I7 and I13: one stall, one wrong block, one pair costs one penalty, whoever it is by then."""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import PENALTIES, STAKE
from tests.utils.epochs import changed
from tests.utils.isolation import isolated
from tests.utils.system import DAY, PARAMETERS, State

EXIT_DELAY = PARAMETERS["exit_delay"]
MIN_STAKE = PARAMETERS["min_stake"]
PUNISHED = "SlashVault: offence is punished"


def rotate(court, id):
    """The owner's doing; the old signer."""
    owner, old = court.owner_of(id), court.signer_of(id)
    new = court.consent(owner)
    court.pool.rotate_signer(id, new.signer, new.pubkey, new.signature, sender=owner)
    return old


def hand_over(court, id):
    """To a new owner."""
    new = court.new_owner()
    court.pool.transfer_ownership_of(id, new, sender=court.owner_of(id))
    court.pool.accept_ownership_of(id, sender=new)
    return new


ROUTES = {
    "round": {"round": 2},
    "epoch": {"epoch": 8},
    "reason": {"reason": Reason.INVALID_EXECUTION},
    "time": {"lastBlockTimestamp": 1},
    "all": {"round": 9, "epoch": 9, "reason": Reason.INVALID_EXECUTION},
}


@pytest.mark.parametrize("is_second", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("changes", ROUTES.values(), ids=ROUTES)
def test_one_stall__another_route__reverts(court, accused, changes, is_second):
    """In either order."""
    message = court.reelection(accused)
    if "lastBlockTimestamp" in changes:
        changes = {"lastBlockTimestamp": message.lastBlockTimestamp - 1}
    pair = [message, changed(message, court.domain, **changes)]
    first, second = pair[::-1] if is_second else pair
    court.report(first)
    before = court.pool.sequencer(accused), court.court.record_of(accused)
    with ape.reverts(PUNISHED):
        court.report(second)
    assert (court.pool.sequencer(accused), court.court.record_of(accused)) == before


@pytest.mark.parametrize("is_second", [False, True], ids=["old first", "new first"])
def test_one_stall__votes_of_two_committees__reverts(court, accused, is_second):
    old = court.reelection(accused)
    old_votes = court.certify(old)
    court.convene()
    new = changed(old, court.domain, committeeNonce=court.nonce)
    pair = [(old, old_votes), (new, court.certify(new))]
    first, second = pair[::-1] if is_second else pair
    court.report(*first)
    with ape.reverts(PUNISHED):
        court.report(*second)


def test_one_stall__by_the_name_of_the_new_signer__reverts(court, accused):
    message = court.reelection(accused)
    rotate(court, accused)
    court.report(message)
    with ape.reverts(PUNISHED):
        court.report(changed(message, court.domain, failed=court.signer_of(accused)))


def test_one_stall_of_two_sequencers_is_two_offences(court, seated):
    """The successor stalls as well: the last block is the same."""
    one, other = seated[:2]
    message = court.reelection(one)
    court.report(message)
    court.report(court.reelection(other, lastBlock=message.lastBlock, round=2))
    assert court.slash_vault.case_count() == 2


def test_one_stall__after_a_reinstatement__reverts(court, pool, accused):
    message = court.reelection(accused, reason=Reason.INVALID_EXECUTION)
    court.report(message)
    pool.reinstate(accused, sender=court.governance)
    with ape.reverts(PUNISHED):
        court.report(message)


# a later Slasher


@pytest.fixture
def replaced(court, pool, accused):
    """Reports made a day before another Slasher takes over, and what makes them again."""
    slasher = court.deploy_slasher()
    announced_at = pool.announce_slasher(slasher, sender=court.governance).timestamp
    effective_at = announced_at + LIMITS["SLASHER_NOTICE"]
    court.mine_at(effective_at - DAY)
    messages = [court.offence(accused), court.reelection(accused)]
    for message in messages:
        court.report(message)
    court.equivocate(accused)
    pool.reinstate(accused, sender=court.governance)
    return slasher, effective_at, messages


@pytest.mark.parametrize("which", ["report", "report_reelection", "report_equivocation"])
def test_replaced_slasher__replayed__reverts(court, pool, accused, replaced, which):
    slasher, effective_at, messages = replaced
    court.mine_at(effective_at)
    assert pool.slasher() == slasher
    old, court.court = court.court, slasher
    try:
        with ape.reverts(PUNISHED):
            if which == "report":
                court.report(messages[0])
            elif which == "report_reelection":
                court.report(messages[1])
            else:
                court.equivocate(accused)
    finally:
        court.court = old


def test_replaced_slasher__old_one_reports__reverts(court, accused, replaced):
    court.mine_at(replaced[1])
    with ape.reverts("SlashVault: not slasher"):
        court.report(court.offence(accused, epoch=100))


def test_replaced_slasher_goes_on_with_new_offences(court, accused, replaced):
    slasher, effective_at, _ = replaced
    court.mine_at(effective_at)
    old, court.court = court.court, slasher
    try:
        (event,) = court.punished(court.report(court.offence(accused, epoch=100)))
    finally:
        court.court = old
    assert event.case_id == 4


# who it is by then


def test_offence_stays_with_the_sequencer_after_a_rotation(court, accused):
    message = court.reelection(accused)
    old = rotate(court, accused)
    (event,) = court.punished(court.report(message))
    assert (event.id, message.failed) == (accused, old)


def test_offence_stays_with_the_sequencer_after_a_transfer(court, vault, accused):
    """Who takes over a sequencer takes over what it has done; and may appeal."""
    message = court.reelection(accused)
    new = hand_over(court, accused)
    tx = court.report(message)
    assert court.case_of(tx).owner == new
    assert court.locked(accused) == STAKE - court.share(STAKE, PENALTIES["timeout"])


def test_strikes_follow_the_id(court, accused):
    court.time_out(accused)
    hand_over(court, accused)
    (event,) = court.punished(court.time_out(accused))
    assert event.strikes == 2


def test_strikes_follow_the_owner_to_its_next_sequencer(court, pool, accused):
    """It left, and came back as another id: within 30 days, as exits are shorter."""
    owner = court.owner_of(accused)
    left_at = pool.unlock(accused, sender=owner).timestamp
    first = court.reelection(accused)
    court.report(first)
    court.at(left_at + EXIT_DELAY)
    pool.claim(accused, sender=owner)
    pool.approve(owner, sender=court.governance)
    court.lock(owner)
    new = pool.admission(owner)[0]
    assert new != accused
    court.convene()
    (event,) = court.punished(court.time_out(new))
    assert (event.id, event.strikes) == (new, 2)


def test_strikes_of_id_and_owner_are_not_added(court, accused):
    """The same ones are counted by both."""
    for count in (1, 2, 3):
        (event,) = court.punished(court.time_out(accused))
        assert event.strikes == count


def test_strikes_are_the_more_of_both(court, seated):
    """Two of the id, under its former owner; then one of the new."""
    for _ in range(2):
        court.time_out(seated[0])
    new = hand_over(court, seated[0])
    (event,) = court.punished(court.time_out(seated[0]))
    assert event.strikes == 3
    assert court.owner_of(seated[0]) == new


def test_offence_of_one_that_was_ejected(court, pool):
    """It is below min_stake since another slash, and has not cured that."""
    id = court.seat(MIN_STAKE, *3 * [STAKE])[0]
    court.report(court.offence(id))
    court.wait(PARAMETERS["cure_period"] - DAY)
    message = court.reelection(id)
    court.wait(DAY + 1)
    pool.eject(id, sender=court.stranger)
    assert court.state_of(id) == State.EXITING
    locked = court.locked(id)
    tx = court.report(message)
    assert court.case_of(tx).own == court.share(locked, PENALTIES["timeout"])


def test_offence_in_an_exit_to_the_last_second(court, pool, vault, accused):
    """I4: slashable as long as it is locked."""
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    end = left_at + EXIT_DELAY
    court.mine_at(end - DAY)
    message = court.reelection(accused)
    with isolated(court.chain):
        court.at(end - 1)
        tx = court.report(message)
        assert court.case_of(tx).own == court.share(STAKE, PENALTIES["timeout"])
    court.at(end)
    (event,) = court.punished(court.report(message))
    assert (event.case_id, event.amount) == (0, 0)
    assert vault.held() == 0
    # what has matured is all there
    tx = pool.claim(accused, sender=court.stranger)
    assert tx.events[-2].amount == STAKE


def test_two_offences_one_after_the_other(court, accused):
    """Each is a share of what the one before has left."""
    court.report(court.offence(accused))
    left = STAKE - court.share(STAKE, PENALTIES["backlog"])
    (event,) = court.punished(court.time_out(accused))
    assert event.amount == court.share(left, PENALTIES["timeout"])


def test_reports_that_were_reordered_cost_the_same_kinds(court, accused):
    """A stall and a backlog are two offences, in either order."""
    messages = [court.offence(accused), court.reelection(accused)]
    for order in (messages, messages[::-1]):
        with isolated(court.chain):
            kinds = [court.punished(court.report(message))[0].kind for message in order]
            assert set(kinds) == {Kind.BACKLOG, Kind.BLOCK_TIMEOUT}
            assert court.slash_vault.case_count() == 2
