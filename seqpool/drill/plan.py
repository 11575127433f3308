"""What a drill is made of: its terms, its people, and the configuration of a watcher."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seqpool.protocol.limits import LIMITS

WATCHERS = 7
STAKE = 50_000  # METIS, of each
L1_CHAIN_ID, L2_CHAIN_ID = 31_337, 31_338
FALLBACK = "fallback"
PASSWORD_VARIABLE, PASSWORD = "SEQPOOL_PASSWORD", "drill"
# the block_timeout at launch; with a shorter one, a watcher's own waits are shorter too
LAUNCH_TIMEOUT = 60


@dataclass(frozen=True)
class Terms:
    """What governance has set in the drill, in seconds; the length of an epoch is in blocks."""

    block_timeout: int = LIMITS["BLOCK_TIMEOUT_FLOOR"]
    block_time: int = 1
    l1_block_time: int = 2
    epoch_length: int = 40  # blocks
    fallback_delay: int = LIMITS["FALLBACK_DELAY_FLOOR"]

    @property
    def is_launch(self) -> bool:
        return self.block_timeout >= LAUNCH_TIMEOUT

    @property
    def slash_within(self) -> int:
        """Seconds after the successor's first block in which the slash has to land."""
        return 300 if self.is_launch else 60


@dataclass(frozen=True)
class Person:
    """A sequencer: one key, a watcher and a producer."""

    name: str
    address: str
    keystore: str  # relative to the stage


@dataclass(frozen=True)
class DrillStage:
    """Two chains with the suite, before the first epoch, kept as files."""

    folder: Path
    terms: Terms
    sequencers: tuple[Person, ...]
    fallback: Person
    l1_messenger: str
    l2_messenger: str
    carrier: str
    keeper: str
    members: tuple[int, ...]  # words of the committee that L2 has

    def save(self) -> None:
        data = asdict(self) | {"folder": None}
        (self.folder / "stage.json").write_text(json.dumps(data, indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "DrillStage":
        data = json.loads((folder / "stage.json").read_text())
        return cls(
            **data
            | {
                "folder": folder,
                "terms": Terms(**data["terms"]),
                "sequencers": tuple(Person(**x) for x in data["sequencers"]),
                "fallback": Person(**data["fallback"]),
                "members": tuple(data["members"]),
            }
        )


def toml(table: Mapping[str, Any]) -> str:
    """A table as TOML, as far as a configuration needs it."""
    lines = [f"{k} = {json.dumps(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
    for name, inner in table.items():
        if isinstance(inner, Mapping):
            for key, value in _sections(name, inner):
                lines += ["", f"[{key}]", *(f"{k} = {json.dumps(v)}" for k, v in value.items())]
    return "\n".join([*lines, ""])


def _sections(name: str, table: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    plain = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
    found = [(name, plain)] if plain else []
    for key, value in table.items():
        if isinstance(value, Mapping):
            found += _sections(f"{name}.{key}", value)
    return found


def watcher_table(
    stage: DrillStage,
    person: Person,
    *,
    l1: str,
    l2: Sequence[str],
    port: int,
    monitor: int,
    url: str,
    peers: Sequence[str],
    has_websocket: bool,
) -> dict[str, Any]:
    """The configuration of a watcher: the defaults, except for addresses and paths."""
    table: dict[str, Any] = {
        "data": f"data-{person.name}",
        "l1": {"urls": [l1], "deployment": str(stage.folder / "l1.json")},
        "l2": {"urls": list(l2), "deployment": str(stage.folder / "l2.json")},
        "key": {"keystore": str(stage.folder / person.keystore)},
        "exchange": {"port": port, "url": url, "peers": list(peers)},
        "monitor": {"port": monitor},
        "fees": {"l1": {}, "l2": {}},
        "upkeep": {},
        "tasks": {},
    }
    if has_websocket:
        table["l2"]["websocket"] = l2[0].replace("http", "ws")
    if not stage.terms.is_launch:
        # in proportion to block_timeout, and to blocks of L1
        table["l1"]["poll_milliseconds"] = 500
        table["fees"]["l1"]["stagger"] = "4 seconds"
        table["fees"]["l2"]["stagger"] = "2 seconds"
        table["upkeep"]["every"] = "4 seconds"
    return table


def merge(table: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """A table in which some values are replaced."""
    merged = dict(table)
    for key, value in more.items():
        inner = merged.get(key)
        if isinstance(value, Mapping) and isinstance(inner, Mapping):
            merged[key] = merge(dict(inner), value)
        else:
            merged[key] = value
    return merged
