"""What Ape, web3 and eth-tester find out again at each call, found once: half the time of a run.

For tests, the demo, the work of a devnet and the measurement of gas; no result of theirs changes.
"""

from ape import exceptions
from ape.api import ReceiptAPI
from ape.api.networks import EcosystemAPI
from ape.contracts.base import ContractMethodHandler
from ape_ethereum.ecosystem import Ethereum
from ape_ethereum.trace import Trace
from eth.exceptions import HeaderNotFound
from eth.exceptions import TransactionNotFound as NotIndexed
from eth_tester.backends.pyevm import main as backend
from web3.providers.eth_tester import middleware

_by_search = backend._get_transaction_by_hash
_networks = EcosystemAPI.networks.fget
_known: dict[str, dict] = {}
_default_type = Ethereum.default_transaction_type.fget
_types: dict[str, int] = {}


def _by_index(chain, transaction_hash: bytes):
    """Block, transaction, and its place, which eth-tester looks for in all blocks, for every
    receipt. It still does if it is not where the index says, as after a revert or before it is
    mined."""
    try:
        number, place = chain.chaindb.get_transaction_index(transaction_hash)
        block = chain.get_canonical_block_by_number(number)
    except (NotIndexed, HeaderNotFound):
        return _by_search(chain, transaction_hash)
    if place < len(block.transactions) and block.transactions[place].hash == transaction_hash:
        return block, block.transactions[place], place
    return _by_search(chain, transaction_hash)


def _sender(web3, _):
    """Whose call it is by default. The accounts of a chain that a test makes come and go; the first
    stays."""
    if not hasattr(web3, "_first_account"):
        web3._first_account = web3.eth.accounts[0]
    return web3._first_account


def _networks_of(ecosystem) -> dict:
    """Of ape-config.yaml, whose custom networks are made anew at each transaction."""
    if ecosystem.name not in _known:
        _known[ecosystem.name] = _networks(ecosystem)
    return _known[ecosystem.name]


def _default_type_of(ecosystem) -> int:
    """Of ape-config.yaml, which Ape reads again for each call and transaction."""
    provider = ecosystem.network_manager.active_provider
    network = ecosystem.name if provider is None else provider.network.choice
    if network not in _types:
        _types[network] = _default_type(ecosystem)
    return _types[network]


def _no_question(handler) -> None:
    """All contracts that are called are there; Ape asks for the code of each before each call."""


def _no_debug_logs(receipt) -> None:
    """No contract here prints; to know that, Ape runs every transaction a second time."""


def _no_source_lines(transaction) -> None:
    """For each error, Ape looks up the lines of Vyper that were run. With anvil's traces that takes
    a third of a second, also where a test expects the revert. The reason, which names contract and
    rule, is there all the same. Of ApeWorX/ape#1636."""


def _no_call_tree(trace, *arguments, **named) -> None:
    """ape-foundry prints the calls of each transaction that reverts: ApeWorX/ape-foundry#92."""


def install() -> None:
    backend._get_transaction_by_hash = _by_index
    middleware.guess_from = _sender
    EcosystemAPI.networks = property(_networks_of)
    Ethereum.default_transaction_type = property(_default_type_of)
    ContractMethodHandler._validate_is_contract = _no_question
    ReceiptAPI.show_debug_logs = _no_debug_logs
    exceptions._get_ape_traceback_from_tx = _no_source_lines
    Trace.show = _no_call_tree
