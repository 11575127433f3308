"""Deploys the suite, step by step and again after a crash, and finds it by the file it wrote.

The file names the chain and each contract. A contract is written down before its transaction is
sent and again when it is mined, so whatever happens in between, the next run sees it, and sends
nothing twice.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ape.api import AccountAPI, ProviderAPI, SubprocessProvider
from ape.contracts import ContractContainer, ContractInstance
from ape.managers.project import ProjectManager
from ape_test.provider import LocalProvider
from eth_utils import keccak

from seqpool.addresses import create_address
from seqpool.errors import UserError, shown
from seqpool.params import MOCK, ZERO, Params, format_parameter

FOLDER = Path(os.environ.get("SEQPOOL_DEPLOYMENTS") or Path(__file__).parent.parent / "deployments")
FORMAT = 1
METIS, VAULT, POOL = "MockMETIS", "SlashVault", "SequencerPool"
# What creating a contract costs: the transaction, each byte, and a guess at the constructor.
_CREATE_GAS, _BYTE_GAS, _CALLDATA_GAS = 53_000, 200, 16
_CONSTRUCTOR_GAS = {METIS: 30_000, VAULT: 20_000, POOL: 250_000}


@dataclass(frozen=True)
class Suite:
    """The contracts, on the chain that is connected."""

    metis: ContractInstance
    slash_vault: ContractInstance
    pool: ContractInstance
    from_block: int = 0  # nothing of the pool is older


def is_ephemeral(provider: ProviderAPI) -> bool:
    """Whether the chain ends together with this process."""
    if isinstance(provider, SubprocessProvider):
        return provider.process is not None
    return isinstance(provider, LocalProvider)


def default_path(ecosystem: str, network: str, to_write: bool = False) -> Path:
    """The deployment file of a network; a fork may read that of the network it was forked from."""
    path = FOLDER / f"{ecosystem}-{network}.json"
    if not to_write and not path.exists():
        return FOLDER / f"{ecosystem}-{network.removesuffix('-fork')}.json"
    return path


def this_chain(provider: ProviderAPI) -> dict[str, str | int]:
    """What tells the connected chain from all others."""
    return {
        "ecosystem": provider.network.ecosystem.name,
        "network": provider.network.name,
        "chain_id": provider.chain_id,
        "genesis": "0x" + bytes(provider.get_block(0).hash).hex(),
    }


@dataclass
class Journal:
    """A deployment file, and its content. Without a path it is kept in memory only."""

    path: Path | None
    chain: dict[str, str | int]
    params: dict[str, dict[str, str]] | None = None
    contracts: dict[str, dict] = field(default_factory=dict)
    abandoned: list[dict] = field(default_factory=list)
    verified: bool = False

    @classmethod
    def open(cls, path: Path | None, provider: ProviderAPI) -> "Journal":
        """The file of a path, or a new journal; UserError if it is not of the connected chain."""
        chain = this_chain(provider)
        if path is None or not path.exists():
            return cls(path, chain)
        try:
            data = json.loads(path.read_text())
            format_ = data.pop("format")
            journal = cls(path, **data)
            _check_shape(journal)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise UserError(f"{shown(path)}: this is no deployment file") from None
        if format_ != FORMAT:
            raise UserError(f"{shown(path)}: written in format {format_}, this is format {FORMAT}")
        for key in ("chain_id", "genesis"):
            if journal.chain[key] != chain[key]:
                raise UserError(
                    f"{shown(path)}: does not match this chain ({key} there {journal.chain[key]},"
                    f" here {chain[key]}); move it away, or name another with --deployment"
                )
        return journal

    def save(self) -> None:
        """Writes the file; after a crash there is the old one or the new one, never a half."""
        if self.path is None:
            return
        data = {"format": FORMAT} | asdict(self)
        del data["path"]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(self.path.name + ".new")
        with temporary.open("w") as file:
            json.dump(data, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)

    def check_code(self, name: str, code: bytes, expected: bytes | None = None) -> None:
        """UserError if the code at a contract's address is not what was written, or expected."""
        entry = self.contracts[name]
        where = f"{shown(self.path)}: does not match this chain: {name} at {entry['address']} has"
        if not code:
            raise UserError(f"{where} no code")
        recorded = entry["code_hash"]
        if (expected is not None and not code.startswith(expected)) or (
            recorded is not None and recorded != _hash(code)
        ):
            raise UserError(f"{where} other code")


def _check_shape(journal: Journal) -> None:
    if not {"chain_id", "genesis"} <= set(journal.chain):
        raise ValueError
    for name, entry in journal.contracts.items():
        if name not in (METIS, VAULT, POOL):
            raise ValueError
        if not {"address", "deployer", "nonce", "code_hash", "block"} <= set(entry):
            raise ValueError


def _bytes(bytecode: str) -> bytes:
    return bytes.fromhex(bytecode.removeprefix("0x"))


def _hash(code: bytes) -> str:
    return "0x" + keccak(code).hex()


def _flat(params: Params) -> dict[str, dict[str, str]]:
    """Launch values as the file holds them: numbers as text, which no reader rounds."""
    return {
        section: {name: str(value) for name, value in values.items()}
        for section, values in asdict(params).items()
    }


# ---------------------------------------------------------------- finding


def load_suite(path: Path, provider: ProviderAPI, project: ProjectManager) -> Suite:
    """The suite that a file describes, or UserError if it is not there."""
    if not path.exists():
        raise UserError(
            f"no deployment file {shown(path)}: deploy with `ape run deploy suite`, or name one"
            " with --deployment"
        )
    journal = Journal.open(path, provider)
    if not journal.verified:
        raise UserError(
            f"{shown(path)}: the deployment is unfinished; run `ape run deploy suite` again"
        )
    for name, entry in journal.contracts.items():
        journal.check_code(name, _code(provider, entry["address"]))
    return _suite(journal, project)


def _suite(journal: Journal, project: ProjectManager) -> Suite:
    pool, vault = journal.contracts[POOL], journal.contracts[VAULT]
    metis = journal.params["addresses"]["metis"]
    if metis == MOCK:
        metis = journal.contracts[METIS]["address"]
    return Suite(
        metis=_at(project.MockMETIS, metis),
        slash_vault=_at(project.SlashVault, vault["address"]),
        pool=_at(project.SequencerPool, pool["address"]),
        from_block=pool["block"] or 0,
    )


def _at(container: ContractContainer, address: str) -> ContractInstance:
    # our own types: nothing is asked of an explorer
    return container.at(address, fetch_from_explorer=False)


def _code(provider: ProviderAPI, address: str) -> bytes:
    return bytes(provider.get_code(address))


# ---------------------------------------------------------------- deploying


@dataclass(frozen=True)
class Step:
    """A contract of the plan."""

    name: str
    address: str
    size: int  # bytes of code
    gas: int  # a guess
    is_done: bool


class Deployer:
    """Deploys with one account, going on where the journal ends."""

    def __init__(
        self,
        params: Params,
        account: AccountAPI,
        journal: Journal,
        provider: ProviderAPI,
        project: ProjectManager,
        say: Callable[[str], None] = lambda line: None,
    ):
        self.params, self.account, self.journal = params, account, journal
        self.provider, self.project, self.say = provider, project, say
        self.containers: dict[str, ContractContainer] = {
            name: project.get_contract(name) for name in (METIS, VAULT, POOL)
        }
        self._check()

    @property
    def is_done(self) -> bool:
        return self.journal.verified

    # checks

    def _check(self) -> None:
        flat = _flat(self.params)
        if self.journal.params is not None:
            changed = [
                name
                for section, values in flat.items()
                for name, value in values.items()
                if self.journal.params.get(section, {}).get(name) != value
            ]
            if changed:
                raise UserError(
                    f"{shown(self.journal.path)}: was begun with other launch values"
                    f" ({', '.join(changed)}); move it away to deploy a new suite"
                )
        for name, entry in self.journal.contracts.items():
            code = _code(self.provider, entry["address"])
            # what was sent may not have been mined
            if code or entry["code_hash"] is not None:
                self.journal.check_code(name, code, self._runtime(name))
            elif entry["deployer"] != self.account.address and (
                self.provider.get_nonce(entry["deployer"]) <= entry["nonce"]
            ):
                raise UserError(
                    f"{shown(self.journal.path)}: {name} was sent by {entry['deployer']} and is not"
                    " mined; wait, or go on with that account"
                )
        if self.is_done:
            return
        roles = asdict(self.params.addresses)
        for role, holder in roles.items():
            if holder == self.account.address:
                raise UserError(
                    f"the deployer {holder} must not be {role}: it shall hold no role afterwards"
                )
        metis = self.params.addresses.metis
        if metis != MOCK:
            if not _code(self.provider, metis):
                raise UserError(f"metis: there is no contract at {metis} on this chain")
            decimals = None
            with suppress(Exception):
                decimals = _at(self.containers[METIS], metis).decimals()
            if decimals != 18:
                raise UserError(f"metis: {metis} is no ERC-20 token with 18 decimals")

    def _runtime(self, name: str) -> bytes:
        return _bytes(self.containers[name].contract_type.runtime_bytecode.bytecode)

    def _is_there(self, name: str) -> bool:
        entry = self.journal.contracts.get(name)
        return entry is not None and bool(_code(self.provider, entry["address"]))

    def _vault_fits(self) -> bool:
        """Whether the vault's pool is there, or is what this account creates next."""
        entry = self.journal.contracts[VAULT]
        if self._is_there(POOL) and self.journal.contracts[POOL]["address"] == entry["pool"]:
            return True
        return entry["pool"] == create_address(self.account.address, self.account.nonce)

    # plan

    def plan(self) -> list[Step]:
        """What is there, and what will be created where."""
        nonce = self.account.nonce
        steps = []
        names = [METIS] if self.params.addresses.metis == MOCK else []
        for name in [*names, VAULT, POOL]:
            is_done = self._is_there(name) and (name != VAULT or self._vault_fits())
            if is_done:
                address = self.journal.contracts[name]["address"]
            else:
                address = create_address(self.account.address, nonce)
                nonce += 1
            size = len(self._runtime(name))
            creation = self.containers[name].contract_type.deployment_bytecode.bytecode
            gas = (
                _CREATE_GAS
                + size * _BYTE_GAS
                + len(_bytes(creation)) * _CALLDATA_GAS
                + _CONSTRUCTOR_GAS[name]
            )
            steps.append(Step(name, address, size, gas, is_done))
        return steps

    def check_funds(self) -> None:
        """UserError if the account cannot pay for what is left of the plan."""
        gas = sum(step.gas for step in self.plan() if not step.is_done)
        price = 0
        with suppress(NotImplementedError):
            price = self.provider.base_fee + self.provider.priority_fee
        if self.account.balance < gas * price:
            raise UserError(
                f"{self.account.address} has too little ETH: {self.account.balance / 10**18:.6f},"
                f" and the deployment costs about {gas * price / 10**18:.6f}"
            )

    # deploying

    def run(self) -> Suite:
        """Deploys what is missing, reads everything back, and marks the journal as verified."""
        if self.journal.params is None:
            self.journal.params = _flat(self.params)
            self.journal.save()
        metis = self.params.addresses.metis
        if metis == MOCK:
            metis = self._step(METIS)
        if VAULT in self.journal.contracts and not (self._is_there(VAULT) and self._vault_fits()):
            self._abandon_pair()
        if VAULT not in self.journal.contracts:
            pool = create_address(self.account.address, self.account.nonce + 1)
            self._step(VAULT, metis, pool, note={"pool": pool})
        else:
            self._step(VAULT)
        a = self.params.addresses
        self._step(
            POOL,
            metis,
            self.journal.contracts[VAULT]["address"],
            a.governance,
            a.guardian,
            a.slasher,
            a.distributor,
            self.params.parameters.as_tuple(),
        )
        suite = _suite(self.journal, self.project)
        self.verify(suite)
        return suite

    def _abandon_pair(self) -> None:
        for name in (VAULT, POOL):
            entry = self.journal.contracts.pop(name, None)
            if entry is not None and _code(self.provider, entry["address"]):
                self.journal.abandoned.append({"contract": name} | entry)
                self.say(f"{name} at {entry['address']} waits for another pool: it is left behind")
        self.journal.save()

    def _step(self, name: str, *arguments, note: dict | None = None) -> str:
        """Deploys a contract unless it is there; its address."""
        if self._is_there(name):
            entry = self.journal.contracts[name]
            if entry["code_hash"] is None:
                # mined, but the last run ended before it knew
                self._record(name, entry)
            self.say(f"{name} is at {entry['address']} already")
            return entry["address"]
        nonce = self.account.nonce
        entry = {
            "address": create_address(self.account.address, nonce),
            "deployer": self.account.address,
            "nonce": nonce,
            "transaction": None,
            "block": None,
            "code_hash": None,
        } | (note or {})
        self.journal.contracts[name] = entry
        self.journal.save()
        instance = self.account.deploy(self.containers[name], *arguments, nonce=nonce)
        if instance.address != entry["address"]:
            raise UserError(f"{name} is at {instance.address}, not at {entry['address']}")
        receipt = self.provider.get_receipt(instance.txn_hash)
        entry |= {"transaction": instance.txn_hash, "block": receipt.block_number}
        self._record(name, entry)
        self.say(f"{name} is at {entry['address']}")
        return entry["address"]

    def _record(self, name: str, entry: dict) -> None:
        code = _code(self.provider, entry["address"])
        self.journal.contracts[name] = entry | {"code_hash": _hash(code)}
        self.journal.check_code(name, code, self._runtime(name))
        self.journal.save()

    # reading back

    def verify(self, suite: Suite) -> list[tuple[str, str, str]]:
        """Reads every value back from the chain.

        All must be as planned when the suite is new. Later, what governance may change may differ:
        such (name, at launch, now) are returned.
        """
        fixed, changeable = read_back(suite, self.params)
        wrong = [row for row in fixed if row[1] != row[2]]
        changed = [row for row in changeable if row[1] != row[2]]
        if not self.journal.verified:
            wrong += changed
        if wrong:
            rows = "; ".join(f"{name} is {found}, not {wanted}" for name, wanted, found in wrong)
            raise UserError(f"the suite is not as planned: {rows}")
        if not self.journal.verified:
            self.journal.verified = True
            self.journal.save()
        return changed


def read_back(
    suite: Suite, params: Params
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """(name, wanted, found) of all that was fixed for good, and of all that may change later."""
    pool, vault, a = suite.pool, suite.slash_vault, params.addresses
    metis = suite.metis.address if a.metis == MOCK else a.metis
    fixed = [
        ("pool.metis", metis, pool.metis()),
        ("pool.slash_vault", vault.address, pool.slash_vault()),
        ("vault.metis", metis, vault.metis()),
        ("vault.pool", pool.address, vault.pool()),
    ]
    announced, announced_at = pool.announced_slasher()
    changeable = [
        ("governance", a.governance, pool.owner()),
        ("pending governance", ZERO, pool.pending_owner()),
        ("guardian", a.guardian, pool.guardian()),
        ("slasher", a.slasher, pool.slasher()),
        ("announced slasher", f"{ZERO} at 0", f"{announced} at {announced_at}"),
        ("distributor", a.distributor, pool.distributor()),
    ]
    found = pool.parameters()
    for name, value in asdict(params.parameters).items():
        shown = (format_parameter(name, x) for x in (value, getattr(found, name)))
        changeable.append((name, *shown))
    return fixed, changeable


def suite_of(deployer: Deployer) -> Suite:
    """What a deployer has deployed."""
    return _suite(deployer.journal, deployer.project)


def compile_anew(project: ProjectManager) -> None:
    """Compiles everything: ape does not see that a module or an interface was changed."""
    project.load_contracts(use_cache=False)


def deploy_suite(
    params: Params, account: AccountAPI, provider: ProviderAPI, project: ProjectManager
) -> Suite:
    """Deploys and verifies a suite without writing anything down: for chains that do not last."""
    return Deployer(params, account, Journal.open(None, provider), provider, project).run()
