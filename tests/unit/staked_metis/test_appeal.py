"""StakedMetis.appeal"""

import ape
import pytest

from tests.unit.staked_metis.conftest import K
from tests.utils.system import ZERO

STATEMENT = "ipfs://statement"


@pytest.fixture
def slashed(lst_system):
    id = lst_system.staked_with(40 * K)
    lst_system.slash(id, 1_000)
    return id


def test_appeal_is_the_vaults_and_emits(staked, slash_vault, allocator, slashed):
    tx = staked.appeal(1, STATEMENT, sender=allocator)
    assert tx.events == [
        slash_vault.CaseAppealed(case_id=1, by=staked, statement_uri=STATEMENT),
    ]


def test_appeal_has_room_for_the_longest_statement(staked, slash_vault, allocator, slashed):
    tx = staked.appeal(1, 256 * "x", sender=allocator)
    assert tx.events[0].statement_uri == 256 * "x"


@pytest.mark.parametrize("role", ["governance", "guardian", "alice", "stranger", "deployer"])
def test_appeal__not_allocator__reverts(lst_system, staked, slashed, role):
    with ape.reverts("StakedMetis: not allocator"):
        staked.appeal(1, STATEMENT, sender=getattr(lst_system, role))


@pytest.mark.parametrize("waits", [False, True])
def test_appeal_of_a_holder_if_there_is_no_allocator(
    lst_system, staked, slash_vault, alice, slashed, waits
):
    """V13: also of one who waits to redeem all that it has."""
    staked.set_allocator(ZERO, sender=lst_system.governance)
    with ape.reverts("StakedMetis: not allocator"):
        staked.appeal(1, STATEMENT, sender=lst_system.stranger)
    if waits:
        lst_system.request(alice)
    tx = staked.appeal(1, STATEMENT, sender=alice)
    assert tx.events == [
        slash_vault.CaseAppealed(case_id=1, by=staked, statement_uri=STATEMENT),
    ]


def test_appeal__twice__reverts(staked, allocator, slashed):
    staked.appeal(1, STATEMENT, sender=allocator)
    with ape.reverts("SlashVault: appealed already"):
        staked.appeal(1, STATEMENT, sender=allocator)


def test_appeal__case_of_another__reverts(lst_system, staked, allocator):
    lst_system.slash(lst_system.new_sequencer(), 1_000)
    with ape.reverts("SlashVault: not owner or vault"):
        staked.appeal(1, STATEMENT, sender=allocator)


def test_appeal__no_statement__reverts(staked, allocator, slashed):
    with ape.reverts("SlashVault: empty statement"):
        staked.appeal(1, "", sender=allocator)
