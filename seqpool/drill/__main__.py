"""Runs faults on a local network of real processes, and says whether it gets over them.

Exits with 1 if a fault is not handled, or if an honest sequencer was slashed. Logs are kept then.
"""

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from seqpool.drill.faults import FAULTS, SHORT
from seqpool.drill.picture import svg
from seqpool.drill.plan import DrillStage, Terms
from seqpool.drill.processes import module
from seqpool.drill.run import run_fault
from seqpool.drill.timeline import FaultOutcome, lines, summary, table
from seqpool.errors import UserError


def say(text: str) -> None:
    print(text, flush=True)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m seqpool.drill", description=__doc__)
    add = parser.add_argument
    add("--fault", action="append", choices=FAULTS, help="only this one; may be repeated")
    add("--short", action="store_true", help=f"only {', '.join(SHORT)}")
    add("--times", type=int, default=1, help="run all of them so many times")
    add("--block-timeout", type=int, default=Terms().block_timeout, help="60 as at launch")
    add("--quiet", type=float, default=5, help="seconds before a fault, to measure idle watchers")
    add("--json", type=Path, help="where to write what happened")
    add("--svg", type=Path, help="where to draw the first run")
    add("--logs", type=Path, help="keep all logs in this folder")
    add("--stage", type=Path, help="go on with the stage of an earlier drill, or leave it there")
    return parser.parse_args()


async def _stage(folder: Path, terms: Terms) -> DrillStage:
    """Deploys the suite, or takes what was deployed before."""
    if not (folder / "stage.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        say("deploys the suite on two chains ...")
        command = module("drill.stage", folder, "--terms", json.dumps(asdict(terms)))
        process = await asyncio.create_subprocess_exec(*command)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        if code:
            raise UserError("there is no suite to drill on")
    stage = DrillStage.read(folder)
    if stage.terms != terms:
        raise UserError(f"{folder}: was made for other terms")
    return stage


async def _run(arguments: argparse.Namespace, folder: Path) -> list[list[FaultOutcome]]:
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    terms = Terms(block_timeout=arguments.block_timeout)
    stage = await _stage((arguments.stage or folder / "stage").resolve(), terms)
    names = arguments.fault or (SHORT if arguments.short else list(FAULTS))
    runs: list[list[FaultOutcome]] = []
    for number in range(1, arguments.times + 1):
        if arguments.times > 1:
            say(f"run {number} of {arguments.times}")
        runs.append([])
        for name in names:
            logs = folder / f"{number}-{name}"
            outcome = await run_fault(name, stage, logs, arguments.quiet)
            if outcome.is_handled and not arguments.logs:
                shutil.rmtree(logs)
            runs[-1].append(outcome)
            say("\n".join(lines(outcome)))
            _write(arguments, runs)
    return runs


def _write(arguments: argparse.Namespace, runs: list[list[FaultOutcome]]) -> None:
    """Writes the results, after each fault: an interrupted drill loses nothing."""
    outcomes = [[x.data() for x in run] for run in runs]
    if arguments.json:
        figures = summary(x for run in outcomes for x in run)
        data = {"figures": figures, "runs": outcomes}
        arguments.json.write_text(json.dumps(data, indent=2) + "\n")
    if arguments.svg:
        arguments.svg.write_text(svg(outcomes[0]))


def main() -> int:
    arguments = _read_arguments()
    folder = Path(tempfile.mkdtemp(prefix="seqpool-drill-"))
    if arguments.logs:
        arguments.logs.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder)
        folder = arguments.logs.resolve()
    is_good = False
    try:
        runs = asyncio.run(_run(arguments, folder))
        is_good = all(x.is_handled for run in runs for x in run)
        if arguments.times > 1:
            say(table(summary(x.data() for run in runs for x in run)))
        say("All faults were handled." if is_good else "NOT all faults were handled.")
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("Interrupted.")
    finally:
        if not is_good:
            say(f"logs: {folder}")
        elif not arguments.logs:
            shutil.rmtree(folder)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
