"""Slasher, SlashVault, pool and registry, and the people who use them."""

from functools import cache

from eth_utils import keccak

from seqpool.units import METIS
from tests.stateful.chain import (
    Chain,
    Contract,
    Event,
    Reverted,
    actor,
    address,
    address_of,
    compiled,
    deployer,
)
from tests.stateful.encoding import words
from tests.stateful.signing import domain_separator, hash_struct
from tests.stateful.slashing.model.records import CEILINGS, Side, Stake
from tests.utils.court import PENALTIES
from tests.utils.system import PARAMETERS

MIN_STAKE, CAP = PARAMETERS["min_stake"], PARAMETERS["cap"]
# In the order of CEILINGS, by kind.
LAUNCH = dict(
    zip(
        CEILINGS,
        (
            PENALTIES[x]
            for x in (
                *("timeout_maximum", "timeout", "backlog"),
                *("invalid_execution", "equivocation", "mass_outage"),
            )
        ),
        strict=True,
    )
)

GOVERNANCE, GUARDIAN, STRANGER = map(actor, ("governance", "guardian", "stranger"))
MINTER = deployer("metis")
POOL, REGISTRY, SLASH_VAULT, SLASHER, TOKEN, SET = map(
    address_of, ("pool", "registry", "slash vault", "slasher", "metis", "sequencer set")
)
OWNERS = [actor(f"owner {i}") for i in range(12)]
VAULTS = [actor(f"vault {i}") for i in range(2)]
TREASURIES = [actor(f"treasury {i}") for i in range(3)]
NAMES = {
    GOVERNANCE: "governance",
    GUARDIAN: "guardian",
    STRANGER: "stranger",
    **{x: f"owner {i}" for i, x in enumerate(OWNERS)},
    **{x: f"vault {i}" for i, x in enumerate(VAULTS)},
    **{x: f"treasury {i}" for i, x in enumerate(TREASURIES)},
}
PURSES = {**dict.fromkeys(OWNERS, 500_000 * METIS), **dict.fromkeys(VAULTS, 800_000 * METIS)}
HOLDERS = [*PURSES, *TREASURIES, STRANGER, POOL, SLASH_VAULT]
# Who sends what only one may send.
STRANGERS = [STRANGER, GUARDIAN, GOVERNANCE, OWNERS[0], VAULTS[0]]
DOMAIN = domain_separator("MetisSequencerSet", 1_088, SET)
OTHER_DOMAIN = domain_separator("MetisSequencerSet", 59_902, SET)


class SuiteContract(Contract):
    """One of several contracts, each of which decodes its own part of a receipt."""

    def __init__(self, suite: dict[str, Contract], *arguments):
        super().__init__(*arguments)
        self._suite = suite
        suite[address(self.at)] = self

    def events(self) -> list[Event]:
        """Of all contracts, in the last call."""
        return [self._suite[by].event(*logged) for by, *logged in self.chain.logs()]


class Pool(SuiteContract):
    """A SequencerPool."""

    def record(self, id: int) -> list[int] | None:
        try:
            return words(self._execute(0, "sequencer", (id,), is_static=True))
        except Reverted:
            return None

    def stake(self, id: int, record: list[int]) -> Stake:
        """From the single entries, not from the sums that the Slasher is told."""
        sides = []
        for side, at in enumerate((10, 15)):
            count = record[at + 4]
            entries = [tuple(self.view("unbonding_at", id, side, place)) for place in range(count)]
            sides.append(Side(record[at], entries))
        return Stake(record[0], record[4], tuple(sides))


def moved(events: list[Event]) -> list[tuple]:
    """Who paid whom, and how much."""
    return [x.args for x in events if x.name == "Transfer"]


def hash_of(message: tuple | bytes) -> int:
    """hashStruct of a message, or the hash of a text."""
    if isinstance(message, bytes):
        return int.from_bytes(keccak(message), "big")
    return hash_struct(message)


@cache
def deployed() -> tuple[Chain, SuiteContract, SuiteContract, Pool, SuiteContract, SuiteContract]:
    """The chain, METIS, SlashVault, pool, registry and Slasher: once a process, as each example is
    undone."""
    chain, suite = Chain(), {}

    def deploy(kind: type, name: str, title: str, *arguments):
        return kind(suite, chain, compiled(name), title, *arguments)

    metis = deploy(SuiteContract, "MockMETIS", "metis")
    ends = (TOKEN, POOL, GOVERNANCE, TREASURIES[0])
    slash_vault = deploy(SuiteContract, "SlashVault", "slash vault", *ends)
    roles = (TOKEN, SLASH_VAULT, GOVERNANCE, GUARDIAN, SLASHER, 0)
    pool = deploy(Pool, "SequencerPool", "pool", *roles, tuple(PARAMETERS.values()))
    registry = deploy(SuiteContract, "CommitteeRegistry", "registry", POOL)
    terms = (GOVERNANCE, GUARDIAN, tuple(PENALTIES.values()))
    slasher = deploy(SuiteContract, "Slasher", "slasher", POOL, REGISTRY, DOMAIN, *terms)
    for user, amount in PURSES.items():
        metis.send(MINTER, "mint", user, amount)
        metis.send(user, "approve", POOL, amount)
    return chain, metis, slash_vault, pool, registry, slasher
