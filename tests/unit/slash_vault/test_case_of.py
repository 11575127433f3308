"""SlashVault.case_of"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.unit.slash_vault.conftest import ID, KEY, KIND, OWN, PAIRED, Status, refund
from tests.utils.system import METIS

LOCK, PERIOD = LIMITS["SLASH_LOCK"], LIMITS["APPEAL_PERIOD"]


def test_case_of_keeps_cases_apart(system, pool, vault, slasher, sequencer):
    other = system.new_sequencer()
    pool.slash(sequencer, METIS, 1, b"\x01" * 32, sender=slasher)
    pool.slash(other, 2 * METIS, 2, b"\x02" * 32, sender=slasher)
    first, second = vault.case_of(1), vault.case_of(2)
    assert (first.id, first.own, first.kind) == (sequencer, METIS, 1)
    assert (second.id, second.own, second.kind) == (other, 2 * METIS, 2)
    assert (first.key, second.key) == (b"\x01" * 16, b"\x02" * 16)


def test_case_of_has_the_evidence_of_its_key(system, pool, vault, slasher, sequencer):
    pool.slash(sequencer, METIS, 1, KEY + b"\x77" * 16, sender=slasher)
    pool.slash(sequencer, METIS, 1, b"\x02" * 32, sender=slasher)
    assert vault.case_of(1).evidence == bytes(32)
    # what follows the key's 16 bytes does not matter
    vault.use_key(KEY, b"\x0e" * 32, sender=slasher)
    assert (vault.case_of(1).evidence, vault.case_of(2).evidence) == (b"\x0e" * 32, bytes(32))


def test_case_of_through_its_life(system, escrow, appeal, resolve, slashed_at, owner, lst):
    """Whole, after each step."""
    facts = (ID, owner, lst, OWN, PAIRED, KIND, KEY, bytes(32), slashed_at, slashed_at + LOCK)
    unlocks_at = slashed_at + LOCK
    own, paired = refund(OWN, 3_333), refund(PAIRED, 3_333)

    assert escrow.case_of(1) == (*facts, Status.LOCKED, 0, 0, 0, 0, unlocks_at)
    system.at(unlocks_at - 1)
    appeal(owner)
    appealed = (*facts, Status.APPEALED, unlocks_at - 1, 0, 0, 0, unlocks_at - 1 + PERIOD)
    assert escrow.case_of(1) == appealed
    # undecided appeals do not change by themselves
    system.mine_at(unlocks_at + PERIOD)
    assert escrow.case_of(1) == appealed
    resolve(3_333)
    decided = (unlocks_at - 1, 3_333)
    assert escrow.case_of(1) == (*facts, Status.RESOLVED, *decided, own, paired, unlocks_at)
    escrow.collect_refund(1, sender=owner)
    assert escrow.case_of(1) == (*facts, Status.RESOLVED, *decided, 0, paired, unlocks_at)
    escrow.release(1, sender=system.stranger)
    assert escrow.case_of(1) == (*facts, Status.RELEASED, *decided, 0, paired, 0)
    escrow.collect_refund(1, sender=lst)
    assert escrow.case_of(1) == (*facts, Status.RELEASED, *decided, 0, 0, 0)


def test_case_of_keeps_the_largest_values(metis, escrow, pool_account, owner, lst):
    """Of the words in which they are stored; METIS is not there, and not asked for."""
    id, amount, key = 2**32 - 1, 2**96 - 1, b"\xff" * 16
    escrow.open_case(id, owner, lst, amount, amount, 255, key, sender=pool_account)
    case = escrow.case_of(1)
    assert (case.id, case.owner, case.vault, case.own, case.paired, case.kind, case.key) == (
        *(id, owner, lst, amount, amount, 255, key),
    )
    assert (case.status, case.appealed_at, case.refund_bps) == (Status.LOCKED, 0, 0)


@pytest.mark.parametrize("case_id", [0, 2, 2**256 - 1])
def test_case_of__unknown_case__reverts(pool, vault, slasher, sequencer, case_id):
    pool.slash(sequencer, METIS, 1, KEY, sender=slasher)
    with ape.reverts("SlashVault: unknown case"):
        vault.case_of(case_id)
