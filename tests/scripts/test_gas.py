"""What `make gas` counts beside gas."""

import pytest
import vyper
from ape.contracts import ContractContainer
from eth.db.account import AccountDB
from eth.vm.base import VM
from ethpm_types import ContractType

from scripts.gas import SNAPSHOTS, from_json, rows
from tools import new_slots

SOURCE = """
made: uint256
another: uint256
changed: uint256
cleared: uint256
restored: uint256
made_and_cleared: uint256
undone: uint256

@deploy
def __init__():
    self.changed = 1
    self.cleared = 1
    self.restored = 1

@external
@nonreentrant
def make_one():
    self.made = 1
    self.made = 2
    self.changed = 2
    self.cleared = 0
    self.restored = 0
    self.restored = 1
    self.made_and_cleared = 1
    self.made_and_cleared = 0
    done: bool = raw_call(self, method_id("fail()"), revert_on_failure=False)

@external
def fail():
    self.undone = 1
    raise

@external
def make_another():
    self.another = 1
"""


@pytest.fixture
def counted(monkeypatch):
    """What is replaced is put back after the test."""
    for owner, name in ((VM, "apply_transaction"), (AccountDB, "set_storage")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    new_slots.install()


@pytest.fixture
def contract(accounts):
    made = vyper.compile_code(SOURCE, output_formats=("abi", "bytecode"))
    kind = ContractType(
        abi=made["abi"], contractName="Slots", deploymentBytecode={"bytecode": made["bytecode"]}
    )
    return accounts[0].deploy(ContractContainer(kind))


def test_new_slots_are_those_that_end_with_something_in_place_of_zero(counted, contract, accounts):
    first, second = (contract.make_one(sender=accounts[0]) for _ in range(2))
    assert new_slots.new_slots(first) == 1
    assert new_slots.new_slots(second) == 0
    assert new_slots.new_slots(contract.make_another(sender=accounts[0])) == 1


def test_new_slots_of_a_receipt_stay_its_own(counted, contract, accounts):
    receipt = contract.make_one(sender=accounts[0])
    for _ in range(2):
        contract.make_another(sender=accounts[0])
    assert new_slots.new_slots(receipt) == 1


def test_a_call_with_another_number_of_new_slots_is_a_fault():
    snapshot = from_json((SNAPSHOTS / "gas.json").read_text())
    assert rows(snapshot, snapshot)[1] == []
    cost = snapshot["relock"]
    changed = cost._replace(new_slots=cost.new_slots + 1)
    assert rows(snapshot | {"relock": changed}, snapshot)[1] == [
        f"relock: {changed}, but {cost} in the snapshot"
    ]
