"""Calls of governance, which come through the relay."""

from functools import partial

from eth_utils import keccak
from hypothesis import strategies as st

from seqpool.units import HOUR
from tests.stateful.encoding import bytes_words
from tests.stateful.epochs.chain import FALLBACKS, LAUNCH, MESSENGER, RELAY, STRANGER
from tests.stateful.machine import CHOICE, action


class Parameters:
    """Right and wrong changes."""

    @action(
        weight=2,
        change=st.sampled_from(
            [
                *(("epoch_length", x) for x in (12, 10, 30, 9, 100_001, 100_000)),
                *(("block_timeout", x) for x in (60, 10, 600, 9, 601)),
                *(("fallback_delay", x) for x in (2 * HOUR, 1_800, 86_400, 1_799, 86_401)),
                *(("fallback_sequencer", x) for x in (*FALLBACKS, *FALLBACKS, 0, 2**160)),
                *((None, 1), ("epoch_length", None), ("fallback_sequencer", 2**255)),
            ]
        ),
        number=st.sampled_from([1, 1, 1, 1, 1, 1, 0, 2]),
        how=CHOICE,
    )
    def apply_call(self, change, number, how):
        setter, value = change
        selector = {
            None: "set_messenger(address)",
            "fallback_sequencer": "set_fallback_sequencer(address)",
        }.get(setter, f"set_{setter}(uint256)")
        data = keccak(text=selector)[:4] + (b"" if value is None else value.to_bytes(32, "big"))
        self.give_call((self.model.call_count + number, setter, value, data), how)

    def give_call(self, call: tuple, how: int = 0):
        number, setter, value, data = call
        words = [number, 64, *bytes_words(data)]
        if self.send_from_l1(RELAY, how, "apply_call", number, setter, value, words=words):
            self.calls.append(call)

    @action(weight=1, when=lambda self: self.calls, choice=CHOICE)
    def apply_call_again(self, choice):
        if self.calls:
            self.give_call(self.calls[choice % len(self.calls)])

    @action(weight=1, by=st.sampled_from([STRANGER, RELAY, MESSENGER, *FALLBACKS]))
    def set_directly(self, by):
        for setter, value in [*LAUNCH.items(), ("fallback_sequencer", STRANGER)]:
            self.do(by, "set_directly", send=partial(self.set.send, by, f"set_{setter}", value))
