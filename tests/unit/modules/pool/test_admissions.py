"""contracts/modules/pool/admissions.vy: who may own a sequencer"""

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules.pool import admissions
from contracts.modules.words import pool_words as words
from interfaces import ISequencerPool

initializes: admissions

@external
def save(owner: address, admission: words.Admission):
    admissions._save(owner, admission)

@external
def set_approval(owner: address, approval: ISequencerPool.Approval):
    admissions._set_approval(owner, approval)

@external
@view
def of(owner: address) -> words.Admission:
    return admissions._of(owner)

@external
@view
def is_admitted(owner: address) -> bool:
    return admissions._is_admitted(owner)

@external
@view
def ADMITTED() -> ISequencerPool.Approval:
    return ISequencerPool.Approval.ADMITTED
"""

NONE, APPROVED, ADMITTED = 0, 1, 2
approvals = st.sampled_from([NONE, APPROVED, ADMITTED])
# id, approval, former, nonce
ids = st.integers(0, 2**64 - 1)
saved = st.tuples(ids, approvals, ids, st.integers(0, 2**120 - 1))


@pytest.fixture(scope="module")
def admissions():
    return boa.loads(SOURCE)


@pytest.fixture(scope="module")
def people():
    return [boa.env.generate_address() for _ in range(2)]


def test_nothing_is_known_of_a_stranger(admissions, people):
    assert tuple(admissions.of(people[0])) == (0, NONE, 0, 0)
    assert not admissions.is_admitted(people[0])


def test_admitted_is_the_member_of_the_interface(admissions):
    assert admissions.ADMITTED() == ADMITTED


@given(saved, saved)
@settings(max_examples=50)
def test_owners_are_kept_apart(admissions, people, first, second):
    with boa.env.anchor():
        for owner, admission in zip(people, (first, second), strict=True):
            admissions.save(owner, admission)
        for owner, admission in zip(people, (first, second), strict=True):
            assert tuple(admissions.of(owner)) == admission
            assert admissions.is_admitted(owner) == (admission[1] == ADMITTED)


@given(saved, approvals)
@settings(max_examples=50)
def test_set_approval_changes_nothing_else(admissions, people, before, approval):
    id, _, former, nonce = before
    with boa.env.anchor():
        admissions.save(people[0], before)
        admissions.set_approval(people[0], approval)
        assert tuple(admissions.of(people[0])) == (id, approval, former, nonce)
        assert tuple(admissions.of(people[1])) == (0, NONE, 0, 0)
