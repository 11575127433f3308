"""A reference model of the SequencerSet, written from the documents alone: README.md,
docs/architecture.md, docs/integrators.md and docs/client-rules.md.

Its author had seen neither the contract nor its tests. It imports nothing of ours, and a test keeps
it so. If it disagrees with the contract, a document is wrong or silent: mend the document first,
then the model by what the document says.

Words are those of docs/integrators.md: present, scheduled, gap, in charge, cut, replaced in place,
dropped. A call that reverts raises `Reverts` and changes nothing. Its reason is empty where the
documents say "without a reason".
"""

from collections.abc import Sequence
from typing import NamedTuple

from eth_utils import keccak

from tests.docs.committees_model import (
    NO_COMMITTEE,
    NOBODY,
    Certificate,
    Committee,
    Reverts,
    check,
    check_certificate,
    check_members,
    first_drawn,
    hash_of,
    signer_of,
    successors,
)

MAX_BLOCK = 2**48 - 1
MAX_NONCE = 2**64 - 1
MAX_MEMBERS = 128
MAX_ROUND = 255
CORRECTION_GRACE = 3_600  # seconds for which `correct` takes the previous committee

TIMEOUT = 1
INVALID_EXECUTION = 2

# Setters of a number: bounds, both inclusive. The names are those of the parameters.
BOUNDS = {
    "epoch_length": (10, 100_000),
    "block_timeout": (10, 600),
    "fallback_delay": (1_800, 86_400),
}


class Epoch(NamedTuple):
    signer: int
    start: int
    end: int  # inclusive


class Reelection(NamedTuple):
    committee_nonce: int
    epoch: int
    round: int
    failed: int
    last_block: int
    last_block_timestamp: int
    reason: int


class Correction(NamedTuple):
    committee_nonce: int
    epoch: int
    block_number: int
    block_hash: int
    signer: int


REELECTION_BITS = (64, 64, 8, 160, 64, 64, 8)
CORRECTION_BITS = (64, 64, 64, 256, 160)


def check_abi(holds: bool) -> None:
    """What is no valid ABI encoding reverts before all checks, without a reason."""
    if not holds:
        raise Reverts()


def fits(number: int, bits: int) -> bool:
    return 0 <= number < 2**bits


# Calls from L1


def selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


SETTERS = {selector(f"set_{name}(uint256)"): name for name in BOUNDS}
SETTERS[selector("set_fallback_sequencer(address)")] = "fallback_sequencer"


def check_parameter(name: str, value: int) -> None:
    if name == "fallback_sequencer":
        check(fits(value, 160), "l2_call: bad address")
        check(value != NOBODY, "l2_call: zero sequencer")
    else:
        low, high = BOUNDS[name]
        check(low <= value <= high, f"l2_call: bad {name.replace('_', ' ')}")


class Model:
    """The SequencerSet. `events` lists (name, fields) in the order of emission.

    Mutating calls take the block in which they run, and the caller. Views that depend on the block
    take `block_number_now`; the others ignore whatever block they are given.
    """

    def __init__(
        self,
        chain_id: int,
        address: int,
        messenger: int,
        relay: int,
        epoch_length: int,
        block_timeout: int,
        fallback_delay: int,
        fallback_sequencer: int,
        block_number: int,
        timestamp: int,
    ) -> None:
        check_abi(all(fits(each, 160) for each in (messenger, relay, fallback_sequencer)))
        check(messenger != NOBODY, "SequencerSet: zero messenger")
        check(relay != NOBODY, "SequencerSet: zero relay")
        self._parameters: dict[str, int] = {
            "epoch_length": epoch_length,
            "block_timeout": block_timeout,
            "fallback_delay": fallback_delay,
            "fallback_sequencer": fallback_sequencer,
        }
        for name, value in self._parameters.items():
            check_parameter(name, value)

        self._chain_id, self._address = chain_id, address
        self._messenger, self._relay = messenger, relay
        self._epochs = [Epoch(fallback_sequencer, block_number, MAX_BLOCK)]
        self._alive_at = timestamp
        self._reelected_at = 0
        self._installed = self._previous = NO_COMMITTEE
        self._bars: dict[int, tuple[int, int]] = {}
        self._reelections: dict[int, int] = {}
        self._call_count = 0

        self.events: list[tuple[str, tuple[object, ...]]] = []
        for name, value in self._parameters.items():
            self._emit_parameter(name, 0, value)
        self._emit("FallbackTaken", 0, fallback_sequencer, block_number, MAX_BLOCK)

    # Anyone

    def commit_epoch(
        self, members: Sequence[int], *, block_number: int, timestamp: int, sender: int
    ) -> int:
        self._check_list(members)
        check(not self._is_scheduled(block_number), "SequencerSet: is scheduled")
        check_members(self._installed, members)
        signer = first_drawn(members, self._installed.seed, self._last + 1, self._barred)
        check(signer != NOBODY, "SequencerSet: nobody is eligible")
        epoch = self._append(signer, block_number, timestamp)
        self._emit("EpochCommitted", epoch, *self._epochs[epoch], self._installed.nonce)
        return epoch

    def reelect(
        self,
        message: Sequence[int],
        certificate: Certificate,
        *,
        block_number: int,
        timestamp: int,
        sender: int,
    ) -> int:
        m = Reelection(*message)
        check_abi(all(map(fits, m, REELECTION_BITS)))
        self._check_lists(certificate)
        members = certificate[0]
        committee = self._may_reelect(block_number)

        check(m.reason in (TIMEOUT, INVALID_EXECUTION), "SequencerSet: unknown reason")
        check(m.last_block + 1 == block_number, "SequencerSet: wrong last block")
        check(self._reelected_at != block_number, "SequencerSet: reelected already")
        check(m.committee_nonce == committee.nonce, "SequencerSet: wrong committee")
        check(m.epoch == self._in_charge(block_number), "SequencerSet: wrong epoch")
        check(m.last_block_timestamp <= timestamp, "SequencerSet: last block in the future")
        turns = (timestamp - m.last_block_timestamp) // self._parameters["block_timeout"]
        check(m.reason != TIMEOUT or turns >= 1, "SequencerSet: too early")
        check(m.round == min(MAX_ROUND, max(1, turns)), "SequencerSet: wrong round")
        check_certificate(committee, certificate)

        in_charge = self._signer_of(m.epoch, members, committee.seed)
        before, successor = successors(
            members, committee.seed, m.epoch, m.round, in_charge, self._barred
        )
        allowed = {before} if m.reason == TIMEOUT else {before, in_charge}
        check(m.failed in allowed, "SequencerSet: wrong failed signer")
        check(successor != NOBODY, "SequencerSet: nobody is eligible")

        epoch = self._take_over(successor, block_number, timestamp)
        self._reelected_at = block_number
        _, start, end = self._epochs[epoch]
        signed = m.committee_nonce, m.round, m.reason, m.last_block_timestamp
        self._emit("EpochReelected", epoch, successor, m.failed, m.epoch, start, end, *signed)
        if m.failed != NOBODY:
            self._reelections[m.failed] = self._reelections.get(m.failed, 0) + 1
            if m.reason == INVALID_EXECUTION:
                self._bars[m.failed] = (m.epoch, block_number)
                self._emit("SignerBarred", m.failed, m.epoch, block_number)
        return epoch

    def correct(
        self,
        message: Sequence[int],
        certificate: Certificate,
        *,
        block_number: int,
        timestamp: int,
        sender: int,
    ) -> None:
        m = Correction(*message)
        check_abi(all(map(fits, m, CORRECTION_BITS)))
        self._check_lists(certificate)

        check(m.signer in self._bars, "SequencerSet: not barred")
        check(self._bars[m.signer] == (m.epoch, m.block_number), "SequencerSet: another bar")
        if m.committee_nonce == self._installed.nonce:
            committee = self._installed
        else:
            in_time = timestamp <= self._installed.installed_at + CORRECTION_GRACE
            check(
                m.committee_nonce == self._previous.nonce and in_time,
                "SequencerSet: wrong committee",
            )
            committee = self._previous
        check_certificate(committee, certificate)

        del self._bars[m.signer]
        self._emit("BarLifted", m.signer, m.epoch, m.block_number, m.block_hash)

    def heartbeat(self, *, block_number: int, timestamp: int, sender: int) -> None:
        self._alive_at = timestamp
        self._emit("Heartbeat", sender)

    # The fallback sequencer's

    def fallback(
        self, members: Sequence[int] = (), *, block_number: int, timestamp: int, sender: int
    ) -> int:
        """Both `fallback()` and `fallback(uint256[])`."""
        self._check_list(members)
        check(
            sender == self._parameters["fallback_sequencer"], "SequencerSet: not fallback sequencer"
        )
        if timestamp >= self._alive_at + self._parameters["fallback_delay"]:
            in_charge = self._in_charge(block_number)
            is_gap = in_charge > self._last
            check(
                is_gap or self._epochs[in_charge].signer != sender,
                "SequencerSet: fallback is in charge",
            )
            epoch = self._take_over(sender, block_number, timestamp)
        else:
            if not self._has_nobody():
                check(len(members) > 0, "SequencerSet: too early")
                check_members(self._installed, members)
                all_barred = all(signer_of(member) in self._bars for member in members)
                check(all_barred, "SequencerSet: somebody is eligible")
            check(not self._is_scheduled(block_number), "SequencerSet: is scheduled")
            epoch = self._append(sender, block_number, timestamp)
        self._emit("FallbackTaken", epoch, *self._epochs[epoch])
        return epoch

    # The relay's. `is_relay`: the call came through the messenger, from the relay.

    def install_committee(
        self,
        nonce: int,
        committee_hash: int,
        seed: int,
        *,
        is_relay: bool,
        block_number: int,
        timestamp: int,
        sender: int,
    ) -> None:
        check_abi(all(fits(each, 256) for each in (nonce, committee_hash, seed)))
        self._check_relay(is_relay, sender)
        check(nonce > self._installed.nonce, "SequencerSet: old nonce")
        check(nonce <= MAX_NONCE, "SequencerSet: nonce too large")
        if self._installed.installed_block < block_number:
            self._previous = self._installed
        self._installed = Committee(nonce, committee_hash, seed, block_number, timestamp)
        self._emit("CommitteeInstalled", nonce, committee_hash, seed)

    def apply_call(
        self,
        number: int,
        data: bytes,
        *,
        is_relay: bool,
        block_number: int,
        timestamp: int,
        sender: int,
    ) -> None:
        check_abi(fits(number, 256) and len(data) <= 36)
        self._check_relay(is_relay, sender)
        check(number == self._call_count + 1, "SequencerSet: wrong call number")
        check(len(data) == 36, "l2_call: bad length")
        check(data[:4] in SETTERS, "l2_call: unknown setter")
        name, value = SETTERS[data[:4]], int.from_bytes(data[4:], "big")
        check_parameter(name, value)

        self._call_count = number
        self._emit("CallApplied", number)
        self._emit_parameter(name, self._parameters[name], value)
        self._parameters[name] = value

    def _set_directly(self, value: int, **_block: int) -> None:
        raise Reverts("SequencerSet: not by apply_call")

    set_epoch_length = set_block_timeout = set_fallback_delay = _set_directly

    def set_fallback_sequencer(self, value: int, **_block: int) -> None:
        check_abi(fits(value, 160))
        self._set_directly(value)

    # Views

    def sequencer_at(self, block_number: int, **_now: int) -> int:
        return self._epochs[self.epoch_at(block_number)].signer

    def epoch_at(self, block_number: int, **_now: int) -> int:
        for id in range(self._last, -1, -1):
            if self._epochs[id].start <= block_number <= self._epochs[id].end:
                return id
        raise Reverts("SequencerSet: block in no epoch")

    def current_epoch(self, *, block_number_now: int, timestamp: int = 0) -> int:
        return self.epoch_at(block_number_now)

    def last_epoch(self, **_now: int) -> int:
        return self._last

    def epochs(self, n: int, **_now: int) -> Epoch:
        check(n <= self._last, "SequencerSet: unknown epoch")
        return self._epochs[n]

    def draw(self, members: Sequence[int], epoch: int, round: int, **_now: int) -> int:
        self._check_list(members)
        check_abi(fits(epoch, 256) and fits(round, 256))
        check(round <= MAX_ROUND, "SequencerSet: bad round")
        check_members(self._installed, members)
        seed = self._installed.seed
        if round == 0:
            return first_drawn(members, seed, epoch, self._barred)
        check(epoch <= self._last + 1, "SequencerSet: unknown epoch")
        in_charge = self._signer_of(epoch, members, seed)
        return successors(members, seed, epoch, round, in_charge, self._barred)[1]

    def is_barred(self, signer: int, **_now: int) -> bool:
        return signer in self._bars

    def bar_of(self, signer: int, **_now: int) -> tuple[int, int]:
        return self._bars.get(signer, (0, 0))

    def reelections(self, signer: int, **_now: int) -> int:
        return self._reelections.get(signer, 0)

    def committee(self, **_now: int) -> Committee:
        return self._installed

    def previous_committee(self, **_now: int) -> Committee:
        return self._previous

    def parameters(self, **_now: int) -> tuple[int, ...]:
        return tuple(self._parameters.values())

    def alive_at(self, **_now: int) -> int:
        return self._alive_at

    def reelected_at(self, **_now: int) -> int:
        return self._reelected_at

    def call_count(self, **_now: int) -> int:
        return self._call_count

    def messenger(self, **_now: int) -> int:
        return self._messenger

    def relay(self, **_now: int) -> int:
        return self._relay

    def eip712Domain(self, **_now: int) -> tuple[object, ...]:
        """As EIP-5267 has it: which fields are used, the four of them, no salt, no extensions."""
        return b"\x0f", "MetisSequencerSet", "1", self._chain_id, self._address, 0, []

    # Present, scheduled, gap

    @property
    def _last(self) -> int:
        return len(self._epochs) - 1

    @property
    def _barred(self) -> set[int]:
        return set(self._bars)

    def _is_scheduled(self, now_block: int) -> bool:
        return self._epochs[-1].start > now_block

    def _in_charge(self, now_block: int) -> int:
        """Id of the epoch in charge. In a gap it is `last + 1`, which is not stored yet."""
        if self._is_scheduled(now_block):
            return self._last - 1
        return self._last if now_block <= self._epochs[-1].end else self._last + 1

    def _signer_of(self, epoch: int, members: Sequence[int], seed: int) -> int:
        """The stored signer of an epoch, or the one drawn for one that is not stored yet."""
        if epoch <= self._last:
            return self._epochs[epoch].signer
        return first_drawn(members, seed, epoch, self._barred)

    def _may_reelect(self, now_block: int) -> Committee:
        """The committee that was installed at the end of the previous block."""
        return self._previous if self._installed.installed_block == now_block else self._installed

    def _has_nobody(self) -> bool:
        """No committee was installed yet, or the empty one is."""
        return self._installed.nonce == 0 or self._installed.hash == hash_of(
            self._installed.nonce, []
        )

    # Two ways to make an epoch

    def _new_epoch(self, signer: int, start: int) -> Epoch:
        end = start + self._parameters["epoch_length"] - 1
        check(start <= MAX_BLOCK and end <= MAX_BLOCK, "epoch_words: block number too large")
        return Epoch(signer, start, end)

    def _append(self, signer: int, now_block: int, now: int) -> int:
        """Commit, and fallback before its delay. Callers have checked that none is scheduled."""
        if self._last == 0:
            new = self._new_epoch(signer, now_block)
            self._epochs[0] = self._epochs[0]._replace(end=now_block - 1)
        else:
            new = self._new_epoch(signer, max(self._epochs[-1].end + 1, now_block))
        self._epochs.append(new)
        self._alive_at = now
        return self._last

    def _take_over(self, signer: int, now_block: int, now: int) -> int:
        """Re-election, and fallback after its delay. Drops what is scheduled."""
        new = self._new_epoch(signer, now_block)
        in_charge = self._in_charge(now_block)
        kept = self._epochs[: in_charge + 1]
        if in_charge <= self._last:
            if kept[-1].start < now_block:
                kept[-1] = kept[-1]._replace(end=now_block - 1)
            else:
                kept.pop()
        self._epochs = [*kept, new]
        self._alive_at = now
        return self._last

    # Smaller things

    @staticmethod
    def _check_list(members: Sequence[int]) -> None:
        check_abi(len(members) <= MAX_MEMBERS and all(fits(member, 256) for member in members))

    def _check_lists(self, certificate: Certificate) -> None:
        members, signers, recovered = certificate
        self._check_list(members)
        check_abi(fits(signers, 256) and len(recovered) <= MAX_MEMBERS)

    def _check_relay(self, is_relay: bool, sender: int) -> None:
        check(is_relay or sender == self._messenger, "SequencerSet: not messenger")
        check(is_relay, "SequencerSet: not relay")

    def _emit(self, name: str, *fields: object) -> None:
        self.events.append((name, fields))

    def _emit_parameter(self, name: str, old: int, new: int) -> None:
        if name == "fallback_sequencer":
            self._emit("FallbackSequencerSet", old, new)
        else:
            self._emit("ParameterSet", name, old, new)
