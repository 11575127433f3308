"""What the main calls of the SequencerSet cost."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track

from seqpool.protocol.certificates import Certificate
from seqpool.protocol.messages import Reason
from tests.utils.epochs import METIS, TERMS, Committee, Epochs
from tests.utils.isolation import isolated
from tools.gas_of_pool import COMMITTEES
from tools.meter import Cost, Meter

HISTORY = (10, 100, 500, 1_000)
# gas of a look-up, for each doubling of history
GROWTH = 3_000


def two_thirds(members: int) -> int:
    """How many of so many equal members are needed."""
    return -(-2 * members // 3)


# call => ceiling in gas
CEILINGS = (
    {"commit_epoch, 20 members": 95_000, "commit_epoch, 100 members": 150_000}
    | {
        f"reelect, {two_thirds(n)} of {n} sign": 105_000 + 5_000 * two_thirds(n) + 750 * n
        for n in COMMITTEES
    }
    | {
        "sequencer_at, present epoch": 36_000,
        "sequencer_at, scheduled epoch": 36_000,
        "sequencer_at, oldest of 1,000 epochs": 65_000,
    }
)

# call => where it is in baseline_gas.json
_LOOK_UP = "epoch by block number, oldest epoch, by number of epochs"
BASELINE = (
    {f"commit_epoch, {n} members": ("epochs", "commit (one trusted key)") for n in COMMITTEES}
    | {
        f"reelect, {two_thirds(n)} of {n} sign": (
            "epochs",
            "re-elect, running epoch cut (one trusted key)",
        )
        for n in COMMITTEES
    }
    | {
        f"sequencer_at, oldest of {n:,} epochs": ("epochs", _LOOK_UP, str(n))
        for n in HISTORY
        if n != 500
    }
)


def growth_faults(costs: dict[str, Cost]) -> Iterator[str]:
    """What is wrong with how a look-up grows with history."""
    half, whole = (costs[f"sequencer_at, oldest of {n:,} epochs"].gas for n in HISTORY[-2:])
    if whole - half >= GROWTH:
        yield f"sequencer_at costs {whole - half:,} gas more with {HISTORY[-1]:,} epochs than half"


@dataclass
class EpochMeter(Meter):
    """Drives a SequencerSet through all calls and notes what they cost."""

    epochs: Epochs

    def measure(self) -> dict[str, Cost]:
        for count in track(COMMITTEES, "committees of L2", console=Console()):
            with isolated(self.epochs.chain):
                self.votes(count)
        with isolated(self.epochs.chain):
            self.rest()
        with isolated(self.epochs.chain):
            self.history()
        return self.costs

    def certified(self, message) -> Certificate:
        """Signed by as few as needed: the last in the list, whom each loop reaches last."""
        committee = self.epochs.committee
        count = len(committee.keys)
        return committee.certify(message, range(count - two_thirds(count), count))

    def votes(self, count: int):
        """Commit and re-election with so many members, and a successor whose slot is new."""
        epochs = self.epochs
        epochs.committee = Committee([20_000 * METIS] * count)
        epochs.begin()
        self.note(f"commit_epoch, {count} members", epochs.commit())
        for round in (1, 2, 3):
            # past the scheduled epoch, so that the successor's is written to a slot of its own
            epochs.mine_to(epochs.epoch(epochs.set.last_epoch()).start_block)
            epochs.stall(round)
            message = epochs.reelection(round)
            receipt = epochs.reelect(message, self.certified(message))
            if round == 1:
                name = f"reelect, {two_thirds(count)} of {count} sign"
            else:
                name = f"reelect in round {round}, {two_thirds(count)} of {count} sign"
            self.note(name, receipt)
            epochs.commit()
        epochs.stall(1)
        message = epochs.reelection(1)
        receipt = epochs.reelect(message, self.certified(message))
        self.note(
            f"reelect, a scheduled epoch dropped, {two_thirds(count)} of {count} sign", receipt
        )
        message = epochs.reelection(1, reason=Reason.INVALID_EXECUTION)
        epochs.reelect(message, self.certified(message))
        correction = epochs.correction(message.failed)
        receipt = epochs.correct(correction, self.certified(correction))
        self.note(f"correct, {two_thirds(count)} of {count} sign", receipt)

    def rest(self):
        epochs = self.epochs
        epochs.committee = Committee()
        epochs.begin()
        for nonce in (2, 3):
            epochs.committee = Committee(nonce=nonce)
            self.note("install_committee, through the LocalMessenger", epochs.install())
        for value in (200, 300):
            receipt = epochs.apply("set_epoch_length", value)
        self.note("apply_call, through the LocalMessenger", receipt)
        self.note("heartbeat", epochs.set.heartbeat(sender=epochs.stranger))
        epochs.at(epochs.now + TERMS["fallback_delay"] + 1)
        self.note("fallback", epochs.set.fallback(sender=epochs.fallback_sequencer))
        epochs.commit()
        ask = epochs.set.sequencer_at.transact
        self.note("sequencer_at, present epoch", ask(epochs.head, sender=epochs.stranger))
        scheduled = epochs.epoch(epochs.set.last_epoch()).start_block
        self.note("sequencer_at, scheduled epoch", ask(scheduled, sender=epochs.stranger))

    def history(self):
        """Makes epochs the quickest way: two fallback sequencers take them from one another."""
        epochs = self.epochs
        ask = epochs.set.sequencer_at.transact
        oldest = epochs.epoch(0).start_block
        for count in track(range(2, max(HISTORY) + 1), "history of L2", console=Console()):
            sender = (epochs.fallback_sequencer, epochs.stranger)[1 - count % 2]
            epochs.apply("set_fallback_sequencer", sender)
            epochs.chain.pending_timestamp += TERMS["fallback_delay"]
            epochs.set.fallback(sender=sender)
            if count in HISTORY:
                receipt = ask(oldest, sender=epochs.stranger)
                self.note(f"sequencer_at, oldest of {count:,} epochs", receipt)
