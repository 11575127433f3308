"""CommitteeRelay.set_l2"""

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from tests.utils.system import ZERO

CALLS = {
    "set_epoch_length": "EPOCH_LENGTH",
    "set_block_timeout": "BLOCK_TIMEOUT",
    "set_fallback_delay": "FALLBACK_DELAY",
}
REASONS = {
    "set_epoch_length": "l2_call: bad epoch length",
    "set_block_timeout": "l2_call: bad block timeout",
    "set_fallback_delay": "l2_call: bad fallback delay",
}


def store(link, data):
    return link.relay.set_l2(data, sender=link.system.governance)


@pytest.mark.parametrize("name", CALLS)
def test_set_l2_stores_floor_and_ceiling_and_emits(link, name):
    for number, end in ((1, "FLOOR"), (2, "CEILING")):
        data = link.call(name, LIMITS[f"{CALLS[name]}_{end}"])
        tx = store(link, data)
        assert tx.events == [link.relay.CallStored(number=number, data=data)]
        assert link.relay.call_count() == number
        assert bytes(link.relay.call_of(number)) == data


def test_set_l2_stores_a_fallback_sequencer(system, link):
    data = link.call("set_fallback_sequencer", system.stranger)
    tx = store(link, data)
    assert tx.events == [link.relay.CallStored(number=1, data=data)]


def test_set_l2_changes_nothing_on_l2(link):
    before = link.state()
    link.store("set_block_timeout", 30)
    assert link.state() == before


def test_set_l2_numbers_the_same_call_anew(link):
    data = link.store("set_block_timeout", 30)
    assert link.store("set_block_timeout", 30) == data
    assert [bytes(link.relay.call_of(number)) for number in (1, 2)] == [data, data]


def test_set_l2__not_governance__reverts(system, link):
    data = link.call("set_block_timeout", 30)
    for sender in (system.stranger, system.guardian, system.slasher, system.deployer):
        with ape.reverts("roles: not governance"):
            link.relay.set_l2(data, sender=sender)
    assert link.relay.call_count() == 0


@pytest.mark.parametrize("name", CALLS)
def test_set_l2__beyond_bounds__reverts(link, name):
    """What L2 would refuse would hold up every call after it."""
    floor, ceiling = (LIMITS[f"{CALLS[name]}_{end}"] for end in ("FLOOR", "CEILING"))
    for value in (floor - 1, ceiling + 1, 0, 2**256 - 1):
        with ape.reverts(REASONS[name]):
            store(link, link.call(name, value))
    assert link.relay.call_count() == 0


def test_set_l2__zero_sequencer__reverts(link):
    with ape.reverts("l2_call: zero sequencer"):
        store(link, link.call("set_fallback_sequencer", ZERO))


def test_set_l2__dirty_address__reverts(system, link):
    data = link.call("set_fallback_sequencer", system.stranger)
    with ape.reverts("l2_call: bad address"):
        store(link, data[:15] + b"\x01" + data[16:])


@pytest.mark.parametrize("size", [0, 4, 35])
def test_set_l2__bad_length__reverts(link, size):
    with ape.reverts("l2_call: bad length"):
        store(link, link.call("set_block_timeout", 30)[:size])


@pytest.mark.parametrize(
    "function, arguments",
    [
        ("install_committee", (1, b"\x01" * 32, b"\x02" * 32)),
        ("heartbeat", ()),
        ("apply_call", (1, b"")),
    ],
)
def test_set_l2__other_function__reverts(link, function, arguments):
    data = bytes(getattr(link.set, function).encode_input(*arguments))
    with ape.reverts("l2_call: unknown setter"):
        store(link, data[:36].ljust(36, b"\0"))
