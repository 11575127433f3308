"""What the main calls of the Slasher cost, and those of the SlashVault."""

from dataclasses import dataclass

from rich.console import Console
from rich.progress import track

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.court import Court
from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS
from tools.gas_of_epochs import two_thirds
from tools.gas_of_pool import COMMITTEES, MAX_SEQUENCERS
from tools.meter import Cost, Meter

STAKE = 40_000 * METIS
# a mass outage: a third of the members, of whom all but the last reported are topped up
MEMBERS, TOPPED_UP = 12, 3
OUTAGE = "report_reelection, completes an outage"
TOP_UP = f"top_up, {TOPPED_UP} ids"


def report_ceiling(members: int) -> int:
    return 300_000 + 5_000 * two_thirds(members) + 750 * members


def signed(members: int) -> str:
    return f"{two_thirds(members)} of {members} sign"


# call => ceiling in gas
CEILINGS = {f"report_reelection, {signed(n)}": report_ceiling(n) for n in COMMITTEES} | {
    f"report_reelection, {signed(20)}": 369_000,
    f"report, {signed(20)}": report_ceiling(20),
    f"report_reelection, own and paired stake, {signed(20)}": report_ceiling(20) + 30_000,
    f"{OUTAGE}, {signed(MEMBERS)}": report_ceiling(MEMBERS) + 99_000,
    TOP_UP: 50_000 + 200_000 * TOPPED_UP,
    "report_equivocation": 243_000,
    "appeal": 75_000,
    "resolve": 95_000,
    "release": 75_000,
}


@dataclass
class SlashingMeter(Meter):
    """Drives a Slasher and its SlashVault through all calls and notes what they cost."""

    court: Court

    def measure(self) -> dict[str, Cost]:
        court = self.court
        court.pool.set_max_sequencers(MAX_SEQUENCERS, sender=court.governance)
        ids = [court.new_paired(STAKE // 2, STAKE // 2)]
        steps = sorted({*COMMITTEES, MEMBERS})
        for count in track(steps, "committees that accuse", console=Console()):
            ids += [court.new_sequencer(STAKE) for _ in range(count - len(ids))]
            court.convene()
            # what the first case of all writes is there
            self.report(court.reelection(ids[1]))
            court.pool.reinstate(ids[1], sender=court.governance)
            court.wait(2 * DAY)
            court.convene()
            for story, at in (
                (self.reelection, COMMITTEES),
                (self.outage, (MEMBERS,)),
                (self.others, (20,)),
                (self.cases, (20,)),
            ):
                if count in at:
                    with isolated(court.chain):
                        story(ids)
        return self.costs

    def report(self, message):
        """Signed by as few as needed: the last in the list, whom each loop reaches last."""
        count = len(self.court.members)
        places = range(count - two_thirds(count), count)
        return self.court.report(message, self.court.certify(message, places))

    def reelection(self, ids: list[int]):
        name = f"report_reelection, {signed(len(ids))}"
        self.note(name, self.report(self.court.reelection(ids[2])))

    def outage(self, ids: list[int]):
        *others, last = ids[2 : 2 + TOPPED_UP + 1]
        for id in others:
            self.report(self.court.reelection(id))
        completes = self.report(self.court.reelection(last))
        self.note(f"{OUTAGE}, {signed(MEMBERS)}", completes)
        court = self.court
        self.note(
            TOP_UP, court.court.top_up(court.court.outage_count(), others, sender=court.stranger)
        )

    def others(self, ids: list[int]):
        court = self.court
        self.note(
            f"report_reelection, own and paired stake, {signed(20)}",
            self.report(court.reelection(ids[0])),
        )
        self.note(f"report, {signed(20)}", self.report(court.offence(ids[2])))
        slow = court.offence(ids[2], Kind.SLOW_PRODUCTION)
        self.note(f"report, SLOW_PRODUCTION, {signed(20)}", self.report(slow))
        self.note(
            f"report_reelection, second strike, {signed(20)}",
            self.report(court.reelection(ids[0])),
        )
        self.note("report_equivocation", court.equivocate(ids[3]))
        message = court.reelection(ids[4], reason=Reason.INVALID_EXECUTION)
        self.note(f"report_reelection, INVALID_EXECUTION, {signed(20)}", self.report(message))
        message = court.correction(ids[4], epoch=message.epoch, blockNumber=message.lastBlock + 1)
        places = range(len(court.members) - two_thirds(len(court.members)), len(court.members))
        self.note(
            f"lift_suspension, {signed(20)}", court.lift(message, court.certify(message, places))
        )
        self.note(
            "slash_by_governance",
            court.court.slash_by_governance(ids[5], 100, "ipfs://why", sender=court.governance),
        )

    def cases(self, ids: list[int]):
        court, vault = self.court, self.court.slash_vault
        case_ids = []
        for id in ids[2:5]:
            self.report(court.reelection(id))
            case_ids.append(vault.case_count())
        # the second of two: the treasury has METIS after the first
        for id, case_id in zip(ids[2:4], case_ids, strict=False):
            owner = court.owner_of(id)
            self.note("appeal", vault.appeal(case_id, "ipfs://statement", sender=owner))
            self.note("resolve", vault.resolve(case_id, 5_000, sender=court.governance))
            self.note("collect_refund", vault.collect_refund(case_id, sender=owner))
        court.wait(LIMITS["SLASH_LOCK"])
        for case_id in case_ids[1:]:
            self.note("release", vault.release(case_id, sender=court.stranger))
