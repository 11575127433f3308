# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Checks
@custom:contract-name checks
@license AGPL-3.0-only
@notice The one place that reverts with a reason. Stateless.
@dev Every assert with a literal reason costs some 140 bytes of runtime code,
     a call of this function half of that: without it the SequencerPool would
     not fit into the 24,576 bytes that a contract may have.
"""


@internal
@pure
def _require(ok: bool, reason: String[48]):
    """
    @dev `reason` is "<file stem>: <what is wrong, lower case>".
    """
    assert ok, reason
