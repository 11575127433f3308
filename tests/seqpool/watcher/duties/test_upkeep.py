"""When tasks are due, who is first, and whom a re-election is held against."""

import asyncio
import json
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from types import SimpleNamespace

import pytest

from seqpool.chain.jsonrpc import RpcError
from seqpool.documents.votes import message_data
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.certificates import tally
from seqpool.protocol.covered_time import STRIDE, TIMES
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason, RewardBatch, as_struct, digest
from seqpool.protocol.redemptions import FUND_AFTER
from seqpool.protocol.reward_entries import RETIRED
from seqpool.units import DAY, METIS
from seqpool.watcher.chain.abi import Event, load
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.registry import BlockHeader, Epoch
from seqpool.watcher.chain.rpc import RpcUnavailable
from seqpool.watcher.duties.committee_upkeep import RELAY_AGAIN
from seqpool.watcher.duties.duty import certified_key
from seqpool.watcher.duties.outage_upkeep import OVER
from seqpool.watcher.duties.upkeep import Upkeep
from seqpool.watcher.monitor.status import UnclaimedRefund
from tests.seqpool.watcher.ballots import reelection_vote
from tests.seqpool.watcher.fleet import PLACES, START, TIMEOUT, Fleet, run
from tests.seqpool.watcher.streams import block


class Contract:
    """Answers what a test has written down."""

    def __init__(self, name: str, **answers):
        self.abi, self.answers, self.logs = load(name), answers, {}

    def ask(self, name: str, *arguments):
        return lambda: self.read(name, *arguments)

    async def read(self, name: str, *arguments, at: int | None = None):
        answer = self.answers[name]
        return answer(*arguments) if callable(answer) else answer

    async def events(self, name: str, first: int, last: int, topics=()):
        return [x for x in self.logs.get(name, []) if first <= x.block <= last]


class Chain:
    """A chain with blocks of 2 seconds, or with times of a test's own."""

    places = PLACES

    def __init__(self, height: int, **contracts):
        self.height, self.rpc, self.transactions, self.ids = height, self, {}, {}
        self.times = None
        for name, contract in contracts.items():
            setattr(self, name, contract)

    async def ask(self, questions):
        return [await question() for question in questions]

    async def ask_each(self, questions):
        found = []
        for question in questions:
            try:
                found.append(await question())
            except RpcError as error:
                found.append(error)
        return found

    async def id_of(self, signer: str) -> int:
        return self.ids.get(signer, 0)

    def time_of(self, number: int) -> int:
        return START + 2 * number if self.times is None else self.times[number]

    async def present_block(self, number: int | None = None) -> BlockHeader:
        number = self.height if number is None else number
        return block(number, self.time_of(number))

    async def blocks(self, numbers) -> list[BlockHeader]:
        return [block(number, self.time_of(number)) for number in numbers]

    async def block_by(self, at: int) -> BlockHeader:
        later = bisect_right(range(self.height + 1), at, key=self.time_of)
        return await self.present_block(max(0, later - 1))

    async def call(self, method: str, *params):
        assert method == "eth_getTransactionByHash"
        return {"input": self.transactions[params[0]]}


class Desk:
    """A fleet's first watcher, with its upkeep on chains of a test's own."""

    def __init__(self, folder, more: str = "", height: int = 1_000):
        self.fleet = Fleet(7, folder, more=more)
        self.fleet.clock.time = START + 2 * height
        self.me = self.fleet.accounts[0].address
        self.duty, self.memory = self.fleet.duties[self.me], self.fleet.memories[self.me]
        self.agenda = self.fleet.agendas[self.me]
        self.l1 = Chain(
            height,
            pool=Contract(
                "SequencerPool",
                distributor=PLACES.distributor,
                roster=SimpleNamespace(count=0),
            ),
            registry=Contract("CommitteeRegistry"),
            relay=Contract("CommitteeRelay"),
            slash_vault=Contract("SlashVault"),
            slasher=Contract("Slasher", outage_count=0),
            distributor=Contract("RewardDistributor"),
            lst=None,
        )
        parameters = SimpleNamespace(block_timeout=TIMEOUT)
        self.l2 = Chain(height, sequencer_set=Contract("SequencerSet", parameters=parameters))
        self.l2.domain = self.fleet.world.domain
        self.l2.barred = self.fleet.world.barred
        self.l2.registry = self.fleet.world.registry
        self.refusals: dict[str, str] = {}
        for sender in (self.duty.scheduler.l1, self.duty.scheduler.l2):
            sender.refusal = self.refusal
        self.upkeep = Upkeep(
            self.l1,
            self.l2,
            Calls(PLACES),
            self.duty,
            self.memory,
            self.fleet.config,
            self.fleet.clock,
        )

    async def refusal(self, call) -> str | None:
        return self.refusals.get(call.what)

    @property
    def due(self) -> dict[str, float]:
        """Jobs, and in how many seconds they are due."""
        now = self.fleet.clock.now()
        return {key: at - now for key, (_, at) in self.agenda._waiting.items()}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


# ---------------------------------------------------------------- epochs


@pytest.mark.parametrize(("head", "is_due"), [(125, False), (126, True), (150, True)])
def test_the_next_epoch_is_scheduled_in_the_second_half(desk, head, is_due):
    async def story():
        world = desk.fleet.world
        world.epochs = [Epoch(ZERO, 1, 101), Epoch(desk.me, 102, 151)]
        world.blocks = [block(head, START)]
        registry = await world.registry()
        await desk.upkeep.look_at_l2(registry)
        assert ("commit:2:151" in desk.due) == is_due
        # the producer is first
        assert not is_due or desk.due["commit:2:151"] == 0

    run(story())


def test_epoch_0_ends_with_the_first_commit(desk):
    async def story():
        desk.fleet.world.epochs = [Epoch(ZERO, 1, 10**9)]
        await desk.upkeep.look_at_l2(await desk.fleet.world.registry())
        assert list(desk.due) == [f"commit:1:{10**9}"]
        assert desk.due[f"commit:1:{10**9}"] > 0

    run(story())


def test_nothing_is_scheduled_twice(desk):
    async def story():
        world = desk.fleet.world
        world.epochs = [Epoch(ZERO, 1, 50), Epoch(desk.me, 51, 120), Epoch(desk.me, 121, 170)]
        world.blocks = [block(119, START)]
        registry = await world.registry(119)
        registry = replace(registry, last_epoch=2, last=world.epochs[2], before=world.epochs[1])
        assert registry.is_scheduled
        await desk.upkeep.look_at_l2(registry)
        assert desk.due == {}

    run(story())


def test_in_a_gap_only_the_drawn_signer_commits(tmp_path):
    async def story():
        drawn = []
        for place in range(7):
            desk = Desk(tmp_path)
            world = desk.fleet.world
            account = desk.fleet.accounts[place]
            desk.duty.me = account.address
            world.epochs = [Epoch(ZERO, 1, 50), Epoch(desk.me, 51, 90)]
            registry = await world.registry()
            assert registry.present == (2, None)
            await desk.upkeep.look_at_l2(registry)
            if desk.due:
                assert desk.due == {"commit:2:90": 0}
                drawn.append(account.address)
        assert drawn == [registry.in_charge(world.words, set())]

    run(story())


def test_a_heartbeat_is_due_after_half_of_the_delay(desk):
    async def story():
        world = desk.fleet.world
        world.epochs = [Epoch(ZERO, 1, 50), Epoch(desk.me, 51, 10_000)]
        for age, is_due in ((3_599, False), (3_600, True)):
            world.blocks = [block(100, START + age)]
            await desk.upkeep.look_at_l2(await world.registry())
            assert (f"heartbeat:{START}" in desk.due) == is_due

    run(story())


def test_the_fallback_sequencer_takes_over_after_its_delay_and_nobody_else_does(desk):
    async def story():
        world, clock = desk.fleet.world, desk.fleet.clock
        world.epochs = [Epoch(ZERO, 1, 50), Epoch(desk.me, 51, 150)]
        registry = await world.registry()
        clock.time = START + 7_200
        await desk.upkeep.look_at_time(registry)
        assert desk.due == {}
        desk.duty.me = registry.parameters.fallback_sequencer
        clock.time = START + 7_199
        await desk.upkeep.look_at_time(registry)
        assert desk.due == {}
        clock.time = START + 7_200
        await desk.upkeep.look_at_time(registry)
        assert desk.due == {f"fallback:100:{START}": 0}

    run(story())


def test_the_fallback_sequencer_takes_a_gap_when_all_are_barred(desk):
    async def story():
        world, clock = desk.fleet.world, desk.fleet.clock
        world.epochs = [Epoch(ZERO, 1, 50), Epoch(desk.me, 51, 90)]
        registry = await world.registry()
        desk.duty.me = registry.parameters.fallback_sequencer
        clock.time = START + 60
        for account in desk.fleet.accounts:
            await desk.upkeep.look_at_time(registry)
            assert desk.due == {}
            world.bars[account.address] = (1, 2)
        await desk.upkeep.look_at_time(registry)
        assert desk.due == {f"fallback:100:{START}": 0}

    run(story())


def test_tasks_that_are_off_do_nothing(tmp_path):
    async def story():
        desk = Desk(tmp_path, "[tasks]\ncommit_epoch = false\nheartbeat = false\n")
        desk.fleet.world.blocks = [block(140, START + 7_000)]
        await desk.upkeep.look_at_l2(await desk.fleet.world.registry())
        assert desk.due == {}

    run(story())


# ---------------------------------------------------------------- committees


def checkpoint(nonce: int, is_sealed: bool, number: int):
    return SimpleNamespace(nonce=nonce, is_sealed=is_sealed, block_number=number)


def test_a_checkpoint_is_sealed_when_it_can_be(desk):
    async def story():
        answers = desk.l1.registry.answers
        answers["last_checkpoint"] = checkpoint(4, False, 996)
        await desk.upkeep.committees.checkpoint_and_seal()
        assert list(desk.due) == ["seal:4:996"]
        answers["last_checkpoint"] = checkpoint(5, False, 997)
        await desk.upkeep.committees.checkpoint_and_seal()
        assert list(desk.due) == ["seal:4:996"]

    run(story())


def test_a_checkpoint_is_made_when_the_registry_allows_it(desk):
    async def story():
        desk.l1.registry.answers["last_checkpoint"] = checkpoint(4, True, 900)
        desk.refusals["checkpoint"] = "CommitteeRegistry: too early"
        await desk.upkeep.committees.checkpoint_and_seal()
        assert desk.due == {}
        del desk.refusals["checkpoint"]
        await desk.upkeep.committees.checkpoint_and_seal()
        assert list(desk.due) == ["checkpoint:5"]

    run(story())


def test_a_committee_is_sent_once_until_it_must_be_lost(desk):
    async def story():
        desk.l1.registry.answers |= {
            "sealed_committee": (4, bytes(32), bytes(32)),
            "last_checkpoint": checkpoint(4, True, 900),
        }
        desk.l2.sequencer_set.answers["committee"] = SimpleNamespace(nonce=3)
        await desk.upkeep.committees.relay()
        assert list(desk.due) == ["relay:4:0"]
        desk.l1.relay.logs["CommitteeSent"] = [Event("CommitteeSent", {}, 950, 0, "0x", "0x")]
        await desk.upkeep.committees.relay()
        assert list(desk.due) == ["relay:4:0"]
        desk.fleet.clock.time = START + 2 * 950 + RELAY_AGAIN + 1
        await desk.upkeep.committees.relay()
        assert list(desk.due) == ["relay:4:0", "relay:4:1"]
        desk.l2.sequencer_set.answers["committee"] = SimpleNamespace(nonce=4)

    run(story())


def test_the_queue_is_activated_when_there_are_seats(desk):
    async def story():
        answers = desk.l1.pool.answers
        roster = SimpleNamespace(queued=2, seated=3, queue_head=5, queue_tail=7, count=9)
        answers |= {"roster": roster, "parameters": SimpleNamespace(max_sequencers=3)}
        await desk.upkeep.seats.activate()
        assert desk.due == {}
        answers["parameters"] = SimpleNamespace(max_sequencers=4)
        await desk.upkeep.seats.activate()
        assert list(desk.due) == ["activate:5:7:3"]

    run(story())


def test_cases_are_released_when_their_time_is_over(desk):
    async def story():
        now = START + 2_000
        cases = {1: (8, 0), 2: (1, now), 3: (2, now + 1)}
        desk.l1.slash_vault.answers |= {
            "case_count": 3,
            "case_of": lambda id: SimpleNamespace(status=cases[id][0], releasable_at=cases[id][1]),
        }
        await desk.upkeep.seats.release()
        assert list(desk.due) == ["release:2"]

    run(story())


# ---------------------------------------------------------------- the LST vault


class Ledger:
    """What SlashVault and StakedMetis say of cases and requests."""

    def __init__(self, desk):
        self.desk, self.uncounted, self.pending = desk, 0, 0
        # case => vault, loss, whether it is decided, refund
        self.cases: dict[int, tuple[str, int, bool, int]] = {}
        # request => shares, ready at, whether METIS is there
        self.requests: dict[int, tuple[int, int, bool]] = {}
        self.parts: dict[tuple[int, int], int] = {}
        desk.l1.slash_vault.answers |= {
            "case_count": lambda: len(self.cases),
            "loss_of": lambda id: self.cases[id][:2],
            "refund_of": lambda id: self.cases[id][2:],
        }
        desk.l1.lst = Contract(
            "StakedMetis",
            uncounted_cases=lambda: self.uncounted,
            request=self.request,
            refund_of=lambda request, case: self.parts.get((request, case), 0),
            funds=lambda: SimpleNamespace(pending=self.pending),
        )
        desk.l1.lst.address = PLACES.lst
        desk.l1.ids[desk.me] = 1
        desk.l1.pool.answers["sequencer"] = lambda id: SimpleNamespace(vault=PLACES.lst)

    def request(self, id):
        shares, ready_at, is_funded = self.requests.get(id, (0, 0, False))
        controller = PLACES.pool if id in self.requests else ZERO
        return SimpleNamespace(
            controller=controller, shares=shares, ready_at=ready_at, is_funded=is_funded
        )

    def close(self, number):
        self.desk.refusals[f"close of the vault's case {number}"] = "refunds: no open case"


@pytest.fixture
def ledger(desk):
    return Ledger(desk)


def test_a_loss_of_the_vault_is_counted(desk, ledger):
    async def story():
        ledger.cases, ledger.uncounted = {1: (PLACES.pool, METIS, False, 0)}, 1
        await desk.upkeep.vault.look()
        assert desk.due == {}
        ledger.cases[2], ledger.uncounted = (PLACES.lst, METIS, False, 0), 2
        await desk.upkeep.vault.look()
        assert list(desk.due) == ["count:2"]

    run(story())


def test_losses_of_others_are_counted_before_they_are_too_many(desk, ledger):
    async def story():
        many = LIMITS["MAX_LOSSES"] // 2
        ledger.cases = dict.fromkeys(range(1, many + 1), (PLACES.pool, METIS, False, 0))
        ledger.uncounted = many - 1
        await desk.upkeep.vault.look()
        assert desk.due == {}
        ledger.uncounted = many
        await desk.upkeep.vault.look()
        assert list(desk.due) == [f"count:{many}"]

    run(story())


def test_a_decided_case_of_the_vault_is_closed(desk, ledger):
    async def story():
        loss, other = (PLACES.lst, 10 * METIS), (PLACES.pool, 10 * METIS)
        ledger.cases = {1: (*other, True, METIS), 2: (*loss, False, 0), 3: (*loss, False, 0)}
        await desk.upkeep.vault.look()
        assert desk.due == {}
        assert [(x.number, x.decided_since) for x in desk.upkeep.vault.cases] == [
            (2, None),
            (3, None),
        ]
        first = int(desk.fleet.clock.time)
        # of the second nothing comes back: it is closed all the same
        ledger.cases |= {2: (*loss, True, 4 * METIS), 3: (*loss, True, 0)}
        await desk.upkeep.vault.look()
        assert list(desk.due) == ["refund:2", "refund:3"]
        desk.fleet.clock.time += 100
        ledger.close(3)
        await desk.upkeep.vault.look()
        (case,) = desk.upkeep.vault.cases
        assert (case.number, case.amount, case.refund) == (2, 10 * METIS, 4 * METIS)
        assert case.decided_since == first

    run(story())


def test_metis_is_set_aside_for_who_does_not_redeem(desk, ledger):
    """The controller has three days; a hold, or a refund that is to come, is waited for."""

    async def story():
        old = desk.l1.time_of(desk.l1.height) - FUND_AFTER
        ledger.requests = {
            1: (0, old, True),  # redeemed
            2: (METIS, 0, True),  # set aside
            3: (METIS, old, True),
            4: (METIS, old + 1, True),  # too young
            5: (METIS, old, False),  # METIS is not there
        }
        ledger.pending = 1
        await desk.upkeep.vault.look()
        assert desk.due == {}
        ledger.pending, ledger.cases = 0, {1: (PLACES.lst, METIS, True, METIS)}
        await desk.upkeep.vault.look()
        assert list(desk.due) == ["refund:1"]
        ledger.close(1)
        await desk.upkeep.vault.look()
        assert list(desk.due) == ["refund:1", "fund:3"]

    run(story())


def test_refunds_that_wait_for_who_has_left_are_known(desk, ledger):
    async def story():
        ledger.cases = {1: (PLACES.lst, METIS, True, METIS)}
        ledger.requests = dict.fromkeys(range(1, 71), (0, 1, True))
        ledger.parts = {(2, 1): 20, (70, 1): 30}
        await desk.upkeep.vault.look()
        # it is not closed yet
        assert desk.upkeep.vault.unclaimed == ()
        ledger.close(1)
        await desk.upkeep.vault.look()
        assert desk.upkeep.vault.unclaimed == (UnclaimedRefund(1, {2: 20, 70: 30}),)
        ledger.parts = {(70, 1): 30}
        await desk.upkeep.vault.look()
        assert desk.upkeep.vault.unclaimed == (UnclaimedRefund(1, {70: 30}),)
        # of another's vault nothing is told
        desk.l1.pool.answers["sequencer"] = lambda id: SimpleNamespace(vault=ZERO)
        await desk.upkeep.vault.look()
        assert desk.upkeep.vault.unclaimed == desk.upkeep.vault.cases == ()

    run(story())


def test_a_watcher_that_does_nothing_for_the_vault_still_tells(tmp_path):
    desk = Desk(tmp_path, "[tasks]\nvault = false\n")
    ledger = Ledger(desk)

    async def story():
        ledger.cases, ledger.uncounted = {1: (PLACES.lst, METIS, True, METIS)}, 1
        ledger.requests = {1: (METIS, 1, True)}
        await desk.upkeep.vault.look()
        assert desk.due == {}
        assert [x.number for x in desk.upkeep.vault.cases] == [1]

    run(story())


def test_a_suite_without_a_vault_of_ours_is_left_alone(desk):
    async def story():
        await desk.upkeep.vault.look()
        assert desk.due == {} and desk.upkeep.vault.cases == ()

    run(story())


# ---------------------------------------------------------------- mass outages

# when the outage of these tests was found, and what a page is called in the journal
FOUND = START + 1_600
PAGE = LIMITS["MAX_TOP_UPS"]


class MassOutage:
    """One that a desk's Slasher has found: sequencer => basis points that are due."""

    def __init__(self, desk, **due: int):
        self.desk, self.due = desk, {int(name[1:]): bps for name, bps in due.items()}
        self.desk.l1.slasher.answers |= {
            "outage_count": 1,
            "outage": SimpleNamespace(starts_at=START, ends_at=START + 9_000, found_at=FOUND),
            "due_in": self._due_in,
        }
        self.desk.l1.ids = {desk.me: 1}
        self.desk.l1.pool.answers["stake_of"] = (0, 40_000 * METIS, 0)
        self.tell(*self.due)

    def _due_in(self, number: int, id: int) -> int:
        if id not in self.due:
            raise RpcError("eth_call", {"message": "Slasher: not in the outage"})
        return self.due[id]

    def tell(self, *ids: int, kind: Kind = Kind.BLOCK_TIMEOUT, number: int = 900) -> None:
        """Reports of timeouts, in a block."""
        logs = self.desk.l1.slasher.logs.setdefault("OffencePunished", [])
        fields = [{"id": id, "kind": kind} for id in ids]
        logs += [Event("OffencePunished", x, number, 0, "0x", "0x") for x in fields]


def outage_of(desk, count: int) -> MassOutage:
    """With so many sequencers that have not paid in full."""
    return MassOutage(desk, **{f"_{id}": 490 for id in range(1, count + 1)})


async def look_at_outages(desk):
    """The outage as metrics and alerts see it; None if nothing can be charged any more."""
    await desk.upkeep.outages.look()
    return next(iter(desk.upkeep.outages.open), None)


def key_of(*ids: int) -> str:
    return f"top_up:1:{FOUND}:{','.join(map(str, ids))}"


def test_who_timed_out_in_an_outage_is_charged_in_pages(desk):
    async def story():
        outage = outage_of(desk, PAGE + 2)
        # one that has nothing to pay, one that timed out on another day, one with a backlog
        outage.due[PAGE + 3] = 0
        outage.tell(PAGE + 3, PAGE + 4, kind=Kind.MASS_OUTAGE)
        outage.due[PAGE + 5] = 490
        outage.tell(PAGE + 5, kind=Kind.BACKLOG)
        seen = await look_at_outages(desk)
        assert seen.due == dict.fromkeys(range(1, PAGE + 3), 490)
        assert list(desk.due) == [key_of(*range(1, PAGE + 1)), key_of(PAGE + 1, PAGE + 2)]
        # each page is the first turn of another watcher, maybe
        stagger = desk.duty.scheduler.fees(desk.duty.scheduler.l1).stagger
        assert {at % stagger for at in desk.due.values()} == {0}

    run(story())


def test_a_page_that_another_has_sent_is_not_sent_again(desk):
    async def story():
        outage = outage_of(desk, PAGE + 2)
        await look_at_outages(desk)
        (first, _), (second, _) = desk.agenda._waiting.values()
        assert await first.is_wanted() and await second.is_wanted()
        outage.due |= dict.fromkeys(range(1, PAGE + 1), 0)
        assert not await first.is_wanted() and await second.is_wanted()
        # a part of it: the rest is a page of its own from the next look on
        outage.due[PAGE + 1] = 0
        assert not await second.is_wanted()
        await look_at_outages(desk)
        assert key_of(PAGE + 2) in desk.due

    run(story())


def test_what_reorganised_blocks_tell_later_is_not_missed(desk):
    async def story():
        outage = outage_of(desk, 3)
        await look_at_outages(desk)
        outage.due[9] = 480
        outage.tell(9, number=desk.l1.height)
        assert 9 in (await look_at_outages(desk)).due

    run(story())


def test_outages_are_followed_though_the_task_is_off(tmp_path):
    async def story():
        desk = Desk(tmp_path, "[tasks]\ntop_up = false\n")
        outage_of(desk, 3)
        assert len((await look_at_outages(desk)).due) == 3
        assert desk.due == {}

    run(story())


def test_what_an_outage_costs_this_sequencer(desk):
    async def story():
        outage = outage_of(desk, 3)
        assert (await look_at_outages(desk)).own_cost == (490, 1_960 * METIS)
        outage.due[1] = 0
        assert (await look_at_outages(desk)).own_cost is None

    run(story())


def test_it_is_known_since_when_nobody_has_charged_what_is_due(desk):
    async def story():
        outage = outage_of(desk, 3)
        assert (await look_at_outages(desk)).waits_since == FOUND
        # somebody has charged one
        outage.due[2] = 0
        desk.l1.height += 30
        assert (await look_at_outages(desk)).waits_since == START + 2 * desk.l1.height
        since = START + 2 * desk.l1.height
        desk.l1.height += 30
        assert (await look_at_outages(desk)).waits_since == since
        desk.refusals["top-up of 2 in outage 1"] = "execution reverted: Slasher: stopped"
        assert (await look_at_outages(desk)).waits_since is None
        del desk.refusals["top-up of 2 in outage 1"]
        # nobody could in the stop
        assert (await look_at_outages(desk)).waits_since == START + 2 * desk.l1.height
        outage.due |= {1: 0, 3: 0}
        assert (await look_at_outages(desk)).waits_since is None

    run(story())


@pytest.mark.parametrize("reason", ["Slasher: stopped", "Slasher: too late"])
def test_what_the_slasher_would_refuse_is_not_sent(desk, reason):
    async def story():
        outage_of(desk, 3)
        desk.refusals["top-up of 3 in outage 1"] = f"execution reverted: {reason}"
        seen = await look_at_outages(desk)
        assert (seen is None) == ("too late" in reason)
        assert desk.due == {}

    run(story())


def test_an_outage_is_left_alone_when_its_time_is_over(desk):
    async def story():
        outage = outage_of(desk, 3)
        asked = []
        entry = desk.l1.slasher.answers["outage"]
        desk.l1.slasher.answers["outage"] = lambda number: asked.append(number) or entry
        outage.due = dict.fromkeys(outage.due, 0)
        desk.l1.height = 800 + LIMITS["TOP_UP_PERIOD"] // 2
        assert await look_at_outages(desk) is not None
        desk.l1.height += 1
        assert await look_at_outages(desk) is None
        # until then a late report may let it grow
        desk.l1.height = 4_500 + OVER // 2
        assert await look_at_outages(desk) is None
        assert len(asked) == 3
        desk.l1.height += 1
        for _ in range(3):
            await look_at_outages(desk)
        assert len(asked) == 4

    run(story())


def test_a_node_that_cannot_answer_is_no_stranger(desk):
    async def story():
        outage_of(desk, 3)

        def fail(number: int, id: int):
            raise RpcError("eth_call", {"message": "header not found"})

        desk.l1.slasher.answers["due_in"] = fail
        with pytest.raises(RpcError, match="header not found"):
            await desk.upkeep.outages.look()

    run(story())


# ---------------------------------------------------------------- whom a re-election costs stake


def put_certified(desk, round: int, at: float, failed: int):
    """Two thirds had signed a round at a time, and all votes are here."""
    failed = desk.fleet.accounts[failed].address
    votes = [reelection_vote(x, round=round, failed=failed) for x in desk.fleet.accounts]
    for vote in votes:
        desk.memory.add_vote(vote)
    message = votes[0].message
    data = {"at": at} | message_data(message)
    desk.memory.put(certified_key(message.lastBlock, round), json.dumps(data))
    return message


def reelected(desk, round: int, number: int = 101) -> Event:
    """The event of a re-election, whose transaction was a contract's."""
    desk.l2.transactions["0xcafe"] = "0x"
    fields = {"start_block": number, "round": round}
    return Event("EpochReelected", fields, number, 0, "0xcafe", "0x")


async def reported(desk, event: Event) -> list[str]:
    await desk.fleet.follow()
    await desk.upkeep.reports.report(event, TIMEOUT)
    return sorted(desk.due)


def test_the_signer_in_charge_is_reported_when_it_was_replaced(desk):
    async def story():
        put_certified(desk, 1, START + 61, 0)
        assert await reported(desk, reelected(desk, 1)) == ["report:2:1:100"]

    run(story())


def test_a_successor_is_to_blame_if_it_had_its_certificate_in_time(desk):
    async def story():
        put_certified(desk, 1, START + 61, 0)
        put_certified(desk, 2, START + 121, 3)
        found = await reported(desk, reelected(desk, 2))
        assert found == ["report:2:1:100", "report:2:4:100"]

    run(story())


@pytest.mark.parametrize("at", [None, START + 95])
def test_a_successor_without_a_certificate_is_not_to_blame(desk, at):
    async def story():
        if at is not None:
            put_certified(desk, 1, at, 0)
        put_certified(desk, 2, START + 121, 3)
        found = await reported(desk, reelected(desk, 2))
        assert found == ([] if at is None else ["report:2:1:100"])

    run(story())


def test_after_a_fallback_the_one_who_stalled_is_reported(desk):
    async def story():
        put_certified(desk, 1, START + 61, 0)
        fallback = Event("FallbackTaken", {"start_block": 101}, 101, 0, "0x", "0x")
        assert await reported(desk, fallback) == ["report:2:1:100"]

    run(story())


def test_nobody_is_reported_for_an_epoch_of_nobody(desk):
    async def story():
        votes = [reelection_vote(x, failed=ZERO) for x in desk.fleet.accounts]
        message = votes[0].message
        assert not desk.upkeep.reports.is_to_blame(message, TIMEOUT)
        wrong = reelection_vote(
            desk.fleet.accounts[0], round=4, reason=int(Reason.INVALID_EXECUTION)
        )
        assert desk.upkeep.reports.is_to_blame(wrong.message, TIMEOUT)

    run(story())


def test_a_certificate_is_read_from_the_transaction(desk):
    async def story():
        await desk.fleet.follow()
        votes = [reelection_vote(x) for x in desk.fleet.accounts]
        message = votes[0].message
        found = tally(message, desk.fleet.world.words, [vote.signature for vote in votes])
        call = Calls(PLACES).reelect(message, found.certificate)
        event = reelected(desk, 1)
        desk.l2.transactions["0xcafe"] = "0x" + call.data.hex()
        read, certificate = await desk.upkeep.reports.of_transaction(event)
        assert digest(read) == digest(message) and certificate == found.certificate
        assert await reported(desk, event) == ["report:2:1:100"]

    run(story())


# ---------------------------------------------------------------- rewards


def test_a_batch_ends_with_the_last_block_before_a_multiple(tmp_path):
    async def story():
        height = 100_000
        desk = Desk(tmp_path, height=height)
        epochs = {
            0: Epoch(ZERO, 1, 40_000),
            1: Epoch(desk.me, 40_001, 60_000),
            2: Epoch(desk.fleet.accounts[1].address, 60_101, 10**6),
        }
        desk.l2.sequencer_set.answers |= {"last_epoch": 2, "epochs": lambda id: epochs[id]}
        start = 30_001
        tip = SimpleNamespace(batch=2, end_block=start - 1, end_timestamp=START + 2 * (start - 1))
        desk.l1.distributor.answers["last_batch"] = tip

        async def ids_of(signers):
            return [desk.fleet.world.ids[x] for x in signers]

        desk.l1.ids_of = ids_of
        await desk.upkeep.rewards.look()
        ((_, vote, _),) = [x for x in desk.fleet.told if isinstance(x[1].message, RewardBatch)]
        message = vote.message
        until = int(desk.fleet.clock.now() - 600) // DAY * DAY
        end = (until - START) // 2
        assert (message.batch, message.startBlock, message.endBlock) == (3, start, end)
        assert until - 2 < message.endTimestamp <= until
        # no block is missing
        assert message.coveredTime == message.endTimestamp - tip.end_timestamp
        ((words, *_),) = [desk.duty._batches._entries.values()]
        blocks = {word % 2**32: word >> 32 for word in words}
        assert blocks == {0: 10_000 + 100, 1: 20_000, 2: end - 60_100}
        assert sum(blocks.values()) == end + 1 - start
        # nothing new: not counted again
        del desk.l2.sequencer_set.answers["epochs"]
        await desk.upkeep.rewards.look()

    run(story())


@pytest.mark.parametrize("waited, start", [(20_000, 30_001), (7_000, 27_001), (0, 20_001)])
def test_the_first_batch_starts_where_the_time_does(tmp_path, waited, start):
    """Or as late as the contract lets it."""

    async def story():
        desk = Desk(tmp_path, height=100_000)
        epochs = {0: Epoch(ZERO, 1, 10**6)}
        desk.l2.sequencer_set.answers |= {"last_epoch": 0, "epochs": lambda id: epochs[id]}
        begin = START + 2 * 30_000
        tip = SimpleNamespace(batch=0, end_block=20_000, end_timestamp=begin)
        desk.l1.distributor.answers |= {"last_batch": tip, "deployed_at": begin - waited}
        desk.l1.ids_of = lambda signers: asyncio.sleep(0, [0 for _ in signers])
        await desk.upkeep.rewards.look()
        told = [vote.message for _, vote, _ in desk.fleet.told]
        (message,) = [x for x in told if isinstance(x, RewardBatch)]
        assert (message.batch, message.startBlock) == (1, start)
        # nothing before rewards have begun
        assert message.coveredTime == message.endTimestamp - begin

    run(story())


class FailingNode:
    """The blocks of a chain, of which a node answers only so many requests in a row."""

    def __init__(self, chain: Chain, most: int):
        self._blocks, self._most, self.asked = chain.blocks, most, []

    async def blocks(self, numbers) -> list[BlockHeader]:
        self.asked.append(list(numbers))
        if len(self.asked) % (self._most + 1) == 0:
            raise RpcUnavailable("no node answers")
        return await self._blocks(numbers)


def stalling(height: int) -> list[int]:
    """Times of blocks: every 17 or 18 seconds, and at times none for longer than block_timeout."""
    gaps = [400 if n % 97 == 0 else 17 + n % 2 for n in range(height)]
    return [*accumulate(gaps, initial=START)]


def show(desk, times) -> None:
    """Shows a chain with these times, of which blocks until the 10th are paid."""
    desk.l2.times, desk.l2.height = times, len(times) - 1
    desk.fleet.clock.time = times[-1]
    desk.l1.height = (times[-1] - START) // 2
    epochs = {0: Epoch(desk.me, 1, 10**6)}
    desk.l2.sequencer_set.answers |= {"last_epoch": 0, "epochs": lambda id: epochs[id]}
    changes = [(2_000, TIMEOUT, 90), (2_500, 90, 45)]
    desk.l2.sequencer_set.answers["parameters"] = SimpleNamespace(block_timeout=45)
    desk.l2.sequencer_set.logs["ParameterSet"] = [
        Event("ParameterSet", {"name": name, "old": old, "new": new}, at, 0, "0x", "0x")
        for at, old, new in changes
        for name in ("epoch_length", "block_timeout")
    ]
    tip = SimpleNamespace(batch=2, end_block=10, end_timestamp=times[10])
    desk.l1.distributor.answers["last_batch"] = tip
    desk.l1.ids_of = lambda signers: asyncio.sleep(0, [1 for _ in signers])


def batches_told(desk) -> list[RewardBatch]:
    told = [vote.message for _, vote, _ in desk.fleet.told]
    return [x for x in told if isinstance(x, RewardBatch)]


def test_two_watchers_on_different_nodes_count_the_same_bytes(tmp_path):
    """One of the nodes fails again and again: the count goes on where it was."""

    async def story():
        times, votes = stalling(20_000), []
        for name in ("sound", "failing"):
            folder = tmp_path / name
            folder.mkdir()
            desk = Desk(folder)
            show(desk, times)
            if name == "failing":
                node = FailingNode(desk.l2, 40)
                desk.l2.blocks = node.blocks
            failures = 0
            while not batches_told(desk):
                try:
                    await desk.upkeep.rewards.look()
                except RpcUnavailable:
                    failures += 1
            (message,) = batches_told(desk)
            votes.append(message)
        assert as_struct(votes[0]) == as_struct(votes[1])
        assert digest(votes[0]) == digest(votes[1])
        # a stretch was begun anew after each failure, and no more
        assert failures > 4
        asked = sum(map(len, node.asked))
        assert asked < votes[0].endBlock * 27 // 25 + failures * STRIDE * (TIMES + 4)
        numbers = range(11, votes[0].endBlock + 1)
        limits = {x: TIMEOUT if x <= 2_000 else 90 if x <= 2_500 else 45 for x in numbers}
        assert votes[0].coveredTime == sum(min(times[x] - times[x - 1], limits[x]) for x in numbers)
        assert votes[0].coveredTime < votes[0].endTimestamp - times[10]

    run(story())


def test_a_chain_that_was_replaced_while_it_was_counted_is_counted_anew(tmp_path):
    async def story():
        desk = Desk(tmp_path)
        times = stalling(20_000)
        show(desk, times)
        right, wrong = desk.l2.blocks, [time - 5 for time in times]

        async def blocks(numbers):
            return [block(number, wrong[number]) for number in numbers]

        desk.l2.blocks = blocks
        with pytest.raises(UserError, match=r"of L2 was replaced while it was counted$"):
            await desk.upkeep.rewards.look()
        assert batches_told(desk) == []
        desk.l2.blocks = right
        await desk.upkeep.rewards.look()
        (message,) = batches_told(desk)
        assert message.coveredTime > 0
        sound = tmp_path / "sound"
        sound.mkdir()
        desk = Desk(sound)
        show(desk, times)
        await desk.upkeep.rewards.look()
        assert as_struct(batches_told(desk)[0]) == as_struct(message)

    run(story())


def test_rewards_begin_once_the_pool_names_the_distributor(desk):
    async def story():
        tip = SimpleNamespace(batch=0, end_block=0, end_timestamp=0)
        desk.l1.distributor.answers["last_batch"] = tip
        desk.refusals["beginning of rewards"] = "RewardDistributor: not the pool's distributor"
        await desk.upkeep.rewards.look()
        assert desk.due == {}
        desk.refusals.clear()
        await desk.upkeep.rewards.look()
        assert list(desk.due) == ["begin rewards"]
        assert desk.fleet.told == []

    run(story())


def test_rewards_end_once_the_pool_names_another_distributor(desk):
    """First notice, and when the contract takes it, the end."""

    async def story():
        answers = desk.l1.distributor.answers

        def show(end_timestamp, notice_at):
            answers["last_batch"] = SimpleNamespace(
                batch=2, end_block=10, end_timestamp=end_timestamp, notice_at=notice_at
            )

        show(START, 0)
        desk.l1.pool.answers["distributor"] = desk.me
        desk.refusals["end of rewards"] = "RewardDistributor: no notice"
        await desk.upkeep.rewards.look()
        assert list(desk.due) == [f"give notice:{START}:0"]
        # the contract would take no batch
        assert desk.fleet.told == []
        ((job, _),) = desk.agenda._waiting.values()
        assert await job.is_wanted()
        show(START, START)
        assert not await job.is_wanted()
        desk.agenda._waiting.clear()
        del desk.refusals["end of rewards"]
        desk.refusals["notice of the end of rewards"] = "RewardDistributor: notice was given"
        await desk.upkeep.rewards.look()
        assert list(desk.due) == [f"retire rewards:{START}:{START}"]
        ((job, _),) = desk.agenda._waiting.values()
        assert await job.is_wanted()
        show(RETIRED, 0)
        assert not await job.is_wanted()
        show(START, START)
        desk.l1.pool.answers["distributor"] = PLACES.distributor
        assert not await job.is_wanted()

    run(story())


def test_notice_is_given_again_after_it_has_lapsed_or_a_batch_has_made_it_void(desk):
    """The watcher has given it, and goes on without a restart."""

    async def story():
        answers = desk.l1.distributor.answers
        desk.l1.pool.answers["distributor"] = desk.me
        desk.refusals["end of rewards"] = "RewardDistributor: no notice"
        later = START + DAY
        for ends, notice_at in [(START, 0), (START, START + 1), (later, 0), (later, later + 1)]:
            answers["last_batch"] = SimpleNamespace(
                batch=2, end_block=10, end_timestamp=ends, notice_at=notice_at
            )
            await desk.upkeep.rewards.look()
            assert named(desk, "give notice") == 1
            finish_all(desk)
            await desk.upkeep.rewards.look()
            assert desk.due == {}

    run(story())


def named(desk, name: str) -> int:
    """How many jobs there are of what has this name."""
    return sum(key.split(":")[0] == name for key in desk.due)


def finish_all(desk):
    """All that is due is done, and remembered."""
    for key in list(desk.due):
        desk.agenda._end(key)


def record_of(vault, own, paired, commission_bps=0):
    own, paired = (SimpleNamespace(bonded=x) for x in (own, paired))
    return SimpleNamespace(vault=vault, own=own, paired=paired, commission_bps=commission_bps)


@pytest.mark.parametrize(
    "vault, share, is_due",
    [
        ("present", 5_000_000, False),
        # dust: whoever gains by it can sync
        ("present", 5_009_999, False),
        ("present", 4_990_001, False),
        ("present", 5_010_000, True),
        ("present", 0, True),
        ("other", 5_000_000, True),
    ],
)
def test_shares_that_have_changed_are_synced(desk, vault, share, is_due):
    """Nobody else may do it for depositors. Sequencer 2 has no vault."""

    async def story():
        tip = SimpleNamespace(batch=0, end_block=0, end_timestamp=START + DAY)
        desk.l1.distributor.answers["last_batch"] = tip
        present, other = desk.me, PLACES.distributor
        records = {1: record_of(present, 20, 20), 2: record_of(ZERO, 20, 0)}
        desk.l1.pool.answers["roster"] = SimpleNamespace(count=2)
        desk.l1.pool.answers["sequencer"] = records.__getitem__
        account = {
            "vault": present if vault == "present" else other,
            "share": share,
            "since": START,
        }
        desk.l1.distributor.answers["account"] = lambda id: SimpleNamespace(**{1: account}[id])
        await desk.upkeep.rewards.look()
        assert named(desk, "sync") == is_due
        if is_due:
            (job,) = (
                x for key, (x, _) in desk.agenda._waiting.items() if key.startswith("sync:1:")
            )
            assert await job.is_wanted()
            account["share"] += 1
            assert not await job.is_wanted()

    run(story())


def test_a_share_that_comes_back_is_synced_again(desk):
    """Its owner adds stake, syncs, and takes the stake back: the vault's share is what it was."""

    async def story():
        tip = SimpleNamespace(batch=0, end_block=0, end_timestamp=START + DAY)
        desk.l1.distributor.answers["last_batch"] = tip
        desk.l1.pool.answers["roster"] = SimpleNamespace(count=1)
        desk.l1.pool.answers["sequencer"] = lambda id: record_of(desk.me, 20, 20)
        account = SimpleNamespace(vault=desk.me, share=0, since=0)
        desk.l1.distributor.answers["account"] = lambda id: account
        for share, since in [(0, 0), (4_000_000, START), (4_000_000, START + DAY)]:
            account.share, account.since = share, since
            await desk.upkeep.rewards.look()
            assert named(desk, "sync") == 1
            finish_all(desk)
            account.share = 5_000_000
            await desk.upkeep.rewards.look()
            assert named(desk, "sync") == 0

    run(story())


def test_a_retired_distributor_is_left_alone(desk):
    async def story():
        tip = SimpleNamespace(batch=2, end_block=10, end_timestamp=RETIRED)
        desk.l1.distributor.answers["last_batch"] = tip
        desk.l1.pool.answers["distributor"] = desk.me
        await desk.upkeep.rewards.look()
        assert desk.due == {} and desk.fleet.told == []

    run(story())


def test_no_batch_before_its_time(desk):
    async def story():
        tip = SimpleNamespace(batch=0, end_block=0, end_timestamp=START + DAY)
        desk.l1.distributor.answers["last_batch"] = tip
        await desk.upkeep.rewards.look()
        assert desk.fleet.told == []

    run(story())


def test_a_task_that_fails_keeps_no_other_from_being_done(desk, caplog):
    async def story():
        def fail(*arguments):
            raise RpcUnavailable("no node answers")

        desk.l1.registry.answers |= {"last_checkpoint": fail, "sealed_committee": fail}
        desk.l1.pool.answers["roster"] = fail
        desk.l1.distributor.answers["last_batch"] = fail
        desk.l2.sequencer_set.answers["parameters"] = fail
        desk.l1.slash_vault.answers |= {
            "case_count": 1,
            "case_of": SimpleNamespace(status=1, releasable_at=1),
        }
        await desk.upkeep.look_at_l1()
        assert list(desk.due) == ["release:1"]
        assert "upkeep: committee: no node answers" in caplog.text

    run(story())
