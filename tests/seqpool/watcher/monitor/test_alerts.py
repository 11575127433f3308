"""Alerts: when they are raised, that each is told once, and in what form."""

import asyncio
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from seqpool.units import DAY, METIS
from seqpool.watcher.exchange.store import Store
from seqpool.watcher.monitor.alerts import SEVERITIES, VERSION, Alert, Alerts, AlertSettings, find
from seqpool.watcher.monitor.status import (
    Case,
    OpenOutage,
    Own,
    Status,
    UnclaimedRefund,
    VaultCase,
)
from tests.seqpool.watcher.streams import keys

DOCUMENT = (Path(__file__).parents[4] / "docs" / "alerts.md").read_text()
SCHEMA = json.loads(re.search(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)[1])
SIGNER = keys(1)[0].address
NOW = 1_800_000_000
SETTINGS = AlertSettings(timeout=1, attempts=2)
WELL = Own(1, stake=20_000 * METIS, min_stake=20_000 * METIS)


def status(own: Own = WELL, **more) -> Status:
    return Status(SIGNER, NOW - DAY, own=own, **more)


def kinds(state: Status, up: int = 6, peers: int = 6, now: float = NOW) -> list[str]:
    return [f"{x.kind} {x.key}".strip() for x in find(state, up, peers, now, SETTINGS)]


# ---------------------------------------------------------------- when


def test_nothing_is_wrong():
    assert kinds(status(balances={"l1": METIS, "l2": METIS})) == []
    assert kinds(status(Own(0))) == []


def test_accused():
    (alert,) = find(status(accused=["reelection:5:1"]), 6, 6, NOW, SETTINGS)
    assert alert.text == "enough members have signed reelection:5:1"
    assert alert.data["until"] == NOW + 7 * DAY


def test_slashed_until_it_is_settled():
    case = Case(3, 2, 100 * METIS, appeal_until=0, releasable_at=NOW + DAY)
    assert kinds(status(replace(WELL, cases=(case,)))) == ["slashed 3"]
    assert kinds(status(replace(WELL, cases=(replace(case, releasable_at=0),)))) == []


def test_the_time_to_appeal_ends():
    case = Case(3, 2, METIS, appeal_until=NOW + 2 * DAY, releasable_at=NOW + 9 * DAY)
    own = status(replace(WELL, cases=(case,)))
    assert kinds(own, now=NOW - 1) == ["slashed 3"]
    assert kinds(own) == ["slashed 3", "appeal_deadline 3"]
    assert kinds(own, now=NOW + 2 * DAY) == ["slashed 3"]


@pytest.mark.parametrize(
    ("stake", "cure_until", "expected"),
    [
        (WELL.min_stake - 1, NOW + DAY, ["below_min_stake"]),
        # in the queue, when min_stake was raised
        (WELL.min_stake - 1, 0, ["below_min_stake"]),
        # all was slashed
        (0, NOW + DAY, ["below_min_stake"]),
        # it has left
        (0, 0, []),
    ],
)
def test_below_min_stake(stake, cure_until, expected):
    own = replace(WELL, stake=stake, cure_until=cure_until)
    assert kinds(status(own)) == expected


def test_jailed():
    assert kinds(status(replace(WELL, jailed_until=NOW + 1))) == ["jailed"]
    assert kinds(status(replace(WELL, jailed_until=NOW))) == []


def test_unclaimed():
    assert kinds(status(replace(WELL, unclaimed=SETTINGS.unclaimed))) == ["unclaimed"]
    assert kinds(status(replace(WELL, unclaimed=SETTINGS.unclaimed - 1))) == []


def test_out_of_gas():
    least = SETTINGS.least_balance
    assert kinds(status(balances={"l1": least["l1"] - 1, "l2": least["l2"]})) == ["out_of_gas l1"]


@pytest.mark.parametrize(
    "up, peers, is_lost",
    [(6, 6, False), (4, 6, False), (3, 6, True), (0, 6, True), (0, 0, False), (1, 2, False)],
)
def test_peers_lost(up, peers, is_lost):
    assert kinds(status(), up, peers) == (["peers_lost"] if is_lost else [])
    young = Status(SIGNER, NOW - 1, own=WELL)
    assert kinds(young, up, peers) == []


QUARTER = 6 * 3_600
OUTAGE = OpenOutage(
    3,
    starts_at=NOW - 4 * QUARTER,
    ends_at=NOW,
    due={1: 490, 2: 480},
    waits_since=NOW - SETTINGS.top_up_warning,
    own_cost=(490, 1_960 * METIS),
)


def test_a_mass_outage_and_what_it_costs():
    key = f"{NOW - 4 * QUARTER}:{NOW}"
    assert kinds(status(outages=[OUTAGE])) == [f"outage 3:{key}", "top_up_due 3", "outage_cost 3"]
    others = replace(OUTAGE, own_cost=None, waits_since=OUTAGE.waits_since + 1)
    assert kinds(status(outages=[others])) == [f"outage 3:{key}"]
    over = replace(others, due={}, waits_since=None)
    assert kinds(status(outages=[over])) == [f"outage 3:{key}"]
    alert = find(status(outages=[OUTAGE]), 6, 6, NOW, SETTINGS)[1]
    assert alert.text == "mass outage 3: 2 are not charged yet, and for 30 min nobody has done it"
    alert = find(status(outages=[OUTAGE]), 6, 6, NOW, SETTINGS)[2]
    assert "4.9 %, 1,960 METIS, are still to be charged" in alert.text
    assert alert.data == {"outage": 3, "bps": 490, "amount": str(1_960 * METIS)}


def test_a_mass_outage_that_has_grown_is_told_again():
    (before,) = kinds(status(outages=[replace(OUTAGE, due={}, waits_since=None, own_cost=None)]))
    grown = replace(OUTAGE, ends_at=NOW + QUARTER, due={}, waits_since=None, own_cost=None)
    assert kinds(status(outages=[grown])) != [before]


CASE = VaultCase(3, 1_000 * METIS, 500 * METIS, NOW - SETTINGS.refund_warning)
UNCLAIMED = UnclaimedRefund(2, {7: 2 * METIS, 5: METIS})


def test_an_open_case_of_the_vault_and_its_refund():
    assert kinds(status(vault_cases=[CASE])) == ["vault_case 3", "refund_due 3"]
    young = replace(CASE, decided_since=CASE.decided_since + 1)
    assert kinds(status(vault_cases=[young])) == ["vault_case 3"]
    assert kinds(status(vault_cases=[replace(CASE, decided_since=None)])) == ["vault_case 3"]
    alert = find(status(vault_cases=[CASE]), 6, 6, NOW, SETTINGS)[1]
    assert alert.text == (
        "case 3 of the LST vault is decided, and for 1 h nobody has collected its refund of 500"
        " METIS"
    )


def test_a_refund_that_waits_for_who_has_left():
    (alert,) = find(status(unclaimed_refunds=[UNCLAIMED]), 6, 6, NOW, SETTINGS)
    assert (alert.kind, alert.key) == ("refund_unclaimed", "2")
    assert alert.text == (
        "3 METIS of the refund of case 2 wait for requests that have left the LST vault: 5, 7"
    )
    assert alert.data == {"case": 2, "amount": str(3 * METIS), "requests": [5, 7]}


# ---------------------------------------------------------------- once


class Hook:
    """A webhook."""

    def __init__(self):
        self.told: list[dict] = []
        self.status = 200
        self.delay = 0.0

    async def start(self) -> str:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.delay)
        self.told.append(await request.json())
        return web.Response(status=self.status)


def with_hook(tmp_path, act):
    """Runs `act(alerts, hook, open)`; open() is what a restart does."""

    async def run():
        hook = Hook()
        url = await hook.start()
        store = Store(tmp_path)

        def begin():
            return Alerts(replace(SETTINGS, webhook=url), store, SIGNER, lambda: NOW)

        await act(begin(), hook, begin)
        store.close()
        await hook.stop()

    asyncio.run(run())


JAILED = Alert("jailed", "", "jailed", {"until": NOW + 1})
SLASHED = [Alert("slashed", str(number), "slashed", {"case": number}) for number in range(2)]


def states(hook: Hook) -> list[str]:
    return [f"{x['kind']} {x['key']} {x['state']}" for x in hook.told]


def test_each_is_told_once_until_it_is_over(tmp_path):
    async def act(alerts, hook, begin):
        await alerts.update([])
        await alerts.update([JAILED])
        await alerts.update([JAILED, SLASHED[0]])
        assert states(hook) == ["jailed  raised", "slashed 0 raised"]
        alerts = begin()
        await alerts.update([JAILED, *SLASHED])
        assert states(hook)[2:] == ["slashed 1 raised"]
        assert sorted(x["kind"] for x in alerts.raised) == ["jailed", "slashed", "slashed"]
        await alerts.update(SLASHED)
        assert states(hook)[3:] == ["jailed  cleared"]
        alerts = begin()
        await alerts.update([JAILED, *SLASHED])
        assert states(hook)[4:] == ["jailed  raised"]

    with_hook(tmp_path, act)


def test_an_accusation_stands_though_nobody_remembers_it(tmp_path):
    async def act(alerts, hook, begin):
        await alerts.update(find(status(accused=["a"]), 6, 6, NOW, SETTINGS))
        await alerts.update(find(status(accused=["b"]), 6, 6, NOW - 7 * DAY, SETTINGS))
        await begin().update([])
        assert states(hook) == ["accused a raised", "accused b raised", "accused b cleared"]

    with_hook(tmp_path, act)


def test_what_nobody_took_is_told_again(tmp_path):
    async def act(alerts, hook, begin):
        hook.status = 500
        await alerts.update([JAILED])
        assert len(hook.told) == SETTINGS.attempts
        assert alerts.raised == []
        hook.status, hook.told = 204, []
        await alerts.update([JAILED])
        await alerts.update([JAILED])
        assert states(hook) == ["jailed  raised"]
        hook.status = 404
        await alerts.update([])
        hook.status, hook.told = 200, []
        await begin().update([])
        assert states(hook) == ["jailed  cleared"]

    with_hook(tmp_path, act)


def test_a_slow_webhook_is_given_up(tmp_path):
    async def act(alerts, hook, begin):
        alerts._settings = replace(alerts._settings, timeout=0.1, attempts=1)
        hook.delay = 0.5
        await alerts.update([JAILED])
        assert alerts.raised == []

    with_hook(tmp_path, act)


def run_command(tmp_path, script: str, **settings) -> Alerts:
    store = Store(tmp_path / "store")
    path = tmp_path / "script.py"
    path.write_text(script)
    given = replace(SETTINGS, command=f"{sys.executable} {path} {tmp_path / 'out'}", **settings)
    alerts = Alerts(given, store, SIGNER, lambda: NOW)
    asyncio.run(alerts.update([JAILED]))
    store.close()
    return alerts


SAVE = """
import os, pathlib, sys
out = pathlib.Path(sys.argv[1])
out.write_text(sys.stdin.read() + repr(sorted(os.environ)))
"""


def test_a_command_gets_the_alert_and_no_password(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQPOOL_PASSWORD", "secret")
    assert run_command(tmp_path, SAVE).raised
    line, environ = (tmp_path / "out").read_text().split("\n")
    assert json.loads(line)["kind"] == "jailed"
    assert "SEQPOOL_PASSWORD" not in environ


@pytest.mark.parametrize("script", ["raise SystemExit(3)", "import time; time.sleep(60)"])
def test_a_command_that_fails_or_hangs(tmp_path, script):
    assert not run_command(tmp_path, script, timeout=0.5, attempts=1).raised


def test_no_command_at_all(tmp_path):
    store = Store(tmp_path)
    given = replace(SETTINGS, command="/no/such/command", attempts=1)
    alerts = Alerts(given, store, SIGNER, lambda: NOW)
    asyncio.run(alerts.update([JAILED]))
    assert not alerts.raised
    store.close()


def test_without_a_way_alerts_are_logged_once(tmp_path, caplog):
    store = Store(tmp_path)
    alerts = Alerts(AlertSettings(), store, SIGNER, lambda: NOW)
    asyncio.run(alerts.update([JAILED]))
    asyncio.run(alerts.update([JAILED]))
    assert caplog.text.count("alert raised: jailed") == 1
    store.close()


# ---------------------------------------------------------------- in what form


def check(data: dict) -> None:
    """The part of JSON schema that ours uses."""
    assert set(data) == set(SCHEMA["required"]) == set(SCHEMA["properties"])
    types = {"string": str, "integer": int, "object": dict}
    for name, rule in SCHEMA["properties"].items():
        value = data[name]
        assert "const" not in rule or value == rule["const"]
        assert "enum" not in rule or value in rule["enum"]
        assert "type" not in rule or type(value) is types[rule["type"]]
        assert "pattern" not in rule or re.search(rule["pattern"], value)


def test_alerts_follow_their_schema(tmp_path):
    case = Case(3, 2, METIS, appeal_until=NOW + DAY, releasable_at=NOW + 9 * DAY)
    own = Own(1, 0, 1, 2, jailed_until=NOW + 1, unclaimed=SETTINGS.unclaimed, cases=(case,))
    bad = status(own, balances={"l1": 0}, accused=["reelection:5:1"], outages=[OUTAGE])
    bad.vault_cases, bad.unclaimed_refunds = [CASE], [UNCLAIMED]
    present = find(bad, 0, 6, NOW, SETTINGS)
    assert {x.kind for x in present} == set(SEVERITIES)

    async def act(alerts, hook, begin):
        await alerts.update(present)
        await alerts.update([])
        assert len(hook.told) == 2 * len(SEVERITIES) - 1
        for data in hook.told:
            check(data)

    with_hook(tmp_path, act)


def test_the_document_is_of_these_alerts():
    table = re.findall(r"^\| (\w+) \| (warning|critical) \| ", DOCUMENT, re.MULTILINE)
    assert dict(table) == SEVERITIES
    properties = SCHEMA["properties"]
    assert properties["kind"]["enum"] == list(SEVERITIES)
    assert properties["version"]["const"] == VERSION
    assert f"version {VERSION}" in DOCUMENT.splitlines()[0]
