"""Anvil nodes of our own, which end with the command that started them."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from seqpool.chain import ape
from seqpool.errors import UserError

STARTUP_SECONDS = 20


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check_port(port: int) -> None:
    """UserError if somebody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UserError(
                f"port {port} is taken: name another, as in `make devnet PORT=8546`"
            ) from None


@contextmanager
def running_node(port: int, chain_id: int) -> Iterator[subprocess.Popen]:
    """An anvil that answers, with the test accounts of ape-config.yaml."""
    number = ape.config.get_config("test").number_of_accounts
    with _node(port, "--chain-id", str(chain_id), "--accounts", str(number)) as node:
        yield node


@contextmanager
def forked_node(port: int, url: str) -> Iterator[subprocess.Popen]:
    """An anvil that goes on from the latest block of another node."""
    with _node(port, "--fork-url", url) as node:
        yield node


@contextmanager
def _node(port: int, *options: str) -> Iterator[subprocess.Popen]:
    try:
        node = subprocess.Popen(
            ["anvil", "--port", str(port), *options, "--silent"], stdin=subprocess.DEVNULL
        )
    except OSError:
        raise UserError("there is no anvil: `make setup` installs it") from None
    try:
        _await(node, port)
        yield node
    finally:
        node.terminate()
        node.wait()


def _await(node: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while node.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise UserError("anvil did not start")
