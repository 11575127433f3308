"""SlashVault.release"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.slash_vault.conftest import KEY, KIND, OWN, PAIRED, Status, refund
from tests.utils.system import METIS, PARAMETERS

LOCK, PERIOD, BPS = LIMITS["SLASH_LOCK"], LIMITS["APPEAL_PERIOD"], LIMITS["BPS"]
ALL = OWN + PAIRED


@pytest.fixture
def release(system, escrow):
    """At this very second."""

    def release(timestamp, case_id=1, sender=None):
        system.at(timestamp)
        return escrow.release(case_id, sender=sender or system.stranger)

    return release


def released(system, escrow, amount, treasury=None):
    """All that a release emits."""
    treasury = treasury or system.treasury
    return [
        escrow.CaseReleased(case_id=1, treasury=treasury, amount=amount),
        system.metis.Transfer(sender=escrow, receiver=treasury, value=amount),
    ]


def test_release_sends_all_to_the_treasury_and_emits(system, metis, escrow, release, slashed_at):
    tx = release(slashed_at + LOCK)
    assert tx.events == released(system, escrow, ALL)
    assert metis.balanceOf(system.treasury) == ALL
    assert escrow.held() == metis.balanceOf(escrow) == 0
    case = escrow.case_of(1)
    assert (case.status, case.releasable_at) == (Status.RELEASED, 0)
    # what it was about can be read for ever
    assert (case.own, case.paired, case.key) == (OWN, PAIRED, KEY)


def test_release__a_second_early__reverts(release, slashed_at):
    with ape.reverts("SlashVault: too early"):
        release(slashed_at + LOCK - 1)


def test_release_takes_a_year():
    assert LOCK == 365 * 24 * 3_600


def test_release__appeal_is_open_in_the_year__reverts(appeal, release, slashed_at, owner):
    appeal(owner)
    with ape.reverts("SlashVault: too early"):
        release(slashed_at + LOCK - 1)


def test_release_after_an_early_appeal_is_on_its_date(
    system, escrow, appeal, release, slashed_at, owner
):
    """The 180 days are over long before: nobody has decided, and nothing is given back."""
    appeal(owner)
    assert release(slashed_at + LOCK).events == released(system, escrow, ALL)


def test_release_180_days_after_a_late_appeal(system, escrow, appeal, release, slashed_at, owner):
    system.at(slashed_at + LOCK - 1)
    appeal(owner)
    tx = release(slashed_at + LOCK - 1 + PERIOD)
    assert tx.events == released(system, escrow, ALL)


def test_release__180_days_are_not_over__reverts(system, appeal, release, slashed_at, owner):
    system.at(slashed_at + LOCK - 1)
    appeal(owner)
    with ape.reverts("SlashVault: appeal is open"):
        release(slashed_at + LOCK - 1 + PERIOD - 1)


def test_release__appeal_is_open_when_the_year_ends__reverts(
    system, appeal, release, slashed_at, owner
):
    """An appeal one second later than one that makes no difference."""
    system.at(slashed_at + LOCK - PERIOD + 1)
    appeal(owner)
    with ape.reverts("SlashVault: appeal is open"):
        release(slashed_at + LOCK)


def test_release__last_of_two_appeals_is_open__reverts(
    system, appeal, release, slashed_at, owner, lst
):
    appeal(owner)
    system.at(slashed_at + LOCK - 1)
    appeal(lst)
    with ape.reverts("SlashVault: appeal is open"):
        release(slashed_at + LOCK - 1 + PERIOD - 1)


@pytest.mark.parametrize("bps", [0, 1, 3_333, BPS - 1])
def test_release_leaves_what_is_given_back(
    system, metis, escrow, resolved, release, slashed_at, owner, lst, bps
):
    resolved(bps)
    own, paired = refund(OWN, bps), refund(PAIRED, bps)
    tx = release(slashed_at + LOCK)
    assert tx.events == released(system, escrow, ALL - own - paired)
    assert escrow.held() == metis.balanceOf(escrow) == own + paired
    case = escrow.case_of(1)
    assert (case.status, case.own_refund, case.paired_refund) == (Status.RELEASED, own, paired)


def test_release_before_anybody_has_collected(
    system, metis, escrow, resolved, release, slashed_at, owner, lst
):
    resolved(3_333)
    release(slashed_at + LOCK)
    for loser, amount in ((owner, refund(OWN, 3_333)), (lst, refund(PAIRED, 3_333))):
        tx = escrow.collect_refund(1, sender=loser)
        assert tx.events[0] == escrow.RefundCollected(case_id=1, by=loser, amount=amount)
    assert escrow.held() == metis.balanceOf(escrow) == 0


def test_release_between_two_collections(
    system, metis, escrow, resolved, release, slashed_at, owner, lst
):
    resolved(3_333)
    escrow.collect_refund(1, sender=lst)
    rest = ALL - refund(OWN, 3_333) - refund(PAIRED, 3_333)
    assert release(slashed_at + LOCK).events == released(system, escrow, rest)
    escrow.collect_refund(1, sender=owner)
    assert escrow.held() == metis.balanceOf(escrow) == 0


def test_release_of_what_was_all_given_back(system, escrow, resolved, release, slashed_at):
    resolved(BPS)
    assert release(slashed_at + LOCK).events == released(system, escrow, 0)
    assert escrow.held() == ALL


def test_release_at_once_when_an_appeal_is_resolved_late(
    system, escrow, appeal, resolve, release, slashed_at, owner
):
    system.at(slashed_at + LOCK - 1)
    appeal(owner)
    system.at(slashed_at + LOCK + 1)
    resolve(0)
    assert release(slashed_at + LOCK + 2).events == released(system, escrow, ALL)


def test_release__resolved_in_the_year__reverts(resolved, release, slashed_at):
    resolved(0)
    with ape.reverts("SlashVault: too early"):
        release(slashed_at + LOCK - 1)


def test_release_concerns_one_case(system, metis, escrow, release, slashed_at, open_case, owner):
    open_case(owner, own=METIS)
    release(slashed_at + LOCK)
    assert escrow.held() == metis.balanceOf(escrow) == METIS
    assert escrow.case_of(2).status == Status.LOCKED


def test_release_leaves_what_was_given_on_top(
    system, metis, escrow, release, slashed_at, pool_account
):
    metis.transfer(escrow, METIS, sender=pool_account)
    release(slashed_at + LOCK)
    assert (escrow.held(), metis.balanceOf(escrow)) == (0, METIS)


@pytest.mark.parametrize("role", ["governance", "guardian", "treasury", "lst", "deployer"])
def test_release_is_for_anyone(system, metis, release, slashed_at, role):
    release(slashed_at + LOCK, sender=getattr(system, role))
    assert metis.balanceOf(system.treasury) == ALL


def test_release__twice__reverts(open_case, release, slashed_at, owner):
    # there is METIS of another case
    open_case(owner)
    release(slashed_at + LOCK)
    with ape.reverts("SlashVault: released already"):
        release(slashed_at + LOCK + 1)


@pytest.mark.parametrize("case_id", [0, 2, 2**256 - 1])
def test_release__unknown_case__reverts(release, slashed_at, case_id):
    with ape.reverts("SlashVault: unknown case"):
        release(slashed_at + LOCK, case_id)


def test_release__metis_refuses__reverts(system, governance, owner):
    # returns False to each transfer
    token = system.deploy_code("60005f5260205ff3")
    escrow = system.deployer.deploy(
        system.project.SlashVault, token, system.stranger, governance, system.treasury
    )
    tx = escrow.open_case(1, owner, owner, 1, 0, KIND, KEY, sender=system.stranger)
    system.at(tx.timestamp + LOCK)
    with ape.reverts("SlashVault: metis transfer failed"):
        escrow.release(1, sender=owner)


def test_release_of_a_slash_by_the_pool(system, pool, metis, vault, slasher, sequencer):
    tx = pool.slash(sequencer, 2**256 - 1, KIND, KEY, sender=slasher)
    system.at(tx.timestamp + LOCK)
    tx = vault.release(1, sender=system.stranger)
    assert tx.events == released(system, vault, PARAMETERS["min_stake"])
    assert metis.balanceOf(system.treasury) == PARAMETERS["min_stake"]


# I8


def test_nothing_leaves_within_the_year_but_a_refund(
    system, metis, escrow, resolved, slashed_at, pool_account, owner, lst
):
    """Whoever asks, and whatever else is announced meanwhile."""
    resolved(3_333)
    escrow.announce_treasury(system.stranger, sender=system.governance)
    escrow.collect_refund(1, sender=owner)
    escrow.collect_refund(1, sender=lst)
    left = ALL - refund(OWN, 3_333) - refund(PAIRED, 3_333)
    everyone = (
        *(system.governance, system.guardian, system.treasury, system.slasher, system.deployer),
        *(system.stranger, pool_account, owner, lst),
    )
    # nothing is sent: the second is that of the last block
    system.mine_at(slashed_at + LOCK - 1)
    for sender in everyone:
        for function in (escrow.release, escrow.collect_refund):
            with pytest.raises(ape.exceptions.ContractLogicError, match="SlashVault: "):
                function.call(1, sender=sender)
    assert metis.balanceOf(escrow) == escrow.held() == left
    system.mine_at(slashed_at + LOCK)
    for sender in everyone:
        escrow.release.call(1, sender=sender)
