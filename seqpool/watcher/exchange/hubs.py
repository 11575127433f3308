"""Hubs: whom to tell of a vote.

A few watchers tell each other directly. Many tell a few hubs, which the digest of the vote chooses
among them, and these tell everybody.
"""

from collections.abc import Mapping

from seqpool.watcher.exchange.peer import Peer, line_name
from seqpool.watcher.exchange.settings import ExchangeSettings

# Digests whose hubs are remembered.
_MOST_DIGESTS = 256


class Hubs:
    """The choice of hubs among `peers`, which may change: `forget` then."""

    def __init__(self, settings: ExchangeSettings, peers: Mapping[str, Peer]):
        self._settings, self._peers = settings, peers
        # digest => hubs of its votes, and whether this is one
        self._hubs: dict[bytes, tuple[list[Peer], bool]] = {}

    def forget(self) -> None:
        """Chooses anew from now on: a peer has come, gone, or come back."""
        self._hubs.clear()

    def audience(self, digest: bytes, source: Peer | None) -> list[Peer]:
        """Whom to tell of a vote that came from a peer, or is one's own."""
        everybody = [peer for peer in self._peers.values() if peer is not source]
        if len(self._peers) <= self._settings.direct:
            return everybody
        hubs, is_hub = self._hubs_of(digest)
        if is_hub:
            return everybody
        return [] if source in hubs else [hub for hub in hubs if hub is not source]

    def _hubs_of(self, digest: bytes) -> tuple[list[Peer], bool]:
        """The hubs of a digest's votes, and whether this watcher is one.

        Others choose the same, save for whom they cannot reach. Who does not know its own name may
        be one, and so behaves as one.
        """
        if digest not in self._hubs:
            if len(self._hubs) >= _MOST_DIGESTS:
                self._hubs.clear()
            here = {url: peer for url, peer in self._peers.items() if not peer.failures}
            me = self._settings.url
            names = [*here, me] if me else list(here)
            names.sort(key=lambda url: line_name(digest + url.encode()))
            chosen = names[: self._settings.hubs]
            is_hub = me is None or me in chosen
            self._hubs[digest] = [here[url] for url in chosen if url != me], is_hub
        return self._hubs[digest]
