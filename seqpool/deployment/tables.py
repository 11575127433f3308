"""A deployment, for the terminal: its plan and its launch values."""

from dataclasses import asdict

from rich.table import Table

from seqpool.deployment.params import ANY, MOCK, NEW, Params, format_parameter
from seqpool.deployment.plan import Step
from seqpool.protocol.addresses import ZERO

# The contract that "new" stands for, by role.
_NEWLY = {"governance": "Timelock", "slasher": "Slasher", "distributor": "RewardDistributor"}


def plan_table(steps: list[Step]) -> Table:
    """The contracts of a plan, and which of them are there."""
    table = Table("contract", "chain", "address", "code", "about gas", "", title="Contracts")
    for step in steps:
        state = "is there" if step.is_done else "to deploy"
        size, gas = f"{step.size:,} bytes", f"{step.gas:,}"
        table.add_row(step.name, str(step.chain_id), step.address, size, gas, state)
    return table


def values_table(values: Params, is_single: bool) -> Table:
    """Launch values; on a single chain both messengers of the bridge are one contract."""
    table = Table("value", "is set to", title="Launch values")
    for name, value in asdict(values.parameters).items():
        table.add_row(name, format_parameter(name, value))
    for name, address in asdict(values.addresses).items():
        if address == MOCK:
            address = "a MockMETIS, deployed with the suite"
        elif address == NEW:
            address = f"a {_NEWLY[name]}, deployed with the suite"
        elif address == ZERO:
            address = "nobody: to be set by governance"
        table.add_row(name, address)
    if values.addresses.governance == NEW:
        for name, value in asdict(values.governance).items():
            shown = format_parameter(name, value) if isinstance(value, int) else value
            shown = ", ".join(shown) if isinstance(shown, tuple) else shown
            table.add_row(f"votes: {name}", shown)
    for name, value in asdict(values.penalties).items():
        table.add_row(f"penalty: {name}", format_parameter(name, value))
    for name, value in asdict(values.l2).items():
        if name.endswith("_messenger") and value == MOCK:
            value = "a LocalMessenger" if is_single else "a mock, deployed with the suite"
        elif name == "chain_id":
            value = "the one that is connected" if value == ANY else str(value)
        elif name != "fallback_sequencer":
            value = format_parameter(name, value) if isinstance(value, int) else value
        table.add_row(f"L2: {name}", value)
    return table
