"""The SequencerSet behind its messenger: dynamic arguments as words, EIP-712 and signatures."""

from functools import cache

from eth_keys.datatypes import PrivateKey
from eth_utils import keccak

from tests.stateful.chain import CHAIN_ID, Contract, Receipt, Reverted, word, words
from tests.stateful.epochs_model import Certificate, Correction, Reelection, Signature

# docs/design.md section 2.
TYPES = {
    Reelection: "Reelection(uint64 committeeNonce,uint64 epoch,uint8 round,address failed,"
    "uint64 lastBlock,uint64 lastBlockTimestamp,uint8 reason)",
    Correction: "Correction(uint64 committeeNonce,uint64 epoch,uint64 blockNumber,"
    "bytes32 blockHash,address signer)",
}
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
GAS_LIMIT = 10_000_000


class MessengerContract(Contract):
    """A LocalMessenger; the receipt is that of the set, to which it delivers."""

    def deliver(self, sender: int, target: Contract, data: bytes) -> Receipt:
        given = (CHAIN_ID, target.at, 4 * 32, GAS_LIMIT, *bytes_words(data))
        receipt = self.send(sender, "sendMessageViaChainId", *given)
        return receipt if receipt.reason else Receipt(None, [], target.events())


class SetContract(Contract):
    """A SequencerSet."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        # of two functions with one name
        signatures = {"fallback": "fallback(uint256[])", "fallback()": "fallback()"}
        self._selectors |= {name: keccak(text=x)[:4] for name, x in signatures.items()}

    def ask(self, name: str, *arguments) -> list[int] | str:
        """A view's answer, or the reason why there is none."""
        try:
            return words(self._execute(0, name, arguments, is_static=True))
        except Reverted as reverted:
            return str(reverted)

    def calldata(self, name: str, *arguments: int) -> bytes:
        return self._selectors[name] + b"".join(map(word, arguments))


# ------------------------------------------------------------ arguments


def bytes_words(data: bytes) -> list[int]:
    """Bytes as the tail of an ABI encoding."""
    padded = data + bytes(-len(data) % 32)
    return [len(data), *words(padded)]


def list_words(values: tuple[int, ...]) -> list[int]:
    """A list as the tail of an ABI encoding."""
    return [len(values), *values]


def vote_words(message: tuple[int, ...], certificate: Certificate) -> list[int]:
    """The arguments of `reelect` and `correct`."""
    members = list_words(certificate.members)
    signatures = [x for signature in certificate.signatures for x in (signature.r, signature.vs)]
    return [
        *(*message, 32 * (len(message) + 1)),
        *(3 * 32, certificate.bits, 32 * (3 + len(members))),
        *(*members, len(certificate.signatures), *signatures),
    ]


# ------------------------------------------------------------ signatures


def domain_separator(chain_id: int, at: int) -> int:
    parts = [keccak(text=x) for x in (DOMAIN_TYPE, "MetisSequencerSet", "1")]
    return int.from_bytes(keccak(b"".join([*parts, word(chain_id), word(at)])), "big")


@cache
def type_hash(kind: type) -> bytes:
    return keccak(text=TYPES[kind])


@cache
def private_key(number: int) -> PrivateKey:
    return PrivateKey(word(number + 1))


@cache
def signer(number: int) -> int:
    return int.from_bytes(private_key(number).public_key.to_canonical_address(), "big")


def sign(number: int, domain: int, message: tuple[int, ...]) -> Signature:
    struct = keccak(b"".join([type_hash(type(message)), *map(word, message)]))
    signed = private_key(number).sign_msg_hash(keccak(b"\x19\x01" + word(domain) + struct))
    v, r, s = signed.vrs
    return Signature(signer(number), (domain, message), None, r, v << 255 | s)
