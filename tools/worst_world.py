"""A suite on the machines' chain in which all that can be long is long: 50 or 128 seats, and for
each sequencer full lists of unbondings on both sides.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from seqpool.units import METIS
from tests.stateful.chain import (
    Chain,
    Contract,
    actor,
    address_of,
    compiled,
    deployer,
)
from tests.stateful.encoding import vote_words
from tests.stateful.epochs.model import Reelection
from tests.stateful.quorum import Certificate, power_of, signer_of
from tests.stateful.rewards.chain import batch_words, entries_hash
from tests.stateful.rewards.model.records import RewardBatch
from tests.stateful.signing import consent, public_key, sign, signer
from tests.stateful.slashing.chain import DOMAIN
from tests.stateful.slashing.model.records import CEILINGS, Commitment, Offence
from tests.utils.court import PENALTIES
from tests.utils.system import PARAMETERS

GOVERNANCE, GUARDIAN, STRANGER, VAULT = map(actor, ("governance", "guardian", "stranger", "vault"))
MINTER = deployer("metis")
FULL = LIMITS["MAX_UNBONDINGS"]
# So many of the vault's entries are as large as the cap can be, the others a wei: so even a small
# penalty takes all that is bonded, and then of many entries.
LARGE = 4
FIRST_BLOCK, MRR, BLOCK_TIME, L2_CHAIN_ID = 1_000, 5_000, 2, 1_088


class World:
    """Pool, Slasher and RewardDistributor; ids are from 1, in the order of the powers given."""

    def __init__(self, powers: Sequence[int]):
        self.powers = powers
        self.chain = chain = Chain()
        titles = ("metis", "slash vault", "pool", "registry", "slasher", "rewards")
        at = {x: address_of(x) for x in titles}

        def deploy(name: str, title: str, *arguments) -> Contract:
            return Contract(chain, compiled(name), title, *arguments)

        self.metis = deploy("MockMETIS", "metis")
        ends = (at["metis"], at["pool"], GOVERNANCE, STRANGER)
        self.slash_vault = deploy("SlashVault", "slash vault", *ends)
        roles = (GOVERNANCE, GUARDIAN, at["slasher"], at["rewards"])
        parameters = PARAMETERS | {"max_sequencers": len(powers), "cap": LIMITS["CAP_CEILING"]}
        self.pool = deploy(
            "SequencerPool",
            "pool",
            *(at["metis"], at["slash vault"], *roles, tuple(parameters.values())),
        )
        self.registry = deploy("CommitteeRegistry", "registry", at["pool"])
        whose = (at["pool"], at["registry"], DOMAIN, GOVERNANCE)
        penalties = tuple(PENALTIES.values())
        self.slasher = deploy("Slasher", "slasher", *whose, GUARDIAN, penalties)
        bridge = deploy("MockL1ERC20Bridge", "bridge", 3).at
        terms = (bridge, L2_CHAIN_ID, STRANGER, FIRST_BLOCK, MRR, BLOCK_TIME)
        self.rewards = deploy("RewardDistributor", "rewards", *whose, *terms)
        self.last_block = 0
        self.members: tuple[int, ...] = ()
        self.nonce = 0
        self.fill()

    @contextmanager
    def anchor(self) -> Iterator[None]:
        """A context whose end undoes what was done in it."""
        committee = self.nonce, self.members
        with self.chain.anchor():
            yield
        self.nonce, self.members = committee

    # -------------------------------------------------------- calls

    def do(self, sender: int, contract: Contract, name: str, *arguments) -> list[int]:
        """A call that has to succeed; what it returns."""
        receipt = contract.send(sender, name, *arguments)
        assert receipt.reason is None, f"{name}: {receipt.reason}"
        return receipt.words

    def wait(self, seconds: int, blocks: int = 1):
        self.chain.now += seconds
        self.chain.block += blocks

    # -------------------------------------------------------- sequencers

    @property
    def ids(self) -> range:
        return range(1, len(self.powers) + 1)

    def fill(self):
        """All that may be long, and the committee of all."""
        self.do(MINTER, self.metis, "mint", VAULT, 2**90)
        self.do(VAULT, self.metis, "approve", self.pool.at, 2**255)
        for id in self.ids:
            self.enter(id)
        for setting, bps in CEILINGS.items():
            self.do(GOVERNANCE, self.slasher, "set_penalty", setting, bps)
        self.do(GOVERNANCE, self.pool, "set_cap", PARAMETERS["cap"])
        self.convene()

    def owner(self, id: int) -> int:
        return actor(f"owner {id}")

    def enter(self, id: int):
        """With next to nothing of its own, and all of the power by the vault."""
        owner, power = self.owner(id), self.powers[id - 1]
        self.do(MINTER, self.metis, "mint", owner, METIS)
        self.do(owner, self.metis, "approve", self.pool.at, METIS)
        self.do(GOVERNANCE, self.pool, "approve", owner)
        self.do(GOVERNANCE, self.pool, "set_pairing", owner, VAULT, 1_000)
        agreed = consent(self.pool.at, owner, id, 0)
        what = (signer(id), 1, STRANGER, *public_key(id), *agreed)
        self.do(owner, self.pool, "lock", *what)
        self.do(VAULT, self.pool, "deposit_paired", id, power)
        self.do(owner, self.pool, "request_withdrawal", id, 1)
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
            self.do(self.owner(id), self.pool, "relock", id, own)
        if record[15] < self.powers[id - 1]:
            self.do(VAULT, self.pool, "deposit_paired", id, self.powers[id - 1] - record[15])
        for _ in range(own):
            self.do(self.owner(id), self.pool, "request_withdrawal", id, 1)
        for _ in range(paired):
            self.do(VAULT, self.pool, "request_paired_withdrawal", id, 1)

    def convene(self):
        receipt = self.registry.send(STRANGER, "checkpoint")
        (event,) = [x for x in receipt.events if x.name == "CommitteeCheckpointed"]
        self.nonce, _, _, self.members = event.args
        self.wait(60, blocks=5)
        self.do(STRANGER, self.registry, "seal")

    # -------------------------------------------------------- what the committee signs

    def backlog(self, id: int) -> list[int]:
        """The arguments of `report`."""
        return self.vote(Offence(self.nonce, id, Kind.BACKLOG, 7, self.chain.now, 1))

    def certificate(self, message: tuple) -> Certificate:
        """Signed by all: nobody who sends it has to leave one out."""
        number = {signer(id): id for id in self.ids}
        signatures = [sign(number[signer_of(x)], DOMAIN, message) for x in self.members]
        return Certificate(self.members, 2 ** len(self.members) - 1, tuple(signatures))

    def vote(self, message: tuple) -> list[int]:
        """A message and its certificate, as arguments."""
        return vote_words(message, self.certificate(message))

    def failure(self, id: int, time: int, reason: int = Reason.TIMEOUT) -> list[int]:
        """The arguments of `report_reelection`; each about another block."""
        self.last_block += 1
        failed = signer(id)
        return self.vote(Reelection(self.nonce, 7, 1, failed, self.last_block, time, reason))

    def time_out(self, id: int, time: int):
        self.do(STRANGER, self.slasher, "report_reelection", *self.failure(id, time))

    def wrong_block(self, id: int, bps: int):
        """What it has to pay is set for this one."""
        self.do(GOVERNANCE, self.slasher, "set_penalty", Kind.INVALID_EXECUTION, bps)
        words = self.failure(id, self.chain.now, Reason.INVALID_EXECUTION)
        self.do(STRANGER, self.slasher, "report_reelection", *words)

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

    def pair_of_blocks(self, id: int) -> list[int]:
        """The arguments of `report_equivocation`."""
        words = []
        for name in (1, 2):
            message = Commitment(7, 1_000, name)
            signature = sign(id, DOMAIN, message)
            words += [*message, signature.r, signature.vs]
        return words

    def next_batch(self) -> list[int]:
        """The arguments of `submit_batch`: an entry of each, and one of nobody."""
        number, last, _ = self.rewards.view("last_batch")
        entries = tuple(1 << 32 | id for id in (0, *self.ids))
        blocks = last + 1, last + len(entries)
        batch = RewardBatch(self.nonce, number + 1, *blocks, self.chain.now, entries_hash(entries))
        return batch_words(batch, entries, self.certificate(batch))
