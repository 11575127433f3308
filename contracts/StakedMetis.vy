# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
# pragma optimize codesize
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
     SlashVault and METIS are trusted, a distributor with nothing but what it
     pays.
     Two prices. A redemption is paid what the shares surely have. A deposit pays
     for all that they may still get besides: gains that do not count yet, and
     losses that may be refunded. So nobody buys what others have lost.
     Losses count from the block in which the pool slashes: only a case in the
     SlashVault can lower what is staked, and all cases are looked at before
     anything else. What the Slasher holds lowers what is paid until it is
     decided. Rewards enter evenly over 7 days, and stay here until then.
     What is sent here otherwise counts never: only `harvest` reads a balance.
     Virtual shares and as much virtual METIS make the first share as dear as the
     others. Rounding is against the caller.
     Redemptions. The shares wait here, and lose with all others; the most that
     they are paid is what they were worth at the request, refunds included.
     Once the exit delay is over and METIS is there, it is set aside, and the
     shares are gone; of what may still be refunded, the request keeps its part.
     METIS that the queue needs cannot be allocated.
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

from contracts.modules import checks
from contracts.modules import limits
from contracts.modules.access import roles
from contracts.modules.vault import redemptions
from contracts.modules.vault import refunds
from contracts.modules.words import vault_words as words

initializes: roles
initializes: erc20[ownable := ownable]
initializes: redemptions
initializes: refunds

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
_DATE_BITS: constant(uint256) = 256 // _HALF_OF_LIST
# Shares and METIS that nobody owns: a millionth of a METIS.
_VIRTUAL: constant(uint256) = 10**12
# ERC-165; operators, and redemptions, of ERC-7540; ERC-7575, and its share. Four bytes each.
_SUPPORTED: constant(address) = 0x01ffC9A7e3bC4e65620ee8e42f0a18c5f815C03D
_SUPPORTED_COUNT: constant(uint256) = 5


# ---------------------------------------------------------------- immutables

asset: public(immutable(address))
pool: public(immutable(address))
slash_vault: public(immutable(address))


# ---------------------------------------------------------------- storage

# What there is, with losses counted as far as one call goes.
struct Books:
    funds: words.Funds
    gains: uint256
    lost: uint256  # wei that were not written down yet
    refundable: uint256  # the most that the shares may get back of what was lost
    whole: uint256  # all that the shares have, or may still get
    unvested: uint256
    sure: uint256  # what the shares have, and lose only by a slash
    # METIS here that counts. What does not count yet is not paid, or the price could outgrow what is
    # here for those who wait.
    available: uint256
    is_counted: bool
    holds_end_at: uint256  # from when on the Slasher holds nothing
    exit_delay: uint256


# The words of `vault_words`.
_funds: uint256
_gains: uint256
# Sequencers with stake of this vault, the last allocated one last.
_allocations: DynArray[uint256, limits.MAX_ALLOCATIONS]
# id => until when each of the allocator's latest entries unbonds, the oldest in the highest bits.
_own_entries: HashMap[uint256, uint256]
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
    @param receiver Who gets the shares; not zero, not this vault.
    @return Wei of shares.
    @custom:reverts "zero shares"; "above maximum"; "count losses first"; "bad receiver"; "metis
                    transfer failed"
    @custom:emits Deposit
    @custom:source ERC-4626
    """
    total: uint256 = self._count().whole
    # What is more is above the maximum.
    shares: uint256 = self._to_shares(min(assets, words.MAX_METIS + 1), total)
    self._deposit(assets, shares, receiver, total)
    return shares


@external
def mint(shares: uint256, receiver: address) -> uint256:
    """
    @notice Makes so many shares, for as much METIS as they cost.
    @param shares Wei of shares.
    @param receiver Who gets them; not zero, not this vault.
    @return Wei of METIS, pulled from the caller.
    @custom:reverts "zero shares"; "above maximum"; "count losses first"; "bad receiver"; "metis
                    transfer failed"
    @custom:emits Deposit
    @custom:source ERC-4626
    """
    total: uint256 = self._count().whole
    # What is more is above the maximum, as a share costs at least half a METIS.
    assets: uint256 = self._to_assets_up(min(shares, redemptions.MAX_SHARES), total)
    self._deposit(assets, shares, receiver, total)
    return assets


@external
def requestRedeem(shares: uint256, controller: address, owner: address) -> uint256:
    """
    @notice Begins a redemption: the shares wait here until the exit delay is over and METIS is
            there, first come first served. They are worth no more than now with all that may be
            refunded, and lose with all.
    @param shares Wei of shares.
    @param controller Who may redeem then: the caller, or one that has made it its operator; has at
                      most 16 open requests.
    @param owner Whose shares they are: the caller, or one that has made it its operator or has
                 allowed it so many shares.
    @return Id of the request.
    @custom:reverts "not controller"; "zero shares"; "redemptions: too many"; "count losses first";
                    "erc20: insufficient allowance"; "erc20: transfer amount exceeds balance"
    @custom:emits RedeemRequest
    @custom:source ERC-7540, docs/design.md section 3.6
    """
    # Else anybody could fill another's list, and so keep it from leaving.
    self._check_controller(controller)
    if not self._may_act_for(owner):
        erc20._spend_allowance(owner, msg.sender, shares)
    books: Books = self._count()
    erc20._transfer(owner, self, shares)
    # The most that is paid: a refund that comes back meanwhile is its own too.
    worth: uint256 = self._to_assets(shares, books.sure + books.refundable)
    self._require(worth > 0, "zero shares")
    ready_at: uint256 = block.timestamp + books.exit_delay
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
    @param receiver Who is paid; not zero, not this vault.
    @param controller The caller, or one that has made it its operator.
    @return Wei of METIS paid: to the last who leaves, all that there is.
    @custom:reverts "not controller"; "zero shares"; "more than claimable"; "count losses first"; "bad
                    receiver"; "metis transfer failed"
    @custom:emits Withdraw
    @custom:source ERC-7540, docs/design.md section 3.6
    """
    self._check_controller(controller)
    self._require(shares > 0, "zero shares")
    assets: uint256 = self._redeem(shares, max_value(uint256), receiver, controller)[1]
    return assets


@external
def withdraw(assets: uint256, receiver: address, controller: address) -> uint256:
    """
    @notice Pays so much for shares whose redemption is claimable, the controller's oldest first.
    @param assets Wei of METIS, at most maxWithdraw(controller).
    @param receiver Who is paid; not zero, not this vault.
    @param controller The caller, or one that has made it its operator.
    @return Wei of shares that are gone.
    @custom:reverts "not controller"; "zero assets"; "more than claimable"; "count losses first"; "bad
                    receiver"; "metis transfer failed"
    @custom:emits Withdraw
    @custom:source ERC-7540, docs/design.md section 3.6
    """
    self._check_controller(controller)
    self._require(assets > 0, "zero assets")
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
def harvest(id: uint256, distributor: address) -> uint256:
    """
    @notice Takes the vault's rewards, which enter the price over 7 days.
    @param id Sequencer that is or was paired with this vault.
    @param distributor Who owes them: the pool's present distributor, or a former one. What has come
                       counts, not what it says.
    @return Wei of METIS.
    @custom:reverts "count losses first"; "RewardDistributor: nothing to claim"
    @custom:emits Harvested
    @custom:source docs/design.md section 3.6
    """
    self._count()
    before: uint256 = self._balance()
    extcall IRewardDistributor(distributor).claim_vault(id)
    amount: uint256 = self._balance() - before
    gains: uint256 = words._with_gain(self._gains, amount)
    self._gains = gains
    self._receive(amount, 0)
    vested_at: uint256 = words._vested_at(gains)
    log IStakedMetis.Harvested(id=id, amount=amount, vested_at=vested_at)
    return amount


@external
def collect_refund(case_id: uint256) -> uint256:
    """
    @notice Closes a case in which this vault has lost, once nothing more can come back: takes the
            refund. The shares' part is in the price at once; the rest is for those who have left.
    @param case_id Of the SlashVault.
    @return Wei of METIS; 0 if nothing is given back.
    @custom:reverts "count losses first"; "SlashVault: unknown case"; "not decided" unless it is resolved
                    or released; "refunds: no open case" of another's, or twice
    @custom:emits RefundCollected
    @custom:source docs/design.md section 3.6, G14
    """
    self._count()
    is_decided: bool = False
    amount: uint256 = 0
    is_decided, amount = staticcall ISlashVault(slash_vault).refund_of(case_id)
    self._require(is_decided, "not decided")
    of_shares: uint256 = 0
    is_open: bool = False
    of_shares, is_open = refunds._close(case_id, self._loss_of(case_id), amount)
    self._gains = words._with_open(self._gains, is_open)
    self._receive(of_shares, amount - of_shares)
    log IStakedMetis.RefundCollected(case_id=case_id, amount=amount, of_shares=of_shares)
    if amount > 0:
        extcall ISlashVault(slash_vault).collect_refund(case_id)
    return amount


@external
def fund(request_id: uint256):
    """
    @notice Sets METIS aside for a request that is claimable. What it is paid is fixed from then on. By
            anyone; while the Slasher holds stake of this vault, by the controller or its operator.
    @param request_id From 1. If METIS is set aside already, nothing happens.
    @custom:reverts "count losses first"; "not controller"; "more than claimable"
    @custom:emits Transfer, of the shares that are gone
    @custom:source docs/design.md section 3.6
    """
    books: Books = self._count()
    pending: uint256 = self._pending(books.holds_end_at)
    if pending > 0:
        # What is held is not paid: whether to leave it to the others is up to who leaves.
        self._check_controller(redemptions._controller(request_id))
    self._fix(request_id, books, pending)


@external
def claim_refund(request_id: uint256, case_id: uint256, receiver: address) -> uint256:
    """
    @notice Pays what a request that was redeemed, or for which METIS is set aside, has kept of a case.
    @param request_id The request.
    @param case_id Of the SlashVault; its refund is collected.
    @param receiver Who is paid; not zero, not this vault.
    @return Wei of METIS.
    @custom:reverts "not controller" unless called by the request's controller or its operator;
                    "refunds: nothing to claim"; "bad receiver"; "metis transfer failed"
    @custom:emits RefundClaimed
    @custom:source docs/design.md section 3.6
    """
    self._check_controller(redemptions._controller(request_id))
    amount: uint256 = refunds._claim(request_id, case_id)
    log IStakedMetis.RefundClaimed(
        request_id=request_id, case_id=case_id, receiver=receiver, amount=amount
    )
    self._pay(receiver, amount)
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
    self._require(msg.sender == self.allocator, "not allocator")
    books: Books = self._count()
    needed: uint256 = self._needed(redemptions._open(), books.sure)
    idle: uint256 = books.available - min(books.available, needed)
    self._require(amount <= idle, "more than idle")
    books.funds.here -= amount
    books.funds.staked += amount
    self._funds = words._pack_funds(books.funds)
    order: DynArray[uint256, limits.MAX_ALLOCATIONS] = self._without(id)
    self._require(len(order) < limits.MAX_ALLOCATIONS, "too many allocations")
    order.append(id)
    self._allocations = order
    log IStakedMetis.Allocated(id=id, amount=amount)
    approved: bool = extcall IERC20(asset).approve(pool, amount)
    self._require(approved, "metis approval failed")
    extcall ISequencerPool(pool).deposit_paired(id, amount)


@external
def deallocate(id: uint256, amount: uint256) -> uint256:
    """
    @notice Begins to take stake back from a sequencer. The allocator takes any amount, in at most half of
            the entries of the pool's list, whatever others took. Anyone takes all that redemptions
            lack and that is not on its way, or that is bonded,
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
    exit_delay: uint256 = self._count().exit_delay
    stake: ISequencerPool.Holding = self._stake_with(id)
    if stake.matured > stake.kept:
        # It would take up the pool's list.
        self._collect(id)
        stake = self._stake_with(id)
    taken: uint256 = amount
    if msg.sender == self.allocator:
        entries: uint256 = self._own_entries[id]
        has_room: bool = block.timestamp >= entries >> (256 - _DATE_BITS)
        self._require(has_room, "too many unbondings")
        self._own_entries[id] = (entries << _DATE_BITS) | (block.timestamp + exit_delay)
    else:
        again_at: uint256 = self._deallocated_at[id] + exit_delay // _HALF_OF_LIST + 1
        self._require(block.timestamp >= again_at, "too soon")
        self._deallocated_at[id] = block.timestamp
        last: uint256 = 0
        on_its_way: uint256 = 0
        for other: uint256 in self._allocations:
            paired: ISequencerPool.Holding = self._stake_with(other)
            # What a hold keeps may never come.
            on_its_way += paired.unbonding + paired.matured - paired.kept
            if paired.bonded > 0:
                last = other
        self._require(id == last, "not the last allocated")
        missing: uint256 = self._missing(self._counted())
        self._require(missing > on_its_way, "nothing is lacking")
        taken = min(missing - on_its_way, stake.bonded)
        self._require(amount >= taken, "less than is lacking")
    log IStakedMetis.Deallocated(id=id, by=msg.sender, amount=taken)
    extcall ISequencerPool(pool).request_paired_withdrawal(id, taken)
    return taken


@external
def appeal(case_id: uint256, statement_uri: String[256]):
    """
    @notice Appeals against a slash that has cost this vault. By the allocator; if there is none, by
            whoever holds shares, or waits to redeem some.
    @param case_id Of the SlashVault.
    @param statement_uri Where the statement is, with its hash.
    @custom:reverts "not allocator"; "SlashVault: ..." for what stops an appeal there
    @custom:emits CaseAppealed, in the SlashVault
    @custom:source docs/design.md section 3.4, G14
    """
    may_appeal: bool = msg.sender == self.allocator
    if self.allocator == empty(address):
        shares: uint256 = erc20.balanceOf[msg.sender]
        may_appeal = shares > 0 or redemptions._list(msg.sender).first != 0
    self._require(may_appeal, "not allocator")
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
def vault(asset_: address) -> address:
    """
    @notice The vault of an asset.
    @param asset_ A token.
    @return This contract for METIS, zero for all others.
    @custom:source ERC-7575
    """
    if asset_ == asset:
        return self
    return empty(address)


@external
@view
def totalAssets() -> uint256:
    """
    @notice What all shares surely have.
    @return Wei of METIS, without losses, without what the Slasher holds, and without gains that do
            not count yet.
    @custom:source ERC-4626
    """
    return self._total()


@external
@view
def convertToShares(assets: uint256) -> uint256:
    """
    @notice What METIS is worth in shares, at the price of redemptions.
    @param assets Wei of METIS.
    @return Wei of shares, rounded down.
    @custom:source ERC-4626
    """
    return self._to_shares(assets, self._total())


@external
@view
def convertToAssets(shares: uint256) -> uint256:
    """
    @notice What shares are worth, at the price of redemptions.
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
    @param receiver Who is to get the shares.
    @return Wei of METIS: more than there is; 0 if a share costs less than half a METIS, if losses
            have to be counted first, or if the receiver may have no shares.
    @custom:source ERC-4626
    """
    return self._most_for(receiver, self._counted())


@external
@view
def maxMint(receiver: address) -> uint256:
    """
    @notice The most shares that can be minted.
    @param receiver Who is to get them.
    @return Wei of shares; 0 as with maxDeposit.
    @custom:source ERC-4626
    """
    books: Books = self._counted()
    return self._to_shares(self._most_for(receiver, books), books.whole)


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
    return self._to_shares(assets, self._counted().whole)


@external
@view
def previewMint(shares: uint256) -> uint256:
    """
    @notice What shares cost now.
    @param shares Wei of shares.
    @return Wei of METIS, rounded up.
    @custom:source ERC-4626
    """
    return self._to_assets_up(shares, self._counted().whole)


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
    self._require(False, "request first")
    return 0


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
    self._require(False, "request first")
    return 0


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
    @return True for ERC-165, both sides of ERC-7575, and operators and redemptions of ERC-7540.
    @custom:source ERC-165
    """
    id: uint256 = convert(interface_id, uint256)
    for place: uint256 in range(_SUPPORTED_COUNT):
        if (convert(_SUPPORTED, uint256) >> (32 * place)) & (2**32 - 1) == id:
            return True
    return False


# ---------------------------------------------------------------- views: ours


@external
@view
def funds() -> IStakedMetis.Funds:
    """
    @notice Where the METIS is.
    @return See IStakedMetis.
    """
    books: Books = self._counted()
    missing: uint256 = self._missing(books)
    reserved: uint256 = self._needed(redemptions._open(), books.sure) - missing
    return IStakedMetis.Funds(
        idle=books.available - reserved,
        reserved=reserved + books.funds.owed,
        staked=books.funds.staked,
        unvested=books.unvested,
        vested_at=words._vested_at(books.gains),
        missing=missing,
        pending=self._pending(books.holds_end_at),
        refundable=books.refundable,
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
        is_funded=request.shares > 0 and self._is_funded(request_id, request, self._counted()),
    )


@external
@view
def refund_of(request_id: uint256, case_id: uint256) -> uint256:
    """
    @notice What `claim_refund` pays.
    @param request_id A request.
    @param case_id Of the SlashVault.
    @return Wei of METIS; 0 if there is nothing, or nothing yet.
    """
    return refunds._of_request(request_id, case_id)


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


# ---------------------------------------------------------------- internal: checks


@internal
@pure
def _require(ok: bool, reason: String[32]):
    """
    @dev The prefix is added only when it is needed.
    """
    if not ok:
        checks._require(False, concat("StakedMetis: ", reason))


# ---------------------------------------------------------------- internal: losses and gains


@internal
@view
def _loss_of(case_id: uint256) -> uint256:
    vault: address = empty(address)
    loss: uint256 = 0
    vault, loss = staticcall ISlashVault(slash_vault).loss_of(case_id)
    return loss if vault == self else 0


@internal
@view
def _counted() -> Books:
    """
    @dev With losses counted, as far as one call goes.
    """
    books: Books = empty(Books)
    books.funds = words._unpack_funds(self._funds)
    books.gains = self._gains
    count: uint256 = 0
    count, books.holds_end_at, books.exit_delay = staticcall ISlashVault(slash_vault).for_vaults()
    counted: uint256 = words._counted_cases(books.gains)
    stop: uint256 = min(count, counted + limits.MAX_LOSSES)
    if counted != stop:
        for case_id: uint256 in range(counted + 1, stop + 1, bound=limits.MAX_LOSSES):
            books.lost += self._loss_of(case_id)
        books.funds.staked -= books.lost
        books.gains = words._with_counted_cases(books.gains, stop)
    books.is_counted = stop == count
    books.refundable = books.lost
    if words._is_open(books.gains):
        books.refundable += refunds._of_shares()
    sum: uint256 = books.funds.here + books.funds.staked
    books.whole = sum + books.refundable
    books.unvested = words._unvested(books.gains)
    books.sure = sum - min(sum, books.unvested)
    books.available = books.funds.here - min(books.funds.here, books.unvested)
    return books


@internal
def _count_some() -> Books:
    """
    @dev Counts losses, and opens their cases.
    """
    books: Books = self._counted()
    counted: uint256 = words._counted_cases(books.gains)
    before: uint256 = words._counted_cases(self._gains)
    if counted != before:
        if books.lost > 0:
            for case_id: uint256 in range(before + 1, counted + 1, bound=limits.MAX_LOSSES):
                loss: uint256 = self._loss_of(case_id)
                if loss > 0:
                    refunds._open(case_id, loss)
            self._funds = words._pack_funds(books.funds)
            books.gains = words._with_open(books.gains, True)
            log IStakedMetis.LossesCounted(up_to=counted, amount=books.lost)
            books.lost = 0
        self._gains = books.gains
    return books


@internal
def _count() -> Books:
    """
    @dev Counts all losses. Comes first in all that changes anything.
    """
    books: Books = self._count_some()
    self._require(books.is_counted, "count losses first")
    return books


@internal
@view
def _pending(holds_end_at: uint256) -> uint256:
    """
    @dev What the Slasher holds of this vault's stake.
    """
    sum: uint256 = 0
    if block.timestamp < holds_end_at:
        for id: uint256 in self._allocations:
            sum += self._stake_and_hold(id)[1]
    return sum


@internal
@view
def _total() -> uint256:
    """
    @dev What is paid for all shares.
    """
    books: Books = self._counted()
    sure: uint256 = books.sure
    return sure - min(sure, self._pending(books.holds_end_at))


@internal
@view
def _balance() -> uint256:
    return staticcall IERC20(asset).balanceOf(self)


@internal
def _receive(for_shares: uint256, for_others: uint256):
    self._funds += for_shares + words._owed(for_others)


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
    @dev What may still be deposited, so that METIS and shares fit into their bits.
    """
    if 2 * (total + _VIRTUAL) < erc20.totalSupply + _VIRTUAL:
        return 0
    return words.MAX_METIS - min(words.MAX_METIS, total)


@internal
@view
def _most_for(receiver: address, books: Books) -> uint256:
    if receiver in [empty(address), self] or not books.is_counted:
        return 0
    most: uint256 = self._most(books.whole)
    # Less than a share cannot be bought.
    return most if self._to_shares(most, books.whole) > 0 else 0


# ---------------------------------------------------------------- internal: deposits


@internal
def _deposit(assets: uint256, shares: uint256, receiver: address, total: uint256):
    self._require(shares > 0, "zero shares")
    self._require(assets <= self._most(total), "above maximum")
    self._check_receiver(receiver)
    erc20._mint(receiver, shares)
    log IStakedMetis.Deposit(sender=msg.sender, owner=receiver, assets=assets, shares=shares)
    self._receive(assets, 0)
    is_paid: bool = extcall IERC20(asset).transferFrom(msg.sender, self, assets)
    self._require(is_paid, "metis transfer failed")


@internal
@view
def _check_receiver(receiver: address):
    # What comes here counts never.
    self._require(receiver != self, "bad receiver")


# ---------------------------------------------------------------- internal: redemptions


@internal
@view
def _check_controller(controller: address):
    self._require(self._may_act_for(controller), "not controller")


@internal
@view
def _may_act_for(controller: address) -> bool:
    return msg.sender == controller or self.isOperator[controller][msg.sender]


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
def _missing(books: Books) -> uint256:
    """
    @dev METIS that redemptions need and that is not here.
    """
    needed: uint256 = self._needed(redemptions._open(), books.sure)
    return needed - min(needed, books.available)


@internal
@view
def _worth(request: redemptions.Request, books: Books, pending: uint256) -> (uint256, uint256):
    """
    @dev What a request is paid, and what its shares have: the last to leave may lack the virtual
         METIS, see _needed.
    """
    if request.ready_at == 0:
        return request.worth, request.worth
    sure: uint256 = books.sure
    worth: uint256 = self._to_assets(request.shares, sure - min(sure, pending))
    worth = min(worth, books.available)
    return min(request.worth, worth), worth


@internal
def _fix(id: uint256, known: Books, pending: uint256) -> redemptions.Request:
    """
    @dev Sets METIS aside for a claimable request, unless that was done before: then ready_at is 0.
    """
    request: redemptions.Request = redemptions._request(id)
    if request.ready_at == 0:
        return request
    books: Books = known
    self._require(self._is_claimable(id, request, books), "more than claimable")
    assets: uint256 = 0
    worth: uint256 = 0
    assets, worth = self._worth(request, books, pending)
    most: uint256 = request.worth - assets
    supply: uint256 = erc20.totalSupply + _VIRTUAL
    # Of all other shares. Their number says nothing: a share may be dear.
    rest: uint256 = self._to_assets(unsafe_sub(erc20.totalSupply, request.shares), books.whole)
    redemptions._pay(request.shares)
    erc20._burn(self, request.shares)
    if rest < _VIRTUAL and books.funds.staked == 0:
        # Nobody is left to whom what is here could belong.
        assets = books.funds.here
        self._gains = words._without_gains(books.gains)
        most = max_value(uint256)
        supply = request.shares
    elif worth > assets:
        # The price stays: what shares have gained while they waited is a gain of the others.
        self._gains = words._with_gain(books.gains, worth - assets)
    if words._is_open(books.gains):
        refunds._keep(id, request.shares, supply, most)
    books.funds.here -= assets
    books.funds.owed += assets
    self._funds = words._pack_funds(books.funds)
    request.ready_at = 0
    request.worth = assets
    redemptions._save_request(id, request)
    return request


@internal
def _redeem(
    most_shares: uint256, most_assets: uint256, receiver: address, controller: address
) -> (uint256, uint256):
    """
    @dev Redeems until the first of both is reached, exactly. Shares and METIS.
    """
    books: Books = self._count()
    pending: uint256 = self._pending(books.holds_end_at)
    shares: uint256 = 0
    assets: uint256 = 0
    list: redemptions.Requests = redemptions._list(controller)
    for _: uint256 in range(limits.MAX_REQUESTS):
        id: uint256 = list.first
        if shares == most_shares or assets == most_assets or id == 0:
            break
        if shares > 0:
            # One before was set aside.
            books = self._counted()
        request: redemptions.Request = self._fix(id, books, pending)
        part: uint256 = min(request.shares, most_shares - shares)
        paid: uint256 = request.worth * part // request.shares
        if paid > most_assets - assets:
            paid = most_assets - assets
            part = (request.shares * paid + request.worth - 1) // request.worth
        request.shares -= part
        request.worth -= paid
        if request.shares == 0:
            list.first = request.next
            list.count -= 1
            # Nothing is left to be known of it.
            request = empty(redemptions.Request)
        redemptions._save_request(id, request)
        shares = unsafe_add(shares, part)
        assets = unsafe_add(assets, paid)
    self._require(shares == most_shares or assets == most_assets, "more than claimable")
    redemptions._save_list(controller, list)
    log IStakedMetis.Withdraw(
        sender=msg.sender, receiver=receiver, owner=controller, assets=assets, shares=shares
    )
    self._pay(receiver, assets)
    return shares, assets


@internal
def _pay(receiver: address, amount: uint256):
    """
    @dev Pays what is owed.
    """
    self._check_receiver(receiver)
    self._funds -= words._owed(amount)
    is_paid: bool = extcall IERC20(asset).transfer(receiver, amount)
    self._require(is_paid, "metis transfer failed")


@internal
@view
def _is_funded(id: uint256, request: redemptions.Request, books: Books) -> bool:
    if request.ready_at == 0:
        return True
    needed: uint256 = self._needed(redemptions._ahead(id, request.shares), books.sure)
    return needed <= books.available


@internal
@view
def _is_claimable(id: uint256, request: redemptions.Request, books: Books) -> bool:
    return block.timestamp >= request.ready_at and self._is_funded(id, request, books)


@internal
@view
def _claimable(controller: address) -> (uint256, uint256):
    """
    @dev Shares and METIS of a controller's claimable requests.
    """
    books: Books = self._counted()
    shares: uint256 = 0
    assets: uint256 = 0
    if books.is_counted:
        pending: uint256 = self._pending(books.holds_end_at)
        floating: uint256 = 0
        id: uint256 = redemptions._list(controller).first
        for _: uint256 in range(limits.MAX_REQUESTS):
            request: redemptions.Request = redemptions._request(id)
            if id == 0 or not self._is_claimable(id, request, books):
                break
            shares += request.shares
            if request.ready_at == 0:
                assets += request.worth
            else:
                floating += self._worth(request, books, pending)[0]
            id = request.next
        assets += min(floating, books.available)
    return shares, assets


@internal
@view
def _shares_of(id: uint256, controller: address, claimable: bool) -> uint256:
    request: redemptions.Request = redemptions._request(id)
    if (
        redemptions._controller(id) != controller
        or self._is_claimable(id, request, self._counted()) != claimable
    ):
        return 0
    return request.shares


# ---------------------------------------------------------------- internal: stake


@internal
def _collect(id: uint256) -> uint256:
    amount: uint256 = extcall ISequencerPool(pool).claim_paired(id)
    self._funds = self._funds - words._staked(amount) + amount
    log IStakedMetis.Collected(id=id, amount=amount)
    return amount


@internal
@view
def _stake_with(id: uint256) -> ISequencerPool.Holding:
    """
    @dev Of this vault: a sequencer may be another's by now.
    """
    return self._stake_and_hold(id)[0]


@internal
@view
def _stake_and_hold(id: uint256) -> (ISequencerPool.Holding, uint256):
    """
    @dev Stake of this vault, and what of it the Slasher holds: the owner's stake goes first.
    """
    entry: ISequencerPool.Sequencer = staticcall ISequencerPool(pool).sequencer(id)
    if entry.vault != self:
        return empty(ISequencerPool.Holding), 0
    held: uint256 = 0
    if entry.held_until > block.timestamp:
        held = entry.held - min(entry.held, self._in_reach(entry.own))
    return entry.paired, min(held, self._in_reach(entry.paired))


@internal
@pure
def _in_reach(stake: ISequencerPool.Holding) -> uint256:
    return stake.bonded + stake.unbonding + stake.kept


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
