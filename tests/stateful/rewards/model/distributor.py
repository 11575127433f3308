"""The RewardDistributor in the model."""

from collections import defaultdict
from fractions import Fraction
from math import floor

from seqpool.protocol.limits import LIMITS
from tests.stateful.quorum import Certificate, Quorum
from tests.stateful.rewards.model.parts import Part
from tests.stateful.rewards.model.records import (
    NOBODY,
    RETIRED,
    SHARE,
    Account,
    Change,
    RewardBatch,
    Voters,
)


class Rewards(Quorum, Part):
    """RewardDistributor."""

    title, contract = "rewards", "RewardDistributor"

    def __init__(self, suite, at, *, domain, bridge, l2_metis, first_block, mrr):
        super().__init__(suite, at)
        self.domain, self.bridge, self.l2_metis = domain, bridge, l2_metis
        self.number, self.end_block, self.end = 0, first_block - 1, 0
        self.notice_at = 0
        self.used = Fraction(0)
        self.deployed_at = self.begun_at = self.now
        self.accounts: dict[int, Account] = defaultdict(Account)
        self.mrr = Change(mrr, mrr, 0)
        self.rises: list[int] = []

    # ------------------------------------------------------------ queries

    @property
    def owed(self) -> int:
        return sum(x.operator + x.vaults.total() for x in self.accounts.values())

    @property
    def reserve(self) -> int:
        return self.pool.balances[self.at] - self.owed

    @property
    def next_begin(self) -> int:
        """Of the next batch; not begun, no earlier than now."""
        return self.end or self.now

    @property
    def is_in_use(self) -> bool:
        return 0 < self.end < RETIRED

    def may_start(self) -> range:
        """Blocks that the next batch may start with: the first of what time is paid for, which two
        thirds know; at most one a second since the deployment."""
        waited = 0 if self.number else max(0, self.begun_at - self.deployed_at)
        return range(self.end_block + 1, self.end_block + waited + 2)

    @property
    def next_mrr(self) -> int:
        """Of the next batch."""
        return self.mrr.at(self.next_begin)

    def mean_power(self, end: int) -> Fraction:
        """From the last batch to an end."""
        return Fraction(self.pool.power_seconds_at(end) - self.used, end - self.end)

    # ------------------------------------------------------------ anyone

    def need_use(self):
        self.need(self.end != 0, "not begun")
        self.need(self.end != RETIRED, "retired")

    def begin(self, sender):
        self.need(self.pool.distributor == self.at, "not the pool's distributor")
        self.need(self.end == 0, "has begun")
        self.settle()
        self.end = self.begun_at = self.now
        self.used = self.pool.power_seconds
        self.log("Begun", self.end_block, self.pool.power_seconds)

    def need_replaced(self):
        self.need(self.pool.distributor != self.at, "still the pool's distributor")
        self.need_use()

    def give_notice(self, sender):
        self.need_replaced()
        until = self.notice_at + LIMITS["RETIREMENT_PERIOD"]
        self.need(self.now > until, "notice was given")
        self.settle()
        self.notice_at = self.now
        dates = (self.now + LIMITS[f"RETIREMENT_{x}"] for x in ("NOTICE", "PERIOD"))
        self.log("NoticeGiven", *dates)

    def retire(self, sender):
        self.need_replaced()
        waited = self.now - self.notice_at
        self.need(waited <= LIMITS["RETIREMENT_PERIOD"], "no notice")
        self.need(waited >= LIMITS["RETIREMENT_NOTICE"], "notice runs")
        self.settle()
        self.log("Retired", self.number, self.end_block, self.end)
        self.end, self.notice_at = RETIRED, 0

    def fund(self, sender, amount):
        self.need(amount > 0, "zero amount")
        self.need_metis(sender, amount)
        self.settle()
        self.log("Funded", sender, amount)
        self.pool.move(sender, self.at, amount)

    def submit_batch(
        self, sender, batch: RewardBatch, entries: tuple[int, ...], certificate: Certificate
    ) -> int:
        duration = batch.end_timestamp - self.end
        blocks = batch.end_block + 1 - batch.start_block
        self.need(self.pool.distributor == self.at, "not the pool's distributor")
        self.need_use()
        self.need(batch.batch == self.number + 1, "wrong batch")
        self.need(batch.start_block in self.may_start(), "gap or overlap")
        self.need(duration > 0, "time does not rise")
        self.need(batch.end_timestamp <= self.now, "in the future")
        self.need(duration <= LIMITS["BATCH_CEILING"], "too long")
        self.need(blocks >= 0, "bad end block")
        self.need(blocks <= duration, "too many blocks")
        covered = batch.covered_time
        self.need(covered <= duration, "covers too much")
        self.need(blocks <= 0 or covered > 0, "covers nothing")
        self.need(blocks != 0 or covered == 0, "covers without blocks")
        committee = self.pool.committees.get(batch.committee_nonce)
        self.need(committee is not None, "unknown committee")
        if committee and committee.superseded_at:
            self.need(
                self.now - committee.superseded_at <= LIMITS["COMMITTEE_AGE"], "old committee"
            )
        self.need(batch.entries_hash == self.suite.entries_hash(entries), "wrong entries")
        self.settle()
        voters = Voters(batch.committee_nonce, tuple(committee.words))
        self.check_certificate(certificate, voters, batch)
        parts = [(word % 2**32, word >> 32) for word in entries]
        ids = [id for id, _ in parts]
        self.need(ids == sorted(set(ids)), "ids do not rise")
        self.need(all(produced for _, produced in parts), "no blocks")
        self.need(sum(produced for _, produced in parts) == blocks, "wrong sum")
        known = {NOBODY, *self.pool.sequencers}
        self.need(all(id in known for id in ids), "unknown sequencer")
        self.settle()

        mean = self.mean_power(batch.end_timestamp)
        budget = floor(mean * covered * self.next_mrr / (LIMITS["YEAR"] * LIMITS["BPS"]))
        paid = min(budget, self.reserve)
        self.used = self.pool.power_seconds_at(batch.end_timestamp)
        vault_parts = []
        for id, produced in parts:
            vault_parts.append(0)
            if id != NOBODY:
                reward = floor(Fraction(paid * produced, blocks))
                vault_parts[-1] = self.credit(id, reward, self.end, batch.end_timestamp)
        self.notice_at = 0
        self.number, self.end_block, self.end = batch.batch, batch.end_block, batch.end_timestamp
        if paid < budget:
            self.log("ReserveShort", batch.batch, budget - paid)
        self.log(
            *("BatchAccepted", *batch[1:6], floor(mean), budget, paid, entries),
            tuple(vault_parts),
        )
        return paid

    def credit(self, id: int, reward: int, begin: int, end: int) -> int:
        """A reward for a time among operator and vaults; the vaults' part."""
        account, given = self.accounts[id], 0
        for term, vault, integral in account.times(begin, end):
            part = floor(Fraction(reward * integral, (end - begin) * SHARE))
            account.vaults[vault] += part
            given += part
            if part and term != account.term:
                self.log("FormerVaultCredited", id, vault, part)
        account.operator += reward - given
        return given

    def sync(self, sender, id) -> int:
        seq = self.pool.known(id)
        account = self.accounts[id]
        own, paired = (side.bonded for side in seq.sides)
        new = 0
        if paired:
            new = floor(
                Fraction(
                    paired * (LIMITS["BPS"] - seq.commission) * SHARE,
                    (own + paired) * LIMITS["BPS"],
                )
            )
        self.log("ShareSet", id, seq.vault, account.share, new)
        if (account.vault, account.share) != (seq.vault, new):
            account.take_over(self.now, seq.vault, new)
        return new

    def recipient(self, id: int) -> int:
        seq = self.pool.sequencers.get(id)
        return seq.recipient if seq else 0

    def claim(self, sender, id) -> int:
        amount, recipient = self.operator_of(id), self.recipient(id)
        if id in self.accounts and self.accounts[id].is_closed:
            may_always = {recipient, self.pool.sequencers[id].owner}
            self.require(sender in may_always, "claims are closed")
        self.require(amount > 0, "nothing to claim")
        self.accounts[id].operator = 0
        self.log("Claimed", id, recipient, amount)
        self.pool.move(self.at, recipient, amount)
        return amount

    def operator_of(self, id: int) -> int:
        return self.accounts[id].operator if id in self.accounts else 0

    # ------------------------------------------------------------ vaults and operators

    def claim_vault(self, sender, id) -> int:
        amount = self.vault_claimable(id, sender)
        self.require(amount > 0, "nothing to claim")
        del self.accounts[id].vaults[sender]
        self.log("VaultClaimed", id, sender, amount)
        self.pool.move(self.at, sender, amount)
        return amount

    def vault_claimable(self, id: int, vault: int) -> int:
        return self.accounts[id].vaults[vault] if id in self.accounts else 0

    def close_claims(self, sender, id, is_closed):
        self.require(sender == self.pool.known(id).owner, "not owner")
        self.accounts[id].is_closed = is_closed
        self.log("ClaimsClosed", id, is_closed)

    def restake(self, sender, id) -> int:
        seq = self.pool.known(id)
        self.require(sender == seq.owner, "not owner")
        amount = min(self.operator_of(id), self.pool.cap - seq.bonded)
        self.need(seq.bonded < self.pool.cap, "above cap")
        self.need(amount != 0, "nothing to claim")
        self.settle()
        self.pool.allowances[self.at] = amount
        self.pool.relock(self.at, id, amount)
        self.accounts[id].operator -= amount
        self.log("Restaked", id, sender, amount)
        return amount

    def claim_to_l2(self, sender, id, l2_gas) -> int:
        """Nothing is paid for the gas."""
        amount = self.operator_of(id)
        self.need(sender == self.recipient(id), "not recipient")
        self.need(amount > 0, "nothing to claim")
        self.settle()
        self.require(l2_gas == 0, "MockL1ERC20Bridge: insufficient fee")
        self.accounts[id].operator = 0
        self.log("ClaimedToL2", id, sender, amount)
        tokens = self.suite.token, self.l2_metis
        deposit = "bridge.ERC20DepositInitiated"
        self.suite.events.append((deposit, *tokens, self.at, sender, amount, 0))
        self.pool.move(self.at, self.bridge, amount)
        return amount

    # ------------------------------------------------------------ governance

    def reimburse(self, sender, id, amount, reason: bytes):
        self.as_governance(sender)
        self.need(id in self.pool.sequencers, "unknown sequencer")
        self.need(amount > 0, "zero amount")
        self.need(len(reason) > 0, "empty reason")
        self.need(amount <= self.reserve, "reserve is short")
        self.settle()
        self.accounts[id].operator += amount
        self.log("Reimbursed", id, amount, reason.decode())

    def reimburse_vault(self, sender, id, vault, amount, reason: bytes):
        self.as_governance(sender)
        current = self.accounts[id].vault if id in self.accounts else 0
        self.need(vault != 0 and vault == current, "not its vault")
        self.need(amount > 0, "zero amount")
        self.need(len(reason) > 0, "empty reason")
        self.need(amount <= self.reserve, "reserve is short")
        self.settle()
        self.accounts[id].vaults[vault] += amount
        self.log("VaultReimbursed", id, vault, amount, reason.decode())

    def set_mrr(self, sender, mrr):
        self.as_governance(sender)
        old = self.mrr.now
        self.need(mrr <= LIMITS["MRR_CEILING"], "bad mrr")
        if mrr > old:
            is_slow = not self.rises or self.now >= self.rises[-1] + LIMITS["MRR_RISE_INTERVAL"]
            self.need(mrr - old <= LIMITS["MRR_RISE"] and is_slow, "mrr rises too fast")
            self.settle()
            self.rises.append(self.now)
        self.settle()
        self.log("ParameterSet", "mrr", old, mrr)
        self.mrr.set(mrr, self.next_begin, self.now)
