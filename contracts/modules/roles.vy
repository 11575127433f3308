# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Roles
@custom:contract-name roles
@license AGPL-3.0-only
@notice Who may do what, in every contract of the suite:

          role       | held by                             | may
          governance | the Timelock (`owner`)              | all setters
          guardian   | the Governance Working Group's Safe | time-boxed stops

        docs/roles.md lists the functions.
@dev Importers initialise this module with the first holders, so that the
     deployer never holds a role, and call `_check_*` before anything else.
     Ownership moves in two steps and cannot be renounced: a suite without
     governance could never lift a suspension or resolve an appeal.
"""

from snekmate.auth import ownable
from snekmate.auth import ownable_2step

from contracts.modules import checks

initializes: ownable
initializes: ownable_2step[ownable := ownable]

# Left out: renounce_ownership (see above), and ownable's one-step transfer.
exports: (
    ownable_2step.owner,
    ownable_2step.pending_owner,
    ownable_2step.transfer_ownership,
    ownable_2step.accept_ownership,
)


event GuardianSet:
    old: indexed(address)
    new: indexed(address)


# Holder of the guardian role.
guardian: public(address)


@deploy
def __init__(governance: address, guardian: address):
    """
    @notice Gives both roles to their first holders.
    @param governance The Timelock; not zero.
    @param guardian The Working Group's multisig; not zero.
    """
    checks._require(governance != empty(address), "roles: zero governance")
    ownable.__init__()
    ownable_2step.__init__()
    ownable_2step._transfer_ownership(governance)
    self._set_guardian(guardian)


@external
def set_guardian(guardian: address):
    """
    @notice Makes another account the guardian.
    @param guardian The new guardian; not zero.
    @custom:reverts "roles: not governance" unless called by governance; "roles: zero guardian"
    @custom:emits GuardianSet
    @custom:source design.md section 3.7
    """
    self._check_governance()
    self._set_guardian(guardian)


@internal
@view
def _check_governance():
    checks._require(msg.sender == ownable.owner, "roles: not governance")


@internal
@view
def _check_guardian():
    checks._require(msg.sender == self.guardian, "roles: not guardian")


@internal
def _set_guardian(guardian: address):
    checks._require(guardian != empty(address), "roles: zero guardian")
    log GuardianSet(old=self.guardian, new=guardian)
    self.guardian = guardian
