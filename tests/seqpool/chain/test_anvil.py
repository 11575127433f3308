"""Nodes of our own: up when they are asked for, gone when they are not."""

import socket
import time
from pathlib import Path

import pytest
import yaml

from seqpool.chain.anvil import TEST_ACCOUNTS, await_node, command, own_chain, running_node, url_of
from seqpool.chain.http_rpc import ask
from seqpool.chain.jsonrpc import RpcFault
from seqpool.chain.ports import check_port, free_port, is_free
from seqpool.errors import UserError

ROOT = Path(__file__).parents[3]


def test_a_port_is_given_once():
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(map(is_free, ports))


def test_a_port_that_is_taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(UserError, match=f"port {port} is taken"):
            check_port(port)
    check_port(port)


def test_test_accounts_are_as_many_as_apes():
    settings = yaml.safe_load((ROOT / "ape-config.yaml").read_text())
    assert settings["test"]["number_of_accounts"] == TEST_ACCOUNTS


def test_options_follow_what_every_node_has():
    assert command(5, "--timestamp", 7) == [
        *("anvil", "--port", "5", "--silent"),
        *("--timestamp", "7"),
    ]


def test_a_node_answers_until_its_block_of_code_ends():
    with running_node(*own_chain(4_242)) as node:
        assert ask(node.url, "eth_chainId") == hex(4_242)
        assert len(ask(node.url, "eth_accounts")) == TEST_ACCOUNTS
        with running_node("--fork-url", node.url) as fork:
            assert ask(fork.url, "eth_chainId") == hex(4_242)
    assert node.process.poll() is not None
    with pytest.raises(RpcFault):
        ask(node.url, "eth_chainId", timeout=1)


def test_a_node_that_ends_at_once_is_an_error():
    with pytest.raises(UserError, match="anvil did not start"), running_node("--no-such-option"):
        pass


def test_a_node_that_is_silent_is_waited_for_and_given_up(monkeypatch):
    monkeypatch.setattr("seqpool.chain.anvil.STARTUP_SECONDS", 0.2)
    begun = time.monotonic()
    with pytest.raises(UserError, match="anvil did not start"):
        await_node(url_of(free_port()), lambda: True)
    assert time.monotonic() - begun >= 0.2


def test_no_anvil_is_an_error(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(UserError, match="there is no anvil: `make setup` installs it"),
        running_node(),
    ):
        pass
