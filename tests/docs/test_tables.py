"""Tables of the documents against the code."""

import json
import re

import ape
import boa
import pytest

from seqpool.deployment.allow_list import Delay
from seqpool.deployment.params import PENALTY_BOUNDS, load_params
from seqpool.protocol.messages import Kind
from seqpool.units import format_percent
from tests.utils.court import PENALTIES
from tests.utils.documents import ROOT, table
from tests.utils.system import PARAMETERS

UNITS = {
    "METIS": 10**18,
    "seats": 1,
    "members": 1,
    "entries": 1,
    "sequencers": 1,
    "wallets": 1,
    "calls": 1,
    "bytes": 1,
    "attesters": 1,
    "%": 100,
    "% a year": 100,
    "blocks": 1,
    "rounds": 1,
    "redraws": 1,
    "buckets": 1,
    "UTC days": 1,
    "seconds": 1,
    "minutes": 60,
    "hours": 3_600,
    "days": 86_400,
}
# parameter => names of its floor and ceiling in limits.vy, if they are there
BOUNDS = {
    "min_stake": ("MIN_STAKE_FLOOR", None),
    "cap": (None, "CAP_CEILING"),
    "max_sequencers": ("SEATS_FLOOR", "MAX_SEQUENCERS"),
    "exit_delay": ("EXIT_DELAY_FLOOR", "EXIT_DELAY_CEILING"),
    "cure_period": ("CURE_PERIOD_FLOOR", "CURE_PERIOD_CEILING"),
    "rotation_period": ("ROTATION_PERIOD_FLOOR", "ROTATION_PERIOD_CEILING"),
}
L2_BOUNDS = {
    "epoch_length": ("EPOCH_LENGTH_FLOOR", "EPOCH_LENGTH_CEILING"),
    "block_timeout": ("BLOCK_TIMEOUT_FLOOR", "BLOCK_TIMEOUT_CEILING"),
    "fallback_delay": ("FALLBACK_DELAY_FLOOR", "FALLBACK_DELAY_CEILING"),
}


REWARD_BOUNDS = {
    "mrr": (None, "MRR_CEILING"),
}
VOTE_BOUNDS = {
    "quorum": ("QUORUM_FLOOR", "QUORUM_CEILING"),
    "wallets": ("WALLETS_FLOOR", "WALLETS_CEILING"),
    "approval": ("APPROVAL_FLOOR", "APPROVAL_CEILING"),
    "proposal_threshold": (None, "PROPOSAL_THRESHOLD_CEILING"),
}
OF_CONTRACT = {
    name: contract
    for contract, names in (
        ("SequencerPool", BOUNDS),
        ("SequencerSet", L2_BOUNDS),
        ("RewardDistributor", REWARD_BOUNDS),
        ("SequencerGovernor", VOTE_BOUNDS),
    )
    for name in names
}


@pytest.fixture(scope="module")
def limits():
    return boa.load(str(ROOT / "contracts/modules/limits.vy"))._constants


def number(text: str, unit: str) -> int:
    return int(text.replace(",", "")) * UNITS[unit]


def test_what_was_voted_since_is_told_of_each_parameter():
    """A value that nothing is known of says so in each column."""
    rows = table("parameters.md", "parameter | voted since")
    assert [row["parameter"] for row in rows] == list(OF_CONTRACT)
    for row in rows:
        is_unknown = row["voted since"] == "not known"
        assert is_unknown == (row["source"] == "not known"), row["parameter"]


def test_parameters_match_limits_and_launch_values(limits):
    rows = {row["name"]: row for row in table("parameters.md", "name | contract")}
    launch = load_params(ROOT / "params/local.json", "local")
    launch_values = PARAMETERS | vars(launch.l2) | vars(launch.rewards) | vars(launch.governance)
    all_bounds = BOUNDS | L2_BOUNDS | REWARD_BOUNDS | VOTE_BOUNDS
    assert PARAMETERS.keys() == BOUNDS.keys()
    assert rows.keys() == all_bounds.keys()
    for name, row in rows.items():
        assert row["contract"] == OF_CONTRACT[name]
        for column, constant in zip(("floor", "ceiling"), all_bounds[name], strict=True):
            if constant is None:
                assert row[column] in (*PARAMETERS, "0"), f"{name} is bound by another parameter"
            else:
                assert number(row[column], row["unit"]) == getattr(limits, constant), name
        assert number(row["launch value"], row["unit"]) == launch_values[name], name
        assert row["setter"] == f"set_{name}"


def test_constants_match_limits(limits):
    for row in table("parameters.md", "name | value"):
        assert number(row["value"], row["unit"]) == getattr(limits, row["name"]), row["name"]


def test_penalties_match_limits_and_launch_values(limits):
    rows = table("slashing.md", "kind")
    assert [int(row["kind"]) for row in rows] == [*Kind]
    for row in rows:
        kind = Kind(int(row["kind"]))
        assert row["offence"] == kind.name
        launch = {
            Kind.SLOW_PRODUCTION: "none",
            Kind.BLOCK_TIMEOUT: f"{format_percent(PENALTIES['timeout'])} a strike, at most"
            f" {format_percent(PENALTIES['timeout_maximum'])}",
            Kind.MANIPULATION: "by vote",
        }.get(kind) or format_percent(PENALTIES[kind.name.lower()])
        assert row["penalty at launch"] == launch
        ceiling = getattr(limits, f"{kind.name.removeprefix('BLOCK_')}_CEILING", None)
        assert row["ceiling"] == ("none" if ceiling is None else format_percent(ceiling))
        if kind.name.lower() in PENALTY_BOUNDS:
            assert PENALTY_BOUNDS[kind.name.lower()] == (0, ceiling)


def test_brakes_match_limits(limits):
    shares = {row["brake"]: row["share"] for row in table("slashing.md", "brake")}
    assert shares == {
        "BRAKE_OF_ALL": format_percent(limits.BRAKE_OF_ALL * limits.BPS // limits.SHARE),
        "BRAKE_OF_ONE": format_percent(limits.BRAKE_OF_ONE),
        "BRAKE_OF_VOTE": format_percent(limits.BRAKE_OF_VOTE),
    }


def test_days_of_the_brakes_are_those_of_the_documents(limits):
    """30 to 32 days for one sequencer, today and seven days for all; 15 buckets before this one."""
    whole = limits.BRAKE_BUCKETS - 1
    assert (whole, limits.BRAKE_DAYS) == (15, 7)
    assert (whole * limits.BRAKE_BUCKET, limits.BRAKE_BUCKETS * limits.BRAKE_BUCKET) == (
        30 * limits.DAY,
        32 * limits.DAY,
    )


@pytest.mark.parametrize("age", ["CERTIFICATE_MAX_AGE", "COMMITTEE_AGE", "OLD_SIGNER_AGE"])
def test_time_to_punish_fits_into_the_shortest_exit(limits, age):
    until_decided = limits.SLASHER_STOP + max(limits.SLASH_VOTE, limits.TOP_UP_PERIOD)
    assert getattr(limits, age) + until_decided + limits.DAY < limits.EXIT_DELAY_FLOOR


def test_way_of_a_vote_on_a_slash_is_the_longest_vote_and_its_delay(limits):
    assert limits.SLASH_VOTE == limits.VOTE_CEILING + limits.DELAY_ORDINARY


def test_notice_of_a_slasher_is_longer_than_the_longest_exit(limits):
    assert limits.SLASHER_NOTICE > limits.EXIT_DELAY_CEILING


def test_parameters_of_l2_have_a_setter_each():
    """What can be set there is listed here, but for the fallback sequencer, which is a role."""
    methods = ape.project.SequencerSet.contract_type.mutable_methods
    setters = {method.name for method in methods if method.name.startswith("set_")}
    assert setters == {*(f"set_{name}" for name in L2_BOUNDS), "set_fallback_sequencer"}


CONTRACTS = (
    *("SequencerPool", "CommitteeRegistry", "SlashVault", "Slasher", "RewardDistributor"),
    "StakedMetis",
    *("CommitteeRelay", "LocalMessenger", "SequencerSet"),
    *("SequencerGovernor", "Timelock"),
)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_roles_list_every_function_once(contract):
    documented = [
        row["function"] for row in table("roles.md", "contract") if row["contract"] == contract
    ]
    container = getattr(ape.project, contract)
    assert sorted(documented) == sorted(
        {method.name for method in container.contract_type.mutable_methods}
    )


def test_roles_list_no_other_contract():
    assert {row["contract"] for row in table("roles.md", "contract")} == set(CONTRACTS)


def test_roles_of_document_are_explained():
    explained = {row["role"] for row in table("roles.md", "role")}
    for row in table("roles.md", "contract"):
        role = row["who"].removeprefix("approved ").removeprefix("pending ")
        assert role in explained | {"anyone"}, row["function"]


def names_in_trust() -> list[str]:
    """In backticks, since the formatter of documents would escape their underscores."""
    return [row["test"].strip("`") for row in table("trust.md", "who")]


def test_trust_has_a_test_for_each_line():
    names = names_in_trust()
    assert len(set(names)) == len(names)
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name in names if f"\ndef {name}(" not in tests] == []


def test_trust_tells_all_that_is_tested_of_governance():
    source = (ROOT / "tests/integration/test_trust_of_governance.py").read_text()
    assert set(re.findall(r"^def (test_\w+)", source, re.MULTILINE)) <= set(names_in_trust())


def test_trust_names_the_times_of_limits(limits):
    """3, 8 and 31 days from a proposal to its execution."""
    fastest = {
        delay: (limits.VOTE_FLOOR + getattr(limits, f"DELAY_{delay.name}")) // limits.DAY
        for delay in Delay
    }
    assert fastest == {Delay.ORDINARY: 3, Delay.PARAMETERS: 8, Delay.CUSTODY: 31}
    rows = table("trust.md", "who")
    assert {
        row["how fast"].split(":")[0].split(";")[0] for row in rows if row["who"] == "voters"
    } == {
        *(f"{days} days" for days in fastest.values()),
        "never",
    }


def test_readme_commands_exist():
    readme = (ROOT / "README.md").read_text()
    makefile = (ROOT / "Makefile").read_text()
    for line in readme.splitlines():
        if line.startswith("make "):
            assert f"\n{line.split()[1]}:" in makefile, line
        if line.startswith("| `ape run "):
            assert (ROOT / "scripts" / f"{line.split()[3].strip('`')}.py").exists(), line


def test_gas_ceilings_are_in_the_snapshot():
    from scripts.gas import CEILINGS

    assert CEILINGS.keys() <= json.loads((ROOT / "snapshots/gas.json").read_text())["gas"].keys()
