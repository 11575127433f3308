"""Pool, registry, SlashVault, RewardDistributor and StakedMetis, and the people who use them."""

from functools import cache
from typing import NamedTuple

from eth_utils import keccak

from seqpool.units import METIS
from tests.stateful.chain import (
    Chain,
    Contract,
    Event,
    Receipt,
    actor,
    address,
    address_of,
    compiled,
    deployer,
)
from tests.stateful.encoding import bytes_words, certificate_words, list_words, word
from tests.stateful.quorum import Certificate
from tests.stateful.rewards.model.records import RewardBatch
from tests.stateful.slashing.chain import DOMAIN
from tests.utils.system import PARAMETERS


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
    registry: TitledContract
    rewards: TitledContract
    staked: TitledContract


MIN_STAKE, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]
FIRST_BLOCK, MRR, L2_CHAIN_ID = 1_000, 2_000, 1_088

GOVERNANCE, GUARDIAN, SLASHER, TREASURY, ALLOCATOR, STRANGER, OTHER_VAULT = map(
    actor,
    (
        *("governance", "guardian", "slasher", "treasury", "allocator", "stranger"),
        "other vault",
    ),
)
MINTER = deployer("metis")
AT = {x: address_of(x) for x in Contracts._fields}
POOL, REWARDS, STAKED = AT["pool"], AT["rewards"], AT["staked"]
OWNERS = [actor(f"owner {i}") for i in range(7)]
USERS = [actor(f"depositor {i}") for i in range(3)]
SHAREHOLDERS = [*USERS, STRANGER]
L2_METIS = actor("metis on L2")
NAMES = {
    0: "nobody",
    GOVERNANCE: "governance",
    SLASHER: "slasher",
    ALLOCATOR: "allocator",
    STRANGER: "stranger",
    OTHER_VAULT: "other vault",
    **{x: f"owner {i}" for i, x in enumerate(OWNERS)},
    **{x: f"depositor {i}" for i, x in enumerate(USERS)},
    **{x: title for title, x in AT.items()},
}
PURSES = {
    **dict.fromkeys(OWNERS, 250_000 * METIS),
    **dict.fromkeys(USERS, 300_000 * METIS),
    OTHER_VAULT: 200_000 * METIS,
    STRANGER: 400_000 * METIS,
}
HOLDERS = [*PURSES, *AT.values(), TREASURY]


@cache
def deployed() -> tuple[Chain, Contracts]:
    """Once a process, as each example is undone."""
    chain = Chain()
    suite: dict = {}

    def contract(title: str, name: str, *arguments) -> TitledContract:
        return TitledContract(suite, title, chain, name, *arguments)

    token, escrow = AT["metis"], AT["escrow"]
    roles = (GOVERNANCE, GUARDIAN, SLASHER, STRANGER)
    l2 = (AT["bridge"], L2_CHAIN_ID, L2_METIS)
    terms = (FIRST_BLOCK, MRR)
    contracts = Contracts(
        contract("metis", "MockMETIS"),
        contract("bridge", "MockL1ERC20Bridge", 3),
        contract("escrow", "SlashVault", token, POOL, GOVERNANCE, TREASURY),
        contract("pool", "SequencerPool", token, escrow, *roles, tuple(PARAMETERS.values())),
        contract("registry", "CommitteeRegistry", POOL),
        contract(
            "rewards", "RewardDistributor", POOL, AT["registry"], DOMAIN, GOVERNANCE, *l2, *terms
        ),
        contract("staked", "StakedMetis", POOL, GOVERNANCE, ALLOCATOR),
    )
    for user, amount in PURSES.items():
        contracts.metis.send(MINTER, "mint", user, amount)
        for spender in (POOL, REWARDS, STAKED):
            contracts.metis.send(user, "approve", spender, 2**255)
    return chain, contracts


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
    head = 32 * (len(batch) + 2)
    return [*batch, head, head + 32 * len(list_), *list_, *certificate_words(certificate)]


def text_words(*static: int, text: bytes) -> list[int]:
    """Arguments of which the last is a text."""
    return [*static, 32 * (len(static) + 1), *bytes_words(text)]
