# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Attesters
@custom:contract-name attesters
@license AGPL-3.0-only
@notice The people whose word the chain takes for what was decided off chain:
        k of n of them have to sign it, each with its own key.
@dev The importer checks who may name them, makes the digest (which binds
     domain and all that must not be replaced) and sees to it that nothing
     signed works twice. Signatures come as in a certificate: a bitmap, and
     compact signatures in ascending order of its bits.
     A signature under another domain or message recovers to a stranger: the
     two cannot be told apart on chain. seqpool/governance/attestations.py can.
@custom:source docs/design.md section 3.7
"""

from snekmate.utils import ecdsa

from contracts.modules import limits
from contracts.modules.signing import committee as committees


struct Signatures:
    signers: uint256  # bit i: attesters()[i] has signed
    # One for each bit, in ascending order of bits.
    signatures: DynArray[committees.Signature, limits.MAX_ATTESTERS]


event AttestersSet:
    members: DynArray[address, limits.MAX_ATTESTERS]
    threshold: uint256


_members: DynArray[address, limits.MAX_ATTESTERS]
# k: so many of them make an attestation.
_threshold: uint256


@deploy
def __init__(members: DynArray[address, limits.MAX_ATTESTERS], threshold: uint256):
    """
    @notice Names the first attesters.
    @param members 3..16 addresses, none twice, none zero.
    @param threshold How many of them have to sign: more than half, at most all.
    """
    self._appoint(members, threshold)


@external
@view
def attesters() -> DynArray[address, limits.MAX_ATTESTERS]:
    """
    @notice Who may attest.
    @return Their addresses, in the order of the bits of Signatures.
    """
    return self._members


@external
@view
def attestation_threshold() -> uint256:
    """
    @notice How many attesters have to sign.
    @return More than half of them.
    """
    return self._threshold


@internal
def _appoint(members: DynArray[address, limits.MAX_ATTESTERS], threshold: uint256):
    """
    @dev More than half, so that two contrary attestations have a signer in common, who has lied.
    """
    count: uint256 = len(members)
    assert count >= limits.ATTESTERS_FLOOR, "attesters: too few"
    assert threshold * 2 > count and threshold <= count, "attesters: bad threshold"
    for i: uint256 in range(count, bound=limits.MAX_ATTESTERS):
        assert members[i] != empty(address), "attesters: zero address"
        for j: uint256 in range(i, bound=limits.MAX_ATTESTERS):
            assert members[j] != members[i], "attesters: named twice"
    self._members = members
    self._threshold = threshold
    log AttestersSet(members=members, threshold=threshold)


@internal
@view
def _check(signatures: Signatures, digest: bytes32):
    """
    @dev Reverts unless enough attesters have signed, each in its place.
    """
    given: uint256 = len(signatures.signatures)
    assert given > 0, "attesters: no signatures"
    count: uint256 = len(self._members)
    assert signatures.signers >> count == 0, "attesters: bit beyond attesters"
    used: uint256 = 0
    for i: uint256 in range(count, bound=limits.MAX_ATTESTERS):
        if (signatures.signers >> i) & 1 == 0:
            continue
        assert used < given, "attesters: fewer signatures than bits"
        signature: committees.Signature = signatures.signatures[used]
        signer: address = ecdsa._try_recover_r_vs(digest, signature.r, signature.vs)
        if signer != self._members[i]:
            self._refuse(signatures.signers, used, signer)
        used += 1
    assert used == given, "attesters: more signatures than bits"
    assert used >= self._threshold, "attesters: too few have signed"


@internal
@view
def _refuse(signers: uint256, used: uint256, signer: address):
    """
    @dev Says why a signature, the one after `used` good ones, is not of the attester in whose
         place it stands. Reverts always.
    """
    place: uint256 = 0  # among the set bits
    for i: uint256 in range(len(self._members), bound=limits.MAX_ATTESTERS):
        is_set: bool = (signers >> i) & 1 == 1
        if self._members[i] == signer:
            assert not (is_set and place < used), "attesters: duplicate signature"
            raise "attesters: signature in wrong place"
        if is_set:
            place += 1
    raise "attesters: signer is no attester"
