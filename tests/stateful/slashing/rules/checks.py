"""What always holds."""

from hypothesis.stateful import invariant

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY
from tests.stateful.slashing.chain import POOL, PURSES, SLASH_VAULT, TREASURIES
from tests.stateful.slashing.model.records import OPEN


class Checks:
    """Compares the chain with the model."""

    @invariant()
    def agrees(self):
        """The chain agrees with the model where something may have changed; in full at the end."""
        if not self.keys:
            return
        self.steps += 1
        self.is_sound = False
        if self.is_new:
            self.compare_sums()
            for id in self.touched:
                self.compare_sequencer(id)
            for case_id in self.touched_cases:
                self.compare_case(case_id)
        self.is_new = False
        self.touched.clear()
        self.touched_cases.clear()
        if self.steps % 10 == 0:
            self.note_reached()
            self.compare_rest()
        self.is_sound = True

    def compare_sums(self):
        model = self.model
        # I1
        held = self.slash_vault.view("held")[0]
        assert held == model.escrow
        assert self.metis.view("balanceOf", SLASH_VAULT)[0] == model.balances[SLASH_VAULT] >= held
        assert self.metis.view("balanceOf", POOL)[0] == model.balances[POOL]
        assert self.slasher.view("braked") == [model.braked]
        assert model.braked <= 2 * 10**8

    def compare_sequencer(self, id: int):
        model, stake, now = self.model, self.stake(id), self.model.now
        # I4
        words = self.pool.view("sequencer", id)  # now
        kept = sum(model.kept(id))
        assert self.pool.view("stake_of", id) == [model.former(id), stake.locked(now), kept]
        assert words[20] == model.slashable(id)
        assert words[23] == model.jails.get(id, 0)
        assert words[25] == sum(x[0] == id for x in model.causes)
        pool_hold, hold = model.pool_holds[id], model.holds[id]
        assert words[21:23] == [pool_hold.amount, pool_hold.until]
        assert self.slasher.view("record_of", id) == [
            *(model.strikes(id, now // DAY), model.lately(model.taken[id])),
            *(model.lately(model.voted[id]), hold.amount, hold.until),
        ]
        self.check_bounds(id)

    def check_bounds(self, id: int):
        """What docs/trust.md promises: in any 30 days, and to the wei."""
        model, month = self.model, 30 * DAY
        taken, voted = (
            sum(bps for at, bps in slashes[id] if model.now - at <= month)
            for slashes in (model.taken, model.voted)
        )
        assert taken <= LIMITS["BRAKE_OF_ONE"]
        assert taken + voted <= LIMITS["BRAKE_OF_VOTE"]
        hold = model.pool_holds[id]
        if hold.until > model.now:
            # what has left since counts no more
            assert sum(model.kept(id)) <= hold.amount
            due = sum(x.amount for x in model.pendings if x.id == id and x.state == OPEN)
            assert hold.amount <= due

    def compare_case(self, case_id: int):
        case = self.model.cases[case_id - 1]
        (owner, own), (vault, paired) = case.losses
        assert self.slash_vault.view("case_of", case_id) == [
            *(case.id, owner, vault, own, paired, case.kind, case.key),
            *(self.model.evidence[case.key], case.slashed_at, case.unlocks_at, case.status),
            *(case.appealed_at, case.refund_bps or 0, case.due(0), case.due(1)),
            0 if case.is_released else case.releasable_at,
        ]

    def compare_rest(self):
        """I2, and what does not change often."""
        model = self.model
        assert self.slash_vault.view("case_count") == [len(model.cases)]
        assert self.slasher.view("pending_count") == [len(model.pendings)]
        assert self.slasher.view("stopped") == [model.is_stopped]
        assert self.slash_vault.view("treasury") == [model.treasury]
        seen = {x: self.metis.view("balanceOf", x)[0] for x in self.model.balances}
        assert seen == self.model.balances
        assert sum(seen.values()) == sum(PURSES.values())

    def finish(self):
        model = self.model
        self.compare_sums()
        self.compare_rest()
        for id in self.ids:
            self.compare_sequencer(id)
        for case_id in range(1, len(model.cases) + 1):
            self.compare_case(case_id)
        for pending_id, x in enumerate(model.pendings, 1):
            fields = [x.id, x.amount, x.kind, x.key, x.expires_at, x.state]
            assert self.slasher.view("pending", pending_id) == fields
        assert self.slasher.view("outage_count") == [len(model.outages)]
        for number, outage in enumerate(model.outages, 1):
            fields = [*outage.span, outage.found_at, outage.key]
            assert self.slasher.view("outage", number) == fields
            for id in self.ids:
                if model.parts(id, outage):
                    assert self.slasher.view("due_in", number, id) == [model.due(id, outage)]
        for key, evidence in model.evidence.items():
            assert self.slash_vault.view("evidence_of", key) == [evidence]
        for kind in range(9):
            assert self.slasher.view("penalty", kind) == [model.penalties.get(kind, 0)]

    def note_reached(self):
        model = self.model
        reached = {
            "mass outage": bool(model.outages),
            "two mass outages": len(model.outages) > 1,
            "charged twice": len({id for id, _ in model.charges}) < len(model.charges),
            "brake": bool(model.pendings),
            "brake of all at its end": model.braked > 199_000_000,
            "two losers": any(x.losses[1][1] and x.losses[0][1] for x in model.cases),
            "vault alone": any(x.losses[1][1] and not x.losses[0][1] for x in model.cases),
            "released": any(x.is_released for x in model.cases),
            "released after an appeal": any(x.is_released and x.appeals for x in model.cases),
            "collected": any(x.collected for x in model.cases),
            "collected by both": any(len(x.collected) == 2 for x in model.cases),
            "five strikes": any(
                len([x for x in model.timeouts if x.id == id]) > 4 for id in self.ids
            ),
            "another treasury": model.treasury != TREASURIES[0],
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}
