"""Forum posts and drafts: what people read and sign, and that their parts belong together."""

import json

import ape
import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from seqpool.chain.accounts import named_account
from seqpool.errors import UserError
from seqpool.governance.case_calls import Desk
from seqpool.governance.drafts import (
    CALL,
    MESSAGE,
    POST,
    Draft,
    read_message,
    read_poll,
    write_draft,
)
from seqpool.governance.forum_post import VotingPeriod, render_post, snapshot_body
from seqpool.governance.model import Proposal
from seqpool.governance.proposals import assess, make_acts
from seqpool.governance.snapshot.messages import actions_hash_of
from seqpool.governance.view import as_hex
from seqpool.units import DAY

SPACE = "metis.local"


@pytest.fixture
def view(community):
    return community.view


@pytest.fixture
def desk(view):
    return Desk(view, lambda name: named_account(name).address, is_local=True)


@pytest.fixture
def proposal(desk):
    acts = make_acts(desk, "onboard", {"owner": "owner4"})
    return Proposal("Admit {four} | [x]", "https://forum.example/t/4", "Why: {}", tuple(acts))


@pytest.fixture
def assessed(desk, view, proposal):
    return assess(proposal.acts, view, desk.wording)


@pytest.fixture
def vote(view):
    return VotingPeriod(view.now, view.now + 5 * DAY, view.block_number)


@pytest.fixture
def folder(proposal, assessed, view, vote, tmp_path):
    author = named_account("proposer").address
    write_draft(tmp_path / "draft", proposal, assessed, view, vote, author, SPACE)
    return tmp_path / "draft"


def change(path, edit):
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data))


def test_the_post(proposal, assessed, view, vote):
    post = render_post(proposal, assessed, view, vote)
    assert post.startswith(
        "# Admit {four} | [x]\n\n*Type: Infrastructure - Sequencer*\n\nWhy: {}\n"
    )
    (item,) = assessed.items
    assert f"1. {item.words}\n" in post
    assert f"`SequencerPool.approve` at `{item.act.target}`" in post
    assert as_hex(item.act.data) in post
    assert post.endswith(f"Actions hash: {as_hex(proposal.hash)}\n")
    assert "at least 10,000 METIS vote, of at least 10 wallets, and at least 80 %" in post
    assert "The Governance Working Group may veto it" in post
    assert "| it waits for 2 d | from then on |" in post
    assert "| the Working Group may veto it | until it is executed |" in post


def test_the_post_of_a_governance_proposal(desk, view, vote):
    acts = make_acts(desk, "offboard", {"id": "99"})
    proposal = Proposal("Off", "https://forum.example/t/5", "Why", tuple(acts))
    post = render_post(proposal, assess(acts, view, desk.wording), view, vote)
    assert "*Type: Governance*" in post
    assert "Nobody may veto it." in post
    assert "may veto it |" not in post
    assert "Call 1 would be refused as things stand: SequencerPool: unknown sequencer." in post


def test_the_text_of_the_vote(proposal, assessed, view):
    body = snapshot_body(proposal, assessed, view)
    assert actions_hash_of(body) == proposal.hash
    assert assessed.items[0].words in body
    assert view.governor.address in body


def test_a_summary_with_a_hash_of_its_own__is_refused(proposal, assessed, view):
    false = Proposal(proposal.title, proposal.forum, f"Actions hash: 0x{'00' * 32}", proposal.acts)
    with pytest.raises(UserError, match="that line is added by this"):
        snapshot_body(false, assessed, view)


def test_the_message_is_typed_data(folder):
    """As wallets sign it; the id of the vote is what they sign."""
    data = json.loads((folder / MESSAGE).read_text())
    signable = encode_typed_data(full_message=data)
    digest = keccak(b"\x19" + signable.version + signable.header + signable.body)
    poll = read_poll(folder / MESSAGE)
    assert poll.snapshot_id == digest
    assert poll.ends_at == data["message"]["end"]
    assert read_message(folder)["from"] == named_account("proposer").address
    assert data["message"]["space"] == SPACE


def test_a_draft_is_read_as_it_was_written(folder, proposal, view):
    draft = Draft.read(folder)
    draft.check(view)
    assert draft.acts == proposal.acts
    assert draft.hash == proposal.hash
    assert (folder / POST).read_text().startswith("# Admit")


def _other_target(data):
    data["actions"][0]["target"] = named_account("stranger").address


@pytest.mark.parametrize(
    "edit",
    [
        _other_target,
        lambda data: data["actions"][0].update(data="0x1"),
        lambda data: data["actions"].pop(),
        lambda data: data.update(kind="TREASURY"),
        lambda data: data.update(version=2),
        lambda data: data.update(actions_hash="0x" + "00" * 32),
        lambda data: data.update(more=1),
        lambda data: data.pop("forum"),
    ],
)
def test_a_tampered_call__is_refused(folder, edit):
    change(folder / CALL, edit)
    with pytest.raises(UserError, match="this is no draft of a proposal"):
        Draft.read(folder)


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data["message"].update(end="soon"),
        lambda data: data["message"].pop("space"),
        lambda data: data["domain"].update(version="9"),
        lambda data: data["types"].update(VotingPeriod=[]),
        lambda data: data.update(primaryType="Vote"),
    ],
)
def test_a_tampered_message__is_refused(folder, edit):
    change(folder / MESSAGE, edit)
    with pytest.raises(UserError, match="this is no Snapshot message"):
        Draft.read(folder)


def test_a_message_about_other_actions__is_refused(folder):
    def edit(data):
        body = data["message"]["body"]
        data["message"]["body"] = body[:-67] + "0x" + "11" * 32 + "\n"

    change(folder / MESSAGE, edit)
    with pytest.raises(UserError, match="people would vote on other actions"):
        Draft.read(folder)


def test_a_message_without_the_hash__is_refused(folder):
    change(folder / MESSAGE, lambda data: data["message"].update(body="Admit"))
    with pytest.raises(UserError, match="lacks the actions' hash"):
        Draft.read(folder)


def test_a_draft_for_another_governor__is_refused(folder, view):
    other = named_account("stranger").address
    change(folder / CALL, lambda data: data.update(governor=other))
    with pytest.raises(UserError, match=f"the draft is for the SequencerGovernor {other}"):
        Draft.read(folder).check(view)
    change(folder / CALL, lambda data: data.update(governor=view.governor.address, chain_id=5))
    with pytest.raises(UserError, match="on chain 5, not for"):
        Draft.read(folder).check(view)


def test_a_new_draft_forgets_what_was_signed(folder, proposal, assessed, view, vote):
    (folder / "envelope.json").write_text("{}")
    author = named_account("proposer").address
    write_draft(folder, proposal, assessed, view, vote, author, SPACE)
    assert not (folder / "envelope.json").exists()
    assert ape.networks.provider.get_block("latest").number == view.block_number
