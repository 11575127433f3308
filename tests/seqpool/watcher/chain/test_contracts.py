"""Reads of the real SequencerSet on a real node, and what is sent to it."""

import asyncio
import contextlib
from dataclasses import replace
from itertools import pairwise

import pytest
from eth_utils import to_checksum_address

from seqpool.chain.archive import HttpNode
from seqpool.chain.http_rpc import ask
from seqpool.chain.jsonrpc import RpcError
from seqpool.errors import UserError
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.certificates import tally
from seqpool.protocol.covered_time import CoveredTime
from seqpool.protocol.messages import Reason
from seqpool.protocol.signatures import sign
from seqpool.watcher.base.clock import SystemClock
from seqpool.watcher.base.config import L2FeesConfig
from seqpool.watcher.chain.calls import Calls
from seqpool.watcher.chain.contracts import L2Reader, Undone
from seqpool.watcher.chain.registry import EpochParameters
from seqpool.watcher.chain.rpc import Rpc
from seqpool.watcher.chain.sender import Sender
from seqpool.watcher.duties.production import count_blocks, count_time, timeouts_of
from tests.seqpool.watcher.fleet import PLACES, Memory
from tests.seqpool.watcher.nodes import Key
from tests.seqpool.watcher.registry import (
    DELAY,
    FALLBACK,
    LENGTH,
    MEMBERS,
    PEOPLE,
    TIMEOUT,
    install,
    send,
)


def story(chain, tell) -> None:
    url, place = chain

    async def run():
        rpc = Rpc([url], SystemClock())
        places = replace(PLACES, sequencer_set=to_checksum_address(place), l2_chain_id=31_337)
        try:
            await tell(L2Reader(rpc, places), Calls(places))
        finally:
            await rpc.close()

    asyncio.run(run())


def sender(l2: L2Reader) -> Sender:
    fees = replace(L2FeesConfig(), daily_budget=10**18)
    return Sender("l2", l2.rpc, Key(), 31_337, fees, 0, Memory(), SystemClock(), poll=0.05)


async def yes() -> bool:
    return True


def test_the_registry_is_what_the_contract_says(chain):
    async def tell(l2, calls):
        url = chain[0]
        found = await l2.registry()
        assert found.parameters == EpochParameters(LENGTH, TIMEOUT, DELAY, FALLBACK)
        assert (found.last_epoch, found.last.signer) == (0, FALLBACK)
        assert not found.committee.can_vote and found.present[0] == 0
        install(url, l2)
        found = await l2.registry()
        assert found.committee.can_vote and found.committee.is_of(MEMBERS)
        send(url, l2, "commit_epoch", MEMBERS)
        found = await l2.registry()
        assert found.present[0] == 1 and not found.is_scheduled
        send(url, l2, "commit_epoch", MEMBERS)
        found = await l2.registry()
        assert found.is_scheduled and found.before.has(found.next_block)
        assert found.last.start_block == found.before.end_block + 1
        assert found.epoch_of_head()[0] == 1
        with pytest.raises(Undone):
            await l2.registry(found.head.number + 5)

    story(chain, tell)


def test_a_gap_is_the_next_epochs(chain):
    async def tell(l2, calls):
        url = chain[0]
        install(url, l2)
        send(url, l2, "commit_epoch", MEMBERS)
        ask(url, "anvil_mine", hex(LENGTH + 3))
        found = await l2.registry()
        assert found.present == (2, None) and found.epoch_of_head() == (2, ZERO)
        drawn = await l2.sequencer_set.read("draw", MEMBERS, 2, 0)
        assert found.in_charge(MEMBERS, set()) == drawn

    story(chain, tell)


def test_successors_are_those_that_the_contract_draws(chain):
    async def tell(l2, calls):
        url = chain[0]
        install(url, l2)
        send(url, l2, "commit_epoch", MEMBERS)
        found = await l2.registry()
        barred = await l2.barred(MEMBERS)
        assert barred == set()
        for round in range(1, 30):
            drawn = await l2.sequencer_set.read("draw", MEMBERS, 1, round)
            assert found.successor(MEMBERS, barred, round) == drawn
            message = found.reelection(MEMBERS, barred, Reason.TIMEOUT, round)
            before = await l2.sequencer_set.read("draw", MEMBERS, 1, round - 1)
            assert message.failed == before

    story(chain, tell)


def certificate(message, people=PEOPLE):
    return tally(message, MEMBERS, [sign(person, message) for person in people]).certificate


def test_a_re_election_is_sent_and_taken(chain):
    async def tell(l2, calls):
        url = chain[0]
        install(url, l2)
        send(url, l2, "commit_epoch", MEMBERS)
        ask(url, "anvil_mine", "0x3")
        ask(url, "evm_increaseTime", 61)
        found = await l2.registry()
        message = found.reelection(MEMBERS, set(), Reason.TIMEOUT, 1)
        call = calls.reelect(message, certificate(message))
        sent = await sender(l2).send(call, yes, is_urgent=True)
        assert sent.succeeded and sent.block == message.lastBlock + 1
        after = await l2.registry()
        assert after.last.signer == found.successor(MEMBERS, set(), 1)
        assert after.last.start_block == sent.block
        # and it is found again, with its certificate
        (event,) = await l2.sequencer_set.events("EpochReelected", 0, sent.block)
        assert event.fields["failed"] == message.failed and event.transaction == sent.hash
        data = (await l2.rpc.call("eth_getTransactionByHash", sent.hash))["input"]
        values, _ = l2.sequencer_set.abi.arguments("reelect", 2, bytes.fromhex(data[2:]))
        assert values.last_block == message.lastBlock
        # the same again is refused
        assert not (await sender(l2).send(call, yes, is_urgent=True)).succeeded

    story(chain, tell)


def test_a_wrong_block_bars_its_signer(chain):
    async def tell(l2, calls):
        url = chain[0]
        install(url, l2)
        send(url, l2, "commit_epoch", MEMBERS)
        found = await l2.registry()
        message = found.reelection(MEMBERS, set(), Reason.INVALID_EXECUTION, 1)
        sent = await sender(l2).send(calls.reelect(message, certificate(message)), yes)
        assert sent.succeeded
        barred = await l2.barred(MEMBERS)
        assert barred == {message.failed}
        found = await l2.registry()
        for round in range(1, 20):
            drawn = await l2.sequencer_set.read("draw", MEMBERS, found.present[0], round)
            assert found.successor(MEMBERS, barred, round) == drawn != message.failed

    story(chain, tell)


def test_blocks_are_counted_by_epochs_with_gaps_and_the_fallback(chain):
    async def tell(l2, calls):
        url = chain[0]
        install(url, l2)
        for _ in range(3):
            send(url, l2, "commit_epoch", MEMBERS)
            ask(url, "anvil_mine", hex(LENGTH + 2))
        end = (await l2.block()).number
        found = await count_blocks(l2, 1, end)
        assert found.total() == end
        naive: dict = {}
        for number in range(1, end + 1):
            try:
                signer = await l2.sequencer_set.read("sequencer_at", number)
            except RpcError:
                signer = ZERO
            signer = ZERO if signer == FALLBACK else signer
            naive[signer] = naive.get(signer, 0) + 1
        assert found == naive
        part = await count_blocks(l2, 10, 40)
        assert part.total() == 31

    story(chain, tell)


def test_the_time_that_blocks_cover_is_the_same_to_all_counters(chain):
    """To a watcher, to a script that asks for less at once, and to a sum block by block."""

    async def tell(l2, calls):
        url = chain[0]
        for count, interval in ((70, 2), (1, 300), (40, 17), (2, 61), (30, 20)):
            ask(url, "anvil_mine", hex(count), hex(interval))
        changed_at = (await l2.present_block()).number + 1
        change = l2.sequencer_set.abi.call("set_block_timeout", 18)
        send(url, l2, "apply_call", 1, change)
        ask(url, "anvil_mine", hex(30), hex(20))
        start, end = 3, (await l2.present_block()).number
        begin = (await l2.present_block(start - 1)).timestamp
        covered = CoveredTime.before(start, begin)
        await count_time(l2, covered, end)
        times = [x.timestamp for x in await l2.blocks(range(start - 1, end + 1))]
        limits = [TIMEOUT if x <= changed_at else 18 for x in range(start, end + 1)]
        gaps = (after - before for before, after in pairwise(times))
        expected = sum(map(min, gaps, limits))
        assert covered == CoveredTime(begin, end, times[-1], expected)
        assert expected < times[-1] - begin
        again = CoveredTime.before(start, begin)
        steps = again.count(end, await timeouts_of(l2, start))
        node, wanted = HttpNode(url, batch=7), next(steps)
        with contextlib.suppress(StopIteration):
            while True:
                wanted = steps.send(node.times(wanted))
        assert again == covered
        with pytest.raises(UserError, match=rf"^the node has no block {end + 1}$"):
            node.times([end, end + 1])

    story(chain, tell)


def test_calldata_of_others_is_none_of_ours(chain):
    async def tell(l2, calls):
        abi = l2.sequencer_set.abi
        assert abi.arguments("reelect", 2, b"\1\2\3\4") is None
        assert abi.arguments("commit_epoch", 1, abi.call("commit_epoch", MEMBERS)) == [MEMBERS]

    story(chain, tell)
