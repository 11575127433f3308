"""contracts/modules/pool/unbonding.vy, against a naive list of amounts and dates"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules import limits
from contracts.modules.pool import unbonding

initializes: unbonding

lengths: public(HashMap[uint256, uint256])
answer: public(uint256)
left_kept: public(uint256)

@external
def add(key: uint256, amount: uint256, matures_at: uint256):
    self.lengths[key], self.answer = unbonding._add(key, self.lengths[key], amount, matures_at)

@external
def take_matured(key: uint256, free: uint256):
    self.lengths[key] = unbonding._take_matured(key, self.lengths[key], free)

@external
def slash(key: uint256, wanted: uint256, kept: uint256):
    self.answer, self.lengths[key], self.left_kept = unbonding._slash(
        key, self.lengths[key], wanted, kept
    )

@external
@view
def totals(key: uint256, since: uint256) -> (uint256, uint256, uint256):
    return unbonding._totals(key, self.lengths[key], since)

@external
@view
def at(key: uint256, position: uint256) -> (uint256, uint256):
    return unbonding._at(key, position)

@external
@view
def look(key: uint256) -> (
    uint256, uint256[limits.MAX_UNBONDINGS], uint256[limits.MAX_UNBONDINGS], uint256, uint256
):
    amounts: uint256[limits.MAX_UNBONDINGS] = empty(uint256[limits.MAX_UNBONDINGS])
    dates: uint256[limits.MAX_UNBONDINGS] = empty(uint256[limits.MAX_UNBONDINGS])
    for i: uint256 in range(limits.MAX_UNBONDINGS):
        amounts[i], dates[i] = unbonding._at(key, i)
    unbonding_: uint256 = 0
    matured: uint256 = 0
    after: uint256 = 0
    unbonding_, matured, after = unbonding._totals(key, self.lengths[key], 0)
    return self.lengths[key], amounts, dates, unbonding_, matured

@external
@pure
def pack(amount: uint256, date: uint256) -> uint256:
    return unbonding._pack(amount, date)

@external
@pure
def unpack(entry: uint256) -> (uint256, uint256):
    return unbonding._amount(entry), unbonding._date(entry)
"""

MOST = boa.load("contracts/modules/limits.vy")._constants.MAX_UNBONDINGS
KEYS = (2, 3)  # neighbours: both sides of one sequencer


class Model:
    """A list of [amount, date], oldest first."""

    def __init__(self):
        self.entries = []

    def add(self, now, amount, date):
        if len(self.entries) == MOST:
            newest = self.entries.pop()
            if max(newest[1], self.entries[0][1]) <= now:
                # matured stake is not locked again; it takes its date along
                self.entries[0] = [
                    self.entries[0][0] + newest[0],
                    max(self.entries[0][1], newest[1]),
                ]
            else:
                amount, date = newest[0] + amount, max(newest[1], date)
        self.entries.append([amount, date])
        return date

    def take_matured(self, now, free):
        """The oldest first."""
        left = free
        for entry in self.entries:
            if entry[1] <= now:
                take = min(left, entry[0])
                entry[0] -= take
                left -= take
        self.entries = [entry for entry in self.entries if entry[0]]
        return free - left

    def slash(self, now, wanted, kept):
        """Newest first; of matured entries no more than is kept. Empty ones at the end go."""
        left = wanted
        for entry in reversed(self.entries):
            take = min(entry[0], left)
            if entry[1] <= now:
                take = min(take, kept)
                kept -= take
            entry[0] -= take
            left -= take
        while self.entries and not self.entries[-1][0]:
            self.entries.pop()
        return wanted - left, kept

    def totals(self, now, since=0):
        matured = sum(amount for amount, date in self.entries if date <= now)
        after = sum(amount for amount, date in self.entries if since < date <= now)
        return sum(amount for amount, _ in self.entries) - matured, matured, after

    def amounts(self):
        return [amount for amount, _ in self.entries]

    def dates(self, now):
        """Of what is there; when it has matured no longer matters."""
        return [max(date, now) for amount, date in self.entries if amount]


@pytest.fixture(scope="module")
def template():
    return boa.loads_partial(SOURCE)


@pytest.fixture(scope="module")
def contract(template):
    """For what changes no list."""
    return template.deploy()


keys = st.sampled_from(KEYS)
adds = st.tuples(st.just("add"), keys, st.integers(1, 20), st.integers(0, 30))
takes = st.tuples(st.just("take"), keys, st.integers(0, 40), st.just(0))
slashes = st.tuples(st.just("slash"), keys, st.integers(0, 60), st.integers(0, 20))
waits = st.tuples(st.just("wait"), st.just(0), st.integers(1, 15), st.just(0))
# left to itself, Hypothesis makes lists so short that a wrong model passed
steps = st.lists(adds | adds | adds | takes | slashes | waits, min_size=20, max_size=40)
# so that a full list is met too, with dates that ascend and others
delays = st.lists(st.integers(0, 30), min_size=MOST, max_size=MOST)


def assert_equal(contract, models):
    now = boa.env.timestamp
    for key, model in models.items():
        length, amounts, dates, unbonding, matured = contract.look(key)
        entries = list(zip(amounts, dates, strict=True))
        assert amounts[:length] == model.amounts()
        assert [max(date, now) for amount, date in entries[:length] if amount] == model.dates(now)
        assert length == 0 or amounts[length - 1] > 0, "the newest is never empty"
        assert (unbonding, matured) == model.totals(now)[:2]
        for since in (0, now - 20, now - 5, now - 1, now):
            assert contract.totals(key, since) == model.totals(now, since)
        assert all(entry == (0, 0) for entry in entries[length:])


@given(delays, st.sampled_from((0, MOST - 1, MOST)), steps)
@settings(max_examples=40)
@pytest.mark.slow
def test_against_the_naive_list(template, delays, count, steps):
    contract = template.deploy()
    models = {key: Model() for key in KEYS}
    now = boa.env.timestamp
    for i, delay in enumerate(delays[:count]):
        contract.add(KEYS[0], i + 1, now + delay)
        models[KEYS[0]].add(now, i + 1, now + delay)
    for name, key, x, y in steps:
        now = boa.env.timestamp
        if name == "wait":
            boa.env.time_travel(seconds=x)
        elif name == "add":
            contract.add(key, x, now + y)
            assert contract.answer() == models[key].add(now, x, now + y)
        elif name == "take":
            free = min(x, models[key].totals(now)[1])
            contract.take_matured(key, free)
            assert models[key].take_matured(now, free) == free
        else:
            contract.slash(key, x, y)
            seen = contract.answer(), contract.left_kept()
            assert seen == models[key].slash(now, x, y)
        assert_equal(contract, models)


def fill(contract, dates):
    for i, date in enumerate(dates):
        contract.add(KEYS[0], i + 1, date)


def test_a_full_list_joins_the_newest_at_the_later_date(template):
    contract = template.deploy()
    now = boa.env.timestamp
    fill(contract, [now + 100] * MOST)
    for amount, date, later in ((5, now + 50, now + 100), (7, now + 150, now + 150)):
        before = contract.at(KEYS[0], MOST - 1)[0]
        contract.add(KEYS[0], amount, date)
        assert contract.answer() == later
        assert contract.lengths(KEYS[0]) == MOST
        assert contract.at(KEYS[0], MOST - 1) == (before + amount, later)


def test_a_full_list_does_not_lock_again_what_has_matured(template):
    contract = template.deploy()
    now = boa.env.timestamp
    fill(contract, [now + 10] * MOST)
    boa.env.time_travel(seconds=10)
    contract.add(KEYS[0], 5, now + 50)
    assert contract.answer() == now + 50
    assert contract.at(KEYS[0], 0) == (1 + MOST, now + 10)
    assert contract.at(KEYS[0], MOST - 1) == (5, now + 50)
    assert contract.totals(KEYS[0], 0)[:2] == (5, sum(range(1, MOST + 1)))


def test_matured_stake_that_is_moved_takes_its_date_along(template):
    """A hold keeps what has matured since it was set, and knows it by its date."""
    contract = template.deploy()
    now = boa.env.timestamp
    fill(contract, [now + i for i in range(MOST)])
    boa.env.time_travel(seconds=MOST)
    contract.add(KEYS[0], 5, now + 50)
    assert contract.at(KEYS[0], 0) == (1 + MOST, now + MOST - 1)


def test_slash_of_a_full_list_leaves_a_matured_entry_in_the_middle(template):
    contract = template.deploy()
    now = boa.env.timestamp
    middle = MOST // 2
    fill(contract, [now + 10 if i == middle else now + 1_000 for i in range(MOST)])
    boa.env.time_travel(seconds=10)
    contract.slash(KEYS[0], 2**256 - 1, 0)
    assert contract.answer() == sum(range(1, MOST + 1)) - (middle + 1)
    assert contract.lengths(KEYS[0]) == middle + 1
    assert contract.totals(KEYS[0], 0) == (0, middle + 1, middle + 1)
    contract.take_matured(KEYS[0], middle + 1)
    assert contract.lengths(KEYS[0]) == 0


def test_an_entry_matures_at_its_date_to_the_second(template):
    contract = template.deploy()
    contract.add(KEYS[0], 5, boa.env.timestamp + 10)
    boa.env.time_travel(seconds=9)
    date = boa.env.timestamp + 1
    assert contract.totals(KEYS[0], 0) == (5, 0, 0)
    boa.env.time_travel(seconds=1)
    assert contract.totals(KEYS[0], date - 1) == (0, 5, 5)
    assert contract.totals(KEYS[0], date) == (0, 5, 0)


halves = st.sampled_from([0, 2**128 - 1]) | st.integers(0, 2**128 - 1)


@given(halves, halves)
@settings(max_examples=100)
def test_entry_round_trip(contract, amount, date):
    entry = contract.pack(amount, date)
    assert entry == amount + (date << 128)
    assert tuple(contract.unpack(entry)) == (amount, date)


@given(halves, halves, st.data())
@settings(max_examples=100)
def test_an_amount_may_be_subtracted_from_the_entry(contract, amount, date, data):
    less = data.draw(st.integers(0, amount))
    entry = contract.pack(amount, date) - less
    assert tuple(contract.unpack(entry)) == (amount - less, date)
