"""seqpool.deployment.deployment_file: which files are read, and what is told of others."""

import copy
import json
from pathlib import Path

import pytest

from seqpool.deployment.deployment_file import FORMAT, POOL, Journal
from seqpool.errors import UserError

ADDRESS = "0x9E32b13ce7f2E80A01932B42553652E053D6ed8e"
CHAIN = {"ecosystem": "ethereum", "network": "local", "chain_id": 1, "genesis": "0x" + 64 * "1"}
CONTRACT = {
    **{"address": ADDRESS, "deployer": ADDRESS, "nonce": 0, "transaction": None},
    **{"block": None, "code_hash": None, "told": [ADDRESS]},
}
FILE = {
    **{"format": FORMAT, "chain": CHAIN, "params": {"l2": {"chain_id": "any"}}},
    "other": CHAIN | {"contract": "SequencerSet", "address": None},
    **{"contracts": {POOL: CONTRACT}, "abandoned": [], "verified": False},
}


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "deployment.json"


def test_what_is_saved_is_read(path):
    path.write_text(json.dumps(FILE))
    found = Journal.read(path)
    assert found.contracts == {POOL: CONTRACT}
    found.save()
    assert json.loads(path.read_text()) == FILE
    assert Journal.read(path) == found


@pytest.mark.parametrize(
    ("dotted", "value", "reason"),
    [
        ("more", 1, "the file: there is no 'more', only chain, other, params, contracts"),
        ("chain", None, "chain: wanted an object with ecosystem, network, chain_id, genesis"),
        ("chain.chain_id", "1", 'chain.chain_id: wanted a number of 64 bits, found "1"'),
        ("other.contract", 1, "other.contract: "),
        ("verified", 1, "verified: "),
        ("contracts.Pool", CONTRACT, 'wanted a contract of the suite, found "Pool"'),
        (f"contracts.{POOL}.address", None, f"contracts.{POOL}.address: wanted an address"),
        (f"contracts.{POOL}.block", "1", f"contracts.{POOL}.block: "),
        (f"contracts.{POOL}.more", 1, f"contracts.{POOL}: there is no 'more', only address"),
    ],
)
def test_a_bad_value_is_told_with_its_key(path, dotted, value, reason):
    data = copy.deepcopy(FILE)
    *outer, name = dotted.split(".")
    part = data
    for key in outer:
        part = part[key]
    part[name] = value
    path.write_text(json.dumps(data))
    with pytest.raises(UserError) as error:
        Journal.read(path)
    assert str(error.value).startswith(f"{path}: this is no deployment file: ")
    assert reason in str(error.value) and "\n" not in str(error.value)


def test_a_key_that_stands_there_twice_is_refused(path):
    path.write_text(json.dumps(FILE)[:-1] + ', "verified": true}')
    with pytest.raises(UserError, match="verified stands there twice"):
        Journal.read(path)
