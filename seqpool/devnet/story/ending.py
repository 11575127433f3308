"""The last steps: a year later, and where every METIS is."""

from rich.table import Table

from seqpool.chain.accounts import NAMES, named_account
from seqpool.console import console
from seqpool.devnet.cast import Cast
from seqpool.devnet.story.telling import check, step
from seqpool.errors import UserError
from seqpool.pool.view import View
from seqpool.protocol.limits import LIMITS
from seqpool.slashing.actions import SlashingActions
from seqpool.slashing.view import CaseStatus
from seqpool.units import format_metis


def tell(cast: Cast) -> None:
    release(cast)
    balances(cast)


def release(cast: Cast) -> None:
    keeper, treasury, vault = cast.keeper, named_account("treasury"), cast.suite.slash_vault

    def slashing() -> SlashingActions:
        return SlashingActions(View(cast.suite, cast.provider), keeper, is_local=True)

    count = vault.case_count()
    try:
        slashing().release(1)
    except UserError as error:
        early = str(error)
    else:
        raise UserError("a case could be released within its year")
    rest = vault.held()
    cast.wait(LIMITS["SLASH_LOCK"])
    for number in range(1, count + 1):
        slashing().release(number).send(keeper)
        if vault.case_of(number).status != CaseStatus.RELEASED:
            raise UserError(f"case {number} was not released")
    check("the treasury has", cast.metis.balanceOf(treasury), rest)
    check("the SlashVault holds", cast.metis.balanceOf(vault), 0)
    step(
        "A year passes",
        f"Before: {early}.",
        f"Now anyone may release all {count} cases: {format_metis(rest)} METIS reach the treasury.",
    )


def balances(cast: Cast) -> None:
    metis, suite, treasury = cast.metis, cast.suite, named_account("treasury")
    people = [x for x in map(named_account, NAMES) if x != treasury]
    parts = {
        "in wallets": sum(map(metis.balanceOf, people)),
        "in the pool": metis.balanceOf(suite.pool),
        "in the SlashVault": metis.balanceOf(suite.slash_vault),
        "in the RewardDistributor": metis.balanceOf(suite.distributor),
        "in the LST vault": metis.balanceOf(suite.lst),
        "on the way to L2": metis.balanceOf(suite.bridge),
        "in the treasury": metis.balanceOf(treasury),
    }
    if cast.assembly is not None:
        parts["in wallets"] += sum(metis.balanceOf(x.address) for x in cast.assembly.voters)
    supply = metis.totalSupply()
    check("all METIS", sum(parts.values()), supply)
    table = Table("METIS", "", show_header=False)
    table.columns[1].justify = "right"
    for name, amount in parts.items():
        table.add_row(name, format_metis(amount))
    table.add_row("all that there is", format_metis(supply))
    step("Every METIS is accounted for")
    console.print(table)
