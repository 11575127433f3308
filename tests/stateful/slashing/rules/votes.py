"""What two thirds report."""

from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import DAY, HOUR
from tests.stateful.encoding import keccak_words, vote_words
from tests.stateful.epochs.model import Correction, Reelection
from tests.stateful.machine import CHOICE, MOSTLY, OFFSET, RARELY, action
from tests.stateful.signing import signer
from tests.stateful.slashing.chain import STRANGER
from tests.stateful.slashing.model.records import Committee, Offence
from tests.stateful.voting import OUTSIDER

SELDOM = st.integers(0, 29).map(lambda x: x == 29)
# Of a vote: in the message, in what the committee is, and in its certificate.
REPORT_FLAWS = st.sampled_from(
    ["none"] * 40
    + [
        *("future", "old", "barely old", "unknown", "reason 0", "reason 3"),
        *("previous committee", "previous committee", "old committee", "unknown committee"),
        *("below", "below", "duplicate", "stranger", "reordered", "other chain", "other message"),
    ]
)


class Votes:
    """Reports and Corrections, right and wrong."""

    def moment(self, choice: int, offset: int) -> int:
        """When something was: mostly of late; or a day, or more, from what was before."""
        model = self.model
        if choice < 50:
            return model.now - choice % 4 * 60
        edges = [
            x.time + step + offset
            for x in model.timeouts[-8:]
            for step in (
                DAY,
                -DAY,
                DAY // 2,
                0,
                LIMITS["STRIKE_DAYS"] * DAY,
                22 * HOUR,
            )
        ]
        # quarters begin
        quarter = LIMITS["QUARTER"]
        edges += [model.now // quarter * quarter - i * quarter + offset for i in (0, 1, 3, 4, 5)]
        edges += [model.now - 6 * DAY, model.now - 30 * HOUR]
        edges = [x for x in edges if model.now - LIMITS["CERTIFICATE_MAX_AGE"] <= x <= model.now]
        return edges[choice % len(edges)]

    def flawed_time(self, time: int, flaw: str) -> int:
        now = self.model.now
        if flaw == "future":
            return now + 1
        if flaw in ("old", "barely old"):
            start, end = self.model.stops[-1] if self.model.stops else (0, 0)
            oldest = now - LIMITS["CERTIFICATE_MAX_AGE"]
            # further back by what of a stop has passed since
            oldest -= max(0, min(now, end) - max(oldest, start))
            return oldest - (flaw == "old")
        return time

    def voters(self, flaw: str, choice: int) -> Committee:
        """The latest committee that could vote, but for the flaw."""
        able = [x for x in self.model.committees if x.members]
        if flaw == "previous committee":
            return able[max(0, len(able) - 2)]
        if flaw == "old committee":
            return able[choice % len(able)]
        return able[-1]

    def vote(self, name: str, message, committee: Committee, flaw="none", choice=0) -> bool:
        certificate = self.certificate(message, committee, flaw, choice)
        self.votes.append((name, message))
        words = vote_words(message, certificate)
        return self.do(STRANGER, self.slasher, name, message, certificate, words=words)

    def reelection(self, id: int, time: int, reason: int, committee: Committee) -> Reelection:
        """About another block than all before."""
        self.last_block += 1
        return Reelection(committee.nonce, 7, 1, self.signer_of(id), self.last_block, time, reason)

    @action(
        weight=4,
        choice=CHOICE,
        reason=st.sampled_from([Reason.TIMEOUT, Reason.TIMEOUT, Reason.INVALID_EXECUTION]),
        when_=CHOICE,
        offset=OFFSET,
        flaw=REPORT_FLAWS,
        old_key=RARELY,
    )
    def report_reelection(self, choice, reason, when_, offset, flaw, old_key):
        id, committee = self.one(choice), self.voters(flaw, choice)
        time = self.flawed_time(self.moment(when_, offset), flaw)
        message = self.reelection(id, time, reason, committee)
        match flaw:
            case "unknown":
                message = message._replace(failed=signer(OUTSIDER))
            case "reason 0" | "reason 3":
                message = message._replace(reason=int(flaw[-1]))
            case "unknown committee":
                message = message._replace(committee_nonce=committee.nonce + 100)
        if old_key:
            message = message._replace(failed=signer(self.keys[id][0]))
        self.vote("report_reelection", message, committee, flaw, choice)

    @action(
        weight=3,
        many=st.sampled_from([3, 3, 4, 3, 2, 9]),
        first=st.sampled_from([0, 0, 0, 1, 2]),
        when_=CHOICE,
        apart=st.sampled_from([0, HOUR, 6 * HOUR, 12 * HOUR, 9 * HOUR, 7 * HOUR, 1]),
        backwards=st.booleans(),
        later=st.booleans(),
        again=RARELY,
    )
    def outage(self, many, first, when_, apart, backwards, later, again):
        """Several time out, one after another, and are reported in this order or the other."""
        many = min(many, len(self.ids))
        ids = [self.one(first + place) for place in range(many)]
        now, committee = self.model.now, self.voters("none", 0)
        start = min(self.moment(when_, 0), now)
        if not later:
            start = max(start - apart * (many - 1), now - LIMITS["CERTIFICATE_MAX_AGE"])
        times = [start + apart * place for place in range(many)]
        if again:
            ids, times = [*ids, ids[0]], [*times, times[-1] + apart]
        stalls = list(zip(ids, times, strict=True))
        if backwards:
            self.wait_until(max(times))
            stalls = stalls[::-1]
        for id, time in stalls:
            self.wait_until(time)
            message = self.reelection(id, time, Reason.TIMEOUT, committee)
            self.vote("report_reelection", message, committee)

    @action(
        weight=1,
        when=lambda self: self.model.charges,
        choice=CHOICE,
        first=st.sampled_from([22 * HOUR, 18 * HOUR, DAY, 12 * HOUR]),
        second=st.sampled_from([23 * HOUR, DAY - 1, DAY, 12 * HOUR]),
    )
    def outage_follows(self, choice, first, second):
        """Who was charged times out again, and a day later others do."""
        charged = self.model.charges
        if not charged:
            return
        id, quarter = charged[-1 - choice % min(4, len(charged))]
        time = quarter * LIMITS["QUARTER"] + first
        committee = self.voters("none", 0)
        stalls = [(id, time)]
        stalls += [(self.one(choice + place), time + second) for place in range(4)]
        for id, time in stalls:
            self.wait_until(time)
            message = self.reelection(id, time, Reason.TIMEOUT, committee)
            self.vote("report_reelection", message, committee)

    @action(
        weight=4,
        when=lambda self: self.model.outages,
        choice=CHOICE,
        many=st.sampled_from([3, 1, 2, 9]),
        latest=MOSTLY,
        flaw=st.sampled_from(
            ["none"] * 12 + ["stranger", "twice", "empty", "unknown", "any", "late"]
        ),
    )
    def top_up(self, choice, many, latest, flaw):
        """A page of those who timed out in an outage, in any order; and the same page again."""
        model = self.model
        number = len(model.outages) if latest else 1 + choice % max(1, len(model.outages))
        parts = self.ids
        if flaw not in ("any", "unknown") and model.outages:
            parts = [x for x in self.ids if model.parts(x, model.outages[number - 1])]
        ids = [parts[(choice + place) % len(parts)] for place in range(min(many, len(parts)))]
        match flaw:
            case "stranger":
                ids = [*ids, len(self.ids) + choice % 2]
            case "twice":
                ids = [*ids, *ids[:1]]
            case "empty":
                ids = []
            case "unknown":
                number = len(model.outages) + 1 if choice % 2 else 0
            case "late" if model.outages:
                at = model.outages[number - 1].found_at + LIMITS["TOP_UP_PERIOD"]
                self.wait_until(at + choice % 2)
        words = (number, 64, len(ids), *ids)
        for _ in range(1 + choice % 2):
            self.do(STRANGER, self.slasher, "top_up", number, tuple(ids), words=words)

    @action(weight=2, choice=CHOICE, many=st.sampled_from([2, 1, 3, 4]), everyone=SELDOM)
    def wrong_blocks(self, choice, many, everyone):
        """As many as a brake stands; of one, or of all."""
        committee = self.voters("none", 0)
        for id in self.ids if everyone else [self.one(choice)]:
            for _ in range(many):
                message = self.reelection(id, self.model.now, Reason.INVALID_EXECUTION, committee)
                self.vote("report_reelection", message, committee)

    @action(
        weight=3,
        choice=CHOICE,
        kind=st.sampled_from([Kind.BACKLOG, Kind.BACKLOG, Kind.SLOW_PRODUCTION, 0, 2, 4, 7]),
        epoch=st.integers(0, 4),
        when_=CHOICE,
        flaw=REPORT_FLAWS,
    )
    def report(self, choice, kind, epoch, when_, flaw):
        id, committee = self.one(choice), self.voters(flaw, choice)
        time = self.flawed_time(self.moment(when_, 0), flaw)
        message = Offence(committee.nonce, id, kind, epoch, time, keccak_words(choice))
        match flaw:
            case "unknown":
                message = message._replace(sequencer_id=len(self.ids) + 1)
            case "reason 0":
                message = message._replace(evidence=0)
            case "unknown committee":
                message = message._replace(committee_nonce=committee.nonce + 100)
        self.vote("report", message, committee, flaw, choice)

    def has_voted(self) -> bool:
        return bool(self.votes)

    @action(
        weight=2,
        when=has_voted,
        choice=CHOICE,
        change=st.sampled_from(
            ["none", "reason", "round", "epoch", "time", "committee", "new key", "evidence"]
        ),
    )
    def report_again(self, choice, change):
        """The same thing, told in the same way or in another."""
        if not self.votes:
            return
        name, message = self.votes[-1 - choice % min(12, len(self.votes))]
        committee = self.voters("none", 0)
        changes = {"committee_nonce": committee.nonce}
        if isinstance(message, Reelection):
            other = (
                Reason.TIMEOUT
                if message.reason == Reason.INVALID_EXECUTION
                else Reason.INVALID_EXECUTION
            )
            changes |= {
                "reason": {"reason": other},
                "round": {"round": message.round % 255 + 1},
                "epoch": {"epoch": message.epoch + 1},
                "time": {"last_block_timestamp": self.model.now},
            }.get(change, {})
            if change == "new key" and message.failed in self.model.signers:
                changes["failed"] = self.signer_of(self.model.signers[message.failed][0])
        elif isinstance(message, Offence):
            changes |= {
                "time": {"observed_at": self.model.now},
                "evidence": {"evidence": message.evidence ^ 1},
            }.get(change, {})
        if change == "none":
            found = [x for x in self.model.committees if x.nonce == message.committee_nonce]
            if found and found[0].members:
                committee, changes = found[0], {}
        self.vote(name, message._replace(**changes), committee)

    def is_suspended(self) -> bool:
        return any(len(cause) > 2 for cause in self.model.causes)

    @action(
        weight=3,
        when=is_suspended,
        choice=CHOICE,
        flaw=st.sampled_from(
            ["none"] * 8
            + ["block", "epoch", "signer", "below", "old committee", "unknown", "unknown committee"]
        ),
    )
    def lift_suspension(self, choice, flaw):
        model, committee = self.model, self.voters(flaw, choice)
        open_ones = sorted(x for x in model.causes if len(x) > 2) or [(1, 4, 7, 1)]
        id, _, epoch, block = open_ones[choice % len(open_ones)]
        message = Correction(
            committee_nonce=committee.nonce + 100 * (flaw == "unknown committee"),
            epoch=epoch + (flaw == "epoch"),
            block_number=block + (flaw == "block"),
            block_hash=keccak_words(block),
            signer=self.signer_of(id % len(self.ids) + 1 if flaw == "signer" else id),
        )
        if flaw == "unknown":
            message = message._replace(signer=signer(OUTSIDER))
        self.vote("lift_suspension", message, committee, flaw, choice)
