"""The plan of a deployment: which contracts, their arguments, their addresses, and about what gas.

A contract that is told of a later one is told the address that the later one will have. That
address follows from the number of the account's transactions on its chain. If the account was used
for something else meanwhile, the contract that was told is left behind and deployed anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from seqpool.chain.accounts import named_account
from seqpool.deployment.allow_list import permissions
from seqpool.deployment.deployment_file import (
    BRIDGE,
    CARRIER,
    DISTRIBUTOR,
    GOVERNOR,
    L1_MESSENGER,
    L2_MESSENGER,
    LOCAL_MESSENGER,
    LST,
    METIS,
    POOL,
    REGISTRY,
    RELAY,
    SET,
    SLASHER,
    TIMELOCK,
    VAULT,
)
from seqpool.deployment.params import MOCK, NEW
from seqpool.deployment.target import Side, Target
from seqpool.protocol.addresses import create_address
from seqpool.protocol.messages import domain_separator, set_domain

# What creating a contract costs: the transaction, each byte, and a guess at the constructor.
_CREATE_GAS, _BYTE_GAS, _CALLDATA_GAS = 53_000, 200, 16
_CONSTRUCTOR_GAS = {
    POOL: 250_000,
    DISTRIBUTOR: 160_000,
    SET: 150_000,
    SLASHER: 150_000,
    LST: 150_000,
    VAULT: 100_000,
    RELAY: 60_000,
    TIMELOCK: 200_000,
    GOVERNOR: 2_000_000,  # an event and a word for each call on the allow-list
}
_SMALL_CONSTRUCTOR_GAS = 30_000
# Wei of ETH that mocks of the bridge want for each unit of gas on L2.
MOCK_GAS_PRICE = 10**9


@dataclass(frozen=True)
class Step:
    """A contract of the plan."""

    name: str
    chain_id: int
    address: str
    size: int  # bytes of code
    gas: int  # a guess
    is_done: bool


@dataclass(frozen=True)
class PlannedContract:
    """A contract that is to be deployed."""

    name: str
    side: Side
    arguments: Callable[[dict[str, str]], tuple]  # from the addresses of all
    tells: tuple[str, ...] = ()  # contracts that come later, whose addresses it is told


def contracts_of(target: Target) -> Iterator[PlannedContract]:
    """The contracts to deploy, in this order."""
    l1, l2, a, terms = target.l1, target.l2, target.params.addresses, target.params.l2
    chain_id, rewards = l2.provider.chain_id, target.params.rewards
    if a.metis == MOCK:
        yield PlannedContract(METIS, l1, lambda _: ())
    if rewards.bridge == MOCK:
        yield PlannedContract(BRIDGE, l1, lambda _: (MOCK_GAS_PRICE,))
    if a.governance == NEW:
        yield PlannedContract(TIMELOCK, l1, lambda at: (at[GOVERNOR],), tells=(GOVERNOR,))
    yield PlannedContract(
        VAULT,
        l1,
        lambda at: (at["metis"], at[POOL], at["governance"], a.treasury),
        tells=(POOL,),
    )
    parameters = target.params.parameters.as_tuple()
    new = [x for x, y in ((SLASHER, a.slasher), (DISTRIBUTOR, a.distributor)) if y == NEW]
    yield PlannedContract(
        POOL,
        l1,
        lambda at: (
            *(at["metis"], at[VAULT], at["governance"], a.guardian),
            *(at["slasher"], at["distributor"], parameters),
        ),
        tells=tuple(new),
    )
    yield PlannedContract(REGISTRY, l1, lambda at: (at[POOL],))
    if SLASHER in new:
        yield PlannedContract(
            SLASHER,
            l1,
            lambda at: (
                *(at[POOL], at[REGISTRY], domain_separator(set_domain(chain_id, at[SET]))),
                *(at["governance"], a.guardian, target.params.penalties.as_tuple()),
            ),
            tells=(SET,),
        )
    if DISTRIBUTOR in new:
        yield PlannedContract(
            DISTRIBUTOR,
            l1,
            lambda at: (
                *(at[POOL], at[REGISTRY], domain_separator(set_domain(chain_id, at[SET]))),
                *(at["governance"], at["bridge"], chain_id, rewards.l2_metis),
                *(rewards.first_block, rewards.mrr),
            ),
            tells=(SET,),
        )
    yield PlannedContract(LST, l1, lambda at: (at[POOL], at["governance"], a.allocator))
    if target.is_single:
        yield PlannedContract(LOCAL_MESSENGER, l1, lambda _: ())
    if not target.is_single and terms.l1_messenger == MOCK:
        yield PlannedContract(L1_MESSENGER, l1, lambda _: (MOCK_GAS_PRICE,))
    if not target.is_single and terms.l2_messenger == MOCK:
        carrier = named_account(CARRIER).address
        yield PlannedContract(L2_MESSENGER, l2, lambda _: (carrier,))
    yield PlannedContract(
        SET, l2, lambda at: (at["l2_messenger"], at[RELAY], terms.terms), tells=(RELAY,)
    )
    yield PlannedContract(
        RELAY,
        l1,
        lambda at: (at["governance"], at[REGISTRY], at["l1_messenger"], chain_id, at[SET]),
    )
    if a.governance == NEW:
        # the last, for what is on its allow-list has to be there
        yield PlannedContract(GOVERNOR, l1, partial(_governor_arguments, target))


def _governor_arguments(target: Target, at: dict[str, str]) -> tuple:
    votes = target.params.governance
    return (
        *(at["metis"], at[TIMELOCK], target.params.addresses.guardian),
        *(list(votes.attesters), votes.attestation_threshold),
        *(votes.criteria, votes.proposal_threshold),
        permissions(at, target.containers.__getitem__),
    )


def plan(target: Target) -> list[Step]:
    """What is there, and what will be created where."""
    contracts = list(contracts_of(target))
    kept = {x.name for x in contracts if x.side.is_there(x.name)}
    while True:
        addresses = _planned(target, contracts, kept)
        misled = {
            x.name
            for x in contracts
            if x.name in kept
            and x.side.journal.contracts[x.name]["told"] != [addresses[y] for y in x.tells]
        }
        if not misled:
            break
        kept -= misled
    steps = []
    for contract in contracts:
        name, side = contract.name, contract.side
        size = len(target.runtime_code(name))
        gas = (
            _CREATE_GAS
            + size * _BYTE_GAS
            + len(target.creation_code(name)) * _CALLDATA_GAS
            + _CONSTRUCTOR_GAS.get(name, _SMALL_CONSTRUCTOR_GAS)
        )
        chain_id, address = side.provider.chain_id, addresses[name]
        steps.append(Step(name, chain_id, address, size, gas, name in kept))
    return steps


def _planned(target: Target, contracts: list[PlannedContract], kept: set[str]) -> dict[str, str]:
    """Where all are when those that are not kept were created, in this order."""
    nonces = {side: side.provider.get_nonce(target.account.address) for side in target.sides}
    addresses = {}
    for contract in contracts:
        name, side = contract.name, contract.side
        if name in kept:
            addresses[name] = side.journal.address(name)
        else:
            addresses[name] = create_address(target.account.address, nonces[side])
            nonces[side] += 1
    return addresses


def addresses_of(target: Target, planned: dict[str, str]) -> dict[str, str]:
    """Those of all contracts, ours and others'."""
    a = target.params.addresses
    return planned | {
        "metis": planned.get(METIS, a.metis),
        "governance": planned.get(TIMELOCK, a.governance),
        "slasher": planned.get(SLASHER, a.slasher),
        "distributor": planned.get(DISTRIBUTOR, a.distributor),
        "bridge": planned.get(BRIDGE, target.params.rewards.bridge),
        "l1_messenger": planned.get(LOCAL_MESSENGER)
        or planned.get(L1_MESSENGER, target.params.l2.l1_messenger),
        "l2_messenger": planned.get(LOCAL_MESSENGER)
        or planned.get(L2_MESSENGER, target.params.l2.l2_messenger),
    }
