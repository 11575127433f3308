"""Calls of anyone."""

from seqpool.pool.view import State
from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, HOUR
from tests.stateful.pool.model.records import CLOCKED, Committee


class Anyone:
    """Committees, seats and ejections."""

    # of the CommitteeRegistry

    def checkpoint(self, sender) -> int:
        last = self.committees.get(self.nonce)
        eligible = [x for x in map(self.sequencers.get, self.seats) if self.is_eligible(x)]
        powers = [min(seq.bonded, self.cap) for seq in eligible]
        words = [power << 160 | seq.signer for seq, power in zip(eligible, powers, strict=True)]
        if len(words) < LIMITS["MIN_COMMITTEE"]:
            words = []
        if last:
            age = self.now - last.created_at
            self.need(self.sealed, "CommitteeRegistry: last one is not sealed")
            self.need(
                self.member_left or age >= DAY or (age >= HOUR and words != last.words),
                "CommitteeRegistry: too early",
            )
            self.settle()
            self.past_power_seconds = self.power_seconds
            last.superseded_at = self.now
        nonce = self.nonce + 1
        self.committees[nonce] = Committee(words, sum(powers), self.now)
        self.sealed, self.seal_block = False, self.block
        self.departures_seen = self.departures
        self.log("CommitteeCheckpointed", nonce, self.hash_of(nonce), sum(powers), tuple(words))
        return nonce

    def hash_of(self, nonce: int) -> int:
        words = self.committees[nonce].words
        return self.keccak(nonce, 64, len(words), *words)  # the ABI encoding of (nonce, words)

    def seal(self, sender):
        self.require(not self.sealed, "CommitteeRegistry: nothing to seal")
        self.require(
            self.block >= self.seal_block + LIMITS["SEAL_DELAY"],
            "CommitteeRegistry: too early to seal",
        )
        source = self.seal_block + LIMITS["SEAL_DELAY"] - 1
        if self.block - source > LIMITS["BLOCKHASH_WINDOW"]:
            self.seal_block = self.block
            self.log("SealPostponed", self.nonce, self.block)
        else:
            self.seed = self.keccak(self.seed, self.block_hash(source))
            self.sealed, self.sealed_nonce = True, self.nonce
            self.log("CommitteeSealed", self.nonce, self.seed)

    # of the pool

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
