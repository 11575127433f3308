"""What an auditor knows, who sees events and proofs alone; I6 to I8 and I13."""

from collections import Counter

from seqpool.protocol.limits import LIMITS
from tests.stateful.chain import Receipt
from tests.stateful.quorum import Certificate, is_voted
from tests.stateful.slashing.chain import DOMAIN, GOVERNANCE, SLASH_VAULT, moved


class Audit:
    """Looks at every call that has succeeded."""

    def check_proof(self, name: str, sender: int, args: tuple):
        """I6: nothing is taken but by two thirds, by a proof or by a vote. I7 and I13: no offence
        is acted on twice."""
        model = self.model
        is_slash = any(payee == SLASH_VAULT for _, payee, _ in model.transfers)
        is_measure = any(x[0] in ("Jailed", "Suspended", "SlashPending") for x in model.events)
        offence = None
        match name, args:
            case "report", (message, certificate):
                assert self.voted(message, certificate)
                offence = (name, message.sequencer_id, message.kind, message.epoch)
            case "report_reelection", (message, certificate):
                assert self.voted(message, certificate)
                offence = (name, model.signers[message.failed][0], message.last_block)
            case "report_equivocation", (one, by_one, other, by_other):
                assert by_one.of == (DOMAIN, one)
                assert by_other.of == (DOMAIN, other)
                assert by_one.by == by_other.by
                assert one != other
                assert one[:2] == other[:2]
                offence = (name, model.signers[by_one.by][0], *one[:2])
            case "top_up", (_, ids):
                # two thirds have said of each that it timed out
                punished = {x[1] for x in self.acted if x[0] == "report_reelection"}
                slashed = [x[2] for x in model.events if x[0] == "ToppedUp"]
                assert len({*slashed}) == len(slashed)
                assert {*slashed} <= {*ids} & punished
            case (("slash_by_governance" | "confirm"), _):
                assert sender == GOVERNANCE
            case "lift_suspension", (message, certificate):
                assert self.voted(message, certificate)
                assert not is_slash
            case _:
                assert not is_slash
                assert not is_measure
        if offence:
            assert offence not in self.acted
            self.acted.add(offence)

    def voted(self, message: tuple, certificate: Certificate) -> bool:
        """Whether enough members of a true committee have signed a message."""
        committee = next(x for x in self.model.committees if x.nonce == message.committee_nonce)
        return is_voted(message, committee.members, certificate, DOMAIN)

    def audit(self, name: str, sender: int, receipt: Receipt):
        """I8, from the events alone: an accountant knows no more."""
        now = self.model.now
        for x in receipt.events:
            match x.name, x.args:
                case "CaseOpened", (case_id, _, owner, vault, own, paired, *_):
                    self.opened[case_id] = now, Counter({owner: own}) + Counter({vault: paired})
                    self.losses[case_id] = Counter()
                case "CaseResolved", (case_id, bps, own, paired):
                    lost = self.opened[case_id][1]
                    assert (own + paired) * 10_000 <= lost.total() * bps
                    case = self.model.cases[case_id - 1]
                    owner, vault = (who for who, _ in case.losses)
                    self.losses[case_id] = Counter({owner: own}) + Counter({vault: paired})
                    assert self.losses[case_id] <= lost
        for payer, payee, amount in moved(receipt.events):
            if payer == SLASH_VAULT:
                (case_id,) = (x.args[0] for x in receipt.events if x.name != "Transfer")
                if name == "release":
                    assert now >= self.opened[case_id][0] + LIMITS["SLASH_LOCK"]
                    assert payee == self.model.treasury
                else:
                    assert name == "collect_refund"
                    assert amount <= self.losses[case_id][payee]
                    self.losses[case_id][payee] -= amount
