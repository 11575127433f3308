"""The suite under its real governance: a Timelock that does what votes have decided."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from ape.api import ReceiptAPI
from eip712.messages import EIP712Message
from eth_abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from seqpool.deployment.allow_list import Delay, Permission, ProposalKind, permissions, selector
from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    POOL,
    REGISTRY,
    SLASHER,
    TIMELOCK,
    VAULT,
)
from seqpool.protocol.addresses import create_address
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Tally, VoteLink, as_struct, governor_domain
from seqpool.protocol.signatures import CompactSignature, sign
from tests.utils.payroll import Payroll
from tests.utils.relays import deploy_source
from tests.utils.system import DAY, METIS

# Launch values.
QUORUM = 50_000 * METIS
WALLETS = 500
APPROVAL = 8_000  # basis points
THRESHOLD = 10 * METIS
ATTESTERS, ENOUGH = 5, 3
# How long the votes of tests last.
VOTE = 3 * DAY
FORUM = "https://forum.ceg.vote/t/1"
SECONDS = {delay: LIMITS[f"DELAY_{delay.name}"] for delay in Delay}
# the governor's address is known before those that it governs are there
DEPLOYED_BEFORE = len(("Timelock", "Desk", "bridge", VAULT, POOL, REGISTRY, SLASHER, DISTRIBUTOR))

INFRASTRUCTURE, GOVERNANCE = ProposalKind.INFRASTRUCTURE, ProposalKind.GOVERNANCE
ORDINARY, PARAMETERS, CUSTODY = Delay.ORDINARY, Delay.PARAMETERS, Delay.CUSTODY


class State(IntEnum):
    """ISequencerGovernor.State."""

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


class Outcome(IntEnum):
    """ISequencerGovernor.Outcome."""

    PASSED = 1
    NO_QUORUM = 2
    TOO_FEW_WALLETS = 4
    NOT_APPROVED = 8


# The states in which the Working Group may veto.
OPEN = (State.PROPOSED, State.LINKED, State.ENDED, State.QUEUED, State.READY)


class Action(NamedTuple):
    """ISequencerGovernor.Action."""

    target: str
    data: bytes


class Signatures(NamedTuple):
    """Those of attesters: a bit for each place, and a signature for each bit."""

    signers: int
    signatures: list[CompactSignature]


# Does nothing but to note who has called it, in which order; a kind or class for each function.
DESK = """
# pragma version 0.4.3

notes: public(DynArray[uint256, 64])
senders: public(DynArray[address, 64])
size: public(uint256)  # of what `file` was given
broken: public(bool)
success: public(bool)  # of `attempt`
answer: public(Bytes[256])

@internal
def _note(number: uint256):
    assert not self.broken, "Desk: broken"
    self.notes.append(number)
    self.senders.append(msg.sender)

@external
def note(number: uint256):
    self._note(number)

@external
def record(number: uint256):
    self._note(number)

@external
def change(number: uint256):
    self._note(number)

@external
def replace(number: uint256):
    self._note(number)

@external
def file(data: Bytes[1024]):
    self.size += len(data)

@external
def damage(broken: bool):
    self.broken = broken

@external
def attempt(target: address, data: Bytes[2048]):
    self.success, self.answer = raw_call(target, data, max_outsize=256, revert_on_failure=False)

@external
def insist(target: address, data: Bytes[2048]):
    raw_call(target, data)

@external
@view
def all_notes() -> DynArray[uint256, 64]:
    return self.notes
"""
DESK_ROWS = {
    "note": (INFRASTRUCTURE, ORDINARY),
    "file": (INFRASTRUCTURE, ORDINARY),
    "attempt": (INFRASTRUCTURE, ORDINARY),
    "insist": (INFRASTRUCTURE, ORDINARY),
    "record": (GOVERNANCE, ORDINARY),
    "change": (GOVERNANCE, PARAMETERS),
    "replace": (GOVERNANCE, CUSTODY),
}


class Parliament(Payroll):
    """A payroll whose governance is the Timelock. Nobody has proposed anything yet."""

    ready_owners = 0  # each costs a vote here

    def __init__(self, project, accounts, chain):
        self.keys_of_attesters = [
            Account.from_key(keccak(text=f"attester {place}")) for place in range(16)
        ]
        super().__init__(project, accounts, chain)
        self.working_group = self.guardian
        self.proposer, self.squatter = self.new_account(), self.new_account()
        for user in (self.proposer, self.squatter):
            self.metis.mint(user, THRESHOLD, sender=self.deployer)
        self.keep()

    def deploy_pool(self, **changes):
        """With the Timelock as governance, and the Governor over it."""
        governor = create_address(self.deployer.address, self.deployer.nonce + DEPLOYED_BEFORE)
        self.timelock = self.governance = self.deployer.deploy(self.project.Timelock, governor)
        self.desk = deploy_source(self, "Desk", DESK)
        pool, slash_vault = super().deploy_pool(**changes)
        self.addresses = {
            POOL: pool.address,
            VAULT: slash_vault.address,
            SLASHER: self.court.address,
            DISTRIBUTOR: self.rewards.address,
            TIMELOCK: self.timelock.address,
        }
        self.governor = self.deploy_governor()
        assert self.governor.address == governor
        return pool, slash_vault

    def deploy_governor(self, **changes):
        """Another Governor; `changes` replace constructor arguments."""
        arguments = {
            "metis": self.metis,
            "timelock": self.timelock,
            "working_group": self.guardian,
            "members": self.attesters(ATTESTERS),
            "attestation_threshold": ENOUGH,
            "criteria": (QUORUM, WALLETS, APPROVAL),
            "threshold": THRESHOLD,
            "permissions": self.allow_list(),
        } | changes
        return self.deployer.deploy(self.project.SequencerGovernor, *arguments.values())

    def allow_list(self) -> list[Permission]:
        """That of the suite, and of the desk."""
        return [
            *permissions(self.addresses, lambda name: getattr(self.project, name)),
            *(
                Permission(self.desk.address, self.selector(getattr(self.desk, name)), kind, delay)
                for name, (kind, delay) in DESK_ROWS.items()
            ),
        ]

    def attesters(self, count: int, first: int = 0) -> list[str]:
        return [key.address for key in self.keys_of_attesters[first : first + count]]

    # people

    def new_owner(self, approved=True):
        """An owner with METIS and allowance, admitted by a vote."""
        owner = super().new_owner(approved=False)
        if approved:
            self.decide(self.call(self.pool.approve, owner), kind=INFRASTRUCTURE)
        return owner

    # proposals

    @staticmethod
    def selector(function) -> bytes:
        return selector(function.contract, function.abis[0].name)

    @staticmethod
    def call(function, *arguments) -> Action:
        """The action that calls a function of a contract."""
        return Action(function.contract.address, bytes(function.encode_input(*arguments)))

    def note(self, number=1) -> Action:
        """An Infrastructure action that leaves a number at the desk."""
        return self.call(self.desk.note, number)

    def record(self, number=1) -> Action:
        """The same of kind Governance."""
        return self.call(self.desk.record, number)

    def usual(self, kind: ProposalKind) -> Action:
        return self.note() if kind == INFRASTRUCTURE else self.record()

    def notes(self) -> list[int]:
        """What executed actions have left, in their order."""
        return list(self.desk.all_notes())

    def propose(self, *actions: Action, kind=INFRASTRUCTURE, uri=FORUM, sender=None) -> int:
        """The id of a new proposal; by default one of a kind's usual action."""
        actions = list(actions or [self.usual(kind)])
        self.governor.propose(kind, actions, uri, sender=sender or self.proposer)
        return self.governor.proposal_count()

    def snapshot_of(self, id: int) -> bytes:
        """The vote that `link` links to a proposal."""
        return keccak(text=f"vote about {id}")

    def link(self, id: int, snapshot_id=None, ends_at=None, sender=None) -> ReceiptAPI:
        return self.governor.link_vote(
            id,
            snapshot_id or self.snapshot_of(id),
            ends_at or self.now() + VOTE,
            sender=sender or self.proposer,
        )

    def relink(self, id: int, signatures=None, governor=None, sender=None, **changes) -> ReceiptAPI:
        """By attesters; `changes` as in `vote_link`."""
        message = self.vote_link(id, governor=governor, **changes)
        signatures = self.sign(message) if signatures is None else signatures
        return (governor or self.governor).relink_vote(
            *as_struct(message)[:3], signatures, sender=sender or self.stranger
        )

    def end_vote(self, id: int):
        """Mines a block in the first second in which it can be attested."""
        self.mine_at(self.governor.proposal(id).ends_at + 1)

    def attest(self, id: int, signatures=None, governor=None, sender=None, **changes) -> ReceiptAPI:
        """By just enough attesters; `changes` as in `tally`."""
        message = self.tally(id, governor=governor, **changes)
        signatures = self.sign(message) if signatures is None else signatures
        return (governor or self.governor).attest(
            id, as_struct(message), signatures, sender=sender or self.stranger
        )

    def ready(self, id: int):
        """Mines a block in the first second in which it can be executed."""
        self.mine_at(self.governor.proposal(id).ready_at)

    def execute(self, id: int, sender=None) -> ReceiptAPI:
        return self.governor.execute(id, sender=sender or self.stranger)

    def veto(self, id: int, reason="ipfs://why", sender=None) -> ReceiptAPI:
        return self.governor.veto(id, reason, sender=sender or self.working_group)

    def decide(self, *actions: Action, kind=GOVERNANCE) -> ReceiptAPI:
        """All the way from the proposal to its execution."""
        return self.execute(self.to(State.READY, *actions, kind=kind))

    def pass_(self, id: int) -> ReceiptAPI:
        """From the proposal to the queue."""
        self.link(id)
        self.end_vote(id)
        return self.attest(id)

    # what attesters sign

    def signing_domain(self, governor=None, chain_id=None):
        return governor_domain(chain_id or self.chain.chain_id, (governor or self.governor).address)

    def tally(self, id: int, governor=None, chain_id=None, **changes) -> Tally:
        """One that has just passed."""
        governor = governor or self.governor
        proposal = governor.proposal(id)
        fields = {
            "proposalId": id,
            "actionsHash": self.hash_of(governor.actions_of(id)),
            "snapshotId": bytes(proposal.snapshot_id),
            "endsAt": proposal.ends_at,
            "forVotes": QUORUM,
            "againstVotes": 0,
            "abstainVotes": 0,
            "voters": WALLETS,
            "votesRoot": keccak(text=f"votes about {id}"),
        } | changes
        return Tally(eip712_domain=self.signing_domain(governor, chain_id), **fields)

    def vote_link(self, id: int, governor=None, chain_id=None, **changes) -> VoteLink:
        governor = governor or self.governor
        fields = {
            "proposalId": id,
            "snapshotId": self.snapshot_of(id),
            "endsAt": self.now() + VOTE,
            "nonce": governor.proposal(id).links,
        } | changes
        return VoteLink(eip712_domain=self.signing_domain(governor, chain_id), **fields)

    def sign(
        self,
        message: EIP712Message,
        places: Iterable[int] = range(ENOUGH),
        keys: Sequence[LocalAccount] | None = None,
    ) -> Signatures:
        """By the attesters in these places; `keys` replace theirs."""
        keys, places = keys or self.keys_of_attesters, sorted(places)
        return Signatures(
            sum(1 << place for place in places), [sign(keys[place], message) for place in places]
        )

    @staticmethod
    def hash_of(actions) -> bytes:
        return keccak(encode(["(address,bytes)[]"], [[(str(x[0]), bytes(x[1])) for x in actions]]))

    # what is seen

    def state(self, id: int) -> State:
        return State(self.governor.state(id))

    def salt(self, id: int, governor=None) -> bytes:
        """Of a proposal's operations: two Governors in turn have none in common."""
        return bytes.fromhex((governor or self.governor).address[2:]) + id.to_bytes(12, "big")

    def operations(self, id: int) -> list[bytes]:
        """Ids in the Timelock, made from what it says of hashes."""
        before, ids = bytes(32), []
        for target, data in self.governor.actions_of(id):
            before = bytes(self.timelock.hash_operation(target, 0, data, before, self.salt(id)))
            ids.append(before)
        return ids

    # every state

    def to(self, state: State, *actions: Action, kind=INFRASTRUCTURE) -> int:
        """The id of a proposal that is brought to a state; EXPIRED for want of a vote."""
        id = self.propose(*actions, kind=kind)
        if state == State.EXPIRED:
            self.mine_at(self.now() + LIMITS["LINK_PERIOD"] + 1)
        elif state == State.CANCELLED:
            self.governor.cancel(id, sender=self.proposer)
        elif state != State.PROPOSED:
            self._vote(id, state)
        assert self.state(id) == state
        return id

    def _vote(self, id: int, state: State):
        self.link(id)
        if state == State.VETOED:
            self.veto(id)
        elif state != State.LINKED:
            self.end_vote(id)
            if state == State.DEFEATED:
                self.attest(id, againstVotes=QUORUM)
            elif state != State.ENDED:
                self.attest(id)
        if state in (State.READY, State.EXECUTED):
            self.ready(id)
        if state == State.EXECUTED:
            self.execute(id)

    def expire(self, stage: State, kind=INFRASTRUCTURE) -> int:
        """The id of a proposal that has expired in a stage: PROPOSED, ENDED or READY."""
        id = self.to(stage, kind=kind)
        proposal = self.governor.proposal(id)
        last = {
            State.PROPOSED: proposal.proposed_at + LIMITS["LINK_PERIOD"],
            State.ENDED: proposal.ends_at + LIMITS["ATTESTATION_PERIOD"],
            State.READY: proposal.ready_at + LIMITS["EXECUTION_PERIOD"],
        }[stage]
        self.mine_at(last)
        assert self.state(id) == stage
        self.mine_at(last + 1)
        assert self.state(id) == State.EXPIRED
        return id
