"""A vault's share of the rewards of the sequencer that it is paired with."""

from typing import Any

from seqpool.protocol.limits import LIMITS

# What a vault's share is in parts of.
SHARE = 10**7


def vault_share(own: int, paired: int, commission_bps: int) -> int:
    """The vault's share of rewards, parts of SHARE, rounded down.

    own, paired: wei of bonded stake, not both 0. commission_bps: basis points, 0..5,000."""
    return paired * (LIMITS["BPS"] - commission_bps) * SHARE // ((own + paired) * LIMITS["BPS"])


def present_share(record: Any) -> int:
    """The same of a sequencer's record, as `sync` would set it from now on."""
    own, paired = record.own.bonded, record.paired.bonded
    return vault_share(own, paired, record.commission_bps) if paired else 0
