"""contracts/modules/slashing/offences.vy: kinds, and the most that each may cost"""

import boa
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind

SOURCE = """
# pragma version 0.4.3
from contracts.modules.slashing import offences

@external
@pure
def ceiling(kind: uint8) -> uint256:
    return offences._ceiling(kind)
"""

TIMEOUT_MAXIMUM = 0
CEILINGS = {
    TIMEOUT_MAXIMUM: LIMITS["TIMEOUT_CEILING"],
    Kind.BLOCK_TIMEOUT: LIMITS["TIMEOUT_CEILING"],
    Kind.BACKLOG: LIMITS["BACKLOG_CEILING"],
    Kind.INVALID_EXECUTION: LIMITS["INVALID_EXECUTION_CEILING"],
    Kind.EQUIVOCATION: LIMITS["EQUIVOCATION_CEILING"],
    Kind.MASS_OUTAGE: LIMITS["MASS_OUTAGE_CEILING"],
}


@pytest.fixture(scope="module")
def offences():
    return boa.loads(SOURCE)


def test_kinds_are_the_same_in_python():
    constants = boa.load_partial("contracts/modules/slashing/offences.vy").deploy()._constants
    assert {kind.name: getattr(constants, kind.name) for kind in Kind} == {
        kind.name: kind.value for kind in Kind
    }
    assert constants.TIMEOUT_MAXIMUM == TIMEOUT_MAXIMUM


@pytest.mark.parametrize("kind", range(10))
def test_ceilings(offences, kind):
    """What is only voted on, only said, or unknown, has no penalty."""
    assert offences.ceiling(kind) == CEILINGS.get(kind, 0)


def test_ceilings_are_those_of_the_design():
    assert CEILINGS == {0: 200, 2: 200, 3: 200, 4: 1_000, 5: 2_000, 7: 1_000}
    assert LIMITS["MANIPULATION_CEILING"] == 3_000
