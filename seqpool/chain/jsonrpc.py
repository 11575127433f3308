"""JSON-RPC 2.0: what is sent to a node, and what its answer means. No input or output is here.

A node can fail in two ways. It refuses a request (RpcError): it has understood it, and another node
would say the same. Or the node itself is at fault (RpcFault): it does not answer, or what it
answers is not JSON-RPC; another node may do better.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seqpool.files.strict_json import not_too_deep

HEADERS = {"Content-Type": "application/json"}
# Requests in one message: some nodes take no more.
MAX_BATCH = 100
# Characters of a node's own words in a message of ours.
MAX_WORDS = 200

# A method and its parameters.
Request = tuple[str, Sequence[Any]]


class RpcError(Exception):
    """A node's refusal of a request.

    `code`, `message` and `data` are those of JSON-RPC; the first and the last may be None.
    """

    def __init__(self, method: str, error: dict[str, Any]):
        self.code: Any = error.get("code")
        self.message = str(error.get("message"))
        self.data: Any = error.get("data")
        super().__init__(f"{method}: {self.message}")


class RpcFault(Exception):
    """A node does not answer, or answers nonsense."""


@dataclass(frozen=True)
class Answers:
    """What a node has answered to some requests."""

    count: int  # of requests
    # by the place of a request, from 0: its result, or an RpcError
    by_place: dict[int, Any]
    fault: str | None  # what is wrong with the answer as a whole; None: nothing

    def complete(self) -> list[Any]:
        """One answer for each request, in their order; RpcFault if anything is wrong."""
        if self.fault is not None:
            raise RpcFault(self.fault)
        return [self.by_place[place] for place in range(self.count)]

    def only(self) -> Any:
        """The result of a single request; RpcError if it is refused, RpcFault as above."""
        (answer,) = self.complete()
        if isinstance(answer, RpcError):
            raise answer
        return answer


def encode(requests: Sequence[Request], first_id: int) -> bytes:
    """The message with some requests, of which the first has the id, and the others follow.

    A single request is no batch: there are nodes that take none.
    """
    body = [
        {"jsonrpc": "2.0", "id": first_id + place, "method": method, "params": list(params)}
        for place, (method, params) in enumerate(requests)
    ]
    return json.dumps(body[0] if len(body) == 1 else body).encode()


def decode(
    requests: Sequence[Request], first_id: int, body: bytes | bytearray | str, status: int = 200
) -> Answers:
    """What a node's message says to `encode(requests, first_id)`.

    `status` is the message's HTTP status. Nodes differ in how they mark a refusal, so that answers
    count whatever it is; it only explains why there are none.
    """
    try:
        message = parse(body)
    except ValueError:
        return Answers(len(requests), {}, _with_status("no JSON", status))
    by_place: dict[int, Any] = {}
    contested: set[int] = set()
    fault = None
    for answer in message if isinstance(message, list) else [message]:
        place = _place(answer, first_id, len(requests))
        if place is None:
            fault = _words(answer, "an answer to no request")
        elif place in by_place:
            contested.add(place)
            fault = "two answers to one request"
        elif isinstance(answer.get("error"), dict):
            by_place[place] = RpcError(requests[place][0], answer["error"])
        elif answer.get("error") is None and "result" in answer:
            by_place[place] = answer["result"]
        else:
            fault = _words(answer, "neither a result nor an error")
    # which of the two holds, nobody knows
    for place in contested:
        del by_place[place]
    if fault is None and len(by_place) < len(requests):
        fault = "a request without an answer"
    return Answers(len(requests), by_place, fault and _with_status(fault, status))


def parse(text: bytes | bytearray | str) -> Any:
    """JSON of a node; ValueError if it is none, or nests too deep.

    Of a key that an object has twice the last counts: there are nodes that send such objects.
    """
    try:
        with not_too_deep():
            return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def one_line(text: str) -> str:
    """A node's words, short enough for a message of ours."""
    return " ".join(text.split())[:MAX_WORDS]


def _place(answer: Any, first_id: int, count: int) -> int | None:
    """Which request an answer is to; None if to none of them."""
    id = answer.get("id") if isinstance(answer, dict) else None
    # True and 1.0 are equal to 1
    if type(id) is not int or not first_id <= id < first_id + count:
        return None
    return id - first_id


def _words(answer: Any, otherwise: str) -> str:
    """Why an answer is none, in the node's words if it has any: those of a whole batch's error."""
    error = answer.get("error") if isinstance(answer, dict) else None
    words = error.get("message") if isinstance(error, dict) else error
    return one_line(words) if isinstance(words, str) else otherwise


def _with_status(fault: str, status: int) -> str:
    return fault if status < 400 else f"HTTP {status}: {fault}"
