"""Counts the storage slots that each transaction of Ape's in-process chain turns from zero to
another value.

A node keeps them for ever, and a coming fork prices them five times dearer (EIP-8037). What is zero
again at the end of the transaction is not counted, and neither is transient storage.
"""

from ape.api import ReceiptAPI
from eth.db.account import AccountDB
from eth.vm.base import VM
from eth_utils import to_bytes

_apply = VM.apply_transaction
_set_storage = AccountDB.set_storage
# account and slot => value before the transaction that runs
_written: dict[tuple[bytes, int], int] = {}
_counts: dict[bytes, int] = {}  # hash of a transaction =>


def _note(database: AccountDB, address: bytes, slot: int, value: int) -> None:
    if (address, slot) not in _written:
        _written[address, slot] = database.get_storage(address, slot)
    _set_storage(database, address, slot, value)


def _count(vm: VM, header, transaction):
    # calls, which undo what they do, have written too
    _written.clear()
    result = _apply(vm, header, transaction)
    _counts[transaction.hash] = sum(
        before == 0 and vm.state.get_storage(*place) != 0 for place, before in _written.items()
    )
    return result


def install() -> None:
    """From now on transactions are counted. It changes none of them."""
    VM.apply_transaction = _count
    AccountDB.set_storage = _note


def new_slots(receipt: ReceiptAPI) -> int:
    """How many slots a transaction has turned from zero to another value."""
    return _counts[to_bytes(hexstr=receipt.txn_hash)]
