"""How the machine sends, audits and waits."""

from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from seqpool.protocol.limits import LIMITS
from seqpool.units import HOUR
from tests.stateful.chain import STARTED_AT, STARTED_IN, Receipt
from tests.stateful.encoding import keccak_words
from tests.stateful.epochs.chain import (
    DOMAIN,
    FALLBACKS,
    LAUNCH,
    MESSENGER,
    NAMES,
    RELAY,
    STRANGER,
    deployed,
)
from tests.stateful.epochs.model import Correction, Epoch, Epochs, Reelection
from tests.stateful.machine import CHOICE, MOSTLY, OFFSET, Machine, action
from tests.stateful.quorum import Certificate, is_voted, signer_of

SECONDS = st.sampled_from([2, 0, 1, 12, 59, 60, 61, 120, 600, 1_800, HOUR, 2 * HOUR])
BLOCKS = st.sampled_from([1, 2, 3, 9, 10, 11, 20, 25])


def holder(epochs: list[Epoch], block: int) -> int | None:
    """Which epoch a block is in."""
    return next((id for id, x in enumerate(epochs) if x.start <= block <= x.end), None)


def boundaries(epochs: list[Epoch]) -> list[int]:
    return sorted({x + d for epoch in epochs for x in (epoch.start, epoch.end) for d in (-1, 0, 1)})


class Base(Machine):
    """A SequencerSet on its chain, and its model."""

    names = NAMES

    def __init__(self):
        chain, self.messenger, self.set = deployed()
        super().__init__(chain)
        self.model = Epochs(
            messenger=MESSENGER,
            relay=RELAY,
            domain=DOMAIN,
            parameters=LAUNCH,
            fallback_sequencer=FALLBACKS[0],
            clock=(self.chain.now, self.chain.block),
            keccak=keccak_words,
        )
        self.kept: list[tuple] = []  # votes, accepted or not yet given
        self.accepted: set[tuple] = set()  # messages
        self.lively_at = self.model.now  # from events
        self.calls: list[tuple] = []  # of governance, that were applied
        self.is_new = True  # something may have changed since it was compared

    # -------------------------------------------------------- transactions

    def do(self, sender: int, name: str, *args, send: Callable[[], Receipt]) -> bool:
        """Sends a call and checks reason, answer and events against the model's."""
        model, before = self.model, self.model.epochs
        self.model.epochs = list(before)
        answer, reasons = self.expect(model.call, name, sender, *args)
        receipt = send()
        moment = f"{model.block - STARTED_IN:>5} {model.now - STARTED_AT:>7}s"
        self.tell(moment, sender, name, args, receipt)
        if not self.succeeds(receipt, answer, reasons):
            return False
        self.compare_events(((x.name, *x.args) for x in receipt.events), model.events)
        self.check_hands(name, args, before)
        if {x.name for x in receipt.events} & {
            *("EpochCommitted", "EpochReelected", "FallbackTaken", "Heartbeat"),
        }:
            self.lively_at = model.now
        if name in ("reelect", "correct"):
            self.check_vote(*args)
            self.compare_conduct(args[0].failed if name == "reelect" else args[0].signer)
        self.is_new = True
        return True

    def send(self, sender: int, name: str, *args, words: list[int]) -> bool:
        return self.do(sender, name, *args, send=partial(self.set.send, sender, name, *words))

    def send_from_l1(self, sender: int, how: int, name: str, *args, words: list[int]) -> bool:
        """What only the relay may send: as it should be, or (if `how` is 97 or more) not."""
        if how >= 98:  # not through the messenger
            send = partial(self.set.send, sender, name, *words)
            return self.do(sender, name, 0, *args, send=send)
        origin = STRANGER if how == 97 else sender
        data = self.set.calldata(name, *words)
        send = partial(self.messenger.deliver, origin, self.set, data)
        return self.do(MESSENGER, name, origin, *args, send=send)

    def check_hands(self, name: str, args: tuple, before: list[Epoch]):
        """I6: no block that was somebody's becomes another's but by two thirds, by the first
        commit, or by the fallback after its delay; and none that is over."""
        model = self.model
        for block in {model.block, *boundaries(before[-3:]), *boundaries(model.epochs[-3:])}:
            old, new = holder(before, block), holder(model.epochs, block)
            if (old, old and before[old].signer) == (new, new and model.epochs[new].signer):
                continue
            assert block >= model.block, f"block {block} is over"
            if name == "reelect":
                assert self.voted(*args)
            elif name == "fallback":
                late = model.now >= self.lively_at + model.parameters["fallback_delay"]
                hopeless = all(signer_of(x) in model.bars for x in model.installed.members or ())
                assert late or (hopeless and old in (None, 0))
            else:
                assert name == "commit_epoch"
                assert old in (None, 0)

    def voted(self, message: Reelection | Correction, certificate: Certificate) -> bool:
        return is_voted(message, certificate.members, certificate, DOMAIN)

    def check_vote(self, message: Reelection | Correction, certificate: Certificate):
        """I7, over all functions."""
        assert self.voted(message, certificate)
        assert message not in self.accepted
        self.accepted.add(message)

    def wait(self, blocks: int, seconds: int):
        """A block later, at least: within a block, time stands still."""
        self.model.now += seconds
        self.model.block += blocks
        self.chain.now, self.chain.block = self.model.now, self.model.block

    def wait_for(self, block: int):
        if block > self.model.block:
            self.wait(block - self.model.block, 2 * (block - self.model.block))

    # -------------------------------------------------------- start

    @initialize(
        size=st.sampled_from([4, 3, 5, 8, 0]),
        kind=CHOICE,
        later=MOSTLY,
        commit=MOSTLY,
        history=st.sampled_from([0, 0, 3, 6]),
    )
    def begin(self, size, kind, later, commit, history):
        """A committee and some epochs; or a commit in the very first block, or nothing."""
        if later:
            self.wait(3, 6)
        if size:
            kind = self.launch_powers[kind % len(self.launch_powers)]
            self.install_next([size, 0, kind])
            for _ in range(commit and 1 + history):
                self.commit_right()
                self.wait_for(self.model.epochs[-1].start)
            if commit:
                self.wait(1, 2)

    # -------------------------------------------------------- time

    @action(weight=4, blocks=BLOCKS, seconds=SECONDS)
    def time_passes(self, blocks, seconds):
        self.wait(blocks, seconds)

    @action(weight=3, choice=CHOICE, offset=OFFSET)
    def boundary_comes(self, choice, offset):
        """The block before, of, or after the start or end of an epoch."""
        blocks = [x for epoch in self.model.epochs[-2:] for x in epoch[1:]]
        blocks = sorted(x + offset for x in blocks if self.model.block < x + offset < 2**40)
        if blocks:
            self.wait_for(blocks[choice % len(blocks)])

    @action(weight=3, choice=CHOICE, offset=OFFSET, blocks=st.sampled_from([1, 2, 12]))
    def deadline_comes(self, choice, offset, blocks):
        """To the second before, of, or after the fallback's delay or the committee's grace."""
        model = self.model
        dates = [
            model.alive_at + model.parameters["fallback_delay"] + offset,
            model.installed.at + LIMITS["COMMITTEE_GRACE"] + offset,
        ]
        dates = sorted(x for x in dates if x > model.now)
        if dates:
            self.wait(blocks, dates[choice % len(dates)] - model.now)
