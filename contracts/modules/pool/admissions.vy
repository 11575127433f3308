# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Admissions
@custom:contract-name admissions
@license AGPL-3.0-only
@notice Who may own a sequencer of the SequencerPool, and the vault with which
        the owner's next sequencer will be paired.
@dev Importers check who may admit. An admission is the word of `pool_words`.
     Importers read and write the two maps that have no underscore: a function
     for them would not fit into the bytes of the SequencerPool.
"""

from contracts.modules.words import pool_words as words
from interfaces import ISequencerPool


# The pairing of the sequencer that an owner will lock.
intended_vaults: HashMap[address, address]  # owner => vault; zero: none
intended_commissions: HashMap[address, uint256]  # owner => basis points

_admissions: HashMap[address, uint256]  # owner => admission


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
