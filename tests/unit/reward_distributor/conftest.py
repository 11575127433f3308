"""The RewardDistributor with a reserve, and a committee of four."""

import pytest

from tests.utils.court import SEATED, STAKE
from tests.utils.payroll import PACE
from tests.utils.system import METIS

K = 1_000 * METIS
POWER = len(SEATED) * STAKE
RESERVE = 100 * K
# of a batch, and the blocks that cover all of it
SECONDS = 10_000
BLOCKS = SECONDS // PACE
WHOLE = 10**7  # share of all


def share_of(own: int, paired: int, commission_bps=0) -> int:
    """Of rewards, to the vault."""
    return paired * (10_000 - commission_bps) * WHOLE // ((own + paired) * 10_000)


@pytest.fixture
def rewards(payroll):
    return payroll.rewards


@pytest.fixture
def pool(payroll):
    return payroll.pool


@pytest.fixture
def registry(payroll):
    return payroll.registry


@pytest.fixture
def metis(payroll):
    return payroll.metis


@pytest.fixture
def poor(payroll):
    """Four sequencers with STAKE, who are the latest committee; the next batch begins now. There is
    no reserve."""
    payroll.catch_up()
    return [*SEATED]


@pytest.fixture
def seated(payroll, poor):
    """The same, with RESERVE."""
    payroll.endow(RESERVE)
    return poor


@pytest.fixture
def reward(payroll):
    """All that a batch of SECONDS with BLOCKS earns."""
    return payroll.budget(POWER * SECONDS)


@pytest.fixture
def earner(payroll, seated):
    """The first of them, who has earned `reward` alone, and can claim it."""
    payroll.pay({seated[0]: BLOCKS}, SECONDS)
    return seated[0]


@pytest.fixture
def paired(payroll, seated):
    """One more, whose stake is half the vault's; its power is not counted yet."""
    return payroll.new_paired(20 * K, 20 * K)


@pytest.fixture
def sharer(payroll, rewards, paired):
    """The same, with the share synced, and in force for the next batch."""
    rewards.sync(paired, sender=payroll.lst)
    payroll.catch_up()
    assert rewards.account(paired).share == WHOLE // 2
    return paired
