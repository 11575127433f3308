"""SequencerSet.eip712Domain"""

from eth_utils import keccak

from seqpool.protocol.messages import set_domain

NAME_VERSION_CHAIN_CONTRACT = b"\x0f"


def test_eip712_domain_is_what_design_md_says(sequencer_set, chain):
    assert sequencer_set.eip712Domain() == (
        NAME_VERSION_CHAIN_CONTRACT,
        "MetisSequencerSet",
        "1",
        chain.chain_id,
        sequencer_set.address,
        bytes(32),
        [],
    )


def test_eip712_domain_is_that_of_seqpool(sequencer_set, epochs):
    _, name, version, chain_id, contract, _, _ = sequencer_set.eip712Domain()
    domain = set_domain(chain_id, contract)
    assert (domain.name, domain.version) == (name, version)
    # what L1 contracts are given
    assert epochs.reelection().signable_message.header == keccak(
        keccak(
            text="EIP712Domain(string name,string version,uint256 chainId,"
            "address verifyingContract)"
        )
        + keccak(text=name)
        + keccak(text=version)
        + chain_id.to_bytes(32, "big")
        + bytes(12)
        + bytes.fromhex(contract.removeprefix("0x"))
    )
