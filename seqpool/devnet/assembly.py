"""The community of a local chain, and what it decides: real votes, really signed and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from seqpool.chain.accounts import ATTESTERS, named_account
from seqpool.chain.archive import node_of
from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.deployment.suite import Suite
from seqpool.devnet import ballot_box
from seqpool.governance.attestations import combine, make_attestation
from seqpool.governance.snapshot.count import count
from seqpool.governance.snapshot.envelopes import SnapshotEnvelope, sign_envelope
from seqpool.governance.snapshot.messages import proposal_message, with_actions_hash
from seqpool.governance.snapshot.result import FOR, Criteria, Expected, Link, Result
from seqpool.governance.snapshot.types import PROPOSAL_TYPES
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import as_struct
from seqpool.units import METIS

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from ape.contracts import ContractInstance

VOTERS = 600
VOTER_FUNDS = 110 * METIS
# what one transaction can mint
MOST_MINTED = 200
SPACE = "metis.local"
DELAYS = {
    Delay.ORDINARY: LIMITS["DELAY_ORDINARY"],
    Delay.PARAMETERS: LIMITS["DELAY_PARAMETERS"],
    Delay.CUSTODY: LIMITS["DELAY_CUSTODY"],
}


class ContractCall(NamedTuple):
    """A call that governance makes."""

    contract: ContractInstance
    function: str
    arguments: tuple

    @property
    def data(self) -> bytes:
        return bytes(getattr(self.contract, self.function).encode_input(*self.arguments))


def act(contract: ContractInstance, function: str, *arguments) -> ContractCall:
    return ContractCall(contract, function, arguments)


@dataclass(frozen=True)
class Motion:
    """A proposal on chain, and its vote on Snapshot."""

    id: int
    kind: ProposalKind
    actions_hash: bytes
    envelope: SnapshotEnvelope
    ends_at: int


class Assembly:
    """Whoever has a part in a decision: a proposer, voters with METIS, attesters."""

    def __init__(self, suite: Suite, provider: ProviderAPI):
        self.suite, self.provider, self.governor = suite, provider, suite.governor
        self.proposer = named_account("proposer")
        self.attesters = [named_account(f"attester{n}") for n in range(1, ATTESTERS + 1)]
        self.voters = ballot_box.wallets(VOTERS)
        self.keeper = named_account("keeper")

    @property
    def now(self) -> int:
        return self.provider.get_block("latest").timestamp

    def fund(self) -> None:
        """Gives METIS to all who need some."""
        people = [self.proposer.address, *(voter.address for voter in self.voters)]
        for start in range(0, len(people), MOST_MINTED):
            self.suite.metis.mint_many(
                people[start : start + MOST_MINTED], VOTER_FUNDS, sender=named_account("deployer")
            )

    @property
    def funds(self) -> int:
        """Wei of METIS that voters and proposer have."""
        return sum(self.suite.metis.balanceOf(x.address) for x in (self.proposer, *self.voters))

    def kind_of(self, call: ContractCall) -> ProposalKind:
        """Which proposals may make a call."""
        return ProposalKind(self.governor.permission(call.contract, call.data[:4]).kind)

    # the way of a proposal

    def propose(self, title: str, *calls: ContractCall) -> Motion:
        """Puts a proposal on chain and, as its author, on Snapshot, and links the two."""
        kind = self.kind_of(calls[0])
        actions = [(call.contract.address, call.data) for call in calls]
        forum = f"https://forum.example/{title.lower().replace(' ', '-')}"
        receipt = self.governor.propose(kind, actions, forum, sender=self.proposer)
        (event,) = self.governor.Proposed.from_receipt(receipt)
        block = self.provider.get_block("latest")
        # the first second of the next block
        start = block.timestamp + 1
        end = start + LIMITS["VOTE_FLOOR"]
        message = proposal_message(
            self.proposer.address,
            space=SPACE,
            title=title,
            body=with_actions_hash(f"# {title}\n\n{forum}", bytes(event.actions_hash)),
            discussion=forum,
            start=start,
            end=end,
            snapshot=block.number,
            timestamp=block.timestamp,
        )
        envelope = sign_envelope(self.proposer, PROPOSAL_TYPES[0], message)
        self.governor.link_vote(event.proposal_id, envelope.digest, end, sender=self.proposer)
        return Motion(event.proposal_id, kind, bytes(event.actions_hash), envelope, end)

    def vote(self, motion: Motion, choices: Sequence[int] | None = None) -> Result:
        """All vote, each for what is given, by default in favour; the count of it."""
        choices = choices or [FOR] * len(self.voters)
        votes = [
            ballot_box.cast(voter, motion.envelope, choice)
            for voter, choice in zip(self.voters, choices, strict=False)
        ]
        expected = Expected(
            self.provider.chain_id,
            self.suite.metis.address,
            SPACE,
            motion.envelope.digest,
            motion.ends_at,
        )
        criteria = Criteria(*self.governor.proposal(motion.id).criteria)
        export = ballot_box.export(motion.envelope, votes)
        return count(export, expected, criteria, node_of(self.provider))

    def attest(self, motion: Motion, result: Result) -> None:
        """As many attesters sign as have to; anybody sends it."""
        message = result.message(
            self.provider.chain_id,
            self.governor.address,
            Link(motion.id, motion.envelope.digest, motion.ends_at),
            motion.actions_hash,
            self.now,
        )
        threshold = self.governor.attestation_threshold()
        signed = [(x.address, make_attestation(message, x)) for x in self.attesters[:threshold]]
        signatures, _ = combine(message, self.governor.attesters(), threshold, signed)
        self.governor.attest(motion.id, as_struct(message), tuple(signatures), sender=self.keeper)

    def execute(self, motion: Motion) -> None:
        self.governor.execute(motion.id, sender=self.keeper)

    def delay_of(self, motion: Motion) -> int:
        """Seconds from the tally to the execution."""
        return DELAYS[Delay(self.governor.proposal(motion.id).delay)]
