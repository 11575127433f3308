"""scripts/slash.py: from an evidence file to a refund, and each mistake."""

import json

import ape
import pytest

from seqpool.accounts import named_account
from seqpool.deployment import Deployer
from seqpool.evidence import Evidence, example, file_hash
from seqpool.journal import Journal
from seqpool.limits import LIMITS
from seqpool.local import populate
from seqpool.messages import Kind
from seqpool.pool import State
from seqpool.slashing import Status
from tests.tools.conftest import Script
from tests.utils.court import PENALTIES
from tests.utils.system import DAY, METIS

pytestmark = pytest.mark.slow

SIGNERS = [f"signer{n}" for n in range(1, 6)]
ACCUSED = 2
STAKE = ACCUSED * 20_000 * METIS


@pytest.fixture
def suite(project, values, tmp_path):
    """With a Slasher of its own, and five sequencers whose committee is sealed."""
    provider = ape.networks.provider
    journal = Journal.open(tmp_path / "deployment.json", provider)
    suite = Deployer(values, named_account("deployer"), journal, provider, project).run()
    populate(suite, provider)
    return suite


@pytest.fixture
def script(suite, tmp_path):
    return Script(tmp_path / "deployment.json")


def write(path, **changes):
    data = json.loads(example())
    latest = ape.networks.provider.get_block("latest")
    block = {"number": latest.number, "hash": "0x" + 64 * "1", "timestamp": latest.timestamp}
    data |= {
        "sequencer_id": ACCUSED,
        "signer": named_account(f"signer{ACCUSED}").address,
        "chain_id": ape.chain.chain_id,
        "blocks": [block | {"transactions": 0}],
    }
    path.write_text(json.dumps(data | changes))
    return path


@pytest.fixture
def evidence(suite, tmp_path):
    return write(tmp_path / "evidence.json")


@pytest.fixture
def certificate(script, evidence, tmp_path):
    votes = [tmp_path / f"{name}.json" for name in SIGNERS]
    for name, vote in zip(SIGNERS, votes, strict=True):
        script.ok("slash", "sign", evidence, "--account", name, "--out", vote)
    file = tmp_path / "certificate.json"
    assert "signatures of" in script.ok("slash", "combine", *votes, "--out", file)
    return file


@pytest.fixture
def case(suite, script, certificate):
    """The number of the case of a backlog that was reported."""
    text = script.ok("slash", "report", certificate, "--account", "keeper")
    assert f"report BACKLOG of sequencer {ACCUSED}: done" in text
    return suite.slash_vault.case_count()


@pytest.fixture
def statement(tmp_path):
    file = tmp_path / "statement.txt"
    file.write_text("It was not me.")
    return file


def appeal(script, run, case, statement, account):
    arguments = ("--statement", statement, "--uri", "ipfs://statement", "--account", account)
    return run("slash", "appeal", case, *arguments)


def test_an_offence_from_file_to_case(suite, script, evidence, case):
    found = suite.slash_vault.case_of(case)
    amount = STAKE * PENALTIES["backlog"] // 10_000
    assert (found.id, found.own, found.kind) == (ACCUSED, amount, Kind.BACKLOG)
    assert found.evidence == file_hash(evidence)
    assert suite.pool.sequencer(ACCUSED).state == State.JAILED
    assert f"{evidence.name} is the evidence of case {case}" in script.ok(
        "slash", "evidence", evidence, "--case", case
    )
    text = script.ok("slash", "cases")
    assert "BACKLOG" in text
    assert "LOCKED" in text
    assert "in 364 d 23 h" in text or "in 365 d" in text


def test_a_case_from_appeal_to_treasury(suite, script, case, statement):
    owner = named_account(f"owner{ACCUSED}")
    appeal(script, script.ok, case, statement, f"owner{ACCUSED}")
    (event,) = suite.slash_vault.CaseAppealed.range(0, ape.chain.blocks.height + 1)
    assert event.statement_uri == f"ipfs://statement#keccak256={file_hash(statement).hex()}"
    suite.slash_vault.resolve(case, 5_000, sender=named_account("governance"))
    before, lost = suite.metis.balanceOf(owner), suite.slash_vault.case_of(case).own
    script.ok("slash", "collect", case, "--account", f"owner{ACCUSED}")
    assert suite.metis.balanceOf(owner) == before + lost // 2
    ape.chain.pending_timestamp += LIMITS["SLASH_LOCK"]
    ape.chain.mine()
    script.ok("slash", "release", case, "--account", "keeper")
    assert suite.metis.balanceOf(named_account("treasury")) == lost - lost // 2
    assert suite.slash_vault.case_of(case).status == Status.RELEASED
    assert "was released" in script.ok("slash", "cases", "--id", ACCUSED)


def test_dry_run_sends_nothing(suite, script, certificate):
    text = script.ok("slash", "report", certificate, "--account", "keeper", "--dry-run")
    assert "Dry run: nothing was sent." in text
    assert "0.5 %" in text
    assert suite.slash_vault.case_count() == 0


def test_a_case_of_another__is_refused(script, case, statement):
    error = appeal(script, script.fails, case, statement, "owner1")
    assert error.startswith("the case is that of ")
    error = script.fails("slash", "collect", case, "--account", "owner1")
    assert error.startswith("the case is that of ")


def test_a_second_appeal__is_refused(script, case, statement):
    appeal(script, script.ok, case, statement, f"owner{ACCUSED}")
    error = appeal(script, script.fails, case, statement, f"owner{ACCUSED}")
    assert error.endswith(f"has appealed against case {case} already")


def test_cases_at_the_wrong_time__are_refused(suite, script, case, evidence, statement):
    error = script.fails("slash", "release", case, "--account", "keeper")
    assert error.startswith("too early: ")
    owner = f"owner{ACCUSED}"
    error = script.fails("slash", "collect", case, "--account", owner)
    assert error.startswith(f"case {case} has nothing to collect for ")
    error = script.fails("slash", "release", case + 1, "--account", "keeper")
    assert error == f"there is no case {case + 1}: the latest is {case}"
    error = script.fails("slash", "evidence", statement, "--case", case)
    assert error.endswith(f"is not the evidence of case {case}")
    ape.chain.pending_timestamp += LIMITS["SLASH_LOCK"]
    ape.chain.mine()
    error = appeal(script, script.fails, case, statement, owner)
    assert error.startswith("too late: since ")
    script.ok("slash", "release", case, "--account", "keeper")
    error = script.fails("slash", "release", case, "--account", "keeper")
    assert error == f"case {case} was released already"


def test_a_report_twice__is_refused(script, case, certificate):
    error = script.fails("slash", "report", certificate, "--account", "keeper")
    assert error == "the contract refuses: SlashVault: offence is punished"


def test_too_few_votes__are_refused(script, evidence, tmp_path):
    vote, out = tmp_path / "vote.json", tmp_path / "certificate.json"
    script.ok("slash", "sign", evidence, "--account", "signer1", "--out", vote)
    error = script.fails("slash", "combine", vote, "--out", out)
    assert error.endswith("more are wanted for two thirds")
    error = script.fails("slash", "combine", "--out", out)
    assert error == "no votes: name the files that `ape run slash sign` wrote"


def test_a_stranger__may_not_sign(script, evidence, tmp_path):
    error = script.fails(
        "slash", "sign", evidence, "--account", "keeper", "--out", tmp_path / "vote.json"
    )
    assert error.endswith("is no member of committee 1")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": 2}, "version 2, this reads 1"),
        ({"kind": "BLOCK_TIMEOUT"}, "this is no evidence"),
        ({"blocks": []}, "this is no evidence"),
        ({"text": " "}, "this is no evidence"),
        ({"more": 1}, "this is no evidence"),
        ({"chain_id": 1}, "the evidence is of chain 1, the L2 is 1337"),
        ({"sequencer_id": 3}, "sequencer 2's, not 3's"),
        ({"signer": "0x9E32b13ce7f2E80A01932B42553652E053D6ed8e"}, "nobody's, not 2's"),
    ],
)
def test_evidence_that_is_none__is_refused(suite, script, tmp_path, changes, reason):
    file = write(tmp_path / "evidence.json", **changes)
    error = script.fails(
        "slash", "sign", file, "--account", "signer1", "--out", tmp_path / "vote.json"
    )
    assert reason in error


@pytest.mark.parametrize(
    ("offset", "reason"), [(DAY, "the block is of the future"), (-8 * DAY, "too old")]
)
def test_evidence_of_the_wrong_time__is_refused(suite, script, tmp_path, offset, reason):
    data = json.loads(write(tmp_path / "evidence.json").read_text())
    data["blocks"][0]["timestamp"] += offset
    file = write(tmp_path / "evidence.json", blocks=data["blocks"])
    error = script.fails(
        "slash", "sign", file, "--account", "signer1", "--out", tmp_path / "vote.json"
    )
    assert error.startswith(reason)


def test_blocks_of_evidence_rise(tmp_path, suite):
    data = json.loads(write(tmp_path / "evidence.json").read_text())
    (block,) = data["blocks"]
    later = block | {"number": block["number"] + 1, "timestamp": block["timestamp"] + 2}
    file = write(tmp_path / "evidence.json", blocks=[block, later])
    assert Evidence.read(file).observed_at == later["timestamp"]
