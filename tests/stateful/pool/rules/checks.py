"""What always holds; the invariants I1 to I5."""

from hypothesis.stateful import invariant

from seqpool.pool.view import State
from seqpool.protocol.limits import LIMITS
from seqpool.slashing.view import CaseStatus
from seqpool.units import DAY
from tests.stateful.pool.chain import HOLDERS, OWNERS, POOL, PURSES, SLASH_VAULT, SLASHERS, STRANGER
from tests.stateful.pool.model.records import LEAVING, OWN, PAIRED, SEATED, Sequencer
from tests.stateful.pool.rules.wanted import is_below


class Checks:
    """Compares the chain with the model."""

    def finish(self):
        self.compare_all()
        self.leave()

    def leave(self):
        """I5: whatever has happened, all owners leave and all stake is paid; no one else helps."""
        model = self.model
        for seq in model.sequencers.values():
            if seq.state not in LEAVING:
                self.do(seq.owner, "unlock", seq.id)
                assert seq.state in LEAVING
        dates = [
            x.matures_at for s in model.sequencers.values() for y in s.sides for x in y.unbondings
        ]
        dates += [seq.held_until for seq in model.sequencers.values()]
        assert max(dates, default=0) <= model.now + 60 * DAY
        self.wait_until(max(dates, default=0))
        for seq in model.sequencers.values():
            if seq.sides[OWN].total():
                self.do(STRANGER, "claim", seq.id)
            if seq.sides[PAIRED].total():
                self.do(seq.vault, "claim_paired", seq.id)
            assert (seq.locked, seq.state) == (0, State.EXITED)
        self.compare_pool()

    @invariant()
    def agrees(self):
        """The chain agrees with the model: in full at times, else where something has changed."""
        self.steps += 1
        self.is_sound = False
        ids, self.touched = self.touched, set()
        if self.steps % 25 == 0:
            self.compare_all()
        else:
            if not ids and self.model.sequencers:
                ids = {self.steps % len(self.model.sequencers) + 1}
            for id in ids:
                self.compare(self.model.sequencers[id])
            self.compare_pool()
        self.is_sound = True

    def compare_pool(self):
        model, pool = self.model, self.pool
        queue = model.queue()
        roster = [len(model.sequencers), len(model.seats), len(queue)]
        assert pool.view("roster") == [*roster, model.queue_head, len(model.places)]
        assert pool.view("departures") == [model.departures]
        last = model.committees.get(model.nonce)
        made = [model.nonce, last.created_at, model.seal_block, model.sealed] if last else [0] * 4
        made.append(model.member_left)
        seen = self.registry.view("last_checkpoint")
        assert seen == made, f"{seen}, not {made}"
        # I1
        in_pool = self.metis.view("balanceOf", POOL)[0]
        assert in_pool == model.balances[POOL]
        assert in_pool >= sum(seq.locked for seq in model.sequencers.values())
        in_vault = self.metis.view("balanceOf", SLASH_VAULT)[0]
        assert in_vault == self.slash_vault.view("held")[0] == self.books["slashed"]

    def compare(self, seq: Sequencer):
        model = self.model
        kept = model.kept(seq)
        expected = {
            "owner": seq.owner,
            "pending_owner": seq.pending_owner,
            "signer": seq.signer,
            "reward_recipient": seq.recipient,
            "vault": seq.vault,
            "commission_bps": seq.commission,
            "pairing_ended": seq.pairing_ended,
            "state": seq.state,
            "approval": model.approvals[seq.owner],
            "place": model.seats.index(seq.id) if seq.state in SEATED else seq.place,
        }
        for side, holding in enumerate(seq.sides):
            unmatured, matured = holding.unmatured(model.now), holding.matured(model.now)
            expected |= {
                f"bonded {side}": holding.bonded,
                f"unbonding {side}": unmatured,
                f"matured {side}": matured,
                f"kept {side}": kept[side],
                f"unbondings {side}": len(holding.unbondings),
            }
            assert self.books[seq.id, side, "bonded"] == holding.bonded
            assert self.books[seq.id, side, "unbonding"] == unmatured + matured
        expected |= {
            "slashable": model.slashable(seq),
            "held": seq.held,
            "held_until": seq.held_until,
            "jailed_until": seq.jailed_until,
            "below_since": seq.below_since if model.clock_runs(seq) else 0,
            "open_causes": len(seq.causes),
            "owner_rotated_at": seq.owner_rotated_at,
            "signer_rotated_at": seq.signer_rotated_at,
        }
        self.note_reached(seq)
        seen = dict(zip(expected, self.pool.view("sequencer", seq.id), strict=True))
        if seq.state not in (*SEATED, State.QUEUED):
            expected["place"] = seen["place"]  # of no meaning
        locked = sum(side.bonded + side.unmatured(model.now) for side in seq.sides)
        former = model.id_before.get(seq.owner, 0) if model.last_id[seq.owner] == seq.id else 0
        assert self.pool.view("stake_of", seq.id) == [former, locked, sum(kept)]
        differ = [(x, seen[x], expected[x]) for x in seen if seen[x] != expected[x]]
        assert not differ, f"sequencer {seq.id}: (what, seen, expected) {differ}"

    def note_reached(self, seq: Sequencer):
        model = self.model
        reached = {
            f"state {State(seq.state).name}": True,
            "below min_stake": is_below(model, seq),
            "clock runs in a pause": model.paused and model.clock_runs(seq),
            "hold keeps matured stake": any(model.kept(seq)),
            "pairing ended, with stake": seq.pairing_ended and seq.sides[PAIRED].total(),
            "16 unbondings": max(len(side.unbondings) for side in seq.sides)
            == LIMITS["MAX_UNBONDINGS"],
            "handed over": list(model.last_id.values()).count(seq.id) > 1,
            "slasher replaced": model.slasher != SLASHERS[0],
            "empty committee": not model.committees[model.nonce].words,
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}

    def compare_all(self):
        model, pool = self.model, self.pool
        self.compare_pool()
        for seq in model.sequencers.values():
            self.compare(seq)
            for side, holding in enumerate(seq.sides):
                for place, entry in enumerate(holding.unbondings):
                    seen = pool.view("unbonding_at", seq.id, side, place)
                    assert seen == [entry.amount, entry.matures_at]
            for cause in (1, 2, 3):
                assert pool.view("is_open", seq.id, cause) == [cause in seq.causes]
        seated = [model.sequencers[id] for id in model.seats]
        powers = [x.bonded if x.state == State.ACTIVE else 0 for x in seated]
        words = [power << 160 | x.signer for x, power in zip(seated, powers, strict=True)]
        assert pool.view("seats") == [32, len(words), *words]
        for place in range(model.queue_head, len(model.places)):
            assert pool.view("queue_at", place) == [model.places[place]]
        for owner in OWNERS:
            admission = [x.get(owner, 0) for x in (model.last_id, model.approvals, model.nonces)]
            assert pool.view("admission", owner) == admission
            vault, commission = pool.view("intended_pairing", owner)
            # without a vault the commission means nothing
            assert (vault, commission if vault else 0) == model.intended.get(owner, (0, 0))
        for signer, record in model.signers.items():
            assert pool.view("signer_of_record", signer) == [*record]
        for nonce, x in model.committees.items():
            hashed = model.hash_of(nonce)
            expected = [hashed, x.power, len(x.words), x.created_at, x.superseded_at]
            assert self.registry.view("committee", nonce) == expected
        sealed = model.sealed_nonce
        hashed = model.hash_of(sealed) if sealed else 0
        assert self.registry.view("sealed_committee") == [sealed, hashed, model.seed]
        assert pool.view("parameters") == [*model.parameters.values()]
        assert self.registry.view("power_seconds") == [model.power_seconds]
        for time in {0, model.now, *(x.created_at for x in model.committees.values())}:
            for moment in {max(0, time - 1), time}:
                sums = self.registry.view("power_seconds_at", moment, model.nonce)
                assert sums == [model.power_seconds_at(moment)]
        assert pool.view("cure_clock") == [model.cure_clock]
        assert pool.view("paused") == [model.paused]
        assert pool.view("slasher") == [model.slasher]
        assert pool.view("announced_slasher") == [*model.announced]
        assert pool.view("distributor") == [model.distributor]
        assert self.slash_vault.view("case_count") == [len(model.cases)]
        for number, case in enumerate(model.cases, start=1):
            expected = [case.id, case.owner, case.vault, case.own, case.paired, case.kind]
            # the key's half of the word; only a Slasher tells the vault of evidence
            expected += [case.evidence >> 128 << 128, 0]
            unlocks_at = case.slashed_at + LIMITS["SLASH_LOCK"]
            expected += [case.slashed_at, unlocks_at, CaseStatus.LOCKED, 0, 0, 0, 0, unlocks_at]
            assert self.slash_vault.view("case_of", number) == expected
        # I2
        balances = [self.metis.view("balanceOf", x)[0] for x in HOLDERS]
        assert balances == [model.balances.get(x, 0) for x in HOLDERS]
        assert sum(balances) == sum(PURSES.values())
