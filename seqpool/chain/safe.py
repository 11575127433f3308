"""Batches for the Transaction Builder of a Safe: what a multisig sends in our place."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils import keccak

from seqpool.chain.transactions import Action
from seqpool.files import strict_json

VERSION = "1.0"
# the version of the builder whose format this is
BUILDER = "1.18.2"


@dataclass(frozen=True)
class Multisig:
    """A sender whose keys are not here: only its address is known."""

    address: str


def batch(action: Action, chain_id: int, sender: str, created_at: int) -> dict[str, Any]:
    """An action as the builder reads it; `created_at` is unix seconds."""
    data: dict[str, Any] = {
        "version": VERSION,
        "chainId": str(chain_id),
        "createdAt": created_at * 1_000,
        "meta": {
            "name": action.title,
            "description": "; ".join(f"{name}: {value}" for name, value in action.rows),
            "txBuilderVersion": BUILDER,
            "createdFromSafeAddress": sender,
            "createdFromOwnerAddress": "",
        },
        "transactions": [
            {
                "to": call.contract.address,
                "value": str(call.value),
                "data": "0x" + call.data.hex(),
                "contractMethod": None,
                "contractInputsValues": None,
            }
            for call in action.calls
        ],
    }
    data["meta"]["checksum"] = checksum(data)
    return data


def checksum(data: dict[str, Any]) -> str:
    """What the builder compares: of everything but the batch's name and the checksum itself."""
    meta = {key: value for key, value in data["meta"].items() if key != "checksum"}
    return "0x" + keccak(text=_serialized(data | {"meta": meta | {"name": None}})).hex()


def _serialized(value: object) -> str:
    """The builder's own notation: keys in their order, then the values."""
    if isinstance(value, dict):
        keys = sorted(value)
        return f"{{{_json(keys)}{''.join(f'{_serialized(value[key])},' for key in keys)}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{','.join(map(_serialized, value))}]"
    return _json(value)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write_batch(action: Action, chain_id: int, sender: str, created_at: int, path: Path) -> None:
    strict_json.write_file(path, batch(action, chain_id, sender, created_at))
