"""SlashVault.evidence_of"""

from tests.unit.slash_vault.conftest import KEY
from tests.utils.system import METIS


def test_evidence_of_is_zero_until_the_key_is_used(vault, slasher):
    assert vault.evidence_of(KEY) == bytes(32)
    vault.use_key(KEY, b"\x0e" * 32, sender=slasher)
    assert vault.evidence_of(KEY) == b"\x0e" * 32


def test_evidence_of_needs_no_case(system, vault, slasher):
    """An offence that costs nothing is marked too."""
    vault.use_key(KEY, b"\x0e" * 32, sender=slasher)
    assert (vault.case_count(), vault.evidence_of(KEY)) == (0, b"\x0e" * 32)


def test_evidence_of_a_key_that_only_a_case_names(pool, vault, slasher, sequencer):
    pool.slash(sequencer, METIS, 1, KEY, sender=slasher)
    assert vault.case_of(1).key == KEY
    assert vault.evidence_of(KEY) == bytes(32)
