# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
# pragma optimize codesize
"""
@title Slasher
@custom:contract-name Slasher
@license AGPL-3.0-only
@notice Turns proof of misbehaviour into penalties: two thirds of a committee's
        power, two signatures of one signer under two blocks of one height, or
        a vote. What it takes goes to the SlashVault, where it can be appealed
        against for a year; so an offence is acted on the moment it is proven.
@dev Trust. Committees may have up to 15 % of one sequencer's stake slashed in
     30 days, and 20 % of all stake in 7 days; of what goes beyond, no more is
     held than a vote could still take, until governance confirms it, for at
     most 30 days. Committees and governance together take up to 30 % of one
     sequencer's stake in 30 days. Each slash counts as the share of what was
     locked at its moment: see `brakes`. Governance sets penalties up to their
     ceilings. The guardian may stop reports for 3 days in 14; votes, lifting
     and dropping go on, and the time does not count towards the ages of
     offences. Who signs has something at stake: no committee that was
     superseded more than 7 days ago is heard, whether reports were stopped or
     not.
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

from contracts.modules import checks
from contracts.modules import limits
from contracts.modules.access import guardian as guardians
from contracts.modules.access import roles
from contracts.modules.access import timed_pause
from contracts.modules.signing import committee as committees
from contracts.modules.signing import messages
from contracts.modules.signing import quorum
from contracts.modules.slashing import brakes
from contracts.modules.slashing import offences
from contracts.modules.slashing import outages
from contracts.modules.slashing import timeouts
from contracts.modules.words import case_words as cases
from contracts.modules.words import slasher_words as words

initializes: roles
initializes: guardians[roles := roles]
initializes: timed_pause
initializes: outages
initializes: timeouts

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
    guardians.guardian,
    guardians.set_guardian,
)


# ---------------------------------------------------------------- types


# What a sequencer has at stake.
struct Stake:
    former_id: uint256  # the sequencer that its owner had before; 0: none
    locked: uint256  # wei
    kept: uint256  # wei that has matured, and that a hold keeps


# ---------------------------------------------------------------- constants

# Suspends for two blocks of one height until governance reinstates.
EQUIVOCATION_CAUSE: public(constant(bytes32)) = keccak256("EQUIVOCATION")

_BASE_BIT: constant(uint256) = 64
_NUMBER_MASK: constant(uint256) = 2**64 - 1


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
_daily: uint256
_shares: HashMap[uint256, uint256]  # id => what committees took from it
_votes: HashMap[uint256, uint256]  # id => what votes took from it
_holds: HashMap[uint256, uint256]  # id => what is held

pending_count: public(uint256)
_pendings: HashMap[uint256, ISlasher.Pending]  # from 1 =>
# pending, from 1 => number of the hold that it is a part of, and above it wei that were there then
_origins: HashMap[uint256, uint256]


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
    self._require(domain_separator_ != empty(bytes32), "zero domain")
    self._require(staticcall ICommitteeRegistry(registry_).pool() == pool_, "registry of another")
    pool = pool_
    registry = registry_
    domain_separator = domain_separator_
    slash_vault = staticcall ISequencerPool(pool_).slash_vault()
    metis = staticcall ISequencerPool(pool_).metis()
    # What is proven at the last moment, in a stop, and then has to be voted on, still finds its
    # stake; and whoever proves it still has stake of its own. A top-up that the brakes keep is held
    # until the vote. The pool never sets exit_delay below the floor.
    oldest: uint256 = max(
        max(limits.CERTIFICATE_MAX_AGE, limits.OLD_SIGNER_AGE), limits.COMMITTEE_AGE
    )
    self._require(
        oldest + limits.SLASHER_STOP + limits.SLASH_VOTE + limits.DAY < limits.EXIT_DELAY_FLOOR
        and oldest + limits.SLASHER_STOP + limits.TOP_UP_PERIOD + limits.DAY
        < limits.EXIT_DELAY_FLOOR
        and (staticcall ISequencerPool(pool_).parameters()).exit_delay >= limits.EXIT_DELAY_FLOOR,
        "exit is too short",
    )
    outages.__init__()
    # Never zero again: the first report of all pays for no fresh slot.
    self._daily = words._pack_daily(0)
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
    self._require(
        offence.kind == offences.SLOW_PRODUCTION or offence.kind == offences.BACKLOG, "wrong kind"
    )
    self._check_age(convert(offence.observed_at, uint256))
    nonce: uint256 = convert(offence.committee_nonce, uint256)
    committee_hash: bytes32 = self._committee_hash(nonce)
    digest: bytes32 = self._digest(messages._offence_hash(offence))
    quorum._check(certificate, nonce, committee_hash, digest)

    id: uint256 = offence.sequencer_id
    stake: Stake = self._stake_of(id)
    key: bytes16 = self._use_key(
        keccak256(abi_encode(offence.kind, id, offence.epoch)), offence.evidence
    )
    if offence.kind == offences.SLOW_PRODUCTION:
        log ISlasher.OffenceReported(
            id=id, kind=offence.kind, epoch=offence.epoch, evidence=offence.evidence
        )
        return 0
    case_id: uint256 = self._punish(
        id, self._shares_of(id), stake, self._penalty(offence.kind), offence.kind, key, 0
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
    @param certificate Of the latest committee on L1, or of one superseded at most 7 days ago.
    @return The SlashVault's case id of the one named; 0 if nothing was taken.
    @custom:reverts "stopped"; "unknown reason"; "in the future"; "too old" above 7 days; "unknown
                    signer"; "unknown committee"; "old committee"; "SlashVault: offence is punished";
                    "quorum: ..." for each thing that may be wrong with a certificate
    @custom:emits OffencePunished, SlashPending, OutageFound
    @custom:source docs/design.md section 3.4, G9, G10, G11
    """
    self._check_running()
    is_timeout: bool = message.reason == messages.TIMEOUT
    self._require(is_timeout or message.reason == messages.INVALID_EXECUTION, "unknown reason")
    time: uint256 = convert(message.last_block_timestamp, uint256)
    self._check_age(time)
    id: uint256 = self._id_of(message.failed)
    nonce: uint256 = convert(message.committee_nonce, uint256)
    committee_hash: bytes32 = self._committee_hash(nonce)
    evidence: bytes32 = messages._reelection_hash(message)
    digest: bytes32 = self._digest(evidence)
    total: uint256 = quorum._check(certificate, nonce, committee_hash, digest)

    # One stall is one offence, whatever it is called; so is a stall after a wrong block.
    key: bytes16 = self._use_key(
        keccak256(abi_encode(offences.BLOCK_TIMEOUT, id, message.last_block)), evidence
    )
    stake: Stake = self._stake_of(id)
    if is_timeout:
        power: uint256 = self._power_of(message.failed, certificate.members)
        if power == 0:
            # It has rotated its signer, or left: it was there with what it has locked.
            power = stake.locked
        return self._time_out(id, time, power, len(certificate.members), total, stake, key)

    case_id: uint256 = self._punish(
        id,
        self._shares_of(id),
        stake,
        self._penalty(offences.INVALID_EXECUTION),
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
    self._require(
        commitment_a.epoch == commitment_b.epoch
        and commitment_a.block_number == commitment_b.block_number,
        "not one height",
    )
    self._require(commitment_a.block_hash != commitment_b.block_hash, "same block")
    hash_a: bytes32 = messages._commitment_hash(commitment_a)
    hash_b: bytes32 = messages._commitment_hash(commitment_b)
    signer: address = self._recover(hash_a, signature_a)
    self._require(signer == self._recover(hash_b, signature_b), "two signers")
    id: uint256 = 0
    rotated_at: uint256 = 0
    id, rotated_at = staticcall ISequencerPool(pool).signer_of_record(signer)
    self._require(id != 0, "unknown signer")
    self._require(
        rotated_at == 0 or timed_pause._age(rotated_at) <= limits.OLD_SIGNER_AGE, "rotated out"
    )
    # A stolen or mad key could otherwise be used to take everything, block by block.
    self._require(
        not staticcall ISequencerPool(pool).is_open(id, EQUIVOCATION_CAUSE), "suspended already"
    )

    key: bytes16 = self._use_key(
        keccak256(
            abi_encode(offences.EQUIVOCATION, id, commitment_a.epoch, commitment_a.block_number)
        ),
        keccak256(concat(hash_a, hash_b)),
    )
    stake: Stake = self._stake_of(id)
    amount: uint256 = self._part(stake.locked, self._penalty(offences.EQUIVOCATION))
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
    self._bound_hold(id, self._shares_of(id))
    extcall ISequencerPool(pool).suspend(
        id, EQUIVOCATION_CAUSE, commitment_a.epoch, commitment_a.block_number
    )
    return case_id


@external
def top_up(outage: uint256, ids: DynArray[uint256, limits.MAX_TOP_UPS]) -> uint256:
    """
    @notice Charges sequencers for their parts in a mass outage: what it costs, less what their timeouts
            on these days have cost. Each part is charged once, whoever comes first; who has nothing
            left to pay is passed over, so nobody can make a page fail by being faster.
    @param outage From 1 to outage_count().
    @param ids Sequencers that timed out in it, at most 16, each once, in any order.
    @return How many were charged.
    @custom:reverts "stopped"; "empty page"; "unknown outage"; "too late" more than 7 days after it was
                    found or has last grown; "id twice"; "not in the outage"
    @custom:emits ToppedUp, SlashPending
    @custom:source docs/design.md section 3.4, G10
    """
    self._check_running()
    self._require(len(ids) > 0, "empty page")
    entry: outages.Outage = self._known_outage(outage)
    self._require(timed_pause._age(entry.found_at) <= limits.TOP_UP_PERIOD, "too late")
    charged: uint256 = 0
    done: DynArray[uint256, limits.MAX_TOP_UPS] = []
    for id: uint256 in ids:
        self._require(id not in done, "id twice")
        done.append(id)
        shares: words.Shares = self._shares_of(id)
        parts: timeouts.Timeouts = timeouts._load(id)
        bps: uint256 = 0
        bps, shares.charged, parts = self._due(parts, shares.charged, entry)
        if bps == 0:
            continue
        timeouts._save(id, parts)
        charged += 1
        stake: Stake = self._stake_of(id)
        case_id: uint256 = 0
        pending_id: uint256 = 0
        amount: uint256 = 0
        case_id, pending_id, amount = self._take(
            id, shares, stake, bps, offences.MASS_OUTAGE, entry.key
        )
        log ISlasher.ToppedUp(
            outage=outage, id=id, case_id=case_id, pending_id=pending_id, amount=amount
        )
    return charged


@external
def lift_suspension(message: messages.Correction, certificate: quorum.Certificate):
    """
    @notice Lifts the suspension for a wrong block whose right one was produced. The penalty stays.
    @param message What the certificate's signers have signed: exactly that epoch and block.
    @param certificate Of the latest committee on L1, or of one superseded at most 7 days ago.
    @custom:reverts "unknown signer"; "unknown committee"; "old committee"; "SequencerPool: cause is not
                    open"; "quorum: ..." for each thing that may be wrong with a certificate
    @custom:emits CauseLifted, StateChanged, in the pool
    @custom:source docs/design.md section 3.4, G11
    """
    id: uint256 = self._id_of(message.signer)
    nonce: uint256 = convert(message.committee_nonce, uint256)
    committee_hash: bytes32 = self._committee_hash(nonce)
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
    self._require(block.timestamp >= entry.expires_at, "not expired")
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
    @return The SlashVault's case id; 0 if nothing was left to take.
    @custom:reverts "roles: not governance"; "bad share"; "empty reason"; "SequencerPool: unknown
                    sequencer"
    @custom:emits SlashedByGovernance
    @custom:source docs/design.md section 3.4, G12, G13
    """
    roles._check_governance()
    self._require(bps > 0 and bps <= limits.MANIPULATION_CEILING, "bad share")
    self._require(len(reason) > 0, "empty reason")
    stake: Stake = self._stake_of(id)
    shares: words.Shares = self._shares_of(id)
    # Less or nothing, instead of a revert: the owner could otherwise make the vote fail, and all
    # others in its proposal, by a strike that uses up the room, or by leaving.
    part: uint256 = min(bps, self._room_of_vote(id, shares))
    amount: uint256 = self._part(stake.locked, part)
    case_id: uint256 = 0
    if amount > 0:
        shares = self._note_vote(id, shares, part)
        # A vote may be repeated, in one proposal too. The case that it opens tells one from another.
        next_case: uint256 = staticcall ISlashVault(slash_vault).case_count() + 1
        key: bytes16 = self._use_key(
            keccak256(abi_encode(offences.MANIPULATION, id, next_case)), keccak256(reason)
        )
        case_id = extcall ISequencerPool(pool).slash(
            id, amount, offences.MANIPULATION, convert(key, bytes32)
        )
        self._bound_hold(id, shares)
    log ISlasher.SlashedByGovernance(
        id=id, case_id=case_id, bps=part if amount > 0 else 0, reason=reason
    )
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
    self._require(block.timestamp < entry.expires_at, "expired")
    shares: words.Shares = self._shares_of(entry.id)
    # A share of what was there when it became pending, if that is more: stake that has matured since
    # makes the hold no smaller.
    stake: Stake = self._stake_of(entry.id)
    base: uint256 = max(stake.locked + stake.kept, self._origins[pending_id] >> _BASE_BIT)
    room: uint256 = self._room_of_vote(entry.id, shares)
    amount: uint256 = min(entry.amount, self._part(base, room))
    case_id: uint256 = 0
    if amount > 0:
        self._note_vote(entry.id, shares, brakes._share(amount, base, limits.BPS))
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
    stake: Stake = self._stake_of(id)
    hold: words.Hold = words._unpack_hold(self._holds[id])
    return ISlasher.Record(
        strikes=self._strikes(timeouts._load(id), stake.former_id, block.timestamp // limits.DAY),
        taken_bps=brakes._sum(self._shares_of(id).buckets, words.SHARE_WIDTH),
        voted_bps=brakes._sum(words._votes(self._votes[id]), words.VOTE_WIDTH),
        held=hold.amount,
        held_until=hold.until,
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
    return brakes._sum(words._daily(self._daily), words.DAILY_WIDTH)


@external
@view
def outage_count() -> uint256:
    """
    @notice How many mass outages were found.
    @return The number of the latest; 0: none.
    """
    return outages.count


@external
@view
def outage(number: uint256) -> ISlasher.Outage:
    """
    @notice A mass outage. Sequencers that timed out in it may be charged with `top_up`.
    @param number From 1 to outage_count().
    @return See ISlasher.
    @custom:reverts "unknown outage"
    """
    entry: outages.Outage = self._known_outage(number)
    return ISlasher.Outage(
        starts_at=entry.first * limits.QUARTER,
        ends_at=(entry.last + 1) * limits.QUARTER,
        found_at=entry.found_at,
        key=entry.key,
    )


@external
@view
def due_in(number: uint256, id: uint256) -> uint256:
    """
    @notice What `top_up` would charge a sequencer for its part in a mass outage.
    @param number From 1 to outage_count().
    @param id Sequencer that timed out in it.
    @return Basis points of what it has locked; 0: it was charged.
    @custom:reverts "unknown outage"; "not in the outage"
    """
    entry: outages.Outage = self._known_outage(number)
    bps: uint256 = 0
    charged: uint256 = 0
    costs: timeouts.Timeouts = empty(timeouts.Timeouts)
    bps, charged, costs = self._due(timeouts._load(id), self._shares_of(id).charged, entry)
    return bps


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
    self._require(not timed_pause._paused(), "stopped")


@internal
@view
def _check_age(time: uint256):
    self._require(time <= block.timestamp, "in the future")
    self._require(timed_pause._age(time) <= limits.CERTIFICATE_MAX_AGE, "too old")


@internal
@view
def _stake_of(id: uint256) -> Stake:
    stake: Stake = empty(Stake)
    stake.former_id, stake.locked, stake.kept = staticcall ISequencerPool(pool).stake_of(id)
    return stake


@internal
@view
def _committee_hash(nonce: uint256) -> bytes32:
    """
    @dev Of the latest committee, or of one superseded lately. A stop makes no committee younger: its
         members' stake matures all the same.
    """
    committee: ICommitteeRegistry.Committee = staticcall ICommitteeRegistry(registry).committee(
        nonce
    )
    self._require(committee.created_at != 0, "unknown committee")
    self._require(
        committee.superseded_at == 0
        or block.timestamp <= committee.superseded_at + limits.COMMITTEE_AGE,
        "old committee",
    )
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
    self._require(id != 0, "unknown signer")
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
    @dev Zero for a signer that is not in the committee any more.
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
    id: uint256,
    time: uint256,
    power: uint256,
    size: uint256,
    total: uint256,
    stake: Stake,
    key: bytes16,
) -> uint256:
    """
    @dev Strikes, jails, and charges for a timeout. power is the sequencer's; size and total are
         those of the committee that has voted.
    """
    day: uint256 = time // limits.DAY
    quarter: uint256 = time // limits.QUARTER
    entry: timeouts.Timeouts = timeouts._load(id)
    shares: words.Shares = self._shares_of(id)
    if day > entry.day:
        shares.charged = timeouts._moved_quarters(shares.charged, day - entry.day)
        entry = timeouts._moved(entry, day)
    count: uint256 = self._strikes(entry, stake.former_id, day) + 1

    first: uint256 = 0
    last: uint256 = 0
    first, last = timeouts._new_windows(entry, quarter)
    entry = timeouts._with_one(entry, quarter)
    start: uint256 = 0
    stop: uint256 = 0
    start, stop = outages._note(quarter, first, last, power, size, total)
    number: uint256 = 0
    if stop != 0:
        number = self._find_outage(start, stop, quarter, key)
    else:
        number = outages._number_of(quarter)

    kind: uint8 = offences.BLOCK_TIMEOUT
    bps: uint256 = 0
    if number != 0:
        kind = offences.MASS_OUTAGE
        bps, shares.charged, entry = self._due(entry, shares.charged, outages._outage(number))
    elif not timeouts._is_near(shares.charged, timeouts._place(entry.day, quarter)):
        bps = min(
            count * self._penalty(offences.BLOCK_TIMEOUT),
            self._penalty(offences.TIMEOUT_MAXIMUM),
        )
        entry = timeouts._with_cost(entry, day, bps)
    timeouts._save(id, entry)
    case_id: uint256 = self._punish(id, shares, stake, bps, kind, key, count)
    # Of two sequencers in 32 days, 7 a day: below limits.MAX_JAIL.
    extcall ISequencerPool(pool).jail(id, block.timestamp + limits.TIMEOUT_JAIL * count)
    return case_id


@internal
@view
def _strikes(entry: timeouts.Timeouts, former_id: uint256, day: uint256) -> uint256:
    """
    @dev Of a sequencer and of the one that its owner had before.
    """
    count: uint256 = timeouts._strikes(entry, day)
    if former_id != 0:
        count += timeouts._strikes(timeouts._load(former_id), day)
    return count


@internal
def _find_outage(start: uint256, stop: uint256, quarter: uint256, key: bytes16) -> uint256:
    number: uint256 = outages._join(start, stop, quarter, key)
    entry: outages.Outage = outages._outage(number)
    if entry.found_at == block.timestamp:
        log ISlasher.OutageFound(
            outage=number,
            starts_at=entry.first * limits.QUARTER,
            ends_at=(entry.last + 1) * limits.QUARTER,
        )
    return number


@internal
@view
def _known_outage(number: uint256) -> outages.Outage:
    entry: outages.Outage = outages._outage(number)
    self._require(entry.found_at != 0, "unknown outage")
    return entry


@internal
@view
def _due(
    before: timeouts.Timeouts, charged: uint256, outage: outages.Outage
) -> (uint256, uint256, timeouts.Timeouts):
    """
    @dev Each of its timeouts in the outage that shares no window with one charged before, the
         earliest first, costs the penalty less what the timeouts on these days have cost. So two
         that are charged are more than 18 hours apart. Returns basis points, and charges and
         timeouts with them.
    """
    entry: timeouts.Timeouts = before
    after: uint256 = charged
    bps: uint256 = 0
    is_part: bool = False
    # The earliest has the highest bit.
    for i: uint256 in range(timeouts.QUARTERS):
        place: uint256 = timeouts.QUARTERS - 1 - i
        if (entry.quarters >> place) & 1 == 0:
            continue
        quarter: uint256 = timeouts._quarter(entry.day, place)
        if quarter < outage.first or quarter > outage.last:
            continue
        is_part = True
        if not timeouts._is_near(after, place):
            cost: uint256 = 0
            cost, entry = timeouts._take_cost(entry, quarter)
            after = after | (1 << place)
            bps += brakes._rest(self._penalty(offences.MASS_OUTAGE), cost)
    self._require(is_part, "not in the outage")
    return bps, after, entry


# ---------------------------------------------------------------- internal: money


@internal
@pure
def _part(amount: uint256, bps: uint256) -> uint256:
    """
    @dev Rounded down, so that no limit is passed. There are less than 2**84 wei of METIS.
    """
    return unsafe_mul(amount, bps) // limits.BPS


@internal
@view
def _shares_of(id: uint256) -> words.Shares:
    return words._unpack_shares(self._shares[id])


@internal
def _punish(
    id: uint256,
    shares: words.Shares,
    stake: Stake,
    bps: uint256,
    kind: uint8,
    key: bytes16,
    count: uint256,
) -> uint256:
    case_id: uint256 = 0
    pending_id: uint256 = 0
    amount: uint256 = 0
    case_id, pending_id, amount = self._take(id, shares, stake, bps, kind, key)
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
    before: words.Shares,
    stake: Stake,
    bps: uint256,
    kind: uint8,
    key: bytes16,
) -> (uint256, uint256, uint256):
    """
    @dev Takes what the brakes allow; of the rest, what a vote could still take is pending. Stores the
         shares. Returns the case, the pending, and wei of both together.
    """
    shares: words.Shares = before
    due: uint256 = self._part(stake.locked, bps)
    taken: uint256 = 0
    if due > 0:
        used: uint256 = brakes._sum(shares.buckets, words.SHARE_WIDTH)
        part: uint256 = min(
            min(bps, brakes._rest(limits.BRAKE_OF_ONE, used)),
            self._room_of_vote(id, shares),
        )
        taken = self._part(stake.locked, part)
        # With what has matured and waits there. Who gave METIS to the pool to raise the ceiling
        # would lose five times what it can slash beyond.
        all_stake: uint256 = staticcall IERC20(metis).balanceOf(pool)
        daily: uint256 = words._daily(self._daily)
        room: uint256 = (
            all_stake
            * brakes._rest(
                limits.BRAKE_OF_ALL, brakes._sum(daily, words.DAILY_WIDTH)
            ) // limits.SHARE
        )
        if taken > room:
            taken = room
            part = brakes._share(taken, stake.locked, limits.BPS)
        if taken > 0:
            shares.buckets += part
            self._daily = words._pack_daily(daily + brakes._share(taken, all_stake, limits.SHARE))
    self._shares[id] = words._pack_shares(shares)
    case_id: uint256 = 0
    if taken > 0:
        case_id = extcall ISequencerPool(pool).slash(id, taken, kind, convert(key, bytes32))
        self._bound_hold(id, shares)
    pending_id: uint256 = 0
    kept: uint256 = 0
    if due > taken:
        pending_id, kept = self._keep(
            id,
            shares,
            unsafe_add(unsafe_sub(stake.locked, taken), stake.kept),
            unsafe_sub(due, taken),
            kind,
            key,
        )
    return case_id, pending_id, taken + kept


@internal
@view
def _room_of_vote(id: uint256, shares: words.Shares) -> uint256:
    """
    @dev Basis points that a vote could still take.
    """
    used: uint256 = brakes._sum(shares.buckets, words.SHARE_WIDTH)
    if shares.has_more:
        used += brakes._sum(words._votes(self._votes[id]), words.VOTE_WIDTH)
    return brakes._rest(limits.BRAKE_OF_VOTE, used)


@internal
def _note_vote(id: uint256, before: words.Shares, part: uint256) -> words.Shares:
    """
    @dev Stores basis points that a vote takes, and the shares, which it returns.
    """
    shares: words.Shares = before
    self._votes[id] = words._pack_votes(words._votes(self._votes[id]) + part)
    shares.has_more = True
    self._shares[id] = words._pack_shares(shares)
    return shares


# ---------------------------------------------------------------- internal: pending


@internal
@view
def _bound(id: uint256, shares: words.Shares) -> uint256:
    """
    @dev The most that may be pending: what a vote could still take of what is locked, and what a hold
         keeps, which was within that when it was set.
    """
    stake: Stake = self._stake_of(id)
    room: uint256 = self._room_of_vote(id, shares)
    if room == 0:
        return 0
    return self._part(stake.locked, room) + stake.kept


@internal
def _keep(
    id: uint256,
    before: words.Shares,
    base: uint256,
    wanted: uint256,
    kind: uint8,
    key: bytes16,
) -> (uint256, uint256):
    """
    @dev Makes pending what is wanted, as far as the bound allows, with what is pending already. base is
         what is there. Returns its id and amount; both 0 if nothing is left.
    """
    shares: words.Shares = before
    hold: words.Hold = words._unpack_hold(self._holds[id])
    if hold.until <= block.timestamp:
        # All that was pending has expired. What will be is another hold.
        hold = words.Hold(amount=0, until=0, number=hold.number + 1)
    bound: uint256 = self._bound(id, shares)
    amount: uint256 = min(wanted, brakes._rest(bound, hold.amount))
    if amount == 0:
        return 0, 0
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
    self._origins[pending_id] = hold.number | (base << _BASE_BIT)
    log ISlasher.SlashPending(
        pending_id=pending_id, id=id, kind=kind, amount=amount, expires_at=expires_at
    )
    shares.has_more = True
    self._shares[id] = words._pack_shares(shares)
    # What came before is held no longer than its own 30 days only if somebody ends it with `lapse`.
    hold.amount += amount
    hold.until = expires_at
    self._hold(id, shares, hold)
    return pending_id, amount


@internal
def _bound_hold(id: uint256, shares: words.Shares):
    """
    @dev After something was taken: nothing is held that a vote could not take any more.
    """
    if shares.has_more:
        self._hold(id, shares, words._unpack_hold(self._holds[id]))


@internal
def _hold(id: uint256, shares: words.Shares, hold: words.Hold):
    self._holds[id] = words._pack_hold(hold)
    if hold.until > block.timestamp:
        extcall ISequencerPool(pool).hold(
            id,
            min(hold.amount, self._bound(id, shares)),
            hold.until,
        )


@internal
def _close(pending_id: uint256, entry: ISlasher.Pending, state: ISlasher.State):
    self._pendings[pending_id].state = state
    hold: words.Hold = words._unpack_hold(self._holds[entry.id])
    # Another hold has begun since if the one that it was a part of has lapsed.
    if hold.number == self._origins[pending_id] & _NUMBER_MASK:
        hold.amount -= entry.amount
        self._hold(entry.id, self._shares_of(entry.id), hold)


@internal
@view
def _known_pending(pending_id: uint256) -> ISlasher.Pending:
    entry: ISlasher.Pending = self._pendings[pending_id]
    self._require(entry.expires_at != 0, "unknown pending")
    return entry


@internal
@view
def _open_pending(pending_id: uint256) -> ISlasher.Pending:
    entry: ISlasher.Pending = self._known_pending(pending_id)
    self._require(entry.state == ISlasher.State.OPEN, "not open")
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
    self._require(is_settable and bps <= offences._ceiling(kind), "bad penalty")
    log ISlasher.PenaltySet(kind=kind, old=self._penalty(kind), new=bps)
    self._penalties = words._with_penalty(self._penalties, kind, bps)


# ---------------------------------------------------------------- internal: reasons


@internal
@pure
def _require(ok: bool, reason: String[23]):
    checks._require(ok, concat("Slasher: ", reason))
