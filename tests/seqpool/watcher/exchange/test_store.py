"""The store: what it keeps, what it drops, and that no crash makes it forget."""

import os
import random
import signal
import sqlite3
import time

import pytest

from seqpool.errors import UserError
from seqpool.protocol.messages import digest
from seqpool.watcher.exchange.envelope import decode, encode
from seqpool.watcher.exchange.store import FILE, Limits, Store
from tests.seqpool.watcher.ballots import offence, stall, vote, votes
from tests.seqpool.watcher.streams import keys

(KEY,) = keys(1)


@pytest.fixture
def store(tmp_path):
    with_store = Store(tmp_path)
    yield with_store
    with_store.close()


def test_a_slot_takes_one_digest(store):
    one, other = bytes(31) + b"\1", bytes(31) + b"\2"
    assert store.reserve("a", one)
    assert store.reserve("a", one)
    assert not store.reserve("a", other)
    assert store.reserve("b", other)


def test_a_slot_is_taken_after_a_restart(tmp_path):
    one, other = bytes(31) + b"\1", bytes(31) + b"\2"
    store = Store(tmp_path)
    store.reserve("a", one)
    store.close()
    store = Store(tmp_path)
    assert not store.reserve("a", other)
    assert store.reserve("a", one)
    store.close()


def test_votes_are_kept_once_and_in_order(store):
    cast = votes(3)
    assert [store.add_vote(x) for x in cast] == [True] * 3
    assert not store.add_vote(cast[1])
    assert store.votes(digest(stall())) == cast
    assert store.votes(digest(stall(101))) == []
    assert store.has_vote(digest(stall()), cast[0].signer)
    assert not store.has_vote(digest(stall(101)), cast[0].signer)


def test_another_signature_of_the_same_is_no_new_vote(store):
    one, other = votes(2)
    store.add_vote(one)
    assert not store.add_vote(type(one)(one.message, one.signer, other.signature))
    assert store.votes(digest(stall())) == [one]


def test_votes_and_attachments_come_together_or_not_at_all(store):
    one, other = votes(2, offence(b"proof"))
    good = decode(encode(one, b"proof"))
    bad = decode(encode(other))
    object.__setattr__(bad, "digest", None)
    with pytest.raises(sqlite3.IntegrityError):
        store.add([good, bad])
    assert store.votes(good.digest) == []
    assert store.evidence(bytes(one.message.evidence)) is None
    assert store.add([good, good]) == [True, False]
    assert store.evidence(bytes(one.message.evidence)) == b"proof"


def test_who_signs_at_will_displaces_only_their_own(tmp_path):
    store = Store(tmp_path, Limits(votes_per_signer=5))
    quiet, loud = keys(2)
    store.add_vote(vote(quiet))
    for block in range(40):
        store.add_vote(vote(loud, stall(block)))
    kept = [block for block in range(40) if store.votes(digest(stall(block)))]
    assert kept == list(range(27, 40))
    store.prune()
    kept = [block for block in range(40) if store.votes(digest(stall(block)))]
    assert kept == list(range(35, 40))
    assert len(store.votes(digest(stall()))) == 1
    store.close()


def test_lines_are_paged(store):
    cast = votes(5)
    for x in cast:
        store.add_vote(x)
    first = store.lines_after(0, 3)
    rest = store.lines_after(first[-1][0], 3)
    assert [decode(line).vote for _, line, _ in first + rest] == cast
    assert store.lines_after(rest[-1][0], 3) == []


def test_pruning_bounds_the_file(tmp_path):
    now = [1_000_000.0]
    store = Store(
        tmp_path, Limits(vote_age=100, evidence_bytes=250, spending_days=2), clock=lambda: now[0]
    )
    old = store.put_evidence(b"old")
    store.add_vote(vote(KEY))
    now[0] += 101
    hashes = []
    for number in range(4):
        now[0] += 1
        hashes.append(store.put_evidence(bytes([number]) * 100))
    store.add_vote(vote(KEY, stall(101)))
    for day in range(4):
        store.spend(day, 10)
    store.reserve("kept for good", bytes(32))
    store.prune()
    assert store.evidence(old) is None
    assert [store.evidence(x) is not None for x in hashes] == [False, False, True, True]
    assert store.votes(digest(stall())) == []
    assert len(store.votes(digest(stall(101)))) == 1
    assert [store.spent(day) for day in range(4)] == [0, 0, 10, 10]
    assert not store.reserve("kept for good", b"\1" * 32)
    store.close()


def test_spending_adds_up_beyond_64_bits(store):
    assert store.spent(7) == 0
    store.spend(7, 2**70)
    store.spend(7, -(2**69))
    assert store.spent(7) == 2**69
    assert store.spent(8) == 0


def test_texts_are_replaced(store):
    assert store.get("a") is None
    store.put("a", "1")
    store.put("a", "2")
    assert store.get("a") == "2"


def test_a_file_keeps_its_name(tmp_path):
    store = Store(tmp_path / "one")
    name = store.name
    store.close()
    again, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    assert again.name == name != other.name
    again.close()
    other.close()


def test_a_folder_is_of_one_watcher(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(UserError, match="another watcher is using this folder"):
        Store(tmp_path)
    store.close()
    Store(tmp_path).close()


def test_another_format_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(UserError, match="written in format 99, this is format 1"):
        Store(tmp_path)


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(UserError, match="not a database"):
        Store(tmp_path)


def test_kill_at_any_moment_of_a_vote(tmp_path):
    """50 processes are killed while they vote; each next one is of another mind."""
    signed: dict[int, set[str]] = {}
    acknowledged: set[str] = set()
    first = 0
    for seed in range(50):
        chance = random.Random(seed)
        lines = _killed(tmp_path, first, seed, chance.randrange(12), chance.uniform(0, 0.01))
        for what, slot, name in lines:
            signed.setdefault(int(slot), set()).add(name)
            if what == "acknowledged":
                acknowledged.add(name)
        # those of the last moments once more
        first = max(0, max(signed, default=0) - 1)
    assert len(signed) > 100 and len(acknowledged) > 50
    assert {len(names) for names in signed.values()} == {1}
    store = Store(tmp_path)
    assert all(store.votes(bytes.fromhex(name)) for name in acknowledged)
    store.close()


def _killed(folder, first: int, seed: int, words: int, seconds: float) -> list[list[str]]:
    """What a voter says until it is killed, so many seconds after so many words."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _vote(folder, first, seed, writer)
        finally:
            os._exit(1)
    os.close(writer)
    said = b""
    while said.count(b"\n") <= words:
        part = os.read(reader, 2**16)
        assert part, "the voter died by itself"
        said += part
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while part := os.read(reader, 2**16):
        said += part
    os.close(reader)
    # a line may have been cut off
    return [line.split() for line in said.decode().split("\n")[:-1] if line != "ready"]


def _vote(folder, first: int, seed: int, writer: int) -> None:
    store = Store(folder)
    os.write(writer, b"ready\n")
    chance = random.Random(seed)
    for slot in range(first, first + 1_000):
        message = stall(slot, timestamp=chance.randrange(2))
        name = digest(message)
        if store.reserve(str(slot), name):
            mine = vote(KEY, message)
            os.write(writer, f"signed {slot} {name.hex()}\n".encode())
            store.add_vote(mine)
            os.write(writer, f"acknowledged {slot} {name.hex()}\n".encode())
