"""What people read of a proposal: the post in the forum, and the text of the Snapshot vote."""

from dataclasses import dataclass

from seqpool.deployment.allow_list import ProposalKind
from seqpool.governance.model import Assessed, Item, Proposal
from seqpool.governance.snapshot.messages import with_actions_hash
from seqpool.governance.snapshot.result import Criteria
from seqpool.governance.view import GovernorView, as_hex
from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, format_duration, format_percent, format_time, in_metis

TYPES = {
    ProposalKind.INFRASTRUCTURE: "Infrastructure - Sequencer",
    ProposalKind.GOVERNANCE: "Governance",
}
VETO = {
    ProposalKind.INFRASTRUCTURE: "The Governance Working Group may veto it until it is executed.",
    ProposalKind.GOVERNANCE: "Nobody may veto it.",
}
POST = """\
# {title}

*Type: {type}*

{summary}

## What it does

{actions}

{revert}The Timelock makes {count} for the SequencerGovernor `{governor}` on chain {chain_id}.

## How it is decided

On Snapshot, with METIS at block {block}: {criteria}. {veto}

| stage | when (UTC) |
|---|---|
{stages}

## The calls

{calls}

Actions hash: {hash}
"""
BODY = """\
{summary}

What it does, if the vote passes:

{actions}

It is a proposal of type {type} to the SequencerGovernor {governor} on chain {chain_id}:
{criteria}. {veto} The thread in the forum has the calls themselves, which give this hash.
"""


@dataclass(frozen=True)
class VotingPeriod:
    """When people vote on Snapshot, and with the METIS of which block."""

    start: int
    end: int
    block: int


def criteria_text(criteria: Criteria) -> str:
    """When a vote has passed."""
    return (
        f"it passes if at least {in_metis(criteria.quorum)} vote, of at least"
        f" {criteria.wallets:,} wallets, and at least {format_percent(criteria.approval_bps)} of"
        " what is for or against is for it"
    )


def stages(assessed: Assessed, vote: VotingPeriod, delay: int) -> list[tuple[str, str]]:
    """(stage, when) of a proposal that passes, as early as it can be; `delay` is in seconds."""
    ready = vote.end + delay
    rows = [
        ("it is proposed on chain", f"until {format_time(vote.end - LIMITS['VOTE_FLOOR'])}"),
        ("people vote", f"{format_time(vote.start)} to {format_time(vote.end)}"),
        (
            "attesters say what it came to",
            f"until {format_time(vote.end + LIMITS['ATTESTATION_PERIOD'])}",
        ),
        (f"it waits for {format_duration(delay)}", "from then on"),
        (
            "anyone may execute it",
            f"from {format_time(ready)} at the earliest, for"
            f" {LIMITS['EXECUTION_PERIOD'] // DAY} days",
        ),
    ]
    if assessed.kind == ProposalKind.INFRASTRUCTURE:
        rows.insert(4, ("the Working Group may veto it", "until it is executed"))
    return rows


def _numbered(items: tuple[Item, ...]) -> str:
    return "\n".join(f"{place}. {item.words}" for place, item in enumerate(items, 1))


def _calls(items: tuple[Item, ...]) -> str:
    return "\n\n".join(
        f"{place}. `{item.function}` at `{item.act.target}`:\n\n"
        f"   ```\n   {as_hex(item.act.data)}\n   ```"
        for place, item in enumerate(items, 1)
    )


def render_post(
    proposal: Proposal, assessed: Assessed, view: GovernorView, vote: VotingPeriod
) -> str:
    """The post, in Markdown."""
    count = len(assessed.items)
    refusals = [
        f"Call {place} would be refused as things stand: {item.refusal}.\n\n"
        for place, item in enumerate(assessed.items, 1)
        if item.refusal
    ]
    delay = view.seconds(assessed.delay)
    return POST.format(
        title=proposal.title,
        type=TYPES[assessed.kind],
        summary=proposal.summary,
        actions=_numbered(assessed.items),
        revert="".join(refusals),
        count="one call" if count == 1 else f"{count} calls, all or none of which are made",
        governor=view.governor.address,
        chain_id=view.provider.chain_id,
        block=vote.block,
        criteria=criteria_text(view.criteria()),
        veto=VETO[assessed.kind],
        stages="\n".join(f"| {x} | {y} |" for x, y in stages(assessed, vote, delay)),
        calls=_calls(assessed.items),
        hash=as_hex(proposal.hash),
    )


def snapshot_body(proposal: Proposal, assessed: Assessed, view: GovernorView) -> str:
    """The text that people vote on, which ends with the hash of the calls."""
    text = BODY.format(
        summary=proposal.summary,
        actions=_numbered(assessed.items),
        type=TYPES[assessed.kind],
        governor=view.governor.address,
        chain_id=view.provider.chain_id,
        criteria=criteria_text(view.criteria()),
        veto=VETO[assessed.kind],
    )
    return with_actions_hash(text, proposal.hash)
