# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version cancun
"""
@title Timelock
@custom:contract-name Timelock
@license AGPL-3.0-only
@notice The owner of every contract of the suite. It does what the
        SequencerGovernor has scheduled, when the delay is over, and nothing
        else; it holds no METIS and takes no ETH.
@dev snekmate's timelock controller. The Governor is its only proposer,
     canceller and executor; the contract administers its own roles, so a
     change of them is a call that waits for its delay like all others. The
     deployer has no role at any time.
     nonreentrancy is off, as in snekmate: an operation that is called again
     while it runs is refused, for it is done only when its call has returned,
     and only the Governor may execute at all.
@custom:kill There is nothing to stop it: what is scheduled can be cancelled by the Governor alone.
@custom:source docs/design.md section 3.7
"""

from snekmate.auth import access_control
from snekmate.governance import timelock_controller

from contracts.modules import limits

initializes: access_control
initializes: timelock_controller[access_control := access_control]

# Left out: the batch calls, which cost 1.5 million gas each; renounceRole, by which a vote could
# leave the suite without an administrator; set_role_admin, which nothing wants; the receivers of
# other tokens.
exports: (
    timelock_controller.schedule,
    timelock_controller.execute,
    timelock_controller.cancel,
    timelock_controller.update_delay,
    timelock_controller.is_operation,
    timelock_controller.is_operation_pending,
    timelock_controller.is_operation_ready,
    timelock_controller.is_operation_done,
    timelock_controller.get_operation_state,
    timelock_controller.get_timestamp,
    timelock_controller.get_minimum_delay,
    timelock_controller.hash_operation,
    timelock_controller.PROPOSER_ROLE,
    timelock_controller.EXECUTOR_ROLE,
    timelock_controller.CANCELLER_ROLE,
    access_control.DEFAULT_ADMIN_ROLE,
    access_control.hasRole,
    access_control.getRoleAdmin,
    access_control.grantRole,
    access_control.revokeRole,
)


# ---------------------------------------------------------------- constructor


@deploy
def __init__(governor: address):
    """
    @notice Makes the Governor proposer, canceller and executor, and nobody else anything.
    @param governor The SequencerGovernor, which need not exist yet; not zero.
    """
    assert governor != empty(address), "Timelock: zero governor"
    access_control.__init__()
    timelock_controller.__init__(limits.DELAY_ORDINARY, [governor], [governor], empty(address))
