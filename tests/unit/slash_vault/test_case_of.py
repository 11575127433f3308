"""SlashVault.case_of"""

import ape

from tests.utils.system import METIS


def test_case_of_keeps_cases_apart(system, pool, vault, slasher, sequencer):
    other = system.new_sequencer()
    pool.slash(sequencer, METIS, 1, b"\x01" * 32, sender=slasher)
    pool.slash(other, 2 * METIS, 2, b"\x02" * 32, sender=slasher)
    first, second = vault.case_of(1), vault.case_of(2)
    assert (first.id, first.own, first.kind) == (sequencer, METIS, 1)
    assert (second.id, second.own, second.kind) == (other, 2 * METIS, 2)
    assert (first.evidence, second.evidence) == (b"\x01" * 32, b"\x02" * 32)


def test_case_of__unknown_case__reverts(pool, vault, slasher, sequencer):
    pool.slash(sequencer, METIS, 1, b"\x01" * 32, sender=slasher)
    for case_id in (0, 2, 2**256 - 1):
        with ape.reverts("SlashVault: unknown case"):
            vault.case_of(case_id)
