"""SequencerPool.slash"""

import ape
import pytest

from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, State

MIN_STAKE = PARAMETERS["min_stake"]
EXIT_DELAY = PARAMETERS["exit_delay"]
# the pool hands on a key; the SlashVault knows its evidence once the Slasher has used it
KIND, KEY, EVIDENCE = 4, b"\xee" * 16 + b"\xdd" * 16, b"\x0e" * 32
K = 1_000 * METIS


@pytest.fixture
def spread(system, pool):
    """Own: 21,000 bonded, 4,000 and then 5,000 unbonding. Paired: 17,000, 6,000 and 7,000."""
    id = system.new_paired(30 * K, 30 * K)
    owner = system.owner_of(id)
    for own, paired in ((4, 6), (5, 7)):
        pool.request_withdrawal(id, own * K, sender=owner)
        pool.request_paired_withdrawal(id, paired * K, sender=system.lst)
    return id


def slash(system, id, amount):
    return system.pool.slash(id, amount, KIND, KEY, sender=system.slasher)


def slashed(system, id, bonded, unbonding, case_id=1):
    return system.pool.Slashed(
        id=id,
        case_id=case_id,
        kind=KIND,
        bonded=list(bonded),
        unbonding=list(unbonding),
        evidence=KEY,
    )


def opened(system, id, own, paired, vault=ZERO, case_id=1, evidence=bytes(32)):
    return system.slash_vault.CaseOpened(
        case_id=case_id,
        id=id,
        owner=system.pool.sequencer(id).owner,
        vault=vault,
        own=own,
        paired=paired,
        kind=KIND,
        evidence=evidence,
    )


def entries(pool, id, paired):
    """Amounts of one side's unbondings."""
    record = pool.sequencer(id)
    holding = record.paired if paired else record.own
    return [pool.unbonding_at(id, paired, i)[0] for i in range(holding.unbondings)]


def test_slash_moves_metis_opens_a_case_and_emits(system, pool, metis, vault):
    id = system.new_sequencer(MIN_STAKE + K)
    tx = slash(system, id, K)
    assert tx.events == [
        metis.Transfer(sender=pool, receiver=vault, value=K),
        opened(system, id, K, 0),
        slashed(system, id, (K, 0), (0, 0)),
    ]
    assert metis.balanceOf(vault) == vault.held() == K
    assert metis.balanceOf(pool) == MIN_STAKE == pool.sequencer(id).slashable
    assert system.state_of(id) == State.ACTIVE


def test_slash_records_owner_and_vault_in_the_case(system, pool, vault, lst, spread):
    tx = slash(system, spread, 47 * K)
    owner = system.owner_of(spread)
    case = vault.case_of(1)
    assert (case.id, case.owner, case.vault, case.own, case.paired, case.kind) == (
        *(spread, owner, lst, 30 * K, 17 * K, KIND),
    )
    assert (case.key, case.slashed_at) == (KEY[:16], tx.timestamp)
    # the second of two has a number of its own
    tx = slash(system, spread, 1)
    assert tx.events[-1] == slashed(system, spread, (0, 0), (0, 1), case_id=2)
    assert vault.case_of(2)[2:5] == (lst, 0, 1)


def test_slash_names_the_evidence_that_the_key_stands_for(system, vault, slasher, sequencer):
    vault.use_key(KEY[:16], EVIDENCE, sender=slasher)
    tx = slash(system, sequencer, 1)
    assert opened(system, sequencer, 1, 0, evidence=EVIDENCE) in tx.events
    assert tx.events[-1] == slashed(system, sequencer, (1, 0), (0, 0))
    assert vault.case_of(1).evidence == EVIDENCE


def test_slash_that_takes_nothing_paired_names_no_vault(system, vault, spread):
    tx = slash(system, spread, 30 * K)
    assert vault.case_of(1).vault == ZERO
    assert opened(system, spread, 30 * K, 0) in tx.events


@pytest.mark.parametrize(
    "amount, own, own_entries, paired, paired_entries",
    [
        (1, 21 * K - 1, [4 * K, 5 * K], 17 * K, [6 * K, 7 * K]),
        (21 * K, 0, [4 * K, 5 * K], 17 * K, [6 * K, 7 * K]),
        (21 * K + 1, 0, [4 * K, 5 * K - 1], 17 * K, [6 * K, 7 * K]),
        (26 * K, 0, [4 * K], 17 * K, [6 * K, 7 * K]),
        (26 * K + 1, 0, [4 * K - 1], 17 * K, [6 * K, 7 * K]),
        (30 * K, 0, [], 17 * K, [6 * K, 7 * K]),
        (30 * K + 1, 0, [], 17 * K - 1, [6 * K, 7 * K]),
        (47 * K + 1, 0, [], 0, [6 * K, 7 * K - 1]),
        (54 * K + 1, 0, [], 0, [6 * K - 1]),
        (60 * K - 1, 0, [], 0, [1]),
        (60 * K, 0, [], 0, []),
        (60 * K + 1, 0, [], 0, []),
        (2**256 - 1, 0, [], 0, []),
    ],
)
def test_slash_takes_in_order(
    system, pool, metis, vault, spread, amount, own, own_entries, paired, paired_entries
):
    tx = slash(system, spread, amount)
    record = pool.sequencer(spread)
    assert (record.own.bonded, entries(pool, spread, False)) == (own, own_entries)
    assert (record.paired.bonded, entries(pool, spread, True)) == (paired, paired_entries)
    assert tx.events[-1] == slashed(
        system,
        spread,
        (21 * K - own, 17 * K - paired),
        (9 * K - sum(own_entries), 13 * K - sum(paired_entries)),
    )
    taken = min(amount, 60 * K)
    assert metis.balanceOf(vault) == taken
    assert record.slashable == 60 * K - taken == metis.balanceOf(pool)


def test_slash_spares_what_has_matured_to_the_second(system, pool, chain, sequencer):
    unlocked_at = pool.unlock(sequencer, sender=system.owner_of(sequencer)).timestamp
    matures_at = unlocked_at + EXIT_DELAY
    with isolated(chain):
        system.at(matures_at - 1)
        tx = slash(system, sequencer, MIN_STAKE)
        assert tx.events[-1] == slashed(system, sequencer, (0, 0), (MIN_STAKE, 0))
    before = pool.sequencer(sequencer)
    system.at(matures_at)
    assert slash(system, sequencer, MIN_STAKE).events == []
    record = pool.sequencer(sequencer)
    assert (record.own.matured, record.slashable) == (MIN_STAKE, 0)
    assert (record.state, record.below_since) == (before.state, before.below_since)


def test_slash_spares_matured_stake_of_both_sides(system, pool, spread):
    matured_at = system.now() + EXIT_DELAY
    system.at(matured_at)
    tx = slash(system, spread, 60 * K)
    assert tx.events[-1] == slashed(system, spread, (21 * K, 17 * K), (0, 0))
    record = pool.sequencer(spread)
    assert (record.own.matured, record.paired.matured, record.slashable) == (9 * K, 13 * K, 0)
    pool.claim(spread, sender=system.stranger)
    tx = pool.claim_paired(spread, sender=system.lst)
    assert tx.events[0] == pool.Claimed(id=spread, recipient=system.lst, paired=True, amount=13 * K)


@pytest.mark.parametrize(
    "held, own, paired",
    [(22 * K, 1 * K, 0), (30 * K, 9 * K, 0), (47 * K, 9 * K, 0), (50 * K, 9 * K, 3 * K)],
)
def test_slash_takes_matured_stake_that_a_hold_keeps(system, pool, spread, held, own, paired):
    matures_at = system.now() + EXIT_DELAY
    system.at(matures_at - DAY)
    pool.hold(spread, held, matures_at + DAY, sender=system.slasher)
    system.mine_at(matures_at)
    locked = 21 * K + 17 * K
    assert pool.sequencer(spread).slashable == locked + own + paired
    tx = slash(system, spread, 60 * K)
    assert tx.events[-1] == slashed(system, spread, (21 * K, 17 * K), (own, paired))
    record = pool.sequencer(spread)
    assert (record.own.matured, record.paired.matured) == (9 * K - own, 13 * K - paired)
    # what was taken is not kept a second time: all that is left is free
    assert record.slashable == 0
    assert slash(system, spread, 60 * K).events == []


def test_slash_of_a_part_leaves_the_rest_of_what_a_hold_keeps(system, pool, spread):
    """And what matures later is kept as before."""
    matures_at = system.now() + EXIT_DELAY
    system.at(matures_at - DAY)
    pool.hold(spread, 47 * K, matures_at + 20 * DAY, sender=system.slasher)
    system.at(matures_at)
    # all that is locked of the owner's, and 4 of the 9 that are kept
    tx = slash(system, spread, 25 * K)
    assert tx.events[-1] == slashed(system, spread, (21 * K, 0), (4 * K, 0))
    own = pool.sequencer(spread).own
    assert (own.matured, own.kept) == (5 * K, 5 * K)


def test_slash_spares_matured_stake_that_came_before_the_hold(system, pool, spread):
    matured_at = system.now() + EXIT_DELAY
    system.at(matured_at)
    pool.hold(spread, 60 * K, matured_at + DAY, sender=system.slasher)
    tx = slash(system, spread, 60 * K)
    assert tx.events[-1] == slashed(system, spread, (21 * K, 17 * K), (0, 0))


def test_slash_takes_no_matured_stake_when_the_hold_has_lapsed(system, pool, slasher, spread):
    until = system.now() + EXIT_DELAY
    system.at(until - DAY)
    pool.hold(spread, 60 * K, until, sender=slasher)
    system.at(until)
    tx = slash(system, spread, 60 * K)
    assert tx.events[-1] == slashed(system, spread, (21 * K, 17 * K), (0, 0))


def test_slash_of_32_unbondings_with_matured_ones_between(system, pool, governance, lst):
    """Dust does not shield what is behind it, and the two that have matured are spared."""
    id = system.new_paired(MIN_STAKE + METIS, MIN_STAKE)
    owner = system.owner_of(id)
    pool.set_exit_delay(60 * DAY, sender=governance)
    for i in range(16):
        # the eighth of each side matures long before those around it
        if i == 7:
            pool.set_exit_delay(EXIT_DELAY, sender=governance)
        pool.request_withdrawal(id, 100 + i, sender=owner)
        pool.request_paired_withdrawal(id, 200 + i, sender=lst)
        if i == 7:
            pool.set_exit_delay(60 * DAY, sender=governance)
    system.at(system.now() + EXIT_DELAY)
    own, paired = (sum(start + i for i in range(16) if i != 7) for start in (100, 200))
    before = pool.sequencer(id)
    assert (before.own.unbondings, before.paired.unbondings) == (16, 16)
    tx = slash(system, id, 2**255)
    assert tx.events[-1] == slashed(
        system, id, (before.own.bonded, before.paired.bonded), (own, paired)
    )
    # what was newer is gone, what was older is an empty entry
    assert entries(pool, id, False) == [0] * 7 + [107]
    assert entries(pool, id, True) == [0] * 7 + [207]
    assert pool.claim(id, sender=owner).events[0].amount == 107
    assert pool.claim_paired(id, sender=lst).events[0].amount == 207
    assert entries(pool, id, False) == entries(pool, id, True) == []


def test_slash_below_min_stake_starts_the_clock(system, pool, sequencer):
    tx = slash(system, sequencer, 1)
    assert tx.events[0] == pool.BelowMinStake(id=sequencer, since=tx.timestamp)
    assert len(tx.events) == 4
    assert pool.sequencer(sequencer).below_since == tx.timestamp


def test_slash_lowers_the_power_of_the_next_committee(system, registry):
    id = system.new_sequencer(MIN_STAKE + K)
    slash(system, id, 1)
    assert registry.checkpoint(sender=system.stranger).events[0].power == MIN_STAKE + K - 1


def test_slash_of_all_that_an_active_one_has_leaves_it_its_seat(system, pool, sequencer):
    slash(system, sequencer, 2 * MIN_STAKE)
    record = pool.sequencer(sequencer)
    assert (record.state, record.slashable) == (State.ACTIVE, 0)
    assert pool.roster().seated == 1


def test_slash_of_all_that_a_leaving_one_has_ends_its_exit(system, pool, sequencer):
    pool.unlock(sequencer, sender=system.owner_of(sequencer))
    assert len(slash(system, sequencer, MIN_STAKE - 1).events) == 3
    assert system.state_of(sequencer) == State.EXITING
    tx = slash(system, sequencer, 1)
    assert tx.events[0] == pool.StateChanged(id=sequencer, old=State.EXITING, new=State.EXITED)
    assert len(tx.events) == 4
    assert system.state_of(sequencer) == State.EXITED


def _jailed(system):
    id = system.new_sequencer()
    system.pool.jail(id, system.chain.pending_timestamp + DAY, sender=system.slasher)
    return id


def _suspended(system):
    id = system.new_sequencer()
    system.pool.suspend(id, EVIDENCE, 1, 1, sender=system.slasher)
    return id


def _queued(system):
    system.fill(4)
    return system.new_sequencer()


@pytest.mark.parametrize(
    "make, state",
    [(_jailed, State.JAILED), (_suspended, State.SUSPENDED), (_queued, State.QUEUED)],
)
def test_slash_keeps_the_state_and_starts_the_clock(system, pool, registry, make, state):
    id = make(system)
    tx = slash(system, id, 1)
    assert tx.events[0] == pool.BelowMinStake(id=id, since=tx.timestamp)
    assert registry.checkpoint(sender=system.stranger).events[0].power % MIN_STAKE == 0
    record = pool.sequencer(id)
    assert (record.state, record.own.bonded) == (state, MIN_STAKE - 1)


def test_slash_of_the_pending_starts_no_clock(system, pool, lst):
    id = system.new_paired(K, K)
    tx = slash(system, id, K + 1)
    assert tx.events[-1] == slashed(system, id, (K, 1), (0, 0))
    record = pool.sequencer(id)
    assert (record.state, record.below_since) == (State.PENDING, 0)


def test_slash_goes_on_in_a_pause(system, guardian, pool, vault, sequencer):
    pool.pause(sender=guardian)
    slash(system, sequencer, 1)
    assert vault.held() == 1


def test_slash_touches_nobody_else(system, pool, sequencer):
    other = system.new_paired(MIN_STAKE, K)
    before = pool.sequencer(other)
    slash(system, sequencer, 2**256 - 1)
    assert pool.sequencer(other) == before


def check_no_slash(system, id, amount):
    """It is none, and a Slasher that punishes many goes on."""
    pool, vault = system.pool, system.slash_vault
    before = pool.sequencer(id), vault.case_count(), system.metis.balanceOf(vault)
    assert pool.slash.call(id, amount, KIND, KEY, sender=system.slasher) == 0
    assert slash(system, id, amount).events == []
    assert (pool.sequencer(id), vault.case_count(), system.metis.balanceOf(vault)) == before


def test_slash_of_nothing(system, sequencer):
    check_no_slash(system, sequencer, 0)


def test_slash_where_nothing_is_left(system, sequencer):
    slash(system, sequencer, MIN_STAKE)
    check_no_slash(system, sequencer, 1)


def test_slash_of_one_that_has_left(system):
    check_no_slash(system, system.new_crew_in(State.EXITED).id, MIN_STAKE)


def test_slash_of_the_pending_without_stake(system):
    check_no_slash(system, system.new_crew_in(State.PENDING).id, MIN_STAKE)


def test_slash_of_nothing_does_not_start_the_clock(system, pool, governance, sequencer):
    """It is below min_stake since that was raised, and only `eject` may say so."""
    pool.set_min_stake(MIN_STAKE + 1, sender=governance)
    check_no_slash(system, sequencer, 0)
    assert pool.sequencer(sequencer).below_since == 0


def test_slash_returns_the_case(system, pool, slasher, sequencer):
    slash(system, sequencer, 1)
    # what would be the second; a receipt has no value to return
    assert pool.slash.call(sequencer, 1, KIND, KEY, sender=slasher) == 2


def test_slash__unknown_sequencer__reverts(system):
    with ape.reverts("SequencerPool: unknown sequencer"):
        slash(system, 1, 1)


def test_slash__metis_refuses__reverts(system):
    pool = system.pool_of_refusing_token()
    owner = system.new_account()
    pool.approve(owner, sender=system.governance)
    consent = system.consent(owner, pool=pool)
    pool.lock(consent.signer, MIN_STAKE, owner, consent.pubkey, consent.signature, sender=owner)
    with ape.reverts("SequencerPool: metis transfer failed"):
        pool.slash(1, 1, KIND, KEY, sender=system.slasher)


def test_slash__governance__reverts(pool, governance, sequencer):
    with ape.reverts("SequencerPool: not slasher"):
        pool.slash(sequencer, 1, KIND, KEY, sender=governance)
