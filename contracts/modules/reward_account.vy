# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Reward account
@custom:contract-name reward_account
@license AGPL-3.0-only
@notice What the RewardDistributor keeps of a sequencer, in one word. Stateless.
@dev bits     | width | field
     0..86    | 87    | wei that the operator may claim
     87..173  | 87    | wei that the vault may claim
     174..197 | 24    | vault's share of rewards, parts of SHARE
     198..221 | 24    | its share of batches that begin at `since` or later
     222..253 | 32    | since, unix seconds
     254      | 1     | always set: a word that was emptied is not dear to fill again
     There are less than 2**87 wei of METIS, so what is added never overflows.
"""


struct Account:
    operator: uint256
    vault: uint256
    share: uint256
    next_share: uint256
    since: uint256


SHARE: constant(uint256) = 10**7

_AMOUNT_MASK: constant(uint256) = 2**87 - 1
_VAULT_BIT: constant(uint256) = 87
_SHARE_BIT: constant(uint256) = 174
_NEXT_BIT: constant(uint256) = 198
_SHARE_MASK: constant(uint256) = 2**24 - 1
_SINCE_BIT: constant(uint256) = 222
_SINCE_MASK: constant(uint256) = 2**32 - 1
_OPEN: constant(uint256) = 2**254


@internal
@pure
def _pack(account: Account) -> uint256:
    return (
        account.operator
        | (account.vault << _VAULT_BIT)
        | (account.share << _SHARE_BIT)
        | (account.next_share << _NEXT_BIT)
        | (account.since << _SINCE_BIT)
        | _OPEN
    )


@internal
@pure
def _unpack(word: uint256) -> Account:
    return Account(
        operator=word & _AMOUNT_MASK,
        vault=(word >> _VAULT_BIT) & _AMOUNT_MASK,
        share=(word >> _SHARE_BIT) & _SHARE_MASK,
        next_share=(word >> _NEXT_BIT) & _SHARE_MASK,
        since=(word >> _SINCE_BIT) & _SINCE_MASK,
    )


@internal
@pure
def _share(word: uint256, begin: uint256) -> uint256:
    """
    @dev The vault's share of a batch that begins at a time.
    """
    if begin >= (word >> _SINCE_BIT) & _SINCE_MASK:
        return (word >> _NEXT_BIT) & _SHARE_MASK
    return (word >> _SHARE_BIT) & _SHARE_MASK


@internal
@pure
def _plus(word: uint256, operator: uint256, vault: uint256) -> uint256:
    """
    @dev With more to claim.
    """
    return unsafe_add(unsafe_add(word, operator), vault << _VAULT_BIT) | _OPEN
