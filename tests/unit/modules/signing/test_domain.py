"""contracts/modules/signing/domain.vy: the EIP-712 domain of the SequencerPool"""

import boa
import pytest

OURS = """
# pragma version 0.4.3
from contracts.modules.signing import domain

exports: domain.eip712Domain

@external
@view
def digest(struct_hash: bytes32) -> bytes32:
    return domain._digest(struct_hash)
"""

SNEKMATES = """
# pragma version 0.4.3
from snekmate.utils import eip712_domain_separator as eip712

initializes: eip712
exports: eip712.eip712Domain

@deploy
def __init__():
    eip712.__init__("MetisSequencerPool", "1")

@external
@view
def digest(struct_hash: bytes32) -> bytes32:
    return eip712._hash_typed_data_v4(struct_hash)
"""

ADDRESS = "0x" + 40 * "7"


@pytest.fixture
def both():
    """Ours and snekmate's, at one address, one after the other."""
    return lambda ask: [
        ask(boa.loads(SOURCE, override_address=ADDRESS)) for SOURCE in (OURS, SNEKMATES)
    ]


def test_it_answers_as_snekmates_module_does(both):
    ours, snekmates = both(lambda contract: contract.eip712Domain())
    assert ours == snekmates
    assert ours[1:3] == ("MetisSequencerPool", "1")


@pytest.mark.parametrize("struct_hash", [bytes(32), 32 * b"\xff", bytes(range(32))])
def test_the_digest_is_that_of_snekmates_module(both, struct_hash):
    ours, snekmates = both(lambda contract: contract.digest(struct_hash))
    assert ours == snekmates != bytes(32)


def test_a_fork_of_the_chain_has_another_domain(both):
    """So a consent on one is none on the other."""

    def before_and_after(contract):
        before = contract.digest(bytes(32))
        chain_id = boa.env.evm.patch.chain_id
        try:
            boa.env.evm.patch.chain_id = chain_id + 1
            return before, contract.digest(bytes(32)), contract.eip712Domain()[3]
        finally:
            boa.env.evm.patch.chain_id = chain_id

    ours, snekmates = both(before_and_after)
    assert ours == snekmates
    assert ours[0] != ours[1]
