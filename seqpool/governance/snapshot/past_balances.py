"""METIS that people had at a block, with a file in which a broken run leaves what it has read."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from eth_abi import encode
from eth_utils import function_signature_to_4byte_selector

from seqpool.chain.archive import ArchiveBlock, ArchiveCall, ArchiveNode, batched
from seqpool.errors import UserError, shown
from seqpool.files import strict_json

VERSION = 1
_BALANCE_OF = function_signature_to_4byte_selector("balanceOf(address)")


class TokenSnapshot(NamedTuple):
    """A token at a block of a chain."""

    chain_id: int
    token: str
    block: int


def find_block(node: ArchiveNode, moment: TokenSnapshot) -> ArchiveBlock:
    """The block, or UserError if the node is of another chain or has not got it."""
    if (found := node.chain_id()) != moment.chain_id:
        raise UserError(f"the node is of chain {found}, not {moment.chain_id}")
    block = node.block(moment.block)
    if block is None:
        raise UserError(
            f"the node has no block {moment.block} of chain {moment.chain_id}: its latest is"
            f" {node.latest()}"
        )
    return block


class Cache:
    """Balances of one moment, kept in a file if there is one."""

    def __init__(self, moment: TokenSnapshot, block_hash: str, path: Path | None = None):
        self._path = path
        self._head = {
            "version": VERSION,
            "chain_id": moment.chain_id,
            "token": moment.token,
            "block": moment.block,
            "block_hash": block_hash,
        }
        self.balances: dict[str, int] = {}
        if path is not None and path.exists():
            self.balances = strict_json.read_file(
                path, self._read, "cache of balances", "a new run"
            )

    @staticmethod
    def path_in(folder: Path, moment: TokenSnapshot) -> Path:
        """A name that tells the moment."""
        return folder / f"balances-{moment.chain_id}-{moment.token}-{moment.block}.json"

    def add(self, balances: dict[str, int]) -> None:
        self.balances |= balances
        if self._path is None:
            return
        # never half a file, for the next run to stumble over
        part = self._path.with_name(self._path.name + ".part")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = {person: str(balance) for person, balance in self.balances.items()}
        strict_json.write_file(part, self._head | {"balances": rows})
        part.replace(self._path)

    def _read(self, data: dict) -> dict[str, int]:
        strict_json.check_keys(data, (*self._head, "balances"))
        for key, wanted in self._head.items():
            if data[key] != wanted:
                raise UserError(
                    f"{shown(self._path)} is of {key} {data[key]}, not {wanted}: delete it"
                )
        return {
            strict_json.address(person): strict_json.number(int(balance), 256)
            for person, balance in data["balances"].items()
        }


def read_balances(
    node: ArchiveNode,
    moment: TokenSnapshot,
    people: Iterable[str],
    cache: Cache,
    advance: Callable[[int], None] = lambda people: None,
) -> dict[str, int]:
    """Wei of each; `advance` is told of progress.

    All or nothing: if the node fails in between, UserError, and the cache keeps what was read.
    """
    people = list(people)
    missing = [person for person in people if person not in cache.balances]
    advance(len(people) - len(missing))
    for part in batched(missing, node.batch):
        calls = [ArchiveCall(moment.token, _BALANCE_OF + encode(["address"], [x])) for x in part]
        try:
            answers = node.read(calls, moment.block)
        except UserError as error:
            done = len(people) - sum(person not in cache.balances for person in people)
            raise UserError(
                f"{error}; {done} of {len(people)} balances are read: run it again to go on"
            ) from None
        if any(answer is None or len(answer) != 32 for answer in answers):
            raise UserError(f"there is no token {moment.token} at block {moment.block}")
        cache.add({x: int.from_bytes(y, "big") for x, y in zip(part, answers, strict=True)})
        advance(len(part))
    return {person: cache.balances[person] for person in people}
