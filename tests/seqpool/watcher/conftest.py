"""A real SequencerSet on a real node, without ape."""

import pytest
from eth_abi import encode

from seqpool.chain.anvil import running_node
from seqpool.chain.http_rpc import ask
from tests.seqpool.watcher.nodes import Key, transact
from tests.seqpool.watcher.registry import DELAY, FALLBACK, LENGTH, MESSENGER, RELAY, TIMEOUT


@pytest.fixture(scope="session")
def bytecode() -> bytes:
    # here, for the compiler is large, and most tests need none
    from vyper.compiler.settings import anchor_settings

    from tools.contracts import CONTRACTS, compile_file

    compiled = compile_file(CONTRACTS / "SequencerSet.vy")
    with anchor_settings(compiled.settings):
        return compiled.bytecode


@pytest.fixture(scope="module")
def node(bytecode):
    """A chain with a SequencerSet, and its place."""
    with running_node() as node:
        url = node.url
        # a messenger that always says that the relay has sent it
        ask(url, "anvil_setCode", MESSENGER, f"0x73{RELAY[2:]}5f5260205ff3")
        ask(url, "anvil_setBalance", MESSENGER, hex(10**20))
        ask(url, "anvil_setBalance", Key().address, hex(10**24))
        ask(url, "anvil_impersonateAccount", MESSENGER)
        arguments = encode(
            ["address", "address", "(uint256,uint256,uint256,address)"],
            [MESSENGER, RELAY, (LENGTH, TIMEOUT, DELAY, FALLBACK)],
        )
        data = "0x" + (bytecode + arguments).hex()
        place = transact(url, **{"from": MESSENGER, "data": data})["contractAddress"]
        yield url, place


@pytest.fixture
def chain(node):
    """The same in its first state; what a test does to it is undone."""
    url = node[0]
    snapshot = ask(url, "evm_snapshot")
    yield node
    ask(url, "evm_revert", snapshot)
