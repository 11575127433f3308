"""A proposal in a folder: the post, Snapshot's message to be signed, and the call on chain."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seqpool.deployment.allow_list import ProposalKind
from seqpool.errors import UserError, shown
from seqpool.files import strict_json
from seqpool.governance.forum_post import VotingPeriod, render_post, snapshot_body
from seqpool.governance.model import Assessed, Proposal
from seqpool.governance.snapshot.envelopes import BadSnapshotEnvelope, SnapshotEnvelope
from seqpool.governance.snapshot.messages import actions_hash_of, proposal_message
from seqpool.governance.snapshot.types import DOMAIN, PROPOSAL, PROPOSAL_TYPES
from seqpool.governance.view import Act, GovernorView, as_hex, hash_actions

POST, MESSAGE, CALL, ENVELOPE = "post.md", "snapshot.json", "proposal.json", "envelope.json"
VERSION = 1
_HOW = "ape run governance draft"
_DOMAIN_TYPE = [{"name": name, "type": "string"} for name in DOMAIN]


class Poll(NamedTuple):
    """A vote on Snapshot, as the Governor is told of it."""

    snapshot_id: bytes
    ends_at: int
    actions_hash: bytes | None  # that its text has; None: the text is not here

    @classmethod
    def of(cls, message: dict[str, object], digest: bytes) -> "Poll":
        return cls(digest, message["end"], actions_hash_of(message["body"]))


@dataclass(frozen=True)
class Draft:
    """What `propose` sends."""

    chain_id: int
    governor: str
    kind: ProposalKind
    title: str
    forum: str
    acts: tuple[Act, ...]

    @property
    def hash(self) -> bytes:
        return hash_actions(self.acts)

    @property
    def data(self) -> dict[str, object]:
        return {
            "version": VERSION,
            "chain_id": self.chain_id,
            "governor": self.governor,
            "kind": self.kind.name,
            "title": self.title,
            "forum": self.forum,
            "actions": [{"target": act.target, "data": as_hex(act.data)} for act in self.acts],
            "actions_hash": as_hex(self.hash),
        }

    @classmethod
    def read(cls, folder: Path) -> "Draft":
        """The one of a folder, whose parts belong together; or UserError."""
        path = folder / CALL
        draft = strict_json.read_file(path, cls._read, "draft of a proposal", _HOW)
        found = read_poll(folder / MESSAGE)
        if found.actions_hash != draft.hash:
            raise UserError(
                f"{shown(folder / MESSAGE)}: people would vote on other actions than those of"
                f" {shown(path)}: make the draft anew"
            )
        return draft

    @classmethod
    def _read(cls, data: dict) -> "Draft":
        keys = ("version", "chain_id", "governor", "kind", "title", "forum")
        strict_json.check_keys(data, (*keys, "actions", "actions_hash"))
        if data["version"] != VERSION or not isinstance(data["actions"], list):
            raise ValueError
        acts = []
        for action in data["actions"]:
            strict_json.check_keys(action, ("target", "data"))
            if not action["data"].startswith("0x"):
                raise ValueError
            acts.append(
                Act(strict_json.address(action["target"]), bytes.fromhex(action["data"][2:]))
            )
        for text in (data["title"], data["forum"]):
            if not isinstance(text, str):
                raise ValueError
        draft = cls(
            strict_json.number(data["chain_id"], 64),
            strict_json.address(data["governor"]),
            ProposalKind[data["kind"]],
            data["title"],
            data["forum"],
            tuple(acts),
        )
        if data["actions_hash"] != as_hex(draft.hash):
            raise ValueError
        return draft

    def check(self, view: GovernorView) -> None:
        """UserError if it was made for another Governor."""
        here = (view.provider.chain_id, view.governor.address)
        if (self.chain_id, self.governor) != here:
            raise UserError(
                f"the draft is for the SequencerGovernor {self.governor} on chain {self.chain_id},"
                f" not for {here[1]} on chain {here[0]}"
            )


def write_draft(
    folder: Path,
    proposal: Proposal,
    assessed: Assessed,
    view: GovernorView,
    vote: VotingPeriod,
    author: str,
    space: str,
) -> list[Path]:
    """Writes the three files, and says which."""
    draft = Draft(
        view.provider.chain_id,
        view.governor.address,
        assessed.kind,
        proposal.title,
        proposal.forum,
        proposal.acts,
    )
    message = proposal_message(
        author,
        space=space,
        title=proposal.title,
        body=snapshot_body(proposal, assessed, view),
        discussion=proposal.forum,
        start=vote.start,
        end=vote.end,
        snapshot=vote.block,
        timestamp=view.now,
    )
    post = render_post(proposal, assessed, view, vote)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in (POST, MESSAGE, CALL)]
    paths[0].write_text(post)
    # as wallets take it: with the type of the domain
    strict_json.write_file(
        paths[1],
        {
            "domain": DOMAIN,
            "types": {"EIP712Domain": _DOMAIN_TYPE} | PROPOSAL,
            "primaryType": next(iter(PROPOSAL)),
            "message": message,
        },
    )
    strict_json.write_file(paths[2], draft.data)
    # of an earlier draft
    (folder / ENVELOPE).unlink(missing_ok=True)
    return paths


def read_message(folder: Path) -> dict[str, object]:
    """Snapshot's message in a draft, or UserError."""
    data = strict_json.read_file(folder / MESSAGE, _typed_data, "Snapshot message", _HOW)
    return data["message"]


def _typed_data(data: dict) -> dict:
    strict_json.check_keys(data, ("domain", "types", "primaryType", "message"))
    wanted = {"EIP712Domain": _DOMAIN_TYPE} | PROPOSAL
    if data["domain"] != DOMAIN or data["types"] != wanted or data["primaryType"] != "Proposal":
        raise ValueError
    _envelope(data, data["message"]["from"], "0x", 0)
    return data


def _envelope(data: dict, address: object, sig: object, chain_id: int) -> SnapshotEnvelope:
    """The message with all checks of its fields."""
    try:
        return SnapshotEnvelope.read(
            {"address": address, "sig": sig, "data": data}, PROPOSAL_TYPES, chain_id
        )
    except BadSnapshotEnvelope:
        raise ValueError from None


def read_poll(path: Path) -> Poll:
    """The vote in a message, signed or not, or UserError."""

    def read(data: dict) -> Poll:
        if "sig" in data:
            envelope = _envelope(data["data"], data["address"], data["sig"], 1)
        else:
            _typed_data(data)
            envelope = _envelope(data, data["message"]["from"], "0x", 0)
        return Poll.of(envelope.message, envelope.digest)

    return strict_json.read_file(path, read, "Snapshot message", _HOW)
