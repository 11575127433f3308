"""Calls of anyone who has a proof."""

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import DAY
from tests.stateful.epochs.model import Correction, Reelection
from tests.stateful.quorum import Certificate, power_of, signer_of
from tests.stateful.slashing.model.records import Offence, Timeout, share


class Proofs:
    """Reports of votes, proofs of equivocation, Corrections."""

    def report(self, sender, offence: Offence, certificate: Certificate) -> int:
        id, kind = offence.sequencer_id, offence.kind
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(kind in (Kind.SLOW_PRODUCTION, Kind.BACKLOG), "Slasher: wrong kind")
        self.check_age(offence.observed_at)
        committee = self.committee(offence.committee_nonce)
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
        case_id = self.punish(id, locked, self.penalties[Kind.BACKLOG], kind, key)
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
        committee = self.committee(message.committee_nonce)
        self.settle()
        self.check_certificate(certificate, committee, message)
        id, _ = self.signers[message.failed]
        key = self.key(Kind.BLOCK_TIMEOUT, id, message.last_block)
        self.use(key, self.hash_of(message))
        stake = self.stakes(id)
        locked = stake.locked(self.now)
        if not is_timeout:
            bps = self.penalties[Kind.INVALID_EXECUTION]
            case_id = self.punish(id, locked, bps, Kind.INVALID_EXECUTION, key)
            block = message.last_block + 1
            self.suspend(id, (Kind.INVALID_EXECUTION, message.epoch, block), message.epoch, block)
            return case_id
        powers = [power_of(x) for x in committee.members if signer_of(x) == message.failed]
        size = len(committee.members)
        # who has rotated its signer, or left, was there with what it has locked
        timeout = Timeout(time, id, sum(powers) or locked, size, committee.power)
        return self.time_out(timeout, locked, key)

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
        self.hold(id)
        self.suspend(id, (Kind.EQUIVOCATION,), one.epoch, one.block_number)
        return case_id

    def lift_suspension(self, sender, message: Correction, certificate: Certificate):
        self.need(message.signer in self.signers, "Slasher: unknown signer")
        committee = self.committee(message.committee_nonce)
        self.settle()
        self.check_certificate(certificate, committee, message)
        id, _ = self.signers[message.signer]
        cause = (Kind.INVALID_EXECUTION, message.epoch, message.block_number)
        self.require((id, *cause) in self.causes, "SequencerPool: cause is not open")
        self.causes.remove((id, *cause))
        self.log("CauseLifted", id, self.keccak(*cause))
