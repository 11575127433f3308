"""SlashVault.resolve"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.slash_vault.conftest import OWN, PAIRED, Status, refund
from tests.utils.system import METIS

LOCK, PERIOD, BPS = LIMITS["SLASH_LOCK"], LIMITS["APPEAL_PERIOD"], LIMITS["BPS"]


@pytest.mark.parametrize("bps", [0, 1, 3_333, 5_000, BPS - 1, BPS])
def test_resolve_credits_both_as_they_lost_and_emits(metis, escrow, resolved, slashed_at, bps):
    tx = resolved(bps)
    own, paired = refund(OWN, bps), refund(PAIRED, bps)
    assert tx.events == [
        escrow.CaseResolved(case_id=1, refund_bps=bps, own_refund=own, paired_refund=paired)
    ]
    case = escrow.case_of(1)
    assert (case.status, case.refund_bps) == (Status.RESOLVED, bps)
    assert (case.own_refund, case.paired_refund) == (own, paired)
    # it moves nothing
    assert (case.own, case.paired, escrow.held()) == (OWN, PAIRED, OWN + PAIRED)
    assert metis.balanceOf(escrow) == OWN + PAIRED


@pytest.mark.parametrize(
    "own, bps, credited",
    [(9_999, 1, 0), (10_000, 1, 1), (1, BPS - 1, 0), (1, BPS, 1), (3, 6_666, 1), (3, 6_667, 2)],
)
def test_resolve_rounds_down(escrow, open_case, appeal, resolve, owner, own, bps, credited):
    open_case(owner, own=own)
    appeal(owner)
    resolve(bps)
    assert escrow.case_of(1).own_refund == credited


def test_resolve_credits_the_silent_too(escrow, resolved, slashed_at):
    """Only the owner has appealed; the vault loses by the same slash."""
    resolved(BPS)
    assert escrow.case_of(1).paired_refund == PAIRED


def test_resolve_ends_the_hold_of_an_appeal(system, escrow, appeal, resolve, slashed_at, owner):
    system.at(slashed_at + LOCK - 1)
    appeal(owner)
    assert escrow.case_of(1).releasable_at == slashed_at + LOCK - 1 + PERIOD
    resolve(1)
    assert escrow.case_of(1).releasable_at == slashed_at + LOCK


def test_resolve_concerns_one_case(escrow, open_case, resolved, owner, lst):
    open_case(owner, lst, METIS, METIS)
    resolved(BPS)
    case = escrow.case_of(2)
    assert (case.status, case.refund_bps, case.own_refund) == (Status.LOCKED, 0, 0)


def test_resolve_after_180_days_until_the_release(
    system, escrow, appeal, resolve, slashed_at, owner
):
    system.at(slashed_at + LOCK - 1)
    appeal(owner)
    system.at(slashed_at + LOCK + PERIOD)
    resolve(BPS)
    assert escrow.case_of(1).own_refund == OWN


def test_resolve__released__reverts(system, escrow, appeal, resolve, slashed_at, owner, stranger):
    appeal(owner)
    system.at(slashed_at + LOCK)
    escrow.release(1, sender=stranger)
    with ape.reverts("SlashVault: released already"):
        resolve(BPS)


@pytest.mark.parametrize("bps", [0, BPS])
def test_resolve__twice__reverts(resolved, resolve, slashed_at, bps):
    resolved(bps)
    with ape.reverts("SlashVault: resolved already"):
        resolve(BPS)


@pytest.mark.parametrize("bps", [BPS + 1, 2**16, 2**256 - 1])
def test_resolve__refund_above_all__reverts(resolved, slashed_at, bps):
    with ape.reverts("SlashVault: refund above all"):
        resolved(bps)


def test_resolve__not_appealed__reverts(resolve, slashed_at):
    """So that governance alone cannot give a case back."""
    with ape.reverts("SlashVault: not appealed"):
        resolve(BPS)


@pytest.mark.parametrize("case_id", [0, 2, 2**256 - 1])
def test_resolve__unknown_case__reverts(resolve, slashed_at, case_id):
    with ape.reverts("SlashVault: unknown case"):
        resolve(BPS, case_id)


@pytest.mark.parametrize("role", ["guardian", "treasury", "slasher", "lst", "deployer", "stranger"])
def test_resolve__not_governance__reverts(system, escrow, appeal, slashed_at, owner, role):
    appeal(owner)
    with ape.reverts("roles: not governance"):
        escrow.resolve(1, BPS, sender=getattr(system, role))


def test_resolve__loser__reverts(escrow, appeal, slashed_at, owner):
    appeal(owner)
    with ape.reverts("roles: not governance"):
        escrow.resolve(1, BPS, sender=owner)


def test_resolve__pool__reverts(escrow, appeal, slashed_at, owner, pool_account):
    appeal(owner)
    with ape.reverts("roles: not governance"):
        escrow.resolve(1, BPS, sender=pool_account)
