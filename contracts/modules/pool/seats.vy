# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Seats
@custom:contract-name seats
@license AGPL-3.0-only
@notice The seats of the SequencerPool, and the queue of those who wait for one.
@dev A seat is a member word of `committee`; its power is the bonded stake, or 0
     in jail. Seats have no gaps: the last member fills a seat that is given up.
     A place in the queue is a number that only rises. Who leaves the queue
     early stays in the list, and `queued` no longer counts it. Importers tell
     it by its status: it is not QUEUED, or is queued at another place. So each
     who leaves was counted, and no count falls below 0.
     Importers read what has no underscore, and write nothing. They keep who
     sits where: seats and places are handed out and taken back as numbers.
"""

from contracts.modules import limits
from contracts.modules.signing import committee as committees

_SEATED_MASK: constant(uint256) = 2**8 - 1
_DEPARTURES_BIT: constant(uint256) = 8

# Seats taken | departures << 8: how often a member has left the committee. One
# word, because who gives up a seat departs, and a checkpoint reads both.
_counts: uint256
members: uint256[limits.MAX_SEQUENCERS]  # seat => member word; 0: free

queue: HashMap[uint256, uint256]  # place => sequencer id, from the head to before the tail
queue_head: uint256
queue_tail: uint256
queued: uint256  # of these, who still waits


@internal
@view
def _seated() -> uint256:
    return self._counts & _SEATED_MASK


@internal
@view
def _departures() -> uint256:
    return self._counts >> _DEPARTURES_BIT


@internal
def _note_departure():
    """
    @dev Lets the next checkpoint happen at once. Only for what cannot be repeated at will: whoever
         could force checkpoints could draw seeds until one suits. So not for a dip below min_stake,
         which a paired vault can make and mend with 1 wei.
    """
    self._counts = unsafe_add(self._counts, 1 << _DEPARTURES_BIT)


@internal
def _take(power: uint256, signer: address) -> uint256:
    """
    @dev Takes the first free seat; there has to be one.
    """
    seat: uint256 = self._seated()
    self._counts = unsafe_add(self._counts, 1)
    self.members[seat] = committees._word(power, signer)
    return seat


@internal
def _give_up(seat: uint256) -> uint256:
    """
    @dev Returns the member that fills the seat; 0 if it was the last one.
    """
    last: uint256 = unsafe_sub(self._seated(), 1)
    self._counts = unsafe_sub(self._counts, 1)
    moved: uint256 = 0
    if seat != last:
        moved = self.members[last]
        self.members[seat] = moved
    self.members[last] = 0
    return moved


@internal
def _set_power(seat: uint256, power: uint256):
    self.members[seat] = committees._with_power(self.members[seat], power)


@internal
def _set_signer(seat: uint256, signer: address):
    self.members[seat] = committees._word(committees._power(self.members[seat]), signer)


@internal
def _join_queue(id: uint256) -> uint256:
    """
    @dev Returns the place: the queue's tail.
    """
    place: uint256 = self.queue_tail
    self.queue_tail = unsafe_add(place, 1)
    self.queue[place] = id
    self.queued = unsafe_add(self.queued, 1)
    return place


@internal
def _leave_queue():
    """
    @dev One less waits: it was called to the head, or leaves early.
    """
    self.queued = unsafe_sub(self.queued, 1)


@internal
def _next_in_queue() -> (uint256, uint256):
    """
    @dev Moves the head by one place. Returns that place, and who waits or waited there.
    """
    place: uint256 = self.queue_head
    self.queue_head = unsafe_add(place, 1)
    return place, self.queue[place]
