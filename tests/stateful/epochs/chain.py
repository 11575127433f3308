"""The SequencerSet behind its messenger, and the people who use it."""

from functools import cache

from eth_utils import keccak

from seqpool.units import HOUR
from tests.stateful.chain import (
    CHAIN_ID,
    Chain,
    Contract,
    Receipt,
    Reverted,
    actor,
    address_of,
    compiled,
)
from tests.stateful.encoding import bytes_words, word, words
from tests.stateful.signing import domain_separator, signer

# Short epochs, so that many pass.
LAUNCH = {"epoch_length": 10, "block_timeout": 60, "fallback_delay": 2 * HOUR}

STRANGER, RELAY = actor("stranger"), actor("relay")
MESSENGER, SET = address_of("messenger"), address_of("sequencer set")
FALLBACKS = [actor(f"fallback sequencer {i}") for i in range(2)]
SIGNERS = [signer(number) for number in range(10)]
OUTSIDER = len(SIGNERS)  # a key in no committee
NAMES = {
    STRANGER: "stranger",
    RELAY: "relay",
    MESSENGER: "messenger",
    **{x: f"fallback {i}" for i, x in enumerate(FALLBACKS)},
    **{x: f"signer {i}" for i, x in enumerate(SIGNERS)},
    signer(OUTSIDER): "outsider",
}
DOMAIN = domain_separator("MetisSequencerSet", CHAIN_ID, SET)
OTHER_DOMAIN = domain_separator("MetisSequencerSet", 1_088, SET)  # of another chain

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


@cache
def deployed() -> tuple[Chain, MessengerContract, SetContract]:
    """Once a process, since each example is undone."""
    chain = Chain()
    messenger = MessengerContract(chain, compiled("LocalMessenger"), "messenger")
    terms = (*LAUNCH.values(), FALLBACKS[0])
    what = compiled("SequencerSet")
    sequencer_set = SetContract(chain, what, "sequencer set", MESSENGER, RELAY, terms)
    return chain, messenger, sequencer_set
