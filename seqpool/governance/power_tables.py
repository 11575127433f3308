"""Tables of powers, for the terminal and for docs/powers.md."""

from collections.abc import Callable, Sequence

from rich.table import Table

from seqpool.chain.accounts import account_name
from seqpool.deployment.suite import Suite, contracts_of
from seqpool.governance.powers import Power

COLUMNS = ("contract", "function", "role", "held by", "takes")


def powers_table(powers: Sequence[Power], name: Callable[[str], str]) -> Table:
    """`name` says an address as people know it."""
    table = Table(*COLUMNS, title="Powers", title_justify="left")
    for row in power_rows(powers, name):
        table.add_row(*row)
    return table


def namer(suite: Suite | None, is_local: bool) -> Callable[[str], str]:
    """What says an address: our contracts and, on local chains, test accounts by their names."""
    contracts = {} if suite is None else contracts_of(suite)
    names = {contract.address: name for name, contract in contracts.items()}
    return lambda address: names.get(address) or account_name(address, is_local)


def power_rows(powers: Sequence[Power], name: Callable[[str], str]) -> list[tuple[str, ...]]:
    return [
        (
            *(power.contract, power.function, power.role),
            ", ".join(map(name, power.holders)) or "nobody",
            power.delay,
        )
        for power in powers
    ]
