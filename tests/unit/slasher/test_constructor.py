"""Slasher.__init__"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, domain_separator
from tests.utils.court import PENALTIES
from tests.utils.system import ZERO

PENALTY_KINDS = {
    "timeout_maximum": 0,
    "timeout": Kind.BLOCK_TIMEOUT,
    "backlog": Kind.BACKLOG,
    "invalid_execution": Kind.INVALID_EXECUTION,
    "equivocation": Kind.EQUIVOCATION,
    "mass_outage": Kind.MASS_OUTAGE,
}
CEILINGS = {
    "timeout": LIMITS["TIMEOUT_CEILING"],
    "timeout_maximum": LIMITS["TIMEOUT_CEILING"],
    "backlog": LIMITS["BACKLOG_CEILING"],
    "invalid_execution": LIMITS["INVALID_EXECUTION_CEILING"],
    "equivocation": LIMITS["EQUIVOCATION_CEILING"],
    "mass_outage": LIMITS["MASS_OUTAGE_CEILING"],
}


def pool_with_exit_delay(court, seconds):
    """A contract that answers everything with six words, the fourth of them this."""
    return court.deploy_code(f"62{seconds:06x}60605260c06000f3")


def test_constructor_sets_everything_and_emits(court, slasher, pool, registry, vault):
    assert (slasher.pool(), slasher.slash_vault(), slasher.metis()) == (pool, vault, court.metis)
    assert slasher.registry() == registry
    assert slasher.domain_separator() == domain_separator(court.domain)
    assert (slasher.owner(), slasher.pending_owner()) == (court.governance, ZERO)
    assert slasher.guardian() == court.guardian
    assert {name: slasher.penalty(kind) for name, kind in PENALTY_KINDS.items()} == PENALTIES
    assert (slasher.pending_count(), slasher.braked(), slasher.stopped()) == (0, 0, False)
    events = slasher.creation_metadata.receipt.events
    assert events[-7:] == [
        slasher.GuardianSet(old=ZERO, new=court.guardian),
        *(
            slasher.PenaltySet(kind=kind, old=0, new=PENALTIES[name])
            for name, kind in PENALTY_KINDS.items()
        ),
    ]
    assert {event.event_name for event in events[:-7]} == {"OwnershipTransferred"}


def test_constructor_is_the_slasher_that_the_pool_was_told_of(slasher, pool):
    assert pool.slasher() == slasher


def test_constructor_takes_penalties_at_their_ceilings(court):
    slasher = court.deploy_slasher(penalties=tuple(CEILINGS[name] for name in PENALTIES))
    assert {name: slasher.penalty(kind) for name, kind in PENALTY_KINDS.items()} == CEILINGS


@pytest.mark.parametrize("name", PENALTIES)
def test_constructor__bad_penalty__reverts(court, name):
    penalties = PENALTIES | {name: CEILINGS[name] + 1}
    with ape.reverts("Slasher: bad penalty"):
        court.deploy_slasher(penalties=tuple(penalties.values()))


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"domain_separator": bytes(32)}, "Slasher: zero domain"),
        ({"governance": ZERO}, "roles: zero governance"),
        ({"guardian": ZERO}, "guardian: zero guardian"),
    ],
    ids=["domain", "governance", "guardian"],
)
def test_constructor__zero__reverts(court, changes, reason):
    with ape.reverts(reason):
        court.deploy_slasher(**changes)


def test_constructor__registry_of_another__reverts(court):
    """Committees of another pool would punish the sequencers of this one."""
    for pool in (court.stranger, court.slash_vault):
        with ape.reverts("Slasher: registry of another"):
            court.deploy_slasher(registry=court.registry_of(pool))


def test_constructor_takes_a_pool_with_the_shortest_exit(court):
    pool = pool_with_exit_delay(court, LIMITS["EXIT_DELAY_FLOOR"])
    assert court.deploy_slasher(pool).pool() == pool


def test_constructor__exit_is_too_short__reverts(court):
    pool = pool_with_exit_delay(court, LIMITS["EXIT_DELAY_FLOOR"] - 1)
    with ape.reverts("Slasher: exit is too short"):
        court.deploy_slasher(pool)


def test_constructor_rests_on_limits_that_fit():
    """What is proven at the last moment, in a stop, and then is voted on, finds its stake."""
    pipeline = ("CERTIFICATE_MAX_AGE", "SLASHER_STOP", "SLASH_VOTE", "DAY")
    assert sum(LIMITS[name] for name in pipeline) < LIMITS["EXIT_DELAY_FLOOR"]


def test_constructor_leaves_the_deployer_no_role(court, slasher):
    with ape.reverts("roles: not governance"):
        slasher.set_penalty(Kind.BACKLOG, 0, sender=court.deployer)
