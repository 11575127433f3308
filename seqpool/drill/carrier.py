"""The bridge: brings each message from L1 to L2, once: python -m seqpool.drill.carrier ..."""

import argparse
import json
import time
from pathlib import Path

from eth_abi import decode, encode
from eth_utils import keccak

from seqpool.chain.http_rpc import HttpRpc
from seqpool.chain.jsonrpc import RpcError, RpcFault
from seqpool.drill.plan import DrillStage

_SENT = keccak(text="SentMessage(address,address,bytes,uint256,uint256,uint256)")
_RELAY = keccak(text="relayMessage(address,address,bytes,uint256)")[:4]
_FIELDS = ("address", "bytes", "uint256", "uint256", "uint256")
_POLL = 1  # seconds
_GAS = 1_000_000


class Bridge:
    def __init__(self, stage: DrillStage, l1: str, l2: str):
        self._stage, self._l1, self._l2 = stage, HttpRpc(l1), HttpRpc(l2)
        # what was sent before is there
        self._next = int(self._l1.call("eth_blockNumber"), 16) + 1

    def carry(self) -> None:
        """Carries the messages that have come since the last time."""
        last = int(self._l1.call("eth_blockNumber"), 16)
        if last < self._next:
            return
        wanted = {
            "address": self._stage.l1_messenger,
            "topics": ["0x" + _SENT.hex()],
            "fromBlock": hex(self._next),
            "toBlock": hex(last),
        }
        for log in self._l1.call("eth_getLogs", wanted):
            target = "0x" + log["topics"][1][-40:]
            values = decode(_FIELDS, bytes.fromhex(log["data"][2:]))
            sender, message, number = values[:3]
            arguments = encode(
                ("address", "address", "bytes", "uint256"), (target, sender, message, number)
            )
            call = {
                "from": self._stage.carrier,
                "to": self._stage.l2_messenger,
                "data": "0x" + (_RELAY + arguments).hex(),
                "gas": hex(_GAS),
            }
            sent = self._l2.call("eth_sendTransaction", call)
            line = {"at": round(time.time(), 3), "message": number, "transaction": sent}
            print(json.dumps(line), flush=True)
        self._next = last + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", type=Path, required=True)
    parser.add_argument("--l1", required=True)
    parser.add_argument("--l2", required=True)
    arguments = parser.parse_args()
    bridge = Bridge(DrillStage.read(arguments.stage), arguments.l1, arguments.l2)
    while True:
        try:
            bridge.carry()
        except (RpcError, RpcFault) as error:
            print(json.dumps({"error": str(error)}), flush=True)
        time.sleep(_POLL)


if __name__ == "__main__":
    main()
