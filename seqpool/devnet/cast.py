"""Short cuts on local chains: people with names and METIS, sequencers, time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eip712.messages import EIP712Message

from seqpool.bridge.actions import RelayActions
from seqpool.bridge.calls import l2_call
from seqpool.chain import ape
from seqpool.chain.accounts import NAMES, OWNERS, named_account
from seqpool.deployment.suite import Suite
from seqpool.devnet.assembly import Assembly, ContractCall, act
from seqpool.documents.consent import make_consent
from seqpool.documents.votes import Ballot, combine, make_vote
from seqpool.epochs.actions import EpochActions
from seqpool.epochs.view import EpochView
from seqpool.pool.actions import Actions
from seqpool.pool.view import View
from seqpool.protocol.committee import member
from seqpool.protocol.limits import LIMITS
from seqpool.units import METIS
from seqpool.upkeep.actions import UpkeepActions

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI, ReceiptAPI

OWNER_FUNDS = 500_000 * METIS


class Cast:
    """The people of a local chain, and what they do there."""

    def __init__(self, suite: Suite, provider: ProviderAPI):
        self.suite, self.pool, self.metis = suite, suite.pool, suite.metis
        self.registry = suite.committee_registry
        self.provider = provider
        self.governance, self.keeper = named_account("governance"), named_account("keeper")
        # None: an account stands for the Timelock
        self.assembly = None if suite.governor is None else Assembly(suite, provider)

    def fund(self, *people: AccountAPI, amount: int = OWNER_FUNDS) -> None:
        """Gives METIS to each."""
        for person in people:
            self.metis.mint(person, amount, sender=named_account("deployer"))

    def decide(self, title: str, *calls: ContractCall) -> None:
        """What governance does: by a vote, or by the account that stands for it."""
        if self.assembly is None:
            for call in calls:
                method = getattr(call.contract, call.function)
                method(*call.arguments, sender=self.governance)
            return
        motion = self.assembly.propose(title, *calls)
        result = self.assembly.vote(motion)
        self.wait(LIMITS["VOTE_FLOOR"] + 2)
        self.assembly.attest(motion, result)
        self.wait(self.assembly.delay_of(motion))
        self.assembly.execute(motion)

    def approve(self, *owners: AccountAPI) -> None:
        """Admits owners, as many in one proposal as it holds."""
        for start in range(0, len(owners), LIMITS["MAX_ACTIONS"]):
            part = owners[start : start + LIMITS["MAX_ACTIONS"]]
            self.decide("Admit operators", *(act(self.pool, "approve", x.address) for x in part))

    def lock(self, owner: AccountAPI, signer: AccountAPI, amount: int) -> int:
        """The new sequencer's id."""
        view = View(self.suite, self.provider)
        nonce = view.read("admission", owner.address)[2]
        consent = make_consent(
            signer, self.provider.chain_id, self.pool.address, owner.address, nonce
        )
        Actions(view, owner).lock(amount, None, consent).send(owner)
        return self.pool.admission(owner)[0]

    def checkpoint_and_seal(self) -> ReceiptAPI:
        """A sealed committee; the checkpoint's receipt."""
        receipt = self.registry.checkpoint(sender=self.keeper)
        self.mine(LIMITS["SEAL_DELAY"])
        self.registry.seal(sender=self.keeper)
        return receipt

    def keep_up(self, *names: str) -> None:
        """Sends what is due of these jobs, as `ape run upkeep`."""
        for name in names:
            for job in UpkeepActions(View(self.suite, self.provider), self.keeper).find(name):
                if job.call is not None:
                    job.call.send(self.keeper)

    def ballot(self, message: EIP712Message) -> Ballot:
        """What all members of the latest committee have signed whose keys are test accounts."""
        names = {named_account(name).address: name for name in NAMES}
        members = self.members()
        signers = [names[x.signer] for x in map(member, members) if x.signer in names]
        votes = [(name, make_vote(message, named_account(name))) for name in signers]
        return Ballot(message, combine(message, members, votes)[0].certificate)

    # L2

    def relay(self) -> ReceiptAPI:
        """Sends the latest sealed committee to L2; on a single chain it is there at once."""
        action = RelayActions(View(self.suite, self.provider), self.keeper).committee()
        return action.calls[0].send(self.keeper)

    def call_l2(self, setter: str, value: int | str) -> ReceiptAPI:
        """What a vote on a parameter of L2 does, and the sending of it."""
        relay = self.suite.relay
        self.decide("Change a parameter of L2", act(relay, "set_l2", l2_call(setter, value)))
        actions = RelayActions(View(self.suite, self.provider), self.keeper)
        return actions.call(relay.call_count()).calls[0].send(self.keeper)

    def members(self) -> list[int]:
        """The words of the latest committee."""
        view = View(self.suite, self.provider)
        return view.members_of(view.last_checkpoint().nonce)

    def commit(self) -> ReceiptAPI:
        """Schedules the next epoch, on a single chain."""
        view = EpochView(self.suite.registry, self.provider)
        return EpochActions(view, self.keeper).commit(self.members()).calls[0].send(self.keeper)

    # time: plain requests, for a devnet is a live network to ape

    def mine(self, blocks: int) -> None:
        mine(self.provider, blocks)

    def wait(self, seconds: int) -> None:
        wait(self.provider, seconds)

    def stall(self, seconds: int) -> None:
        stall(self.provider, seconds)


def mine(provider: ProviderAPI, blocks: int) -> None:
    """Adds empty blocks."""
    try:
        provider.mine(blocks)
    except NotImplementedError:
        provider.make_request("anvil_mine", [hex(blocks)])


def stall(provider: ProviderAPI, seconds: int) -> None:
    """Lets time pass without a block."""
    if isinstance(provider, ape.LocalProvider):
        # its own time travel would mine one
        chain = provider.evm_backend.chain
        chain.header = chain.header.copy(timestamp=chain.header.timestamp + seconds)
        return
    try:
        provider.set_timestamp(provider.get_block("pending").timestamp + seconds)
    except NotImplementedError:
        provider.make_request("evm_increaseTime", [seconds])


def wait(provider: ProviderAPI, seconds: int) -> None:
    """Lets time pass, and mines a block so that views see it."""
    stall(provider, seconds)
    mine(provider, 1)


SEQUENCERS = 5
APPROVED = 8


def populate(suite: Suite, provider: ProviderAPI) -> Cast:
    """The state of a new devnet: epochs have begun, more owners are approved, all have METIS."""
    cast = Cast(suite, provider)
    owners = [named_account(f"owner{n}") for n in range(1, OWNERS + 1)]
    cast.fund(*owners, named_account("lst"), named_account("distributor"))
    cast.approve(*owners[:APPROVED])
    for n, owner in enumerate(owners[:SEQUENCERS], 1):
        cast.lock(owner, named_account(f"signer{n}"), n * 20_000 * METIS)
    cast.checkpoint_and_seal()
    cast.relay()
    cast.commit()
    return cast
