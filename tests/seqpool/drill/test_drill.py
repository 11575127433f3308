"""The drill's parts that need no network; `make drill` runs the rest."""

import asyncio
import json
import random
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ElementTree

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from seqpool.chain.ports import free_port
from seqpool.drill.faults import FAULTS, SHORT
from seqpool.drill.gate import SELECTORS
from seqpool.drill.network import _line
from seqpool.drill.picture import figure, svg, ticks
from seqpool.drill.plan import DrillStage, Person, Terms, merge, toml, watcher_table
from seqpool.drill.processes import Processes, module
from seqpool.drill.timeline import (
    FAULT,
    FIRST_BLOCK,
    NOTICED,
    SLASHED,
    TIMEOUT,
    TURN,
    TWO_THIRDS,
    FaultOutcome,
    lines,
    summary,
    table,
)
from seqpool.drill.wires import SlowRoad, Wire, WireState
from seqpool.picture import INK, RED
from seqpool.protocol.limits import LIMITS
from seqpool.watcher.base.config import load as load_config
from seqpool.watcher.chain.abi import load
from tools import drill_page


def outcome(**more) -> FaultOutcome:
    moments = {
        FAULT: 1_000.0,
        TIMEOUT: 1_009.5,
        NOTICED: 1_009.6,
        TWO_THIRDS: 1_009.8,
        FIRST_BLOCK: 1_010.25,
        SLASHED: 1_018.0,
    }
    values = {"moments": moments, "round": 1, "failed": "signer1", "successor": "signer2"}
    values |= {"fault": "kill", "title": "kill -9 the producer", "block_timeout": 10}
    return FaultOutcome(**values | more)


# ---------------------------------------------------------------- time lines


def test_times_are_told_from_the_fault_and_from_the_timeout():
    data = outcome().data()
    assert data["moments"][FAULT] == 0
    assert data["moments"][FIRST_BLOCK] == 10.25
    assert data["after_timeout"][FIRST_BLOCK] == 0.75
    assert data["after_turn"] == data["after_timeout"]
    assert list(data["moments"]) == [FAULT, TIMEOUT, NOTICED, TWO_THIRDS, FIRST_BLOCK, SLASHED]


def test_a_later_round_is_told_from_its_turn():
    late = outcome(round=2)
    late.moments |= {TURN: 1_019.5, TWO_THIRDS: 1_019.7, FIRST_BLOCK: 1_020.0}
    assert late.data()["after_turn"][FIRST_BLOCK] == 0.5
    assert summary([late.data()])[0][FIRST_BLOCK] == {"median": 0.5, "worst": 0.5}
    # noticed it was at once
    assert summary([late.data()])[0][NOTICED]["median"] == 0.1


def test_what_did_not_come_has_no_time():
    early = FaultOutcome("kill", "kill", 10, {FAULT: 1_000.0})
    assert early.after(FIRST_BLOCK) is None
    assert FIRST_BLOCK not in early.data()["moments"]


def test_a_problem_is_shown_and_is_no_success():
    assert outcome().is_handled
    bad = outcome(problems=["signer3 was slashed, and has done nothing wrong"])
    assert not bad.is_handled
    assert not bad.data()["handled"]
    text = "\n".join(lines(bad))
    assert "NOT HANDLED" in text
    assert "PROBLEM: signer3" in text


def test_a_time_line_names_all_moments_in_their_order():
    found = lines(outcome())
    assert [line.split("  ")[-1].split(":")[0] for line in found[1:7]] == [
        *(FAULT, TIMEOUT, NOTICED, TWO_THIRDS, FIRST_BLOCK, SLASHED)
    ]
    assert "signer2 took over from signer1" in found[-1]


def test_figures_are_medians_and_worst_cases():
    runs = []
    for late in (0.5, 3.0, 1.0):
        one = outcome(memory_mb=70 + late, cpu_percent=late)
        one.moments[FIRST_BLOCK] = one.moments[TIMEOUT] + late
        runs.append(one.data())
    (figures,) = summary(runs)
    assert figures[FIRST_BLOCK] == {"median": 1.0, "worst": 3.0}
    assert (figures["runs"], figures["handled"]) == (3, 3)
    assert (figures["memory_mb"], figures["cpu_percent"]) == (73, 1.0)
    assert "| kill -9 the producer | 3 | 3 | 0.1 (0.1) | 0.3 (0.3) | 1.0 (3.0) |" in table(
        [figures]
    )


# ---------------------------------------------------------------- pictures


def test_a_picture_has_a_line_for_each_fault():
    runs = [outcome().data(), outcome(problems=["<&>"], title="a & b").data()]
    (axes,) = figure(runs).axes
    assert [x.get_text() for x in axes.get_yticklabels()] == ["kill -9 the producer", "a & b"]
    # what failed is red
    assert [x.get_color() for x in axes.get_yticklabels()] == [INK, RED]
    # four moments in each, all after the timeout
    assert sum(len(line.get_xdata()) for line in axes.get_lines()) == 8
    ElementTree.fromstring(svg(runs))


def test_a_picture_is_the_same_each_time():
    runs = [outcome().data()]
    assert svg(runs) == svg(runs)


def test_a_picture_of_nothing():
    ElementTree.fromstring(svg([]))
    ElementTree.fromstring(svg([FaultOutcome("kill", "kill", 10).data()]))


@given(st.floats(0, 500))
def test_an_axis_holds_all(longest):
    found = ticks(longest)
    assert found[0] == 0
    assert found[-1] >= longest
    assert found == sorted(set(found))


# ---------------------------------------------------------------- the document


def drill(block_timeout: int, late: float) -> dict:
    one = outcome(block_timeout=block_timeout, memory_mb=70, cpu_percent=2)
    one.moments[FIRST_BLOCK] = one.moments[TIMEOUT] + late
    return {"figures": summary([one.data()]), "runs": [[one.data()]]}


def test_a_later_drill_takes_the_place_of_one_like_it():
    snapshot = drill_page.take({}, drill(60, 1.0))
    snapshot = drill_page.take(snapshot, drill(10, 2.0))
    snapshot = drill_page.take(snapshot, drill(60, 3.0))
    assert list(snapshot) == ["10", "60"]
    text = drill_page.text(snapshot)
    assert "| kill -9 the producer | 1 | 1 | 0.1 (0.1) | 0.3 (0.3) | 3.0 (3.0) |" in text
    assert "70 MB" in text
    assert drill_page.drawing(snapshot) == svg(snapshot["10"]["first"])


def test_drills_of_one_timeout_that_are_taken_together_are_one():
    found = drill_page.joined([drill(10, 1.0), drill(60, 2.0), drill(10, 4.0)])
    assert [x["figures"][0]["block_timeout"] for x in found] == [10, 60]
    assert [len(x["runs"]) for x in found] == [2, 1]
    figures = found[0]["figures"][0]
    assert figures["runs"] == figures["handled"] == 2
    assert figures[FIRST_BLOCK] == {"median": 2.5, "worst": 4.0}


def test_the_slowest_successor_is_one_of_a_vote():
    one = outcome(fault="no-quorum", title="three of seven die", memory_mb=70, cpu_percent=2)
    del one.moments[TWO_THIRDS]
    one.moments[FIRST_BLOCK] = one.moments[TIMEOUT] + 90
    (found,) = drill_page.joined(
        [drill(10, 3.0), {"figures": summary([one.data()]), "runs": [[one.data()]]}]
    )
    text = drill_page.text(drill_page.take({}, found))
    assert "The slowest is 'kill -9 the producer': its median" in text
    assert "to the successor's first block is 3.0 s." in text
    assert "| three of seven die | 1 | 1 | 0.1 (0.1) |  | 90.0 (90.0) |" in text


def test_the_document_has_what_was_drilled():
    snapshot = json.loads(drill_page.SNAPSHOT.read_text())
    for path, content in drill_page.wanted(drill_page.PAGE.read_text(), snapshot).items():
        assert path.read_text() == content, path


# ---------------------------------------------------------------- what is drilled


def test_every_fault_of_the_issue_is_there():
    assert {
        *("kill", "freeze", "two-dead", "rpc", "messages", "restart", "liar", "clock"),
        *("successor", "no-quorum"),
    } <= set(FAULTS)
    assert len(SHORT) == 3
    assert set(SHORT) < set(FAULTS)


def test_faults_fit_their_network():
    terms = Terms()
    for fault in FAULTS.values():
        setup = fault().setup(terms)
        assert setup.alive_ago < terms.fallback_delay
        assert all(abs(x.get("clock_offset", 0)) <= 3_600 for x in setup.extra.values())
        # fewer than a third have a wrong clock, or honest votes would not do
        assert len(setup.extra) <= 3


def test_terms_are_those_that_governance_may_set():
    terms = Terms()
    assert terms.block_timeout == LIMITS["BLOCK_TIMEOUT_FLOOR"]
    assert LIMITS["FALLBACK_DELAY_FLOOR"] <= terms.fallback_delay
    assert LIMITS["EPOCH_LENGTH_FLOOR"] <= terms.epoch_length
    assert not terms.is_launch
    assert Terms(block_timeout=60).is_launch


def test_what_installs_a_signer_is_known():
    sequencer_set = load("SequencerSet")
    for name, arguments in (("commit_epoch", [[]]), ("fallback", []), ("fallback", [[]])):
        assert SELECTORS["0x" + sequencer_set.call(name, *arguments)[:4].hex()] == name
    assert sorted(SELECTORS.values()) == ["commit_epoch", "fallback", "fallback", "reelect"]


# ---------------------------------------------------------------- configurations


def stage(folder, terms=None) -> DrillStage:
    people = [Person(f"signer{n}", f"0x{n:040x}", f"key-signer{n}.json") for n in range(1, 9)]
    return DrillStage(
        folder=folder,
        terms=terms or Terms(),
        sequencers=tuple(people[:7]),
        fallback=people[7],
        l1_messenger="0x1",
        l2_messenger="0x2",
        carrier="0x3",
        keeper="0x4",
        members=(1, 2),
    )


def test_a_stage_is_read_as_it_was_saved(tmp_path):
    stage(tmp_path).save()
    assert DrillStage.read(tmp_path) == stage(tmp_path)


@pytest.mark.parametrize("block_timeout", [10, 60])
def test_a_configuration_is_one_that_a_watcher_takes(tmp_path, block_timeout):
    found = stage(tmp_path, Terms(block_timeout=block_timeout))
    table = watcher_table(
        found,
        found.sequencers[0],
        l1="http://127.0.0.1:1",
        l2=["http://127.0.0.1:2", "http://127.0.0.1:3"],
        port=4,
        monitor=5,
        url="http://127.0.0.1:4",
        peers=["http://127.0.0.1:6"],
        has_websocket=True,
    )
    table = merge(table, {"clock_offset": -3.0, "tasks": {"heartbeat": False}})
    path = tmp_path / "watcher.toml"
    path.write_text(toml(table))
    config = load_config(path)
    assert config.l2.urls == ("http://127.0.0.1:2", "http://127.0.0.1:3")
    assert config.l2.websocket == "ws://127.0.0.1:2"
    assert config.clock_offset == -3
    assert not config.tasks.heartbeat
    # at launch a watcher has its own waits
    assert config.upkeep.every == (4 if block_timeout == 10 else 60)
    assert config.key.keystore == tmp_path / "key-signer1.json"


def test_merged_tables_keep_what_is_not_named():
    assert merge({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 4}, "e": 5}) == {
        "a": 1,
        "b": {"c": 4, "d": 3},
        "e": 5,
    }


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
        st.one_of(st.booleans(), st.integers(0, 2**31), st.text(st.characters(codec="ascii"))),
    )
)
def test_toml_is_read_as_it_was_written(values):
    table = {"top": 1, "one": {"inner": values | {"x": 1}, "y": 2}}
    assert tomllib.loads(toml(table)) == table


# ---------------------------------------------------------------- logs


def test_a_line_of_a_log():
    text = '{"at": "2026-01-01T00:00:00.250Z", "message": "signed reelection:5:1"}'
    found = _line("signer1", text, "signed reelection:5")
    assert (found.name, found.message) == ("signer1", "signed reelection:5:1")
    assert found.at % 1 == 0.25


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Traceback: signed reelection",
        '{"at": "2026-01-01T00:00:00.250Z", "message": "signed reelec',
        '{"message": "signed reelection:5:1"}',
        '{"at": 5, "message": "signed reelection:5:1"}',
        '{"at": "2026-01-01T00:00:00.250Z", "message": "has signed reelection:5:1"}',
    ],
)
def test_what_is_no_such_line(text):
    assert _line("signer1", text, "signed reelection") is None


# ---------------------------------------------------------------- processes


def test_processes_end_with_the_drill(tmp_path):
    processes = Processes(tmp_path)
    sleep = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
    for name in ("one", "two"):
        processes.start(name, sleep)
    for name in ("one", "two"):
        while "up" not in processes.log(name).read_text():
            time.sleep(0.02)
    processes.kill("one")
    assert not processes.is_up("one")
    assert processes.is_up("two")
    assert processes.ended() == []
    # frozen ones too
    processes.signal("two", 19)
    processes.end()
    assert not processes.is_up("two")


def test_who_ends_by_itself_is_known(tmp_path):
    processes = Processes(tmp_path)
    processes.start("short", [sys.executable, "-c", "pass"])
    deadline = time.monotonic() + 20
    while not processes.ended() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes.ended() == ["short"]


def test_children_do_not_outlive_a_drill_that_is_killed(tmp_path):
    script = f"""
import sys, time
from pathlib import Path
from seqpool.drill.processes import Processes
processes = Processes(Path({str(tmp_path)!r}))
processes.start("child", [sys.executable, "-c",
    "import os, time; print(os.getpid(), flush=True); time.sleep(60)"])
time.sleep(60)
"""
    drill = subprocess.Popen([sys.executable, "-c", script])
    log, deadline = tmp_path / "child.log", time.monotonic() + 30
    while not (log.exists() and log.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.02)
    drill.kill()
    drill.wait()
    child = int(log.read_text())
    while time.monotonic() < deadline and _is_alive(child):
        time.sleep(0.02)
    assert not _is_alive(child)


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_modules_have_a_command():
    assert module("drill.stage", 1)[1:] == ["-m", "seqpool.drill.stage", "1"]
    assert module("", "watch")[1:] == ["-m", "seqpool", "watch"]


# ---------------------------------------------------------------- wires and roads


async def _echo(reader, writer):
    while data := await reader.read(100):
        writer.write(data)
        await writer.drain()
    writer.close()


def test_a_wire_is_sound_silent_or_cut():
    async def run():
        server = await asyncio.start_server(_echo, "127.0.0.1", 0)
        wire = Wire(server.sockets[0].getsockname()[1])
        port = await wire.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one")
        assert await reader.read(100) == b"one"
        await wire.set(WireState.SILENT)
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(100), 0.1)
        await wire.set(WireState.CUT)
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        await wire.set(WireState.SOUND)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"three")
        assert await reader.read(100) == b"three"
        writer.close()
        await wire.stop()
        server.close()

    asyncio.run(run())


def test_a_slow_road_delays_doubles_and_keeps_what_is_said():
    got = []

    async def take(request: web.Request) -> web.Response:
        got.append((request.method, request.query_string, await request.text()))
        place = {"Seqpool-Place": "a.1"}
        return web.Response(text=request.headers.get("Seqpool-Peer", ""), headers=place)

    async def run():
        app = web.Application()
        app.router.add_route("*", "/votes", take)
        runner = web.AppRunner(app)
        await runner.setup()
        target, port = free_port(), free_port()
        await web.TCPSite(runner, "127.0.0.1", target).start()
        road = SlowRoad(f"http://127.0.0.1:{target}", 0.02, random.Random(1))
        await road.start(port)
        url = f"http://127.0.0.1:{port}/votes"
        async with aiohttp.ClientSession(headers={"Seqpool-Peer": "me"}) as session:
            for number in range(20):
                async with session.post(url, data=f"vote {number}") as answer:
                    assert answer.status == 200
                    assert await answer.text() == "me"
            async with session.get(url, params={"since": "a.0"}) as answer:
                assert answer.headers["Seqpool-Place"] == "a.1"
        await asyncio.sleep(0.2)
        await road.stop()
        await runner.cleanup()
        return road

    road = asyncio.run(run())
    posts = [text for method, _, text in got if method == "POST"]
    assert road.delayed == 20
    assert 0 < road.doubled < 20
    assert len(posts) == 20 + road.doubled
    assert ("GET", "since=a.0", "") in got
