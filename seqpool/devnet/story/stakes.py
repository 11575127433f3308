"""Stakes: six owners lock, move, leave and claim."""

from rich.table import Table

from seqpool.chain.accounts import named_account
from seqpool.console import console
from seqpool.devnet.assembly import act
from seqpool.devnet.cast import OWNER_FUNDS, Cast
from seqpool.devnet.story.telling import check, step
from seqpool.errors import UserError
from seqpool.pool.actions import Actions
from seqpool.pool.view import State, View
from seqpool.protocol.certificates import Turnout
from seqpool.protocol.committee import committee_hash, member
from seqpool.protocol.limits import LIMITS
from seqpool.units import METIS, format_duration, format_metis

SEATS = 5
# METIS that the owners lock; the last one finds no free seat
STAKES = [20_000, 30_000, 45_000, 60_000, 100_000, 25_000]
TOP_UP, PART = 15_000, 40_000


class Stakes:
    """Six owners lock, move, leave and claim."""

    def __init__(self, cast: Cast):
        self.cast, self.pool, self.metis = cast, cast.pool, cast.metis
        self.owners = [named_account(f"owner{n}") for n in range(1, len(STAKES) + 1)]
        self.ids: dict[int, int] = {}

    def act(self, n: int) -> Actions:
        """What owner n can do now."""
        return Actions(self.view, self.owners[n - 1])

    @property
    def view(self) -> View:
        return View(self.cast.suite, self.cast.provider)

    def state(self, n: int) -> str:
        return State(self.pool.sequencer(self.ids[n]).state).name

    def expect(self, n: int, state: State) -> None:
        if self.state(n) != state.name:
            raise UserError(f"owner{n}'s sequencer is {self.state(n)}, not {state.name}")

    # chapters

    def admission(self) -> None:
        self.cast.fund(*self.owners)
        applicants = self.owners[1:] if self.cast.assembly else self.owners
        self.cast.approve(*applicants)
        seats = act(self.pool, "set_max_sequencers", SEATS)
        self.cast.decide("Set the number of seats", seats)
        step(
            f"So are {len(applicants)} more, and the number of seats is set to {SEATS}",
            f"Each owner has {format_metis(OWNER_FUNDS)} METIS.",
        )

    def locking(self) -> None:
        table = Table("owner", "sequencer", "locks", "state", "gas")
        for n, stake in enumerate(STAKES, 1):
            owner = self.owners[n - 1]
            self.ids[n] = self.cast.lock(owner, named_account(f"signer{n}"), stake * METIS)
            self.expect(n, State.ACTIVE if n <= SEATS else State.QUEUED)
            gas = list(owner.history)[-1].gas_used
            table.add_row(
                f"owner{n}", str(self.ids[n]), f"{stake:,} METIS", self.state(n), f"{gas:,}"
            )
        step("Six lock; five take the seats, the sixth is queued")
        console.print(table)
        check("the pool holds", self.metis.balanceOf(self.pool), sum(STAKES) * METIS)

    def committee(self, title: str, powers: dict[int, int]) -> None:
        receipt = self.cast.checkpoint_and_seal()
        (event,) = self.cast.registry.CommitteeCheckpointed.from_receipt(receipt)
        nonce, sealed_hash, seed = self.cast.registry.sealed_committee()
        if (nonce, sealed_hash) != (event.nonce, committee_hash(event.nonce, event.members)):
            raise UserError("the sealed committee is not the one of the checkpoint")
        names = {named_account(f"signer{n}").address: n for n in self.ids}
        found = {names[m.signer]: m.power for m in map(member, event.members)}
        if found != {n: power * METIS for n, power in powers.items()}:
            raise UserError(f"the committee's powers are {found}")
        members = ", ".join(f"owner{n} {power:,}" for n, power in sorted(powers.items()))
        needed = Turnout(0, event.power, 0, len(powers))
        step(
            title,
            f"Committee {nonce}: {members}",
            f"power {format_metis(event.power)} METIS; a certificate needs"
            f" {format_metis(needed.missing_power)} METIS and {needed.missing_signers} of the"
            f" {needed.members} members; seed 0x{bytes(seed).hex()[:16]}..., drawn"
            f" {LIMITS['SEAL_DELAY'] - 1} blocks after the checkpoint; gas {receipt.gas_used:,}",
        )

    def moves(self) -> None:
        self.act(2).relock(None, TOP_UP * METIS).send(self.owners[1])
        step(
            "owner2 tops up",
            f"{STAKES[1]:,} + {TOP_UP:,} = {STAKES[1] + TOP_UP:,} METIS are bonded.",
        )
        self.act(5).request_withdrawal(None, PART * METIS).send(self.owners[4])
        step(
            "owner5 withdraws a part",
            f"{PART:,} METIS unbond for {self.delay} and stay slashable;"
            f" {STAKES[4] - PART:,} keep working.",
        )
        self.act(3).unlock(None).send(self.owners[2])
        self.expect(3, State.EXITING)
        step("owner3 leaves", f"All its {STAKES[2]:,} METIS unbond; its seat is free.")
        self.pool.activate_next(1, sender=self.cast.keeper)
        self.expect(6, State.ACTIVE)
        step("The queued one takes the free seat", "owner6 is ACTIVE.")

    @property
    def delay(self) -> str:
        return format_duration(self.pool.parameters().exit_delay)

    def claims(self) -> None:
        try:
            self.act(3).claim(None)
        except UserError as error:
            early = str(error)
        else:
            raise UserError("owner3 could claim before the delay is over")
        self.cast.wait(self.pool.parameters().exit_delay)
        for n, amount in ((3, STAKES[2]), (5, PART)):
            before = self.metis.balanceOf(self.owners[n - 1])
            self.pool.claim(self.ids[n], sender=self.cast.keeper)
            paid = self.metis.balanceOf(self.owners[n - 1]) - before
            check(f"owner{n} is paid", paid, amount * METIS)
        self.expect(3, State.EXITED)
        step(
            f"{self.delay} pass, and all is claimed",
            f"Before: {early}.",
            f"Now anyone may call claim: owner3 is paid {STAKES[2]:,} and has left,"
            f" owner5 is paid {PART:,}.",
        )

    def balances(self) -> None:
        """In = out + held, for each owner and for all; and the same again from the events alone."""
        table = Table(
            "", "had", "in the wallet", "in the pool", "from events", title_justify="left"
        )
        for column in table.columns[1:]:
            column.justify = "right"
        ledger = self.ledger()
        total = 0
        for n, id in self.ids.items():
            record = self.pool.sequencer(id)
            wallet = self.metis.balanceOf(self.owners[n - 1])
            staked = View.total(record.own)
            check(f"owner{n} has", wallet + staked, OWNER_FUNDS)
            check(f"the events say of owner{n}'s stake", ledger[id], staked)
            total += staked
            table.add_row(
                f"owner{n}", *map(format_metis, (OWNER_FUNDS, wallet, staked, ledger[id]))
            )
        check("the pool holds", self.metis.balanceOf(self.pool), total)
        supply = self.metis.totalSupply()
        wallets = sum(self.metis.balanceOf(owner) for owner in self.owners)
        voters = 0 if self.cast.assembly is None else self.cast.assembly.funds
        check("the supply", wallets + voters + total, supply)
        if voters:
            table.add_row("voters", *map(format_metis, (voters, voters, 0, 0)))
        held = (supply, wallets + voters, total, sum(ledger.values()))
        table.add_row("all", *map(format_metis, held))
        step("The balances add up, to the wei")
        console.print(table)

    def ledger(self) -> dict[int, int]:
        """Each sequencer's stake, as an accountant finds it from the pool's events."""
        first, last = self.cast.suite.from_block, self.view.block_number + 1
        stakes = dict.fromkeys(self.ids.values(), 0)
        for kind, sign in (
            (self.pool.Locked, 1),
            (self.pool.Deposited, 1),
            (self.pool.Claimed, -1),
        ):
            for event in kind.range(first, last):
                stakes[event.id] += sign * event.amount
        return stakes


def tell(story: Stakes) -> None:
    story.admission()
    story.locking()
    powers = dict(enumerate(STAKES[:SEATS], 1))
    story.committee("Checkpoint and seal: the five are a committee", powers)
    story.moves()
    del powers[3]
    powers |= {2: STAKES[1] + TOP_UP, 5: STAKES[4] - PART, 6: STAKES[5]}
    story.committee("A member has left, so the next committee may follow at once", powers)
    story.claims()
    story.balances()
