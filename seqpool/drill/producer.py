"""The part of a sequencer's node that produces blocks: python -m seqpool.drill.producer ...

It offers a block whenever the registry names its signer, and takes over with what its watcher has
sent: a commit_epoch, reelect or fallback that makes the next block its own. Its blocks' commitments
are signed by its watcher, which has the key.
"""

import argparse
import json
import sys
import time
from typing import Any

import requests

from seqpool.chain.http_rpc import HttpRpc
from seqpool.chain.jsonrpc import RpcError, RpcFault

_POLL = 0.1  # seconds
# after a refusal: what waits may have to change first
_AGAIN = 0.5
_TIMEOUT = 5


class Producer:
    def __init__(self, arguments: argparse.Namespace):
        self.signer = arguments.signer
        self._node = HttpRpc(arguments.node, _TIMEOUT)
        self._gate, self._set = requests.Session(), arguments.set
        self._offers = f"{arguments.gate}/produce"
        self._block_time, self._named_selector = arguments.block_time, arguments.sequencer_at
        self._selectors = set(arguments.takeover)

    def step(self) -> None:
        """Offers a block if it is this producer's turn."""
        head = self._node.call("eth_getBlockByNumber", "latest", False)
        number, timestamp = int(head["number"], 16) + 1, int(head["timestamp"], 16)
        takeover = None
        if self._named(number) == self.signer.lower():
            if time.time() < timestamp + self._block_time:
                return
        else:
            takeover = self._takeover()
            if takeover is None:
                return
        offer = {"parent": head["hash"], "signer": self.signer, "takeover": takeover}
        answer = self._offer(offer)
        at = round(time.time(), 3)
        if "refused" not in answer:
            print(json.dumps({"at": at, "block": answer["number"]}), flush=True)
        elif answer["refused"] not in ("too soon", "not the head"):
            print(json.dumps({"at": at} | answer), flush=True)
            time.sleep(_AGAIN)

    def _offer(self, offer: dict[str, Any]) -> dict[str, Any]:
        response = self._gate.post(self._offers, json=offer, timeout=_TIMEOUT)
        response.raise_for_status()
        return response.json()

    def _named(self, number: int) -> str | None:
        """Whose block it is as things stand, in lower case; None: nobody's."""
        data = f"{self._named_selector}{number:064x}"
        try:
            answer = self._node.call("eth_call", {"to": self._set, "data": data}, "latest")
        except RpcError:
            return None
        return f"0x{answer[-40:]}"

    def _takeover(self) -> str | None:
        """The transaction that this signer has sent to become the signer of the next block."""
        content = self._node.call("txpool_content")
        for sender, by_nonce in content["pending"].items():
            for sent in by_nonce.values() if sender.lower() == self.signer.lower() else ():
                to, selector = (sent.get("to") or "").lower(), sent["input"][:10]
                if to == self._set.lower() and selector in self._selectors:
                    return sent["hash"]
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("signer", "node", "gate", "set", "sequencer-at"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--block-time", type=float, required=True)
    parser.add_argument("--takeover", nargs="+", required=True, help="selectors")
    producer = Producer(parser.parse_args())
    while True:
        try:
            producer.step()
        except (RpcError, RpcFault, OSError, ValueError) as error:
            print(json.dumps({"error": str(error)}), file=sys.stderr, flush=True)
            time.sleep(_AGAIN)
        time.sleep(_POLL)


if __name__ == "__main__":
    main()
