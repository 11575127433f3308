# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Vault shares
@custom:contract-name vault_shares
@license AGPL-3.0-only
@notice What share of a sequencer's rewards was its vault's, second by second, and
        whose it was: so that a batch pays each vault for just the time in which
        it had stake.
@dev Each change of a share has a word with its integral over time until then: the
     mean between any two times follows from two words, whatever happened in
     between and whenever it is asked for. A sequencer's changes are numbered from
     1; change 0 is a zero word, no share since ever.
     A vault whose time has ended is kept with the integral at its end. So what a
     batch owes to several vaults is found as well.
     Most batches begin after the last change, and need none of this: importers ask
     the account's word first.
"""

from interfaces import IRewardDistributor

from contracts.modules.words import reward_words as words

# More vaults than can have stake in the time of one batch: a vault comes when the one before has
# no stake left, which takes the pool's exit delay of 21 days at least, or slashes.
_MOST_VAULTS: constant(uint256) = 16
# Numbers of changes have 24 bits.
_MOST_STEPS: constant(uint256) = 25

_vaults: HashMap[uint256, address]  # id => whose the share is
# id => vault that was paired before => wei that it may claim
_former: HashMap[uint256, HashMap[address, uint256]]
_changes: HashMap[uint256, HashMap[uint256, uint256]]  # id => number => change
_ended: HashMap[uint256, HashMap[uint256, uint256]]  # id => number of a vault, from 0 => its end


@internal
def _set(id: uint256, account: words.Account, vault: address, share: uint256) -> words.Account:
    """
    @dev From now on, this share is this vault's; a second change of one second takes the place of the
         first. The account with it.
    """
    changed: words.Account = account
    last: words.Change = words._unpack_change(self._changes[id][account.changes])
    change: words.Change = words.Change(
        since=block.timestamp,
        share=share,
        integral=words._integral(last, block.timestamp),
        ended=last.ended,
    )
    before: address = self._vaults[id]
    if vault != before:
        self._former[id][before] += account.vault
        changed.vault = 0
        self._vaults[id] = vault
        # One that never had a share has no end: so whoever names vaults without stake adds none.
        began_at: uint256 = 0
        if last.ended > 0:
            began_at = words._integral_at_end(self._ended[id][last.ended - 1])
        if change.integral > began_at:
            self._ended[id][last.ended] = words._pack_end(before, change.integral)
            change.ended = last.ended + 1
        elif share == account.share:
            return changed
    if account.since < block.timestamp:
        changed.changes += 1
    changed.share = share
    changed.since = block.timestamp
    self._changes[id][changed.changes] = words._pack_change(change)
    return changed


@internal
def _credit(
    id: uint256, account: words.Account, reward: uint256, begin: uint256, end: uint256
) -> words.Account:
    """
    @dev Shares a reward for the time from begin to end among operator and vaults. The account with
         its parts. Each part of a vault is rounded down, in the operator's favour.
    """
    credited: words.Account = account
    newest: words.Change = words._unpack_change(self._changes[id][account.changes])
    number: uint256 = self._in_force(id, end, account.changes)
    until: words.Change = words._unpack_change(self._changes[id][number])
    number = self._in_force(id, begin, number)
    since: words.Change = words._unpack_change(self._changes[id][number])
    whole: uint256 = (end - begin) * words.SHARE
    integral: uint256 = words._integral(since, begin)
    operator: uint256 = reward
    for n: uint256 in range(since.ended, until.ended, bound=_MOST_VAULTS):
        ended: uint256 = self._ended[id][n]
        at_end: uint256 = words._integral_at_end(ended)
        part: uint256 = reward * (at_end - integral) // whole
        integral = at_end
        operator -= part
        self._credit_former(id, ended, part)
    part: uint256 = reward * (words._integral(until, end) - integral) // whole
    if until.ended == newest.ended:
        credited.vault += part
    else:
        self._credit_former(id, self._ended[id][until.ended], part)
    credited.operator += operator - part
    return credited


@internal
def _credit_former(id: uint256, ended: uint256, part: uint256):
    if part == 0:
        return
    vault: address = words._vault_of_end(ended)
    self._former[id][vault] += part
    log IRewardDistributor.FormerVaultCredited(id=id, vault=vault, amount=part)


@internal
def _take(id: uint256, vault: address) -> uint256:
    """
    @dev All that a vault of before may claim, for the caller to pay.
    """
    amount: uint256 = self._former[id][vault]
    if amount > 0:
        self._former[id][vault] = 0
    return amount


@internal
@view
def _mean(id: uint256, changes: uint256, begin: uint256, end: uint256) -> uint256:
    """
    @dev The share of all vaults together over a time, rounded down.
    """
    number: uint256 = self._in_force(id, end, changes)
    until: uint256 = words._integral(words._unpack_change(self._changes[id][number]), end)
    number = self._in_force(id, begin, number)
    since: uint256 = words._integral(words._unpack_change(self._changes[id][number]), begin)
    return (until - since) // (end - begin)


@internal
@view
def _in_force(id: uint256, time: uint256, latest: uint256) -> uint256:
    """
    @dev The number of the change in force at a time, which is `latest` or one before it: backward in
         steps that double, and then by halves.
    """
    low: uint256 = latest
    high: uint256 = latest + 1
    step: uint256 = 1
    for _: uint256 in range(_MOST_STEPS):
        if self._is_made(id, low, time):
            break
        high = low
        low -= min(low, step)
        step *= 2
    for _: uint256 in range(_MOST_STEPS):
        if high - low == 1:
            break
        middle: uint256 = (low + high) // 2
        if self._is_made(id, middle, time):
            low = middle
        else:
            high = middle
    return low


@internal
@view
def _is_made(id: uint256, number: uint256, time: uint256) -> bool:
    return words._unpack_change(self._changes[id][number]).since <= time
