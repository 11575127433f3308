"""The transactions that a watcher may send, as calldata."""

from collections.abc import Sequence
from typing import Any

from seqpool.documents.votes import Vote
from seqpool.protocol.certificates import Certificate
from seqpool.protocol.messages import Correction, Offence, Reelection, RewardBatch, as_struct
from seqpool.watcher.chain.abi import load
from seqpool.watcher.chain.contracts import Places
from seqpool.watcher.chain.sender import Transaction

# Gas of a call besides its certificate. It is generous, since unused gas costs nothing.
_REELECT_GAS, _FALLBACK_GAS, _SIGNATURE_GAS, _MEMBER_GAS = 400_000, 300_000, 8_000, 3_000


def _call(
    to: str | None,
    contract: str,
    method: str,
    *arguments: Any,
    what: str,
    value: int = 0,
    gas: int | None = None,
) -> Transaction:
    # callers ask first whether the suite has a contract that not every suite has
    assert to is not None
    return Transaction(to, load(contract).call(method, *arguments), what, value, gas)


class Calls:
    """To the suite at its places."""

    def __init__(self, places: Places):
        self._places = places

    def _set(self, method: str, *arguments: Any, what: str, gas: int | None = None) -> Transaction:
        place = self._places.sequencer_set
        return _call(place, "SequencerSet", method, *arguments, what=what, gas=gas)

    def _pool(self, method: str, *arguments: Any, what: str) -> Transaction:
        return _call(self._places.pool, "SequencerPool", method, *arguments, what=what)

    def _registry(self, method: str, *, what: str) -> Transaction:
        return _call(self._places.registry, "CommitteeRegistry", method, what=what)

    def _slasher(self, method: str, *arguments: Any, what: str) -> Transaction:
        return _call(self._places.slasher, "Slasher", method, *arguments, what=what)

    # L2

    def reelect(self, message: Reelection, certificate: Certificate) -> Transaction:
        # no estimate: it holds in the very next block only
        gas = _REELECT_GAS + _SIGNATURE_GAS * len(certificate.signatures)
        gas += _MEMBER_GAS * len(certificate.members)
        what = f"re-election after block {message.lastBlock}, round {message.round}"
        arguments = (as_struct(message), tuple(certificate))
        return self._set("reelect", *arguments, what=what, gas=gas)

    def correct(self, message: Correction, certificate: Certificate) -> Transaction:
        what = f"correction of block {message.blockNumber}"
        return self._set("correct", as_struct(message), tuple(certificate), what=what)

    def commit_epoch(self, members: Sequence[int], epoch: int) -> Transaction:
        return self._set("commit_epoch", list(members), what=f"commit of epoch {epoch}")

    def heartbeat(self) -> Transaction:
        return self._set("heartbeat", what="heartbeat")

    def fallback(self, members: Sequence[int]) -> Transaction:
        # no estimate: it may depend on the time of its block
        gas = _FALLBACK_GAS + _MEMBER_GAS * len(members)
        arguments = [list(members)] if members else []
        return self._set("fallback", *arguments, what="fallback epoch", gas=gas)

    # L1, with proof

    @property
    def can_report(self) -> bool:
        """Whether the suite has a Slasher of ours."""
        return self._places.slasher is not None

    def report(self, message: Offence | Reelection, certificate: Certificate) -> Transaction:
        if isinstance(message, Offence):
            method, what = "report", f"report of sequencer {message.sequencerId}"
        else:
            method, what = "report_reelection", f"report of {message.failed}"
        return self._slasher(method, as_struct(message), tuple(certificate), what=what)

    def report_equivocation(self, one: Vote, other: Vote) -> Transaction:
        pairs = [x for vote in (one, other) for x in (as_struct(vote.message), vote.signature)]
        what = f"report of two blocks of {one.signer}"
        return self._slasher("report_equivocation", *pairs, what=what)

    def lift_suspension(self, message: Correction, certificate: Certificate) -> Transaction:
        arguments = (as_struct(message), tuple(certificate))
        return self._slasher(
            "lift_suspension", *arguments, what=f"end of a suspension of {message.signer}"
        )

    def submit_batch(
        self, message: RewardBatch, entries: Sequence[int], certificate: Certificate
    ) -> Transaction:
        arguments = (as_struct(message), list(entries), tuple(certificate))
        place, what = self._places.distributor, f"batch {message.batch} of rewards"
        return _call(place, "RewardDistributor", "submit_batch", *arguments, what=what)

    # L1, for the asking

    def begin_rewards(self) -> Transaction:
        return _call(
            self._places.distributor, "RewardDistributor", "begin", what="beginning of rewards"
        )

    def give_notice(self) -> Transaction:
        what = "notice of the end of rewards"
        return _call(self._places.distributor, "RewardDistributor", "give_notice", what=what)

    def sync_share(self, id: int) -> Transaction:
        what = f"share of the vault of sequencer {id}"
        return _call(self._places.distributor, "RewardDistributor", "sync", id, what=what)

    def retire_rewards(self) -> Transaction:
        return _call(self._places.distributor, "RewardDistributor", "retire", what="end of rewards")

    def checkpoint(self) -> Transaction:
        return self._registry("checkpoint", what="checkpoint")

    def seal(self) -> Transaction:
        return self._registry("seal", what="seal")

    def top_up(self, outage: int, ids: Sequence[int]) -> Transaction:
        what = f"top-up of {len(ids)} in outage {outage}"
        return self._slasher("top_up", outage, list(ids), what=what)

    def activate(self, count: int) -> Transaction:
        return self._pool("activate_next", count, what="activation of the queue")

    def eject(self, id: int) -> Transaction:
        return self._pool("eject", id, what=f"ejection of sequencer {id}")

    def relay(self, nonce: int, gas_limit: int, fee: int) -> Transaction:
        what = f"committee {nonce} to L2"
        return _call(self._places.relay, "CommitteeRelay", "relay", gas_limit, what=what, value=fee)

    def release(self, case: int) -> Transaction:
        place, what = self._places.slash_vault, f"release of case {case}"
        return _call(place, "SlashVault", "release", case, what=what)

    # L1, for the LST vault

    def _lst(self, method: str, *arguments: Any, what: str) -> Transaction:
        return _call(self._places.lst, "StakedMetis", method, *arguments, what=what)

    def count_losses(self) -> Transaction:
        return self._lst("count_losses", what="count of the vault's losses")

    def collect_refund(self, case: int) -> Transaction:
        return self._lst("collect_refund", case, what=f"close of the vault's case {case}")

    def fund(self, request: int) -> Transaction:
        return self._lst("fund", request, what=f"METIS set aside for request {request}")
