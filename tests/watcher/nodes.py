"""Anvil nodes for tests, without ape."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from eth_account import Account

# who pays for transactions
RICH = f"{0xA11CE:#066x}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url: str, method: str, *params):
    """A request that waits."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    if "error" in answer:
        raise AssertionError(answer["error"])
    return answer["result"]


def transact(url: str, **fields) -> dict:
    """The receipt of a transaction of an account that the node has."""
    sent = ask(url, "eth_sendTransaction", {"gas": hex(10_000_000)} | fields)
    for _ in range(400):
        if (receipt := ask(url, "eth_getTransactionReceipt", sent)) is not None:
            return receipt
        time.sleep(0.01)
    raise AssertionError("no block has it")


@contextmanager
def anvil(*options: str) -> Iterator[str]:
    """The address of a node that ends with the test."""
    port = free_port()
    node = subprocess.Popen(
        ["anvil", "--port", str(port), "--silent", *options],
        stdin=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(400):
            try:
                ask(url, "eth_chainId")
                break
            except OSError:
                time.sleep(0.05)
        yield url
    finally:
        node.terminate()
        node.wait()


class Key:
    def __init__(self, secret: str = RICH):
        self.account = Account.from_key(secret)
        self.address = self.account.address

    async def sign_transaction(self, fields: dict) -> bytes:
        return bytes(self.account.sign_transaction(fields).raw_transaction)
