# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Redemptions
@custom:contract-name redemptions
@license AGPL-3.0-only
@notice Requests to redeem shares of the LST vault: one queue for all, first
        come first served, and a list for each controller.
@dev The queue is counted in shares, whose price a loss lowers for all. Of it only
     sums are kept: a request may be paid when METIS is there for all shares that
     were asked for up to it, itself included, less those that were paid. If some
     that came later were paid, there was METIS for all before them, and that is
     what they get: one subtraction, however long the queue.
     bits     | width | field
     queue
     0..95    | 96    | shares ever asked for
     96..191  | 96    | of these, shares paid
     192..231 | 40    | requests ever made: the latest id
     request, first word
     0..95    | 96    | shares
     96..179  | 84    | wei that they were worth at the request
     180..215 | 36    | ready at, unix seconds
     216..255 | 40    | id of the controller's next request; 0: none
     request, second word
     0..95    | 96    | shares ever asked for, up to this request
     96..255  | 160   | controller
     list of a controller
     0..39    | 40    | id of its first open request; 0: none
     40..79   | 40    | id of its last
     80..95   | 16    | number of open requests
     There have been less than 2**96 wei of shares, ever: that takes 79 thousand
     million METIS, there and back.
"""

from contracts.modules import checks
from contracts.modules import limits


struct Queue:
    requested: uint256
    paid: uint256
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
_PAID_BIT: constant(uint256) = 96
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
        paid=(word >> _PAID_BIT) & _MASK_96,
        count=word >> _COUNT_BIT,
    )


@internal
def _save_queue(queue: Queue):
    self._queue = queue.requested | (queue.paid << _PAID_BIT) | (queue.count << _COUNT_BIT)


@internal
@view
def _open() -> uint256:
    """
    @dev Shares that were asked for and not paid.
    """
    word: uint256 = self._queue
    return (word & _MASK_96) - ((word >> _PAID_BIT) & _MASK_96)


@internal
def _pay(shares: uint256):
    """
    @dev Counts shares as paid; the caller takes them from their requests.
    """
    self._queue += shares << _PAID_BIT


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
    queue.requested += shares
    self._save_queue(queue)
    self._ends[id] = queue.requested | (convert(controller, uint256) << _CONTROLLER_BIT)
    list: Requests = self._list(controller)
    checks._require(list.count < limits.MAX_REQUESTS, "redemptions: too many")
    ready: uint256 = ready_at
    if list.count == 0:
        list.first = id
    else:
        last: uint256 = self._requests[list.last]
        # A list is paid in its order, whatever became of the exit delay meanwhile.
        ready = max(ready, (last >> _READY_BIT) & _MASK_36)
        self._requests[list.last] = last | (id << _NEXT_BIT)
    self._save_request(id, Request(shares=shares, worth=worth, ready_at=ready, next=0))
    list.last = id
    list.count += 1
    self._save_list(controller, list)
    return id


@internal
@view
def _ahead(id: uint256, shares: uint256) -> uint256:
    """
    @dev Shares for which METIS has to be there before this request, of so many, is paid: its own
         among them.
    """
    end: uint256 = self._ends[id] & _MASK_96
    paid: uint256 = (self._queue >> _PAID_BIT) & _MASK_96
    return max(end - min(end, paid), shares)


@internal
@view
def _controller(id: uint256) -> address:
    return convert(self._ends[id] >> _CONTROLLER_BIT, address)
