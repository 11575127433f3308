"""contracts/modules/l2_call.vy: the calls that governance may store for L2, and their bounds"""

import boa
import pytest
from eth_utils import function_signature_to_4byte_selector, keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS

SOURCE = """
# pragma version 0.4.3
from contracts.modules import l2_call

SIZE: public(constant(uint256)) = l2_call.SIZE

@external
@pure
def check(data: Bytes[l2_call.SIZE]):
    l2_call._check(data)

@external
@pure
def check_epoch_length(x: uint256):
    l2_call._check_epoch_length(x)

@external
@pure
def check_block_timeout(x: uint256):
    l2_call._check_block_timeout(x)

@external
@pure
def check_fallback_delay(x: uint256):
    l2_call._check_fallback_delay(x)

@external
@pure
def check_fallback_sequencer(x: address):
    l2_call._check_fallback_sequencer(x)
"""

ZERO = "0x" + 40 * "0"
LARGEST = 2**256 - 1
REASONS = {
    "epoch_length": "l2_call: bad epoch length",
    "block_timeout": "l2_call: bad block timeout",
    "fallback_delay": "l2_call: bad fallback delay",
}
SETTERS = [*(f"set_{name}(uint256)" for name in REASONS), "set_fallback_sequencer(address)"]


def selector(signature):
    return function_signature_to_4byte_selector(signature)


def encode(signature, value):
    return selector(signature) + value.to_bytes(32, "big")


def floor_and_ceiling(name):
    return LIMITS[f"{name.upper()}_FLOOR"], LIMITS[f"{name.upper()}_CEILING"]


@pytest.fixture(scope="module")
def l2_call():
    return boa.loads(SOURCE)


@pytest.mark.parametrize("name", REASONS)
def test_check_takes_floor_and_ceiling(l2_call, name):
    for value in floor_and_ceiling(name):
        l2_call.check(encode(f"set_{name}(uint256)", value))
        getattr(l2_call, f"check_{name}")(value)


@pytest.mark.parametrize("name", REASONS)
def test_check__beyond_bounds__reverts(l2_call, name):
    floor, ceiling = floor_and_ceiling(name)
    for value in (0, floor - 1, ceiling + 1, floor + 2**32, LARGEST):
        with boa.reverts(REASONS[name]):
            l2_call.check(encode(f"set_{name}(uint256)", value))
        with boa.reverts(REASONS[name]):
            getattr(l2_call, f"check_{name}")(value)


@pytest.mark.parametrize("value", [1, 2**160 - 1])
def test_check_takes_any_sequencer_but_zero(l2_call, value):
    l2_call.check(encode("set_fallback_sequencer(address)", value))


def test_check__zero_sequencer__reverts(l2_call):
    with boa.reverts("l2_call: zero sequencer"):
        l2_call.check(encode("set_fallback_sequencer(address)", 0))
    with boa.reverts("l2_call: zero sequencer"):
        l2_call.check_fallback_sequencer(ZERO)


@pytest.mark.parametrize("value", [2**160, 2**160 + 1, LARGEST])
def test_check__dirty_address__reverts(l2_call, value):
    """The setter on L2 would refuse it without a reason, and block all calls after it."""
    with boa.reverts("l2_call: bad address"):
        l2_call.check(encode("set_fallback_sequencer(address)", value))


def test_a_call_is_a_selector_and_a_word(l2_call):
    assert l2_call.SIZE() == len(encode(SETTERS[0], 0))


@pytest.mark.parametrize("size", [0, 1, 4, 35])
def test_check__too_short__reverts(l2_call, size):
    with boa.reverts("l2_call: bad length"):
        l2_call.check(encode("set_block_timeout(uint256)", 60)[:size])


@pytest.mark.parametrize(
    "signature",
    [
        "set_epoch_length(address)",
        "set_epoch_length(uint128)",
        "install_committee(uint256,bytes32,bytes32)",
        "apply_call(uint256,bytes)",
        "commit_epoch(uint256[])",
        "heartbeat()",
        "fallback()",
        "",
    ],
)
def test_check__other_function__reverts(l2_call, signature):
    with boa.reverts("l2_call: unknown setter"):
        l2_call.check(keccak(text=signature)[:4] + (60).to_bytes(32, "big"))


@given(st.binary(min_size=4, max_size=4), st.integers(0, LARGEST))
@settings(max_examples=50)
def test_check__any_other_selector__reverts(l2_call, prefix, value):
    if prefix not in map(selector, SETTERS):
        with boa.reverts("l2_call: unknown setter"):
            l2_call.check(prefix + value.to_bytes(32, "big"))


@pytest.mark.parametrize("signature", SETTERS)
def test_check__one_wrong_bit_in_a_selector__reverts(l2_call, signature):
    good = encode(signature, 60)
    for bit in range(32):
        bad = (int.from_bytes(good, "big") ^ 1 << (8 * 32 + bit)).to_bytes(36, "big")
        with boa.reverts("l2_call: unknown setter"):
            l2_call.check(bad)
