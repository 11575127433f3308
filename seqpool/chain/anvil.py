"""Anvil nodes of our own: their command, when they are up, and their end.

`running_node` is for who needs one within a block of code. The drill keeps nodes among its other
processes (seqpool/drill/chains.py).
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from seqpool.chain.http_rpc import ask
from seqpool.chain.jsonrpc import RpcError, RpcFault
from seqpool.chain.ports import free_port
from seqpool.errors import UserError

# as ape-config.yaml has them
TEST_ACCOUNTS = 60
STARTUP_SECONDS = 60
_POLL = 0.05


class AnvilNode(NamedTuple):
    """A node that answers."""

    url: str
    process: subprocess.Popen[bytes]


def command(port: int, *options: object) -> list[str]:
    """What starts a node.

    `anvil` is the first in PATH: bin/anvil of this project, which changes two defaults.
    """
    return ["anvil", "--port", str(port), "--silent", *map(str, options)]


def own_chain(chain_id: int) -> tuple[object, ...]:
    """Options of a chain that begins anew, with our test accounts."""
    return ("--chain-id", chain_id, "--accounts", TEST_ACCOUNTS)


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def await_node(url: str, is_up: Callable[[], bool]) -> None:
    """Returns when a node answers; UserError if it takes too long, or its process is not up."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while is_up() and time.monotonic() < deadline:
        try:
            ask(url, "eth_chainId", timeout=5)
            return
        except (RpcFault, RpcError):
            time.sleep(_POLL)
    raise UserError("anvil did not start")


@contextmanager
def running_node(*options: object, port: int | None = None) -> Iterator[AnvilNode]:
    """A node that ends with the block of code; on a port of its own unless one is given."""
    port = free_port() if port is None else port
    try:
        process = subprocess.Popen(command(port, *options), stdin=subprocess.DEVNULL)
    except OSError:
        raise UserError("there is no anvil: `make setup` installs it") from None
    try:
        await_node(url_of(port), lambda: process.poll() is None)
        yield AnvilNode(url_of(port), process)
    finally:
        process.terminate()
        process.wait()
