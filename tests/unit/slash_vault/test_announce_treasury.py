"""SlashVault.announce_treasury"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.slash_vault.conftest import OWN, PAIRED
from tests.utils.system import DAY, ZERO

NOTICE, LOCK = LIMITS["TREASURY_NOTICE"], LIMITS["SLASH_LOCK"]


@pytest.fixture
def announce(vault, governance):
    def announce(treasury):
        return vault.announce_treasury(treasury, sender=governance)

    return announce


@pytest.fixture
def heir(system):
    return system.new_account()


def test_announce_treasury_emits_and_changes_nothing_yet(system, vault, announce, heir):
    tx = announce(heir)
    effective_at = tx.timestamp + 7 * DAY
    assert tx.events == [vault.TreasuryAnnounced(treasury=heir, effective_at=effective_at)]
    assert vault.announced_treasury() == (heir, effective_at)
    assert vault.treasury() == system.treasury


def test_announce_treasury_takes_effect_to_the_second(system, vault, announce, heir):
    effective_at = announce(heir).timestamp + NOTICE
    system.mine_at(effective_at - 1)
    assert vault.treasury() == system.treasury
    system.mine_at(effective_at)
    assert vault.treasury() == heir
    assert vault.announced_treasury() == (heir, effective_at)


def test_announce_treasury_replaces_an_announcement(system, vault, announce, heir):
    first = announce(system.stranger).timestamp
    system.at(first + NOTICE - 1)
    second = announce(heir).timestamp
    # the first never takes effect, and the second waits as long
    system.mine_at(second + NOTICE - 1)
    assert vault.treasury() == system.treasury
    system.mine_at(second + NOTICE)
    assert vault.treasury() == heir


def test_announce_treasury_when_the_last_has_taken_effect(system, vault, announce, heir):
    first = announce(heir).timestamp
    system.at(first + NOTICE)
    second = announce(system.stranger).timestamp
    assert vault.treasury() == heir
    system.mine_at(second + NOTICE - 1)
    assert vault.treasury() == heir
    system.mine_at(second + NOTICE)
    assert vault.treasury() == system.stranger


def test_announce_treasury_of_the_present_one_withdraws(system, vault, announce, heir):
    announce(heir)
    announce(system.treasury)
    system.wait(NOTICE)
    assert vault.treasury() == system.treasury


@pytest.mark.parametrize("seconds, is_heir", [(NOTICE - 1, False), (NOTICE, True)])
def test_announce_treasury_decides_who_gets_a_release(
    system, escrow, slashed_at, governance, heir, seconds, is_heir
):
    """What may be released already is sent to the old one by anyone, in time."""
    system.at(slashed_at + LOCK - 1)
    escrow.announce_treasury(heir, sender=governance)
    system.at(slashed_at + LOCK - 1 + seconds)
    tx = escrow.release(1, sender=system.stranger)
    treasury = heir if is_heir else system.treasury
    assert tx.events == [
        escrow.CaseReleased(case_id=1, treasury=treasury, amount=OWN + PAIRED),
        system.metis.Transfer(sender=escrow, receiver=treasury, value=OWN + PAIRED),
    ]


def test_announce_treasury__zero_treasury__reverts(announce):
    with ape.reverts("SlashVault: zero treasury"):
        announce(ZERO)


@pytest.mark.parametrize("role", ["guardian", "treasury", "slasher", "lst", "deployer", "stranger"])
def test_announce_treasury__not_governance__reverts(system, vault, heir, role):
    with ape.reverts("roles: not governance"):
        vault.announce_treasury(heir, sender=getattr(system, role))
