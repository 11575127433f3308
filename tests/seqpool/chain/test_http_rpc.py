"""JSON-RPC over HTTP, against a server that answers as a test tells it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from seqpool.chain import http_rpc
from seqpool.chain.http_rpc import HttpRpc, ask
from seqpool.chain.jsonrpc import RpcError, RpcFault
from seqpool.chain.ports import free_port


class Server:
    """Answers with the parameters of a request, unless a test says otherwise."""

    def __init__(self):
        self.status, self.body, self.requests, self.types = 200, None, [], []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["content-length"]))
                request = json.loads(text)
                server.requests.append(request)
                server.types.append(self.headers["content-type"])
                many = request if isinstance(request, list) else [request]
                answers = [{"id": x["id"], "result": x["params"]} for x in many]
                self.send_response(server.status)
                self.end_headers()
                self.wfile.write(server.body or json.dumps(answers).encode())

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/secret"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


def test_requests_are_answered_in_their_order(server):
    with HttpRpc(server.url) as rpc:
        assert rpc.call("one", 1, "a") == [1, "a"]
        assert rpc.ask([("two", [2]), ("three", [3])]).complete() == [[2], [3]]
    first, (second, third) = server.requests
    # never an id twice
    assert len({x["id"] for x in (first, second, third)}) == 3
    assert set(server.types) == {"application/json"}


def test_a_refusal_is_raised(server):
    server.body = b'{"id": 1, "error": {"code": 3, "message": "reverted"}}'
    with pytest.raises(RpcError, match="eth_x: reverted"):
        ask(server.url, "eth_x")


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        # by the word of a gateway no request was answered
        (503, b'{"id": 1, "error": {"code": 3, "message": "reverted"}}', "HTTP 503"),
        (429, None, "HTTP 429"),
        (200, b"<html>", "no JSON"),
        (200, b"[]", "a request without an answer"),
    ],
)
def test_a_fault_is_raised(server, status, body, why):
    server.status, server.body = status, body
    with pytest.raises(RpcFault, match=why):
        ask(server.url, "eth_x")


def test_an_answer_that_is_too_long_is_a_fault(server, monkeypatch):
    monkeypatch.setattr(http_rpc, "MAX_ANSWER", 2**17)
    server.body = json.dumps({"id": 1, "result": "0" * 2**18}).encode()
    with pytest.raises(RpcFault, match="more than 131072 bytes"):
        ask(server.url, "eth_x")


def test_nobody_there_is_a_fault_that_shows_no_address():
    with pytest.raises(RpcFault) as fault:
        ask(f"http://127.0.0.1:{free_port()}/secret", "eth_x")
    assert str(fault.value) == "ConnectionError"
