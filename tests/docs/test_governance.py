"""docs/governance.md: every command of its walks, in order, and its tables."""

import json
import re
import shlex

import ape
import pytest

from seqpool.chain.accounts import named_account
from seqpool.devnet import ballot_box
from seqpool.governance.case_calls import Desk
from seqpool.governance.forum_post import TYPES
from seqpool.governance.proposals import CASES, assess, make_acts
from seqpool.governance.snapshot.envelopes import SnapshotEnvelope
from seqpool.governance.snapshot.result import FOR
from seqpool.governance.snapshot.types import PROPOSAL_TYPES
from seqpool.governance.view import ProposalStage
from seqpool.units import METIS
from tests.seqpool.governance.test_proposals import EXAMPLES
from tests.utils.documents import ROOT, table
from tests.utils.governed import CRITERIA
from tests.utils.isolation import isolated
from tools.powers_page import PATH, powers_page

pytestmark = pytest.mark.slow

PLACEHOLDERS = {
    "PROPOSER": "proposer",
    "OWNER": "owner4",
    "GUARDIAN": "guardian",
    "ATTESTER_1": "attester1",
    "ATTESTER_2": "attester2",
    "ATTESTER_3": "attester3",
    "ANYONE": "stranger",
    "ID": "2",
    "CASE": "1",
}
VOTERS = ballot_box.wallets(CRITERIA.wallets)


def blocks() -> list[tuple[str, str, str]]:
    """(heading, language, text) of all fenced blocks."""
    text = (ROOT / "docs/governance.md").read_text()
    found = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading = part.splitlines()[0]
        for language, block in re.findall(r"^```(\w+)\n(.*?)^```", part, re.MULTILINE | re.DOTALL):
            found.append((heading, language, block))
    return found


def filled(text: str, community) -> str:
    values = PLACEHOLDERS | {
        "PROPOSAL": str(community.governor.proposal_count()),
        "EXPORT": "export.json",
    }
    return re.sub(r"\b[A-Z][A-Z_0-9]+\b", lambda x: values.get(x[0], x[0]), text)


def vote(folder) -> None:
    """Everybody is for it; the export of what Snapshot has then."""
    data = json.loads((folder / "envelope.json").read_text())
    proposal = SnapshotEnvelope.read(data, PROPOSAL_TYPES, ape.chain.chain_id)
    votes = [ballot_box.cast(voter, proposal, FOR) for voter in VOTERS]
    ballot_box.export(proposal, votes).save(folder.parent / "export.json")


@pytest.fixture
def walk(community, governance, tmp_path, monkeypatch):
    """Runs the commands under a heading."""
    monkeypatch.chdir(tmp_path)
    metis, deployer = community.suite.metis, named_account("deployer")
    for voter in VOTERS:
        metis.mint(voter.address, CRITERIA.quorum // len(VOTERS), sender=deployer)

    def run(wanted):
        for heading, language, block in blocks():
            if heading != wanted:
                continue
            if language == "yaml":
                name = re.match(r"# (\S+)\n", block)[1]
                (tmp_path / name).write_text(filled(block, community))
                continue
            for line in block.splitlines():
                if later := re.match(r"# (\d+) days later$", line):
                    community.wait(int(later[1]) * 86_400)
                    continue
                ape_, run_, script, *arguments = shlex.split(filled(line, community))
                assert (ape_, run_) == ("ape", "run")
                governance.ok(script, *arguments)
                if arguments[0] == "sign":
                    vote(tmp_path / arguments[1])

    return run


def stage(community) -> ProposalStage:
    return ProposalStage(community.governor.state(community.governor.proposal_count()))


def test_onboarding(community, walk, tmp_path):
    owner = named_account("owner4")
    assert community.suite.pool.admission(owner)[1] == 0
    walk("Onboarding")
    assert stage(community) == ProposalStage.EXECUTED
    assert community.suite.pool.admission(owner)[1] == 1
    veto = json.loads((tmp_path / "veto.json").read_text())
    assert veto["meta"]["createdFromSafeAddress"] == community.guardian.address


def test_offboarding(community, walk):
    walk("Offboarding")
    assert stage(community) == ProposalStage.EXECUTED
    assert community.suite.pool.sequencer(2).state == 32


def test_an_appeal(community, walk, tmp_path, monkeypatch):
    monkeypatch.setitem(PLACEHOLDERS, "OWNER", "owner2")
    suite, owner = community.suite, named_account("owner2")
    (tmp_path / "statement.txt").write_text("It was not me alone.")
    slash = community.act(suite.slasher, "slash_by_governance", 2, 1_000, "why")
    community.decide([slash])
    suite.metis.approve(suite.distributor, 100 * METIS, sender=owner)
    suite.distributor.fund(100 * METIS, sender=owner)
    before = suite.metis.balanceOf(owner)
    walk("An appeal")
    assert stage(community) == ProposalStage.EXECUTED
    assert suite.metis.balanceOf(owner) == before + 2_000 * METIS
    assert suite.distributor.account(2).operator == 12.5 * METIS


# ---------------------------------------------------------------- tables


def test_all_cases_are_listed():
    listed = {row["case"]: row["values"] for row in table("governance.md", "case")}
    assert listed == {name: ", ".join(case.fields) for name, case in CASES.items()}


def test_kinds_and_delays_of_cases(community):
    """As the allow-list has them, for those that are one call."""
    view = community.view

    def address(text):
        return text if text.startswith("0x") else named_account(text).address

    desk = Desk(view, address, is_local=True)
    for row in table("governance.md", "case"):
        values = EXAMPLES[row["case"]][0]
        found = assess(make_acts(desk, row["case"], values), view, desk.wording)
        assert row["type"] == TYPES[found.kind]
        days = view.seconds(found.delay) // 86_400
        assert row["delay"].startswith(f"{days} days"), row["case"]


def test_powers_are_those_of_a_local_deployment(project):
    """`ape run governance powers --write` writes it anew."""
    with isolated(ape.chain):
        assert PATH.read_text() == powers_page(ape.networks.provider, project)
