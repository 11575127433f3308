"""seqpool.units"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqpool.errors import UserError
from seqpool.units import (
    DAY,
    HOUR,
    METIS,
    format_date,
    format_duration,
    format_metis,
    parse_duration,
    parse_metis,
)


@given(st.integers(0, 10**30 - 1))
def test_parse_metis_reads_what_format_metis_writes(wei):
    assert parse_metis(format_metis(wei).replace(",", "")) == wei


@given(st.integers(1, 10**30 - 1))
def test_format_metis__below_zero__is_the_amount_with_a_sign(wei):
    assert format_metis(-wei) == f"-{format_metis(wei)}"


@pytest.mark.parametrize(
    ("text", "wei"),
    [("0", 0), ("20000", 20_000 * METIS), ("0.25", METIS // 4), ("0.000000000000000001", 1)],
)
def test_parse_metis(text, wei):
    assert parse_metis(text) == wei


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1,000", "1e3", ".5", "1.", "0x1", " 1", "1 METIS", "0." + 19 * "1", "\u0661"],
)
def test_parse_metis__bad_text__raises(text):
    with pytest.raises(UserError, match="bad amount of METIS"):
        parse_metis(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("21 days", 21 * DAY), ("1 hour", HOUR), ("90 seconds", 90)]
)
def test_parse_duration(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "21", "21days", "-1 days", "1.5 days", "1 week", "1 Day"])
def test_parse_duration__bad_text__raises(text):
    with pytest.raises(UserError, match="bad duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (61, "1 min 1 s"),
        (3 * DAY + 4 * HOUR + 59, "3 d 4 h"),
        (DAY, "1 d"),
        (DAY + 5, "1 d 5 s"),
    ],
)
def test_format_duration(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("away", "text"), [(0, "now"), (3 * DAY + 4 * HOUR, "in 3 d 4 h"), (-HOUR, "1 h ago")]
)
def test_format_date(away, text):
    at = 1_700_000_000
    assert format_date(at, at - away) == f"2023-11-14 22:13:20 UTC ({text})"
