"""Names for `ape console`: pool, vault, metis, status(), and on local chains the test accounts.

Where the console starts a chain of its own, the suite is deployed there; else it is the one of the
deployment file. Nothing happens before the first of these names is used.
"""


def ape_init_extras():
    import ape

    from seqpool import params
    from seqpool.accounts import NAMES, is_local, named_account
    from seqpool.cli import console
    from seqpool.deployment import default_path, deploy_suite, is_ephemeral, load_suite
    from seqpool.errors import UserError
    from seqpool.pool import View
    from seqpool.tables import Tables

    provider = ape.networks.provider
    ecosystem, network = provider.network.ecosystem.name, provider.network.name
    extras = {"METIS": 10**18}
    if is_local(network):
        extras |= {name: named_account(name) for name in NAMES}
    path = default_path(ecosystem, network)
    try:
        if is_local(network) and is_ephemeral(provider):
            values = params.load_params(params.default_path(ecosystem, network), network)
            suite = deploy_suite(values, named_account("deployer"), provider, ape.project)
        else:
            suite = load_suite(path, provider, ape.project)
    except UserError as error:
        print(f"No suite here: {error}")
        return extras

    def status(id: int | None = None) -> None:
        """Shows the pool, or one sequencer."""
        tables = Tables(View(suite, provider), network)
        console.print(*(tables.pool() if id is None else tables.sequencer(id)), sep="\n")

    return extras | {
        "pool": suite.pool,
        "vault": suite.slash_vault,
        "metis": suite.metis,
        "status": status,
    }
