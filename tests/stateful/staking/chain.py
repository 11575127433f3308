"""StakedMetis, the pool and a distributor that lies, and the people who use them."""

from functools import cache

from seqpool.units import METIS
from tests.stateful.chain import (
    Chain,
    Contract,
    actor,
    address_of,
    compiled,
    compiled_source,
    deployer,
)
from tests.stateful.signing import consent, public_key, signer
from tests.utils.lst import TILL
from tests.utils.system import PARAMETERS

EXIT_DELAY, CAP = PARAMETERS["exit_delay"], PARAMETERS["cap"]
GOVERNANCE, GUARDIAN, SLASHER, ALLOCATOR, TREASURY = map(
    actor, ("governance", "guardian", "slasher", "allocator", "treasury")
)
MINTER = deployer("metis")
TOKEN, POOL, SLASH_VAULT, VAULT, TILLS = map(
    address_of, ("metis", "pool", "slash vault", "vault", "till")
)
# who stays, who leaves, who comes after a slash, who sandwiches a refund, who sends dust
USERS = [STAYER, LEAVER, NEWCOMER, SANDWICHER, GRIEFER] = [
    actor(name) for name in ("stayer", "leaver", "newcomer", "sandwicher", "griefer")
]
IDS = (1, 2)  # sequencers that are paired with the vault
PURSE = 2_000_000 * METIS


@cache
def deployed() -> tuple[Chain, dict[str, Contract]]:
    """Once a process, as each example is undone."""
    chain = Chain()

    def deploy(name: str, title: str, *arguments):
        return Contract(chain, compiled(name), title, *arguments)

    suite = {
        "metis": deploy("MockMETIS", "metis"),
        "slash_vault": deploy("SlashVault", "slash vault", TOKEN, POOL, GOVERNANCE, TREASURY),
        "pool": deploy(
            *("SequencerPool", "pool"),
            *(TOKEN, SLASH_VAULT, GOVERNANCE, GUARDIAN, SLASHER, TILLS),
            tuple(PARAMETERS.values()),
        ),
        "vault": deploy("StakedMetis", "vault", POOL, GOVERNANCE, ALLOCATOR),
        "till": Contract(chain, compiled_source(TILL), "till", TOKEN),
    }
    for user in USERS:
        suite["metis"].send(MINTER, "mint", user, PURSE)
        suite["metis"].send(user, "approve", VAULT, 2**256 - 1)
    suite["metis"].send(MINTER, "mint", TILLS, PURSE)
    for id in IDS:
        owner = actor(f"owner {id}")
        for name, *arguments in (
            ("approve", owner),
            ("set_pairing", owner, VAULT, 0),
        ):
            assert suite["pool"].send(GOVERNANCE, name, *arguments).reason is None
        nonce = suite["pool"].view("admission", owner)[2]
        signature = consent(POOL, owner, id, nonce)
        what = (signer(id), 0, owner, *public_key(id), *signature)
        assert suite["pool"].send(owner, "lock", *what).reason is None
    return chain, suite
