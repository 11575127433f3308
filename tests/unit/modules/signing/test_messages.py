"""contracts/modules/signing/messages.vy, against seqpool.messages and the types in words"""

import boa
import pytest
from eth_abi import encode
from eth_utils import keccak, to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from seqpool.protocol.messages import (
    BlockCommitment,
    Correction,
    Offence,
    Reason,
    Reelection,
    Tally,
    VoteLink,
    as_struct,
    digest,
    domain_separator,
    governor_domain,
    set_domain,
)

SOURCE = """
# pragma version 0.4.3
from contracts.modules.signing import messages

TIMEOUT: public(constant(uint8)) = messages.TIMEOUT
INVALID_EXECUTION: public(constant(uint8)) = messages.INVALID_EXECUTION

@external
@pure
def reelection_hash(message: messages.Reelection) -> bytes32:
    return messages._reelection_hash(message)

@external
@pure
def correction_hash(message: messages.Correction) -> bytes32:
    return messages._correction_hash(message)

@external
@pure
def offence_hash(message: messages.Offence) -> bytes32:
    return messages._offence_hash(message)

@external
@pure
def commitment_hash(message: messages.BlockCommitment) -> bytes32:
    return messages._commitment_hash(message)

@external
@pure
def tally_hash(message: messages.Tally) -> bytes32:
    return messages._tally_hash(message)

@external
@pure
def link_hash(message: messages.VoteLink) -> bytes32:
    return messages._link_hash(message)
"""

# docs/design.md section 2: normative
REELECTION = {
    "committeeNonce": "uint64",
    "epoch": "uint64",
    "round": "uint8",
    "failed": "address",
    "lastBlock": "uint64",
    "lastBlockTimestamp": "uint64",
    "reason": "uint8",
}
CORRECTION = {
    "committeeNonce": "uint64",
    "epoch": "uint64",
    "blockNumber": "uint64",
    "blockHash": "bytes32",
    "signer": "address",
}
OFFENCE = {
    "committeeNonce": "uint64",
    "sequencerId": "uint256",
    "kind": "uint8",
    "epoch": "uint64",
    "observedAt": "uint64",
    "evidence": "bytes32",
}
COMMITMENT = {"epoch": "uint64", "blockNumber": "uint64", "blockHash": "bytes32"}
TALLY = {
    "proposalId": "uint256",
    "actionsHash": "bytes32",
    "snapshotId": "bytes32",
    "endsAt": "uint64",
    "forVotes": "uint256",
    "againstVotes": "uint256",
    "abstainVotes": "uint256",
    "voters": "uint256",
    "votesRoot": "bytes32",
}
LINK = {"proposalId": "uint256", "snapshotId": "bytes32", "endsAt": "uint64", "nonce": "uint256"}

# what sequencers sign, and what the attesters of votes sign
DOMAIN = set_domain(1088, to_checksum_address(20 * b"\x11"))
VOTES_DOMAIN = governor_domain(1, to_checksum_address(20 * b"\x11"))

# by the name of its function on chain
MESSAGES = {
    "reelection": (Reelection, REELECTION, DOMAIN),
    "correction": (Correction, CORRECTION, DOMAIN),
    "offence": (Offence, OFFENCE, DOMAIN),
    "commitment": (BlockCommitment, COMMITMENT, DOMAIN),
    "tally": (Tally, TALLY, VOTES_DOMAIN),
    "link": (VoteLink, LINK, VOTES_DOMAIN),
}


def numbers(bits):
    return st.sampled_from([0, 2**bits - 1]) | st.integers(0, 2**bits - 1)


VALUES = {
    "uint256": numbers(256),
    "uint64": numbers(64),
    "uint8": numbers(8),
    "bytes32": st.binary(min_size=32, max_size=32),
    "address": st.binary(min_size=20, max_size=20).map(to_checksum_address),
}


def fields(types):
    return st.fixed_dictionaries({name: VALUES[type] for name, type in types.items()})


def struct_hash(name, types, values):
    """As EIP-712 has it, from nothing but the types."""
    type_hash = keccak(text=f"{name}({','.join(f'{t} {n}' for n, t in types.items())})")
    return keccak(type_hash + encode([*types.values()], [values[n] for n in types]))


@pytest.fixture(scope="module")
def messages():
    return boa.loads(SOURCE)


@pytest.mark.parametrize("name", MESSAGES)
@given(st.data())
@settings(max_examples=100)
def test_struct_hash(messages, name, data):
    kind, types, domain = MESSAGES[name]
    values = data.draw(fields(types))
    message = kind(eip712_domain=domain, **values)
    found = getattr(messages, f"{name}_hash")(as_struct(message))
    assert found == message.signable_message.body == struct_hash(kind.__name__, types, values)


def test_digest_binds_chain_and_contract(messages):
    values = dict.fromkeys(REELECTION, 1) | {"failed": to_checksum_address(20 * b"\x22")}
    body = messages.reelection_hash(tuple(values.values()))
    domains = [
        (chain_id, to_checksum_address(20 * byte))
        for chain_id in (1, 1088)
        for byte in (b"\x11", b"\x12")
    ]
    digests = set()
    for chain_id, contract in domains:
        separator = keccak(
            encode(
                ["bytes32", "bytes32", "bytes32", "uint256", "address"],
                [
                    keccak(
                        text="EIP712Domain(string name,string version,uint256 chainId,"
                        "address verifyingContract)"
                    ),
                    keccak(text="MetisSequencerSet"),
                    keccak(text="1"),
                    chain_id,
                    contract,
                ],
            )
        )
        # which contracts on another chain are given
        assert domain_separator(set_domain(chain_id, contract)) == separator
        found = digest(Reelection(eip712_domain=set_domain(chain_id, contract), **values))
        assert found == keccak(b"\x19\x01" + separator + body)
        digests.add(found)
    assert len(digests) == len(domains)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_field_counts(messages, name):
    """Also that no two fields can be exchanged."""
    hash_of, types = getattr(messages, f"{name}_hash"), MESSAGES[name][1]
    zero = {"bytes32": bytes(32), "address": "0x" + 40 * "0"}
    one = {"bytes32": bytes(31) + b"\x01", "address": "0x" + 39 * "0" + "1"}
    plain = [zero.get(type, 0) for type in types.values()]
    hashes = {hash_of(tuple(plain))}
    for place, type in enumerate(types.values()):
        hashes.add(hash_of((*plain[:place], one.get(type, 1), *plain[place + 1 :])))
    assert len(hashes) == len(types) + 1


def test_reasons_are_the_same_in_python(messages):
    assert (messages.TIMEOUT(), messages.INVALID_EXECUTION()) == (
        Reason.TIMEOUT,
        Reason.INVALID_EXECUTION,
    )
    assert len(Reason) == 2
