"""What a watcher shows of itself: the numbers of metrics.Readings, from its parts."""

from collections import Counter

from seqpool.units import DAY, METIS
from seqpool.watcher.exchange.peers import Exchange
from seqpool.watcher.monitor.alerts import Alerts
from seqpool.watcher.monitor.metrics import Readings
from seqpool.watcher.watch import Watcher

ETHER = 10**18
# What may become of a line: Exchange counts each.
_LINES = ("new", "known", "refused", "bad")


def readings(watcher: Watcher, exchange: Exchange, alerts: Alerts) -> Readings:
    """The numbers of a moment."""
    status, counts, now = watcher.status, watcher.duty.counts, watcher.clock.now()
    own, senders = status.own, {sender.name: sender for sender in watcher.senders}
    peers = Counter("up" if peer.is_up else "down" for peer in exchange.peers())
    deadline = own.next_deadline
    return Readings(
        healthy=int(not watcher.problems()),
        height=status.height,
        lag_seconds=status.lag(now),
        epoch=status.epoch,
        my_turn=int(status.is_my_turn),
        round=status.round,
        pending_transactions=status.pending,
        votes_signed_total=counts.votes_signed,
        votes_seen_total=counts.votes_seen,
        sign_conflicts_total=counts.conflicts,
        certificates_total=counts.certificates,
        lines_total={name: exchange.counts[name] for name in _LINES},
        requests_limited_total=exchange.counts["limited"],
        submissions_total={name: sender.sent for name, sender in senders.items()},
        rpc_failures_total=watcher.rpc_failures,
        gas_spent_today={name: sender.spent / ETHER for name, sender in senders.items()},
        balance={name: balance / ETHER for name, balance in status.balances.items()},
        peers={name: peers[name] for name in ("up", "down")},
        stake=own.stake / METIS,
        min_stake=own.min_stake / METIS,
        unclaimed_rewards=own.unclaimed / METIS,
        cases=sum(1 for case in own.cases if case.releasable_at),
        outages=len(status.outages),
        outage_due=sum(len(outage.due) for outage in status.outages),
        outage_cost=sum(x.own_cost[1] for x in status.outages if x.own_cost) / METIS,
        days_to_deadline=None if deadline is None else (deadline - now) / DAY,
        alerts=Counter(alert["kind"] for alert in alerts.raised),
    )
