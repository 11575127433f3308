# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version cancun
# pragma optimize codesize
"""
@title SequencerPool
@custom:contract-name SequencerPool
@license AGPL-3.0-only
@notice Holds the METIS that sequencers and their paired vaults stake, and
        keeps the life of every sequencer: admission, queue, seat, jail,
        suspension, exit. Who may sign is decided by the CommitteeRegistry,
        which reads the seats here.
@dev Trust. Governance (the Timelock) admits owners, pairs, offboards and sets
     bounded parameters; it cannot take stake. The Slasher can move locked
     stake to the SlashVault and nowhere else, and is replaced only with a
     notice longer than the longest exit. The guardian can stop new risk for
     a week. Nobody can stop an exit or a claim, but for a hold on an
     undecided case, for at most 30 days. METIS is trusted to be a plain
     ERC-20: no fee on transfer, no callback.
     Notation. own: the owner's stake; paired: the vault's. Bonded stake gives
     power, unbonding stake is on its way out and still slashable, matured
     stake waits to be claimed and is not.
@custom:kill `pause` stops new risk (lock, deposits above min_stake,
             activation) for at most 7 days; exits, claims and slashing go on.
             There is no way to stop the contract for good, or to upgrade it.
@custom:source docs/design.md sections 2 and 3.1
"""

from ethereum.ercs import IERC20

from interfaces import ISequencerPool
from interfaces import ISlashVault

implements: ISequencerPool

from contracts.modules import checks
from contracts.modules import limits
from contracts.modules.access import guardian as guardians
from contracts.modules.access import roles
from contracts.modules.access import successor as slashers
from contracts.modules.access import timed_pause
from contracts.modules.pool import admissions
from contracts.modules.pool import holds
from contracts.modules.pool import parameters as parameters_
from contracts.modules.pool import seats as seats_
from contracts.modules.pool import signers
from contracts.modules.pool import unbonding
from contracts.modules.signing import committee as committees
from contracts.modules.signing import domain
from contracts.modules.words import pool_words as words

initializes: roles
initializes: guardians[roles := roles]
initializes: timed_pause
initializes: slashers
initializes: parameters_
initializes: admissions
initializes: signers
initializes: seats_
initializes: unbonding
initializes: holds

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
    guardians.guardian,
    guardians.set_guardian,
    domain.eip712Domain,
)


# ---------------------------------------------------------------- immutables

metis: public(immutable(address))
# Where all slashed METIS goes, for as long as this contract exists.
slash_vault: public(immutable(address))


# ---------------------------------------------------------------- storage

# What is stored of a sequencer. ISequencerPool.Sequencer is what is told of it.
struct Sequencer:
    owner: address
    signer: address
    reward_recipient: address  # zero: the owner
    bonded: uint256[2]  # wei, by side
    status: uint256  # pool_words: status
    pending_owner: address
    owner_rotated_at: uint256
    signer_rotated_at: uint256
    vault: address  # to whom the paired stake belongs
    commission_bps: uint256
    pairing_ended: bool


_sequencers: HashMap[uint256, Sequencer]  # id, from 1 =>
# id => cause => generation + 1, or 0. A reinstatement starts a new generation
# and so lifts all causes at once.
_suspensions: HashMap[uint256, HashMap[bytes32, uint256]]

_count: uint256  # sequencers ever registered: the latest id

# On the cure clock. A change of min_stake restarts all cure periods.
_min_stake_set_at: uint256

distributor: public(address)


# ---------------------------------------------------------------- constructor


@deploy
def __init__(
    metis_: address,
    slash_vault_: address,
    governance: address,
    guardian: address,
    slasher: address,
    distributor: address,
    parameters: ISequencerPool.Parameters,
):
    """
    @notice Fixes the token and the escrow, and sets all roles and parameters.
    @param metis_ The METIS token; not zero.
    @param slash_vault_ A SlashVault that was deployed for this very address and METIS.
    @param governance The Timelock; not zero.
    @param guardian The Working Group's multisig; not zero.
    @param slasher The Slasher, or zero: then one has to be announced.
    @param distributor The RewardDistributor, or zero: then it has to be set.
    @param parameters Launch values, within the bounds of `limits`.
    """
    roles.__init__(governance)
    guardians.__init__(guardian)
    assert metis_ != empty(address), "SequencerPool: zero metis"
    assert (
        staticcall ISlashVault(slash_vault_).pool() == self
        and staticcall ISlashVault(slash_vault_).metis() == metis_
    ), "SequencerPool: vault of another"
    metis = metis_
    slash_vault = slash_vault_
    slashers._appoint(slasher)
    log ISequencerPool.SlasherAnnounced(slasher=slasher, effective_at=block.timestamp)
    self.distributor = distributor
    log ISequencerPool.DistributorSet(old=empty(address), new=distributor)
    # The cap first: it is the ceiling of min_stake.
    self._set("cap", words.CAP_AT, parameters.cap)
    self._set("min_stake", words.MIN_STAKE_AT, parameters.min_stake)
    self._set("max_sequencers", words.MAX_SEQUENCERS_AT, parameters.max_sequencers)
    self._set_exit_delay(parameters.exit_delay)
    self._set("cure_period", words.CURE_PERIOD_AT, parameters.cure_period)
    self._set("rotation_period", words.ROTATION_PERIOD_AT, parameters.rotation_period)


# ---------------------------------------------------------------- owners


@external
@nonreentrant
def lock(
    signer: address,
    amount: uint256,
    reward_recipient: address,
    signer_pubkey: bytes32[2],
    consent: committees.Signature,
) -> uint256:
    """
    @notice Registers the caller's sequencer and locks METIS in it, using up the caller's approval.
            It takes a seat if one is free and nobody is queued, else it is queued; below min_stake
            (paired owners only) it stays PENDING.
    @param signer Key that signs blocks and certificates; never used here before.
    @param amount Wei of METIS, min_stake..cap; 0..cap for an owner with a pairing.
    @param reward_recipient Who is paid the rewards; not zero.
    @param signer_pubkey The signer's public key: x and y, the 64 bytes without a prefix.
    @param consent The signer's SignerConsent for this owner, as a compact signature (EIP-2098).
    @return The new sequencer's id.
    @custom:reverts "owner has a sequencer"; "not approved"; "owner is suspended"; "paused"; "zero
                    recipient"; "below min stake"; "above cap"; "signer was used"; "bad public key";
                    "bad consent"; "metis transfer failed"
    @custom:emits SignerRegistered, Locked, StateChanged
    @custom:source docs/design.md section 3.1, G1, G2, G17
    """
    id: uint256 = unsafe_add(self._count, 1)
    admission: words.Admission = self._use_approval(msg.sender, id)
    self._check_not_paused()
    self._check_recipient(reward_recipient)
    parameters: ISequencerPool.Parameters = parameters_._load()
    vault: address = admissions._intended_vault(msg.sender)
    self._check_min_stake(amount >= parameters.min_stake or vault != empty(address))
    self._check_cap(amount <= parameters.cap)

    self._count = id
    self._register_signer(id, msg.sender, admission, signer, signer_pubkey, consent)
    self._sequencers[id].owner = msg.sender
    self._sequencers[id].signer = signer
    if reward_recipient != msg.sender:
        self._sequencers[id].reward_recipient = reward_recipient
    self._sequencers[id].bonded[words.OWN] = amount
    if vault != empty(address):
        self._sequencers[id].vault = vault
        self._sequencers[id].commission_bps = admissions._intended_commission(msg.sender)
        admissions._end_intention(msg.sender)
    log ISequencerPool.Locked(
        id=id,
        owner=msg.sender,
        signer=signer,
        amount=amount,
        reward_recipient=reward_recipient,
    )
    self._enter(id, empty(words.Status), amount >= parameters.min_stake)
    self._pull(amount)
    return id


@external
@nonreentrant
def relock(id: uint256, amount: uint256):
    """
    @notice Adds to the owner's stake.
    @param id Sequencer that has not begun to leave.
    @param amount Wei of METIS, pulled from the caller; not 0, own + paired at most cap.
    @custom:reverts "not owner" unless called by the owner, or by the distributor for it (restake);
                    "unknown sequencer"; "has left"; "zero amount"; "above cap"; "paused" when the
                    sum exceeds min_stake; "metis transfer failed"
    @custom:emits Deposited, StateChanged, Cured
    @custom:source docs/design.md section 3.1
    """
    if msg.sender != self.distributor:
        self._check_owner(id)
    self._deposit(id, amount, words.OWN)


@external
def request_withdrawal(id: uint256, amount: uint256):
    """
    @notice Unbonds a part of the owner's stake. It stays slashable for exit_delay.
    @param id Sequencer that has not begun to leave.
    @param amount Wei of METIS; not 0, and own + paired must keep min_stake.
    @custom:reverts "not owner"; "has left"; "zero amount"; "more than bonded";
                    "below min stake"
    @custom:emits UnbondingStarted
    @custom:source docs/design.md section 3.1
    """
    self._check_owner(id)
    self._withdraw(id, amount, words.OWN)
    self._check_min_stake(self._bonded(id) >= parameters_._load().min_stake)


@external
def unlock(id: uint256):
    """
    @notice Leaves: gives up seat or place and unbonds everything, own and paired, for exit_delay.
            The committee loses the sequencer at the next checkpoint.
    @param id Sequencer that has not begun to leave.
    @custom:reverts "not owner"; "has left"
    @custom:emits UnbondingStarted, StateChanged
    @custom:source docs/design.md section 3.1, G17
    """
    self._check_owner(id)
    self._exit(id, self._live(id))


@external
@nonreentrant
def claim(id: uint256) -> uint256:
    """
    @notice Pays the owner what has matured of its stake. Anyone may call.
    @param id Sequencer.
    @return Wei of METIS paid.
    @custom:reverts "unknown sequencer"; "nothing to claim"; "metis transfer failed"
    @custom:emits Claimed, StateChanged
    @custom:source docs/design.md section 3.1, I5
    """
    return self._claim(id, words.OWN, self._sequencers[id].owner)


@external
def rotate_signer(
    id: uint256, signer: address, signer_pubkey: bytes32[2], consent: committees.Signature
):
    """
    @notice Replaces the signer. The old one stays attributable to the sequencer, and is never
            used again.
    @param id Sequencer that has not begun to leave.
    @param signer The new key; never used here before.
    @param signer_pubkey Its public key: x and y, the 64 bytes without a prefix.
    @param consent Its SignerConsent for the owner, as a compact signature (EIP-2098).
    @custom:reverts "not owner or signer"; "has left"; "rotated too recently"
                    within rotation_period of the same caller's last, and for the signer within 7
                    days of the owner's; "signer was used"; "bad public key"; "bad consent"
    @custom:emits SignerRegistered, SignerRotated
    @custom:source docs/design.md section 3.1
    """
    owner: address = self._sequencers[id].owner
    old_signer: address = self._sequencers[id].signer
    is_owner: bool = msg.sender == owner
    self._require(is_owner or msg.sender == old_signer, "not owner or signer")
    status: words.Status = self._live(id)
    earliest: uint256 = self._may_rotate_at(id, is_owner)
    self._require(block.timestamp >= earliest, "rotated too recently")
    self._register_signer(id, owner, admissions._of(owner), signer, signer_pubkey, consent)
    if is_owner:
        self._sequencers[id].owner_rotated_at = block.timestamp
    else:
        self._sequencers[id].signer_rotated_at = block.timestamp
    signers._retire(old_signer, id)
    self._sequencers[id].signer = signer
    if self._is_seated(status.state):
        seats_._set_signer(status.place, signer)
    log ISequencerPool.SignerRotated(id=id, old_signer=old_signer, new_signer=signer, by=msg.sender)


@external
def transfer_ownership_of(id: uint256, new_owner: address):
    """
    @notice Offers the sequencer, with its stake, open unbondings and unclaimed rewards.
    @param id Sequencer that has not left.
    @param new_owner Who may accept; zero withdraws the offer.
    @custom:reverts "not owner"; "has left"
    @custom:emits SequencerTransferStarted
    @custom:source docs/design.md section 3.1
    """
    self._check_owner(id)
    self._check_not_exited(id)
    self._sequencers[id].pending_owner = new_owner
    log ISequencerPool.SequencerTransferStarted(id=id, owner=msg.sender, new_owner=new_owner)


@external
def accept_ownership_of(id: uint256):
    """
    @notice Takes over an offered sequencer, using up the caller's approval. Unclaimed rewards go along:
            the caller is their recipient from now on.
    @param id Sequencer that has not left.
    @custom:reverts "not pending owner"; "has left"; "owner has a sequencer";
                    "not approved"; "owner is suspended"; "owner is paired" if the caller has a
                    pairing of its own
    @custom:emits RewardRecipientSet, SequencerTransferred, StateChanged
    @custom:source docs/design.md section 3.1
    """
    self._require(msg.sender == self._sequencers[id].pending_owner, "not pending owner")
    self._check_not_exited(id)
    admission: words.Admission = self._use_approval(msg.sender, id)
    vault: address = admissions._intended_vault(msg.sender)
    self._require(vault == empty(address), "owner is paired")
    admissions._save(msg.sender, admission)
    # The old owner keeps the id as its last: a suspension follows both.
    old_owner: address = self._sequencers[id].owner
    if admissions._is_admitted(old_owner):
        admissions._set_approval(old_owner, empty(ISequencerPool.Approval))
    self._set_recipient(id, msg.sender)
    self._sequencers[id].pending_owner = empty(address)
    self._sequencers[id].owner = msg.sender
    # The new owner may replace at once whatever signer the old one has left.
    self._sequencers[id].owner_rotated_at = 0
    log ISequencerPool.SequencerTransferred(id=id, old_owner=old_owner, new_owner=msg.sender)
    # One that lost its place by the old owner's disapproval joins again.
    self._follow(id, self._load(id))


@external
def set_reward_recipient(id: uint256, recipient: address):
    """
    @notice Sets who is paid the operator's part of the rewards.
    @param id Sequencer.
    @param recipient Not zero.
    @custom:reverts "not owner"; "zero recipient"
    @custom:emits RewardRecipientSet
    @custom:source docs/design.md section 3.1
    """
    self._check_owner(id)
    self._check_recipient(recipient)
    self._set_recipient(id, recipient)


@external
def unjail(id: uint256):
    """
    @notice Ends the jail when its time is over. The next checkpoint counts the sequencer again.
    @param id Jailed sequencer.
    @custom:reverts "not owner"; "not jailed"; "jail is not over"
    @custom:emits StateChanged
    @custom:source docs/design.md section 3.1
    """
    self._check_owner(id)
    status: words.Status = self._known(id)
    self._require(status.state == ISequencerPool.State.JAILED, "not jailed")
    self._require(block.timestamp >= status.jailed_until, "jail is not over")
    self._free(id, status)


# ---------------------------------------------------------------- paired vaults


@external
@nonreentrant
def deposit_paired(id: uint256, amount: uint256):
    """
    @notice Adds to the paired stake.
    @param id Sequencer that is paired with the caller and has not begun to leave.
    @param amount Wei of METIS, pulled from the caller; not 0, own + paired at most cap.
    @custom:reverts "not vault"; "pairing has ended"; "has left"; "zero amount";
                    "above cap"; "paused" when the sum exceeds min_stake; "metis transfer failed"
    @custom:emits Deposited, StateChanged, Cured
    @custom:source docs/design.md section 3.1, G16
    """
    self._check_vault(id)
    self._require(not self._sequencers[id].pairing_ended, "pairing has ended")
    self._deposit(id, amount, words.PAIRED)


@external
def request_paired_withdrawal(id: uint256, amount: uint256):
    """
    @notice Unbonds a part or all of the paired stake; it may take the sequencer below min_stake.
    @param id Sequencer that is paired with the caller and has not begun to leave.
    @param amount Wei of METIS; not 0.
    @custom:reverts "not vault"; "has left"; "zero amount"; "more than bonded"
    @custom:emits UnbondingStarted, BelowMinStake
    @custom:source docs/design.md section 3.1, G16
    """
    self._check_vault(id)
    self._withdraw(id, amount, words.PAIRED)


@external
@nonreentrant
def claim_paired(id: uint256) -> uint256:
    """
    @notice Pays the vault what has matured of the paired stake.
    @param id Sequencer in which the calling vault has stake, even after its pairing ended.
    @return Wei of METIS paid.
    @custom:reverts "not vault"; "nothing to claim"; "metis transfer failed"
    @custom:emits Claimed, StateChanged
    @custom:source docs/design.md section 3.1, I5
    """
    self._check_vault(id)
    return self._claim(id, words.PAIRED, msg.sender)


# ---------------------------------------------------------------- anyone


@external
def activate_next(count: uint256) -> uint256:
    """
    @notice Moves queue heads into free seats, first come first served. A head that is below
            min_stake or disapproved loses its place and is PENDING again.
    @param count Most entries of the queue to look at, places left early among them; over 128 is 128.
    @return How many sequencers took a seat.
    @custom:reverts "paused"; "queue is empty"; "no free seat"
    @custom:emits StateChanged
    @custom:source docs/design.md section 3.1, G17
    """
    self._check_not_paused()
    self._require(seats_.queued > 0, "queue is empty")
    seats: uint256 = parameters_._load().max_sequencers
    self._require(seats_._seated() < seats, "no free seat")
    activated: uint256 = 0
    for _: uint256 in range(min(count, limits.MAX_SEQUENCERS), bound=limits.MAX_SEQUENCERS):
        if seats_.queued == 0 or seats_._seated() >= seats:
            break
        place: uint256 = 0
        id: uint256 = 0
        place, id = seats_._next_in_queue()
        status: words.Status = self._load(id)
        # Who left the queue early, or joined it again, waits no more at this place.
        if status.state == ISequencerPool.State.QUEUED and status.place == place:
            seats_._leave_queue()
            if self._may_join(id):
                self._take_seat(id, status)
                activated = unsafe_add(activated, 1)
            else:
                self._become_pending(id, status)
    return activated


@external
def eject(id: uint256) -> bool:
    """
    @notice Makes a sequencer leave that has been below min_stake for longer than cure_period. If its
            clock does not run yet (min_stake was changed since), this starts it.
    @param id Sequencer in the queue, in a seat or suspended.
    @return Whether it left; False: its clock was started.
    @custom:reverts "unknown sequencer"; "wrong state"; "not below min stake"; "still curing"
    @custom:emits UnbondingStarted, StateChanged; or BelowMinStake
    @custom:source docs/design.md section 3.1
    """
    status: words.Status = self._known(id)
    self._check_state(self._has_clock(status.state))
    parameters: ISequencerPool.Parameters = parameters_._load()
    bonded: uint256 = self._bonded(id)
    self._require(bonded < parameters.min_stake, "not below min stake")
    if self._clock_runs(status):
        now: uint256 = timed_pause._clock()
        self._require(now > unsafe_add(status.below_since, parameters.cure_period), "still curing")
        self._exit(id, status)
        return True
    self._save(id, self._start_clock(id, status))
    return False


# ---------------------------------------------------------------- slasher


@external
@nonreentrant
def slash(id: uint256, amount: uint256, kind: uint8, evidence: bytes32) -> uint256:
    """
    @notice Moves locked METIS to the SlashVault and opens a case there. Order: own bonded, own
            unbonding, paired bonded, paired unbonding, newest first; matured stake is taken only
            where a hold keeps it.
    @param id Sequencer in any state.
    @param amount Wei of METIS; what exceeds the slashable stake is not taken.
    @param kind Kind of the offence.
    @param evidence What the SlashVault knows the evidence by: the offence's key.
    @return The SlashVault's case id; 0, and no case, if there is nothing to take.
    @custom:reverts "not slasher"; "unknown sequencer"; "metis transfer failed"
    @custom:emits Slashed, BelowMinStake, StateChanged
    @custom:source docs/design.md sections 3.1 and 3.4, I4, I8
    """
    self._check_slasher()
    status: words.Status = self._known(id)
    holdings: ISequencerPool.Holding[2] = self._holdings(id, status)
    left: uint256 = amount
    bonded: uint256[2] = [0, 0]
    unbonding_: uint256[2] = [0, 0]
    kept: uint256[2] = [0, 0]
    for side: uint256 in range(2):
        holding: ISequencerPool.Holding = holdings[side]
        take: uint256 = min(left, holding.bonded)
        self._sequencers[id].bonded[side] = unsafe_sub(holding.bonded, take)
        bonded[side] = take
        left = unsafe_sub(left, take)
        take, status.unbondings[side], kept[side] = unbonding._slash(
            self._list(id, side), holding.unbondings, left, holding.kept
        )
        unbonding_[side] = take
        left = unsafe_sub(left, take)
    if left == amount:
        # A Slasher that punishes many at once must not fail on one who has nothing left.
        return 0
    self._renew_hold(id, holdings, kept)
    self._follow(id, status)
    self._pay(slash_vault, unsafe_sub(amount, left))
    case_id: uint256 = extcall ISlashVault(slash_vault).open_case(
        id,
        self._sequencers[id].owner,
        self._sequencers[id].vault,
        unsafe_add(bonded[words.OWN], unbonding_[words.OWN]),
        unsafe_add(bonded[words.PAIRED], unbonding_[words.PAIRED]),
        kind,
        evidence,
    )
    # After the call, because the event names the case. The escrow is fixed and ours.
    log ISequencerPool.Slashed(
        id=id,
        case_id=case_id,
        kind=kind,
        bonded=bonded,
        unbonding=unbonding_,
        evidence=evidence,
    )
    return case_id


@external
def jail(id: uint256, until: uint256):
    """
    @notice Keeps the sequencer out of the next committees; it keeps its seat. A later date than the
            present one extends it.
    @param id Sequencer; if it has no seat, the date counts when it gets one.
    @param until Unix second from which the owner may unjail; at most 30 days ahead.
    @custom:reverts "not slasher"; "unknown sequencer"; "bad date"
    @custom:emits Jailed, StateChanged
    @custom:source docs/design.md sections 3.1 and 3.4
    """
    self._check_slasher()
    status: words.Status = self._known(id)
    self._check_date(until, limits.MAX_JAIL)
    status.jailed_until = max(status.jailed_until, until)
    log ISequencerPool.Jailed(id=id, until=status.jailed_until)
    if status.state == ISequencerPool.State.ACTIVE:
        seats_._note_departure()
        seats_._set_power(status.place, 0)
        self._change_state(id, status, ISequencerPool.State.JAILED)
    else:
        self._save(id, status)


@external
def suspend(id: uint256, cause: bytes32, epoch: uint64, block_number: uint64):
    """
    @notice Takes the seat or place away until the cause is lifted. Causes are kept apart, and are
            recorded even for a sequencer that leaves: they follow its owner.
    @param id Sequencer.
    @param cause Key of the cause, which the Slasher makes of what was done where; not open yet.
    @param epoch L2 epoch of the offence, for the event.
    @param block_number L2 block of the offence, for the event.
    @custom:reverts "not slasher"; "unknown sequencer"; "cause is open"
    @custom:emits Suspended, StateChanged
    @custom:source docs/design.md sections 3.1 and 3.4, G11
    """
    self._check_slasher()
    status: words.Status = self._known(id)
    is_open: bool = self._is_open(id, cause, status.generation)
    self._require(not is_open, "cause is open")
    self._suspensions[id][cause] = unsafe_add(status.generation, 1)
    status.causes = unsafe_add(status.causes, 1)
    log ISequencerPool.Suspended(id=id, cause=cause, epoch=epoch, block_number=block_number)
    if self._is_live(status.state) and status.state != ISequencerPool.State.SUSPENDED:
        self._vacate(status)
        self._change_state(id, status, ISequencerPool.State.SUSPENDED)
    else:
        self._save(id, status)


@external
def lift(id: uint256, cause: bytes32):
    """
    @notice Lifts one cause. With the last one the sequencer joins the queue's tail, or is PENDING
            if it is below min_stake or disapproved.
    @param id Sequencer.
    @param cause Key of an open cause.
    @custom:reverts "not slasher"; "unknown sequencer"; "cause is not open"
    @custom:emits CauseLifted, StateChanged
    @custom:source docs/design.md sections 3.1 and 3.4, G11
    """
    self._check_slasher()
    status: words.Status = self._known(id)
    is_open: bool = self._is_open(id, cause, status.generation)
    self._require(is_open, "cause is not open")
    self._suspensions[id][cause] = 0
    status.causes = unsafe_sub(status.causes, 1)
    log ISequencerPool.CauseLifted(id=id, cause=cause)
    if status.causes == 0 and status.state == ISequencerPool.State.SUSPENDED:
        self._enter(id, status, self._may_join(id))
    else:
        self._save(id, status)


@external
def hold(id: uint256, amount: uint256, until: uint256):
    """
    @notice Sets the amount that may not be claimed while cases are undecided. It replaces the
            hold before: the Slasher keeps the sum of its undecided cases. A hold keeps what matures
            after it was set, and of what had matured before only what the hold before kept. What it
            keeps stays slashable. The holds of a former Slasher are void.
    @param id Sequencer.
    @param amount Wei of METIS; 0 ends the hold.
    @param until Unix second at which the hold lapses by itself; at most 30 days ahead.
    @custom:reverts "not slasher"; "unknown sequencer"; "bad date"
    @custom:emits Held
    @custom:source docs/design.md sections 3.1 and 3.4, I5
    """
    self._check_slasher()
    holdings: ISequencerPool.Holding[2] = self._holdings(id, self._known(id))
    self._check_date(until, limits.MAX_HOLD)
    holds._replace(
        id, amount, until, [holdings[words.OWN].kept, holdings[words.PAIRED].kept], msg.sender
    )
    log ISequencerPool.Held(id=id, amount=amount, until=until)
    extcall ISlashVault(slash_vault).note_hold(until)


# ---------------------------------------------------------------- governance


@external
def approve(owner: address):
    """
    @notice Allows an owner to lock once; or gives back the standing of one that was disapproved,
            whose PENDING sequencer then joins the queue if it has min_stake. A cure clock that a
            change of min_stake has stopped starts anew, as with `eject`.
    @param owner Not zero.
    @custom:reverts "roles: not governance"; "zero owner"
    @custom:emits OwnerApproved, StateChanged, BelowMinStake, Cured
    @custom:source docs/design.md section 3.1, G2
    """
    roles._check_governance()
    id: uint256 = self._live_id(owner)
    log ISequencerPool.OwnerApproved(owner=owner)
    if id == 0:
        admissions._set_approval(owner, ISequencerPool.Approval.APPROVED)
    else:
        admissions._set_approval(owner, ISequencerPool.Approval.ADMITTED)
        self._follow(id, self._load(id))


@external
def disapprove(owner: address):
    """
    @notice Withdraws an owner's approval. Stake already here is not touched; a queued sequencer
            loses its place when its turn comes.
    @param owner Owner.
    @custom:reverts "roles: not governance"
    @custom:emits OwnerDisapproved
    @custom:source docs/design.md section 3.1
    """
    roles._check_governance()
    self._withdraw_approval(owner)


@external
def set_pairing(owner: address, vault: address, commission_bps: uint256):
    """
    @notice Pairs an owner's present or next sequencer with a vault, changes the commission, or ends
            the pairing, whose stake then unbonds to the old vault.
    @param owner Owner; not zero.
    @param vault Holder of the paired stake; zero ends the pairing.
    @param commission_bps Share of the vault's rewards for the operator, 0..5,000 basis points.
    @custom:reverts "roles: not governance"; "zero owner"; "bad commission"; "vault has stake" if
                    another vault still has stake there
    @custom:emits PairingSet, UnbondingStarted, BelowMinStake
    @custom:source docs/design.md section 3.1, G16
    """
    roles._check_governance()
    self._require(commission_bps <= limits.COMMISSION_CEILING, "bad commission")
    id: uint256 = self._live_id(owner)
    log ISequencerPool.PairingSet(owner=owner, vault=vault, id=id, commission_bps=commission_bps)
    if id == 0:
        admissions._intend(owner, vault, commission_bps)
        return
    self._sequencers[id].commission_bps = commission_bps
    if vault == empty(address):
        self._end_pairing(id)
    else:
        self._pair(id, vault)


@external
def offboard(id: uint256):
    """
    @notice Makes a sequencer leave by vote, and withdraws its owner's approval.
    @param id Sequencer that has not begun to leave.
    @custom:reverts "roles: not governance"; "unknown sequencer"; "has left"
    @custom:emits OwnerDisapproved, UnbondingStarted, StateChanged
    @custom:source docs/design.md section 3.1, G3
    """
    roles._check_governance()
    status: words.Status = self._live(id)
    self._withdraw_approval(self._sequencers[id].owner)
    self._exit(id, status)


@external
def reinstate(id: uint256):
    """
    @notice Ends a jail at once, or lifts all causes of a suspension.
    @param id Jailed or suspended sequencer.
    @custom:reverts "roles: not governance"; "unknown sequencer"; "wrong state"
    @custom:emits Reinstated, StateChanged
    @custom:source docs/design.md section 3.1, G14
    """
    roles._check_governance()
    status: words.Status = self._known(id)
    status.jailed_until = 0
    log ISequencerPool.Reinstated(id=id)
    if status.state == ISequencerPool.State.JAILED:
        self._free(id, status)
    else:
        self._check_state(status.state == ISequencerPool.State.SUSPENDED)
        status.causes = 0
        status.generation = unsafe_add(status.generation, 1)
        self._enter(id, status, self._may_join(id))


@external
def set_min_stake(min_stake: uint256):
    """
    @notice Sets the stake a member needs. All cure periods start anew.
    @param min_stake Wei of METIS, 1 METIS..cap.
    @custom:reverts "roles: not governance"; "bad min_stake"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4, G1
    """
    roles._check_governance()
    self._set("min_stake", words.MIN_STAKE_AT, min_stake)
    self._min_stake_set_at = timed_pause._clock()


@external
def set_cap(cap: uint256):
    """
    @notice Sets the most that own + paired bonded stake may be, and the most power of a member.
            Stake above a lowered cap stays, but has no power.
    @param cap Wei of METIS, min_stake..1,000,000 METIS.
    @custom:reverts "roles: not governance"; "bad cap"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4, G1
    """
    roles._check_governance()
    self._set("cap", words.CAP_AT, cap)


@external
def set_max_sequencers(max_sequencers: uint256):
    """
    @notice Sets the number of seats. Lowering it evicts nobody.
    @param max_sequencers 4..128.
    @custom:reverts "roles: not governance"; "bad max_sequencers"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    roles._check_governance()
    self._set("max_sequencers", words.MAX_SEQUENCERS_AT, max_sequencers)


@external
def set_exit_delay(exit_delay: uint256):
    """
    @notice Sets how long stake unbonds. What unbonds already keeps its date.
    @param exit_delay Seconds, 21..60 days.
    @custom:reverts "roles: not governance"; "bad exit_delay"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4, G17
    """
    roles._check_governance()
    self._set_exit_delay(exit_delay)


@external
def set_cure_period(cure_period: uint256):
    """
    @notice Sets how long a sequencer may be below min_stake before it can be ejected.
    @param cure_period Seconds, 1..30 days.
    @custom:reverts "roles: not governance"; "bad cure_period"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    roles._check_governance()
    self._set("cure_period", words.CURE_PERIOD_AT, cure_period)


@external
def set_rotation_period(rotation_period: uint256):
    """
    @notice Sets how long owner and signer, each, must wait between two rotations.
    @param rotation_period Seconds, 1 hour..7 days.
    @custom:reverts "roles: not governance"; "bad rotation_period"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    roles._check_governance()
    self._set("rotation_period", words.ROTATION_PERIOD_AT, rotation_period)


@external
def announce_slasher(slasher: address):
    """
    @notice Announces a new Slasher. It takes effect after 61 days, when everyone who wanted to leave
            has left; the present one works until then. A further call replaces the announcement.
    @param slasher Not zero; the present one withdraws an announcement.
    @custom:reverts "roles: not governance"; "zero slasher"
    @custom:emits SlasherAnnounced
    @custom:source docs/design.md section 3.1
    """
    roles._check_governance()
    self._require(slasher != empty(address), "zero slasher")
    effective_at: uint256 = slashers._announce(slasher, limits.SLASHER_NOTICE)
    log ISequencerPool.SlasherAnnounced(slasher=slasher, effective_at=effective_at)


@external
def set_distributor(distributor: address):
    """
    @notice Sets the RewardDistributor, which may relock rewards for an owner.
    @param distributor Not zero.
    @custom:reverts "roles: not governance"; "zero distributor"
    @custom:emits DistributorSet
    @custom:source docs/design.md sections 3.1 and 3.5
    """
    roles._check_governance()
    self._require(distributor != empty(address), "zero distributor")
    log ISequencerPool.DistributorSet(old=self.distributor, new=distributor)
    self.distributor = distributor


# ---------------------------------------------------------------- guardian


@external
def pause():
    """
    @notice Stops lock, deposits above min_stake and activation for 7 days; cure clocks stand still.
            Exits, claims, top-ups up to min_stake and slashing go on.
    @custom:reverts "guardian: not guardian"; "timed_pause: too soon" within 14 days of the last pause
    @custom:emits Paused
    @custom:source docs/design.md section 3.1
    """
    guardians._check_guardian()
    timed_pause._pause(limits.PAUSE_DURATION, limits.PAUSE_INTERVAL)


@external
def unpause():
    """
    @notice Ends a pause early.
    @custom:reverts "guardian: not guardian"; "timed_pause: not paused"
    @custom:emits Unpaused
    @custom:source docs/design.md section 3.1
    """
    guardians._check_guardian()
    timed_pause._unpause()


# ---------------------------------------------------------------- views


@external
@view
def sequencer(id: uint256) -> ISequencerPool.Sequencer:
    """
    @notice All about one sequencer, with all that the Slasher needs.
    @param id Sequencer.
    @return Its record; see ISequencerPool.
    @custom:reverts "unknown sequencer"
    """
    status: words.Status = self._known(id)
    entry: Sequencer = self._sequencers[id]
    held: uint256 = 0
    held_until: uint256 = 0
    held, held_until = holds._of(id)
    holdings: ISequencerPool.Holding[2] = self._holdings(id, status)
    return ISequencerPool.Sequencer(
        owner=entry.owner,
        pending_owner=entry.pending_owner,
        signer=entry.signer,
        reward_recipient=self._recipient(id),
        vault=entry.vault,
        commission_bps=entry.commission_bps,
        pairing_ended=entry.pairing_ended,
        state=status.state,
        approval=admissions._of(entry.owner).approval,
        place=status.place,
        own=holdings[words.OWN],
        paired=holdings[words.PAIRED],
        slashable=unsafe_add(self._locked(holdings), self._kept(holdings)),
        held=held,
        held_until=held_until,
        jailed_until=status.jailed_until,
        below_since=status.below_since if self._clock_runs(status) else 0,
        open_causes=status.causes,
        owner_rotated_at=entry.owner_rotated_at,
        signer_rotated_at=entry.signer_rotated_at,
    )


@external
@view
def stake_of(id: uint256) -> (uint256, uint256, uint256):
    """
    @notice What a penalty is a share of, and where its owner's earlier offences are found.
    @param id Sequencer.
    @return Id of the sequencer that its owner had before this one; 0: none, or its owner has
            another by now.
    @return Wei of METIS that are locked: own and paired, bonded and unbonding, not matured.
    @return Wei of METIS that have matured, but are kept by a hold: own and paired.
    @custom:reverts "unknown sequencer"
    @custom:source docs/design.md section 3.4
    """
    holdings: ISequencerPool.Holding[2] = self._holdings(id, self._known(id))
    admission: words.Admission = admissions._of(self._sequencers[id].owner)
    return (
        admission.former if admission.id == id else 0,
        self._locked(holdings),
        unsafe_add(holdings[words.OWN].kept, holdings[words.PAIRED].kept),
    )


@external
@view
def reward_recipient_of(id: uint256) -> address:
    """
    @notice Who is paid the operator's part of the rewards.
    @param id Sequencer.
    @return The recipient; zero: there is no such sequencer.
    @custom:source docs/design.md section 3.5
    """
    return self._recipient(id)


@external
@view
def unbonding_at(id: uint256, paired: bool, position: uint256) -> (uint256, uint256):
    """
    @notice One part of the stake that is on its way out, matured or not, and not yet claimed.
    @param id Sequencer.
    @param paired False: the owner's; True: the vault's.
    @param position From 0, oldest first; below the number in `sequencer`.
    @return Wei of METIS.
    @return The first second at which it may be claimed.
    """
    return unbonding._at(self._list(id, convert(paired, uint256)), position)


@external
@view
def is_open(id: uint256, cause: bytes32) -> bool:
    """
    @notice Whether a cause of suspension is open.
    @param id Sequencer.
    @param cause Key of the cause.
    @return True from `suspend` to `lift` or `reinstate`.
    """
    return self._is_open(id, cause, self._load(id).generation)


@external
@view
def admission(owner: address) -> (uint256, ISequencerPool.Approval, uint256):
    """
    @notice What the pool knows of an owner.
    @param owner Owner.
    @return Id of its present or last sequencer; 0: none.
    @return Its approval; 0: none.
    @return Nonce of its next SignerConsent.
    """
    word: words.Admission = admissions._of(owner)
    return word.id, word.approval, word.nonce


@external
@view
def intended_pairing(owner: address) -> (address, uint256):
    """
    @notice The pairing that the owner's next sequencer will have.
    @param owner Owner.
    @return Vault; zero: none.
    @return Commission in basis points; without a vault it means nothing.
    """
    return admissions._intended_vault(owner), admissions._intended_commission(owner)


@external
@view
def signer_of_record(signer: address) -> (uint256, uint256):
    """
    @notice Whose key it is, or was.
    @param signer Signer.
    @return Sequencer id; 0: never used.
    @return When it was rotated out, unix seconds; 0: it was not.
    """
    return signers._id_of(signer), signers._rotated_at(signer)


@external
@view
def parameters() -> ISequencerPool.Parameters:
    """
    @notice All parameters.
    @return See ISequencerPool.
    """
    return parameters_._load()


@external
@view
def roster() -> ISequencerPool.Roster:
    """
    @notice Numbers of sequencers and the bounds of the queue.
    @return See ISequencerPool.
    """
    return ISequencerPool.Roster(
        count=self._count,
        seated=seats_._seated(),
        queued=seats_.queued,
        queue_head=seats_.queue_head,
        queue_tail=seats_.queue_tail,
    )


@external
@view
def seats() -> DynArray[uint256, limits.MAX_SEQUENCERS]:
    """
    @notice Who has a seat, with its stake. The CommitteeRegistry makes committees of it.
    @return Member words in the order of the seats, at most 128: the signer below bit 160, above it
            own and paired bonded stake, wei of METIS; 0 of a jailed one.
    @custom:source docs/design.md section 2
    """
    members: DynArray[uint256, limits.MAX_SEQUENCERS] = []
    for seat: uint256 in range(seats_._seated(), bound=limits.MAX_SEQUENCERS):
        members.append(seats_.members[seat])
    return members


@external
@view
def departures() -> uint256:
    """
    @notice How often an ACTIVE sequencer has exited, was jailed or was suspended.
    @return The number so far. The CommitteeRegistry compares it with that at its last checkpoint.
    @custom:source docs/design.md section 2
    """
    return seats_._departures()


@external
@view
def queue_at(place: uint256) -> uint256:
    """
    @notice Who waits, or waited, at a place of the queue. It still does if its state is QUEUED and
            its place this one.
    @param place From the head in `roster` to before its tail.
    @return Sequencer id; 0: nobody ever did.
    """
    return seats_.queue[place]


@external
@view
def cure_clock() -> uint256:
    """
    @notice The clock by which cure periods run: it stands still during a pause.
    @return Unix seconds less all seconds paused.
    """
    return timed_pause._clock()


@external
@view
def paused() -> bool:
    """
    @notice Whether new risk is stopped.
    @return True during a pause.
    """
    return timed_pause._paused()


@external
@view
def slasher() -> address:
    """
    @notice The Slasher in force.
    @return Its address; zero if none was ever announced.
    """
    return slashers._present()


@external
@view
def announced_slasher() -> (address, uint256):
    """
    @notice The latest announcement.
    @return The Slasher; zero: none was announced.
    @return When it takes or took effect, unix seconds.
    """
    return slashers.announced, slashers.announced_at


# ---------------------------------------------------------------- internal: checks
# Counters and sums of stakes are far from overflowing: unsafe_* saves 10 bytes each time.
# A reason that two functions give has a check of its own here: its text costs 60 bytes each time.
# What another function answers gets a name before it is checked: that saves 16 bytes.


@internal
@pure
def _require(ok: bool, reason: String[32]):
    """
    @dev The prefix is added only when it is needed.
    """
    if not ok:
        checks._require(False, concat("SequencerPool: ", reason))


@internal
@view
def _check_owner(id: uint256):
    self._require(msg.sender == self._sequencers[id].owner, "not owner")


@internal
@view
def _check_vault(id: uint256):
    # Zero, if there is none, never calls.
    self._require(msg.sender == self._sequencers[id].vault, "not vault")


@internal
@view
def _check_slasher():
    slasher: address = slashers._present()
    self._require(msg.sender == slasher, "not slasher")


@internal
@view
def _check_date(until: uint256, longest: uint256):
    self._require(
        until > block.timestamp and until <= unsafe_add(block.timestamp, longest), "bad date"
    )


@internal
@view
def _check_not_paused():
    paused: bool = timed_pause._paused()
    self._require(not paused, "paused")


@internal
@pure
def _check_amount(amount: uint256):
    self._require(amount > 0, "zero amount")


@internal
@pure
def _check_min_stake(ok: bool):
    self._require(ok, "below min stake")


@internal
@pure
def _check_cap(ok: bool):
    self._require(ok, "above cap")


@internal
@pure
def _check_state(ok: bool):
    self._require(ok, "wrong state")


@internal
@pure
def _check_has_not_left(ok: bool):
    self._require(ok, "has left")


@internal
@pure
def _check_transfer(ok: bool):
    self._require(ok, "metis transfer failed")


@internal
@pure
def _check_recipient(recipient: address):
    self._require(recipient != empty(address), "zero recipient")


@internal
@view
def _check_known(id: uint256):
    self._require(self._sequencers[id].owner != empty(address), "unknown sequencer")


@internal
@view
def _check_not_exited(id: uint256):
    self._check_has_not_left(self._load(id).state != ISequencerPool.State.EXITED)


@internal
@view
def _known(id: uint256) -> words.Status:
    self._check_known(id)
    return self._load(id)


@internal
@view
def _live(id: uint256) -> words.Status:
    status: words.Status = self._known(id)
    self._check_has_not_left(self._is_live(status.state))
    return status


@internal
@view
def _load(id: uint256) -> words.Status:
    return words._unpack_status(self._sequencers[id].status)


@internal
def _save(id: uint256, status: words.Status):
    self._sequencers[id].status = words._pack_status(status)


@internal
@view
def _is_live(state: ISequencerPool.State) -> bool:
    return state not in (ISequencerPool.State.EXITING | ISequencerPool.State.EXITED)


@internal
@view
def _is_seated(state: ISequencerPool.State) -> bool:
    return state in (ISequencerPool.State.ACTIVE | ISequencerPool.State.JAILED)


@internal
@view
def _has_clock(state: ISequencerPool.State) -> bool:
    return state not in (
        ISequencerPool.State.PENDING | ISequencerPool.State.EXITING | ISequencerPool.State.EXITED
    )


@internal
@view
def _is_open(id: uint256, cause: bytes32, generation: uint256) -> bool:
    return self._suspensions[id][cause] == unsafe_add(generation, 1)


@internal
@view
def _live_id(owner: address) -> uint256:
    """
    @dev The sequencer that the owner has and that has not begun to leave, or 0.
    """
    self._require(owner != empty(address), "zero owner")
    id: uint256 = admissions._of(owner).id
    if id == 0 or self._sequencers[id].owner != owner or not self._is_live(self._load(id).state):
        return 0
    return id


# ---------------------------------------------------------------- internal: owners


@internal
@view
def _use_approval(owner: address, id: uint256) -> words.Admission:
    """
    @dev Checks that the owner may take a sequencer, new or handed over, and returns its admission
         as it is after that; the caller stores it.
    """
    admission: words.Admission = admissions._of(owner)
    last: words.Status = self._load(admission.id)
    self._require(
        self._sequencers[admission.id].owner != owner or last.state == ISequencerPool.State.EXITED,
        "owner has a sequencer",
    )
    self._require(admission.approval == ISequencerPool.Approval.APPROVED, "not approved")
    self._require(last.causes == 0, "owner is suspended")
    admission.approval = ISequencerPool.Approval.ADMITTED
    # Who takes back what it had last has had nothing else since.
    if admission.id != id:
        admission.former = admission.id
    admission.id = id
    return admission


@internal
@view
def _recipient(id: uint256) -> address:
    """
    @dev Zero if there is no such sequencer.
    """
    recipient: address = self._sequencers[id].reward_recipient
    return recipient if recipient != empty(address) else self._sequencers[id].owner


@internal
def _set_recipient(id: uint256, recipient: address):
    """
    @dev The caller is the owner, or becomes it.
    """
    log ISequencerPool.RewardRecipientSet(id=id, old=self._recipient(id), new=recipient)
    self._sequencers[id].reward_recipient = recipient if recipient != msg.sender else empty(address)


@internal
@view
def _may_rotate_at(id: uint256, is_owner: bool) -> uint256:
    """
    @dev From when on the owner, or the signer itself, may replace the signer.
    """
    period: uint256 = parameters_._load().rotation_period
    by_owner: uint256 = self._sequencers[id].owner_rotated_at
    if is_owner:
        return unsafe_add(by_owner, period)
    return max(
        unsafe_add(by_owner, limits.SIGNER_ROTATION_LOCK),
        unsafe_add(self._sequencers[id].signer_rotated_at, period),
    )


@internal
def _pair(id: uint256, vault: address):
    """
    @dev A vault whose stake is here, in whatever form, is not replaced.
    """
    if vault != self._sequencers[id].vault:
        bonded: uint256 = self._sequencers[id].bonded[words.PAIRED]
        status: words.Status = self._load(id)
        self._require(unsafe_add(bonded, status.unbondings[words.PAIRED]) == 0, "vault has stake")
        self._sequencers[id].vault = vault
    self._sequencers[id].pairing_ended = False


@internal
def _end_pairing(id: uint256):
    """
    @dev The old vault stays on record: it has yet to claim.
    """
    self._sequencers[id].pairing_ended = True
    stake: uint256 = self._sequencers[id].bonded[words.PAIRED]
    if stake > 0:
        self._withdraw(id, stake, words.PAIRED)


@internal
def _withdraw_approval(owner: address):
    admissions._set_approval(owner, empty(ISequencerPool.Approval))
    log ISequencerPool.OwnerDisapproved(owner=owner)


@internal
def _register_signer(
    id: uint256,
    owner: address,
    before: words.Admission,
    signer: address,
    signer_pubkey: bytes32[2],
    consent: committees.Signature,
):
    """
    @dev Stores the owner's admission with its next nonce.
    """
    used_by: uint256 = signers._id_of(signer)
    self._require(used_by == 0, "signer was used")
    is_key: bool = signers._is_key_of(signer, signer_pubkey)
    self._require(is_key, "bad public key")
    has_consented: bool = signers._has_consented(signer, owner, before.nonce, consent)
    self._require(has_consented, "bad consent")
    signers._register(signer, id)
    log ISequencerPool.SignerRegistered(id=id, signer=signer, signer_pubkey=signer_pubkey)
    admission: words.Admission = before
    admission.nonce = unsafe_add(admission.nonce, 1)
    admissions._save(owner, admission)


# ---------------------------------------------------------------- internal: stake


@internal
@pure
def _list(id: uint256, side: uint256) -> uint256:
    """
    @dev Key of a list in `unbonding`.
    """
    return (id << 1) | side


@internal
def _pull(amount: uint256):
    self._check_transfer(extcall IERC20(metis).transferFrom(msg.sender, self, amount))


@internal
def _pay(recipient: address, amount: uint256):
    self._check_transfer(extcall IERC20(metis).transfer(recipient, amount))


@internal
@view
def _bonded(id: uint256) -> uint256:
    # Each side fits into 128 bits.
    return unsafe_add(
        self._sequencers[id].bonded[words.OWN], self._sequencers[id].bonded[words.PAIRED]
    )


@internal
@view
def _holdings(id: uint256, status: words.Status) -> ISequencerPool.Holding[2]:
    """
    @dev Both sides of the stake. A hold binds in the order in which a slash takes: all of the
         owner's first, and matured stake last on each side; only what it keeps of matured stake
         needs to be known.
    """
    hold: holds.Hold = holds._in_force(id, slashers._present())
    held: uint256 = hold.amount
    holdings: ISequencerPool.Holding[2] = empty(ISequencerPool.Holding[2])
    for side: uint256 in range(2):
        holding: ISequencerPool.Holding = empty(ISequencerPool.Holding)
        holding.bonded = self._sequencers[id].bonded[side]
        holding.unbondings = status.unbondings[side]
        after: uint256 = 0
        holding.unbonding, holding.matured, after = unbonding._totals(
            self._list(id, side), holding.unbondings, hold.set_at
        )
        held = unsafe_sub(held, min(held, unsafe_add(holding.bonded, holding.unbonding)))
        if held > 0:
            # `after` is a part of what has matured.
            before: uint256 = min(hold.kept[side], unsafe_sub(holding.matured, after))
            holding.kept = min(held, unsafe_add(after, before))
            held = unsafe_sub(held, holding.kept)
        holdings[side] = holding
    return holdings


@internal
@pure
def _locked(holdings: ISequencerPool.Holding[2]) -> uint256:
    # All METIS that there is needs 84 bits.
    return unsafe_add(
        unsafe_add(holdings[0].bonded, holdings[0].unbonding),
        unsafe_add(holdings[1].bonded, holdings[1].unbonding),
    )


@internal
@pure
def _kept(holdings: ISequencerPool.Holding[2]) -> uint256:
    return unsafe_add(holdings[words.OWN].kept, holdings[words.PAIRED].kept)


@internal
def _deposit(id: uint256, amount: uint256, side: uint256):
    status: words.Status = self._live(id)
    self._check_amount(amount)
    parameters: ISequencerPool.Parameters = parameters_._load()
    bonded: uint256 = self._bonded(id)
    # In this form it cannot overflow.
    self._check_cap(amount <= unsafe_sub(parameters.cap, min(parameters.cap, bonded)))
    if unsafe_add(bonded, amount) > parameters.min_stake:
        self._check_not_paused()
    self._sequencers[id].bonded[side] += amount
    log ISequencerPool.Deposited(
        id=id, payer=msg.sender, paired=side == words.PAIRED, amount=amount
    )
    self._follow(id, status)
    self._pull(amount)


@internal
def _withdraw(id: uint256, amount: uint256, side: uint256):
    status: words.Status = self._live(id)
    self._check_amount(amount)
    self._require(amount <= self._sequencers[id].bonded[side], "more than bonded")
    self._follow(id, self._unbond(id, status, amount, side))


@internal
def _unbond(id: uint256, before: words.Status, amount: uint256, side: uint256) -> words.Status:
    """
    @dev The caller stores the status returned.
    """
    status: words.Status = before
    self._sequencers[id].bonded[side] -= amount
    matures_at: uint256 = unsafe_add(block.timestamp, parameters_._load().exit_delay)
    status.unbondings[side], matures_at = unbonding._add(
        self._list(id, side), status.unbondings[side], amount, matures_at
    )
    log ISequencerPool.UnbondingStarted(
        id=id, paired=side == words.PAIRED, amount=amount, matures_at=matures_at
    )
    return status


@internal
def _renew_hold(id: uint256, holdings: ISequencerPool.Holding[2], kept: uint256[2]):
    """
    @dev When stake changes of which a hold keeps some: what it keeps is an amount, whatever is left of
         it, and of free stake nothing is kept in its place. kept: what is left of it, by side.
    """
    if self._kept(holdings) > 0:
        holds._renew(id, kept, slashers._present())


@internal
def _claim(id: uint256, side: uint256, recipient: address) -> uint256:
    status: words.Status = self._known(id)
    holdings: ISequencerPool.Holding[2] = self._holdings(id, status)
    holding: ISequencerPool.Holding = holdings[side]
    # A list need not be in the order of its dates: those of what is left would say less.
    self._renew_hold(id, holdings, [holdings[words.OWN].kept, holdings[words.PAIRED].kept])
    amount: uint256 = unsafe_sub(holding.matured, holding.kept)
    status.unbondings[side] = unbonding._take_matured(
        self._list(id, side), status.unbondings[side], amount
    )
    self._require(amount > 0, "nothing to claim")
    self._finish_exit(id, status)
    log ISequencerPool.Claimed(
        id=id, recipient=recipient, paired=side == words.PAIRED, amount=amount
    )
    self._pay(recipient, amount)
    return amount


@internal
def _follow(id: uint256, before: words.Status):
    """
    @dev Stores the status of a sequencer whose bonded stake has changed, and does what crossing
         min_stake means.
    """
    status: words.Status = before
    bonded: uint256 = self._bonded(id)
    is_below: bool = bonded < parameters_._load().min_stake
    if status.state == ISequencerPool.State.ACTIVE:
        seats_._set_power(status.place, bonded)
    if self._has_clock(status.state):
        if is_below and not self._clock_runs(status):
            status = self._start_clock(id, status)
        elif not is_below and status.below_since != 0:
            status.below_since = 0
            log ISequencerPool.Cured(id=id)
    if status.state == ISequencerPool.State.PENDING and self._may_join(id):
        self._enter(id, status, True)
    else:
        self._finish_exit(id, status)


@internal
@view
def _clock_runs(status: words.Status) -> bool:
    # Not even one from the same moment counts: it may be from before the change.
    return status.below_since > self._min_stake_set_at


@internal
def _start_clock(id: uint256, before: words.Status) -> words.Status:
    status: words.Status = before
    status.below_since = timed_pause._clock()
    log ISequencerPool.BelowMinStake(id=id, since=status.below_since)
    return status


# ---------------------------------------------------------------- internal: life cycle


@internal
def _change_state(id: uint256, before: words.Status, state: ISequencerPool.State):
    """
    @dev Stores the status, with all else that was changed in it.
    """
    status: words.Status = before
    status.state = state
    self._save(id, status)
    log ISequencerPool.StateChanged(id=id, old=before.state, new=state)


@internal
@view
def _may_join(id: uint256) -> bool:
    return self._bonded(id) >= parameters_._load().min_stake and admissions._is_admitted(
        self._sequencers[id].owner
    )


@internal
def _enter(id: uint256, before: words.Status, may_join: bool):
    """
    @dev Takes a seat if one is free and nobody waits for it, else joins the queue's tail; who may
         not join is PENDING. Stores the status.
    """
    if not may_join:
        self._become_pending(id, before)
    elif (
        seats_.queued == 0
        and seats_._seated() < parameters_._load().max_sequencers
        and not timed_pause._paused()
    ):
        self._take_seat(id, before)
    else:
        status: words.Status = before
        status.place = seats_._join_queue(id)
        self._change_state(id, status, ISequencerPool.State.QUEUED)


@internal
def _take_seat(id: uint256, before: words.Status):
    status: words.Status = before
    status.below_since = 0
    state: ISequencerPool.State = ISequencerPool.State.ACTIVE
    power: uint256 = self._bonded(id)
    if status.jailed_until > block.timestamp:
        state = ISequencerPool.State.JAILED
        power = 0
    status.place = seats_._take(power, self._sequencers[id].signer)
    self._change_state(id, status, state)


@internal
def _become_pending(id: uint256, before: words.Status):
    status: words.Status = before
    status.below_since = 0
    self._change_state(id, status, ISequencerPool.State.PENDING)


@internal
def _vacate(status: words.Status):
    """
    @dev Gives up the seat, which the last one fills, or the place in the queue.
    """
    if status.state == ISequencerPool.State.QUEUED:
        seats_._leave_queue()
    elif self._is_seated(status.state):
        if status.state == ISequencerPool.State.ACTIVE:
            seats_._note_departure()
        word: uint256 = seats_._give_up(status.place)
        if word != 0:
            moved_id: uint256 = signers._id_of(committees._signer(word))
            moved: words.Status = self._load(moved_id)
            moved.place = status.place
            self._save(moved_id, moved)


@internal
def _exit(id: uint256, before: words.Status):
    status: words.Status = before
    self._vacate(status)
    for side: uint256 in range(2):
        amount: uint256 = self._sequencers[id].bonded[side]
        if amount > 0:
            status = self._unbond(id, status, amount, side)
    status.below_since = 0
    self._change_state(id, status, ISequencerPool.State.EXITING)
    status.state = ISequencerPool.State.EXITING
    self._finish_exit(id, status)


@internal
def _finish_exit(id: uint256, status: words.Status):
    """
    @dev Stores the status; who is leaving has left when nothing of it is here any more.
    """
    if (
        status.state == ISequencerPool.State.EXITING
        and unsafe_add(status.unbondings[words.OWN], status.unbondings[words.PAIRED]) == 0
    ):
        self._change_state(id, status, ISequencerPool.State.EXITED)
    else:
        self._save(id, status)


@internal
def _free(id: uint256, status: words.Status):
    """
    @dev From jail back to the committee.
    """
    seats_._set_power(status.place, self._bonded(id))
    self._change_state(id, status, ISequencerPool.State.ACTIVE)


# ---------------------------------------------------------------- internal: parameters


@internal
def _set(name: String[16], at: uint256, new: uint256):
    is_allowed: bool = parameters_._allows(at, new)
    self._require(is_allowed, concat("bad ", name))
    old: uint256 = parameters_._replace(at, new)
    log ISequencerPool.ParameterSet(name=name, old=old, new=new)


@internal
def _set_exit_delay(new: uint256):
    self._set("exit_delay", words.EXIT_DELAY_AT, new)
    extcall ISlashVault(slash_vault).note_exit_delay(new)
