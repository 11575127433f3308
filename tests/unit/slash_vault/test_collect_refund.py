"""SlashVault.collect_refund"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.slash_vault.conftest import KEY, KIND, OWN, PAIRED, Status, refund
from tests.utils.system import METIS, PARAMETERS, State

LOCK, PERIOD, BPS = LIMITS["SLASH_LOCK"], LIMITS["APPEAL_PERIOD"], LIMITS["BPS"]


@pytest.fixture(params=["owner", "lst"])
def loser(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def collect(escrow):
    def collect(sender, case_id=1):
        return escrow.collect_refund(case_id, sender=sender)

    return collect


@pytest.mark.parametrize("bps", [3_333, BPS])
def test_collect_refund_pays_each_its_own_and_emits(
    metis, escrow, resolved, collect, slashed_at, owner, lst, bps
):
    resolved(bps)
    own, paired = refund(OWN, bps), refund(PAIRED, bps)
    held = OWN + PAIRED
    for loser, amount, left in ((lst, paired, (own, 0)), (owner, own, (0, 0))):
        before = metis.balanceOf(loser)
        tx = collect(loser)
        assert tx.events == [
            escrow.RefundCollected(case_id=1, by=loser, amount=amount),
            metis.Transfer(sender=escrow, receiver=loser, value=amount),
        ]
        assert metis.balanceOf(loser) == before + amount
        held -= amount
        assert escrow.held() == held == metis.balanceOf(escrow)
        case = escrow.case_of(1)
        assert (case.own_refund, case.paired_refund) == left
        assert case.status == Status.RESOLVED


def test_collect_refund_pays_one_who_is_both_at_once(
    metis, escrow, open_case, appeal, resolve, collect, owner
):
    open_case(owner, owner, OWN, PAIRED)
    appeal(owner)
    resolve(5_000)
    # each part is rounded
    amount = refund(OWN, 5_000) + refund(PAIRED, 5_000)
    assert amount < refund(OWN + PAIRED, 5_000)
    tx = collect(owner)
    assert tx.events == [
        escrow.RefundCollected(case_id=1, by=owner, amount=amount),
        metis.Transfer(sender=escrow, receiver=owner, value=amount),
    ]
    assert escrow.held() == OWN + PAIRED - amount


def test_collect_refund__owner_is_vault_and_has_collected__reverts(
    open_case, appeal, resolve, collect, owner
):
    open_case(owner, owner, OWN, PAIRED)
    appeal(owner)
    resolve(5_000)
    collect(owner)
    with ape.reverts("SlashVault: nothing to collect"):
        collect(owner)


def test_collect_refund_never_lapses(system, metis, escrow, resolved, collect, slashed_at, loser):
    resolved(BPS)
    system.at(slashed_at + 20 * LOCK)
    escrow.release(1, sender=system.stranger)
    collect(loser)
    assert metis.balanceOf(escrow) == OWN + PAIRED - (PAIRED if loser == system.lst else OWN)
    assert escrow.case_of(1).status == Status.RELEASED


def test_collect_refund_takes_of_its_own_case_only(
    metis, escrow, open_case, resolved, collect, owner, lst
):
    open_case(owner, lst, OWN, PAIRED)
    resolved(BPS)
    collect(owner)
    case = escrow.case_of(2)
    assert (case.own, case.paired, case.status) == (OWN, PAIRED, Status.LOCKED)
    assert escrow.held() == OWN + 2 * PAIRED


def test_collect_refund__twice__reverts(resolved, collect, slashed_at, loser):
    resolved(5_000)
    collect(loser)
    with ape.reverts("SlashVault: nothing to collect"):
        collect(loser)


def test_collect_refund__twice_after_the_release__reverts(
    system, escrow, resolved, collect, slashed_at, loser
):
    """What the other has not collected yet is not there for this one."""
    resolved(5_000)
    collect(loser)
    system.at(slashed_at + LOCK)
    escrow.release(1, sender=system.stranger)
    with ape.reverts("SlashVault: nothing to collect"):
        collect(loser)


def test_collect_refund__not_resolved__reverts(appeal, collect, slashed_at, loser):
    appeal(loser)
    with ape.reverts("SlashVault: nothing to collect"):
        collect(loser)


def test_collect_refund__nothing_given_back__reverts(resolved, collect, slashed_at, loser):
    resolved(0)
    with ape.reverts("SlashVault: nothing to collect"):
        collect(loser)


def test_collect_refund__rounded_to_nothing__reverts(
    escrow, open_case, appeal, resolve, collect, owner, lst
):
    open_case(owner, lst, METIS, 1)
    appeal(lst)
    resolve(BPS - 1)
    with ape.reverts("SlashVault: nothing to collect"):
        collect(lst)
    collect(owner)
    assert escrow.held() == METIS // BPS + 1


def test_collect_refund__owner_lost_nothing__reverts(
    open_case, appeal, resolve, collect, owner, lst
):
    open_case(owner, lst, 0, PAIRED)
    appeal(lst)
    resolve(BPS)
    with ape.reverts("SlashVault: nothing to collect"):
        collect(owner)


@pytest.mark.parametrize("role", ["governance", "treasury", "other_lst", "deployer", "stranger"])
def test_collect_refund__not_owner_or_vault__reverts(system, resolved, collect, slashed_at, role):
    resolved(BPS)
    with ape.reverts("SlashVault: not owner or vault"):
        collect(getattr(system, role))


def test_collect_refund__pool__reverts(resolved, collect, slashed_at, pool_account):
    resolved(BPS)
    with ape.reverts("SlashVault: not owner or vault"):
        collect(pool_account)


def test_collect_refund__vault_that_lost_nothing__reverts(
    open_case, appeal, resolve, collect, owner, lst
):
    open_case(owner, lst, OWN, 0)
    appeal(owner)
    resolve(BPS)
    with ape.reverts("SlashVault: not owner or vault"):
        collect(lst)


@pytest.mark.parametrize("case_id", [0, 2, 2**256 - 1])
def test_collect_refund__unknown_case__reverts(resolved, collect, slashed_at, owner, case_id):
    resolved(BPS)
    with ape.reverts("SlashVault: unknown case"):
        collect(owner, case_id)


def test_collect_refund__metis_refuses__reverts(system, governance, owner):
    # returns False to each transfer
    token = system.deploy_code("60005f5260205ff3")
    escrow = system.deployer.deploy(
        system.project.SlashVault, token, system.stranger, governance, system.treasury
    )
    escrow.open_case(1, owner, owner, 1, 0, KIND, KEY, sender=system.stranger)
    escrow.appeal(1, "ipfs://statement", sender=owner)
    escrow.resolve(1, BPS, sender=governance)
    with ape.reverts("SlashVault: metis transfer failed"):
        escrow.collect_refund(1, sender=owner)


# with the pool, in which those who have lost go on


@pytest.fixture
def slashed(system, pool, governance, slasher, lst):
    """A paired crew that has lost OWN and PAIRED, and has got half of it back."""
    min_stake = PARAMETERS["min_stake"]
    crew = system.new_crew(min_stake, vault=lst)
    pool.deposit_paired(crew.id, PAIRED, sender=lst)
    # all that is own, so that some of the paired stake is taken too
    pool.slash(crew.id, min_stake + PAIRED, KIND, KEY, sender=slasher)
    system.slash_vault.appeal(1, "ipfs://statement", sender=lst)
    system.slash_vault.resolve(1, 5_000, sender=governance)
    return crew


def check_refunds(system, crew):
    """They go to whoever lost, and to nobody else."""
    vault, metis = system.slash_vault, system.metis
    for loser, lost in ((crew.owner, PARAMETERS["min_stake"]), (system.lst, PAIRED)):
        before = metis.balanceOf(loser)
        vault.collect_refund(1, sender=loser)
        assert metis.balanceOf(loser) == before + refund(lost, 5_000)
    rest = PARAMETERS["min_stake"] + PAIRED
    rest -= refund(PARAMETERS["min_stake"], 5_000) + refund(PAIRED, 5_000)
    assert vault.held() == metis.balanceOf(vault) == rest


def test_collect_refund_of_a_sequencer_that_has_left(system, pool, slashed):
    pool.unlock(slashed.id, sender=slashed.owner)
    assert system.state_of(slashed.id) == State.EXITED
    check_refunds(system, slashed)


def test_collect_refund_of_an_owner_that_has_come_back(system, pool, slashed, governance):
    """As another sequencer: the case is of the address."""
    pool.unlock(slashed.id, sender=slashed.owner)
    pool.approve(slashed.owner, sender=governance)
    system.lock(slashed.owner)
    assert pool.admission(slashed.owner)[0] == slashed.id + 1
    check_refunds(system, slashed)


def test_collect_refund_of_a_sequencer_that_was_transferred(system, pool, slashed):
    pool.accept_ownership_of(slashed.id, sender=slashed.offered_to)
    check_refunds(system, slashed)


def test_collect_refund__owner_after_the_slash__reverts(system, pool, vault, slashed):
    pool.accept_ownership_of(slashed.id, sender=slashed.offered_to)
    with ape.reverts("SlashVault: not owner or vault"):
        vault.collect_refund(1, sender=slashed.offered_to)


def test_collect_refund_of_a_pairing_that_has_ended(system, pool, slashed, governance):
    pool.set_pairing(slashed.owner, system.other_lst, 0, sender=governance)
    assert pool.sequencer(slashed.id).vault == system.other_lst
    check_refunds(system, slashed)


def test_collect_refund__vault_after_the_slash__reverts(system, pool, vault, slashed, governance):
    pool.set_pairing(slashed.owner, system.other_lst, 0, sender=governance)
    with ape.reverts("SlashVault: not owner or vault"):
        vault.collect_refund(1, sender=system.other_lst)
