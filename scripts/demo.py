"""The story of a suite, with numbers: ape run demo [--network ethereum:local:foundry]

On a chain that ends with it. Every balance is checked to the wei, and a wrong one is an error.
"""

from collections import Counter
from itertools import count

import ape
import click
from rich.table import Table

from seqpool import deployment, params
from seqpool.accounts import NAMES, named_account
from seqpool.actions import Actions
from seqpool.cli import ScriptCommand, console
from seqpool.committee import committee_hash, member
from seqpool.deployment import deploy_suite
from seqpool.epoch_tables import EpochTables
from seqpool.errors import UserError
from seqpool.journal import is_ephemeral
from seqpool.limits import LIMITS
from seqpool.local import FUNDS, Cast
from seqpool.messages import Kind, Reason, Reelection, set_domain
from seqpool.pool import State, View
from seqpool.rotation import Rotation
from seqpool.slashing import Slashing
from seqpool.units import HOUR, METIS, format_duration, format_metis, format_percent
from seqpool.votes import Ballot, combine, make_vote

SEATS = 5
# METIS that the owners lock; the last one finds no free seat
STAKES = [20_000, 30_000, 45_000, 60_000, 100_000, 25_000]
TOP_UP, PART = 15_000, 40_000
# blocks; so many epochs on chain, and so many further ones that are only computed
EPOCH_LENGTH, EPOCHS, COMPUTED = 10, 40, 2_000
# how many time out within a day
OUTAGE = 3
SHOWN = 6


def step(title: str, *lines: str) -> None:
    console.print(f"\n[bold]{title}[/bold]", *lines, sep="\n", soft_wrap=True)


def check(what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise UserError(f"{what}: {found} wei, not {wanted}")


class Story:
    """Steps 1 to 11: stakes."""

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
        self.cast.approve(*self.owners)
        self.pool.set_max_sequencers(SEATS, sender=self.cast.governance)
        step(
            "2. Governance admits six owners, and sets the number of seats to five",
            f"Each owner has {format_metis(FUNDS)} METIS.",
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
        step("3. Six lock; five take the seats, the sixth is queued")
        console.print(table)
        check("the pool holds", self.metis.balanceOf(self.pool), sum(STAKES) * METIS)

    def committee(self, title: str, powers: dict[int, int]) -> None:
        receipt = self.cast.checkpoint_and_seal()
        (event,) = self.pool.CommitteeCheckpointed.from_receipt(receipt)
        nonce, sealed_hash, seed = self.pool.sealed_committee()
        if (nonce, sealed_hash) != (event.nonce, committee_hash(event.nonce, event.members)):
            raise UserError("the sealed committee is not the one of the checkpoint")
        names = {named_account(f"signer{n}").address: n for n in self.ids}
        found = {names[m.signer]: m.power for m in map(member, event.members)}
        if found != {n: power * METIS for n, power in powers.items()}:
            raise UserError(f"the committee's powers are {found}")
        members = ", ".join(f"owner{n} {power:,}" for n, power in sorted(powers.items()))
        step(
            title,
            f"Committee {nonce}: {members}",
            f"power {format_metis(event.power)} METIS, two thirds are"
            f" {format_metis(-(-2 * event.power // 3))}; seed 0x{bytes(seed).hex()[:16]}..., drawn"
            f" {LIMITS['SEAL_DELAY'] - 1} blocks after the checkpoint; gas {receipt.gas_used:,}",
        )

    def moves(self) -> None:
        self.act(2).relock(None, TOP_UP * METIS).send(self.owners[1])
        step(
            "5. owner2 tops up",
            f"{STAKES[1]:,} + {TOP_UP:,} = {STAKES[1] + TOP_UP:,} METIS are bonded.",
        )
        self.act(5).request_withdrawal(None, PART * METIS).send(self.owners[4])
        step(
            "6. owner5 withdraws a part",
            f"{PART:,} METIS unbond for {self.delay} and stay slashable;"
            f" {STAKES[4] - PART:,} keep working.",
        )
        self.act(3).unlock(None).send(self.owners[2])
        self.expect(3, State.EXITING)
        step("7. owner3 leaves", f"All its {STAKES[2]:,} METIS unbond; its seat is free.")
        self.pool.activate_next(1, sender=self.cast.keeper)
        self.expect(6, State.ACTIVE)
        step("8. The queued one takes the free seat", "owner6 is ACTIVE.")

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
            f"10. {self.delay} pass, and all is claimed",
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
            check(f"owner{n} has", wallet + staked, FUNDS)
            check(f"the events say of owner{n}'s stake", ledger[id], staked)
            total += staked
            table.add_row(f"owner{n}", *map(format_metis, (FUNDS, wallet, staked, ledger[id])))
        check("the pool holds", self.metis.balanceOf(self.pool), total)
        supply = self.metis.totalSupply()
        wallets = sum(self.metis.balanceOf(owner) for owner in self.owners)
        check("the supply", wallets + total, supply)
        table.add_row("all", *map(format_metis, (supply, wallets, total, sum(ledger.values()))))
        step("11. The balances add up, to the wei")
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


class Sequel:
    """Steps 12 to 17: blocks."""

    def __init__(self, cast: Cast):
        self.cast, self.suite = cast, cast.suite
        self.sequencer_set = cast.suite.registry.sequencer_set
        self.rotation: Rotation | None = None
        self.ballot: Ballot | None = None  # by which a sequencer was replaced

    @property
    def tables(self) -> EpochTables:
        return EpochTables(self.rotation.view, self.cast.provider.network.name)

    def name(self, signer: str) -> str:
        return self.rotation.names[signer]

    def relay(self) -> None:
        receipt = self.cast.relay()
        self.rotation = Rotation(self.suite.registry, self.cast.provider, self.cast.members())
        installed, sealed = self.sequencer_set.committee(), self.suite.pool.sealed_committee()
        if (installed.nonce, installed.committee_hash, installed.seed) != tuple(sealed):
            raise UserError("the installed committee is not the sealed one")
        self.cast.call_l2("set_epoch_length", EPOCH_LENGTH)
        if self.sequencer_set.parameters().epoch_length != EPOCH_LENGTH:
            raise UserError("the epoch length was not set")
        step(
            "12. The relay tells L2 (here the same chain) of the committee",
            f"Committee {installed.nonce} is installed: hash and seed are L1's;"
            f" gas {receipt.gas_used:,}",
            f"By its first call governance makes epochs short: {EPOCH_LENGTH} blocks.",
        )

    def turn(self) -> None:
        rotation = self.rotation
        drawn = rotation.turn(EPOCHS)
        last = self.sequencer_set.last_epoch()
        computed = Counter(map(rotation.expected, range(last + 1, last + 1 + COMPUTED)))
        table = Table("signer", "stake, METIS")
        for column in (f"of {EPOCHS} epochs", f"of the {COMPUTED:,} next", "share of stake"):
            table.add_column(column, justify="right")
        table.columns[1].justify = "right"
        power = sum(rotation.powers.values())
        for signer, stake in rotation.powers.items():
            table.add_row(
                self.name(signer),
                format_metis(stake),
                f"{drawn[signer]} ({drawn[signer] / EPOCHS:.1%})",
                f"{computed[signer]} ({computed[signer] / COMPUTED:.1%})",
                f"{stake / power:.1%}",
            )
        step(
            "13. Epochs rotate in proportion to stake",
            f"{EPOCHS} epochs begin, one after the other; anyone may commit the next. Each signer"
            " is the one that",
            "everybody can compute from the seed; as are those to come, while the committee stays.",
        )
        console.print(table)

    def stop(self) -> None:
        rotation = self.rotation
        rotation.commit()
        rotation.mine_to(self.cast.provider.get_block("latest").number + 3)
        view = rotation.view
        id, epoch = view.present
        step(
            "14. The present sequencer stops",
            f"Epoch {id} is {self.name(epoch.signer)}'s until block {epoch.end_block}, but after"
            f" block {view.block_number} nothing comes.",
            f"Replacing it at once is refused: {self.too_early()}.",
        )
        rotation.stall()

    def too_early(self) -> str:
        try:
            self.rotation.view.reelection(self.rotation.members)
        except UserError as error:
            return str(error)
        raise UserError("a sequencer could be replaced before its time")

    def vote(self) -> None:
        rotation = self.rotation
        view = rotation.view
        votes, ballot = rotation.vote(view)
        self.ballot = ballot
        failed, signed = ballot.message.failed, len(ballot.certificate.signatures)
        if (view.present[1].signer, len(votes)) != (failed, SEATS - 1):
            raise UserError(f"{len(votes)} vote to replace {failed}")
        step(
            f"15. A minute later the other {len(votes)} vote",
            f"Each signs the same words: epoch {ballot.message.epoch}, round"
            f" {ballot.message.round}, {self.name(failed)} has failed after block"
            f" {ballot.message.lastBlock}.",
            f"{signed} signatures hold two thirds of all power, that of {self.name(failed)}"
            " counted.",
        )
        receipt = rotation.take_over(view, ballot)
        (event,) = self.sequencer_set.EpochReelected.from_receipt(receipt)
        step(
            "16. The successor takes over in its first block",
            f"Block {receipt.block_number} is {self.name(event.signer)}'s: its first transaction is"
            f" the re-election; gas {receipt.gas_used:,}.",
            f"Once is enough: {rotation.check_dead(ballot)}.",
        )

    def history(self) -> None:
        entries = self.rotation.history(SHOWN)
        ended = [entry.ended.split(":")[0] for entry in entries if entry.ended]
        if ended != ["cut", "never began"]:
            raise UserError(f"the history tells of epochs that ended so: {ended}")
        step("17. The history shows it")
        console.print(self.tables.history(entries))
        for line in self.tables.timeline(entries):
            console.print(line, soft_wrap=True)


class Aftermath:
    """Steps 18 to 23: penalties, an appeal, and a year later."""

    def __init__(self, cast: Cast, sequel: Sequel):
        self.cast, self.suite, self.pool = cast, cast.suite, cast.pool
        self.vault, self.metis, self.slasher = (
            cast.suite.slash_vault,
            cast.metis,
            cast.suite.slasher,
        )
        self.rotation, self.ballot = sequel.rotation, sequel.ballot
        self.blocks = count(self.ballot.message.lastBlock + 1)
        self.supply = self.metis.totalSupply()

    def slashing(self, account) -> Slashing:
        return Slashing(View(self.suite, self.cast.provider), account, is_local=True)

    def id_of(self, signer: str) -> int:
        return self.pool.signer_of_record(signer)[0]

    def owner(self, id: int):
        """The account of a sequencer's owner."""
        address = self.pool.sequencer(id).owner
        return next(x for x in map(named_account, NAMES) if x.address == address)

    def name(self, id: int) -> str:
        return self.rotation.names[self.pool.sequencer(id).signer].replace("signer", "owner")

    def report(self, ballot: Ballot) -> None:
        self.slashing(self.cast.keeper).report(ballot).send(self.cast.keeper)

    def locked(self, id: int) -> int:
        return self.pool.stake_of(id)[1]

    def penalty(self) -> None:
        id = self.id_of(self.ballot.message.failed)
        before = self.locked(id)
        self.report(self.ballot)
        case = self.vault.case_of(1)
        wanted = -(-before * self.slasher.penalty(Kind.BLOCK_TIMEOUT) // LIMITS["BPS"])
        check("the penalty", case.own, wanted)
        if State(self.pool.sequencer(id).state) != State.JAILED:
            raise UserError(f"sequencer {id} is not in jail")
        step(
            "18. The same signatures prove it on L1",
            f"{self.name(id)} loses {format_metis(wanted)} of {format_metis(before)} METIS to the"
            " SlashVault, and is in jail for an hour.",
        )
        owner = self.owner(id)
        actions = Actions(View(self.suite, self.cast.provider), owner)
        actions.relock(None, wanted).send(owner)
        self.cast.wait(LIMITS["TIMEOUT_JAIL"])
        Actions(View(self.suite, self.cast.provider), owner).unjail(None).send(owner)
        step(
            "19. It tops up and returns",
            f"{format_metis(self.locked(id))} METIS are bonded again; it is {State.ACTIVE.name}.",
        )

    def outage(self) -> list[int]:
        """The ids of those who had a part in it."""
        failed = self.ballot.message.failed
        self.cast.wait(LIMITS["OUTAGE_WINDOW"])
        members, nonce = self.cast.members(), self.pool.last_checkpoint().nonce
        accused = [x.signer for x in map(member, members) if x.signer != failed][:OUTAGE]
        ids = [self.id_of(signer) for signer in accused]
        before = {id: self.locked(id) for id in ids}
        table = Table("owner", "had locked, METIS", "has lost", "of it")
        for column in table.columns[1:]:
            column.justify = "right"
        for signer in accused:
            message = Reelection(
                eip712_domain=set_domain(self.suite.l2_chain_id, self.suite.set_address),
                committeeNonce=nonce,
                epoch=self.ballot.message.epoch,
                round=1,
                failed=signer,
                lastBlock=next(self.blocks),
                lastBlockTimestamp=self.cast.provider.get_block("latest").timestamp,
                reason=Reason.TIMEOUT,
            )
            voters = [x for x in self.rotation.names if x != signer]
            votes = [(x, make_vote(message, self.rotation.account(x))) for x in voters]
            found, _ = combine(message, members, votes)
            self.report(Ballot(message, found.certificate))
            self.cast.wait(HOUR)
        for id in ids:
            lost = before[id] - self.locked(id)
            wanted = -(-before[id] * self.slasher.penalty(Kind.MASS_OUTAGE) // LIMITS["BPS"])
            check(f"sequencer {id} has lost", lost, wanted)
            table.add_row(
                self.name(id),
                *map(format_metis, (before[id], lost)),
                format_percent(lost * LIMITS["BPS"] // before[id]),
            )
        step(
            f"20. {OUTAGE} of {len(members)} time out within a day: a mass outage",
            "The first two had paid for a timeout, until the third made it a third of the pool.",
        )
        console.print(table)
        return ids

    def appeal(self, id: int) -> None:
        owner = self.owner(id)
        (number, case), *_ = [
            (number, case)
            for number, case in self.slashing(owner).cases(id)
            if case.kind == Kind.MASS_OUTAGE
        ]
        self.vault.appeal(number, "ipfs://statement", sender=owner)
        self.vault.resolve(number, LIMITS["BPS"] // 2, sender=self.cast.governance)
        before = self.metis.balanceOf(owner)
        self.slashing(owner).collect(number).send(owner)
        refund = self.metis.balanceOf(owner) - before
        check("the refund", refund, case.own // 2)
        self.pool.reinstate(id, sender=self.cast.governance)
        if State(self.pool.sequencer(id).state) != State.ACTIVE:
            raise UserError(f"sequencer {id} is not reinstated")
        step(
            f"21. {self.name(id)} appeals, and governance gives half back",
            f"Case {number}: {format_metis(refund)} of {format_metis(case.own)} METIS; it is"
            " reinstated at once.",
        )
        console.print(self.slashing(owner).table())

    def release(self) -> None:
        keeper, treasury = self.cast.keeper, named_account("treasury")
        count_ = self.vault.case_count()
        try:
            self.slashing(keeper).release(1)
        except UserError as error:
            early = str(error)
        else:
            raise UserError("a case could be released within its year")
        rest = self.vault.held()
        self.cast.wait(LIMITS["SLASH_LOCK"])
        for number in range(1, count_ + 1):
            self.slashing(keeper).release(number).send(keeper)
        check("the treasury has", self.metis.balanceOf(treasury), rest)
        check("the vault holds", self.metis.balanceOf(self.vault), 0)
        step(
            "22. A year passes",
            f"Before: {early}.",
            f"Now anyone may release all {count_} cases: {format_metis(rest)} METIS reach the"
            " treasury.",
        )

    def balances(self) -> None:
        people = [named_account(name) for name in NAMES]
        parts = {
            "in wallets": sum(self.metis.balanceOf(x) for x in people if x != people[-1]),
            "in the pool": self.metis.balanceOf(self.pool),
            "in the SlashVault": self.metis.balanceOf(self.vault),
            "in the treasury": self.metis.balanceOf(people[-1]),
        }
        check("all METIS", sum(parts.values()), self.supply)
        table = Table("METIS", "", show_header=False)
        table.columns[1].justify = "right"
        for name, amount in parts.items():
            table.add_row(name, format_metis(amount))
        table.add_row("all that there is", format_metis(self.supply))
        step("23. Every METIS is accounted for")
        console.print(table)


@click.command(cls=ScriptCommand)
def cli():
    """Tell the story of a suite once."""
    provider = ape.networks.provider
    if not is_ephemeral(provider):
        raise UserError(
            "the demo wants a chain of its own: --network ethereum:local:test, or :foundry"
        )
    values = params.load_params(params.default_path("ethereum", "local"), "local")
    deployment.compile_anew(ape.project)
    suite = deploy_suite(values, named_account("deployer"), provider, ape.project)
    cast = Cast(suite, provider)
    stakes(Story(cast), values)
    sequel = Sequel(cast)
    blocks(sequel)
    penalties(Aftermath(cast, sequel))
    console.print("\nAll is as it should be.")


def stakes(story: Story, values: params.Params) -> None:
    suite = story.cast.suite
    step(
        f"1. The suite is deployed on {story.cast.provider.network_choice}",
        f"SequencerPool {suite.pool.address}, SlashVault {suite.slash_vault.address},",
        f"CommitteeRelay {suite.relay.address}, SequencerSet {suite.set_address}",
        f"min_stake {format_metis(values.parameters.min_stake)} METIS,"
        f" cap {format_metis(values.parameters.cap)}, exit delay {story.delay}",
    )
    story.admission()
    story.locking()
    powers = dict(enumerate(STAKES[:SEATS], 1))
    story.committee("4. Checkpoint and seal: the five are a committee", powers)
    story.moves()
    del powers[3]
    powers |= {2: STAKES[1] + TOP_UP, 5: STAKES[4] - PART, 6: STAKES[5]}
    story.committee("9. A member has left, so the next committee may follow at once", powers)
    story.claims()
    story.balances()


def blocks(sequel: Sequel) -> None:
    sequel.relay()
    sequel.turn()
    sequel.stop()
    sequel.vote()
    sequel.history()


def penalties(aftermath: Aftermath) -> None:
    aftermath.penalty()
    ids = aftermath.outage()
    aftermath.appeal(ids[0])
    aftermath.release()
    aftermath.balances()
