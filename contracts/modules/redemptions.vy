# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Redemptions
@custom:contract-name redemptions
@license AGPL-3.0-only
@notice Requests to redeem shares of the LST vault: one queue for all, first
        come first served, and a list for each controller.
@dev Of the queue only sums are kept. A request may be paid when all that were
     asked for up to it, itself included, have been set aside: that is one
     comparison, however long the queue.
     bits     | width | field
     queue
     0..95    | 96    | wei ever asked for, at the value of each request
     96..191  | 96    | of these, wei ever set aside
     192..231 | 40    | requests ever made: the latest id
     request, first word
     0..95    | 96    | shares
     96..179  | 84    | wei that they were worth at the request
     180..215 | 36    | ready at, unix seconds
     216..255 | 40    | id of the controller's next request; 0: none
     request, second word
     0..95    | 96    | wei ever asked for, up to this request
     96..255  | 160   | controller
     list of a controller
     0..39    | 40    | id of its first open request; 0: none
     40..79   | 40    | id of its last
     80..95   | 16    | number of open requests
"""

from contracts.modules import limits


struct Queue:
    requested: uint256
    funded: uint256
    count: uint256


struct Request:
    shares: uint256
    worth: uint256
    ready_at: uint256
    next: uint256


struct Requests:
    first: uint256
    last: uint256
    count: uint256


MAX_SHARES: constant(uint256) = 2**96 - 1

_MASK_96: constant(uint256) = 2**96 - 1
_MASK_84: constant(uint256) = 2**84 - 1
_MASK_40: constant(uint256) = 2**40 - 1
_MASK_36: constant(uint256) = 2**36 - 1
_FUNDED_BIT: constant(uint256) = 96
_COUNT_BIT: constant(uint256) = 192
_WORTH_BIT: constant(uint256) = 96
_READY_BIT: constant(uint256) = 180
_NEXT_BIT: constant(uint256) = 216
_CONTROLLER_BIT: constant(uint256) = 96
_LAST_BIT: constant(uint256) = 40
_LIST_COUNT_BIT: constant(uint256) = 80

_queue: uint256
_requests: HashMap[uint256, uint256]  # request id, from 1 => first word
_ends: HashMap[uint256, uint256]  # request id => second word
_lists: HashMap[address, uint256]  # controller =>


@internal
@view
def _load_queue() -> Queue:
    word: uint256 = self._queue
    return Queue(
        requested=word & _MASK_96,
        funded=(word >> _FUNDED_BIT) & _MASK_96,
        count=word >> _COUNT_BIT,
    )


@internal
def _save_queue(queue: Queue):
    self._queue = queue.requested | (queue.funded << _FUNDED_BIT) | (queue.count << _COUNT_BIT)


@internal
@view
def _missing() -> uint256:
    """
    @dev Wei that were asked for and are not set aside.
    """
    word: uint256 = self._queue
    return (word & _MASK_96) - ((word >> _FUNDED_BIT) & _MASK_96)


@internal
def _fund(amount: uint256):
    """
    @dev Wei that the caller has set aside; at most what is missing.
    """
    self._queue += amount << _FUNDED_BIT


@internal
@view
def _request(id: uint256) -> Request:
    word: uint256 = self._requests[id]
    return Request(
        shares=word & _MASK_96,
        worth=(word >> _WORTH_BIT) & _MASK_84,
        ready_at=(word >> _READY_BIT) & _MASK_36,
        next=word >> _NEXT_BIT,
    )


@internal
def _save_request(id: uint256, request: Request):
    self._requests[id] = (
        request.shares
        | (request.worth << _WORTH_BIT)
        | (request.ready_at << _READY_BIT)
        | (request.next << _NEXT_BIT)
    )


@internal
@view
def _list(controller: address) -> Requests:
    word: uint256 = self._lists[controller]
    return Requests(
        first=word & _MASK_40,
        last=(word >> _LAST_BIT) & _MASK_40,
        count=word >> _LIST_COUNT_BIT,
    )


@internal
def _save_list(controller: address, list: Requests):
    self._lists[controller] = (
        list.first | (list.last << _LAST_BIT) | (list.count << _LIST_COUNT_BIT)
    )


@internal
def _add(controller: address, shares: uint256, worth: uint256, ready_at: uint256) -> uint256:
    """
    @dev At the end of the queue and of the controller's list; the request's id.
    """
    queue: Queue = self._load_queue()
    id: uint256 = queue.count + 1
    queue.count = id
    queue.requested += worth
    self._save_queue(queue)
    self._save_request(id, Request(shares=shares, worth=worth, ready_at=ready_at, next=0))
    self._ends[id] = queue.requested | (convert(controller, uint256) << _CONTROLLER_BIT)
    list: Requests = self._list(controller)
    assert list.count < limits.MAX_REQUESTS, "redemptions: too many"
    if list.count == 0:
        list.first = id
    else:
        self._requests[list.last] |= id << _NEXT_BIT
    list.last = id
    list.count += 1
    self._save_list(controller, list)
    return id


@internal
@view
def _is_funded(id: uint256) -> bool:
    return self._ends[id] & _MASK_96 <= (self._queue >> _FUNDED_BIT) & _MASK_96


@internal
@view
def _controller(id: uint256) -> address:
    return convert(self._ends[id] >> _CONTROLLER_BIT, address)


@internal
@view
def _is_claimable(id: uint256, ready_at: uint256) -> bool:
    return block.timestamp >= ready_at and self._is_funded(id)
