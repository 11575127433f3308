"""Snapshot's messages: proposals and votes, and the hash of the actions that a proposal is about.

Times are unix seconds.
"""

import json
import re
from collections.abc import Mapping, Sequence

from seqpool.errors import UserError
from seqpool.governance.snapshot.types import VOTE, VOTE_ARRAY, VOTE_STRING, Types

Choice = int | Sequence[int] | Mapping[int, int]

BASIC = "basic"
CHOICES = ("For", "Against", "Abstain")

# what Snapshot takes of a common space
TITLE_LIMIT = 256
BODY_LIMIT = 10_000
DISCUSSION_LIMIT = 256
TIME_FLOOR, TIME_CEILING = 10**9, 2 * 10**9
_LINK = re.compile(r"(https?|ipfs|ipns|snapshot)://")


def proposal_message(
    author: str,
    *,
    space: str,
    title: str,
    body: str,
    discussion: str,
    start: int,
    end: int,
    snapshot: int,
    timestamp: int,
    choices: Sequence[str] = CHOICES,
    type: str = BASIC,
    app: str = "",
) -> dict[str, object]:
    """A message of the type PROPOSAL, or UserError if Snapshot would not take it.

    `discussion` is the address of the forum's thread, `snapshot` the block whose balances count.
    """
    for what, text, limit in (
        ("title", title, TITLE_LIMIT),
        ("body", body, BODY_LIMIT),
        ("discussion", discussion, DISCUSSION_LIMIT),
    ):
        if len(text) > limit:
            raise UserError(f"the {what} has {len(text)} characters: Snapshot takes {limit}")
    if not title:
        raise UserError("the title is empty")
    if discussion and not _LINK.match(discussion):
        raise UserError(f"the discussion is no address that Snapshot takes: {discussion!r}")
    if not TIME_FLOOR <= start < end <= TIME_CEILING:
        raise UserError(f"the vote ends at {end}, and starts at {start}: Snapshot takes no such")
    if type == BASIC and len(choices) != len(CHOICES):
        raise UserError(f"a basic vote has {len(CHOICES)} choices, not {len(choices)}")
    return {
        "from": author,
        "space": space,
        "timestamp": timestamp,
        "type": type,
        "title": title,
        "body": body,
        "discussion": discussion,
        "choices": list(choices),
        "labels": [],
        "start": start,
        "end": end,
        "snapshot": snapshot,
        "plugins": "{}",
        "privacy": "",
        "app": app,
    }


def vote_message(
    voter: str, *, space: str, proposal: str, choice: Choice, timestamp: int, reason: str = ""
) -> tuple[Types, dict[str, object]]:
    """A vote, and its type, which follows from the choice.

    One choice, from 1: of a basic or single-choice vote. Several: approval or ranked-choice.
    Choice => weight: weighted or quadratic.
    """
    types = VOTE
    if isinstance(choice, Mapping):
        types = VOTE_STRING
        # as JavaScript writes it: numbers as keys in their order
        weights = {str(key): choice[key] for key in sorted(choice)}
        choice = json.dumps(weights, separators=(",", ":"))
    elif not isinstance(choice, int):
        types, choice = VOTE_ARRAY, list(choice)
    return types, {
        "from": voter,
        "space": space,
        "timestamp": timestamp,
        "proposal": proposal,
        "choice": choice,
        "reason": reason,
        "app": "",
        "metadata": "{}",
    }


def choice_of(message: Mapping[str, object]) -> int | None:
    """The one choice of a vote, from 1, as Snapshot reads it; None if it is none.

    Also a vote of the string type may have a plain number in it.
    """
    choice = message["choice"]
    if isinstance(choice, str) and re.fullmatch(r"\s*[1-9][0-9]{0,9}\s*", choice, re.ASCII):
        return int(choice)
    return choice if isinstance(choice, int) else None


# ---------------------------------------------------------------- the actions that it is about

_ACTIONS = "Actions hash:"
_LINE = re.compile(rf"^{_ACTIONS} (0x[0-9a-fA-F]{{64}})[ \t\r]*$", re.MULTILINE)


def with_actions_hash(text: str, actions_hash: bytes) -> str:
    """A body that ends with the hash of the actions on chain; UserError if it has such a line."""
    if _mentions(text):
        raise UserError(f"the text has `{_ACTIONS}` already: that line is added by this")
    return f"{text.rstrip()}\n\n{_ACTIONS} 0x{actions_hash.hex()}\n".lstrip()


def actions_hash_of(body: str) -> bytes:
    """The hash of the actions on chain that a body has, in one line; UserError if it has not."""
    found = _LINE.findall(body)
    if not _mentions(body):
        raise UserError(f"the Snapshot text lacks the actions' hash: a line `{_ACTIONS} 0x...`")
    # voters have read one of them
    if _mentions(body) > 1:
        raise UserError(f"the Snapshot text has `{_ACTIONS}` more than once")
    if not found:
        raise UserError(f"the Snapshot text has a malformed line `{_ACTIONS}`")
    return bytes.fromhex(found[0][2:])


def _mentions(text: str) -> int:
    return len(re.findall(r"actions\s+hash\s*:", text, re.IGNORECASE))
