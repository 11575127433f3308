"""Slasher.set_penalty"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.utils.court import PENALTIES

CEILINGS = {
    0: LIMITS["TIMEOUT_CEILING"],
    Kind.BLOCK_TIMEOUT: LIMITS["TIMEOUT_CEILING"],
    Kind.BACKLOG: LIMITS["BACKLOG_CEILING"],
    Kind.INVALID_EXECUTION: LIMITS["INVALID_EXECUTION_CEILING"],
    Kind.EQUIVOCATION: LIMITS["EQUIVOCATION_CEILING"],
    Kind.MASS_OUTAGE: LIMITS["MASS_OUTAGE_CEILING"],
}
NAMES = {
    0: "timeout_maximum",
    Kind.BLOCK_TIMEOUT: "timeout",
    Kind.BACKLOG: "backlog",
    Kind.INVALID_EXECUTION: "invalid_execution",
    Kind.EQUIVOCATION: "equivocation",
    Kind.MASS_OUTAGE: "mass_outage",
}


@pytest.mark.parametrize("kind", CEILINGS, ids=int)
def test_set_penalty_sets_up_to_the_ceiling_nothing_else_and_emits(court, slasher, kind):
    before = [slasher.penalty(x) for x in range(9)]
    old = PENALTIES[NAMES[kind]]
    for new in (CEILINGS[kind], 0):
        tx = slasher.set_penalty(kind, new, sender=court.governance)
        assert tx.events == [slasher.PenaltySet(kind=kind, old=old, new=new)]
        old = new
        assert [slasher.penalty(x) for x in range(9)] == [
            new if x == kind else before[x] for x in range(9)
        ]


def test_set_penalty_counts_for_what_is_reported_from_then_on(court, slasher, accused):
    slasher.set_penalty(Kind.BACKLOG, 1, sender=court.governance)
    locked = court.locked(accused)
    (event,) = court.punished(court.report(court.offence(accused)))
    assert event.amount == court.share(locked, 1)


@pytest.mark.parametrize("kind", CEILINGS, ids=int)
def test_set_penalty__above_the_ceiling__reverts(court, slasher, kind):
    with ape.reverts("Slasher: bad penalty"):
        slasher.set_penalty(kind, CEILINGS[kind] + 1, sender=court.governance)


def test_set_penalty__far_above_the_ceiling__reverts(court, slasher):
    """It cannot get into the bits of the next kind."""
    with ape.reverts("Slasher: bad penalty"):
        slasher.set_penalty(Kind.BACKLOG, 2**16, sender=court.governance)


@pytest.mark.parametrize("bps", [0, 1])
@pytest.mark.parametrize("kind", [Kind.SLOW_PRODUCTION, Kind.MANIPULATION, 8, 255], ids=int)
def test_set_penalty__kind_without_a_penalty__reverts(court, slasher, kind, bps):
    with ape.reverts("Slasher: bad penalty"):
        slasher.set_penalty(kind, bps, sender=court.governance)


def test_set_penalty__guardian__reverts(court, slasher):
    with ape.reverts("roles: not governance"):
        slasher.set_penalty(Kind.BACKLOG, 1, sender=court.guardian)
