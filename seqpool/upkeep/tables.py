"""Tables of the pool, of a sequencer, and of what is due."""

from rich.table import Table

from seqpool.chain.accounts import account_name, is_local
from seqpool.deployment.params import format_parameter
from seqpool.epochs.tables import EpochTables
from seqpool.epochs.view import EpochView
from seqpool.pool.view import LIVE, Approval, State, View
from seqpool.protocol.addresses import ZERO
from seqpool.units import format_date, format_duration, format_metis, format_percent
from seqpool.upkeep.actions import UpkeepJob
from seqpool.upkeep.view import next_checkpoint


def _pairs(title: str) -> Table:
    return Table(title=title, show_header=False, title_justify="left")


def jobs_table(jobs: list[UpkeepJob]) -> Table:
    """What anyone may do, and whether it is due."""
    table = Table("what", "due", "why", title="Upkeep")
    for job in jobs:
        table.add_row(job.what, "yes" if job.call else "no", job.why)
    return table


class StatusTables:
    """Tables of one view."""

    def __init__(self, view: View, network: str):
        self.view, self._is_local = view, is_local(network)

    def _name(self, address: str) -> str:
        return account_name(address, self._is_local)

    def _date(self, at: int) -> str:
        return format_date(at, self.view.now)

    def pool(self) -> list[Table]:
        tables = [self._pool(), self._roles(), self._committee(), self.sequencers()]
        return [*tables, self._l2()]

    def _l2(self) -> Table:
        suite = self.view.suite
        if suite.registry is not None:
            view = EpochView(suite.registry, self.view.provider)
            return EpochTables(view, self.view.provider.network.name).summary()
        table = _pairs("The way to L2")
        table.add_row("L2", f"chain {suite.l2_chain_id}")
        table.add_row("SequencerSet there", suite.set_address)
        table.add_row("relay here", suite.relay.address)
        table.add_row("messenger here", suite.messenger.address)
        table.add_row("calls of governance", str(suite.relay.call_count()))
        return table

    def _pool(self) -> Table:
        view, p = self.view, self.view.parameters
        table = _pairs(f"SequencerPool {view.pool.address}")
        table.add_row("as of", f"{self._date(view.now)}, block {view.block_number}")
        for name in (
            "min_stake",
            "cap",
            "max_sequencers",
            "exit_delay",
            "cure_period",
            "rotation_period",
        ):
            table.add_row(name, format_parameter(name, getattr(p, name)))
        roster = view.read("roster")
        table.add_row("seats", f"{roster.seated} of {p.max_sequencers} taken")
        queue = ", ".join(map(str, view.queue()))
        table.add_row("queue", f"{roster.queued} waiting: {queue}" if queue else "empty")
        until = view.paused_until()
        table.add_row("paused", "no" if until is None else f"until {self._date(until)}")
        balance, stake = view.suite.metis.balanceOf(view.pool), view.stake()
        table.add_row("sum of stakes", f"{format_metis(stake)} METIS")
        difference = balance - stake
        note = "equal" if difference == 0 else f"{format_metis(abs(difference))} METIS "
        if difference:
            note += "more: sent here by transfer" if difference > 0 else "LESS THAN IS OWED"
        table.add_row("METIS in the pool", f"{format_metis(balance)} METIS ({note})")
        vault = view.suite.slash_vault
        table.add_row(
            "METIS in the SlashVault",
            f"{format_metis(view.suite.metis.balanceOf(vault))} METIS,"
            f" {format_metis(vault.held())} in {vault.case_count()} cases",
        )
        return table

    def _roles(self) -> Table:
        view = self.view
        table = _pairs("Roles")
        table.add_row("governance", self._name(view.read("owner")))
        pending = view.read("pending_owner")
        if pending != ZERO:
            table.add_row("pending governance", self._name(pending))
        for role in ("guardian", "slasher"):
            table.add_row(role, self._name(view.read(role)))
        announced, at = view.read("announced_slasher")
        if at > view.now:
            table.add_row(
                "announced slasher", f"{self._name(announced)}, in force {self._date(at)}"
            )
        table.add_row("distributor", self._name(view.read("distributor")))
        table.add_row("METIS token", view.read("metis"))
        table.add_row("SlashVault", view.read("slash_vault"))
        return table

    def _committee(self) -> Table:
        view = self.view
        table = _pairs("Committee")
        table.add_row("registry", view.registry.address)
        last = view.last_checkpoint()
        if last.nonce == 0:
            table.add_row("latest", "none yet")
        else:
            info = view.committee(last.nonce)
            table.add_row("latest", f"nonce {last.nonce}, made {self._date(last.made_at)}")
            table.add_row("members", f"{info.size}" if info.size else "none: the empty committee")
            table.add_row("power", f"{format_metis(info.power)} METIS")
            table.add_row("hash", "0x" + bytes(info.hash).hex())
            table.add_row(
                "seal",
                "sealed" if last.is_sealed else f"open, possible from block {view.sealable_from()}",
            )
            if last.is_sealed:
                table.add_row("seed", "0x" + bytes(view.read_registry("sealed_committee")[2]).hex())
            if last.member_left:
                table.add_row("members", "one has left since")
        table.add_row("next checkpoint", next_checkpoint(view))
        return table

    def sequencers(self) -> Table:
        view = self.view
        table = Table(title="Sequencers", title_justify="left")
        table.add_column("id", justify="right")
        table.add_column("owner")
        table.add_column("state")
        for column in ("own bonded", "paired bonded", "unbonding", "claimable"):
            table.add_column(column, justify="right")
        for id in range(1, view.count + 1):
            record = view.sequencer(id)
            sides = (record.own, record.paired)
            table.add_row(
                str(id),
                self._name(record.owner).split()[0],
                State(record.state).name,
                format_metis(record.own.bonded),
                format_metis(record.paired.bonded),
                format_metis(sum(side.unbonding for side in sides)),
                format_metis(sum(view.claimable(side) for side in sides)),
            )
        return table

    def sequencer(self, id: int) -> list[Table]:
        record = self.view.sequencer(id)
        return [self._sequencer(id, record), self._stake(id, record), self._deadlines(id, record)]

    def _sequencer(self, id: int, record) -> Table:
        view = self.view
        table = _pairs(f"Sequencer {id}")
        state = State(record.state)
        table.add_row("state", state.name + self._place(id, record))
        table.add_row("owner", self._name(record.owner))
        if record.pending_owner != ZERO:
            table.add_row("offered to", self._name(record.pending_owner))
        table.add_row("approval of the owner", Approval(record.approval).name)
        table.add_row("signer", self._name(record.signer))
        table.add_row("reward recipient", self._name(record.reward_recipient))
        if record.vault != ZERO:
            ended = ", pairing has ended" if record.pairing_ended else ""
            table.add_row(
                "paired vault",
                f"{self._name(record.vault)}, commission {record.commission_bps / 100:g} %{ended}",
            )
        bonded = record.own.bonded + record.paired.bonded
        missing = view.parameters.min_stake - bonded
        note = (
            ""
            if missing <= 0 or state not in LIVE
            else (f" ({format_metis(missing)} below min_stake)")
        )
        table.add_row("bonded", f"{format_metis(bonded)} METIS{note}")
        for name, side in (("own", record.own), ("paired", record.paired)):
            if name == "own" or view.total(side):
                table.add_row(
                    f"{name} claimable now", f"{format_metis(view.claimable(side))} METIS"
                )
        table.add_row("slashable now", f"{format_metis(record.slashable)} METIS")
        if record.held_until > view.now and record.held:
            table.add_row(
                "held", f"{format_metis(record.held)} METIS until {self._date(record.held_until)}"
            )
        if record.open_causes:
            table.add_row("suspended for", f"{record.open_causes} open causes")
        if view.suite.slasher is not None:
            kept = view.read_of(view.suite.slasher, "record_of", id)
            table.add_row("strikes in 30 days", str(kept.strikes))
            table.add_row(
                "slashed in 30 days",
                f"{format_percent(kept.taken_bps)} by committees,"
                f" {format_percent(kept.voted_bps)} by votes",
            )
        return table

    def _place(self, id: int, record) -> str:
        if record.state in (State.ACTIVE, State.JAILED):
            return f", seat {record.place + 1} of {self.view.parameters.max_sequencers}"
        if record.state == State.QUEUED:
            return f", {self.view.queue().index(id) + 1} in the queue"
        return ""

    def _stake(self, id: int, record) -> Table:
        table = Table("stake", "METIS", "slashable until", "claimable", title="Stake")
        table.title_justify = "left"
        delay = format_duration(self.view.parameters.exit_delay)
        for name, side in (("own", record.own), ("paired", record.paired)):
            if side.bonded:
                until = f"it is unbonded, and {delay} more"
                table.add_row(f"{name}, bonded", format_metis(side.bonded), until, "not yet")
        for entry in self.view.unbondings(id):
            name = "paired" if entry.paired else "own"
            if entry.matures_at > self.view.now:
                date = self._date(entry.matures_at)
                table.add_row(f"{name}, unbonding", format_metis(entry.amount), date, date)
            else:
                kept = (record.paired if entry.paired else record.own).kept
                until = f"the hold ends, {format_metis(kept)} of it" if kept else "no more"
                table.add_row(f"{name}, matured", format_metis(entry.amount), until, "now")
        return table

    def deadlines(self, id: int) -> list[tuple[int, str]]:
        """(date, what happens) of all that is still to come, soonest first."""
        view, record = self.view, self.view.sequencer(id)
        dates = []
        cure = view.cure_deadline(record)
        if cure is not None:
            dates.append((cure, "anyone may eject it, unless it is topped up (a pause adds time)"))
        unbondings = view.unbondings(id)
        for entry in unbondings:
            whose = "paired" if entry.paired else "own"
            what = f"{format_metis(entry.amount)} METIS of {whose} stake may be claimed"
            dates.append((entry.matures_at, what))
        if record.state == State.EXITING and unbondings:
            last = max(entry.matures_at for entry in unbondings)
            dates.append((last, "exit: the last of it may be claimed"))
        if record.state == State.JAILED:
            dates.append((record.jailed_until, "the owner may unjail it"))
        if record.held:
            dates.append((record.held_until, "the hold lapses"))
        return sorted(date for date in dates if date[0] > view.now)

    def _deadlines(self, id: int, record) -> Table:
        table = Table("date", "what", title="Next deadlines")
        table.title_justify = "left"
        dates = self.deadlines(id)
        if record.state == State.JAILED and record.jailed_until <= self.view.now:
            table.add_row("now", "the owner may unjail it")
        cure = self.view.cure_deadline(record)
        if cure is not None and cure <= self.view.now:
            table.add_row("now", "anyone may eject it, unless it is topped up")
        for at, what in dates:
            table.add_row(self._date(at), what)
        if not table.row_count:
            table.add_row("none", "nothing is due by itself")
        return table
