# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title L2 call
@custom:contract-name l2_call
@license AGPL-3.0-only
@notice The calls by which governance sets what holds on L2: which there are,
        and their bounds. Stateless.
@dev Both ends check: the CommitteeRelay, so that nobody votes on a call that
     L2 would refuse and that would then hold up those after it; and the
     SequencerSet, because it trusts no bridge more than it must.
@custom:source docs/design.md sections 3.2 and 4
"""

from contracts.modules import limits

# A selector and one argument.
SIZE: constant(uint256) = 36
_SELECTOR_SIZE: constant(uint256) = 4
_WORD_SIZE: constant(uint256) = 32


@internal
@pure
def _check(data: Bytes[SIZE]):
    assert len(data) == SIZE, "l2_call: bad length"
    selector: bytes4 = convert(slice(data, 0, _SELECTOR_SIZE), bytes4)
    value: uint256 = convert(slice(data, _SELECTOR_SIZE, _WORD_SIZE), uint256)
    if selector == method_id("set_epoch_length(uint256)", output_type=bytes4):
        self._check_epoch_length(value)
    elif selector == method_id("set_block_timeout(uint256)", output_type=bytes4):
        self._check_block_timeout(value)
    elif selector == method_id("set_fallback_delay(uint256)", output_type=bytes4):
        self._check_fallback_delay(value)
    elif selector == method_id("set_fallback_sequencer(address)", output_type=bytes4):
        assert value <= convert(max_value(uint160), uint256), "l2_call: bad address"
        self._check_fallback_sequencer(convert(value, address))
    else:
        raise "l2_call: unknown setter"


@internal
@pure
def _check_epoch_length(blocks: uint256):
    assert (
        blocks >= limits.EPOCH_LENGTH_FLOOR and blocks <= limits.EPOCH_LENGTH_CEILING
    ), "l2_call: bad epoch length"


@internal
@pure
def _check_block_timeout(duration: uint256):
    assert (
        duration >= limits.BLOCK_TIMEOUT_FLOOR and duration <= limits.BLOCK_TIMEOUT_CEILING
    ), "l2_call: bad block timeout"


@internal
@pure
def _check_fallback_delay(duration: uint256):
    assert (
        duration >= limits.FALLBACK_DELAY_FLOOR and duration <= limits.FALLBACK_DELAY_CEILING
    ), "l2_call: bad fallback delay"


@internal
@pure
def _check_fallback_sequencer(sequencer: address):
    assert sequencer != empty(address), "l2_call: zero sequencer"
