"""The outcome of a fault with its times: as data, as text, and the figures of many runs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

# Moments in their order, as the time line names them.
FAULT, TIMEOUT, TURN = "fault", "timeout", "turn"
NOTICED, TWO_THIRDS, FIRST_BLOCK = "noticed", "two thirds", "first block"
FALLBACK_DUE, BACK, RECOVERED = "fallback due", "the dead are back", "recovered"
SLASHED = "slash landed"
MEANING = {
    FAULT: "the fault",
    TIMEOUT: "block_timeout has passed since the last block",
    TURN: "the turn of the one who takes over begins",
    NOTICED: "the first watcher has signed",
    TWO_THIRDS: "the first watcher has signatures of two thirds",
    FIRST_BLOCK: "the successor's first block is there",
    FALLBACK_DUE: "fallback_delay has passed since the last sign of life",
    BACK: "those who had failed are started again",
    RECOVERED: "a sequencer produces again",
    SLASHED: "the slash is in a block of L1",
}


@dataclass
class FaultOutcome:
    """The outcome of one fault. Times are unix seconds until they are shown."""

    fault: str
    title: str
    block_timeout: int
    moments: dict[str, float] = field(default_factory=dict)
    round: int = 0
    failed: str = ""
    successor: str = ""
    slashed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    memory_mb: float = 0  # of the largest watcher
    cpu_percent: float = 0  # of one core, of the busiest watcher when idle

    @property
    def is_handled(self) -> bool:
        return not self.problems

    def after(self, moment: str, since: str = TIMEOUT) -> float | None:
        """Seconds from one moment to another; None if one of them did not come."""
        if moment not in self.moments or since not in self.moments:
            return None
        return round(self.moments[moment] - self.moments[since], 2)

    @property
    def _turn(self) -> str:
        names = (FALLBACK_DUE, TURN, TIMEOUT)
        return next(x for x in names if x in self.moments or x == TIMEOUT)

    def data(self) -> dict[str, Any]:
        """In JSON's types: seconds after the fault, and after the timeout."""
        names = sorted(self.moments, key=self.moments.get)
        return asdict(self) | {
            "moments": {name: self.after(name, FAULT) for name in names},
            "after_timeout": {name: self.after(name) for name in names},
            # the turn of a dead successor has to pass first; the fallback has to wait for its date
            "after_turn": {name: self.after(name, self._turn) for name in names},
            "handled": self.is_handled,
        }


def lines(outcome: FaultOutcome) -> list[str]:
    """A time line to read."""
    state = "handled" if outcome.is_handled else "NOT HANDLED"
    found = [f"{outcome.fault}: {outcome.title}: {state}"]
    for name in sorted(outcome.moments, key=outcome.moments.get):
        after_fault, after_timeout = outcome.after(name, FAULT), outcome.after(name)
        relative = "" if after_timeout is None else f"{after_timeout:+9.2f} s"
        found.append(f"  {after_fault:8.2f} s {relative:>11}  {name}: {MEANING[name]}")
    if outcome.successor:
        found.append(
            f"  {outcome.successor} took over from {outcome.failed} in round {outcome.round};"
            f" slashed: {', '.join(outcome.slashed) or 'nobody'}"
        )
    found += [f"  {note}" for note in outcome.notes]
    return found + [f"  PROBLEM: {problem}" for problem in outcome.problems]


# ---------------------------------------------------------------- figures of many runs


def summary(outcomes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Medians and worst cases by fault, in the order in which faults first came."""
    by_fault: dict[str, list[dict[str, Any]]] = {}
    for outcome in outcomes:
        by_fault.setdefault(outcome["fault"], []).append(outcome)
    return [_figures(name, found) for name, found in by_fault.items()]


def _figures(name: str, outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "fault": name,
        "title": outcomes[0]["title"],
        "runs": len(outcomes),
        "handled": sum(x["handled"] for x in outcomes),
        "block_timeout": outcomes[0]["block_timeout"],
        "memory_mb": max(x["memory_mb"] for x in outcomes),
        "cpu_percent": round(median(x["cpu_percent"] for x in outcomes), 2),
    }
    for moment in (NOTICED, TWO_THIRDS, FIRST_BLOCK, RECOVERED, SLASHED):
        since = "after_timeout" if moment == NOTICED else "after_turn"
        times = [x[since].get(moment) for x in outcomes]
        times = [x for x in times if x is not None]
        if times:
            figures[moment] = {"median": round(median(times), 2), "worst": max(times)}
    return figures


def table(figures: Sequence[dict[str, Any]]) -> str:
    """Figures as a document has them, the median and the worst: seconds after the timeout, or
    after the beginning of a turn if others had theirs before, or after the fallback is due."""
    columns = (NOTICED, TWO_THIRDS, FIRST_BLOCK, SLASHED)
    rows = [
        ("fault", "runs", "handled", *columns),
        ("--",) * (3 + len(columns)),
        *(
            (x["title"], str(x["runs"]), str(x["handled"]), *(_cell(x.get(y)) for y in columns))
            for x in figures
        ),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(times: dict[str, float] | None) -> str:
    return "" if times is None else f"{times['median']:.1f} ({times['worst']:.1f})"
