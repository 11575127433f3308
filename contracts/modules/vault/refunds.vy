# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Refunds
@custom:contract-name refunds
@license AGPL-3.0-only
@notice Whose the refund of a slash is: of the shares that are left, and of the
        requests that were paid meanwhile. A case is open from the loss until
        nothing can come back any more.
@dev All open cases lose the same part when shares leave. So one index is enough:
     the shares have index / (index at the loss) of a case, and a request that
     leaves keeps the part by which the index falls. Requests that leave are
     numbered: a case is shared by those that left while it was open.
     When nearly all have left, the index begins anew: the shares have no part in
     earlier cases any more, nor have requests that leave later.
     bits     | width | field
     state
     0..87    | 88    | index
     88..171  | 84    | wei that the shares may still get
     172..203 | 32    | requests that kept a part: the latest number
     204..235 | 32    | latest number when the index began anew
     236..255 | 20    | open cases
     case
     0..87    | 88    | index at the loss
     88..119  | 32    | latest number at the loss
     120..151 | 32    | latest number when it was closed
     152..235 | 84    | wei of the refund, once it is closed
     236      | 1     | it is closed
     part of a request
     0..87    | 88    | part of the index
     88..119  | 32    | its number
     120..151 | 32    | latest number when the index had begun anew
"""

from contracts.modules import checks


struct State:
    index: uint256
    of_shares: uint256
    number: uint256
    anew_at: uint256
    open: uint256


_ONE: constant(uint256) = 2**87
# Below, the index begins anew. The shares' part of any case is less than 2**-43 then: at most 2**41 wei.
_LEAST: constant(uint256) = 2**44
_INDEX_MASK: constant(uint256) = 2**88 - 1
_WEI_MASK: constant(uint256) = 2**84 - 1
_MASK_32: constant(uint256) = 2**32 - 1
_CLOSED: constant(uint256) = 2**236

_state: uint256
_cases: HashMap[uint256, uint256]  # case id => word
_parts: HashMap[uint256, uint256]  # request id => word
_claimed: HashMap[uint256, HashMap[uint256, bool]]  # request id => case id =>


@internal
@view
def _load_state() -> State:
    word: uint256 = self._state
    return State(
        index=word & _INDEX_MASK,
        of_shares=(word >> 88) & _WEI_MASK,
        number=(word >> 172) & _MASK_32,
        anew_at=(word >> 204) & _MASK_32,
        open=word >> 236,
    )


@internal
def _save_state(state: State):
    self._state = (
        state.index
        | (state.of_shares << 88)
        | (state.number << 172)
        | (state.anew_at << 204)
        | (state.open << 236)
    )


@internal
@view
def _of_shares() -> uint256:
    """
    @dev Wei that the shares may still get.
    """
    return (self._state >> 88) & _WEI_MASK


@internal
def _open(case_id: uint256, loss: uint256):
    state: State = self._load_state()
    if state.open == 0:
        state.index = _ONE
    self._cases[case_id] = state.index | (state.number << 88)
    state.open += 1
    state.of_shares += loss
    self._save_state(state)


@internal
def _keep(request_id: uint256, shares: uint256, supply: uint256, most: uint256):
    """
    @dev Shares leave, and keep their part of all open cases, or less if that is more than `most`
         wei.
    """
    state: State = self._load_state()
    amount: uint256 = min(state.of_shares * shares // supply, most)
    if amount > 0:
        part: uint256 = state.index * amount // state.of_shares
        state.number += 1
        self._parts[request_id] = part | (state.number << 88) | (state.anew_at << 120)
        # Rounded up: never too low.
        state.of_shares -= state.of_shares * part // state.index
        state.index -= part
        if state.index < _LEAST:
            state.anew_at = state.number
            state.index = _ONE
            state.of_shares = 0
        self._save_state(state)


@internal
def _close(case_id: uint256, loss: uint256, refund: uint256) -> (uint256, bool):
    """
    @dev Nothing more can come back. Wei of the refund that are the shares', and whether any case is
         still open. Rounded down; what the shares may still get is never too low.
    """
    case: uint256 = self._cases[case_id]
    checks._require(case != 0 and case < _CLOSED, "refunds: no open case")
    state: State = self._load_state()
    index: uint256 = case & _INDEX_MASK
    of_shares: uint256 = 0
    if (case >> 88) & _MASK_32 >= state.anew_at:
        of_shares = refund * state.index // index
        state.of_shares -= min(state.of_shares, loss * state.index // index)
    state.open -= 1
    if state.open == 0:
        state.of_shares = 0
    self._save_state(state)
    self._cases[case_id] = case | (state.number << 120) | (refund << 152) | _CLOSED
    return of_shares, state.open > 0


@internal
@view
def _of_request(request_id: uint256, case_id: uint256) -> uint256:
    """
    @dev Wei that a request may claim of a closed case. Rounded down: all parts are in the refund.
    """
    case: uint256 = self._cases[case_id]
    part: uint256 = self._parts[request_id]
    number: uint256 = (part >> 88) & _MASK_32
    first: uint256 = (case >> 88) & _MASK_32
    if (
        case < _CLOSED
        or number <= first
        or number > (case >> 120) & _MASK_32
        or part >> 120 > first
        or self._claimed[request_id][case_id]
    ):
        return 0
    return ((case >> 152) & _WEI_MASK) * (part & _INDEX_MASK) // (case & _INDEX_MASK)


@internal
def _claim(request_id: uint256, case_id: uint256) -> uint256:
    amount: uint256 = self._of_request(request_id, case_id)
    checks._require(amount > 0, "refunds: nothing to claim")
    self._claimed[request_id][case_id] = True
    return amount
