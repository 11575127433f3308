"""A proposal: what is asked of the community, and what the chain says of it."""

import re
from dataclasses import dataclass

from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.errors import UserError
from seqpool.governance.snapshot.messages import TITLE_LIMIT
from seqpool.governance.view import Act, hash_actions

URI_LIMIT = 256


@dataclass(frozen=True)
class Proposal:
    """What is asked of the community."""

    title: str
    forum: str  # address of the thread
    summary: str
    acts: tuple[Act, ...]

    def __post_init__(self):
        if not self.title.strip() or not self.title.isprintable():
            raise UserError("title: wanted is one line of text")
        if len(self.title) > TITLE_LIMIT:
            raise UserError(f"title: {len(self.title)} characters, at most {TITLE_LIMIT}")
        if not re.fullmatch(r"(https?|ipfs)://[!-~]+", self.forum):
            raise UserError(f"forum: no address of a thread, such as https://...: {self.forum!r}")
        if len(self.forum) > URI_LIMIT:
            raise UserError(f"forum: {len(self.forum)} characters, at most {URI_LIMIT}")
        if not self.summary.strip():
            raise UserError("summary: is empty")

    @property
    def hash(self) -> bytes:
        return hash_actions(self.acts)


@dataclass(frozen=True)
class Item:
    """A call of a proposal, as people read it."""

    act: Act
    function: str
    words: str
    delay: Delay
    refusal: str | None  # why it would revert now


@dataclass(frozen=True)
class Assessed:
    """A proposal that the Governor would take."""

    kind: ProposalKind
    delay: Delay  # the longest
    items: tuple[Item, ...]
