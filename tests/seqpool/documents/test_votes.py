"""Certificates that lack power, number or both, as commands tell it."""

import re

import pytest

from seqpool.cli.sign_votes import write_ballot
from seqpool.documents.votes import Ballot, check_complete
from seqpool.errors import UserError
from seqpool.protocol.certificates import Certificate, Turnout
from seqpool.protocol.committee import Member, word
from seqpool.units import METIS
from tests.seqpool.watcher.ballots import stall, votes

# one has 71 % of the power
POWERS = (100_000 * METIS, 20_000 * METIS, 20_000 * METIS)
VOTES = votes(len(POWERS))
MEMBERS = [word(Member(power, vote.signer)) for power, vote in zip(POWERS, VOTES, strict=True)]
ALONE = (
    "signed by 1 of 3 members, who hold 100,000 of 140,000 METIS: a certificate needs"
    " 1 member more, for more than a third by number"
)


@pytest.mark.parametrize(
    ("turnout", "lacks"),
    [
        (Turnout(60 * METIS, 90 * METIS, 2, 6), "1 member more, for more than a third by number"),
        (Turnout(60 * METIS, 90 * METIS, 1, 6), "2 members more, for more than a third by number"),
        (Turnout(50 * METIS, 90 * METIS, 3, 6), "10 METIS more, for two thirds of the power"),
        (
            Turnout(50 * METIS, 90 * METIS, 2, 6),
            "10 METIS more, for two thirds of the power; and 1 member more, for more than a third"
            " by number",
        ),
    ],
)
def test_what_is_missing_is_told(turnout, lacks):
    with pytest.raises(UserError, match=f": a certificate needs {re.escape(lacks)}$"):
        check_complete(turnout)


def test_what_is_complete_is_not_refused():
    check_complete(Turnout(60 * METIS, 90 * METIS, 3, 6))


def combine_to(out, places):
    named = [(f"vote {place}", VOTES[place]) for place in places]
    write_ballot(stall(), MEMBERS, named, out)


def test_combine_writes_no_certificate_of_one_large_member(tmp_path):
    out = tmp_path / "certificate.json"
    with pytest.raises(UserError, match=f"^{re.escape(ALONE)}$"):
        combine_to(out, [0])
    assert not out.exists()


def test_combine_stops_when_power_and_number_are_enough(tmp_path, capsys):
    out = tmp_path / "certificate.json"
    combine_to(out, [0, 2, 1])
    assert Ballot.read(out).certificate.signers == 0b101
    told = " ".join(capsys.readouterr().out.split())
    assert f"vote 1 does not count: {VOTES[1].signer} is not needed any more" in told
    assert "signed by 2 of 3 members, who hold 120,000 of 140,000 METIS" in told


def test_a_certificate_of_one_large_member_is_bad(tmp_path):
    """Before it is sent: so nobody pays for a call that reverts."""
    certificate = Certificate(MEMBERS, 0b001, [VOTES[0].signature])
    with pytest.raises(UserError, match=f"^{re.escape(ALONE)}$"):
        Ballot(stall(), certificate).check()
