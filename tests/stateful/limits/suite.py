"""The contracts that decide who signs and what is taken, and what a committee of all says."""

from functools import cache

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import METIS
from tests.stateful.chain import (
    Chain,
    Contract,
    Receipt,
    actor,
    address_of,
    compiled,
    deployer,
)
from tests.stateful.encoding import vote_words
from tests.stateful.epochs.model import Reelection
from tests.stateful.quorum import Certificate, signer_of
from tests.stateful.signing import consent, public_key, sign, signer
from tests.stateful.slashing.chain import DOMAIN, SuiteContract
from tests.stateful.slashing.model.records import Offence
from tests.utils.court import PENALTIES
from tests.utils.system import PARAMETERS

GOVERNANCE, GUARDIAN, STRANGER, VAULT = map(actor, ("governance", "guardian", "stranger", "vault"))
MINTER = deployer("metis")
KEYS = 400


def owner(number: int) -> int:
    return actor(f"owner {number}")


@cache
def key_of(signer_: int) -> int:
    """The number of a key."""
    return next(number for number in range(KEYS) if signer(number) == signer_)


def certificate(members: tuple[int, ...], message: tuple) -> Certificate:
    """Signed by all: nobody who sends it has to leave one out."""
    signatures = [sign(key_of(signer_of(x)), DOMAIN, message) for x in members]
    return Certificate(members, 2 ** len(members) - 1, tuple(signatures))


class Suite:
    """METIS, SlashVault, SequencerPool, CommitteeRegistry and Slasher. Owners and the vault have
    what METIS they need; `parameters` are those of the pool, if they are not the launch values."""

    def __init__(self, **parameters: int):
        self.chain, contracts = Chain(), {}
        at = {x: address_of(x) for x in ("metis", "escrow", "pool", "registry", "slasher")}

        def deploy(name: str, title: str, *arguments) -> SuiteContract:
            return SuiteContract(contracts, self.chain, compiled(name), title, *arguments)

        self.metis = deploy("MockMETIS", "metis")
        ends = (at["metis"], at["pool"], GOVERNANCE, STRANGER)
        self.escrow = deploy("SlashVault", "escrow", *ends)
        roles = (GOVERNANCE, GUARDIAN, at["slasher"], address_of("rewards"))
        terms = tuple((PARAMETERS | parameters).values())
        self.pool = deploy("SequencerPool", "pool", at["metis"], at["escrow"], *roles, terms)
        self.registry = deploy("CommitteeRegistry", "registry", at["pool"])
        whose = (at["pool"], at["registry"], DOMAIN, GOVERNANCE, GUARDIAN)
        self.slasher = deploy("Slasher", "slasher", *whose, tuple(PENALTIES.values()))
        self.give(VAULT)

    # -------------------------------------------------------- calls

    def do(self, sender: int, contract: Contract, name: str, *arguments) -> Receipt:
        """A call that has to succeed."""
        receipt = contract.send(sender, name, *arguments)
        assert receipt.reason is None, f"{name}: {receipt.reason}"
        return receipt

    def give(self, user: int):
        """More METIS than anybody can lock, and the allowance for it."""
        self.do(MINTER, self.metis, "mint", user, 2**72 * METIS // 10**6)
        self.do(user, self.metis, "approve", self.pool.at, 2**255)

    def wait(self, seconds: int, blocks: int = 1):
        self.chain.now += seconds
        self.chain.block += blocks

    # -------------------------------------------------------- sequencers

    def admit(self, of: int, vault: int | None = None):
        """Someone with METIS who may lock; paired, if a vault is given."""
        self.give(of)
        self.do(GOVERNANCE, self.pool, "approve", of)
        if vault is not None:
            self.do(GOVERNANCE, self.pool, "set_pairing", of, vault, 1_000)

    def key(self, number: int, of: int, nonce: int) -> tuple[int, ...]:
        """A key's public part, and its consent to work for an owner."""
        return *public_key(number), *consent(self.pool.at, of, number, nonce)

    def enter(self, id: int, own: int, paired: int | None = None):
        """The next sequencer, with owner and key of its number; paired, if `paired` is given."""
        of = owner(id)
        self.admit(of, None if paired is None else VAULT)
        what = (signer(id), own, of, *self.key(id, of, 0))
        self.do(of, self.pool, "lock", *what)
        if paired:
            self.do(VAULT, self.pool, "deposit_paired", id, paired)

    def convene(self) -> tuple[int, tuple[int, ...]]:
        """The next committee, sealed: its nonce and members."""
        receipt = self.do(STRANGER, self.registry, "checkpoint")
        (event,) = [x for x in receipt.events if x.name == "CommitteeCheckpointed"]
        self.wait(60, blocks=LIMITS["SEAL_DELAY"])
        self.do(STRANGER, self.registry, "seal")
        nonce, _, _, members = event.args
        return nonce, members


def vote(members: tuple[int, ...], message: tuple) -> list[int]:
    """A message and its certificate, as arguments."""
    return vote_words(message, certificate(members, message))


def failure(nonce: int, of: int, block: int, time: int, reason: int = Reason.TIMEOUT) -> Reelection:
    """A vote that the key `of` has failed after a block, on L2."""
    return Reelection(nonce, 7, 1, of, block, time, reason)


def backlog(nonce: int, id: int, epoch: int, time: int) -> Offence:
    return Offence(nonce, id, Kind.BACKLOG, epoch, time, 1)
