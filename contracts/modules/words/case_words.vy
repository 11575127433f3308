# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Case words
@custom:contract-name case_words
@license AGPL-3.0-only
@notice The packed words of the SlashVault: a case is a loss of the owner, a
        loss of the vault, and a file. Stateless.
@dev word | bits     | width | field
     loss | 0..159   | 160   | who lost it: the owner, or the vault
          | 160..255 | 96    | wei taken from it
     file | 0..31    | 32    | sequencer id
          | 32..39   | 8     | kind
          | 40..71   | 32    | slashed_at, unix seconds
          | 72..103  | 32    | last appeal, unix seconds
          | 104..119 | 16    | refund in basis points
          | 120..127 | 8     | marks: owner has appealed, vault has appealed,
          |          |       | resolved, released, owner has collected, vault
          |          |       | has collected
          | 128..255 | 128   | first half of the offence's key, by which its
          |          |       | evidence is found
     The loss of the vault is 0 if only the owner has lost. There are less than
     2**96 wei of METIS, and less than 2**32 sequencers: each needs a vote.
"""


struct File:
    id: uint256
    kind: uint256
    slashed_at: uint256
    appealed_at: uint256
    refund_bps: uint256
    marks: uint256
    key: bytes16


# Marks of a file.
OWNER_APPEALED: constant(uint256) = 1
VAULT_APPEALED: constant(uint256) = 2
RESOLVED: constant(uint256) = 4
RELEASED: constant(uint256) = 8
OWNER_COLLECTED: constant(uint256) = 16
VAULT_COLLECTED: constant(uint256) = 32

_AMOUNT_BIT: constant(uint256) = 160
_LOSER_MASK: constant(uint256) = 2**160 - 1
_MASK_32: constant(uint256) = 2**32 - 1
_MASK_16: constant(uint256) = 2**16 - 1
_MASK_8: constant(uint256) = 2**8 - 1
_KIND_BIT: constant(uint256) = 32
_SLASHED_BIT: constant(uint256) = 40
_APPEALED_BIT: constant(uint256) = 72
_REFUND_BIT: constant(uint256) = 104
_MARKS_BIT: constant(uint256) = 120
_KEY_BIT: constant(uint256) = 128
_LOW_MASK: constant(uint256) = 2**128 - 1


@internal
@pure
def _key(word: bytes32) -> bytes16:
    """
    @dev The first half of a key. A cast alone reverts if the second half is not zero.
    """
    return convert(convert(convert(word, uint256) & ~_LOW_MASK, bytes32), bytes16)


@internal
@pure
def _pack_loss(loser: address, amount: uint256) -> uint256:
    return convert(loser, uint256) | (amount << _AMOUNT_BIT)


@internal
@pure
def _loser(word: uint256) -> address:
    return convert(word & _LOSER_MASK, address)


@internal
@pure
def _amount(word: uint256) -> uint256:
    return word >> _AMOUNT_BIT


@internal
@view
def _new_file(id: uint256, kind: uint8, key: bytes32) -> uint256:
    """
    @dev The file of a case that is opened in this block.
    """
    return (
        id
        | (convert(kind, uint256) << _KIND_BIT)
        | (block.timestamp << _SLASHED_BIT)
        | (convert(key, uint256) & ~_LOW_MASK)
    )


@internal
@pure
def _pack_file(file: File) -> uint256:
    return (
        file.id
        | (file.kind << _KIND_BIT)
        | (file.slashed_at << _SLASHED_BIT)
        | (file.appealed_at << _APPEALED_BIT)
        | (file.refund_bps << _REFUND_BIT)
        | (file.marks << _MARKS_BIT)
        | (convert(file.key, uint256) << _KEY_BIT)
    )


@internal
@pure
def _unpack_file(word: uint256) -> File:
    return File(
        id=word & _MASK_32,
        kind=(word >> _KIND_BIT) & _MASK_8,
        slashed_at=(word >> _SLASHED_BIT) & _MASK_32,
        appealed_at=(word >> _APPEALED_BIT) & _MASK_32,
        refund_bps=(word >> _REFUND_BIT) & _MASK_16,
        marks=(word >> _MARKS_BIT) & _MASK_8,
        key=self._key(convert(word, bytes32)),
    )
