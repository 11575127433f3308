"""Tries a call on behalf of a contract, which has no key and no ETH, and sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import to_canonical_address

from seqpool.chain import ape

if TYPE_CHECKING:
    from ape.api import ProviderAPI
    from ape_test.provider import LocalProvider

GAS = 10_000_000
_ERROR = bytes.fromhex("08c379a0")


def refusal(
    provider: ProviderAPI, sender: str, target: str, data: bytes, block: str = "latest"
) -> str | None:
    """Why a call would revert; None if it would not."""
    if isinstance(provider, ape.LocalProvider):
        return _local_refusal(provider, sender, target, data)
    transaction = provider.network.ecosystem.create_transaction(
        receiver=target, data=data, sender=sender
    )
    try:
        provider.send_call(transaction, block_id=block, skip_trace=True)
    except ape.ContractLogicError as error:
        return str(error.revert_message)
    return None


def _local_refusal(provider: LocalProvider, sender: str, target: str, data: bytes) -> str | None:
    """As the next block would find it. eth-tester itself wants the sender to pay for gas."""
    vm = provider.evm_backend.chain.get_vm()
    snapshot = vm.state.snapshot()
    caller, callee = map(to_canonical_address, (sender, target))
    computation = vm.execute_bytecode(
        origin=caller,
        gas_price=0,
        gas=GAS,
        to=callee,
        sender=caller,
        value=0,
        data=data,
        code=vm.state.get_code(callee),
        code_address=callee,
    )
    vm.state.revert(snapshot)
    if not computation.is_error:
        return None
    (output, *_) = computation.error.args or (b"",)
    if isinstance(output, bytes) and output.startswith(_ERROR):
        try:
            (reason,) = decode(["string"], output[4:])
            return str(reason)
        except DecodingError:
            pass
    return "it reverts without a reason"
