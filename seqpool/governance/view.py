"""Reads the SequencerGovernor in the terms that people ask in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from eth_abi import encode
from eth_utils import keccak

from seqpool.chain.contract_reader import Reader
from seqpool.chain.simulate import refusal
from seqpool.deployment.suite import Suite, contracts_of
from seqpool.errors import UserError
from seqpool.governance.snapshot.result import Criteria, VoteOutcome
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from ape.contracts import ContractInstance


class ProposalStage(IntEnum):
    """ISequencerGovernor.State: a flag, which Ape gives as a number."""

    PROPOSED = 1
    LINKED = 2
    ENDED = 4
    DEFEATED = 8
    QUEUED = 16
    READY = 32
    EXECUTED = 64
    VETOED = 128
    CANCELLED = 256
    EXPIRED = 512


# Those in which something can still become of a proposal.
OPEN_STAGES = (
    ProposalStage.PROPOSED,
    ProposalStage.LINKED,
    ProposalStage.ENDED,
    ProposalStage.QUEUED,
    ProposalStage.READY,
)
# limits.vy has the delay of each class under this name
_DELAYS = {1: "DELAY_ORDINARY", 2: "DELAY_PARAMETERS", 4: "DELAY_CUSTODY"}


class Act(NamedTuple):
    """ISequencerGovernor.Action: a call that the Timelock makes."""

    target: str
    data: bytes  # selector and arguments

    @property
    def selector(self) -> bytes:
        return self.data[:4]


def hash_actions(acts: Sequence[Act]) -> bytes:
    """What the Governor's `hash_actions` answers."""
    return keccak(encode(["(address,bytes)[]"], [[tuple(act) for act in acts]]))


def outcome_of(flag: int) -> VoteOutcome | None:
    """What a vote came to; None: not attested."""
    return VoteOutcome(flag) if flag else None


def as_hex(value: bytes) -> str:
    return "0x" + bytes(value).hex()


class GovernorView(Reader):
    """The Governor as the next transaction finds it."""

    def __init__(self, suite: Suite, provider: ProviderAPI):
        if suite.governor is None or suite.timelock is None:
            raise UserError(
                f"this suite has no SequencerGovernor of ours: its governance is"
                f" {suite.pool.owner()}"
            )
        super().__init__(suite.governor, provider)
        self.suite, self.governor, self.timelock = suite, suite.governor, suite.timelock
        self.pool = View(suite, provider)
        self.contracts: dict[str, tuple[str, ContractInstance]] = {
            contract.address: (name, contract) for name, contract in contracts_of(suite).items()
        }

    # proposals

    @property
    def count(self) -> int:
        return self.read("proposal_count")

    def proposal(self, id: int):
        """The record of a proposal, or UserError."""
        if not 0 < id <= self.count:
            raise UserError(f"there is no proposal {id}: the latest is {self.count}")
        return self.read("proposal", id)

    def acts(self, id: int) -> list[Act]:
        """What a proposal does."""
        return [Act(act.target, bytes(act.data)) for act in self.read("actions_of", id)]

    def actions_hash(self, id: int) -> bytes:
        return hash_actions(self.acts(id))

    def same(self, acts: Sequence[Act]) -> Iterator[tuple[int, object]]:
        """Open proposals that do the same, the latest first."""
        for id in range(self.count, 0, -1):
            record = self.read("proposal", id)
            if record.state in OPEN_STAGES and self.acts(id) == list(acts):
                yield id, record

    def events(self, id: int, *names: str) -> list:
        """Events of a proposal, by kind, each kind in its order."""
        # several blocks of a local chain may share a second
        first = max(self.suite.from_block, self.block_by(self.proposal(id).proposed_at - 1))
        return [
            event
            for name in names
            for event in getattr(self.governor, name).range(
                first, self.block_number + 1, search_topics={"proposal_id": id}
            )
        ]

    def forum_uri(self, id: int) -> str:
        return self.events(id, "Proposed")[0].forum_uri

    # rules

    def criteria(self, id: int | None = None) -> Criteria:
        """Those of a proposal, or of new ones."""
        found = self.read("criteria") if id is None else self.proposal(id).criteria
        return Criteria(found.quorum, found.wallets, found.approval_bps)

    def permission(self, act: Act):
        """What the allow-list says of a call."""
        return self.read("permission", act.target, act.selector)

    def seconds(self, delay: int) -> int:
        """How long a class waits in the Timelock, at least."""
        minimum = self.timelock.get_minimum_delay(block_identifier=self.block)
        return max(LIMITS[_DELAYS[delay]], minimum)

    @property
    def attesters(self) -> list[str]:
        return list(self.read("attesters"))

    @property
    def threshold(self) -> int:
        """How many attesters have to sign."""
        return self.read("attestation_threshold")

    def refusal(self, act: Act) -> str | None:
        """Why a call of the Timelock would revert now; None if it would not."""
        sender = self.timelock.address
        return refusal(self.provider, sender, act.target, act.data, self.block)
