"""contracts/modules/signing/attesters.vy, against a naive model"""

import random

import boa
import pytest
from eth_keys.constants import SECPK1_N
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.signatures import CompactSignature, compact
from tests.utils.system import ZERO

SOURCE = """
# pragma version 0.4.3
from contracts.modules.signing import attesters as attestation
from contracts.modules import limits

initializes: attestation

exports: (attestation.attesters, attestation.attestation_threshold)

@deploy
def __init__(members: DynArray[address, limits.MAX_ATTESTERS], threshold: uint256):
    attestation.__init__(members, threshold)

@external
def set(members: DynArray[address, limits.MAX_ATTESTERS], threshold: uint256):
    attestation._appoint(members, threshold)

@external
@view
def check(signatures: attestation.Signatures, digest: bytes32):
    attestation._check(signatures, digest)
"""

FEWEST, MOST = LIMITS["ATTESTERS_FLOOR"], LIMITS["MAX_ATTESTERS"]
DIGEST, OTHER_DIGEST = keccak(text="digest"), keccak(text="another")
KEYS = [PrivateKey(number.to_bytes(32, "big")) for number in range(1, MOST + 2)]
NAMES = [key.public_key.to_checksum_address() for key in KEYS]
STRANGER = MOST


def sign(key, digest=DIGEST):
    v, r, s = key.sign_msg_hash(digest).vrs
    return compact(v + 27, r, s)


RIGHT = [sign(key) for key in KEYS]
OF_OTHER_DIGEST = [sign(key, OTHER_DIGEST) for key in KEYS]
MALFORMED = CompactSignature(0, 0)
HIGH_S = CompactSignature(RIGHT[0].r, SECPK1_N // 2 + 1)


@pytest.fixture(scope="module")
def contract():
    return boa.loads(SOURCE, NAMES[:5], 3)


def name(contract, count, threshold):
    contract.set(NAMES[:count], threshold)


# ---------------------------------------------------------------- who they are


@pytest.mark.parametrize("count", range(FEWEST, MOST + 1))
def test_set_takes_more_than_half_up_to_all(contract, count):
    members = NAMES[:count]
    for threshold in range(MOST + 2):
        with boa.env.anchor():
            if count < 2 * threshold <= 2 * count:
                contract.set(members, threshold)
                assert list(contract.attesters()) == members
                assert contract.attestation_threshold() == threshold
            else:
                with boa.reverts("attesters: bad threshold"):
                    contract.set(members, threshold)


@pytest.mark.parametrize("threshold", [2**255, 2**255 + 2, 2**256 - 1])
def test_set__threshold_that_overflows__reverts(contract, threshold):
    """Twice 2**255 is 0: the compiler does not let it come to that."""
    with boa.reverts():
        contract.set(NAMES[:3], threshold)


@pytest.mark.parametrize("count", range(FEWEST))
def test_set__too_few__reverts(contract, count):
    for threshold in range(count + 2):
        with boa.reverts("attesters: too few"):
            contract.set(NAMES[:count], threshold)


def test_set__too_many__reverts(contract):
    with pytest.raises(Exception, match=r"\[17\]|invalid|bound|size|encod"):
        contract.set([*NAMES], 9)


@pytest.mark.parametrize("place", range(4))
def test_set__zero_address__reverts(contract, place):
    members = NAMES[:4]
    members[place] = ZERO
    with boa.reverts("attesters: zero address"):
        contract.set(members, 3)


@pytest.mark.parametrize("one", range(MOST))
def test_set__named_twice__reverts(contract, one):
    members = NAMES[:MOST]
    for other in range(MOST):
        if other != one:
            with boa.reverts("attesters: named twice"):
                contract.set([*members[:other], members[one], *members[other + 1 :]], 9)


def test_set_leaves_nobody_of_a_longer_list(contract):
    with boa.env.anchor():
        name(contract, MOST, MOST)
        name(contract, 3, 2)
        with boa.reverts("attesters: bit beyond attesters"):
            contract.check((0b1011, [RIGHT[0], RIGHT[1], RIGHT[3]]), DIGEST)
        contract.check((0b101, [RIGHT[0], RIGHT[2]]), DIGEST)


def test_set_emits(contract):
    with boa.env.anchor():
        name(contract, 4, 3)
        (event,) = contract.get_logs()
        assert (list(event.members), event.threshold) == (NAMES[:4], 3)


@pytest.mark.slow
def test_constructor_goes_the_same_way():
    for members, threshold, reason in (
        (NAMES[:2], 2, "attesters: too few"),
        (NAMES[:4], 2, "attesters: bad threshold"),
        ([*NAMES[:3], ZERO], 3, "attesters: zero address"),
        ([*NAMES[:3], NAMES[0]], 3, "attesters: named twice"),
    ):
        with boa.reverts(reason):
            boa.loads(SOURCE, members, threshold)


# ---------------------------------------------------------------- what they sign


@pytest.mark.parametrize("count", [3, 4, 5, 9, MOST])
def test_check_asks_for_the_threshold(contract, count):
    shuffled = random.Random(count)
    for threshold in {count // 2 + 1, count}:
        with boa.env.anchor():
            name(contract, count, threshold)
            for signed in (threshold - 1, threshold, count):
                places = sorted(shuffled.sample(range(count), signed))
                given = sum(1 << x for x in places), [RIGHT[x] for x in places]
                if signed < threshold:
                    with boa.reverts("attesters: too few have signed"):
                        contract.check(given, DIGEST)
                else:
                    contract.check(given, DIGEST)


def model(count: int, threshold: int, signers: int, signatures: list) -> str | None:
    """Why signatures are refused, in words as plain as can be. Each is a pair: whose, of what."""
    bits = [place for place in range(256) if signers >> place & 1]
    if not signatures:
        return "attesters: no signatures"
    if bits and bits[-1] >= count:
        return "attesters: bit beyond attesters"
    good = []
    for place, signature in zip(bits, signatures, strict=False):
        if signature == "high s":
            return "ecdsa: invalid signature `s` value"
        if signature == "malformed":
            return "ecdsa: invalid signature"
        who, is_right = signature
        if not is_right or who >= count:
            return "attesters: signer is no attester"
        if who in good:
            return "attesters: duplicate signature"
        if who != place:
            return "attesters: signature in wrong place"
        good.append(who)
    if len(bits) > len(signatures):
        return "attesters: fewer signatures than bits"
    if len(bits) < len(signatures):
        return "attesters: more signatures than bits"
    return None if len(good) >= threshold else "attesters: too few have signed"


SIGNATURE = st.one_of(
    st.tuples(st.integers(0, MOST), st.sampled_from([True, True, True, False])),
    st.sampled_from(["high s", "malformed"]),
)


def form(signature) -> CompactSignature:
    if isinstance(signature, str):
        return HIGH_S if signature == "high s" else MALFORMED
    who, is_right = signature
    return (RIGHT if is_right else OF_OTHER_DIGEST)[who]


@pytest.mark.slow
@given(st.data(), st.integers(FEWEST, MOST))
@settings(max_examples=300)
def test_check_agrees_with_the_model(contract, data, count):
    """Right lists with a few things wrong in them, so that every reason comes up."""
    threshold = data.draw(st.integers(count // 2 + 1, count))
    places = sorted(data.draw(st.sets(st.integers(0, count - 1))))
    signers = sum(1 << place for place in places)
    signatures: list = [(place, True) for place in places]
    for _ in range(data.draw(st.integers(0, 2))):
        match data.draw(st.sampled_from(["swap", "drop", "add", "flip", "replace"])):
            case "swap" if len(signatures) > 1:
                signatures[0], signatures[-1] = signatures[-1], signatures[0]
            case "drop" if signatures:
                signatures.pop(data.draw(st.integers(0, len(signatures) - 1)))
            case "add" if len(signatures) < MOST:
                signatures.insert(data.draw(st.integers(0, len(signatures))), data.draw(SIGNATURE))
            case "flip":
                signers ^= 1 << data.draw(st.sampled_from([*range(MOST + 1), 128, 255]))
            case "replace" if signatures:
                signatures[data.draw(st.integers(0, len(signatures) - 1))] = data.draw(SIGNATURE)
    reason = model(count, threshold, signers, signatures)
    with boa.env.anchor():
        name(contract, count, threshold)
        given_now = signers, [form(x) for x in signatures]
        if reason is None:
            contract.check(given_now, DIGEST)
        else:
            with boa.reverts(reason):
                contract.check(given_now, DIGEST)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
@settings(max_examples=60)
def test_check_takes_no_garbage(contract, digest, r, vs):
    """Whoever it recovers to is no attester."""
    with boa.reverts():
        contract.check((0b111, [RIGHT[0], RIGHT[1], (r, vs)]), DIGEST)
    with boa.reverts():
        contract.check((0b111, RIGHT[:3]), digest)
