"""What a watcher must not forget: one SQLite file in its data folder.

A slot is written before anything is signed, and is on the disk when `reserve` returns. So not even
a power cut makes a watcher sign twice. A power cut may lose the last moments of everything else;
the watcher asks its peers for it again. If only the process ends, nothing that was committed is
lost.

Other processes may read the file. Only one may write it: a lock sees to that.
"""

import fcntl
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from eth_utils.crypto import keccak

from seqpool.documents.votes import Vote
from seqpool.errors import UserError, shown
from seqpool.units import DAY
from seqpool.watcher.exchange.envelope import Envelope, decode, envelope, evidence_of

VERSION = 1
# votes of a signer, after which the limit is looked at
_TRIM_EVERY = 32
FILE, LOCK = "watcher.sqlite", "watcher.lock"
_SCHEMA = """
CREATE TABLE slots (slot TEXT PRIMARY KEY, digest BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE votes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL, signer TEXT NOT NULL, at INTEGER NOT NULL,
    evidence BLOB, line BLOB NOT NULL,
    UNIQUE (digest, signer)
);
CREATE INDEX votes_of_signer ON votes (signer, id);
CREATE INDEX votes_by_age ON votes (at);
CREATE TABLE evidence (hash BLOB PRIMARY KEY, at INTEGER NOT NULL, content BLOB NOT NULL);
CREATE TABLE spending (day INTEGER PRIMARY KEY, wei TEXT NOT NULL);
CREATE TABLE texts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Limits:
    """How much is kept. Slots are small, and kept for good."""

    votes_per_signer: int = 512  # so that a signer of many messages displaces nobody else's votes
    vote_age: int = 30 * DAY  # seconds
    evidence_bytes: int = 64 * 2**20
    spending_days: int = 90


class Store:
    """The file, opened by the one process that writes it."""

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self._limits, self._clock = limits or Limits(), clock
        self._added: Counter[str] = Counter()  # votes, by signer
        self._lock = _lock(folder / LOCK)
        self._path = folder / FILE
        try:
            self._database = self._connect("NORMAL")
            self._prepare()
            self._journal = self._connect("FULL")
        except sqlite3.DatabaseError as error:
            self._lock.close()
            raise UserError(f"{shown(self._path)}: {error}") from None
        except UserError:
            self._lock.close()
            raise
        # tells peers whether their place in the list of votes is one in this file
        self.name = self.get("store") or secrets.token_hex(8)
        self.put("store", self.name)

    def close(self) -> None:
        self._journal.close()
        self._database.close()
        self._lock.close()

    def _connect(self, synchronous: str) -> sqlite3.Connection:
        # no implicit transactions: each is written out
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA cache_size = -2048")
        return connection

    def _prepare(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version == 0:
            script = f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;"
            self._database.executescript(script)
        elif version != VERSION:
            raise UserError(
                f"{shown(self._path)}: written in format {version}, this is format {VERSION}"
            )

    @contextmanager
    def _writing(self, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @property
    def _now(self) -> int:
        return int(self._clock())

    # ---------------------------------------------------------------- what was signed

    def reserve(self, slot: str, digest: bytes) -> bool:
        """Whether to sign a digest for a slot: no other has been, and none will be.

        It is on the disk when this returns.
        """
        with self._writing(self._journal) as journal:
            journal.execute(
                "INSERT INTO slots VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (slot, digest, self._now),
            )
            row = journal.execute("SELECT digest FROM slots WHERE slot = ?", (slot,)).fetchone()
        return bool(row[0] == digest)

    # ---------------------------------------------------------------- votes

    def add_vote(self, vote: Vote) -> bool:
        """Keeps a vote; whether it is new. Each signer has one for each digest."""
        (is_new,) = self.add([envelope(vote)])
        return is_new

    def add(self, envelopes: Sequence[Envelope]) -> list[bool]:
        """Keeps votes and their attachments, all at once or none; which votes are new."""
        with self._writing(self._database) as database:
            return [self._add(database, one) for one in envelopes]

    def _add(self, database: sqlite3.Connection, one: Envelope) -> bool:
        vote = one.vote
        if one.attachment is not None:
            self._add_evidence(database, one.attachment)
        cursor = database.execute(
            "INSERT INTO votes (digest, signer, at, evidence, line) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (one.digest, vote.signer, self._now, evidence_of(vote), one.line),
        )
        if not cursor.rowcount:
            return False
        # a few at a time, for it takes as long as the rest
        self._added[vote.signer] += 1
        if self._added[vote.signer] % _TRIM_EVERY == 0:
            self._trim(database, vote.signer)
        return True

    def _trim(self, database: sqlite3.Connection, signer: str) -> None:
        """Drops a signer's oldest votes beyond the limit."""
        first = "SELECT id FROM votes WHERE signer = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
        database.execute(
            f"DELETE FROM votes WHERE id <= ({first}) AND signer = ?",
            (signer, self._limits.votes_per_signer, signer),
        )

    def has_vote(self, digest: bytes, signer: str) -> bool:
        query = "SELECT 1 FROM votes WHERE digest = ? AND signer = ?"
        return self._database.execute(query, (digest, signer)).fetchone() is not None

    def votes(self, digest: bytes) -> list[Vote]:
        """The votes for a digest, in the order in which they came."""
        query = "SELECT line FROM votes WHERE digest = ? ORDER BY id"
        return [decode(line).vote for (line,) in self._database.execute(query, (digest,))]

    def lines_after(self, place: int, limit: int) -> list[tuple[int, bytes, bytes | None]]:
        """The next votes after a place: its own place, the line, the hash of what it names."""
        query = "SELECT id, line, evidence FROM votes WHERE id > ? ORDER BY id LIMIT ?"
        return self._database.execute(query, (place, limit)).fetchall()

    # ---------------------------------------------------------------- evidence

    def put_evidence(self, content: bytes) -> bytes:
        """Keeps evidence; its keccak256."""
        with self._writing(self._database) as database:
            return self._add_evidence(database, content)

    def _add_evidence(self, database: sqlite3.Connection, content: bytes) -> bytes:
        hash_ = keccak(content)
        database.execute(
            "INSERT INTO evidence VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (hash_, self._now, content),
        )
        return hash_

    def evidence(self, hash: bytes) -> bytes | None:
        """The content of which this is the keccak256."""
        row = self._one("SELECT content FROM evidence WHERE hash = ?", hash)
        return row[0] if row else None

    # ---------------------------------------------------------------- the rest

    def put(self, key: str, value: str) -> None:
        """Keeps a text under a key, in place of the one before."""
        self._database.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (key, value))

    def get(self, key: str) -> str | None:
        row = self._one("SELECT value FROM texts WHERE key = ?", key)
        return row[0] if row else None

    def spend(self, day: int, wei: int) -> None:
        """Adds to a day's spending; a negative amount takes back."""
        with self._writing(self._database) as database:
            database.execute(
                "INSERT OR REPLACE INTO spending VALUES (?, ?)", (day, str(self.spent(day) + wei))
            )

    def spent(self, day: int) -> int:
        """Wei that a day has cost."""
        row = self._one("SELECT wei FROM spending WHERE day = ?", day)
        return int(row[0]) if row else 0

    def prune(self) -> None:
        """Drops what is old or beyond the limits. Callers call it now and then."""
        limits, now = self._limits, self._now
        with self._writing(self._database) as database:
            database.execute("DELETE FROM votes WHERE at < ?", (now - limits.vote_age,))
            database.execute("DELETE FROM evidence WHERE at < ?", (now - limits.vote_age,))
            database.execute(
                "DELETE FROM evidence WHERE hash IN (SELECT hash FROM (SELECT hash,"
                " SUM(LENGTH(content)) OVER (ORDER BY at DESC, hash) AS total FROM evidence)"
                " WHERE total > ?)",
                (limits.evidence_bytes,),
            )
            for (signer,) in database.execute("SELECT DISTINCT signer FROM votes").fetchall():
                self._trim(database, signer)
            last_days = "SELECT day FROM spending ORDER BY day DESC LIMIT ?"
            database.execute(
                f"DELETE FROM spending WHERE day NOT IN ({last_days})", (limits.spending_days,)
            )
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
        return row


def _lock(path: Path) -> TextIO:
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise UserError(f"{shown(path.parent)}: another watcher is using this folder") from None
    return file
