# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
"""
@title StakedMetis
@custom:contract-name StakedMetis
@license AGPL-3.0-only
@notice Liquid staking of METIS: shares of a vault that is paired with
        sequencers. Deposits are at once (ERC-4626), redemptions take the
        pool's exit delay (ERC-7540).
@dev Trust. The allocator chooses which paired sequencers get how much; it cannot
     take METIS out, nor keep it from redemptions: anyone may take back from a
     sequencer what these lack. Governance names the allocator. Pool,
     SlashVault and METIS are trusted, the pool's distributor with nothing but
     what it pays.
     The price. Losses count from the block in which the pool slashes: only a
     case in the SlashVault can lower what is staked, and all cases are looked
     at before anything else. Gains (rewards, refunds) enter evenly over 7 days,
     and stay here until then. What is sent here otherwise counts never: no
     balance is read. Virtual shares and as much virtual METIS make the first
     share as dear as the others. Rounding is against the caller.
     Below half of the first price nobody can deposit: it would be a prize, for
     whoever hopes for a refund.
     Redemptions. The shares wait here, and lose with all others; the most that
     they are paid is what they were worth at the request. What they have gained
     since enters the price for the others like any gain; the last to leave gets
     it. METIS that the queue needs cannot be allocated.
@custom:kill There is nothing to stop: shares can always be redeemed. Without an
             allocator nothing new is staked.
@custom:source docs/design.md section 3.6
"""

from ethereum.ercs import IERC20

from interfaces import IRewardDistributor
from interfaces import ISequencerPool
from interfaces import ISlashVault
from interfaces import IStakedMetis

implements: IStakedMetis

from snekmate.auth import ownable
from snekmate.tokens import erc20

from contracts.modules import limits
from contracts.modules.access import roles
from contracts.modules.vault import redemptions
from contracts.modules.words import vault_words as words

initializes: roles
initializes: erc20[ownable := ownable]
initializes: redemptions

# Left out: what lets somebody mint, or burn without being paid.
exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
    erc20.name,
    erc20.symbol,
    erc20.decimals,
    erc20.totalSupply,
    erc20.balanceOf,
    erc20.allowance,
    erc20.transfer,
    erc20.transferFrom,
    erc20.approve,
    erc20.permit,
    erc20.nonces,
    erc20.DOMAIN_SEPARATOR,
    erc20.eip712Domain,
)


# ---------------------------------------------------------------- constants

# Entries of the pool's list of unbondings for the allocator; as many are left to others.
_HALF_OF_LIST: constant(uint256) = limits.MAX_UNBONDINGS // 2
# Shares and METIS that nobody owns: a millionth of a METIS.
_VIRTUAL: constant(uint256) = 10**12
_SUPPORTED: constant(bytes4[4]) = [
    0x01ffc9a7,  # ERC-165
    0xe3bc4e65,  # operators of ERC-7540
    0x620ee8e4,  # redemptions of ERC-7540
    0x2f0a18c5,  # ERC-7575
]


# ---------------------------------------------------------------- immutables

asset: public(immutable(address))
pool: public(immutable(address))
slash_vault: public(immutable(address))


# ---------------------------------------------------------------- storage

# The words of `vault_words`.
_funds: uint256
_gains: uint256
# Sequencers with stake of this vault, the last allocated one last.
_allocations: DynArray[uint256, limits.MAX_ALLOCATIONS]
# id => when somebody other than the allocator took stake back.
_deallocated_at: HashMap[uint256, uint256]
allocator: public(address)
isOperator: public(HashMap[address, HashMap[address, bool]])  # controller => operator =>


# ---------------------------------------------------------------- constructor


@deploy
def __init__(pool_: address, governance: address, allocator_: address):
    """
    @notice Takes token and escrow from the pool.
    @param pool_ The SequencerPool.
    @param governance The Timelock; not zero.
    @param allocator_ Who allocates to paired sequencers; zero: nobody yet.
    """
    roles.__init__(governance)
    erc20.__init__("Staked METIS", "stMTS", 18, "Staked METIS", "1")
    pool = pool_
    asset = staticcall ISequencerPool(pool_).metis()
    slash_vault = staticcall ISequencerPool(pool_).slash_vault()
    # Earlier cases are none of ours.
    self._gains = words._with_counted_cases(0, staticcall ISlashVault(slash_vault).case_count())
    self._set_allocator(allocator_)


# ---------------------------------------------------------------- depositors


@external
def deposit(assets: uint256, receiver: address) -> uint256:
    """
    @notice Takes METIS for shares.
    @param assets Wei of METIS, pulled from the caller.
    @param receiver Who gets the shares; not zero.
    @return Wei of shares.
    @custom:reverts "zero shares"; "above maximum"; "count losses first"; "metis transfer failed"
    @custom:emits Deposit
    @custom:source ERC-4626
    """
    total: uint256 = self._count()
    assert assets <= words.MAX_METIS, "StakedMetis: above maximum"
    shares: uint256 = self._to_shares(assets, total)
    self._deposit(assets, shares, receiver, total)
    return shares


@external
def mint(shares: uint256, receiver: address) -> uint256:
    """
    @notice Makes so many shares, for as much METIS as they cost.
    @param shares Wei of shares.
    @param receiver Who gets them; not zero.
    @return Wei of METIS, pulled from the caller.
    @custom:reverts "zero shares"; "above maximum"; "count losses first"; "metis transfer failed"
    @custom:emits Deposit
    @custom:source ERC-4626
    """
    total: uint256 = self._count()
    assert shares <= redemptions.MAX_SHARES, "StakedMetis: above maximum"
    assets: uint256 = self._to_assets_up(shares, total)
    self._deposit(assets, shares, receiver, total)
    return assets


@external
def requestRedeem(shares: uint256, controller: address, owner: address) -> uint256:
    """
    @notice Begins a redemption: the shares wait here until the exit delay is over and METIS is
            there, first come first served. They are worth no more than now, and lose with all.
    @param shares Wei of shares.
    @param controller Who may redeem then: the owner, or another who has made the caller its
                      operator or is the caller; has at most 16 open requests.
    @param owner Whose shares they are: the caller, or one that has made it its operator or has
                 allowed it so many shares.
    @return Id of the request.
    @custom:reverts "not controller"; "zero shares"; "redemptions: too many"; "count losses first";
                    "erc20: insufficient allowance"; "erc20: transfer amount exceeds balance"
    @custom:emits RedeemRequest
    @custom:source ERC-7540, docs/design.md section 3.6
    """
    # Else anybody could fill another's list, and so keep it from leaving.
    assert controller == owner or self._may_act_for(controller), "StakedMetis: not controller"
    if not self._may_act_for(owner):
        erc20._spend_allowance(owner, msg.sender, shares)
    total: uint256 = self._count()
    erc20._transfer(owner, self, shares)
    worth: uint256 = self._to_assets(shares, total)
    assert worth > 0, "StakedMetis: zero shares"
    ready_at: uint256 = block.timestamp + self._exit_delay()
    id: uint256 = redemptions._add(controller, shares, worth, ready_at)
    log IStakedMetis.RedeemRequest(
        controller=controller, owner=owner, requestId=id, sender=msg.sender, shares=shares
    )
    return id


@external
def redeem(shares: uint256, receiver: address, controller: address) -> uint256:
    """
    @notice Pays for shares whose redemption is claimable, the controller's oldest first.
    @param shares Wei of shares, at most maxRedeem(controller).
    @param receiver Who is paid; not zero.
    @param controller The caller, or one that has made it its operator.
    @return Wei of METIS paid: to the last who leaves, all that there is.
    @custom:reverts "not controller"; "zero shares"; "more than claimable"; "count losses first"; "metis
                    transfer failed"
    @custom:emits Withdraw
    @custom:source ERC-7540, docs/design.md section 3.6
    """
    assert self._may_act_for(controller), "StakedMetis: not controller"
    assert shares > 0, "StakedMetis: zero shares"
    assets: uint256 = self._redeem(shares, max_value(uint256), receiver, controller)[1]
    return assets


@external
def withdraw(assets: uint256, receiver: address, controller: address) -> uint256:
    """
    @notice Pays so much for shares whose redemption is claimable, the controller's oldest first.
    @param assets Wei of METIS, at most maxWithdraw(controller).
    @param receiver Who is paid; not zero.
    @param controller The caller, or one that has made it its operator.
    @return Wei of shares that are gone.
    @custom:reverts "not controller"; "zero assets"; "more than claimable"; "count losses first"; "metis
                    transfer failed"
    @custom:emits Withdraw
    @custom:source ERC-7540, docs/design.md section 3.6
    """
    assert self._may_act_for(controller), "StakedMetis: not controller"
    assert assets > 0, "StakedMetis: zero assets"
    shares: uint256 = self._redeem(max_value(uint256), assets, receiver, controller)[0]
    return shares


@external
def setOperator(operator: address, approved: bool) -> bool:
    """
    @notice Lets another act for the caller: request from its shares, and redeem.
    @param operator Who may act.
    @param approved Whether it may.
    @return True.
    @custom:emits OperatorSet
    @custom:source ERC-7540
    """
    self.isOperator[msg.sender][operator] = approved
    log IStakedMetis.OperatorSet(controller=msg.sender, operator=operator, approved=approved)
    return True


# ---------------------------------------------------------------- anyone


@external
def count_losses():
    """
    @notice Counts losses as far as one call goes. All else does so too, and fails only if there are
            more cases than that.
    @custom:emits LossesCounted
    @custom:source docs/design.md section 3.6
    """
    self._count_some()


@external
def collect(id: uint256) -> uint256:
    """
    @notice Takes matured stake back from the pool.
    @param id Sequencer.
    @return Wei of METIS.
    @custom:reverts "count losses first"; "SequencerPool: not vault"; "SequencerPool: nothing to claim"
    @custom:emits Collected
    @custom:source docs/design.md section 3.6
    """
    self._count()
    return self._collect(id)


@external
def harvest(id: uint256) -> uint256:
    """
    @notice Takes the vault's rewards, which enter the price over 7 days.
    @param id Sequencer that is or was paired with this vault.
    @return Wei of METIS.
    @custom:reverts "count losses first"; "RewardDistributor: nothing to claim"
    @custom:emits Harvested
    @custom:source docs/design.md section 3.6
    """
    self._count()
    distributor: address = staticcall ISequencerPool(pool).distributor()
    # The pool may name any distributor: what has come counts, not what it says.
    before: uint256 = staticcall IERC20(asset).balanceOf(self)
    extcall IRewardDistributor(distributor).claim_vault(id)
    amount: uint256 = (staticcall IERC20(asset).balanceOf(self)) - before
    vested_at: uint256 = self._gain(amount)
    log IStakedMetis.Harvested(id=id, amount=amount, vested_at=vested_at)
    return amount


@external
def collect_refund(case_id: uint256) -> uint256:
    """
    @notice Takes the refund of a slash, which enters the price over 7 days.
    @param case_id Of the SlashVault.
    @return Wei of METIS.
    @custom:reverts "count losses first"; "SlashVault: ..." if there is nothing to collect
    @custom:emits RefundCollected
    @custom:source docs/design.md section 3.6, G14
    """
    self._count()
    amount: uint256 = extcall ISlashVault(slash_vault).collect_refund(case_id)
    vested_at: uint256 = self._gain(amount)
    log IStakedMetis.RefundCollected(case_id=case_id, amount=amount, vested_at=vested_at)
    return amount


# ---------------------------------------------------------------- allocator and governance


@external
def allocate(id: uint256, amount: uint256):
    """
    @notice Stakes METIS with a sequencer that is paired with this vault.
    @param id Sequencer.
    @param amount Wei of METIS that redemptions do not need, and that counts already; not 0.
    @custom:reverts "not allocator"; "count losses first"; "more than idle"; "too many allocations" above
                    8; "SequencerPool: ..." for what stops a deposit there
    @custom:emits Allocated
    @custom:source docs/design.md section 3.6
    """
    assert msg.sender == self.allocator, "StakedMetis: not allocator"
    total: uint256 = self._count()
    funds: words.Funds = words._unpack_funds(self._funds)
    available: uint256 = self._available(funds, self._gains)
    needed: uint256 = self._needed(redemptions._open(), total)
    assert amount <= available - min(available, needed), "StakedMetis: more than idle"
    funds.here -= amount
    funds.staked += amount
    self._funds = words._pack_funds(funds)
    order: DynArray[uint256, limits.MAX_ALLOCATIONS] = self._without(id)
    assert len(order) < limits.MAX_ALLOCATIONS, "StakedMetis: too many allocations"
    order.append(id)
    self._allocations = order
    log IStakedMetis.Allocated(id=id, amount=amount)
    assert extcall IERC20(asset).approve(pool, amount), "StakedMetis: metis approval failed"
    extcall ISequencerPool(pool).deposit_paired(id, amount)


@external
def deallocate(id: uint256, amount: uint256) -> uint256:
    """
    @notice Begins to take stake back from a sequencer. The allocator takes any amount, in at most half of
            the entries of the pool's list. Anyone takes all that redemptions lack, or that is bonded,
            from the last allocated sequencer that has any bonded; once in an eighth of the exit
            delay, so that the list is never full.
    @param id Sequencer.
    @param amount Wei of METIS, not 0. Of others than the allocator: the most, and no less than is taken.
    @return Wei of METIS that unbond.
    @custom:reverts "count losses first"; "too many unbondings"; unless by the allocator: "too soon", "not
                    the last allocated", "nothing is lacking", "less than is lacking"; "SequencerPool:
                    ..." for what stops a withdrawal there
    @custom:emits Deallocated, Collected
    @custom:source docs/design.md section 3.6
    """
    total: uint256 = self._count()
    stake: ISequencerPool.Holding = self._stake_with(id)
    if stake.matured > stake.kept:
        # It would take up the pool's list.
        self._collect(id)
        stake = self._stake_with(id)
    taken: uint256 = amount
    if msg.sender == self.allocator:
        assert stake.unbondings < _HALF_OF_LIST, "StakedMetis: too many unbondings"
    else:
        assert (
            block.timestamp >= self._deallocated_at[id] + self._exit_delay() // _HALF_OF_LIST + 1
        ), "StakedMetis: too soon"
        self._deallocated_at[id] = block.timestamp
        last: uint256 = 0
        on_its_way: uint256 = 0
        for other: uint256 in self._allocations:
            paired: ISequencerPool.Holding = self._stake_with(other)
            on_its_way += paired.unbonding + paired.matured
            if paired.bonded > 0:
                last = other
        assert id == last, "StakedMetis: not the last allocated"
        missing: uint256 = self._missing(words._unpack_funds(self._funds), self._gains, total)
        assert missing > on_its_way, "StakedMetis: nothing is lacking"
        taken = min(missing - on_its_way, stake.bonded)
        assert amount >= taken, "StakedMetis: less than is lacking"
    log IStakedMetis.Deallocated(id=id, by=msg.sender, amount=taken)
    extcall ISequencerPool(pool).request_paired_withdrawal(id, taken)
    return taken


@external
def appeal(case_id: uint256, statement_uri: String[256]):
    """
    @notice Appeals against a slash that has cost this vault.
    @param case_id Of the SlashVault.
    @param statement_uri Where the statement is, with its hash.
    @custom:reverts "not allocator"; "SlashVault: ..." for what stops an appeal there
    @custom:emits CaseAppealed, in the SlashVault
    @custom:source docs/design.md section 3.4, G14
    """
    assert msg.sender == self.allocator, "StakedMetis: not allocator"
    extcall ISlashVault(slash_vault).appeal(case_id, statement_uri)


@external
def set_allocator(allocator: address):
    """
    @notice Names the allocator.
    @param allocator Zero: nobody.
    @custom:reverts "roles: not governance"
    @custom:emits AllocatorSet
    @custom:source docs/design.md section 3.6
    """
    roles._check_governance()
    self._set_allocator(allocator)


# ---------------------------------------------------------------- views: ERC-4626


@external
@view
def share() -> address:
    """
    @notice The share token.
    @return This contract.
    @custom:source ERC-7575
    """
    return self


@external
@view
def totalAssets() -> uint256:
    """
    @notice What all shares are worth.
    @return Wei of METIS, with losses, without gains that do not count yet.
    @custom:source ERC-4626
    """
    return self._total()


@external
@view
def convertToShares(assets: uint256) -> uint256:
    """
    @notice What METIS is worth in shares.
    @param assets Wei of METIS.
    @return Wei of shares, rounded down.
    @custom:source ERC-4626
    """
    return self._to_shares(assets, self._total())


@external
@view
def convertToAssets(shares: uint256) -> uint256:
    """
    @notice What shares are worth.
    @param shares Wei of shares.
    @return Wei of METIS, rounded down.
    @custom:source ERC-4626
    """
    return self._to_assets(shares, self._total())


@external
@view
def maxDeposit(receiver: address) -> uint256:
    """
    @notice The most that a deposit may be.
    @param receiver Anybody.
    @return Wei of METIS: more than there is, or 0 if a share is worth less than half a METIS.
    @custom:source ERC-4626
    """
    return self._most(self._total())


@external
@view
def maxMint(receiver: address) -> uint256:
    """
    @notice The most shares that can be minted.
    @param receiver Anybody.
    @return Wei of shares.
    @custom:source ERC-4626
    """
    total: uint256 = self._total()
    return self._to_shares(self._most(total), total)


@external
@view
def maxWithdraw(controller: address) -> uint256:
    """
    @notice What a controller's claimable redemptions pay.
    @param controller Whose.
    @return Wei of METIS.
    @custom:source ERC-7540
    """
    return self._claimable(controller)[1]


@external
@view
def maxRedeem(controller: address) -> uint256:
    """
    @notice Shares of a controller's claimable redemptions.
    @param controller Whose.
    @return Wei of shares.
    @custom:source ERC-7540
    """
    return self._claimable(controller)[0]


@external
@view
def previewDeposit(assets: uint256) -> uint256:
    """
    @notice What a deposit gives now.
    @param assets Wei of METIS.
    @return Wei of shares.
    @custom:source ERC-4626
    """
    return self._to_shares(assets, self._total())


@external
@view
def previewMint(shares: uint256) -> uint256:
    """
    @notice What shares cost now.
    @param shares Wei of shares.
    @return Wei of METIS, rounded up.
    @custom:source ERC-4626
    """
    return self._to_assets_up(shares, self._total())


@external
@view
def previewWithdraw(assets: uint256) -> uint256:
    """
    @notice Reverts: a redemption is requested first.
    @param assets Anything.
    @return Nothing.
    @custom:reverts "request first"
    @custom:source ERC-7540
    """
    raise "StakedMetis: request first"


@external
@view
def previewRedeem(shares: uint256) -> uint256:
    """
    @notice Reverts: a redemption is requested first.
    @param shares Anything.
    @return Nothing.
    @custom:reverts "request first"
    @custom:source ERC-7540
    """
    raise "StakedMetis: request first"


# ---------------------------------------------------------------- views: ERC-7540


@external
@view
def pendingRedeemRequest(requestId: uint256, controller: address) -> uint256:
    """
    @notice Shares of a request that is not claimable yet.
    @param requestId Its id.
    @param controller Its controller.
    @return Wei of shares; 0 of another's.
    @custom:source ERC-7540
    """
    return self._shares_of(requestId, controller, False)


@external
@view
def claimableRedeemRequest(requestId: uint256, controller: address) -> uint256:
    """
    @notice Shares of a request that is claimable.
    @param requestId Its id.
    @param controller Its controller.
    @return Wei of shares; 0 of another's.
    @custom:source ERC-7540
    """
    return self._shares_of(requestId, controller, True)


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice Which interfaces there are.
    @param interface_id Of ERC-165.
    @return True for ERC-165, ERC-7575, and operators and redemptions of ERC-7540.
    @custom:source ERC-165
    """
    return interface_id in _SUPPORTED


# ---------------------------------------------------------------- views: ours


@external
@view
def funds() -> IStakedMetis.Funds:
    """
    @notice Where the METIS is.
    @return See IStakedMetis.
    """
    funds: words.Funds = empty(words.Funds)
    word: uint256 = 0
    count: uint256 = 0
    funds, word, count = self._counted()
    available: uint256 = self._available(funds, word)
    missing: uint256 = self._missing(funds, word, self._worth(funds, word))
    reserved: uint256 = self._needed(redemptions._open(), self._worth(funds, word)) - missing
    return IStakedMetis.Funds(
        idle=available - reserved,
        reserved=reserved,
        staked=funds.staked,
        unvested=words._unvested(word),
        vested_at=words._vested_at(word),
        missing=missing,
    )


@external
@view
def request(request_id: uint256) -> IStakedMetis.Request:
    """
    @notice One request to redeem.
    @param request_id From 1.
    @return See IStakedMetis; what was redeemed of it is gone.
    """
    request: redemptions.Request = redemptions._request(request_id)
    return IStakedMetis.Request(
        controller=redemptions._controller(request_id),
        shares=request.shares,
        worth=request.worth,
        ready_at=request.ready_at,
        is_funded=self._is_funded(request_id, request.shares),
    )


@external
@view
def requests_of(controller: address) -> DynArray[uint256, limits.MAX_REQUESTS]:
    """
    @notice A controller's open requests.
    @param controller Whose.
    @return Their ids, oldest first.
    """
    ids: DynArray[uint256, limits.MAX_REQUESTS] = []
    id: uint256 = redemptions._list(controller).first
    for _: uint256 in range(limits.MAX_REQUESTS):
        if id == 0:
            break
        ids.append(id)
        id = redemptions._request(id).next
    return ids


@external
@view
def allocations() -> DynArray[uint256, limits.MAX_ALLOCATIONS]:
    """
    @notice Sequencers that this vault has stake with, or had.
    @return Their ids, the last allocated one last.
    """
    return self._allocations


@external
@view
def uncounted_cases() -> uint256:
    """
    @notice Cases of the SlashVault that were not looked at yet; some may be this vault's losses.
    @return Their number.
    """
    return (staticcall ISlashVault(slash_vault).case_count()) - words._counted_cases(self._gains)


# ---------------------------------------------------------------- internal: losses and gains


@internal
@view
def _counted() -> (words.Funds, uint256, uint256):
    """
    @dev Funds and gains with losses counted, as far as one call goes; and the case that it went to.
    """
    funds: words.Funds = words._unpack_funds(self._funds)
    word: uint256 = self._gains
    counted: uint256 = words._counted_cases(word)
    count: uint256 = staticcall ISlashVault(slash_vault).case_count()
    stop: uint256 = min(count, counted + limits.MAX_LOSSES)
    for case_id: uint256 in range(counted + 1, stop + 1, bound=limits.MAX_LOSSES):
        vault: address = empty(address)
        loss: uint256 = 0
        vault, loss = staticcall ISlashVault(slash_vault).loss_of(case_id)
        if vault == self:
            funds.staked -= loss
    return funds, words._with_counted_cases(word, stop), count


@internal
def _count_some() -> bool:
    """
    @dev Counts losses. Whether all are counted.
    """
    funds: words.Funds = empty(words.Funds)
    word: uint256 = 0
    count: uint256 = 0
    funds, word, count = self._counted()
    counted: uint256 = words._counted_cases(word)
    if counted != words._counted_cases(self._gains):
        loss: uint256 = words._unpack_funds(self._funds).staked - funds.staked
        if loss > 0:
            self._funds = words._pack_funds(funds)
            log IStakedMetis.LossesCounted(up_to=counted, amount=loss)
        self._gains = word
    return counted == count


@internal
def _count() -> uint256:
    """
    @dev Counts all losses, and returns what all shares are worth. Comes first in all that changes
         anything.
    """
    assert self._count_some(), "StakedMetis: count losses first"
    return self._worth(words._unpack_funds(self._funds), self._gains)


@internal
@view
def _worth(funds: words.Funds, word: uint256) -> uint256:
    sum: uint256 = funds.here + funds.staked
    return sum - min(sum, words._unvested(word))


@internal
@view
def _total() -> uint256:
    funds: words.Funds = empty(words.Funds)
    word: uint256 = 0
    count: uint256 = 0
    funds, word, count = self._counted()
    return self._worth(funds, word)


@internal
def _gain(amount: uint256) -> uint256:
    """
    @dev METIS that has come in; when all of it counts.
    """
    self._gains = words._with_gain(self._gains, amount)
    self._receive(amount)
    return words._vested_at(self._gains)


@internal
def _receive(amount: uint256):
    funds: words.Funds = words._unpack_funds(self._funds)
    funds.here += amount
    self._funds = words._pack_funds(funds)


# ---------------------------------------------------------------- internal: price


@internal
@view
def _to_shares(assets: uint256, total: uint256) -> uint256:
    return assets * (erc20.totalSupply + _VIRTUAL) // (total + _VIRTUAL)


@internal
@view
def _to_assets(shares: uint256, total: uint256) -> uint256:
    return shares * (total + _VIRTUAL) // (erc20.totalSupply + _VIRTUAL)


@internal
@view
def _to_assets_up(shares: uint256, total: uint256) -> uint256:
    supply: uint256 = erc20.totalSupply + _VIRTUAL
    return (shares * (total + _VIRTUAL) + supply - 1) // supply


@internal
@view
def _most(total: uint256) -> uint256:
    """
    @dev What may still be deposited, so that it fits into its bits.
    """
    if 2 * (total + _VIRTUAL) < erc20.totalSupply + _VIRTUAL:
        return 0
    return words.MAX_METIS - min(words.MAX_METIS, total)


# ---------------------------------------------------------------- internal: deposits


@internal
def _deposit(assets: uint256, shares: uint256, receiver: address, total: uint256):
    assert shares > 0, "StakedMetis: zero shares"
    assert assets <= self._most(total), "StakedMetis: above maximum"
    erc20._mint(receiver, shares)
    log IStakedMetis.Deposit(sender=msg.sender, owner=receiver, assets=assets, shares=shares)
    self._receive(assets)
    assert extcall IERC20(asset).transferFrom(
        msg.sender, self, assets
    ), "StakedMetis: metis transfer failed"


# ---------------------------------------------------------------- internal: redemptions


@internal
@view
def _may_act_for(controller: address) -> bool:
    return msg.sender == controller or self.isOperator[controller][msg.sender]


@internal
@view
def _available(funds: words.Funds, word: uint256) -> uint256:
    """
    @dev METIS here that counts. What does not count yet is not paid, or the price could outgrow what
         is here for those who wait.
    """
    return funds.here - min(funds.here, words._unvested(word))


@internal
@view
def _needed(shares: uint256, total: uint256) -> uint256:
    """
    @dev METIS for shares that wait. All that there is is enough for all: below the first price the
         virtual METIS, which is not there, is a part of what they are worth.
    """
    return min(self._to_assets_up(shares, total), total)


@internal
@view
def _missing(funds: words.Funds, word: uint256, total: uint256) -> uint256:
    """
    @dev METIS that redemptions need and that is not here.
    """
    needed: uint256 = self._needed(redemptions._open(), total)
    return needed - min(needed, self._available(funds, word))


@internal
def _redeem(
    most_shares: uint256, most_assets: uint256, receiver: address, controller: address
) -> (uint256, uint256):
    """
    @dev Redeems until the first of both is reached, exactly. Shares and METIS.
    """
    # What a share is worth is the same for all parts.
    total: uint256 = self._count()
    funds: words.Funds = words._unpack_funds(self._funds)
    word: uint256 = self._gains
    available: uint256 = self._available(funds, word)
    shares: uint256 = 0
    assets: uint256 = 0
    worth: uint256 = 0
    list: redemptions.Requests = redemptions._list(controller)
    for _: uint256 in range(limits.MAX_REQUESTS):
        if shares == most_shares or assets == most_assets:
            break
        id: uint256 = list.first
        request: redemptions.Request = redemptions._request(id)
        assert id != 0 and self._is_claimable(
            id, request, available, total
        ), "StakedMetis: more than claimable"
        most: uint256 = min(request.worth, self._to_assets(request.shares, total))
        part: uint256 = min(request.shares, most_shares - shares)
        paid: uint256 = most
        if most > most_assets - assets:
            paid = most_assets - assets
            part = (request.shares * paid + most - 1) // most
        freed: uint256 = request.worth * part // request.shares
        if part == request.shares:
            list.first = request.next
            list.count -= 1
        elif paid == most:
            # A part by shares: no more than what both are worth.
            paid = min(freed, self._to_assets(part, total))
        request.shares -= part
        request.worth -= freed
        redemptions._save_request(id, request)
        shares += part
        assets += paid
        worth += self._to_assets(part, total)
    # The last to leave may lack the virtual METIS: see _needed.
    assets = min(assets, available)
    worth = min(worth, available)
    assert shares == most_shares or assets == most_assets, "StakedMetis: more than claimable"

    redemptions._save_list(controller, list)
    redemptions._pay(shares)
    erc20._burn(self, shares)
    if erc20.totalSupply == 0 and funds.staked == 0 and most_shares == shares:
        # Nobody is left to whom the rest could belong.
        assets = funds.here
        self._gains = words._with_counted_cases(0, words._counted_cases(word))
    elif worth > assets:
        # The price stays: what shares have gained while they waited is a gain of the others.
        self._gains = words._with_gain(word, worth - assets)
    log IStakedMetis.Withdraw(
        sender=msg.sender, receiver=receiver, owner=controller, assets=assets, shares=shares
    )
    funds.here -= assets
    self._funds = words._pack_funds(funds)
    assert extcall IERC20(asset).transfer(receiver, assets), "StakedMetis: metis transfer failed"
    return shares, assets


@internal
@view
def _is_claimable(
    id: uint256, request: redemptions.Request, available: uint256, total: uint256
) -> bool:
    return (
        block.timestamp >= request.ready_at
        and self._needed(redemptions._ahead(id, request.shares), total) <= available
    )


@internal
@view
def _claimable(controller: address) -> (uint256, uint256):
    """
    @dev Shares and METIS of a controller's claimable requests.
    """
    funds: words.Funds = empty(words.Funds)
    word: uint256 = 0
    count: uint256 = 0
    funds, word, count = self._counted()
    total: uint256 = self._worth(funds, word)
    available: uint256 = self._available(funds, word)
    shares: uint256 = 0
    assets: uint256 = 0
    id: uint256 = redemptions._list(controller).first
    for _: uint256 in range(limits.MAX_REQUESTS):
        request: redemptions.Request = redemptions._request(id)
        if id == 0 or not self._is_claimable(id, request, available, total):
            break
        shares += request.shares
        assets += min(request.worth, self._to_assets(request.shares, total))
        id = request.next
    return shares, min(assets, available)


@internal
@view
def _is_funded(id: uint256, shares: uint256) -> bool:
    funds: words.Funds = empty(words.Funds)
    word: uint256 = 0
    count: uint256 = 0
    funds, word, count = self._counted()
    needed: uint256 = self._needed(redemptions._ahead(id, shares), self._worth(funds, word))
    return shares > 0 and needed <= self._available(funds, word)


@internal
@view
def _shares_of(id: uint256, controller: address, claimable: bool) -> uint256:
    request: redemptions.Request = redemptions._request(id)
    is_claimable: bool = block.timestamp >= request.ready_at and self._is_funded(id, request.shares)
    if redemptions._controller(id) != controller or is_claimable != claimable:
        return 0
    return request.shares


# ---------------------------------------------------------------- internal: stake


@internal
@view
def _exit_delay() -> uint256:
    return (staticcall ISequencerPool(pool).parameters()).exit_delay


@internal
def _collect(id: uint256) -> uint256:
    amount: uint256 = extcall ISequencerPool(pool).claim_paired(id)
    funds: words.Funds = words._unpack_funds(self._funds)
    funds.staked -= amount
    funds.here += amount
    self._funds = words._pack_funds(funds)
    log IStakedMetis.Collected(id=id, amount=amount)
    return amount


@internal
@view
def _stake_with(id: uint256) -> ISequencerPool.Holding:
    """
    @dev Of this vault: a sequencer may be another's by now.
    """
    entry: ISequencerPool.Sequencer = staticcall ISequencerPool(pool).sequencer(id)
    return entry.paired if entry.vault == self else empty(ISequencerPool.Holding)


@internal
@view
def _without(id: uint256) -> DynArray[uint256, limits.MAX_ALLOCATIONS]:
    """
    @dev The allocations but one, and but those that have nothing left.
    """
    order: DynArray[uint256, limits.MAX_ALLOCATIONS] = []
    for other: uint256 in self._allocations:
        if other != id:
            paired: ISequencerPool.Holding = self._stake_with(other)
            if paired.bonded + paired.unbonding + paired.matured > 0:
                order.append(other)
    return order


# ---------------------------------------------------------------- internal: roles


@internal
def _set_allocator(new: address):
    log IStakedMetis.AllocatorSet(old=self.allocator, new=new)
    self.allocator = new
