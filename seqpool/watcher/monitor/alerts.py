"""Alerts: what an operator has to know. docs/alerts.md describes their JSON.

Each condition is found in what the watcher knows, told when it begins, and told when it is over. An
alert goes to a webhook, to a command on its standard input, or to both. The store remembers what
was told, so a restart does not repeat it. What could not be told is told at the next look.
"""

import asyncio
import contextlib
import json
import logging
import os
import shlex
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from seqpool.protocol.limits import LIMITS
from seqpool.units import (
    DAY,
    METIS,
    format_duration,
    format_metis,
    format_percent,
    format_time,
)
from seqpool.watcher.base.http import read_answer
from seqpool.watcher.exchange.store import Store
from seqpool.watcher.monitor.status import OpenOutage, Own, Status, VaultCase

log = logging.getLogger(__name__)

# An alert as it is told: docs/alerts.md.
Form = dict[str, Any]

VERSION = 1
WARNING, CRITICAL = "warning", "critical"
# kind => how bad it is
SEVERITIES = {
    "accused": CRITICAL,
    "slashed": CRITICAL,
    "below_min_stake": CRITICAL,
    "jailed": CRITICAL,
    "unclaimed": WARNING,
    "appeal_deadline": CRITICAL,
    "out_of_gas": CRITICAL,
    "peers_lost": WARNING,
    "outage": WARNING,
    "top_up_due": WARNING,
    "outage_cost": CRITICAL,
    "vault_case": WARNING,
    "refund_due": WARNING,
    "refund_unclaimed": WARNING,
}
# Seconds for which an accusation stands at least: as long as the Slasher takes a report of it.
STANDING = LIMITS["CERTIFICATE_MAX_AGE"]
RAISED, CLEARED = "raised", "cleared"
_KEY = "alerts"
_ANSWER = 64 * 2**10


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go, and their thresholds. Without webhook and command they are only logged."""

    webhook: str | None = None  # URL
    command: str | None = None  # as in a shell, but run without one
    timeout: float = 10  # seconds
    attempts: int = 3
    unclaimed: int = 100 * METIS  # wei of rewards
    appeal_warning: int = 2 * DAY  # seconds before the last moment
    top_up_warning: int = 1_800  # seconds in which nobody has charged what is due
    refund_warning: int = 3_600  # seconds in which nobody has collected the vault's refund
    # chain => wei of the signer's balance below which it is out of gas
    least_balance: Mapping[str, int] = field(
        default_factory=lambda: {"l1": 2 * 10**16, "l2": 10**17}
    )
    # seconds after the start before peers are missed
    patience: float = 120


@dataclass(frozen=True)
class Alert:
    """A condition that holds now."""

    kind: str  # of SEVERITIES
    key: str  # tells alerts of one kind apart; empty if there is only one
    text: str
    data: Mapping[str, object] = field(default_factory=dict)


def find(
    status: Status, peers_up: int, peers: int, now: float, settings: AlertSettings
) -> list[Alert]:
    """The conditions that hold now, given how many of this watcher's peers answer."""
    until = int(now) + STANDING
    found = [
        Alert(
            "accused", what, f"enough members have signed {what}", {"message": what, "until": until}
        )
        for what in status.accused
    ]
    found += _of_stake(status.own, now, settings)
    for chain, balance in status.balances.items():
        least = settings.least_balance.get(chain, 0)
        if balance < least:
            found.append(
                Alert(
                    "out_of_gas",
                    chain,
                    f"the signer has {format_metis(balance)} left on {chain}, less than"
                    f" {format_metis(least)}",
                    {"chain": chain, "balance": str(balance), "least": str(least)},
                )
            )
    # this watcher is one of them; with a third away no certificate comes about
    is_settled = now - status.started_at >= settings.patience
    if peers and is_settled and 3 * (peers_up + 1) < 2 * (peers + 1):
        text = f"{peers_up} of {peers} peers answer"
        found.append(Alert("peers_lost", "", text, {"up": peers_up, "peers": peers}))
    for outage in status.outages:
        found += _of_outage(outage, now, settings)
    for vault_case in status.vault_cases:
        found += _of_vault(vault_case, now, settings)
    for refund in status.unclaimed_refunds:
        requests = ", ".join(map(str, sorted(refund.amounts)))
        amount = sum(refund.amounts.values())
        text = (
            f"{format_metis(amount)} METIS of the refund of case {refund.number} wait for requests"
            f" that have left the LST vault: {requests}"
        )
        data = {"case": refund.number, "amount": str(amount), "requests": sorted(refund.amounts)}
        found.append(Alert("refund_unclaimed", str(refund.number), text, data))
    return found


def _of_vault(case: VaultCase, now: float, settings: AlertSettings) -> Iterable[Alert]:
    number, amount = case.number, format_metis(case.amount)
    data: dict[str, object] = {"case": number, "amount": str(case.amount)}
    text = f"case {number}: {amount} METIS of the LST vault are open, and in the price of deposits"
    yield Alert("vault_case", str(number), text, data)
    since = case.decided_since
    if since is not None and now - since >= settings.refund_warning:
        text = (
            f"case {number} of the LST vault is decided, and for"
            f" {format_duration(int(now) - since)} nobody has collected its refund of"
            f" {format_metis(case.refund)} METIS"
        )
        data = {"case": number, "amount": str(case.refund), "since": since}
        yield Alert("refund_due", str(number), text, data)


def _of_outage(outage: OpenOutage, now: float, settings: AlertSettings) -> Iterable[Alert]:
    number, ids = outage.number, sorted(outage.due)
    span = f"{format_time(outage.starts_at)} to {format_time(outage.ends_at)} UTC"
    span_data = {"outage": number, "starts_at": outage.starts_at, "ends_at": outage.ends_at}
    # one that has grown is told again
    key = f"{number}:{outage.starts_at}:{outage.ends_at}"
    text = f"mass outage {number}, {span}: whoever timed out in it has to pay"
    yield Alert("outage", key, text, span_data)
    waits_since = outage.waits_since
    if waits_since is not None and now - waits_since >= settings.top_up_warning:
        text = (
            f"mass outage {number}: {len(ids)} are not charged yet, and for"
            f" {format_duration(int(now) - waits_since)} nobody has done it"
        )
        data = {"outage": number, "ids": ids, "since": waits_since}
        yield Alert("top_up_due", str(number), text, data)
    if outage.own_cost is not None:
        bps, amount = outage.own_cost
        text = (
            f"this sequencer timed out in mass outage {number}: {format_percent(bps)},"
            f" {format_metis(amount)} METIS, are still to be charged"
        )
        data = {"outage": number, "bps": bps, "amount": str(amount)}
        yield Alert("outage_cost", str(number), text, data)


def _of_stake(own: Own, now: float, settings: AlertSettings) -> Iterable[Alert]:
    if not own.id:
        return
    for case in own.cases:
        data = {"case": case.number, "kind": case.kind, "amount": str(case.amount)}
        if case.releasable_at:
            text = f"case {case.number}: {format_metis(case.amount)} METIS were slashed"
            yield Alert("slashed", str(case.number), text, data)
        left = case.appeal_until - now
        if case.appeal_until and 0 < left <= settings.appeal_warning:
            text = f"case {case.number} can be appealed against for {left / 3_600:.0f} hours more"
            data = data | {"until": case.appeal_until}
            yield Alert("appeal_deadline", str(case.number), text, data)
    # a sequencer with nothing bonded and nothing to cure has left
    if own.stake < own.min_stake and (own.stake or own.cure_until):
        data = {"stake": str(own.stake), "min_stake": str(own.min_stake), "until": own.cure_until}
        text = f"{format_metis(own.stake)} METIS at stake, {format_metis(own.min_stake)} wanted"
        yield Alert("below_min_stake", "", text, data)
    if own.jailed_until > now:
        text = "jailed: out of the committee, and without a turn"
        yield Alert("jailed", "", text, {"until": own.jailed_until})
    if own.unclaimed >= settings.unclaimed:
        text = f"{format_metis(own.unclaimed)} METIS of rewards wait to be claimed"
        yield Alert("unclaimed", "", text, {"amount": str(own.unclaimed)})


class Alerts:
    """Tells each condition once when it begins, and once when it is over."""

    def __init__(
        self, settings: AlertSettings, store: Store, signer: str, now: Callable[[], float]
    ):
        self._settings, self._store, self._signer, self._now = settings, store, signer, now
        # kind and key => the alert as it was told
        self._raised: dict[str, Form] = json.loads(store.get(_KEY) or "{}")

    @property
    def raised(self) -> list[Form]:
        """What was told and is not over."""
        return list(self._raised.values())

    async def update(self, present: Sequence[Alert]) -> None:
        """Tells what is new, and what is over."""
        names = set()
        for alert in present:
            name = f"{alert.kind}:{alert.key}"
            names.add(name)
            if name not in self._raised and await self._tell(self._form(alert)):
                self._keep(name, self._form(alert))
        for name in self._raised.keys() - names:
            if not self._is_over(self._raised[name]):
                continue
            over = self._raised[name] | {"state": CLEARED, "at": int(self._now())}
            if await self._tell(over):
                self._keep(name, None)

    def _is_over(self, told: Form) -> bool:
        # after a restart nobody knows of it any more
        return bool(told["kind"] != "accused" or told["data"]["until"] <= self._now())

    def _form(self, alert: Alert) -> Form:
        return {
            "version": VERSION,
            "kind": alert.kind,
            "key": alert.key,
            "state": RAISED,
            "severity": SEVERITIES[alert.kind],
            "at": int(self._now()),
            "signer": self._signer,
            "text": alert.text,
            "data": dict(alert.data),
        }

    def _keep(self, name: str, told: Form | None) -> None:
        if told is None:
            del self._raised[name]
        else:
            self._raised[name] = told
        self._store.put(_KEY, json.dumps(self._raised))

    async def _tell(self, form: Form) -> bool:
        """Whether it was told in every way that is configured."""
        settings = self._settings
        level = logging.WARNING if form["state"] == RAISED else logging.INFO
        log.log(level, "alert %s: %s: %s", form["state"], form["kind"], form["text"])
        ways = [(settings.webhook, self._post), (settings.command, self._run)]
        results = [
            await self._often(send, target, form) for target, send in ways if target is not None
        ]
        return all(results)

    async def _often(
        self, send: Callable[[str, Form], Awaitable[None]], target: str, form: Form
    ) -> bool:
        """Whether it was told, in a few attempts."""
        for attempt in range(self._settings.attempts):
            if attempt:
                await asyncio.sleep(0.5 * 2 ** (attempt - 1))
            try:
                async with asyncio.timeout(self._settings.timeout):
                    await send(target, form)
                return True
            except (aiohttp.ClientError, OSError, TimeoutError, _Failed) as error:
                why = str(error) if isinstance(error, _Failed) else type(error).__name__
                log.warning("an alert was not told: %s", why)
        return False

    async def _post(self, url: str, form: Form) -> None:
        async with (
            aiohttp.ClientSession() as http,
            http.post(url, json=form, allow_redirects=False) as response,
        ):
            await read_answer(response, _ANSWER)
            if not 200 <= response.status < 300:
                raise _Failed(f"the webhook answers {response.status}")

    async def _run(self, command: str, form: Form) -> None:
        process = await asyncio.create_subprocess_exec(
            *shlex.split(command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # not the password of the key
            env={name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        )
        try:
            await process.communicate(json.dumps(form).encode() + b"\n")
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode:
            raise _Failed(f"the command ends with {process.returncode}")


class _Failed(Exception):
    """The webhook or command was reached, but did not take the alert."""
