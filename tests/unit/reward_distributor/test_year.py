"""What the forecast of a year promises, and what batches of a year pay"""

import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.rewards.view import yearly
from tests.unit.reward_distributor.conftest import POWER, RESERVE
from tests.utils.payroll import MRR
from tests.utils.rhythms import STALLING, STEADY, year
from tests.utils.system import DAY, HOUR

FORECAST = yearly(POWER, MRR, LIMITS["YEAR"])


@pytest.mark.parametrize("rhythm", STEADY, ids=lambda rhythm: rhythm.name)
def test_a_year_without_a_stall_pays_the_forecast(payroll, seated, rhythm):
    """However fast the blocks are: within 0.1 %."""
    payroll.endow(RESERVE)
    last = year(payroll, seated, rhythm)[-1]
    assert 365 * DAY - last.seconds <= max(rhythm.gaps)
    assert last.covered == last.seconds
    assert FORECAST * 999 // 1_000 <= last.paid <= FORECAST


def test_a_year_with_stalls_pays_for_the_rest(payroll, seated):
    payroll.endow(RESERVE)
    last = year(payroll, seated, STALLING)[-1]
    covered = DAY - HOUR + 60
    assert last.covered == 365 * covered
    assert last.paid == pytest.approx(FORECAST * covered / DAY, rel=1e-9)
