"""eth-tester looks for a transaction in all blocks, one by one, for every receipt: a search for
events takes the square of the chain's length. Here it is told where to look, which is minutes of
each run."""

from eth.exceptions import HeaderNotFound
from eth.exceptions import TransactionNotFound as NotIndexed
from eth_tester.backends.pyevm import main as backend

_by_search = backend._get_transaction_by_hash


def _by_index(chain, transaction_hash: bytes):
    """Block, transaction, and its place; what is not where the index says, as after a revert or
    before it is mined, is looked for."""
    try:
        number, place = chain.chaindb.get_transaction_index(transaction_hash)
        block = chain.get_canonical_block_by_number(number)
    except (NotIndexed, HeaderNotFound):
        return _by_search(chain, transaction_hash)
    if place < len(block.transactions) and block.transactions[place].hash == transaction_hash:
        return block, block.transactions[place], place
    return _by_search(chain, transaction_hash)


def install() -> None:
    backend._get_transaction_by_hash = _by_index
