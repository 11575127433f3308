# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
"""
@title Slasher
@custom:contract-name Slasher
@license AGPL-3.0-only
@notice Turns proof of misbehaviour into penalties: two thirds of a committee's
        power, two signatures of one signer under two blocks of one height, or
        a vote. What it takes goes to the SlashVault, where it can be appealed
        against for a year; so an offence is acted on the moment it is proven.
@dev Trust. A committee may have up to 15 % of one sequencer's stake slashed in
     30 days, and 20 % of all stake in 7 days; what goes beyond is held until
     governance confirms it, for at most 30 days. Governance may slash up to
     30 % of one sequencer's stake in 30 days, and sets penalties up to their
     ceilings. The guardian may stop reports for 3 days in 14; votes, lifting
     and dropping go on, and the time does not count towards ages.
     Each offence is punished once: its key is kept in the SlashVault, where a
     later Slasher finds it.
     Ages are those of the message, not of the report. Pool and vault are
     trusted; the only other contract asked is METIS.
@custom:kill `stop` ends reports for at most 3 days; the pool can replace this
             contract with a notice of 61 days.
@custom:source docs/design.md section 3.4
"""

from ethereum.ercs import IERC20

from interfaces import ICommitteeRegistry
from interfaces import ISequencerPool
from interfaces import ISlasher
from interfaces import ISlashVault

implements: ISlasher

from snekmate.utils import ecdsa
from snekmate.utils import message_hash_utils

from contracts.modules import limits
from contracts.modules.access import guardian as guardians
from contracts.modules.access import roles
from contracts.modules.access import timed_pause
from contracts.modules.signing import committee as committees
from contracts.modules.signing import messages
from contracts.modules.signing import quorum
from contracts.modules.slashing import offences
from contracts.modules.slashing import outages
from contracts.modules.slashing import strikes
from contracts.modules.words import case_words as cases
from contracts.modules.words import slasher_words as words

initializes: roles
initializes: guardians[roles := roles]
initializes: timed_pause
initializes: outages
initializes: strikes

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
    guardians.guardian,
    guardians.set_guardian,
)


# ---------------------------------------------------------------- constants

# Suspends for two blocks of one height until governance reinstates.
EQUIVOCATION_CAUSE: public(constant(bytes32)) = keccak256("EQUIVOCATION")
_HELD_BITS: constant(uint256) = 128
_HELD_MASK: constant(uint256) = 2**128 - 1


# ---------------------------------------------------------------- immutables

pool: public(immutable(address))
registry: public(immutable(address))
slash_vault: public(immutable(address))
metis: public(immutable(address))
# Of the SequencerSet, whose messages are evidence here.
domain_separator: public(immutable(bytes32))


# ---------------------------------------------------------------- storage

# The words of `slasher_words`.
_penalties: uint256
_daily_shares: uint256
_histories: HashMap[uint256, uint256]  # id => history

pending_count: public(uint256)
_pendings: HashMap[uint256, ISlasher.Pending]  # from 1 =>
# id => wei of what is pending | unix second at which the hold ends << 128
_holds: HashMap[uint256, uint256]


# ---------------------------------------------------------------- constructor


@deploy
def __init__(
    pool_: address,
    registry_: address,
    domain_separator_: bytes32,
    governance: address,
    guardian: address,
    penalties: ISlasher.Penalties,
):
    """
    @notice Takes token and escrow from the pool, and sets all roles and penalties.
    @param pool_ The SequencerPool, which names this contract its Slasher, now or later.
    @param registry_ The CommitteeRegistry of that pool.
    @param domain_separator_ EIP-712 domain separator of the SequencerSet on L2; not zero.
    @param governance The Timelock; not zero.
    @param guardian The Working Group's multisig; not zero.
    @param penalties Launch values, within the bounds of `limits`.
    """
    roles.__init__(governance)
    guardians.__init__(guardian)
    assert domain_separator_ != empty(bytes32), "Slasher: zero domain"
    assert (
        staticcall ICommitteeRegistry(registry_).pool() == pool_
    ), "Slasher: registry of another"
    pool = pool_
    registry = registry_
    domain_separator = domain_separator_
    slash_vault = staticcall ISequencerPool(pool_).slash_vault()
    metis = staticcall ISequencerPool(pool_).metis()
    # What is proven at the last moment, in a stop, and then has to be voted on, still finds its
    # stake. The pool never sets exit_delay below the floor.
    assert (
        limits.CERTIFICATE_MAX_AGE + limits.SLASHER_STOP + limits.SLASH_VOTE + limits.DAY
        < limits.EXIT_DELAY_FLOOR
        and (staticcall ISequencerPool(pool_).parameters()).exit_delay >= limits.EXIT_DELAY_FLOOR
    ), "Slasher: exit is too short"
    self._set_penalty(offences.TIMEOUT_MAXIMUM, penalties.timeout_maximum)
    self._set_penalty(offences.BLOCK_TIMEOUT, penalties.timeout)
    self._set_penalty(offences.BACKLOG, penalties.backlog)
    self._set_penalty(offences.INVALID_EXECUTION, penalties.invalid_execution)
    self._set_penalty(offences.EQUIVOCATION, penalties.equivocation)
    self._set_penalty(offences.MASS_OUTAGE, penalties.mass_outage)


# ---------------------------------------------------------------- anyone with proof


@external
def report(offence: messages.Offence, certificate: quorum.Certificate) -> uint256:
    """
    @notice Reports a SLOW_PRODUCTION, which only says so, or a BACKLOG, which costs stake and a day in
            jail.
    @param offence What the certificate's signers have signed; once for each sequencer, kind and epoch.
    @param certificate Of the latest committee on L1, or of one superseded at most 7 days ago.
    @return The SlashVault's case id; 0 if nothing was taken.
    @custom:reverts "stopped"; "wrong kind"; "in the future"; "too old" above 7 days; "unknown
                    committee"; "old committee"; "SequencerPool: unknown sequencer"; "SlashVault:
                    offence is punished"; "quorum: ..." for each thing that may be wrong with a
                    certificate
    @custom:emits OffenceReported, or OffencePunished and SlashPending
    @custom:source docs/design.md section 3.4, G8, G12
    """
    self._check_running()
    assert (
        offence.kind == offences.SLOW_PRODUCTION or offence.kind == offences.BACKLOG
    ), "Slasher: wrong kind"
    self._check_age(convert(offence.observed_at, uint256))
    nonce: uint256 = convert(offence.committee_nonce, uint256)
    committee_hash: bytes32 = self._committee_hash(nonce, limits.COMMITTEE_AGE)
    digest: bytes32 = self._digest(messages._offence_hash(offence))
    quorum._check(certificate, nonce, committee_hash, digest)

    id: uint256 = offence.sequencer_id
    owner: address = empty(address)
    locked: uint256 = 0
    owner, locked = self._stake_of(id)
    key: bytes16 = self._use_key(
        keccak256(abi_encode(offence.kind, id, offence.epoch)), offence.evidence
    )
    if offence.kind == offences.SLOW_PRODUCTION:
        log ISlasher.OffenceReported(
            id=id, kind=offence.kind, epoch=offence.epoch, evidence=offence.evidence
        )
        return 0
    case_id: uint256 = self._punish(
        id,
        words._unpack_history(self._histories[id]),
        self._all_stake(),
        locked,
        outages._share(locked, self._penalty(offence.kind)),
        offence.kind,
        key,
        0,
    )
    extcall ISequencerPool(pool).jail(id, block.timestamp + limits.BACKLOG_JAIL)
    return case_id


@external
def report_reelection(message: messages.Reelection, certificate: quorum.Certificate) -> uint256:
    """
    @notice Punishes whom a re-election on L2 has named as failed, by the same signatures: for a
            timeout, alone or as a part of a mass outage, or for a wrong block.
    @param message What the certificate's signers have signed; once for each sequencer and last
                   block, whatever else differs.
    @param certificate Of the latest committee on L1, or of one superseded at most 21 days ago.
    @return The SlashVault's case id of the one named; 0 if nothing was taken.
    @custom:reverts "stopped"; "unknown reason"; "in the future"; "too old" above 7 days; "unknown
                    signer"; "unknown committee"; "old committee"; "SlashVault: offence is punished";
                    "quorum: ..." for each thing that may be wrong with a certificate
    @custom:emits OffencePunished, SlashPending
    @custom:source docs/design.md section 3.4, G9, G10, G11
    """
    self._check_running()
    is_timeout: bool = message.reason == messages.TIMEOUT
    assert (is_timeout or message.reason == messages.INVALID_EXECUTION), "Slasher: unknown reason"
    time: uint256 = convert(message.last_block_timestamp, uint256)
    self._check_age(time)
    id: uint256 = self._id_of(message.failed)
    nonce: uint256 = convert(message.committee_nonce, uint256)
    committee_hash: bytes32 = self._committee_hash(nonce, limits.COMMITTEE_AGE_ON_L2)
    evidence: bytes32 = messages._reelection_hash(message)
    digest: bytes32 = self._digest(evidence)
    power: uint256 = quorum._check(certificate, nonce, committee_hash, digest)

    # One stall is one offence, whatever it is called; so is a stall after a wrong block.
    key: bytes16 = self._use_key(
        keccak256(abi_encode(offences.BLOCK_TIMEOUT, id, message.last_block)), evidence
    )
    owner: address = empty(address)
    locked: uint256 = 0
    owner, locked = self._stake_of(id)
    if is_timeout:
        timeout: outages.Timeout = outages.Timeout(
            time=time,
            id=id,
            nonce=nonce,
            bps=0,
            locked=locked,
            power=self._power_of(message.failed, certificate.members),
        )
        return self._time_out(timeout, owner, len(certificate.members), power, key)

    case_id: uint256 = self._punish(
        id,
        words._unpack_history(self._histories[id]),
        self._all_stake(),
        locked,
        outages._share(locked, self._penalty(offences.INVALID_EXECUTION)),
        offences.INVALID_EXECUTION,
        key,
        0,
    )
    # The wrong block is the one that its peers refused.
    block_number: uint64 = message.last_block + 1
    extcall ISequencerPool(pool).suspend(
        id, self._cause(message.epoch, block_number), message.epoch, block_number
    )
    return case_id


@external
def report_equivocation(
    commitment_a: messages.BlockCommitment,
    signature_a: committees.Signature,
    commitment_b: messages.BlockCommitment,
    signature_b: committees.Signature,
) -> uint256:
    """
    @notice Punishes a signer that has signed two blocks of one height in one epoch. It needs no vote.
    @param commitment_a One block.
    @param signature_a Its signature, compact (EIP-2098).
    @param commitment_b Another block of the same epoch and number.
    @param signature_b The same signer's.
    @return The SlashVault's case id; 0 if nothing was taken.
    @custom:reverts "stopped"; "not one height"; "same block"; "two signers"; "ecdsa: ..." for a
                    malformed signature; "unknown signer"; "rotated out" more than 7 days ago;
                    "suspended already" for an equivocation; "SlashVault: offence is punished"
    @custom:emits OffencePunished, SlashPending
    @custom:source docs/design.md section 3.4
    """
    self._check_running()
    assert (
        commitment_a.epoch == commitment_b.epoch
        and commitment_a.block_number == commitment_b.block_number
    ), "Slasher: not one height"
    assert commitment_a.block_hash != commitment_b.block_hash, "Slasher: same block"
    hash_a: bytes32 = messages._commitment_hash(commitment_a)
    hash_b: bytes32 = messages._commitment_hash(commitment_b)
    signer: address = self._recover(hash_a, signature_a)
    assert signer == self._recover(hash_b, signature_b), "Slasher: two signers"
    id: uint256 = 0
    rotated_at: uint256 = 0
    id, rotated_at = staticcall ISequencerPool(pool).signer_of_record(signer)
    assert id != 0, "Slasher: unknown signer"
    assert (
        rotated_at == 0 or timed_pause._age(rotated_at) <= limits.OLD_SIGNER_AGE
    ), "Slasher: rotated out"
    # A stolen or mad key could otherwise be used to take everything, block by block.
    assert not staticcall ISequencerPool(pool).is_open(
        id, EQUIVOCATION_CAUSE
    ), "Slasher: suspended already"

    key: bytes16 = self._use_key(
        keccak256(
            abi_encode(offences.EQUIVOCATION, id, commitment_a.epoch, commitment_a.block_number)
        ),
        keccak256(concat(hash_a, hash_b)),
    )
    owner: address = empty(address)
    locked: uint256 = 0
    owner, locked = self._stake_of(id)
    amount: uint256 = outages._share(locked, self._penalty(offences.EQUIVOCATION))
    # The brakes are for what others say of a sequencer. This it has said itself.
    case_id: uint256 = extcall ISequencerPool(pool).slash(
        id, amount, offences.EQUIVOCATION, convert(key, bytes32)
    )
    log ISlasher.OffencePunished(
        id=id,
        kind=offences.EQUIVOCATION,
        key=key,
        case_id=case_id,
        pending_id=0,
        amount=amount,
        strikes=0,
    )
    extcall ISequencerPool(pool).suspend(
        id, EQUIVOCATION_CAUSE, commitment_a.epoch, commitment_a.block_number
    )
    return case_id


@external
def lift_suspension(message: messages.Correction, certificate: quorum.Certificate):
    """
    @notice Lifts the suspension for a wrong block whose right one was produced. The penalty stays.
    @param message What the certificate's signers have signed: exactly that epoch and block.
    @param certificate Of the latest committee on L1, or of one superseded at most 21 days ago.
    @custom:reverts "unknown signer"; "unknown committee"; "old committee"; "SequencerPool: cause is not
                    open"; "quorum: ..." for each thing that may be wrong with a certificate
    @custom:emits CauseLifted, StateChanged, in the pool
    @custom:source docs/design.md section 3.4, G11
    """
    id: uint256 = self._id_of(message.signer)
    nonce: uint256 = convert(message.committee_nonce, uint256)
    committee_hash: bytes32 = self._committee_hash(nonce, limits.COMMITTEE_AGE_ON_L2)
    digest: bytes32 = self._digest(messages._correction_hash(message))
    quorum._check(certificate, nonce, committee_hash, digest)
    extcall ISequencerPool(pool).lift(id, self._cause(message.epoch, message.block_number))


@external
def lapse(pending_id: uint256):
    """
    @notice Ends the hold of what governance has not confirmed within 30 days.
    @param pending_id From 1 to pending_count().
    @custom:reverts "unknown pending"; "not open"; "not expired"
    @custom:emits PendingLapsed; Held, in the pool
    @custom:source docs/design.md section 3.4, I5
    """
    entry: ISlasher.Pending = self._open_pending(pending_id)
    assert block.timestamp >= entry.expires_at, "Slasher: not expired"
    self._close(pending_id, entry, ISlasher.State.LAPSED)
    log ISlasher.PendingLapsed(pending_id=pending_id)


# ---------------------------------------------------------------- governance


@external
def slash_by_governance(id: uint256, bps: uint256, reason: String[256]) -> uint256:
    """
    @notice Slashes by vote, for any kind of offence, as far as the 30 % of 30 days go.
    @param id Sequencer.
    @param bps Share of what it has locked, 1..3,000 basis points; rounded down to the wei.
    @param reason Where the statement is, with its hash; the case's evidence is keccak256 of it. Not empty.
    @return The SlashVault's case id.
    @custom:reverts "roles: not governance"; "bad share"; "empty reason"; "nothing is locked";
                    "above ceiling" if 30 % were taken in these 30 days; "SequencerPool: unknown
                    sequencer"
    @custom:emits SlashedByGovernance
    @custom:source docs/design.md section 3.4, G12, G13
    """
    roles._check_governance()
    assert bps > 0 and bps <= limits.MANIPULATION_CEILING, "Slasher: bad share"
    assert len(reason) > 0, "Slasher: empty reason"
    owner: address = empty(address)
    locked: uint256 = 0
    owner, locked = self._stake_of(id)
    amount: uint256 = locked * bps // limits.BPS
    assert amount > 0, "Slasher: nothing is locked"
    entry: words.History = words._unpack_history(self._histories[id])
    if self._is_over(entry.began_at):
        entry = self._renewed(entry, locked)
    # No more, instead of nothing: the owner could otherwise lift it above the ceiling, by a strike or
    # a deposit, and make the vote fail until its stake has left.
    amount = min(amount, self._room_of_vote(entry))
    assert amount > 0, "Slasher: above ceiling"
    entry.taken_in_all += self._part(amount, entry.base)
    self._histories[id] = words._pack_history(entry)
    # A vote may be repeated: the moment tells one from another.
    key: bytes16 = self._use_key(
        keccak256(abi_encode(offences.MANIPULATION, id, block.timestamp)), keccak256(reason)
    )
    case_id: uint256 = extcall ISequencerPool(pool).slash(
        id, amount, offences.MANIPULATION, convert(key, bytes32)
    )
    log ISlasher.SlashedByGovernance(id=id, case_id=case_id, bps=bps, reason=reason)
    return case_id


@external
def confirm(pending_id: uint256) -> uint256:
    """
    @notice Slashes what the brakes have kept, as far as the 30 % of a vote and the stake go.
    @param pending_id From 1 to pending_count().
    @return The SlashVault's case id; 0 if nothing was there to take.
    @custom:reverts "roles: not governance"; "unknown pending"; "not open"; "expired" after 30 days
    @custom:emits PendingConfirmed; Held, in the pool
    @custom:source docs/design.md section 3.4
    """
    roles._check_governance()
    entry: ISlasher.Pending = self._open_pending(pending_id)
    assert block.timestamp < entry.expires_at, "Slasher: expired"
    history: words.History = words._unpack_history(self._histories[entry.id])
    if self._is_over(history.began_at):
        # With what only the hold keeps here.
        history = self._renewed(
            history, (staticcall ISequencerPool(pool).sequencer(entry.id)).slashable
        )
    amount: uint256 = min(entry.amount, self._room_of_vote(history))
    case_id: uint256 = 0
    if amount > 0:
        history.taken_in_all += self._part(amount, history.base)
        self._histories[entry.id] = words._pack_history(history)
        # Before the hold ends, which keeps even matured stake here.
        case_id = extcall ISequencerPool(pool).slash(
            entry.id, amount, entry.kind, convert(entry.key, bytes32)
        )
    self._close(pending_id, entry, ISlasher.State.CONFIRMED)
    log ISlasher.PendingConfirmed(pending_id=pending_id, case_id=case_id, amount=amount)
    return case_id


@external
def drop(pending_id: uint256):
    """
    @notice Gives up what the brakes have kept, and ends its hold.
    @param pending_id From 1 to pending_count().
    @custom:reverts "roles: not governance"; "unknown pending"; "not open"
    @custom:emits PendingDropped; Held, in the pool
    @custom:source docs/design.md section 3.4
    """
    roles._check_governance()
    entry: ISlasher.Pending = self._open_pending(pending_id)
    self._close(pending_id, entry, ISlasher.State.DROPPED)
    log ISlasher.PendingDropped(pending_id=pending_id)


@external
def set_penalty(kind: uint8, bps: uint256):
    """
    @notice Sets what a kind of offence costs.
    @param kind BLOCK_TIMEOUT (for each strike), BACKLOG, INVALID_EXECUTION, EQUIVOCATION, MASS_OUTAGE;
                0 for the most that all strikes together cost.
    @param bps Basis points of what is locked, up to the kind's ceiling in `limits`.
    @custom:reverts "roles: not governance"; "bad penalty"
    @custom:emits PenaltySet
    @custom:source docs/design.md section 3.4, G13
    """
    roles._check_governance()
    self._set_penalty(kind, bps)


# ---------------------------------------------------------------- guardian


@external
def stop():
    """
    @notice Stops reports for 3 days.
    @custom:reverts "guardian: not guardian"; "timed_pause: too soon" within 14 days of the last stop
    @custom:emits Paused
    @custom:source docs/design.md section 3.4
    """
    guardians._check_guardian()
    timed_pause._pause(limits.SLASHER_STOP, limits.SLASHER_STOP_INTERVAL)


@external
def resume():
    """
    @notice Ends a stop early.
    @custom:reverts "guardian: not guardian"; "timed_pause: not paused"
    @custom:emits Unpaused
    @custom:source docs/design.md section 3.4
    """
    guardians._check_guardian()
    timed_pause._unpause()


# ---------------------------------------------------------------- views


@external
@view
def penalty(kind: uint8) -> uint256:
    """
    @notice What a kind of offence costs.
    @param kind As for `set_penalty`.
    @return Basis points of what is locked; 0 for all other kinds.
    """
    return self._penalty(kind) if kind <= offences.MASS_OUTAGE else 0


@external
@view
def record_of(id: uint256) -> ISlasher.Record:
    """
    @notice What is kept of a sequencer.
    @param id Sequencer.
    @return See ISlasher.
    @custom:reverts "SequencerPool: unknown sequencer"
    """
    owner: address = empty(address)
    locked: uint256 = 0
    owner, locked = self._stake_of(id)
    entry: words.History = words._unpack_history(self._histories[id])
    held: uint256 = self._holds[id]
    return ISlasher.Record(
        strikes=self._strikes_near(id, owner, entry, block.timestamp),
        period_began_at=entry.began_at,
        period_base=entry.base,
        taken=entry.taken,
        taken_in_all=entry.taken_in_all,
        held=held & _HELD_MASK,
        held_until=held >> _HELD_BITS,
    )


@external
@view
def pending(pending_id: uint256) -> ISlasher.Pending:
    """
    @notice What the brakes have kept from being slashed.
    @param pending_id From 1 to pending_count().
    @return Its record; see ISlasher.
    @custom:reverts "unknown pending"
    """
    return self._known_pending(pending_id)


@external
@view
def braked() -> uint256:
    """
    @notice How much of all stake was taken without a vote today and in the seven days before, UTC.
    @return Parts of 10**9; at most 2 x 10**8.
    """
    return words._counted_shares(self._daily_shares)


@external
@view
def stopped() -> bool:
    """
    @notice Whether reports are stopped.
    @return True during a stop.
    """
    return timed_pause._paused()


# ---------------------------------------------------------------- internal: proof


@internal
@view
def _check_running():
    assert not timed_pause._paused(), "Slasher: stopped"


@internal
@view
def _check_age(time: uint256):
    assert time <= block.timestamp, "Slasher: in the future"
    assert timed_pause._age(time) <= limits.CERTIFICATE_MAX_AGE, "Slasher: too old"


@internal
@view
def _stake_of(id: uint256) -> (address, uint256):
    """
    @dev The owner, and what is locked.
    """
    entry: ISequencerPool.Sequencer = staticcall ISequencerPool(pool).sequencer(id)
    return (
        entry.owner,
        entry.own.bonded + entry.own.unbonding + entry.paired.bonded + entry.paired.unbonding,
    )


@internal
@view
def _committee_hash(nonce: uint256, age: uint256) -> bytes32:
    """
    @dev Of the latest committee, or of one superseded not longer ago than `age`.
    """
    committee: ICommitteeRegistry.Committee = staticcall ICommitteeRegistry(registry).committee(
        nonce
    )
    assert committee.created_at != 0, "Slasher: unknown committee"
    assert (
        committee.superseded_at == 0 or timed_pause._age(committee.superseded_at) <= age
    ), "Slasher: old committee"
    return committee.hash


@internal
@view
def _id_of(signer: address) -> uint256:
    """
    @dev Whose key it is or ever was: an offence stays attributable after a rotation.
    """
    id: uint256 = 0
    rotated_at: uint256 = 0
    id, rotated_at = staticcall ISequencerPool(pool).signer_of_record(signer)
    assert id != 0, "Slasher: unknown signer"
    return id


@internal
def _use_key(hash: bytes32, evidence: bytes32) -> bytes16:
    """
    @dev Half a hash is enough: nobody can choose what is punished so as to hit another's key.
    """
    key: bytes16 = cases._key(hash)
    extcall ISlashVault(slash_vault).use_key(key, evidence)
    return key


@internal
@view
def _digest(message_hash: bytes32) -> bytes32:
    return message_hash_utils._to_typed_data_hash(domain_separator, message_hash)


@internal
@view
def _recover(message_hash: bytes32, signature: committees.Signature) -> address:
    return ecdsa._try_recover_r_vs(self._digest(message_hash), signature.r, signature.vs)


@internal
@pure
def _power_of(signer: address, members: DynArray[uint256, limits.MAX_SEQUENCERS]) -> uint256:
    """
    @dev Zero for a signer that is not in the committee any more: it counts by number only.
    """
    for word: uint256 in members:
        if word & committees.SIGNER_MASK == convert(signer, uint256):
            return word >> committees.POWER_BIT
    return 0


@internal
@pure
def _cause(epoch: uint64, block_number: uint64) -> bytes32:
    """
    @dev Of the suspension for a wrong block, which a Correction names in the same way.
    """
    return keccak256(abi_encode(offences.INVALID_EXECUTION, epoch, block_number))


# ---------------------------------------------------------------- internal: timeouts


@internal
def _time_out(
    timeout: outages.Timeout,
    owner: address,
    size: uint256,
    power: uint256,
    key: bytes16,
) -> uint256:
    """
    @dev Strikes, jails, and charges for a timeout. size and power are those of the committee that
         has voted.
    """
    id: uint256 = timeout.id
    entry: words.History = words._unpack_history(self._histories[id])
    count: uint256 = self._strikes_near(id, owner, entry, timeout.time) + 1
    entry = self._strike(id, owner, entry, timeout.time)
    place: uint256 = outages._note(timeout)
    kind: uint8 = offences.BLOCK_TIMEOUT
    amount: uint256 = 0
    all_stake: uint256 = self._all_stake()
    parts: DynArray[uint256, limits.MAX_SEQUENCERS] = self._outage_of(
        timeout.time, timeout.nonce, size, power
    )
    if len(parts) > 0:
        kind = offences.MASS_OUTAGE
        share: uint256 = self._penalty(offences.MASS_OUTAGE)
        for word: uint256 in parts:
            part: outages.Part = outages._part(word)
            due: uint256 = outages._share(part.locked, share)
            due = unsafe_sub(due, min(due, part.cost))
            if part.id == id:
                if not self._is_covered(entry.charged_at, part.last):
                    entry.charged_at = part.last
                    amount = due
                continue
            other: words.History = words._unpack_history(self._histories[part.id])
            if not self._is_covered(other.charged_at, part.last):
                other.charged_at = part.last
                # The events of pool and vault say it.
                self._take(part.id, other, all_stake, part.locked, due, kind, key)
    elif not self._is_covered(entry.charged_at, timeout.time):
        bps: uint256 = min(
            count * self._penalty(offences.BLOCK_TIMEOUT),
            self._penalty(offences.TIMEOUT_MAXIMUM),
        )
        outages._set_cost(timeout.time, place, bps)
        amount = outages._share(timeout.locked, bps)
    case_id: uint256 = self._punish(id, entry, all_stake, timeout.locked, amount, kind, key, count)
    extcall ISequencerPool(pool).jail(id, block.timestamp + limits.TIMEOUT_JAIL * count)
    return case_id


@internal
@view
def _strikes_near(id: uint256, owner: address, entry: words.History, time: uint256) -> uint256:
    """
    @dev How many timeouts of a sequencer or of its owner are less than 30 days from a time.
    """
    of_id: uint256 = 0
    if entry.last_strike != 0:
        of_id = strikes._count(id, time)
        if strikes._is_near(entry.last_strike, time):
            of_id += 1
    return max(of_id, strikes._count(convert(owner, uint256), time))


@internal
def _strike(id: uint256, owner: address, before: words.History, time: uint256) -> words.History:
    """
    @dev The caller stores the history returned, which alone holds a first strike: a word less.
    """
    entry: words.History = before
    if entry.last_strike != 0:
        strikes._add(id, entry.last_strike)
    entry.last_strike = time
    strikes._add(convert(owner, uint256), time)
    return entry


@internal
@view
def _outage_of(
    time: uint256, nonce: uint256, size: uint256, power: uint256
) -> DynArray[uint256, limits.MAX_SEQUENCERS]:
    """
    @dev The parts in the mass outage in which a timeout was; none if it was in none: at least 3, and
         a third both by number and by power of the largest committee from the first to the last
         that has voted, so that a committee that shrinks in an outage does not lower the bar.
         size and power are those of the committee with this nonce. A window ends with a timeout:
         this one or, if it is reported late, one after it.
    """
    count: uint256 = 0
    ends: DynArray[uint256, outages.MOST_ENDS] = []
    count, ends = outages._around(time)
    # No fewer than the sequencers that they were of.
    if count < limits.MIN_OUTAGE or 3 * count < size:
        return []
    parts: DynArray[uint256, limits.MAX_SEQUENCERS] = []
    out: uint256 = 0  # wei of power
    lowest: uint256 = 0
    highest: uint256 = 0
    for end: uint256 in ends:
        parts, out, lowest, highest = outages._parts(end)
        if (
            len(parts) >= limits.MIN_OUTAGE
            and 3 * len(parts) >= size
            and 3 * out >= power
            and self._is_third(len(parts), out, nonce, lowest, highest)
        ):
            return parts
    return []


@internal
@view
def _is_third(
    count: uint256, power: uint256, known: uint256, lowest: uint256, highest: uint256
) -> bool:
    """
    @dev Of all committees but one that is known. More of them than can be looked at are none: in a
         day there are a few dozen at most.
    """
    if highest - lowest >= limits.MAX_SEQUENCERS:
        return False
    for nonce: uint256 in range(lowest, highest + 1, bound=limits.MAX_SEQUENCERS):
        if nonce != known:
            committee: ICommitteeRegistry.Committee = staticcall ICommitteeRegistry(
                registry
            ).committee(nonce)
            if 3 * count < committee.size or 3 * power < committee.power:
                return False
    return True


@internal
@pure
def _is_covered(charged_at: uint256, time: uint256) -> bool:
    """
    @dev Once in any 24 hours a part in a mass outage is charged, and covers all other timeouts in
         them; and what is reported so late that it was before them.
    """
    return time < charged_at + limits.OUTAGE_WINDOW


# ---------------------------------------------------------------- internal: money


@internal
def _punish(
    id: uint256,
    entry: words.History,
    all_stake: uint256,
    locked: uint256,
    amount: uint256,
    kind: uint8,
    key: bytes16,
    count: uint256,
) -> uint256:
    case_id: uint256 = 0
    pending_id: uint256 = 0
    case_id, pending_id = self._take(id, entry, all_stake, locked, amount, kind, key)
    log ISlasher.OffencePunished(
        id=id,
        kind=kind,
        key=key,
        case_id=case_id,
        pending_id=pending_id,
        amount=amount,
        strikes=count,
    )
    return case_id


@internal
def _take(
    id: uint256,
    before: words.History,
    all_stake: uint256,
    locked: uint256,
    amount: uint256,
    kind: uint8,
    key: bytes16,
) -> (uint256, uint256):
    """
    @dev Takes what the brakes allow; the rest is pending. Stores the history. The case, and what
         is pending.
    """
    entry: words.History = before
    taken: uint256 = 0
    if amount > 0:
        if self._is_over(entry.began_at):
            entry = self._renewed(entry, locked)
        word: uint256 = self._daily_shares
        taken = min(amount, self._room(all_stake, limits.BRAKE_OF_ALL, words._counted_shares(word)))
        taken = min(taken, self._room(entry.base, limits.BRAKE_OF_ONE, entry.taken))
        taken = min(taken, self._room(entry.base, limits.BRAKE_OF_VOTE, entry.taken_in_all))
        if taken > 0:
            self._daily_shares = words._with_share(word, self._part(taken, all_stake))
            part: uint256 = self._part(taken, entry.base)
            # Both stay below limits.SHARE.
            entry.taken = unsafe_add(entry.taken, part)
            entry.taken_in_all = unsafe_add(entry.taken_in_all, part)
    self._histories[id] = words._pack_history(entry)
    case_id: uint256 = 0
    if taken > 0:
        case_id = extcall ISequencerPool(pool).slash(id, taken, kind, convert(key, bytes32))
    pending_id: uint256 = 0
    if amount > taken:
        pending_id = self._keep(id, amount - taken, kind, key)
    return case_id, pending_id


@internal
@view
def _all_stake() -> uint256:
    """
    @dev With what has matured and waits there. Who gave METIS to the pool to raise the ceiling would
         lose five times what it can slash beyond.
    """
    return staticcall IERC20(metis).balanceOf(pool)


@internal
@view
def _is_over(began_at: uint256) -> bool:
    return block.timestamp >= began_at + limits.BRAKE_PERIOD


@internal
@view
def _renewed(before: words.History, locked: uint256) -> words.History:
    """
    @dev With a new period of 30 days, begun by the first slash after the last one.
    """
    entry: words.History = before
    entry.began_at = block.timestamp
    entry.base = locked
    entry.taken = 0
    entry.taken_in_all = 0
    return entry


@internal
@pure
def _room(base: uint256, limit: uint256, used: uint256) -> uint256:
    # There are less than 2**96 wei of METIS, and limits have 30 bits.
    return unsafe_div(unsafe_mul(base, unsafe_sub(limit, min(limit, used))), limits.SHARE)


@internal
@pure
def _room_of_vote(entry: words.History) -> uint256:
    return self._room(entry.base, limits.BRAKE_OF_VOTE, entry.taken_in_all)


@internal
@pure
def _part(amount: uint256, base: uint256) -> uint256:
    """
    @dev Parts of limits.SHARE, rounded up: no limit is exceeded by dust.
    """
    return unsafe_add(unsafe_mul(amount, limits.SHARE), unsafe_sub(base, 1)) // base


# ---------------------------------------------------------------- internal: pending


@internal
def _keep(id: uint256, amount: uint256, kind: uint8, key: bytes16) -> uint256:
    pending_id: uint256 = self.pending_count + 1
    self.pending_count = pending_id
    expires_at: uint256 = block.timestamp + limits.MAX_HOLD
    self._pendings[pending_id] = ISlasher.Pending(
        id=id,
        amount=amount,
        kind=kind,
        key=key,
        expires_at=expires_at,
        state=ISlasher.State.OPEN,
    )
    log ISlasher.SlashPending(
        pending_id=pending_id, id=id, kind=kind, amount=amount, expires_at=expires_at
    )
    # What came before is held no longer than its own 30 days only if somebody ends it with `lapse`.
    self._hold(id, (self._holds[id] & _HELD_MASK) + amount, expires_at)
    return pending_id


@internal
def _hold(id: uint256, amount: uint256, until: uint256):
    self._holds[id] = amount | (until << _HELD_BITS)
    extcall ISequencerPool(pool).hold(id, amount, until)


@internal
def _close(pending_id: uint256, entry: ISlasher.Pending, state: ISlasher.State):
    self._pendings[pending_id].state = state
    word: uint256 = self._holds[entry.id]
    left: uint256 = (word & _HELD_MASK) - entry.amount
    until: uint256 = word >> _HELD_BITS
    if until > block.timestamp:
        self._hold(entry.id, left, until)
    else:
        # It has lapsed in the pool.
        self._holds[entry.id] = left


@internal
@view
def _known_pending(pending_id: uint256) -> ISlasher.Pending:
    entry: ISlasher.Pending = self._pendings[pending_id]
    assert entry.expires_at != 0, "Slasher: unknown pending"
    return entry


@internal
@view
def _open_pending(pending_id: uint256) -> ISlasher.Pending:
    entry: ISlasher.Pending = self._known_pending(pending_id)
    assert entry.state == ISlasher.State.OPEN, "Slasher: not open"
    return entry


# ---------------------------------------------------------------- internal: penalties


@internal
@view
def _penalty(kind: uint8) -> uint256:
    return words._penalty(self._penalties, kind)


@internal
def _set_penalty(kind: uint8, bps: uint256):
    is_settable: bool = (
        kind <= offences.MASS_OUTAGE
        and kind != offences.SLOW_PRODUCTION
        and kind != offences.MANIPULATION
    )
    assert is_settable and bps <= offences._ceiling(kind), "Slasher: bad penalty"
    log ISlasher.PenaltySet(kind=kind, old=self._penalty(kind), new=bps)
    self._penalties = words._with_penalty(self._penalties, kind, bps)
