"""Reads what the bridge wants for a message to L2."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from seqpool.chain import ape
from seqpool.deployment.deployment_file import LOCAL_MESSENGER
from seqpool.deployment.suite import Suite
from seqpool.errors import UserError

if TYPE_CHECKING:
    from ape.contracts import ContractInstance


def bridge_fee(bridge: ContractInstance, gas_limit: int) -> int:
    """Wei that a mock of the bridge wants, or UserError if it cannot be asked."""
    with suppress(ape.ApeException):
        return bridge.gas_price() * gas_limit
    raise UserError("the bridge's fee is not known: name it with --fee, in ETH")


def messenger_fee(suite: Suite, gas_limit: int) -> int:
    """Wei that a suite's messenger wants, or UserError if it cannot be asked."""
    messenger = suite.messenger
    if messenger.contract_type.name == LOCAL_MESSENGER:
        return 0
    return bridge_fee(messenger, gas_limit)
