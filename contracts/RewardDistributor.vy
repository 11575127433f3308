# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
"""
@title RewardDistributor
@custom:contract-name RewardDistributor
@license AGPL-3.0-only
@notice Pays METIS for produced blocks. Two thirds of a committee sign who has
        produced how many, and how much of the time they cover; what a second
        is worth follows from the pool's power and the rate, and not from what
        is signed.
@dev Trust. A committee may favour some sequencers over others, and hide that
     blocks were missing; it cannot raise the sum above the rate. Governance
     sets the rate, up to 50 % a year and by at most 10 points in 30 days, and
     may give from the reserve to a sequencer; what was earned it cannot take
     back. The METIS token, the pool and its registry are trusted, the bridge
     only with what is sent through it.
     The sum. Each batch uses up the power x seconds until its end, and pays the
     rate on them for the time that blocks cover: so all batches together never
     pay more than the rate on all power x seconds, and nothing that happens
     later pays for time before it.
     A change of the rate is for batches that begin later: nothing touches blocks
     already produced. A vault gets its share averaged over a batch's time.
     One after another. It pays for time from when the pool names it, and for none
     after: so no two of them pay for the same. One that was named from its
     deployment has begun with it; any other waits for `begin`, and one that was
     replaced ends for ever with `retire`, 7 days after notice was given. Anyone
     may call these.
     The reserve is all METIS here that is not owed to anybody.
@custom:kill There is nothing to stop: a batch needs two thirds, a claim pays
             what was earned. A rate of 0 ends rewards; the pool may name
             another distributor: this one takes no more batches, pays what it owes,
             and anyone can retire it.
@custom:source docs/design.md section 3.5
"""

from ethereum.ercs import IERC20

from interfaces import ICommitteeRegistry
from interfaces import IL1ERC20Bridge
from interfaces import IRewardDistributor
from interfaces import ISequencerPool

implements: IRewardDistributor

from snekmate.utils import message_hash_utils

from contracts.modules import limits
from contracts.modules.access import roles
from contracts.modules.rewards import vault_shares
from contracts.modules.signing import messages
from contracts.modules.signing import quorum
from contracts.modules.words import reward_words as words

initializes: roles
initializes: vault_shares

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
)


# ---------------------------------------------------------------- constants

# Of an entry: sequencer id; above it the number of blocks.
_ID_MASK: constant(uint256) = 2**32 - 1
_BLOCKS_BIT: constant(uint256) = 32
# What stands for the end of the last batch before rewards begin, and after they were retired.
_NOT_BEGUN: constant(uint256) = 0
_RETIRED: constant(uint256) = 2**64 - 1


# ---------------------------------------------------------------- immutables

metis: public(immutable(address))
pool: public(immutable(address))
registry: public(immutable(address))
# Of the SequencerSet, whose committee signs batches.
domain_separator: public(immutable(bytes32))
bridge: public(immutable(address))
l2_chain_id: public(immutable(uint256))
l2_metis: public(immutable(address))
deployed_at: public(immutable(uint256))


# ---------------------------------------------------------------- storage

# `reward_words` has the words of the first two, and of the accounts.
_last_batch: uint256  # its end, and notice that was given since
_rate: uint256
# Of the registry's power x seconds, what batches have used up.
power_seconds_used: public(uint256)
owed: public(uint256)
_accounts: HashMap[uint256, uint256]  # id => account


# ---------------------------------------------------------------- constructor


@deploy
def __init__(
    pool_: address,
    registry_: address,
    domain_separator_: bytes32,
    governance: address,
    bridge_: address,
    l2_chain_id_: uint256,
    l2_metis_: address,
    first_block: uint256,
    mrr_: uint256,
):
    """
    @notice Takes the token from the pool, and fixes where rewards begin: at a block of L2, and now, if
            the pool names this contract already.
    @param pool_ The SequencerPool, which names this contract its distributor, now or later: see `begin`.
    @param registry_ The CommitteeRegistry of that pool.
    @param domain_separator_ EIP-712 domain separator of the SequencerSet on L2; not zero.
    @param governance The Timelock; not zero.
    @param bridge_ Metis' ERC-20 bridge on L1; not zero.
    @param l2_chain_id_ Chain id of L2; not zero.
    @param l2_metis_ METIS on L2; not zero.
    @param first_block No block of L2 before this one is paid for; not zero.
    @param mrr_ Mining rewards rate, 0..5,000 basis points a year.
    """
    roles.__init__(governance)
    assert domain_separator_ != empty(bytes32), "RewardDistributor: zero domain"
    assert bridge_ != empty(address), "RewardDistributor: zero bridge"
    assert l2_chain_id_ != 0, "RewardDistributor: zero chain"
    assert l2_metis_ != empty(address), "RewardDistributor: zero metis on L2"
    assert first_block != 0 and first_block <= convert(
        max_value(uint64), uint256
    ), "RewardDistributor: bad first block"
    assert (
        staticcall ICommitteeRegistry(registry_).pool() == pool_
    ), "RewardDistributor: registry of another"
    pool = pool_
    registry = registry_
    metis = staticcall ISequencerPool(pool_).metis()
    domain_separator = domain_separator_
    bridge = bridge_
    l2_chain_id = l2_chain_id_
    l2_metis = l2_metis_
    deployed_at = block.timestamp
    self._last_batch = words._pack_batch_end(
        IRewardDistributor.BatchEnd(
            batch=0, end_block=first_block - 1, end_timestamp=_NOT_BEGUN, notice_at=0
        )
    )
    self._set_mrr(mrr_)
    if self._is_named():
        self._begin()


# ---------------------------------------------------------------- anyone


@external
def fund(amount: uint256):
    """
    @notice Adds to the reserve, as does a plain transfer.
    @param amount Wei of METIS, pulled from the caller; not 0.
    @custom:reverts "zero amount"; "metis transfer failed"
    @custom:emits Funded
    @custom:source docs/design.md section 3.5
    """
    assert amount > 0, "RewardDistributor: zero amount"
    log IRewardDistributor.Funded(by=msg.sender, amount=amount)
    assert extcall IERC20(metis).transferFrom(
        msg.sender, self, amount
    ), "RewardDistributor: metis transfer failed"


@external
def begin():
    """
    @notice Begins to pay for time, from now on. For one that the pool has named after its deployment.
    @custom:reverts "not the pool's distributor"; "has begun"
    @custom:emits Begun
    @custom:source docs/design.md section 3.5, I7
    """
    assert self._is_named(), "RewardDistributor: not the pool's distributor"
    self._begin()


@external
def give_notice():
    """
    @notice Says that the pool names another: from 7 to 14 days later, `retire` can follow. A batch
            makes the notice void: so one that is named again, and works, needs another.
    @custom:reverts "still the pool's distributor"; "not begun"; "retired"; "notice was given"
    @custom:emits NoticeGiven
    @custom:source docs/design.md section 3.5, I7
    """
    last: IRewardDistributor.BatchEnd = self._replaced()
    assert (
        block.timestamp > last.notice_at + limits.RETIREMENT_PERIOD
    ), "RewardDistributor: notice was given"
    log IRewardDistributor.NoticeGiven(
        retire_from=block.timestamp + limits.RETIREMENT_NOTICE,
        retire_until=block.timestamp + limits.RETIREMENT_PERIOD,
    )
    last.notice_at = block.timestamp
    self._last_batch = words._pack_batch_end(last)


@external
def retire():
    """
    @notice Takes no batch ever again, now that the pool names another: named once more, this one would
            pay for time that the other has paid for.
    @custom:reverts "still the pool's distributor"; "not begun"; "retired"; "no notice" if none was given
                    in the last 14 days; "notice runs" until 7 days after it
    @custom:emits Retired
    @custom:source docs/design.md section 3.5, I7
    """
    last: IRewardDistributor.BatchEnd = self._replaced()
    assert (
        block.timestamp <= last.notice_at + limits.RETIREMENT_PERIOD
    ), "RewardDistributor: no notice"
    assert (
        block.timestamp >= last.notice_at + limits.RETIREMENT_NOTICE
    ), "RewardDistributor: notice runs"
    log IRewardDistributor.Retired(
        batch=last.batch, end_block=last.end_block, end_timestamp=last.end_timestamp
    )
    last.end_timestamp = _RETIRED
    last.notice_at = 0
    self._last_batch = words._pack_batch_end(last)


@external
def submit_batch(
    batch: messages.RewardBatch,
    entries: DynArray[uint256, limits.MAX_ENTRIES],
    certificate: quorum.Certificate,
) -> uint256:
    """
    @notice Credits sequencers, and the vaults paired with them, for the blocks of a batch. If the
            reserve is short, all get less in proportion.
    @param batch What the certificate's signers have signed: it follows the last batch without gap or
                 overlap, spans at most 30 days, and has at most one block a second, or none. Its
                 covered time is the sum over its blocks of min(time since the block before,
                 block_timeout): at most its time, not zero if it has blocks, else zero. Only the
                 first may begin at a later block than the constructor was told, by one for each second
                 until rewards have begun: at the first block of the time that is paid for.
    @param entries Words `blocks << 32 | id`, ids strictly rising; id 0 stands for the fallback and
                   for nobody, and its part stays in the reserve.
    @param certificate Of the latest committee on L1, or of one superseded at most 7 days ago.
    @return Wei of METIS for all blocks; that of id 0 is a part of it.
    @custom:reverts "not the pool's distributor"; "not begun"; "retired"; "wrong batch"; "gap or overlap";
                    "time does not rise"; "in the future"; "too long"; "bad end block"; "too many blocks";
                    "covers too much"; "covers nothing"; "covers without blocks"; "unknown committee";
                    "old committee"; "wrong entries"; "quorum: ..." for each thing that may be wrong
                    with a certificate; "ids do not rise"; "no blocks"; "wrong sum"; "unknown
                    sequencer"
    @custom:emits BatchAccepted, ReserveShort, FormerVaultCredited
    @custom:source docs/design.md section 3.5, G7
    """
    # Else one certificate would work on two of them.
    assert self._is_named(), "RewardDistributor: not the pool's distributor"
    last: IRewardDistributor.BatchEnd = words._unpack_batch_end(self._last_batch)
    self._check_in_use(last.end_timestamp)
    start_block: uint256 = convert(batch.start_block, uint256)
    end_block: uint256 = convert(batch.end_block, uint256)
    end_timestamp: uint256 = convert(batch.end_timestamp, uint256)
    assert convert(batch.batch, uint256) == last.batch + 1, "RewardDistributor: wrong batch"
    end_before: uint256 = last.end_block
    if last.batch == 0 and start_block > end_before:
        # At most one block a second since then, or a lie could leave no later block to be paid.
        most: uint256 = end_before + last.end_timestamp - deployed_at
        end_before = min(start_block - 1, most)
    assert start_block == end_before + 1, "RewardDistributor: gap or overlap"
    assert end_timestamp > last.end_timestamp, "RewardDistributor: time does not rise"
    assert end_timestamp <= block.timestamp, "RewardDistributor: in the future"
    duration: uint256 = end_timestamp - last.end_timestamp
    assert duration <= limits.BATCH_CEILING, "RewardDistributor: too long"
    assert end_block >= end_before, "RewardDistributor: bad end block"
    blocks: uint256 = end_block - end_before
    assert blocks <= duration, "RewardDistributor: too many blocks"
    covered: uint256 = convert(batch.covered_time, uint256)
    assert covered <= duration, "RewardDistributor: covers too much"
    if blocks > 0:
        assert covered > 0, "RewardDistributor: covers nothing"
    else:
        assert covered == 0, "RewardDistributor: covers without blocks"

    nonce: uint256 = convert(batch.committee_nonce, uint256)
    committee_hash: bytes32 = self._committee_hash(nonce)
    assert keccak256(abi_encode(entries)) == batch.entries_hash, "RewardDistributor: wrong entries"
    quorum._check(
        certificate,
        nonce,
        committee_hash,
        message_hash_utils._to_typed_data_hash(domain_separator, messages._batch_hash(batch)),
    )

    mean_power: uint256 = 0
    budget: uint256 = 0
    mean_power, budget = self._use_power(last.end_timestamp, end_timestamp, nonce, covered)
    owed: uint256 = self.owed
    paid: uint256 = min(budget, self._reserve(owed))
    vault_parts: DynArray[uint256, limits.MAX_ENTRIES] = []
    credited: uint256 = 0
    credited, vault_parts = self._credit(entries, blocks, paid, last.end_timestamp, end_timestamp)
    self.owed = owed + credited
    number: uint256 = last.batch + 1
    self._last_batch = words._pack_batch_end(
        IRewardDistributor.BatchEnd(
            batch=number, end_block=end_block, end_timestamp=end_timestamp, notice_at=0
        )
    )
    if paid < budget:
        log IRewardDistributor.ReserveShort(batch=number, missing=budget - paid)
    log IRewardDistributor.BatchAccepted(
        batch=number,
        start_block=start_block,
        end_block=end_block,
        end_timestamp=end_timestamp,
        covered_time=covered,
        mean_power=mean_power,
        budget=budget,
        paid=paid,
        entries=entries,
        vault_parts=vault_parts,
    )
    return paid


@external
def sync(id: uint256) -> uint256:
    """
    @notice Takes over a sequencer's pairing, commission and stakes, as the pool has them now, from now
            on: a batch pays by the mean over its time. Whoever gains by it calls: nobody else does it
            for them.
    @param id Sequencer.
    @return The vault's share of rewards from now on, parts of 10**7, after the commission.
    @custom:reverts "SequencerPool: unknown sequencer"
    @custom:emits ShareSet
    @custom:source docs/design.md section 3.5, G16
    """
    entry: ISequencerPool.Sequencer = staticcall ISequencerPool(pool).sequencer(id)
    account: words.Account = words._unpack_account(self._accounts[id])
    share: uint256 = 0
    if entry.paired.bonded > 0:
        share = (
            entry.paired.bonded
            * (limits.BPS - entry.commission_bps)
            * words.SHARE // ((entry.own.bonded + entry.paired.bonded) * limits.BPS)
        )
    log IRewardDistributor.ShareSet(id=id, vault=entry.vault, old=account.share, new=share)
    if share != account.share or entry.vault != vault_shares._vaults[id]:
        self._accounts[id] = words._pack_account(vault_shares._set(id, account, entry.vault, share))
    return share


@external
def claim(id: uint256) -> uint256:
    """
    @notice Pays the operator's part to the reward recipient on record. Anyone may call, unless the
            owner has closed claims to others.
    @param id Sequencer, even one that has left.
    @return Wei of METIS paid.
    @custom:reverts "claims are closed"; "nothing to claim"; "metis transfer failed"
    @custom:emits Claimed
    @custom:source docs/design.md section 3.5
    """
    recipient: address = staticcall ISequencerPool(pool).reward_recipient_of(id)
    account: uint256 = self._accounts[id]
    if words._is_closed(account) and msg.sender != recipient:
        assert self._is_owner(id), "RewardDistributor: claims are closed"
    amount: uint256 = self._take(id, account, max_value(uint256))
    log IRewardDistributor.Claimed(id=id, recipient=recipient, amount=amount)
    self._pay(recipient, amount)
    return amount


# ---------------------------------------------------------------- vaults and operators


@external
def claim_vault(id: uint256) -> uint256:
    """
    @notice Pays the vault's part to the calling vault.
    @param id Sequencer that is or was paired with the caller.
    @return Wei of METIS paid.
    @custom:reverts "nothing to claim"; "metis transfer failed"
    @custom:emits VaultClaimed
    @custom:source docs/design.md section 3.5, G16
    """
    amount: uint256 = vault_shares._take(id, msg.sender)
    if msg.sender == vault_shares._vaults[id]:
        account: words.Account = words._unpack_account(self._accounts[id])
        amount += account.vault
        account.vault = 0
        self._accounts[id] = words._pack_account(account)
    assert amount > 0, "RewardDistributor: nothing to claim"
    self.owed -= amount
    log IRewardDistributor.VaultClaimed(id=id, vault=msg.sender, amount=amount)
    self._pay(msg.sender, amount)
    return amount


@external
def close_claims(id: uint256, is_closed: bool):
    """
    @notice Says whether others may claim for this sequencer: who restakes, or claims to L2, does not
            want that anybody claims before.
    @param id Sequencer of the caller.
    @param is_closed True: only owner and reward recipient may claim; False: anyone, as at first.
    @custom:reverts "not owner"
    @custom:emits ClaimsClosed
    @custom:source docs/design.md section 3.5
    """
    assert self._is_owner(id), "RewardDistributor: not owner"
    account: words.Account = words._unpack_account(self._accounts[id])
    account.is_closed = is_closed
    self._accounts[id] = words._pack_account(account)
    log IRewardDistributor.ClaimsClosed(id=id, is_closed=is_closed)


@external
def restake(id: uint256) -> uint256:
    """
    @notice Adds the operator's part to the owner's stake, up to the pool's cap; what is beyond
            stays to be claimed.
    @param id Sequencer that has not begun to leave.
    @return Wei of METIS restaked.
    @custom:reverts "not owner"; "above cap" if there is no room; "nothing to claim"; "SequencerPool:
                    ..." for what stops a deposit there
    @custom:emits Restaked; Deposited, in the pool
    @custom:source docs/design.md section 3.5
    """
    entry: ISequencerPool.Sequencer = staticcall ISequencerPool(pool).sequencer(id)
    assert msg.sender == entry.owner, "RewardDistributor: not owner"
    cap: uint256 = (staticcall ISequencerPool(pool).parameters()).cap
    bonded: uint256 = entry.own.bonded + entry.paired.bonded
    assert bonded < cap, "RewardDistributor: above cap"
    amount: uint256 = self._take(id, self._accounts[id], cap - bonded)
    log IRewardDistributor.Restaked(id=id, owner=msg.sender, amount=amount)
    self._approve(pool, amount)
    extcall ISequencerPool(pool).relock(id, amount)
    return amount


@external
@payable
def claim_to_l2(id: uint256, l2_gas: uint32) -> uint256:
    """
    @notice Sends the operator's part through Metis' bridge, to the caller's address on L2. If the
            bridge fails, nothing is lost: `claim` pays on L1.
    @param id Sequencer whose reward recipient on record is the caller.
    @param l2_gas Gas for L2, which is paid to the bridge in ETH with this call.
    @return Wei of METIS sent.
    @custom:reverts "not recipient"; "nothing to claim"; "bridge took nothing"; whatever the bridge says
    @custom:emits ClaimedToL2
    @custom:source docs/design.md section 3.5
    """
    # To nobody else: the same address may be somebody else's on L2.
    assert (
        msg.sender == staticcall ISequencerPool(pool).reward_recipient_of(id)
    ), "RewardDistributor: not recipient"
    amount: uint256 = self._take(id, self._accounts[id], max_value(uint256))
    log IRewardDistributor.ClaimedToL2(id=id, recipient=msg.sender, amount=amount)
    self._approve(bridge, amount)
    extcall IL1ERC20Bridge(bridge).depositERC20ToByChainId(
        l2_chain_id, metis, l2_metis, msg.sender, amount, l2_gas, b"", value=msg.value
    )
    assert (
        staticcall IERC20(metis).allowance(self, bridge) == 0
    ), "RewardDistributor: bridge took nothing"
    return amount


# ---------------------------------------------------------------- governance


@external
def reimburse(id: uint256, amount: uint256, reason: String[256]):
    """
    @notice Credits a sequencer from the reserve, after a vote.
    @param id Sequencer; its reward recipient can claim.
    @param amount Wei of METIS; not 0, at most the reserve.
    @param reason Where the decision is, with its hash; not empty.
    @custom:reverts "roles: not governance"; "unknown sequencer"; "zero amount"; "empty reason"; "reserve
                    is short"
    @custom:emits Reimbursed
    @custom:source docs/design.md section 3.5, G14
    """
    roles._check_governance()
    self._check_known(id)
    self._use_reserve(amount, reason)
    self._accounts[id] = words._with_rewards(self._accounts[id], amount, 0)
    log IRewardDistributor.Reimbursed(id=id, amount=amount, reason=reason)


@external
def reimburse_vault(id: uint256, vault: address, amount: uint256, reason: String[256]):
    """
    @notice Credits the vault that is paired with a sequencer from the reserve, after a vote.
    @param id Sequencer.
    @param vault The one whose share was last taken over by `sync`; it can claim.
    @param amount Wei of METIS; not 0, at most the reserve.
    @param reason Where the decision is, with its hash; not empty.
    @custom:reverts "roles: not governance"; "not its vault"; "zero amount"; "empty reason"; "reserve is
                    short"
    @custom:emits VaultReimbursed
    @custom:source docs/design.md section 3.5, G14
    """
    roles._check_governance()
    assert (
        vault != empty(address) and vault == vault_shares._vaults[id]
    ), "RewardDistributor: not its vault"
    self._use_reserve(amount, reason)
    self._accounts[id] = words._with_rewards(self._accounts[id], 0, amount)
    log IRewardDistributor.VaultReimbursed(id=id, vault=vault, amount=amount, reason=reason)


@external
def set_mrr(mrr: uint256):
    """
    @notice Sets the rate of batches that begin later. A change before that no batch has begun with
            yet never counts.
    @param mrr Mining rewards rate, 0..5,000 basis points a year; it rises at most once in 30 days,
               by at most 1,000.
    @custom:reverts "roles: not governance"; "bad mrr"; "mrr rises too fast"
    @custom:emits ParameterSet
    @custom:source docs/design.md sections 3.5 and 4, G7
    """
    roles._check_governance()
    rate: uint256 = self._rate
    old: uint256 = words._present(rate)
    if mrr > old:
        assert (
            mrr - old <= limits.MRR_RISE
            and block.timestamp >= words._risen_at(rate) + limits.MRR_RISE_INTERVAL
        ), "RewardDistributor: mrr rises too fast"
        self._rate = words._with_rise(rate)
    self._set_mrr(mrr)


# ---------------------------------------------------------------- views


@external
@view
def reserve() -> uint256:
    """
    @notice What rewards can be paid from.
    @return Wei of METIS.
    """
    return self._reserve(self.owed)


@external
@view
def mrr() -> uint256:
    """
    @notice The rate last set.
    @return Basis points a year.
    """
    return words._present(self._rate)


@external
@view
def mrr_of_next_batch() -> uint256:
    """
    @notice The rate of the next batch, which may have begun before the last change.
    @return Basis points a year.
    """
    return words._of_batch(self._rate, self._next_begin())


@external
@view
def last_batch() -> IRewardDistributor.BatchEnd:
    """
    @notice Where the last batch ended.
    @return See IRewardDistributor.
    """
    return words._unpack_batch_end(self._last_batch)


@external
@view
def account(id: uint256) -> IRewardDistributor.Account:
    """
    @notice What is kept of a sequencer.
    @param id Sequencer.
    @return See IRewardDistributor.
    """
    account: words.Account = words._unpack_account(self._accounts[id])
    return IRewardDistributor.Account(
        operator=account.operator,
        vault_amount=account.vault,
        vault=vault_shares._vaults[id],
        share=account.share,
        since=account.since,
        changes=account.changes,
        is_closed=account.is_closed,
    )


@external
@view
def vault_claimable(id: uint256, vault: address) -> uint256:
    """
    @notice What a vault may claim.
    @param id Sequencer.
    @param vault One that is or was paired with it.
    @return Wei of METIS.
    """
    amount: uint256 = vault_shares._former[id][vault]
    if vault == vault_shares._vaults[id]:
        amount += words._unpack_account(self._accounts[id]).vault
    return amount


@external
@view
def mean_share(id: uint256, begin: uint256, end: uint256) -> uint256:
    """
    @notice The share of a sequencer's vaults, averaged over a time: what a batch of it pays them.
    @param id Sequencer.
    @param begin Unix seconds.
    @param end Unix seconds; later than that, and not in the future.
    @return Parts of 10**7, after the commission, rounded down.
    @custom:reverts "time does not rise"; "in the future"
    """
    assert end > begin, "RewardDistributor: time does not rise"
    assert end <= block.timestamp, "RewardDistributor: in the future"
    changes: uint256 = words._unpack_account(self._accounts[id]).changes
    return vault_shares._mean(id, changes, begin, end)


# ---------------------------------------------------------------- internal: term of office


@internal
@view
def _is_named() -> bool:
    return (staticcall ISequencerPool(pool).distributor()) == self


@internal
@pure
def _check_in_use(end_timestamp: uint256):
    assert end_timestamp != _NOT_BEGUN, "RewardDistributor: not begun"
    assert end_timestamp != _RETIRED, "RewardDistributor: retired"


@internal
@view
def _replaced() -> IRewardDistributor.BatchEnd:
    """
    @dev The last batch of one that is in use, and that the pool names no more.
    """
    assert not self._is_named(), "RewardDistributor: still the pool's distributor"
    last: IRewardDistributor.BatchEnd = words._unpack_batch_end(self._last_batch)
    self._check_in_use(last.end_timestamp)
    return last


@internal
@view
def _next_begin() -> uint256:
    """
    @dev When the next batch begins; the first one no earlier than now.
    """
    end_timestamp: uint256 = words._unpack_batch_end(self._last_batch).end_timestamp
    return end_timestamp if end_timestamp != _NOT_BEGUN else block.timestamp


@internal
def _begin():
    last: IRewardDistributor.BatchEnd = words._unpack_batch_end(self._last_batch)
    assert last.end_timestamp == _NOT_BEGUN, "RewardDistributor: has begun"
    last.end_timestamp = block.timestamp
    self._last_batch = words._pack_batch_end(last)
    self.power_seconds_used = staticcall ICommitteeRegistry(registry).power_seconds()
    log IRewardDistributor.Begun(after_block=last.end_block, power_seconds=self.power_seconds_used)


# ---------------------------------------------------------------- internal: batches


@internal
@view
def _committee_hash(nonce: uint256) -> bytes32:
    committee: ICommitteeRegistry.Committee = staticcall ICommitteeRegistry(registry).committee(
        nonce
    )
    assert committee.created_at != 0, "RewardDistributor: unknown committee"
    assert (
        committee.superseded_at == 0
        or block.timestamp <= committee.superseded_at + limits.COMMITTEE_AGE
    ), "RewardDistributor: old committee"
    return committee.hash


@internal
def _use_power(
    begin: uint256, end: uint256, nonce: uint256, covered: uint256
) -> (uint256, uint256):
    """
    @dev Uses up power x seconds until a batch's end, which is near the time of a committee. The mean
         power, and what all blocks together earn for the seconds that they cover.
    """
    until: uint256 = staticcall ICommitteeRegistry(registry).power_seconds_at(end, nonce)
    there: uint256 = until - self.power_seconds_used
    self.power_seconds_used = until
    duration: uint256 = end - begin
    rate: uint256 = words._of_batch(self._rate, begin)
    return there // duration, (there * covered * rate // (duration * limits.YEAR * limits.BPS))


@internal
def _credit(
    entries: DynArray[uint256, limits.MAX_ENTRIES],
    blocks: uint256,
    paid: uint256,
    begin: uint256,
    end: uint256,
) -> (uint256, DynArray[uint256, limits.MAX_ENTRIES]):
    """
    @dev Checks the entries, and shares among them. What was credited, and the vaults' parts of it.
    """
    vault_parts: DynArray[uint256, limits.MAX_ENTRIES] = []
    credited: uint256 = 0
    sum: uint256 = 0
    lowest: uint256 = 0  # that the next id may be
    for entry: uint256 in entries:
        id: uint256 = entry & _ID_MASK
        produced: uint256 = entry >> _BLOCKS_BIT
        assert id >= lowest, "RewardDistributor: ids do not rise"
        assert produced > 0, "RewardDistributor: no blocks"
        lowest = unsafe_add(id, 1)
        assert produced <= unsafe_sub(blocks, sum), "RewardDistributor: wrong sum"
        sum = unsafe_add(sum, produced)
        vault_part: uint256 = 0
        if id != 0:
            reward: uint256 = unsafe_mul(paid, produced) // blocks
            word: uint256 = self._accounts[id]
            if words._share_since(word) <= begin:
                # Rounded in the operator's favour, by less than a wei and a ten-millionth.
                vault_part = unsafe_mul(reward, words._share(word)) // words.SHARE
                self._accounts[id] = words._with_rewards(
                    word, unsafe_sub(reward, vault_part), vault_part
                )
            else:
                vault_part = self._credit_by_time(id, reward, begin, end)
            credited = unsafe_add(credited, reward)
        vault_parts.append(vault_part)
    assert sum == blocks, "RewardDistributor: wrong sum"
    if lowest > 1:
        # Ids have no gaps: if there is the highest, there are all.
        self._check_known(lowest - 1)
    return credited, vault_parts


@internal
def _credit_by_time(id: uint256, reward: uint256, begin: uint256, end: uint256) -> uint256:
    """
    @dev The same where the share has changed since the batch began. The vaults' part.
    """
    before: words.Account = words._unpack_account(self._accounts[id])
    account: words.Account = vault_shares._credit(id, before, reward, begin, end)
    self._accounts[id] = words._pack_account(account)
    return reward - (account.operator - before.operator)


# ---------------------------------------------------------------- internal: money


@internal
@view
def _is_owner(id: uint256) -> bool:
    return msg.sender == (staticcall ISequencerPool(pool).sequencer(id)).owner


@internal
@view
def _check_known(id: uint256):
    assert (
        staticcall ISequencerPool(pool).reward_recipient_of(id) != empty(address)
    ), "RewardDistributor: unknown sequencer"


@internal
@view
def _reserve(owed: uint256) -> uint256:
    return (staticcall IERC20(metis).balanceOf(self)) - owed


@internal
def _use_reserve(amount: uint256, reason: String[256]):
    """
    @dev What is given is owed, and not in the reserve any more.
    """
    assert amount > 0, "RewardDistributor: zero amount"
    assert len(reason) > 0, "RewardDistributor: empty reason"
    owed: uint256 = self.owed
    assert amount <= self._reserve(owed), "RewardDistributor: reserve is short"
    self.owed = owed + amount


@internal
def _take(id: uint256, account: uint256, most: uint256) -> uint256:
    """
    @dev Of the operator's part in that account, at most so much, for the caller to pay.
    """
    amount: uint256 = min(words._operator(account), most)
    assert amount > 0, "RewardDistributor: nothing to claim"
    self._accounts[id] = words._less(account, amount)
    self.owed -= amount
    return amount


@internal
def _pay(recipient: address, amount: uint256):
    assert extcall IERC20(metis).transfer(
        recipient, amount
    ), "RewardDistributor: metis transfer failed"


@internal
def _approve(spender: address, amount: uint256):
    assert extcall IERC20(metis).approve(
        spender, amount
    ), "RewardDistributor: metis approval failed"


# ---------------------------------------------------------------- internal: parameters


@internal
def _set_mrr(new: uint256):
    assert new <= limits.MRR_CEILING, "RewardDistributor: bad mrr"
    rate: uint256 = self._rate
    log IRewardDistributor.ParameterSet(name="mrr", old=words._present(rate), new=new)
    self._rate = words._with_change(rate, new, self._next_begin())
