# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Admissions
@custom:contract-name admissions
@license AGPL-3.0-only
@notice Who may own a sequencer of the SequencerPool, and the vault with which
        the owner's next sequencer will be paired.
@dev Importers check who may admit, and with whom an owner may be paired. An
     admission is the word of `pool_words`.
"""

from contracts.modules.words import pool_words as words
from interfaces import ISequencerPool


# Of the sequencer that an owner will lock.
struct Pairing:
    vault: address  # zero: none
    commission_bps: uint256


_admissions: HashMap[address, uint256]  # owner => admission
_intentions: HashMap[address, Pairing]  # owner =>


@internal
@view
def _of(owner: address) -> words.Admission:
    return words._unpack_admission(self._admissions[owner])


@internal
def _save(owner: address, admission: words.Admission):
    self._admissions[owner] = words._pack_admission(admission)


@internal
def _set_approval(owner: address, approval: ISequencerPool.Approval):
    admission: words.Admission = self._of(owner)
    admission.approval = approval
    self._save(owner, admission)


@internal
@view
def _is_admitted(owner: address) -> bool:
    return self._of(owner).approval == ISequencerPool.Approval.ADMITTED


@internal
@view
def _intended_vault(owner: address) -> address:
    return self._intentions[owner].vault


@internal
@view
def _intended_commission(owner: address) -> uint256:
    """
    @dev Without a vault it means nothing.
    """
    return self._intentions[owner].commission_bps


@internal
def _intend(owner: address, vault: address, commission_bps: uint256):
    self._intentions[owner] = Pairing(vault=vault, commission_bps=commission_bps)


@internal
def _end_intention(owner: address):
    """
    @dev Of a vault: it has become a pairing.
    """
    self._intentions[owner].vault = empty(address)
