"""titanoboa's contracts, compiled once for all processes, and analysed once as well.

titanoboa keeps what it has compiled on disk. To know whether it is the same, it parses and analyses
the contract and all its modules at each load, which takes most of the time of a compilation (its
source says so; there is no issue of it that we know). Here it asks whether any source has changed.
"""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from boa import interpret
from boa.contracts.vyper.vyper_contract import VyperContract
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import anchor_settings
from vyper.ir.compile_ir import assembly_to_evm

ROOT = Path(__file__).parents[2]
FOLDERS = ("contracts", "interfaces", "tests")
PACKAGES = ("vyper", "titanoboa", "snekmate")

_compile = interpret.compiler_data
_known: dict[str, CompilerData] = {}


@cache
def _sources() -> str:
    """A hash of all that a contract can import, and of how it is kept."""
    hashed = sha256(" ".join(map(version, PACKAGES)).encode() + Path(__file__).read_bytes())
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.vy*")):
            hashed.update(str(path.relative_to(ROOT)).encode() + b"\0")
            hashed.update(sha256(path.read_bytes()).digest())
    return hashed.hexdigest()


def _compiled(source_code, contract_name, filename, deployer=None, **options) -> CompilerData:
    """As titanoboa's, with another key, and only once in each process."""

    def compile() -> CompilerData:
        data = _compile(source_code, contract_name, filename, deployer, **options)
        with anchor_settings(data.settings):
            data.constructor_map = assembly_to_evm(data.assembly)[1]
        return data

    what = (source_code, contract_name, str(filename), repr(deployer), sorted(options.items()))
    key = f"{_sources()}{what}"
    if key not in _known:
        _known[key] = interpret._disk_cache.caching_lookup(key, compile)
    return _known[key]


def _constructor_map(contract):
    """titanoboa assembles the constructor again for each contract that it deploys."""
    return contract.compiler_data.constructor_map


def install() -> None:
    interpret.compiler_data = _compiled
    VyperContract._deployment_source_map = property(_constructor_map)
