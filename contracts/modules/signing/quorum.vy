# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Quorum
@custom:contract-name quorum
@license AGPL-3.0-only
@notice Certificates: a digest signed by members of a known committee who hold
        at least two thirds of its power, and are more than a third of it by
        number. Stateless.
@dev The importer says which committee may sign, makes the digest (which binds
     domain, committee nonce and all that must not be replaced) and sees to it
     that no certificate works twice: nothing here remembers anything.
     Signatures are malleable in form only, and never a key to anything.
     A signature under another domain or message recovers to a stranger: the
     two cannot be told apart on chain. seqpool/protocol/certificates.py can.
     The rule by number is for committees with one large member: it may hold
     two thirds of the power, and must not act alone.
@custom:source docs/design.md section 2
"""

from contracts.modules import checks
from contracts.modules import limits
from contracts.modules.signing import committee as committees


struct Certificate:
    members: DynArray[uint256, limits.MAX_SEQUENCERS]  # the committee's words, in its order
    signers: uint256  # bit i: members[i] has signed
    # One for each bit, in ascending order of bits.
    signatures: DynArray[committees.Signature, limits.MAX_SEQUENCERS]


_S_MASK: constant(uint256) = 2**255 - 1
_PARITY_BIT: constant(uint256) = 255
_V_BASE: constant(uint256) = 27
# Half the order of secp256k1: of the two signatures that a key can make from
# one another, the one with the larger s is refused.
_MAX_S: constant(uint256) = (
    57896044618658097711785492504343953926418782139537452191302581570759080747168
)


@internal
@pure
def _check_members(
    members: DynArray[uint256, limits.MAX_SEQUENCERS],
    nonce: uint256,
    committee_hash: bytes32,
) -> uint256:
    """
    @dev The power of a committee, whose list must be the one that was hashed.
    """
    checks._require(len(members) > 0, "quorum: empty committee")
    checks._require(committees._hash(nonce, members) == committee_hash, "quorum: wrong members")
    power: uint256 = 0
    for word: uint256 in members:
        # At most 128 powers of 96 bits.
        power = unsafe_add(power, word >> committees.POWER_BIT)
    checks._require(power > 0, "quorum: no power")
    return power


@internal
@pure
def _check(
    certificate: Certificate, nonce: uint256, committee_hash: bytes32, digest: bytes32
) -> uint256:
    """
    @dev Reverts unless the certificate is valid; returns the committee's power.
         No sum can overflow: at most 128 powers of 96 bits.
    """
    count: uint256 = len(certificate.members)
    checks._require(count > 0, "quorum: empty committee")
    given: uint256 = len(certificate.signatures)
    checks._require(given > 0, "quorum: no signatures")
    checks._require(
        committees._hash(nonce, certificate.members) == committee_hash, "quorum: wrong members"
    )
    checks._require(certificate.signers >> count == 0, "quorum: bit beyond members")
    power: uint256 = 0
    signed: uint256 = 0
    used: uint256 = 0
    # Shifted by one for each member.
    bits: uint256 = certificate.signers
    for word: uint256 in certificate.members:
        power = unsafe_add(power, word >> committees.POWER_BIT)
        if bits & 1 == 1:
            if used == given:
                checks._require(False, "quorum: too few signatures")
            r: uint256 = certificate.signatures[used].r
            vs: uint256 = certificate.signatures[used].vs
            s: uint256 = vs & _S_MASK
            if s > _MAX_S:
                checks._require(False, "quorum: high s")
            signer: address = ecrecover(digest, unsafe_add(vs >> _PARITY_BIT, _V_BASE), r, s)
            if convert(signer, uint256) != word & committees.SIGNER_MASK or signer == empty(
                address
            ):
                self._refuse(certificate.members, certificate.signers, used, signer)
            signed = unsafe_add(signed, word >> committees.POWER_BIT)
            used = unsafe_add(used, 1)
        bits = bits >> 1
    checks._require(used == given, "quorum: too many signatures")
    checks._require(
        signed > 0 and unsafe_mul(3, signed) >= unsafe_mul(2, power), "quorum: below two thirds"
    )
    # At most 128 of either.
    checks._require(unsafe_mul(3, used) > count, "quorum: too few by number")
    return power


@internal
@pure
def _refuse(
    members: DynArray[uint256, limits.MAX_SEQUENCERS],
    signers: uint256,
    used: uint256,
    signer: address,
):
    """
    @dev Says why a signature, the one after `used` good ones, is not of the member in whose place
         it stands. Reverts always.
    """
    checks._require(signer != empty(address), "quorum: malformed signature")
    place: uint256 = 0  # among the set bits
    for i: uint256 in range(len(members), bound=limits.MAX_SEQUENCERS):
        if committees._signer(members[i]) == signer:
            is_set: bool = (signers >> i) & 1 == 1
            checks._require(not (is_set and place < used), "quorum: duplicate signature")
            checks._require(False, "quorum: signature in wrong place")
        place += (signers >> i) & 1
    checks._require(False, "quorum: signer is no member")
