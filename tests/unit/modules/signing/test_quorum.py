"""contracts/modules/signing/quorum.vy, against a naive model and seqpool.protocol.certificates"""

import random
from fractions import Fraction

import boa
import pytest
from eth_keys.constants import SECPK1_N
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.certificates import Certificate, recover, tally
from seqpool.protocol.committee import Member, committee_hash, member, word
from seqpool.protocol.messages import Correction, digest, set_domain
from seqpool.protocol.signatures import CompactSignature, compact

SOURCE = """
# pragma version 0.4.3
from contracts.modules import limits
from contracts.modules.signing import quorum

@external
@pure
def check(
    certificate: quorum.Certificate, nonce: uint256, committee_hash: bytes32, digest: bytes32
) -> uint256:
    return quorum._check(certificate, nonce, committee_hash, digest)

@external
@pure
def check_members(
    members: DynArray[uint256, limits.MAX_SEQUENCERS], nonce: uint256, committee_hash: bytes32
) -> uint256:
    return quorum._check_members(members, nonce, committee_hash)
"""

PASSES, LACKS_POWER, LACKS_NUMBER = None, "quorum: below two thirds", "quorum: too few by number"
MOST = 128
SIZES = [1, 2, 3, 4, 20, 50, 100, MOST]
LARGEST_POWER = 2**96 - 1
NONCE = 7
MESSAGE = Correction(
    eip712_domain=set_domain(1088, "0x" + 40 * "1"),
    committeeNonce=NONCE,
    epoch=3,
    blockNumber=4,
    blockHash=32 * b"\x05",
    signer="0x" + 40 * "2",
)
DIGEST = digest(MESSAGE)

KEYS = [PrivateKey(number.to_bytes(32, "big")) for number in range(1, MOST + 2)]
SIGNERS = [key.public_key.to_checksum_address() for key in KEYS]
STRANGER = MOST  # the key of no member


def sign(key, message_digest=DIGEST):
    v, r, s = key.sign_msg_hash(message_digest).vrs
    return compact(v + 27, r, s)


SIGNATURES = [sign(key) for key in KEYS]


def committee(powers):
    """Words of a committee of the first keys."""
    return [word(Member(power, signer)) for power, signer in zip(powers, SIGNERS, strict=False)]


def certificate(powers, places):
    """Signed by the members in these places."""
    places = sorted(places)
    return Certificate(
        committee(powers), sum(1 << place for place in places), [SIGNATURES[p] for p in places]
    )


def model(given, nonce, expected_hash, message_digest):
    """The committee's power, or why the certificate is refused: in words as plain as can be."""
    members = [member(each) for each in given.members]
    bits = [place for place in range(256) if given.signers >> place & 1]
    if not members:
        return "quorum: empty committee"
    if not given.signatures:
        return "quorum: no signatures"
    if committee_hash(nonce, given.members) != expected_hash:
        return "quorum: wrong members"
    if any(place >= len(members) for place in bits):
        return "quorum: bit beyond members"
    found = []
    for place, signature in zip(bits, given.signatures, strict=False):
        if signature.vs % 2**255 > SECPK1_N // 2:
            return "quorum: high s"
        signer = recover(message_digest, signature)
        if signer is None:
            return "quorum: malformed signature"
        if signer != members[place].signer:
            if signer in found:
                return "quorum: duplicate signature"
            if signer in [one.signer for one in members]:
                return "quorum: signature in wrong place"
            return "quorum: signer is no member"
        found.append(signer)
    if len(bits) > len(given.signatures):
        return "quorum: too few signatures"
    if len(bits) < len(given.signatures):
        return "quorum: too many signatures"
    power = sum(one.power for one in members)
    signed = sum(members[place].power for place in bits)
    if signed == 0 or Fraction(signed, power) < Fraction(2, 3):
        return LACKS_POWER
    if Fraction(len(bits), len(members)) <= Fraction(1, 3):
        return LACKS_NUMBER
    return power


@pytest.fixture(scope="module")
def quorum():
    return boa.loads(SOURCE)


def check(quorum, given, nonce=NONCE, message_digest=DIGEST):
    return quorum.check(given, nonce, committee_hash(nonce, given.members), message_digest)


# ---------------------------------------------------------------- power and number


@pytest.mark.parametrize("size", SIZES[2:])
def test_exactly_two_thirds_pass_and_one_wei_less_does_not(quorum, size):
    shuffled = random.Random(size)
    silent = shuffled.sample(range(size), size // 3)
    powers = [shuffled.randrange(1, LARGEST_POWER // MOST) for _ in range(size)]
    signed = [place for place in range(size) if place not in silent]
    # who has signed holds twice what the others do
    powers[signed[0]] += sum(powers[place] for place in signed) % 2
    powers[silent[0]] = 0
    rest = sum(powers[place] for place in signed) // 2 - sum(powers[place] for place in silent)
    assert 1 < rest <= LARGEST_POWER
    powers[silent[0]] = rest
    total = sum(powers)
    assert 3 * sum(powers[place] for place in signed) == 2 * total

    assert check(quorum, certificate(powers, signed)) == total
    powers[silent[0]] -= 1
    assert check(quorum, certificate(powers, signed)) == total - 1
    powers[silent[0]] += 2
    with boa.reverts(LACKS_POWER):
        check(quorum, certificate(powers, signed))
    powers[silent[0]] -= 1
    powers[signed[0]] -= 1
    with boa.reverts(LACKS_POWER):
        check(quorum, certificate(powers, signed))


@pytest.mark.parametrize(
    "powers, places, verdict",
    [
        ([1], [0], PASSES),
        ([1, 1], [0, 1], PASSES),
        ([1, 1], [0], LACKS_POWER),
        ([1, 1, 1], [0, 2], PASSES),
        ([1, 1, 1], [1], LACKS_POWER),
        # a third of three wei is no integer: nothing is rounded
        ([1, 1, 1, 1], [0, 1], LACKS_POWER),
        ([1, 1, 1, 1], [0, 1, 3], PASSES),
        ([2, 1, 2], [0, 1], LACKS_POWER),
        # one dominant member cannot act alone, and nothing passes without it
        ([100, 1, 1, 1], [0], LACKS_NUMBER),
        ([100, 1, 1, 1], [0, 3], PASSES),
        ([100, 1, 1, 1], [1, 2, 3], LACKS_POWER),
        ([2, 1], [0], PASSES),
        # no power, no vote; but who has none is one of the members
        ([0, 0, 3], [0, 1], LACKS_POWER),
        ([0, 0, 3], [2], LACKS_NUMBER),
        ([0, 0, 3], [1, 2], PASSES),
        ([0, 2, 1], [0, 1], PASSES),
    ],
)
def test_small_committees(quorum, powers, places, verdict):
    if verdict is PASSES:
        assert check(quorum, certificate(powers, places)) == sum(powers)
    else:
        with boa.reverts(verdict):
            check(quorum, certificate(powers, places))


# members, and the most of them who are a third or fewer
THIRDS = [(2, 0), (3, 1), (4, 1), (5, 1), (6, 2), (7, 2), (20, 6), (50, 16), (MOST, 42)]


@pytest.mark.parametrize("size, third", THIRDS)
def test_a_third_by_number_is_too_few_and_one_more_is_enough(quorum, size, third):
    """Whoever signs first has nearly all the power; the rest is a matter of heads."""
    powers = [LARGEST_POWER, *(size - 1) * [1]]
    random.Random(size).shuffle(powers)
    large = powers.index(LARGEST_POWER)
    others = [place for place in range(size) if place != large]
    enough = [large, *others[:third]]
    assert len(enough) == third + 1
    assert check(quorum, certificate(powers, enough)) == sum(powers)
    if third:
        with boa.reverts(LACKS_NUMBER):
            check(quorum, certificate(powers, enough[:-1]))
        with boa.reverts(LACKS_NUMBER):
            check(quorum, certificate(powers, [large]))


@pytest.mark.parametrize("powers, places", [([1, 1, 1, 1], [0]), ([0, 0, 0], [1])])
def test_power_is_counted_before_number(quorum, powers, places):
    """Which of two reasons it is must not be chance: watchers and operators read it."""
    with boa.reverts(LACKS_POWER):
        check(quorum, certificate(powers, places))


@pytest.mark.parametrize("size", SIZES)
def test_nothing_overflows_with_the_largest_powers(quorum, size):
    powers = size * [LARGEST_POWER]
    enough = -(-2 * size // 3)
    assert check(quorum, certificate(powers, range(size))) == size * LARGEST_POWER
    assert check(quorum, certificate(powers, range(size - enough, size))) == size * LARGEST_POWER
    if enough > 1:
        with boa.reverts(LACKS_POWER):
            check(quorum, certificate(powers, range(enough - 1)))


@pytest.mark.slow
@given(st.data(), st.integers(1, MOST))
@settings(max_examples=40)
def test_certificates_of_python_and_of_the_contract_agree(quorum, data, size):
    """Of loose signatures in any order, some of them twice or of a stranger."""
    powers = data.draw(st.lists(st.integers(0, LARGEST_POWER), min_size=size, max_size=size))
    loose = [*data.draw(st.permutations(range(size))), STRANGER]
    loose = loose[data.draw(st.integers(0, size)) :]
    found = tally(MESSAGE, committee(powers), [SIGNATURES[p] for p in [*loose, *loose[:3]]])
    turnout = found.turnout
    assert (turnout.power, turnout.members) == (sum(powers), size)
    assert turnout.signers == len(found.certificate.signatures)
    if found.is_valid:
        assert check(quorum, found.certificate) == turnout.power
        assert turnout.missing_power == turnout.missing_signers == 0
    else:
        reason = LACKS_POWER if turnout.missing_power else LACKS_NUMBER
        with boa.reverts(reason if turnout.signers else "quorum: no signatures"):
            check(quorum, found.certificate)


# ---------------------------------------------------------------- wrong in one way

THREE = [4, 5, 6]


def test_check__empty_committee__reverts(quorum):
    with boa.reverts("quorum: empty committee"):
        check(quorum, Certificate([], 0, []))
    # not even when somebody has signed
    with boa.reverts("quorum: empty committee"):
        check(quorum, Certificate([], 1, [SIGNATURES[0]]))


def test_check__no_committee_was_installed__reverts(quorum):
    with boa.reverts("quorum: wrong members"):
        quorum.check(certificate(THREE, range(3)), 0, bytes(32), DIGEST)
    with boa.reverts("quorum: empty committee"):
        quorum.check(Certificate([], 0, []), 0, bytes(32), DIGEST)


@pytest.mark.parametrize("signers", [0, 1, 0b111])
def test_check__no_signatures__reverts(quorum, signers):
    with boa.reverts("quorum: no signatures"):
        check(quorum, Certificate(committee(THREE), signers, []))


@pytest.mark.parametrize(
    "powers",
    [
        [5, 4, 6],
        [4, 5],
        [4, 5, 6, 0],
        [4, 5, 7],
        [15],
    ],
)
def test_check__other_list__reverts(quorum, powers):
    listed = certificate(powers, range(len(powers)))
    with boa.reverts("quorum: wrong members"):
        quorum.check(listed, NONCE, committee_hash(NONCE, committee(THREE)), DIGEST)


def test_check__other_order__reverts(quorum):
    words = committee(THREE)
    listed = Certificate(words[::-1], 0b111, SIGNATURES[:3][::-1])
    with boa.reverts("quorum: wrong members"):
        quorum.check(listed, NONCE, committee_hash(NONCE, words), DIGEST)


def test_check__same_list_of_another_nonce__reverts(quorum):
    listed = certificate(THREE, range(3))
    right = committee_hash(NONCE, listed.members)
    for nonce in (0, NONCE - 1, NONCE + 1):
        with boa.reverts("quorum: wrong members"):
            quorum.check(listed, nonce, right, DIGEST)


@pytest.mark.parametrize("size", [1, 3, 127, MOST])
@pytest.mark.parametrize("beyond", [0, 1, 127])
def test_check__bit_beyond_members__reverts(quorum, size, beyond):
    good = certificate(size * [1], range(size))
    signers = good.signers | 1 << min(size + beyond, 255)
    # with as many signatures as bits, where that many fit
    signatures = [*good.signatures, SIGNATURES[STRANGER]][:MOST]
    with boa.reverts("quorum: bit beyond members"):
        check(quorum, good._replace(signers=signers, signatures=signatures))
    with boa.reverts("quorum: bit beyond members"):
        check(quorum, good._replace(signers=signers))


@pytest.mark.parametrize("size", [3, 20, MOST])
def test_check__too_few_signatures__reverts(quorum, size):
    good = certificate(size * [1], range(size))
    # the others would be enough
    with boa.reverts("quorum: too few signatures"):
        check(quorum, good._replace(signatures=good.signatures[:-1]))


@pytest.mark.parametrize("extra", [0, 2, STRANGER])
def test_check__too_many_signatures__reverts(quorum, extra):
    good = certificate(THREE, range(2))
    with boa.reverts("quorum: too many signatures"):
        check(quorum, good._replace(signatures=[*good.signatures, SIGNATURES[extra]]))


def test_check__signature_without_a_bit__reverts(quorum):
    with boa.reverts("quorum: too many signatures"):
        check(quorum, certificate(THREE, range(3))._replace(signers=0))


@pytest.mark.parametrize("size", [3, 20, MOST])
def test_check__duplicate__reverts(quorum, size):
    """One member's signature cannot stand for another's vote."""
    good = certificate(size * [1], range(size))
    for place in (1, size - 1):
        signatures = list(good.signatures)
        signatures[place] = signatures[0]
        with boa.reverts("quorum: duplicate signature"):
            check(quorum, good._replace(signatures=signatures))


def test_check__duplicate_for_the_number__reverts(quorum):
    """A large member that signs twice is one by number."""
    alone = certificate([100, 1, 1], [0])
    with boa.reverts("quorum: duplicate signature"):
        check(quorum, alone._replace(signers=0b11, signatures=2 * alone.signatures))


def test_check__duplicate_in_its_other_form__reverts(quorum):
    """The signature that anybody can make of another has a high s, which does not fit: cut off, it
    is a stranger's."""
    good = certificate(THREE, range(2))
    r, vs = good.signatures[0]
    mirrored = SECPK1_N - vs % 2**255
    for other_vs in (mirrored, mirrored ^ 1 << 255):
        signatures = [good.signatures[0], CompactSignature(r, other_vs)]
        with boa.reverts("quorum: signer is no member"):
            check(quorum, good._replace(signatures=signatures))


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0)])
def test_check__reordered__reverts(quorum, order):
    good = certificate(THREE, range(3))
    with boa.reverts("quorum: signature in wrong place"):
        check(quorum, good._replace(signatures=[good.signatures[place] for place in order]))


@pytest.mark.parametrize("signers", [0b110, 0b101])
def test_check__signature_under_anothers_bit__reverts(quorum, signers):
    good = certificate(THREE, range(2))
    with boa.reverts("quorum: signature in wrong place"):
        check(quorum, good._replace(signers=signers))


@pytest.mark.parametrize("place", range(3))
def test_check__stranger__reverts(quorum, place):
    good = certificate(THREE, range(3))
    signatures = list(good.signatures)
    signatures[place] = SIGNATURES[STRANGER]
    with boa.reverts("quorum: signer is no member"):
        check(quorum, good._replace(signatures=signatures))


def test_check__other_message__reverts(quorum):
    with boa.reverts("quorum: signer is no member"):
        check(quorum, certificate(THREE, range(3)), message_digest=keccak(DIGEST))


def test_check__one_signature_of_another_message__reverts(quorum):
    good = certificate(THREE, range(3))
    signatures = [*good.signatures[:2], sign(KEYS[2], keccak(DIGEST))]
    with boa.reverts("quorum: signer is no member"):
        check(quorum, good._replace(signatures=signatures))


@pytest.mark.parametrize(
    "signature",
    [
        CompactSignature(0, 0),
        CompactSignature(0, SIGNATURES[1].vs),
        CompactSignature(SIGNATURES[1].r, 0),
        CompactSignature(SIGNATURES[1].r, 1 << 255),
        CompactSignature(SECPK1_N, SIGNATURES[1].vs),
        CompactSignature(2**256 - 1, SIGNATURES[1].vs),
        # no point has this x
        CompactSignature(5, SIGNATURES[1].vs),
    ],
)
def test_check__malformed__reverts(quorum, signature):
    good = certificate(THREE, range(2))
    with boa.reverts("quorum: malformed signature"):
        check(quorum, good._replace(signatures=[good.signatures[0], signature]))


def test_check__malformed_for_a_member_without_address__reverts(quorum):
    """ecrecover answers zero to nonsense, and that is nobody's consent."""
    words = [word(Member(1, "0x" + 40 * "0")), *committee([1, 1])]
    nonsense = CompactSignature(0, 0)
    with boa.reverts("quorum: malformed signature"):
        check(quorum, Certificate(words, 0b111, [nonsense, *SIGNATURES[:2]]))


@pytest.mark.parametrize("s", [SECPK1_N // 2 + 1, 2**255 - 1])
@pytest.mark.parametrize("parity", [0, 1])
def test_check__high_s__reverts(quorum, s, parity):
    good = certificate(THREE, range(2))
    high = CompactSignature(good.signatures[1].r, parity << 255 | s)
    with boa.reverts("quorum: high s"):
        check(quorum, good._replace(signatures=[good.signatures[0], high]))


def test_check__largest_low_s_is_not_high__reverts(quorum):
    """It is somebody's signature, if only a stranger's."""
    good = certificate(THREE, range(2))
    low = CompactSignature(good.signatures[1].r, SECPK1_N // 2)
    with boa.reverts("quorum: signer is no member"):
        check(quorum, good._replace(signatures=[good.signatures[0], low]))


def test_check__no_power_at_all__reverts(quorum):
    """Nothing is two thirds of nothing, but it is no quorum."""
    with boa.reverts(LACKS_POWER):
        check(quorum, certificate([0, 0, 0], range(3)))


# ---------------------------------------------------------------- wrong in any way


CHANGES = (
    *("flip r", "flip vs", "swap", "copy", "drop", "add"),
    *("flip bit", "flip member", "drop member"),
)


def apply(good, change, at, to):
    """The certificate with one thing changed."""
    members, signers, signatures = list(good.members), good.signers, list(good.signatures)
    one, other = at % len(signatures), to % len(signatures)
    if change == "flip r":
        signatures[one] = CompactSignature(signatures[one].r ^ 1 << to % 256, signatures[one].vs)
    elif change == "flip vs":
        signatures[one] = CompactSignature(signatures[one].r, signatures[one].vs ^ 1 << to % 256)
    elif change == "swap":
        signatures[one], signatures[other] = signatures[other], signatures[one]
    elif change == "copy":
        signatures[one] = signatures[other]
    elif change == "drop":
        del signatures[one]
    elif change == "add":
        signatures = [*signatures[:one], SIGNATURES[to % len(SIGNATURES)], *signatures[one:]][:MOST]
    elif change == "flip bit":
        signers ^= 1 << to % 256
    elif change == "flip member":
        members[at % len(members)] ^= 1 << to % 256
    elif change == "drop member":
        del members[at % len(members)]
    return Certificate(members, signers, signatures)


@pytest.mark.slow
@given(
    st.data(),
    st.lists(st.integers(0, 3) | st.just(LARGEST_POWER), min_size=1, max_size=12),
    st.lists(
        st.tuples(
            st.sampled_from(CHANGES),
            st.integers(0, 255),
            st.integers(0, 255),
        ),
        max_size=2,
    ),
)
@settings(max_examples=300)
def test_any_certificate_against_the_model(quorum, data, powers, changes):
    places = data.draw(st.sets(st.integers(0, len(powers) - 1), min_size=1))
    found = certificate(powers, places)
    expected_hash = committee_hash(NONCE, found.members)
    for change in changes:
        if found.signatures and found.members:
            found = apply(found, *change)
    verdict = model(found, NONCE, expected_hash, DIGEST)
    if isinstance(verdict, int):
        assert quorum.check(found, NONCE, expected_hash, DIGEST) == verdict
    else:
        with boa.reverts(verdict):
            quorum.check(found, NONCE, expected_hash, DIGEST)


# ---------------------------------------------------------------- the list alone


@pytest.mark.parametrize("size", SIZES)
def test_check_members_adds_up_the_power(quorum, size):
    for powers in (range(1, size + 1), size * [LARGEST_POWER], [*[0] * (size - 1), 1]):
        words = committee(powers)
        power = quorum.check_members(words, NONCE, committee_hash(NONCE, words))
        assert power == sum(powers)


def test_check_members__empty_committee__reverts(quorum):
    with boa.reverts("quorum: empty committee"):
        quorum.check_members([], NONCE, committee_hash(NONCE, []))


def test_check_members__wrong_list__reverts(quorum):
    words = committee(THREE)
    right = committee_hash(NONCE, words)
    for wrong in (words[::-1], words[:2], [*words, words[0]], [words[0], words[1], words[2] + 1]):
        with boa.reverts("quorum: wrong members"):
            quorum.check_members(wrong, NONCE, right)


def test_check_members__other_nonce__reverts(quorum):
    words = committee(THREE)
    with boa.reverts("quorum: wrong members"):
        quorum.check_members(words, NONCE + 1, committee_hash(NONCE, words))


@pytest.mark.parametrize("size", [1, 3, MOST])
def test_check_members__no_power__reverts(quorum, size):
    """A draw by weight would divide by zero."""
    words = committee(size * [0])
    with boa.reverts("quorum: no power"):
        quorum.check_members(words, NONCE, committee_hash(NONCE, words))
