"""A sequencer's node, as far as it produces: python -m seqpool.drill.producer ...

It offers a block whenever the registry names its signer, and takes over with what its watcher has
sent: a commit_epoch, reelect or fallback that makes the next block its own. Its blocks' commitments
are signed by its watcher, which has the key.
"""

import argparse
import json
import sys
import time
import urllib.request
from typing import Any

_POLL = 0.1  # seconds
# after a refusal: what waits may have to change first
_AGAIN = 0.5
_TIMEOUT = 5


def _post(url: str, body: Any) -> Any:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
        return json.load(response)


class Producer:
    def __init__(self, arguments: argparse.Namespace):
        self.signer = arguments.signer
        self._node, self._gate, self._set = arguments.node, arguments.gate, arguments.set
        self._block_time, self._named_selector = arguments.block_time, arguments.sequencer_at
        self._selectors = set(arguments.takeover)

    def ask(self, method: str, *parameters: Any) -> Any:
        """None for a refusal."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return _post(self._node, body).get("result")

    def step(self) -> None:
        """Offers a block if it is this producer's turn."""
        head = self.ask("eth_getBlockByNumber", "latest", False)
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
        answer = _post(f"{self._gate}/produce", offer)
        at = round(time.time(), 3)
        if "refused" not in answer:
            print(json.dumps({"at": at, "block": answer["number"]}), flush=True)
        elif answer["refused"] not in ("too soon", "not the head"):
            print(json.dumps({"at": at} | answer), flush=True)
            time.sleep(_AGAIN)

    def _named(self, number: int) -> str | None:
        data = f"{self._named_selector}{number:064x}"
        answer = self.ask("eth_call", {"to": self._set, "data": data}, "latest")
        return None if answer is None else f"0x{answer[-40:]}"

    def _takeover(self) -> str | None:
        """What this signer has sent to become the next block's."""
        content = self.ask("txpool_content")
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
        except (OSError, ValueError) as error:
            print(json.dumps({"error": str(error)}), file=sys.stderr, flush=True)
            time.sleep(_AGAIN)
        time.sleep(_POLL)


if __name__ == "__main__":
    main()
