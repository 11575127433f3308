"""What a call costs as a transaction of its own, against the EVM whose state it has."""

import pytest
from eth.exceptions import Revert

from tests.stateful.chain import GAS, Chain, Contract, actor, address, compiled_source
from tools.single_transaction import cost_of

SOURCE = """
# pragma version 0.4.3
# pragma evm-version cancun

interface Other:
    def write(values: DynArray[uint256, 8]): nonpayable
    def fail(): nonpayable

values: uint256[8]

@external
@nonreentrant
def write(values: DynArray[uint256, 8]):
    for i: uint256 in range(len(values), bound=8):
        self.values[i] = values[i]

@external
def write_both(other: address, values: DynArray[uint256, 8]):
    for i: uint256 in range(len(values), bound=8):
        self.values[i] = values[i]
    extcall Other(other).write(values)
    done: bool = raw_call(other, method_id("fail()"), revert_on_failure=False)

@external
def fail():
    self.values[7] = 1
    raise "not today"
"""
SENDER = actor("sender")
SENDER_AT = address(SENDER)


BEFORE, AFTER = (5, 0, 7, 2**255), (0, 1, 7, 3)


@pytest.fixture
def used():
    """A chain on which these contracts have been called."""
    chain = Chain()
    one, other = (Contract(chain, compiled_source(SOURCE), name) for name in ("one", "other"))
    for _ in range(2):
        chain.execute(SENDER, one.at, both(one, other, *BEFORE))
    return chain, one, other


def both(contract: Contract, other: Contract, *values: int) -> bytes:
    """A call that writes values in two contracts."""
    return contract.data("write_both", other.at, 64, len(values), *values)


def write(contract: Contract, *values: int) -> bytes:
    """A call that writes values in this contract."""
    return contract.data("write", 32, len(values), *values)


def untouched(chain: Chain) -> Chain:
    """Another chain with the same code. It is right about its first call, if nobody has looked at
    its storage before, which it takes for a use."""
    other = Chain()
    other.contracts = chain.contracts
    for at in map(address, chain.contracts):
        other.evm.insert_account_info(at, chain.evm.basic(at))
    return other


def send(chain: Chain, contract: Contract, data: bytes) -> int:
    """The gas that the EVM says."""
    chain.execute(SENDER, contract.at, data)
    return chain.evm.result.gas_used


def test_a_first_call_costs_what_the_chain_says(used):
    chain, one, other = used
    data = both(one, other, *BEFORE)
    cost, _ = cost_of(untouched(chain), SENDER, one.at, data)
    assert cost.new_slots == 6
    assert cost.gas == send(untouched(chain), one, data)


@pytest.mark.parametrize(
    ("after", "new_slots"),
    [((BEFORE[0],), 0), ((6,), 0), ((0,), 0), ((0, 1), 1), ((6, 1), 1), ((BEFORE[0], 0), 0)],
)
def test_a_later_call_costs_what_it_does_as_the_first(used, after, new_slots):
    chain, one, _ = used
    data = write(one, *after)
    cost, _ = cost_of(chain, SENDER, one.at, data)
    assert cost.new_slots == new_slots
    assert cost.gas > send(chain, one, data)
    fresh = untouched(chain)
    # no more than one: the second would be taken for used
    fresh.evm.insert_account_storage(address(one.at), 0, BEFORE[0])
    assert cost.gas == send(fresh, one, data)


def test_a_transaction_has_to_be_given_what_it_gets_back_as_well(used):
    chain, one, _ = used
    data = write(one, 0)
    cost, needed = cost_of(chain, SENDER, one.at, data)
    assert needed - cost.gas == 4_800
    fresh = untouched(chain)
    fresh.evm.insert_account_storage(address(one.at), 0, BEFORE[0])
    with pytest.raises(RuntimeError, match="OutOfGas"):
        fresh.evm.message_call(SENDER_AT, address(one.at), calldata=data, gas=needed - 1)
    fresh = untouched(chain)
    fresh.evm.insert_account_storage(address(one.at), 0, BEFORE[0])
    fresh.evm.message_call(SENDER_AT, address(one.at), calldata=data, gas=needed)


def test_it_changes_nothing(used):
    chain, one, other = used
    data = both(one, other, *AFTER)
    first = cost_of(chain, SENDER, one.at, data)
    assert cost_of(chain, SENDER, one.at, data) == first
    assert chain.evm.storage(address(one.at), 0) == BEFORE[0]


def test_more_gas_than_a_transaction_may_use_is_measured_too(used):
    chain, one, _ = used
    data = write(one, 1) + bytes(GAS // 10)
    assert cost_of(chain, SENDER, one.at, data)[0].gas > GAS


def test_a_call_that_fails_has_no_cost(used):
    chain, one, _ = used
    with pytest.raises(Revert, match="not today"):
        cost_of(chain, SENDER, one.at, one.data("fail"))
