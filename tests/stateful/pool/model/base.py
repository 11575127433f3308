"""The pool's state in the model, what can be asked of it, and what several calls do."""

from seqpool.pool.view import Approval, State
from seqpool.protocol.limits import LIMITS
from tests.stateful.model import Model, Rejected
from tests.stateful.pool.model.records import (
    CLOCKED,
    OWN,
    PAIRED,
    SEATED,
    Case,
    Committee,
    Sequencer,
    Unbonding,
)


class Base(Model):
    """The pool as its calls find it."""

    contract = "SequencerPool"

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

        super().__init__()
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
        self.id_before: dict[int, int] = {}  # of the owner's sequencer before the last
        self.nonces: dict[int, int] = {}
        self.intended: dict[int, tuple[int, int]] = {}
        self.signers: dict[int, tuple[int, int]] = {}
        self.seats: list[int] = []
        self.places: list[int] = []  # all who ever queued, in order
        self.queue_head = 0

        self.committees: dict[int, Committee] = {}
        self.sealed = True
        self.seal_block = 0
        self.departures = self.departures_seen = 0
        self.sealed_nonce = 0
        self.seed = 0
        self.past_power_seconds = 0

        self.current_slasher, self.current_since, self.announced = slasher, 0, (0, 0)
        self.pauses: list[tuple[int, int]] = []
        self.min_stake_set_at = 0

        self.cases: list[Case] = []
        self.balances: dict[int, int] = {}
        self.allowances: dict[int, int] = {}  # to the pool

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
    def slasher_since(self) -> int:
        """When the present Slasher took over; 0: it was the first."""
        at = self.announced[1]
        return at if at and self.now >= at else self.current_since

    @property
    def nonce(self) -> int:
        return len(self.committees)

    @property
    def member_left(self) -> bool:
        """Whether somebody has left since the last checkpoint."""
        return self.departures != self.departures_seen

    @property
    def power_seconds(self) -> int:
        if not self.committees:
            return 0
        last = self.committees[self.nonce]
        return self.past_power_seconds + last.power * (self.now - last.created_at)

    def power_seconds_at(self, time: int) -> int:
        """From the committees alone."""
        _, *ends = *(x.created_at for x in self.committees.values()), self.now
        return sum(
            x.power * max(0, min(end, time) - x.created_at)
            for x, end in zip(self.committees.values(), ends, strict=True)
        )

    def queue(self) -> list[int]:
        """Ids that wait, in order."""
        return [
            id
            for place, id in enumerate(self.places)
            if self.sequencers[id].state == State.QUEUED and self.sequencers[id].place == place
        ]

    def kept(self, seq: Sequencer) -> list[int]:
        """Matured stake that the hold keeps; it binds all of the owner's first, matured last. Of
        what had matured when it was set it keeps what an earlier hold kept."""
        is_void = seq.held_since < self.slasher_since  # another Slasher has taken over
        left = seq.held if seq.held_until > self.now and not is_void else 0
        kept = []
        for side, before in zip(seq.sides, seq.held_before, strict=True):
            left = max(0, left - side.bonded - side.unmatured(self.now))
            had_matured = side.matured(min(self.now, seq.held_since))
            after = side.matured(self.now) - had_matured
            kept.append(min(left, after + min(before, had_matured)))
            left -= kept[-1]
        return kept

    def set_hold(self, seq: Sequencer, amount: int, until: int, kept: list[int]):
        """Anew: it keeps this of what has matured, and all that matures from now on."""
        seq.held, seq.held_until = min(amount, 2**96 - 1), until
        seq.held_since, seq.held_before = self.now, tuple(kept)

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
        self.departures += seq.state == State.ACTIVE
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
        if len(holding.unbondings) == LIMITS["MAX_UNBONDINGS"]:
            oldest, newest = holding.unbondings[0], holding.unbondings[-1]
            if max(oldest.matures_at, newest.matures_at) <= self.now:  # not to be locked again
                oldest.amount += newest.amount
                oldest.matures_at = max(oldest.matures_at, newest.matures_at)
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

    def take(self, owner: int, id: int):
        """The owner has this sequencer from now on."""
        self.approvals[owner] = Approval.ADMITTED
        last = self.last_id.get(owner, 0)
        if last != id:
            self.id_before[owner] = last
        self.last_id[owner] = id

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
