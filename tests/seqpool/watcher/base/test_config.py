"""watcher.toml: what it gives, and how each mistake is told."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from seqpool.errors import UserError
from seqpool.watcher.base.config import GWEI, Config, load
from tests.seqpool.watcher.fleet import CONFIG

EXAMPLE = Path(__file__).parents[4] / "docs" / "watcher.example.toml"


def read(folder: Path, text: str) -> Config:
    path = folder / "watcher.toml"
    path.write_text(text)
    return load(path)


def test_the_least_that_is_needed(tmp_path):
    found = read(tmp_path, CONFIG)
    assert found.data == tmp_path / "data"
    assert found.l1.deployment == tmp_path / "l1.json"
    assert found.l1.urls == ("http://localhost:1",)
    assert found.fees.l1.max_fee == 200 * GWEI and not found.fees.l1.legacy
    assert found.tasks.reelect and found.reference.urls == ()


def test_the_example_has_each_line_and_changes_no_default(tmp_path):
    example, bare = load(EXAMPLE), read(tmp_path, CONFIG)
    for name in ("fees", "tasks", "detection", "upkeep", "exchange", "reference", "clock_offset"):
        assert getattr(example, name) == getattr(bare, name)
    text = EXAMPLE.read_text()
    for name, kind in sections(Config):
        for field in fields(kind):
            line = rf"^(\[{name}{field.name}\]|#? ?\[?(# )?{field.name}\b)"
            assert re.search(line, text, re.MULTILINE), f"{name}{field.name}"


def sections(kind: type, name: str = ""):
    """Each table of the file, with its name and a point."""
    yield name, kind
    for field in fields(kind):
        if is_dataclass(field.type):
            yield from sections(field.type, f"{name}{field.name}.")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("dta = 1", "the file: there is no 'dta', only data, l1, l2"),
        ("[tasks]\nreelekt = true", "tasks: there is no 'reelekt'"),
        ("[tasks]\nreelect = 1", "tasks.reelect: wanted true or false, found 1"),
        ("[upkeep]\nevery = 60", 'upkeep.every: wanted a duration such as "90 seconds", found 60'),
        ('[upkeep]\nevery = "2 days"', 'upkeep.every: wanted 1 s to 1 d, found "2 days"'),
        (
            "[detection]\nbacklog_blocks = 1",
            "detection.backlog_blocks: wanted a number from 2 to 1,000, found 1",
        ),
        (
            "[detection]\nslow_factor = true",
            "detection.slow_factor: wanted a number from 1.0 to 100.0, found true",
        ),
        (
            '[fees.l1]\nmax_fee = "5"',
            'fees.l1.max_fee: wanted an amount such as "0.5 gwei", found "5"',
        ),
        ('[fees.l1]\nmax_fee = "-5 gwei"', 'wanted an amount such as "0.5 gwei", found "-5 gwei"'),
        (
            '[fees.l1]\nmax_fee = "NaN gwei"',
            'wanted an amount such as "0.5 gwei", found "NaN gwei"',
        ),
        (
            '[fees.l1]\ndaily_budget = "1 METIS"',
            'fees.l1.daily_budget: wanted an amount such as "0.5 ETH", found "1 METIS"',
        ),
        ("fees = 1", "fees: wanted an object with l1, l2, relay_fee, relay_gas_limit, found 1"),
        ("[reference]\nurls = 3", "reference.urls: wanted a list of different addresses, found 3"),
        (
            '[reference]\nurls = ["http://a", "http://a"]',
            "reference.urls: wanted a list of different addresses, found",
        ),
        (
            '[reference]\nurls = ["ftp://a"]',
            'wanted an address that begins with http:// or https://, found "ftp://a"',
        ),
        ('[key]\naddress = "0x1"', 'key.address: wanted an address with its checksum, found "0x1"'),
        ('[key]\napi = "soap"', 'key.api: wanted one of rest, json-rpc, found "soap"'),
        ("[key", "Expected"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, line, told):
    # a line of the top comes first
    text = f"{line}\n{CONFIG}" if "[" not in line else f"{CONFIG}\n{line}"
    with pytest.raises(UserError) as error:
        read(tmp_path, text)
    assert told in str(error.value) and str(error.value).count("\n") == 0


@pytest.mark.parametrize("missing", ["data", "urls", "deployment"])
def test_what_is_missing_is_told(tmp_path, missing):
    lines = [line for line in CONFIG.splitlines() if not line.startswith(missing)]
    with pytest.raises(UserError, match=f"{missing} is missing"):
        read(tmp_path, "\n".join(lines))


def test_no_file_and_no_text(tmp_path):
    with pytest.raises(UserError, match=r"no configuration .*: see docs/watcher.example.toml"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"bad.toml"):
        load(tmp_path / "bad.toml")
