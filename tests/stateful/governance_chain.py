"""The SequencerGovernor and its Timelock: arguments of any kind, EIP-712 and signatures."""

from functools import cache

from eth_abi import encode
from eth_keys.datatypes import PrivateKey
from eth_utils import function_signature_to_4byte_selector, keccak
from vyper.compiler.output import build_abi_output

from tests.stateful.chain import Chain, Contract, Receipt, _kind, _words, word
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

    def __init__(self, chain: Chain, deployer, *rest):
        super().__init__(chain, deployer, *rest)
        self._kinds = {
            item["name"]: [_kind(x) for x in item["inputs"]]
            for item in build_abi_output(deployer.compiler_data)
            if item["type"] == "function"
        }

    def call(self, sender: int, name: str, *args) -> Receipt:
        return self.send(sender, name, *encoded(self._kinds[name], args))


def address_of(number: int) -> str:
    return "0x" + word(number)[12:].hex()


def fitted(kind: str, value):
    """A value of the model as eth_abi wants it."""
    if kind.endswith("[]"):
        return [fitted(kind[:-2], x) for x in value]
    if kind == "address" and isinstance(value, int):
        return address_of(value)
    if kind == "bytes32" and isinstance(value, int):
        return word(value)
    if kind.startswith("("):
        return tuple(fitted(k, v) for k, v in zip(parts(kind), value, strict=True))
    return value


def parts(kind: str) -> list[str]:
    """Of a tuple's type."""
    found, depth, start = [], 0, 1
    for place, char in enumerate(kind):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        if (depth == 1 and char == ",") or depth == 0:
            found.append(kind[start:place])
            start = place + 1
            if depth == 0 and place:
                break
    return found


def encoded(kinds: list[str], args: tuple) -> list[int]:
    values = [fitted(kind, value) for kind, value in zip(kinds, args, strict=True)]
    return _words(encode(kinds, values))


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
    return selector(call.name) + b"".join(map(word, encoded(kinds, args)))


@cache
def describe(calls: tuple[Call, ...]) -> tuple[int, tuple]:
    """Hash, and actions as they are in arguments and events."""
    actions = tuple((address_of(call.target), data_of(call)) for call in calls)
    return int.from_bytes(keccak(encode(["(address,bytes)[]"], [actions])), "big"), actions


def signatures_of(given: Signatures) -> tuple:
    return given.bits, [(x.r, x.vs) for x in given.signatures]


# ------------------------------------------------------------ signatures


def domain_separator(chain_id: int, at: int) -> int:
    words = [keccak(text=x) for x in (DOMAIN_TYPE, "MetisSequencerGovernor", "1")]
    return int.from_bytes(keccak(b"".join([*words, word(chain_id), word(at)])), "big")


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
