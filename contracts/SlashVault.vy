# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
"""
@title SlashVault
@custom:contract-name SlashVault
@license AGPL-3.0-only
@notice Escrow of slashed METIS: one case a slash, with what was taken from
        whom, for what, and the date before which nothing may leave. Whoever
        has lost may appeal; governance decides; the rest goes to the treasury
        after a year.
@dev Trust. The pool for which it was deployed opens cases, and sends the METIS
     in the same transaction. Its Slasher marks offences as punished: the marks
     are here, so that a later Slasher inherits them. Governance resolves
     appeals, and names the treasury with a notice of 7 days; it cannot take a
     case's METIS for itself within the year. Nobody else moves any.
     An appeal holds a case until it is resolved, or for 180 days from the last
     of at most two appeals, the owner's and the vault's.
@custom:kill There is nothing to stop: money leaves only by date and by vote.
@custom:source docs/design.md section 3.4
"""

from ethereum.ercs import IERC20

from interfaces import ISequencerPool
from interfaces import ISlashVault

implements: ISlashVault

from contracts.modules import limits
from contracts.modules.access import roles
from contracts.modules.access import successor as treasuries
from contracts.modules.words import case_words as cases

initializes: roles
initializes: treasuries

exports: (
    roles.owner,
    roles.pending_owner,
    roles.transfer_ownership,
    roles.accept_ownership,
)


# ---------------------------------------------------------------- constants

# Of _totals: the sum of all cases' METIS; above it the number of cases, when the last of all holds
# ends or has ended, and the exit delay.
_COUNT_BIT: constant(uint256) = 128
_HOLDS_BIT: constant(uint256) = 168
_DELAY_BIT: constant(uint256) = 208
_HELD_MASK: constant(uint256) = 2**128 - 1
_MASK_40: constant(uint256) = 2**40 - 1


# ---------------------------------------------------------------- immutables

metis: public(immutable(address))
pool: public(immutable(address))


# ---------------------------------------------------------------- storage

# The words of `case_words`.
struct Case:
    owner: uint256  # loss
    vault: uint256  # loss; 0: only the owner has lost
    file: uint256


_totals: uint256
_cases: HashMap[uint256, Case]  # case id, from 1 =>
# key of an offence that was punished => hash of its evidence, not zero. For ever.
_evidence: HashMap[bytes16, bytes32]


# ---------------------------------------------------------------- constructor


@deploy
def __init__(metis_: address, pool_: address, governance: address, treasury_: address):
    """
    @notice Fixes the token and the only contract that may open cases.
    @param metis_ The METIS token; not zero.
    @param pool_ The SequencerPool, which need not exist yet; not zero.
    @param governance The Timelock; not zero.
    @param treasury_ Who gets what is released; not zero.
    """
    roles.__init__(governance)
    assert metis_ != empty(address), "SlashVault: zero metis"
    assert pool_ != empty(address), "SlashVault: zero pool"
    assert treasury_ != empty(address), "SlashVault: zero treasury"
    metis = metis_
    pool = pool_
    treasuries._appoint(treasury_)
    log ISlashVault.TreasuryAnnounced(treasury=treasury_, effective_at=block.timestamp)


# ---------------------------------------------------------------- pool and Slasher


# It calls nobody.
@external
@reentrant
def open_case(
    id: uint256,
    owner: address,
    vault: address,
    own: uint256,
    paired: uint256,
    kind: uint8,
    key: bytes32,
) -> uint256:
    """
    @notice Opens a case for METIS that the pool has just sent here.
    @param id Sequencer that was slashed.
    @param owner Its owner.
    @param vault Its paired vault, or zero; kept only if paired stake was taken.
    @param own Wei of METIS taken from the owner.
    @param paired Wei of METIS taken from the vault; own + paired is not 0.
    @param kind Kind of the offence.
    @param key The offence's, in the first 16 bytes, as for use_key; the rest is ignored.
    @return The case id, from 1.
    @custom:reverts "not pool"
    @custom:emits CaseOpened
    @custom:source docs/design.md section 3.4
    """
    assert msg.sender == pool, "SlashVault: not pool"
    case_id: uint256 = self._count() + 1
    self._totals += own + paired + (1 << _COUNT_BIT)
    # A vault that lost nothing has no part in the case; the owner is the accused.
    loser: address = empty(address)
    if paired > 0:
        loser = vault
        self._cases[case_id].vault = cases._pack_loss(vault, paired)
    self._cases[case_id].owner = cases._pack_loss(owner, own)
    self._cases[case_id].file = cases._new_file(id, kind, key)
    log ISlashVault.CaseOpened(
        case_id=case_id,
        id=id,
        owner=owner,
        vault=loser,
        own=own,
        paired=paired,
        kind=kind,
        evidence=self._evidence[cases._key(key)],
    )
    return case_id


# It calls nobody.
@external
@reentrant
def note_hold(until: uint256):
    """
    @notice Notes that some stake is held.
    @param until When that hold ends, unix seconds.
    @custom:reverts "not pool"
    @custom:source docs/design.md section 3.6
    """
    assert msg.sender == pool, "SlashVault: not pool"
    totals: uint256 = self._totals
    before: uint256 = (totals >> _HOLDS_BIT) & _MASK_40
    if until > before:
        self._totals = totals + (until - before << _HOLDS_BIT)


# It calls nobody.
@external
@reentrant
def note_exit_delay(exit_delay: uint256):
    """
    @notice Notes how long stake unbonds from now on.
    @param exit_delay Seconds.
    @custom:reverts "not pool"
    @custom:source docs/design.md section 3.6
    """
    assert msg.sender == pool, "SlashVault: not pool"
    self._totals = (self._totals & (2**_DELAY_BIT - 1)) | (exit_delay << _DELAY_BIT)


@external
def use_key(key: bytes16, evidence: bytes32):
    """
    @notice Marks an offence as punished, for this Slasher and all later ones. Its cases, if it has
            any, have its evidence.
    @param key What tells the offence from all others.
    @param evidence Hash of the evidence; not zero.
    @custom:reverts "not slasher" unless called by the pool's Slasher in force; "no evidence"; "offence
                    is punished" if it was marked before
    @custom:source docs/design.md section 3.4, I7
    """
    assert msg.sender == staticcall ISequencerPool(pool).slasher(), "SlashVault: not slasher"
    assert evidence != empty(bytes32), "SlashVault: no evidence"
    assert self._evidence[key] == empty(bytes32), "SlashVault: offence is punished"
    self._evidence[key] = evidence


# ---------------------------------------------------------------- who has lost


@external
def appeal(case_id: uint256, statement_uri: String[256]):
    """
    @notice Asks for a refund. Holds the case until governance resolves it, for at most 180 days.
    @param case_id Case that is not resolved.
    @param statement_uri Where the statement is, with its hash; not empty.
    @custom:reverts "unknown case"; "not owner or vault" of the case; "appealed already" by the same;
                    "resolved already"; "too late" from unlocks_at on; "empty statement"
    @custom:emits CaseAppealed
    @custom:source docs/design.md section 3.4, G14
    """
    file: cases.File = self._file(case_id)
    # Who is both appeals for both.
    marks: uint256 = 0
    if msg.sender == cases._loser(self._cases[case_id].owner):
        marks = cases.OWNER_APPEALED
    if msg.sender == cases._loser(self._cases[case_id].vault):
        marks |= cases.VAULT_APPEALED
    assert marks != 0, "SlashVault: not owner or vault"
    assert file.marks & marks == 0, "SlashVault: appealed already"
    assert file.marks & cases.RESOLVED == 0, "SlashVault: resolved already"
    assert block.timestamp < file.slashed_at + limits.SLASH_LOCK, "SlashVault: too late"
    assert len(statement_uri) > 0, "SlashVault: empty statement"
    file.marks |= marks
    file.appealed_at = block.timestamp
    self._cases[case_id].file = cases._pack_file(file)
    log ISlashVault.CaseAppealed(case_id=case_id, by=msg.sender, statement_uri=statement_uri)


@external
def collect_refund(case_id: uint256) -> uint256:
    """
    @notice Pays the caller what a resolved appeal has given back to it. It never lapses.
    @param case_id Resolved case.
    @return Wei of METIS paid.
    @custom:reverts "unknown case"; "not owner or vault" of the case; "nothing to collect"; "metis
                    transfer failed"
    @custom:emits RefundCollected
    @custom:source docs/design.md section 3.4
    """
    file: cases.File = self._file(case_id)
    owner: uint256 = self._cases[case_id].owner
    vault: uint256 = self._cases[case_id].vault
    amount: uint256 = 0
    is_loser: bool = False
    if msg.sender == cases._loser(owner):
        is_loser = True
        amount = self._uncollected(owner, file, cases.OWNER_COLLECTED)
        file.marks |= cases.OWNER_COLLECTED
    if msg.sender == cases._loser(vault):
        is_loser = True
        amount += self._uncollected(vault, file, cases.VAULT_COLLECTED)
        file.marks |= cases.VAULT_COLLECTED
    assert is_loser, "SlashVault: not owner or vault"
    assert amount > 0, "SlashVault: nothing to collect"
    self._cases[case_id].file = cases._pack_file(file)
    log ISlashVault.RefundCollected(case_id=case_id, by=msg.sender, amount=amount)
    self._pay(msg.sender, amount)
    return amount


# ---------------------------------------------------------------- governance


@external
def resolve(case_id: uint256, refund_bps: uint256):
    """
    @notice Decides an appeal: credits owner and vault with a share of what each has lost. The rest
            stays locked. An appeal older than 180 days may still be decided until the release.
    @param case_id Case with an appeal.
    @param refund_bps Share to give back, 0..10,000 basis points; rounded down to the wei.
    @custom:reverts "roles: not governance"; "unknown case"; "not appealed"; "resolved already";
                    "released already"; "refund above all"
    @custom:emits CaseResolved
    @custom:source docs/design.md section 3.4, G14
    """
    roles._check_governance()
    file: cases.File = self._file(case_id)
    assert file.appealed_at != 0, "SlashVault: not appealed"
    assert file.marks & cases.RESOLVED == 0, "SlashVault: resolved already"
    assert file.marks & cases.RELEASED == 0, "SlashVault: released already"
    assert refund_bps <= limits.BPS, "SlashVault: refund above all"
    file.marks |= cases.RESOLVED
    file.refund_bps = refund_bps
    self._cases[case_id].file = cases._pack_file(file)
    log ISlashVault.CaseResolved(
        case_id=case_id,
        refund_bps=refund_bps,
        own_refund=self._refund(self._cases[case_id].owner, file),
        paired_refund=self._refund(self._cases[case_id].vault, file),
    )


@external
def announce_treasury(treasury: address):
    """
    @notice Announces another treasury. It takes effect after 7 days, so that nobody can redirect
            what is about to be released; a further call replaces the announcement.
    @param treasury Not zero; the present one withdraws an announcement.
    @custom:reverts "roles: not governance"; "zero treasury"
    @custom:emits TreasuryAnnounced
    @custom:source docs/design.md section 3.4
    """
    roles._check_governance()
    assert treasury != empty(address), "SlashVault: zero treasury"
    effective_at: uint256 = treasuries._announce(treasury, limits.TREASURY_NOTICE)
    log ISlashVault.TreasuryAnnounced(treasury=treasury, effective_at=effective_at)


# ---------------------------------------------------------------- anyone


@external
def release(case_id: uint256) -> uint256:
    """
    @notice Sends to the treasury what nobody gets back.
    @param case_id Case that is a year old.
    @return Wei of METIS sent; 0 if all was given back.
    @custom:reverts "unknown case"; "released already"; "too early" before unlocks_at; "appeal is
                    open" for 180 days from the last appeal, unless it is resolved; "metis transfer
                    failed"
    @custom:emits CaseReleased
    @custom:source docs/design.md section 3.4, G15, I8
    """
    file: cases.File = self._file(case_id)
    assert file.marks & cases.RELEASED == 0, "SlashVault: released already"
    assert block.timestamp >= file.slashed_at + limits.SLASH_LOCK, "SlashVault: too early"
    assert block.timestamp >= self._releasable_at(file), "SlashVault: appeal is open"
    owner: uint256 = self._cases[case_id].owner
    vault: uint256 = self._cases[case_id].vault
    amount: uint256 = (
        cases._amount(owner)
        + cases._amount(vault)
        - self._refund(owner, file)
        - self._refund(vault, file)
    )
    file.marks |= cases.RELEASED
    self._cases[case_id].file = cases._pack_file(file)
    treasury: address = treasuries._present()
    log ISlashVault.CaseReleased(case_id=case_id, treasury=treasury, amount=amount)
    self._pay(treasury, amount)
    return amount


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
    file: cases.File = self._file(case_id)
    owner: uint256 = self._cases[case_id].owner
    vault: uint256 = self._cases[case_id].vault
    status: ISlashVault.Status = ISlashVault.Status.LOCKED
    if file.marks & cases.RELEASED != 0:
        status = ISlashVault.Status.RELEASED
    elif file.marks & cases.RESOLVED != 0:
        status = ISlashVault.Status.RESOLVED
    elif file.appealed_at != 0:
        status = ISlashVault.Status.APPEALED
    return ISlashVault.Case(
        id=file.id,
        owner=cases._loser(owner),
        vault=cases._loser(vault),
        own=cases._amount(owner),
        paired=cases._amount(vault),
        kind=convert(file.kind, uint8),
        key=file.key,
        evidence=self._evidence[file.key],
        slashed_at=file.slashed_at,
        unlocks_at=file.slashed_at + limits.SLASH_LOCK,
        status=status,
        appealed_at=file.appealed_at,
        refund_bps=file.refund_bps,
        own_refund=self._uncollected(owner, file, cases.OWNER_COLLECTED),
        paired_refund=self._uncollected(vault, file, cases.VAULT_COLLECTED),
        releasable_at=(0 if status == ISlashVault.Status.RELEASED else self._releasable_at(file)),
    )


@external
@view
def loss_of(case_id: uint256) -> (address, uint256):
    """
    @notice What a vault has lost in a case; cheaper than `case_of`.
    @param case_id From 1.
    @return The vault; zero: no paired stake was taken, or there is no such case.
    @return Wei of METIS taken from it.
    @custom:source docs/design.md section 3.6
    """
    word: uint256 = self._cases[case_id].vault
    return cases._loser(word), cases._amount(word)


@external
@view
def case_count() -> uint256:
    """
    @notice Number of cases ever opened.
    @return The latest case id.
    """
    return self._count()


@external
@view
def refund_of(case_id: uint256) -> (bool, uint256):
    """
    @notice What a vault can collect in a case; cheaper than `case_of`.
    @param case_id From 1 to case_count().
    @return Whether nothing more can be given back: it is resolved, or released.
    @return Wei of METIS for the vault that are not collected yet.
    @custom:reverts "unknown case"
    @custom:source docs/design.md section 3.6
    """
    file: cases.File = self._file(case_id)
    return (
        file.marks & (cases.RESOLVED | cases.RELEASED) != 0,
        self._uncollected(self._cases[case_id].vault, file, cases.VAULT_COLLECTED),
    )


@external
@view
def for_vaults() -> (uint256, uint256, uint256):
    """
    @notice What an LST vault asks before anything else, in one call.
    @return The latest case.
    @return When the last of all holds ends, or has ended: from then on no stake is held. Unix seconds.
    @return The pool's exit delay, seconds.
    @custom:source docs/design.md section 3.6
    """
    return self._count(), (self._totals >> _HOLDS_BIT) & _MASK_40, self._totals >> _DELAY_BIT


@external
@view
def held() -> uint256:
    """
    @notice What all cases hold: neither released nor collected.
    @return Wei of METIS.
    """
    return self._held()


@external
@view
def evidence_of(key: bytes16) -> bytes32:
    """
    @notice Whether an offence was punished, and by what evidence.
    @param key What tells the offence from all others; see Slasher.
    @return Hash of the evidence; zero: it was not.
    """
    return self._evidence[key]


@external
@view
def treasury() -> address:
    """
    @notice Who gets what is released now.
    @return Its address.
    """
    return treasuries._present()


@external
@view
def announced_treasury() -> (address, uint256):
    """
    @notice The latest announcement.
    @return The treasury; zero: none was announced.
    @return When it takes or took effect, unix seconds.
    """
    return treasuries.announced, treasuries.announced_at


# ---------------------------------------------------------------- internal


@internal
@view
def _held() -> uint256:
    return self._totals & _HELD_MASK


@internal
@view
def _count() -> uint256:
    return (self._totals >> _COUNT_BIT) & _MASK_40


@internal
@view
def _file(case_id: uint256) -> cases.File:
    file: cases.File = cases._unpack_file(self._cases[case_id].file)
    assert file.slashed_at != 0, "SlashVault: unknown case"
    return file


@internal
@pure
def _releasable_at(file: cases.File) -> uint256:
    unlocks_at: uint256 = file.slashed_at + limits.SLASH_LOCK
    if file.appealed_at == 0 or file.marks & cases.RESOLVED != 0:
        return unlocks_at
    return max(unlocks_at, file.appealed_at + limits.APPEAL_PERIOD)


@internal
@pure
def _refund(loss: uint256, file: cases.File) -> uint256:
    return cases._amount(loss) * file.refund_bps // limits.BPS


@internal
@pure
def _uncollected(loss: uint256, file: cases.File, mark: uint256) -> uint256:
    return self._refund(loss, file) if file.marks & mark == 0 else 0


@internal
def _pay(recipient: address, amount: uint256):
    # The sum is in the lower bits, and no less than any case.
    self._totals -= amount
    assert extcall IERC20(metis).transfer(recipient, amount), "SlashVault: metis transfer failed"
