"""A suite on the machines' chain in which all that can be long is long: 50 or 128 seats, and for
each sequencer full lists of unbondings on both sides.
"""

from collections.abc import Sequence

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import METIS
from tests.stateful.chain import Contract, compiled
from tests.stateful.encoding import list_words
from tests.stateful.limits.suite import (
    GOVERNANCE,
    MINTER,
    STRANGER,
    VAULT,
    Suite,
    backlog,
    certificate,
    failure,
    owner,
    vote,
)
from tests.stateful.quorum import power_of
from tests.stateful.rewards.chain import batch_words, entries_hash
from tests.stateful.rewards.model.records import RewardBatch
from tests.stateful.signing import sign, signer
from tests.stateful.slashing.chain import DOMAIN
from tests.stateful.slashing.model.records import CEILINGS, Commitment
from tests.utils.system import PARAMETERS

FULL = LIMITS["MAX_UNBONDINGS"]
# So many of the vault's entries are as large as the cap can be, the others a wei: so even a small
# penalty takes all that is bonded, and then of many entries.
LARGE = 4
FIRST_BLOCK, MRR, L2_CHAIN_ID = 1_000, 5_000, 1_088


class World(Suite):
    """With a RewardDistributor. Ids are from 1, in the order of the powers given."""

    def __init__(self, powers: Sequence[int]):
        super().__init__(max_sequencers=len(powers), cap=LIMITS["CAP_CEILING"])
        bridge = Contract(self.chain, compiled("MockL1ERC20Bridge"), "bridge", 3).at
        whose = (self.pool.at, self.registry.at, DOMAIN, GOVERNANCE)
        terms = (bridge, L2_CHAIN_ID, STRANGER, FIRST_BLOCK, MRR)
        code = compiled("RewardDistributor")
        self.rewards = Contract(self.chain, code, "rewards", *whose, *terms)
        self.do(MINTER, self.metis, "mint", self.rewards.at, 10**6 * METIS)
        self.powers = powers
        self.last_block = 0
        for id in self.ids:
            self.enter_full(id)
        for setting, bps in CEILINGS.items():
            self.do(GOVERNANCE, self.slasher, "set_penalty", setting, bps)
        self.do(GOVERNANCE, self.pool, "set_cap", PARAMETERS["cap"])
        self.nonce, self.members = self.convene()

    @property
    def ids(self) -> range:
        return range(1, len(self.powers) + 1)

    # -------------------------------------------------------- sequencers

    def enter_full(self, id: int):
        """With next to nothing of its own, and all of the power by the vault."""
        power = self.powers[id - 1]
        self.enter(id, 1, power)
        self.do(owner(id), self.pool, "request_withdrawal", id, 1)
        large = LIMITS["CAP_CEILING"] - power
        for _ in range(LARGE):
            self.do(VAULT, self.pool, "deposit_paired", id, large)
            self.do(VAULT, self.pool, "request_paired_withdrawal", id, large)
        self.refill(id)

    def refill(self, id: int):
        """All of its power bonded, and then entries of a wei until both lists are full."""
        record = self.pool.view("sequencer", id)
        own, paired = FULL - record[14], FULL - record[19]
        if own:
            self.do(owner(id), self.pool, "relock", id, own)
        if record[15] < self.powers[id - 1]:
            self.do(VAULT, self.pool, "deposit_paired", id, self.powers[id - 1] - record[15])
        for _ in range(own):
            self.do(owner(id), self.pool, "request_withdrawal", id, 1)
        for _ in range(paired):
            self.do(VAULT, self.pool, "request_paired_withdrawal", id, 1)

    def third_without(self, id: int) -> list[int]:
        """So many others that with this one they are a third, the weakest first."""
        power = {x: power_of(member) for x, member in zip(self.ids, self.members, strict=True)}
        found, sum_ = [], power[id]
        for other in sorted(self.ids, key=lambda x: (power[x], -x)):
            if 3 * (len(found) + 1) >= len(power) and 3 * sum_ >= sum(power.values()):
                break
            if other != id:
                found.append(other)
                sum_ += power[other]
        return found

    # -------------------------------------------------------- what is reported

    def failure(self, id: int, time: int, reason: int = Reason.TIMEOUT) -> list[int]:
        """The arguments of `report_reelection`; each about another block."""
        self.last_block += 1
        message = failure(self.nonce, signer(id), self.last_block, time, reason)
        return vote(self.members, message)

    def time_out(self, id: int, time: int):
        self.do(STRANGER, self.slasher, "report_reelection", *self.failure(id, time))

    def wrong_block(self, id: int, bps: int):
        """What it has to pay is set for this one."""
        self.do(GOVERNANCE, self.slasher, "set_penalty", Kind.INVALID_EXECUTION, bps)
        words = self.failure(id, self.chain.now, Reason.INVALID_EXECUTION)
        self.do(STRANGER, self.slasher, "report_reelection", *words)

    def backlog(self, id: int) -> list[int]:
        """The arguments of `report`."""
        return vote(self.members, backlog(self.nonce, id, 7, self.chain.now))

    def pair_of_blocks(self, id: int) -> list[int]:
        """The arguments of `report_equivocation`."""
        words = []
        for block in (1, 2):
            message = Commitment(7, 1_000, block)
            signature = sign(id, DOMAIN, message)
            words += [*message, signature.r, signature.vs]
        return words

    def page(self, ids: Sequence[int]) -> list[int]:
        """The arguments of `top_up`, of the latest outage."""
        return [*self.slasher.view("outage_count"), 64, *list_words(tuple(ids))]

    def next_batch(self) -> list[int]:
        """The arguments of `submit_batch`: an entry of each, and one of nobody."""
        number, last, *_ = self.rewards.view("last_batch")
        entries = tuple(1 << 32 | id for id in (0, *self.ids))
        blocks = last + 1, last + len(entries)
        batch = RewardBatch(
            *(self.nonce, number + 1, *blocks, self.chain.now, len(entries)), entries_hash(entries)
        )
        return batch_words(batch, entries, certificate(self.members, batch))
