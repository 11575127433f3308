"""A naive model of SequencerSet (docs/design.md): a plain list of epochs, and scans of it."""

from collections import Counter
from typing import NamedTuple

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from tests.stateful.model import Model, Rejected
from tests.stateful.quorum import Certificate, Quorum, power_of, signer_of

BOUNDS = {
    name: (LIMITS[f"{name.upper()}_FLOOR"], LIMITS[f"{name.upper()}_CEILING"])
    for name in ("epoch_length", "block_timeout", "fallback_delay")
}

MAX_NONCE = 2**64 - 1
OPEN_END = 2**48 - 1  # of epoch 0


class Epoch(NamedTuple):
    signer: int
    start: int
    end: int


class Committee(NamedTuple):
    """An installation of a committee."""

    nonce: int
    members: tuple[int, ...] | None  # None: no list has this hash
    hash: int
    seed: int
    block: int  # in which it was installed
    at: int


class Reelection(NamedTuple):
    committee_nonce: int
    epoch: int
    round: int
    failed: int
    last_block: int
    last_block_timestamp: int
    reason: int

    TYPE = (
        "Reelection(uint64 committeeNonce,uint64 epoch,uint8 round,address failed,"
        "uint64 lastBlock,uint64 lastBlockTimestamp,uint8 reason)"
    )


class Correction(NamedTuple):
    committee_nonce: int
    epoch: int
    block_number: int
    block_hash: int
    signer: int

    TYPE = (
        "Correction(uint64 committeeNonce,uint64 epoch,uint64 blockNumber,"
        "bytes32 blockHash,address signer)"
    )


NO_COMMITTEE = Committee(0, None, 0, 0, 0, 0)


class Epochs(Quorum, Model):
    """Each external call is a method; it raises Rejected, or acts and appends to `events`."""

    def __init__(self, messenger, relay, domain, parameters, fallback_sequencer, clock, keccak):
        super().__init__()
        self.messenger, self.relay, self.domain = messenger, relay, domain
        self.parameters = dict(parameters)
        self.fallback_sequencer = fallback_sequencer
        self.now, self.block = clock
        self.keccak = keccak  # words -> word

        self.epochs = [Epoch(fallback_sequencer, self.block, OPEN_END)]
        self.committees = [NO_COMMITTEE]  # all that ever were installed
        self.bars: dict[int, tuple[int, int]] = {}  # signer => epoch and block
        self.reelections: Counter = Counter()
        self.alive_at = self.now
        self.reelected_at = 0
        self.call_count = 0

    # ------------------------------------------------------------ queries

    def find(self, block: int) -> int | None:
        """The epoch that contains a block."""
        found = [id for id, epoch in enumerate(self.epochs) if epoch.start <= block <= epoch.end]
        assert len(found) < 2, f"I10: block {block} in epochs {found}"
        return found[0] if found else None

    @property
    def last(self) -> int:
        return len(self.epochs) - 1

    @property
    def is_scheduled(self) -> bool:
        return any(epoch.start > self.block for epoch in self.epochs)

    @property
    def installed(self) -> Committee:
        return self.committees[-1]

    @property
    def previous(self) -> Committee:
        """The one in force before the block in which the present one came."""
        if self.installed is NO_COMMITTEE:
            return NO_COMMITTEE
        return self.in_force_before(self.installed.block)

    @property
    def voters(self) -> Committee:
        """The one that may re-elect in this block."""
        return self.in_force_before(self.block)

    def in_force_before(self, block: int) -> Committee:
        return [x for x in self.committees if x.block < block][-1]

    def is_eligible(self, member: int, excluded: tuple[int, ...]) -> bool:
        return signer_of(member) not in excluded and signer_of(member) not in self.bars

    def draw(self, committee: Committee, epoch: int, round: int, *excluded: int) -> int:
        """By weight; the zero address if nobody is eligible."""
        members = committee.members
        # each member has as many tickets as wei of power, in the order of the list
        total = sum(map(power_of, members))
        for k in range(1 + LIMITS["MAX_REDRAWS"]):
            ticket = self.keccak(committee.seed, epoch, round, *([k] if k else [])) % total
            place = 0
            while ticket >= sum(map(power_of, members[: place + 1])):
                place += 1
            if self.is_eligible(members[place], excluded):
                return signer_of(members[place])
        after = members[place + 1 :] + members[:place]
        return next((signer_of(x) for x in after if self.is_eligible(x, excluded)), 0)

    def successor(self, committee: Committee, epoch: int, round: int, in_charge: int) -> int:
        """Who takes over in a round; in round 0 nobody does."""
        if round == 0:
            return in_charge
        failed = self.successor(committee, epoch, round - 1, in_charge)
        return self.draw(committee, epoch, round, in_charge, failed)

    def in_charge(self, committee: Committee) -> tuple[int, int]:
        """The epoch of this block, or the next one's id; and who should produce in it."""
        present = self.find(self.block)
        if present is None:
            return self.last + 1, self.draw(committee, self.last + 1, 0)
        return present, self.epochs[present].signer

    # ------------------------------------------------------------ parts

    def check_relay(self, sender: int, origin: int):
        self.require(sender == self.messenger, "SequencerSet: not messenger")
        self.require(origin == self.relay, "SequencerSet: not relay")

    def check_members(self, members: tuple[int, ...], committee: Committee):
        self.need(len(members) > 0, "quorum: empty committee")
        self.require(members == committee.members, "quorum: wrong members")
        self.require(sum(map(power_of, members)) > 0, "quorum: no power")

    def check_nobody_is_eligible(self, members: tuple[int, ...]):
        committee = self.installed
        if committee is NO_COMMITTEE or committee.members == ():
            return
        if members == ():
            self.need(False, "SequencerSet: too early")
        elif members != committee.members:
            self.need(False, "quorum: wrong members")
        elif sum(map(power_of, members)) == 0:
            self.need(False, "quorum: no power")
        else:
            eligible = [x for x in members if self.is_eligible(x, ())]
            self.need(not eligible, "SequencerSet: somebody is eligible")

    def append_next(self, signer: int):
        """After the present epoch; in this block if there is none, or if it is epoch 0."""
        present = self.find(self.block)
        start = self.block
        if present == 0:
            # nothing may be left of it, and then it ends before it starts
            self.epochs[0] = self.epochs[0]._replace(end=self.block - 1)
        elif present is not None:
            start = self.epochs[present].end + 1
        self.append(signer, start)

    def take_over(self, signer: int):
        """From this block on: what was to come is dropped."""
        past = [x for x in self.epochs if x.start < self.block]
        self.epochs = [x._replace(end=min(x.end, self.block - 1)) for x in past]
        self.append(signer, self.block)

    def append(self, signer: int, start: int):
        self.epochs.append(Epoch(signer, start, start + self.parameters["epoch_length"] - 1))
        self.alive_at = self.now

    # ------------------------------------------------------------ anyone

    def commit_epoch(self, sender, members) -> int:
        self.need(not self.is_scheduled, "SequencerSet: is scheduled")
        self.check_members(members, self.installed)
        id = self.last + 1
        signer = self.draw(self.installed, id, 0)
        self.require(signer != 0, "SequencerSet: nobody is eligible")
        self.append_next(signer)
        self.log("EpochCommitted", id, *self.epochs[id], self.installed.nonce)
        return id

    def reelect(self, sender, message: Reelection, certificate: Certificate) -> int:
        timeout = message.reason == Reason.TIMEOUT
        self.need(
            message.reason in (Reason.TIMEOUT, Reason.INVALID_EXECUTION),
            "SequencerSet: unknown reason",
        )
        self.need(message.last_block == self.block - 1, "SequencerSet: wrong last block")
        self.need(self.reelected_at != self.block, "SequencerSet: reelected already")
        committee = self.voters
        self.need(message.committee_nonce == committee.nonce, "SequencerSet: wrong committee")
        present = self.find(self.block)
        epoch = self.last + 1 if present is None else present
        self.need(message.epoch == epoch, "SequencerSet: wrong epoch")
        elapsed = self.now - message.last_block_timestamp
        if elapsed < 0:
            self.need(False, "SequencerSet: last block in the future")
        else:
            turns = elapsed // self.parameters["block_timeout"]
            self.need(turns > 0 or not timeout, "SequencerSet: too early")
            right = min(LIMITS["MAX_ROUND"], max(1, turns))
            self.need(message.round == right, "SequencerSet: wrong round")
        self.settle()
        self.check_certificate(certificate, committee, message)

        _, in_charge = self.in_charge(committee)
        failed = self.successor(committee, epoch, message.round - 1, in_charge)
        culprits = [failed] if timeout else [failed, in_charge]
        self.require(message.failed in culprits, "SequencerSet: wrong failed signer")
        signer = self.draw(committee, epoch, message.round, in_charge, failed)
        self.require(signer != 0, "SequencerSet: nobody is eligible")

        self.take_over(signer)
        id = self.last
        self.reelected_at = self.block
        start, end = self.epochs[id][1:]
        self.log(
            *("EpochReelected", id, signer, message.failed, epoch, start, end),
            *(committee.nonce, message.round, message.reason, message.last_block_timestamp),
        )
        if message.failed:
            self.reelections[message.failed] += 1
            if not timeout:
                self.bars[message.failed] = (epoch, self.block)
                self.log("SignerBarred", message.failed, epoch, self.block)
        return id

    def correct(self, sender, message: Correction, certificate: Certificate):
        bar = self.bars.get(message.signer)
        self.need(bar is not None, "SequencerSet: not barred")
        named = (message.epoch, message.block_number)
        self.need(bar in (None, named), "SequencerSet: another bar")
        allowed = [self.installed]
        if self.now <= self.installed.at + LIMITS["COMMITTEE_GRACE"]:
            allowed.append(self.previous)
        committee = next((x for x in allowed if x.nonce == message.committee_nonce), None)
        self.require(committee is not None, "SequencerSet: wrong committee")
        self.check_certificate(certificate, committee, message)
        del self.bars[message.signer]
        self.log("BarLifted", message.signer, *named, message.block_hash)

    def heartbeat(self, sender):
        self.alive_at = self.now
        self.log("Heartbeat", sender)

    # ------------------------------------------------------------ fallback

    def fallback(self, sender, members=()) -> int:
        self.require(sender == self.fallback_sequencer, "SequencerSet: not fallback sequencer")
        if self.now >= self.alive_at + self.parameters["fallback_delay"]:
            present = self.find(self.block)
            own = present is not None and self.epochs[present].signer == sender
            self.require(not own, "SequencerSet: fallback is in charge")
            self.take_over(sender)
        else:
            self.need(not self.is_scheduled, "SequencerSet: is scheduled")
            self.check_nobody_is_eligible(members)
            self.settle()
            self.append_next(sender)
        self.log("FallbackTaken", self.last, *self.epochs[-1])
        return self.last

    # ------------------------------------------------------------ relay

    def install_committee(self, sender, origin, nonce, hash, seed, members):
        self.check_relay(sender, origin)
        self.need(nonce > self.installed.nonce, "SequencerSet: old nonce")
        self.require(nonce <= MAX_NONCE, "SequencerSet: nonce too large")
        self.committees.append(Committee(nonce, members, hash, seed, self.block, self.now))
        self.log("CommitteeInstalled", nonce, hash, seed)

    def apply_call(self, sender, origin, number, setter, values):
        """`setter`: None if the selector is unknown; `values`: None if the length is wrong."""
        self.check_relay(sender, origin)
        self.need(number == self.call_count + 1, "SequencerSet: wrong call number")
        if values is None:
            self.need(False, "l2_call: bad length")
        elif setter is None:
            self.need(False, "l2_call: unknown setter")
        elif setter == "fallback_sequencer":
            self.need(values != 0, "l2_call: zero sequencer")
            self.need(values < 2**160, "l2_call: bad address")
        else:
            floor, ceiling = BOUNDS[setter]
            what = setter.replace("_", " ")
            self.need(floor <= values <= ceiling, f"l2_call: bad {what}")
        self.settle()
        self.call_count = number
        self.log("CallApplied", number)
        if setter == "fallback_sequencer":
            self.log("FallbackSequencerSet", self.fallback_sequencer, values)
            self.fallback_sequencer = values
        else:
            self.log("ParameterSet", setter, self.parameters[setter], values)
            self.parameters[setter] = values

    def set_directly(self, sender):
        raise Rejected("SequencerSet: not by apply_call")

    # ------------------------------------------------------------ views

    def epoch_at(self, sender, block) -> list[int]:
        found = self.find(block)
        self.require(found is not None, "SequencerSet: block in no epoch")
        return [found]

    def sequencer_at(self, sender, block) -> list[int]:
        return [self.epochs[self.epoch_at(sender, block)[0]].signer]

    def current_epoch(self, sender) -> list[int]:
        return self.epoch_at(sender, self.block)

    def epochs_(self, sender, id) -> list[int]:
        self.require(id <= self.last, "SequencerSet: unknown epoch")
        return [*self.epochs[id]]

    def draw_(self, sender, members, epoch, round) -> list[int]:
        self.need(round <= LIMITS["MAX_ROUND"], "SequencerSet: bad round")
        self.check_members(members, self.installed)
        self.require(round == 0 or epoch <= self.last + 1, "SequencerSet: unknown epoch")
        if round == 0 or epoch > self.last:
            in_charge = self.draw(self.installed, epoch, 0)
        else:
            in_charge = self.epochs[epoch].signer
        return [self.successor(self.installed, epoch, round, in_charge)]
