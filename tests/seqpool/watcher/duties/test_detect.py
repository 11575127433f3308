"""What is noticed in streams of blocks: recorded by hand, and generated."""

from hypothesis import given
from hypothesis import strategies as st

from seqpool.watcher.base.config import DetectionConfig
from seqpool.watcher.duties.detect import (
    Backlog,
    Detector,
    Equivocation,
    Pace,
    Slow,
    Stall,
    WrongBlock,
)
from tests.seqpool.watcher.streams import START, block, chain, commitment, keys

TIMEOUT = 60
A, B, C, D = (account.address for account in keys(4))


def detector(**thresholds) -> Detector:
    values = {
        "backlog_blocks": 5,
        "backlog_pending": 10,
        "slow_factor": 1.5,
        "slow_epochs": 5,
        "wrong_block_after": 3,
    }
    return Detector(DetectionConfig(**values | thresholds))


def see(found: Detector, blocks, epoch: int = 1, signer: str = A, pending: int | None = None):
    for x in blocks:
        if pending is not None:
            found.see_pending(pending)
        found.see_block(x, epoch, signer)


def kinds(found: Detector, now: float, confirmations: int = 0) -> list[type]:
    return [type(x) for x in found.findings(now, TIMEOUT, confirmations)]


# ---------------------------------------------------------------- stalls


def test_a_stall_is_found_at_the_very_second_and_counted_in_rounds():
    found = detector()
    blocks = chain(3)
    see(found, blocks)
    last = blocks[-1]
    assert kinds(found, last.timestamp + 59.999) == []
    assert list(found.findings(last.timestamp + 60, TIMEOUT)) == [Stall(last, 1)]
    assert list(found.findings(last.timestamp + 119.9, TIMEOUT)) == [Stall(last, 1)]
    assert list(found.findings(last.timestamp + 120, TIMEOUT)) == [Stall(last, 2)]
    assert list(found.findings(last.timestamp + 10**6, TIMEOUT)) == [Stall(last, 255)]


def test_a_block_ends_a_stall():
    found = detector()
    blocks = chain(3)
    see(found, blocks)
    late = block(103, START + 70, blocks[-1].hash)
    assert kinds(found, START + 70) == [Stall]
    see(found, [late])
    assert kinds(found, START + 71) == []


def test_nothing_is_found_before_the_first_block():
    assert kinds(detector(), START) == []


@given(
    gaps=st.lists(st.integers(1, 200), min_size=1, max_size=60),
    asked=st.integers(0, 400),
)
def test_a_stall_is_found_if_and_only_if_the_last_block_is_old(gaps, asked):
    found = detector()
    last = block(1, START)
    found.see_block(last, 1, A)
    for number, gap in enumerate(gaps, 2):
        last = block(number, last.timestamp + gap, last.hash)
        found.see_block(last, 1, A)
    stalls = [x for x in found.findings(last.timestamp + asked, TIMEOUT) if isinstance(x, Stall)]
    assert [(x.last, x.round) for x in stalls] == (
        [(last, asked // TIMEOUT)] if asked >= TIMEOUT else []
    )


# ---------------------------------------------------------------- backlogs


def test_a_backlog_is_a_full_window_of_empty_blocks_with_waiting_transactions():
    found = detector()
    blocks = chain(10)  # 100 to 109: windows end at 104 and 109
    see(found, blocks[:4], pending=10)
    assert kinds(found, START) == []
    see(found, blocks[4:5], pending=10)
    assert list(found.findings(START, TIMEOUT)) == [Backlog(1, A, tuple(blocks[:5]))]
    assert kinds(found, START, confirmations=2) == []
    see(found, blocks[5:7], pending=0)
    assert kinds(found, START, confirmations=2) == [Backlog]
    see(found, blocks[7:], pending=10)
    assert len(list(found.findings(START, TIMEOUT))) == 1


def test_a_backlog_needs_each_sample_and_each_block():
    for broken in range(5):
        found = detector()
        for n, x in enumerate(chain(5)):
            found.see_pending(10)
            if n == broken:
                found.see_pending(9)
            found.see_block(x, 1, A)
        assert kinds(found, START) == []
    for broken in range(5):
        found = detector()
        for n, x in enumerate(chain(5)):
            if n != broken:
                found.see_pending(10)
            found.see_block(x, 1, A)
        assert kinds(found, START) == []


def test_a_backlog_is_of_one_epoch():
    found = detector()
    blocks = chain(5)
    see(found, blocks[:2], epoch=1, pending=50)
    see(found, blocks[2:], epoch=2, pending=50)
    assert kinds(found, START) == []


@given(
    data=st.data(),
    first=st.integers(0, 20),
    length=st.integers(2, 8),
    size=st.integers(1, 40),
)
def test_backlogs_are_exactly_the_aligned_windows(data, first, length, size):
    found = detector(backlog_blocks=length)
    flags = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    last, blocks = None, []
    for n, is_idle in enumerate(flags):
        last = block(
            first + n, START + n, last.hash if last else b"", transactions=0 if is_idle else 1
        )
        blocks.append(last)
    see(found, blocks, pending=10)
    starts = [x.blocks[0].number for x in found.findings(START, TIMEOUT) if isinstance(x, Backlog)]
    expected = [
        first + n
        for n in range(size - length + 1)
        if (first + n) % length == 0 and all(flags[n : n + length])
    ]
    assert starts == expected


# ---------------------------------------------------------------- reorganisations


def test_a_reorganisation_takes_a_backlog_back():
    found = detector()
    blocks = chain(5)
    see(found, blocks, pending=10)
    assert kinds(found, START) == [Backlog]
    see(found, chain(3, after=blocks[1], branch="other", transactions=2), pending=10)
    assert kinds(found, START) == []
    assert found.head.number == 104


def test_blocks_that_were_missed_count_for_nothing():
    found = detector()
    blocks = chain(10)
    see(found, blocks[:3] + blocks[5:], pending=10)
    backlogs = [x for x in found.findings(START, TIMEOUT) if isinstance(x, Backlog)]
    assert [x.blocks[0].number for x in backlogs] == [105]


@given(data=st.data())
def test_whatever_is_undone_leaves_no_trace(data):
    """A stream with reorganisations is as the stream of the blocks that stayed."""
    stayed: list = []
    found = detector()
    for turn in range(data.draw(st.integers(1, 12))):
        keep = data.draw(st.integers(0, len(stayed))) if stayed else 0
        stayed = stayed[:keep] if keep else stayed[:1]
        for _ in range(data.draw(st.integers(1, 8))):
            last = stayed[-1] if stayed else None
            number = last.number + 1 if last else 100
            x = block(number, START + number, last.hash if last else b"", branch=str(turn))
            stayed.append(x)
            found.see_pending(10)
            found.see_block(x, 1, A)
    plain = detector()
    see(plain, stayed, pending=10)
    assert list(found.findings(START + 300, TIMEOUT)) == list(plain.findings(START + 300, TIMEOUT))
    assert found.head == stayed[-1]


# ---------------------------------------------------------------- wrong blocks


def test_a_wrong_block_is_what_the_reference_contradicts_for_long_enough():
    found = detector()
    blocks = chain(5)
    see(found, blocks)
    mine = block(103, START + 6, blocks[2].hash, branch="right")
    found.see_reference(mine, START + 10)
    assert kinds(found, START + 12) == []
    found.see_reference(mine, START + 12)
    (wrong,) = found.findings(START + 13, TIMEOUT)
    assert wrong == WrongBlock(blocks[2], blocks[3], mine.hash, 1, A, 1)
    # all later blocks are refused: no stall, but later rounds of this
    (wrong,) = found.findings(START + 4 + 125, TIMEOUT)
    assert (type(wrong), wrong.round) == (WrongBlock, 2)


def test_a_reference_that_comes_round_or_is_on_another_branch_contradicts_nothing():
    found = detector()
    blocks = chain(5)
    see(found, blocks)
    found.see_reference(block(103, START + 6, blocks[2].hash, branch="right"), START)
    found.see_reference(blocks[3], START + 1)
    assert kinds(found, START + 20) == []
    found.see_reference(block(103, START + 6, b"another parent", branch="right"), START)
    assert kinds(found, START + 20) == []


def test_a_wrong_block_that_is_replaced_is_forgotten():
    found = detector()
    blocks = chain(4)
    see(found, blocks)
    right = block(103, START + 6, blocks[2].hash, branch="right")
    found.see_reference(right, START)
    assert kinds(found, START + 20) == [WrongBlock]
    found.see_block(right, 2, B)
    assert kinds(found, START + 20) == []


# ---------------------------------------------------------------- slow production


def pace(epoch: int, signer: str, interval: int, blocks: int = 20) -> Pace:
    first = block(epoch * 100, START)
    return Pace(epoch, signer, first, block(first.number + blocks - 1, START + interval * blocks))


def test_an_epoch_is_slow_against_the_median_of_others():
    found = detector()
    for epoch, signer in enumerate((B, C, D), 1):
        found.see_epoch(pace(epoch, signer, 2))
    found.see_epoch(pace(4, A, 2))
    assert kinds(found, START) == []
    slow = pace(5, A, 4)
    found.see_epoch(slow)
    assert list(found.findings(START, TIMEOUT)) == [Slow(5, A, slow.first, slow.last)]


def test_too_few_others_are_no_median():
    found = detector()
    for epoch, signer in enumerate((B, C, B, C), 1):
        found.see_epoch(pace(epoch, signer, 2))
    found.see_epoch(pace(5, A, 40))
    assert kinds(found, START) == []


def test_a_short_epoch_says_nothing():
    found = detector()
    for epoch, signer in enumerate((B, C, D), 1):
        found.see_epoch(pace(epoch, signer, 2))
    found.see_epoch(pace(4, A, 40, blocks=9))
    assert kinds(found, START) == []


# ---------------------------------------------------------------- equivocations


def test_two_blocks_of_one_height_and_epoch_are_an_equivocation():
    found = detector()
    (account,) = keys(1)
    low, high = (commitment(account, 1, 7, bytes([n] * 32)) for n in (1, 2))
    for vote in (high, low, high):
        found.see_commitment(vote)
    found.see_block(block(1, START), 1, A)
    assert list(found.findings(START, TIMEOUT)) == [Equivocation(low, high)]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(keys(2)), st.integers(1, 2), st.integers(1, 3), st.integers(1, 2)
        ),
        max_size=12,
    )
)
def test_equivocations_are_found_in_any_order(signed):
    found = detector()
    found.see_block(block(1, START), 1, A)
    for account, epoch, number, hash_ in signed:
        found.see_commitment(commitment(account, epoch, number, bytes([hash_] * 32)))
    pairs = {
        (x.one.signer, x.one.message.epoch, x.one.message.blockNumber)
        for x in found.findings(START, TIMEOUT)
        if isinstance(x, Equivocation)
    }
    hashes: dict = {}
    for account, epoch, number, hash_ in signed:
        hashes.setdefault((account.address, epoch, number), set()).add(hash_)
    assert pairs == {key for key, found_ in hashes.items() if len(found_) == 2}
