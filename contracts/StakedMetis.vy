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
     at before anything else. Gains (rewards, refunds) enter evenly over 7 days.
     What is sent here otherwise counts never: no balance is read.
     Virtual shares and as much virtual METIS make the first share as dear as
     the others. Rounding is against the caller.
     Redemptions. The shares wait here, and lose with all others; the most that
     they are paid is what they were worth at the request. What they have gained
     since enters the price for the others like any gain.
@custom:kill There is nothing to stop: shares can always be redeemed. Without an
             allocator nothing new is staked.
@custom:source design.md section 3.6
"""

from ethereum.ercs import IERC20

from interfaces import IRewardDistributor
from interfaces import ISequencerPool
from interfaces import ISlashVault
from interfaces import IStakedMetis

implements: IStakedMetis

from snekmate.auth import ownable
from snekmate.tokens import erc20

from contracts.modules import gains
from contracts.modules import limits
from contracts.modules import redemptions
from contracts.modules import roles
from contracts.modules import vault_funds

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

_funds: uint256  # vault_funds
_gains: uint256  # gains
# Sequencers with stake of this vault, the last allocated one last.
_allocations: DynArray[uint256, limits.MAX_ALLOCATIONS]
# When somebody other than the allocator took stake back.
_deallocated_at: uint256
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
    self._gains = gains._with_cases(0, staticcall ISlashVault(slash_vault).case_count())
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
    @custom:emits Deposit, RedemptionsFunded
    @custom:source ERC-4626
    """
    total: uint256 = self._count()
    assert assets <= vault_funds.MAX, "StakedMetis: above maximum"
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
    @custom:emits Deposit, RedemptionsFunded
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
    @custom:emits RedeemRequest, RedemptionsFunded
    @custom:source ERC-7540, design.md section 3.6
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
    self._settle(vault_funds._unpack(self._funds))
    return id


@external
def redeem(shares: uint256, receiver: address, controller: address) -> uint256:
    """
    @notice Pays for shares whose redemption is claimable, the controller's oldest first.
    @param shares Wei of shares, at most maxRedeem(controller).
    @param receiver Who is paid; not zero.
    @param controller The caller, or one that has made it its operator.
    @return Wei of METIS paid.
    @custom:reverts "not controller"; "zero shares"; "more than claimable"; "count losses first"; "metis
                    transfer failed"
    @custom:emits Withdraw, RedemptionsFunded
    @custom:source ERC-7540, design.md section 3.6
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
    @custom:emits Withdraw, RedemptionsFunded
    @custom:source ERC-7540, design.md section 3.6
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
    @custom:emits LossCounted
    @custom:source design.md section 3.6
    """
    self._count_some()


@external
def collect(id: uint256) -> uint256:
    """
    @notice Takes matured stake back from the pool.
    @param id Sequencer.
    @return Wei of METIS.
    @custom:reverts "count losses first"; "SequencerPool: not vault"; "SequencerPool: nothing to claim"
    @custom:emits Collected, RedemptionsFunded
    @custom:source design.md section 3.6
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
    @custom:emits Harvested, RedemptionsFunded
    @custom:source design.md section 3.6
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
    @custom:emits RefundCollected, RedemptionsFunded
    @custom:source design.md section 3.6, G14
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
    @param amount Wei of METIS that redemptions do not need; not 0.
    @custom:reverts "not allocator"; "count losses first"; "more than idle"; "too many allocations" above
                    8; "SequencerPool: ..." for what stops a deposit there
    @custom:emits Allocated
    @custom:source design.md section 3.6
    """
    assert msg.sender == self.allocator, "StakedMetis: not allocator"
    self._count()
    funds: vault_funds.Funds = vault_funds._unpack(self._funds)
    assert amount <= funds.idle, "StakedMetis: more than idle"
    funds.idle -= amount
    funds.staked += amount
    self._funds = vault_funds._pack(funds)
    order: DynArray[uint256, limits.MAX_ALLOCATIONS] = self._without(id)
    assert len(order) < limits.MAX_ALLOCATIONS, "StakedMetis: too many allocations"
    order.append(id)
    self._allocations = order
    log IStakedMetis.Allocated(id=id, amount=amount)
    assert extcall IERC20(asset).approve(pool, amount), "StakedMetis: metis approval failed"
    extcall ISequencerPool(pool).deposit_paired(id, amount)


@external
def deallocate(id: uint256, amount: uint256):
    """
    @notice Begins to take stake back from a sequencer. Anyone may, from the last allocated one that
            has any bonded, and exactly as much as redemptions lack and it has; then nobody but the
            allocator for a sixteenth of the exit delay, so that the pool's list is never full.
    @param id Sequencer.
    @param amount Wei of METIS; not 0.
    @custom:reverts "count losses first"; unless by the allocator: "too soon", "not the last allocated",
                    "not what is lacking"; "SequencerPool: ..." for what stops a withdrawal there
    @custom:emits Deallocated, Collected
    @custom:source design.md section 3.6
    """
    self._count()
    if msg.sender != self.allocator:
        assert (
            block.timestamp
            >= self._deallocated_at + self._exit_delay() // limits.MAX_UNBONDINGS + 1
        ), "StakedMetis: too soon"
        last: uint256 = 0
        bonded: uint256 = 0
        on_its_way: uint256 = 0
        for other: uint256 in self._allocations:
            paired: ISequencerPool.Holding = self._stake_with(other)
            on_its_way += paired.unbonding + paired.matured
            if paired.bonded > 0:
                last = other
                bonded = paired.bonded
        assert id == last, "StakedMetis: not the last allocated"
        missing: uint256 = redemptions._missing()
        lacking: uint256 = missing - min(missing, on_its_way)
        assert amount == min(lacking, bonded), "StakedMetis: not what is lacking"
        self._deallocated_at = block.timestamp
    log IStakedMetis.Deallocated(id=id, by=msg.sender, amount=amount)
    extcall ISequencerPool(pool).request_paired_withdrawal(id, amount)


@external
def appeal(case_id: uint256, statement_uri: String[256]):
    """
    @notice Appeals against a slash that has cost this vault.
    @param case_id Of the SlashVault.
    @param statement_uri Where the statement is, with its hash.
    @custom:reverts "not allocator"; "SlashVault: ..." for what stops an appeal there
    @custom:emits CaseAppealed, in the SlashVault
    @custom:source design.md section 3.4, G14
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
    @custom:source design.md section 3.6
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
    @return Wei of METIS: more than there is, unless nearly all was lost.
    @custom:source ERC-4626
    """
    funds: vault_funds.Funds = self._counted_funds()
    return self._most(funds, self._worth(funds))


@external
@view
def maxMint(receiver: address) -> uint256:
    """
    @notice The most shares that can be minted.
    @param receiver Anybody.
    @return Wei of shares.
    @custom:source ERC-4626
    """
    funds: vault_funds.Funds = self._counted_funds()
    total: uint256 = self._worth(funds)
    return self._to_shares(self._most(funds, total), total)


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
    funds: vault_funds.Funds = self._counted_funds()
    return IStakedMetis.Funds(
        idle=funds.idle,
        reserved=funds.reserved,
        staked=funds.staked,
        unvested=gains._locked(self._gains),
        vested_at=gains._ends_at(self._gains),
        missing=redemptions._missing(),
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
        is_funded=redemptions._is_funded(request_id),
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
    return (staticcall ISlashVault(slash_vault).case_count()) - gains._cases(self._gains)


# ---------------------------------------------------------------- internal: losses and gains


@internal
def _count_some() -> bool:
    """
    @dev Takes losses out of what is staked. Whether all are counted.
    """
    word: uint256 = self._gains
    counted: uint256 = gains._cases(word)
    count: uint256 = staticcall ISlashVault(slash_vault).case_count()
    if counted == count:
        return True
    stop: uint256 = min(count, counted + limits.MAX_LOSSES)
    funds: vault_funds.Funds = vault_funds._unpack(self._funds)
    for case_id: uint256 in range(counted + 1, stop + 1, bound=limits.MAX_LOSSES):
        loss: uint256 = self._loss(case_id)
        if loss > 0:
            funds.staked -= loss
            log IStakedMetis.LossCounted(case_id=case_id, amount=loss)
    self._funds = vault_funds._pack(funds)
    self._gains = gains._with_cases(word, stop)
    return stop == count


@internal
@view
def _loss(case_id: uint256) -> uint256:
    vault: address = empty(address)
    amount: uint256 = 0
    vault, amount = staticcall ISlashVault(slash_vault).loss_of(case_id)
    return amount if vault == self else 0


@internal
def _count() -> uint256:
    """
    @dev Counts all losses, and returns what all shares are worth. Comes first in all that changes
         anything.
    """
    assert self._count_some(), "StakedMetis: count losses first"
    return self._worth(vault_funds._unpack(self._funds))


@internal
@view
def _counted_funds() -> vault_funds.Funds:
    """
    @dev As they are once all losses are counted.
    """
    funds: vault_funds.Funds = vault_funds._unpack(self._funds)
    counted: uint256 = gains._cases(self._gains)
    count: uint256 = staticcall ISlashVault(slash_vault).case_count()
    for case_id: uint256 in range(counted + 1, count + 1, bound=limits.MAX_LOSSES):
        funds.staked -= self._loss(case_id)
    return funds


@internal
@view
def _worth(funds: vault_funds.Funds) -> uint256:
    sum: uint256 = vault_funds._sum(funds)
    return sum - min(sum, gains._locked(self._gains))


@internal
@view
def _total() -> uint256:
    return self._worth(self._counted_funds())


@internal
def _gain(amount: uint256) -> uint256:
    """
    @dev METIS that has come in; when all of it counts.
    """
    self._gains = gains._add(self._gains, amount)
    funds: vault_funds.Funds = vault_funds._unpack(self._funds)
    funds.idle += amount
    self._settle(funds)
    return gains._ends_at(self._gains)


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
def _most(funds: vault_funds.Funds, total: uint256) -> uint256:
    """
    @dev What may still be deposited so that METIS and shares fit into their bits.
    """
    by_shares: uint256 = self._to_assets(redemptions.MAX_SHARES - erc20.totalSupply, total)
    return min(vault_funds.MAX - vault_funds._sum(funds), by_shares)


# ---------------------------------------------------------------- internal: deposits


@internal
def _deposit(assets: uint256, shares: uint256, receiver: address, total: uint256):
    assert shares > 0, "StakedMetis: zero shares"
    funds: vault_funds.Funds = vault_funds._unpack(self._funds)
    assert assets <= self._most(funds, total), "StakedMetis: above maximum"
    erc20._mint(receiver, shares)
    log IStakedMetis.Deposit(sender=msg.sender, owner=receiver, assets=assets, shares=shares)
    funds.idle += assets
    self._settle(funds)
    assert extcall IERC20(asset).transferFrom(
        msg.sender, self, assets
    ), "StakedMetis: metis transfer failed"


# ---------------------------------------------------------------- internal: redemptions


@internal
@view
def _may_act_for(controller: address) -> bool:
    return msg.sender == controller or self.isOperator[controller][msg.sender]


@internal
def _settle(before: vault_funds.Funds):
    """
    @dev Sets METIS aside for redemptions, as far as it goes, and stores the funds.
    """
    funds: vault_funds.Funds = before
    missing: uint256 = redemptions._missing()
    amount: uint256 = min(missing, funds.idle)
    if amount > 0:
        funds.idle -= amount
        funds.reserved += amount
        redemptions._fund(amount)
        log IStakedMetis.RedemptionsFunded(amount=amount, missing=missing - amount)
    self._funds = vault_funds._pack(funds)


@internal
def _redeem(
    most_shares: uint256, most_assets: uint256, receiver: address, controller: address
) -> (uint256, uint256):
    """
    @dev Redeems until the first of both is reached, exactly. Shares and METIS.
    """
    # What a share is worth is the same for all parts.
    total: uint256 = self._count()
    shares: uint256 = 0
    assets: uint256 = 0
    released: uint256 = 0  # of what was set aside
    worth: uint256 = 0
    list: redemptions.Requests = redemptions._list(controller)
    for _: uint256 in range(limits.MAX_REQUESTS):
        if shares == most_shares or assets == most_assets:
            break
        id: uint256 = list.first
        request: redemptions.Request = redemptions._request(id)
        assert id != 0 and redemptions._is_claimable(
            id, request.ready_at
        ), "StakedMetis: more than claimable"
        payable_: uint256 = min(request.worth, self._to_assets(request.shares, total))
        part: uint256 = min(request.shares, most_shares - shares)
        paid: uint256 = payable_
        if payable_ > most_assets - assets:
            paid = most_assets - assets
            part = (request.shares * paid + payable_ - 1) // payable_
        freed: uint256 = request.worth * part // request.shares
        if part == request.shares:
            list.first = request.next
            list.count -= 1
        else:
            if paid == payable_:
                # A part by shares: no more than what both are worth.
                paid = min(freed, self._to_assets(part, total))
        request.shares -= part
        request.worth -= freed
        redemptions._save_request(id, request)
        shares += part
        assets += paid
        released += freed
        worth += self._to_assets(part, total)
    assert shares == most_shares or assets == most_assets, "StakedMetis: more than claimable"

    redemptions._save_list(controller, list)
    erc20._burn(self, shares)
    # The price stays: what shares have gained while they waited is a gain of the others.
    if worth > assets:
        self._gains = gains._add(self._gains, worth - assets)
    log IStakedMetis.Withdraw(
        sender=msg.sender, receiver=receiver, owner=controller, assets=assets, shares=shares
    )
    funds: vault_funds.Funds = vault_funds._unpack(self._funds)
    funds.reserved -= released
    funds.idle += released - assets
    self._settle(funds)
    assert extcall IERC20(asset).transfer(receiver, assets), "StakedMetis: metis transfer failed"
    return shares, assets


@internal
@view
def _claimable(controller: address) -> (uint256, uint256):
    """
    @dev Shares and METIS of a controller's claimable requests.
    """
    total: uint256 = self._total()
    shares: uint256 = 0
    assets: uint256 = 0
    id: uint256 = redemptions._list(controller).first
    for _: uint256 in range(limits.MAX_REQUESTS):
        request: redemptions.Request = redemptions._request(id)
        if id == 0 or not redemptions._is_claimable(id, request.ready_at):
            break
        shares += request.shares
        assets += min(request.worth, self._to_assets(request.shares, total))
        id = request.next
    return shares, assets


@internal
@view
def _shares_of(id: uint256, controller: address, claimable: bool) -> uint256:
    request: redemptions.Request = redemptions._request(id)
    if (
        redemptions._controller(id) != controller
        or redemptions._is_claimable(id, request.ready_at) != claimable
    ):
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
    funds: vault_funds.Funds = vault_funds._unpack(self._funds)
    funds.staked -= amount
    funds.idle += amount
    log IStakedMetis.Collected(id=id, amount=amount)
    self._settle(funds)
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
