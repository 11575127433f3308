"""seqpool/governance/snapshot/count.py: what counts, what does not and why, and the outcome."""

import json
import time
from dataclasses import replace

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.chain.archive import ArchiveBlock
from seqpool.console import console
from seqpool.devnet import ballot_box
from seqpool.errors import UserError
from seqpool.governance.snapshot import votes_root
from seqpool.governance.snapshot.count import count
from seqpool.governance.snapshot.envelopes import SnapshotEnvelope, VoteFault, sign_envelope
from seqpool.governance.snapshot.export import Export
from seqpool.governance.snapshot.messages import proposal_message, with_actions_hash
from seqpool.governance.snapshot.result import (
    ABSTAIN,
    AGAINST,
    FOR,
    CountedVote,
    Criteria,
    Expected,
    Link,
    VoteOutcome,
    summary,
)
from seqpool.governance.snapshot.tables import count_shown, print_result
from seqpool.governance.snapshot.types import (
    DOMAIN,
    PROPOSAL,
    SNAPSHOT_VOTE_TYPES,
    VOTE_ARRAY,
    VOTE_STRING,
)
from seqpool.protocol.messages import as_struct, domain_of
from tests.utils.system import METIS

CHAIN, TOKEN = 1, "0x" + "9E" * 20
START, END, BLOCK = 1_800_000_000, 1_800_259_200, 24_000_000
SPACE = "metislayer2.eth"
ACTIONS_HASH = bytes.fromhex("ac" * 32)
G4 = Criteria(50_000 * METIS, 500, 8_000)
SMALL = Criteria(quorum=3, wallets=2, approval_bps=8_000)
VOTERS = ballot_box.wallets(12)
AUTHOR, STRANGER, *VOTERS = VOTERS
MAGIC = bytes.fromhex("1626ba7e").ljust(32, b"\0")


class FakeNode:
    """A chain as a table: who had how much, and what contract wallets say."""

    def __init__(self, balances=None, wallets=None, batch=100):
        self.balances, self.wallets, self.batch = balances or {}, wallets or {}, batch
        self.blocks = {BLOCK: ArchiveBlock(BLOCK, "0x" + "b1" * 32, START)}
        self.chain = CHAIN

    def chain_id(self):
        return self.chain

    def latest(self):
        return max(self.blocks, default=0)

    def block(self, number):
        return self.blocks.get(number)

    def read(self, calls, block):
        assert block == BLOCK
        return [self._read(call) for call in calls]

    def _read(self, call):
        if call.data.hex().startswith("1626ba7e"):
            return self.wallets.get(call.to, b"")
        assert call.to == TOKEN
        holder = "0x" + call.data[-20:].hex()
        return {k.lower(): v for k, v in self.balances.items()}.get(holder, 0).to_bytes(32, "big")


def proposed(**changes):
    values = {
        "space": SPACE,
        "title": "Admit [bold]owner1[/bold] \x1b[31m",
        "body": with_actions_hash("Why: 为什么 🤔", ACTIONS_HASH),
        "discussion": "https://forum.example/t/1",
        "start": START,
        "end": END,
        "snapshot": BLOCK,
        "timestamp": START - 60,
    }
    return proposal_message(AUTHOR.address, **values | changes)


PROPOSAL_1 = sign_envelope(AUTHOR, PROPOSAL, proposed())
EXPECTED = Expected(CHAIN, TOKEN, SPACE, PROPOSAL_1.digest, END, BLOCK)


def cast(voter, choice=FOR, at=START, **changes):
    """A vote, some of its fields changed before it is signed."""
    plain = ballot_box.cast(voter, PROPOSAL_1, FOR, at)
    types = changes.pop("types", plain.types)
    return sign_envelope(voter, types, plain.message | {"choice": choice} | changes)


def tally(*votes, node=None, criteria=SMALL, **options):
    """The result of envelopes, or of data that is no such; everybody has 1 METIS."""
    data = [vote.pinned if isinstance(vote, SnapshotEnvelope) else vote for vote in votes]
    node = node or FakeNode({voter.address: METIS for voter in (*VOTERS, STRANGER)})
    return count(Export(PROPOSAL_1.pinned, data), EXPECTED, criteria, node, **options)


def the_fault(*votes, place=0, **options):
    """Why a vote does not count; all the others do."""
    (rejected,) = tally(*votes, **options).rejected
    assert rejected.place == place
    return rejected


# ---------------------------------------------------------------- what does not count


def test_good_votes_count():
    a, b, c = VOTERS[:3]
    powers = {a.address: 5, b.address: 7, c.address: 2**200}
    result = tally(cast(a), cast(b, AGAINST, END), cast(c, ABSTAIN), node=FakeNode(powers))
    assert (result.for_votes, result.against_votes, result.abstain_votes) == (5, 7, 2**200)
    assert (result.voters, result.rejected) == (3, ())
    expected = [
        CountedVote(a.address, FOR, 5),
        CountedVote(b.address, AGAINST, 7),
        CountedVote(c.address, ABSTAIN, 2**200),
    ]
    assert sorted(result.votes) == sorted(expected)
    assert [int(vote.voter, 16) for vote in result.votes] == sorted(
        int(vote.voter, 16) for vote in expected
    )


def test_no_votes():
    result = tally()
    assert (result.voters, result.votes_root) == (0, bytes(32))
    assert result.outcome == VoteOutcome.NO_QUORUM


def test_signed_by_another_key():
    voter = VOTERS[0]
    vote = replace(cast(voter), sig=cast(STRANGER).sig)
    found = the_fault(vote)
    # of another message, that signature is of some other address
    assert (found.voter, found.fault) == (voter.address, VoteFault.WRONG_SIGNER)
    assert found.why.startswith("signed by 0x")
    forged = sign_envelope(STRANGER, vote.types, vote.message).sig
    assert the_fault(replace(vote, sig=forged)).why == f"signed by {STRANGER.address}"


def test_sent_for_another():
    voter = VOTERS[0]
    found = the_fault(cast(STRANGER, **{"from": voter.address}))
    assert found.fault == VoteFault.WRONG_SIGNER
    assert found.why == f"sent by {STRANGER.address} for {voter.address}"


@pytest.mark.parametrize("sig", [b"", bytes(65), b"\xff" * 65, b"\1" * 64, b"\1" * 700])
def test_no_signature(sig):
    found = the_fault(replace(cast(VOTERS[0]), sig=sig))
    assert (found.fault, found.why) == (VoteFault.WRONG_SIGNER, "the signature is none")


@pytest.mark.parametrize("v", [0, 1])
def test_some_wallets_count_v_from_0(v):
    vote = next(x for x in map(cast, VOTERS) if x.sig[64] == 27 + v)
    assert tally(replace(vote, sig=vote.sig[:64] + bytes([v]))).voters == 1


@pytest.mark.parametrize("data", [None, 1, "vote", [], {}, {"address": 1}, {"address": "0x"}])
def test_malformed(data):
    found = the_fault(cast(VOTERS[0]), data, place=1)
    assert (found.voter, found.fault) == (None, VoteFault.MALFORMED)


def test_malformed__the_voter_is_named():
    voter = VOTERS[0].address
    assert the_fault({"address": voter.lower()}).voter == voter


def test_wrong_domain():
    data = cast(VOTERS[0]).pinned
    data["data"]["domain"] = DOMAIN | {"version": "0.1.3"}
    found = the_fault(data)
    assert (found.voter, found.fault) == (VOTERS[0].address, VoteFault.WRONG_DOMAIN)


def test_wrong_types():
    assert the_fault(PROPOSAL_1).fault == VoteFault.WRONG_TYPES


def test_wrong_space():
    found = the_fault(cast(VOTERS[0], space="metis.eth"))
    assert (found.fault, found.why) == (VoteFault.WRONG_SPACE, "for the space 'metis.eth'")


def test_wrong_proposal():
    other = "0x" + "11" * 32
    found = the_fault(cast(VOTERS[0], proposal=other))
    assert (found.fault, found.why) == (VoteFault.WRONG_PROPOSAL, f"for '{other}'")


def test_out_of_time():
    early = the_fault(cast(VOTERS[0], at=START - 1))
    late = the_fault(cast(VOTERS[0], at=END + 1))
    assert (early.fault, late.fault) == (VoteFault.TOO_EARLY, VoteFault.TOO_LATE)
    assert early.why == "of 2027-01-15 07:59:59, the vote starts 2027-01-15 08:00:00"
    assert late.why == "of 2027-01-18 08:00:01, the vote ends 2027-01-18 08:00:00"
    assert tally(cast(VOTERS[0], at=START), cast(VOTERS[1], at=END)).voters == 2


def test_beyond_the_calendar():
    assert the_fault(cast(VOTERS[0], at=2**64 - 1)).fault == VoteFault.TOO_LATE


@pytest.mark.parametrize("choice", [0, 4, 2**32 - 1])
def test_no_such_choice(choice):
    found = the_fault(cast(VOTERS[0], choice))
    assert (found.fault, found.why) == (VoteFault.BAD_CHOICE, f"choice {choice}")


@pytest.mark.parametrize(
    ("types", "choice"), [(VOTE_ARRAY, [1]), (VOTE_STRING, '{"1":1}'), (VOTE_STRING, "x" * 9_999)]
)
def test_no_single_choice(types, choice):
    assert the_fault(cast(VOTERS[0], choice=choice, types=types)).fault == VoteFault.BAD_CHOICE


def test_a_number_as_text_counts_as_in_snapshot():
    assert tally(cast(VOTERS[0], choice="2", types=VOTE_STRING)).against_votes == METIS


def test_older_types_count():
    voters = ballot_box.wallets(len(SNAPSHOT_VOTE_TYPES), "older")
    votes = []
    for voter, types in zip(voters, SNAPSHOT_VOTE_TYPES, strict=True):
        plain = cast(voter).message
        fields = {field["name"]: field["type"] for field in types["Vote"]}
        choice = {"uint32": 1, "uint32[]": [1], "string": "1"}[fields["choice"]]
        message = {name: plain[name] for name in fields} | {"choice": choice}
        votes.append(sign_envelope(voter, types, message))
    result = tally(*votes, node=FakeNode({voter.address: 1 for voter in voters}))
    assert result.voters == len(SNAPSHOT_VOTE_TYPES) * 2 // 3
    assert {x.fault for x in result.rejected} == {VoteFault.BAD_CHOICE}


def test_no_voting_power():
    found = the_fault(cast(VOTERS[0]), node=FakeNode())
    assert (found.fault, found.why) == (VoteFault.NO_POWER, f"no METIS at block {BLOCK}")


# ---------------------------------------------------------------- several votes of one voter


def test_the_latest_vote_wins_in_any_order():
    votes = [cast(VOTERS[0], choice, START + at) for choice, at in ((1, 5), (2, 9), (3, 0))]
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]):
        result = tally(*(votes[n] for n in order))
        assert (result.against_votes, result.voters) == (METIS, 1)
        assert [x.fault for x in result.rejected] == [VoteFault.REPLACED] * 2
        assert order.index(1) not in [x.place for x in result.rejected]
        assert result.rejected[-1].why == f"by vote {order.index(1)}" or order[-1] == 1


def test_of_one_second_the_higher_id_wins():
    votes = [cast(VOTERS[0], choice, START + 7) for choice in (1, 2, 3)]
    highest = max(votes, key=lambda vote: vote.digest)
    for order in (votes, votes[::-1]):
        result = tally(*order)
        assert [vote.choice for vote in result.votes] == [highest.message["choice"]]
        assert {x.fault for x in result.rejected} == {VoteFault.REPLACED}


def test_the_same_vote_again():
    vote = cast(VOTERS[0])
    found = the_fault(vote, vote, place=1)
    assert (found.fault, found.why) == (VoteFault.REPEATED, "the same as vote 0")


def test_a_bad_vote_replaces_none():
    good = cast(VOTERS[0], FOR, START)
    forged = replace(cast(VOTERS[0], AGAINST, END), sig=bytes(65))
    result = tally(good, forged, cast(VOTERS[0], AGAINST, END + 1), cast(VOTERS[0], 4, END))
    assert [vote.choice for vote in result.votes] == [FOR]
    assert [x.fault for x in result.rejected] == [
        VoteFault.WRONG_SIGNER,
        VoteFault.TOO_LATE,
        VoteFault.BAD_CHOICE,
    ]


# ---------------------------------------------------------------- contract wallets


def contract_vote(sig=b"owners"):
    """A vote of a contract wallet, whose address is the stranger's."""
    return replace(cast(STRANGER), sig=sig)


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (MAGIC, True),
        (None, False),
        (bytes(32), False),
        (b"\xff" * 32, False),
        (MAGIC[:4], False),
        # what the precompiled identity would say
        (MAGIC + bytes(64), False),
    ],
)
def test_contract_wallets(answer, counts):
    balances = {STRANGER.address: METIS}
    result = tally(contract_vote(), node=FakeNode(balances, {STRANGER.address: answer}))
    assert result.voters == counts
    if not counts:
        (found,) = result.rejected
        assert found.fault == VoteFault.WRONG_SIGNER
        assert found.why == f"the wallet refuses the signature at block {BLOCK}"


def test_author_with_a_contract_wallet():
    export = Export(replace(PROPOSAL_1, sig=b"").pinned, [])
    node = FakeNode(wallets={AUTHOR.address: MAGIC})
    assert count(export, EXPECTED, SMALL, node).voters == 0
    with pytest.raises(UserError, match=r"not signed by its author: the signature is none"):
        count(export, EXPECTED, SMALL, FakeNode())


# ---------------------------------------------------------------- the proposal


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"snapshot_id": bytes(32)}, "id is '0x"),
        ({"space": "metis.eth"}, "space is 'metislayer2.eth', not 'metis.eth'"),
        ({"ends_at": END + 1}, f"end is {END}, not {END + 1}"),
        ({"block": BLOCK + 1}, f"snapshot is {BLOCK}, not {BLOCK + 1}"),
        ({"chain_id": 5}, "the node is of chain 1, not 5"),
    ],
)
def test_another_proposal_than_expected(changes, why):
    with pytest.raises(UserError, match=why):
        count(Export(PROPOSAL_1.pinned, []), replace(EXPECTED, **changes), SMALL, FakeNode())


def test_the_snapshot_may_be_left_to_the_proposal():
    expected = replace(EXPECTED, block=None)
    assert count(Export(PROPOSAL_1.pinned, []), expected, SMALL, FakeNode()).voters == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"choices": ["Against", "For", "Abstain"]}, "choices is 'Against, For, Abstain'"),
        ({"type": "single-choice"}, "kind of vote is 'single-choice', not 'basic'"),
        ({"privacy": "shutter"}, "privacy is 'shutter', not ''"),
    ],
)
def test_a_proposal_of_another_kind(changes, why):
    envelope = sign_envelope(AUTHOR, PROPOSAL, proposed() | changes)
    expected = replace(EXPECTED, snapshot_id=envelope.digest)
    with pytest.raises(UserError, match=why):
        count(Export(envelope.pinned, []), expected, SMALL, FakeNode())


def test_a_proposal_signed_by_another():
    envelope = replace(PROPOSAL_1, sig=sign_envelope(STRANGER, PROPOSAL, PROPOSAL_1.message).sig)
    with pytest.raises(UserError, match=f"not signed by its author: signed by {STRANGER.address}"):
        count(Export(envelope.pinned, []), EXPECTED, SMALL, FakeNode())


@pytest.mark.parametrize("data", [None, [], cast(VOTERS[0]).pinned])
def test_no_proposal(data):
    with pytest.raises(UserError, match=r"the Snapshot proposal is (malformed|wrong types): "):
        count(Export(data, []), EXPECTED, SMALL, FakeNode())


def test_unknown_block():
    node = FakeNode()
    node.blocks = {BLOCK - 1: None}
    with pytest.raises(UserError, match=f"no block {BLOCK} of chain 1: its latest is {BLOCK - 1}"):
        tally(node=node)


def test_snapshot_after_the_start():
    node = FakeNode()
    node.blocks[BLOCK] = node.blocks[BLOCK]._replace(timestamp=START + 1)
    with pytest.raises(UserError, match=f"block {BLOCK}, is later than the vote's start"):
        tally(node=node)


# ---------------------------------------------------------------- the outcome


@pytest.mark.parametrize(
    ("for_votes", "against", "abstain", "voters", "outcome"),
    [
        # the quorum, one wei either side; all three choices count
        (50_000 * METIS, 0, 0, 500, VoteOutcome.PASSED),
        (50_000 * METIS - 1, 0, 0, 500, VoteOutcome.NO_QUORUM),
        (40_000 * METIS, 5_000 * METIS, 5_000 * METIS, 500, VoteOutcome.PASSED),
        (40_000 * METIS, 5_000 * METIS, 5_000 * METIS - 1, 500, VoteOutcome.NO_QUORUM),
        # one wallet either side
        (60_000 * METIS, 0, 0, 500, VoteOutcome.PASSED),
        (60_000 * METIS, 0, 0, 499, VoteOutcome.TOO_FEW_WALLETS),
        # 80 %, one wei either side
        (80_000 * METIS, 20_000 * METIS, 0, 500, VoteOutcome.PASSED),
        (80_000 * METIS - 1, 20_000 * METIS, 0, 500, VoteOutcome.NOT_APPROVED),
        (80_000 * METIS, 20_000 * METIS + 1, 0, 500, VoteOutcome.NOT_APPROVED),
        # one basis point either side
        (80_010 * METIS, 19_990 * METIS, 0, 500, VoteOutcome.PASSED),
        (79_990 * METIS, 20_010 * METIS, 0, 500, VoteOutcome.NOT_APPROVED),
        # abstentions are no approval
        (0, 0, 60_000 * METIS, 500, VoteOutcome.NOT_APPROVED),
        (1, 0, 60_000 * METIS, 500, VoteOutcome.PASSED),
        (0, 1, 60_000 * METIS, 500, VoteOutcome.NOT_APPROVED),
        # what is missing first is named
        (0, 0, 0, 0, VoteOutcome.NO_QUORUM),
        (0, 60_000 * METIS, 0, 1, VoteOutcome.TOO_FEW_WALLETS),
        # beyond what fits into a word when multiplied
        (2**255, 2**253, 0, 500, VoteOutcome.PASSED),
        (2**255 - 1, 2**253, 0, 500, VoteOutcome.NOT_APPROVED),
    ],
)
def test_criteria(for_votes, against, abstain, voters, outcome):
    assert G4.judge(for_votes, against, abstain, voters) == outcome


def test_criteria__nobody_for_it__never_passes():
    assert Criteria(0, 0, 0).judge(0, 0, 0, 0) == VoteOutcome.NOT_APPROVED


@given(
    for_votes=st.integers(0, 10**30),
    against=st.integers(0, 10**30),
    bps=st.integers(5_000, 10_000),
)
def test_criteria__approval_is_never_rounded_up(for_votes, against, bps):
    passed = Criteria(0, 0, bps).judge(for_votes, against, 0, 1) == VoteOutcome.PASSED
    assert passed == (for_votes > 0 and for_votes * 10_000 >= bps * (for_votes + against))


def test_outcomes_have_the_numbers_of_the_governor():
    assert {x.name: int(x) for x in VoteOutcome} == {
        "PASSED": 1,
        "NO_QUORUM": 2,
        "TOO_FEW_WALLETS": 4,
        "NOT_APPROVED": 8,
    }


def test_boundaries_of_a_whole_count():
    """Three wallets of 4, 1 and 1 wei."""
    a, b, c = VOTERS[:3]
    node = FakeNode({a.address: 4, b.address: 1, c.address: 1})
    votes = [cast(a), cast(b, AGAINST), cast(c, ABSTAIN)]
    for criteria, outcome in (
        (Criteria(6, 3, 8_000), VoteOutcome.PASSED),
        (Criteria(7, 3, 8_000), VoteOutcome.NO_QUORUM),
        (Criteria(6, 4, 8_000), VoteOutcome.TOO_FEW_WALLETS),
        (Criteria(6, 3, 8_001), VoteOutcome.NOT_APPROVED),
    ):
        assert tally(*votes, node=node, criteria=criteria).outcome == outcome


# ---------------------------------------------------------------- proofs


def test_every_vote_has_its_proof():
    result = tally(*(cast(voter, 1 + n % 3) for n, voter in enumerate(VOTERS)))
    for voter in VOTERS:
        vote, proof = result.proof(voter.address)
        inner = votes_root.keccak(encode(["address", "uint256", "uint256"], list(vote)))
        assert votes_root.verify(result.votes_root, votes_root.keccak(inner), proof)
        other = votes_root.leaf(vote.voter, vote.choice, vote.power + 1)
        assert not votes_root.verify(result.votes_root, other, proof)


def test_proof__of_no_vote__says_why():
    result = tally(cast(VOTERS[0], 4))
    with pytest.raises(UserError, match=f"no vote of {VOTERS[0].address} counts: choice 4"):
        result.proof(VOTERS[0].address)
    with pytest.raises(UserError, match="counts: there is none"):
        result.proof(STRANGER.address)


def test_the_root_does_not_depend_on_the_order():
    votes = [cast(voter) for voter in VOTERS]
    assert tally(*votes).votes_root == tally(*votes[::-1]).votes_root


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70), st.data())
def test_merkle(leaves, data):
    root = votes_root.root(leaves)
    place = data.draw(st.integers(0, len(leaves) - 1))
    proof = votes_root.proof(leaves, place)
    assert len(proof) <= (len(leaves) - 1).bit_length()
    assert votes_root.verify(root, leaves[place], proof)
    stranger = data.draw(st.binary(min_size=32, max_size=32).filter(lambda x: x not in leaves))
    assert not votes_root.verify(root, stranger, proof)


VERIFIER = """
# pragma version 0.4.3
from snekmate.utils import merkle_proof_verification as merkle

@external
@pure
def verify(proof: DynArray[bytes32, 32], root: bytes32, leaf: bytes32) -> bool:
    return merkle._verify(proof, root, leaf)
"""


@pytest.fixture(scope="module")
def verifier():
    import boa

    return boa.loads(VERIFIER)


@settings(max_examples=20)
@given(st.integers(1, 40))
def test_proofs_hold_on_chain(verifier, size):
    leaves = [votes_root.leaf(voter.address, 1, n) for n, voter in enumerate(VOTERS * 4)][:size]
    root = votes_root.root(leaves)
    for place, leaf in enumerate(leaves):
        assert verifier.verify(votes_root.proof(leaves, place), root, leaf)
    assert not verifier.verify(votes_root.proof(leaves, 0), root, bytes(32))


# ---------------------------------------------------------------- what an attester signs

GOVERNOR = "0x" + "90" * 20
LINK = Link(7, PROPOSAL_1.digest, END)


def test_message():
    result = tally(cast(VOTERS[0]), cast(VOTERS[1], AGAINST), cast(VOTERS[2], ABSTAIN))
    message = result.message(31_337, GOVERNOR, LINK, ACTIONS_HASH, END + 1)
    assert as_struct(message) == (
        7,
        ACTIONS_HASH,
        PROPOSAL_1.digest,
        END,
        METIS,
        METIS,
        METIS,
        3,
        result.votes_root,
    )
    domain = domain_of(message)
    assert (domain.name, domain.version) == ("MetisSequencerGovernor", "1")
    assert (domain.chainId, domain.verifyingContract) == (31_337, GOVERNOR)


@pytest.mark.parametrize(
    ("link", "actions_hash", "now", "why"),
    [
        (
            LINK,
            bytes(32),
            END + 1,
            f"about the actions 0x{ACTIONS_HASH.hex()}, proposal 7 has 0x00",
        ),
        (replace(LINK, snapshot_id=bytes(32)), ACTIONS_HASH, END + 1, "not by the one that was"),
        (replace(LINK, ends_at=END - 1), ACTIONS_HASH, END + 1, "not by the one that was"),
        (LINK, ACTIONS_HASH, END, "the vote goes on until 2027-01-18 08:00:00 UTC"),
    ],
)
def test_message__refused(link, actions_hash, now, why):
    with pytest.raises(UserError, match=why):
        tally().message(1, GOVERNOR, link, actions_hash, now)


@pytest.mark.parametrize(
    ("body", "why"), [("No hash.", "lacks the actions' hash"), ("Actions hash: 0x1", "malformed")]
)
def test_message__text_without_the_hash__is_refused(body, why):
    envelope = sign_envelope(AUTHOR, PROPOSAL, proposed(body=body))
    expected = replace(EXPECTED, snapshot_id=envelope.digest)
    result = count(Export(envelope.pinned, []), expected, SMALL, FakeNode())
    link = replace(LINK, snapshot_id=envelope.digest)
    with pytest.raises(UserError, match=why):
        result.message(1, GOVERNOR, link, ACTIONS_HASH, END + 1)


# ---------------------------------------------------------------- the file


def test_export_round_trip(tmp_path):
    export = ballot_box.export(PROPOSAL_1, [cast(voter) for voter in VOTERS])
    export.save(tmp_path / "export.json")
    assert Export.read(tmp_path / "export.json") == export


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "this is no Snapshot export"),
        ("[]", "this is no Snapshot export"),
        ("{}", "this is no Snapshot export"),
        ('{"version": 1, "proposal": {}, "votes": {}}', "this is no Snapshot export"),
        ('{"version": 1, "proposal": {}, "votes": [], "more": 1}', "this is no Snapshot export"),
        ('{"version": 2, "proposal": {}, "votes": []}', "version 2, this reads 1"),
        ('{"version": 1, "version": 1, "proposal": {}, "votes": []}', "this is no Snapshot export"),
        ("[" * 200_000, "this is no Snapshot export"),
        ('{"version": 1, "proposal": {}, "votes": [' + "9" * 9_999 + "]}", "no Snapshot export"),
    ],
)
def test_malformed_export(tmp_path, text, why):
    path = tmp_path / "export.json"
    path.write_text(text)
    with pytest.raises(UserError, match=why):
        Export.read(path)


def test_no_export(tmp_path):
    with pytest.raises(UserError, match="no Snapshot export file"):
        Export.read(tmp_path / "export.json")


# ---------------------------------------------------------------- what people read


def test_tables():
    votes = [cast(VOTERS[0]), cast(VOTERS[1], 4), cast(VOTERS[2], space="[red]\x1b[31m")]
    with console.capture() as capture:
        print_result(tally(*votes))
    text = capture.get()
    # nothing of strangers is markup or a control sequence
    assert "Admit [bold]owner1[/bold] ?[31m" in text
    assert "\x1b" not in text
    assert "too few wallets: 1 of 2" in text
    assert "2 of 3 votes do not count" in text
    for part in (VOTERS[1].address, "no such choice", "choice 4", r"for the space '[red]\x1b[31m'"):
        assert part in text


def test_tables__all_count():
    with console.capture() as capture:
        print_result(tally(cast(VOTERS[0]), cast(VOTERS[1])))
    text = capture.get()
    assert "100 %, wanted 80 %" in text
    assert "Every vote of the export counts." in text


def test_approval_is_shown_rounded_down():
    a, b = VOTERS[:2]
    result = tally(cast(a), cast(b, AGAINST), node=FakeNode({a.address: 79_999, b.address: 20_001}))
    with console.capture() as capture:
        print_result(result)
    assert "79.99 %, wanted 80 %" in capture.get()
    assert summary(result).startswith("not approved: ")


def test_summary():
    result = tally(cast(VOTERS[0]), cast(VOTERS[1]))
    for criteria, line in (
        (SMALL, "passed"),
        (Criteria(3 * METIS, 2, 8_000), "no quorum: 2 of 3 METIS voted"),
        (Criteria(0, 3, 8_000), "too few wallets: 2 of 3"),
    ):
        assert summary(replace(result, criteria=criteria)) == line


# ---------------------------------------------------------------- 600 of them


def test_600_votes_take_seconds():
    voters = ballot_box.wallets(600)
    votes = [cast(voter, FOR if n % 6 else AGAINST) for n, voter in enumerate(voters)]
    export = ballot_box.export(PROPOSAL_1, votes)
    node = FakeNode({voter.address: 100 * METIS for voter in voters})
    begun = time.monotonic()
    result = count_shown(Export(**json.loads(json.dumps(vars(export)))), EXPECTED, G4, node)
    taken = time.monotonic() - begun
    print(f"\n600 votes counted in {taken:.2f} s")
    assert (result.voters, result.outcome) == (600, VoteOutcome.PASSED)
    # it is about one; a loaded machine may take a few
    assert taken < 15
