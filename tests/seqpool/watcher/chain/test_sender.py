"""Transactions on a real node: bumped, dropped, undone, outbid, and paid for."""

import asyncio
from dataclasses import replace

import pytest

from seqpool.chain.anvil import running_node
from seqpool.chain.http_rpc import ask
from seqpool.watcher.base.clock import SystemClock
from seqpool.watcher.base.config import FeesConfig
from seqpool.watcher.chain.rpc import Rpc
from seqpool.watcher.chain.sender import Sender, Superseded, Transaction, Unaffordable, WouldRevert
from tests.seqpool.watcher.fleet import Memory
from tests.seqpool.watcher.nodes import Key

CHAIN_ID = 31_337
TARGET = "0x" + "77" * 20
# PUSH0 PUSH0 REVERT
REVERTING = "0x" + "66" * 20
FEES = replace(
    FeesConfig(), bump_after=0.5, max_fee=100 * 10**9, max_priority_fee=10**9, daily_budget=10**18
)


@pytest.fixture(scope="module")
def url():
    with running_node() as node:
        url = node.url
        ask(url, "anvil_setCode", REVERTING, "0x5f5ffd")
        yield url


@pytest.fixture
def node(url):
    """A chain that mines at once, and no transactions from before."""
    ask(url, "evm_setAutomine", True)
    ask(url, "anvil_dropAllTransactions")
    ask(url, "anvil_setBalance", Key().address, hex(10**24))
    ask(url, "anvil_mine", "0x1")
    return url


def story(url, tell, **more):
    """Runs a story with a sender."""

    async def run():
        rpc = Rpc([url], SystemClock())
        sender = make(rpc, **more)
        try:
            await asyncio.wait_for(tell(sender), 30)
        finally:
            await rpc.close()

    asyncio.run(run())


def make(rpc, fees=FEES, confirmations=0, book=None) -> Sender:
    book = Memory() if book is None else book
    clock = SystemClock()
    return Sender("l1", rpc, Key(), CHAIN_ID, fees, confirmations, book, clock, poll=0.05)


async def yes() -> bool:
    return True


def call(value: int = 1, to: str = TARGET) -> Transaction:
    return Transaction(to, b"", "a gift", value)


async def until(condition) -> None:
    while not condition():
        await asyncio.sleep(0.02)


def waiting(url) -> list[dict]:
    pending = ask(url, "txpool_content")["pending"].get(Key().address, {})
    if not pending:
        pending = ask(url, "txpool_content")["pending"].get(Key().address.lower(), {})
    return list(pending.values())


def test_it_is_settled_after_its_confirmations(node):
    async def tell(sender):
        before = int(ask(node, "eth_getBalance", TARGET, "latest"), 16)
        task = asyncio.create_task(sender.send(call(5), yes))
        await asyncio.sleep(0.5)
        assert not task.done()
        ask(node, "anvil_mine", "0x2")
        sent = await task
        assert sent.succeeded and sent.paid == sender.spent
        assert int(ask(node, "eth_getBalance", TARGET, "latest"), 16) == before + 5

    story(node, tell, confirmations=2)


@pytest.mark.parametrize("legacy", [False, True])
def test_it_is_bumped_until_it_is_mined(node, legacy):
    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        task = asyncio.create_task(sender.send(call(), yes))
        await until(lambda: waiting(node))
        first = waiting(node)[0]
        await until(lambda: waiting(node)[0]["hash"] != first["hash"])
        (second,) = waiting(node)
        assert second["nonce"] == first["nonce"]
        field = "gasPrice" if legacy else "maxFeePerGas"
        assert int(second[field], 16) >= int(first[field], 16) * 110 // 100
        ask(node, "anvil_mine", "0x1")
        assert (await task).succeeded

    story(node, tell, fees=replace(FEES, legacy=legacy))


def test_it_is_never_bumped_above_the_limit(node):
    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        task = asyncio.create_task(sender.send(call(), yes))
        await asyncio.sleep(1.8)
        (last,) = waiting(node)
        assert int(last["maxFeePerGas"], 16) <= limit
        ask(node, "anvil_mine", "0x1")
        assert (await task).succeeded

    base = int(ask(node, "eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    limit = (2 * base + 10**9) * 12 // 10
    story(node, tell, fees=replace(FEES, max_fee=limit))


def test_what_a_node_dropped_is_sent_again(node):
    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        task = asyncio.create_task(sender.send(call(), yes))
        await until(lambda: waiting(node))
        ask(node, "anvil_dropAllTransactions")
        assert not waiting(node)
        await until(lambda: waiting(node))
        ask(node, "anvil_mine", "0x1")
        assert (await task).succeeded

    story(node, tell)


def test_what_a_reorganisation_undid_is_sent_again(node):
    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        before = ask(node, "evm_snapshot")
        task = asyncio.create_task(sender.send(call(9), yes))
        await until(lambda: waiting(node))
        ask(node, "anvil_mine", "0x1")
        await asyncio.sleep(0.5)
        assert not task.done()
        ask(node, "evm_revert", before)
        await until(lambda: waiting(node))
        ask(node, "anvil_mine", "0x4")
        assert (await task).succeeded

    story(node, tell, confirmations=2)


def test_what_is_not_wanted_any_more_is_cancelled(node):
    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        wanted = True

        async def is_wanted() -> bool:
            return wanted

        before = int(ask(node, "eth_getBalance", TARGET, "latest"), 16)
        task = asyncio.create_task(sender.send(call(7), is_wanted))
        await until(lambda: waiting(node))
        wanted = False
        await until(lambda: waiting(node)[0]["to"] == Key().address.lower())
        ask(node, "anvil_mine", "0x1")
        assert await task is None
        assert int(ask(node, "eth_getBalance", TARGET, "latest"), 16) == before

    story(node, tell)


def test_nothing_is_sent_that_is_not_wanted_or_would_revert(node):
    async def tell(sender):
        async def no() -> bool:
            return False

        assert await sender.send(call(), no) is None
        with pytest.raises(WouldRevert):
            await sender.send(call(0, REVERTING), yes)
        assert await sender.refusal(call(0, REVERTING)) is not None
        assert await sender.refusal(call()) is None
        assert (sender.sent, sender.spent) == (0, 0)

    story(node, tell)


def test_what_reverts_all_the_same_is_told(node):
    async def tell(sender):
        sent = await sender.send(Transaction(REVERTING, b"", "a mistake", gas=50_000), yes)
        assert not sent.succeeded

    story(node, tell)


def test_the_urgent_takes_the_place_of_what_waits(node):
    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        slow = asyncio.create_task(sender.send(call(1), yes))
        await until(lambda: waiting(node))
        urgent = asyncio.create_task(sender.send(call(2), yes, is_urgent=True))
        await until(lambda: waiting(node)[0]["value"] == "0x2")
        assert len(waiting(node)) == 1
        with pytest.raises(Superseded):
            await slow
        ask(node, "anvil_mine", "0x1")
        assert (await urgent).succeeded

    story(node, tell)


def test_a_restart_outbids_what_it_had_sent(node):
    book = Memory()

    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        task = asyncio.create_task(sender.send(call(1), yes))
        await until(lambda: waiting(node))
        task.cancel()

    async def tell_after(sender):
        task = asyncio.create_task(sender.send(call(2), yes))
        await until(lambda: waiting(node)[0]["value"] == "0x2")
        ask(node, "anvil_mine", "0x1")
        assert (await task).succeeded

    story(node, tell, book=book)
    story(node, tell_after, book=book)


def test_what_is_unknown_in_its_place_is_outbid_too(node):
    async def tell(sender):
        ask(node, "evm_setAutomine", False)
        task = asyncio.create_task(sender.send(call(1), yes))
        await until(lambda: waiting(node))
        task.cancel()

    async def tell_after(sender):
        task = asyncio.create_task(sender.send(call(2), yes))
        await until(lambda: waiting(node)[0]["value"] == "0x2")
        ask(node, "anvil_mine", "0x1")
        assert (await task).succeeded

    story(node, tell)
    story(node, tell_after)


def test_a_day_has_a_budget(node):
    async def tell(sender):
        assert (await sender.send(call(600), yes)).succeeded
        assert sender.spent < budget
        with pytest.raises(Unaffordable, match="budget"):
            await sender.send(call(budget), yes)
        assert sender.sent == 1

    budget = 10**17
    story(node, tell, fees=replace(FEES, daily_budget=budget))


def test_gas_above_the_limit_is_not_paid(node):
    async def tell(sender):
        with pytest.raises(Unaffordable, match="max_fee"):
            await sender.send(call(), yes)

    story(node, tell, fees=replace(FEES, max_fee=1))
