"""Metrics and health, over HTTP; their table and their dashboard."""

import asyncio
import json
import re
from pathlib import Path

import aiohttp
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.prometheus import Dataquery
from prometheus_client.parser import text_string_to_metric_families

from seqpool.watcher.monitor.metrics import METRICS, Monitor, MonitorSettings, Readings

DOCS = Path(__file__).parents[4] / "docs"
DASHBOARD = json.loads((DOCS / "grafana.json").read_text())


def ask(path: str, readings: Readings | None = None, problems=()) -> tuple[int, str]:
    """Status and text of an answer."""

    async def run():
        settings = MonitorSettings(port=0)
        monitor = Monitor(settings, lambda: readings or Readings(), lambda: problems)
        await monitor.start()
        url = f"http://127.0.0.1:{monitor.port}{path}"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            result = answer.status, await answer.text()
        await monitor.stop()
        return result

    return asyncio.run(run())


def samples(readings: Readings) -> dict[tuple[str, tuple], float]:
    status, text = ask("/metrics", readings)
    assert status == 200
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_readings_are_metrics():
    found = samples(
        Readings(
            height=12,
            lag_seconds=0.5,
            my_turn=1,
            votes_seen_total=7,
            balance={"l1": 0.25, "l2": 3},
            lines_total={"new": 2},
        )
    )
    assert found["seqpool_height", ()] == 12
    assert found["seqpool_lag_seconds", ()] == 0.5
    assert found["seqpool_my_turn", ()] == 1
    assert found["seqpool_votes_seen_total", ()] == 7
    assert found["seqpool_balance", (("chain", "l1"),)] == 0.25
    assert found["seqpool_balance", (("chain", "l2"),)] == 3
    assert found["seqpool_lines_total", (("result", "new"),)] == 2


def test_what_is_not_known_is_not_shown():
    names = {name for name, _ in samples(Readings(height=0))}
    assert {name for name in names if name.startswith("seqpool_")} == {"seqpool_height"}
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total"} <= names


def test_each_metric_is_what_it_is_called():
    _, text = ask("/metrics")
    found = re.findall(r"^# TYPE (seqpool_\S+) (\S+)$", text, re.MULTILINE)
    assert dict(found) == {name: x.metadata["kind"] for name, x in METRICS.items()}
    for name, one in METRICS.items():
        assert name.endswith("_total") == (one.metadata["kind"] == "counter")


def test_health_has_reasons():
    assert ask("/healthz") == (200, '{"ok": true, "reasons": []}')
    status, text = ask("/healthz", problems=["no peer answers", "out of gas"])
    assert status == 503
    assert json.loads(text) == {"ok": False, "reasons": ["no peer answers", "out of gas"]}


def test_the_table_is_of_these_metrics():
    table = re.findall(
        r"^\| (seqpool_\S+) \| (\S+) \| (\S*) ?\| (.+) \|$",
        (DOCS / "metrics.md").read_text(),
        re.MULTILINE,
    )
    assert table == [
        (name, x.metadata["kind"], x.metadata["label"] or "", x.metadata["text"])
        for name, x in METRICS.items()
    ]


# ---------------------------------------------------------------- the dashboard

PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
# functions and words of PromQL that are used
WORDS = {"sum", "by", "rate", "increase", "instance"}


def test_grafana_knows_all_of_the_dashboard():
    """What the model of dashboards has no place for would be lost."""
    register_default_plugins()
    dashboard = Dashboard.from_json(DASHBOARD)
    again = json.loads(JSONEncoder(sort_keys=True).encode(dashboard))
    assert _lost(DASHBOARD, again) == []
    targets = [target for panel in dashboard.panels for target in panel.targets]
    assert all(isinstance(target, Dataquery) and target.expr for target in targets)


def _lost(part, other, path: str = "") -> list[str]:
    if isinstance(part, dict):
        here = [f"{path}/{key}" for key in part if key not in other]
        return here + [
            x for key in part if key in other for x in _lost(part[key], other[key], f"{path}/{key}")
        ]
    if isinstance(part, list):
        pairs = enumerate(zip(part, other, strict=True))
        return [x for place, pair in pairs for x in _lost(*pair, f"{path}/{place}")]
    return [] if part == other else [path]


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_panels_use_metrics_that_there_are(panel):
    for target in panel["targets"]:
        expression = target["expr"]
        bare = re.sub(r'\{[^}]*\}|\[\w+\]|"[^"]*"', "", expression)
        used = set(re.findall(r"[a-z_]{2,}", bare)) - WORDS
        assert used and used <= METRICS.keys() | PROCESS
        assert expression.count("(") == expression.count(")")
        assert '{instance=~"$instance"}' in expression
        # labels of the legend are labels of the metric
        for label in set(re.findall(r"{{(\w+)}}", target["legendFormat"])) - {"instance"}:
            assert {METRICS[name].metadata["label"] for name in used} == {label}
        for name in used & METRICS.keys():
            is_counter = METRICS[name].metadata["kind"] == "counter"
            assert is_counter == bool(re.search(rf"(rate|increase)\({name}", expression))


def test_all_metrics_have_a_panel_and_panels_a_place():
    text = json.dumps(DASHBOARD["panels"])
    assert [name for name in METRICS if f"{name}{{" not in text] == []
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & places
        places |= cells
    assert {x["name"] for x in DASHBOARD["templating"]["list"]} == {"datasource", "instance"}
    assert DASHBOARD["uid"] and DASHBOARD["title"] and DASHBOARD["schemaVersion"] >= 36
