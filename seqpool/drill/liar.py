"""A watcher that lies: python -m seqpool.drill.liar --config watcher.toml

Again and again it signs, with a key of the committee, that the present signer has failed. It does
so while that signer produces, with another time than the block's, twice in one slot with different
content, in the names of others, and for rounds to come. It also sends lines that are no votes.
"""

import argparse
import asyncio
import contextlib
import json
import random
from collections import Counter
from pathlib import Path

import aiohttp

from seqpool.chain.jsonrpc import RpcError
from seqpool.deployment.deployment_file import Journal
from seqpool.documents.votes import Vote
from seqpool.protocol.committee import member
from seqpool.protocol.messages import Reason, Reelection
from seqpool.watcher.base.clock import SystemClock
from seqpool.watcher.base.config import Config, load
from seqpool.watcher.chain.contracts import L1Reader, L2Reader, Undone, find
from seqpool.watcher.chain.registry import RegistryState
from seqpool.watcher.chain.rpc import Rpc, RpcUnavailable
from seqpool.watcher.exchange.envelope import encode
from seqpool.watcher.exchange.keys import KeySettings, Signer, open_signer

_EVERY = 0.3  # seconds


def lies(registry: RegistryState, members: list[int], barred: set[str]) -> list[Reelection]:
    """Messages that no honest watcher signs now."""
    timeout = registry.parameters.block_timeout
    early = registry.reelection(members, barred, Reason.TIMEOUT, 1)
    others = (
        {"lastBlockTimestamp": early.lastBlockTimestamp - timeout},
        {"reason": int(Reason.INVALID_EXECUTION)},
        {"round": 200},
        {"failed": next(x for x in map(_signer, members) if x != early.failed)},
    )
    fields = {k: getattr(early, k) for k in Reelection.model_fields if k != "eip712_domain"}
    return [early] + [
        Reelection(eip712_domain=registry.domain, **fields | other) for other in others
    ]


def _signer(word: int) -> str:
    return member(word).signer


async def lie(config: Config, signer: Signer) -> None:
    clock, chance, counts = SystemClock(), random.Random(1), Counter()
    places = find(Journal.read(config.l1.deployment), Journal.read(config.l2.deployment))
    l1, l2 = (
        kind(Rpc(chain.urls, clock, chain.timeout), places)
        for kind, chain in ((L1Reader, config.l1), (L2Reader, config.l2))
    )
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        while True:
            with contextlib.suppress(RpcError, RpcUnavailable, Undone):
                registry = await l2.registry()
                members = await l1.members_of(registry.committee.nonce)
                barred = await l2.barred(members)
                lines = []
                for message in lies(registry, members, barred):
                    signature = await signer.sign(message)
                    lines.append(encode(Vote(message, signer.address, signature)))
                    other = _signer(chance.choice(members))
                    lines.append(encode(Vote(message, other, signature)))
                lines += [b"{}", b"x" * 4_000, chance.randbytes(200).replace(b"\n", b"")]
                for peer in config.exchange.peers:
                    await _send(session, peer, b"\n".join(lines), counts)
                print(json.dumps({"sent": counts.total(), **counts}), flush=True)
            await asyncio.sleep(_EVERY)


async def _send(
    session: aiohttp.ClientSession, peer: str, body: bytes, counts: Counter[str]
) -> None:
    try:
        async with session.post(f"{peer}/votes", data=body) as answer:
            if answer.status == 200:
                counts.update(await answer.json())
            else:
                counts[f"status {answer.status}"] += 1
    except (aiohttp.ClientError, TimeoutError):
        counts["no answer"] += 1


async def _main(path: Path) -> None:
    config = load(path)
    await lie(config, await open_signer(KeySettings(**vars(config.key))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    asyncio.run(_main(parser.parse_args().config))


if __name__ == "__main__":
    main()
