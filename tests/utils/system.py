"""The whole suite on a test chain, with its roles, and short cuts to common states."""

from dataclasses import dataclass

from ape.api import ReceiptAPI
from eth_account import Account
from eth_account.signers.local import LocalAccount

from seqpool.addresses import create_address
from seqpool.messages import signer_consent
from seqpool.signatures import CompactSignature, compact, public_key

METIS = 10**18
HOUR = 3_600
DAY = 24 * HOUR

# Launch values; tests/tools compares them with params/.
PARAMETERS = {
    "min_stake": 20_000 * METIS,
    "cap": 100_000 * METIS,
    "max_sequencers": 50,
    "exit_delay": 21 * DAY,
    "cure_period": 7 * DAY,
    "rotation_period": DAY,
}
ZERO = "0x" + 40 * "0"


class State:
    """ISequencerPool.State: Ape gives flags as numbers."""

    NONE, PENDING, QUEUED, ACTIVE, JAILED, SUSPENDED, EXITING, EXITED = 0, 1, 2, 4, 8, 16, 32, 64


class Approval:
    """ISequencerPool.Approval."""

    NONE, APPROVED, ADMITTED = 0, 1, 2


@dataclass
class Consent:
    """What `lock` and `rotate_signer` take besides amounts."""

    key: LocalAccount
    pubkey: tuple[bytes, bytes]
    signature: CompactSignature

    @property
    def signer(self) -> str:
        return self.key.address


class System:
    """Deploys everything; `new_*` make further users out of test accounts, in their order."""

    def __init__(self, project, accounts, chain):
        self.project, self.chain = project, chain
        (
            self.deployer,
            self.governance,
            self.guardian,
            self.slasher,
            self.distributor,
            self.lst,
            self.stranger,
            self.other_lst,
        ) = (accounts[i] for i in range(8))
        self._accounts = accounts
        self._used = 8
        self._keys = 0
        self.metis = self.deployer.deploy(project.MockMETIS)
        self.pool, self.slash_vault = self.deploy_pool()
        for user in (self.lst, self.other_lst, self.distributor):
            self.fund(user)

    def deploy_pool(self, **changes):
        """A pool and its SlashVault; `changes` replace constructor arguments."""
        arguments = {
            "metis": self.metis,
            "governance": self.governance,
            "guardian": self.guardian,
            "slasher": self.slasher,
            "distributor": self.distributor,
            "parameters": tuple(PARAMETERS.values()),
        } | changes
        pool_address = create_address(self.deployer.address, self.deployer.nonce + 1)
        slash_vault = self.deployer.deploy(
            self.project.SlashVault, arguments["metis"], pool_address
        )
        pool = self.deployer.deploy(
            self.project.SequencerPool,
            arguments.pop("metis"),
            slash_vault,
            *arguments.values(),
        )
        assert pool.address == pool_address
        return pool, slash_vault

    # people

    def new_account(self):
        """A test account that nobody uses yet."""
        self._used += 1
        return self._accounts[self._used - 1]

    def fund(self, user, amount=500_000 * METIS):
        """Gives METIS, and allows the pool to take all of it."""
        self.metis.mint(user, amount, sender=self.deployer)
        self.metis.approve(self.pool, amount, sender=user)

    def new_owner(self, approved=True):
        """An owner with METIS and allowance."""
        owner = self.new_account()
        self.fund(owner)
        if approved:
            self.pool.approve(owner, sender=self.governance)
        return owner

    def consent(self, owner, key=None, nonce=None, pool=None, chain_id=None) -> Consent:
        """A fresh signer's consent to work for `owner`, or one wrong in what is given."""
        pool = pool or self.pool
        if key is None:
            self._keys += 1
            key = Account.from_key(self._keys.to_bytes(32, "big"))
        if nonce is None:
            nonce = pool.admission(owner)[2]
        message = signer_consent(
            chain_id or self.chain.chain_id, pool.address, str(owner), key.address, nonce
        )
        signed = key.sign_message(message.signable_message)
        return Consent(key, public_key(key.key), compact(signed.v, signed.r, signed.s))

    # states

    def lock(self, owner, amount=PARAMETERS["min_stake"], recipient=None, consent=None):
        """Locks for an approved owner."""
        consent = consent or self.consent(owner)
        return self.pool.lock(
            consent.signer,
            amount,
            recipient or owner,
            consent.pubkey,
            consent.signature,
            sender=owner,
        )

    def new_sequencer(self, amount=PARAMETERS["min_stake"], vault=None, commission_bps=0) -> int:
        """Id of the sequencer of a new owner, paired if a vault is given."""
        owner = self.new_owner()
        if vault is not None:
            self.pool.set_pairing(owner, vault, commission_bps, sender=self.governance)
        self.lock(owner, amount)
        return self.pool.admission(owner)[0]

    def owner_of(self, id: int):
        """The account that owns a sequencer."""
        return self._accounts[self.pool.sequencer(id).owner]

    def state_of(self, id: int) -> int:
        return self.pool.sequencer(id).state

    # time

    def mine(self, blocks=1):
        self.chain.mine(blocks)

    def wait(self, seconds: int):
        """Lets time pass and mines a block, so that views see it too."""
        self.chain.pending_timestamp += seconds
        self.chain.mine()

    def checkpoint_and_seal(self) -> ReceiptAPI:
        """A sealed committee; returns the checkpoint's receipt."""
        receipt = self.pool.checkpoint(sender=self.stranger)
        self.mine(5)
        self.pool.seal(sender=self.stranger)
        return receipt
