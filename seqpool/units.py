"""Amounts, durations and dates as people write and read them."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from seqpool.errors import UserError

DECIMALS = 18
METIS = 10**DECIMALS
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_SECONDS = {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY}


def parse_metis(text: str) -> int:
    """Wei of a decimal amount of METIS: "1500", "0.25"."""
    return _parse_amount(text, "METIS")


def parse_ether(text: str) -> int:
    """Wei of a decimal amount of ETH."""
    return _parse_amount(text, "ETH")


def _parse_amount(text: str, unit: str) -> int:
    match = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{1,18}))?", text)
    if match is None:
        raise UserError(
            f"bad amount of {unit}: {text!r} (wanted: digits, and at most 18 after a point)"
        )
    whole, fraction = match[1], match[2] or ""
    return int(whole + fraction.ljust(DECIMALS, "0"))


def format_metis(wei: int) -> str:
    """Exact amount of METIS: 1,500.25, or -1,500.25."""
    whole, fraction = divmod(abs(wei), METIS)
    digits = f"{fraction:018}".rstrip("0")
    sign = "-" if wei < 0 else ""
    return f"{sign}{whole:,}.{digits}" if digits else f"{sign}{whole:,}"


def in_metis(wei: int) -> str:
    """The same with its unit: 1,500.25 METIS."""
    return f"{format_metis(wei)} METIS"


def plain_metis(wei: int) -> str:
    """The same for programs: 1500.25."""
    return format_metis(wei).replace(",", "")


def parse_percent(text: str) -> int:
    """Basis points of "0.1 %"."""
    match = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))? %", text)
    if match is None:
        raise UserError(f"bad share: {text!r} (wanted: a number with at most 2 decimals, and %)")
    return int(match[1] + (match[2] or "").ljust(2, "0"))


def format_percent(bps: int) -> str:
    """A share with its decimals: "0.1 %"."""
    digits = f"{bps / 100:.2f}".rstrip("0").rstrip(".")
    return f"{digits} %"


def parse_duration(text: str) -> int:
    """Seconds of "21 days", "1 hour", "90 seconds"."""
    match = re.fullmatch(r"([0-9]{1,9}) (second|minute|hour|day)s?", text)
    if match is None:
        raise UserError(
            f"bad duration: {text!r} (wanted: a number and seconds, minutes, hours or days)"
        )
    return int(match[1]) * _SECONDS[match[2]]


def format_duration(seconds: int) -> str:
    """The two largest units: "3 d 4 h", "5 min 10 s"."""
    parts = []
    for name, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def format_date(at: int, now: int) -> str:
    """A date in UTC, and how far away it is."""
    away = f"in {format_duration(at - now)}" if at > now else f"{format_duration(now - at)} ago"
    return f"{format_time(at)} UTC ({'now' if at == now else away})"


def format_time(at: int) -> str:
    """A date and time of day in UTC: 2026-11-23 12:00:00."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        # beyond the calendar: files of others may say anything
        return f"second {at}"


def format_ether(wei: int) -> str:
    """An amount of ETH, to six places."""
    return f"{Decimal(wei) / 10**18:,.6f}"
