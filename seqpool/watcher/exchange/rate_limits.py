"""Bounds what each sender may ask of a watcher."""

import ipaddress
import time
from collections import OrderedDict

from aiohttp import web

from seqpool.watcher.exchange.settings import ExchangeSettings

# Senders that are remembered.
_MOST_SENDERS = 1_024


class Bucket:
    """What a sender may still ask for: `level` units of work, and how many requests it has open."""

    def __init__(self, level: float, now: float):
        self.level, self.at, self.requests = level, now, 0


class RateLimits:
    """The buckets of all senders."""

    def __init__(self, settings: ExchangeSettings):
        self._settings = settings
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self.limited = 0  # requests that were refused

    def admit(self, remote: str | None) -> Bucket:
        """What a sender has left, for one more request; HTTPTooManyRequests if that is nothing.

        Whoever calls this counts the request down when it is over.
        """
        settings, now = self._settings, time.monotonic()
        address = _sender_of(remote)
        bucket = self._buckets.pop(address, None) or Bucket(settings.burst, now)
        self._buckets[address] = bucket
        while len(self._buckets) > _MOST_SENDERS:
            self._buckets.popitem(last=False)
        bucket.level = min(settings.burst, bucket.level + (now - bucket.at) * settings.rate)
        bucket.at = now
        if bucket.level < 1 or bucket.requests >= settings.at_once:
            self.limited += 1
            wait = max(1, int((1 - bucket.level) / settings.rate) + 1)
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
        bucket.level -= 1
        bucket.requests += 1
        return bucket


def _sender_of(remote: str | None) -> str:
    """What tells senders apart: an address, or the network that one host has in IPv6."""
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:
        return remote or ""
    if address.version == 6 and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
