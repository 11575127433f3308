"""What whoever holds a part of governance can do, and no more: the lines of docs/trust.md"""

import ape
import pytest

from seqpool.deployment.allow_list import selector
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, as_struct
from tests.utils.court import PENALTIES
from tests.utils.isolation import isolated
from tests.utils.parliament import (
    ATTESTERS,
    CUSTODY,
    ENOUGH,
    FORUM,
    GOVERNANCE,
    INFRASTRUCTURE,
    OPEN,
    ORDINARY,
    PARAMETERS,
    SECONDS,
    Action,
    Delay,
    Outcome,
    State,
)
from tests.utils.system import DAY, METIS
from tests.utils.system import PARAMETERS as POOL_PARAMETERS
from tests.utils.system import State as PoolState

pytestmark = pytest.mark.slow

EXIT_DELAY = POOL_PARAMETERS["exit_delay"]


@pytest.fixture
def governor(parliament):
    return parliament.governor


@pytest.fixture
def pool(parliament):
    return parliament.pool


def soonest(parliament, id: int) -> int:
    """From the proposal to its execution if everybody hurries: links, signs and executes at
    once. It is executed in that second, and not in the one before."""
    proposed_at = parliament.governor.proposal(id).proposed_at
    ends_at = proposed_at + LIMITS["VOTE_FLOOR"]
    parliament.link(id, ends_at=ends_at)
    parliament.at(ends_at + 1)
    parliament.attest(id)
    ready_at = parliament.governor.proposal(id).ready_at
    with isolated(parliament.chain):
        parliament.at(ready_at - 1)
        with ape.reverts("SequencerGovernor: not ready"):
            parliament.execute(id)
    parliament.at(ready_at)
    parliament.execute(id)
    return ready_at - proposed_at - 1


def fastest(delay: Delay) -> int:
    return LIMITS["VOTE_FLOOR"] + SECONDS[delay]


# ---------------------------------------------------------------- voters


def test_voters_admit_in_3_days(parliament, pool):
    id = parliament.propose(parliament.call(pool.approve, parliament.stranger))
    assert soonest(parliament, id) == fastest(ORDINARY) == 3 * DAY
    assert pool.admission(parliament.stranger)[1] == 1


def test_voters_slash_within_the_brakes_in_3_days(parliament, pool):
    """At most 30 % of one sequencer, and into escrow."""
    id = parliament.new_sequencer()
    slash = parliament.call(
        parliament.court.slash_by_governance, id, LIMITS["MANIPULATION_CEILING"], "ipfs://why"
    )
    proposal = parliament.propose(slash, kind=GOVERNANCE)
    assert soonest(parliament, proposal) == 3 * DAY
    taken = POOL_PARAMETERS["min_stake"] * 30 // 100
    assert parliament.metis.balanceOf(parliament.slash_vault) == taken
    # the ceiling is in code
    more = parliament.call(
        parliament.court.slash_by_governance, id, LIMITS["MANIPULATION_CEILING"] + 1, "ipfs://why"
    )
    beyond = parliament.to(State.READY, more, kind=GOVERNANCE)
    with ape.reverts("Slasher: bad share"):
        parliament.execute(beyond)


def test_voters_change_parameters_in_8_days(parliament, pool):
    id = parliament.propose(parliament.call(pool.set_cap, 90_000 * METIS), kind=GOVERNANCE)
    assert soonest(parliament, id) == fastest(PARAMETERS) == 8 * DAY
    # within the bounds in code
    too_long = parliament.call(pool.set_exit_delay, LIMITS["EXIT_DELAY_CEILING"] + 1)
    beyond = parliament.to(State.READY, too_long, kind=GOVERNANCE)
    with ape.reverts("SequencerPool: bad exit_delay"):
        parliament.execute(beyond)


def test_voters_replace_who_decides_in_31_days(parliament, governor):
    """Attesters, Working Group, allow-list, roles in the Timelock, owners of contracts."""
    timelock, stranger = parliament.timelock, parliament.stranger
    calls = [
        parliament.call(governor.set_attesters, parliament.attesters(3), 2),
        parliament.call(governor.set_guardian, stranger),
        parliament.call(governor.set_permission, (parliament.desk, bytes(4), 2, 1)),
        parliament.call(timelock.grantRole, timelock.PROPOSER_ROLE(), stranger),
        parliament.call(parliament.pool.transfer_ownership, stranger),
        parliament.call(parliament.pool.announce_slasher, stranger),
    ]
    for call in calls:
        assert governor.proposal(parliament.propose(call, kind=GOVERNANCE)).delay == CUSTODY
    id = parliament.propose(*calls, kind=GOVERNANCE)
    assert soonest(parliament, id) == fastest(CUSTODY) == 31 * DAY


def test_voters_make_no_call_that_is_not_on_the_list(parliament, pool):
    """No function that moves METIS is on it but those of penalties, appeals and rewards."""
    for call in (
        parliament.call(parliament.metis.transfer, parliament.stranger, 1),
        parliament.call(pool.slash, 1, 1, 1, bytes(32)),
        parliament.call(pool.pause),
        parliament.call(parliament.slash_vault.release, 1),
        parliament.call(parliament.timelock.update_delay, 0),
        parliament.call(parliament.court.stop),
    ):
        for kind in (INFRASTRUCTURE, GOVERNANCE):
            with ape.reverts("SequencerGovernor: action not allowed"):
                parliament.propose(call, kind=kind)


# ---------------------------------------------------------------- proposers


def test_a_proposer_alone_changes_nothing(parliament, governor, pool):
    """It may propose, link a vote once and withdraw: all of it comes to nothing without a tally."""
    id = parliament.to(State.ENDED, parliament.call(pool.approve, parliament.proposer))
    with ape.reverts("attesters: no signatures"):
        parliament.attest(id, (0, []))
    with ape.reverts("SequencerGovernor: not ready"):
        parliament.execute(id, sender=parliament.proposer)
    with ape.reverts("SequencerGovernor: too late to cancel"):
        governor.cancel(id, sender=parliament.proposer)
    parliament.mine_at(parliament.now() + LIMITS["ATTESTATION_PERIOD"] + 1)
    assert parliament.state(id) == State.EXPIRED
    assert pool.admission(parliament.proposer)[1] == 0


def test_a_squatter_loses_the_vote_to_whom_it_is_about(parliament, governor):
    id = parliament.propose()
    vote = parliament.snapshot_of(id)
    squatted = parliament.propose(parliament.note(666), sender=parliament.squatter)
    parliament.link(squatted, vote, sender=parliament.squatter)
    parliament.relink(id)
    assert governor.proposal_of(vote) == id
    # and it is not free again
    with ape.reverts("SequencerGovernor: snapshot id in use"):
        parliament.link(squatted, vote, sender=parliament.squatter)
    parliament.end_vote(id)
    parliament.attest(id)
    parliament.ready(id)
    parliament.execute(id)
    assert parliament.notes() == [1]


# ---------------------------------------------------------------- attesters


@pytest.mark.parametrize("places", [(0,), (4,), (0, 1), (2, 4)])
def test_fewer_than_k_attesters_can_do_nothing(parliament, governor, places):
    """Neither pass, nor defeat, nor move a vote; whatever else they send along."""
    id = parliament.to(State.ENDED)
    for votes in ({}, {"againstVotes": 2**100}):
        few = parliament.sign(parliament.tally(id, **votes), places)
        with ape.reverts("attesters: too few have signed"):
            parliament.attest(id, few, **votes)
    ends_at = parliament.now() + DAY
    few = parliament.sign(parliament.vote_link(id, endsAt=ends_at), places)
    with ape.reverts("attesters: too few have signed"):
        parliament.relink(id, few, endsAt=ends_at)
    # the others do not need them
    others = [place for place in range(ATTESTERS) if place not in places][:ENOUGH]
    parliament.attest(id, parliament.sign(parliament.tally(id), others))
    assert parliament.state(id) == State.QUEUED


def test_silent_attesters_stop_decisions_but_no_exit(parliament, governor, pool):
    """Three of five who do not sign: nothing passes, not even their replacement."""
    id = parliament.new_sequencer()
    owner = parliament.owner_of(id)
    action = parliament.call(governor.set_attesters, parliament.attesters(3), 2)
    replacement = parliament.to(State.ENDED, action, kind=GOVERNANCE)
    with ape.reverts("attesters: too few have signed"):
        parliament.attest(replacement, parliament.sign(parliament.tally(replacement), (0, 1)))
    left_at = pool.unlock(id, sender=owner).timestamp
    parliament.at(left_at + EXIT_DELAY)
    before = parliament.metis.balanceOf(owner)
    pool.claim(id, sender=parliament.stranger)
    assert parliament.metis.balanceOf(owner) == before + POOL_PARAMETERS["min_stake"]


@pytest.mark.parametrize("delay", Delay)
def test_k_attesters_pass_what_is_on_the_list_after_its_delay(parliament, desk_call, delay):
    """Without any vote: a day after the proposal they say that all were for it."""
    id = parliament.propose(desk_call(delay), kind=GOVERNANCE)
    assert soonest(parliament, id) == fastest(delay)
    assert parliament.notes() == [1]


@pytest.fixture
def desk_call(parliament):
    names = {ORDINARY: "record", PARAMETERS: "change", CUSTODY: "replace"}

    def call(delay: Delay) -> Action:
        return parliament.call(getattr(parliament.desk, names[delay]), 1)

    return call


def test_k_attesters_need_a_day_and_a_delay_at_least(parliament, governor):
    """Before, there is no vote that could be over."""
    id = parliament.propose()
    proposed_at = governor.proposal(id).proposed_at
    with ape.reverts("SequencerGovernor: vote ends too early"):
        parliament.relink(id, endsAt=proposed_at + DAY - 1)
    parliament.relink(id, endsAt=proposed_at + DAY)
    with ape.reverts("SequencerGovernor: not to be attested"):
        parliament.attest(id)
    parliament.end_vote(id)
    parliament.attest(id)
    assert governor.proposal(id).ready_at > proposed_at + 3 * DAY


def test_k_attesters_cannot_touch_what_was_counted(parliament, governor):
    """A tally stands, whether they like it or not."""
    for state in (State.QUEUED, State.DEFEATED):
        id = parliament.to(state)
        with ape.reverts("SequencerGovernor: not to be attested"):
            parliament.attest(id, againstVotes=2**100)
        with ape.reverts("SequencerGovernor: not open"):
            parliament.relink(id, snapshotId=32 * b"v")
        assert parliament.state(id) == state


def test_k_attesters_can_defeat_anything(parliament, governor):
    """Their own replacement too: until then the honest ones have to be more than n - k."""
    action = parliament.call(governor.set_attesters, parliament.attesters(3), 2)
    id = parliament.to(State.ENDED, action, kind=GOVERNANCE)
    parliament.attest(id, againstVotes=2**100)
    assert governor.proposal(id).outcome == Outcome.NOT_APPROVED
    assert parliament.state(id) == State.DEFEATED


def test_everybody_can_leave_before_k_attesters_change_who_decides(parliament, governor, pool):
    """From the moment at which they have signed: an exit is shorter than the longest delay."""
    id = parliament.new_sequencer()
    owner = parliament.owner_of(id)
    capture = parliament.call(governor.set_guardian, parliament.squatter)
    proposal = parliament.to(State.QUEUED, capture, kind=GOVERNANCE)
    pool.unlock(id, sender=owner)
    parliament.wait(EXIT_DELAY)
    assert parliament.state(proposal) == State.QUEUED
    pool.claim(id, sender=parliament.stranger)
    assert pool.sequencer(id).state == PoolState.EXITED
    assert SECONDS[CUSTODY] > EXIT_DELAY


# ---------------------------------------------------------------- the Working Group


@pytest.mark.parametrize("state", OPEN)
def test_the_working_group_vetoes_any_admission_until_it_is_executed(parliament, pool, state):
    id = parliament.to(state, parliament.call(pool.approve, parliament.stranger))
    parliament.veto(id)
    assert parliament.state(id) == State.VETOED


def test_the_working_group_vetoes_nothing_else(parliament, pool):
    """No offboarding, slash, appeal, parameter or replacement."""
    functions = [
        *(parliament.call(pool.offboard, 1), parliament.call(pool.set_cap, 1)),
        parliament.call(parliament.court.slash_by_governance, 1, 1, "ipfs://why"),
        parliament.call(parliament.slash_vault.resolve, 1, 1),
        parliament.call(parliament.rewards.reimburse, 1, 1, "ipfs://why"),
    ]
    for call in functions:
        id = parliament.propose(call, kind=GOVERNANCE)
        with ape.reverts("SequencerGovernor: no veto of this kind"):
            parliament.veto(id)
        # nor can anybody get it into the kind that may be vetoed
        with ape.reverts("SequencerGovernor: action of another kind"):
            parliament.propose(call, kind=INFRASTRUCTURE)


def test_the_working_group_cannot_keep_itself_in_office(parliament, governor, pool):
    """In none of the three contracts that know it."""
    heir = parliament.stranger
    contracts = (governor, pool, parliament.court)
    id = parliament.to(
        State.READY, *(parliament.call(x.set_guardian, heir) for x in contracts), kind=GOVERNANCE
    )
    with ape.reverts("SequencerGovernor: no veto of this kind"):
        parliament.veto(id)
    parliament.execute(id)
    assert {x.guardian() for x in contracts} == {heir.address}
    with ape.reverts("guardian: not guardian"):
        parliament.veto(parliament.propose())


def test_the_working_group_decides_nothing(parliament, governor, pool):
    """It has no signature, no seat among those who admit, and no setter."""
    group = parliament.working_group
    id = parliament.to(State.READY)
    parliament.veto(id)
    with ape.reverts("SequencerGovernor: not ready"):
        parliament.execute(id, sender=group)
    with ape.reverts("roles: not governance"):
        pool.approve(group, sender=group)
    with ape.reverts("roles: not governance"):
        governor.set_guardian(group, sender=group)
    with ape.reverts("SequencerGovernor: below proposal threshold"):
        parliament.propose(sender=group)


def test_the_working_group_pauses_no_vote_and_no_exit(parliament, pool):
    """A pause of the pool and a stop of the Slasher leave votes, exits and what is executed."""
    id = parliament.new_sequencer()
    decided = parliament.to(
        State.READY,
        parliament.call(parliament.court.set_penalty, Kind.BACKLOG, PENALTIES["backlog"] + 1),
        parliament.call(pool.offboard, id),
        kind=GOVERNANCE,
    )
    pool.pause(sender=parliament.working_group)
    parliament.court.stop(sender=parliament.working_group)
    parliament.execute(decided)
    assert pool.sequencer(id).state == PoolState.EXITING
    parliament.wait(EXIT_DELAY)
    pool.claim(id, sender=parliament.stranger)


# ---------------------------------------------------------------- the rest


def test_the_deployer_holds_no_role(parliament, governor, pool):
    deployer, timelock = parliament.deployer, parliament.timelock
    owned = (pool, parliament.slash_vault, parliament.court, parliament.rewards, governor)
    assert {x.owner() for x in owned} == {timelock.address}
    assert {x.guardian() for x in (pool, parliament.court, governor)} == {
        parliament.working_group.address
    }
    assert deployer.address not in (*governor.attesters(), pool.slasher(), pool.distributor())
    for role in ("DEFAULT_ADMIN", "PROPOSER", "EXECUTOR", "CANCELLER"):
        assert not timelock.hasRole(getattr(timelock, f"{role}_ROLE")(), deployer)
    for contract in owned:
        if "transfer_ownership" in contract.contract_type.mutable_methods:
            with ape.reverts("ownable: caller is not the owner"):
                contract.transfer_ownership(deployer, sender=deployer)


def test_the_timelock_hears_nobody_but_the_governor(parliament, governor):
    """And the Governor schedules, cancels and executes for proposals alone."""
    timelock, call = parliament.timelock, parliament.note()
    where = (call.target, 0, call.data, bytes(32), bytes(32))
    for sender in (
        *(parliament.working_group, parliament.proposer, parliament.deployer),
        *(parliament.stranger, parliament.squatter, parliament.treasury),
    ):
        with ape.reverts("access_control: account is missing role"):
            timelock.schedule(*where, 30 * DAY, sender=sender)
        with ape.reverts("access_control: account is missing role"):
            timelock.execute(*where, sender=sender)
        with ape.reverts("access_control: account is missing role"):
            timelock.cancel(32 * b"o", sender=sender)


def test_anyone_brings_signatures_and_executes_what_has_passed(parliament, governor):
    """So nobody can keep a decision from being carried out."""
    id = parliament.to(State.ENDED)
    message = parliament.tally(id)
    signatures = parliament.sign(message)
    governor.attest(id, as_struct(message), signatures, sender=parliament.squatter)
    parliament.ready(id)
    parliament.execute(id, sender=parliament.squatter)
    assert parliament.notes() == [1]


def test_anyone_without_metis_proposes_nothing(parliament):
    with ape.reverts("SequencerGovernor: below proposal threshold"):
        parliament.propose(sender=parliament.stranger)


def test_a_governor_without_roles_has_no_power(parliament, governor, pool):
    """Whoever deploys another one governs nothing, until a vote gives it the roles."""
    mine = parliament.deploy_governor(members=parliament.attesters(3, first=8), threshold=0)
    keys = parliament.keys_of_attesters[8:]
    call = parliament.call(pool.approve, parliament.squatter)
    mine.propose(INFRASTRUCTURE, [call], FORUM, sender=parliament.squatter)
    ends_at = parliament.now() + 3 * DAY
    message = parliament.vote_link(1, mine, endsAt=ends_at)
    parliament.relink(1, parliament.sign(message, keys=keys), mine, endsAt=ends_at)
    parliament.mine_at(mine.proposal(1).ends_at + 1)
    signatures = parliament.sign(parliament.tally(1, mine), keys=keys)
    with ape.reverts("access_control: account is missing role"):
        parliament.attest(1, signatures, mine)
    # the allow-list of the real one is not his to change
    with ape.reverts("roles: not governance"):
        governor.set_permission(
            (pool, selector(pool, "approve"), GOVERNANCE, ORDINARY), sender=parliament.squatter
        )
