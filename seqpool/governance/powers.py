"""Who can use which privileged function of the suite, and how soon: read from the chain.

Every function that changes something is either in PRIVILEGED, with the role that it wants, or in
OPEN_TO_ALL. One that is in neither is an error, so that nothing is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqpool.deployment.allow_list import Delay, ProposalKind, selector
from seqpool.deployment.deployment_file import (
    DISTRIBUTOR,
    GOVERNOR,
    LST,
    POOL,
    REGISTRY,
    RELAY,
    SET,
    SLASHER,
    TIMELOCK,
    VAULT,
)
from seqpool.deployment.suite import Registry, Suite, contracts_of
from seqpool.errors import UserError
from seqpool.pool.view import Approval
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.units import format_duration

if TYPE_CHECKING:
    from ape.contracts import ContractInstance

GOVERNANCE, GUARDIAN, ATTESTERS, FALLBACK = (
    *("governance", "guardian", "attesters", "fallback sequencer"),
)
PENDING = "pending governance"
_PROPOSER, _EXECUTOR, _CANCELLER, _ADMIN = (
    *("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "DEFAULT_ADMIN_ROLE"),
)
TIMELOCK_ROLES = (_PROPOSER, _EXECUTOR, _CANCELLER, _ADMIN)

# contract => role => functions
PRIVILEGED: dict[str, dict[str, tuple[str, ...]]] = {
    POOL: {
        GOVERNANCE: (
            *("approve", "disapprove", "set_pairing", "offboard", "reinstate"),
            *("set_min_stake", "set_cap", "set_max_sequencers", "set_exit_delay"),
            *("set_cure_period", "set_rotation_period"),
            *("announce_slasher", "set_distributor", "set_guardian", "transfer_ownership"),
        ),
        PENDING: ("accept_ownership",),
        GUARDIAN: ("pause", "unpause"),
        "slasher": ("slash", "jail", "suspend", "lift", "hold"),
        "distributor": ("relock",),
    },
    REGISTRY: {},
    VAULT: {
        GOVERNANCE: ("resolve", "announce_treasury", "transfer_ownership"),
        PENDING: ("accept_ownership",),
        "pool": ("open_case", "note_hold", "note_exit_delay"),
        "slasher": ("use_key",),
    },
    SLASHER: {
        GOVERNANCE: (
            *("slash_by_governance", "confirm", "drop", "set_penalty", "set_guardian"),
            "transfer_ownership",
        ),
        PENDING: ("accept_ownership",),
        GUARDIAN: ("stop", "resume"),
    },
    DISTRIBUTOR: {
        GOVERNANCE: ("reimburse", "reimburse_vault", "set_mrr", "transfer_ownership"),
        PENDING: ("accept_ownership",),
    },
    LST: {
        GOVERNANCE: ("set_allocator", "transfer_ownership"),
        PENDING: ("accept_ownership",),
        "allocator": ("allocate", "deallocate", "appeal"),
    },
    RELAY: {GOVERNANCE: ("set_l2", "transfer_ownership"), PENDING: ("accept_ownership",)},
    SET: {
        "relay": ("install_committee", "apply_call"),
        GOVERNANCE: (
            *("set_epoch_length", "set_block_timeout", "set_fallback_delay"),
            "set_fallback_sequencer",
        ),
        FALLBACK: ("fallback",),
    },
    GOVERNOR: {
        GOVERNANCE: (
            *("set_permission", "set_quorum", "set_wallets", "set_approval"),
            *("set_proposal_threshold", "set_attesters", "set_guardian"),
        ),
        GUARDIAN: ("veto",),
        ATTESTERS: ("attest", "relink_vote"),
    },
    TIMELOCK: {
        _PROPOSER: ("schedule",),
        _EXECUTOR: ("execute",),
        _CANCELLER: ("cancel",),
        _ADMIN: ("grantRole", "revokeRole"),
        GOVERNANCE: ("update_delay",),
    },
}
# Anyone may call these, or whoever owns what they are about; docs/roles.md says which.
OPEN_TO_ALL: dict[str, tuple[str, ...]] = {
    POOL: (
        *("lock", "request_withdrawal", "unlock", "claim", "rotate_signer"),
        *("transfer_ownership_of", "accept_ownership_of", "set_reward_recipient", "unjail"),
        *("deposit_paired", "request_paired_withdrawal", "claim_paired"),
        *("activate_next", "eject"),
    ),
    REGISTRY: ("checkpoint", "seal"),
    VAULT: ("appeal", "collect_refund", "release"),
    SLASHER: (
        *("report", "report_reelection", "report_equivocation", "top_up", "lift_suspension"),
        "lapse",
    ),
    DISTRIBUTOR: (
        *("begin", "give_notice", "retire", "fund", "submit_batch", "sync", "claim"),
        *("claim_vault", "close_claims", "restake", "claim_to_l2"),
    ),
    LST: (
        *("deposit", "mint", "requestRedeem", "redeem", "withdraw", "setOperator", "transfer"),
        *("transferFrom", "approve", "permit", "count_losses", "collect", "harvest"),
        *("collect_refund", "fund", "claim_refund"),
    ),
    RELAY: ("relay", "relay_call"),
    SET: ("commit_epoch", "reelect", "correct", "heartbeat"),
    GOVERNOR: ("propose", "link_vote", "cancel", "execute"),
    TIMELOCK: (),
}


@dataclass(frozen=True)
class Power:
    """A privileged function, and who can call it."""

    contract: str
    function: str
    role: str
    holders: tuple[str, ...]  # addresses; none: nobody can
    delay: str  # from the wish to the effect


def _functions(contract: ContractInstance) -> Iterator[str]:
    return iter(sorted({method.name for method in contract.contract_type.mutable_methods}))


def _check_complete(name: str, contract: ContractInstance) -> None:
    listed = [x for functions in PRIVILEGED[name].values() for x in functions] + [
        *OPEN_TO_ALL[name]
    ]
    found = list(_functions(contract))
    if sorted(listed) != found:
        odd = ", ".join(sorted({*listed} ^ {*found}))
        raise UserError(f"{name}: powers.py does not fit the contract ({odd})")


def _known(*addresses: str) -> tuple[str, ...]:
    return tuple(address for address in addresses if address != ZERO)


class _Chain:
    """Answers from L1."""

    def __init__(self, suite: Suite):
        self.suite, self.contracts = suite, contracts_of(suite)
        self.timelock = None if suite.timelock is None else suite.timelock.address

    def holders(self, name: str, role: str) -> tuple[str, ...]:
        contract = self.contracts[name]
        if name == TIMELOCK:
            if role == GOVERNANCE:
                return (contract.address,)
            return tuple(timelock_members(self.suite)[role])
        return {
            GOVERNANCE: lambda: _known(contract.owner()),
            PENDING: lambda: _known(contract.pending_owner()),
            GUARDIAN: lambda: _known(contract.guardian()),
            "slasher": lambda: _known(self.suite.pool.slasher()),
            "distributor": lambda: _known(self.suite.pool.distributor()),
            "pool": lambda: _known(contract.pool()),
            "allocator": lambda: _known(contract.allocator()),
            ATTESTERS: lambda: tuple(contract.attesters()),
        }[role]()

    def delay(self, name: str, function: str, role: str) -> str:
        """How long it takes, with those who decide of one mind."""
        contract = self.contracts[name]
        if role == ATTESTERS:
            threshold, count = contract.attestation_threshold(), len(contract.attesters())
            return f"at once, by {threshold} of {count}"
        if role == PENDING:
            return "at once, when it was offered"
        if role not in (GOVERNANCE, _ADMIN) or self.holders(name, role) != _known(
            self.timelock or ZERO
        ):
            return "at once"
        return self.wait(contract, function)

    def wait(self, contract: ContractInstance, function: str) -> str:
        """The delay of a call that the Timelock makes."""
        if self.suite.governor is None:
            return "at once"
        found = self.suite.governor.permission(contract.address, selector(contract, function))
        if not found.kind:
            return "never: it is not on the allow-list"
        seconds = max(
            LIMITS[f"DELAY_{Delay(found.delay).name}"], self.suite.timelock.get_minimum_delay()
        )
        is_vetoed = found.kind == ProposalKind.INFRASTRUCTURE
        return f"a vote and {format_duration(seconds)}" + (", with veto" if is_vetoed else "")


def privileges(suite: Suite) -> list[Power]:
    """All privileged functions on the connected L1; of a single chain those of L2 too."""
    chain = _Chain(suite)
    powers = []
    for name, contract in chain.contracts.items():
        if name == SET:
            continue
        _check_complete(name, contract)
        powers += [
            Power(
                name, function, role, chain.holders(name, role), chain.delay(name, function, role)
            )
            for role, functions in PRIVILEGED[name].items()
            for function in functions
        ]
    if suite.registry is not None:
        powers += l2_privileges(suite.registry, chain.wait(suite.relay, "set_l2"))
    return powers


def l2_privileges(registry: Registry, delay: str = "as CommitteeRelay.set_l2 on L1") -> list[Power]:
    """Those of the connected L2; `delay` is that of its setters."""
    sequencer_set = registry.sequencer_set
    _check_complete(SET, sequencer_set)
    relay = (sequencer_set.relay(),)
    holders = {
        "relay": (relay, "at once, by the messenger"),
        GOVERNANCE: (relay, f"{delay}, through the relay"),
        FALLBACK: (_known(sequencer_set.parameters().fallback_sequencer), "when the chain stalls"),
    }
    return [
        Power(SET, function, role, *holders[role])
        for role, functions in PRIVILEGED[SET].items()
        for function in functions
    ]


def timelock_members(suite: Suite) -> dict[str, list[str]]:
    """Role of the Timelock => who has it, of all who were ever given it."""
    timelock = suite.timelock
    last = timelock.provider.get_block("latest").number
    events = timelock.RoleGranted.range(suite.from_block, last + 1)
    given = {(bytes(event.role), event.account) for event in events}
    members: dict[str, list[str]] = {}
    for name in TIMELOCK_ROLES:
        role = bytes(getattr(timelock, name)())
        members[name] = sorted(x for y, x in given if y == role and timelock.hasRole(role, x))
    return members


# ---------------------------------------------------------------- as they should be


def deviations(suite: Suite) -> list[str]:
    """What is not held by whom it should be: the Timelock, or a contract of the suite."""
    chain, wrong = _Chain(suite), []

    def expect(what: str, found: tuple[str, ...], wanted: tuple[str, ...]) -> None:
        if found != wanted:
            names = (", ".join(x) or "nobody" for x in (found, wanted))
            wrong.append("{} is {}, not {}".format(what, *names))

    if suite.timelock is None:
        return [f"there is no Timelock of ours: governance is {suite.pool.owner()}"]
    guardian = _known(suite.governor.guardian())
    for name in chain.contracts:
        roles = PRIVILEGED[name]
        if name in (REGISTRY, SET, TIMELOCK):
            continue
        expect(f"governance of {name}", chain.holders(name, GOVERNANCE), (suite.timelock.address,))
        if PENDING in roles:
            expect(f"{PENDING} of {name}", chain.holders(name, PENDING), ())
        if GUARDIAN in roles:
            expect(f"guardian of {name}", chain.holders(name, GUARDIAN), guardian)
    for role, members in timelock_members(suite).items():
        holder = suite.timelock if role == _ADMIN else suite.governor
        expect(f"{role} of the Timelock", tuple(members), (holder.address,))
    expect("timelock of the Governor", (suite.governor.timelock(),), (suite.timelock.address,))
    expect("pool of the SlashVault", (suite.slash_vault.pool(),), (suite.pool.address,))
    registry = suite.committee_registry
    expect("pool of the CommitteeRegistry", (registry.pool(),), (suite.pool.address,))
    expect("registry of the CommitteeRelay", (suite.relay.registry(),), (registry.address,))
    for what, contract in (("slasher", suite.slasher), ("distributor", suite.distributor)):
        if contract is not None:
            holder = (getattr(suite.pool, what)(),)
            expect(f"{what} of the pool", holder, (contract.address,))
            expect(f"registry of the {what}", (contract.registry(),), (registry.address,))
    if suite.registry is not None:
        relay = (suite.registry.sequencer_set.relay(),)
        expect("relay of the SequencerSet", relay, (suite.relay.address,))
    return wrong


def roles_of(suite: Suite, address: str) -> list[str]:
    """All roles that an address holds on the connected chain, also such as wait for it."""
    found = [
        f"{power.role} of {power.contract}"
        for power in privileges(suite)
        if address in power.holders
    ]
    pool, vault = suite.pool, suite.slash_vault
    for what, holder in (
        ("announced slasher of the pool", pool.announced_slasher()[0]),
        ("treasury of the SlashVault", vault.treasury()),
        ("announced treasury of the SlashVault", vault.announced_treasury()[0]),
    ):
        if holder == address:
            found.append(what)
    if suite.timelock is not None:
        for name in TIMELOCK_ROLES:
            role = bytes(getattr(suite.timelock, name)())
            if suite.timelock.hasRole(role, address):
                found.append(f"{name} of {TIMELOCK}")
    id, approval, _ = pool.admission(address)
    if approval != Approval.NONE:
        found.append("approved owner in the pool")
    if id:
        found.append(f"owner of sequencer {id}")
    signs_for = pool.signer_of_record(address)[0]
    if signs_for:
        found.append(f"signer of sequencer {signs_for}")
    return list(dict.fromkeys(found))


def l2_roles_of(registry: Registry, address: str) -> list[str]:
    """The same of L2."""
    return list(
        dict.fromkeys(
            f"{power.role} of {SET}"
            for power in l2_privileges(registry)
            if address in power.holders
        )
    )
