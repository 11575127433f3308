# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Guardian
@custom:contract-name guardian
@license AGPL-3.0-only
@notice The role of the Governance Working Group, in contracts that it may
        stop for a while. Governance names the holder.
@dev Importers initialise this module with the first holder and call
     `_check_guardian` before anything else.
"""

from contracts.modules import checks
from contracts.modules.access import roles

uses: roles


event GuardianSet:
    old: indexed(address)
    new: indexed(address)


# Holder of the role.
guardian: public(address)


@deploy
def __init__(holder: address):
    """
    @notice Gives the role to its first holder.
    @param holder The Working Group's multisig; not zero.
    """
    self._set_guardian(holder)


@external
def set_guardian(guardian: address):
    """
    @notice Makes another account the guardian.
    @param guardian The new guardian; not zero.
    @custom:reverts "roles: not governance" unless called by governance; "guardian: zero guardian"
    @custom:emits GuardianSet
    @custom:source docs/design.md section 3.7
    """
    roles._check_governance()
    self._set_guardian(guardian)


@internal
@view
def _check_guardian():
    checks._require(msg.sender == self.guardian, "guardian: not guardian")


@internal
def _set_guardian(guardian: address):
    checks._require(guardian != empty(address), "guardian: zero guardian")
    log GuardianSet(old=self.guardian, new=guardian)
    self.guardian = guardian
