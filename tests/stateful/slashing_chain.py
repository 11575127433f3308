"""Slasher, SlashVault and pool: what a transaction does in all of them; messages and keys."""

from functools import cache

from eth_account import Account
from eth_utils import keccak

from seqpool.protocol.messages import signer_consent
from seqpool.protocol.signatures import compact
from tests.stateful.chain import Contract, Event, Reverted, address, word, words
from tests.stateful.epochs_chain import (
    TYPES,
    private_key,
    sign,
    signer,
    type_hash,
)
from tests.stateful.slashing_model import Commitment, Offence, Side, Stake

# docs/design.md section 2.
TYPES |= {
    Offence: "Offence(uint64 committeeNonce,uint256 sequencerId,uint8 kind,uint64 epoch,"
    "uint64 observedAt,bytes32 evidence)",
    Commitment: "BlockCommitment(uint64 epoch,uint64 blockNumber,bytes32 blockHash)",
}


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


def hash_of(message: tuple[int, ...] | bytes) -> int:
    """hashStruct of a message, or the hash of a text."""
    if isinstance(message, bytes):
        return int.from_bytes(keccak(message), "big")
    encoded = b"".join([type_hash(type(message)), *map(word, message)])
    return int.from_bytes(keccak(encoded), "big")


@cache
def public_key(number: int) -> tuple[int, ...]:
    return tuple(words(private_key(number).public_key.to_bytes()))


@cache
def consent(chain_id: int, pool: int, owner: int, number: int, nonce: int) -> tuple[int, int]:
    """A key agrees to be an owner's."""
    names = map(address, (pool, owner, signer(number)))
    message = signer_consent(chain_id, *names, nonce)
    signed = Account.from_key(word(number + 1)).sign_message(message.signable_message)
    return tuple(compact(signed.v, signed.r, signed.s))


signed = cache(sign)
