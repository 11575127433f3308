"""Measures what the main calls cost, beside Metis' present contracts: ape run gas [--write]

It measures whole transactions in a steady state, one call each, on Ape's in-process chain: their
gas, and the storage slots that they turn from zero to another value. It fails if a call exceeds its
ceiling or differs from snapshots/gas.json; --write rewrites that file.
"""

import json
import sys
from functools import reduce
from pathlib import Path

import ape
import click
from ape.logging import LogLevel, logger
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
# Before site-packages, where some package has left a folder `tests` of its own.
sys.path.insert(0, str(ROOT))

from seqpool.deployment.compiler import compile_anew  # noqa: E402
from tests.utils.court import Court  # noqa: E402
from tests.utils.epochs import Epochs  # noqa: E402
from tests.utils.isolation import isolated  # noqa: E402
from tests.utils.lst import Lst  # noqa: E402
from tests.utils.parliament import Parliament  # noqa: E402
from tests.utils.system import System  # noqa: E402
from tools import (  # noqa: E402
    fast_ape,
    gas_of_epochs,
    gas_of_governance,
    gas_of_pool,
    gas_of_rewards,
    gas_of_slashing,
    gas_of_worst_cases,
    new_slots,
)
from tools.meter import Cost  # noqa: E402

SNAPSHOTS = ROOT / "snapshots"
CEILINGS = (
    gas_of_pool.CEILINGS
    | gas_of_slashing.CEILINGS
    | gas_of_epochs.CEILINGS
    | gas_of_rewards.CEILINGS
    | gas_of_governance.CEILINGS
    | gas_of_worst_cases.CEILINGS
)
BASELINE = gas_of_pool.BASELINE | gas_of_epochs.BASELINE | gas_of_rewards.BASELINE


def rows(costs: dict[str, Cost], snapshot: dict[str, Cost]) -> tuple[Table, list[str]]:
    """The table, and every ceiling exceeded and difference from the snapshot."""
    baseline = json.loads((SNAPSHOTS / "baseline_gas.json").read_text())
    table = Table(title="Gas of whole transactions")
    table.add_column("call")
    for name in ("ours", "ceiling", "Metis", "ours / Metis", "new slots"):
        table.add_column(name, justify="right")
    faults = []
    for call, (gas, slots) in costs.items():
        ceiling, theirs = CEILINGS.get(call), None
        if call in BASELINE:
            theirs = reduce(dict.__getitem__, BASELINE[call], baseline)
        table.add_row(
            call,
            f"{gas:,}",
            f"{ceiling:,}" if ceiling else "",
            f"{theirs:,}" if theirs else "",
            f"{gas / theirs:.0%}" if theirs else "",
            str(slots),
            style="red" if ceiling and gas > ceiling else None,
        )
        if ceiling and gas > ceiling:
            faults.append(f"{call} costs {gas:,} gas, over its ceiling of {ceiling:,}")
    for call in sorted(costs.keys() | snapshot.keys()):
        if costs.get(call) != snapshot.get(call):
            faults.append(f"{call}: {costs.get(call)}, but {snapshot.get(call)} in the snapshot")
    faults += gas_of_epochs.growth_faults(costs)
    faults += gas_of_governance.execute_faults(costs)
    return table, faults


def to_json(costs: dict[str, Cost]) -> str:
    content = {
        "compiler": "vyper 0.4.3",
        "unit": "gas, whole transaction, steady state",
        "gas": {call: cost.gas for call, cost in costs.items()},
        "new_slots": {call: cost.new_slots for call, cost in costs.items()},
    }
    return json.dumps(content, indent=2) + "\n"


def from_json(text: str) -> dict[str, Cost]:
    content = json.loads(text)
    return {call: Cost(gas, content["new_slots"][call]) for call, gas in content["gas"].items()}


@click.command()
@click.option("--write", is_flag=True, help="Rewrite the snapshot instead of comparing with it.")
def cli(write):
    """Measure gas. Fail if a call exceeds its ceiling or differs from the snapshot."""
    logger.set_level(LogLevel.WARNING)
    fast_ape.install()
    new_slots.install()
    compile_anew(ape.project)
    with ape.networks.ethereum.local.use_provider("test"):
        # A fixed time: the calls' data holds dates, and a zero byte is cheaper than another.
        ape.chain.pending_timestamp = 2_000_000_000
        chain = ape.project, ape.accounts.test_accounts, ape.chain
        with isolated(ape.chain):
            costs = gas_of_epochs.EpochMeter(Epochs(*chain)).measure()
        with isolated(ape.chain):
            costs = gas_of_rewards.RewardMeter(Lst(*chain)).measure() | costs
        with isolated(ape.chain):
            costs = gas_of_governance.GovernanceMeter(Parliament(*chain)).measure() | costs
        with isolated(ape.chain):
            costs = gas_of_slashing.SlashingMeter(Court(*chain)).measure() | costs
        costs = gas_of_pool.PoolMeter(System(*chain)).measure() | costs
        # on a chain of its own
        worst = gas_of_worst_cases.WorstMeter()
        costs |= worst.measure()
    path = SNAPSHOTS / "gas.json"
    if write:
        path.write_text(to_json(costs))
    table, faults = rows(costs, from_json(path.read_text()))
    faults += worst.given_faults()
    Console(width=110).print(table)
    if faults:
        raise click.ClickException("\n  ".join(["gas has changed", *faults]))
