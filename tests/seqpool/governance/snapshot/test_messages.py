"""Snapshot's messages: byte for byte as Snapshot's own package, and the actions' hash."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from seqpool.chain.accounts import named_account
from seqpool.errors import UserError
from seqpool.governance.snapshot.envelopes import (
    BadSnapshotEnvelope,
    SnapshotEnvelope,
    VoteFault,
    sign_envelope,
)
from seqpool.governance.snapshot.messages import (
    actions_hash_of,
    choice_of,
    proposal_message,
    vote_message,
    with_actions_hash,
)
from seqpool.governance.snapshot.types import (
    DOMAIN,
    PROPOSAL,
    PROPOSAL_TYPES,
    SNAPSHOT_VOTE_TYPES,
    VOTE,
    VOTE_ARRAY,
    VOTE_STRING,
)

ROOT = Path(__file__).parents[4]
PACKAGE = ROOT / "node_modules" / "@snapshot-labs" / "snapshot.js"
KEY = "0x" + "5e" * 32
AUTHOR = Account.from_key(KEY)
HASH = bytes.fromhex("ab" * 32)
BODY = with_actions_hash("# Ωμέγα 投票 🗳️\n\r\n\ttab \u2028 \\ \" ' {}", HASH)


def proposal(**changes):
    values = {
        "space": "metislayer2.eth",
        "title": "Admit a sequencer: «первый» 🚀",
        "body": BODY,
        "discussion": "https://forum.example/t/1",
        "start": 1_800_000_000,
        "end": 1_800_259_200,
        "snapshot": 24_000_000,
        "timestamp": 1_799_999_999,
    }
    return proposal_message(AUTHOR.address, **values | changes)


# Snapshot's name of the kind of vote => a choice
CHOICES = {
    "basic": 3,
    "single-choice": 4_294_967_295,
    "approval": [1, 3],
    "ranked-choice": [],
    "weighted": {10: 1, 9: 25},
    "quadratic": {},
}


def vote(kind, sender=AUTHOR.address):
    proposed = "0x" + "1f" * 32
    return vote_message(
        sender,
        space="metislayer2.eth",
        proposal=proposed,
        choice=CHOICES[kind],
        timestamp=1_800_000_001,
        reason="weil 好 🦊",
    )


@pytest.fixture(scope="module")
def theirs():
    """What the package makes of each message: (posted text, id)."""
    plain = proposal()
    calls = [("proposal", plain), ("proposal", proposal(choices=["x"], type="single-choice"))]
    # what its client fills in by itself
    for name in ("from", "labels", "privacy", "app"):
        del calls[0][1][name]
    for kind, choice in CHOICES.items():
        message = vote(kind)[1] | {"choice": choice, "type": kind}
        calls.append(("vote", message))
    data = [{"method": method, "key": KEY, "message": message} for method, message in calls]
    script = Path(__file__).with_name("snapshot_envelopes.cjs")
    run = subprocess.run(
        ["node", script], input=json.dumps(data), capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return [(x["body"], x["id"]) for x in json.loads(run.stdout)]


def ours():
    yield sign_envelope(AUTHOR, PROPOSAL, proposal())
    yield sign_envelope(AUTHOR, PROPOSAL, proposal(choices=["x"], type="single-choice"))
    for kind in CHOICES:
        yield sign_envelope(AUTHOR, *vote(kind))


def test_envelopes_are_those_of_snapshots_package(theirs):
    mine = list(ours())
    assert len(mine) == len(theirs) == 2 + len(CHOICES)
    for envelope, (posted, id) in zip(mine, theirs, strict=True):
        assert json.loads(posted) == envelope.data
        assert id == envelope.id


def test_envelopes_of_snapshots_package_are_read(theirs):
    for envelope, (posted, id) in zip(ours(), theirs, strict=True):
        published = (*PROPOSAL_TYPES, *SNAPSHOT_VOTE_TYPES)
        found = SnapshotEnvelope.read(json.loads(posted) | {"hash": id}, published, 1)
        assert found == envelope
        assert found.pinned["hash"] == id


def test_types_are_all_that_snapshot_has_published():
    """Its sequencer compares the hash of the types with this list."""
    listed = json.loads((PACKAGE / "src" / "sign" / "hashedTypes.json").read_text())

    def hashes(published):
        texts = [json.dumps(types, separators=(",", ":")) for types in published]
        return {sha256(text.encode()).hexdigest() for text in texts}

    votes = {hash for hash, kind in listed.items() if kind in ("vote", "vote-array", "vote-string")}
    assert hashes(SNAPSHOT_VOTE_TYPES) == votes
    assert len(SNAPSHOT_VOTE_TYPES) == len(votes)
    # older proposals have fewer fields
    proposals = {hash for hash, kind in listed.items() if kind == "proposal"}
    assert hashes(PROPOSAL_TYPES) < proposals
    assert {PROPOSAL["Proposal"][0]["type"], PROPOSAL_TYPES[1]["Proposal"][0]["type"]} == {
        "string",
        "address",
    }


def test_accounts_of_ape_sign_as_those_of_eth_account():
    account = named_account("deployer")
    local = Account.from_key(account.private_key)
    types, message = vote("basic", account.address)
    assert sign_envelope(account, types, message) == sign_envelope(local, types, message)


def test_a_choice_tells_its_type():
    assert [vote(kind)[0] for kind in CHOICES] == [
        VOTE,
        VOTE,
        VOTE_ARRAY,
        VOTE_ARRAY,
        VOTE_STRING,
        VOTE_STRING,
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (1, 1),
        ("2", 2),
        (" 3 ", 3),
        ("1.0", None),
        ("true", None),
        ("[1]", None),
        ('{"1":1}', None),
        ("01", None),
        ("٣", None),
        ("", None),
        ("[" * 100_000, None),
        ("1" * 100_000, None),
        ([1], None),
    ],
)
def test_choice_of(choice, expected):
    assert choice_of({"choice": choice}) == expected


# ---------------------------------------------------------------- strictness


def changed(path, value):
    """An envelope with one part changed; `del` removes it."""
    data = json.loads(json.dumps(sign_envelope(AUTHOR, *vote("basic")).pinned))
    *way, last = path.split(".")
    part = data
    for step in way:
        part = part[step]
    if value == "del":
        del part[last]
    else:
        part[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("address", "del", VoteFault.MALFORMED),
        ("address", "metis.eth", VoteFault.MALFORMED),
        ("address", AUTHOR.address[2:], VoteFault.MALFORMED),
        ("address", None, VoteFault.MALFORMED),
        ("address", "0x" + "11" * 20, VoteFault.WRONG_SIGNER),
        ("sig", "del", VoteFault.MALFORMED),
        ("sig", "0x1", VoteFault.MALFORMED),
        ("sig", 1, VoteFault.MALFORMED),
        ("more", 1, VoteFault.MALFORMED),
        ("hash", "0x" + "00" * 32, VoteFault.MALFORMED),
        ("data", [], VoteFault.MALFORMED),
        ("data", 7, VoteFault.MALFORMED),
        ("data.more", 1, VoteFault.MALFORMED),
        ("data.domain", None, VoteFault.WRONG_DOMAIN),
        ("data.domain.name", "Snapshot", VoteFault.WRONG_DOMAIN),
        ("data.domain.version", "0.1.3", VoteFault.WRONG_DOMAIN),
        ("data.domain.chainId", 2, VoteFault.WRONG_DOMAIN),
        ("data.domain.chainId", True, VoteFault.WRONG_DOMAIN),
        ("data.domain.chainId", 1.0, VoteFault.WRONG_DOMAIN),
        ("data.domain.verifyingContract", "0x" + "11" * 20, VoteFault.WRONG_DOMAIN),
        ("data.types", [], VoteFault.WRONG_TYPES),
        ("data.types.Vote", [], VoteFault.WRONG_TYPES),
        ("data.types.Other", [], VoteFault.WRONG_TYPES),
        ("data.types", PROPOSAL, VoteFault.WRONG_TYPES),
        ("data.primaryType", "Proposal", VoteFault.WRONG_TYPES),
        ("data.message", None, VoteFault.MALFORMED),
        ("data.message.reason", "del", VoteFault.MALFORMED),
        ("data.message.more", "", VoteFault.MALFORMED),
        ("data.message.reason", None, VoteFault.MALFORMED),
        ("data.message.reason", "\ud800", VoteFault.MALFORMED),
        ("data.message.timestamp", "1800000001", VoteFault.MALFORMED),
        ("data.message.timestamp", 2**64, VoteFault.MALFORMED),
        ("data.message.timestamp", -1, VoteFault.MALFORMED),
        ("data.message.timestamp", float("nan"), VoteFault.MALFORMED),
        ("data.message.choice", 2**32, VoteFault.MALFORMED),
        ("data.message.choice", True, VoteFault.MALFORMED),
        ("data.message.choice", 1.0, VoteFault.MALFORMED),
        ("data.message.choice", 10**4000, VoteFault.MALFORMED),
        ("data.message.choice", [1], VoteFault.MALFORMED),
    ],
)
def test_read__changed__is_refused(path, value, fault):
    with pytest.raises(BadSnapshotEnvelope) as refused:
        SnapshotEnvelope.read(changed(path, value), SNAPSHOT_VOTE_TYPES, 1)
    assert refused.value.fault == fault
    assert len(refused.value.why) < 160


@pytest.mark.parametrize("data", [None, [], "", 3, {}])
def test_read__no_envelope__is_refused(data):
    with pytest.raises(BadSnapshotEnvelope) as refused:
        SnapshotEnvelope.read(data, SNAPSHOT_VOTE_TYPES, 1)
    assert refused.value.fault == VoteFault.MALFORMED


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("hash", "del"),
        ("data.primaryType", "Vote"),
        ("address", AUTHOR.address.lower()),
        ("address", AUTHOR.address.swapcase().replace("X", "x")),
        ("data.types.EIP712Domain", [{"name": "name", "type": "string"}]),
    ],
)
def test_read__other_ways_to_say_the_same__is_taken(path, value):
    expected = sign_envelope(AUTHOR, *vote("basic"))
    assert SnapshotEnvelope.read(changed(path, value), SNAPSHOT_VOTE_TYPES, 1) == expected


def test_read__chain_in_the_domain__is_another_digest():
    data = changed("data.domain.chainId", 1)
    del data["hash"]
    plain = sign_envelope(AUTHOR, *vote("basic"))
    assert SnapshotEnvelope.read(data, SNAPSHOT_VOTE_TYPES, 1).digest != plain.digest


def test_every_published_type_can_be_read():
    base = vote("basic")[1]
    for types in SNAPSHOT_VOTE_TYPES:
        fields = {field["name"]: field["type"] for field in types["Vote"]}
        message = {name: base[name] for name in fields}
        message["choice"] = {"uint32": 1, "uint32[]": [1], "string": "1"}[fields["choice"]]
        for sender in (AUTHOR.address, AUTHOR.address.lower()):
            envelope = sign_envelope(AUTHOR, types, message | {"from": sender})
            assert SnapshotEnvelope.read(envelope.pinned, SNAPSHOT_VOTE_TYPES, 1) == envelope


# ---------------------------------------------------------------- what Snapshot would not take


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"title": ""}, "the title is empty"),
        ({"title": "x" * 257}, "the title has 257 characters: Snapshot takes 256"),
        ({"body": "x" * 10_001}, "the body has 10001 characters: Snapshot takes 10000"),
        ({"discussion": "https://" + "x" * 250}, "the discussion has 258 characters"),
        ({"discussion": "forum"}, "the discussion is no address that Snapshot takes: 'forum'"),
        ({"start": 1_800_259_200}, "the vote ends at 1800259200, and starts at 1800259200"),
        ({"end": 2_000_000_001}, "the vote ends at 2000000001"),
        ({"start": 999_999_999}, "starts at 999999999"),
        ({"choices": ["For", "Against"]}, "a basic vote has 3 choices, not 2"),
    ],
)
def test_proposal_message__refused(changes, why):
    with pytest.raises(UserError, match=why):
        proposal(**changes)


# ---------------------------------------------------------------- the actions' hash


def test_actions_hash_is_put_and_found():
    assert actions_hash_of(BODY) == HASH
    assert with_actions_hash("Text.\n\n", HASH) == f"Text.\n\nActions hash: 0x{HASH.hex()}\n"
    assert actions_hash_of(f"Actions hash: 0x{HASH.hex().upper()}\r\nmore") == HASH


@given(st.text())
def test_actions_hash__any_text(text):
    assert actions_hash_of(with_actions_hash(text, HASH)) == HASH


LINE = f"Actions hash: 0x{HASH.hex()}"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "lacks the actions' hash"),
        ("0x" + HASH.hex(), "lacks the actions' hash"),
        (f"{LINE}\n{LINE}", "more than once"),
        (f"{LINE}\n<!-- actions  hash : 0x -->", "more than once"),
        (LINE[:-1], "malformed line"),
        (LINE + "0", "malformed line"),
        ("- " + LINE, "malformed line"),
        (LINE.upper(), "malformed line"),
    ],
)
def test_actions_hash_of__refused(body, why):
    with pytest.raises(UserError, match=why):
        actions_hash_of(body)


def test_with_actions_hash__there_already__is_refused():
    with pytest.raises(UserError, match="has `Actions hash:` already"):
        with_actions_hash(BODY, HASH)


def test_domain_has_no_chain():
    assert DOMAIN == {"name": "snapshot", "version": "0.1.4"}
