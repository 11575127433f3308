"""The SequencerGovernor and its Timelock: arguments of any kind, EIP-712 and signatures."""

from functools import cache

from eth_abi import encode
from eth_keys.datatypes import PrivateKey
from eth_utils import function_signature_to_4byte_selector, keccak
from eth_utils.abi import get_abi_input_types

from tests.stateful.chain import Contract, Receipt, address, word, words
from tests.stateful.encoding import encoded
from tests.stateful.governance_model import Call, Link, Signature, Signatures, Tally

# docs/design.md sections 2 and 3.7.
TYPES = {
    Tally: "Tally(uint256 proposalId,bytes32 actionsHash,bytes32 snapshotId,uint64 endsAt,"
    "uint256 forVotes,uint256 againstVotes,uint256 abstainVotes,uint256 voters,bytes32 votesRoot)",
    Link: "VoteLink(uint256 proposalId,bytes32 snapshotId,uint64 endsAt,uint256 nonce)",
}
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
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


# ------------------------------------------------------------ actions


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


# ------------------------------------------------------------ signatures


def domain_separator(chain_id: int, at: int) -> int:
    parts = [keccak(text=x) for x in (DOMAIN_TYPE, "MetisSequencerGovernor", "1")]
    return int.from_bytes(keccak(b"".join([*parts, word(chain_id), word(at)])), "big")


@cache
def private_key(number: int) -> PrivateKey:
    return PrivateKey(word(number + 1))


@cache
def signer(number: int) -> int:
    return int.from_bytes(private_key(number).public_key.to_canonical_address(), "big")


@cache
def sign(number: int, domain: int, message: Tally | Link) -> Signature:
    struct = keccak(b"".join([keccak(text=TYPES[type(message)]), *map(word, message)]))
    signed = private_key(number).sign_msg_hash(keccak(b"\x19\x01" + word(domain) + struct))
    v, r, s = signed.vrs
    return Signature(signer(number), (domain, message), None, r, v << 255 | s)
