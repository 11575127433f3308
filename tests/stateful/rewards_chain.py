"""Pool, SlashVault, RewardDistributor and StakedMetis: deployment, and receipts of them all."""

from typing import NamedTuple

from eth_utils import keccak

from tests.stateful.chain import Chain, Contract, Event, Receipt, address, compiled, word
from tests.stateful.epochs_chain import TYPES, bytes_words, list_words
from tests.stateful.epochs_model import Certificate
from tests.stateful.rewards_model import RewardBatch

# docs/design.md section 2.
TYPES |= {
    RewardBatch: "RewardBatch(uint64 committeeNonce,uint64 batch,uint64 startBlock,"
    "uint64 endBlock,uint64 endTimestamp,bytes32 entriesHash)"
}


class TitledContract(Contract):
    """One of several contracts; the names of events begin with the title of whose they are."""

    def __init__(self, suite: dict, title: str, chain: Chain, name: str, *arguments):
        super().__init__(chain, compiled(name), title, *arguments)
        self._suite = suite
        suite[address(self.at)] = title, self

    def events(self) -> list[Event]:
        """Of all contracts, in the last call."""
        events = []
        for by, *logged in self.chain.logs():
            title, contract = self._suite[by]
            name, args = contract.event(*logged)
            events.append(Event(f"{title}.{name}", args))
        return events


class Contracts(NamedTuple):
    metis: TitledContract
    bridge: TitledContract
    escrow: TitledContract  # SlashVault
    pool: TitledContract
    rewards: TitledContract
    staked: TitledContract


def deploy(chain: Chain, at: dict[str, int], people: dict[str, int], **values):
    """All contracts at their addresses; the pool names the RewardDistributor later. `values` are
    parameters, domain and terms."""
    suite: dict = {}

    def contract(title: str, name: str, *arguments) -> TitledContract:
        return TitledContract(suite, title, chain, name, *arguments)

    token, pool, escrow, bridge = (at[x] for x in ("metis", "pool", "escrow", "bridge"))
    governance, guardian, slasher, distributor, treasury, allocator = (
        people[x]
        for x in ("governance", "guardian", "slasher", "distributor", "treasury", "allocator")
    )
    roles = (governance, guardian, slasher, distributor)
    l2 = (bridge, values["l2_chain_id"], values["l2_metis"])
    terms = (values["first_block"], values["mrr"], values["block_time"])
    return Contracts(
        contract("metis", "MockMETIS"),
        contract("bridge", "MockL1ERC20Bridge", 3),
        contract("escrow", "SlashVault", token, pool, governance, treasury),
        contract("pool", "SequencerPool", token, escrow, *roles, values["parameters"]),
        contract(
            *("rewards", "RewardDistributor", pool, values["domain"], governance),
            *(*l2, *terms),
        ),
        contract("staked", "StakedMetis", pool, governance, allocator),
    )


def paid(receipt: Receipt) -> list[tuple]:
    """Who paid whom in METIS, and how much."""
    return [x.args for x in receipt.events if x.name == "metis.Transfer"]


def entries_hash(entries: tuple[int, ...]) -> int:
    """keccak256 of the ABI-encoded list."""
    words = (32, *list_words(entries))
    return int.from_bytes(keccak(b"".join(map(word, words))), "big")


def batch_words(
    batch: RewardBatch, entries: tuple[int, ...], certificate: Certificate
) -> list[int]:
    """The arguments of `submit_batch`."""
    list_ = list_words(entries)
    members = list_words(certificate.members)
    signatures = [x for signature in certificate.signatures for x in (signature.r, signature.vs)]
    head = 32 * (len(batch) + 2)
    return [
        *(*batch, head, head + 32 * len(list_), *list_),
        *(3 * 32, certificate.bits, 32 * (3 + len(members))),
        *(*members, len(certificate.signatures), *signatures),
    ]


def text_words(*static: int, text: bytes) -> list[int]:
    """Arguments of which the last is a text."""
    return [*static, 32 * (len(static) + 1), *bytes_words(text)]
