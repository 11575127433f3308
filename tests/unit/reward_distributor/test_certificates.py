"""Certificates of batches."""

import ape
import pytest
from eip712.messages import EIP712Domain
from eth_account import Account
from eth_keys.constants import SECPK1_N

from seqpool.protocol.certificates import Certificate
from seqpool.protocol.messages import as_struct
from seqpool.protocol.signatures import CompactSignature, sign
from tests.utils.court import L2_CHAIN_ID, SET_ADDRESS
from tests.utils.epochs import changed
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS

STRANGER = Account.from_key(b"\x07" * 32)
S_BITS = 2**255
# Any four of them are two thirds, and the first three as well.
POWERS = tuple(power * METIS for power in (60_000, 50_000, 40_000, 30_000, 20_000))
BLOCKS = {1: 9}


@pytest.fixture
def batch(payroll):
    """Not brought yet."""
    payroll.seat(*POWERS)
    payroll.wait(100)
    return payroll.batch(BLOCKS)


@pytest.fixture
def right(payroll, batch):
    """The certificate of these members, in their places."""
    return lambda places=(0, 1, 2): payroll.certify(batch.message, places)


@pytest.fixture
def refused(payroll, batch):
    def refused(reason, certificate):
        before = payroll.rewards.last_batch()
        with ape.reverts(reason):
            payroll.submit(batch, certificate)
        assert payroll.rewards.last_batch() == before

    return refused


def works(payroll, batch, certificate):
    with isolated(payroll.chain):
        payroll.submit(batch, certificate)
        assert payroll.rewards.last_batch().batch == 1


def key_of(payroll, place):
    return payroll.keys[payroll.signer_in(payroll.members[place])]


# who has signed


def test_certificate_of_two_thirds_or_more_passes(payroll, batch, right):
    for places in ((0, 1, 2), (1, 2, 3, 4), (0, 1, 2, 3, 4)):
        works(payroll, batch, right(places))


def test_certificate__below_two_thirds__reverts(right, refused):
    for places in ((0,), (0, 1), (1, 2, 3), (0, 1, 4)):
        assert 3 * sum(POWERS[x] for x in places) < 2 * sum(POWERS)
        refused("quorum: below two thirds", right(places))


@pytest.mark.parametrize("missing", [0, 1])
def test_certificate_of_exactly_two_thirds_passes_and_a_wei_less_reverts(payroll, missing):
    """2 of 3 parts; the wei moves from the signers to the one who has not signed."""
    power = 30_000 * METIS
    payroll.seat(power, power - missing, power + missing)
    payroll.wait(100)
    batch = payroll.batch(BLOCKS)
    certificate = payroll.certify(batch.message, (0, 1))
    if missing:
        with ape.reverts("quorum: below two thirds"):
            payroll.submit(batch, certificate)
    else:
        works(payroll, batch, certificate)


def test_certificate_needs_power_and_number(payroll):
    """Neither two thirds of the members do without the largest, nor the largest alone."""
    payroll.seat(100_000 * METIS, 20_000 * METIS, 20_000 * METIS)
    payroll.wait(100)
    batch = payroll.batch(BLOCKS)
    with ape.reverts("quorum: below two thirds"):
        payroll.submit(batch, payroll.certify(batch.message, (1, 2)))
    with ape.reverts("quorum: too few by number"):
        payroll.submit(batch, payroll.certify(batch.message, (0,)))
    assert payroll.rewards.last_batch().batch == 0
    works(payroll, batch, payroll.certify(batch.message, (0, 1)))


def test_certificate_of_a_third_by_number_and_of_one_more(payroll):
    """Two of six are too few, whatever they hold."""
    payroll.seat(100_000 * METIS, 100_000 * METIS, *4 * [20_000 * METIS])
    payroll.wait(100)
    batch = payroll.batch(BLOCKS)
    with ape.reverts("quorum: too few by number"):
        payroll.submit(batch, payroll.certify(batch.message, (0, 1)))
    works(payroll, batch, payroll.certify(batch.message, (0, 1, 5)))


# how many signatures, and in what order


def test_certificate__no_signatures__reverts(right, refused):
    refused("quorum: no signatures", right()._replace(signers=0, signatures=[]))
    refused("quorum: no signatures", right()._replace(signatures=[]))


def test_certificate__too_few_signatures__reverts(right, refused):
    certificate = right()
    fewer = certificate._replace(signatures=certificate.signatures[:-1])
    refused("quorum: too few signatures", fewer)


def test_certificate__too_many_signatures__reverts(payroll, batch, right, refused):
    certificate = right()
    extra = [*certificate.signatures, sign(key_of(payroll, 3), batch.message)]
    refused("quorum: too many signatures", certificate._replace(signatures=extra))
    refused("quorum: too many signatures", certificate._replace(signers=0))


def test_certificate__duplicate_signature__reverts(right, refused):
    certificate = right()
    for place in (1, 2):
        signatures = list(certificate.signatures)
        signatures[place] = signatures[0]
        refused("quorum: duplicate signature", certificate._replace(signatures=signatures))


def test_certificate__reordered_signatures__reverts(right, refused):
    certificate = right()
    signatures = certificate.signatures[::-1]
    refused("quorum: signature in wrong place", certificate._replace(signatures=signatures))


def test_certificate__bits_of_others__reverts(right, refused):
    few = right((2, 3, 4))
    refused("quorum: signature in wrong place", few._replace(signers=0b00111))


# what was signed


def test_certificate__signature_of_a_stranger__reverts(batch, right, refused):
    certificate = right()
    signatures = [*certificate.signatures[:-1], sign(STRANGER, batch.message)]
    refused("quorum: signer is no member", certificate._replace(signatures=signatures))


def test_certificate__another_domain__reverts(payroll, batch, refused):
    domain = {
        "name": "MetisSequencerSet",
        "version": "1",
        "chainId": L2_CHAIN_ID,
        "verifyingContract": SET_ADDRESS,
    }
    # else the test would show nothing
    assert EIP712Domain(**domain) == payroll.domain
    wrong = {
        "name": "MetisSequencerPool",
        "version": "2",
        # L1 itself, say
        "chainId": payroll.chain.chain_id,
        "verifyingContract": payroll.rewards.address,
    }
    for field, value in wrong.items():
        message = changed(batch.message, EIP712Domain(**domain | {field: value}))
        refused("quorum: signer is no member", payroll.certify(message))


def test_certificate__another_message__reverts(payroll, batch, refused):
    """Each field is signed; those of the batch that is brought are right."""
    message = batch.message
    numbers = ("committeeNonce", "batch", "startBlock", "endBlock", "endTimestamp", "coveredTime")
    for field in numbers:
        other = changed(message, payroll.domain, **{field: getattr(message, field) + 1})
        refused("quorum: signer is no member", payroll.certify(other))
    other = changed(message, payroll.domain, entriesHash=b"\x01" * 32)
    refused("quorum: signer is no member", payroll.certify(other))


def test_certificate__message_of_another_type__reverts(payroll, refused):
    refused("quorum: signer is no member", payroll.certify(payroll.offence(1)))
    refused("quorum: signer is no member", payroll.certify(payroll.reelection(1)))


def test_certificate__votes_for_another_committee__reverts(payroll, batch):
    """The same members, in the next committee: their old votes, with the old nonce, are void."""
    old_votes = payroll.certify(batch.message)
    payroll.wait(DAY)
    payroll.convene()
    assert payroll.members == old_votes.members
    changed_batch = batch._replace(
        message=changed(batch.message, payroll.domain, committeeNonce=payroll.nonce)
    )
    with ape.reverts("quorum: signer is no member"):
        payroll.submit(changed_batch, old_votes)
    # as they are, they count: that committee is not old
    works(payroll, batch, old_votes)


def test_certificate__of_the_committee_before_for_the_latest__reverts(payroll, batch):
    """Its list is another."""
    old = payroll.certify(batch.message)
    payroll.new_sequencer()
    payroll.convene()
    message = changed(batch.message, payroll.domain, committeeNonce=payroll.nonce)
    votes = payroll.certify(message, range(len(old.members)), members=old.members)
    with ape.reverts("quorum: wrong members"):
        payroll.submit(batch._replace(message=message), votes)


def test_certificate__replayed__reverts(payroll, batch, right, refused):
    """Neither with the same signatures nor with others: it is not they that are used up."""
    certificate = right()
    payroll.submit(batch, certificate)
    refused("RewardDistributor: wrong batch", certificate)
    refused("RewardDistributor: wrong batch", right((1, 2, 3, 4)))


def test_certificate__replayed_on_another_distributor__reverts(payroll):
    """One that the pool does not name, and that is as far: nothing that is signed tells them
    apart. Else power would be paid for twice, from both reserves."""
    payroll.seat(*POWERS)
    other = payroll.deploy_rewards()
    payroll.wait(100)
    batch = payroll.batch(BLOCKS)
    certificate = payroll.certify(batch.message)
    payroll.submit(batch, certificate)
    arguments = as_struct(batch.message), batch.entries, certificate
    with ape.reverts("RewardDistributor: not the pool's distributor"):
        other.submit_batch(*arguments, sender=payroll.stranger)
    assert other.last_batch().batch == 0


# malformed signatures

MALFORMED = {
    "zero r": lambda r, y, s: (0, y * S_BITS + s),
    "zero s": lambda r, y, s: (r, y * S_BITS),
    "all zero": lambda r, y, s: (0, 0),
    "r of the curve's order": lambda r, y, s: (SECPK1_N, y * S_BITS + s),
}
HIGH_S = {
    "half the order, and one more": lambda r, y, s: (r, y * S_BITS + SECPK1_N // 2 + 1),
    "garbage": lambda r, y, s: (2**256 - 1, 2**256 - 1),
}


def with_signature(certificate, change, place=1) -> Certificate:
    """Right but for one signature; `change` makes another of r, y parity and s."""
    r, vs = certificate.signatures[place]
    signatures = list(certificate.signatures)
    signatures[place] = CompactSignature(*change(r, vs // S_BITS, vs % S_BITS))
    return certificate._replace(signatures=signatures)


def test_certificate__malformed_signature__reverts(right, refused):
    for change in MALFORMED.values():
        refused("quorum: malformed signature", with_signature(right(), change))


def test_certificate__high_s__reverts(right, refused):
    for change in HIGH_S.values():
        refused("quorum: high s", with_signature(right(), change))


def test_certificate__other_parity__reverts(right, refused):
    other = with_signature(right(), lambda r, y, s: (r, (1 - y) * S_BITS + s))
    refused("quorum: signer is no member", other)


# the list of members


def test_certificate__bit_beyond_members__reverts(batch, right, refused):
    certificate = right()
    extra = [*certificate.signatures, sign(STRANGER, batch.message)]
    for bit in (len(POWERS), 255):
        beyond = certificate._replace(signers=certificate.signers | 1 << bit, signatures=extra)
        refused("quorum: bit beyond members", beyond)


def test_certificate__empty_committee__reverts(right, refused):
    refused("quorum: empty committee", right()._replace(members=[]))


WRONG_MEMBERS = {
    "two swapped": lambda members: [*members[:3], members[4], members[3]],
    "one less": lambda members: members[:-1],
    "one twice": lambda members: [*members, members[-1]],
    "a wei more": lambda members: [members[0] + (1 << 160), *members[1:]],
    "another signer": lambda members: [members[0] + 1, *members[1:]],
}


def test_certificate__wrong_members__reverts(right, refused):
    certificate = right()
    for change in WRONG_MEMBERS.values():
        wrong = certificate._replace(members=change(certificate.members))
        refused("quorum: wrong members", wrong)
