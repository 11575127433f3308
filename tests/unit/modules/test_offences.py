"""contracts/modules/offences.vy: kinds, and what each costs"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind

SOURCE = """
# pragma version 0.4.3
from contracts.modules import offences

@external
@pure
def penalty(word: uint256, kind: uint8) -> uint256:
    return offences._penalty(word, kind)

@external
@pure
def with_penalty(word: uint256, kind: uint8, bps: uint256) -> uint256:
    return offences._with_penalty(word, kind, bps)

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
kinds = st.sampled_from([TIMEOUT_MAXIMUM, *Kind])
shares = st.sampled_from([0, 2**16 - 1]) | st.integers(0, 2**16 - 1)


@pytest.fixture(scope="module")
def offences():
    return boa.loads(SOURCE)


def test_kinds_are_the_same_in_python():
    constants = boa.load_partial("contracts/modules/offences.vy").deploy()._constants
    assert {kind.name: getattr(constants, kind.name) for kind in Kind} == {
        kind.name: kind.value for kind in Kind
    }
    assert constants.TIMEOUT_MAXIMUM == TIMEOUT_MAXIMUM


@given(st.lists(st.tuples(kinds, shares), max_size=20))
@settings(max_examples=60)
def test_a_penalty_changes_no_other(offences, changes):
    word, penalties = 0, dict.fromkeys([TIMEOUT_MAXIMUM, *Kind], 0)
    for kind, bps in changes:
        word = offences.with_penalty(word, kind, bps)
        penalties[kind] = bps
    assert word == sum(bps << 16 * kind for kind, bps in penalties.items())
    assert {kind: offences.penalty(word, kind) for kind in penalties} == penalties


@pytest.mark.parametrize("kind", [TIMEOUT_MAXIMUM, *Kind])
def test_a_penalty_replaces_the_one_before(offences, kind):
    word = offences.with_penalty(2**256 - 1, kind, 0)
    assert word == 2**256 - 1 - ((2**16 - 1) << 16 * kind)
    assert offences.with_penalty(word, kind, 2**16 - 1) == 2**256 - 1


@pytest.mark.parametrize("kind", range(10))
def test_ceilings(offences, kind):
    """What is only voted on, only said, or unknown, has no penalty."""
    assert offences.ceiling(kind) == CEILINGS.get(kind, 0)


def test_ceilings_are_those_of_the_design():
    assert CEILINGS == {0: 200, 2: 200, 3: 200, 4: 1_000, 5: 2_000, 7: 1_000}
    assert LIMITS["MANIPULATION_CEILING"] == 3_000
