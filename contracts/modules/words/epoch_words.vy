# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Epoch words
@custom:contract-name epoch_words
@license AGPL-3.0-only
@notice The packed words of the SequencerSet: an epoch, how far the list of
        epochs has come, the parameters, an installation, and the standing of
        a signer. Stateless.
@dev word         | bits     | width | field
     epoch        | 0..159   | 160   | signer
                  | 160..207 | 48    | start block
                  | 208..255 | 48    | end block, inclusive
     progress     | 0..63    | 64    | id of the latest epoch, which may be scheduled
                  | 64..127  | 64    | alive_at, unix seconds: the latest commit,
                  |          |       | re-election, fallback or heartbeat
                  | 128..191 | 64    | block number of the latest re-election
     parameters   | 0..31    | 32    | epoch_length, blocks
                  | 32..63   | 32    | block_timeout, seconds
                  | 64..95   | 32    | fallback_delay, seconds
                  | 96..255  | 160   | fallback_sequencer
     installation | 0..63    | 64    | nonce of the committee
                  | 64..127  | 64    | number of the block in which it was installed
                  | 128..191 | 64    | time of that block, unix seconds
     standing     | 0..63    | 64    | re-elections that replaced the signer
                  | 64..127  | 64    | epoch of the wrong block
                  | 128..191 | 64    | number of the wrong block
                  | 192      | 1     | 1: barred for that block

     2**48 blocks, one a millisecond, are 8,900 years. The bounds of the
     parameters in `limits` are far below 2**32. Every change of the epochs
     reads and writes all of `progress`. A draw reads nothing of a member but
     its standing, so a bar costs the draw one slot.
"""

from interfaces import ISequencerSet


struct Progress:
    last_epoch: uint256
    alive_at: uint256
    reelected_at: uint256


# The end of an epoch that lasts until another is committed.
OPEN_END: constant(uint256) = 2**48 - 1

_MASK_32: constant(uint256) = 2**32 - 1
_MASK_48: constant(uint256) = 2**48 - 1
_MASK_64: constant(uint256) = 2**64 - 1
_MASK_160: constant(uint256) = 2**160 - 1
# Of an epoch.
_START_BIT: constant(uint256) = 160
_END_BIT: constant(uint256) = 208
# Of the progress.
_ALIVE_BIT: constant(uint256) = 64
_REELECTED_BIT: constant(uint256) = 128
# Of the parameters.
_TIMEOUT_BIT: constant(uint256) = 32
_DELAY_BIT: constant(uint256) = 64
_FALLBACK_BIT: constant(uint256) = 96
# Of an installation.
_INSTALLED_BLOCK_BIT: constant(uint256) = 64
_INSTALLED_TIME_BIT: constant(uint256) = 128
# Of a standing.
_WRONG_EPOCH_BIT: constant(uint256) = 64
_WRONG_BLOCK_BIT: constant(uint256) = 128
_BARRED_BIT: constant(uint256) = 192


# ---------------------------------------------------------------- epoch


@internal
@pure
def _pack_epoch(signer: address, start_block: uint256, end_block: uint256) -> uint256:
    assert start_block <= OPEN_END and end_block <= OPEN_END, "epoch_words: block number too large"
    return (convert(signer, uint256) | (start_block << _START_BIT) | (end_block << _END_BIT))


@internal
@pure
def _signer(epoch: uint256) -> address:
    return convert(epoch & _MASK_160, address)


@internal
@pure
def _start(epoch: uint256) -> uint256:
    return (epoch >> _START_BIT) & _MASK_48


@internal
@pure
def _end(epoch: uint256) -> uint256:
    return epoch >> _END_BIT


# ---------------------------------------------------------------- progress


@internal
@pure
def _pack_progress(progress: Progress) -> uint256:
    return (
        progress.last_epoch
        | (progress.alive_at << _ALIVE_BIT)
        | (progress.reelected_at << _REELECTED_BIT)
    )


@internal
@pure
def _unpack_progress(word: uint256) -> Progress:
    return Progress(
        last_epoch=word & _MASK_64,
        alive_at=(word >> _ALIVE_BIT) & _MASK_64,
        reelected_at=word >> _REELECTED_BIT,
    )


# ---------------------------------------------------------------- parameters


@internal
@pure
def _pack_parameters(parameters: ISequencerSet.Parameters) -> uint256:
    return (
        parameters.epoch_length
        | (parameters.block_timeout << _TIMEOUT_BIT)
        | (parameters.fallback_delay << _DELAY_BIT)
        | (convert(parameters.fallback_sequencer, uint256) << _FALLBACK_BIT)
    )


@internal
@pure
def _unpack_parameters(word: uint256) -> ISequencerSet.Parameters:
    return ISequencerSet.Parameters(
        epoch_length=word & _MASK_32,
        block_timeout=(word >> _TIMEOUT_BIT) & _MASK_32,
        fallback_delay=(word >> _DELAY_BIT) & _MASK_32,
        fallback_sequencer=convert(word >> _FALLBACK_BIT, address),
    )


# ---------------------------------------------------------------- installation


@internal
@view
def _new_installation(nonce: uint256) -> uint256:
    """
    @dev Of a committee that is installed in this block. `nonce` is below 2**64.
    """
    return (
        nonce | (block.number << _INSTALLED_BLOCK_BIT) | (block.timestamp << _INSTALLED_TIME_BIT)
    )


@internal
@pure
def _nonce(installation: uint256) -> uint256:
    return installation & _MASK_64


@internal
@pure
def _installed_block(installation: uint256) -> uint256:
    return (installation >> _INSTALLED_BLOCK_BIT) & _MASK_64


@internal
@pure
def _installed_at(installation: uint256) -> uint256:
    return installation >> _INSTALLED_TIME_BIT


# ---------------------------------------------------------------- standing


@internal
@pure
def _with_reelection(standing: uint256) -> uint256:
    """
    @dev The signer was replaced once more. The count cannot overflow: 2**64 re-elections never
         happen.
    """
    return unsafe_add(standing, 1)


@internal
@pure
def _with_bar(standing: uint256, epoch: uint256, block_number: uint256) -> uint256:
    """
    @dev Both numbers fit into 64 bits: the message that they come from has them in 64.
    """
    return (
        (standing & _MASK_64)
        | (epoch << _WRONG_EPOCH_BIT)
        | (block_number << _WRONG_BLOCK_BIT)
        | (1 << _BARRED_BIT)
    )


@internal
@pure
def _without_bar(standing: uint256) -> uint256:
    return standing & _MASK_64


@internal
@pure
def _is_barred(standing: uint256) -> bool:
    return standing >> _BARRED_BIT != 0


@internal
@pure
def _reelections(standing: uint256) -> uint256:
    return standing & _MASK_64


@internal
@pure
def _wrong_epoch(standing: uint256) -> uint256:
    return (standing >> _WRONG_EPOCH_BIT) & _MASK_64


@internal
@pure
def _wrong_block(standing: uint256) -> uint256:
    return (standing >> _WRONG_BLOCK_BIT) & _MASK_64
