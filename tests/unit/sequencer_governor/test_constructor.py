"""SequencerGovernor.__init__"""

import ape
import pytest

from seqpool.deployment.allow_list import rows, selector
from seqpool.protocol.limits import LIMITS
from tests.utils.parliament import (
    APPROVAL,
    ATTESTERS,
    CUSTODY,
    ENOUGH,
    FORUM,
    GOVERNANCE,
    INFRASTRUCTURE,
    ORDINARY,
    PARAMETERS,
    QUORUM,
    THRESHOLD,
    WALLETS,
    Action,
    State,
)
from tests.utils.system import ZERO

OWN = {
    "set_permission": CUSTODY,
    "set_attesters": CUSTODY,
    "set_guardian": CUSTODY,
    "set_quorum": PARAMETERS,
    "set_wallets": PARAMETERS,
    "set_approval": PARAMETERS,
    "set_proposal_threshold": PARAMETERS,
}
NAMES = ("quorum", "wallets", "approval")
LAUNCH = (QUORUM, WALLETS, APPROVAL)
FLOORS = tuple(LIMITS[f"{name.upper()}_FLOOR"] for name in NAMES)
CEILINGS = tuple(LIMITS[f"{name.upper()}_CEILING"] for name in NAMES)


def test_constructor_sets_everything_and_emits(parliament, governor, timelock, metis):
    assert (governor.metis(), governor.timelock(), governor.owner()) == (metis, timelock, timelock)
    assert governor.guardian() == parliament.working_group
    assert list(governor.attesters()) == parliament.attesters(ATTESTERS)
    assert governor.attestation_threshold() == ENOUGH
    assert tuple(governor.criteria()) == LAUNCH
    assert governor.proposal_threshold() == THRESHOLD
    assert governor.proposal_count() == 0
    events = [
        event
        for event in governor.creation_metadata.receipt.events
        if event.event_name not in ("OwnershipTransferred", "PermissionSet")
    ]
    assert events == [
        governor.GuardianSet(old=ZERO, new=parliament.working_group),
        governor.AttestersSet(members=parliament.attesters(ATTESTERS), threshold=ENOUGH),
        *(
            governor.ParameterSet(name=name, old=0, new=value)
            for name, value in zip(NAMES, LAUNCH, strict=True)
        ),
        governor.ParameterSet(name="proposal_threshold", old=0, new=THRESHOLD),
    ]


def test_constructor_is_the_governor_that_the_timelock_was_told_of(governor, timelock):
    assert timelock.hasRole(timelock.PROPOSER_ROLE(), governor)


def test_constructor_says_its_signing_domain(parliament, governor):
    _, name, version, chain_id, contract, salt, extensions = governor.eip712Domain()
    assert (name, version) == ("MetisSequencerGovernor", "1")
    assert (chain_id, contract) == (parliament.chain.chain_id, governor)
    assert (bytes(salt), extensions) == (bytes(32), [])


# the allow-list


def test_constructor_puts_its_own_setters_on_the_list(parliament, governor):
    """And no other function of its own."""
    for method in governor.contract_type.mutable_methods:
        row = governor.permission(governor, selector(governor, method.name))
        delay = OWN.get(method.name, 0)
        assert (row.kind, row.delay) == (GOVERNANCE if delay else 0, delay), method.name


def test_constructor_puts_all_given_calls_on_the_list(parliament, governor):
    given = parliament.allow_list()
    for row in given:
        assert tuple(governor.permission(*row[:2])) == row
    receipt = governor.creation_metadata.receipt
    assert len(list(receipt.decode_logs(governor.PermissionSet))) == len(given) + len(OWN)


def test_constructor_has_every_governed_function_on_the_list(parliament, governor):
    """What only the Timelock may call can be voted on, but for what nothing wants; and it is in
    the kind and class that seqpool.permissions says."""
    contracts = {
        name: next(
            x
            for x in (
                *(parliament.pool, parliament.slash_vault, parliament.court),
                *(parliament.rewards, parliament.timelock),
            )
            if x.address == address
        )
        for name, address in parliament.addresses.items()
    }
    for name, function, kind, delay in rows():
        if name in contracts:
            row = governor.permission(contracts[name], selector(contracts[name], function))
            assert (row.kind, row.delay) == (kind, delay), (name, function)


def test_constructor_lets_infrastructure_admit_and_pair_only(parliament, governor):
    """So an onboarding vote, which few may watch, never touches anything else."""
    suite = set(parliament.addresses.values())
    infrastructure = {
        (row.target, row.selector)
        for row in parliament.allow_list()
        if row.kind == INFRASTRUCTURE and row.target in suite
    }
    pool = parliament.pool
    assert infrastructure == {
        (pool.address, selector(pool, name)) for name in ("approve", "set_pairing")
    }


def test_constructor_takes_64_permissions(parliament, desk):
    permissions = [
        (desk, i.to_bytes(4, "big"), INFRASTRUCTURE, ORDINARY)
        for i in range(LIMITS["MAX_PERMISSIONS"])
    ]
    governor = parliament.deploy_governor(permissions=permissions)
    assert governor.permission(desk, (63).to_bytes(4, "big")).kind == INFRASTRUCTURE


def test_constructor_without_permissions_can_allow_what_it_wants_later(parliament):
    governor = parliament.deploy_governor(permissions=[])
    action = Action(governor.address, selector(governor, "set_permission") + bytes(128))
    governor.propose(GOVERNANCE, [action], FORUM, sender=parliament.proposer)
    assert governor.proposal(1).state == State.PROPOSED


# bounds


@pytest.mark.parametrize("criteria", [FLOORS, CEILINGS], ids=["floors", "ceilings"])
def test_constructor_takes_criteria_at_their_bounds(parliament, criteria):
    governor = parliament.deploy_governor(criteria=criteria)
    assert tuple(governor.criteria()) == criteria


@pytest.mark.parametrize(
    "place, reason",
    [
        (0, "SequencerGovernor: bad quorum"),
        (1, "SequencerGovernor: bad wallets"),
        (2, "SequencerGovernor: bad approval"),
    ],
)
def test_constructor__bad_criteria__reverts(parliament, place, reason):
    for value in (FLOORS[place] - 1, CEILINGS[place] + 1, 0, 2**256 - 1):
        criteria = list(LAUNCH)
        criteria[place] = value
        with ape.reverts(reason):
            parliament.deploy_governor(criteria=tuple(criteria))


def test_constructor__bad_threshold__reverts(parliament):
    ceiling = LIMITS["PROPOSAL_THRESHOLD_CEILING"]
    assert parliament.deploy_governor(threshold=ceiling).proposal_threshold() == ceiling
    with ape.reverts("SequencerGovernor: bad proposal_threshold"):
        parliament.deploy_governor(threshold=ceiling + 1)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"metis": ZERO}, "SequencerGovernor: zero metis"),
        ({"timelock": ZERO}, "roles: zero governance"),
        ({"working_group": ZERO}, "guardian: zero guardian"),
    ],
    ids=["metis", "timelock", "working group"],
)
def test_constructor__zero__reverts(parliament, changes, reason):
    with ape.reverts(reason):
        parliament.deploy_governor(**changes)


@pytest.mark.parametrize(
    "places, threshold, reason",
    [
        ([0, 1], 2, "attesters: too few"),
        ([], 0, "attesters: too few"),
        ([0, 1, 2, 3], 2, "attesters: bad threshold"),
        ([0, 1, 2], 4, "attesters: bad threshold"),
        ([0, 1, 2, 0], 3, "attesters: named twice"),
        ([0, 1, None], 2, "attesters: zero address"),
    ],
)
def test_constructor__bad_attesters__reverts(parliament, places, threshold, reason):
    names = parliament.attesters(ATTESTERS)
    members = [ZERO if place is None else names[place] for place in places]
    with ape.reverts(reason):
        parliament.deploy_governor(members=members, attestation_threshold=threshold)


@pytest.mark.parametrize(
    "kind, delay, reason",
    [
        (3, 1, "SequencerGovernor: bad kind"),
        (1, 0, "SequencerGovernor: bad delay"),
        (0, 1, "SequencerGovernor: bad delay"),
        (2, 3, "SequencerGovernor: bad delay"),
    ],
)
def test_constructor__bad_permission__reverts(parliament, desk, kind, delay, reason):
    with ape.reverts(reason):
        parliament.deploy_governor(permissions=[(desk, bytes(4), kind, delay)])


def test_constructor__permission_of_no_contract__reverts(parliament):
    for target in (ZERO, parliament.stranger):
        with ape.reverts("SequencerGovernor: target is no contract"):
            parliament.deploy_governor(permissions=[(target, bytes(4), GOVERNANCE, ORDINARY)])


def test_constructor__hurried_governance_of_itself__reverts(parliament, timelock):
    call = selector(timelock, "grantRole")
    for kind, delay in ((INFRASTRUCTURE, CUSTODY), (GOVERNANCE, PARAMETERS)):
        with ape.reverts("SequencerGovernor: governance of itself"):
            parliament.deploy_governor(permissions=[(timelock, call, kind, delay)])


def test_constructor_leaves_the_deployer_no_role(parliament, governor, timelock):
    deployer = parliament.deployer
    with ape.reverts("roles: not governance"):
        governor.set_quorum(QUORUM, sender=deployer)
    with ape.reverts("guardian: not guardian"):
        governor.veto(1, "why", sender=deployer)
    for role in (timelock.PROPOSER_ROLE(), timelock.EXECUTOR_ROLE(), timelock.CANCELLER_ROLE()):
        assert not timelock.hasRole(role, deployer)
    assert not timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), deployer)


def test_constructor_has_no_transfer_of_ownership(governor):
    names = {method.name for method in governor.contract_type.mutable_methods}
    assert not names & {"transfer_ownership", "accept_ownership", "renounce_ownership"}
