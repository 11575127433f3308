"""Votes: how an operator is admitted; a veto, and a vote that too few take part in."""

from rich.table import Table

from seqpool.chain import ape
from seqpool.chain.accounts import named_account
from seqpool.console import console
from seqpool.deployment.params import Params
from seqpool.devnet.assembly import VOTERS, Motion, act
from seqpool.devnet.cast import Cast
from seqpool.devnet.story.telling import step
from seqpool.errors import UserError
from seqpool.governance.snapshot.result import ABSTAIN, AGAINST, FOR, Result, VoteOutcome
from seqpool.governance.view import ProposalStage
from seqpool.protocol.limits import LIMITS
from seqpool.units import format_duration, format_metis, format_percent

# of the first vote: so many are against, or abstain
AGAINST_IT, ABSTAINING = 40, 25
# of the one that fails
FEW = 480


class Votes:
    """The rules, from the forum to the chain."""

    def __init__(self, cast: Cast):
        self.cast, self.suite, self.pool = cast, cast.suite, cast.pool
        self.assembly, self.governor = cast.assembly, cast.suite.governor

    def expect(self, motion: Motion, state: str) -> None:
        found = ProposalStage(self.governor.state(motion.id)).name
        if found != state:
            raise UserError(f"proposal {motion.id} is {found}, not {state}")

    def refused(self, motion: Motion) -> str:
        """Why it cannot be executed now."""
        try:
            self.governor.execute.call(motion.id, sender=self.cast.keeper)
        except ape.ContractLogicError as error:
            return error.revert_message
        raise UserError(f"proposal {motion.id} could be executed")

    # an admission

    def post(self) -> Motion:
        self.assembly.fund()
        owner = named_account("owner1")
        motion = self.assembly.propose("Admit owner1", act(self.pool, "approve", owner.address))
        self.expect(motion, "LINKED")
        step(
            "A forum post, and a proposal that names the call it stands for",
            f"Kind {motion.kind.name}; hash of the actions 0x{motion.actions_hash.hex()[:16]}...,"
            " which the Snapshot text has too.",
            f"Snapshot vote 0x{motion.envelope.digest.hex()[:16]}... is linked to it.",
        )
        return motion

    def count(self, motion: Motion) -> Result:
        choices = [FOR] * VOTERS
        choices[:AGAINST_IT] = [AGAINST] * AGAINST_IT
        choices[AGAINST_IT : AGAINST_IT + ABSTAINING] = [ABSTAIN] * ABSTAINING
        result = self.assembly.vote(motion, choices)
        if (result.outcome, result.voters) != (VoteOutcome.PASSED, VOTERS):
            raise UserError(f"the vote is {result.outcome.name}, with {result.voters} wallets")
        step(
            f"{VOTERS} wallets vote, and everybody can count it anew",
            "Each signature is checked, each balance read at the snapshot block.",
        )
        table = Table("METIS", "votes")
        table.columns[1].justify = "right"
        for name, amount in (
            ("for", result.for_votes),
            ("against", result.against_votes),
            ("abstain", result.abstain_votes),
        ):
            table.add_row(name, format_metis(amount))
        sided = result.for_votes + result.against_votes
        table.add_row("approval", format_percent(LIMITS["BPS"] * result.for_votes // sided))
        table.add_row("wallets", f"{result.voters:,}")
        console.print(table)
        return result

    def carry_out(self, motion: Motion, result: Result) -> None:
        owner = named_account("owner1")
        self.cast.wait(LIMITS["VOTE_FLOOR"] + 2)
        self.assembly.attest(motion, result)
        self.expect(motion, "QUEUED")
        delay = self.assembly.delay_of(motion)
        early = self.refused(motion)
        step(
            f"{self.governor.attestation_threshold()} of {len(self.assembly.attesters)} attesters"
            " sign what the vote came to",
            f"It waits in the Timelock for {format_duration(delay)}, in which the Working Group may"
            f" veto it. Before: {early}.",
        )
        self.cast.wait(delay)
        self.assembly.execute(motion)
        self.expect(motion, "EXECUTED")
        step("Nobody objects; anyone may execute it", "owner1 is admitted.")
        if not self.pool.admission(owner)[1]:
            raise UserError("owner1 is not admitted")

    # two that come to nothing

    def vetoed(self) -> None:
        someone = named_account("stranger")
        motion = self.assembly.propose("Admit a stranger", act(self.pool, "approve", someone))
        result = self.assembly.vote(motion)
        self.cast.wait(LIMITS["VOTE_FLOOR"] + 2)
        self.assembly.attest(motion, result)
        self.governor.veto(motion.id, "no proven SLA", sender=named_account("guardian"))
        self.expect(motion, "VETOED")
        self.cast.wait(self.assembly.delay_of(motion))
        late = self.refused(motion)
        step("A vote passes, and the Working Group vetoes it", f"Afterwards: {late}.")

    def failed(self) -> None:
        motion = self.assembly.propose(
            "Lower min_stake", act(self.pool, "set_min_stake", LIMITS["METIS"])
        )
        result = self.assembly.vote(motion, [FOR] * FEW)
        self.cast.wait(LIMITS["VOTE_FLOOR"] + 2)
        self.assembly.attest(motion, result)
        self.expect(motion, "DEFEATED")
        if result.outcome != VoteOutcome.TOO_FEW_WALLETS:
            raise UserError(f"the vote is {result.outcome.name}")
        wallets = self.governor.criteria().wallets
        step(
            "Another fails for want of wallets",
            f"{result.voters} have voted, all in favour; {wallets} are wanted.",
        )


def tell(story: Votes, values: Params) -> None:
    suite = story.suite
    step(
        f"The suite is deployed on {story.cast.provider.network_choice}",
        f"SequencerPool {suite.pool.address}, SlashVault {suite.slash_vault.address},",
        f"CommitteeRelay {suite.relay.address}, SequencerSet {suite.set_address},",
        f"SequencerGovernor {suite.governor.address}, Timelock {suite.timelock.address}",
        f"min_stake {format_metis(values.parameters.min_stake)} METIS,"
        f" cap {format_metis(values.parameters.cap)},"
        f" exit delay {format_duration(values.parameters.exit_delay)}",
    )
    motion = story.post()
    story.carry_out(motion, story.count(motion))


def tell_more(story: Votes) -> None:
    story.vetoed()
    story.failed()
