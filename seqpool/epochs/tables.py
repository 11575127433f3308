"""Tables of the SequencerSet, and epochs as a timeline of text."""

from collections.abc import Sequence

from rich.table import Table

from seqpool.chain.accounts import NAMES, account_name, is_local, named_account
from seqpool.deployment.params import format_parameter
from seqpool.epochs.view import Entry, EpochView
from seqpool.protocol.committee import committee_hash, member
from seqpool.units import format_date, format_metis

WIDTH = 60
_OPEN = 2**48 - 1
_MARKS = {"past": "█", "running": "▓", "scheduled": "░", "dropped": "x"}


class EpochTables:
    """Tables of one view."""

    def __init__(self, view: EpochView, network: str):
        self.view, self._is_local = view, is_local(network)
        names = NAMES if self._is_local else ()
        self._names = {named_account(name).address: name for name in names}

    def _name(self, address: str) -> str:
        return account_name(address, self._is_local)

    def short(self, text: str) -> str:
        """Text with names in place of addresses."""
        for address, name in self._names.items():
            text = text.replace(address, name)
        return text

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)

    def summary(self) -> Table:
        view, p = self.view, self.view.parameters
        table = Table(show_header=False, title_justify="left")
        table.title = f"SequencerSet {view.sequencer_set.address}"
        id, epoch = view.present
        present = f"none: a gap; epoch {id} can be committed"
        if epoch is not None:
            end = "the first commit" if epoch.end_block == _OPEN else f"block {epoch.end_block}"
            present = (
                f"{id}, of {self._name(epoch.signer)}, from block {epoch.start_block} to {end}"
            )
        table.add_row("next block", str(view.next_block))
        table.add_row("present epoch", present)
        if view.scheduled is not None:
            signer, start, end = view.scheduled
            scheduled = f"{view.last_epoch}, of {self._name(signer)}, blocks {start} to {end}"
            table.add_row("scheduled epoch", scheduled)
        else:
            table.add_row("scheduled epoch", "none")
        seal = view.committee
        if seal.nonce == 0:
            table.add_row("committee", "none yet")
        else:
            is_empty = seal.committee_hash == committee_hash(seal.nonce, [])
            note = ", which is empty" if is_empty else ""
            installed = f"nonce {seal.nonce}{note}, installed {self._date(seal.installed_at)}"
            table.add_row("committee", installed)
            table.add_row("seed", "0x" + bytes(seal.seed).hex())
        table.add_row("last sign of life", self._date(view.read("alive_at")))
        table.add_row("fallback possible from", self._date(view.fallback_from))
        table.add_row("fallback sequencer", self._name(p.fallback_sequencer))
        for name in ("epoch_length", "block_timeout", "fallback_delay"):
            table.add_row(name, format_parameter(name, getattr(p, name)))
        table.add_row("calls from L1", str(view.read("call_count")))
        table.add_row("relay on L1", view.registry.relay_address)
        return table

    def members(self, words: Sequence[int]) -> Table:
        """The installed committee."""
        table = Table("bit", "signer", title=f"Committee {self.view.committee.nonce}")
        for column in ("power", "share", "replaced"):
            table.add_column(column, justify="right")
        table.add_column("barred")
        people = [member(word) for word in words]
        power = sum(person.power for person in people)
        barred = self.view.barred(words)
        for bit, person in enumerate(people):
            table.add_row(
                str(bit),
                self._name(person.signer),
                f"{format_metis(person.power)} METIS",
                f"{person.power / power:.1%}",
                str(self.view.read("reelections", person.signer)),
                "yes" if person.signer in barred else "no",
            )
        return table

    def history(self, entries: Sequence[Entry]) -> Table:
        table = Table(title="Epochs", title_justify="left")
        table.add_column("epoch", justify="right")
        table.add_column("signer")
        for column in ("from", "to", "blocks"):
            table.add_column(column, justify="right")
        for column in ("state", "how it came", "how it ended"):
            table.add_column(column)
        for entry in entries:
            is_open = entry.end == _OPEN
            table.add_row(
                str(entry.epoch),
                self.short(entry.signer),
                str(entry.start),
                "open" if is_open else str(entry.end),
                "" if is_open else str(entry.end - entry.start + 1),
                entry.state(self.view.next_block),
                self.short(entry.came),
                self.short(entry.ended),
            )
        return table

    def timeline(self, entries: Sequence[Entry]) -> list[str]:
        """A line for each epoch, over the same scale of blocks."""
        next_block = self.view.next_block
        first = min(entry.start for entry in entries)
        ends = [entry.end for entry in entries if entry.end != _OPEN]
        last = max([next_block, *ends])
        scale = min(1.0, WIDTH / (last - first + 1))

        def column(block: int) -> int:
            return int((min(block, last) - first) * scale)

        labels = [f"{entry.epoch:>5} {self.short(entry.signer)[:10]:<10} " for entry in entries]
        width = max(map(len, labels))
        lines = [f"{'block':<{width}}{first}{'':>{max(1, column(last) - 8)}}{last}"]
        for label, entry in zip(labels, entries, strict=True):
            left, right = column(entry.start), column(entry.end)
            length = right - left + 1 if entry.end >= entry.start else 0
            bar = " " * left + _MARKS[entry.state(next_block)] * length
            note = f"  {self.short(entry.ended)}" if entry.ended else ""
            lines.append(f"{label:<{width}}{bar:<{column(last) + 1}}{note}")
        pointer = " " * column(next_block) + "^"
        lines.append(f"{'':<{width}}{pointer} block {next_block} is next")
        lines.append("█ past   ▓ running   ░ scheduled   x never began")
        return lines
