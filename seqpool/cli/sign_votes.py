"""Votes, commitments and certificates as commands write them, with what people read beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from seqpool.console import console, say
from seqpool.documents.votes import (
    Ballot,
    Vote,
    check_complete,
    combine,
    describe,
    fields_of,
    file_names,
    make_vote,
)
from seqpool.errors import UserError, shown
from seqpool.protocol.committee import member
from seqpool.protocol.messages import CommitteeMessage, SetMessage

if TYPE_CHECKING:
    from ape.api import AccountAPI


def write_vote(
    message: CommitteeMessage, members: Sequence[int], account: AccountAPI, out: Path
) -> None:
    """Signs, if the account may, and shows what."""
    if account.address not in (member(word).signer for word in members):
        raise UserError(f"{account.address} is no member of committee {message.committeeNonce}")
    write_signed(message, account, out)


def write_signed(message: SetMessage, account: AccountAPI, out: Path) -> None:
    """Signs, and shows what."""
    make_vote(message, account).save(out)
    table = Table(title=type(message).__name__, show_header=False)
    for name, value in fields_of(message).items():
        table.add_row(name, str(value))
    console.print(table)
    say(f"{shown(out)}: signed by {account.address}")


def read_votes(paths: Sequence[Path], command: str) -> list[tuple[str, Vote]]:
    """Named votes, or UserError if there are none; `command` writes such files."""
    if not paths:
        raise UserError(f"no votes: name the files that `{command}` wrote")
    return file_names(paths, [Vote.read(path) for path in paths])


def write_ballot(
    message: CommitteeMessage,
    members: Sequence[int],
    votes: Sequence[tuple[str, Vote]],
    out: Path,
) -> None:
    """Makes a certificate of those votes that are good, and says which are not."""
    found, dropped = combine(message, members, votes)
    for name, why in dropped:
        say(f"{name} does not count: {why}")
    check_complete(found.turnout)
    Ballot(message, found.certificate).save(out)
    say(f"{shown(out)}: {describe(found.turnout)}")
