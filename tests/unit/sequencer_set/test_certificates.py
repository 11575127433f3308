"""Certificates, in each function of the SequencerSet that takes one."""

from dataclasses import dataclass
from typing import ClassVar

import ape
import pytest
from eip712.messages import EIP712Domain
from eth_account import Account
from eth_keys.constants import SECPK1_N

from seqpool.protocol.certificates import Certificate
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason, as_struct
from seqpool.protocol.signatures import CompactSignature, sign
from tests.utils.epochs import METIS, ZERO, Committee, Epochs, changed

pytestmark = pytest.mark.slow

STRANGER = Account.from_key(b"\x07" * 32)
S_BITS = 2**255


@dataclass
class Reelect:
    """A vote against the signer in charge, which has stalled."""

    epochs: Epochs
    committee: Committee
    name: ClassVar = "reelect"
    # what a voter could mix up
    other: ClassVar = {"lastBlockTimestamp": 1}

    def __post_init__(self):
        self.epochs.begin(self.committee)
        self.epochs.stall()
        self.message = self.epochs.reelection(committee=self.committee)
        self.subject = self.message.failed

    def renew(self):
        """After a block has come, another vote is needed."""
        self.epochs.stall()
        self.message = self.epochs.reelection(committee=self.committee)

    def has_worked(self) -> bool:
        return self.epochs.view("reelections", self.subject) == 1


@dataclass
class Correct:
    """A vote that a barred signer has made up for its wrong block."""

    epochs: Epochs
    committee: Committee
    name: ClassVar = "correct"
    other: ClassVar = {"blockHash": b"\x01" * 32}

    def __post_init__(self):
        self.epochs.begin(self.committee)
        self.subject = self.epochs.bar(self.committee)
        self.message = self.epochs.correction(self.subject, self.committee)

    def renew(self):
        """It holds until it is used."""

    def has_worked(self) -> bool:
        return not self.epochs.view("is_barred", self.subject)


CASES = {case.name: case for case in (Reelect, Correct)}


@pytest.fixture(params=CASES)
def kind(request):
    return CASES[request.param]


@pytest.fixture
def case(kind, epochs, committee):
    return kind(epochs, committee)


def send(case, certificate):
    function = getattr(case.epochs.set, case.name)
    return function(as_struct(case.message), certificate, sender=case.epochs.stranger)


def refused(case, reason, certificate):
    before = case.epochs.state(case.subject)
    with ape.reverts(reason):
        send(case, certificate)
    assert case.epochs.state(case.subject) == before


def right(case, places=(0, 1, 2)) -> Certificate:
    return case.committee.certify(case.message, places)


def with_signature(case, change, place=1) -> Certificate:
    """Right but for one signature; `change` makes another of r, y parity and s."""
    certificate = right(case)
    r, vs = certificate.signatures[place]
    signatures = list(certificate.signatures)
    signatures[place] = CompactSignature(*change(r, vs // S_BITS, vs % S_BITS))
    return certificate._replace(signatures=signatures)


# who has signed


@pytest.mark.parametrize(
    "places",
    [(0, 1, 2), (1, 2, 3, 4), (0, 2, 3, 4), (0, 1, 3, 4), (0, 1, 2, 3, 4)],
    ids=str,
)
def test_certificate_of_two_thirds_or_more_passes(case, places):
    send(case, right(case, places))
    assert case.has_worked()


@pytest.mark.parametrize("places", [(0, 1), (1, 2, 3), (0, 1, 4)], ids=str)
def test_certificate__below_two_thirds__reverts(case, places):
    assert 3 * sum(case.committee.powers[x] for x in places) < 2 * sum(case.committee.powers)
    refused(case, "quorum: below two thirds", right(case, places))


@pytest.mark.parametrize("power", [METIS, LIMITS["CAP_CEILING"]])
@pytest.mark.parametrize("missing", [0, 1])
def test_certificate_of_exactly_two_thirds_passes_and_a_wei_less_reverts(
    kind, epochs, power, missing
):
    """2 of 3 parts; the wei moves from the signers to the one who has not signed."""
    case = kind(epochs, Committee([power, power - missing, power + missing]))
    certificate = right(case, (0, 1))
    if missing:
        refused(case, "quorum: below two thirds", certificate)
    else:
        send(case, certificate)
        assert case.has_worked()


def test_certificate_where_two_thirds_are_no_whole_number(kind, epochs):
    """Of 3,000,...,001 wei 2,000,...,000 are too few: nothing is rounded down."""
    case = kind(epochs, Committee([METIS, METIS, METIS + 1]))
    refused(case, "quorum: below two thirds", right(case, (0, 1)))
    case.renew()
    send(case, right(case, (0, 2)))
    assert case.has_worked()


def test_certificate_needs_power_and_number(kind, epochs):
    """One member with two thirds is too few, and without it all others are."""
    case = kind(epochs, Committee([METIS] * 4 + [8 * METIS]))
    refused(case, "quorum: below two thirds", right(case, (0, 1, 2, 3)))
    case.renew()
    refused(case, "quorum: too few by number", right(case, (4,)))
    case.renew()
    send(case, right(case, (1, 4)))
    assert case.has_worked()


@pytest.mark.parametrize("size, third", [(3, 1), (6, 2), (LIMITS["MAX_SEQUENCERS"], 42)])
def test_certificate_of_a_third_by_number_and_of_one_more(kind, epochs, size, third):
    """The first has 90 % of the power, so all else is a matter of heads."""
    case = kind(epochs, Committee([9 * size * METIS, *[METIS] * (size - 1)]))
    refused(case, "quorum: too few by number", right(case, range(third)))
    case.renew()
    send(case, right(case, range(third + 1)))
    assert case.has_worked()


def test_certificate_may_bear_the_vote_of_the_accused(kind, epochs):
    """It counts in the total, so its vote counts as well."""
    case = kind(epochs, Committee([METIS] * 3))
    accused = case.committee.signers.index(case.subject)
    other = (accused + 1) % 3
    refused(case, "quorum: below two thirds", right(case, (other,)))
    case.renew()
    send(case, right(case, {accused, other}))
    assert case.has_worked()


def test_certificate_of_128_members(kind, epochs):
    most = LIMITS["MAX_SEQUENCERS"]
    enough = -(-2 * most // 3)
    case = kind(epochs, Committee([METIS] * most))
    send(case, right(case, range(most - enough, most)))
    assert case.has_worked()


# how many signatures, and in what order


def test_certificate__no_signatures__reverts(case):
    refused(case, "quorum: no signatures", right(case)._replace(signers=0, signatures=[]))


def test_certificate__no_signatures_for_all_bits__reverts(case):
    """As in a known multi-signature contract: who shows no signature at all passes no check."""
    refused(case, "quorum: no signatures", right(case)._replace(signatures=[]))


def test_certificate__too_few_signatures__reverts(case):
    certificate = right(case)
    refused(
        case,
        "quorum: too few signatures",
        certificate._replace(signatures=certificate.signatures[:-1]),
    )


def test_certificate__too_many_signatures__reverts(case):
    certificate = right(case)
    extra = sign(case.committee.keys[3], case.message)
    refused(
        case,
        "quorum: too many signatures",
        certificate._replace(signatures=[*certificate.signatures, extra]),
    )


def test_certificate__signatures_without_bits__reverts(case):
    refused(case, "quorum: too many signatures", right(case)._replace(signers=0))


@pytest.mark.parametrize("place", [1, 2])
def test_certificate__duplicate_signature__reverts(case, place):
    """Signed by one in the place of another, who comes later."""
    certificate = right(case)
    signatures = list(certificate.signatures)
    signatures[place] = signatures[0]
    refused(case, "quorum: duplicate signature", certificate._replace(signatures=signatures))


def test_certificate__reordered_signatures__reverts(case):
    certificate = right(case)
    signatures = certificate.signatures[::-1]
    refused(case, "quorum: signature in wrong place", certificate._replace(signatures=signatures))


def test_certificate__bits_of_others__reverts(case):
    """A few sign, and claim the weight of the rich."""
    few = right(case, (2, 3, 4))
    refused(case, "quorum: signature in wrong place", few._replace(signers=0b00111))


# what was signed


def test_certificate__signature_of_a_stranger__reverts(case):
    certificate = right(case)
    signatures = [*certificate.signatures[:-1], sign(STRANGER, case.message)]
    refused(case, "quorum: signer is no member", certificate._replace(signatures=signatures))


def test_certificate__all_strangers__reverts(case):
    strangers = Committee(case.committee.powers, first_key=1_000)
    certificate = strangers.certify(case.message)._replace(members=case.committee.members)
    refused(case, "quorum: signer is no member", certificate)


@pytest.mark.parametrize("field", ["name", "version", "chainId", "verifyingContract"])
def test_certificate__another_domain__reverts(case, field):
    domain = {
        "name": "MetisSequencerSet",
        "version": "1",
        "chainId": case.epochs.chain.chain_id,
        "verifyingContract": case.epochs.set.address,
    }
    # else the test would show nothing
    assert EIP712Domain(**domain) == case.epochs.domain
    domain[field] = {
        "name": "MetisSequencerPool",
        "version": "2",
        "chainId": domain["chainId"] + 1,
        # a twin deployment
        "verifyingContract": STRANGER.address,
    }[field]
    message = changed(case.message, EIP712Domain(**domain))
    refused(case, "quorum: signer is no member", case.committee.certify(message))


def test_certificate__another_message__reverts(case):
    message = changed(case.message, case.epochs.domain, **case.other)
    refused(case, "quorum: signer is no member", case.committee.certify(message))


def test_certificate__message_of_another_type__reverts(case):
    epochs = case.epochs
    message = {
        Reelect: lambda: epochs.correction(case.subject),
        Correct: lambda: epochs.reelection(reason=Reason.INVALID_EXECUTION),
    }[type(case)]()
    refused(case, "quorum: signer is no member", case.committee.certify(message))


def test_certificate__votes_for_another_committee__reverts(case):
    """Members who are in both: their old votes, in which the old nonce stands, are void."""
    epochs = case.epochs
    newer = Committee(case.committee.powers, nonce=case.committee.nonce + 1)
    old_votes = right(case)
    epochs.install(newer)
    if isinstance(case, Reelect):
        # votes about this very block, but for the nonce
        epochs.stall()
        message = epochs.reelection()
        old_votes = case.committee.certify(message)
        case.message = changed(message, epochs.domain, committeeNonce=newer.nonce)
    else:
        case.message = changed(case.message, epochs.domain, committeeNonce=newer.nonce)
    refused(case, "quorum: signer is no member", old_votes)


def test_certificate__replayed__reverts(case):
    certificate = right(case)
    send(case, certificate)
    assert case.has_worked()
    before = case.epochs.state(case.subject)
    reason = {
        Reelect: "SequencerSet: wrong last block",
        Correct: "SequencerSet: not barred",
    }[type(case)]
    with ape.reverts(reason):
        send(case, certificate)
    assert case.epochs.state(case.subject) == before


# malformed signatures

MALFORMED = {
    "zero r": lambda r, y, s: (0, y * S_BITS + s),
    "zero s": lambda r, y, s: (r, y * S_BITS),
    "all zero": lambda r, y, s: (0, 0),
    "r of the curve's order": lambda r, y, s: (SECPK1_N, y * S_BITS + s),
    "greatest r": lambda r, y, s: (2**256 - 1, y * S_BITS + s),
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


NOT_THEIRS = {
    # the bound itself is not high; of whom such a signature is, nobody knows
    "s of half the order": lambda r, y, s: (r, y * S_BITS + SECPK1_N // 2),
    "other parity": lambda r, y, s: (r, (1 - y) * S_BITS + s),
    # the other valid signature of the same key: its s has a bit that the compact form uses
    "twin": lambda r, y, s: (r, SECPK1_N - s),
    "twin, cut": lambda r, y, s: (r, (1 - y) * S_BITS + (SECPK1_N - s) % S_BITS),
}


@pytest.mark.parametrize("change", NOT_THEIRS.values(), ids=NOT_THEIRS)
def test_certificate__signature_of_another_form__reverts(case, change):
    refused(case, "quorum: signer is no member", with_signature(case, change))


def test_certificate__malformed_signature_for_a_member_without_address__reverts(kind, epochs):
    """What ecrecover answers to nonsense is the zero address: it may sign for nobody."""
    committee = Committee([METIS, METIS, METIS], seed=b"a seed that draws another member...."[:32])
    committee.members[2] = METIS << 160
    assert committee.draw(0, 1) != ZERO
    case = kind.__new__(kind)
    case.epochs, case.committee = epochs, committee
    epochs.install(committee)
    epochs.stall()
    if kind is Reelect:
        message = epochs.reelection(committee=committee, failed=epochs.fallback_sequencer.address)
    else:
        message = epochs.reelection(
            committee=committee,
            failed=epochs.fallback_sequencer.address,
            reason=Reason.INVALID_EXECUTION,
        )
        epochs.reelect(message, committee.certify(message, (0, 1)))
        message = epochs.correction(epochs.fallback_sequencer.address, committee)
    case.message, case.subject = message, epochs.fallback_sequencer.address
    signed = committee.certify(message, (0,))
    forged = signed._replace(signers=0b101, signatures=[*signed.signatures, CompactSignature(0, 0)])
    refused(case, "quorum: malformed signature", forged)


# the list of members


def test_certificate__bit_beyond_members__reverts(case):
    certificate = right(case)
    for bit in (len(case.committee.members), 255):
        with case.epochs.aside():
            extra = [*certificate.signatures, sign(STRANGER, case.message)]
            refused(
                case,
                "quorum: bit beyond members",
                certificate._replace(signers=certificate.signers | 1 << bit, signatures=extra),
            )


def test_certificate__empty_committee__reverts(case):
    refused(case, "quorum: empty committee", right(case)._replace(members=[]))


WRONG_MEMBERS = {
    "reversed": lambda members: members[::-1],
    "two swapped": lambda members: [members[0], members[1], members[2], members[4], members[3]],
    "one less": lambda members: members[:-1],
    "one more": lambda members: [*members, members[0]],
    "one twice": lambda members: [*members[:-1], members[0]],
    "more power": lambda members: [members[0] + (METIS << 160), *members[1:]],
    "one of ours": lambda members: [
        *members[:-1],
        10**6 * METIS << 160 | int(STRANGER.address, 16),
    ],
}


@pytest.mark.parametrize("change", WRONG_MEMBERS.values(), ids=WRONG_MEMBERS)
def test_certificate__wrong_members__reverts(case, change):
    certificate = right(case)
    refused(
        case,
        "quorum: wrong members",
        certificate._replace(members=change(case.committee.members)),
    )


def test_certificate__committee_of_an_impostor__reverts(case):
    """All is right, but nobody has sent this committee."""
    ours = Committee(case.committee.powers, nonce=case.committee.nonce, first_key=1_000)
    refused(case, "quorum: wrong members", ours.certify(case.message))
