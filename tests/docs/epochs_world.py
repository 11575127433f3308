"""A SequencerSet in the EVM and its model, side by side: each call is made on both and compared."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count

from eth_abi import decode
from eth_utils import keccak

from tests.docs.committees_model import HIGH_S, Certificate, Reverts
from tests.docs.epochs_model import Model
from tests.stateful.chain import (
    CHAIN_ID,
    REVERTED,
    Chain,
    Contract,
    Reverted,
    actor,
    address_of,
    compiled,
    words,
)
from tests.stateful.signing import domain_separator, private_key, signer

MESSENGER, SET = address_of("messenger"), address_of("sequencer set")
RELAY, STRANGER = actor("relay"), actor("stranger")
GAS_LIMIT = 20_000_000  # of a message from L1
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
# what the EVM says of a revert that returns nothing
BARE = "output: 0x }"

# docs/integrators.md, by the number of fields of a message
TYPES = {
    7: "Reelection(uint64 committeeNonce,uint64 epoch,uint8 round,address failed,uint64 lastBlock,"
    "uint64 lastBlockTimestamp,uint8 reason)",
    5: "Correction(uint64 committeeNonce,uint64 epoch,uint64 blockNumber,bytes32 blockHash,"
    "address signer)",
}
MESSAGE = "(uint64,uint64,uint8,address,uint64,uint64,uint8)"
CORRECTION = "(uint64,uint64,uint64,bytes32,address)"
CERTIFICATE = "(uint256[],uint256,(uint256,uint256)[])"
SIGNATURES = {
    name: f"{name}({arguments})"
    for name, arguments in {
        "commit_epoch": "uint256[]",
        "reelect": f"{MESSAGE},{CERTIFICATE}",
        "correct": f"{CORRECTION},{CERTIFICATE}",
        "heartbeat": "",
        "fallback": "uint256[]",
        "install_committee": "uint256,bytes32,bytes32",
        "apply_call": "uint256,bytes",
        "set_epoch_length": "uint256",
        "set_block_timeout": "uint256",
        "set_fallback_delay": "uint256",
        "set_fallback_sequencer": "address",
        "sequencer_at": "uint256",
        "epoch_at": "uint256",
        "current_epoch": "",
        "last_epoch": "",
        "epochs": "uint256",
        "draw": "uint256[],uint256,uint256",
        "is_barred": "address",
        "bar_of": "address",
        "reelections": "address",
        "committee": "",
        "previous_committee": "",
        "parameters": "",
        "alive_at": "",
        "reelected_at": "",
        "call_count": "",
        "messenger": "",
        "relay": "",
    }.items()
}
# views without an argument, but for constants and `current_epoch`
STATE = (
    *("last_epoch", "alive_at", "reelected_at", "call_count"),
    *("committee", "previous_committee", "parameters"),
)
DOMAIN = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
SELECTORS = {name: keccak(text=signature)[:4] for name, signature in SIGNATURES.items()}
# of two functions with one name
SELECTORS["fallback()"] = keccak(text="fallback()")[:4]


def selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


def packed(numbers: Iterable[int]) -> bytes:
    return b"".join(x.to_bytes(32, "big") for x in numbers)


def list_words(values: Sequence[int]) -> list[int]:
    """A list as the tail of an ABI encoding."""
    return [len(values), *values]


# ---------------------------------------------------------------- keys and signatures


@cache
def separator() -> bytes:
    return domain_separator("MetisSequencerSet", CHAIN_ID, SET).to_bytes(32, "big")


@cache
def type_hash(fields: int) -> bytes:
    return keccak(text=TYPES[fields])


def digest(message: Sequence[int]) -> bytes:
    struct = keccak(type_hash(len(message)) + packed(message))
    return keccak(b"\x19\x01" + separator() + struct)


class Signature:
    """(r, vs), and whom the model is told that it recovers to."""

    def __init__(self, r: int, vs: int, recovered: int | None):
        self.r, self.vs, self.recovered = r, vs, recovered


def sign(number: int, message: Sequence[int]) -> Signature:
    v, r, s = private_key(number).sign_msg_hash(digest(message)).vrs
    return Signature(r, v << 255 | s, signer(number))


def flawed(signature: Signature, flaw: str) -> Signature:
    parity = signature.vs >> 255
    match flaw:
        case "s is just too high":
            return Signature(signature.r, parity << 255 | ORDER // 2 + 1, HIGH_S)
        case "s is as high as can be":
            return Signature(signature.r, parity << 255 | 2**255 - 1, HIGH_S)
        case "s is 0":
            return Signature(signature.r, parity << 255, None)
        case "r is 0":
            return Signature(0, signature.vs, None)
        case "r is the order":
            return Signature(ORDER, signature.vs, None)
        case "r is no x":
            return Signature(no_x(), signature.vs, None)
    raise ValueError(flaw)


@cache
def no_x() -> int:
    """A number below the order that is no x of a point of secp256k1."""
    field = 2**256 - 2**32 - 977
    return next(x for x in count(1) if pow(x**3 + 7, (field - 1) // 2, field) != 1)


# ---------------------------------------------------------------- the contract


class SetContract(Contract):
    """The SequencerSet; arguments and answers are words."""

    def call(self, sender: int, data: bytes) -> list[int] | str:
        """What a transaction returns, or the reason of its revert: empty if it has none."""
        return self._outcome(sender, data, is_static=False)

    def ask(self, name: str, *arguments: int) -> list[int] | str:
        """The same of a view."""
        return self._outcome(0, SELECTORS[name] + packed(arguments), is_static=True)

    def _outcome(self, sender: int, data: bytes, is_static: bool) -> list[int] | str:
        try:
            return words(self.chain.execute(sender, self.at, data, is_static))
        except Reverted as reverted:
            return reason_of(reverted)


def reason_of(reverted: Reverted) -> str:
    """Empty for a revert that returns nothing; anything else that stops a call is no revert."""
    reason = str(reverted)
    if not reason.startswith("no reason: "):
        return reason
    assert BARE in reason, reason
    return ""


def deployment(messenger: int, relay: int, terms: tuple, block: int, timestamp: int) -> list | str:
    """The events of the constructor, or the reason of its revert."""
    chain = Chain(timestamp, block)
    code = compiled("SequencerSet")
    try:
        made = SetContract(chain, code, "sequencer set", messenger, relay, terms)
    except RuntimeError as error:
        output = REVERTED.search(str(error))
        return decode(["string"], bytes.fromhex(output[1])[4:])[0]
    return [tuple(x) for x in made.events()]


class MessengerContract(Contract):
    """The LocalMessenger."""

    def deliver(self, sender: int, data: bytes) -> str | None:
        """Sends a call to the set. The reason of the revert, if it fails."""
        padded = data + bytes(-len(data) % 32)
        head = [CHAIN_ID, SET, 4 * 32, GAS_LIMIT, len(data)]
        call = selector("sendMessageViaChainId(uint256,address,bytes,uint32)")
        try:
            self.chain.execute(sender, self.at, call + packed(head) + padded)
        except Reverted as reverted:
            return reason_of(reverted)
        return None


# ---------------------------------------------------------------- both


class Launch:
    """A chain with a messenger and a set, whose state every world begins with."""

    def __init__(self, terms: tuple[int, int, int, int], block: int, timestamp: int):
        self.terms, self.block, self.timestamp = terms, block, timestamp
        self.chain = Chain(timestamp, block)
        self.messenger = MessengerContract(self.chain, compiled("LocalMessenger"), "messenger")
        arguments = (MESSENGER, RELAY, terms)
        code = compiled("SequencerSet")
        self.set = SetContract(self.chain, code, "sequencer set", *arguments)
        self.events = [tuple(x) for x in self.set.events()]


def plain(answer: object) -> list[int]:
    """An answer of the model as words."""
    if answer is None:
        return []
    if isinstance(answer, tuple):
        return [int(x) for x in answer]
    return [int(answer)]


class World:
    """Enter it to begin anew; leaving undoes what was done on the chain."""

    def __init__(self, launch: Launch):
        self.launch = launch
        self.chain, self.messenger, self.set = launch.chain, launch.messenger, launch.set
        self.model = Model(
            CHAIN_ID, SET, MESSENGER, RELAY, *launch.terms, launch.block, launch.timestamp
        )
        self.log: list[str] = []  # what was done, for whoever reads a failure

    def __enter__(self) -> "World":
        self._anchor = self.chain.anchor()
        self._anchor.__enter__()
        self.expect("events of the constructor", self.launch.events, self.model.events)
        return self

    def __exit__(self, *_):
        self._anchor.__exit__(None, None, None)

    def wait(self, blocks: int, seconds: int):
        if blocks:
            self.chain.block += blocks
            self.chain.now += seconds

    def expect(self, what: str, contract: object, model: object):
        steps = "\n".join(self.log[-12:])
        assert contract == model, f"{steps}\n{what}: contract {contract}, model {model}"

    def do(
        self, sender: int, name: str, *arguments, data: bytes, origin: int | None = None
    ) -> bool:
        """A transaction: `origin` sends it through the messenger, if given. Whether it succeeds."""
        model, at = self.model, {"block_number": self.chain.block, "timestamp": self.chain.now}
        if origin is not None:
            sender = MESSENGER
        if name in ("install_committee", "apply_call"):
            at["is_relay"] = origin == RELAY
        before = len(model.events)
        self.log.append(f"block {self.chain.block}, {self.chain.now} s: {name}{arguments}")
        try:
            answer = plain(getattr(model, name)(*arguments, sender=sender, **at))
        except Reverts as reverts:
            answer = reverts.reason
        if origin is None:
            done = self.set.call(sender, data)
        else:
            reason = self.messenger.deliver(origin, data)
            done = [] if reason is None else reason
        self.log[-1] += f" -> {done}"
        self.expect(name, done, answer)
        is_done = not isinstance(done, str)
        events = [tuple(x) for x in self.set.events()] if is_done else []
        self.expect(f"events of {name}", events, model.events[before:])
        return is_done

    def view(self, name: str, *arguments: int):
        self.compare_view(name, arguments, arguments)

    def view_draw(self, members: Sequence[int], epoch: int, round: int):
        given = [96, epoch, round, *list_words(members)]
        self.compare_view("draw", given, (members, epoch, round))

    def compare_view(self, name: str, given: Sequence[int], arguments: Sequence):
        at = {"block_number_now": self.chain.block} if name == "current_epoch" else {}
        try:
            told = plain(getattr(self.model, name)(*arguments, **at))
        except Reverts as reverts:
            told = reverts.reason
        asked = self.set.ask(name, *given)
        if asked != told:  # else no text is made
            self.expect(f"{name}{tuple(arguments)}", asked, told)

    # calls

    def commit_epoch(self, sender: int, members: Sequence[int]) -> bool:
        data = SELECTORS["commit_epoch"] + packed([32, *list_words(members)])
        return self.do(sender, "commit_epoch", members, data=data)

    def vote(self, name: str, sender: int, message: Sequence[int], vote: "Vote") -> bool:
        """`reelect` or `correct`."""
        members = list_words(vote.members)
        pairs = [x for each in vote.signatures for x in (each.r, each.vs)]
        tail = [96, vote.bits, 32 * (3 + len(members)), *members, len(vote.signatures), *pairs]
        data = SELECTORS[name] + packed([*message, 32 * (len(message) + 1), *tail])
        return self.do(sender, name, message, vote.told, data=data)

    def heartbeat(self, sender: int) -> bool:
        return self.do(sender, "heartbeat", data=SELECTORS["heartbeat"])

    def fallback(self, sender: int, members: Sequence[int] | None) -> bool:
        """None: the function without an argument."""
        if members is None:
            return self.do(sender, "fallback", data=SELECTORS["fallback()"])
        data = SELECTORS["fallback"] + packed([32, *list_words(members)])
        return self.do(sender, "fallback", members, data=data)

    def install(
        self, nonce: int, hash: int, seed: int, origin: int | None, sender: int = 0
    ) -> bool:
        data = SELECTORS["install_committee"] + packed([nonce, hash, seed])
        name = "install_committee"
        return self.do(sender, name, nonce, hash, seed, data=data, origin=origin)

    def apply_call(self, number: int, call: bytes, origin: int | None, sender: int = 0) -> bool:
        padded = call + bytes(-len(call) % 32)
        data = SELECTORS["apply_call"] + packed([number, 64, len(call)]) + padded
        return self.do(sender, "apply_call", number, call, data=data, origin=origin)

    def set_directly(self, sender: int, name: str, value: int) -> bool:
        return self.do(sender, name, value, data=SELECTORS[name] + packed([value]))

    # views

    def compare_constants(self):
        for name in ("messenger", "relay"):
            self.view(name)
        data = self.chain.execute(0, SET, selector("eip712Domain()"), is_static=True)
        *texts, chain_id, at, salt, extensions = decode(DOMAIN, data)
        told = (*texts, chain_id, int(at, 16), int.from_bytes(salt, "big"), list(extensions))
        self.expect("eip712Domain", told, self.model.eip712Domain())

    def compare(self, signers: Iterable[int], other_block: int):
        """All views but `draw` and constants: of these signers, and near the latest epochs."""
        self.compare_state()
        last = self.model.last_epoch()
        latest = range(max(0, last - 1), last + 1)
        self.compare_epochs((*latest, last + 1))
        _, start, end = self.model.epochs(last)
        self.compare_blocks({start - 1, start, end, end + 1, max(0, other_block)})
        self.compare_signers(signers)

    def compare_all(self, signers: Iterable[int]):
        """The same, of all epochs and around all their bounds."""
        self.compare_state()
        last = self.model.last_epoch()
        self.compare_epochs(range(last + 2))
        bounds = {x for id in range(last + 1) for x in self.model.epochs(id)[1:]}
        self.compare_blocks({0, *bounds, *(x + 1 for x in bounds), *(x - 1 for x in bounds if x)})
        self.compare_signers(signers)

    def compare_state(self):
        for name in STATE:
            self.view(name)

    def compare_epochs(self, ids: Iterable[int]):
        for id in ids:
            self.view("epochs", id)

    def compare_blocks(self, blocks: Iterable[int]):
        for block in blocks:
            self.view("sequencer_at", block)
            self.view("epoch_at", block)

    def compare_signers(self, signers: Iterable[int]):
        for each in signers:
            for name in ("is_barred", "bar_of", "reelections"):
                self.view(name, each)


class Vote:
    """A certificate as the contract gets it, and as the model is told."""

    def __init__(self, members: Sequence[int], bits: int, signatures: Sequence[Signature]):
        self.members, self.bits, self.signatures = tuple(members), bits, tuple(signatures)

    @property
    def told(self) -> Certificate:
        return self.members, self.bits, [x.recovered for x in self.signatures]
