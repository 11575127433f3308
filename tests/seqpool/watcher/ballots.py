"""Votes with good signatures, to be sent about."""

from eth_utils import keccak

from seqpool.documents.votes import Vote
from seqpool.protocol.messages import Kind, Offence, Reelection
from seqpool.protocol.signatures import sign
from tests.seqpool.watcher.streams import DOMAIN, START, keys

ZERO = "0x" + "00" * 20


def stall(block: int = 100, timestamp: int = START, round: int = 1, domain=DOMAIN) -> Reelection:
    return Reelection(
        eip712_domain=domain,
        committeeNonce=1,
        epoch=1,
        round=round,
        failed=ZERO,
        lastBlock=block,
        lastBlockTimestamp=timestamp,
        reason=1,
    )


def offence(content: bytes) -> Offence:
    """An accusation whose evidence is some content."""
    return Offence(
        eip712_domain=DOMAIN,
        committeeNonce=1,
        sequencerId=1,
        kind=Kind.BACKLOG,
        epoch=1,
        observedAt=START,
        evidence=keccak(content),
    )


def vote(account, message=None) -> Vote:
    message = message or stall()
    return Vote(message, account.address, sign(account, message))


def votes(count: int, message=None) -> list[Vote]:
    """Of as many signers."""
    return [vote(account, message) for account in keys(count)]


def reelection_vote(account, **fields) -> Vote:
    """A vote to replace the first key, or with other values of its fields."""
    values = {
        "committeeNonce": 1,
        "epoch": 0,
        "round": 1,
        "failed": keys(1)[0].address,
        "lastBlock": 100,
        "lastBlockTimestamp": START,
        "reason": 1,
    }
    message = Reelection(eip712_domain=fields.pop("domain", DOMAIN), **values | fields)
    return vote(account, message)
