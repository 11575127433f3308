"""Calls of anyone who has a proof, and what a mass outage is."""

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import DAY, HOUR
from tests.stateful.epochs.model import Correction, Reelection
from tests.stateful.quorum import Certificate, power_of, signer_of
from tests.stateful.slashing.model.records import TIMEOUT_MAXIMUM, Offence, Timeout, share


class Proofs:
    """Reports of votes, proofs of equivocation, Corrections."""

    def report(self, sender, offence: Offence, certificate: Certificate) -> int:
        id, kind = offence.sequencer_id, offence.kind
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(kind in (Kind.SLOW_PRODUCTION, Kind.BACKLOG), "Slasher: wrong kind")
        self.check_age(offence.observed_at)
        committee = self.committee(offence.committee_nonce, LIMITS["COMMITTEE_AGE"])
        self.settle()
        self.check_certificate(certificate, committee, offence)
        stake = self.stakes(id)
        self.need(stake is not None, "SequencerPool: unknown sequencer")
        key = self.key(kind, id, offence.epoch)
        self.use(key, offence.evidence)
        if kind == Kind.SLOW_PRODUCTION:
            self.log("OffenceReported", id, kind, offence.epoch, offence.evidence)
            return 0
        locked = stake.locked(self.now)
        case_id = self.punish(id, locked, share(locked, self.penalties[Kind.BACKLOG]), kind, key)
        self.jail(id, DAY)
        return case_id

    def report_reelection(self, sender, message: Reelection, certificate: Certificate) -> int:
        time = message.last_block_timestamp
        is_timeout = message.reason == Reason.TIMEOUT
        known = (Reason.TIMEOUT, Reason.INVALID_EXECUTION)
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(message.reason in known, "Slasher: unknown reason")
        self.check_age(time)
        self.need(message.failed in self.signers, "Slasher: unknown signer")
        committee = self.committee(message.committee_nonce, LIMITS["COMMITTEE_AGE_ON_L2"])
        self.settle()
        self.check_certificate(certificate, committee, message)
        id, _ = self.signers[message.failed]
        key = self.key(Kind.BLOCK_TIMEOUT, id, message.last_block)
        self.use(key, self.hash_of(message))
        stake = self.stakes(id)
        locked = stake.locked(self.now)
        if not is_timeout:
            amount = share(locked, self.penalties[Kind.INVALID_EXECUTION])
            case_id = self.punish(id, locked, amount, Kind.INVALID_EXECUTION, key)
            block = message.last_block + 1
            self.suspend(id, (Kind.INVALID_EXECUTION, message.epoch, block), message.epoch, block)
            return case_id

        count = self.strikes(id, stake.owner, time) + 1
        powers = [power_of(x) for x in committee.members if signer_of(x) == message.failed]
        timeout = Timeout(time, id, stake.owner, committee.nonce, sum(powers), locked)
        self.timeouts.append(timeout)
        kind, amount = Kind.BLOCK_TIMEOUT, 0
        all_stake = self.balances[self.pool]
        outage = self.outage(timeout)
        if outage:
            kind = Kind.MASS_OUTAGE
            for other in dict.fromkeys(x.id for x in outage):
                if other != id:
                    most, due = self.charge(other, outage)
                    self.take(other, all_stake, most, due, Kind.MASS_OUTAGE, key)
            amount = self.charge(id, outage)[1]
        elif not self.is_covered(timeout):
            penalty = count * self.penalties[Kind.BLOCK_TIMEOUT]
            timeout.bps = min(penalty, self.penalties[TIMEOUT_MAXIMUM])
            amount = share(locked, timeout.bps)
        case_id = self.punish(id, locked, amount, kind, key, count, all_stake)
        self.jail(id, count * HOUR)
        return case_id

    def report_equivocation(self, sender, one, one_signature, other, other_signature) -> int:
        """A signature is what is true of it; one of something else is by a stranger."""
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(one[:2] == other[:2], "Slasher: not one height")
        self.need(one.block_hash != other.block_hash, "Slasher: same block")
        true = [
            signature.of == (self.domain, commitment)
            for signature, commitment in ((one_signature, one), (other_signature, other))
        ]
        signer = one_signature.by
        # of two wrong ones nobody knows by whom they are
        if not all(true) or signer != other_signature.by:
            self.require(False, "Slasher: two signers")
        self.require(signer in self.signers, "Slasher: unknown signer")
        id, rotated_at = self.signers[signer]
        if rotated_at is not None:
            self.need(self.age(rotated_at) <= LIMITS["OLD_SIGNER_AGE"], "Slasher: rotated out")
        self.need((id, Kind.EQUIVOCATION) not in self.causes, "Slasher: suspended already")
        key = self.key(Kind.EQUIVOCATION, id, one.epoch, one.block_number)
        self.use(key, self.keccak(self.hash_of(one), self.hash_of(other)))
        amount = share(self.stakes(id).locked(self.now), self.penalties[Kind.EQUIVOCATION])
        case_id = self.slash(id, amount, Kind.EQUIVOCATION, key)
        self.log("OffencePunished", id, Kind.EQUIVOCATION, key, case_id, 0, amount, 0)
        self.suspend(id, (Kind.EQUIVOCATION,), one.epoch, one.block_number)
        return case_id

    def lift_suspension(self, sender, message: Correction, certificate: Certificate):
        self.need(message.signer in self.signers, "Slasher: unknown signer")
        committee = self.committee(message.committee_nonce, LIMITS["COMMITTEE_AGE_ON_L2"])
        self.settle()
        self.check_certificate(certificate, committee, message)
        id, _ = self.signers[message.signer]
        cause = (Kind.INVALID_EXECUTION, message.epoch, message.block_number)
        self.require((id, *cause) in self.causes, "SequencerPool: cause is not open")
        self.causes.remove((id, *cause))
        self.log("CauseLifted", id, self.keccak(*cause))

    # ------------------------------------------------------------ mass outages

    def outage(self, timeout: Timeout) -> list[Timeout] | None:
        """The timeouts of a mass outage that a timeout is a part of, if it is of one: within the
        day up to it or, if it is reported late, up to one after it."""
        by_day = sorted(self.timeouts, key=lambda x: x.time // DAY)
        later = [
            x.time for x in by_day if timeout.time < x.time < timeout.time + LIMITS["OUTAGE_WINDOW"]
        ]
        for end in [timeout.time, *later]:
            within = [x for x in by_day if end - LIMITS["OUTAGE_WINDOW"] < x.time <= end]
            ids = {x.id for x in within}
            power = sum(max(x.power for x in within if x.id == id) for id in ids)
            nonces = [x.nonce for x in within]
            committees = [x for x in self.committees if min(nonces) <= x.nonce <= max(nonces)]
            if len(ids) >= LIMITS["MIN_OUTAGE"] and all(
                3 * len(ids) >= len(x.members) and 3 * power >= x.power for x in committees
            ):
                return within
        return None

    def charge(self, id: int, outage: list[Timeout]) -> tuple[int, int]:
        """The most that it had locked, and what is due; 0 if it was charged less than a day from
        its last timeout in the outage."""
        mine = [x for x in outage if x.id == id]
        locked = max(x.locked for x in mine)
        cost = sum(share(x.locked, x.bps) for x in mine)
        # of two at one time, the one reported last
        last = max(reversed(mine), key=lambda x: x.time)
        if self.is_covered(last):
            return locked, 0
        last.charged = True
        return locked, max(0, share(locked, self.penalties[Kind.MASS_OUTAGE]) - cost)

    def is_covered(self, timeout: Timeout) -> bool:
        """By a charge less than 24 hours before it, or after it: then it was reported late."""
        return any(
            x.charged and x.id == timeout.id and timeout.time < x.time + LIMITS["OUTAGE_WINDOW"]
            for x in self.timeouts
        )
