"""What the calls of the SequencerGovernor cost."""

from dataclasses import dataclass

from seqpool.protocol.limits import LIMITS
from tests.utils.isolation import isolated
from tests.utils.parliament import ATTESTERS, ENOUGH, INFRASTRUCTURE, Parliament, State
from tools.gas_of_pool import CEILINGS as POOL_CEILINGS
from tools.meter import Cost, Meter

# What a transaction costs that does nothing.
TRANSACTION = 21_000
MOST_ATTESTERS, MOST_ENOUGH = 16, 9
PROPOSE, EXECUTE = 260_000, 80_000


def attest_ceiling(signatures: int) -> int:
    return 230_000 + 5_000 * signatures


def attest(enough: int, attesters: int) -> str:
    return f"attest and queue, {enough} of {attesters} sign"


SMALL, LARGE = attest(ENOUGH, ATTESTERS), attest(MOST_ENOUGH, MOST_ATTESTERS)
# call => ceiling in gas
CEILINGS = {
    "propose, approve": PROPOSE,
    "propose, set_pairing": PROPOSE,
    SMALL: attest_ceiling(ENOUGH),
    LARGE: attest_ceiling(MOST_ENOUGH),
    "execute, approve": EXECUTE + POOL_CEILINGS["approve"] - TRANSACTION,
    "veto, queued": 60_000,
}


def execute_faults(costs: dict[str, Cost]) -> list[str]:
    """What is wrong with the cost of `execute` beside the call that it makes."""
    own = costs["execute, approve"].gas - (costs["approve"].gas - TRANSACTION)
    if own <= EXECUTE:
        return []
    return [f"execute costs {own:,} gas beside the call, over its ceiling of {EXECUTE:,}"]


@dataclass
class GovernanceMeter(Meter):
    """Drives a Governor through all calls and notes what they cost."""

    parliament: Parliament

    def measure(self) -> dict[str, Cost]:
        parliament = self.parliament
        # the first proposal of all writes slots that stay
        parliament.to(State.EXECUTED)
        self.life()
        for story in (self.larger, self.others, self.many_attesters):
            with isolated(parliament.chain):
                story()
        return self.costs

    def propose(self, name: str, *actions) -> int:
        governor, sender = self.parliament.governor, self.parliament.proposer
        uri = "https://forum.ceg.vote/t/decentralized-sequencer/1"
        self.note(name, governor.propose(INFRASTRUCTURE, list(actions), uri, sender=sender))
        return governor.proposal_count()

    def approval(self):
        return self.parliament.call(self.parliament.pool.approve, self.parliament.new_account())

    def life(self):
        """An onboarding, which needs no preparation."""
        parliament = self.parliament
        id = self.propose("propose, approve", self.approval())
        self.note("link_vote", parliament.link(id))
        parliament.end_vote(id)
        self.note(SMALL, parliament.attest(id))
        with isolated(parliament.chain):
            self.note("veto, queued", parliament.veto(id))
        parliament.ready(id)
        self.note("execute, approve", parliament.execute(id))

    def larger(self):
        parliament, pool = self.parliament, self.parliament.pool
        owner = parliament.new_account()
        pairing = parliament.call(pool.set_pairing, owner, parliament.lst, 1_000)
        self.propose("propose, set_pairing", pairing)
        # a whole onboarding
        id = self.propose(
            "propose, approve and set_pairing", parliament.call(pool.approve, owner), pairing
        )
        parliament.pass_(id)
        parliament.ready(id)
        self.note("execute, approve and set_pairing", parliament.execute(id))
        count = LIMITS["MAX_ACTIONS"]
        id = self.propose(f"propose, {count} approvals", *(self.approval() for _ in range(count)))
        parliament.link(id)
        parliament.end_vote(id)
        self.note(f"attest and queue, {count} approvals", parliament.attest(id))
        with isolated(parliament.chain):
            self.note(f"veto, {count} queued approvals", parliament.veto(id))
        parliament.ready(id)
        self.note(f"execute, {count} approvals", parliament.execute(id))

    def others(self):
        parliament = self.parliament
        id = parliament.to(State.LINKED)
        self.note("veto, not queued", parliament.veto(id))
        id = parliament.to(State.LINKED)
        self.note("relink_vote", parliament.relink(id, snapshotId=32 * b"v"))
        id = parliament.propose()
        self.note("relink_vote, from another proposal", parliament.relink(id, snapshotId=32 * b"v"))
        id = parliament.propose()
        self.note("cancel", parliament.governor.cancel(id, sender=parliament.proposer))
        id = parliament.to(State.ENDED)
        self.note("attest, defeated", parliament.attest(id, voters=0))

    def many_attesters(self):
        """The last of them sign, who come after all others in each loop."""
        parliament, governor = self.parliament, self.parliament.governor
        members = parliament.attesters(MOST_ATTESTERS)
        parliament.decide(parliament.call(governor.set_attesters, members, MOST_ENOUGH))
        id = parliament.to(State.ENDED, self.approval())
        places = range(MOST_ATTESTERS - MOST_ENOUGH, MOST_ATTESTERS)
        signatures = parliament.sign(parliament.tally(id), places)
        self.note(LARGE, parliament.attest(id, signatures))
