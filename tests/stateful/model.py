"""A naive model of SequencerPool, SlashVault and METIS (docs/design.md): plain lists."""

from dataclasses import dataclass, field

from tests.utils.system import DAY, HOUR, METIS, Approval, State

# docs/design.md sections 2 to 4: what governance cannot change.
BOUNDS = {
    "max_sequencers": (4, 128),
    "exit_delay": (21 * DAY, 60 * DAY),
    "cure_period": (DAY, 30 * DAY),
    "rotation_period": (HOUR, 7 * DAY),
}
MIN_STAKE_FLOOR = METIS
CAP_CEILING = 1_000_000 * METIS
MIN_COMMITTEE = 3
MAX_UNBONDINGS = 16
MAX_COMMISSION = 5_000
SIGNER_LOCK = 7 * DAY
SLASHER_NOTICE = 61 * DAY
MAX_HOLD = MAX_JAIL = 30 * DAY
PAUSE, PAUSE_INTERVAL = 7 * DAY, 14 * DAY
SEAL_DELAY = 5
BLOCKHASH_WINDOW = 256
SLASH_LOCK = 365 * DAY

OWN, PAIRED = 0, 1
LEAVING = (State.EXITING, State.EXITED)
SEATED = (State.ACTIVE, State.JAILED)
CLOCKED = (State.QUEUED, State.ACTIVE, State.JAILED, State.SUSPENDED)


class Rejected(Exception):
    """The call must revert, with one of these reasons."""

    def __init__(self, *reasons: str):
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass
class Unbonding:
    amount: int
    matures_at: int


@dataclass
class Side:
    """One side's stake."""

    bonded: int = 0
    unbondings: list[Unbonding] = field(default_factory=list)

    def unmatured(self, now: int) -> int:
        return sum(x.amount for x in self.unbondings if x.matures_at > now)

    def matured(self, now: int) -> int:
        return sum(x.amount for x in self.unbondings if x.matures_at <= now)

    def total(self) -> int:
        return self.bonded + sum(x.amount for x in self.unbondings)


@dataclass
class Sequencer:
    id: int
    owner: int
    signer: int
    recipient: int
    vault: int = 0
    commission: int = 0
    pairing_ended: bool = False
    pending_owner: int = 0
    state: int = State.NONE
    place: int = 0  # number in the queue
    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))
    held: int = 0
    held_until: int = 0
    jailed_until: int = 0
    below_since: int = 0
    causes: set[int] = field(default_factory=set)
    owner_rotated_at: int = 0
    signer_rotated_at: int = 0

    @property
    def bonded(self) -> int:
        return sum(side.bonded for side in self.sides)

    @property
    def locked(self) -> int:
        return sum(side.total() for side in self.sides)


@dataclass
class Case:
    id: int
    owner: int
    vault: int
    own: int
    paired: int
    kind: int
    evidence: int
    slashed_at: int


@dataclass
class Committee:
    words: list[int]
    power: int
    created_at: int
    superseded_at: int = 0


class Model:
    """Each external call is a method; it raises Rejected, or acts and appends to `events`."""

    def __init__(
        self,
        pool,
        vault,
        governance,
        guardian,
        slasher,
        distributor,
        parameters,
        clock,
        keccak,
        block_hash,
    ):
        self.pool, self.vault = pool, vault
        self.governance, self.guardian, self.distributor = governance, guardian, distributor
        self.pending_governance = 0
        self.parameters = dict(parameters)
        self.now, self.block = clock
        self.keccak = keccak  # words -> word
        self.block_hash = block_hash  # number -> word

        self.sequencers: dict[int, Sequencer] = {}
        self.approvals: dict[int, int] = {}
        self.last_id: dict[int, int] = {}
        self.nonces: dict[int, int] = {}
        self.intended: dict[int, tuple[int, int]] = {}
        self.signers: dict[int, tuple[int, int]] = {}
        self.seats: list[int] = []
        self.places: list[int] = []  # all who ever queued, in order
        self.queue_head = 0

        self.committees: dict[int, Committee] = {}
        self.sealed = True
        self.seal_block = 0
        self.member_left = False
        self.sealed_nonce = 0
        self.seed = 0
        self.past_power_seconds = 0

        self.current_slasher, self.announced = slasher, (0, 0)
        self.pauses: list[tuple[int, int]] = []
        self.min_stake_set_at = 0

        self.cases: list[Case] = []
        self.balances: dict[int, int] = {}
        self.allowances: dict[int, int] = {}  # to the pool
        self.events: list[tuple] = []
        self._faults: list[str] = []

    # ------------------------------------------------------------ calls

    def call(self, name: str, sender: int, *args):
        """What the call returns; raises Rejected."""
        self.events, self._faults = [], []
        return getattr(self, name)(sender, *args)

    def need(self, ok: bool, *reasons: str):
        """Notes a broken rule: which of several is named is not specified."""
        if not ok:
            self._faults += reasons

    def settle(self):
        if self._faults:
            raise Rejected(*(f"SequencerPool: {x}" for x in self._faults))

    def require(self, ok: bool, *reasons: str):
        self.need(ok, *reasons)
        self.settle()

    def log(self, *event):
        self.events.append(event)

    # ------------------------------------------------------------ queries

    @property
    def min_stake(self) -> int:
        return self.parameters["min_stake"]

    @property
    def cap(self) -> int:
        return self.parameters["cap"]

    @property
    def paused(self) -> bool:
        return bool(self.pauses) and self.now < self.pauses[-1][1]

    @property
    def cure_clock(self) -> int:
        return self.now - sum(min(end, self.now) - start for start, end in self.pauses)

    @property
    def slasher(self) -> int:
        slasher, at = self.announced
        return slasher if at and self.now >= at else self.current_slasher

    @property
    def nonce(self) -> int:
        return len(self.committees)

    @property
    def power_seconds(self) -> int:
        if not self.committees:
            return 0
        last = self.committees[self.nonce]
        return self.past_power_seconds + last.power * (self.now - last.created_at)

    def queue(self) -> list[int]:
        """Ids that wait, in order."""
        return [
            id
            for place, id in enumerate(self.places)
            if self.sequencers[id].state == State.QUEUED and self.sequencers[id].place == place
        ]

    def kept(self, seq: Sequencer) -> list[int]:
        """Matured stake that the hold keeps; it binds all of the owner's first, matured last."""
        left = seq.held if seq.held_until > self.now else 0
        kept = []
        for side in seq.sides:
            left = max(0, left - side.bonded - side.unmatured(self.now))
            kept.append(min(left, side.matured(self.now)))
            left -= kept[-1]
        return kept

    def claimable(self, seq: Sequencer, side: int) -> int:
        return seq.sides[side].matured(self.now) - self.kept(seq)[side]

    def slashable(self, seq: Sequencer) -> int:
        locked = sum(side.bonded + side.unmatured(self.now) for side in seq.sides)
        return locked + sum(self.kept(seq))

    def owned(self, owner: int) -> Sequencer | None:
        """The owner's sequencer, unless it has left."""
        seq = self.sequencers.get(self.last_id.get(owner, 0))
        return seq if seq and seq.owner == owner and seq.state != State.EXITED else None

    def is_admitted(self, owner: int) -> bool:
        return self.approvals.get(owner) == Approval.ADMITTED

    def may_join(self, seq: Sequencer) -> bool:
        return seq.bonded >= self.min_stake and self.is_admitted(seq.owner)

    def is_eligible(self, seq: Sequencer) -> bool:
        return seq.state == State.ACTIVE and seq.bonded >= self.min_stake

    # ------------------------------------------------------------ parts

    def known(self, id: int) -> Sequencer:
        self.require(id in self.sequencers, "unknown sequencer")
        return self.sequencers[id]

    def owned_by(self, sender: int, id: int, *others: int) -> Sequencer:
        self.require(id in self.sequencers, "unknown sequencer", "not owner")
        seq = self.sequencers[id]
        self.need(sender in (seq.owner, *others), "not owner")
        return seq

    def as_slasher(self, sender: int, id: int) -> Sequencer:
        self.require(sender == self.slasher, "not slasher")
        return self.known(id)

    def as_governance(self, sender: int):
        if sender != self.governance:
            raise Rejected("roles: not governance")

    def as_guardian(self, sender: int):
        if sender != self.guardian:
            raise Rejected("guardian: not guardian")

    def check_metis(self, payer: int, amount: int):
        if amount > self.balances.get(payer, 0):
            raise Rejected("MockMETIS: amount exceeds balance")
        if amount > self.allowances.get(payer, 0):
            raise Rejected("MockMETIS: amount exceeds allowance")

    def pull(self, payer: int, amount: int):
        self.allowances[payer] = self.allowances.get(payer, 0) - amount
        self.move(payer, self.pool, amount)

    def move(self, payer: int, to: int, amount: int):
        self.balances[payer] = self.balances.get(payer, 0) - amount
        self.balances[to] = self.balances.get(to, 0) + amount
        assert self.balances[payer] >= 0

    def change(self, seq: Sequencer, state: int):
        if seq.state in SEATED and state not in SEATED:
            place = self.seats.index(seq.id)
            last = self.seats.pop()
            if last != seq.id:
                self.seats[place] = last
        # exit, jail, suspension; but not a dip below min_stake
        self.member_left |= seq.state == State.ACTIVE
        self.log("StateChanged", seq.id, seq.state, state)
        seq.state = state

    def enter(self, seq: Sequencer):
        """Into a seat, the queue, or neither."""
        if not self.may_join(seq):
            self.change_to_pending(seq)
        elif (
            len(self.seats) < self.parameters["max_sequencers"]
            and not self.queue()
            and not self.paused
        ):
            self.take_seat(seq)
        else:
            seq.place = len(self.places)
            self.places.append(seq.id)
            self.change(seq, State.QUEUED)

    def take_seat(self, seq: Sequencer):
        self.seats.append(seq.id)
        seq.below_since = 0
        self.change(seq, State.JAILED if seq.jailed_until > self.now else State.ACTIVE)

    def change_to_pending(self, seq: Sequencer):
        seq.below_since = 0
        if seq.state != State.PENDING:
            self.change(seq, State.PENDING)

    def follow(self, seq: Sequencer):
        """After a change of bonded stake."""
        enough = seq.bonded >= self.min_stake
        if seq.state == State.PENDING:
            if self.may_join(seq):
                self.enter(seq)
        elif seq.state in CLOCKED:
            if enough and seq.below_since:
                seq.below_since = 0
                self.log("Cured", seq.id)
            elif not enough and not self.clock_runs(seq):
                self.start_clock(seq)

    def clock_runs(self, seq: Sequencer) -> bool:
        """All clocks start anew when min_stake is set, also those of that very moment."""
        return seq.below_since > self.min_stake_set_at

    def start_clock(self, seq: Sequencer):
        seq.below_since = self.cure_clock
        self.log("BelowMinStake", seq.id, seq.below_since)

    def unbond(self, seq: Sequencer, amount: int, side: int):
        if amount == 0:
            return
        holding = seq.sides[side]
        matures_at = self.now + self.parameters["exit_delay"]
        holding.bonded -= amount
        if len(holding.unbondings) == MAX_UNBONDINGS:
            oldest, newest = holding.unbondings[0], holding.unbondings[-1]
            if max(oldest.matures_at, newest.matures_at) <= self.now:  # not to be locked again
                oldest.amount += newest.amount
                newest.amount, newest.matures_at = 0, 0
            newest.amount += amount
            newest.matures_at = matures_at = max(newest.matures_at, matures_at)
        else:
            holding.unbondings.append(Unbonding(amount, matures_at))
        self.log("UnbondingStarted", seq.id, side, amount, matures_at)

    def exit(self, seq: Sequencer):
        for side in (OWN, PAIRED):
            self.unbond(seq, seq.sides[side].bonded, side)
        seq.below_since = 0
        self.change(seq, State.EXITING)
        self.finish_exit(seq)

    def finish_exit(self, seq: Sequencer):
        if seq.state == State.EXITING and seq.locked == 0:
            self.change(seq, State.EXITED)

    def use_approval(self, owner: int):
        self.need(self.owned(owner) is None, "owner has a sequencer")
        self.need(self.approvals.get(owner) == Approval.APPROVED, "not approved")
        last = self.sequencers.get(self.last_id.get(owner, 0))
        self.need(not (last and last.causes), "owner is suspended")

    def check_signer(self, owner: int, signer: int, pubkey: tuple, key_of: int, consent: tuple):
        """`key_of`: whose public key it is; `consent`: what was signed, (signed by, owner, signer,
        nonce)."""
        self.need(signer not in self.signers, "signer was used")
        self.need(key_of == signer, "bad public key")
        right = (signer, owner, signer, self.nonces.get(owner, 0))
        self.need(consent == right, "bad consent")

    def register_signer(self, seq: Sequencer, signer: int, pubkey: tuple):
        self.nonces[seq.owner] = self.nonces.get(seq.owner, 0) + 1
        self.signers[signer] = (seq.id, 0)
        self.log("SignerRegistered", seq.id, signer, pubkey)

    # ------------------------------------------------------------ owners

    def lock(self, sender, signer, amount, recipient, pubkey, key_of, consent) -> int:
        self.use_approval(sender)
        vault, commission = self.intended.get(sender, (0, 0))
        self.need(not self.paused, "paused")
        self.need(recipient != 0, "zero recipient")
        self.need(amount >= self.min_stake or vault != 0, "below min stake")
        self.need(amount <= self.cap, "above cap")
        self.check_signer(sender, signer, pubkey, key_of, consent)
        self.settle()
        self.check_metis(sender, amount)

        id = len(self.sequencers) + 1
        seq = Sequencer(id, sender, signer, recipient, vault, commission)
        self.sequencers[id] = seq
        self.intended.pop(sender, None)
        self.approvals[sender] = Approval.ADMITTED
        self.last_id[sender] = id
        self.register_signer(seq, signer, pubkey)
        self.pull(sender, amount)
        seq.sides[OWN].bonded = amount
        self.log("Locked", id, sender, signer, amount, recipient)
        self.enter(seq)
        return id

    def relock(self, sender, id, amount):
        seq = self.owned_by(sender, id, self.distributor)
        self.deposit(sender, seq, amount, OWN)

    def deposit(self, sender: int, seq: Sequencer, amount: int, side: int):
        self.need(seq.state not in LEAVING, "has left")
        self.need(amount > 0, "zero amount")
        self.need(seq.bonded + amount <= self.cap, "above cap")
        self.need(not self.paused or seq.bonded + amount <= self.min_stake, "paused")
        self.settle()
        self.check_metis(sender, amount)
        self.pull(sender, amount)
        seq.sides[side].bonded += amount
        self.log("Deposited", seq.id, sender, side, amount)
        self.follow(seq)

    def request_withdrawal(self, sender, id, amount):
        seq = self.owned_by(sender, id)
        self.need(seq.state not in LEAVING, "has left")
        self.need(amount > 0, "zero amount")
        self.need(amount <= seq.sides[OWN].bonded, "more than bonded")
        self.need(seq.bonded - amount >= self.min_stake, "below min stake")
        self.settle()
        self.unbond(seq, amount, OWN)
        self.follow(seq)

    def unlock(self, sender, id):
        seq = self.owned_by(sender, id)
        self.require(seq.state not in LEAVING, "has left")
        self.exit(seq)

    def claim(self, sender, id) -> int:
        seq = self.known(id)
        return self.pay(seq, OWN, seq.owner)

    def pay(self, seq: Sequencer, side: int, recipient: int) -> int:
        amount = self.claimable(seq, side)
        self.require(amount > 0, "nothing to claim")
        kept = self.kept(seq)[side]
        unbondings = seq.sides[side].unbondings
        for unbonding in unbondings:
            if unbonding.matures_at <= self.now:
                unbonding.amount = min(kept, unbonding.amount)
                kept -= unbonding.amount
        unbondings[:] = [x for x in unbondings if x.amount]
        self.move(self.pool, recipient, amount)
        self.log("Claimed", seq.id, recipient, side, amount)
        self.finish_exit(seq)
        return amount

    def rotate_signer(self, sender, id, signer, pubkey, key_of, consent):
        self.require(id in self.sequencers, "unknown sequencer", "not owner or signer")
        seq = self.sequencers[id]
        self.need(sender in (seq.owner, seq.signer), "not owner or signer")
        self.need(seq.state not in LEAVING, "has left")
        period = self.parameters["rotation_period"]
        if sender == seq.owner:
            earliest = seq.owner_rotated_at + period
        else:
            earliest = max(seq.signer_rotated_at + period, seq.owner_rotated_at + SIGNER_LOCK)
        self.need(self.now >= earliest, "rotated too recently")
        self.check_signer(seq.owner, signer, pubkey, key_of, consent)
        self.settle()

        if sender == seq.owner:
            seq.owner_rotated_at = self.now
        else:
            seq.signer_rotated_at = self.now
        old, seq.signer = seq.signer, signer
        self.signers[old] = (id, self.now)
        self.register_signer(seq, signer, pubkey)
        self.log("SignerRotated", id, old, signer, sender)

    def transfer_ownership_of(self, sender, id, new_owner):
        seq = self.owned_by(sender, id)
        self.require(seq.state != State.EXITED, "has left")
        seq.pending_owner = new_owner
        self.log("SequencerTransferStarted", id, sender, new_owner)

    def accept_ownership_of(self, sender, id):
        self.require(id in self.sequencers, "unknown sequencer", "not pending owner")
        seq = self.sequencers[id]
        self.need(sender == seq.pending_owner, "not pending owner")
        self.need(seq.state != State.EXITED, "has left")
        self.use_approval(sender)
        self.need(self.intended.get(sender, (0, 0))[0] == 0, "owner is paired")
        self.settle()
        old, seq.owner, seq.pending_owner = seq.owner, sender, 0
        if self.is_admitted(old):
            self.approvals[old] = Approval.NONE  # it was for this sequencer
        self.approvals[sender] = Approval.ADMITTED
        self.last_id[sender] = id
        self.log("SequencerTransferred", id, old, sender)
        seq.owner_rotated_at = 0
        self.set_recipient(seq, sender)
        self.follow(seq)

    def set_reward_recipient(self, sender, id, recipient):
        seq = self.owned_by(sender, id)
        self.require(recipient != 0, "zero recipient")
        self.set_recipient(seq, recipient)

    def set_recipient(self, seq: Sequencer, recipient: int):
        old, seq.recipient = seq.recipient, recipient
        self.log("RewardRecipientSet", seq.id, old, recipient)

    def unjail(self, sender, id):
        seq = self.owned_by(sender, id)
        self.need(seq.state == State.JAILED, "not jailed")
        self.need(self.now >= seq.jailed_until, "jail is not over")
        self.settle()
        self.change(seq, State.ACTIVE)

    # ------------------------------------------------------------ paired vaults

    def paired_with(self, sender: int, id: int) -> Sequencer:
        self.require(id in self.sequencers, "unknown sequencer", "not vault")
        seq = self.sequencers[id]
        self.need(sender == seq.vault, "not vault")
        return seq

    def deposit_paired(self, sender, id, amount):
        seq = self.paired_with(sender, id)
        self.need(not seq.pairing_ended, "pairing has ended")
        self.deposit(sender, seq, amount, PAIRED)

    def request_paired_withdrawal(self, sender, id, amount):
        seq = self.paired_with(sender, id)
        self.need(seq.state not in LEAVING, "has left")
        self.need(amount > 0, "zero amount")
        self.need(amount <= seq.sides[PAIRED].bonded, "more than bonded")
        self.settle()
        self.unbond(seq, amount, PAIRED)
        self.follow(seq)

    def claim_paired(self, sender, id) -> int:
        seq = self.paired_with(sender, id)
        self.settle()
        return self.pay(seq, PAIRED, sender)

    # ------------------------------------------------------------ anyone

    def checkpoint(self, sender) -> int:
        last = self.committees.get(self.nonce)
        eligible = [x for x in map(self.sequencers.get, self.seats) if self.is_eligible(x)]
        powers = [min(seq.bonded, self.cap) for seq in eligible]
        words = [power << 160 | seq.signer for seq, power in zip(eligible, powers, strict=True)]
        if len(words) < MIN_COMMITTEE:
            words = []
        if last:
            age = self.now - last.created_at
            self.need(self.sealed, "last one is not sealed")
            self.need(
                self.member_left or age >= DAY or (age >= HOUR and words != last.words),
                "too early",
            )
            self.settle()
            self.past_power_seconds = self.power_seconds
            last.superseded_at = self.now
        nonce = self.nonce + 1
        self.committees[nonce] = Committee(words, sum(powers), self.now)
        self.sealed, self.seal_block, self.member_left = False, self.block, False
        self.log("CommitteeCheckpointed", nonce, self.hash_of(nonce), sum(powers), tuple(words))
        return nonce

    def hash_of(self, nonce: int) -> int:
        words = self.committees[nonce].words
        return self.keccak(nonce, 64, len(words), *words)  # the ABI encoding of (nonce, words)

    def seal(self, sender):
        self.require(not self.sealed, "nothing to seal")
        self.require(self.block >= self.seal_block + SEAL_DELAY, "too early to seal")
        source = self.seal_block + SEAL_DELAY - 1
        if self.block - source > BLOCKHASH_WINDOW:
            self.seal_block = self.block
            self.log("SealPostponed", self.nonce, self.block)
        else:
            self.seed = self.keccak(self.seed, self.block_hash(source))
            self.sealed, self.sealed_nonce = True, self.nonce
            self.log("CommitteeSealed", self.nonce, self.seed)

    def activate_next(self, sender, count) -> int:
        free = self.parameters["max_sequencers"] - len(self.seats)
        self.need(not self.paused, "paused")
        self.need(bool(self.queue()), "queue is empty")
        self.need(free > 0, "no free seat")
        self.settle()
        activated = 0
        for _ in range(min(count, 128)):
            if activated == free or not self.queue():
                break
            place, id = self.queue_head, self.places[self.queue_head]
            self.queue_head += 1
            seq = self.sequencers[id]
            if seq.state != State.QUEUED or seq.place != place:
                continue
            if self.may_join(seq):
                self.take_seat(seq)
                activated += 1
            else:
                self.change_to_pending(seq)
        return activated

    def eject(self, sender, id) -> bool:
        seq = self.known(id)
        self.need(seq.state in CLOCKED, "wrong state")
        self.need(seq.bonded < self.min_stake, "not below min stake")
        self.settle()
        if not self.clock_runs(seq):
            self.start_clock(seq)
            return False
        since = self.cure_clock - seq.below_since
        self.require(since > self.parameters["cure_period"], "still curing")
        self.exit(seq)
        return True

    # ------------------------------------------------------------ slasher

    def slash(self, sender, id, amount, kind, evidence) -> int:
        seq = self.as_slasher(sender, id)
        left = min(amount, self.slashable(seq))
        if left == 0:
            return 0
        kept = self.kept(seq)
        bonded, unbonding = [0, 0], [0, 0]
        for side, holding in enumerate(seq.sides):
            bonded[side] = min(left, holding.bonded)
            holding.bonded -= bonded[side]
            left -= bonded[side]
            for entry in reversed(holding.unbondings):
                matured = entry.matures_at <= self.now
                taken = min(left, entry.amount, kept[side] if matured else entry.amount)
                kept[side] -= taken if matured else 0
                entry.amount -= taken
                unbonding[side] += taken
                left -= taken
                entry.matures_at *= entry.amount > 0
            while holding.unbondings and not holding.unbondings[-1].amount:
                holding.unbondings.pop()
        assert left == 0
        own, paired = (bonded[side] + unbonding[side] for side in (OWN, PAIRED))
        vault = seq.vault if paired else 0
        self.cases.append(Case(id, seq.owner, vault, own, paired, kind, evidence, self.now))
        self.move(self.pool, self.vault, own + paired)
        self.log("Slashed", id, len(self.cases), kind, tuple(bonded), tuple(unbonding), evidence)
        self.follow(seq)
        self.finish_exit(seq)
        return len(self.cases)

    def jail(self, sender, id, until):
        seq = self.as_slasher(sender, id)
        self.require(self.now < until <= self.now + MAX_JAIL, "bad date")
        seq.jailed_until = max(seq.jailed_until, until)
        self.log("Jailed", id, seq.jailed_until)
        if seq.state == State.ACTIVE:
            self.change(seq, State.JAILED)

    def suspend(self, sender, id, cause, epoch, block_number):
        seq = self.as_slasher(sender, id)
        self.require(cause not in seq.causes, "cause is open")
        seq.causes.add(cause)
        self.log("Suspended", id, cause, epoch, block_number)
        if seq.state not in (*LEAVING, State.SUSPENDED):
            self.change(seq, State.SUSPENDED)

    def lift(self, sender, id, cause):
        seq = self.as_slasher(sender, id)
        self.require(cause in seq.causes, "cause is not open")
        seq.causes.remove(cause)
        self.log("CauseLifted", id, cause)
        if seq.state == State.SUSPENDED and not seq.causes:
            self.enter(seq)

    def hold(self, sender, id, amount, until):
        seq = self.as_slasher(sender, id)
        self.require(self.now < until <= self.now + MAX_HOLD, "bad date")
        seq.held, seq.held_until = amount, until
        self.log("Held", id, amount, until)

    # ------------------------------------------------------------ governance

    def approve(self, sender, owner):
        self.as_governance(sender)
        self.require(owner != 0, "zero owner")
        seq = self.owned(owner)
        self.log("OwnerApproved", owner)
        if seq and seq.state not in LEAVING:
            self.approvals[owner] = Approval.ADMITTED
            self.follow(seq)
        else:
            self.approvals[owner] = Approval.APPROVED

    def disapprove(self, sender, owner):
        self.as_governance(sender)
        self.withdraw_approval(owner)

    def withdraw_approval(self, owner: int):
        self.approvals[owner] = Approval.NONE
        self.log("OwnerDisapproved", owner)

    def set_pairing(self, sender, owner, vault, commission):
        self.as_governance(sender)
        self.need(owner != 0, "zero owner")
        self.need(commission <= MAX_COMMISSION, "bad commission")
        seq = self.owned(owner)
        if seq is None or seq.state in LEAVING:
            self.settle()
            self.intended[owner] = (vault, commission if vault else 0)
            self.log("PairingSet", owner, vault, 0, commission)
            return
        other = vault not in (0, seq.vault)
        self.need(not (other and seq.sides[PAIRED].total()), "vault has stake")
        self.settle()
        seq.commission, seq.pairing_ended = commission, vault == 0
        self.log("PairingSet", owner, vault, seq.id, commission)
        if vault:
            seq.vault = vault
        elif seq.sides[PAIRED].bonded:
            self.unbond(seq, seq.sides[PAIRED].bonded, PAIRED)
            self.follow(seq)

    def offboard(self, sender, id):
        self.as_governance(sender)
        seq = self.known(id)
        self.require(seq.state not in LEAVING, "has left")
        self.withdraw_approval(seq.owner)
        self.exit(seq)

    def reinstate(self, sender, id):
        self.as_governance(sender)
        seq = self.known(id)
        self.require(seq.state in (State.JAILED, State.SUSPENDED), "wrong state")
        seq.jailed_until = 0
        self.log("Reinstated", id)
        if seq.state == State.JAILED:
            self.change(seq, State.ACTIVE)
        else:
            seq.causes.clear()
            self.enter(seq)

    def set_parameter(self, sender, name: str, new: int):
        self.as_governance(sender)
        if name == "min_stake":
            self.require(MIN_STAKE_FLOOR <= new <= self.cap, "bad min_stake")
            self.min_stake_set_at = self.cure_clock
        elif name == "cap":
            self.require(self.min_stake <= new <= CAP_CEILING, "bad cap")
        else:
            floor, ceiling = BOUNDS[name]
            self.require(floor <= new <= ceiling, f"bad {name}")
        old, self.parameters[name] = self.parameters[name], new
        self.log("ParameterSet", name, old, new)

    def announce_slasher(self, sender, slasher):
        self.as_governance(sender)
        self.require(slasher != 0, "zero slasher")
        self.current_slasher = self.slasher
        self.announced = (slasher, self.now + SLASHER_NOTICE)
        self.log("SlasherAnnounced", *self.announced)

    def set_distributor(self, sender, distributor):
        self.as_governance(sender)
        self.require(distributor != 0, "zero distributor")
        old, self.distributor = self.distributor, distributor
        self.log("DistributorSet", old, distributor)

    def set_guardian(self, sender, guardian):
        self.as_governance(sender)
        if guardian == 0:
            raise Rejected("guardian: zero guardian")
        old, self.guardian = self.guardian, guardian
        self.log("GuardianSet", old, guardian)

    def transfer_ownership(self, sender, new):
        if sender != self.governance:
            raise Rejected("ownable: caller is not the owner")
        self.pending_governance = new
        self.log("OwnershipTransferStarted", sender, new)

    def accept_ownership(self, sender):
        if sender != self.pending_governance:
            raise Rejected("ownable_2step: caller is not the new owner")
        old, self.governance, self.pending_governance = self.governance, sender, 0
        self.log("OwnershipTransferred", old, sender)

    # ------------------------------------------------------------ guardian

    def pause(self, sender):
        self.as_guardian(sender)
        if self.pauses and self.now < self.pauses[-1][0] + PAUSE_INTERVAL:
            raise Rejected("timed_pause: too soon")
        self.pauses.append((self.now, self.now + PAUSE))
        self.log("Paused", self.now + PAUSE)

    def unpause(self, sender):
        self.as_guardian(sender)
        if not self.paused:
            raise Rejected("timed_pause: not paused")
        self.pauses[-1] = (self.pauses[-1][0], self.now)
        self.log("Unpaused")
