"""Ports of this computer, for servers that last as long as a command or a test."""

import itertools
import os
import socket

from seqpool.errors import UserError

# Below those that the system gives to connections: else one could take a port before its server
# does.
_FIRST, _COUNT = 10_000, 20_000
# Two processes begin far from each other.
_TURNS = itertools.count(os.getpid() * 7_919)


def free_port() -> int:
    """A port that nobody listens on, and that this process was not given before."""
    for turn in itertools.islice(_TURNS, _COUNT):
        port = _FIRST + turn % _COUNT
        if is_free(port):
            return port
    raise UserError("this computer has no free port")


def is_free(port: int) -> bool:
    """Whether nobody listens on a port."""
    with socket.socket() as probe:
        # as servers do it: a connection that ended a minute ago takes no port
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_port(port: int) -> None:
    """UserError if somebody listens on a port."""
    if not is_free(port):
        raise UserError(f"port {port} is taken: name another, as in `make devnet PORT=8546`")
