# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Terms
@custom:contract-name terms
@license AGPL-3.0-only
@notice The parameters of the SequencerSet in one word. Stateless.
@dev bits    | width | field              | unit
     0..31   | 32    | epoch_length       | blocks
     32..63  | 32    | block_timeout      | seconds
     64..95  | 32    | fallback_delay     | seconds
     96..255 | 160   | fallback_sequencer | address

     The bounds in `limits` are far below 2**32.
"""

_MASK: constant(uint256) = 2**32 - 1
_TIMEOUT_BIT: constant(uint256) = 32
_DELAY_BIT: constant(uint256) = 64
_FALLBACK_BIT: constant(uint256) = 96


struct Terms:
    epoch_length: uint256  # blocks
    block_timeout: uint256  # seconds
    fallback_delay: uint256  # seconds
    fallback_sequencer: address


@internal
@pure
def _pack(terms: Terms) -> uint256:
    return (
        terms.epoch_length
        | (terms.block_timeout << _TIMEOUT_BIT)
        | (terms.fallback_delay << _DELAY_BIT)
        | (convert(terms.fallback_sequencer, uint256) << _FALLBACK_BIT)
    )


@internal
@pure
def _unpack(word: uint256) -> Terms:
    return Terms(
        epoch_length=word & _MASK,
        block_timeout=(word >> _TIMEOUT_BIT) & _MASK,
        fallback_delay=(word >> _DELAY_BIT) & _MASK,
        fallback_sequencer=convert(word >> _FALLBACK_BIT, address),
    )
