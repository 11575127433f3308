"""The chain of the state machines: what they take for granted."""

import pytest

from tests.stateful.chain import (
    CHAIN_ID,
    STARTED_AT,
    STARTED_IN,
    Chain,
    Contract,
    actor,
    address_of,
    block_hash,
    compiled_source,
)

SOURCE = """
# pragma version 0.4.3
# pragma evm-version cancun

event Stored:
    number: uint256
    by: indexed(address)
    what: String[8]
    list: DynArray[uint256, 2]

number: public(uint256)
mark: transient(uint256)
other: public(address)

@deploy
def __init__(number: uint256, other: address):
    self.number = number
    self.other = other

@external
@nonreentrant
def set_mark() -> uint256:
    before: uint256 = self.mark
    self.mark = 1
    return before

@external
def store(number: uint256):
    self.number = number
    log Stored(number=number, by=msg.sender, what="stored", list=[number, 2])

@external
def store_and_fail(number: uint256):
    self.number = number
    self.mark = number
    raise "not today"

@external
def fail_silently():
    raise

@external
def go_on_for_ever():
    for i: uint256 in range(2**40):
        self.number = i

@external
@view
def hash_of(number: uint256) -> bytes32:
    return blockhash(number)

@external
@view
def clock() -> (uint256, uint256, uint256):
    return block.timestamp, block.number, chain.id

@external
@view
def sender() -> (address, uint256, uint256):
    return msg.sender, msg.sender.codesize, self.codesize
"""
NOW, BLOCK = STARTED_AT, STARTED_IN
SOMEBODY = actor("somebody")


@pytest.fixture
def chain():
    return Chain()


@pytest.fixture
def contract(chain):
    return Contract(chain, compiled_source(SOURCE), "one", 7, SOMEBODY)


def test_a_contract_is_where_its_title_places_it(contract):
    assert contract.at == address_of("one") != address_of("other")
    assert contract.view("number") == [7]
    assert contract.view("other") == [SOMEBODY]


def test_time_and_blocks_pass_only_when_told(chain, contract):
    for _ in range(2):
        assert contract.send(SOMEBODY, "store", 1).reason is None
        assert contract.view("clock") == [NOW, BLOCK, CHAIN_ID]
    chain.now, chain.block = NOW + 5, BLOCK + 2
    assert contract.view("clock") == [NOW + 5, BLOCK + 2, CHAIN_ID]


def test_a_receipt_has_events_of_the_called_contract(chain, contract):
    receipt = contract.send(SOMEBODY, "store", 9)
    assert (receipt.reason, receipt.words) == (None, [])
    assert receipt.events == [("Stored", (9, SOMEBODY, "stored", (9, 2)))]
    other = Contract(chain, compiled_source(SOURCE), "other", 0, 0)
    assert other.events() == []


def test_a_call_that_reverts_leaves_nothing(contract):
    receipt = contract.send(SOMEBODY, "store_and_fail", 9)
    assert (receipt.reason, receipt.words, receipt.events) == ("not today", [], [])
    assert contract.view("number") == [7]
    assert contract.send(SOMEBODY, "set_mark").words == [0]


@pytest.mark.parametrize(
    "name, why", [("fail_silently", "output: 0x"), ("go_on_for_ever", "OutOfGas")]
)
def test_without_a_reason_the_receipt_says_what_happened(contract, name, why):
    reason = contract.send(SOMEBODY, name).reason
    assert reason.startswith("no reason: ")
    assert why in reason


def test_a_view_has_to_answer_and_cannot_write(contract):
    for name, *arguments in (("fail_silently",), ("store", 9)):
        with pytest.raises(AssertionError, match=f"{name}.* reverted"):
            contract.view(name, *arguments)
    assert contract.view("number") == [7]


def test_transient_storage_ends_with_the_call(chain, contract):
    """The locks of `nonreentrant` functions too."""
    for _ in range(2):
        assert contract.send(SOMEBODY, "set_mark").words == [0]
        with chain.anchor():
            assert contract.send(SOMEBODY, "set_mark").words == [0]


def test_hashes_of_the_last_256_blocks_are_known(contract):
    known = [BLOCK - 1, BLOCK - 2, BLOCK - 256]
    assert [contract.view("hash_of", x)[0] for x in known] == list(map(block_hash, known))
    assert len(set(map(block_hash, known))) == 3
    for unknown in (BLOCK, BLOCK + 1, BLOCK - 257):
        with pytest.raises(AssertionError, match="reverted"):
            contract.view("hash_of", unknown)


def test_the_end_of_an_anchor_undoes_all(chain, contract):
    with chain.anchor():
        chain.now, chain.block = NOW + 5, BLOCK + 2
        contract.send(SOMEBODY, "store", 8)
        with chain.anchor():
            contract.send(SOMEBODY, "store", 9)
        assert contract.view("number") == [8]
    assert contract.view("number") == [7]
    assert contract.view("clock") == [NOW, BLOCK, CHAIN_ID]


def test_a_contract_may_send_as_well(contract):
    """Even to itself, with the code that it has; others have none."""
    *others, size = contract.send(SOMEBODY, "sender").words
    assert others == [SOMEBODY, 0]
    assert contract.send(contract.at, "sender").words == [contract.at, size, size]
    assert contract.send(contract.at, "store_and_fail", 9).reason == "not today"
    assert contract.send(SOMEBODY, "sender").words == [SOMEBODY, 0, size]
