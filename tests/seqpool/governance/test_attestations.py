"""seqpool/governance/attestations.py: signed files, and k of n of them in the Governor's order."""

import json
from dataclasses import replace

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from seqpool.chain.accounts import named_account
from seqpool.devnet.ballot_box import wallets
from seqpool.errors import UserError
from seqpool.governance.attestations import Attestation, check_message, combine, make_attestation
from seqpool.protocol.certificates import recover
from seqpool.protocol.messages import Tally, VoteLink, digest, governor_domain
from seqpool.protocol.signatures import CompactSignature

CHAIN, GOVERNOR = 31_337, "0x" + "90" * 20
PEOPLE = wallets(6, "attesters")
*PEOPLE, STRANGER = PEOPLE
ATTESTERS = [person.address for person in PEOPLE]
WORD = bytes.fromhex("5a" * 32)


def tally(chain=CHAIN, governor=GOVERNOR, **changes):
    values = {
        "proposalId": 7,
        "actionsHash": WORD,
        "snapshotId": WORD,
        "endsAt": 1_800_259_200,
        "forVotes": 2**256 - 1,
        "againstVotes": 0,
        "abstainVotes": 3,
        "voters": 500,
        "votesRoot": bytes(32),
    }
    return Tally(eip712_domain=governor_domain(chain, governor), **values | changes)


def link(**changes):
    values = {"proposalId": 7, "snapshotId": WORD, "endsAt": 1_800_259_200, "nonce": 0}
    return VoteLink(eip712_domain=governor_domain(CHAIN, GOVERNOR), **values | changes)


def signed(*places, message=None):
    """Named attestations of attesters by their places."""
    message = message or tally()
    return [(f"{place}.json", make_attestation(message, PEOPLE[place])) for place in places]


@pytest.mark.parametrize("message", [tally(), link()])
def test_file_round_trip(tmp_path, message):
    attestation = make_attestation(message, PEOPLE[0])
    attestation.save(tmp_path / "attestation.json")
    found = Attestation.read(tmp_path / "attestation.json")
    assert digest(found.message) == digest(message)
    assert (found.signer, found.signature) == (ATTESTERS[0], attestation.signature)


def test_accounts_of_ape_sign_the_same():
    account = named_account("deployer")
    local = Account.from_key(account.private_key)
    assert make_attestation(link(), account) == make_attestation(link(), local)


def changed(**changes):
    attestation = make_attestation(tally(), PEOPLE[0])
    domain = {"chain_id": CHAIN, "governor": GOVERNOR}
    message = {
        "proposalId": 7,
        "actionsHash": "0x" + WORD.hex(),
        "snapshotId": "0x" + WORD.hex(),
        "endsAt": 1_800_259_200,
        "forVotes": 0,
        "againstVotes": 0,
        "abstainVotes": 0,
        "voters": 0,
        "votesRoot": "0x" + "00" * 32,
    }
    signature = {"r": hex(attestation.signature.r), "vs": hex(attestation.signature.vs)}
    data = {
        "kind": "Tally",
        "domain": domain | changes.pop("domain", {}),
        "message": message | changes.pop("message", {}),
        "signer": ATTESTERS[0],
        "signature": signature | changes.pop("signature", {}),
    }
    return data | changes


def test_changed__not_at_all__is_read(tmp_path):
    path = tmp_path / "attestation.json"
    path.write_text(json.dumps(changed()))
    assert Attestation.read(path).signer == ATTESTERS[0]


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        changed(more=1),
        changed(kind="Reelection"),
        changed(kind=["Tally"]),
        changed(kind="VoteLink"),
        changed(signer="0x1"),
        changed(domain={"governor": "0x1"}),
        changed(domain={"chain_id": "1"}),
        changed(domain={"more": 1}),
        changed(message={"more": 1}),
        changed(message={"forVotes": 2**256}),
        changed(message={"forVotes": -1}),
        changed(message={"forVotes": True}),
        changed(message={"forVotes": 1.0}),
        changed(message={"endsAt": 2**64}),
        changed(message={"votesRoot": "0x00"}),
        changed(message={"votesRoot": 0}),
        changed(signature={"r": 1}),
        changed(signature={"r": "0x" + "ff" * 33}),
    ],
)
def test_read__malformed__is_refused(tmp_path, data):
    path = tmp_path / "attestation.json"
    path.write_text(json.dumps(data))
    with pytest.raises(UserError, match="this is no attestation"):
        Attestation.read(path)


def test_read__no_file__is_refused(tmp_path):
    with pytest.raises(UserError, match="no attestation file"):
        Attestation.read(tmp_path / "attestation.json")


# ---------------------------------------------------------------- k of n


@given(st.permutations(range(5)), st.integers(1, 5))
def test_combine__any_order(order, threshold):
    signatures, dropped = combine(tally(), ATTESTERS, threshold, signed(*order))
    places = [place for place in range(5) if signatures.signers >> place & 1]
    assert signatures.signers >> 5 == 0
    assert places == sorted(order[:threshold])
    found = [recover(digest(tally()), signature) for signature in signatures.signatures]
    assert found == [ATTESTERS[place] for place in places]
    assert [name for name, _ in dropped] == [f"{place}.json" for place in order[threshold:]]


@pytest.mark.parametrize("places", [(), (2,), (2, 2)])
def test_combine__too_few__is_refused(places):
    with pytest.raises(UserError, match=f"{min(len(places), 1)} of 2 attesters have signed"):
        combine(tally(), ATTESTERS, 2, signed(*places))


def bad(attestation, **changes):
    return [("bad.json", replace(attestation, **changes))]


GOOD = make_attestation(tally(), PEOPLE[0])


@pytest.mark.parametrize(
    ("attestations", "why"),
    [
        (bad(GOOD, signature=CompactSignature(0, 0)), "malformed signature"),
        (bad(GOOD, signature=CompactSignature(1, 2**255 - 1)), "malformed signature"),
        (bad(GOOD, signer=ATTESTERS[1]), f"signed by {ATTESTERS[0]}, not by {ATTESTERS[1]}"),
        (
            bad(make_attestation(tally(), STRANGER)),
            f"{STRANGER.address} is no attester",
        ),
        (signed(2), f"{ATTESTERS[2]} has signed already"),
        (signed(4), f"{ATTESTERS[4]} is not needed any more"),
        (signed(0, message=tally(voters=501)), "another message: voters 501, not 500"),
        (signed(0, message=tally(chain=1)), "another message: chain 1, not 31337"),
        (
            signed(0, message=tally(governor="0x" + "91" * 20)),
            f"another message: Governor 0x{'91' * 20}, not {GOVERNOR}",
        ),
        (signed(0, message=link()), "another message: a VoteLink, not a Tally"),
    ],
)
def test_combine__what_does_not_count(attestations, why):
    signatures, dropped = combine(tally(), ATTESTERS, 2, signed(3, 2) + attestations)
    assert signatures.signers == 0b01100
    assert dropped == [(attestations[0][0], why)]


def test_combine__too_few__tells_of_the_others():
    with pytest.raises(UserError) as refused:
        combine(tally(), ATTESTERS, 2, signed(1) + signed(1))
    expected = f"1 of 2 attesters have signed; 1.json: {ATTESTERS[1]} has signed already"
    assert str(refused.value) == expected


def test_combine__links():
    signatures, _ = combine(link(), ATTESTERS, 3, signed(4, 0, 2, message=link()))
    assert signatures.signers == 0b10101


def test_check_message():
    check_message(GOOD, tally())
    with pytest.raises(UserError, match=r"has attested another message: forVotes \d+, not 1$"):
        check_message(GOOD, tally(forVotes=1))
