"""The contracts that the pool needs, and the people who use them."""

from functools import cache

from seqpool.units import METIS
from tests.stateful.chain import Chain, Contract, actor, address_of, compiled, deployer
from tests.utils.system import PARAMETERS

LAUNCH = PARAMETERS | {"max_sequencers": 4}  # so few that some must queue
MIN_STAKE, CAP = LAUNCH["min_stake"], LAUNCH["cap"]

GOVERNANCE, GUARDIAN, STRANGER = map(actor, ("governance", "guardian", "stranger"))
MINTER = deployer("metis")
POOL, SLASH_VAULT, TOKEN = map(address_of, ("pool", "slash vault", "metis"))
OWNERS = [actor(f"owner {i}") for i in range(9)]
VAULTS = [actor(f"vault {i}") for i in range(2)]
SLASHERS = [actor(f"slasher {i}") for i in range(2)]
DISTRIBUTORS = [actor(f"distributor {i}") for i in range(2)]
NAMES = {
    GOVERNANCE: "governance",
    GUARDIAN: "guardian",
    STRANGER: "stranger",
    **{x: f"owner {i}" for i, x in enumerate(OWNERS)},
    **{x: f"vault {i}" for i, x in enumerate(VAULTS)},
    **{x: f"slasher {i}" for i, x in enumerate(SLASHERS)},
    **{x: f"distributor {i}" for i, x in enumerate(DISTRIBUTORS)},
}
PURSES = {
    **dict.fromkeys(OWNERS, 250_000 * METIS),
    **dict.fromkeys(VAULTS, 400_000 * METIS),
    **dict.fromkeys(DISTRIBUTORS, 60_000 * METIS),
    STRANGER: 1_000 * METIS,
}
HOLDERS = [*PURSES, POOL, SLASH_VAULT]


@cache
def deployed() -> tuple[Chain, Contract, Contract, Contract, Contract]:
    """The chain, METIS, SlashVault, pool and CommitteeRegistry: once a process, since each example
    is undone."""
    chain = Chain()
    metis = Contract(chain, compiled("MockMETIS"), "metis")
    ends = (TOKEN, POOL, GOVERNANCE, STRANGER)
    slash_vault = Contract(chain, compiled("SlashVault"), "slash vault", *ends)
    roles = (TOKEN, SLASH_VAULT, GOVERNANCE, GUARDIAN, SLASHERS[0], DISTRIBUTORS[0])
    pool = Contract(chain, compiled("SequencerPool"), "pool", *roles, tuple(LAUNCH.values()))
    registry = Contract(chain, compiled("CommitteeRegistry"), "registry", POOL)
    for user, amount in PURSES.items():
        metis.send(MINTER, "mint", user, amount)
        metis.send(user, "approve", POOL, amount)
    return chain, metis, slash_vault, pool, registry
