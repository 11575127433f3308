# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Reward words
@custom:contract-name reward_words
@license AGPL-3.0-only
@notice The packed words of the RewardDistributor: the account of a sequencer,
        the rate, and the end of the last batch. Stateless.
@dev word       | bits     | width | field
     account    | 0..86    | 87    | wei that the operator may claim
                | 87..173  | 87    | wei that the vault may claim
                | 174..197 | 24    | vault's share of rewards, parts of SHARE
                | 198..221 | 24    | its share of batches that begin at `since` or later
                | 222..253 | 32    | since, unix seconds
                | 254      | 1     | always set, so that an account that was emptied
                |          |       | is not a zero slot, which is dear to fill again
     rate       | 0..15    | 16    | before its last change, basis points a year
                | 16..31   | 16    | the present one
                | 32..63   | 32    | when it was last changed, unix seconds
                | 64..95   | 32    | when it last rose, unix seconds
     batch end  | 0..63    | 64    | number of the batch
                | 64..127  | 64    | its last block
                | 128..191 | 64    | timestamp of that block, unix seconds

     There are less than 2**87 wei of METIS, so sums of amounts never overflow.
     A change of the rate is for batches that begin at it or later: it never
     touches blocks already produced. For the batch before, the value before
     is kept, whatever is set meanwhile.
"""

from interfaces import IRewardDistributor


struct Account:
    operator: uint256
    vault: uint256
    share: uint256
    next_share: uint256
    since: uint256


# The whole, of which a vault's share is parts.
SHARE: constant(uint256) = 10**7

# Of an account.
_AMOUNT_MASK: constant(uint256) = 2**87 - 1
_VAULT_BIT: constant(uint256) = 87
_SHARE_BIT: constant(uint256) = 174
_NEXT_SHARE_BIT: constant(uint256) = 198
_SHARE_MASK: constant(uint256) = 2**24 - 1
_SHARE_SINCE_BIT: constant(uint256) = 222
_OPEN: constant(uint256) = 2**254
# Of the rate.
_RATE_MASK: constant(uint256) = 2**16 - 1
_PRESENT_BIT: constant(uint256) = 16
_CHANGED_BIT: constant(uint256) = 32
_RISE_BIT: constant(uint256) = 64
# Of the batch end.
_END_BLOCK_BIT: constant(uint256) = 64
_END_TIME_BIT: constant(uint256) = 128
_MASK_64: constant(uint256) = 2**64 - 1
# Of unix seconds in accounts and the rate.
_TIME_MASK: constant(uint256) = 2**32 - 1


# ---------------------------------------------------------------- account


@internal
@pure
def _pack_account(account: Account) -> uint256:
    return (
        account.operator
        | (account.vault << _VAULT_BIT)
        | (account.share << _SHARE_BIT)
        | (account.next_share << _NEXT_SHARE_BIT)
        | (account.since << _SHARE_SINCE_BIT)
        | _OPEN
    )


@internal
@pure
def _unpack_account(word: uint256) -> Account:
    return Account(
        operator=word & _AMOUNT_MASK,
        vault=(word >> _VAULT_BIT) & _AMOUNT_MASK,
        share=(word >> _SHARE_BIT) & _SHARE_MASK,
        next_share=(word >> _NEXT_SHARE_BIT) & _SHARE_MASK,
        since=(word >> _SHARE_SINCE_BIT) & _TIME_MASK,
    )


@internal
@pure
def _vault_share(account: uint256, begin: uint256) -> uint256:
    """
    @dev The vault's share of a batch that begins at a time.
    """
    if begin >= (account >> _SHARE_SINCE_BIT) & _TIME_MASK:
        return (account >> _NEXT_SHARE_BIT) & _SHARE_MASK
    return (account >> _SHARE_BIT) & _SHARE_MASK


@internal
@pure
def _with_rewards(account: uint256, operator: uint256, vault: uint256) -> uint256:
    """
    @dev With more to claim, in wei, for operator and vault.
    """
    return unsafe_add(unsafe_add(account, operator), vault << _VAULT_BIT) | _OPEN


# ---------------------------------------------------------------- rate


@internal
@pure
def _present(rate: uint256) -> uint256:
    """
    @dev The one last set.
    """
    return (rate >> _PRESENT_BIT) & _RATE_MASK


@internal
@pure
def _of_batch(rate: uint256, begin: uint256) -> uint256:
    """
    @dev That of a batch that begins at a time.
    """
    if begin >= (rate >> _CHANGED_BIT) & _TIME_MASK:
        return self._present(rate)
    return rate & _RATE_MASK


@internal
@view
def _with_change(rate: uint256, new: uint256, begin: uint256) -> uint256:
    """
    @dev With another one from now on. `begin` is that of the batch that comes next.
    """
    return (
        self._of_batch(rate, begin)
        | (new << _PRESENT_BIT)
        | (block.timestamp << _CHANGED_BIT)
        | (self._risen_at(rate) << _RISE_BIT)
    )


@internal
@pure
def _risen_at(rate: uint256) -> uint256:
    return rate >> _RISE_BIT


@internal
@view
def _with_rise(rate: uint256) -> uint256:
    """
    @dev With a rise now.
    """
    return (rate & (2**_RISE_BIT - 1)) | (block.timestamp << _RISE_BIT)


# ---------------------------------------------------------------- batch end


@internal
@pure
def _pack_batch_end(end: IRewardDistributor.BatchEnd) -> uint256:
    return (end.batch | (end.end_block << _END_BLOCK_BIT) | (end.end_timestamp << _END_TIME_BIT))


@internal
@pure
def _unpack_batch_end(word: uint256) -> IRewardDistributor.BatchEnd:
    return IRewardDistributor.BatchEnd(
        batch=word & _MASK_64,
        end_block=(word >> _END_BLOCK_BIT) & _MASK_64,
        end_timestamp=word >> _END_TIME_BIT,
    )
