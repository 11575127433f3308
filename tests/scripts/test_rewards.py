"""scripts/rewards.py: from blocks to a claim, and each mistake."""

import csv
import json
import re
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace

import ape
import pytest
from ape.exceptions import ApeException

from seqpool.chain.accounts import named_account
from seqpool.chain.archive import node_of
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import Journal, hash_of
from seqpool.devnet.cast import populate
from seqpool.documents.consent import make_consent
from seqpool.documents.reward_batch import VERSION, Batch
from seqpool.documents.votes import Ballot, combine, make_vote
from seqpool.epochs import covered_time
from seqpool.epochs.production import count_blocks
from seqpool.epochs.view import EpochView
from seqpool.errors import UserError
from seqpool.pool.actions import Actions
from seqpool.pool.view import View
from seqpool.protocol import covered_time as protocol
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Offence, RewardBatch, as_struct, set_domain
from seqpool.protocol.reward_entries import NOBODY, entries, entries_hash
from seqpool.rewards.actions import RewardActions
from tests.scripts.test_epochs import change
from tests.utils.commands import Script
from tests.utils.documents import table
from tests.utils.system import DAY, METIS

pytestmark = pytest.mark.slow

SIGNERS = [f"signer{n}" for n in range(1, 6)]
RESERVE = 10_000 * METIS


@pytest.fixture(scope="module", autouse=True)
def crew(suite):
    """Five sequencers, whose committee is installed, and a reserve; a day later epoch 1 has
    produced blocks."""
    crew = populate(suite, ape.networks.provider)
    suite.metis.mint(suite.distributor, RESERVE, sender=named_account("deployer"))
    crew.wait(DAY)
    crew.mine(3)
    return crew


@pytest.fixture
def distributor(suite):
    return suite.distributor


@pytest.fixture
def epochs(suite):
    return suite.registry.sequencer_set


@pytest.fixture
def batch(suite, crew, tmp_path):
    """The file of the next batch."""
    return build(suite, tmp_path / "batch.json")


@pytest.fixture
def certificate(suite, batch):
    return certify(suite, batch)


@pytest.fixture
def earner(suite, epochs, batch, certificate):
    """The id of who has produced the blocks of epoch 1, and was credited for them."""
    pay(suite, batch, certificate)
    return id_of(epochs.epochs(1).signer)


@pytest.fixture
def written(tmp_path):
    """The file of some batch, of no chain."""
    words, file = entries({0: 2, 3: 5}), tmp_path / "batch.json"
    numbers = {"committeeNonce": 1, "batch": 1, "startBlock": 1, "endBlock": 7}
    numbers |= {"endTimestamp": 9, "coveredTime": 8}
    domain = set_domain(1_088, named_account("keeper").address)
    message = RewardBatch(eip712_domain=domain, entriesHash=entries_hash(words), **numbers)
    Batch(message, {0: 2, 3: 5}).save(file)
    return file


# As the scripts do it, but at once.


def build(suite, file):
    provider = ape.networks.provider
    actions = RewardActions(View(suite, provider), None)
    l2 = nullcontext(EpochView(suite.registry, provider))
    actions.batch(actions.rewards.count(l2)).save(file)
    return file


def certify(suite, batch):
    message = Batch.read(batch).message
    members = View(suite, ape.networks.provider).members_of(message.committeeNonce)
    votes = [(name, make_vote(message, named_account(name))) for name in SIGNERS]
    found, _ = combine(message, members, votes)
    file = batch.with_name("certificate.json")
    Ballot(message, found.certificate).save(file)
    return file


def pay(suite, file, certificate=None):
    """Submits a batch; what came of it."""
    batch, ballot = Batch.read(file), Ballot.read(certificate or certify(suite, file))
    receipt = suite.distributor.submit_batch(
        as_struct(batch.message), batch.entries, ballot.certificate, sender=named_account("keeper")
    )
    (event,) = receipt.decode_logs(suite.distributor.BatchAccepted)
    return event


def alter(file, dotted: str, value) -> None:
    """Changes a batch, and makes it agree with itself again."""
    change(file, dotted, value)
    data = json.loads(file.read_text())
    blocks = {row["id"]: row["blocks"] for row in data["entries"]}
    change(file, "message.entriesHash", "0x" + entries_hash(entries(blocks)).hex())
    start = data["message"]["startBlock"]
    if "endBlock" not in dotted:
        change(file, "message.endBlock", start + sum(blocks.values()) - 1)


def id_of(signer: str) -> int:
    return next(n for n in range(1, 6) if named_account(f"signer{n}").address == signer)


def owner(id: int) -> str:
    return f"owner{id}"


def send(script, *arguments, account="keeper"):
    return script.ok("rewards", *arguments, "--account", account)


def refused(script, *arguments, account="keeper"):
    return script.fails("rewards", *arguments, "--account", account)


def latest():
    return ape.networks.provider.get_block("latest")


def approx(wei: int):
    """What is shown is of a second earlier."""
    return pytest.approx(wei / METIS, rel=1e-3)


# ---------------------------------------------------------------- from blocks to a claim


def test_a_batch_from_blocks_to_claim(suite, script, distributor, epochs, crew, tmp_path):
    batch, certificate = tmp_path / "batch.json", tmp_path / "certificate.json"
    end = latest()
    assert f"batch 1, blocks 1 to {end.number}" in script.ok("rewards", "build", "--out", batch)
    message, blocks = Batch.read(batch).message, Batch.read(batch).blocks
    assert (message.batch, message.startBlock, message.endBlock) == (1, 1, end.number)
    assert message.endTimestamp == end.timestamp
    assert message.coveredTime == naive_time(suite, 1, end.number)
    assert blocks == count(suite, 1, end.number)
    files = [tmp_path / f"{name}.json" for name in SIGNERS]
    for name, file in zip(SIGNERS, files, strict=True):
        send(script, "sign", batch, "--out", file, account=name)
    script.ok("rewards", "combine", *files, "--out", certificate)
    arguments = ("submit", batch, certificate)
    text = send(script, *arguments, "--dry-run")
    assert text.endswith("Dry run: nothing was sent.")
    assert "TOO LITTLE" not in text
    shown = float(text.split("about to be paid │ ")[1].split()[0])
    assert "submit batch 1: done" in send(script, *arguments)
    (event,) = distributor.BatchAccepted.range(0, ape.chain.blocks.height + 1)
    assert event.entries == entries(blocks)
    assert event.covered_time == message.coveredTime
    assert shown == approx(event.paid)
    id = id_of(epochs.epochs(1).signer)
    amount = event.paid * blocks[id] // sum(blocks.values())
    assert distributor.account(id).operator == amount > 0
    assert refused(script, *arguments) == "batch 1 was paid already: the next is 2"
    before = suite.metis.balanceOf(named_account(owner(id)))
    send(script, "claim", "--id", id)
    assert suite.metis.balanceOf(named_account(owner(id))) == before + amount
    assert distributor.account(id).operator == 0
    text = script.ok("rewards", "show")
    assert f"next batch │ 2, from block {end.number + 1} of L2 on" in text
    assert f"│ 1 │ {end.number} │ {end.number} │ " in text


def test_a_short_reserve_is_told(suite, script, distributor, batch, certificate):
    rest = distributor.reserve()
    distributor.reimburse(1, rest, "all", sender=named_account("governance"))
    assert "0 METIS: TOO LITTLE" in send(script, "submit", batch, certificate)
    assert "0 (short)" in script.ok("rewards", "show")


def test_show_has_the_last_batches(suite, script, crew, earner, batch):
    crew.wait(DAY)
    first = Batch.read(batch).message
    second = Batch.read(build(suite, batch)).message
    assert (second.batch, second.startBlock) == (2, first.endBlock + 1)
    pay(suite, batch)
    text = script.ok("rewards", "show", "--last", 1)
    assert f"│ 2 │ {second.endBlock} │ " in text
    assert "│ 1 │ " not in text
    assert "│ rate │ 20 % a year │" in text
    suite.distributor.set_mrr(1_000, sender=named_account("governance"))
    text = script.ok("rewards", "show")
    assert "that of the next batch │ 20 % a year" in text


# ---------------------------------------------------------------- counting


def count(suite, start, end):
    view = EpochView(suite.registry, ape.networks.provider)
    return count_blocks(view, start, end).by_sequencer(View(suite, ape.networks.provider))


def naive(suite, start, end):
    """Block by block."""
    found = Counter()
    for block in range(start, end + 1):
        try:
            signer = suite.registry.sequencer_set.sequencer_at(block)
        except ApeException:
            signer = ZERO
        found[suite.pool.signer_of_record(signer)[0]] += 1
    return found


def naive_time(suite, start, end, begin=None):
    """What blocks cover, block by block."""
    provider, timeout = ape.networks.provider, suite.registry.sequencer_set.parameters()[1]
    times = [provider.get_block(x).timestamp for x in range(max(0, start - 1), end + 1)]
    begin = suite.distributor.last_batch().end_timestamp if begin is None else begin
    times = [max(time, begin) for time in times]
    return sum(min(after - before, timeout) for before, after in pairwise(times))


def test_blocks_are_those_of_a_naive_count(suite, crew, epochs):
    """With the fallback, old signers, a gap, and blocks before anything was there."""
    first = epochs.epochs(1).signer
    id = id_of(first)
    key = named_account("signer12")
    view = View(suite, ape.networks.provider)
    signed_by = named_account(owner(id))
    nonce = view.read("admission", signed_by.address)[2]
    pool = suite.pool.address
    consent = make_consent(key, ape.chain.chain_id, pool, signed_by.address, nonce)
    Actions(view, signed_by).rotate_signer(id, consent).send(signed_by)
    crew.call_l2("set_epoch_length", 10)
    crew.wait(epochs.parameters().fallback_delay)
    epochs.fallback(sender=named_account("fallback"))
    crew.mine(15)
    crew.commit()
    crew.mine(15)
    end = ape.networks.provider.get_block("latest").number
    found = count(suite, 1, end)
    assert found == naive(suite, 1, end)
    assert found[id] > 0
    for start, stop in ((2, 2), (epochs.epochs(1).start_block, end - 20), (end - 12, end)):
        assert count(suite, start, stop) == naive(suite, start, stop)


def test_the_time_is_that_of_a_naive_count(suite, crew):
    """With blocks of before the first batch, and gaps; or of a range that no batch has."""
    begin = suite.distributor.last_batch().end_timestamp
    for seconds in (600, 59, 61):
        crew.wait(seconds)
        crew.mine(30)
    view = EpochView(suite.registry, ape.networks.provider)
    end = view.block_number
    covered = count_blocks(view, 1, end, begin).covered_time
    assert covered == naive_time(suite, 1, end) < latest().timestamp - begin
    before = ape.networks.provider.get_block(end - 40).timestamp
    covered = count_blocks(view, end - 39, end).covered_time
    assert covered == naive_time(suite, end - 39, end, before)


def test_a_change_of_the_timeout_counts_for_later_blocks(suite, crew, epochs):
    start = latest().number + 1
    begin = latest().timestamp
    crew.wait(40)
    crew.call_l2("set_block_timeout", 30)
    changed_at = latest().number
    crew.wait(40)
    view = EpochView(suite.registry, ape.networks.provider)
    end = view.block_number
    (change,) = epochs.ParameterSet.range(start, end + 1)
    assert change.block_number <= changed_at < end
    times = [ape.networks.provider.get_block(x).timestamp for x in range(start - 1, end + 1)]
    limits = [60 if x <= change.block_number else 30 for x in range(start, end + 1)]
    expected = sum(min(y - x, z) for x, y, z in zip(times, times[1:], limits, strict=False))
    assert count_blocks(view, start, end, begin).covered_time == expected
    assert expected < times[-1] - begin


class StoppingNode:
    """A node that answers only so often."""

    def __init__(self, node, most: int):
        self._node, self.most, self.asked = node, most, 0

    def times(self, numbers):
        if self.most == 0:
            raise UserError("the node fails")
        self.most -= 1
        self.asked += len(numbers)
        return self._node.times(numbers)


def test_an_interrupted_count_goes_on(suite, crew, tmp_path, monkeypatch):
    crew.mine(300)
    monkeypatch.setattr(protocol, "TIMES", 2)
    monkeypatch.setattr(protocol, "STRIDE", 10)
    view = EpochView(suite.registry, ape.networks.provider)
    end, begin = view.block_number, suite.distributor.last_batch().end_timestamp
    folder, expected = tmp_path / "cache", naive_time(suite, 1, end)
    node = StoppingNode(node_of(view.provider), 6)
    monkeypatch.setattr(covered_time, "node_of", lambda provider: node)
    error = rf"^the node fails; \d+ of {end} blocks are counted$"
    with pytest.raises(UserError, match=error):
        count_blocks(view, 1, end, begin, folder)
    (file,) = folder.iterdir()
    kept = json.loads(file.read_text())
    assert 0 < kept["block"] < end
    node.most, node.asked, told = -1, 0, []
    found = count_blocks(view, 1, end, begin, folder, lambda *_: nullcontext(told.append))
    assert found.covered_time == expected
    assert node.asked <= (end - kept["block"]) * 11 // 10 + 1
    assert sum(told) == 2 * end
    assert json.loads(file.read_text())["seconds"] == expected
    # all is counted: only its last block is asked again
    node.asked = 0
    assert count_blocks(view, 1, end, begin, folder).covered_time == expected
    assert node.asked == 1
    # what was counted of blocks that were replaced, or beyond the end, is counted anew
    change(file, "time", begin + 1)
    change(file, "seconds", 1)
    assert count_blocks(view, 1, end, begin, folder).covered_time == expected
    covered = count_blocks(view, 1, end - 100, begin, folder).covered_time
    assert covered == naive_time(suite, 1, end - 100)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("version", 2, "is of version 2, not 1: delete it"),
        ("begin", 1, r"is of begin 1, not \d+: delete it"),
        ("chain_id", 5, r"is of chain_id 5, not \d+: delete it"),
        ("seconds", -1, "this is no count of blocks: wanted a number of 64 bits"),
        ("more", 1, "this is no count of blocks; make one with `a new run`"),
    ],
)
def test_a_bad_file_of_a_count__is_refused(suite, tmp_path, key, value, reason):
    view = EpochView(suite.registry, ape.networks.provider)
    arguments = (view, 1, view.block_number, view.last_block_at - 1, tmp_path)
    count_blocks(*arguments)
    (file,) = tmp_path.iterdir()
    change(file, key, value)
    with pytest.raises(UserError, match=reason):
        count_blocks(*arguments)


def test_blocks_of_a_fallback_that_is_a_sequencer_too_are_nobodys(suite, crew, epochs):
    """Blocks are its own only in epochs for which it was drawn."""
    me = named_account("signer6")
    id = crew.lock(named_account(owner(6)), me, 20_000 * METIS)
    crew.call_l2("set_fallback_sequencer", me.address)
    crew.wait(epochs.parameters().fallback_delay)
    start = epochs.fallback(sender=me).block_number
    crew.mine(3)
    assert suite.pool.signer_of_record(me)[0] == id
    assert count(suite, start, start + 3) == {NOBODY: 4}


class Calendar:
    """An EpochView of many epochs, which counts how often it is asked."""

    LENGTH, EPOCHS = 1_000, 5_000

    def __init__(self):
        self.reads, self.last_epoch = 0, self.EPOCHS - 1
        self.block_number = self.LENGTH * self.EPOCHS
        self.registry = SimpleNamespace(from_block=0)
        taken = SimpleNamespace(range=lambda start, stop: [])
        self.sequencer_set = SimpleNamespace(
            address=ZERO,
            FallbackTaken=taken,
            ParameterSet=taken,
            parameters=lambda block_identifier: SimpleNamespace(block_timeout=60),
        )
        self.headers = 0
        self.provider = SimpleNamespace(
            chain_id=1,
            get_block=lambda number: SimpleNamespace(timestamp=2 * number),
            web3=SimpleNamespace(eth=SimpleNamespace(get_block=self._header)),
        )

    def _header(self, number):
        self.headers += 1
        return {"number": number, "hash": bytes(32), "timestamp": 2 * number}

    def read(self, name, id):
        assert name == "epochs"
        self.reads += 1
        start = id * self.LENGTH + 1
        return SimpleNamespace(
            signer=f"signer{id % 5}", start_block=start, end_block=start + self.LENGTH - 1
        )


def test_a_month_of_blocks_is_cheap():
    calendar, told = Calendar(), []
    month = 30 * DAY // 2

    def bar(what, total):
        assert total == month
        return nullcontext(told.append)

    production = count_blocks(calendar, 1_234_567, 1_234_566 + month, bar=bar)
    assert sum(production.blocks.values()) == month
    assert sum(told) == 2 * month
    assert production.covered_time == 2 * month
    assert calendar.headers < month // 24
    assert len(production.blocks) == 5
    assert calendar.reads < month // calendar.LENGTH + 30


def test_count_shows_any_range(script, crew):
    latest = ape.networks.provider.get_block("latest").number
    text = script.ok("rewards", "count")
    assert f"Blocks 1 to {latest} of L2" in text
    assert "; they cover " in text
    assert "the fallback, or nobody" in text
    text = script.ok("rewards", "count", "--start", latest, "--end", latest)
    assert "│ 1 │ 100.00 %" in text
    error = script.fails("rewards", "count", "--start", 5, "--end", 4)
    assert error == "no blocks: 5 is after 4"
    error = script.fails("rewards", "count", "--end", latest + 1)
    assert error == f"block {latest + 1} of L2 is not there yet: the latest is {latest}"


# ---------------------------------------------------------------- batches that are refused


def test_build_takes_at_most_30_days(suite, script, crew, distributor, tmp_path):
    """And time in which a chain stood still for longer goes on without a block."""
    file = tmp_path / "batch.json"
    end = latest().number
    error = script.fails("rewards", "build", "--end", end + 1, "--out", file)
    assert error == f"block {end + 1} is too late: the last that may be in the next batch is {end}"
    text = script.ok("rewards", "build", "--end", end - 2, "--out", file)
    assert f"batch 1, blocks 1 to {end - 2}, until" in text
    crew.wait(65 * DAY)
    assert Batch.read(build(suite, file)).message.endBlock == end
    pay(suite, file)
    error = script.fails("rewards", "build", "--end", end, "--out", file)
    assert error == f"block {end} is paid already: the next batch starts at block {end + 1}"
    before = distributor.last_batch()
    text = script.ok("rewards", "build", "--out", file)
    assert "batch 2, no blocks, until" in text
    send(script, "sign", file, "--out", tmp_path / "vote.json", account="signer1")
    pay(suite, file)
    after = distributor.last_batch()
    assert (after.end_block, after.batch) == (end, 2)
    assert after.end_timestamp == before.end_timestamp + 30 * DAY


def test_build__nothing_new__is_refused(suite, script, crew, distributor, tmp_path):
    """If all blocks until now are paid, and L1 is not ahead by more than a batch may be."""
    view = EpochView(suite.registry, ape.networks.provider)
    actions = RewardActions(View(suite, ape.networks.provider), None)
    actions.rewards.last = SimpleNamespace(
        batch=1, end_block=view.block_number, end_timestamp=view.last_block_at
    )
    with pytest.raises(UserError, match=r"^nothing to pay: the next batch starts at block "):
        actions.rewards.count(nullcontext(view))


def test_build__too_many_blocks__is_refused(script, crew, suite, tmp_path):
    """Before the day is over: blocks older than the contract have no time."""
    file = tmp_path / "batch.json"
    start = suite.distributor.last_batch().end_timestamp
    provider = ape.networks.provider
    latest = provider.get_block("latest").number
    block = next(n for n in range(1, latest + 1) if provider.get_block(n).timestamp > start)
    error = script.fails("rewards", "build", "--end", block, "--out", file)
    assert error.startswith(f"too many blocks: {block} in ")
    error = script.fails("rewards", "build", "--end", block - 1, "--out", file)
    assert error.startswith("the batch ends ")


def test_sign__stranger__is_refused(script, batch, tmp_path):
    arguments = ("sign", batch, "--out", tmp_path / "vote.json")
    error = refused(script, *arguments, account="stranger")
    assert error == f"{named_account('stranger').address} is no member of committee 1"


def test_sign__wrong_batch__is_refused(script, batch, tmp_path):
    good, vote = batch.read_text(), tmp_path / "vote.json"
    covered = Batch.read(batch).message.coveredTime
    for dotted, value, reason in (
        ("entries", [{"id": 0, "blocks": 5}], "the batch ends at "),
        ("message.endTimestamp", 1, "the batch ends 1970-01-01"),
        ("message.endTimestamp", 2**40, "the batch ends in the future: second 1099511627776 UTC"),
        ("message.endTimestamp", 2**56, "the batch ends in the future: second "),
        ("message.batch", 2, "batch 2 is not the next: the next is 1"),
        ("message.startBlock", 2, "the batch starts at block 2, and the last ended at block 0"),
        ("message.committeeNonce", 2, "there is no committee 2"),
        ("message.coveredTime", covered + 1, f"the batch covers {covered + 1} s, counted are"),
        ("message.coveredTime", 2**40, "the batch covers 1099511627776 s, more than the "),
        ("message.coveredTime", 0, "the batch has blocks, and covers no time"),
        ("domain.chain_id", 1, "the batch is for the SequencerSet "),
    ):
        alter(batch, dotted, value)
        error = refused(script, "sign", batch, "--out", vote, account="signer1")
        assert error.startswith(reason)
        batch.write_text(good)
    assert not vote.exists()


def test_sign__blocks_moved__is_refused(script, batch, tmp_path):
    """From nobody to one who has produced none of them; or beyond the last sequencer."""
    rows = json.loads(batch.read_text())["entries"]
    arguments = ("sign", batch, "--out", tmp_path / "vote.json")
    moved = [row | {"blocks": row["blocks"] + (1 if row["id"] else -1)} for row in rows]
    alter(batch, "entries", moved)
    error = refused(script, *arguments, account="signer1")
    blocks = rows[0]["blocks"]
    assert error == f"the batch says {blocks - 1} blocks of nobody, counted are {blocks}"
    alter(batch, "entries", [rows[0], rows[1] | {"id": 6}])
    assert refused(script, *arguments, account="signer1") == (
        "there is no sequencer 6: the latest is 5"
    )


@pytest.mark.parametrize(
    ("dotted", "value", "reason"),
    [
        ("version", VERSION + 1, "version 3, this reads 2; make it anew with `ape run rewards"),
        ("kind", "Offence", "this is no batch: kind: .*; make one with `ape run rewards build`"),
        ("version", True, "this is no batch: version: "),
        ("more", 1, "this is no batch: the file: there is no 'more'"),
        ("message.more", 1, "this is no batch: message: there is no 'more'"),
        ("message.entriesHash", "0x12", "this is no batch: message.entriesHash: wanted 32 bytes"),
        ("message.entriesHash", "0x" + 64 * "1", "the entries are not those that its message has"),
        ("message.endBlock", 5, "blocks, its message 5"),
        ("entries", {"id": 1}, "this is no batch: entries: "),
        ("entries", [{"id": 1}], r"this is no batch: entries\.0\.blocks is missing"),
        ("entries", [{"id": 1, "blocks": 0}], "this is no batch: entries: wanted at least one"),
        ("entries", [{"id": -1, "blocks": 1}], r"entries\.0\.id: wanted a number of 32 bits"),
        ("entries", [{"id": 2**32, "blocks": 1}], r"entries\.0\.id: wanted a number of 32 bits"),
        ("entries", 2 * [{"id": 1, "blocks": 1}], "entries: wanted ids in rising order"),
    ],
)
def test_a_bad_batch_file__is_refused(written, dotted, value, reason):
    change(written, dotted, value)
    with pytest.raises(UserError, match=f"^{re.escape(str(written))}: .*{reason}"):
        Batch.read(written)


def test_a_batch_file_of_version_1__is_refused(written):
    """It had no coveredTime."""
    data = json.loads(written.read_text())
    del data["message"]["coveredTime"]
    written.write_text(json.dumps(data | {"version": 1}))
    with pytest.raises(UserError) as refusal:
        Batch.read(written)
    assert str(refusal.value) == (
        f"{written}: version 1, this reads 2; make it anew with `ape run rewards build`"
    )


def test_a_batch_that_covers_time_without_blocks__is_refused(suite, batch):
    good = Batch.read(batch).message
    changes = {"endBlock": good.startBlock - 1, "coveredTime": 1}
    actions = RewardActions(View(suite, ape.networks.provider), None)
    with pytest.raises(UserError, match=r"^the batch covers 1 s, and has no blocks$"):
        actions.check_batch(Batch(good.model_copy(update=changes), {}))


def test_a_missing_batch_file__is_refused(script, crew, tmp_path):
    missing = tmp_path / "none.json"
    error = refused(script, "submit", missing, missing)
    assert error == f"no batch file {missing}"


def test_a_batch_file_is_as_documented(written):
    data = json.loads(written.read_text())
    fields = {row["part"]: row["what"] for row in table("rewards.md", "part | type")}
    assert list(fields) == list(data)
    assert fields["version"] == str(data["version"]) == str(VERSION)
    assert fields["kind"] == data["kind"]
    for name in ("domain", "message"):
        assert all(f"`{key}`" in fields[name] for key in data[name])
    assert all(f"`{key}`" in fields["entries"] for key in data["entries"][0])


def test_more_entries_than_the_contract_takes__are_refused(suite, batch):
    good = Batch.read(batch)
    blocks = dict.fromkeys(range(LIMITS["MAX_ENTRIES"] + 1), 1)
    message = good.message.model_copy(update={"endBlock": len(blocks)})
    actions = RewardActions(View(suite, ape.networks.provider), None)
    with pytest.raises(UserError, match=r"^too many entries: 130, at most 129; name an earlier"):
        actions.check_batch(Batch(message, blocks))


# ---------------------------------------------------------------- certificates that are refused


def test_combine__no_or_other_votes__are_refused(script, suite, batch, tmp_path):
    out, file = tmp_path / "out.json", tmp_path / "vote.json"
    error = script.fails("rewards", "combine", "--out", out)
    assert error == "no votes: name the files that `ape run rewards sign` wrote"
    make_vote(Batch.read(batch).message, named_account("signer1")).save(file)
    error = script.fails("rewards", "combine", file, "--out", out)
    assert error.startswith("signed by 1 of 5 members, who hold 20,000 of 300,000 METIS: ")
    assert "180,000 METIS more, for two thirds of the power; and 1 member more, for" in error
    change(file, "domain.chain_id", 1)
    assert "is for the SequencerSet" in script.fails("rewards", "combine", file, "--out", out)
    domain = set_domain(suite.l2_chain_id, suite.set_address)
    values = {"committeeNonce": 1, "sequencerId": 1, "kind": 3, "epoch": 1, "observedAt": 1}
    offence = Offence(eip712_domain=domain, evidence=bytes(32), **values)
    make_vote(offence, named_account("signer1")).save(file)
    error = script.fails("rewards", "combine", file, "--out", out)
    assert error == f"{file}: the vote is of a Offence"


def test_submit__bad_certificate__is_refused(script, batch, certificate):
    good = certificate.read_text()
    for dotted, value, reason in (
        ("domain.chain_id", 1, "the certificate is for the SequencerSet "),
        ("message.committeeNonce", 2, "there is no committee 2"),
        ("message.coveredTime", 5, "the certificate is bad: .* has not signed it"),
        ("message.endTimestamp", 5, "the certificate is bad: .* has not signed it"),
        ("certificate.members", [], "the members are not those of committee 1"),
        ("certificate.more", 1, "this is no certificate"),
    ):
        change(certificate, dotted, value)
        assert re.search(reason, refused(script, "submit", batch, certificate))
        certificate.write_text(good)


def test_submit__certificate_of_another_batch__is_refused(script, batch, certificate):
    rows = json.loads(batch.read_text())["entries"]
    alter(batch, "entries", [rows[0] | {"blocks": rows[0]["blocks"] - 1}, *rows[1:]])
    error = refused(script, "submit", batch, certificate)
    assert error.startswith("the certificate is of another batch: endBlock ")


def test_submit__old_committee__is_refused(suite, crew, script, batch, certificate):
    crew.wait(DAY)
    suite.committee_registry.checkpoint(sender=named_account("keeper"))
    crew.wait(LIMITS["COMMITTEE_AGE"] - 60)
    send(script, "submit", batch, certificate, "--dry-run")
    crew.wait(60)
    error = refused(script, "submit", batch, certificate)
    assert error.startswith("committee 1 is too old: superseded ")
    assert error.endswith("and what it signs counts for 7 d")


# ---------------------------------------------------------------- claims


def test_claim__nothing__is_refused(script, crew):
    error = refused(script, "claim", "--id", 1)
    assert error == "nothing to claim: sequencer 1 has no unpaid rewards"
    error = refused(script, "claim")
    assert error == f"{named_account('keeper').address} has no sequencer"
    assert refused(script, "claim", "--id", 6) == "there is no sequencer 6: the latest is 5"
    error = refused(script, "restake", account="owner1")
    assert error == "nothing to restake: sequencer 1 has no unpaid rewards"


def test_restake_up_to_the_cap(suite, script, distributor, epochs, batch, certificate):
    id = id_of(epochs.epochs(1).signer)
    governance = named_account("governance")
    distributor.reimburse(id, 100 * METIS, "for a test", sender=governance)
    error = refused(script, "restake", "--id", id, account=owner(id % 5 + 1))
    assert error.startswith(f"sequencer {id} belongs to ")
    bonded = suite.pool.sequencer(id).own.bonded
    suite.pool.set_cap(bonded, sender=governance)
    error = refused(script, "restake", account=owner(id))
    assert error.startswith("no room: ")
    suite.pool.set_cap(bonded + 60 * METIS, sender=governance)
    text = send(script, "restake", account=owner(id))
    assert "restake 60 METIS of rewards: done" in text
    assert "stays to be claimed │ 40 METIS" in text
    assert suite.pool.sequencer(id).own.bonded == bonded + 60 * METIS
    assert distributor.account(id).operator == 40 * METIS


def test_claim_to_l2(suite, script, distributor, crew):
    governance, me = named_account("governance"), named_account("owner2")
    distributor.reimburse(2, 100 * METIS, "for a test", sender=governance)
    error = refused(script, "claim-to-l2", "--id", 2)
    assert error.startswith(f"the rewards of sequencer 2 are {me.address}'s, not ")
    error = refused(script, "claim-to-l2", "--fee", "0.0000001", account="owner2")
    assert error == "the contract refuses: MockL1ERC20Bridge: insufficient fee"
    text = send(script, "claim-to-l2", "--gas", 250_000, account="owner2")
    assert "fee of the bridge │ 0.000250 ETH" in text
    assert suite.metis.balanceOf(suite.bridge) == 100 * METIS
    assert suite.bridge.balance == 250_000 * 10**9


def test_sync(suite, script, distributor, crew):
    error = refused(script, "sync", "--id", 1)
    assert error == "nothing to sync: the vault's share of sequencer 1 is 0 %"
    id = paired(suite, crew)
    text = send(script, "sync", account="owner7")
    assert "from now on │ 45 %" in text
    assert distributor.account(id).share == 4_500_000
    error = refused(script, "sync", "--id", id)
    assert error == f"nothing to sync: the vault's share of sequencer {id} is 45 %"


def test_close_claims(script, distributor, crew):
    governance, me = named_account("governance"), named_account("owner2")
    distributor.reimburse(2, 100 * METIS, "for a test", sender=governance)
    error = refused(script, "close-claims", "--open", account="owner2")
    assert error == "nothing to change: claims of sequencer 2 are open already"
    error = refused(script, "close-claims", "--id", 2, account="owner1")
    assert error.startswith("sequencer 2 belongs to ")
    text = send(script, "close-claims", account="owner2")
    assert "who may claim for it │ its owner and its reward recipient" in text
    assert distributor.account(2).is_closed
    error = refused(script, "claim", "--id", 2, account="stranger")
    assert error.startswith(f"sequencer 2 has closed claims: only its owner {me.address} and its")
    send(script, "claim", account="owner2")
    send(script, "close-claims", "--open", account="owner2")
    assert not distributor.account(2).is_closed


def paired(suite, crew):
    """The id of owner7's sequencer, half of whose stake is a vault's; its commission is 10 %."""
    owner7, vault = named_account("owner7"), named_account("lst")
    suite.pool.set_pairing(owner7, vault, 1_000, sender=crew.governance)
    id = crew.lock(owner7, named_account("signer7"), 20_000 * METIS)
    Actions(View(suite, ape.networks.provider), vault).deposit_paired(id, 20_000 * METIS).send(
        vault
    )
    return id


def test_fund(suite, script, distributor, crew):
    before = distributor.reserve()
    text = send(script, "fund", "12.5", account="owner1")
    assert "allow the RewardDistributor to take 12.5 METIS" in text
    assert distributor.reserve() == before + 125 * METIS // 10
    assert refused(script, "fund", "0", account="owner1") == "the amount is 0"
    error = refused(script, "fund", "1", account="stranger")
    assert error.startswith("too little METIS: ")


def test_one_distributor_after_another(suite, script, path, distributor, crew, tmp_path, project):
    """The old one ends, the new one begins, and counts from the first block after that."""
    for step in ("give-notice", "retire"):
        assert refused(script, step).startswith("the pool still names it")
    terms = (distributor.domain_separator(), distributor.owner(), distributor.bridge())
    l2 = (distributor.l2_chain_id(), distributor.l2_metis())
    first_block = latest().number + 2  # the one after the deployment
    new = named_account("deployer").deploy(
        *(project.RewardDistributor, suite.pool, suite.committee_registry),
        *(*terms, *l2, first_block, 2_000),
    )
    file = tmp_path / "new.json"
    text = path.read_text().replace(distributor.address, new.address)
    hashes = [hash_of(ape.networks.provider.get_code(x.address)) for x in (distributor, new)]
    file.write_text(text.replace(*hashes))
    renewed = Script(file)
    assert refused(renewed, "begin").startswith("the pool names another distributor")
    crew.mine(5)
    suite.pool.set_distributor(new, sender=crew.governance)
    error = renewed.fails("rewards", "build", "--out", tmp_path / "early.json")
    assert error.startswith(f"{new.address} has not begun to pay")
    assert "once rewards have begun" in renewed.ok("rewards", "show")
    error = refused(script, "retire")
    assert error == "no notice was given yet: `ape run rewards give-notice` comes first"
    assert "can be retired from" in send(script, "give-notice")
    assert refused(script, "give-notice").startswith("notice was given ")
    assert refused(script, "retire").startswith("notice runs until ")
    assert "time from now on" in send(renewed, "begin")
    begun = latest().number
    assert refused(renewed, "begin") == "nothing to begin: it has begun already"
    crew.wait(DAY)
    crew.mine(3)
    batch = tmp_path / "batch.json"
    renewed.ok("rewards", "build", "--out", batch)
    message = Batch.read(batch).message
    assert (message.batch, message.startBlock) == (1, begun + 1)
    assert begun > first_block + 5
    # the contract would take it: what is right is for each member to see
    change(batch, "message.startBlock", begun)
    change(batch, "message.endBlock", message.endBlock - 1)
    vote = ("--out", tmp_path / "vote.json", "--account", "signer1")
    error = renewed.fails("rewards", "sign", batch, *vote)
    assert (
        error == f"the batch starts at block {begun}, and the next one has to at block {begun + 1}"
    )
    change(batch, "message.startBlock", begun + 1)
    change(batch, "message.endBlock", message.endBlock)
    certificate = certify(suite, batch)
    send(renewed, "submit", batch, certificate)
    assert new.last_batch().batch == 1
    crew.wait(LIMITS["RETIREMENT_NOTICE"])
    assert "takes no batch ever again" in send(script, "retire")
    assert "none: retired after batch 0" in script.ok("rewards", "show")
    error = script.fails("rewards", "build", "--out", tmp_path / "late.json")
    assert error == f"{distributor.address} is retired: it takes no batch any more"


# ---------------------------------------------------------------- planning and bookkeeping


def test_forecast(suite, script, crew):
    text = script.ok("rewards", "forecast", "36500")
    assert "together │ 20 │ 600 │ 7,300" in text
    # 10,000 METIS at 60,000 a year
    assert "lasts, without this stake │ 60 d 20 h" in text
    text = script.ok("rewards", "forecast", "20000", "--paired", "20000", "--commission", "10")
    assert "operator │ 12.0547 │ 361.6438 │ 4,400" in text
    assert "vault │ 9.863 │ 295.8904 │ 3,600" in text
    assert "share of blocks, with this stake │ 11.76 %" in text


def test_forecast__what_the_pool_would_not_have__is_refused(script, crew):
    for arguments, reason in (
        (("19999",), "19,999 METIS are below min_stake, 20,000 METIS: they earn nothing"),
        (("100001",), "100,001 METIS are above the cap of 100,000 METIS"),
        (("20000", "--commission", "51"), "a commission is at most 50 %"),
        (("20000", "--commission", "x"), "bad share: "),
    ):
        assert script.fails("rewards", "forecast", *arguments).startswith(reason)


def test_export_adds_up(suite, script, crew, distributor, tmp_path):
    """Of one with a vault, which has produced blocks, was paid in every way, and goes on."""
    id = paired(suite, crew)
    vault, me, governance = (named_account(x) for x in ("lst", "owner7", "governance"))
    distributor.sync(id, sender=vault)
    file, out = tmp_path / "batch.json", tmp_path / "rewards.csv"
    crew.wait(DAY)
    pay(suite, build(suite, file))
    crew.wait(DAY)
    # as if it had produced all of them
    build(suite, file)
    data = json.loads(file.read_text())
    total = sum(row["blocks"] for row in data["entries"])
    alter(file, "entries", [{"id": 1, "blocks": 1}, {"id": id, "blocks": total - 1}])
    pay(suite, file)
    distributor.claim(id, sender=me)
    distributor.claim_vault(id, sender=vault)
    distributor.reimburse(id, 3 * METIS // 2, "vote 7", sender=governance)
    distributor.restake(id, sender=me)
    distributor.reimburse(id, METIS, "vote 8", sender=governance)
    distributor.claim_to_l2(id, 200_000, sender=me, value=10**15)
    distributor.reimburse(id, METIS // 4, "vote 9", sender=governance)
    distributor.reimburse_vault(id, vault, METIS // 2, "vote 10", sender=governance)
    text = script.ok("rewards", "export", "--id", id, "--out", out)
    assert "9 rows of sequencer 6" in text
    assert "left to claim: operator 0.25 METIS, vaults 0.5 METIS" in text
    assert text.endswith("What is left to claim is what the contract has.")
    with out.open() as lines:
        rows = list(csv.DictReader(lines))
    assert [row["what"] for row in rows] == [
        *("earned", "claim", "vault's claim", "reimbursed: vote 7", "restake"),
        *("reimbursed: vote 8", "claim to L2", "reimbursed: vote 9", "reimbursed: vote 10"),
        *("all earned", "all paid", "left to claim"),
    ]
    first = rows[0]
    assert (first["batch"], first["blocks"], first["of_blocks"]) == (
        "2",
        str(total - 1),
        str(total),
    )
    *_, event = distributor.BatchAccepted.range(0, ape.chain.blocks.height + 1)
    assert first["covered_seconds"] == str(event.covered_time)
    assert Decimal(first["vault"]) > 0
    assert float(first["vault"]) == pytest.approx(float(first["operator"]) * 45 / 55)
    assert rows[4]["operator"] == "-1.5"
    assert (rows[1]["to"], rows[2]["to"]) == (me.address, vault.address)
    for side in ("operator", "vault"):
        amounts = [Decimal(row[side]) for row in rows]
        assert sum(amounts[:-3]) == amounts[-1] == amounts[-3] + amounts[-2]
    error = script.fails("rewards", "export", "--id", 7, "--out", out)
    assert error == "there is no sequencer 7: the latest is 6"


def test_a_suite_without_a_distributor__is_told(project, values, suite, tmp_path):
    provider = ape.networks.provider
    addresses = replace(values.addresses, distributor=named_account("distributor").address)
    path = tmp_path / "deployment.json"
    journal = Journal.open(path, provider)
    values = replace(values, addresses=addresses)
    Deployer(values, named_account("deployer"), journal, provider, project).run()
    error = Script(path).fails("rewards", "show")
    assert error == "this suite has no RewardDistributor of ours: it pays no rewards"


# ---------------------------------------------------------------- two chains


def test_blocks_are_counted_on_the_l2_of_the_deployment(path, batch, tmp_path):
    """As if both sides of this chain were two: each has a file that knows the other by address."""
    files = {}
    for side, far, mine in (
        ("l1", "SequencerSet", lambda name: name != "SequencerSet"),
        ("l2", "CommitteeRelay", lambda name: name in ("SequencerSet", "LocalMessenger")),
    ):
        data = json.loads(path.read_text())
        address = data["contracts"][far]["address"]
        data["other"] = data["chain"] | {"contract": far, "address": address}
        data["contracts"] = {k: v for k, v in data["contracts"].items() if mine(k)}
        files[side] = tmp_path / f"{side}.json"
        files[side].write_text(json.dumps(data))
    script, out = Script(files["l1"]), tmp_path / "other.json"
    where = ("--l2-deployment", files["l2"])
    script.ok("rewards", "build", "--out", out, *where)
    assert out.read_text() == batch.read_text()
    network = ape.networks.provider.network_choice
    where = (*where, "--l2-network", network)
    send(script, "sign", batch, "--out", out, *where, account="signer1")
    error = script.fails("rewards", "count", "--l2-deployment", tmp_path / "none.json")
    assert error.startswith(f"no deployment file {tmp_path / 'none.json'}")
