"""CommitteeRelay.call_of"""


def test_call_of_keeps_calls_apart(link):
    calls = [
        link.store("set_block_timeout", 30),
        link.store("set_epoch_length", 500),
        link.store("set_fallback_sequencer", link.system.stranger),
    ]
    assert [bytes(link.relay.call_of(number)) for number in (1, 2, 3)] == calls
    assert len(set(calls)) == len(calls)


def test_call_of_keeps_a_call_that_was_sent(link):
    data = link.store("set_block_timeout", 30)
    link.send_call(1)
    assert bytes(link.relay.call_of(1)) == data


def test_call_of_an_unknown_number_is_empty(link):
    link.store("set_block_timeout", 30)
    for number in (0, 2, 2**256 - 1):
        assert bytes(link.relay.call_of(number)) == b""
