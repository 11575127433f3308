"""The whole suite on a test chain, with its roles, and short cuts to common states."""

from dataclasses import dataclass

from ape.api import ReceiptAPI
from ape.api.accounts import TestAccountAPI
from eth_account import Account
from eth_account.signers.local import LocalAccount

from seqpool.protocol.addresses import create_address
from seqpool.protocol.committee import Member, word
from seqpool.protocol.messages import signer_consent
from seqpool.protocol.signatures import CompactSignature, compact, public_key

METIS = 10**18
HOUR = 3_600
DAY = 24 * HOUR

# Launch values; tests/docs compares them with params/.
PARAMETERS = {
    "min_stake": 20_000 * METIS,
    "cap": 100_000 * METIS,
    "max_sequencers": 50,
    "exit_delay": 21 * DAY,
    "cure_period": 7 * DAY,
    "rotation_period": DAY,
}
READY_OWNERS = 12
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


@dataclass
class Crew:
    """A sequencer and all who have to do with it, as accounts."""

    id: int
    owner: TestAccountAPI
    signer: TestAccountAPI
    offered_to: TestAccountAPI  # approved and funded; has not accepted yet


class System:
    """Deploys everything; `new_*` make further users out of test accounts, in their order."""

    ready_owners = READY_OWNERS

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
            self.treasury,
        ) = (accounts[i] for i in range(9))
        self._accounts = accounts
        self._used = 9
        self._keys = 0
        self._next_ready = iter(())
        self._registries = {}
        self.metis = self.deployer.deploy(project.MockMETIS)
        self.pool, self.slash_vault = self.deploy_pool()
        self.registry = self.registry_of(self.pool)
        for user in (self.lst, self.other_lst, self.distributor):
            self.fund(user)
        # made once, for most tests want some: with its lock, an owner costs five transactions
        self._next_ready = iter([self.new_owner() for _ in range(self.ready_owners)])
        self.keep()

    def keep(self):
        """From now on each test starts with who is there now."""
        self._kept = self._used, self._keys, list(self._next_ready), dict(self._registries)
        self.start_anew()

    def start_anew(self):
        """Forgets who was used since then, as the chain does between two tests."""
        self._used, self._keys, ready, registries = self._kept
        self._next_ready, self._registries = iter(ready), dict(registries)

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
            self.project.SlashVault,
            *(arguments["metis"], pool_address, self.governance, self.treasury),
        )
        pool = self.deployer.deploy(
            self.project.SequencerPool,
            arguments.pop("metis"),
            slash_vault,
            *arguments.values(),
        )
        assert pool.address == pool_address
        return pool, slash_vault

    def registry_of(self, pool):
        """The CommitteeRegistry of a pool; deployed when it is first asked for."""
        address = str(pool)
        if address not in self._registries:
            registry = self.deployer.deploy(self.project.CommitteeRegistry, address)
            self._registries[address] = registry
        return self._registries[address]

    # people

    def new_account(self):
        """A test account that nobody uses yet."""
        self._used += 1
        if self._used <= self._accounts.number_of_accounts:
            return self._accounts[self._used - 1]
        account = self._accounts.generate_test_account()
        self.deployer.transfer(account, "10 ether")
        return account

    def fund(self, user, amount=500_000 * METIS):
        """Gives METIS, and allows the pool to take all of it."""
        self.metis.mint(user, amount, sender=self.deployer)
        self.metis.approve(self.pool, amount, sender=user)

    def new_owner(self, approved=True):
        """An owner with METIS and allowance."""
        if approved and (ready := next(self._next_ready, None)) is not None:
            return ready
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
        return self.account_of(self.pool.sequencer(id).owner)

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
        receipt = self.registry.checkpoint(sender=self.stranger)
        self.mine(5)
        self.registry.seal(sender=self.stranger)
        return receipt

    def at(self, timestamp: int):
        """The next transaction is mined at this unix second."""
        self.chain.pending_timestamp = timestamp

    # who may call

    def account_of(self, address: str) -> TestAccountAPI:
        """The test account with this address, also one beyond those that exist from the start."""
        made = self._accounts.containers["test"].generated_accounts
        return next(x for x in [*self._accounts, *made] if x.address == address)

    def consent_of(self, account, owner, **changes) -> Consent:
        """As `consent`, of a signer that is a test account and so can send transactions."""
        return self.consent(owner, key=Account.from_key(account.private_key), **changes)

    def new_crew(self, amount=PARAMETERS["min_stake"], vault=None) -> Crew:
        """A sequencer whose signer can call, and which is offered to another approved owner."""
        owner, signer, offered_to = self.new_owner(), self.new_account(), self.new_owner()
        if vault is not None:
            self.pool.set_pairing(owner, vault, 0, sender=self.governance)
        self.lock(owner, amount, consent=self.consent_of(signer, owner))
        id = self.pool.admission(owner)[0]
        self.pool.transfer_ownership_of(id, offered_to, sender=owner)
        return Crew(id, owner, signer, offered_to)

    def all_but(self, *allowed, crew: Crew):
        """The crew, the owner and signer of another sequencer, and all holders of roles, but those
        allowed."""
        other = self.new_crew()
        everyone = (
            *(crew.owner, crew.signer, crew.offered_to, other.owner, other.signer),
            *(self.governance, self.guardian, self.slasher, self.distributor),
            *(self.lst, self.other_lst, self.deployer, self.stranger),
        )
        return [account for account in everyone if account not in allowed]

    # tokens

    def deploy_code(self, runtime: str) -> str:
        """Address of a contract with this runtime code, in hex."""
        code = bytes.fromhex(runtime)
        # copies what follows these 12 bytes, and returns it
        loader = bytes.fromhex(f"60{len(code):02x}600c60003960{len(code):02x}6000f3")
        ecosystem = self.chain.provider.network.ecosystem
        transaction = ecosystem.create_transaction(data=loader + code)
        return self.deployer.call(transaction).contract_address

    def pool_of_refusing_token(self):
        """A pool whose token returns False, and never reverts, to transfer and to transferFrom of
        1 wei or less."""
        # returns whether the third argument is more than 1
        token = self.deploy_code("60016044351160005260206000f3")
        return self.deploy_pool(metis=token)[0]

    def pulled(self, payer, amount: int) -> list:
        """The events of METIS when the pool pulls an amount."""
        left = self.metis.allowance(payer, self.pool)
        return [
            self.metis.Transfer(sender=payer, receiver=self.pool, value=amount),
            self.metis.Approval(owner=payer, spender=self.pool, value=left),
        ]

    def paid(self, recipient, amount: int) -> list:
        """The event of METIS when the pool pays an amount."""
        return [self.metis.Transfer(sender=self.pool, receiver=recipient, value=amount)]

    # every state

    def new_crew_in(self, state: int, amount=PARAMETERS["min_stake"], vault=None) -> Crew:
        """A crew whose sequencer is in a state; PENDING without stake, and paired."""
        if state == State.PENDING:
            return self.new_crew(0, vault or self.lst)
        crew = self.new_crew(amount, vault)
        cause = 32 * b"c"
        if state == State.JAILED:
            self.pool.jail(crew.id, self.chain.pending_timestamp + DAY, sender=self.slasher)
        elif state == State.SUSPENDED:
            self.pool.suspend(crew.id, cause, 0, 0, sender=self.slasher)
        elif state == State.QUEUED:
            # who comes back during a pause has to queue
            self.pool.pause(sender=self.guardian)
            self.pool.suspend(crew.id, cause, 0, 0, sender=self.slasher)
            self.pool.lift(crew.id, cause, sender=self.slasher)
            self.pool.unpause(sender=self.guardian)
        elif state in (State.EXITING, State.EXITED):
            self.pool.unlock(crew.id, sender=crew.owner)
        if state == State.EXITED:
            self.wait(PARAMETERS["exit_delay"])
            self.pool.claim(crew.id, sender=self.stranger)
        assert self.state_of(crew.id) == state
        return crew

    def mine_at(self, timestamp: int):
        """Mines a block of this very second, so that views see it."""
        self.at(timestamp)
        self.chain.mine()

    def now(self) -> int:
        """The second that views see."""
        return self.chain.blocks.head.timestamp

    # more states

    def new_sequencers(self, count: int, amount=PARAMETERS["min_stake"]) -> list[int]:
        return [self.new_sequencer(amount) for _ in range(count)]

    def fill(self, seats=4) -> list[int]:
        """Limits the pool to `seats` and takes all; returns the sequencers in their seats."""
        self.pool.set_max_sequencers(seats, sender=self.governance)
        return self.new_sequencers(seats)

    def new_paired(self, own=0, paired=PARAMETERS["min_stake"], vault=None) -> int:
        """A sequencer with stake of both sides."""
        vault = vault or self.lst
        id = self.new_sequencer(own, vault)
        if paired > 0:
            self.pool.deposit_paired(id, paired, sender=vault)
        return id

    def words(self, *members: tuple[int, int]) -> list[int]:
        """The committee words of sequencers, each an id and its power, in this order."""
        return [word(Member(power, self.pool.sequencer(id).signer)) for id, power in members]
