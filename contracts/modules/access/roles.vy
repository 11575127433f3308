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

        docs/roles.md lists the functions. The guardian, whom not every
        contract has, is in guardian.vy.
@dev Importers initialise this module with the first holder, so that the
     deployer never holds a role, and call `_check_governance` before anything
     else.
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


@deploy
def __init__(governance: address):
    """
    @notice Gives the role to its first holder.
    @param governance The Timelock; not zero.
    """
    checks._require(governance != empty(address), "roles: zero governance")
    ownable.__init__()
    ownable_2step.__init__()
    ownable_2step._transfer_ownership(governance)


@internal
@view
def _check_governance():
    checks._require(msg.sender == ownable.owner, "roles: not governance")
