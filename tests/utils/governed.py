"""A suite that a SequencerGovernor governs, and a community that decides in it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ape.api import ProviderAPI, ReceiptAPI
from ape.managers.project import ProjectManager
from eth_utils import keccak

from seqpool.chain.accounts import ATTESTERS, named_account
from seqpool.deployment.allow_list import ProposalKind
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import Journal
from seqpool.deployment.params import NEW, Params
from seqpool.deployment.suite import Suite
from seqpool.devnet.cast import Cast, wait
from seqpool.governance.attestations import combine, make_attestation
from seqpool.governance.snapshot.result import Criteria
from seqpool.governance.view import Act, GovernorView, hash_actions
from seqpool.protocol.messages import Tally, as_struct, governor_domain
from seqpool.units import DAY, METIS

# the least that the contract takes: a test has not 500 wallets
CRITERIA = Criteria(quorum=10_000 * METIS, wallets=10, approval_bps=8_000)


def deploy_governed(
    values: Params, provider: ProviderAPI, project: ProjectManager, path: Path
) -> Suite:
    """Deploys everything, and writes the deployment file."""
    votes = replace(values.governance, quorum=CRITERIA.quorum, wallets=CRITERIA.wallets)
    addresses = replace(values.addresses, governance=NEW)
    values = replace(values, addresses=addresses, governance=votes)
    journal = Journal.open(path, provider)
    return Deployer(values, named_account("deployer"), journal, provider, project).run()


class Community:
    """Takes proposals from one stage to the next, without a vote on Snapshot."""

    def __init__(self, suite: Suite, provider: ProviderAPI):
        self.suite, self.provider, self.governor = suite, provider, suite.governor
        self.cast = Cast(suite, provider)
        self.proposer, self.guardian = named_account("proposer"), named_account("guardian")
        self.attesters = [named_account(f"attester{n}") for n in range(1, ATTESTERS + 1)]
        self.cast.fund(self.proposer, amount=self.governor.proposal_threshold())

    @property
    def view(self) -> GovernorView:
        return GovernorView(self.suite, self.provider)

    @property
    def now(self) -> int:
        return self.provider.get_block("pending").timestamp

    def wait(self, seconds: int) -> None:
        wait(self.provider, seconds)

    def act(self, contract, function: str, *arguments) -> Act:
        data = getattr(contract, function).encode_input(*arguments)
        return Act(contract.address, bytes(data))

    def propose(self, acts: Sequence[Act], kind: ProposalKind = ProposalKind.GOVERNANCE) -> int:
        self.governor.propose(kind, acts, "https://forum.example/t/1", sender=self.proposer)
        return self.governor.proposal_count()

    def link(self, id: int, days: int = 2) -> None:
        snapshot_id, ends_at = keccak(text=f"vote {id}"), self.now + days * DAY
        self.governor.link_vote(id, snapshot_id, ends_at, sender=self.proposer)

    def tally(self, id: int, **votes) -> Tally:
        """Passed, unless told otherwise."""
        record = self.governor.proposal(id)
        votes = {
            "forVotes": CRITERIA.quorum,
            "againstVotes": 0,
            "abstainVotes": 0,
            "voters": CRITERIA.wallets,
        } | votes
        return Tally(
            eip712_domain=governor_domain(self.provider.chain_id, self.governor.address),
            proposalId=id,
            actionsHash=hash_actions(self.view.acts(id)),
            snapshotId=bytes(record.snapshot_id),
            endsAt=record.ends_at,
            votesRoot=keccak(text=f"votes {id}"),
            **votes,
        )

    def attest(self, id: int, **votes) -> ReceiptAPI:
        message = self.tally(id, **votes)
        signed = [(x.address, make_attestation(message, x)) for x in self.attesters]
        view = self.view
        signatures, _ = combine(message, view.attesters, view.threshold, signed)
        return self.governor.attest(
            id, as_struct(message), tuple(signatures), sender=self.cast.keeper
        )

    def execute(self, id: int) -> ReceiptAPI:
        return self.governor.execute(id, sender=self.cast.keeper)

    def queue(self, acts: Sequence[Act], kind: ProposalKind = ProposalKind.GOVERNANCE) -> int:
        """A proposal that has passed, and waits."""
        id = self.propose(acts, kind)
        self.link(id)
        self.wait(2 * DAY + 60)
        self.attest(id)
        return id

    def decide(
        self, acts: Sequence[Act], kind: ProposalKind = ProposalKind.GOVERNANCE
    ) -> ReceiptAPI:
        """From the proposal to its effect."""
        id = self.queue(acts, kind)
        self.wait(self.governor.proposal(id).ready_at - self.now + 1)
        return self.execute(id)
