"""Rewards, and a sequencer whose stake is that of depositors."""

from collections import Counter
from dataclasses import dataclass

from eth_utils import keccak
from rich.table import Table

from seqpool.chain.accounts import DEPOSITORS, NAMES, named_account
from seqpool.console import console
from seqpool.devnet.assembly import act
from seqpool.devnet.cast import Cast
from seqpool.devnet.story.telling import check, step
from seqpool.errors import UserError
from seqpool.pool.actions import Actions
from seqpool.pool.view import State, View
from seqpool.protocol.draw import draw
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import RewardBatch, as_struct, set_domain
from seqpool.protocol.reward_entries import entries, entries_hash
from seqpool.units import DAY, METIS, format_duration, format_metis, format_percent

RESERVE = 1_000_000 * METIS
BATCHES, BATCH_DAYS = 3, 10
PACE = 2  # seconds between two blocks
# of the sequencer whose operator has no METIS
OPERATOR, COMMISSION = 7, 1_000
DEPOSITS, ALLOCATED = [15_000, 12_000, 8_000], 32_000
PENALTY = 1_000  # basis points
L2_GAS = 200_000
# the draw's; the pool's own comes of a block hash, and who produces would be another each time
SEED = keccak(text="earnings")


@dataclass(frozen=True)
class PricePoint:
    """The LST vault at some time."""

    at: int
    price: int  # wei of METIS for 10**18 shares
    what: str


class Earnings:
    """A month is paid for; the vault's price rises, falls, and rises; one depositor leaves."""

    def __init__(self, cast: Cast):
        self.cast, self.suite, self.pool, self.metis = cast, cast.suite, cast.pool, cast.metis
        self.rewards, self.lst = cast.suite.distributor, cast.suite.lst
        self.people = {named_account(name).address: name for name in NAMES}
        self.depositors = [named_account(f"depositor{n}") for n in range(1, DEPOSITORS + 1)]
        self.id = 0  # of the sequencer behind the vault
        self.moments: list[PricePoint] = []

    @property
    def view(self) -> View:
        return View(self.suite, self.cast.provider)

    @property
    def now(self) -> int:
        return self.cast.provider.get_block("latest").timestamp

    def price(self) -> int:
        return self.lst.convertToAssets(METIS)

    def mark(self, what: str) -> str:
        """Notes the price, and says it."""
        self.moments.append(PricePoint(self.now, self.price(), what))
        return f"{self.price() / METIS:.6f} METIS"

    def owner(self, id: int):
        return named_account(self.people[self.pool.sequencer(id).owner])

    # a vault behind a sequencer

    def pair(self) -> None:
        cast, owner = self.cast, named_account(f"owner{OPERATOR}")
        seats = self.pool.parameters().max_sequencers
        if self.pool.roster().seated == seats:
            cast.decide("Make room", act(self.pool, "set_max_sequencers", seats + 1))
        pairing = act(self.pool, "set_pairing", owner.address, self.lst.address, COMMISSION)
        cast.decide("Admit and pair", act(self.pool, "approve", owner.address), pairing)
        self.id = cast.lock(owner, named_account(f"signer{OPERATOR}"), 0)
        table = Table("depositor", "deposits, METIS", "shares")
        for column in table.columns[1:]:
            column.justify = "right"
        for depositor, amount in zip(self.depositors, DEPOSITS, strict=True):
            cast.fund(depositor, amount=amount * METIS)
            self.metis.approve(self.lst, amount * METIS, sender=depositor)
            self.lst.deposit(amount * METIS, depositor, sender=depositor)
            shares = self.lst.balanceOf(depositor)
            table.add_row(
                self.people[depositor.address], f"{amount:,}", f"{format_metis(shares)} stMTS"
            )
        allocator = named_account("allocator")
        self.lst.allocate(self.id, ALLOCATED * METIS, sender=allocator)
        if State(self.pool.sequencer(self.id).state) != State.ACTIVE:
            raise UserError(f"sequencer {self.id} is not ACTIVE")
        self.rewards.sync(self.id, sender=cast.keeper)
        step(
            f"owner{OPERATOR} has no METIS; three depositors bring it, through the LST vault",
            f"Governance pairs them; owner{OPERATOR} keeps {format_percent(COMMISSION)} of the"
            f" vault's rewards. {ALLOCATED:,} METIS are allocated: it is ACTIVE.",
        )
        console.print(table)
        self.mark("deposits")

    # batches

    def cure(self) -> None:
        """All that have a seat come back to the committee."""
        self.cast.wait(DAY)
        for id in range(1, self.pool.roster().count + 1):
            record = self.pool.sequencer(id)
            if State(record.state) not in (State.ACTIVE, State.JAILED):
                continue
            owner = self.owner(id)
            bonded = record.own.bonded + record.paired.bonded
            missing = self.pool.parameters().min_stake - bonded
            if missing > 0:
                Actions(self.view, owner).relock(id, missing).send(owner)
            if State(record.state) == State.JAILED:
                Actions(self.view, owner).unjail(id).send(owner)
        self.cast.checkpoint_and_seal()

    def sign(self, blocks: dict[int, int], end: int):
        """Submits a batch that all members have signed; its BatchAccepted."""
        last, words = self.rewards.last_batch(), entries(blocks)
        message = RewardBatch(
            eip712_domain=set_domain(self.suite.l2_chain_id, self.suite.set_address),
            committeeNonce=self.cast.registry.last_checkpoint().nonce,
            batch=last.batch + 1,
            startBlock=last.end_block + 1,
            endBlock=last.end_block + sum(blocks.values()),
            endTimestamp=end,
            coveredTime=min(sum(blocks.values()) * PACE, end - last.end_timestamp),
            entriesHash=entries_hash(words),
        )
        ballot = self.cast.ballot(message)
        receipt = self.rewards.submit_batch(
            as_struct(message), words, tuple(ballot.certificate), sender=self.cast.keeper
        )
        (event,) = self.rewards.BatchAccepted.from_receipt(receipt)
        return event

    def catch_up(self) -> None:
        """Batches without blocks, for the time before the first that is paid for."""
        now = self.now
        while (end := self.rewards.last_batch().end_timestamp) < now:
            event = self.sign({}, min(now, end + LIMITS["BATCH_CEILING"]))
            check("a batch without blocks pays", event.paid, 0)

    def produced(self, number: int) -> dict[int, int]:
        """Blocks of each sequencer in a batch: those of the epochs that it would be drawn for."""
        members, length = self.cast.members(), 1_000
        count = BATCH_DAYS * DAY // PACE // length
        drawn = Counter(draw(members, SEED, number * count + i, 0) for i in range(count))
        return {self.pool.signer_of_record(x)[0]: n * length for x, n in drawn.items()}

    def month(self) -> None:
        self.cast.fund(self.suite.distributor, amount=RESERVE)
        self.catch_up()
        table = Table("batch", "blocks", "mean power, METIS", "paid, METIS")
        earned = Table("owner", "blocks", "operator, METIS", "vault, METIS")
        for column in (*table.columns[1:], *earned.columns[1:]):
            column.justify = "right"
        blocks: Counter[int] = Counter()
        paid = 0
        for number in range(BATCHES):
            self.cast.wait(BATCH_DAYS * DAY)
            produced = self.produced(number)
            event = self.sign(produced, self.now)
            covered = event.covered_time
            budget = event.mean_power * covered * self.rewards.mrr()
            budget //= LIMITS["YEAR"] * LIMITS["BPS"]
            # the mean is rounded down to the wei
            if not budget <= event.budget <= budget + covered or event.paid != event.budget:
                raise UserError(f"batch {event.batch} pays {event.paid} wei, not {budget}")
            blocks.update(produced)
            paid += event.paid
            row = (sum(produced.values()), format_metis(event.mean_power // METIS * METIS))
            table.add_row(str(event.batch), f"{row[0]:,}", row[1], _rounded(event.paid))
        for id, count in sorted(blocks.items()):
            account = self.rewards.account(id)
            earned.add_row(
                self.people[self.pool.sequencer(id).owner],
                f"{count:,}",
                *map(_rounded, (account.operator, account.vault_amount)),
            )
        owed = self.rewards.owed()
        if not paid - BATCHES * len(blocks) <= owed <= paid:
            raise UserError(f"{paid} wei were paid for blocks, and {owed} are owed")
        step(
            f"A month of blocks: {BATCHES} batches, each signed by the committee",
            f"The rate is {format_percent(self.rewards.mrr())} a year on the pool's mean power;"
            " who produced a block has its share.",
        )
        console.print(table)
        console.print(earned)

    def claims(self) -> None:
        ids = [
            x
            for x in range(1, self.pool.roster().count + 1)
            if x != self.id and self.rewards.account(x).operator > 0
        ]
        first, second, third = ids[:3]
        owner = self.owner(first)
        amount, before = self.rewards.account(first).operator, self.metis.balanceOf(owner)
        self.rewards.claim(first, sender=self.cast.keeper)
        check("the claim pays", self.metis.balanceOf(owner) - before, amount)
        restaker = self.owner(second)
        bonded = self.pool.sequencer(second).own.bonded
        restaked = self.rewards.account(second).operator
        self.rewards.restake(second, sender=restaker)
        check("restaked are", self.pool.sequencer(second).own.bonded - bonded, restaked)
        sender = self.owner(third)
        sent, fee = self.rewards.account(third).operator, L2_GAS * self.suite.bridge.gas_price()
        self.rewards.claim_to_l2(third, L2_GAS, sender=sender, value=fee)
        check("the bridge has", self.metis.balanceOf(self.suite.bridge), sent)
        step(
            "Three ways to take it",
            f"Anyone may claim for {self.people[owner.address]}: {_rounded(amount)} METIS.",
            f"{self.people[restaker.address]} restakes {_rounded(restaked)} METIS;"
            f" {self.people[sender.address]} sends {_rounded(sent)} METIS to L2.",
        )

    # the price

    def harvest(self) -> None:
        start = self.price()
        receipt = self.lst.harvest(self.id, self.rewards, sender=self.cast.keeper)
        (event,) = self.lst.Harvested.from_receipt(receipt)
        check("the harvest moves the price by", self.price() - start, 0)
        self.mark("harvest")
        self.cast.wait(LIMITS["VESTING"])
        step(
            "The vault's rewards enter the price over 7 days",
            f"{_rounded(event.amount)} METIS are harvested; a share was worth"
            f" {start / METIS:.6f} METIS, and is worth {self.mark('rewards are in')} now.",
        )

    def slash(self) -> None:
        before, bonded = self.price(), self.pool.sequencer(self.id).paired.bonded
        penalty = act(self.suite.slasher, "slash_by_governance", self.id, PENALTY, "ipfs://why")
        self.cast.decide("Slash", penalty)
        lost = bonded * PENALTY // LIMITS["BPS"]
        check("the vault has lost", self.loss().paired, lost)
        after = self.mark("slash")
        if self.price() >= before:
            raise UserError("a slash has not lowered the price")
        step(
            f"Governance slashes {format_percent(PENALTY)}: the price falls at once",
            f"{format_metis(lost)} METIS; a share was worth {before / METIS:.6f} METIS,"
            f" and is worth {after} now.",
        )

    def loss(self):
        return self.suite.slash_vault.case_of(self.suite.slash_vault.case_count())

    def refund(self) -> None:
        number, lost = self.suite.slash_vault.case_count(), self.loss().paired
        start = self.price()
        self.lst.appeal(number, "ipfs://statement", sender=named_account("allocator"))
        self.cast.wait(3 * DAY)
        half = act(self.suite.slash_vault, "resolve", number, LIMITS["BPS"] // 2)
        self.cast.decide("Give half back", half)
        receipt = self.lst.collect_refund(number, sender=self.cast.keeper)
        (event,) = self.lst.RefundCollected.from_receipt(receipt)
        check("the refund", event.amount, lost // 2)
        step(
            "The vault appeals; half comes back, and is in the price at once",
            f"{format_metis(event.amount)} METIS; a share was worth {start / METIS:.6f} METIS,"
            f" and is worth {self.mark('refund')} now.",
        )

    # a depositor leaves

    def redeem(self) -> None:
        depositor = self.depositors[-1]
        name, keeper = self.people[depositor.address], self.cast.keeper
        shares = self.lst.balanceOf(depositor)
        self.lst.requestRedeem(shares, depositor, depositor, sender=depositor)
        number = self.lst.requests_of(depositor)[-1]
        request = self.lst.request(number)
        self.mark("request")
        missing = self.lst.funds().missing
        self.lst.deallocate(self.id, missing, sender=keeper)
        delay = self.pool.parameters().exit_delay
        step(
            f"{name} asks for all of it",
            f"{format_metis(shares)} stMTS are worth {_rounded(request.worth)} METIS; redeemable in"
            f" {format_duration(delay)}.",
            f"{_rounded(missing)} METIS of that are missing: anyone may take them back from the"
            " sequencer.",
        )
        self.cast.wait(delay)
        self.lst.collect(self.id, sender=keeper)
        check("missing are", self.lst.funds().missing, 0)
        self.lst.redeem(shares, depositor, depositor, sender=depositor)
        check(f"{name} is paid", self.metis.balanceOf(depositor), request.worth)
        deposited = DEPOSITS[-1] * METIS
        self.mark("redemption")
        step(
            f"{format_duration(delay)} later it is paid",
            f"{_rounded(request.worth)} METIS for {format_metis(deposited)}"
            f" ({request.worth / deposited - 1:+.2%}), after a slash of {format_percent(PENALTY)},"
            " half refunded.",
        )


def _rounded(wei: int) -> str:
    return f"{wei / METIS:,.2f}"


def tell(story: Earnings) -> None:
    story.pair()
    story.cure()
    story.month()
    story.claims()
    story.harvest()
    story.slash()
    story.refund()
    story.redeem()
