"""contracts/modules/rewards/vault_shares.vy: whose share it was, second by second"""

from collections import Counter
from math import floor

import boa
import pytest
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.addresses import ZERO
from seqpool.protocol.shares import SHARE

SOURCE = """
# pragma version 0.4.3
from contracts.modules.rewards import vault_shares
from contracts.modules.words import reward_words as words

initializes: vault_shares

account: words.Account

@external
def set(vault: address, share: uint256):
    self.account = vault_shares._set(1, self.account, vault, share)

@external
def credit(reward: uint256, begin: uint256, end: uint256) -> words.Account:
    self.account = vault_shares._credit(1, self.account, reward, begin, end)
    return self.account

@external
@view
def mean(begin: uint256, end: uint256) -> uint256:
    return vault_shares._mean(1, self.account.changes, begin, end)

@external
@view
def changes() -> uint256:
    return self.account.changes

@external
def take(vault: address) -> uint256:
    amount: uint256 = vault_shares._take(1, vault)
    if vault == vault_shares._vaults[1]:
        amount += self.account.vault
        self.account.vault = 0
    return amount
"""
VAULTS = [ZERO, *(to_checksum_address(f"0x{n:040x}") for n in (0xA, 0xB, 0xC))]
START = 1_900_000_000


@pytest.fixture(scope="module")
def harness():
    return boa.loads(SOURCE)


class Seconds:
    """What the words stand for: vault and share of each second from START on."""

    def __init__(self):
        self.runs = [(START, ZERO, 0)]

    def set(self, time, vault, share):
        self.runs.append((time, vault, share))

    def integrals(self, begin, end):
        """Vault => share x seconds of a time."""
        sums = Counter()
        ends = [*(run[0] for run in self.runs[1:]), max(end, self.runs[-1][0])]
        for (since, vault, share), until in zip(self.runs, ends, strict=True):
            sums[vault] += share * max(0, min(end, until) - max(begin, since))
        return sums


steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 7, 3_600, 86_400]),  # seconds before
        st.integers(0, 3),  # vault
        st.sampled_from([0, 1, 5_000_000, SHARE]) | st.integers(0, SHARE),
    ),
    max_size=12,
)


@given(
    steps,
    st.lists(st.sampled_from([1, 2, 3_599, 3_600, 100_000]), min_size=1, max_size=4),
    st.integers(0, 10**26),
)
@settings(max_examples=300)
def test_each_vault_gets_the_shares_of_its_seconds(harness, history, batches, reward):
    """Batches one after another from START on, all brought when the history is over. A vault that
    comes has no stake left of the one before: as in the pool, it is followed by others at most as
    often as a batch allows."""
    with boa.env.anchor():
        boa.env.timestamp = START
        seconds = Seconds()
        for wait, vault, share in history:
            boa.env.timestamp += wait
            # nobody has a share without a vault
            share = share if vault else 0
            harness.set(VAULTS[vault], share)
            seconds.set(boa.env.timestamp, VAULTS[vault], share)
        boa.env.timestamp += 500_000
        begin, claimable, operator = START, Counter(), 0
        for length in batches:
            end = begin + length
            integrals = seconds.integrals(begin, end)
            assert harness.mean(begin, end) == integrals.total() // length
            paid = harness.credit(reward, begin, end)
            parts = {
                vault: floor(reward * integral // (length * SHARE))
                for vault, integral in integrals.items()
            }
            claimable.update(parts)
            operator += reward
            given_now = operator - paid.operator
            # several times of one vault are rounded down apart, each by less than a wei
            assert 0 <= claimable.total() - given_now <= len(history) * len(batches)
            begin = end
        taken = {vault: harness.take(vault) for vault in VAULTS}
        assert taken[ZERO] == 0
        assert sum(taken.values()) == given_now
        for vault, amount in taken.items():
            assert 0 <= claimable[vault] - amount <= len(history) * len(batches)


def test_a_second_change_of_a_second_takes_the_place_of_the_first(harness):
    with boa.env.anchor():
        boa.env.timestamp = START
        harness.set(VAULTS[1], SHARE)
        boa.env.timestamp += 100
        for share in (1, 2, 3, SHARE // 2):
            harness.set(VAULTS[1], share)
        assert harness.changes() == 2
        boa.env.timestamp += 100
        assert harness.mean(START, START + 100) == SHARE
        assert harness.mean(START + 100, START + 200) == SHARE // 2


def test_finding_a_change_of_long_ago_is_cheap(harness):
    """Some 3,000 gas for each doubling of the number of changes since then."""
    with boa.env.anchor():
        boa.env.timestamp = START
        for number in range(1, 257):
            boa.env.timestamp = START + number
            harness.set(VAULTS[1], number)
        boa.env.timestamp += 1_000
        harness.mean(START + 300, START + 400)
        cheap = harness._computation.get_gas_used()
        harness.mean(START + 3, START + 5)
        assert harness._computation.get_gas_used() - cheap < 2 * 16 * 3_500
