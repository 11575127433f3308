"""Slasher.stop"""

import ape

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated

STOP, INTERVAL = LIMITS["SLASHER_STOP"], LIMITS["SLASHER_STOP_INTERVAL"]


def test_stop_stops_for_three_days_and_emits(court, slasher):
    tx = slasher.stop(sender=court.guardian)
    assert tx.events == [slasher.Paused(until=tx.timestamp + STOP)]
    assert slasher.stopped()
    court.mine_at(tx.timestamp + STOP - 1)
    assert slasher.stopped()
    court.mine_at(tx.timestamp + STOP)
    assert not slasher.stopped()


def test_stop_leaves_votes_and_what_helps_sequencers(court, slasher, pending):
    slasher.stop(sender=court.guardian)
    slasher.slash_by_governance(pending.id, 1, "ipfs://vote", sender=court.governance)
    with isolated(court.chain):
        slasher.confirm(1, sender=court.governance)
    with isolated(court.chain):
        slasher.drop(1, sender=court.governance)
    court.at(pending.expires_at - STOP // 2)
    slasher.stop(sender=court.guardian)
    court.at(pending.expires_at)
    slasher.lapse(1, sender=court.stranger)
    assert slasher.stopped()


def test_stop__too_soon__reverts(court, slasher):
    """Even if the last one was ended early."""
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    slasher.resume(sender=court.guardian)
    with isolated(court.chain):
        court.at(stopped_at + INTERVAL)
        slasher.stop(sender=court.guardian)
        assert slasher.stopped()
    court.at(stopped_at + INTERVAL - 1)
    with ape.reverts("timed_pause: too soon"):
        slasher.stop(sender=court.guardian)


def test_stop__governance__reverts(court, slasher):
    with ape.reverts("guardian: not guardian"):
        slasher.stop(sender=court.governance)
