"""scripts/governance.py: from a draft to its effect, and each mistake."""

import json

import ape
import pytest

from seqpool.chain.accounts import named_account
from seqpool.chain.safe import checksum
from seqpool.deployment.allow_list import ProposalKind
from seqpool.deployment.deployment_file import TIMELOCK
from seqpool.deployment.suite import contracts_of
from seqpool.devnet import ballot_box
from seqpool.governance.attestations import Attestation, make_attestation
from seqpool.governance.drafts import read_poll
from seqpool.governance.powers import OPEN_TO_ALL, PENDING, PRIVILEGED, deviations, roles_of
from seqpool.governance.powers import _check_complete as check_complete
from seqpool.governance.snapshot.envelopes import SnapshotEnvelope, sign_envelope
from seqpool.governance.snapshot.result import AGAINST, FOR
from seqpool.governance.snapshot.types import PROPOSAL, PROPOSAL_TYPES
from seqpool.governance.view import ProposalStage
from seqpool.protocol.signatures import CompactSignature
from seqpool.units import DAY
from tests.utils.documents import table
from tests.utils.governed import CRITERIA

pytestmark = pytest.mark.slow

SPACE = "metis.local"
VOTERS = ballot_box.wallets(CRITERIA.wallets)
ALL_FOR = [FOR] * len(VOTERS)
TEXTS = ("--title", "Do it", "--forum", "https://forum.example/t/1", "--summary", "Because [x].")


@pytest.fixture
def draft(community, governance, tmp_path):
    """Writes a draft of a case, by default an onboarding."""

    def write(*case, name="draft", **options):
        folder = tmp_path / name
        more = ("--author", "proposer", "--out", folder)
        governance.ok("governance", "draft", *(case or ("onboard", "owner4")), *TEXTS, *more)
        return folder

    return write


@pytest.fixture
def proposed(community, governance, draft):
    """Id and folder of an onboarding that was proposed by commands."""
    folder = draft()
    text = governance.ok("governance", "propose", folder, "--account", "proposer")
    id = community.governor.proposal_count()
    assert f"propose as number {id}: done" in text
    return id, folder


def link(run, id, folder, *more, account="proposer"):
    return run("governance", "link", id, "--vote", folder, "--account", account, *more)


def export(governance, folder, path, choices=ALL_FOR):
    """What Snapshot has when people have voted."""
    if not (folder / "envelope.json").exists():
        governance.ok("governance", "sign", folder, "--account", "proposer")
    data = json.loads((folder / "envelope.json").read_text())
    proposal = SnapshotEnvelope.read(data, PROPOSAL_TYPES, ape.chain.chain_id)
    votes = [ballot_box.cast(x, proposal, y) for x, y in zip(VOTERS, choices, strict=True)]
    ballot_box.export(proposal, votes).save(path)
    return path


@pytest.fixture
def funded(community):
    """People with METIS, before a draft names the block at which it counts."""
    for voter in VOTERS:
        amount = CRITERIA.quorum // len(VOTERS)
        community.suite.metis.mint(voter.address, amount, sender=named_account("deployer"))


@pytest.fixture
def ended(funded, community, governance, proposed, tmp_path):
    """Id, folder and export of a proposal whose vote is over."""
    id, folder = proposed
    link(governance.ok, id, folder)
    community.wait(6 * DAY)
    return id, folder, export(governance, folder, tmp_path / "export.json")


def attest(governance, id, path, tmp_path, count=3):
    files = []
    for n in range(1, count + 1):
        files.append(tmp_path / f"attested-{n}.json")
        options = ("--account", f"attester{n}", "--out", files[-1])
        governance.ok("governance", "attest", id, path, *options)
    return files


def stage(community, id):
    return ProposalStage(community.governor.state(id))


# ---------------------------------------------------------------- the whole way


def test_a_proposal_from_draft_to_effect(ended, community, governance, tmp_path):
    id, _, path = ended
    show = governance.ok("governance", "show", id)
    assert "◐ attested" in show
    assert "3 of 5 attesters │ attest 1, then anyone: queue" in show.replace(
        f"attest {id}", "attest 1"
    )
    text = governance.ok("governance", "tally", id, path, "--out", tmp_path / "tally.json")
    assert "Every vote of the export counts." in text
    assert "passed" in text
    tally = json.loads((tmp_path / "tally.json").read_text())
    assert tally["message"]["forVotes"] == CRITERIA.quorum
    files = attest(governance, id, path, tmp_path)
    assert json.loads(files[0].read_text())["message"] == tally["message"]
    send = ("governance", "queue", id, *files, "--account", "keeper")
    text = governance.ok(*send, "--dry-run")
    assert "PASSED: it waits for 2 d" in text
    assert "Dry run: nothing was sent." in text
    assert stage(community, id) == ProposalStage.ENDED
    governance.ok(*send)
    assert stage(community, id) == ProposalStage.QUEUED
    assert governance.fails(*send) == f"proposal {id} is QUEUED: it takes no attestation"
    assert "◐ ready" in governance.ok("governance", "show", id)
    run = ("governance", "execute", id, "--account", "keeper")
    assert governance.fails(*run).startswith(f"too early: proposal {id} waits until ")
    community.wait(2 * DAY)
    assert "execute within" in governance.ok("governance", "list")
    assert "Dry run" in governance.ok(*run, "--dry-run")
    assert community.suite.pool.admission(named_account("owner4"))[1] == 0
    governance.ok(*run)
    assert community.suite.pool.admission(named_account("owner4"))[1] == 1
    assert governance.fails(*run) == f"proposal {id} is EXECUTED: it cannot be executed"
    show = governance.ok("governance", "show", id)
    assert "● executed" in show
    # not what it would do now
    owner = named_account("owner4").address
    assert f"SequencerPool.approve({owner})" in show
    assert "admit" not in show
    assert "Who can act now" in show
    assert "│ nobody │" in show


def test_a_vote_that_does_not_pass(funded, community, governance, proposed, tmp_path):
    id, folder = proposed
    link(governance.ok, id, folder)
    community.wait(6 * DAY)
    path = export(governance, folder, tmp_path / "x.json", [FOR] * 5 + [AGAINST] * 5)
    files = attest(governance, id, path, tmp_path)
    text = governance.ok("governance", "queue", id, *files, "--account", "keeper")
    assert "NOT_APPROVED: it ends here" in text
    assert stage(community, id) == ProposalStage.DEFEATED
    show = governance.ok("governance", "show", id)
    assert "attested: NOT_APPROVED" in show
    assert "✕ defeated" in show


# ---------------------------------------------------------------- drafts


def test_a_draft_writes_three_files_and_sends_nothing(community, governance, tmp_path):
    before = ape.chain.blocks.height
    file = tmp_path / "p.yaml"
    file.write_text(
        "title: Two\nforum: https://forum.example/t/2\nsummary: Why.\nactions:\n"
        "  - offboard: {id: 1}\n  - parameter: {name: min_stake, value: 25000 METIS}\n"
    )
    out = tmp_path / "two"
    options = ("--author", "proposer", "--out", out)
    text = governance.ok("governance", "draft", "file", file, *options)
    assert "set min_stake: 20,000 METIS → 25,000 METIS" in text
    assert "7 d after the vote (PARAMETERS)" in text
    assert sorted(x.name for x in out.iterdir()) == ["post.md", "proposal.json", "snapshot.json"]
    assert json.loads((out / "snapshot.json").read_text())["message"]["space"] == SPACE
    assert ape.chain.blocks.height == before


def test_bad_drafts__are_refused(governance, tmp_path):
    options = (*TEXTS, "--author", "proposer", "--out", tmp_path / "x")
    fails = governance.fails
    assert fails("governance", "draft", "offboard", "one", *options) == (
        "offboard: id: wanted a whole number, found 'one'"
    )
    error = fails("governance", "draft", "allow", "Slasher", "stop", "ALL", "ORDINARY", *options)
    assert error.startswith("allow: kind: wanted one of INFRASTRUCTURE, GOVERNANCE")
    error = fails("governance", "draft", "onboard", "owner4", *options, "--block", "999999")
    assert error.startswith("there is no block 999999: the latest is ")
    error = fails("governance", "draft", "onboard", "0x1234", *options)
    assert error.startswith("onboard: owner: no account '0x1234'")
    mixed = tmp_path / "mixed.yaml"
    mixed.write_text(
        "title: T\nforum: https://forum.example/t/2\nsummary: W\nactions:\n"
        "  - offboard: {id: 1}\n  - onboard: {owner: owner4}\n"
    )
    error = fails("governance", "draft", "file", mixed, *options[6:])
    assert error.startswith("mixed kinds: ")
    assert not (tmp_path / "x").exists()


def test_a_message_is_signed_by_its_author(governance, draft):
    folder = draft()
    error = governance.fails("governance", "sign", folder, "--account", "stranger")
    assert error.startswith("the message is of ")
    text = governance.ok("governance", "sign", folder, "--account", "proposer")
    assert "0x" + read_poll(folder / "snapshot.json").snapshot_id.hex() in text
    assert read_poll(folder / "envelope.json") == read_poll(folder / "snapshot.json")


# ---------------------------------------------------------------- the proposer


def test_propose__below_the_threshold__is_refused(governance, draft):
    error = governance.fails("governance", "propose", draft(), "--account", "stranger")
    assert error.startswith("below the proposal threshold: ")
    assert error.endswith("has 0 METIS, wanted are 10 METIS")


def test_propose__dry_run_sends_nothing(community, governance, draft):
    count = community.governor.proposal_count()
    text = governance.ok("governance", "propose", draft(), "--account", "proposer", "--dry-run")
    assert "Dry run: nothing was sent." in text
    assert community.governor.proposal_count() == count


def test_propose__again_after_a_crash__is_noticed(community, governance, proposed):
    id, folder = proposed
    error = governance.fails("governance", "propose", folder, "--account", "proposer")
    assert error == (
        f"proposal {id} does the same, and is PROPOSED: go on with that one, or propose it --again"
    )
    governance.ok("governance", "propose", folder, "--again", "--account", "proposer")
    assert community.governor.proposal_count() == id + 1


def test_propose__a_call_taken_off_the_list__is_refused(community, governance, draft):
    folder = draft("offboard", "1")
    pool, governor = community.suite.pool, community.governor
    selector = pool.offboard.encode_input(1)[:4]
    off = community.act(governor, "set_permission", (pool.address, selector, 0, 0))
    community.decide([off])
    error = governance.fails("governance", "propose", folder, "--account", "proposer")
    assert error == "SequencerPool.offboard is not on the allow-list: no proposal may call it"
    kind = (pool.address, selector, ProposalKind.INFRASTRUCTURE, 1)
    community.decide([community.act(governor, "set_permission", kind)])
    error = governance.fails("governance", "propose", folder, "--account", "proposer")
    assert error.startswith("the draft is of kind GOVERNANCE, its calls are INFRASTRUCTURE by now")


def test_link(community, governance, proposed):
    id, folder = proposed
    error = link(governance.fails, id, folder, account="stranger")
    assert error.startswith(f"proposal {id} is of proposer ")
    assert "Dry run" in link(governance.ok, id, folder, "--dry-run")
    assert stage(community, id) == ProposalStage.PROPOSED
    assert "◐ vote linked" in governance.ok("governance", "show", id)
    link(governance.ok, id, folder)
    assert stage(community, id) == ProposalStage.LINKED
    assert "◐ vote ends" in governance.ok("governance", "show", id)
    error = link(governance.fails, id, folder)
    assert error == f"proposal {id} has a vote: attesters may correct it by `relink`"
    error = governance.fails("governance", "cancel", id, "--account", "proposer")
    assert error.startswith(f"too late: proposal {id} is LINKED")


def test_link__about_other_actions__is_refused(governance, proposed, draft):
    id, _ = proposed
    error = link(governance.fails, id, draft("offboard", "1", name="other"))
    assert error.startswith("the vote is about other actions, 0x")


def test_link__at_a_bad_time__is_refused(community, governance, proposed, draft):
    id, folder = proposed
    options = ("--account", "proposer", "--snapshot-id", "0x" + "11" * 32, "--ends-at")
    command = ("governance", "link", id, *options)
    assert governance.fails(*command, community.now).startswith("the vote ends too early: ")
    assert governance.fails(*command, community.now + 8 * DAY).startswith("the vote ends too late")
    text = governance.ok(*command, community.now + 2 * DAY, "--dry-run")
    assert "not compared: the text of the vote is not here" in text
    error = governance.fails("governance", "link", id, "--account", "proposer")
    assert error == "name the vote with --vote, or with --snapshot-id and --ends-at"
    bad = ("--snapshot-id", "0x11", "--ends-at", "1")
    error = governance.fails("governance", "link", id, "--account", "proposer", *bad)
    assert error == "bad id '0x11': wanted are 32 bytes in hex"
    community.wait(6 * DAY)
    assert link(governance.fails, id, folder).startswith("too late: the vote ended ")
    community.wait(9 * DAY)
    assert link(governance.fails, id, folder) == f"proposal {id} is EXPIRED: it takes no vote"
    assert "✕ expired" in governance.ok("governance", "show", id)


def test_link__a_vote_that_is_linked__is_refused(community, governance, proposed, draft):
    id, folder = proposed
    link(governance.ok, id, folder)
    governance.ok("governance", "propose", folder, "--again", "--account", "proposer")
    error = link(governance.fails, id + 1, folder)
    assert error == f"the vote is linked to proposal {id} already"


def test_cancel(community, governance, proposed):
    id, _ = proposed
    error = governance.fails("governance", "cancel", id, "--account", "stranger")
    assert error.startswith(f"proposal {id} is of ")
    governance.ok("governance", "cancel", id, "--account", "proposer")
    assert stage(community, id) == ProposalStage.CANCELLED
    assert "✕ cancelled" in governance.ok("governance", "show", id)


# ---------------------------------------------------------------- attesters


def test_attest__too_early__is_refused(funded, community, governance, proposed, tmp_path):
    id, folder = proposed
    path = export(governance, folder, tmp_path / "export.json")
    command = ("governance", "attest", id, path, "--out", tmp_path / "a.json", "--account")
    error = governance.fails(*command, "attester1")
    assert error == f"proposal {id} has no vote yet: its proposer has to link one"
    link(governance.ok, id, folder)
    assert governance.fails(*command, "attester1").startswith("too early: people vote until ")
    assert governance.fails(*command, "stranger").endswith("`ape run governance powers` lists them")
    community.wait(20 * DAY)
    error = governance.fails(*command, "attester1")
    assert error == f"proposal {id} is EXPIRED: it takes no attestation"
    assert not (tmp_path / "a.json").exists()


def test_a_malformed_export__is_refused(ended, governance, tmp_path):
    id, _, path = ended
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    error = governance.fails("governance", "tally", id, bad)
    assert error.endswith("this is no Snapshot export; make one with `docs/snapshot.md`")
    error = governance.fails("governance", "tally", id, path, "--space", "another.eth")
    assert error == "the Snapshot proposal's space is 'metis.local', not 'another.eth'"
    data = json.loads(path.read_text())
    # signed by another, twice, and no vote at all
    data["votes"][0]["sig"] = data["votes"][1]["sig"]
    data["votes"] += [data["votes"][2], {"vote": 1}]
    path.write_text(json.dumps(data))
    text = governance.ok("governance", "tally", id, path)
    assert "3 of 12 votes do not count" in text
    for fault in ("signed by another", "repeated", "malformed"):
        assert fault in text
    assert "no quorum" in text


def fails_to_attest(community, governance, folder, tmp_path, **changes) -> str:
    """Why nobody attests a vote whose message differs from the draft's. It is linked by its id
    alone: the Governor cannot see what was voted on."""
    governance.ok("governance", "propose", folder, "--account", "proposer")
    id = community.governor.proposal_count()
    message = json.loads((folder / "snapshot.json").read_text())["message"] | changes
    proposal = sign_envelope(named_account("proposer"), PROPOSAL, message)
    options = ("--snapshot-id", proposal.id, "--ends-at", message["end"], "--account", "proposer")
    governance.ok("governance", "link", id, *options)
    community.wait(6 * DAY)
    votes = [ballot_box.cast(voter, proposal, FOR) for voter in VOTERS]
    ballot_box.export(proposal, votes).save(tmp_path / "export.json")
    command = ("governance", "attest", id, tmp_path / "export.json", "--account", "attester1")
    error = governance.fails(*command, "--out", tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()
    return error


def test_a_vote_without_the_hash_of_the_actions__is_not_attested(
    funded, community, governance, draft, tmp_path
):
    """Who has voted has not seen what it does."""
    error = fails_to_attest(community, governance, draft(), tmp_path, body="Admit somebody.")
    assert error.startswith("the Snapshot text lacks the actions' hash")


def test_a_vote_that_counts_an_old_block__is_not_attested(
    funded, community, governance, draft, tmp_path
):
    """Its proposer could have chosen the one of many that suits him."""
    old = ape.networks.provider.get_block("latest").number
    community.wait(8 * DAY)
    error = fails_to_attest(community, governance, draft(), tmp_path, snapshot=old)
    assert error.startswith("the vote counts METIS of ")
    assert error.endswith(", more than 7 d before it started")


def test_queue__bad_attestations__are_refused(ended, community, governance, proposed, tmp_path):
    id, _, path = ended
    command = ("governance", "queue", id, "--account", "keeper")
    error = governance.fails(*command)
    assert error == "no attestations: name the files that attesters have sent"
    files = attest(governance, id, path, tmp_path)
    assert governance.fails(*command, *files[:2]).startswith("2 of 3 attesters have signed")
    twice = governance.fails(*command, files[0], files[0], files[1])
    assert "has signed already" in twice
    good = Attestation.read(files[2])
    forged = Attestation(good.message, named_account("attester4").address, good.signature)
    forged.save(tmp_path / "forged.json")
    assert "signed by" in governance.fails(*command, *files[:2], tmp_path / "forged.json")
    make_attestation(good.message, named_account("stranger")).save(tmp_path / "stranger.json")
    assert "is no attester" in governance.fails(*command, *files[:2], tmp_path / "stranger.json")
    noise = Attestation(good.message, good.signer, CompactSignature(1, 2))
    noise.save(tmp_path / "noise.json")
    assert "2 of 3 attesters" in governance.fails(*command, *files[:2], tmp_path / "noise.json")
    data = json.loads(files[2].read_text())
    data["message"]["forVotes"] += 1
    (tmp_path / "more.json").write_text(json.dumps(data))
    error = governance.fails(*command, *files[:2], tmp_path / "more.json")
    assert "2 of 3 attesters have signed" in error
    data["message"]["proposalId"] = id + 1
    (tmp_path / "other.json").write_text(json.dumps(data))
    error = governance.fails(*command, tmp_path / "other.json", *files)
    assert error.endswith(f"about proposal {id + 1}, not {id}")
    data["message"]["proposalId"], data["message"]["actionsHash"] = id, "0x" + "11" * 32
    (tmp_path / "actions.json").write_text(json.dumps(data))
    error = governance.fails(*command, tmp_path / "actions.json", *files)
    assert error == "the attestations are of other actions: count the export anew"
    # one that does not count does no harm
    text = governance.ok(*command, *files, tmp_path / "stranger.json")
    assert "stranger.json does not count" in text


def test_relink(community, governance, proposed, draft, tmp_path):
    """Attesters correct a link that was wrong."""
    id, folder = proposed
    false = ("--snapshot-id", "0x" + "11" * 32, "--ends-at", community.now + 2 * DAY)
    governance.ok("governance", "link", id, *false, "--account", "proposer")
    sign = ("governance", "attest-link", id, "--vote", folder)
    error = governance.fails(*sign, "--out", tmp_path / "l.json", "--account", "stranger")
    assert "is no attester" in error
    files = [tmp_path / f"link-{n}.json" for n in range(1, 4)]
    for n, file in enumerate(files, 1):
        governance.ok(*sign, "--out", file, "--account", f"attester{n}")
    send = ("governance", "relink", id, *files, "--account", "keeper")
    assert "Dry run" in governance.ok(*send, "--dry-run")
    assert governance.fails("governance", "relink", id, files[0], "--account", "keeper") == (
        "1 of 3 attesters have signed"
    )
    governance.ok(*send)
    wanted = read_poll(folder / "snapshot.json")
    assert bytes(community.governor.proposal(id).snapshot_id) == wanted.snapshot_id
    assert "by attesters" in governance.ok("governance", "show", id)
    error = governance.fails(*send)
    assert error == "the attestations are of link 1, the next is 2: sign anew"


# ---------------------------------------------------------------- the Working Group, and anyone


def veto(run, id, *more, reason="https://forum.example/no", account="guardian"):
    return run("governance", "veto", id, "--reason", reason, "--account", account, *more)


def test_veto(community, governance, proposed):
    id, _ = proposed
    error = veto(governance.fails, id, account="stranger")
    assert error.startswith("only the Working Group may veto: guardian ")
    assert veto(governance.fails, id, reason="") == "the reason has 0 bytes: wanted are 1 to 256"
    assert veto(governance.fails, id, reason="x" * 257).startswith("the reason has 257 bytes")
    assert "Dry run" in veto(governance.ok, id, "--dry-run")
    assert stage(community, id) == ProposalStage.PROPOSED
    veto(governance.ok, id, reason="[bold] not yet")
    assert stage(community, id) == ProposalStage.VETOED
    show = governance.ok("governance", "show", id)
    assert "✕ vetoed" in show
    assert "[bold] not yet" in show
    assert veto(governance.fails, id) == f"too late: proposal {id} is VETOED"


def test_veto__of_a_queued_proposal(community, governance):
    pool, owner = community.suite.pool, named_account("owner4").address
    id = community.queue([community.act(pool, "approve", owner)], ProposalKind.INFRASTRUCTURE)
    veto(governance.ok, id)
    community.wait(3 * DAY)
    error = governance.fails("governance", "execute", id, "--account", "keeper")
    assert error == f"proposal {id} is VETOED: it cannot be executed"


def test_veto__of_the_other_kind__is_refused(community, governance):
    id = community.propose([community.act(community.suite.pool, "offboard", 1)])
    assert veto(governance.fails, id) == f"proposal {id} is of kind GOVERNANCE: nobody may veto it"


def test_execute__too_late__is_refused(community, governance):
    id = community.queue([community.act(community.suite.pool, "offboard", 1)])
    community.wait(17 * DAY)
    error = governance.fails("governance", "execute", id, "--account", "keeper")
    assert error.startswith(f"too late: proposal {id} could be executed until ")


def test_execute__what_would_be_refused__says_why(community, governance):
    pool = community.suite.pool
    id = community.queue([community.act(pool, "reinstate", 1)])
    community.wait(3 * DAY)
    error = governance.fails("governance", "execute", id, "--account", "keeper")
    assert error == "call 1, SequencerPool.reinstate, is refused: SequencerPool: wrong state"


@pytest.mark.parametrize("command", ["show", "cancel", "execute", "veto", "link", "tally"])
def test_unknown_proposals__are_refused(community, governance, tmp_path, command):
    more = {
        "show": (),
        "veto": ("--reason", "x", "--account", "guardian"),
        "link": ("--snapshot-id", "0x" + "11" * 32, "--ends-at", "1", "--account", "proposer"),
        "tally": (tmp_path / "none.json",),
    }.get(command, ("--account", "proposer"))
    count = community.governor.proposal_count()
    error = governance.fails("governance", command, count + 1, *more)
    assert error == f"there is no proposal {count + 1}: the latest is {count}"


def test_a_suite_without_a_governor__is_refused(script, suite):
    if suite.governor is not None:
        pytest.skip("the suite of the other tests has one")
    error = script.fails("governance", "list")
    assert error.startswith("this suite has no SequencerGovernor of ours: its governance is ")


# ---------------------------------------------------------------- for a multisig


def test_a_safe_gets_the_call(community, governance, proposed, tmp_path):
    id, _ = proposed
    file = tmp_path / "safe.json"
    guardian = community.guardian.address
    text = veto(governance.ok, id, "--safe", file, account=guardian)
    assert "for the Transaction Builder of the Safe" in text
    assert stage(community, id) == ProposalStage.PROPOSED
    data = json.loads(file.read_text())
    (transaction,) = data["transactions"]
    governor = community.governor
    wanted = governor.veto.encode_input(id, "https://forum.example/no")
    assert transaction == {
        "to": governor.address,
        "value": "0",
        "data": "0x" + bytes(wanted).hex(),
        "contractMethod": None,
        "contractInputsValues": None,
    }
    assert (data["version"], data["chainId"]) == ("1.0", str(ape.chain.chain_id))
    assert data["meta"]["createdFromSafeAddress"] == guardian
    assert data["meta"]["checksum"] == checksum(data)
    stranger = named_account("stranger").address
    assert "only the Working Group" in veto(governance.fails, id, "--safe", file, account=stranger)


def test_checksum_is_that_of_the_builder():
    """The example of the Transaction Builder's own tests."""
    address = "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6"

    def method(kind, name, argument, values):
        inputs = [{"internalType": kind, "name": argument, "type": kind}]
        return {
            "to": address,
            "value": "0",
            "contractMethod": {"inputs": inputs, "name": name, "payable": False},
            "contractInputsValues": values,
        }

    # there, it was an empty text when the checksum was made
    meta = {
        "name": "test batch file",
        "txBuilderVersion": "1.4.0",
        "createdFromSafeAddress": "0xDF8a1Ce35c9a6ACE153B4e0767942f1E2291a1Aa",
        "createdFromOwnerAddress": address,
    }
    data = {
        "version": "1.0",
        "chainId": "4",
        "createdAt": 1646321521061,
        "meta": meta,
        "transactions": [
            method("address", "testAddress", "paramAddress", {"paramAddress": address}),
            method("bool", "testBool", "paramBool", {"paramAddress": "", "paramBool": "false"}),
            {
                "to": address,
                "value": "2000000000000000000",
                "data": f"0x42f45790{address[2:].lower():0>64}",
            },
        ],
    }
    assert checksum(data) == "0x86c81826dbf7e8a37612153294cc85fdf5c81998dd0a44b86d945502a7eace7c"
    assert checksum(data | {"meta": meta | {"name": "another"}}) == checksum(data)
    assert checksum(data | {"chainId": "5"}) != checksum(data)


# ---------------------------------------------------------------- powers


def test_powers(community, governance):
    text = governance.ok("governance", "powers", "--nobody", "deployer")
    assert "All is held as planned." in text
    assert f"{named_account('deployer').address} holds no role." in text
    assert deviations(community.suite) == []


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        (
            "guardian",
            "guardian of SequencerPool, guardian of Slasher, guardian of SequencerGovernor",
        ),
        ("attester1", "attesters of SequencerGovernor"),
        ("allocator", "allocator of StakedMetis"),
        ("treasury", "treasury of the SlashVault"),
        ("fallback", "fallback sequencer of SequencerSet"),
        ("owner1", "approved owner in the pool, owner of sequencer 1"),
        ("signer1", "signer of sequencer 1"),
    ],
)
def test_whoever_holds_something__is_found(governance, name, roles):
    error = governance.fails("governance", "powers", "--nobody", name)
    assert error == f"{named_account(name).address} holds: {roles}"


def test_what_is_not_as_planned__is_found(community, governance):
    suite, stranger = community.suite, named_account("stranger")
    offer = community.act(suite.lst, "transfer_ownership", stranger.address)
    role = bytes(suite.timelock.PROPOSER_ROLE())
    grant = community.act(suite.timelock, "grantRole", role, stranger.address)
    id = community.queue([offer, grant])
    community.wait(31 * DAY)
    community.execute(id)
    assert {"pending governance of StakedMetis", "PROPOSER_ROLE of Timelock"} <= {
        *roles_of(suite, stranger.address)
    }
    error = governance.fails("governance", "powers")
    assert error.startswith("not as planned: pending governance of StakedMetis is ")
    assert "PROPOSER_ROLE of the Timelock is " in error


def test_every_function_is_either_privileged_or_open(community):
    contracts = contracts_of(community.suite)
    assert contracts.keys() == PRIVILEGED.keys() == OPEN_TO_ALL.keys()
    for name, contract in contracts.items():
        check_complete(name, contract)


def test_roles_are_those_of_the_document():
    """docs/roles.md says it in its own words, and has contracts without powers too."""
    documented = {(x["contract"], x["function"]): x["who"] for x in table("roles.md", "contract")}
    for contract, roles in PRIVILEGED.items():
        if contract == TIMELOCK:
            # there, what holds its roles gives them their names
            continue
        for role, functions in roles.items():
            for function in functions:
                # of the pool's, somebody else may do it too
                assert role == documented[contract, function] or function == "relock"
        for function in OPEN_TO_ALL[contract]:
            assert documented[contract, function] not in (*roles, PENDING)
