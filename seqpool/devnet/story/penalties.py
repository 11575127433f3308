"""Penalties, and an appeal."""

from itertools import count

from rich.table import Table

from seqpool.chain.accounts import NAMES, named_account
from seqpool.console import console
from seqpool.devnet.assembly import act
from seqpool.devnet.cast import Cast
from seqpool.devnet.story.blocks import Blocks
from seqpool.devnet.story.telling import check, step
from seqpool.documents.votes import Ballot, combine, make_vote
from seqpool.errors import UserError
from seqpool.pool.actions import Actions
from seqpool.pool.view import State, View
from seqpool.protocol.committee import member
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason, Reelection, set_domain
from seqpool.slashing.actions import SlashingActions
from seqpool.slashing.tables import cases_table, outages_table
from seqpool.units import HOUR, format_metis, format_percent

# how many time out within a day
OUTAGE = 3


class Penalties:
    """The one that was replaced pays; three of five time out together."""

    def __init__(self, cast: Cast, blocks: Blocks):
        self.cast, self.suite, self.pool = cast, cast.suite, cast.pool
        self.vault, self.metis, self.slasher = (
            cast.suite.slash_vault,
            cast.metis,
            cast.suite.slasher,
        )
        self.rotation, self.ballot = blocks.rotation, blocks.ballot
        self.blocks = count(self.ballot.message.lastBlock + 1)

    def slashing(self, account) -> SlashingActions:
        return SlashingActions(View(self.suite, self.cast.provider), account, is_local=True)

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
        wanted = before * self.slasher.penalty(Kind.BLOCK_TIMEOUT) // LIMITS["BPS"]
        check("the penalty", case.own, wanted)
        if State(self.pool.sequencer(id).state) != State.JAILED:
            raise UserError(f"sequencer {id} is not in jail")
        step(
            "The same signatures prove it on L1",
            f"{self.name(id)} loses {format_metis(wanted)} of {format_metis(before)} METIS to the"
            " SlashVault, and is in jail for an hour.",
        )
        owner = self.owner(id)
        actions = Actions(View(self.suite, self.cast.provider), owner)
        actions.relock(None, wanted).send(owner)
        self.cast.wait(LIMITS["TIMEOUT_JAIL"])
        Actions(View(self.suite, self.cast.provider), owner).unjail(None).send(owner)
        step(
            "It tops up and returns",
            f"{format_metis(self.locked(id))} METIS are bonded again; it is {State.ACTIVE.name}.",
        )

    def outage(self) -> list[int]:
        """The ids of those who had a part in it."""
        failed = self.ballot.message.failed
        # the timeout before is in no window with the next one
        self.cast.wait(4 * LIMITS["QUARTER"])
        members, nonce = self.cast.members(), self.cast.registry.last_checkpoint().nonce
        accused = [x.signer for x in map(member, members) if x.signer != failed][:OUTAGE]
        ids = [self.id_of(signer) for signer in accused]
        before = {id: self.locked(id) for id in ids}
        table = Table("owner", "had locked, METIS", "paid at first", "has lost", "of it")
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
        step(
            f"{OUTAGE} of {len(members)} time out within a day: a mass outage",
            "The third report makes it a third of the pool, and charges the one it names in full."
            " The first two have paid for a timeout so far.",
        )
        paid = {id: before[id] - self.locked(id) for id in ids}
        self.top_up(ids[:2])
        for id in ids:
            lost = before[id] - self.locked(id)
            table.add_row(
                self.name(id),
                *map(format_metis, (before[id], paid[id], lost)),
                format_percent(lost * LIMITS["BPS"] // before[id]),
            )
        console.print(table)
        return ids

    def top_up(self, ids: list[int]) -> None:
        """In two pages: the first names one sequencer, the second has whoever is left."""
        keeper, number = self.cast.keeper, self.slasher.outage_count()
        wanted = {}
        for id in ids:
            locked = self.locked(id)
            wanted[id] = locked - locked * self.slasher.due_in(number, id) // LIMITS["BPS"]
        console.print(outages_table(self.slashing(keeper).slashing))
        self.slashing(keeper).top_up(number, ids[:1]).send(keeper)
        left = self.slasher.due_in(number, ids[1])
        if self.slasher.due_in(number, ids[0]) or not left:
            raise UserError("the first page did not charge just the one that it names")
        self.cast.keep_up("top_up")
        for id in ids:
            check(f"sequencer {id} has left", self.locked(id), wanted[id])
        step(
            "Anyone tops the others up, in two pages",
            f"The first page charges {self.name(ids[0])}. Upkeep finds who is left, and sends the"
            f" second: {self.name(ids[1])}, {format_percent(left)} more.",
        )

    def appeal(self, id: int) -> None:
        owner = self.owner(id)
        (number, case), *_ = [
            (number, case)
            for number, case in self.slashing(owner).slashing.cases(id)
            if case.kind == Kind.MASS_OUTAGE
        ]
        self.vault.appeal(number, "ipfs://statement", sender=owner)
        half = act(self.vault, "resolve", number, LIMITS["BPS"] // 2)
        self.cast.decide("Give half back, and reinstate", half, act(self.pool, "reinstate", id))
        before = self.metis.balanceOf(owner)
        self.slashing(owner).collect(number).send(owner)
        refund = self.metis.balanceOf(owner) - before
        check("the refund", refund, case.own // 2)
        if State(self.pool.sequencer(id).state) != State.ACTIVE:
            raise UserError(f"sequencer {id} is not reinstated")
        step(
            f"{self.name(id)} appeals, and a vote gives half back",
            f"Case {number}: {format_metis(refund)} of {format_metis(case.own)} METIS; it is"
            " reinstated at once.",
        )
        console.print(cases_table(self.slashing(owner).slashing))


def tell(story: Penalties) -> None:
    story.penalty()
    ids = story.outage()
    story.appeal(ids[0])
