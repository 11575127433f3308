"""A SlashVault whose pool is an account, and a case in it."""

import pytest

from tests.utils.system import METIS, ZERO

ID, KIND = 3, 255
KEY = b"\xee" * 16
# odd, so that a share of them is rounded
OWN, PAIRED = 2 * METIS + 1, 3 * METIS + 3


class Status:
    """ISlashVault.Status: Ape gives flags as numbers."""

    LOCKED, APPEALED, RESOLVED, RELEASED = 1, 2, 4, 8


def refund(amount: int, bps: int) -> int:
    return amount * bps // 10_000


@pytest.fixture
def pool_account(system):
    """An account that a vault takes for its pool."""
    account = system.new_account()
    system.metis.mint(account, 100 * METIS, sender=system.deployer)
    return account


@pytest.fixture
def escrow(system, metis, pool_account):
    """A SlashVault without the SequencerPool."""
    return system.deployer.deploy(
        system.project.SlashVault, metis, pool_account, system.governance, system.treasury
    )


@pytest.fixture
def open_case(metis, escrow, pool_account):
    """Opens a case as the pool does: METIS first."""

    def open_case(owner, vault=ZERO, own=OWN, paired=0):
        metis.transfer(escrow, own + paired, sender=pool_account)
        return escrow.open_case(
            ID, owner, vault, own, paired, KIND, KEY + bytes(16), sender=pool_account
        )

    return open_case


@pytest.fixture
def slashed_at(open_case, owner, lst):
    """When case 1 was opened: the owner has lost OWN, its vault PAIRED."""
    return open_case(owner, lst, OWN, PAIRED).timestamp


@pytest.fixture
def appeal(escrow):
    def appeal(sender, case_id=1):
        return escrow.appeal(case_id, "ipfs://statement", sender=sender)

    return appeal


@pytest.fixture
def resolve(escrow, governance):
    def resolve(bps, case_id=1):
        return escrow.resolve(case_id, bps, sender=governance)

    return resolve


@pytest.fixture
def resolved(appeal, resolve, owner, slashed_at):
    """Gives a share of case 1 back."""

    def resolved(bps):
        appeal(owner)
        return resolve(bps)

    return resolved
