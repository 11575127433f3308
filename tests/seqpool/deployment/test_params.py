"""seqpool.params and the files in params/"""

import copy
import json
from dataclasses import asdict

import pytest

from seqpool.chain.accounts import ATTESTERS, NAMES, named_account
from seqpool.data import PARAMS
from seqpool.deployment import params
from seqpool.deployment.params import MOCK, NEW, load_params, read_params
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from tests.utils.court import PENALTIES
from tests.utils.system import METIS, PARAMETERS

REAL_METIS = "0x9E32b13ce7f2E80A01932B42553652E053D6ed8e"
LOCAL = json.loads((PARAMS / "local.json").read_text())
NEWLY_MADE = ("slasher", "distributor")
ROLES = ("governance", "guardian", *NEWLY_MADE, "treasury", "allocator")
VOTES = ("proposal_threshold", "quorum", "wallets", "approval", "attestation_threshold")
ATTESTER_NAMES = [f"attester{n}" for n in range(1, ATTESTERS + 1)]


def changed(section: str, name: str, value) -> dict:
    data = copy.deepcopy(LOCAL)
    data[section][name] = value
    return data


def filled(**addresses) -> dict:
    """Launch values for a live network."""
    data = copy.deepcopy(LOCAL)
    data["addresses"] = {"metis": REAL_METIS} | {
        # any addresses will do
        role: named_account(name).address
        for role, name in zip(ROLES, NAMES, strict=False)
    }
    data["addresses"] |= addresses
    data["rewards"] |= {"bridge": REAL_METIS}
    data["governance"]["attesters"] = [named_account(name).address for name in ATTESTER_NAMES]
    data["l2"] |= {"chain_id": 1088}
    data["l2"] |= dict.fromkeys(("fallback_sequencer", "l1_messenger", "l2_messenger"), REAL_METIS)
    return data


@pytest.mark.parametrize("name", ["local", "ethereum-mainnet", "ethereum-sepolia"])
def test_parameters_of_every_file_are_the_launch_values(name):
    data = json.loads((PARAMS / f"{name}.json").read_text())
    data["addresses"] = LOCAL["addresses"]
    launch = {
        name: data["l2"][name] for name in ("epoch_length", "block_timeout", "fallback_delay")
    }
    assert launch.items() <= LOCAL["l2"].items()
    data["l2"] = LOCAL["l2"]
    assert data["rewards"]["mrr"] == LOCAL["rewards"]["mrr"]
    data["rewards"] = LOCAL["rewards"]
    votes = {name: data["governance"][name] for name in VOTES}
    assert votes.items() <= LOCAL["governance"].items()
    data["governance"] = LOCAL["governance"]
    values = read_params(data, "local")
    assert asdict(values.parameters) == PARAMETERS
    assert asdict(values.penalties) == PENALTIES


def test_there_is_no_other_file():
    files = {path.name for path in PARAMS.iterdir()}
    assert files == {"local.json", "ethereum-mainnet.json", "ethereum-sepolia.json"}


def test_local_names_are_accounts():
    addresses = read_params(LOCAL, "local").addresses
    assert addresses.metis == MOCK
    assert (addresses.slasher, addresses.distributor) == (NEW, NEW)
    for role in set(ROLES) - set(NEWLY_MADE):
        assert getattr(addresses, role) == named_account(role).address


def test_mainnet_names_the_real_token():
    data = json.loads((PARAMS / "ethereum-mainnet.json").read_text())
    assert data["addresses"] == (
        {"metis": REAL_METIS}
        | dict.fromkeys(ROLES)
        | dict.fromkeys(("governance", *NEWLY_MADE), NEW)
    )


@pytest.mark.parametrize(
    ("network", "name"),
    [("mainnet", "guardian"), ("sepolia", "metis"), ("mainnet-fork", "guardian")],
)
def test_live_networks_have_to_be_filled_in(network, name):
    path = params.default_path("ethereum", network)
    with pytest.raises(
        UserError, match=f"{name}: has to be filled in before the suite is deployed"
    ):
        load_params(path, network)


def test_filled_file_of_a_live_network_is_read():
    data = filled(slasher=ZERO, distributor=ZERO)
    assert asdict(read_params(data, "mainnet").addresses) == data["addresses"]


def test_load_params__no_file__raises(tmp_path):
    with pytest.raises(UserError, match="no params file"):
        load_params(tmp_path / "none.json", "local")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        (
            "[]",
            "the file: wanted an object with parameters, addresses, penalties, rewards, governance",
        ),
        ("{}", "parameters is missing"),
        ('{"parameters": {}}', "parameters.min_stake is missing"),
        (
            '{"parameters": {}, "addresses": {}, "penalties": {}, "rewards": {}, "x": 1}',
            "the file: there is no 'x', only parameters, addresses, penalties",
        ),
        (
            '{"parameters": [], "addresses": {}, "penalties": {}, "rewards": {}, "governance": {},'
            ' "l2": {}}',
            r"parameters: wanted an object with min_stake, .*, found \[\]",
        ),
        ('{"cap": 1, "cap": 2}', "cap stands there twice"),
    ],
)
def test_load_params__malformed__raises(tmp_path, text, reason):
    path = tmp_path / "params.json"
    path.write_text(text)
    with pytest.raises(UserError, match=f"params.json: .*{reason}"):
        load_params(path, "local")


@pytest.mark.parametrize("section", ["parameters", "addresses", "rewards", "governance", "l2"])
def test_read_params__key_missing_or_unknown__raises(section):
    for name in LOCAL[section]:
        data = copy.deepcopy(LOCAL)
        del data[section][name]
        with pytest.raises(UserError, match=rf"^{section}\.{name} is missing"):
            read_params(data, "local")
    with pytest.raises(
        UserError, match=f"^{section}: there is no 'other', only {', '.join(LOCAL[section])}$"
    ):
        read_params(changed(section, "other", 1), "local")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("min_stake", 20_000, "wanted an amount"),
        ("min_stake", "20000", "wanted an amount"),
        ("min_stake", "many METIS", "bad amount"),
        ("cap", None, "has to be filled in"),
        ("max_sequencers", "50", "wanted a whole number"),
        ("max_sequencers", 50.5, "wanted a whole number"),
        ("max_sequencers", True, "wanted a whole number"),
        ("exit_delay", 21, "wanted a duration"),
        ("exit_delay", "21", "bad duration"),
    ],
)
def test_read_params__wrong_type__raises(name, value, reason):
    with pytest.raises(UserError, match=rf"^parameters\.{name}: {reason}"):
        read_params(changed("parameters", name, value), "local")


@pytest.mark.parametrize(
    ("name", "floor", "ceiling"),
    [
        ("min_stake", "MIN_STAKE_FLOOR", None),
        ("cap", None, "CAP_CEILING"),
        ("max_sequencers", "SEATS_FLOOR", "MAX_SEQUENCERS"),
        ("exit_delay", "EXIT_DELAY_FLOOR", "EXIT_DELAY_CEILING"),
        ("cure_period", "CURE_PERIOD_FLOOR", "CURE_PERIOD_CEILING"),
        ("rotation_period", "ROTATION_PERIOD_FLOOR", "ROTATION_PERIOD_CEILING"),
    ],
)
def test_read_params__out_of_bounds__raises(name, floor, ceiling):
    def text(value: int):
        if name in ("min_stake", "cap"):
            return f"{value // METIS}.{value % METIS:018} METIS"
        return value if name == "max_sequencers" else f"{value} seconds"

    lowest = LIMITS[floor] if floor else PARAMETERS["min_stake"]
    highest = LIMITS[ceiling] if ceiling else PARAMETERS["cap"]
    for value in (lowest, highest):
        data = changed("parameters", name, text(value))
        assert getattr(read_params(data, "local").parameters, name) == value
    for value in (lowest - 1, highest + 1):
        # a cap below min_stake is a min_stake above the cap
        at_fault = "min_stake" if name == "cap" and value < lowest else name
        with pytest.raises(UserError, match=rf"^parameters\.{at_fault}: .* is not within"):
            read_params(changed("parameters", name, text(value)), "local")


@pytest.mark.parametrize("name", ["metis", *ROLES])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1, "wanted an address"),
        ("0x12", "no address with the right checksum"),
        (REAL_METIS.lower(), "no address with the right checksum"),
        ("governance", "no address with the right checksum"),
        (None, "has to be filled in"),
        (MOCK, "for local chains only"),
    ],
)
def test_read_params__bad_address__raises(name, value, reason):
    with pytest.raises(UserError, match=rf"^addresses\.{name}: .*{reason}"):
        read_params(filled(**{name: value}), "mainnet")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("chain_id", "any", "chain_id: wanted a whole number"),
        ("chain_id", None, "chain_id: has to be filled in"),
        ("l1_messenger", MOCK, "l1_messenger: mock is for local chains only"),
        ("l2_messenger", None, "l2_messenger: has to be filled in"),
        ("fallback_sequencer", ZERO, "fallback_sequencer: must not be the zero address"),
        ("epoch_length", 9, "epoch_length: 9 blocks is not within 10 blocks .. 100,000 blocks"),
        ("block_timeout", "601 seconds", "block_timeout: 10 min 1 s is not within 10 s .. 10 min"),
        ("fallback_delay", "29 minutes", "fallback_delay: 29 min is not within 30 min .. 1 day"),
    ],
)
def test_read_params__bad_terms_of_l2__raises(name, value, reason):
    data = filled()
    data["l2"][name] = value
    with pytest.raises(UserError, match=rf"^l2\.{reason}"):
        read_params(data, "mainnet")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("timeout", "2.01 %", "timeout: 2.01 % is not within 0 % .. 2 %"),
        ("timeout_maximum", "2.01 %", "timeout_maximum: 2.01 % is not within 0 % .. 2 %"),
        ("backlog", "3 %", "backlog: 3 % is not within 0 % .. 2 %"),
        ("invalid_execution", "10.01 %", "invalid_execution: 10.01 % is not within 0 % .. 10 %"),
        ("equivocation", "21 %", "equivocation: 21 % is not within 0 % .. 20 %"),
        ("mass_outage", "11 %", "mass_outage: 11 % is not within 0 % .. 10 %"),
        ("backlog", "0.125 %", "backlog: bad share"),
        ("backlog", "1%", "backlog: bad share"),
        ("backlog", 50, 'backlog: wanted a share such as "0.1 %"'),
    ],
)
def test_read_params__bad_penalty__raises(name, value, reason):
    with pytest.raises(UserError, match=rf"^penalties\.{reason}"):
        read_params(changed("penalties", name, value), "local")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("mrr", "50.01 %", "mrr: 50.01 % is not within 0 % .. 50 %"),
        ("mrr", 2_000, "mrr: wanted a share such as"),
        ("first_block", 0, "first_block: 0 is not within 1 .."),
        ("first_block", None, "first_block: has to be filled in"),
        ("bridge", None, "bridge: has to be filled in"),
        ("bridge", MOCK, "bridge: mock is for local chains only"),
        ("l2_metis", ZERO, "l2_metis: must not be the zero address"),
        ("l2_metis", MOCK, "l2_metis: mock is for local chains only"),
    ],
)
def test_read_params__bad_rewards__raises(name, value, reason):
    data = filled()
    data["rewards"][name] = value
    with pytest.raises(UserError, match=rf"^rewards\.{reason}"):
        read_params(data, "mainnet")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("quorum", "9999 METIS", "quorum: 9,999 METIS is not within 10,000 METIS"),
        ("wallets", 9, "wallets: 9 is not within 10 .. 10000"),
        ("approval", "49.99 %", "approval: 49.99 % is not within 50 % .. 100 %"),
        ("proposal_threshold", "10001 METIS", "proposal_threshold: 10,001 METIS is not within"),
        ("attesters", None, "attesters: has to be filled in"),
        ("attesters", "attester1", "attesters: wanted a list"),
        ("attesters", ATTESTER_NAMES[:2], "attesters: 2 are not within 3 .. 16"),
        ("attesters", [*ATTESTER_NAMES, "attester1"], "attesters: one is named twice"),
        ("attesters", ["attester1", "nobody", "attester2"], "attesters: .* is no address"),
        ("attestation_threshold", 2, "attestation_threshold: 2 of 5 is not more than half"),
        ("attestation_threshold", 6, "attestation_threshold: 6 of 5 is not more than half"),
        ("space", "", "space: wanted the name of one on Snapshot"),
    ],
)
def test_read_params__bad_governance__raises(name, value, reason):
    with pytest.raises(UserError, match=rf"^governance\.{reason}"):
        read_params(changed("governance", name, value), "local")


def test_read_params__governance_that_is_there_wants_no_attesters():
    data = changed("governance", "attesters", [])
    assert read_params(data, "local").governance.attesters == ()
    data["addresses"]["governance"] = NEW
    with pytest.raises(UserError, match=r"attesters: 0 are not within 3 \.\. 16"):
        read_params(data, "local")


@pytest.mark.parametrize("name", ["metis", "governance", "guardian", "treasury"])
def test_read_params__zero_address__raises(name):
    with pytest.raises(UserError, match=f"{name}: must not be the zero address"):
        read_params(filled(**{name: ZERO}), "mainnet")


def test_read_params__two_roles_of_one__raises():
    data = filled()
    data["addresses"]["slasher"] = data["addresses"]["guardian"]
    with pytest.raises(UserError, match=r"^addresses\.slasher: is the same as guardian"):
        read_params(data, "mainnet")
