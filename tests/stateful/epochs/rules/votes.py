"""Votes: Reelections and Corrections, right and wrong."""

from eth_keys.constants import SECPK1_N
from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from tests.stateful.encoding import keccak_words, vote_words
from tests.stateful.epochs.chain import DOMAIN, OTHER_DOMAIN, OUTSIDER, SIGNERS, STRANGER
from tests.stateful.epochs.model import NO_COMMITTEE, Committee, Correction, Reelection
from tests.stateful.machine import CHOICE, MOSTLY, OFFSET, RARELY, action
from tests.stateful.quorum import (
    Certificate,
    are_enough,
    has_number,
    has_power,
    power_of,
    signer_of,
)
from tests.stateful.signing import sign

# How many sign: the least power that is enough, or all. Flaws: "below", the most power that is not
# enough, and "few", the most power of a third by number or fewer.
ENOUGH = ("enough", "enough", "enough", "all")
MESSAGE_FLAWS = (
    *("reason 0", "reason 3", "last block - 1", "last block + 1", "nonce + 1", "nonce - 1"),
    *("epoch + 1", "epoch - 1", "round + 1", "round - 1", "round + 1, its failed"),
    *("future", "early", "failed", "failed is zero", "failed is in charge", "failed twice"),
    *("previous committee", "newest committee"),
)
CERTIFICATE_FLAWS = (
    *("below", "below", "below", "few", "few", "duplicate", "duplicate", "duplicate", "stranger"),
    "reordered",
    *("extra", "missing", "high s", "malformed", "malformed too", "bit beyond", "bits only"),
    *("other chain", "other message", "no signatures", "no members", "members reordered"),
    *("other power", "earlier list", "old signatures", "bit moved"),
)
REELECT_FLAWS = st.sampled_from(["none"] * 50 + [*MESSAGE_FLAWS, *CERTIFICATE_FLAWS])
BAR_FLAWS = ("epoch + 1", "block + 1", "block - 1", "other signer", "nonce + 1")
CORRECT_FLAWS = st.sampled_from(["none"] * 30 + [*BAR_FLAWS, *CERTIFICATE_FLAWS])


class Votes:
    """What two thirds sign, or seem to."""

    def has_voters(self) -> bool:
        return sum(map(power_of, self.model.voters.members or ())) > 0

    def is_troubled(self) -> bool:
        return bool(self.model.bars)

    def reelection(self, reason: int, round: int, second: int, flaw: str) -> tuple:
        """A message, right but for the flaw, and the committee that signs it."""
        model = self.model
        committee = model.voters
        if flaw == "previous committee":
            older = [x for x in model.committees if x.nonce < committee.nonce and x.members]
            committee = older[-1] if older else committee
        elif flaw == "newest committee":
            committee = model.installed
        timeout = model.parameters["block_timeout"]
        if flaw == "early":
            round = 0
        elapsed = round * timeout + second % timeout
        right = min(LIMITS["MAX_ROUND"], max(1, round))
        able = model.voters if sum(map(power_of, model.voters.members or ())) else None
        if able:
            epoch, in_charge = model.in_charge(able)
            failed = model.successor(able, epoch, right - 1, in_charge)
        else:
            epoch, in_charge, failed = model.last, model.epochs[-1].signer, 0
        message = Reelection(
            committee_nonce=committee.nonce,
            epoch=epoch,
            round=right,
            failed=failed,
            last_block=model.block - 1,
            last_block_timestamp=model.now - elapsed,
            reason=reason,
        )
        match flaw:
            case "reason 0" | "reason 3":
                message = message._replace(reason=int(flaw[-1]))
            case "last block - 1" | "last block + 1":
                message = message._replace(last_block=model.block - 1 + int(flaw[-3::2]))
            case "nonce + 1" | "nonce - 1":
                nonce = max(0, committee.nonce + int(flaw[-3::2]))
                message = message._replace(committee_nonce=nonce)
            case "epoch + 1" | "epoch - 1":
                message = message._replace(epoch=max(0, epoch + int(flaw[-3::2])))
            case "round + 1" | "round - 1":
                other = min(LIMITS["MAX_ROUND"], max(0, right + int(flaw[-3::2])))
                message = message._replace(round=other)
            case "round + 1, its failed" if able and right < LIMITS["MAX_ROUND"]:
                next_failed = model.successor(able, epoch, right, in_charge)
                message = message._replace(round=right + 1, failed=next_failed)
            case "future":
                message = message._replace(last_block_timestamp=model.now + 1)
            case "failed":
                message = message._replace(failed=SIGNERS[second % len(SIGNERS)])
            case "failed is zero":
                message = message._replace(failed=0)
            case "failed is in charge":
                message = message._replace(failed=in_charge)
            case "failed twice" if able:
                next_failed = model.successor(able, epoch, right, in_charge)
                message = message._replace(failed=next_failed)
        return message, committee

    def certificate(self, message, committee: Committee, how: str, flaw: str, choice: int):
        """Signed by enough members, but for the flaw."""
        members = committee.members or ()
        signing = self.signing(members, flaw if flaw in ("below", "few") else how)
        of, at = message, DOMAIN
        if flaw == "other chain":
            at = OTHER_DOMAIN
        elif flaw == "other message":
            of = message._replace(committee_nonce=message.committee_nonce + 1)
        numbers = [SIGNERS.index(signer_of(members[place])) for place in signing]
        signatures = [sign(number, at, of) for number in numbers]
        count = len(signatures)
        one = choice % max(1, count)
        bits = sum(1 << place for place in signing)
        unsigned = [place for place in range(len(members)) if place not in signing]
        match flaw:
            case "duplicate" if count:
                # one who is needed has not signed, but another twice
                signatures[one] = signatures[one - 1]
            case "stranger" if count:
                signatures[one] = sign(OUTSIDER, at, of)
            case "reordered" if count:
                signatures = signatures[1:] + signatures[:1]
            case "extra" if count:
                signatures.append(signatures[one])
            case "missing":
                signatures = signatures[:-1]
            case "high s" if count:
                flawed = signatures[one]
                vs = flawed.vs >> 255 << 255 | SECPK1_N // 2 + 1 + choice
                signatures[one] = flawed._replace(vs=vs, flaw="high s")
            case "malformed" if count:
                signatures[one] = signatures[one]._replace(r=0, flaw="malformed signature")
            case "malformed too" if count:
                signatures[one] = signatures[one]._replace(
                    r=2**256 - 1 - choice, flaw="malformed signature"
                )
            case "bit beyond":
                bits |= 1 << len(members) + choice % 3
            case "bits only":
                bits = 2 ** len(members) - 1
            case "bit moved" if unsigned and count:
                bits += (1 << unsigned[choice % len(unsigned)]) - (1 << signing[one])
            case "no signatures":
                signatures, bits = [], 0 if choice % 2 else bits
            case "no members":
                members = ()
            case "members reordered":
                members = members[1:] + members[:1]
            case "other power":
                members = tuple(x + (2**160 if x == members[one] else 0) for x in members)
            case "earlier list":
                members = self.model.committees[choice % len(self.model.committees)].members or ()
            case "old signatures" if self.kept:
                signatures = [*self.kept[choice % len(self.kept)][2].signatures][:count]
        return Certificate(members, bits, tuple(signatures))

    def signing(self, members: tuple[int, ...], how: str) -> list[int]:
        """Places of those who sign: all, those who are just enough, or just too few."""
        count = len(members)
        if how == "all":
            return list(range(count))
        groups = [[i for i in range(count) if bits >> i & 1] for bits in range(1 << count)]
        rule = {"enough": are_enough, "below": has_power, "few": has_number}[how]
        found = [
            (sum(map(power_of, some)), places)
            for places in groups
            if rule(some := [members[i] for i in places], members) == (how == "enough")
        ]
        choose = min if how == "enough" else max
        return choose(found, default=(0, []))[1]

    def vote(self, name: str, message, certificate: Certificate) -> bool:
        if message not in [x[1] for x in self.kept[-4:]]:
            self.kept.append((name, message, certificate))
        words = vote_words(message, certificate)
        return self.send(STRANGER, name, message, certificate, words=words)

    @action(
        weight=10,
        when=has_voters,
        reason=st.sampled_from(
            [Reason.TIMEOUT, Reason.TIMEOUT, Reason.TIMEOUT, Reason.INVALID_EXECUTION]
        ),
        round=st.sampled_from([1, 1, 1, 2, 2, 3, 4, 5, 0]),
        second=st.sampled_from([0, 1, 30, 9, 59]),
        how=st.sampled_from(ENOUGH),
        flaw=REELECT_FLAWS,
        fresh=MOSTLY,
        choice=CHOICE,
    )
    def reelect(self, reason, round, second, how, flaw, fresh, choice):
        if fresh:
            self.wait(1, 2)
        self.reelect_now(reason, round, second, how, flaw, choice)

    def reelect_now(self, reason, round, second, how, flaw, choice) -> bool:
        message, committee = self.reelection(reason, round, second, flaw)
        certificate = self.certificate(message, committee, how, flaw, choice)
        return self.vote("reelect", message, certificate)

    @action(
        weight=3,
        when=has_voters,
        reason=st.sampled_from([Reason.TIMEOUT, Reason.INVALID_EXECUTION]),
    )
    def reelect_twice(self, reason):
        """In one block, by the same voters: the second must fail."""
        self.wait(1, 2)
        for _ in range(2):
            self.reelect_now(reason, 1, 0, "enough", "none", 0)

    @action(
        weight=1,
        when=has_voters,
        round=st.sampled_from([256, 255, 254, 300]),
        flaw=st.sampled_from(["none", "none", "round - 1", "failed is zero", "failed twice"]),
    )
    def reelect_late(self, round, flaw):
        """Seldom, as hundreds of draws take time."""
        self.wait(1, 2)
        if len(self.model.voters.members or ()) != 3 or self.steps % 8:
            round = 6
        self.reelect_now(Reason.TIMEOUT, round, 0, "enough", flaw, 0)

    @action(
        weight=3,
        when=has_voters,
        count=st.integers(1, 4),
        round=st.sampled_from([1, 1, 2, 3]),
        commit=st.booleans(),
    )
    def wrong_block(self, count, round, commit):
        """One signer after another is barred; then somebody is drawn from those who are left."""
        for _ in range(count):
            self.wait(1, 2)
            self.reelect_now(Reason.INVALID_EXECUTION, round, 0, "enough", "none", 0)
        if commit:
            self.commit_right()

    @action(
        weight=2,
        size=st.sampled_from([3, 4, 5]),
        kind=st.sampled_from(["thirds", "thirds + 1", "thirds - 1", "near", "far"]),
        first=st.integers(0, 9),
    )
    def vote_at_two_thirds(self, size, kind, first):
        """The most power that is not enough, and then the least that is."""
        if self.install_next([size, first, kind]):
            self.wait(1, 2)
            for flaw in ("below", "none"):
                self.reelect_now(Reason.TIMEOUT, 1, 0, "enough", flaw, 0)

    @action(weight=2, size=st.sampled_from([3, 4, 6, 8]), first=st.integers(0, 9))
    def vote_at_a_third_by_number(self, size, first):
        """One has nearly all the power, and not enough others sign with it; and then one more."""
        if self.install_next([size, first, "dominant"]):
            self.wait(1, 2)
            for flaw in ("few", "none"):
                self.reelect_now(Reason.TIMEOUT, 1, 0, "enough", flaw, 0)

    @action(
        weight=2,
        when=has_voters,
        reason=st.sampled_from([Reason.TIMEOUT, Reason.INVALID_EXECUTION]),
    )
    def vote_is_prepared(self, reason):
        """Signed now, and given later, if at all."""
        message, committee = self.reelection(reason, 1, 0, "none")
        certificate = self.certificate(message, committee, "enough", "none", 0)
        self.kept.append(("reelect", message, certificate))

    @action(
        weight=3,
        when=lambda self: self.kept,
        choice=CHOICE,
        fresh=MOSTLY,
        swap=st.integers(0, 9).map(lambda x: x == 9),
    )
    def replay(self, choice, fresh, swap):
        """A vote that was given already, or prepared; also to the other function."""
        if fresh and not choice % 3:
            self.wait(1, 2)
        if not self.kept:
            return
        name, message, certificate = self.kept[-1 - choice % min(6, len(self.kept))]
        if swap and name == "reelect" and self.model.bars:
            name = "correct"
            signer = list(self.model.bars)[choice % len(self.model.bars)]
            message = self.correction(signer, self.model.installed, "none")
        words = vote_words(message, certificate)
        self.send(STRANGER, name, message, certificate, words=words)

    def correction(self, signer: int, committee: Committee, flaw: str) -> Correction:
        epoch, block = self.model.bars.get(signer, (1, self.model.block))
        block += {"block + 1": 1, "block - 1": -1}.get(flaw, 0)
        return Correction(
            committee_nonce=committee.nonce + (flaw == "nonce + 1"),
            epoch=epoch + (flaw == "epoch + 1"),
            block_number=block,
            block_hash=keccak_words(block),
            signer=signer,
        )

    @action(
        weight=5,
        when=is_troubled,
        choice=CHOICE,
        committee=st.sampled_from([0, 0, 0, 1, 1, 2]),
        how=st.sampled_from(ENOUGH),
        flaw=CORRECT_FLAWS,
        again=st.booleans(),
    )
    def correct(self, choice, committee, how, flaw, again):
        """By the installed committee, the one before, or an older one."""
        model = self.model
        barred = list(model.bars) or SIGNERS
        signer = barred[choice % len(barred)]
        if flaw == "other signer":
            signer = SIGNERS[choice % len(SIGNERS)]
        if committee == 1:
            by = model.previous
        elif committee == 2:
            by = model.committees[choice % len(model.committees)]
        else:
            by = model.installed
        message = self.correction(signer, by, flaw)
        certificate = self.certificate(message, by, how, flaw, choice)
        if self.vote("correct", message, certificate) and again:
            self.vote("correct", message, certificate)

    @action(weight=2, when=is_troubled, choice=CHOICE, offset=OFFSET, nobody=RARELY)
    def correct_late(self, choice, offset, nobody):
        """By the committee before, about the end of its hour."""
        model = self.model
        if model.installed.at + LIMITS["COMMITTEE_GRACE"] + offset > model.now:
            self.wait(1, model.installed.at + LIMITS["COMMITTEE_GRACE"] + offset - model.now)
        by = NO_COMMITTEE if nobody else model.previous
        barred = list(model.bars) or SIGNERS
        message = self.correction(barred[choice % len(barred)], by, "none")
        self.vote("correct", message, self.certificate(message, by, "enough", "none", 0))
