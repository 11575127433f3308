"""A suite that a SequencerGovernor governs, and a community that decides in it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ape.api import AccountAPI, ProviderAPI, ReceiptAPI
from ape.managers.project import ProjectManager
from eth_utils import keccak

from seqpool.accounts import load_account, named_account
from seqpool.addresses import create_address
from seqpool.attestations import combine, make_attestation
from seqpool.deployment import Deployer
from seqpool.governor import Act, GovernorView, hash_actions
from seqpool.journal import CONTRACTS, GOVERNOR, TIMELOCK, Journal, code_at, hash_of
from seqpool.local import Cast, wait
from seqpool.messages import Tally, as_struct, governor_domain
from seqpool.params import Params
from seqpool.permissions import ProposalKind, permissions
from seqpool.suite import Suite, suite_of
from seqpool.tally import Criteria
from seqpool.units import DAY, METIS

# the least that the contract takes: a test has not 500 wallets
CRITERIA = Criteria(quorum=10_000 * METIS, wallets=10, approval_bps=8_000)
THRESHOLD = 10 * METIS
ATTESTERS = [f"TEST::{number}" for number in (50, 51, 52)]
FOUNDER, PROPOSER = "TEST::53", "TEST::54"


def account(name: str) -> AccountAPI:
    return load_account(name, "local")


def deploy_governed(
    values: Params, provider: ProviderAPI, project: ProjectManager, path: Path
) -> Suite:
    """Deploys everything, and writes the deployment file."""
    founder, members = account(FOUNDER), [account(name).address for name in ATTESTERS]
    address = create_address(founder.address, founder.nonce + 1)
    timelock = founder.deploy(project.Timelock, address)
    values = replace(values, addresses=replace(values.addresses, governance=timelock.address))
    journal = Journal.open(path, provider)
    suite = Deployer(values, named_account("deployer"), journal, provider, project).run()
    addresses = {name: entry["address"] for name, entry in journal.contracts.items()}
    containers = {name: project.get_contract(name) for name in CONTRACTS}
    governor = founder.deploy(
        project.SequencerGovernor,
        *(suite.metis, timelock, values.addresses.guardian, members, 2),
        (CRITERIA.quorum, CRITERIA.wallets, CRITERIA.approval_bps),
        THRESHOLD,
        permissions(addresses | {TIMELOCK: timelock.address}, containers.__getitem__),
    )
    for name, contract in ((TIMELOCK, timelock), (GOVERNOR, governor)):
        journal.contracts[name] = {
            "address": contract.address,
            "deployer": founder.address,
            "nonce": 0,
            "transaction": None,
            "block": None,
            "code_hash": hash_of(code_at(provider, contract.address)),
            "told": [],
        }
    journal.save()
    return suite_of(journal, project)


class Community:
    """Takes proposals from one stage to the next, without a vote on Snapshot."""

    def __init__(self, suite: Suite, provider: ProviderAPI):
        self.suite, self.provider, self.governor = suite, provider, suite.governor
        self.cast = Cast(suite, provider)
        self.proposer, self.guardian = account(PROPOSER), named_account("guardian")
        self.attesters = [account(name) for name in ATTESTERS]
        self.cast.fund(self.proposer, amount=THRESHOLD)

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
        signatures, _ = combine(message, [x.address for x in self.attesters], 2, signed)
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
