"""Logs: one JSON object a line, without secrets."""

import io
import json
import logging

import pytest

from seqpool.watcher.monitor.logs import JsonFormatter, configure, secrets_of


@pytest.fixture
def logged():
    """Logs with a logger of its own; what came out, line by line."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.Logger("test")
    logger.addHandler(handler)

    def log(message, *arguments, secrets=(), **more):
        handler.setFormatter(JsonFormatter(secrets))
        out.seek(0)
        out.truncate()
        logger.warning(message, *arguments, **more)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    return log


def test_a_line_is_an_object(logged):
    (line,) = logged("height %d\nof %s", 5, "é")
    assert line.keys() == {"at", "level", "logger", "message"}
    assert (line["level"], line["logger"], line["message"]) == ("warning", "test", "height 5\nof é")
    assert line["at"].endswith("Z") and len(line["at"]) == 24


def test_known_secrets_are_hidden_everywhere(logged):
    secrets = ("horse", "correct horse", "")
    (line,) = logged("opened with %s, and horse", "correct horse", secrets=secrets)
    assert line["message"] == "opened with ***, and ***"
    try:
        raise ValueError("correct horse")
    except ValueError:
        (line,) = logged("failed", exc_info=True, secrets=secrets)
    assert "horse" not in json.dumps(line)
    assert "ValueError: ***" in line["error"]


@pytest.mark.parametrize(
    "text, bare",
    [
        ("at http://me:pass@host:1/x failed", "at http://***@host:1/x failed"),
        ("at https://host/x?key=abc, so", "at https://host/x?*** so"),
        ("ws://token@host?k", "ws://***@host?***"),
        ("http://host:8545/a/b.", "http://host:8545/a/b."),
        ("a@b.c and 5?", "a@b.c and 5?"),
    ],
)
def test_secrets_of_urls_are_hidden(logged, text, bare):
    assert logged(text)[0]["message"] == bare


def test_keys_of_rpc_providers_are_secrets(logged):
    key = "0123456789abcdef0123456789abcdef"
    urls = (
        f"https://rpc.example/v3/{key}",
        "http://u:password@localhost:8545/?a=b123",
        "ws://u:pw@x",
    )
    assert secrets_of(*urls) == [key, "password", "a=b123"]
    (line,) = logged("lost %s", urls[0], secrets=secrets_of(urls[0]))
    assert line["message"] == "lost https://rpc.example/v3/***"


def test_all_logs_of_the_process(capsys):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure(secrets=["hidden"])
        logging.getLogger("aiohttp.server").error("a hidden thing")
        logging.getLogger("x").debug("not shown")
        (line,) = capsys.readouterr().err.splitlines()
        assert json.loads(line)["message"] == "a *** thing"
    finally:
        root.handlers, root.level = before, level
