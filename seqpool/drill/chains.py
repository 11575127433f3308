"""Anvil nodes of a drill: processes among its others, whose state is kept as a file."""

import gzip
from pathlib import Path

from seqpool.chain import anvil
from seqpool.chain.http_rpc import ask
from seqpool.chain.ports import free_port
from seqpool.drill.processes import Processes
from seqpool.errors import UserError


def start_node(processes: Processes, name: str, chain_id: int, *options: object) -> str:
    """The URL of a node that answers."""
    port = free_port()
    processes.start(name, anvil.command(port, *anvil.own_chain(chain_id), *options))
    try:
        anvil.await_node(anvil.url_of(port), lambda: processes.is_up(name))
    except UserError as error:
        raise UserError(f"{name}: {error}; its log is {processes.log(name)}") from None
    return anvil.url_of(port)


def save_state(url: str, path: Path) -> None:
    """Writes what a node has, as `anvil --load-state` takes it."""
    state = bytes.fromhex(ask(url, "anvil_dumpState")[2:])
    path.write_bytes(gzip.decompress(state))
