"""Certificates, in each function of the Slasher that takes one."""

from collections.abc import Callable
from dataclasses import dataclass

import ape
import pytest
from eip712.messages import EIP712Domain, EIP712Message
from eth_account import Account
from eth_keys.constants import SECPK1_N

from seqpool.protocol.certificates import Certificate
from seqpool.protocol.messages import Correction, Offence, Reason
from seqpool.protocol.signatures import CompactSignature, sign
from tests.utils.court import L2_CHAIN_ID, SET_ADDRESS, Court
from tests.utils.epochs import changed
from tests.utils.isolation import isolated
from tests.utils.system import METIS

pytestmark = pytest.mark.slow

STRANGER = Account.from_key(b"\x07" * 32)
S_BITS = 2**255
# Any four of them are two thirds, and the first three as well.
POWERS = tuple(power * METIS for power in (60_000, 50_000, 40_000, 30_000, 20_000))
# The first has 71 % of the power.
ONE_LARGE = (100_000 * METIS, 20_000 * METIS, 20_000 * METIS)


@dataclass
class Case:
    """A message against, or for, the first member, and what sends it."""

    court: Court
    accused: int
    message: EIP712Message
    other: dict  # what a voter could mix up
    replayed: str  # why it cannot be sent again

    @property
    def send(self) -> Callable:
        return self.court.lift if isinstance(self.message, Correction) else self.court.report


def report(court, id):
    return court.offence(id), {"evidence": b"\x01" * 32}, "SlashVault: offence is punished"


def report_reelection(court, id):
    return court.reelection(id), {"round": 2}, "SlashVault: offence is punished"


def lift_suspension(court, id):
    wrong = court.reelection(id, reason=Reason.INVALID_EXECUTION)
    court.report(wrong)
    message = court.correction(id, epoch=wrong.epoch, blockNumber=wrong.lastBlock + 1)
    return message, {"blockHash": b"\x01" * 32}, "SequencerPool: cause is not open"


KINDS = {x.__name__: x for x in (report, report_reelection, lift_suspension)}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def new_case(court, kind, powers=POWERS) -> Case:
    ids = court.seat(*powers)
    return Case(court, ids[0], *kind(court, ids[0]))


@pytest.fixture
def case(court, kind):
    return new_case(court, kind)


def state(case):
    """What shows each change."""
    court = case.court
    return (
        court.pool.sequencer(case.accused),
        court.court.record_of(case.accused),
        court.slash_vault.case_count(),
    )


def works(case, certificate):
    before = len(case.send(case.message, certificate).events)
    assert before > 0


def refused(case, reason, certificate):
    before = state(case)
    with ape.reverts(reason):
        case.send(case.message, certificate)
    assert state(case) == before


def right(case, places=(0, 1, 2)) -> Certificate:
    return case.court.certify(case.message, places)


def key_of(case, place):
    return case.court.keys[case.court.signer_in(case.court.members[place])]


def with_signature(case, change, place=1) -> Certificate:
    """Right but for one signature; `change` makes another of r, y parity and s."""
    certificate = right(case)
    r, vs = certificate.signatures[place]
    signatures = list(certificate.signatures)
    signatures[place] = CompactSignature(*change(r, vs // S_BITS, vs % S_BITS))
    return certificate._replace(signatures=signatures)


# who has signed


@pytest.mark.parametrize("places", [(0, 1, 2), (1, 2, 3, 4), (0, 1, 2, 3, 4)], ids=str)
def test_certificate_of_two_thirds_or_more_passes(case, places):
    works(case, right(case, places))


@pytest.mark.parametrize("places", [(0,), (0, 1), (1, 2, 3), (0, 1, 4)], ids=str)
def test_certificate__below_two_thirds__reverts(case, places):
    assert 3 * sum(POWERS[x] for x in places) < 2 * sum(POWERS)
    refused(case, "quorum: below two thirds", right(case, places))


@pytest.mark.parametrize("missing", [0, 1])
def test_certificate_of_exactly_two_thirds_passes_and_a_wei_less_reverts(court, kind, missing):
    """2 of 3 parts; the wei moves from the signers to the one who has not signed."""
    power = 30_000 * METIS
    case = new_case(court, kind, [power, power - missing, power + missing])
    certificate = right(case, (0, 1))
    if missing:
        refused(case, "quorum: below two thirds", certificate)
    else:
        works(case, certificate)


def test_certificate_needs_power_and_number(court, kind):
    """Neither two thirds of the members do without the largest, nor the largest alone."""
    case = new_case(court, kind, ONE_LARGE)
    refused(case, "quorum: below two thirds", right(case, (1, 2)))
    refused(case, "quorum: too few by number", right(case, (0,)))
    with isolated(court.chain):
        works(case, right(case, (0, 2)))


def test_certificate_of_a_third_by_number_and_of_one_more(court, kind):
    """Two of six are too few, whatever they hold."""
    case = new_case(court, kind, [100_000 * METIS, 100_000 * METIS, *4 * [20_000 * METIS]])
    refused(case, "quorum: too few by number", right(case, (0, 1)))
    with isolated(court.chain):
        works(case, right(case, (0, 1, 5)))


def test_one_key_with_two_thirds_of_the_power_suspends_nobody(court):
    """The attack: 100,000 of 140,000 METIS are 71 %, and suspend the other two, one by one."""
    _, *others = court.seat(*ONE_LARGE)
    before = [court.pool.sequencer(id) for id in others]
    for id in others:
        message = court.reelection(id, reason=Reason.INVALID_EXECUTION)
        with ape.reverts("quorum: too few by number"):
            court.report(message, court.certify(message, (0,)))
    assert [court.pool.sequencer(id) for id in others] == before


# how many signatures, and in what order


def test_certificate__no_signatures__reverts(case):
    refused(case, "quorum: no signatures", right(case)._replace(signers=0, signatures=[]))


def test_certificate__no_signatures_for_all_bits__reverts(case):
    refused(case, "quorum: no signatures", right(case)._replace(signatures=[]))


def test_certificate__too_few_signatures__reverts(case):
    certificate = right(case)
    fewer = certificate._replace(signatures=certificate.signatures[:-1])
    refused(case, "quorum: too few signatures", fewer)


def test_certificate__too_many_signatures__reverts(case):
    certificate = right(case)
    extra = [*certificate.signatures, sign(key_of(case, 3), case.message)]
    refused(case, "quorum: too many signatures", certificate._replace(signatures=extra))


def test_certificate__signatures_without_bits__reverts(case):
    refused(case, "quorum: too many signatures", right(case)._replace(signers=0))


@pytest.mark.parametrize("place", [1, 2])
def test_certificate__duplicate_signature__reverts(case, place):
    certificate = right(case)
    signatures = list(certificate.signatures)
    signatures[place] = signatures[0]
    refused(case, "quorum: duplicate signature", certificate._replace(signatures=signatures))


def test_certificate__reordered_signatures__reverts(case):
    certificate = right(case)
    signatures = certificate.signatures[::-1]
    refused(case, "quorum: signature in wrong place", certificate._replace(signatures=signatures))


def test_certificate__bits_of_others__reverts(case):
    few = right(case, (2, 3, 4))
    refused(case, "quorum: signature in wrong place", few._replace(signers=0b00111))


# what was signed


def test_certificate__signature_of_a_stranger__reverts(case):
    certificate = right(case)
    signatures = [*certificate.signatures[:-1], sign(STRANGER, case.message)]
    refused(case, "quorum: signer is no member", certificate._replace(signatures=signatures))


@pytest.mark.parametrize("field", ["name", "version", "chainId", "verifyingContract"])
def test_certificate__another_domain__reverts(case, field):
    domain = {
        "name": "MetisSequencerSet",
        "version": "1",
        "chainId": L2_CHAIN_ID,
        "verifyingContract": SET_ADDRESS,
    }
    # else the test would show nothing
    assert EIP712Domain(**domain) == case.court.domain
    domain[field] = {
        "name": "MetisSequencerPool",
        "version": "2",
        # L1 itself, say
        "chainId": case.court.chain.chain_id,
        "verifyingContract": case.court.court.address,
    }[field]
    message = changed(case.message, EIP712Domain(**domain))
    refused(case, "quorum: signer is no member", case.court.certify(message))


def test_certificate__another_message__reverts(case):
    message = changed(case.message, case.court.domain, **case.other)
    refused(case, "quorum: signer is no member", case.court.certify(message))


def test_certificate__message_of_another_type__reverts(case):
    court = case.court
    is_offence = isinstance(case.message, Offence)
    message = court.correction(case.accused) if is_offence else court.offence(case.accused)
    refused(case, "quorum: signer is no member", court.certify(message))


def test_certificate__votes_for_another_committee__reverts(case):
    """The same members, in the next committee: their old votes, with the old nonce, are void."""
    court = case.court
    old_votes = court.certify(case.message)
    power = court.registry.committee(court.nonce).power
    court.wait(86_400)
    court.convene()
    case.message = changed(case.message, court.domain, committeeNonce=court.nonce)
    assert court.registry.committee(court.nonce).power <= power
    votes = dict(zip(old_votes.members, old_votes.signatures, strict=True))
    # who is in both, with its present power
    signers = {member % 2**160: votes[member] for member in old_votes.members}
    mine = [signers[member % 2**160] for member in court.members]
    bits = 2 ** len(court.members) - 1
    refused(case, "quorum: signer is no member", Certificate(court.members, bits, mine))


def test_certificate__replayed__reverts(case):
    certificate = right(case)
    case.send(case.message, certificate)
    refused(case, case.replayed, certificate)


def test_certificate__replayed_with_other_signers__reverts(case):
    """It is not the signatures that are used up."""
    case.send(case.message, right(case))
    refused(case, case.replayed, right(case, (1, 2, 3, 4)))


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


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_certificate__malformed_signature__reverts(case, change):
    refused(case, "quorum: malformed signature", with_signature(case, change))


@pytest.mark.parametrize("change", HIGH_S.values(), ids=HIGH_S)
def test_certificate__high_s__reverts(case, change):
    refused(case, "quorum: high s", with_signature(case, change))


def test_certificate__other_parity__reverts(case):
    other = with_signature(case, lambda r, y, s: (r, (1 - y) * S_BITS + s))
    refused(case, "quorum: signer is no member", other)


# the list of members


@pytest.mark.parametrize("bit", [len(POWERS), 255])
def test_certificate__bit_beyond_members__reverts(case, bit):
    certificate = right(case)
    extra = [*certificate.signatures, sign(STRANGER, case.message)]
    beyond = certificate._replace(signers=certificate.signers | 1 << bit, signatures=extra)
    refused(case, "quorum: bit beyond members", beyond)


def test_certificate__empty_committee__reverts(case):
    refused(case, "quorum: empty committee", right(case)._replace(members=[]))


WRONG_MEMBERS = {
    "two swapped": lambda members: [*members[:3], members[4], members[3]],
    "one less": lambda members: members[:-1],
    "one twice": lambda members: [*members, members[-1]],
    "a wei more": lambda members: [members[0] + (1 << 160), *members[1:]],
    "another signer": lambda members: [members[0] + 1, *members[1:]],
}


@pytest.mark.parametrize("change", WRONG_MEMBERS.values(), ids=WRONG_MEMBERS)
def test_certificate__wrong_members__reverts(case, change):
    certificate = right(case)
    wrong = certificate._replace(members=change(certificate.members))
    refused(case, "quorum: wrong members", wrong)
