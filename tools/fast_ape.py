"""Remembers what Ape, web3 and eth-tester look up again at each call: half the time of a run.

It serves tests, the demo, `ape run devnet work` and `make gas`, and changes none of their results.
Each workaround names the upstream issue or change that it is about. Where it names none, we found
none.
"""

from ape import exceptions
from ape.api import PluginConfig, ReceiptAPI
from ape.api.networks import EcosystemAPI, NetworkAPI
from ape.contracts.base import ContractMethodHandler
from ape_ethereum.ecosystem import Ethereum
from ape_ethereum.trace import Trace
from ape_test.config import EthTesterProviderConfig
from ape_test.provider import LocalProvider
from eth.exceptions import HeaderNotFound
from eth.exceptions import TransactionNotFound as NotIndexed
from eth_tester.backends.pyevm import main as backend
from ethpm_types import ContractType
from web3.providers.eth_tester import middleware

_by_search = backend._get_transaction_by_hash
_networks = EcosystemAPI.networks.fget
_known: dict[str, dict] = {}
_default_type = Ethereum.default_transaction_type.fget
_types: dict[str, int] = {}
_config = NetworkAPI.config.fget
_configs: dict[tuple[str, str], PluginConfig] = {}
_settings = LocalProvider.settings.fget
_known_settings: dict[str, EthTesterProviderConfig] = {}


def _by_index(chain, transaction_hash: bytes):
    """Block, transaction and place. For every receipt, eth-tester searches all blocks for them. It
    still does if the transaction is not where the index says: after a revert, or before it is
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
    """The default sender of a call. The accounts that a test makes on a chain come and go; the
    first one stays."""
    if not hasattr(web3, "_first_account"):
        web3._first_account = web3.eth.accounts[0]
    return web3._first_account


def _networks_of(ecosystem) -> dict:
    """The networks of ape-config.yaml, which Ape makes anew at each transaction:
    ApeWorX/ape#1852."""
    if ecosystem.name not in _known:
        _known[ecosystem.name] = _networks(ecosystem)
    return _known[ecosystem.name]


def _default_type_of(ecosystem) -> int:
    """The default type in ape-config.yaml, which Ape reads again for each call and transaction."""
    provider = ecosystem.network_manager.active_provider
    network = ecosystem.name if provider is None else provider.network.choice
    if network not in _types:
        _types[network] = _default_type(ecosystem)
    return _types[network]


def _config_of(network) -> PluginConfig:
    """What ape-config.yaml says of a network. Ape validates it, and the environment with it, some
    ten times for each transaction."""
    key = network.ecosystem.name, network.name
    if key not in _configs:
        _configs[key] = _config(network)
    return _configs[key]


def _settings_of(provider) -> EthTesterProviderConfig:
    """What it says of Ape's test provider, with what the provider was told since then."""
    key = repr(provider.provider_settings)
    if key not in _known_settings:
        _known_settings[key] = _settings(provider)
    return _known_settings[key]


def _name(contract_type) -> str:
    """Ape writes out a whole contract type whenever it makes an instance of it, in case that the
    type has no name."""
    return contract_type.name or "contract"


def _no_question(handler) -> None:
    """Ape asks for a contract's code before each call. Here it is always there."""


def _no_debug_logs(receipt) -> None:
    """Ape runs every transaction again to look for debug output: ApeWorX/ape#1930. No contract here
    prints."""


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
    NetworkAPI.config = property(_config_of)
    LocalProvider.settings = property(_settings_of)
    ContractType.__str__ = _name
    ContractMethodHandler._validate_is_contract = _no_question
    ReceiptAPI.show_debug_logs = _no_debug_logs
    exceptions._get_ape_traceback_from_tx = _no_source_lines
    Trace.show = _no_call_tree
