# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Signers
@custom:contract-name signers
@license AGPL-3.0-only
@notice Whose key each signer of the SequencerPool is, or was.
@dev A signer has one word:
     bits    | width | field
     0..63   | 64    | id of its sequencer; 0: never used
     64..255 | 192   | unix second at which it was rotated out; 0: it was not

     No word is ever cleared: what an old signer has done stays attributable,
     and no signer is used twice. Importers check that a signer is new, that
     its public key was given, and that it consents, before they register it.
"""

from contracts.modules.signing import committee as committees
from contracts.modules.signing import domain

_CONSENT_TYPEHASH: constant(bytes32) = keccak256(
    "SignerConsent(address owner,address signer,uint256 nonce)"
)
_ID_MASK: constant(uint256) = 2**64 - 1
_DATE_BITS: constant(uint256) = 64
_S_MASK: constant(uint256) = 2**255 - 1

_words: HashMap[address, uint256]  # signer => its word


@internal
def _register(signer: address, id: uint256):
    self._words[signer] = id


@internal
def _retire(signer: address, id: uint256):
    self._words[signer] = id | (block.timestamp << _DATE_BITS)


@internal
@view
def _id_of(signer: address) -> uint256:
    """
    @dev The sequencer whose signer it is, or was; 0: it was never used.
    """
    return self._words[signer] & _ID_MASK


@internal
@view
def _rotated_at(signer: address) -> uint256:
    """
    @dev When it was rotated out, unix seconds; 0: it was not.
    """
    return self._words[signer] >> _DATE_BITS


@internal
@pure
def _is_key_of(signer: address, public_key: bytes32[2]) -> bool:
    """
    @dev An address is the last 20 bytes of the hash of its key: no other 64 bytes give it.
    """
    hash: uint256 = convert(keccak256(concat(public_key[0], public_key[1])), uint256)
    return convert(hash & convert(max_value(uint160), uint256), address) == signer


@internal
@view
def _has_consented(
    signer: address, owner: address, nonce: uint256, consent: committees.Signature
) -> bool:
    """
    @dev The consent proves that there is a key behind the address. The bare precompile will do. A
         consent works once, whatever its form, for it uses up its signer. A signature from which
         nothing can be recovered gives the zero address, which has no public key.
    """
    digest: bytes32 = domain._digest(keccak256(abi_encode(_CONSENT_TYPEHASH, owner, signer, nonce)))
    return ecrecover(digest, 27 + (consent.vs >> 255), consent.r, consent.vs & _S_MASK) == signer
