"""SequencerGovernor.set_attesters; for its bounds see modules/signing/test_attesters.py"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import ATTESTERS, ENOUGH, State
from tests.utils.system import ZERO

MOST = LIMITS["MAX_ATTESTERS"]


def decide(parliament, members, threshold):
    return parliament.decide(parliament.call(parliament.governor.set_attesters, members, threshold))


@pytest.mark.parametrize("count, threshold", [(3, 2), (3, 3), (4, 3), (MOST, 9), (MOST, MOST)])
def test_set_attesters_names_them_and_emits(parliament, governor, count, threshold):
    members = parliament.attesters(count)[::-1]
    tx = decide(parliament, members, threshold)
    assert governor.AttestersSet(members=members, threshold=threshold) in tx.events
    assert list(governor.attesters()) == members
    assert governor.attestation_threshold() == threshold


def test_set_attesters_counts_at_once(parliament, governor):
    decide(parliament, parliament.attesters(MOST), 9)
    id = parliament.to(State.ENDED)
    message = parliament.tally(id)
    with ape.reverts("attesters: too few have signed"):
        parliament.attest(id, parliament.sign(message, range(8)))
    parliament.attest(id, parliament.sign(message, range(7, MOST)))


def test_set_attesters_can_raise_the_threshold_alone(parliament, governor):
    decide(parliament, parliament.attesters(ATTESTERS), ENOUGH + 1)
    id = parliament.propose()
    parliament.link(id)
    parliament.end_vote(id)
    with ape.reverts("attesters: too few have signed"):
        parliament.attest(id)
    parliament.attest(id, parliament.sign(parliament.tally(id), range(ENOUGH + 1)))


@pytest.mark.parametrize(
    "count, threshold, reason",
    [
        (2, 2, "attesters: too few"),
        (0, 0, "attesters: too few"),
        (5, 2, "attesters: bad threshold"),
        (4, 2, "attesters: bad threshold"),
        (5, 6, "attesters: bad threshold"),
    ],
)
def test_set_attesters__bad_number__reverts(parliament, count, threshold, reason):
    with ape.reverts(reason):
        decide(parliament, parliament.attesters(count), threshold)


def test_set_attesters__zero_address__reverts(parliament):
    with ape.reverts("attesters: zero address"):
        decide(parliament, [*parliament.attesters(3), ZERO], 3)


def test_set_attesters__named_twice__reverts(parliament):
    members = parliament.attesters(3)
    with ape.reverts("attesters: named twice"):
        decide(parliament, [*members, members[0]], 3)


def test_set_attesters__stranger__reverts(parliament, governor):
    for sender in (parliament.stranger, parliament.working_group, parliament.proposer):
        with ape.reverts("roles: not governance"):
            governor.set_attesters(parliament.attesters(3), 2, sender=sender)
