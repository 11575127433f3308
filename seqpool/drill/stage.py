"""Deploys the suite on two chains and keeps both as files: python -m seqpool.drill.stage FOLDER

This is the only part of the drill that needs ape. L2's blocks have times of hours ago, so that the
drill can choose when its first epoch was committed.
"""

import argparse
import json
import signal
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from eth_account import Account

from seqpool.chain import ape
from seqpool.chain.accounts import named_account
from seqpool.deployment import params
from seqpool.deployment.compiler import compile_anew
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import CARRIER, Journal
from seqpool.deployment.suite import load_registry, load_suite
from seqpool.deployment.target import Side
from seqpool.devnet.cast import Cast
from seqpool.devnet.message_carrier import open_carrier
from seqpool.drill.chains import save_state, start_node
from seqpool.drill.plan import (
    FALLBACK,
    L1_CHAIN_ID,
    L2_CHAIN_ID,
    PASSWORD,
    STAKE,
    WATCHERS,
    DrillStage,
    Person,
    Terms,
)
from seqpool.drill.processes import Processes
from seqpool.errors import UserError
from seqpool.units import HOUR, METIS

# The key of a test account needs no slow scrypt.
_SCRYPT_N = 2


def _person(folder: Path, name: str) -> Person:
    account = named_account(name)
    path = folder / f"key-{name}.json"
    keystore = Account.encrypt(account.private_key, PASSWORD, kdf="scrypt", iterations=_SCRYPT_N)
    path.write_text(json.dumps(keystore))
    path.chmod(0o600)
    return Person(name, account.address, path.name)


def build(folder: Path, terms: Terms) -> DrillStage:
    """A stage in a folder."""
    processes = Processes(folder / "logs")
    try:
        compile_anew(ape.project)
        ago = int(time.time()) - 6 * HOUR
        l1_url = start_node(processes, "l1", L1_CHAIN_ID)
        l2_url = start_node(processes, "l2", L2_CHAIN_ID, "--timestamp", ago)
        return _build(folder, terms, l1_url, l2_url)
    finally:
        processes.end()


def _build(folder: Path, terms: Terms, l1_url: str, l2_url: str) -> DrillStage:
    l1, l2 = f"ethereum:devnet:{l1_url}", f"ethereum:devnet2:{l2_url}"
    l1_path, l2_path = folder / "l1.json", folder / "l2.json"

    def on_l1():
        return ape.networks.parse_network_choice(l1)

    def on_l2():
        return ape.networks.parse_network_choice(l2)

    values = params.load_params(params.default_path("ethereum", "devnet"), "devnet")
    wanted = {k: v for k, v in asdict(terms).items() if hasattr(values.l2, k)}
    values = replace(values, l2=replace(values.l2, **wanted))
    with on_l1() as provider:
        with on_l2() as far:
            side = Side(far, Journal.open(l2_path, far), on_l2)
        journal = Journal.open(l1_path, provider)
        Deployer(values, named_account("deployer"), journal, provider, ape.project, l2=side).run()
    with on_l2() as provider:
        registry = load_registry(l2_path, provider, ape.project)
    with on_l1() as provider:
        suite = load_suite(l1_path, provider, ape.project)
        cast = Cast(suite, provider)
        owners = [named_account(f"owner{n}") for n in range(1, WATCHERS + 1)]
        cast.fund(*owners)
        cast.approve(*owners)
        for n, owner in enumerate(owners, 1):
            cast.lock(owner, named_account(f"signer{n}"), STAKE * METIS)
        cast.checkpoint_and_seal()
        cast.relay()
        members = cast.members()
    open_carrier(l1, l2, l1_path, l2_path).carry(suite.from_block, lambda line: None)
    with on_l2():
        nonce = registry.sequencer_set.committee().nonce
    if nonce != 1:
        raise UserError("the committee has not arrived on L2")
    save_state(l1_url, folder / "l1.state")
    save_state(l2_url, folder / "l2.state")
    stage = DrillStage(
        folder=folder,
        terms=terms,
        sequencers=tuple(_person(folder, f"signer{n}") for n in range(1, WATCHERS + 1)),
        fallback=_person(folder, FALLBACK),
        l1_messenger=suite.messenger.address,
        l2_messenger=registry.messenger.address,
        carrier=named_account(CARRIER).address,
        keeper=named_account("keeper").address,
        members=tuple(members),
    )
    stage.save()
    return stage


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--terms", type=json.loads, default={}, help="JSON")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        ape.logger.set_level(ape.LogLevel.WARNING)
        build(arguments.folder.resolve(), Terms(**arguments.terms))
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
