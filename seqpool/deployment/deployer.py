"""Deploys the suite on one chain or on two, step by step and again after a crash.

Where a contract is told of one that comes later, it is told the address which that will have by the
plan: it follows from the number of the account's transactions on its chain. If the account was used
for something else meanwhile, the first is left behind and deployed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from seqpool.chain.accounts import is_local, named_account
from seqpool.deployment.allow_list import Delay, ProposalKind, permissions, rows, selector
from seqpool.deployment.deployment_file import (
    BRIDGE,
    CARRIER,
    CONTRACTS,
    DISTRIBUTOR,
    GOVERNOR,
    L1_MESSENGER,
    L2_MESSENGER,
    LOCAL_MESSENGER,
    LST,
    METIS,
    POOL,
    RELAY,
    SET,
    SLASHER,
    TIMELOCK,
    VAULT,
    Journal,
    code_at,
    hash_of,
    is_same_chain,
)
from seqpool.deployment.params import ANY, MOCK, NEW, Params, format_parameter
from seqpool.deployment.suite import (
    Registry,
    Suite,
    at,
    check_l2_end,
    check_link,
    registry_of,
    suite_of,
)
from seqpool.errors import UserError, shown
from seqpool.protocol.addresses import ZERO, create_address
from seqpool.protocol.messages import PENALTY_KINDS, domain_separator, set_domain

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI
    from ape.contracts import ContractContainer, ContractInstance
    from ape.managers.project import ProjectManager

# What creating a contract costs: the transaction, each byte, and a guess at the constructor.
_CREATE_GAS, _BYTE_GAS, _CALLDATA_GAS = 53_000, 200, 16
_CONSTRUCTOR_GAS = {
    POOL: 250_000,
    DISTRIBUTOR: 160_000,
    SET: 150_000,
    SLASHER: 150_000,
    LST: 150_000,
    VAULT: 100_000,
    RELAY: 60_000,
    TIMELOCK: 200_000,
    GOVERNOR: 2_000_000,  # an event and a word for each call on the allow-list
}
_SMALL_CONSTRUCTOR_GAS = 30_000
# Wei of ETH that mocks of the bridge want for each unit of gas on L2.
MOCK_GAS_PRICE = 10**9


@dataclass(frozen=True)
class Step:
    """A contract of the plan."""

    name: str
    chain_id: int
    address: str
    size: int  # bytes of code
    gas: int  # a guess
    is_done: bool


@dataclass(frozen=True, eq=False)
class Side:
    """A chain to deploy on."""

    provider: ProviderAPI
    journal: Journal
    # for ape, which sends to the chain that is connected
    connected: Callable[[], AbstractContextManager] = nullcontext

    def code(self, address: str) -> bytes:
        return code_at(self.provider, address)

    def is_there(self, name: str) -> bool:
        entry = self.journal.contracts.get(name)
        return entry is not None and bool(self.code(entry["address"]))


@dataclass(frozen=True)
class _Contract:
    """What is to be deployed."""

    name: str
    side: Side
    arguments: Callable[[dict[str, str]], tuple]  # from the addresses of all
    tells: tuple[str, ...] = ()  # contracts that come later, whose addresses it is told


def _bytes(bytecode: str) -> bytes:
    return bytes.fromhex(bytecode.removeprefix("0x"))


def _flat(params: Params) -> dict[str, dict[str, str]]:
    """Launch values as the file holds them: numbers as text, which no reader rounds."""
    return {
        section: {name: str(value) for name, value in values.items()}
        for section, values in asdict(params).items()
    }


class Deployer:
    """Deploys with one account, going on where the journals end."""

    def __init__(
        self,
        params: Params,
        account: AccountAPI,
        journal: Journal,
        provider: ProviderAPI,
        project: ProjectManager,
        say: Callable[[str], None] = lambda line: None,
        l2: Side | None = None,
    ):
        self.params, self.account, self.journal = params, account, journal
        self.project, self.say = project, say
        self.l1 = Side(provider, journal)
        self.l2 = l2 or self.l1
        self.sides = [self.l1] if l2 is None else [self.l1, self.l2]
        self.containers: dict[str, ContractContainer] = {
            name: project.get_contract(name) for name in CONTRACTS
        }
        self._check()

    @property
    def is_single(self) -> bool:
        return self.l1 is self.l2

    @property
    def is_done(self) -> bool:
        return all(side.journal.verified for side in self.sides)

    # checks

    def _check(self) -> None:
        self._check_chains()
        for side in self.sides:
            self._check_journal(side)
        if self.is_done:
            return
        for role, holder in asdict(self.params.addresses).items():
            self._check_role(role, holder)
        for holder in self.params.governance.attesters:
            self._check_role("an attester", holder)
        self._check_role("fallback_sequencer", self.params.l2.fallback_sequencer)
        for name in ("slasher", "distributor"):
            holder = getattr(self.params.addresses, name)
            is_known = holder in (NEW, ZERO) or is_local(self.l1.provider.network.name)
            if not is_known and not self.l1.code(holder):
                raise UserError(f"{name}: there is no contract at {holder} on this chain")
        bridge = self.params.rewards.bridge
        if bridge != MOCK and not self.l1.code(bridge):
            raise UserError(f"bridge: there is no contract at {bridge} on this chain")
        metis = self.params.addresses.metis
        if metis != MOCK:
            if not self.l1.code(metis):
                raise UserError(f"metis: there is no contract at {metis} on this chain")
            decimals = None
            with suppress(Exception):
                decimals = at(self.containers[METIS], metis).decimals()
            if decimals != 18:
                raise UserError(f"metis: {metis} is no ERC-20 token with 18 decimals")
        if not self.is_single:
            for name, side in (("l1_messenger", self.l1), ("l2_messenger", self.l2)):
                address = getattr(self.params.l2, name)
                if address != MOCK and not side.code(address):
                    raise UserError(
                        f"{name}: there is no contract at {address} on chain"
                        f" {side.provider.chain_id}"
                    )

    def _check_chains(self) -> None:
        chain_id = self.l2.provider.chain_id
        if self.params.l2.chain_id not in (ANY, chain_id):
            hint = ": name it with --l2-network" if self.is_single else ""
            raise UserError(
                f"chain_id: the L2 is chain {self.params.l2.chain_id}, not {chain_id}{hint}"
            )
        if self.is_single:
            if self.params.l2.l1_messenger != MOCK or self.params.l2.l2_messenger != MOCK:
                raise UserError("messengers of a bridge want two chains: name --l2-network")
        elif is_same_chain(self.l1.journal.chain, self.l2.journal.chain):
            raise UserError("L1 and L2 are the same chain: leave out --l2-network")

    def _check_journal(self, side: Side) -> None:
        journal = side.journal
        if journal.params is not None:
            changed = [
                name
                for section, values in _flat(self.params).items()
                for name, value in values.items()
                if journal.params.get(section, {}).get(name) != value
            ]
            if changed:
                raise UserError(
                    f"{shown(journal.path)}: was begun with other launch values"
                    f" ({', '.join(changed)}); move it away to deploy a new suite"
                )
            self._check_other(side)
        for name, entry in journal.contracts.items():
            code = side.code(entry["address"])
            # what was sent may not have been mined
            if code or entry["code_hash"] is not None:
                journal.check_code(name, code, self._runtime(name))
            elif entry["deployer"] != self.account.address and (
                side.provider.get_nonce(entry["deployer"]) <= entry["nonce"]
            ):
                raise UserError(
                    f"{shown(journal.path)}: {name} was sent by {entry['deployer']} and is not"
                    " mined; wait, or go on with that account"
                )

    def _check_other(self, side: Side) -> None:
        found = side.journal.other
        wanted = None if self.is_single else self._far(side).journal.chain
        if (found is None) != (wanted is None) or (found and not is_same_chain(found, wanted)):
            there, here = (
                "a single chain" if x is None else f"chain {x['chain_id']}, genesis {x['genesis']}"
                for x in (found, wanted)
            )
            raise UserError(
                f"{shown(side.journal.path)}: wrong link: was begun for {there} at the other end,"
                f" not {here}; move it away to deploy a new suite"
            )

    def _check_role(self, role: str, holder: str) -> None:
        if holder == self.account.address:
            raise UserError(
                f"the deployer {holder} must not be {role}: it shall hold no role afterwards"
            )

    def _far(self, side: Side) -> Side:
        return self.l2 if side is self.l1 else self.l1

    def _runtime(self, name: str) -> bytes:
        return _bytes(self.containers[name].contract_type.runtime_bytecode.bytecode)

    # plan

    def _contracts(self) -> Iterator[_Contract]:
        """What there is to deploy, in this order."""
        l1, l2, a, terms = self.l1, self.l2, self.params.addresses, self.params.l2
        chain_id, rewards = l2.provider.chain_id, self.params.rewards
        if a.metis == MOCK:
            yield _Contract(METIS, l1, lambda _: ())
        if rewards.bridge == MOCK:
            yield _Contract(BRIDGE, l1, lambda _: (MOCK_GAS_PRICE,))
        if a.governance == NEW:
            yield _Contract(TIMELOCK, l1, lambda at: (at[GOVERNOR],), tells=(GOVERNOR,))
        yield _Contract(
            VAULT,
            l1,
            lambda at: (at["metis"], at[POOL], at["governance"], a.treasury),
            tells=(POOL,),
        )
        parameters = self.params.parameters.as_tuple()
        new = [x for x, y in ((SLASHER, a.slasher), (DISTRIBUTOR, a.distributor)) if y == NEW]
        yield _Contract(
            POOL,
            l1,
            lambda at: (
                *(at["metis"], at[VAULT], at["governance"], a.guardian),
                *(at["slasher"], at["distributor"], parameters),
            ),
            tells=tuple(new),
        )
        if SLASHER in new:
            yield _Contract(
                SLASHER,
                l1,
                lambda at: (
                    *(at[POOL], domain_separator(set_domain(chain_id, at[SET]))),
                    *(at["governance"], a.guardian, self.params.penalties.as_tuple()),
                ),
                tells=(SET,),
            )
        if DISTRIBUTOR in new:
            yield _Contract(
                DISTRIBUTOR,
                l1,
                lambda at: (
                    *(at[POOL], domain_separator(set_domain(chain_id, at[SET])), at["governance"]),
                    *(at["bridge"], chain_id, rewards.l2_metis),
                    *(rewards.first_block, rewards.mrr, rewards.block_time),
                ),
                tells=(SET,),
            )
        yield _Contract(LST, l1, lambda at: (at[POOL], at["governance"], a.allocator))
        if self.is_single:
            yield _Contract(LOCAL_MESSENGER, l1, lambda _: ())
        if not self.is_single and terms.l1_messenger == MOCK:
            yield _Contract(L1_MESSENGER, l1, lambda _: (MOCK_GAS_PRICE,))
        if not self.is_single and terms.l2_messenger == MOCK:
            carrier = named_account(CARRIER).address
            yield _Contract(L2_MESSENGER, l2, lambda _: (carrier,))
        yield _Contract(
            SET, l2, lambda at: (at["l2_messenger"], at[RELAY], terms.terms), tells=(RELAY,)
        )
        yield _Contract(
            RELAY,
            l1,
            lambda at: (at["governance"], at[POOL], at["l1_messenger"], chain_id, at[SET]),
        )
        if a.governance == NEW:
            # the last, for what is on its allow-list has to be there
            yield _Contract(GOVERNOR, l1, self._governor_arguments)

    def _governor_arguments(self, at: dict[str, str]) -> tuple:
        votes = self.params.governance
        return (
            *(at["metis"], at[TIMELOCK], self.params.addresses.guardian),
            *(list(votes.attesters), votes.attestation_threshold),
            *(votes.criteria, votes.proposal_threshold),
            permissions(at, self.containers.__getitem__),
        )

    def plan(self) -> list[Step]:
        """What is there, and what will be created where."""
        contracts = list(self._contracts())
        kept = {x.name for x in contracts if x.side.is_there(x.name)}
        while True:
            addresses = self._planned(contracts, kept)
            misled = {
                x.name
                for x in contracts
                if x.name in kept
                and x.side.journal.contracts[x.name]["told"] != [addresses[y] for y in x.tells]
            }
            if not misled:
                break
            kept -= misled
        steps = []
        for contract in contracts:
            name, side = contract.name, contract.side
            size = len(self._runtime(name))
            creation = self.containers[name].contract_type.deployment_bytecode.bytecode
            gas = (
                _CREATE_GAS
                + size * _BYTE_GAS
                + len(_bytes(creation)) * _CALLDATA_GAS
                + _CONSTRUCTOR_GAS.get(name, _SMALL_CONSTRUCTOR_GAS)
            )
            chain_id, address = side.provider.chain_id, addresses[name]
            steps.append(Step(name, chain_id, address, size, gas, name in kept))
        return steps

    def _planned(self, contracts: list[_Contract], kept: set[str]) -> dict[str, str]:
        """Where all are when those that are not kept were created, in this order."""
        nonces = {side: side.provider.get_nonce(self.account.address) for side in self.sides}
        addresses = {}
        for contract in contracts:
            name, side = contract.name, contract.side
            if name in kept:
                addresses[name] = side.journal.address(name)
            else:
                addresses[name] = create_address(self.account.address, nonces[side])
                nonces[side] += 1
        return addresses

    def check_funds(self) -> None:
        """UserError if the account cannot pay for what is left of the plan."""
        for side in self.sides:
            chain_id = side.provider.chain_id
            steps = [x for x in self.plan() if not x.is_done and x.chain_id == chain_id]
            gas = sum(step.gas for step in steps)
            price = 0
            with suppress(NotImplementedError):
                price = side.provider.base_fee + side.provider.priority_fee
            with side.connected():
                balance = self.account.balance
            if balance < gas * price:
                raise UserError(
                    f"{self.account.address} has too little ETH: {balance / 10**18:.6f},"
                    f" and the deployment costs about {gas * price / 10**18:.6f}"
                )

    # deploying

    def run(self) -> Suite:
        """Deploys what is missing, reads everything back, and marks the journals as verified."""
        for side in self.sides:
            if side.journal.params is None:
                side.journal.params = _flat(self.params)
                if not self.is_single:
                    far = SET if side is self.l1 else RELAY
                    side.journal.other = self._far(side).journal.chain | {
                        "contract": far,
                        "address": None,
                    }
                side.journal.save()
        steps = {step.name: step for step in self.plan()}
        self._abandon(steps)
        addresses = self._addresses({name: step.address for name, step in steps.items()})
        for contract in self._contracts():
            told = [addresses[name] for name in contract.tells]
            self._step(contract, steps[contract.name], contract.arguments(addresses), told)
        if not self.is_single:
            self.l1.journal.other["address"] = addresses[SET]
            self.l2.journal.other["address"] = addresses[RELAY]
        self.verify()
        return self.suite

    def _addresses(self, planned: dict[str, str]) -> dict[str, str]:
        """Those of all contracts, ours and others'."""
        a = self.params.addresses
        return planned | {
            "metis": planned.get(METIS, a.metis),
            "governance": planned.get(TIMELOCK, a.governance),
            "slasher": planned.get(SLASHER, a.slasher),
            "distributor": planned.get(DISTRIBUTOR, a.distributor),
            "bridge": planned.get(BRIDGE, self.params.rewards.bridge),
            "l1_messenger": planned.get(LOCAL_MESSENGER)
            or planned.get(L1_MESSENGER, self.params.l2.l1_messenger),
            "l2_messenger": planned.get(LOCAL_MESSENGER)
            or planned.get(L2_MESSENGER, self.params.l2.l2_messenger),
        }

    def _abandon(self, steps: dict[str, Step]) -> None:
        """Forgets what was not mined, and leaves behind what waits for something else."""
        for side in self.sides:
            undone = [name for name in side.journal.contracts if not steps[name].is_done]
            for name in undone:
                entry = side.journal.contracts.pop(name)
                if side.code(entry["address"]):
                    side.journal.abandoned.append({"contract": name} | entry)
                    self.say(
                        f"{name} at {entry['address']} waits for another contract: it is left"
                        " behind"
                    )
            if undone:
                side.journal.save()

    def _step(self, contract: _Contract, step: Step, arguments: tuple, told: list[str]) -> None:
        """Deploys a contract unless it is there."""
        name, side = contract.name, contract.side
        if step.is_done:
            entry = side.journal.contracts[name]
            if entry["code_hash"] is None:
                # mined, but the last run ended before it knew
                self._record(side, name, entry)
            self.say(f"{name} is at {step.address} already")
            return
        nonce = side.provider.get_nonce(self.account.address)
        if create_address(self.account.address, nonce) != step.address:
            raise UserError(
                f"{self.account.address} was used by somebody else meanwhile; run this again"
            )
        entry = {
            "address": step.address,
            "deployer": self.account.address,
            "nonce": nonce,
            "transaction": None,
            "block": None,
            "code_hash": None,
            "told": told,
        }
        side.journal.contracts[name] = entry
        side.journal.save()
        with side.connected():
            instance = self.account.deploy(self.containers[name], *arguments, nonce=nonce)
            receipt = side.provider.get_receipt(instance.txn_hash)
        if instance.address != step.address:
            raise UserError(f"{name} is at {instance.address}, not at {step.address}")
        entry |= {"transaction": instance.txn_hash, "block": receipt.block_number}
        self._record(side, name, entry)
        self.say(f"{name} is at {step.address}")

    def _record(self, side: Side, name: str, entry: dict) -> None:
        code = side.code(entry["address"])
        side.journal.contracts[name] = entry | {"code_hash": hash_of(code)}
        side.journal.check_code(name, code, self._runtime(name))
        side.journal.save()

    # reading back

    @property
    def suite(self) -> Suite:
        """What was deployed on L1; on a single chain, everything."""
        return suite_of(self.journal, self.project)

    def values(self) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
        """(name, wanted, found) of all that was fixed for good, and of all that may change."""
        suite, registry = self.suite, registry_of(self.l2.journal, self.project)
        check_link(suite, registry, self.l2.provider.chain_id)
        fixed, changeable = read_back(suite, self.params)
        with self.l2.connected():
            check_l2_end(registry)
            more_fixed, more_changeable = read_back_l2(registry, self.params)
        return fixed + more_fixed, changeable + more_changeable

    def verify(self) -> list[tuple[str, str, str]]:
        """Reads every value back from the chains.

        All must be as planned when the suite is new. Later, what governance may change may differ:
        such (name, at launch, now) are returned.
        """
        fixed, changeable = self.values()
        wrong = [row for row in fixed if row[1] != row[2]]
        changed = [row for row in changeable if row[1] != row[2]]
        if not self.is_done:
            wrong += changed
        if wrong:
            rows = "; ".join(f"{name} is {found}, not {wanted}" for name, wanted, found in wrong)
            raise UserError(f"the suite is not as planned: {rows}")
        for side in self.sides:
            if not side.journal.verified:
                side.journal.verified = True
                side.journal.save()
        return changed


def read_back(
    suite: Suite, params: Params
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """(name, wanted, found) of L1: all that was fixed for good, and all that may change later."""
    pool, vault, relay, a = suite.pool, suite.slash_vault, suite.relay, params.addresses
    metis = suite.metis.address if a.metis == MOCK else a.metis
    fixed = [
        ("pool.metis", metis, pool.metis()),
        ("pool.slash_vault", vault.address, pool.slash_vault()),
        ("vault.metis", metis, vault.metis()),
        ("vault.pool", pool.address, vault.pool()),
        ("relay.pool", pool.address, relay.pool()),
        ("relay.messenger", suite.messenger.address, relay.messenger()),
        ("relay.l2_chain_id", str(suite.l2_chain_id), str(relay.l2_chain_id())),
        ("relay.sequencer_set", suite.set_address, relay.sequencer_set()),
    ]
    slasher, distributor, lst = suite.slasher, suite.distributor, suite.lst
    domain = domain_separator(set_domain(suite.l2_chain_id, suite.set_address)).hex()
    if slasher is not None:
        fixed += [
            ("slasher.pool", pool.address, slasher.pool()),
            ("slasher.slash_vault", vault.address, slasher.slash_vault()),
            ("slasher.metis", metis, slasher.metis()),
            ("slasher.domain_separator", domain, bytes(slasher.domain_separator()).hex()),
        ]
    if distributor is not None:
        fixed += [
            ("distributor.pool", pool.address, distributor.pool()),
            ("distributor.metis", metis, distributor.metis()),
            ("distributor.domain_separator", domain, bytes(distributor.domain_separator()).hex()),
            ("distributor.bridge", suite.bridge.address, distributor.bridge()),
            ("distributor.l2_chain_id", str(suite.l2_chain_id), str(distributor.l2_chain_id())),
            ("distributor.l2_metis", params.rewards.l2_metis, distributor.l2_metis()),
        ]
    fixed += [
        ("lst.pool", pool.address, lst.pool()),
        ("lst.asset", metis, lst.asset()),
        ("lst.slash_vault", vault.address, lst.slash_vault()),
    ]
    governance = a.governance if suite.timelock is None else suite.timelock.address
    announced, announced_at = pool.announced_slasher()
    new_treasury, new_treasury_at = vault.announced_treasury()
    changeable = [
        ("governance", governance, pool.owner()),
        ("pending governance", ZERO, pool.pending_owner()),
        ("governance of the relay", governance, relay.owner()),
        ("pending governance of the relay", ZERO, relay.pending_owner()),
        ("guardian", a.guardian, pool.guardian()),
        ("governance of the vault", governance, vault.owner()),
        ("pending governance of the vault", ZERO, vault.pending_owner()),
        ("treasury", a.treasury, vault.treasury()),
        ("announced treasury", f"{ZERO} at 0", f"{new_treasury} at {new_treasury_at}"),
        ("slasher", a.slasher if slasher is None else slasher.address, pool.slasher()),
        ("announced slasher", f"{ZERO} at 0", f"{announced} at {announced_at}"),
        (
            "distributor",
            a.distributor if distributor is None else distributor.address,
            pool.distributor(),
        ),
        ("governance of the LST vault", governance, lst.owner()),
        ("pending governance of the LST vault", ZERO, lst.pending_owner()),
        ("allocator", a.allocator, lst.allocator()),
    ]
    found = pool.parameters()
    for name, value in asdict(params.parameters).items():
        shown = (format_parameter(name, x) for x in (value, getattr(found, name)))
        changeable.append((name, *shown))
    if slasher is not None:
        changeable += [
            ("governance of the slasher", governance, slasher.owner()),
            ("pending governance of the slasher", ZERO, slasher.pending_owner()),
            ("guardian of the slasher", a.guardian, slasher.guardian()),
        ]
        for name, value in asdict(params.penalties).items():
            shown = (
                format_parameter(name, x) for x in (value, slasher.penalty(PENALTY_KINDS[name]))
            )
            changeable.append((f"penalty {name}", *shown))
    if distributor is not None:
        changeable += [
            ("governance of the distributor", governance, distributor.owner()),
            ("pending governance of the distributor", ZERO, distributor.pending_owner()),
        ]
        for name in ("mrr", "block_time"):
            values = (getattr(params.rewards, name), getattr(distributor, name)())
            shown = (format_parameter(name, x) for x in values)
            changeable.append((name, *shown))
    if suite.governor is not None:
        more_fixed, more_changeable = _read_back_votes(suite, params)
        fixed += more_fixed
        changeable += more_changeable
    return fixed, changeable


def _read_back_votes(
    suite: Suite, params: Params
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """The same of Governor and Timelock: who decides, by what criteria, and what may be called."""
    governor, timelock, votes = suite.governor, suite.timelock, params.governance
    fixed = [
        ("governor.metis", suite.metis.address, governor.metis()),
        ("governor.timelock", timelock.address, governor.timelock()),
    ]
    changeable = [
        ("owner of the governor", timelock.address, governor.owner()),
        ("guardian of the governor", params.addresses.guardian, governor.guardian()),
        ("attesters", ", ".join(votes.attesters), ", ".join(governor.attesters())),
        (
            "attestation_threshold",
            str(votes.attestation_threshold),
            str(governor.attestation_threshold()),
        ),
    ]
    found = (*governor.criteria(), governor.proposal_threshold())
    names = ("quorum", "wallets", "approval", "proposal_threshold")
    for name, value in zip(names, found, strict=True):
        shown = (format_parameter(name, x) for x in (getattr(votes, name), value))
        changeable.append((name, *shown))
    for role in ("PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"):
        holds = timelock.hasRole(getattr(timelock, role)(), governor)
        changeable.append((f"the governor has {role}", "True", str(holds)))
    holds = timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), timelock)
    changeable.append(("the timelock administers itself", "True", str(holds)))
    governed = _governed(suite)
    for name, function, kind, delay in rows():
        if name not in governed:
            continue
        allowed = governor.permission(governed[name], selector(governed[name], function))
        found = (ProposalKind(allowed.kind), Delay(allowed.delay)) if allowed.kind else ()
        shown = (", ".join(x.name for x in pair) for pair in ((kind, delay), found))
        changeable.append((f"{name}.{function}", *shown))
    return fixed, changeable


def _governed(suite: Suite) -> dict[str, ContractInstance]:
    """Contracts on a new allow-list, by name."""
    found = {
        POOL: suite.pool,
        VAULT: suite.slash_vault,
        SLASHER: suite.slasher,
        DISTRIBUTOR: suite.distributor,
        LST: suite.lst,
        RELAY: suite.relay,
        TIMELOCK: suite.timelock,
    }
    return {name: contract for name, contract in found.items() if contract is not None}


def read_back_l2(
    registry: Registry, params: Params
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """The same of L2."""
    sequencer_set = registry.sequencer_set
    fixed = [
        ("set.messenger", registry.messenger.address, sequencer_set.messenger()),
        ("set.relay", registry.relay_address, sequencer_set.relay()),
    ]
    found = sequencer_set.parameters()
    changeable = [
        ("fallback_sequencer", params.l2.fallback_sequencer, found.fallback_sequencer),
    ]
    for name in ("epoch_length", "block_timeout", "fallback_delay"):
        shown = (format_parameter(name, getattr(x, name)) for x in (params.l2, found))
        changeable.append((name, *shown))
    return fixed, changeable


def deploy_suite(
    params: Params, account: AccountAPI, provider: ProviderAPI, project: ProjectManager
) -> Suite:
    """Deploys and verifies a suite without writing anything down: for chains that do not last."""
    return Deployer(params, account, Journal.open(None, provider), provider, project).run()
