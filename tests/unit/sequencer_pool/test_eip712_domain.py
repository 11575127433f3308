"""SequencerPool.eip712Domain"""

from eth_account.messages import encode_typed_data

from seqpool.protocol.signatures import compact

NAME_VERSION_CHAIN_CONTRACT = b"\x0f"


def test_eip712_domain_is_what_design_md_says(pool, chain):
    assert pool.eip712Domain() == (
        NAME_VERSION_CHAIN_CONTRACT,
        "MetisSequencerPool",
        "1",
        chain.chain_id,
        pool.address,
        bytes(32),
        [],
    )


def test_a_consent_can_be_signed_by_what_the_view_says(system, pool, owner):
    """By a wallet that knows nothing else but the type of the message."""
    _, name, version, chain_id, contract, _, _ = pool.eip712Domain()
    consent = system.consent(owner)
    fields = {"owner": "address", "signer": "address", "nonce": "uint256"}
    signed = consent.key.sign_message(
        encode_typed_data(
            {"name": name, "version": version, "chainId": chain_id, "verifyingContract": contract},
            {"SignerConsent": [{"name": field, "type": kind} for field, kind in fields.items()]},
            {"owner": owner.address, "signer": consent.signer, "nonce": 0},
        )
    )
    consent.signature = compact(signed.v, signed.r, signed.s)
    system.lock(owner, consent=consent)
    assert pool.admission(owner)[0] == 1
