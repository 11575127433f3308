"""Generated chains of blocks, and signers with known keys."""

from eth_account import Account
from eth_utils import keccak

from seqpool.documents.votes import Vote
from seqpool.protocol.committee import Member, word
from seqpool.protocol.messages import BlockCommitment, set_domain
from seqpool.protocol.signatures import sign
from seqpool.watcher.chain.registry import BlockHeader

METIS = 10**18
START = 1_800_000_000
DOMAIN = set_domain(1_088, "0x" + "5E" * 20)


def keys(count: int) -> list:
    return [Account.from_key((n + 1).to_bytes(32, "big")) for n in range(count)]


def members(accounts, power: int = 20_000 * METIS) -> list[int]:
    """A committee of equals."""
    return [word(Member(power, account.address)) for account in accounts]


def block(
    number: int, timestamp: int, parent: bytes = b"", branch: str = "", transactions: int = 0
):
    """A block on another; without a parent, on that of `chain`."""
    name = f"{number} {timestamp} {branch}"
    return BlockHeader(number, keccak(text=name), parent, timestamp, transactions)


def chain(
    count: int, first: int = 100, interval: int = 2, after: BlockHeader | None = None, **more
):
    """Blocks that follow each other."""
    blocks, last = [], after
    for n in range(count):
        number = first + n if after is None else after.number + 1 + n
        timestamp = START + n * interval if after is None else after.timestamp + (n + 1) * interval
        last = block(number, timestamp, last.hash if last else b"genesis".rjust(32, b"\0"), **more)
        blocks.append(last)
    return blocks


def commitment(account, epoch: int, number: int, hash_: bytes) -> Vote:
    message = BlockCommitment(
        eip712_domain=DOMAIN, epoch=epoch, blockNumber=number, blockHash=hash_
    )
    return Vote(message, account.address, sign(account, message))
