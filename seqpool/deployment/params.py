"""Launch values: params/<network>.json, checked strictly.

Amounts are "20000 METIS", durations "21 days", shares "0.1 %"; addresses are checksummed, or names
of test accounts on local chains. `null` stands for what has to be filled in before anything is
deployed. Section penalties is the Slasher's, section rewards the RewardDistributor's, section
governance the SequencerGovernor's; section l2 has the terms of the SequencerSet, and the way there.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from eth_utils import is_checksum_address

from seqpool.chain import accounts
from seqpool.data import PARAMS
from seqpool.errors import UserError, shown
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.units import (
    DAY,
    format_duration,
    format_metis,
    format_percent,
    parse_duration,
    parse_metis,
    parse_percent,
)

_UNFILLED = "has to be filled in before the suite is deployed"
MOCK = "mock"
# as governance, slasher or distributor: deployed with the suite
NEW = "new"
# as chain id of the L2, on local chains: whichever is connected
ANY = "any"


@dataclass(frozen=True)
class Parameters:
    """ISequencerPool.Parameters, in its order."""

    min_stake: int  # wei
    cap: int  # wei
    max_sequencers: int
    exit_delay: int  # seconds
    cure_period: int  # seconds
    rotation_period: int  # seconds

    def as_tuple(self) -> tuple[int, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Addresses:
    """What the suite is told at deployment. `metis` may be MOCK."""

    metis: str
    governance: str  # NEW: a Timelock with a SequencerGovernor; or one that is there
    guardian: str
    slasher: str  # NEW, or one that is there; zero: has to be announced later
    distributor: str  # NEW, or one that is there; zero: has to be set later
    treasury: str  # gets slashed METIS after a year
    allocator: str  # of the LST vault; zero: has to be set later


@dataclass(frozen=True)
class Penalties:
    """ISlasher.Penalties, in its order: basis points of what is locked."""

    timeout: int  # for each strike
    timeout_maximum: int  # for all strikes
    backlog: int
    invalid_execution: int
    equivocation: int
    mass_outage: int

    def as_tuple(self) -> tuple[int, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Rewards:
    """Of a new RewardDistributor. The bridge may be MOCK."""

    mrr: int  # basis points a year
    block_time: int  # seconds
    first_block: int  # of L2 that is paid for
    bridge: str  # for ERC-20 tokens, on L1
    l2_metis: str  # the token on L2


@dataclass(frozen=True)
class Governance:
    """Of a new SequencerGovernor."""

    proposal_threshold: int  # wei of METIS
    quorum: int  # wei of METIS
    wallets: int
    approval: int  # basis points
    attesters: tuple[str, ...]
    attestation_threshold: int  # so many of them sign
    space: str  # on Snapshot

    @property
    def criteria(self) -> tuple[int, int, int]:
        """ISequencerGovernor.Criteria."""
        return (self.quorum, self.wallets, self.approval)


@dataclass(frozen=True)
class L2:
    """ISequencerSet.Parameters in its order, and the way to L2. The messengers may be MOCK."""

    epoch_length: int  # blocks
    block_timeout: int  # seconds
    fallback_delay: int  # seconds
    fallback_sequencer: str
    chain_id: int | str  # or ANY
    l1_messenger: str
    l2_messenger: str

    @property
    def terms(self) -> tuple[int | str, ...]:
        """ISequencerSet.Parameters."""
        return (
            self.epoch_length,
            self.block_timeout,
            self.fallback_delay,
            self.fallback_sequencer,
        )


@dataclass(frozen=True)
class Params:
    parameters: Parameters
    addresses: Addresses
    penalties: Penalties
    rewards: Rewards
    governance: Governance
    l2: L2


def default_path(ecosystem: str, network: str) -> Path:
    """The file of a network; a fork has that of the network it was forked from."""
    if accounts.is_local(network):
        return PARAMS / "local.json"
    return PARAMS / f"{ecosystem}-{network.removesuffix('-fork')}.json"


def load_params(path: Path, network: str) -> Params:
    """The launch values in a file, or UserError."""
    try:
        data = json.loads(path.read_text(), object_pairs_hook=_unique)
    except FileNotFoundError:
        raise UserError(f"no params file {shown(path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{shown(path)}: cannot be read ({error})") from None
    except json.JSONDecodeError as error:
        raise UserError(f"{shown(path)}: no JSON (line {error.lineno}: {error.msg})") from None
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from None
    try:
        return read_params(data, network)
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from None


def read_params(data: object, network: str) -> Params:
    """The launch values in the content of a file, or UserError."""
    sections = _keys(data, "the file", _names(Params))
    values = _keys(sections["parameters"], "parameters", _names(Parameters))
    parameters = Parameters(**{name: _READERS[name](name, value) for name, value in values.items()})
    _check_bounds(parameters, bounds(parameters))
    values = _keys(sections["addresses"], "addresses", _names(Addresses))
    addresses = Addresses(
        **{name: _address(name, value, network) for name, value in values.items()}
    )
    _check_roles(addresses)
    values = _keys(sections["penalties"], "penalties", _names(Penalties))
    penalties = Penalties(**{name: _percent(name, value) for name, value in values.items()})
    _check_bounds(penalties, PENALTY_BOUNDS)
    values = _keys(sections["rewards"], "rewards", _names(Rewards))
    rewards = Rewards(**{name: _value(name, value, network) for name, value in values.items()})
    _check_bounds(rewards, REWARD_BOUNDS)
    governance = _governance(sections["governance"], network)
    _check_governance(governance, addresses)
    values = _keys(sections["l2"], "l2", _names(L2))
    l2 = L2(**{name: _value(name, value, network) for name, value in values.items()})
    _check_bounds(l2, L2_BOUNDS)
    return Params(parameters, addresses, penalties, rewards, governance, l2)


def _governance(section: object, network: str) -> Governance:
    values = _keys(section, "governance", _names(Governance))
    for name, value in values.items():
        if value is None:
            raise UserError(f"{name}: {_UNFILLED}")
    names = values.pop("attesters")
    if not isinstance(names, list):
        raise UserError("attesters: wanted a list of addresses")
    space = values.pop("space")
    if not isinstance(space, str) or not space:
        raise UserError(f"space: wanted the name of one on Snapshot, found {_json(space)}")
    return Governance(
        **{name: _READERS[name](name, value) for name, value in values.items()},
        attesters=tuple(_address("attesters", name, network) for name in names),
        space=space,
    )


def _check_governance(governance: Governance, addresses: Addresses) -> None:
    _check_bounds(governance, GOVERNANCE_BOUNDS)
    attesters, threshold = governance.attesters, governance.attestation_threshold
    floor, ceiling = LIMITS["ATTESTERS_FLOOR"], LIMITS["MAX_ATTESTERS"]
    # none at all is for suites whose governance is there already
    if not attesters and addresses.governance != NEW:
        return
    if not floor <= len(attesters) <= ceiling:
        raise UserError(f"attesters: {len(attesters)} are not within {floor} .. {ceiling}")
    if len(set(attesters)) != len(attesters):
        raise UserError("attesters: one is named twice")
    if not len(attesters) < 2 * threshold <= 2 * len(attesters):
        raise UserError(
            f"attestation_threshold: {threshold} of {len(attesters)} is not more than half"
        )


def _value(name: str, value: object, network: str) -> int | str:
    """Of the sections that hold more than one kind."""
    if value is None:
        raise UserError(f"{name}: {_UNFILLED}")
    if name in _READERS:
        return _READERS[name](name, value)
    if name == "chain_id" and value == ANY and accounts.is_local(network):
        return ANY
    return _number(name, value) if name == "chain_id" else _address(name, value, network)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise UserError(f"{key} stands there twice")
        found[key] = value
    return found


def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _keys(data: object, where: str, wanted: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(data, dict):
        raise UserError(f"{where}: wanted an object with {', '.join(wanted)}")
    for kind, keys in (
        ("unknown", [key for key in data if key not in wanted]),
        ("missing", [key for key in wanted if key not in data]),
    ):
        if keys:
            raise UserError(f"{where}: {kind} {', '.join(keys)}")
    return {key: data[key] for key in wanted}


def _amount(name: str, value: object) -> int:
    if not isinstance(value, str) or not value.endswith(" METIS"):
        raise UserError(f'{name}: wanted an amount such as "20000 METIS", found {_json(value)}')
    return _named(name, parse_metis, value.removesuffix(" METIS"))


def _duration(name: str, value: object) -> int:
    if not isinstance(value, str):
        raise UserError(f'{name}: wanted a duration such as "21 days", found {_json(value)}')
    return _named(name, parse_duration, value)


def _percent(name: str, value: object) -> int:
    if not isinstance(value, str):
        raise UserError(f'{name}: wanted a share such as "0.1 %", found {_json(value)}')
    return _named(name, parse_percent, value)


def _number(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise UserError(f"{name}: wanted a whole number, found {_json(value)}")
    return value


_READERS = {
    "min_stake": _amount,
    "cap": _amount,
    "max_sequencers": _number,
    "exit_delay": _duration,
    "cure_period": _duration,
    "rotation_period": _duration,
    "epoch_length": _number,
    "block_timeout": _duration,
    "fallback_delay": _duration,
    "mrr": _percent,
    "block_time": _duration,
    "first_block": _number,
    "proposal_threshold": _amount,
    "quorum": _amount,
    "wallets": _number,
    "approval": _percent,
    "attestation_threshold": _number,
}


def _json(value: object) -> str:
    return json.dumps(value)


def _named(name: str, parse, value: str) -> int:
    try:
        return parse(value)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None


def bounds(parameters: Parameters) -> dict[str, tuple[int, int]]:
    """Floor and ceiling of each parameter, given the others, as in the pool's setters."""
    return {
        "min_stake": (LIMITS["MIN_STAKE_FLOOR"], parameters.cap),
        "cap": (parameters.min_stake, LIMITS["CAP_CEILING"]),
        "max_sequencers": (LIMITS["SEATS_FLOOR"], LIMITS["MAX_SEQUENCERS"]),
        "exit_delay": (LIMITS["EXIT_DELAY_FLOOR"], LIMITS["EXIT_DELAY_CEILING"]),
        "cure_period": (LIMITS["CURE_PERIOD_FLOOR"], LIMITS["CURE_PERIOD_CEILING"]),
        "rotation_period": (LIMITS["ROTATION_PERIOD_FLOOR"], LIMITS["ROTATION_PERIOD_CEILING"]),
    }


# of the terms on L2, as in contracts/modules/l2_call.vy
L2_BOUNDS = {
    name: (LIMITS[f"{name.upper()}_FLOOR"], LIMITS[f"{name.upper()}_CEILING"])
    for name in ("epoch_length", "block_timeout", "fallback_delay")
}

# of rewards, as in contracts/RewardDistributor.vy
REWARD_BOUNDS = {
    "mrr": (0, LIMITS["MRR_CEILING"]),
    "block_time": (LIMITS["BLOCK_TIME_FLOOR"], LIMITS["BLOCK_TIME_CEILING"]),
    "first_block": (1, 2**64 - 1),
}

# of votes, as in contracts/SequencerGovernor.vy
GOVERNANCE_BOUNDS = {
    "proposal_threshold": (0, LIMITS["PROPOSAL_THRESHOLD_CEILING"]),
    "quorum": (LIMITS["QUORUM_FLOOR"], LIMITS["QUORUM_CEILING"]),
    "wallets": (LIMITS["WALLETS_FLOOR"], LIMITS["WALLETS_CEILING"]),
    "approval": (LIMITS["APPROVAL_FLOOR"], LIMITS["APPROVAL_CEILING"]),
}

# of penalties, as in contracts/modules/slashing/offences.vy
PENALTY_BOUNDS = {
    "timeout": (0, LIMITS["TIMEOUT_CEILING"]),
    "timeout_maximum": (0, LIMITS["TIMEOUT_CEILING"]),
    "backlog": (0, LIMITS["BACKLOG_CEILING"]),
    "invalid_execution": (0, LIMITS["INVALID_EXECUTION_CEILING"]),
    "equivocation": (0, LIMITS["EQUIVOCATION_CEILING"]),
    "mass_outage": (0, LIMITS["MASS_OUTAGE_CEILING"]),
}


def format_parameter(name: str, value: int) -> str:
    """A value with its unit."""
    if name in ("min_stake", "cap", "quorum", "proposal_threshold"):
        return f"{format_metis(value)} METIS"
    if name in ("max_sequencers", "first_block", "wallets", "attestation_threshold"):
        return str(value)
    if name in ("mrr", "approval") or name in PENALTY_BOUNDS:
        return format_percent(value)
    if name == "epoch_length":
        return f"{value:,} blocks"
    if value % DAY == 0:
        return "1 day" if value == DAY else f"{value // DAY} days"
    return format_duration(value)


def _check_bounds(values: object, allowed: dict[str, tuple[int, int]]) -> None:
    for name, (floor, ceiling) in allowed.items():
        value = getattr(values, name)
        if not floor <= value <= ceiling:
            shown, low, high = (format_parameter(name, x) for x in (value, floor, ceiling))
            raise UserError(f"{name}: {shown} is not within {low} .. {high}")


_MOCKABLE = ("metis", "l1_messenger", "l2_messenger", "bridge")
_NEWABLE = ("governance", "slasher", "distributor")
_LATER = ("slasher", "distributor", "allocator")


def _address(name: str, value: object, network: str) -> str:
    if value is None:
        raise UserError(f"{name}: {_UNFILLED}")
    if not isinstance(value, str):
        raise UserError(f"{name}: wanted an address, found {_json(value)}")
    if name in _NEWABLE and value == NEW:
        return NEW
    if accounts.is_local(network):
        if name in _MOCKABLE and value == MOCK:
            return MOCK
        if value in accounts.NAMES:
            return accounts.named_account(value).address
    elif value == MOCK:
        raise UserError(f"{name}: {MOCK} is for local chains only")
    if not is_checksum_address(value):
        raise UserError(f"{name}: {_json(value)} is no address with the right checksum")
    if value == ZERO and name not in _LATER:
        raise UserError(f"{name}: must not be the zero address")
    return value


def _check_roles(addresses: Addresses) -> None:
    held: dict[str, str] = {}
    for name in _names(Addresses):
        address = getattr(addresses, name)
        if address not in (ZERO, NEW) and address in held:
            raise UserError(f"{name}: is the same as {held[address]}")
        held[address] = name
