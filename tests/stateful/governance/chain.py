"""The SequencerGovernor, its Timelock and a contract to call, and the people who use them."""

from functools import cache

from eth_abi import encode
from eth_utils import function_signature_to_4byte_selector, keccak
from eth_utils.abi import get_abi_input_types

from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.units import METIS
from tests.stateful.chain import (
    CHAIN_ID,
    Chain,
    Contract,
    Receipt,
    actor,
    address,
    address_of,
    compiled,
    compiled_source,
    deployer,
)
from tests.stateful.encoding import encoded, words
from tests.stateful.governance.model import Call, Law, Signatures
from tests.stateful.signing import domain_separator, signer
from tests.utils.parliament import DESK

GOVERNOR, TIMELOCK_AT, DESK_AT, TOKEN = map(address_of, ("governor", "timelock", "desk", "metis"))
STRANGER, PROPOSER, SQUATTER, POOR = map(actor, ("stranger", "proposer", "squatter", "poor"))
GUARDIANS = [actor(f"working group {i}") for i in range(2)]
ATTESTERS = [signer(number) for number in range(6)]
OUTSIDER = len(ATTESTERS)  # a key that never attests
THRESHOLD = 10 * METIS
BALANCES = {PROPOSER: THRESHOLD, SQUATTER: THRESHOLD, POOR: THRESHOLD - 1}
LAUNCH = {"quorum": 50_000 * METIS, "wallets": 500, "approval": 8_000}
DESK_ROWS = {
    "note": (ProposalKind.INFRASTRUCTURE, Delay.ORDINARY),
    "record": (ProposalKind.GOVERNANCE, Delay.ORDINARY),
    "change": (ProposalKind.GOVERNANCE, Delay.PARAMETERS),
    "replace": (ProposalKind.GOVERNANCE, Delay.CUSTODY),
}
OWN_ROWS = {
    **dict.fromkeys(("set_permission", "set_attesters", "set_guardian"), Delay.CUSTODY),
    **dict.fromkeys(
        ("set_quorum", "set_wallets", "set_approval", "set_proposal_threshold"), Delay.PARAMETERS
    ),
}
NAMES = {
    STRANGER: "stranger",
    PROPOSER: "proposer",
    SQUATTER: "squatter",
    POOR: "poor",
    GOVERNOR: "governor",
    DESK_AT: "desk",
    TIMELOCK_AT: "timelock",
    **{x: f"guardian {i}" for i, x in enumerate(GUARDIANS)},
    **{x: f"attester {i}" for i, x in enumerate(ATTESTERS)},
}
DOMAIN = domain_separator("MetisSequencerGovernor", CHAIN_ID, GOVERNOR)

NUMBER = "uint256"
FUNCTIONS = {
    **{name: [NUMBER] for name in ("note", "record", "change", "replace")},
    **{f"set_{x}": [NUMBER] for x in ("quorum", "wallets", "approval", "proposal_threshold")},
    "damage": ["bool"],
    "set_guardian": ["address"],
    "set_attesters": ["address[]", NUMBER],
    "set_permission": ["(address,bytes4,uint256,uint256)"],
}


class AnyContract(Contract):
    """Takes arguments as eth_abi does, and numbers for addresses and hashes."""

    def call(self, sender: int, name: str, *args) -> Receipt:
        kinds = get_abi_input_types(self.functions[name])
        return self.send(sender, name, *words(encoded(kinds, args)))


@cache
def selector(name: str) -> bytes:
    return function_signature_to_4byte_selector(f"{name}({','.join(FUNCTIONS[name])})")


@cache
def data_of(call: Call) -> bytes:
    if call.name == "short":
        return b"\x01\x02\x03"
    kinds, args = FUNCTIONS[call.name], call.args
    if call.name == "set_permission":
        target, name, *rest = args
        args = ((target, selector(name), *rest),)
    return selector(call.name) + encoded(kinds, args)


@cache
def describe(calls: tuple[Call, ...]) -> tuple[int, tuple]:
    """Hash, and actions as they are in arguments and events."""
    actions = tuple((address(call.target), data_of(call)) for call in calls)
    return int.from_bytes(keccak(encode(["(address,bytes)[]"], [actions])), "big"), actions


def signatures_of(given: Signatures) -> tuple:
    return given.bits, [(x.r, x.vs) for x in given.signatures]


@cache
def deployed() -> tuple[Chain, AnyContract, AnyContract, AnyContract]:
    """Once a process, since each example is undone."""
    chain = Chain()

    def deploy(name: str, title: str, *arguments):
        return AnyContract(chain, compiled(name), title, *arguments)

    token = deploy("MockMETIS", "metis")
    for holder, amount in BALANCES.items():
        assert token.call(deployer("metis"), "mint", holder, amount).reason is None
    timelock = deploy("Timelock", "timelock", GOVERNOR)
    desk = AnyContract(chain, compiled_source(DESK), "desk")
    ends = (TOKEN, TIMELOCK_AT, GUARDIANS[0])
    rows = [(DESK_AT, selector(x), *row) for x, row in DESK_ROWS.items()]
    law = (ATTESTERS[:3], 2, tuple(LAUNCH.values()), THRESHOLD, rows)
    return chain, deploy("SequencerGovernor", "governor", *ends, *law), timelock, desk


def launch_law() -> Law:
    rows = {(DESK_AT, name): row for name, row in DESK_ROWS.items()}
    rows |= {(GOVERNOR, name): (ProposalKind.GOVERNANCE, delay) for name, delay in OWN_ROWS.items()}
    return Law(dict(LAUNCH), THRESHOLD, rows, ATTESTERS[:3], 2, GUARDIANS[0])
