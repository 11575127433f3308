"""Arguments as ABI words, with numbers in place of addresses and hashes."""

from typing import Any

from eth_abi import encode


def fitted(kind: str, value: Any) -> Any:
    """A value as eth_abi wants it."""
    if kind.endswith("[]"):
        return [fitted(kind[:-2], x) for x in value]
    if kind == "address" and isinstance(value, int):
        return "0x" + value.to_bytes(20, "big").hex()
    if kind == "bytes32" and isinstance(value, int):
        return value.to_bytes(32, "big")
    if kind.startswith("("):
        return tuple(fitted(k, v) for k, v in zip(parts(kind), value, strict=True))
    return value


def parts(kind: str) -> list[str]:
    """Of a tuple's type."""
    found, depth, start = [], 0, 1
    for place, char in enumerate(kind):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        if (depth == 1 and char == ",") or depth == 0:
            found.append(kind[start:place])
            start = place + 1
            if depth == 0 and place:
                break
    return found


def encoded(kinds: list[str], args: tuple) -> bytes:
    return encode(kinds, [fitted(kind, value) for kind, value in zip(kinds, args, strict=True)])
