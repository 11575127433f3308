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
                | 174..197 | 24    | vault's share of rewards since then, parts of SHARE
                | 198..229 | 32    | since, unix seconds
                | 230..253 | 24    | how often the share has changed
                | 254      | 1     | set: only owner and recipient may claim
                | 255      | 1     | always set, so that an account that was emptied
                |          |       | is not a zero slot, which is dear to fill again
     change     | 0..31    | 32    | of a share: since, unix seconds
                | 32..55   | 24    | the share since then, parts of SHARE
                | 56..111  | 56    | integral until then, parts of SHARE x seconds
                | 112..127 | 16    | vaults whose time had ended by then
     end        | 0..159   | 160   | vault whose time has ended
                | 160..215 | 56    | the integral at its end
     rate       | 0..15    | 16    | before its last change, basis points a year
                | 16..31   | 16    | the present one
                | 32..63   | 32    | when it was last changed, unix seconds
                | 64..95   | 32    | when it last rose, unix seconds
     batch end  | 0..63    | 64    | number of the batch
                | 64..127  | 64    | its last block
                | 128..191 | 64    | timestamp of that block, unix seconds
                | 192..255 | 64    | when notice was given since, unix seconds

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
    since: uint256
    changes: uint256
    is_closed: bool


# Of a vault's share, or of whose it is.
struct Change:
    since: uint256
    share: uint256
    integral: uint256
    ended: uint256


# The whole, of which a vault's share is parts.
SHARE: constant(uint256) = 10**7

# Of an account.
_AMOUNT_MASK: constant(uint256) = 2**87 - 1
_VAULT_BIT: constant(uint256) = 87
_SHARE_BIT: constant(uint256) = 174
_SHARE_MASK: constant(uint256) = 2**24 - 1
_SHARE_SINCE_BIT: constant(uint256) = 198
_CHANGES_BIT: constant(uint256) = 230
_CHANGES_MASK: constant(uint256) = 2**24 - 1
_CLOSED_BIT: constant(uint256) = 254
_OPEN: constant(uint256) = 2**255
# Of a change, and of a vault's end.
_CHANGE_SHARE_BIT: constant(uint256) = 32
_INTEGRAL_BIT: constant(uint256) = 56
_INTEGRAL_MASK: constant(uint256) = 2**56 - 1
_ENDED_BIT: constant(uint256) = 112
_END_INTEGRAL_BIT: constant(uint256) = 160
# Of the rate.
_RATE_MASK: constant(uint256) = 2**16 - 1
_PRESENT_BIT: constant(uint256) = 16
_CHANGED_BIT: constant(uint256) = 32
_RISE_BIT: constant(uint256) = 64
# Of the batch end.
_END_BLOCK_BIT: constant(uint256) = 64
_END_TIME_BIT: constant(uint256) = 128
_NOTICE_BIT: constant(uint256) = 192
_MASK_64: constant(uint256) = 2**64 - 1
# Of unix seconds in accounts, changes and the rate.
_TIME_MASK: constant(uint256) = 2**32 - 1


# ---------------------------------------------------------------- account


@internal
@pure
def _pack_account(account: Account) -> uint256:
    return (
        account.operator
        | (account.vault << _VAULT_BIT)
        | (account.share << _SHARE_BIT)
        | (account.since << _SHARE_SINCE_BIT)
        | (account.changes << _CHANGES_BIT)
        | (convert(account.is_closed, uint256) << _CLOSED_BIT)
        | _OPEN
    )


@internal
@pure
def _unpack_account(word: uint256) -> Account:
    return Account(
        operator=self._operator(word),
        vault=(word >> _VAULT_BIT) & _AMOUNT_MASK,
        share=self._share(word),
        since=self._share_since(word),
        changes=(word >> _CHANGES_BIT) & _CHANGES_MASK,
        is_closed=self._is_closed(word),
    )


@internal
@pure
def _share(account: uint256) -> uint256:
    return (account >> _SHARE_BIT) & _SHARE_MASK


@internal
@pure
def _share_since(account: uint256) -> uint256:
    return (account >> _SHARE_SINCE_BIT) & _TIME_MASK


@internal
@pure
def _operator(account: uint256) -> uint256:
    return account & _AMOUNT_MASK


@internal
@pure
def _less(account: uint256, amount: uint256) -> uint256:
    """
    @dev With so much less of the operator's part, which has it.
    """
    return unsafe_sub(account, amount)


@internal
@pure
def _is_closed(account: uint256) -> bool:
    """
    @dev To claims of others than owner and recipient.
    """
    return (account >> _CLOSED_BIT) & 1 == 1


@internal
@pure
def _with_rewards(account: uint256, operator: uint256, vault: uint256) -> uint256:
    """
    @dev With more to claim, in wei, for operator and vault.
    """
    return unsafe_add(unsafe_add(account, operator), vault << _VAULT_BIT) | _OPEN


# ---------------------------------------------------------------- changes of shares


@internal
@pure
def _pack_change(change: Change) -> uint256:
    return (
        change.since
        | (change.share << _CHANGE_SHARE_BIT)
        | (change.integral << _INTEGRAL_BIT)
        | (change.ended << _ENDED_BIT)
    )


@internal
@pure
def _unpack_change(word: uint256) -> Change:
    return Change(
        since=word & _TIME_MASK,
        share=(word >> _CHANGE_SHARE_BIT) & _SHARE_MASK,
        integral=(word >> _INTEGRAL_BIT) & _INTEGRAL_MASK,
        ended=word >> _ENDED_BIT,
    )


@internal
@pure
def _integral(change: Change, time: uint256) -> uint256:
    """
    @dev Until a time at which that change is in force.
    """
    return change.integral + change.share * (time - change.since)


@internal
@pure
def _pack_end(vault: address, integral: uint256) -> uint256:
    return convert(vault, uint256) | (integral << _END_INTEGRAL_BIT)


@internal
@pure
def _vault_of_end(end: uint256) -> address:
    return convert(end & convert(max_value(uint160), uint256), address)


@internal
@pure
def _integral_at_end(end: uint256) -> uint256:
    return end >> _END_INTEGRAL_BIT


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
    return (
        end.batch
        | (end.end_block << _END_BLOCK_BIT)
        | (end.end_timestamp << _END_TIME_BIT)
        | (end.notice_at << _NOTICE_BIT)
    )


@internal
@pure
def _unpack_batch_end(word: uint256) -> IRewardDistributor.BatchEnd:
    return IRewardDistributor.BatchEnd(
        batch=word & _MASK_64,
        end_block=(word >> _END_BLOCK_BIT) & _MASK_64,
        end_timestamp=(word >> _END_TIME_BIT) & _MASK_64,
        notice_at=word >> _NOTICE_BIT,
    )
