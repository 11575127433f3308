"""contracts/modules/decisions.vy, against seqpool.protocol.messages"""

import boa
import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.messages import Tally, VoteLink, as_struct, governor_domain, struct_hash

SOURCE = """
# pragma version 0.4.3
from contracts.modules import decisions
from interfaces import ISequencerGovernor

@external
@pure
def tally_hash(tally: ISequencerGovernor.Tally) -> bytes32:
    return decisions._tally_hash(tally)

@external
@pure
def link_hash(
    proposal_id: uint256, snapshot_id: bytes32, ends_at: uint64, nonce: uint256
) -> bytes32:
    return decisions._link_hash(proposal_id, snapshot_id, ends_at, nonce)
"""
DOMAIN = governor_domain(1, "0x" + 40 * "1")
# EIP-712, written out
TALLY = (
    "Tally(uint256 proposalId,bytes32 actionsHash,bytes32 snapshotId,uint64 endsAt,"
    "uint256 forVotes,uint256 againstVotes,uint256 abstainVotes,uint256 voters,bytes32 votesRoot)"
)
TALLY_TYPES = [
    *("uint256", "bytes32", "bytes32", "uint64"),
    *("uint256", "uint256", "uint256", "uint256", "bytes32"),
]
LINK = "VoteLink(uint256 proposalId,bytes32 snapshotId,uint64 endsAt,uint256 nonce)"
LINK_TYPES = ["uint256", "bytes32", "uint64", "uint256"]

WORD = st.integers(0, 2**256 - 1)
HASH = st.binary(min_size=32, max_size=32)
TIME = st.integers(0, 2**64 - 1)


@pytest.fixture(scope="module")
def decisions():
    return boa.loads(SOURCE)


def written_out(type: str, types: list[str], values: tuple) -> bytes:
    return keccak(encode(["bytes32", *types], [keccak(text=type), *values]))


@given(st.tuples(WORD, HASH, HASH, TIME, WORD, WORD, WORD, WORD, HASH))
@settings(max_examples=60)
def test_tally_hash(decisions, values):
    names = [name for name in Tally.model_fields if name != "eip712_domain"]
    message = Tally(eip712_domain=DOMAIN, **dict(zip(names, values, strict=True)))
    found = decisions.tally_hash(values)
    assert found == written_out(TALLY, TALLY_TYPES, values) == struct_hash(message)
    assert tuple(as_struct(message)) == values


@given(st.tuples(WORD, HASH, TIME, WORD))
@settings(max_examples=60)
def test_link_hash(decisions, values):
    names = [name for name in VoteLink.model_fields if name != "eip712_domain"]
    message = VoteLink(eip712_domain=DOMAIN, **dict(zip(names, values, strict=True)))
    found = decisions.link_hash(*values)
    assert found == written_out(LINK, LINK_TYPES, values) == struct_hash(message)


def test_fields_do_not_shift_into_each_other(decisions):
    """Each field alone changes the hash."""
    zero = (0, bytes(32), bytes(32), 0, 0, 0, 0, 0, bytes(32))
    found = {decisions.tally_hash(zero)}
    for place, value in enumerate(zero):
        changed = list(zero)
        changed[place] = 1 if value == 0 else bytes(31) + b"\x01"
        found.add(decisions.tally_hash(tuple(changed)))
    assert len(found) == 1 + len(zero)
