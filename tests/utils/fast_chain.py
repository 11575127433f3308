"""eth-tester's chain without work that it does again and again: half the time of a test.

No result changes. What does not depend on the provider is in tools/fast_ape.py.
"""

from functools import lru_cache

from ape.logging import logger
from ape_ethereum import provider as ethereum
from ape_test.provider import LocalProvider
from eth.vm.forks.prague import PragueVM
from eth_hash.auto import keccak
from eth_hash.utils import auto_choose_backend
from eth_pydantic_types import HexBytes
from eth_tester import EthereumTester
from eth_tester.backends.pyevm import PyEVMBackend
from eth_tester.backends.pyevm import main as backend
from eth_tester.exceptions import TransactionFailed, ValidationError
from eth_utils import to_canonical_address, to_hex
from trie import hexary
from trie.utils import nibbles, nodes

LATEST = ("latest", "safe", "finalized")

_block_at = backend._get_block_by_number
_vm_at = backend._get_vm_for_block_number
_revert_to = PyEVMBackend.revert_to_snapshot
_decode_node = nodes.decode_node
_send_call = LocalProvider.send_call
_get_block = LocalProvider.get_block
_set_timestamp = LocalProvider.set_timestamp

# ---------------------------------------------------------------- hashes and tries

_keccak_of_bytes = lru_cache(100_000)(auto_choose_backend().keccak256)


def _keccak(preimage: bytes | bytearray) -> bytes:
    """Addresses are hashed again and again, for their checksums, and so are names of events."""
    return _keccak_of_bytes(bytes(preimage))


# the nibble of a hexadecimal digit
DIGITS = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))


def _nibbles(value: bytes) -> tuple[int, ...]:
    return tuple(value.hex().encode().translate(DIGITS))


@lru_cache(100_000)
def _flat_node(encoded: bytes) -> tuple[bytes, ...] | None:
    """What a node of a trie holds; None if it holds other nodes."""
    node = _decode_node(encoded)
    return tuple(node) if all(isinstance(item, bytes) for item in node) else None


def _node(encoded: bytes | list) -> bytes | list:
    """Nodes are found by their hashes, so what is read once stays true. py-evm decodes all that lie
    on the way to a value, at each access: ethereum/py-evm#1123."""
    if not isinstance(encoded, bytes) or not encoded:
        return _decode_node(encoded)
    items = _flat_node(encoded)
    # a list of its own, since the trie writes into it
    return _decode_node(encoded) if items is None else [*items]


# ---------------------------------------------------------------- blocks and states


def _block(chain, number):
    """py-evm reads the latest block anew, with its transactions, at each question."""
    if number not in LATEST or chain.header.block_number == 0:
        return _block_at(chain, number)
    hash = chain.header.parent_hash
    known = getattr(chain, "_latest_block", None)
    if known is None or known.hash != hash:
        chain._latest_block = known = chain.get_block_by_hash(hash)
    return known


def _vm(chain, number):
    """The state of the latest block. It serves all questions until there is another block: a call
    undoes what it does."""
    if number not in LATEST or chain.header.block_number == 0:
        return _vm_at(chain, number)
    hash = chain.header.parent_hash
    known = getattr(chain, "_latest_vm", None)
    if known is None or known[0] != hash:
        vm = chain.get_vm(at_header=_block(chain, number).header)
        chain._latest_vm = known = hash, vm
    return known[1]


def _no_system_contracts(state) -> None:
    """For each state that it makes, py-evm asks whether two contracts of the fork have their code,
    and sets the code if they do."""


def _revert(chain_backend, snapshot: bytes) -> None:
    """eth-tester goes back by importing the block of the snapshot a second time, which runs all its
    transactions: ApeWorX/eth-tester#54. They have been run."""
    chain = chain_backend.chain
    header = chain.get_block_header_by_hash(snapshot)
    if header.block_number == 0:
        _revert_to(chain_backend, snapshot)
        return
    chaindb = chain.chaindb
    chaindb._set_as_canonical_chain_head(chaindb.db, header, backend.GENESIS_PARENT_HASH)
    chain.header = chain.ensure_header()


def _mine_blocks(tester: EthereumTester, count: int = 1, coinbase: str = "") -> list[str]:
    """eth-tester reads each block that it has mined for filters, which nobody sets here."""
    if not tester.auto_mine_transactions:
        tester._pop_pending_transactions_to_pending_block()
    return [to_hex(hash) for hash in tester.backend.mine_blocks(count)]


# ---------------------------------------------------------------- Ape's provider


def _say_confirmed(transaction, receipt) -> None:
    """Before it says so, Ape reads the code of what was called, to print its debug logs if it is a
    contract."""
    logger.info(f"Confirmed {receipt.txn_hash} (total fees paid = {receipt.total_fees_paid})")


def _base_fees(chain) -> int:
    """What a call has to offer: enough for the latest block and for the next."""
    latest = _block(chain, "latest").header
    return max(latest.base_fee_per_gas, chain.header.base_fee_per_gas)


def _call(provider, transaction, block_id=None, state=None, **options):
    """Straight to the chain, past web3's and eth-tester's checks and conversions of the same
    fields. A call that fails is made again with them, and so raises what it always raises."""
    if block_id not in (None, *LATEST) or state or options.get("state_override"):
        return _send_call(provider, transaction, block_id, state, **options)
    chain_backend = provider.evm_backend
    fields = {
        "from": (
            to_canonical_address(transaction.sender)
            if transaction.sender
            else chain_backend.account_keys[0].public_key.to_canonical_address()
        ),
        "to": to_canonical_address(transaction.receiver) if transaction.receiver else b"",
        "data": bytes(transaction.data),
        "value": transaction.value or 0,
        "max_fee_per_gas": _base_fees(chain_backend.chain),
        "max_priority_fee_per_gas": 0,
    }
    try:
        return HexBytes(chain_backend.call(fields, "latest"))
    except (TransactionFailed, ValidationError):
        return _send_call(provider, transaction, block_id, state, **options)


def _block_of(provider, block_id):
    """The same for the two blocks that tests ask for all the time."""
    if block_id == "latest":
        return provider._get_latest_block()
    if block_id == "pending":
        data = provider.evm_backend.get_block_by_number("pending", False)
        return provider.network.ecosystem.decode_block(data)
    return _get_block(provider, block_id)


def _base_fee(provider) -> int:
    return provider.evm_backend.chain.header.base_fee_per_gas


def _travel(provider, timestamp: int) -> None:
    if timestamp != provider.evm_backend.chain.header.timestamp:
        _set_timestamp(provider, timestamp)


def install() -> None:
    keccak.hasher = _keccak
    hexary.decode_node = _node
    hexary.bytes_to_nibbles = _nibbles
    nodes.decode_nibbles = lru_cache(100_000)(nibbles.decode_nibbles)
    backend._get_block_by_number = _block
    backend._get_vm_for_block_number = _vm
    PragueVM._state_class.set_system_contracts = _no_system_contracts
    PyEVMBackend.revert_to_snapshot = _revert
    EthereumTester.mine_blocks = _mine_blocks
    LocalProvider.send_call = _call
    LocalProvider.get_block = _block_of
    LocalProvider._get_last_base_fee = _base_fee
    LocalProvider.set_timestamp = _travel
    ethereum._post_send_transaction = _say_confirmed
