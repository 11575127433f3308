"""What happens in the pool meanwhile."""

from hypothesis import strategies as st

from seqpool.pool.view import State
from seqpool.units import DAY, HOUR, METIS
from tests.stateful.machine import CHOICE, MOSTLY, action
from tests.stateful.signing import consent, public_key, signer
from tests.stateful.slashing.chain import GOVERNANCE, MIN_STAKE, OWNERS, POOL, STRANGER
from tests.stateful.voting import OUTSIDER


class PoolRules:
    """Stake, keys, owners and committees change."""

    @action(weight=4, patient=MOSTLY, choice=CHOICE)
    def recover(self, patient, choice):
        """Out of jail, back above the least stake, reinstated; then a new committee."""
        if patient:
            self.wait_until(max((x for x in self.model.jails.values()), default=0))
        for id in self.ids:
            state, stake = self.state(id), self.stake(id)
            if state == State.JAILED:
                self.pool_does(stake.owner, "unjail", id)
            if state == State.SUSPENDED and (id + choice) % 3:
                self.reinstate_now(id)
            lack = MIN_STAKE + 4_000 * METIS - sum(side.bonded for side in stake.sides)
            if lack > 0 and state not in (State.EXITING, State.EXITED):
                self.pool_does(stake.owner, "relock", id, lack)
        self.pool_does(STRANGER, "activate_next", 9)
        self.convene()

    def reinstate_now(self, id: int):
        state = self.state(id)
        if self.pool_does(GOVERNANCE, "reinstate", id):
            self.model.jails[id] = 0
            if state == State.SUSPENDED:
                self.model.causes = {x for x in self.model.causes if x[0] != id}
            self.touched.add(id)

    @action(weight=1, choice=CHOICE)
    def reinstate(self, choice):
        self.reinstate_now(self.one(choice))

    @action(weight=2, wait=st.sampled_from([HOUR, 0, DAY]))
    def checkpoint(self, wait):
        self.wait(wait)
        self.convene()

    @action(
        weight=3,
        choice=CHOICE,
        what=st.sampled_from(
            ["request_withdrawal", "request_paired_withdrawal", "unlock", "relock", "claim"]
        ),
        part=st.sampled_from([4, 2, 10, 1]),
    )
    def stake_changes(self, choice, what, part):
        id = self.one(choice)
        stake = self.stake(id)
        own, paired = stake.sides
        match what:
            case "request_withdrawal":
                spare = own.bonded + paired.bonded - MIN_STAKE
                amount = max(1, min(own.bonded, spare) // part)
                self.pool_does(stake.owner, what, id, amount)
            case "request_paired_withdrawal":
                paired_ids = [x for x in self.ids if self.stake(x).sides[1].bonded]
                if paired_ids:
                    id = paired_ids[choice % len(paired_ids)]
                    stake = self.stake(id)
                    self.pool_does(stake.vault, what, id, stake.sides[1].bonded // part)
            case "unlock" if part < 3:
                self.pool_does(stake.owner, what, id)
            case "relock":
                self.pool_does(stake.owner, what, id, 1_000 * METIS // part)
            case "claim":
                for id in self.ids:
                    stake = self.stake(id)
                    if stake.sides[0].matured(self.model.now):
                        self.claim(STRANGER, "claim", id)
                    if stake.sides[1].matured(self.model.now):
                        self.claim(stake.vault, "claim_paired", id)
        self.touched.add(id)

    def claim(self, sender: int, name: str, id: int):
        """What is kept is kept from now on, wherever it stands in its list."""
        kept = tuple(self.model.kept(id))
        if self.pool_does(sender, name, id) and sum(kept):
            self.model.renew(id, kept)
            self.reached.add("claimed what is not kept")

    @action(weight=1, choice=CHOICE)
    def rotate_signer(self, choice):
        """What was signed with the old key stays attributable."""
        id = self.one(choice)
        owner = self.stake(id).owner
        number = sum(map(len, self.keys.values()))
        signature = consent(POOL, owner, number, self.nonces[owner])
        what = (id, signer(number), *public_key(number), *signature)
        if number < OUTSIDER and self.pool_does(owner, "rotate_signer", *what):
            self.model.signers[self.signer_of(id)] = id, self.model.now
            self.new_key(id, owner)

    @action(
        weight=2,
        when=lambda self: any(self.state(x) == State.EXITED for x in self.ids),
        choice=CHOICE,
    )
    def comes_back(self, choice):
        """Who has left locks again: strikes follow."""
        gone = [x for x in self.ids if self.state(x) == State.EXITED]
        number = sum(map(len, self.keys.values()))
        if not gone or number >= OUTSIDER:
            return
        old = gone[choice % len(gone)]
        owner, id = self.stake(old).owner, len(self.ids) + 1
        self.pool_does(GOVERNANCE, "approve", owner)
        signature = consent(POOL, owner, number, self.nonces[owner])
        what = (signer(number), MIN_STAKE, owner, *public_key(number), *signature)
        if self.pool_does(owner, "lock", *what):
            self.new_key(id, owner)
            self.takes(owner, id)
            self.reached.add("another sequencer of one owner")
            self.touched |= {old, id}

    @action(weight=1, choice=CHOICE)
    def change_owner(self, choice):
        """Cases stay with the one who has lost; strikes follow the id."""
        id = self.one(choice)
        owner = self.stake(id).owner
        known = {self.stake(x).owner for x in self.ids}
        new = next((x for x in OWNERS[3:] if x not in known and not self.nonces[x]), None)
        if new:
            self.pool_does(GOVERNANCE, "approve", new)
            is_offered = self.pool_does(owner, "transfer_ownership_of", id, new)
            if is_offered and self.pool_does(new, "accept_ownership_of", id):
                self.takes(new, id)
            self.touched.add(id)
