"""What the main calls of SequencerPool and CommitteeRegistry cost."""

from dataclasses import dataclass

from rich.console import Console
from rich.progress import track

from tests.utils.isolation import isolated
from tests.utils.system import DAY, HOUR, METIS, PARAMETERS, System
from tools.meter import Cost, Meter

COMMITTEES = (4, 20, 50, 100, 128)
MAX_SEQUENCERS = max(COMMITTEES)

# call => ceiling in gas
CEILINGS = {
    "lock": 230_000,
    "lock, another recipient": 250_000,
    "relock": 76_000,
    "request_withdrawal": 80_000,
    "unlock": 115_000,
    "claim": 75_000,
    "rotate_signer": 92_000,
    "seal": 65_000,
    "approve": 50_000,
    "slash": 135_000,
    "slash, 16 own and 16 paired unbondings": 900_000,
    # with the external calls
    **{f"checkpoint, {n} members": 90_000 + 3_500 * n for n in COMMITTEES},
    "checkpoint, 20 members": 150_000,
}

# call => where it is in baseline_gas.json
BASELINE = {
    "lock": ("pool", "lock (finite allowance)"),
    "relock": ("pool", "relock (amount)"),
    "request_withdrawal": ("pool", "partial withdrawal (paid at once there)"),
    "unlock": ("pool", "unlock, no reward"),
    "claim": ("pool", "claim after the delay"),
    "rotate_signer": ("pool", "change of signer"),
    "set_reward_recipient": ("pool", "set reward recipient"),
    "transfer_ownership_of + accept_ownership_of": ("pool", "change of owner"),
    "approve": ("pool", "admit (whitelist) a new owner"),
    "set_min_stake": ("pool", "set a parameter"),
}


@dataclass
class PoolMeter(Meter):
    """Drives a pool and its registry through all calls and notes what they cost."""

    system: System

    def measure(self) -> dict[str, Cost]:
        pool, governance = self.system.pool, self.system.governance
        pool.set_max_sequencers(MAX_SEQUENCERS, sender=governance)
        # what the first departure of all writes is there
        first = self.system.new_sequencer()
        pool.unlock(first, sender=self.system.owner_of(first))
        with isolated(self.system.chain):
            self.operators()
        with isolated(self.system.chain):
            self.slasher_and_governance()
        with isolated(self.system.chain):
            self.worst_slash()
        self.committees()
        return self.costs

    def operators(self):
        system, pool = self.system, self.system.pool
        governance, stranger, vault = system.governance, system.stranger, system.lst
        others = [system.new_sequencer() for _ in range(4)]
        owner = system.new_owner(approved=False)
        self.note("approve", pool.approve(owner, sender=governance))
        self.note("lock", system.lock(owner))
        id = pool.admission(owner)[0]
        receipt = system.lock(system.new_owner(), recipient=stranger)
        self.note("lock, another recipient", receipt)
        # a paired sequencer, with stake on both sides
        paired = system.new_sequencer(vault=vault, commission_bps=1_000)
        pool.deposit_paired(paired, METIS, sender=vault)
        system.checkpoint_and_seal()
        # slots that stay are written once before they are measured
        for _ in range(2):
            system.wait(DAY)
            consent = system.consent(owner)
            self.note(
                "rotate_signer",
                pool.rotate_signer(
                    id, consent.signer, consent.pubkey, consent.signature, sender=owner
                ),
            )
            self.note("relock", pool.relock(id, METIS, sender=owner))
            self.note("deposit_paired", pool.deposit_paired(paired, METIS, sender=vault))
        self.note("request_withdrawal", pool.request_withdrawal(id, METIS, sender=owner))
        self.note(
            "request_paired_withdrawal",
            pool.request_paired_withdrawal(paired, METIS, sender=vault),
        )
        self.note("set_reward_recipient", pool.set_reward_recipient(id, stranger, sender=owner))
        leaving = system.owner_of(others[0])
        self.note("unlock", pool.unlock(others[0], sender=leaving))
        system.wait(PARAMETERS["exit_delay"])
        self.note("claim", pool.claim(id, sender=owner))
        self.note("claim, the last of an exit", pool.claim(others[0], sender=leaving))
        self.note("claim_paired", pool.claim_paired(paired, sender=vault))
        heir = system.new_owner()
        offer = pool.transfer_ownership_of(id, heir, sender=owner)
        accept = pool.accept_ownership_of(id, sender=heir)
        self.note("transfer_ownership_of + accept_ownership_of", offer, accept)

    def slasher_and_governance(self):
        system, pool = self.system, self.system.pool
        governance, slasher, stranger = system.governance, system.slasher, system.stranger
        ids = [system.new_sequencer(30_000 * METIS) for _ in range(5)]
        system.checkpoint_and_seal()
        system.wait(HOUR)
        evidence = b"\1" * 32
        pool.slash(ids[0], METIS, 1, evidence, sender=slasher)
        self.note("slash", pool.slash(ids[0], METIS, 1, evidence, sender=slasher))
        now = system.chain.pending_timestamp
        pool.hold(ids[0], METIS, now + DAY, sender=slasher)
        self.note("hold", pool.hold(ids[0], METIS, now + 2 * DAY, sender=slasher))
        self.note("jail", pool.jail(ids[1], now + DAY, sender=slasher))
        self.note("suspend", pool.suspend(ids[2], evidence, 1, 1, sender=slasher))
        self.note("lift", pool.lift(ids[2], evidence, sender=slasher))
        system.wait(DAY)
        self.note("unjail", pool.unjail(ids[1], sender=system.owner_of(ids[1])))
        self.note("set_min_stake", pool.set_min_stake(25_000 * METIS, sender=governance))
        pool.set_min_stake(30_000 * METIS, sender=governance)
        self.note("eject, clock starts", pool.eject(ids[0], sender=stranger))
        system.wait(PARAMETERS["cure_period"] + 1)
        self.note("eject", pool.eject(ids[0], sender=stranger))
        pool.set_max_sequencers(4, sender=governance)
        system.new_sequencer(30_000 * METIS)
        system.new_sequencer(30_000 * METIS)
        pool.set_max_sequencers(MAX_SEQUENCERS, sender=governance)
        self.note("activate_next, one", pool.activate_next(1, sender=stranger))
        owner = system.owner_of(ids[3])
        self.note("set_pairing", pool.set_pairing(owner, system.lst, 500, sender=governance))
        self.note("disapprove", pool.disapprove(owner, sender=governance))
        self.note("offboard", pool.offboard(ids[3], sender=governance))

    def worst_slash(self):
        """Dust in every place that a slash has to look at."""
        system, pool, vault = self.system, self.system.pool, self.system.lst
        id = system.new_sequencer(vault=vault)
        owner = system.owner_of(id)
        pool.relock(id, 16 * METIS, sender=owner)
        pool.deposit_paired(id, 17 * METIS, sender=vault)
        for _ in range(16):
            pool.request_withdrawal(id, METIS, sender=owner)
            pool.request_paired_withdrawal(id, METIS, sender=vault)
        all_of_it = pool.sequencer(id).slashable
        receipt = pool.slash(id, all_of_it, 1, b"\1" * 32, sender=system.slasher)
        self.note("slash, 16 own and 16 paired unbondings", receipt)

    def committees(self):
        system, pool, registry = self.system, self.system.pool, self.system.registry
        for count in track(range(1, MAX_SEQUENCERS + 1), "committees", console=Console()):
            id = system.new_sequencer()
            if count in COMMITTEES:
                # the second of two: a nonce, a seed and a sum are there before it; after an hour,
                # when it has to prove a change
                for _ in range(2):
                    system.wait(HOUR)
                    pool.relock(id, METIS, sender=system.owner_of(id))
                    receipt = registry.checkpoint(sender=system.stranger)
                    system.mine(5)
                    self.note("seal", registry.seal(sender=system.stranger))
                self.note(f"checkpoint, {count} members", receipt)
