"""Anvil nodes of a drill: started, asked, and their state kept as a file."""

import gzip
import json
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from seqpool.drill.processes import Processes
from seqpool.errors import UserError

ACCOUNTS = 60  # as ape-config.yaml has them
STARTUP_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_ports(count: int) -> list[int]:
    """So many different ones."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def ask(url: str, method: str, *parameters: Any, timeout: float = 30) -> Any:
    """A request that waits; UserError for a refusal."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=timeout) as response:
        answer = json.load(response)
    if "error" in answer:
        raise UserError(f"{method}: {answer['error'].get('message')}")
    return answer["result"]


def start_node(processes: Processes, name: str, chain_id: int, *options: object) -> str:
    """The URL of an anvil that answers."""
    port = free_port()
    more = ["--chain-id", chain_id, "--accounts", ACCOUNTS, *options]
    processes.start(name, ["anvil", "--port", str(port), "--silent", *map(str, more)])
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + STARTUP_SECONDS
    while processes.is_up(name) and time.monotonic() < deadline:
        try:
            ask(url, "eth_chainId", timeout=5)
            return url
        except (OSError, ValueError):
            time.sleep(0.05)
    raise UserError(f"{name}: anvil did not start; `make setup` installs it")


def save_state(url: str, path: Path) -> None:
    """Writes what a node has, as `anvil --load-state` takes it."""
    state = bytes.fromhex(ask(url, "anvil_dumpState")[2:])
    path.write_bytes(gzip.decompress(state))
