"""Names for `ape console`: contracts, status() and staking(); accounts, mine(), wait().

Accounts and time are those of local chains. If the console starts a chain of its own, it deploys
the suite there. Else it takes the suite of the deployment file. Nothing happens before the first of
these names is used. If the suite is on two chains, only the contracts of the connected one have
names.

docs/reelection.md shows a re-election by hand with these names.
"""


def ape_init_extras():
    import ape

    from seqpool.chain.accounts import NAMES, is_local, named_account
    from seqpool.cli.context import Context
    from seqpool.console import console
    from seqpool.deployment import params
    from seqpool.deployment.deployer import deploy_suite
    from seqpool.deployment.deployment_file import is_ephemeral
    from seqpool.devnet.cast import mine, stall, wait
    from seqpool.errors import UserError
    from seqpool.pool.view import View
    from seqpool.staking.tables import StakeTables
    from seqpool.staking.view import StakingView
    from seqpool.upkeep.tables import StatusTables

    context = Context()
    provider, network = context.provider, context.network
    extras = {"METIS": 10**18}
    if is_local(network):
        extras |= {name: named_account(name) for name in NAMES}
        extras |= {
            short_cut.__name__: lambda n, short_cut=short_cut: short_cut(provider, n)
            for short_cut in (mine, wait, stall)
        }
    try:
        if is_local(network) and is_ephemeral(provider):
            ecosystem = provider.network.ecosystem.name
            values = params.load_params(params.default_path(ecosystem, network), network)
            suite = deploy_suite(values, named_account("deployer"), provider, ape.project)
        elif context.is_l2:
            return extras | _epochs(context.registry, context, None)
        else:
            suite = context.suite
    except UserError as error:
        print(f"No suite here: {error}")
        return extras

    def status(id: int | None = None) -> None:
        """Shows pool and epochs, or one sequencer."""
        tables = StatusTables(View(suite, provider), network)
        console.print(*(tables.pool() if id is None else tables.sequencer(id)), sep="\n")

    def staking(who=None) -> None:
        """Shows the LST vault, or the position of an account, of its name or its address."""
        tables = StakeTables(StakingView(View(suite, provider), is_local(network)))
        if who is None:
            console.print(*tables.vault(), sep="\n")
            return
        address = context.address(who) if isinstance(who, str) else who.address
        console.print(*tables.position(address), sep="\n")

    extras |= {
        "pool": suite.pool,
        "registry": suite.committee_registry,
        "vault": suite.slash_vault,
        "staked_metis": suite.lst,
        "metis": suite.metis,
        "messenger": suite.messenger,
        "relay": suite.relay,
        "status": status,
        "staking": staking,
    }
    extras |= {
        name: contract
        for name, contract in (("slasher", suite.slasher), ("distributor", suite.distributor))
        if contract is not None
    }
    if suite.registry is None:
        return extras
    return extras | _epochs(suite.registry, context, suite)


def _epochs(registry, context, suite) -> dict[str, object]:
    """Names for the contracts on L2. Without a suite, the committee is read from L1."""
    from seqpool.cli.members import installed_members
    from seqpool.console import console
    from seqpool.epochs.tables import EpochTables
    from seqpool.epochs.view import EpochView
    from seqpool.pool.view import View
    from seqpool.protocol.certificates import tally
    from seqpool.protocol.messages import Reason, as_struct
    from seqpool.protocol.signatures import sign

    def view() -> EpochView:
        return EpochView(registry, context.provider)

    def members() -> list[int]:
        """The installed committee's words, in its order."""
        now = view()
        if suite is None:
            return installed_members(now, context)
        now.check_committee()
        return View(suite, context.provider).members_of(now.committee.nonce)

    def reelection(reason: Reason = Reason.TIMEOUT):
        """The message that replaces the signer that does not produce the next block."""
        return view().reelection(members(), reason)

    def certify(message, signatures):
        """Makes a certificate of signatures in any order, and names those that do not count."""
        found = tally(message, members(), signatures)
        for dropped in found.dropped:
            print(f"signature {dropped.place + 1}: {dropped.why}")
        return tuple(found.certificate)

    def epochs(last: int = 10) -> None:
        """Shows epochs as a table and as a timeline."""
        now = view()
        tables, entries = EpochTables(now, context.network), now.history(last)
        console.print(tables.history(entries))
        console.print(*tables.timeline(entries), sep="\n", soft_wrap=True)

    return {
        "sequencer_set": registry.sequencer_set,
        "messenger": registry.messenger,
        "members": members,
        "reelection": reelection,
        "sign": lambda message, account: sign(account, message),
        "certify": certify,
        "as_struct": as_struct,
        "epochs": epochs,
        "Reason": Reason,
    }
