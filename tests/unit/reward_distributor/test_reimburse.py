"""RewardDistributor.reimburse and reimburse_vault"""

import ape
import pytest

from tests.unit.reward_distributor.conftest import RESERVE
from tests.utils.system import METIS, ZERO, State

REASON = "ipfs://decision"


def test_reimburse_credits_the_operator_and_emits(payroll, metis, rewards, seated):
    tx = rewards.reimburse(seated[0], METIS, REASON, sender=payroll.governance)
    assert tx.events == [rewards.Reimbursed(id=seated[0], amount=METIS, reason=REASON)]
    assert rewards.account(seated[0])[:2] == (METIS, 0)
    assert (rewards.owed(), rewards.reserve()) == (METIS, RESERVE - METIS)
    assert metis.balanceOf(rewards) == RESERVE
    tx = rewards.claim(seated[0], sender=payroll.stranger)
    assert tx.events[0].amount == METIS


def test_reimburse_adds_to_what_was_earned(payroll, rewards, earner, reward):
    rewards.reimburse(earner, 7, REASON, sender=payroll.governance)
    assert rewards.account(earner).operator == rewards.owed() == reward + 7


def test_reimburse_gives_the_vault_nothing(payroll, rewards, sharer):
    before = rewards.account(sharer)
    rewards.reimburse(sharer, METIS, REASON, sender=payroll.governance)
    assert rewards.account(sharer) == (METIS, *before[1:])
    assert before.share > 0


def test_reimburse_of_one_that_has_left(payroll, rewards, seated):
    crew = payroll.new_crew_in(State.EXITED)
    rewards.reimburse(crew.id, METIS, REASON, sender=payroll.governance)
    tx = rewards.claim(crew.id, sender=payroll.stranger)
    assert tx.events[0] == rewards.Claimed(id=crew.id, recipient=crew.owner, amount=METIS)


def test_reimburse_with_the_longest_reason(payroll, rewards, seated):
    reason = 256 * "x"
    tx = rewards.reimburse(seated[0], 1, reason, sender=payroll.governance)
    assert tx.events[0].reason == reason


def test_reimburse_takes_all_of_the_reserve_and_not_a_wei_more(payroll, rewards, earner, reward):
    """What is owed is not in it."""
    left = RESERVE - reward
    with ape.reverts("RewardDistributor: reserve is short"):
        rewards.reimburse(earner, left + 1, REASON, sender=payroll.governance)
    rewards.reimburse(earner, left, REASON, sender=payroll.governance)
    assert (rewards.reserve(), rewards.owed()) == (0, RESERVE)
    with ape.reverts("RewardDistributor: reserve is short"):
        rewards.reimburse(earner, 1, REASON, sender=payroll.governance)
    tx = rewards.claim(earner, sender=payroll.stranger)
    assert tx.events[0].amount == RESERVE


@pytest.mark.parametrize("amount", [1, 2**87, 2**256 - 1])
def test_reimburse__empty_reserve__reverts(payroll, rewards, poor, amount):
    with ape.reverts("RewardDistributor: reserve is short"):
        rewards.reimburse(poor[0], amount, REASON, sender=payroll.governance)


@pytest.mark.parametrize("id", [0, 5, 2**32 + 1, 2**256 - 1])
def test_reimburse__unknown_sequencer__reverts(payroll, rewards, seated, id):
    with ape.reverts("RewardDistributor: unknown sequencer"):
        rewards.reimburse(id, METIS, REASON, sender=payroll.governance)


def test_reimburse__zero_amount__reverts(payroll, rewards, seated):
    with ape.reverts("RewardDistributor: zero amount"):
        rewards.reimburse(seated[0], 0, REASON, sender=payroll.governance)


def test_reimburse__empty_reason__reverts(payroll, rewards, seated):
    with ape.reverts("RewardDistributor: empty reason"):
        rewards.reimburse(seated[0], METIS, "", sender=payroll.governance)


def test_reimburse__not_governance__reverts(payroll, rewards, seated):
    for sender in (payroll.guardian, payroll.stranger, payroll.owner_of(seated[0])):
        with ape.reverts("roles: not governance"):
            rewards.reimburse(seated[0], METIS, REASON, sender=sender)


# of a vault


def test_reimburse_vault_credits_it_and_emits(payroll, metis, rewards, sharer):
    """V13: what a vault has lost can be given back to it, and not to the operator."""
    before, lst = rewards.account(sharer), payroll.lst
    tx = rewards.reimburse_vault(sharer, lst, METIS, REASON, sender=payroll.governance)
    assert tx.events == [rewards.VaultReimbursed(id=sharer, vault=lst, amount=METIS, reason=REASON)]
    assert rewards.account(sharer) == (before.operator, METIS, *before[2:])
    assert (rewards.owed(), rewards.reserve()) == (METIS, RESERVE - METIS)
    held = metis.balanceOf(lst)
    rewards.claim_vault(sharer, sender=lst)
    assert metis.balanceOf(lst) == held + METIS


def test_reimburse_vault_that_is_replaced_later(payroll, rewards, pool, sharer):
    """What it was given stays its own."""
    rewards.reimburse_vault(sharer, payroll.lst, METIS, REASON, sender=payroll.governance)
    pool.set_pairing(payroll.owner_of(sharer), ZERO, 0, sender=payroll.governance)
    payroll.wait(pool.parameters().exit_delay)
    pool.claim_paired(sharer, sender=payroll.lst)
    pool.set_pairing(payroll.owner_of(sharer), payroll.other_lst, 0, sender=payroll.governance)
    rewards.sync(sharer, sender=payroll.stranger)
    assert rewards.vault_claimable(sharer, payroll.other_lst) == 0
    assert rewards.vault_claimable(sharer, payroll.lst) == METIS


def test_reimburse_vault__not_its_vault__reverts(payroll, rewards, sharer, seated):
    for id, vault in [
        *((sharer, x) for x in (payroll.other_lst, ZERO, payroll.owner_of(sharer))),
        *((x, y) for x in (seated[0], 0, 2**256 - 1) for y in (ZERO, payroll.lst)),
    ]:
        with ape.reverts("RewardDistributor: not its vault"):
            rewards.reimburse_vault(id, vault, METIS, REASON, sender=payroll.governance)


def test_reimburse_vault__bad_amount_or_reason__reverts(payroll, rewards, sharer):
    for amount, text, reason in [
        (0, REASON, "zero amount"),
        (METIS, "", "empty reason"),
        (RESERVE + 1, REASON, "reserve is short"),
        (2**256 - 1, REASON, "reserve is short"),
    ]:
        with ape.reverts(f"RewardDistributor: {reason}"):
            rewards.reimburse_vault(sharer, payroll.lst, amount, text, sender=payroll.governance)


def test_reimburse_vault__not_governance__reverts(payroll, rewards, sharer):
    for sender in (payroll.guardian, payroll.stranger, payroll.lst, payroll.owner_of(sharer)):
        with ape.reverts("roles: not governance"):
            rewards.reimburse_vault(sharer, payroll.lst, METIS, REASON, sender=sender)
