"""Calls of governance from L1 to L2, as bytes and as people read them."""

from eth_abi import decode, encode
from eth_utils import function_signature_to_4byte_selector

# Gas on L2: an installation costs 130,000 there, and Metis' bridge takes no less than 200,000.
GAS_LIMIT = 300_000
SETTERS = {
    name: (function_signature_to_4byte_selector(f"{name}({kind})"), kind)
    for name, kind in {
        "set_epoch_length": "uint256",
        "set_block_timeout": "uint256",
        "set_fallback_delay": "uint256",
        "set_fallback_sequencer": "address",
    }.items()
}


def l2_call(setter: str, value: int | str) -> bytes:
    """The data of CommitteeRelay.set_l2."""
    selector, kind = SETTERS[setter]
    return selector + encode([kind], [value])


def shown_call(data: bytes) -> str:
    """A stored call as people read it."""
    for name, (selector, kind) in SETTERS.items():
        if data[:4] == selector:
            return f"{name}({decode([kind], data[4:])[0]})"
    return "0x" + data.hex()
