"""Launch values: params/<network>.json, checked strictly.

Amounts are "20000 METIS", durations "21 days", shares "0.1 %"; addresses are checksummed, or names
of test accounts on local chains. `null` stands for what has to be filled in before anything is
deployed. Section penalties is the Slasher's, section rewards the RewardDistributor's, section
governance the SequencerGovernor's; section l2 has the terms of the SequencerSet, and the way there.
"""

import json
from collections.abc import Callable
from dataclasses import astuple, fields
from pathlib import Path
from typing import Annotated, Any

from eth_utils import is_checksum_address
from pydantic import PlainValidator, ValidationInfo

from seqpool.chain import accounts
from seqpool.data import PARAMS
from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.files.strict_model import BadValue, read_as, reader, strict, wanted
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

MOCK = "mock"
# as governance, slasher or distributor: deployed with the suite
NEW = "new"
# as chain id of the L2, on local chains: whichever is connected
ANY = "any"


# ---------------------------------------------------------------- how a value is read


def _filled(read: Callable[[Any, str], Any]) -> PlainValidator:
    """A reader of what may not be null; it gets the value and the network."""

    def read_filled(value: Any, info: ValidationInfo) -> Any:
        if value is None:
            raise ValueError("has to be filled in before the suite is deployed")
        return read(value, info.context["network"])

    return reader(read_filled)


def _text(parse: Callable[[str], int], what: str) -> PlainValidator:
    def read(value: Any, network: str) -> int:
        if not isinstance(value, str):
            raise wanted(what, value)
        try:
            return parse(value)
        except UserError as error:
            raise ValueError(str(error)) from None

    return _filled(read)


def _parse_amount(text: str) -> int:
    if not text.endswith(" METIS"):
        raise wanted(_AN_AMOUNT, text)
    return parse_metis(text.removesuffix(" METIS"))


def _whole(value: Any, network: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wanted("a whole number", value)
    return value


def _chain_id(value: Any, network: str) -> int | str:
    is_any = value == ANY and accounts.is_local(network)
    return ANY if is_any else _whole(value, network)


def _space(value: Any, network: str) -> str:
    if not isinstance(value, str) or not value:
        raise wanted("the name of one on Snapshot", value)
    return value


def _address(*instead: str) -> PlainValidator:
    """An address; or, if it is one of `instead`, MOCK, NEW or ZERO."""
    return _filled(lambda value, network: _read_address(value, network, instead))


def _read_address(value: Any, network: str, instead: tuple[str, ...] = ()) -> str:
    if not isinstance(value, str):
        raise wanted("an address", value)
    if value == NEW and NEW in instead:
        return NEW
    if accounts.is_local(network):
        if value == MOCK and MOCK in instead:
            return MOCK
        if value in accounts.NAMES:
            return accounts.named_account(value).address
    elif value == MOCK:
        raise ValueError(f"{MOCK} is for local chains only")
    if not is_checksum_address(value):
        raise ValueError(f"{json.dumps(value)} is no address with the right checksum")
    if value == ZERO and ZERO not in instead:
        raise ValueError("must not be the zero address")
    return value


def _addresses(value: Any, network: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise wanted("a list of addresses", value)
    return tuple(_read_address(x, network) for x in value)


_AN_AMOUNT = 'an amount such as "20000 METIS"'
Amount = Annotated[int, _text(_parse_amount, _AN_AMOUNT)]  # wei
Duration = Annotated[int, _text(parse_duration, 'a duration such as "21 days"')]  # seconds
Share = Annotated[int, _text(parse_percent, 'a share such as "0.1 %"')]  # basis points
Whole = Annotated[int, _filled(_whole)]
RealAddress = Annotated[str, _address()]


# ---------------------------------------------------------------- what a file has


@strict
class PoolParams:
    """ISequencerPool.Parameters, in its order."""

    min_stake: Amount
    cap: Amount
    max_sequencers: Whole
    exit_delay: Duration
    cure_period: Duration
    rotation_period: Duration

    def as_tuple(self) -> tuple[int, ...]:
        return astuple(self)


@strict
class AddressParams:
    """What the suite is told at deployment."""

    metis: Annotated[str, _address(MOCK)]
    governance: Annotated[str, _address(NEW)]  # NEW: a Timelock with a SequencerGovernor
    guardian: RealAddress
    slasher: Annotated[str, _address(NEW, ZERO)]  # zero: has to be announced later
    distributor: Annotated[str, _address(NEW, ZERO)]  # zero: has to be set later
    treasury: RealAddress  # gets slashed METIS after a year
    allocator: Annotated[str, _address(ZERO)]  # of the LST vault; zero: has to be set later


@strict
class PenaltyParams:
    """ISlasher.Penalties, in its order: shares of what is locked."""

    timeout: Share  # for each strike
    timeout_maximum: Share  # for all strikes
    backlog: Share
    invalid_execution: Share
    equivocation: Share
    mass_outage: Share

    def as_tuple(self) -> tuple[int, ...]:
        return astuple(self)


@strict
class RewardParams:
    """Of a new RewardDistributor."""

    mrr: Share  # a year
    first_block: Whole  # of L2 that is paid for
    bridge: Annotated[str, _address(MOCK)]  # for ERC-20 tokens, on L1
    l2_metis: RealAddress  # the token on L2


@strict
class GovernanceParams:
    """Of a new SequencerGovernor."""

    proposal_threshold: Amount
    quorum: Amount
    wallets: Whole
    approval: Share
    attesters: Annotated[tuple[str, ...], _filled(_addresses)]
    attestation_threshold: Whole  # so many of them sign
    space: Annotated[str, _filled(_space)]  # on Snapshot

    @property
    def criteria(self) -> tuple[int, int, int]:
        """ISequencerGovernor.Criteria."""
        return (self.quorum, self.wallets, self.approval)


@strict
class L2Params:
    """ISequencerSet.Parameters in its order, and the way to L2."""

    epoch_length: Whole  # blocks
    block_timeout: Duration
    fallback_delay: Duration
    fallback_sequencer: RealAddress
    chain_id: Annotated[int | str, _filled(_chain_id)]  # or ANY
    l1_messenger: Annotated[str, _address(MOCK)]
    l2_messenger: Annotated[str, _address(MOCK)]

    @property
    def terms(self) -> tuple[int | str, ...]:
        """ISequencerSet.Parameters."""
        return (
            self.epoch_length,
            self.block_timeout,
            self.fallback_delay,
            self.fallback_sequencer,
        )


@strict
class Params:
    parameters: PoolParams
    addresses: AddressParams
    penalties: PenaltyParams
    rewards: RewardParams
    governance: GovernanceParams
    l2: L2Params


def default_path(ecosystem: str, network: str) -> Path:
    """The file of a network; a fork has that of the network it was forked from."""
    if accounts.is_local(network):
        return PARAMS / "local.json"
    return PARAMS / f"{ecosystem}-{network.removesuffix('-fork')}.json"


def load_params(path: Path, network: str) -> Params:
    """The launch values in a file, or UserError."""
    try:
        return read_params(strict_json.parse(path.read_text()), network)
    except FileNotFoundError:
        raise UserError(f"no params file {shown(path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{shown(path)}: cannot be read ({error})") from None
    except json.JSONDecodeError as error:
        raise UserError(f"{shown(path)}: no JSON (line {error.lineno}: {error.msg})") from None
    except RecursionError:
        raise UserError(f"{shown(path)}: nests too deep") from None
    except (UserError, BadValue) as error:
        raise UserError(f"{shown(path)}: {error}") from None


def read_params(data: object, network: str) -> Params:
    """The launch values in the content of a file, or UserError."""
    try:
        params = read_as(Params, data, {"network": network})
    except BadValue as error:
        raise UserError(str(error)) from None
    _check_bounds("parameters", params.parameters, bounds(params.parameters))
    _check_roles(params.addresses)
    _check_bounds("penalties", params.penalties, PENALTY_BOUNDS)
    _check_bounds("rewards", params.rewards, REWARD_BOUNDS)
    _check_governance(params.governance, params.addresses)
    _check_bounds("l2", params.l2, L2_BOUNDS)
    return params


# ---------------------------------------------------------------- what values may be together


def _check_governance(governance: GovernanceParams, addresses: AddressParams) -> None:
    _check_bounds("governance", governance, GOVERNANCE_BOUNDS)
    attesters, threshold = governance.attesters, governance.attestation_threshold
    floor, ceiling = LIMITS["ATTESTERS_FLOOR"], LIMITS["MAX_ATTESTERS"]
    # none at all is for suites whose governance is there already
    if not attesters and addresses.governance != NEW:
        return
    if not floor <= len(attesters) <= ceiling:
        count = len(attesters)
        raise UserError(f"governance.attesters: {count} are not within {floor} .. {ceiling}")
    if len(set(attesters)) != len(attesters):
        raise UserError("governance.attesters: one is named twice")
    if not len(attesters) < 2 * threshold <= 2 * len(attesters):
        raise UserError(
            f"governance.attestation_threshold: {threshold} of {len(attesters)} is not more than"
            " half"
        )


def _check_roles(addresses: AddressParams) -> None:
    held: dict[str, str] = {}
    for field in fields(addresses):
        address = getattr(addresses, field.name)
        if address not in (ZERO, NEW) and address in held:
            raise UserError(f"addresses.{field.name}: is the same as {held[address]}")
        held[address] = field.name


def bounds(parameters: PoolParams) -> dict[str, tuple[int, int]]:
    """Floor and ceiling of each parameter, given the others, as in the pool's setters."""
    return {
        "min_stake": (LIMITS["MIN_STAKE_FLOOR"], parameters.cap),
        "cap": (parameters.min_stake, LIMITS["CAP_CEILING"]),
        "max_sequencers": (LIMITS["SEATS_FLOOR"], LIMITS["MAX_SEQUENCERS"]),
        "exit_delay": (LIMITS["EXIT_DELAY_FLOOR"], LIMITS["EXIT_DELAY_CEILING"]),
        "cure_period": (LIMITS["CURE_PERIOD_FLOOR"], LIMITS["CURE_PERIOD_CEILING"]),
        "rotation_period": (LIMITS["ROTATION_PERIOD_FLOOR"], LIMITS["ROTATION_PERIOD_CEILING"]),
    }


# of the terms on L2
L2_BOUNDS = {
    name: (LIMITS[f"{name.upper()}_FLOOR"], LIMITS[f"{name.upper()}_CEILING"])
    for name in ("epoch_length", "block_timeout", "fallback_delay")
}

# of rewards, as in contracts/RewardDistributor.vy
REWARD_BOUNDS = {
    "mrr": (0, LIMITS["MRR_CEILING"]),
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


def _check_bounds(section: str, values: object, allowed: dict[str, tuple[int, int]]) -> None:
    for name, (floor, ceiling) in allowed.items():
        value = getattr(values, name)
        if not floor <= value <= ceiling:
            text, low, high = (format_parameter(name, x) for x in (value, floor, ceiling))
            raise UserError(f"{section}.{name}: {text} is not within {low} .. {high}")
