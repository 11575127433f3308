"""SlashVault.use_key, with the pool that says who the Slasher is"""

import ape
import pytest

from tests.unit.slash_vault.conftest import KEY
from tests.utils.system import METIS

EVIDENCE = b"\x0e" * 32


@pytest.fixture
def heir(system, pool, governance):
    """The next Slasher, announced; how long it waits is in test_announce_slasher."""
    heir = system.new_account()
    pool.announce_slasher(heir, sender=governance)
    return heir


def test_use_key_records_and_emits_nothing(vault, slasher):
    assert vault.evidence_of(KEY) == bytes(32)
    tx = vault.use_key(KEY, EVIDENCE, sender=slasher)
    assert tx.events == []
    assert vault.evidence_of(KEY) == EVIDENCE
    assert (vault.case_count(), vault.held()) == (0, 0)


@pytest.mark.parametrize("key", [b"\xef" + KEY[1:], KEY[:-1] + b"\xef", bytes(16)])
def test_use_key_leaves_other_keys_alone(vault, slasher, key):
    vault.use_key(KEY, EVIDENCE, sender=slasher)
    assert vault.evidence_of(key) == bytes(32)
    vault.use_key(key, b"\x0f" * 32, sender=slasher)
    assert (vault.evidence_of(KEY), vault.evidence_of(key)) == (EVIDENCE, b"\x0f" * 32)


def test_use_key_gives_a_case_its_evidence(pool, vault, slasher, sequencer):
    vault.use_key(KEY, EVIDENCE, sender=slasher)
    tx = pool.slash(sequencer, METIS, 1, KEY + bytes(16), sender=slasher)
    (event,) = tx.decode_logs(vault.CaseOpened)
    assert event.evidence == vault.case_of(1).evidence == EVIDENCE


def test_use_key_serves_all_cases_of_an_offence(system, pool, vault, slasher, sequencer):
    """A mass outage takes from many by one key."""
    vault.use_key(KEY, EVIDENCE, sender=slasher)
    for id in (sequencer, system.new_sequencer()):
        pool.slash(id, METIS, 1, KEY + bytes(16), sender=slasher)
    assert vault.case_of(1).evidence == vault.case_of(2).evidence == EVIDENCE


def test_use_key__used_before__reverts(vault, slasher):
    vault.use_key(KEY, EVIDENCE, sender=slasher)
    with ape.reverts("SlashVault: offence is punished"):
        vault.use_key(KEY, EVIDENCE, sender=slasher)


def test_use_key__used_with_other_evidence__reverts(vault, slasher):
    vault.use_key(KEY, EVIDENCE, sender=slasher)
    with ape.reverts("SlashVault: offence is punished"):
        vault.use_key(KEY, b"\x0f" * 32, sender=slasher)


def test_use_key__used_by_the_slasher_before__reverts(system, pool, vault, slasher, heir):
    vault.use_key(KEY, EVIDENCE, sender=slasher)
    system.mine_at(pool.announced_slasher()[1])
    with ape.reverts("SlashVault: offence is punished"):
        vault.use_key(KEY, EVIDENCE, sender=heir)


def test_use_key__replaced_slasher__reverts(system, pool, vault, slasher, heir):
    effective_at = pool.announced_slasher()[1]
    system.at(effective_at - 1)
    vault.use_key(KEY, EVIDENCE, sender=slasher)
    system.at(effective_at)
    with ape.reverts("SlashVault: not slasher"):
        vault.use_key(bytes(16), EVIDENCE, sender=slasher)


def test_use_key__slasher_to_be__reverts(system, pool, vault, heir):
    effective_at = pool.announced_slasher()[1]
    system.at(effective_at - 1)
    with ape.reverts("SlashVault: not slasher"):
        vault.use_key(KEY, EVIDENCE, sender=heir)
    system.at(effective_at)
    vault.use_key(KEY, EVIDENCE, sender=heir)
    assert vault.evidence_of(KEY) == EVIDENCE


@pytest.mark.parametrize("role", ["governance", "guardian", "deployer", "treasury", "stranger"])
def test_use_key__not_slasher__reverts(system, vault, role):
    with ape.reverts("SlashVault: not slasher"):
        vault.use_key(KEY, EVIDENCE, sender=getattr(system, role))


def test_use_key__no_evidence__reverts(vault, slasher):
    with ape.reverts("SlashVault: no evidence"):
        vault.use_key(KEY, bytes(32), sender=slasher)
