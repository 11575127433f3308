"""JSON-RPC over HTTP for whoever can wait: scripts, tests and the drill's processes.

The watcher cannot wait: seqpool/watcher/chain/rpc.py is for it.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any

import requests

from seqpool.chain.jsonrpc import HEADERS, Answers, Request, RpcFault, decode, encode

TIMEOUT = 30  # seconds
# Bytes of an answer. A hundred reads of contracts that return all that 5,000,000 gas can pay for
# have 320 MB in hex.
MAX_ANSWER = 2**29
_PART = 2**16


class HttpRpc:
    """A node behind HTTP.

    `timeout` is in seconds: for the connection, and between parts of an answer.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT):
        self._url, self._timeout = url, timeout
        self._session = requests.Session()
        self._next_id = 1

    def __enter__(self) -> "HttpRpc":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def call(self, method: str, *params: Any) -> Any:
        """The result of a request; RpcError if it is refused, RpcFault if the node fails."""
        return self.ask([(method, params)]).only()

    def ask(self, wanted: Sequence[Request]) -> Answers:
        """The answers to some requests in one message; RpcFault if none comes back."""
        first_id = self._next_id
        self._next_id += len(wanted)
        return decode(wanted, first_id, self._post(encode(wanted, first_id)))

    def _post(self, body: bytes) -> bytearray:
        try:
            with self._session.post(
                self._url, data=body, headers=HEADERS, timeout=self._timeout, stream=True
            ) as response:
                # what stands between us and a node may answer in its place, in JSON too
                if not response.ok:
                    raise RpcFault(f"HTTP {response.status_code}")
                answer = bytearray()
                for part in response.iter_content(_PART):
                    answer += part
                    if len(answer) > MAX_ANSWER:
                        raise RpcFault(f"an answer of more than {MAX_ANSWER} bytes")
                return answer
        except requests.RequestException as error:
            # its text may hold the address, and that a key
            raise RpcFault(type(error).__name__) from None


def ask(url: str, method: str, *params: Any, timeout: float = TIMEOUT) -> Any:
    """The result of one request to a node; the errors are those of HttpRpc.call."""
    with HttpRpc(url, timeout) as rpc:
        return rpc.call(method, *params)
