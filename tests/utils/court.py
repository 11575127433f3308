"""The suite with a real Slasher, and all that it takes to accuse somebody."""

from collections.abc import Iterable
from hashlib import sha256

import boa
from ape.api import ReceiptAPI
from eip712.messages import EIP712Message
from eth_abi import encode
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from seqpool.protocol.addresses import create_address
from seqpool.protocol.certificates import Certificate
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import (
    BlockCommitment,
    Correction,
    Kind,
    Offence,
    Reason,
    Reelection,
    as_struct,
    domain_separator,
    set_domain,
)
from tests.utils.epochs import sign
from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, System

# Launch values; tests/docs compares them with params/.
PENALTIES = {
    "timeout": 10,
    "timeout_maximum": 100,
    "backlog": 50,
    "invalid_execution": 500,
    "equivocation": 1_000,
    "mass_outage": 500,
}
L2_CHAIN_ID = 1_088
SET_ADDRESS = "0x" + 40 * "5"
# The sequencers of a court that is seated from the beginning, and what each has locked.
SEATED = (1, 2, 3, 4)
STAKE = 30_000 * METIS


class Court(System):
    """A system whose Slasher is the contract. Sequencers' keys are kept, by signer."""

    def __init__(self, project, accounts, chain):
        self.domain = set_domain(L2_CHAIN_ID, SET_ADDRESS)
        self.keys: dict[str, LocalAccount] = {}
        self.members: list[int] = []  # of the latest committee
        super().__init__(project, accounts, chain)

    def keep(self):
        self._kept_members = self.members
        super().keep()

    def start_anew(self):
        super().start_anew()
        self.members = self._kept_members
        self._block = 1_000

    def deploy_pool(self, **changes):
        """With the Slasher that the pool is told of; `changes` as in System."""
        # after the escrow, the pool and its registry
        slasher = create_address(self.deployer.address, self.deployer.nonce + 3)
        pool, slash_vault = super().deploy_pool(slasher=slasher, **changes)
        self.court = self.deploy_slasher(pool)
        assert self.court.address == slasher
        return pool, slash_vault

    def deploy_slasher(self, pool=None, **changes):
        """Another Slasher; `changes` replace constructor arguments."""
        pool = pool or self.pool
        arguments = {
            "pool": pool,
            "registry": self.registry_of(pool),
            "domain_separator": domain_separator(self.domain),
            "governance": self.governance,
            "guardian": self.guardian,
            "penalties": tuple(PENALTIES.values()),
        } | changes
        return self.deployer.deploy(self.project.Slasher, *arguments.values())

    # people

    def consent(self, *arguments, **named):
        consent = super().consent(*arguments, **named)
        self.keys[consent.signer] = consent.key
        return consent

    def signer_of(self, id: int) -> str:
        return self.pool.sequencer(id).signer

    def key_of(self, id: int) -> LocalAccount:
        return self.keys[self.signer_of(id)]

    # committees

    def seat(self, *amounts: int) -> list[int]:
        """Sequencers with these stakes, and the sealed committee of all that are there."""
        ids = [self.new_sequencer(amount) for amount in amounts]
        self.convene()
        return ids

    def seat_all(self):
        """Seats SEATED, and lets each test start from there."""
        assert self.seat(*[STAKE] * len(SEATED)) == [*SEATED]
        self.keep()
        return self

    def convene(self) -> int:
        """The sealed committee of all that can be in it; its nonce."""
        last = self.registry.last_checkpoint()
        if not last.member_left and last.made_at + DAY > self.now():
            self.wait(DAY)
        receipt = self.checkpoint_and_seal()
        (event,) = receipt.decode_logs(self.registry.CommitteeCheckpointed)
        self.members = list(event.members)
        return event.nonce

    @property
    def nonce(self) -> int:
        return self.registry.last_checkpoint().nonce

    def certify(
        self, message: EIP712Message, places: Iterable[int] | None = None, members=None
    ) -> Certificate:
        """Signed by exactly these members of the latest committee, by all if none are named."""
        members = self.members if members is None else members
        places = sorted(range(len(members)) if places is None else places)
        return Certificate(
            members,
            sum(1 << place for place in places),
            [sign(self.keys[self.signer_in(members[place])], message) for place in places],
        )

    def signer_in(self, member: int) -> str:
        return next(x for x in self.keys if int(x, 16) == member % 2**160)

    # messages

    def reelection(self, id: int, **changes) -> Reelection:
        """A vote that a sequencer has stalled; each call by default about another block."""
        self._block += 1
        fields = {
            "committeeNonce": self.nonce,
            "epoch": 7,
            "round": 1,
            "failed": self.signer_of(id),
            "lastBlock": self._block,
            "lastBlockTimestamp": self.now() - 60,
            "reason": Reason.TIMEOUT,
        } | changes
        return Reelection(eip712_domain=self.domain, **fields)

    def offence(self, id: int, kind: Kind = Kind.BACKLOG, **changes) -> Offence:
        fields = {
            "committeeNonce": self.nonce,
            "sequencerId": id,
            "kind": kind,
            "epoch": 7,
            "observedAt": self.now() - 60,
            "evidence": sha256(b"evidence").digest(),
        } | changes
        return Offence(eip712_domain=self.domain, **fields)

    def correction(self, id: int, **changes) -> Correction:
        fields = {
            "committeeNonce": self.nonce,
            "epoch": 7,
            "blockNumber": 1,
            "blockHash": keccak(text="right block"),
            "signer": self.signer_of(id),
        } | changes
        return Correction(eip712_domain=self.domain, **fields)

    def commitment(self, block: str, epoch: int = 7, number: int = 1_000) -> BlockCommitment:
        """Of the block that has this name."""
        return BlockCommitment(
            eip712_domain=self.domain, epoch=epoch, blockNumber=number, blockHash=keccak(text=block)
        )

    # what the contracts know them by

    @staticmethod
    def offence_key(kind: int, id: int, *where: int) -> bytes:
        """Of an offence: where it was is an epoch, a last block, or whatever its kind has."""
        numbers = (kind, id, *where)
        return keccak(encode(["uint256"] * len(numbers), numbers))[:16]

    @staticmethod
    def cause(epoch: int, block_number: int) -> bytes:
        """Of the suspension for a wrong block."""
        numbers = (Kind.INVALID_EXECUTION, epoch, block_number)
        return keccak(encode(["uint256"] * 3, numbers))

    # acts

    def report(self, message: EIP712Message, certificate=None, sender=None) -> ReceiptAPI:
        """Reports an offence, or a re-election."""
        name = "report" if isinstance(message, Offence) else "report_reelection"
        certificate = self.certify(message) if certificate is None else certificate
        function = getattr(self.court, name)
        return function(as_struct(message), certificate, sender=sender or self.stranger)

    def time_out(self, id: int, **changes) -> ReceiptAPI:
        return self.report(self.reelection(id, **changes))

    def equivocate(self, id: int, number: int = 1_000, key=None, sender=None) -> ReceiptAPI:
        """Reports two blocks of one height, signed by the same sequencer, or by this key."""
        pair = [self.commitment(name, number=number) for name in ("one", "other")]
        key = key or self.key_of(id)
        return self.report_pair(*((message, sign(key, message)) for message in pair), sender=sender)

    def report_pair(self, one: tuple, other: tuple, sender=None) -> ReceiptAPI:
        """Reports two commitments, each with its signature."""
        arguments = (*(as_struct(one[0]), one[1]), *(as_struct(other[0]), other[1]))
        return self.court.report_equivocation(*arguments, sender=sender or self.stranger)

    def overcharge(self, id: int) -> ReceiptAPI:
        """Two wrong blocks at 10 % each: the brakes let 15 % pass, the rest is pending."""
        ceiling = LIMITS["INVALID_EXECUTION_CEILING"]
        self.court.set_penalty(Kind.INVALID_EXECUTION, ceiling, sender=self.governance)
        self.time_out(id, reason=Reason.INVALID_EXECUTION)
        return self.time_out(id, reason=Reason.INVALID_EXECUTION)

    def lift(self, message: Correction, certificate=None, sender=None) -> ReceiptAPI:
        certificate = self.certify(message) if certificate is None else certificate
        return self.court.lift_suspension(
            as_struct(message), certificate, sender=sender or self.stranger
        )

    # what is seen

    def punished(self, receipt: ReceiptAPI) -> list:
        """The Slasher's OffencePunished events."""
        return list(receipt.decode_logs(self.court.OffencePunished))

    def case_of(self, receipt: ReceiptAPI):
        """The case that a report has opened for the one it names."""
        return self.slash_vault.case_of(self.punished(receipt)[-1].case_id)

    def taken(
        self,
        id: int,
        amount: int,
        kind: int,
        key: bytes,
        evidence: bytes,
        case_id=1,
    ) -> list:
        """The events of token, escrow and pool when an amount is taken of the owner's bonded
        stake, and enough is left."""
        return [
            self.metis.Transfer(sender=self.pool, receiver=self.slash_vault, value=amount),
            self.slash_vault.CaseOpened(
                case_id=case_id,
                id=id,
                owner=self.pool.sequencer(id).owner,
                vault=ZERO,
                own=amount,
                paired=0,
                kind=kind,
                evidence=evidence,
            ),
            self.pool.Slashed(
                id=id,
                case_id=case_id,
                kind=kind,
                bonded=[amount, 0],
                unbonding=[0, 0],
                evidence=key + bytes(16),
            ),
        ]

    def locked(self, id: int) -> int:
        return self.pool.stake_of(id)[1]

    @staticmethod
    def share(amount: int, bps: int) -> int:
        """A penalty: rounded down."""
        return amount * bps // 10_000


class Bench(Court):
    """A court on titanoboa, where many reports can share a block. Calls return what the contracts
    do, instead of receipts; only what has to do with that, or with Ape, differs."""

    def __init__(self):
        self.domain, self.keys = set_domain(L2_CHAIN_ID, SET_ADDRESS), {}
        self.deployer = boa.env.eoa
        self.governance, self.guardian, self.distributor, self.treasury, self.stranger = (
            boa.env.generate_address() for _ in range(5)
        )
        pool, slasher = (boa.env.generate_address() for _ in range(2))
        governance, guardian = self.governance, self.guardian
        self.metis = self._load("mocks/MockMETIS")
        metis = self.metis.address
        self.slash_vault = self._load("SlashVault", metis, pool, governance, self.treasury)
        self.pool = self._load(
            "SequencerPool",
            *(metis, self.slash_vault.address, governance, guardian, slasher, self.distributor),
            tuple(PARAMETERS.values()),
            override_address=pool,
        )
        self.registry = self._load("CommitteeRegistry", pool)
        self.court = self._load(
            "Slasher",
            *(pool, self.registry.address, domain_separator(self.domain), governance, guardian),
            tuple(PENALTIES.values()),
            override_address=slasher,
        )
        self._used, self._keys, self._next_ready, self._registries = 0, 0, iter(()), {}
        self.members = []
        self.keep()

    @staticmethod
    def _load(name: str, *arguments, **options):
        return boa.load(f"contracts/{name}.vy", *arguments, **options)

    def new_account(self):
        return boa.env.generate_address()

    def fund(self, user, amount=500_000 * METIS):
        self.metis.mint(user, amount)
        self.metis.approve(self.pool.address, amount, sender=user)

    def consent(self, owner):
        return super().consent(owner, chain_id=boa.env.evm.patch.chain_id)

    def convene(self) -> int:
        """The committee of all that can be in it; its seed is not wanted here."""
        nonce = self.registry.checkpoint()
        (event,) = self.registry.get_logs()
        self.members = list(event.members)
        return nonce

    def now(self) -> int:
        """The second that all transactions of the block have."""
        return boa.env.evm.patch.timestamp
