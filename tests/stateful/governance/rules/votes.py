"""Votes: their links and tallies, and what attesters sign, right and wrong."""

from eth_keys.constants import SECPK1_N
from hypothesis import strategies as st

from seqpool.governance.view import ProposalStage
from seqpool.units import DAY
from tests.stateful.encoding import keccak_words
from tests.stateful.governance.chain import (
    ATTESTERS,
    DOMAIN,
    LAUNCH,
    OUTSIDER,
    STRANGER,
    describe,
    signatures_of,
)
from tests.stateful.governance.model import Link, Signatures, Tally
from tests.stateful.governance.rules.base import PEOPLE, has_proposals
from tests.stateful.machine import CHOICE, OFFSET, action
from tests.stateful.quorum import Signature
from tests.stateful.signing import sign

VOTES = (
    *("passes", "passes", "quorum", "quorum - 1", "abstain", "abstain - 1", "all abstain"),
    *("wallets", "wallets - 1", "approval", "approval - 1", "approval + 1", "all against"),
    *("largest", "too large"),
)
SIGNATURE_FLAWS = (
    *("below", "below", "duplicate", "stranger", "reordered", "extra", "missing", "none given"),
    *("high s", "malformed", "bit beyond", "bit moved", "other domain", "other message"),
    *("former", "old signatures"),
)
MESSAGE_FLAWS = ("proposal", "actions", "snapshot", "end + 1", "end - 1", "nonce + 1", "nonce - 1")
FLAWS = st.sampled_from(["none"] * 35 + [*SIGNATURE_FLAWS, *MESSAGE_FLAWS])


class Votes:
    """Links, tallies and signatures."""

    def snapshot(self, choice: int) -> int:
        """A new vote, one of another proposal, or none."""
        taken = [x.vote[0] for x in self.model.proposals.values() if x.vote]
        if taken and choice % 3 == 0:
            return taken[choice % len(taken)]
        if choice == 98:
            return 0
        self.votes += 1
        return keccak_words(self.votes)

    def end(self, id: int, choice: int, offset: int) -> int:
        """At a bound, or somewhere between."""
        model = self.model
        x = model.proposals.get(id)
        proposed_at = x.proposed_at if x else model.now
        ends = [
            *(model.now + 3 * DAY, model.now + 3 * DAY, proposed_at + DAY + offset),
            *(model.now + 7 * DAY + offset, model.now + offset, model.now + DAY),
        ]
        return ends[choice % len(ends)]

    @action(
        weight=3,
        when=has_proposals,
        who=PEOPLE,
        choice=CHOICE,
        vote=CHOICE,
        end=CHOICE,
        offset=OFFSET,
    )
    def link(self, who, choice, vote, end, offset):
        id = self.pick(choice, ProposalStage.PROPOSED)
        x = self.model.proposals.get(id)
        who = x.proposer if x and choice % 4 else who
        self.do(who, "link_vote", id, self.snapshot(vote), self.end(id, end, offset))

    @action(
        weight=4,
        when=has_proposals,
        choice=CHOICE,
        vote=CHOICE,
        end=CHOICE,
        offset=OFFSET,
        flaw=FLAWS,
    )
    def relink(self, choice, vote, end, offset, flaw):
        id = self.pick(choice, ProposalStage.PROPOSED, ProposalStage.LINKED, ProposalStage.ENDED)
        x = self.model.proposals.get(id)
        links = x.links if x else 0
        message = Link(id, self.snapshot(vote), self.end(id, end, offset), links)
        signed = self.flawed(message, flaw)
        self.relink_with(message, self.signatures(signed, flaw, choice))

    def relink_with(self, message: Link, signatures: Signatures):
        self.kept.append((message, signatures))
        given = (*message[:3], signatures_of(signatures))
        self.do(STRANGER, "relink_vote", message, signatures, given=given)

    def tally(self, id: int, votes: str) -> Tally:
        """What a vote came to: at the criteria of a proposal, or just beside them."""
        x = self.model.proposals.get(id)
        criteria = x.criteria if x else LAUNCH
        quorum, wallets, approval = criteria.values()
        share = quorum // 10_000 + 1
        counts = {
            "quorum": (quorum, 0, 0),
            "quorum - 1": (quorum - 1, 0, 0),
            "abstain": (1, 0, quorum - 1),
            "abstain - 1": (1, 0, quorum - 2),
            "all abstain": (0, 0, quorum),
            "approval": (approval * share, (10_000 - approval) * share, 0),
            "approval - 1": (approval * share - 1, (10_000 - approval) * share + 1, 0),
            "approval + 1": (approval * share + 1, (10_000 - approval) * share, 7),
            "all against": (0, quorum, 0),
            "largest": (2**128 - 1, 0, 2**128 - 1),
            "too large": (quorum, 2**128, 0),
        }.get(votes, (2 * quorum, 1, 5))
        voters = wallets - (votes == "wallets - 1")
        calls = x.calls if x else ()
        vote = x.vote if x and x.vote else (0, 0)
        return Tally(id, describe(calls)[0], *vote, *counts, voters, keccak_words(id))

    def flawed(self, message: Tally | Link, flaw: str) -> Tally | Link:
        """The message with a wrong field."""
        changes = {
            "proposal": {"proposal_id": message.proposal_id + 1},
            "snapshot": {"snapshot_id": message.snapshot_id ^ 1},
            "end + 1": {"ends_at": message.ends_at + 1},
            "end - 1": {"ends_at": max(0, message.ends_at - 1)},
        }.get(flaw, {})
        if isinstance(message, Tally) and flaw == "actions":
            changes = {"actions_hash": message.actions_hash ^ 1}
        if isinstance(message, Link) and flaw in ("nonce + 1", "nonce - 1"):
            changes = {"nonce": max(0, message.nonce + (1 if flaw == "nonce + 1" else -1))}
        return message._replace(**changes)

    def attest_with(self, id: int, votes: str, flaw: str, choice: int) -> bool:
        message = self.flawed(self.tally(id, votes), flaw)
        return self.attest_now(id, message, self.signatures(message, flaw, choice))

    def attest_now(self, id: int, message: Tally, signatures: Signatures) -> bool:
        self.kept.append((message, signatures))
        given = (id, message, signatures_of(signatures))
        done = self.do(STRANGER, "attest", id, message, signatures, given=given)
        if done:
            assert id not in self.counted
            self.counted[id] = message, self.model.now
        return done

    @action(
        weight=6,
        when=has_proposals,
        choice=CHOICE,
        votes=st.sampled_from(VOTES),
        flaw=FLAWS,
    )
    def attest(self, choice, votes, flaw):
        self.attest_with(self.pick(choice, ProposalStage.ENDED), votes, flaw, choice)

    @action(weight=3, when=lambda self: self.kept, choice=CHOICE, other=st.booleans())
    def replay(self, choice, other):
        """Something that was signed before; also for another proposal."""
        if not self.kept:
            return
        message, signatures = self.kept[choice % len(self.kept)]
        if isinstance(message, Link):
            self.relink_with(message, signatures)
        else:
            id = self.pick(choice, ProposalStage.ENDED) if other else message.proposal_id
            self.attest_now(id, message, signatures)

    def signatures(self, message: Tally | Link, flaw: str, choice: int) -> Signatures:
        """Those of just enough attesters, or of all; with a flaw."""
        law = self.model.law
        numbers = [ATTESTERS.index(x) for x in law.attesters]
        if flaw == "former":
            numbers = [(number + 3) % len(ATTESTERS) for number in numbers]
        count = law.threshold - (flaw == "below")
        first = choice % (len(numbers) - count + 1)
        places = list(range(first, first + count))
        signs = message
        if flaw == "other message":
            signs = message._replace(proposal_id=message.proposal_id ^ 1)
        where = DOMAIN ^ (flaw == "other domain")
        signed = [sign(numbers[place], where, signs) for place in places]
        bits = sum(1 << place for place in places)
        last = signed[-1]
        match flaw:
            case "duplicate":
                signed[-1] = signed[0]
            case "stranger":
                signed[-1] = sign(OUTSIDER, where, signs)
            case "reordered":
                signed.reverse()
            case "extra":
                signed.append(last)
            case "missing":
                signed.pop()
            case "none given":
                signed = []
            case "high s":
                reason = "ecdsa: invalid signature `s` value"
                signed[-1] = Signature(0, (), reason, last.r, SECPK1_N // 2 + 1 + choice)
            case "malformed":
                signed[-1] = Signature(0, (), "ecdsa: invalid signature", 0, last.vs)
            case "bit beyond":
                bits |= 1 << (len(numbers) + choice)
            case "bit moved":
                bits <<= 1
            case "old signatures" if self.kept:
                signed = [*self.kept[choice % len(self.kept)][1].signatures]
        return Signatures(bits, tuple(signed))
