"""What a call on a chain of the state machines would cost as a transaction of its own.

That chain takes all calls for one transaction: what one has read or written is cheaper for the
next. So the call is made once more, on py-evm as Ape's in-process chain is, which starts with
nothing but what the other holds.
"""

import rlp
from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS
from eth.db.account import AccountDB
from eth.db.atomic import AtomicDB
from eth.db.backends.base import BaseDB
from eth.db.cache import CacheDB
from eth.db.journal import JournalDB
from eth.db.storage import AccountStorageDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.state import PragueState
from eth.vm.spoof import SpoofTransaction
from pyrevm import EVM

from tests.stateful.chain import CHAIN_ID, PADDING, Chain, address
from tools.meter import Cost

# more than a transaction may use: what is measured may be too much
GAS = 2**40


class _Storage(BaseDB):
    """The words of an account, by big-endian slot without leading zeros, as RLP."""

    def __init__(self, evm: EVM, owner: str):
        self._evm, self._owner = evm, owner

    def __getitem__(self, key: bytes) -> bytes:
        value = self._evm.storage(self._owner, int.from_bytes(key, "big"))
        return rlp.encode(value) if value else b""

    def _exists(self, key: bytes) -> bool:
        return self[key] != b""

    def __setitem__(self, key: bytes, value: bytes):
        raise TypeError("what a call has written is never stored")

    __delitem__ = __setitem__


class _Accounts(AccountDB):
    """Those of another chain, when they are first asked for."""

    def __init__(self, evm: EVM):
        super().__init__(AtomicDB(), BLANK_ROOT_HASH)
        self._evm = evm
        self.written: set[tuple[bytes, int]] = set()  # account and slot

    def _get_address_store(self, address):
        if address not in self._account_stores:
            store = AccountStorageDB(self._raw_store_db, BLANK_ROOT_HASH, address)
            store._storage_cache = CacheDB(_Storage(self._evm, "0x" + address.hex()))
            store._locked_changes = JournalDB(store._storage_cache)
            store._journal_storage = JournalDB(store._locked_changes)
            self._account_stores[address] = store
        return self._account_stores[address]

    def set_storage(self, address, slot, value):
        self.written.add((address, slot))
        super().set_storage(address, slot, value)

    def new_slots(self) -> int:
        return sum(
            self._evm.storage("0x" + owner.hex(), slot) == 0 != self.get_storage(owner, slot)
            for owner, slot in self.written
        )


def cost_of(chain: Chain, sender: int, to: int, data: bytes) -> tuple[Cost, int]:
    """What a call costs that succeeds, and the gas that its transaction has to be given: what it
    gets back for slots that it clears comes at its end. It changes nothing on the chain.
    """
    context = ExecutionContext(
        coinbase=ZERO_ADDRESS,
        timestamp=chain.now,
        block_number=chain.block,
        difficulty=0,
        mix_hash=bytes(32),
        gas_limit=GAS,
        prev_hashes=(),
        chain_id=CHAIN_ID,
        base_fee_per_gas=0,
        excess_blob_gas=0,
    )
    state = PragueState(AtomicDB(), context, BLANK_ROOT_HASH)
    accounts = state._account_db = _Accounts(chain.evm)
    for owner in chain.contracts:
        code = chain.evm.basic(address(owner)).code[:-PADDING]
        accounts.set_code(owner.to_bytes(20, "big"), code)
    unsigned = PragueVM.create_unsigned_transaction(
        nonce=0, gas_price=0, gas=GAS, to=to.to_bytes(20, "big"), value=0, data=data
    )
    transaction = SpoofTransaction(unsigned, from_=sender.to_bytes(20, "big"))
    state.lock_changes()
    computation = state.apply_transaction(transaction)
    computation.raise_if_error()
    used = PragueVM.finalize_gas_used(transaction, computation)
    needed = GAS - computation.get_gas_remaining() + computation.data_floor_gas
    return Cost(used, accounts.new_slots()), needed
