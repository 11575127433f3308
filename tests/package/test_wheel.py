"""The wheel: what is in it, that it works in an empty environment, and how a broken one says so."""

import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from eth_account import Account

import seqpool.__main__ as entrance
from seqpool import __version__
from seqpool.deployment.deployment_file import CONTRACTS, Journal
from tests.package.conftest import ROOT

WALK = """
import importlib, pkgutil, seqpool
for found in pkgutil.walk_packages(seqpool.__path__, "seqpool."):
    print(importlib.import_module(found.name).__name__)
"""
PASSWORD = "correct horse"


def only_line(ended) -> str:
    """What a command that failed has said: one line."""
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    return line


# ---------------------------------------------------------------- a wheel


def test_it_has_the_package_with_its_data_and_nothing_else(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "seqpool"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    wanted = {name for name in tracked if (ROOT / name).exists()}
    assert any(name.startswith("seqpool/data/abi/") for name in wanted)
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == wanted


def test_no_module_looks_for_anything_outside_of_the_package(wheel):
    """A path that begins at a module's own file stays in its folder."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode() if name.endswith(".py") else ""
            assert not re.search(r"__file__\)*(\.resolve\(\))?\.parents?\b[\[.]", text), name


def test_every_module_can_be_imported(wheel, installed):
    ended = installed.run("python", "-c", WALK)
    assert ended.stderr == ""
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if name.endswith(".py")]
    modules = {name.removesuffix(".py").replace("/", ".") for name in files}
    modules = {name.removesuffix(".__init__") for name in modules} - {"seqpool"}
    assert set(ended.stdout.split()) == modules


def test_there_is_no_ape(installed):
    assert not (installed.packages / "ape").exists()
    ended = installed.run("python", "-m", "seqpool.drill.stage", "folder")
    assert only_line(ended) == "Error: this needs Ape: pip install 'seqpool[ape]'"


@pytest.mark.parametrize("command", [("--help",), ("watch", "--help")])
def test_help(installed, command):
    ended = installed.run("seqpool", *command)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("usage: seqpool")


def test_the_version_is_the_package_s(wheel, installed):
    assert installed.run("seqpool", "--version").stdout == f"seqpool {__version__}\n"
    assert wheel.name.startswith(f"seqpool-{__version__}-")
    for name in ("pyproject.toml", "package.json"):
        assert not re.search(r'^\W*version\W+[0-9"]', (ROOT / name).read_text(), re.MULTILINE)


# ---------------------------------------------------------------- its watcher


def configured(folder: Path, port: int) -> Path:
    """A configuration of a single chain, whose node does not answer."""
    journal = Journal(
        folder / "chain.json",
        {"ecosystem": "ethereum", "network": "local", "chain_id": 1, "genesis": "0x" + 64 * "0"},
    )
    entry = {"deployer": f"0x{1:040}", "nonce": 0, "transaction": None, "block": 1}
    entry |= {"code_hash": None, "told": []}
    for number, name in enumerate(CONTRACTS, 1):
        journal.contracts[name] = {"address": f"0x{number:040}"} | entry
    journal.save()
    keystore = Account.encrypt(bytes(31) + b"\1", PASSWORD, kdf="scrypt", iterations=2)
    (folder / "key.json").write_text(str(keystore).replace("'", '"'))
    path = folder / "watcher.toml"
    path.write_text(f"""
data = "data"
l1 = {{ urls = ["http://127.0.0.1:{port}"], deployment = "chain.json" }}
l2 = {{ urls = ["http://127.0.0.1:{port}"], deployment = "chain.json" }}
key = {{ keystore = "key.json" }}
""")
    return path


def test_the_watcher_runs_and_waits_for_its_nodes(installed, tmp_path):
    # port 9: nobody listens there, and it waits
    command = [installed.bin / "seqpool", "watch", "--config", configured(tmp_path, 9)]
    environment = {"PATH": os.defpath, "SEQPOOL_PASSWORD": PASSWORD}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as watcher:
        said = ""
        while "waits: no node answers" not in said and (line := watcher.stderr.readline()):
            said += line
        watcher.send_signal(signal.SIGTERM)
        said += watcher.communicate(timeout=20)[1]
    assert "waits: no node answers" in said
    assert watcher.returncode == -signal.SIGTERM
    assert "Traceback" not in said


def test_a_broken_configuration_is_one_line(installed, tmp_path):
    path = configured(tmp_path, 9)
    path.write_text(path.read_text() + "[exchange]\nport = true\n")
    line = only_line(installed.run("seqpool", "watch", "--config", "watcher.toml", cwd=tmp_path))
    assert (
        line == "Error: watcher.toml: exchange.port: wanted a number from 0 to 65,535, found true"
    )


def test_no_configuration_is_one_line(installed, tmp_path):
    line = only_line(installed.run("seqpool", "watch", cwd=tmp_path))
    assert line == "Error: no configuration watcher.toml: see docs/watcher.example.toml"


# ---------------------------------------------------------------- broken installations


def test_a_missing_dependency_is_one_line(bare):
    line = only_line(bare.run("seqpool", "watch"))
    assert re.fullmatch(
        r"Error: this installation is broken: No module named '\w+'; install seqpool again", line
    )


@pytest.mark.parametrize("name", ["limits.json", "abi/SequencerSet.json"])
@pytest.mark.parametrize("is_there", [False, True])
def test_missing_or_damaged_data_is_one_line(installed, tmp_path, name, is_there):
    package = tmp_path / "seqpool"
    shutil.copytree(installed.packages / "seqpool", package)
    (package / "data" / name).unlink()
    if is_there:
        (package / "data" / name).write_text("{")
    environment = {"PATH": os.defpath, "PYTHONPATH": str(tmp_path), "SEQPOOL_PASSWORD": PASSWORD}
    path = configured(tmp_path, 9)
    command = ("python", "-m", "seqpool", "watch", "--config", str(path))
    line = only_line(installed.run(*command, cwd=tmp_path, env=environment))
    assert line == (
        f"Error: this installation is broken: seqpool/data/{name} is missing or damaged;"
        " install seqpool again"
    )


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 13, 0)])
def test_another_python_is_one_line(monkeypatch, capsys, version):
    monkeypatch.setattr(sys, "version_info", version)
    assert entrance.main() == 1
    assert capsys.readouterr().err == (
        f"Error: seqpool needs Python 3.11 or 3.12, this is {version[0]}.{version[1]}\n"
    )


def test_pip_is_told_which_python_it_wants(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"seqpool-{__version__}.dist-info/METADATA").decode()
    assert "\nRequires-Python: <3.13,>=3.11\n" in metadata
