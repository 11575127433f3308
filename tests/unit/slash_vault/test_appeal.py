"""SlashVault.appeal"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.slash_vault.conftest import KEY, OWN, PAIRED, Status
from tests.utils.system import METIS

LOCK, PERIOD = LIMITS["SLASH_LOCK"], LIMITS["APPEAL_PERIOD"]


@pytest.fixture(params=["owner", "lst"])
def loser(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("uri", ["x", "ipfs://" + 249 * "x"])
def test_appeal_is_recorded_and_emits(escrow, slashed_at, loser, uri):
    before = escrow.case_of(1)
    tx = escrow.appeal(1, uri, sender=loser)
    assert tx.events == [escrow.CaseAppealed(case_id=1, by=loser, statement_uri=uri)]
    case = escrow.case_of(1)
    assert (case.status, case.appealed_at) == (Status.APPEALED, tx.timestamp)
    # nothing else: half a year from now is within the year
    assert case.releasable_at == case.unlocks_at == slashed_at + LOCK
    assert (case[:10], case[12:]) == (before[:10], before[12:])
    assert escrow.held() == OWN + PAIRED


def test_appeal_holds_for_180_days_if_that_is_longer(system, escrow, appeal, slashed_at, owner):
    # to the second on which it makes a difference
    system.at(slashed_at + LOCK - PERIOD)
    appeal(owner)
    assert escrow.case_of(1).releasable_at == slashed_at + LOCK


def test_appeal_a_second_later_holds_a_second_longer(system, escrow, appeal, slashed_at, owner):
    system.at(slashed_at + LOCK - PERIOD + 1)
    appeal(owner)
    assert escrow.case_of(1).releasable_at == slashed_at + LOCK + 1


def test_appeal_by_both_holds_from_the_last(system, escrow, appeal, slashed_at, owner, lst):
    system.at(slashed_at + LOCK - 100)
    appeal(lst)
    system.at(slashed_at + LOCK - 50)
    tx = appeal(owner)
    assert tx.events[0].by == owner
    case = escrow.case_of(1)
    assert (case.appealed_at, case.releasable_at, case.status) == (
        *(slashed_at + LOCK - 50, slashed_at + LOCK - 50 + PERIOD, Status.APPEALED),
    )


def test_appeal_in_the_last_second(system, escrow, appeal, slashed_at, loser):
    system.at(slashed_at + LOCK - 1)
    appeal(loser)
    assert escrow.case_of(1).releasable_at == slashed_at + LOCK - 1 + PERIOD


def test_appeal__year_has_passed__reverts(system, appeal, slashed_at, loser):
    system.at(slashed_at + LOCK)
    with ape.reverts("SlashVault: too late"):
        appeal(loser)


def test_appeal__year_has_passed_since_the_first__reverts(system, appeal, slashed_at, owner, lst):
    """An open appeal gives nobody else more time."""
    system.at(slashed_at + LOCK - 1)
    appeal(owner)
    system.at(slashed_at + LOCK)
    with ape.reverts("SlashVault: too late"):
        appeal(lst)


def test_appeal__twice__reverts(appeal, slashed_at, loser):
    appeal(loser)
    with ape.reverts("SlashVault: appealed already"):
        appeal(loser)


def test_appeal__twice_with_the_other_between__reverts(appeal, slashed_at, owner, lst):
    appeal(owner)
    appeal(lst)
    with ape.reverts("SlashVault: appealed already"):
        appeal(owner)


def test_appeal__owner_is_vault_and_has_appealed__reverts(escrow, open_case, appeal, owner):
    open_case(owner, owner, OWN, PAIRED)
    appeal(owner)
    assert escrow.case_of(1).status == Status.APPEALED
    with ape.reverts("SlashVault: appealed already"):
        appeal(owner)


def test_appeal_concerns_one_case(escrow, open_case, appeal, slashed_at, owner, lst):
    open_case(owner, lst, OWN, PAIRED)
    appeal(owner)
    assert escrow.case_of(2).status == Status.LOCKED
    appeal(owner, 2)
    assert escrow.case_of(2).status == Status.APPEALED


@pytest.mark.parametrize("role", ["governance", "treasury", "other_lst", "deployer", "stranger"])
def test_appeal__not_owner_or_vault__reverts(system, appeal, slashed_at, role):
    with ape.reverts("SlashVault: not owner or vault"):
        appeal(getattr(system, role))


def test_appeal__pool__reverts(appeal, slashed_at, pool_account):
    with ape.reverts("SlashVault: not owner or vault"):
        appeal(pool_account)


def test_appeal__loser_of_another_case__reverts(system, open_case, appeal, slashed_at, owner):
    open_case(system.new_owner())
    with ape.reverts("SlashVault: not owner or vault"):
        appeal(owner, 2)


def test_appeal__vault_that_lost_nothing__reverts(open_case, appeal, owner, lst):
    open_case(owner, lst, OWN, 0)
    with ape.reverts("SlashVault: not owner or vault"):
        appeal(lst)


def test_appeal_is_of_who_was_owner_at_the_slash(system, pool, vault, slasher):
    crew = system.new_crew()
    pool.slash(crew.id, METIS, 1, KEY, sender=slasher)
    pool.accept_ownership_of(crew.id, sender=crew.offered_to)
    with ape.reverts("SlashVault: not owner or vault"):
        vault.appeal(1, "ipfs://statement", sender=crew.offered_to)
    vault.appeal(1, "ipfs://statement", sender=crew.owner)
    assert vault.case_of(1).status == Status.APPEALED


def test_appeal__resolved__reverts(appeal, resolved, lst):
    """Also by the one that has not spoken yet."""
    resolved(0)
    with ape.reverts("SlashVault: resolved already"):
        appeal(lst)


def test_appeal__released__reverts(system, escrow, appeal, slashed_at, stranger, loser):
    system.at(slashed_at + LOCK)
    escrow.release(1, sender=stranger)
    with ape.reverts("SlashVault: too late"):
        appeal(loser)


def test_appeal__empty_statement__reverts(escrow, slashed_at, loser):
    with ape.reverts("SlashVault: empty statement"):
        escrow.appeal(1, "", sender=loser)


@pytest.mark.parametrize("case_id", [0, 2, 2**256 - 1])
def test_appeal__unknown_case__reverts(appeal, slashed_at, owner, case_id):
    with ape.reverts("SlashVault: unknown case"):
        appeal(owner, case_id)
