"""The suite with a real RewardDistributor, and all that it takes to pay somebody."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ape.api import ReceiptAPI
from eth_utils import function_signature_to_4byte_selector

from seqpool.protocol.addresses import create_address
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import RewardBatch, as_struct, domain_separator
from seqpool.protocol.reward_entries import entries, entries_hash
from tests.utils.court import L2_CHAIN_ID, Court
from tests.utils.system import METIS

# Launch values.
MRR = 2_000  # basis points a year
PACE = 2  # seconds between two blocks of L2, where a test says nothing else
FIRST_BLOCK = 1_000
L2_METIS = "0x" + 40 * "d"
BRIDGE_GAS_PRICE = 3  # wei of ETH


class Batch(NamedTuple):
    """What is signed, and the words that it has the hash of."""

    message: RewardBatch
    entries: list[int]


class Payroll(Court):
    """A court whose RewardDistributor is the contract. Its reserve is empty."""

    def deploy_pool(self, **changes):
        """With the RewardDistributor that the pool is told of; `changes` as in System."""
        self.bridge = self.deployer.deploy(self.project.MockL1ERC20Bridge, BRIDGE_GAS_PRICE)
        # after the escrow, the pool, its registry and the Slasher
        rewards = create_address(self.deployer.address, self.deployer.nonce + 4)
        pool, slash_vault = super().deploy_pool(distributor=rewards, **changes)
        self.rewards = self.deploy_rewards(pool)
        assert self.rewards.address == rewards
        return pool, slash_vault

    def deploy_rewards(self, pool=None, **changes):
        """Another RewardDistributor; `changes` replace constructor arguments."""
        pool = pool or self.pool
        arguments = {
            "pool": pool,
            "registry": self.registry_of(pool),
            "domain_separator": domain_separator(self.domain),
            "governance": self.governance,
            "bridge": self.bridge,
            "l2_chain_id": L2_CHAIN_ID,
            "l2_metis": L2_METIS,
            "first_block": FIRST_BLOCK,
            "mrr": MRR,
        } | changes
        return self.deployer.deploy(self.project.RewardDistributor, *arguments.values())

    def refusing_rewards(self):
        """A RewardDistributor with a balance of a token that refuses everything. The recipient of
        every sequencer is whoever asks."""
        # returns 2**96 to `balanceOf`, else False
        balance = function_signature_to_4byte_selector("balanceOf(address)").hex()
        token = self.deploy_code(f"60003560e01c63{balance}1460601b60005260206000f3")
        # returns the token to `metis`, else who has sent the transaction
        metis = function_signature_to_4byte_selector("metis()").hex()
        code = f"60003560e01c63{metis}14601857" + "3260005260206000f3"
        pool = self.deploy_code(f"{code}5b73{token[2:]}60005260206000f3")
        return self.deploy_rewards(pool)

    # money

    def endow(self, amount=100_000 * METIS):
        """Adds to the reserve."""
        self.metis.mint(self.rewards, amount, sender=self.deployer)

    def budget(self, power_seconds: int, seconds: int | None = None, mrr=MRR, of: int = 1) -> int:
        """What `seconds` of the `of` that made up so much power x seconds earn; by default all."""
        share = of if seconds is None else seconds
        return power_seconds * share * mrr // (of * LIMITS["YEAR"] * LIMITS["BPS"])

    # batches

    def batch(
        self, blocks: Mapping[int, int], words: Sequence[int] | None = None, **changes
    ) -> Batch:
        """That these have produced so many blocks since the last batch, until now, each PACE
        seconds after the one before, as far as there is time; or with words that say something
        else."""
        words = entries(blocks) if words is None else list(words)
        last, end = self.rewards.last_batch(), changes.get("endTimestamp", self.now())
        fields = {
            "committeeNonce": self.nonce,
            "batch": last.batch + 1,
            "startBlock": last.end_block + 1,
            "endBlock": last.end_block + sum(blocks.values()),
            "endTimestamp": end,
            "coveredTime": min(sum(blocks.values()) * PACE, max(0, end - last.end_timestamp)),
            "entriesHash": entries_hash(words),
        } | changes
        return Batch(RewardBatch(eip712_domain=self.domain, **fields), words)

    def submit(self, batch: Batch, certificate=None, sender=None) -> ReceiptAPI:
        certificate = self.certify(batch.message) if certificate is None else certificate
        return self.rewards.submit_batch(
            as_struct(batch.message), batch.entries, certificate, sender=sender or self.stranger
        )

    def pay(self, blocks: Mapping[int, int], seconds: int, **changes) -> ReceiptAPI:
        """A batch that ends so many seconds after the last, in the very second of its block."""
        end = self.rewards.last_batch().end_timestamp + seconds
        batch = self.batch(blocks, endTimestamp=end, **changes)
        self.at(end)
        return self.submit(batch)

    def catch_up(self) -> int:
        """Lets all time pass without a block, so that the next batch begins now; when that is."""
        last = self.rewards.last_batch().end_timestamp
        return self.pay({}, self.now() + 10 - last).timestamp

    def accepted(self, receipt: ReceiptAPI):
        """The BatchAccepted event."""
        (event,) = receipt.decode_logs(self.rewards.BatchAccepted)
        return event
