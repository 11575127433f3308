"""The settings of an exchange of votes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ExchangeSettings:
    """Where to listen, whom to tell, and how much to bear. Times are in seconds."""

    host: str = "127.0.0.1"
    port: int = 0  # 0: any free port
    peers: tuple[str, ...] = ()  # URLs
    # The address by which peers know this watcher, so that they notice at once that it is back.
    url: str | None = None
    direct: int = 16  # up to so many peers, watchers tell each other directly
    hubs: int = 4  # how many hubs are told if there are more peers
    # Others' lines wait so long for each peer before they are passed on, so that more come along.
    linger: float = 0.005
    timeout: float = 5
    backoff: float = 0.5  # after the first failure; doubled with each
    backoff_most: float = 30
    pull_every: float = 30
    # An early vote is looked at again and again for so long.
    patience: float = 60
    lines: int = 512  # in one request or answer
    body: int = 512 * 2**10  # bytes of one request or answer
    queue: int = 4_096  # lines that wait for a peer
    connections: int = 512
    # Of one address (one /64 of IPv6): requests at a time, and units of work a second. A request
    # is a unit and so is a line; a bad one is 20.
    at_once: int = 16
    rate: float = 200
    burst: float = 5_000
