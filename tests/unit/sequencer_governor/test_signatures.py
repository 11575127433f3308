"""Whose signatures SequencerGovernor.attest and relink_vote take: one rule, in two functions"""

from collections.abc import Callable
from typing import NamedTuple

import ape
import pytest
from eip712.messages import EIP712Message
from eth_account.messages import encode_defunct
from eth_keys.constants import SECPK1_N
from eth_utils import keccak

from seqpool.protocol.messages import Tally, digest, domain_of, governor_domain
from seqpool.protocol.signatures import CompactSignature, compact, sign
from tests.utils.parliament import (
    ATTESTERS,
    ENOUGH,
    GOVERNANCE,
    QUORUM,
    Parliament,
    Signatures,
    State,
)
from tests.utils.system import DAY

pytestmark = pytest.mark.slow

FUNCTIONS = ("attest", "relink_vote")
STRANGER = ATTESTERS  # the key of no attester
NO_ATTESTER = "attesters: signer is no attester"


class Case(NamedTuple):
    """A message that one of the functions takes, and how it is given with signatures."""

    parliament: Parliament
    id: int
    message: EIP712Message
    send: Callable

    def signed(self, places=range(ENOUGH)) -> Signatures:
        return self.parliament.sign(self.message, places)

    def refused(self, signatures: Signatures, reason: str):
        with ape.reverts(reason):
            self.send(signatures)

    def with_one(self, signature: CompactSignature, place=1) -> Signatures:
        """Enough signatures, of which one is replaced."""
        good = self.signed()
        signatures = list(good.signatures)
        signatures[place] = signature
        return good._replace(signatures=signatures)


@pytest.fixture(params=FUNCTIONS)
def case(request, parliament) -> Case:
    if request.param == "attest":
        id = parliament.to(State.ENDED)
        return Case(
            *(parliament, id, parliament.tally(id)), lambda given: parliament.attest(id, given)
        )
    id = parliament.propose()
    ends_at = parliament.now() + 3 * DAY
    return Case(
        *(parliament, id, parliament.vote_link(id, endsAt=ends_at)),
        lambda given: parliament.relink(id, given, endsAt=ends_at),
    )


def test_enough_attesters(case):
    case.send(case.signed())


@pytest.mark.parametrize("places", [(0, 1, 2, 3, 4), (0, 2, 4), (2, 3, 4), (1, 2, 3, 4)])
def test_any_of_them(case, places):
    case.send(case.signed(places))


def test_no_signatures__reverts(case):
    for signers in (0, 0b111):
        case.refused(Signatures(signers, []), "attesters: no signatures")


@pytest.mark.parametrize("places", [(0,), (4,), (0, 1), (3, 4)])
def test_too_few__reverts(case, places):
    case.refused(case.signed(places), "attesters: too few have signed")


def test_duplicate__reverts(case):
    """One attester's signature cannot stand for another's."""
    good = case.signed()
    for places in ((0, 0, 2), (0, 1, 1), (0, 1, 0)):
        signatures = [good.signatures[place] for place in places]
        case.refused(good._replace(signatures=signatures), "attesters: duplicate signature")


def test_duplicate_without_a_bit__reverts(case):
    good = case.signed((0, 1))
    doubled = [*good.signatures, good.signatures[1]]
    case.refused(good._replace(signatures=doubled), "attesters: more signatures than bits")


def test_duplicate_in_its_other_form__reverts(case):
    good = case.signed()
    r, vs = good.signatures[0]
    mirrored = SECPK1_N - vs % 2**255
    for other_vs in (mirrored, mirrored ^ 1 << 255):
        case.refused(case.with_one(CompactSignature(r, other_vs)), NO_ATTESTER)


@pytest.mark.parametrize("place", range(ENOUGH))
def test_stranger__reverts(case, place):
    key = case.parliament.keys_of_attesters[STRANGER]
    case.refused(case.with_one(sign(key, case.message), place), NO_ATTESTER)


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0)])
def test_reordered__reverts(case, order):
    good = case.signed()
    signatures = [good.signatures[place] for place in order]
    case.refused(good._replace(signatures=signatures), "attesters: signature in wrong place")


@pytest.mark.parametrize("signers", [0b1110, 0b1011, 0b11100])
def test_under_anothers_bit__reverts(case, signers):
    good = case.signed()
    case.refused(good._replace(signers=signers), "attesters: signature in wrong place")


@pytest.mark.parametrize("bit", [ATTESTERS, 16, 128, 255])
def test_bit_beyond__reverts(case, bit):
    good = case.signed(range(ATTESTERS))
    key = case.parliament.keys_of_attesters[STRANGER]
    more = [*good.signatures, sign(key, case.message)]
    for signatures in (good.signatures, more):
        case.refused(
            Signatures(good.signers | 1 << bit, signatures), "attesters: bit beyond attesters"
        )


def test_fewer_signatures_than_bits__reverts(case):
    good = case.signed((0, 1, 2, 3))
    short = good._replace(signatures=good.signatures[:-1])
    case.refused(short, "attesters: fewer signatures than bits")


def test_more_signatures_than_bits__reverts(case):
    good = case.signed((0, 1, 2, 3))
    case.refused(good._replace(signers=0b111), "attesters: more signatures than bits")


@pytest.mark.parametrize("s", [SECPK1_N // 2 + 1, 2**255 - 1])
def test_high_s__reverts(case, s):
    for parity in (0, 1):
        high = CompactSignature(case.signed().signatures[1].r, parity << 255 | s)
        case.refused(case.with_one(high), "ecdsa: invalid signature `s` value")


@pytest.mark.parametrize("form", ["zeros", "zero r", "zero s", "order as r", "no point"])
def test_malformed__reverts(case, form):
    r, vs = case.signed().signatures[1]
    signature = {
        "zeros": (0, 0),
        "zero r": (0, vs),
        "zero s": (r, 1 << 255),
        "order as r": (SECPK1_N, vs),
        # no point has this x
        "no point": (5, vs),
    }[form]
    case.refused(case.with_one(CompactSignature(*signature)), "ecdsa: invalid signature")


# of something else


def changed(message: EIP712Message, domain=None, **changes) -> EIP712Message:
    """The same message in another domain, or with other fields."""
    fields = {
        name: getattr(message, name)
        for name in type(message).model_fields
        if name != "eip712_domain"
    }
    return type(message)(eip712_domain=domain or domain_of(message), **fields | changes)


@pytest.mark.parametrize("what", ["chain", "contract", "name", "version"])
def test_wrong_domain__reverts(case, what):
    parliament = case.parliament
    domain = {
        "chain": parliament.signing_domain(chain_id=parliament.chain.chain_id + 1),
        "contract": governor_domain(parliament.chain.chain_id, parliament.timelock.address),
        "name": parliament.signing_domain().model_copy(update={"name": "MetisSequencerPool"}),
        "version": parliament.signing_domain().model_copy(update={"version": "2"}),
    }[what]
    case.refused(parliament.sign(changed(case.message, domain)), NO_ATTESTER)


def test_wrong_message__reverts(case):
    """Every field is signed."""
    for name, value in {
        "proposalId": case.id + 1,
        "actionsHash": keccak(text="other actions"),
        "snapshotId": keccak(text="other vote"),
        "endsAt": case.message.endsAt + 1,
        "forVotes": QUORUM + 1,
        "againstVotes": 1,
        "abstainVotes": 1,
        "voters": 501,
        "votesRoot": keccak(text="other votes"),
        "nonce": 1,
    }.items():
        if name in type(case.message).model_fields:
            other = case.parliament.sign(changed(case.message, **{name: value}))
            case.refused(other, NO_ATTESTER)


def test_message_of_the_other_function__reverts(case):
    parliament, id = case.parliament, case.id
    other = parliament.vote_link(id) if isinstance(case.message, Tally) else parliament.tally(id)
    case.refused(parliament.sign(other), NO_ATTESTER)


def test_plain_text_of_the_digest__reverts(case):
    """What a wallet signs as text (EIP-191) is no EIP-712 signature."""
    key = case.parliament.keys_of_attesters[1]
    signed = key.sign_message(encode_defunct(digest(case.message)))
    case.refused(case.with_one(compact(signed.v, signed.r, signed.s)), NO_ATTESTER)


# of other attesters


@pytest.fixture
def replaced(parliament):
    """A vote that keeps the last two of the attesters can be executed at any time."""
    members = parliament.attesters(ATTESTERS, first=3)
    action = parliament.call(parliament.governor.set_attesters, members, ENOUGH)
    return parliament.to(State.READY, action, kind=GOVERNANCE)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_replaced_attesters__reverts(parliament, replaced, function):
    """What the former ones have signed and nobody has sent is void."""
    id = parliament.to(State.ENDED)
    if function == "attest":
        message, send = parliament.tally(id), parliament.attest
    else:
        ends_at = parliament.now() + 3 * DAY
        message = parliament.vote_link(id, endsAt=ends_at)

        def send(id, signatures):
            return parliament.relink(id, signatures, endsAt=ends_at)

    former = parliament.sign(message), parliament.sign(message, (2, 3, 4))
    parliament.execute(replaced)
    for signatures in former:
        with ape.reverts(NO_ATTESTER):
            send(id, signatures)
    # who is still one stands in another place
    with ape.reverts("attesters: signature in wrong place"):
        send(id, parliament.sign(message, (3, 4)))
    send(id, parliament.sign(message, keys=parliament.keys_of_attesters[3:]))


def test_one_attester_of_three(parliament):
    """The smallest number is three, of whom two sign."""
    governor = parliament.governor
    action = parliament.call(governor.set_attesters, parliament.attesters(3), 2)
    parliament.decide(action)
    id = parliament.to(State.ENDED)
    with ape.reverts("attesters: too few have signed"):
        parliament.attest(id, parliament.sign(parliament.tally(id), (1,)))
    parliament.attest(id, parliament.sign(parliament.tally(id), (0, 2)))
    assert parliament.state(id) == State.QUEUED
