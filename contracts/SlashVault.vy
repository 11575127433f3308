# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
"""
@title SlashVault
@custom:contract-name SlashVault
@license AGPL-3.0-only
@notice Escrow of slashed METIS: one case a slash, with what was taken from
        whom, for what, and the date before which nothing may leave.
@dev Trusts the pool for which it was deployed: only the pool opens cases, and
     it sends the METIS in the same transaction. No function takes METIS out
     yet: appeals and release come with the Slasher.
@custom:kill There is nothing to stop: a case can only be opened by a slash.
@custom:source design.md section 3.4
"""

from ethereum.ercs import IERC20

from interfaces import ISlashVault

implements: ISlashVault

from contracts.modules import limits


# ---------------------------------------------------------------- immutables

metis: public(immutable(address))
pool: public(immutable(address))


# ---------------------------------------------------------------- storage

case_count: public(uint256)
# Wei of METIS in all cases that were not released.
held: public(uint256)
_cases: HashMap[uint256, ISlashVault.Case]  # case id, from 1 =>


# ---------------------------------------------------------------- constructor


@deploy
def __init__(metis_: address, pool_: address):
    """
    @notice Fixes the token and the only contract that may open cases.
    @param metis_ The METIS token; not zero.
    @param pool_ The SequencerPool, which need not exist yet; not zero.
    """
    assert metis_ != empty(address), "SlashVault: zero metis"
    assert pool_ != empty(address), "SlashVault: zero pool"
    metis = metis_
    pool = pool_


# ---------------------------------------------------------------- pool


@external
def open_case(
    id: uint256,
    owner: address,
    vault: address,
    own: uint256,
    paired: uint256,
    kind: uint8,
    evidence: bytes32,
) -> uint256:
    """
    @notice Opens a case for METIS that the pool has just sent here.
    @param id Sequencer that was slashed.
    @param owner Its owner.
    @param vault Its paired vault, or zero; kept only if paired stake was taken.
    @param own Wei of METIS taken from the owner.
    @param paired Wei of METIS taken from the vault; own + paired is not 0.
    @param kind Kind of the offence.
    @param evidence Hash of the evidence.
    @return The case id, from 1.
    @custom:reverts "not pool"; "metis is missing" if less has arrived than all cases hold
    @custom:emits CaseOpened
    @custom:source design.md section 3.4
    """
    assert msg.sender == pool, "SlashVault: not pool"
    held: uint256 = self.held + own + paired
    # The pool sends before it calls, and nothing else moves the money, so this
    # only fails if METIS itself does not do what it says.
    assert staticcall IERC20(metis).balanceOf(self) >= held, "SlashVault: metis is missing"
    self.held = held
    case_id: uint256 = self.case_count + 1
    self.case_count = case_id
    unlocks_at: uint256 = block.timestamp + limits.SLASH_LOCK
    # Who lost nothing has no part in the case.
    loser: address = vault if paired > 0 else empty(address)
    self._cases[case_id] = ISlashVault.Case(
        id=id,
        owner=owner,
        vault=loser,
        own=own,
        paired=paired,
        kind=kind,
        evidence=evidence,
        slashed_at=block.timestamp,
        unlocks_at=unlocks_at,
    )
    log ISlashVault.CaseOpened(
        case_id=case_id,
        id=id,
        owner=owner,
        vault=loser,
        own=own,
        paired=paired,
        kind=kind,
        evidence=evidence,
        unlocks_at=unlocks_at,
    )
    return case_id


# ---------------------------------------------------------------- views


@external
@view
def case_of(case_id: uint256) -> ISlashVault.Case:
    """
    @notice One case.
    @param case_id From 1 to case_count().
    @return Its record; see ISlashVault.
    @custom:reverts "unknown case"
    """
    case: ISlashVault.Case = self._cases[case_id]
    assert case.slashed_at != 0, "SlashVault: unknown case"
    return case
