"""scripts/slash.py: from an evidence file to a refund, and each mistake."""

import json

import ape
import pytest
from eth_utils import keccak

from seqpool.chain.accounts import named_account
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import Journal
from seqpool.devnet.cast import populate
from seqpool.documents.consent import make_consent
from seqpool.documents.evidence import VERSION, Evidence, file_hash
from seqpool.documents.votes import Ballot, Vote, combine, make_vote
from seqpool.pool.actions import Actions
from seqpool.pool.view import State, View
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, struct_hash
from seqpool.slashing.view import CaseStatus
from tests.scripts.test_epochs import change, name_of
from tests.utils.commands import Script
from tests.utils.court import PENALTIES
from tests.utils.documents import table
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS

pytestmark = pytest.mark.slow

SIGNERS = [f"signer{n}" for n in range(1, 6)]
ACCUSED = 2
STAKE = ACCUSED * 20_000 * METIS


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """The deployment file."""
    return tmp_path_factory.mktemp("slashing") / "deployment.json"


@pytest.fixture(scope="module")
def suite(project, values, path):
    """With a Slasher of its own, and five sequencers whose committee is sealed."""
    # a second time, after Ape went back to make a fixture of the session, there is a file already
    path.unlink(missing_ok=True)
    provider = ape.networks.provider
    journal = Journal.open(path, provider)
    suite = Deployer(values, named_account("deployer"), journal, provider, project).run()
    populate(suite, provider)
    return suite


@pytest.fixture(scope="module")
def script(suite, path):
    return Script(path)


def write(path, **changes):
    latest = ape.networks.provider.get_block("latest")
    block = {"number": latest.number, "hash": "0x" + 64 * "1", "timestamp": latest.timestamp}
    data = {
        "version": VERSION,
        "kind": Kind.BACKLOG.name,
        "sequencer_id": ACCUSED,
        "signer": named_account(f"signer{ACCUSED}").address,
        "chain_id": ape.chain.chain_id,
        "epoch": 7,
        "blocks": [block | {"transactions": 0}],
        "observer": "who has seen it",
        "text": "what was seen",
    }
    path.write_text(json.dumps(data | changes))
    return path


@pytest.fixture(scope="module")
def evidence(path, suite):
    return write(path.with_name("evidence.json"))


@pytest.fixture(scope="module")
def certificate(script, evidence):
    votes = [evidence.with_name(f"{name}.json") for name in SIGNERS]
    for name, vote in zip(SIGNERS, votes, strict=True):
        script.ok("slash", "sign", evidence, "--account", name, "--out", vote)
    file = evidence.with_name("certificate.json")
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
    assert suite.slash_vault.case_of(case).status == CaseStatus.RELEASED
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
    assert error == "the offence is punished already"


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
        ({"kind": "BLOCK_TIMEOUT"}, "evidence: kind: wanted one of SLOW_PRODUCTION, BACKLOG"),
        ({"blocks": []}, "this is no evidence: blocks: wanted blocks in rising order"),
        ({"text": " "}, "this is no evidence: text: wanted a text"),
        ({"version": "1"}, "this is no evidence: version: "),
        ({"more": 1}, "this is no evidence: the file: there is no 'more'"),
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


# ---------------------------------------------------------------- committees


def supersede(suite):
    """A day later there is another committee; when it came."""
    ape.chain.pending_timestamp += DAY
    suite.committee_registry.checkpoint(sender=named_account("keeper"))
    return ape.chain.blocks.head.timestamp


def at(time):
    """The next block is a second later."""
    ape.chain.pending_timestamp = time
    ape.chain.mine()


def test_a_report_of_an_old_committee__is_refused(suite, script, certificate):
    superseded_at = supersede(suite)
    # the block is too old first, unless it was signed later
    at(superseded_at + LIMITS["COMMITTEE_AGE"] - 60)
    error = script.fails("slash", "report", certificate, "--account", "keeper")
    assert error.startswith("too old: ")
    at(superseded_at + LIMITS["COMMITTEE_AGE"])
    error = script.fails("slash", "report", certificate, "--account", "keeper")
    assert error.startswith("committee 1 is too old: superseded ")
    assert error.endswith("and its Offence counts for 7 d")


def test_a_report_in_a_stop__is_refused(suite, script, certificate):
    suite.slasher.stop(sender=named_account("guardian"))
    error = script.fails("slash", "report", certificate, "--account", "keeper")
    assert error.startswith("reports are stopped until ")
    assert error.endswith("(in 3 d)")
    suite.slasher.resume(sender=named_account("guardian"))
    script.ok("slash", "report", certificate, "--account", "keeper")


def test_a_stop_counts_towards_no_age(suite, script, certificate):
    """Nor does one that was ended early count in full."""
    guardian = named_account("guardian")
    observed_at = Ballot.read(certificate).message.observedAt
    stopped_at = suite.slasher.stop(sender=guardian).timestamp
    arguments = ("slash", "report", certificate, "--account", "keeper", "--dry-run")
    for length, age in ((DAY, 8 * DAY), (3 * DAY, 10 * DAY)):
        with isolated(ape.chain):
            if length < LIMITS["SLASHER_STOP"]:
                at(stopped_at + length)
                suite.slasher.resume(sender=guardian)
            at(observed_at + age - 60)
            script.ok(*arguments)
            at(observed_at + age + 60)
            assert script.fails(*arguments).startswith("too old: ")


# ---------------------------------------------------------------- equivocation

HASHES = ["0x" + 64 * "a", "0x" + 64 * "b"]


def commit(script, file, account=f"signer{ACCUSED}", epoch=7, block=1_000, hash=HASHES[0]):
    where = ("--epoch", epoch, "--block", block, "--hash", hash)
    script.ok("slash", "commit", *where, "--account", account, "--out", file)
    return file


@pytest.fixture
def pair(script, tmp_path):
    """Two signed blocks of one height."""
    names = zip(("one", "other"), HASHES, strict=True)
    return [commit(script, tmp_path / f"{name}.json", hash=hash) for name, hash in names]


def equivocate(run, pair, *options):
    return run("slash", "equivocation", *pair, "--account", "keeper", *options)


def test_an_equivocation_from_files_to_case(suite, script, pair):
    text = equivocate(script.ok, pair)
    assert f"report EQUIVOCATION of sequencer {ACCUSED}: done" in text
    found = suite.slash_vault.case_of(suite.slash_vault.case_count())
    amount = STAKE * PENALTIES["equivocation"] // 10_000
    assert (found.id, found.own, found.kind) == (ACCUSED, amount, Kind.EQUIVOCATION)
    assert found.evidence == keccak(
        b"".join(struct_hash(Vote.read_commitment(file).message) for file in pair)
    )
    assert suite.pool.sequencer(ACCUSED).state == State.SUSPENDED


def test_dry_run_of_an_equivocation_shows_it_and_sends_nothing(suite, script, pair):
    text = equivocate(script.ok, pair, "--dry-run")
    for row in (
        f"sequencer │ {ACCUSED} ",
        "offence │ EQUIVOCATION ",
        "locked │ 40,000 METIS ",
        "penalty │ 10 % ",
        "block │ 1000 of epoch 7 ",
        f"one hash │ {HASHES[0]} ",
        f"other hash │ {HASHES[1]} ",
    ):
        assert row in text
    assert text.endswith("Dry run: nothing was sent.")
    assert suite.slash_vault.case_count() == 0


def test_a_commitment_is_as_documented(script, pair, tmp_path):
    """And though it looks like a vote, it is none."""
    error = script.fails("slash", "combine", *pair, "--out", tmp_path / "certificate.json")
    assert error == (
        f"{pair[0]}: this is no vote: kind: wanted one of Reelection, Correction, Offence,"
        ' RewardBatch, found "BlockCommitment"; make one with `ape run vote sign`'
    )
    data = json.loads(pair[0].read_text())
    fields = {row["part"]: row["what"] for row in table("evidence.md", "part | type")}
    assert list(fields) == list(data)
    assert data["kind"] in fields["kind"]
    for name, inner in data.items():
        if isinstance(inner, dict):
            assert all(f"`{key}`" in fields[name] for key in inner)


def test_what_is_no_equivocation__is_refused(script, pair):
    for changes, reason in (
        ({"epoch": 8}, "not one height: block 1000 of epoch 7, and block 1000 of epoch 8"),
        ({"block": 1_001}, "not one height: block 1000 of epoch 7, and block 1001 of epoch 7"),
        ({"hash": HASHES[0]}, f"the same block: both are signed for {HASHES[0]}"),
        ({"account": "signer3"}, "two signers: "),
    ):
        commit(script, pair[1], **({"hash": HASHES[1]} | changes))
        assert equivocate(script.fails, pair).startswith(reason)


def test_an_equivocation_of_a_stranger__is_refused(script, pair):
    for file, hash in zip(pair, HASHES, strict=True):
        commit(script, file, "keeper", hash=hash)
    stranger = named_account("keeper").address
    error = equivocate(script.fails, pair)
    assert error == f"{stranger} is no sequencer's signer, and never was"


def test_a_bad_commitment__is_refused(script, pair):
    signer = named_account(f"signer{ACCUSED}").address
    good = pair[0].read_text(), pair[1].read_text()
    for place, file in enumerate(pair):
        for key, value, reason in (
            ("domain.chain_id", 1, f"{file} is for the SequencerSet "),
            ("domain.sequencer_set", "0x" + 40 * "0", f"{file} is for the SequencerSet "),
            ("signature.r", "0x0", f"{file}: the signature is malformed"),
            ("signature.vs", f"{2**255 - 1:#x}", f"{file}: the signature is malformed"),
            ("signature.more", "0x0", f"{file}: this is no signed commitment"),
            ("kind", "Offence", f"{file}: this is no signed commitment"),
            ("message.epoch", -1, f"{file}: this is no signed commitment"),
            # it recovers to anybody
            ("message.blockHash", "0x" + 64 * "c", "two signers: "),
        ):
            change(file, key, value)
            error = equivocate(script.fails, pair)
            assert error.startswith(reason), key
            file.write_text(good[place])
        assert error.endswith(f"; {file} says that it is of {signer}")
    missing = pair[0].with_name("missing.json")
    error = equivocate(script.fails, [pair[0], missing])
    assert error == f"no signed commitment file {missing}"


def test_a_commitment_to_no_block__is_refused(script, tmp_path):
    file = tmp_path / "one.json"
    good = ("--epoch=7", "--block=1000", f"--hash={HASHES[0]}")
    for bad in ("--epoch=-1", f"--block={2**64}", "--hash=0x12", "--hash=" + 66 * "a"):
        error = script.fails("slash", "commit", *good, bad, "--out", file)
        assert error.startswith(f"Invalid value for '{bad.partition('=')[0]}'")
    assert not file.exists()


def test_an_equivocation_twice__is_refused(suite, script, pair):
    """The second time it is suspended; when that is over, it is punished."""
    equivocate(script.ok, pair)
    error = equivocate(script.fails, pair)
    assert error == f"sequencer {ACCUSED} is suspended for an equivocation already"
    suite.pool.reinstate(ACCUSED, sender=named_account("governance"))
    assert equivocate(script.fails, pair[::-1]) == "the offence is punished already"


def test_an_equivocation_in_a_stop__is_refused(suite, script, pair):
    suite.slasher.stop(sender=named_account("guardian"))
    assert equivocate(script.fails, pair).startswith("reports are stopped until ")


def test_an_equivocation_of_one_rotated_out__is_refused(suite, script, pair):
    """After 7 days, in which a stop does not count."""
    owner, signer = (named_account(name) for name in (f"owner{ACCUSED}", "signer9"))
    view = View(suite, ape.networks.provider)
    nonce = suite.pool.admission(owner)[2]
    consent = make_consent(signer, ape.chain.chain_id, suite.pool.address, owner.address, nonce)
    Actions(view, owner).rotate_signer(ACCUSED, consent).send(owner)
    old = named_account(f"signer{ACCUSED}").address
    rotated_at = suite.pool.signer_of_record(old)[1]
    suite.slasher.stop(sender=named_account("guardian"))
    latest = rotated_at + LIMITS["OLD_SIGNER_AGE"] + LIMITS["SLASHER_STOP"]
    at(latest - 60)
    equivocate(script.ok, pair, "--dry-run")
    at(latest)
    error = equivocate(script.fails, pair)
    assert error.startswith(f"{old} was rotated out ")
    assert error.endswith("and answers for 7 d")


# ---------------------------------------------------------------- lifting


@pytest.fixture
def culprit(suite):
    """The name of the signer in charge."""
    return name_of(suite.registry.sequencer_set.epochs(1).signer)


@pytest.fixture
def voters(culprit):
    return [name for name in SIGNERS if name != culprit]


@pytest.fixture
def wrong_block(script, voters, tmp_path):
    """The certificate of a re-election for a wrong block."""
    return vote(script, voters, tmp_path, "reelection", "--reason", "invalid-execution")


@pytest.fixture
def correction(suite, script, culprit, voters, wrong_block, tmp_path):
    """The certificate of a correction, when the culprit is barred and suspended."""
    script.ok("epochs", "reelect", "--file", wrong_block, "--account", "keeper")
    script.ok("slash", "report", wrong_block, "--account", "keeper")
    return vote(script, voters, tmp_path, "correction", culprit)


def vote(script, voters, folder, kind, *arguments):
    files = [folder / f"{kind} of {name}.json" for name in voters]
    for name, file in zip(voters, files, strict=True):
        script.ok("vote", "sign", kind, *arguments, "--account", name, "--out", file)
    script.ok("vote", "combine", *files, "--out", folder / f"{kind}.json")
    return folder / f"{kind}.json"


def lift(run, file, *options):
    return run("slash", "lift", file, "--account", "keeper", *options)


def id_of(suite, name):
    return suite.pool.signer_of_record(named_account(name))[0]


def test_a_suspension_is_lifted_by_the_votes_of_l2(suite, script, culprit, correction):
    id = id_of(suite, culprit)
    assert suite.pool.sequencer(id).state == State.SUSPENDED
    message = Ballot.read(correction).message
    text = lift(script.ok, correction, "--dry-run")
    for row in (
        f"sequencer │ {id} ",
        f"wrong block │ {message.blockNumber} of epoch {message.epoch} ",
        f"right block │ 0x{message.blockHash.hex()} ",
        "causes that stay open │ 0 ",
        " of 5 members ",
    ):
        assert row in text
    assert text.endswith("Dry run: nothing was sent.")
    assert suite.pool.sequencer(id).state == State.SUSPENDED
    assert f"lift a suspension of sequencer {id}: done" in lift(script.ok, correction)
    assert suite.pool.sequencer(id).state == State.ACTIVE
    error = lift(script.fails, correction)
    number, epoch = message.blockNumber, message.epoch
    assert error == f"sequencer {id} is not suspended for block {number} of epoch {epoch}"


def test_a_bad_correction__is_refused(suite, script, correction, wrong_block):
    assert lift(script.fails, wrong_block) == "the certificate is of a Reelection"
    data = correction.read_text()
    for key, value, reason in (
        ("domain.chain_id", 1, "the certificate is for the SequencerSet "),
        ("message.committeeNonce", 2, "there is no committee 2"),
        ("certificate.members", [], "the members are not those of committee 1"),
        ("certificate.signers", "0xffff", "the certificate is bad: it has a bit beyond"),
        ("certificate.signers", "0x1", "the certificate is bad: "),
        ("message.epoch", 2, "the certificate is bad: "),
        ("certificate.signatures", 1, f"{correction}: this is no certificate"),
    ):
        correction.write_text(data)
        change(correction, key, value)
        assert lift(script.fails, correction).startswith(reason), key
    correction.write_text(data)
    change(correction, "certificate.signers", "0x0")
    change(correction, "certificate.signatures", [])
    assert lift(script.fails, correction).endswith("more are wanted for two thirds")


def test_a_correction_of_another_block__is_refused(suite, script, culprit, correction):
    """Only the very epoch and block that it was suspended for."""
    ballot = Ballot.read(correction)
    id, stranger = id_of(suite, culprit), named_account("keeper").address
    number, epoch = ballot.message.blockNumber, ballot.message.epoch
    for field, value, reason in (
        ("epoch", 9, f"sequencer {id} is not suspended for block {number} of epoch 9"),
        ("blockNumber", 9, f"sequencer {id} is not suspended for block 9 of epoch {epoch}"),
        ("signer", stranger, f"{stranger} is no sequencer's signer, and never was"),
    ):
        message = ballot.message.model_copy(update={field: value})
        votes = [("", make_vote(message, named_account(name))) for name in SIGNERS]
        found, _ = combine(message, ballot.certificate.members, votes)
        Ballot(message, found.certificate).save(correction)
        assert lift(script.fails, correction) == reason


def test_a_correction_of_an_old_committee__is_refused(suite, script, correction):
    """After 21 days, however long it has been since the block."""
    latest = supersede(suite) + LIMITS["COMMITTEE_AGE_ON_L2"]
    at(latest - 60)
    lift(script.ok, correction, "--dry-run")
    at(latest)
    error = lift(script.fails, correction)
    assert error.startswith("committee 1 is too old: superseded ")
    assert error.endswith("and its Correction counts for 21 d")


def test_a_re_election_of_an_old_committee__is_refused(suite, script, wrong_block):
    latest = supersede(suite) + LIMITS["COMMITTEE_AGE_ON_L2"]
    at(latest - 60)
    error = script.fails("slash", "report", wrong_block, "--account", "keeper")
    assert error.startswith("too old: ")
    at(latest)
    error = script.fails("slash", "report", wrong_block, "--account", "keeper")
    assert error.startswith("committee 1 is too old: superseded ")
    assert error.endswith("and its Reelection counts for 21 d")
