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
from seqpool.protocol.redemptions import VIRTUAL
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
    price: int  # wei of METIS for 10**18 shares, for who leaves
    deposit_price: int  # the same for who comes
    what: str


class Earnings:
    """A month is paid for; one depositor asks to leave; a slash hits all, and half comes back."""

    def __init__(self, cast: Cast):
        self.cast, self.suite, self.pool, self.metis = cast, cast.suite, cast.pool, cast.metis
        self.rewards, self.lst = cast.suite.distributor, cast.suite.lst
        self.people = {named_account(name).address: name for name in NAMES}
        self.depositors = [named_account(f"depositor{n}") for n in range(1, DEPOSITORS + 1)]
        self.leaver = self.depositors[-1]
        self.id = 0  # of the sequencer behind the vault
        self.request = 0  # of the depositor who leaves
        self.paid = 0  # wei, for that
        # depositor => wei that the slash took, and wei that come back
        self.lost: dict[str, int] = {}
        self.back: dict[str, int] = {}
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
        deposit_price = self.lst.previewMint(METIS)
        self.moments.append(PricePoint(self.now, self.price(), deposit_price, what))
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

    def worth(self) -> dict[str, int]:
        """What each depositor's shares are worth, those that wait to be redeemed as well."""
        found = {}
        for depositor in self.depositors:
            waiting = map(self.lst.request, self.lst.requests_of(depositor))
            shares = self.lst.balanceOf(depositor) + sum(x.shares for x in waiting)
            found[self.people[depositor.address]] = self.lst.convertToAssets(shares)
        return found

    # one asks to leave, and then there is a slash

    def ask(self) -> None:
        name, leaver = self.people[self.leaver.address], self.leaver
        shares = self.lst.balanceOf(leaver)
        self.lst.requestRedeem(shares, leaver, leaver, sender=leaver)
        (self.request,) = self.lst.requests_of(leaver)
        request = self.lst.request(self.request)
        self.mark("request")
        missing = self.lst.funds().missing
        self.lst.deallocate(self.id, missing, sender=self.cast.keeper)
        step(
            f"{name} asks for all of it",
            f"{format_metis(shares)} stMTS are worth {_rounded(request.worth)} METIS; redeemable in"
            f" {format_duration(self.pool.parameters().exit_delay)}.",
            f"{_rounded(missing)} METIS of that are missing: anyone may take them back from the"
            " sequencer.",
        )

    def slash(self) -> None:
        before, price, stake = self.worth(), self.price(), self.pool.sequencer(self.id).paired
        deposit_price = self.lst.previewMint(METIS)
        penalty = act(self.suite.slasher, "slash_by_governance", self.id, PENALTY, "ipfs://why")
        self.cast.decide("Slash", penalty)
        lost = (stake.bonded + stake.unbonding) * PENALTY // LIMITS["BPS"]
        case = self.suite.slash_vault.case_of(self.suite.slash_vault.case_count())
        check("the vault has lost", case.paired, lost)
        check("the price of deposits falls by", deposit_price - self.lst.previewMint(METIS), 0)
        after = self.mark("slash")
        if self.price() >= price:
            raise UserError("a slash has not lowered the price")
        now = self.worth()
        self.lost = {name: before[name] - now[name] for name in before}
        step(
            f"Governance slashes {format_percent(PENALTY)}: the price of redemptions falls at once",
            f"{format_metis(lost)} METIS; a share was worth {price / METIS:.6f} METIS, and is worth"
            f" {after} now. Who deposits still pays {deposit_price / METIS:.6f}: it may come back.",
            f"{self.people[self.leaver.address]} has not left yet, and loses as all others do.",
        )

    def leave(self) -> None:
        """While the case is open."""
        name, leaver, keeper = self.people[self.leaver.address], self.leaver, self.cast.keeper
        number = self.suite.slash_vault.case_count()
        self.lst.appeal(number, "ipfs://statement", sender=named_account("allocator"))
        delay = self.pool.parameters().exit_delay
        self.cast.wait(delay)
        self.lst.collect(self.id, sender=keeper)
        check("missing are", self.lst.funds().missing, 0)
        worth, limit = self.lst.maxWithdraw(leaver), self.lst.request(self.request).worth
        shares = self.lst.maxRedeem(leaver)
        self.lst.redeem(shares, leaver, leaver, sender=leaver)
        self.mark("redemption")
        self.paid = self.metis.balanceOf(leaver)
        check(f"{name} is paid", self.paid, worth)
        check(f"{name}'s shares", self.lst.balanceOf(leaver), 0)
        if self.paid >= limit:
            raise UserError(f"{name} is paid as if there had been no slash")
        step(
            f"The vault appeals; {format_duration(delay)} later {name} is paid, and is gone",
            f"{_rounded(self.paid)} METIS, of {_rounded(limit)} at the request. Of what may come"
            " back, the request keeps its part.",
        )

    def refund(self) -> None:
        number, leaver = self.suite.slash_vault.case_count(), self.leaver
        lost = self.suite.slash_vault.case_of(number).paired
        self.cast.wait(3 * DAY)
        half = act(self.suite.slash_vault, "resolve", number, LIMITS["BPS"] // 2)
        self.cast.decide("Give half back", half)
        before, start = self.worth(), self.price()
        receipt = self.lst.collect_refund(number, sender=self.cast.keeper)
        (event,) = self.lst.RefundCollected.from_receipt(receipt)
        check("the refund", event.amount, lost // 2)
        now = self.worth()
        self.back = {name: now[name] - before[name] for name in now}
        self.lst.claim_refund(self.request, number, leaver, sender=leaver)
        claimed = self.metis.balanceOf(leaver) - self.paid
        self.back[self.people[leaver.address]] = claimed
        table = Table("depositor", "lost, METIS", "gets back, METIS", "how")
        for column in table.columns[1:3]:
            column.justify = "right"
        for name, amount in self.lost.items():
            # what nobody owns is a millionth of a METIS, and takes a part of each
            if abs(amount // 2 - self.back[name]) >= VIRTUAL:
                raise UserError(f"{name} lost {amount} wei, and gets back {self.back[name]}")
            is_gone = name == self.people[leaver.address]
            how = "claims it: its shares are gone" if is_gone else "its shares are worth more"
            table.add_row(name, _rounded(amount), _rounded(self.back[name]), how)
        if not 0 <= event.amount - sum(self.back.values()) < VIRTUAL:
            raise UserError(
                f"{event.amount} wei came back, and {sum(self.back.values())} were paid"
            )
        step(
            "Half comes back, to those who were slashed: to the one who has left as well",
            f"{format_metis(event.amount)} METIS; a share was worth {start / METIS:.6f} METIS,"
            f" and is worth {self.mark('refund')} now.",
        )
        console.print(table)
        deposited, received = DEPOSITS[-1] * METIS, self.paid + claimed
        step(
            f"{self.people[leaver.address]} has had all that was its own",
            f"{_rounded(received)} METIS for {format_metis(deposited)}"
            f" ({received / deposited - 1:+.2%}), after a slash of {format_percent(PENALTY)},"
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
    story.ask()
    story.slash()
    story.leave()
    story.refund()
