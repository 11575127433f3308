"""scripts/epochs.py, vote.py and relay.py: from a stall to a successor, and each mistake."""

import json
import re
import subprocess

import ape
import pytest

from seqpool.bridge.calls import l2_call
from seqpool.chain.accounts import named_account
from seqpool.devnet.cast import populate
from tests.utils.commands import ROOT

pytestmark = pytest.mark.slow

MEMBERS = [f"signer{n}" for n in range(1, 6)]


@pytest.fixture(scope="module", autouse=True)
def crew(suite):
    """Five sequencers whose committee is installed; epoch 1 runs."""
    return populate(suite, ape.networks.provider)


@pytest.fixture
def epochs(suite):
    return suite.registry.sequencer_set


def name_of(address: str) -> str:
    return next(name for name in MEMBERS if named_account(name).address == address)


@pytest.fixture
def stalled(crew, epochs):
    """The name of the signer who has produced nothing for a minute; block 3 of epoch 1 is due."""
    crew.mine(2)
    crew.stall(61)
    return name_of(epochs.epochs(1).signer)


@pytest.fixture
def votes(script, stalled, tmp_path):
    """Files of all others' votes."""
    files = {name: tmp_path / f"{name}.json" for name in MEMBERS if name != stalled}
    for name, file in files.items():
        script.ok("vote", "sign", "reelection", "--account", name, "--out", file)
    return files


@pytest.fixture
def certificate(script, votes, tmp_path):
    file = tmp_path / "certificate.json"
    script.ok("vote", "combine", *votes.values(), "--out", file)
    return file


def send(script, name, *arguments, account="keeper"):
    return script.ok(name, *arguments, "--account", account)


def refused(script, name, *arguments, account="keeper"):
    return script.fails(name, *arguments, "--account", account)


def change(file, dotted: str, value) -> None:
    """Sets one value in a JSON file; `dotted` says where."""
    data = json.loads(file.read_text())
    *way, last = dotted.split(".")
    inner = data
    for key in way:
        inner = inner[key]
    inner[last] = value
    file.write_text(json.dumps(data))


# ---------------------------------------------------------------- the way it goes


def test_re_election_from_files(script, epochs, stalled, certificate):
    before = ape.networks.provider.get_block("latest").number
    output = send(script, "epochs", "reelect", "--file", certificate)
    assert "reason │ TIMEOUT, round 1" in output
    assert stalled == name_of(epochs.sequencer_at(before))
    assert epochs.sequencer_at(before + 1) != epochs.sequencer_at(before)
    shown = script.ok("epochs", "show")
    assert f"cut: {stalled} replaced for TIMEOUT, round 1" in shown
    error = refused(script, "epochs", "reelect", "--file", certificate)
    assert error.startswith("the certificate died with its stall")


def test_bar_and_correction_from_files(script, epochs, crew, tmp_path):
    crew.mine(2)
    culprit = name_of(epochs.epochs(1).signer)
    files = []
    for name in (x for x in MEMBERS if x != culprit):
        files.append(tmp_path / f"{name}.json")
        arguments = ["--reason", "invalid-execution", "--account", name, "--out", files[-1]]
        script.ok("vote", "sign", "reelection", *arguments)
    certificate = tmp_path / "certificate.json"
    script.ok("vote", "combine", *files, "--out", certificate)
    send(script, "epochs", "reelect", "--file", certificate)
    assert epochs.is_barred(named_account(culprit))
    assert "yes" in script.ok("epochs", "members")
    for file in files:
        arguments = ["--account", file.stem, "--out", file]
        script.ok("vote", "sign", "correction", culprit, *arguments)
    script.ok("vote", "combine", *files, "--out", certificate)
    send(script, "epochs", "correct", "--file", certificate)
    assert not epochs.is_barred(named_account(culprit))
    error = refused(script, "epochs", "correct", "--file", certificate)
    assert error == f"{named_account(culprit).address} is not barred"


@pytest.mark.parametrize("command", ["commit", "heartbeat"])
def test_dry_run_sends_nothing(script, crew, epochs, command):
    before = ape.networks.provider.get_block("latest").number
    output = send(script, "epochs", command, "--dry-run")
    assert output.endswith("Dry run: nothing was sent.")
    assert ape.networks.provider.get_block("latest").number == before


def test_commit_and_heartbeat(script, crew, epochs):
    assert "commit epoch 2: done" in send(script, "epochs", "commit")
    assert epochs.last_epoch() == 2
    assert refused(script, "epochs", "commit").startswith("epoch 2 is scheduled already")
    send(script, "epochs", "heartbeat")
    latest = ape.networks.provider.get_block("latest")
    assert epochs.alive_at() == latest.timestamp


def test_fallback(script, crew, epochs):
    error = refused(script, "epochs", "fallback")
    assert "is not the fallback sequencer" in error
    error = refused(script, "epochs", "fallback", account="fallback")
    assert error.startswith("too early: possible from")
    crew.wait(epochs.parameters().fallback_delay)
    send(script, "epochs", "fallback", account="fallback")
    assert epochs.epochs(2).signer == named_account("fallback")
    assert "cut: the fallback took over" in script.ok("epochs", "show")
    crew.wait(epochs.parameters().fallback_delay)
    error = refused(script, "epochs", "fallback", account="fallback")
    assert error.startswith("it is in charge until block")


def test_members_by_file(script, crew, epochs, tmp_path):
    file = tmp_path / "members.json"
    assert "5 members of committee 1" in script.ok("epochs", "members", "--out", file)
    send(script, "epochs", "commit", "--members", file, "--dry-run")
    change(file, "nonce", 2)
    error = refused(script, "epochs", "commit", "--members", file)
    assert error.endswith("holds committee 2, wanted is 1")
    change(file, "nonce", 1)
    change(file, "members", json.loads(file.read_text())["members"][::-1])
    error = refused(script, "epochs", "commit", "--members", file)
    assert error == "the members are not those of committee 1"


def test_upkeep_relays_and_commits(script, suite, epochs, crew):
    assert "nothing to relay: committee 1 is installed" in send(script, "upkeep", "relay")
    suite.pool.unlock(1, sender=named_account("owner1"))
    crew.checkpoint_and_seal()
    assert "send committee 2 to L2: done" in send(script, "upkeep", "relay")
    assert epochs.committee().nonce == 2
    assert "commit epoch 2: done" in send(script, "upkeep", "commit")


def test_relay_sends_committee_and_call(script, suite, epochs, crew):
    error = refused(script, "relay", "committee")
    assert error == "committee 1 is installed already"
    assert refused(script, "relay", "call", 1) == "there is no call 1: the latest is 0"
    for length in (20, 30):
        data = l2_call("set_epoch_length", length)
        suite.relay.set_l2(data, sender=crew.governance)
    error = refused(script, "relay", "call", 2)
    assert error == "L2 takes calls in order: the next is 1, not 2"
    assert "call │ set_epoch_length(20)" in send(script, "relay", "call", 1)
    assert epochs.parameters().epoch_length == 20


# ---------------------------------------------------------------- votes that are refused


def test_vote__too_early__is_refused(script, crew, tmp_path):
    file = tmp_path / "vote.json"
    arguments = ["sign", "reelection", "--out", file]
    assert refused(script, "vote", *arguments, account="signer1").startswith("too early: block")
    assert not file.exists()


def test_vote__stranger__is_refused(script, stalled, tmp_path):
    arguments = ["sign", "reelection", "--out", tmp_path / "vote.json"]
    error = refused(script, "vote", *arguments, account="stranger")
    assert error == f"{named_account('stranger').address} is no member of committee 1"


def test_vote__not_barred__is_refused(script, crew, tmp_path):
    arguments = ["sign", "correction", "signer1", "--out", tmp_path / "vote.json"]
    error = refused(script, "vote", *arguments, account="signer2")
    assert error == f"{named_account('signer1').address} is not barred"


def test_combine_tells_what_does_not_count(script, votes, tmp_path):
    # whose turn it was is drawn: of the four, the two largest would be two thirds
    first, second, third, _ = votes.values()
    change(second, "message.round", 2)
    change(third, "signature.vs", "0x" + 64 * "f")
    out = tmp_path / "certificate.json"
    files = [first, first, second, third]
    error = script.fails("vote", "combine", *files, "--out", out)
    told = (
        "signed by 2 of 5 members, who hold .*: a certificate needs .* for two thirds of the power"
    )
    assert re.fullmatch(told, error)
    assert not out.exists()
    output = " ".join(script.run("vote", "combine", *files, "--out", out).output.split())
    assert f"{named_account(first.stem).address} has signed already" in output
    assert "does not count: malformed" in output


def test_combine__no_files__is_refused(script, crew, tmp_path):
    error = script.fails("vote", "combine", "--out", tmp_path / "out.json")
    assert error.startswith("no votes: name the files")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("kind", "Offence", "message: there is no 'round', only committeeNonce, sequencerId"),
        ("kind", "Tally", "kind: wanted one of Reelection, Correction, "),
        ("message.round", 256, "message.round: wanted a number of 8 bits, found 256"),
        ("message.round", "1", 'message.round: wanted a number of 8 bits, found "1"'),
        ("message.epoch", -1, "message.epoch: wanted a number of 64 bits, found -1"),
        ("message.more", 1, "message: there is no 'more', only committeeNonce, epoch, round"),
        ("message.failed", "0x12", "message.failed: wanted an address with its checksum"),
        ("domain.chain_id", None, "domain.chain_id: wanted a number of 64 bits, found null"),
        ("domain.sequencer_set", "x", "domain.sequencer_set: wanted an address"),
        ("signature.r", 5, "signature.r: wanted a number of 256 bits in hex, found 5"),
        ("signature.more", "0x0", "signature: there is no 'more', only r, vs"),
        ("signer", "0x0", 'signer: wanted an address with its checksum, found "0x0"'),
        ("more", 1, "the file: there is no 'more', only kind, domain, message, signer, signature"),
    ],
)
def test_combine__bad_file__is_refused(script, votes, tmp_path, key, value, reason):
    file = next(iter(votes.values()))
    change(file, key, value)
    error = script.fails("vote", "combine", file, "--out", tmp_path / "out.json")
    assert error.startswith(f"{file}: this is no vote: {reason}")
    assert error.endswith("; make one with `ape run vote sign`")


@pytest.mark.parametrize(
    ("key", "value"), [("domain.chain_id", 1), ("domain.sequencer_set", "0x" + 40 * "0")]
)
def test_combine__another_domain__is_refused(script, votes, tmp_path, key, value):
    file = next(iter(votes.values()))
    change(file, key, value)
    error = script.fails("vote", "combine", file, "--out", tmp_path / "out.json")
    assert "is for the SequencerSet" in error


# ---------------------------------------------------------------- certificates that are refused


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("message.committeeNonce", 2, "the certificate is of committee 2, and 1 is installed"),
        ("message.round", 2, "the certificate is bad: .* has not signed it"),
        ("certificate.signers", "0xffff", "the certificate is bad: it has a bit beyond"),
        ("certificate.signers", "0x1", "the certificate is bad: . signatures for 1 bits"),
        ("certificate.members", [], "the members are not those of committee 1"),
        ("domain.chain_id", 1, "the certificate is for the SequencerSet .* on chain 1, not for"),
        ("certificate.more", 1, "this is no certificate: certificate: there is no 'more'"),
        (
            "certificate.signatures",
            1,
            "this is no certificate: certificate.signatures: .*, found 1",
        ),
    ],
)
def test_reelect__bad_certificate__is_refused(script, certificate, key, value, reason):
    change(certificate, key, value)
    assert re.search(reason, refused(script, "epochs", "reelect", "--file", certificate))


def test_reelect__next_round__is_refused(script, crew, certificate):
    crew.stall(60)
    error = refused(script, "epochs", "reelect", "--file", certificate)
    assert error == "the certificate is for round 1, and now it is round 2: sign anew"


def test_reelect__no_file__is_refused(script, crew, tmp_path):
    file = tmp_path / "none.json"
    assert refused(script, "epochs", "reelect", "--file", file) == f"no certificate file {file}"


def test_correct__certificate_of_a_re_election__is_refused(script, certificate):
    error = refused(script, "epochs", "correct", "--file", certificate)
    assert error == "the certificate is of a Reelection"


# ---------------------------------------------------------------- the link


@pytest.mark.parametrize(
    ("contract", "command", "reason"),
    [
        ("CommitteeRelay", ["epochs", "show"], "this SequencerSet listens to relay 0x.*, not to"),
        ("SequencerSet", ["status"], "this CommitteeRelay sends to SequencerSet 0x.*, not to"),
    ],
)
def test_wrong_link__is_refused(script, suite, path, tmp_path, project, contract, command, reason):
    """The file names another contract of the same kind, which knows nothing of the other end."""
    deployer, stranger = named_account("deployer"), named_account("stranger").address
    terms = tuple(suite.registry.sequencer_set.parameters())
    arguments = {
        "CommitteeRelay": (stranger, suite.pool, suite.messenger, 1, stranger),
        "SequencerSet": (suite.messenger, suite.relay, terms),
    }[contract]
    other = deployer.deploy(project.get_contract(contract), *arguments)
    file = tmp_path / "deployment.json"
    data = json.loads(path.read_text())
    # its immutables differ, and so does its code
    data["contracts"][contract] |= {"address": other.address, "code_hash": None}
    file.write_text(json.dumps(data))
    error = script.fails(*command, "--deployment", file, suite=False)
    assert re.match(f"wrong link: {reason}", error)


def test_two_chains__from_end_to_end():
    """`make two-chains`, in a process of its own as its nodes are."""
    result = subprocess.run(
        ["ape", "run", "two_chains"], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.rstrip().endswith("All is as it should be.")
