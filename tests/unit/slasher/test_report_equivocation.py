"""Slasher.report_equivocation"""

import ape
import pytest
from eth_account import Account
from eth_keys.constants import SECPK1_N
from eth_utils import keccak

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, set_domain, struct_hash
from seqpool.protocol.signatures import CompactSignature, sign
from tests.utils.court import L2_CHAIN_ID, PENALTIES, SET_ADDRESS, STAKE
from tests.utils.epochs import changed
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, State

STRANGER = Account.from_key(b"\x07" * 32)
AGE = LIMITS["OLD_SIGNER_AGE"]
STOP = LIMITS["SLASHER_STOP"]


@pytest.fixture
def cause(slasher):
    return slasher.EQUIVOCATION_CAUSE()


def pair(court, key, one="one", other="other"):
    """Two blocks of these names, each with its signature."""
    messages = [court.commitment(name) for name in (one, other)]
    return [(message, sign(key, message)) for message in messages]


def rotate(court, id):
    """The owner replaces the signer; the old key and when it was."""
    owner = court.owner_of(id)
    old = court.key_of(id)
    new = court.consent(owner)
    receipt = court.pool.rotate_signer(id, new.signer, new.pubkey, new.signature, sender=owner)
    return old, receipt.timestamp


def test_report_equivocation_slashes_suspends_and_emits(
    court, slasher, pool, vault, accused, cause
):
    tx = court.equivocate(accused)
    amount = court.share(STAKE, PENALTIES["equivocation"])
    one, other = (court.commitment(name) for name in ("one", "other"))
    key = court.offence_key(Kind.EQUIVOCATION, accused, one.epoch, one.blockNumber)
    evidence = keccak(struct_hash(one) + struct_hash(other))
    assert tx.events == [
        *court.taken(accused, amount, Kind.EQUIVOCATION, key, evidence),
        slasher.OffencePunished(
            id=accused,
            kind=Kind.EQUIVOCATION,
            key=key,
            case_id=1,
            pending_id=0,
            amount=amount,
            strikes=0,
        ),
        pool.Suspended(id=accused, cause=cause, epoch=one.epoch, block_number=one.blockNumber),
        pool.StateChanged(id=accused, old=State.ACTIVE, new=State.SUSPENDED),
    ]
    assert vault.evidence_of(key) == evidence
    assert pool.is_open(accused, cause)
    assert court.locked(accused) == STAKE - amount


def test_report_equivocation_names_its_cause(cause):
    assert cause == keccak(text="EQUIVOCATION")


def test_report_equivocation_needs_no_committee(court, slasher):
    """The first sequencer of all can be punished."""
    id = court.new_sequencer()
    court.equivocate(id)
    assert court.state_of(id) == State.SUSPENDED


def test_report_equivocation_is_not_braked_and_does_not_count(court, slasher, seated):
    """The brakes are for what others say: a fifth of all stake may go at once, and the brakes have
    all their room left."""
    ceiling = LIMITS["EQUIVOCATION_CEILING"]
    slasher.set_penalty(Kind.EQUIVOCATION, ceiling, sender=court.governance)
    for id in seated:
        court.equivocate(id)
        assert court.locked(id) == STAKE - court.share(STAKE, ceiling)
        assert slasher.record_of(id) == (0, 0, 0, 0, 0)
    assert ceiling == 2_000
    assert (slasher.braked(), slasher.pending_count()) == (0, 0)


def test_report_equivocation_goes_on_when_the_brakes_are_used_up(court, slasher, pending):
    locked = court.locked(pending.id)
    court.equivocate(pending.id)
    assert court.locked(pending.id) == locked - court.share(locked, PENALTIES["equivocation"])
    assert slasher.pending_count() == 1


def test_report_equivocation_takes_a_share_of_both_sides_rounded_down(court, pool):
    own, paired = PARAMETERS["min_stake"] + 1, METIS
    id = court.new_paired(own, paired)
    pool.request_withdrawal(id, 1, sender=court.owner_of(id))
    (event,) = court.punished(court.equivocate(id))
    assert event.amount == court.share(own + paired, PENALTIES["equivocation"])
    assert event.amount * 10_000 < (own + paired) * PENALTIES["equivocation"]


def test_report_equivocation_of_one_without_stake_opens_no_case(court, pool, accused, cause):
    left_at = pool.unlock(accused, sender=court.owner_of(accused)).timestamp
    court.at(left_at + PARAMETERS["exit_delay"])
    (event,) = court.punished(court.equivocate(accused))
    assert (event.case_id, event.amount) == (0, 0)
    # follows its owner
    assert pool.is_open(accused, cause)


def test_report_equivocation_has_no_age(court, accused):
    """A commitment bears no date."""
    court.wait(400 * DAY)
    court.equivocate(accused)
    assert court.state_of(accused) == State.SUSPENDED


def test_report_equivocation_after_a_reinstatement_is_another_offence(court, pool, accused):
    court.equivocate(accused)
    pool.reinstate(accused, sender=court.governance)
    court.equivocate(accused, number=1_001)
    assert court.slash_vault.case_count() == 2


def test_report_equivocation__after_a_reinstatement__reverts(court, pool, accused):
    """The same height, even by another pair."""
    court.equivocate(accused)
    pool.reinstate(accused, sender=court.governance)
    with ape.reverts("SlashVault: offence is punished"):
        court.report_pair(*pair(court, court.key_of(accused), "a third", "a fourth"))


def test_report_equivocation__suspended_already__reverts(court, accused):
    """A stolen key cannot be used to take everything, height by height."""
    court.equivocate(accused)
    with ape.reverts("Slasher: suspended already"):
        court.equivocate(accused, number=1_001)


def test_report_equivocation_of_one_suspended_for_a_wrong_block(court, pool, pending, cause):
    court.equivocate(pending.id)
    assert pool.is_open(pending.id, cause)


def test_report_equivocation__one_replayed__reverts(court, accused):
    court.equivocate(accused)
    with ape.reverts("Slasher: suspended already"):
        court.equivocate(accused)


def test_report_equivocation__the_other_way_round__reverts(court, pool, accused):
    one, other = pair(court, court.key_of(accused))
    court.report_pair(one, other)
    pool.reinstate(accused, sender=court.governance)
    with ape.reverts("SlashVault: offence is punished"):
        court.report_pair(other, one)


# what is no equivocation


@pytest.mark.parametrize("change", [{"epoch": 8}, {"number": 1_001}], ids=str)
def test_report_equivocation__not_one_height__reverts(court, accused, change):
    """A corrected block belongs to a later epoch."""
    key = court.key_of(accused)
    one, other = court.commitment("one"), court.commitment("other", **change)
    with ape.reverts("Slasher: not one height"):
        court.report_pair((one, sign(key, one)), (other, sign(key, other)))


def test_report_equivocation__same_block__reverts(court, accused):
    with ape.reverts("Slasher: same block"):
        court.report_pair(*pair(court, court.key_of(accused), "one", "one"))


def test_report_equivocation__two_signers__reverts(court, seated):
    """Each of them for one block: so far that is a fork and nobody's fault."""
    (one, _), (other, _) = (pair(court, court.key_of(id)) for id in seated[:2])
    other = (court.commitment("other"), sign(court.key_of(seated[1]), court.commitment("other")))
    with ape.reverts("Slasher: two signers"):
        court.report_pair(one, other)


@pytest.mark.parametrize("field", ["name", "version", "chainId", "verifyingContract"])
def test_report_equivocation__another_domain__reverts(court, accused, field):
    """Under ours both recover to strangers, who are not even the same."""
    domain = set_domain(L2_CHAIN_ID, SET_ADDRESS)
    assert domain == court.domain
    other = {
        "name": "MetisSequencerPool",
        "version": "2",
        "chainId": L2_CHAIN_ID + 1,
        "verifyingContract": STRANGER.address,
    }[field]
    domain = domain.model_copy(update={field: other})
    messages = [court.commitment(name) for name in ("one", "other")]
    signatures = [sign(court.key_of(accused), changed(x, domain)) for x in messages]
    with ape.reverts("Slasher: two signers"):
        court.report_pair(*zip(messages, signatures, strict=True))


def test_report_equivocation__unknown_signer__reverts(court, seated):
    with ape.reverts("Slasher: unknown signer"):
        court.report_pair(*pair(court, STRANGER))


MALFORMED = {
    "zero r": lambda r, vs: (0, vs),
    "zero s": lambda r, vs: (r, vs >> 255 << 255),
    "all zero": lambda r, vs: (0, 0),
    "r of the curve's order": lambda r, vs: (SECPK1_N, vs),
}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_report_equivocation__malformed_signature__reverts(court, accused, change, place):
    both = pair(court, court.key_of(accused))
    message, signature = both[place]
    both[place] = message, CompactSignature(*change(*signature))
    with ape.reverts("ecdsa: invalid signature"):
        court.report_pair(*both)


@pytest.mark.parametrize("place", [0, 1])
def test_report_equivocation__high_s__reverts(court, accused, place):
    both = pair(court, court.key_of(accused))
    message, signature = both[place]
    both[place] = message, CompactSignature(signature.r, SECPK1_N // 2 + 1)
    with ape.reverts("ecdsa: invalid signature `s` value"):
        court.report_pair(*both)


# rotation


def test_report_equivocation_of_a_new_signer(court, accused):
    rotate(court, accused)
    court.equivocate(accused)
    assert court.state_of(accused) == State.SUSPENDED


def test_report_equivocation__rotated_out__reverts(court, accused):
    old, rotated_at = rotate(court, accused)
    with isolated(court.chain):
        court.at(rotated_at + AGE)
        court.equivocate(accused, key=old)
    court.at(rotated_at + AGE + 1)
    with ape.reverts("Slasher: rotated out"):
        court.equivocate(accused, key=old)


def test_report_equivocation__rotated_out_and_stopped__reverts(court, slasher, accused):
    """The time of a stop does not count."""
    old, rotated_at = rotate(court, accused)
    slasher.stop(sender=court.guardian)
    with isolated(court.chain):
        court.at(rotated_at + AGE + STOP)
        court.equivocate(accused, key=old)
    court.at(rotated_at + AGE + STOP + 1)
    with ape.reverts("Slasher: rotated out"):
        court.equivocate(accused, key=old)


def test_report_equivocation__stopped__reverts(court, slasher, accused):
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    with isolated(court.chain):
        court.at(stopped_at + STOP)
        court.equivocate(accused)
    court.at(stopped_at + STOP - 1)
    with ape.reverts("Slasher: stopped"):
        court.equivocate(accused)
