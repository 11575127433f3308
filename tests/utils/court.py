"""The suite with a real Slasher, and all that it takes to accuse somebody."""

from collections.abc import Iterable
from hashlib import sha256

from ape.api import ReceiptAPI
from eip712.messages import EIP712Message
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from seqpool.addresses import create_address
from seqpool.certificates import Certificate
from seqpool.messages import (
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
from tests.utils.system import DAY, System

# Launch values; tests/tools compares them with params/.
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


class Court(System):
    """A system whose Slasher is the contract. Sequencers' keys are kept, by signer."""

    def __init__(self, project, accounts, chain):
        self.domain = set_domain(L2_CHAIN_ID, SET_ADDRESS)
        self.keys: dict[str, LocalAccount] = {}
        self.members: list[int] = []  # of the latest committee
        super().__init__(project, accounts, chain)

    def deploy_pool(self, **changes):
        """With the Slasher that the pool is told of; `changes` as in System."""
        slasher = create_address(self.deployer.address, self.deployer.nonce + 2)
        pool, slash_vault = super().deploy_pool(slasher=slasher, **changes)
        self.court = self.deploy_slasher(pool)
        assert self.court.address == slasher
        return pool, slash_vault

    def deploy_slasher(self, pool=None, **changes):
        """Another Slasher; `changes` replace constructor arguments."""
        arguments = {
            "pool": pool or self.pool,
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

    def convene(self) -> int:
        """The sealed committee of all that can be in it; its nonce."""
        last = self.pool.last_checkpoint()
        if not last.member_left and last.made_at + DAY > self.now():
            self.wait(DAY)
        receipt = self.checkpoint_and_seal()
        (event,) = receipt.decode_logs(self.pool.CommitteeCheckpointed)
        self.members = list(event.members)
        return event.nonce

    @property
    def nonce(self) -> int:
        return self.pool.last_checkpoint().nonce

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
        self._block = getattr(self, "_block", 1_000) + 1
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

    # acts

    def report(self, message: EIP712Message, certificate=None, sender=None) -> ReceiptAPI:
        """Reports an offence, or a re-election."""
        name = "report" if isinstance(message, Offence) else "report_reelection"
        certificate = self.certify(message) if certificate is None else certificate
        function = getattr(self.court, name)
        return function(as_struct(message), certificate, sender=sender or self.stranger)

    def time_out(self, id: int, **changes) -> ReceiptAPI:
        return self.report(self.reelection(id, **changes))

    def equivocate(self, id: int, number: int = 1_000, sender=None) -> ReceiptAPI:
        """Reports two blocks of one height, signed by the same sequencer."""
        key = self.key_of(id)
        pair = [self.commitment(name, number=number) for name in ("one", "other")]
        arguments = [x for message in pair for x in (as_struct(message), sign(key, message))]
        return self.court.report_equivocation(*arguments, sender=sender or self.stranger)

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

    def locked(self, id: int) -> int:
        return self.pool.stake_of(id)[1]

    @staticmethod
    def share(amount: int, bps: int) -> int:
        """A penalty: rounded up."""
        return -(-amount * bps // 10_000)
