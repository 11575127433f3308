# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Successor
@custom:contract-name successor
@license AGPL-3.0-only
@notice An address that is replaced only with notice: the present holder of the
        role keeps it until the notice has run out.
@dev Importers check who may announce, and log it. Another announcement
     replaces one that has not taken effect; to announce the present holder
     withdraws it. Importers read what has no underscore, and write nothing.
"""

announced: address  # the latest
announced_at: uint256  # when it takes or took effect, unix seconds; 0: nobody was announced

_holder: address  # before that


@internal
def _appoint(holder: address):
    """
    @dev Names the first holder, without notice.
    """
    self._holder = holder


@internal
def _announce(holder: address, notice: uint256) -> uint256:
    """
    @dev `notice` is in seconds. Returns when it takes effect, unix seconds.
    """
    self._holder = self._present()
    effective_at: uint256 = block.timestamp + notice
    self.announced = holder
    self.announced_at = effective_at
    return effective_at


@internal
@view
def _present() -> address:
    effective_at: uint256 = self.announced_at
    if effective_at != 0 and block.timestamp >= effective_at:
        return self.announced
    return self._holder
