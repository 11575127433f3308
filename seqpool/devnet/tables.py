"""A devnet, for the terminal: its contracts and its test accounts."""

from rich.table import Table

from seqpool.chain.accounts import NAMES, named_account
from seqpool.deployment.suite import Suite, contracts_of
from seqpool.units import format_metis


def people_tables(suite: Suite) -> list[Table]:
    """The addresses of contracts and accounts, with METIS and sequencer."""
    contracts = Table("contract", "address", title="Contracts", title_justify="left")
    for name, contract in {
        "metis": suite.metis,
        **contracts_of(suite),
        "messenger": suite.messenger,
        "bridge": suite.bridge,
    }.items():
        contracts.add_row(name, contract.address)
    table = Table("name", "account", "address", "METIS", "sequencer", title_justify="left")
    table.title = "Accounts"
    for number, name in enumerate(NAMES):
        address = named_account(name).address
        id = suite.pool.admission(address)[0] or suite.pool.signer_of_record(address)[0]
        balance = suite.metis.balanceOf(address)
        table.add_row(
            name,
            f"TEST::{number}",
            address,
            format_metis(balance) if balance else "",
            str(id) if id else "",
        )
    return [contracts, table]
