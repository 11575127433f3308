"""The EIP-712 types of Snapshot's messages.

They are those that Snapshot's own package, @snapshot-labs/snapshot.js, signs and lists; tests
compare every byte with it.
"""

from collections.abc import Sequence
from itertools import product

Types = dict[str, list[dict[str, str]]]

DOMAIN = {"name": "snapshot", "version": "0.1.4"}


def _types(name: str, fields: dict[str, str]) -> Types:
    return {name: [{"name": field, "type": type} for field, type in fields.items()]}


def _proposal_types(sender: str) -> Types:
    texts = ("type", "title", "body", "discussion")
    fields = {"from": sender, "space": "string", "timestamp": "uint64"} | dict.fromkeys(
        texts, "string"
    )
    fields |= {"choices": "string[]", "labels": "string[]"}
    fields |= dict.fromkeys(("start", "end", "snapshot"), "uint64")
    return _types("Proposal", fields | dict.fromkeys(("plugins", "privacy", "app"), "string"))


_REMARKS = ("reason", "app", "metadata")


def _vote_types(
    choice: str, sender: str = "string", proposal: str = "string", remarks: Sequence[str] = _REMARKS
) -> Types:
    fields = {"from": sender, "space": "string", "timestamp": "uint64"}
    fields |= {"proposal": proposal, "choice": choice}
    return _types("Vote", fields | dict.fromkeys(remarks, "string"))


# What the package signs today ...
PROPOSAL = _proposal_types("string")
VOTE, VOTE_ARRAY, VOTE_STRING = map(_vote_types, ("uint32", "uint32[]", "string"))
# ... and what the sequencer takes besides, from applications that use an older one.
PROPOSAL_TYPES = (PROPOSAL, _proposal_types("address"))
SNAPSHOT_VOTE_TYPES = tuple(
    _vote_types(choice, sender, proposal, remarks)
    for choice, proposal in product(("uint32", "uint32[]", "string"), ("string", "bytes32"))
    for sender, remarks in (
        ("string", _REMARKS),
        ("address", _REMARKS),
        ("address", ("reason", "app")),
        ("address", ("app",)),
        ("address", ("metadata",)),
        ("address", ()),
    )
)
