"""contracts/modules/pool/signers.vy: whose key each signer is, or was"""

import boa
import pytest
from eth_account import Account
from eth_keys import keys
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

SOURCE = """
# pragma version 0.4.3
from contracts.modules.pool import signers
from contracts.modules.signing import committee as committees

initializes: signers

@external
def register(signer: address, id: uint256):
    signers._register(signer, id)

@external
def retire(signer: address, id: uint256):
    signers._retire(signer, id)

@external
@view
def id_of(signer: address) -> uint256:
    return signers._id_of(signer)

@external
@view
def rotated_at(signer: address) -> uint256:
    return signers._rotated_at(signer)

@external
@pure
def is_key_of(signer: address, public_key: bytes32[2]) -> bool:
    return signers._is_key_of(signer, public_key)

@external
@view
def has_consented(
    signer: address, owner: address, nonce: uint256, consent: committees.Signature
) -> bool:
    return signers._has_consented(signer, owner, nonce, consent)
"""

KEY, OTHER = (keys.PrivateKey(32 * byte) for byte in (b"\x11", b"\x22"))
SIGNER, STRANGER = (key.public_key.to_checksum_address() for key in (KEY, OTHER))
OWNER = to_checksum_address(20 * b"\x33")
ids = st.sampled_from([1, 2**64 - 1]) | st.integers(1, 2**64 - 1)


@pytest.fixture(scope="module")
def deployed():
    return boa.loads(SOURCE)


@pytest.fixture
def signers(deployed):
    with boa.env.anchor():
        yield deployed


def halves(key):
    public = key.public_key.to_bytes()
    return [public[:32], public[32:]]


def consent(contract, key=KEY, owner=OWNER, signer=SIGNER, nonce=7, **domain):
    """The signature as (r, vs), by eth_account's own EIP-712."""
    chain_id = boa.env.evm.patch.chain_id
    signed = Account.sign_typed_data(
        key.to_bytes(),
        domain_data={
            "name": "MetisSequencerPool",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": contract.address,
        }
        | domain,
        message_types={
            "SignerConsent": [
                {"name": "owner", "type": "address"},
                {"name": "signer", "type": "address"},
                {"name": "nonce", "type": "uint256"},
            ]
        },
        message_data={"owner": owner, "signer": signer, "nonce": nonce},
    )
    return signed.r, signed.s | (signed.v - 27) << 255


def test_a_signer_that_was_never_used(signers):
    assert (signers.id_of(SIGNER), signers.rotated_at(SIGNER)) == (0, 0)


@given(ids)
@settings(max_examples=50)
def test_register_and_retire(deployed, id):
    with boa.env.anchor():
        deployed.register(SIGNER, id)
        assert (deployed.id_of(SIGNER), deployed.rotated_at(SIGNER)) == (id, 0)
        deployed.retire(SIGNER, id)
        # it stays attributable
        assert deployed.id_of(SIGNER) == id
        assert deployed.rotated_at(SIGNER) == boa.env.timestamp
        assert deployed.id_of(STRANGER) == deployed.rotated_at(STRANGER) == 0


def test_is_key_of(signers):
    assert signers.is_key_of(SIGNER, halves(KEY))
    assert not signers.is_key_of(STRANGER, halves(KEY))
    assert not signers.is_key_of(SIGNER, halves(KEY)[::-1])
    assert not signers.is_key_of("0x" + 40 * "0", [bytes(32), bytes(32)])


def test_consent(signers):
    assert signers.has_consented(SIGNER, OWNER, 7, consent(signers))


@pytest.mark.parametrize(
    "signed",
    [
        {"owner": STRANGER},
        {"signer": STRANGER},
        {"nonce": 8},
        {"key": OTHER},
        {"name": "MetisSequencerSet"},
        {"version": "2"},
        {"chainId": 1_088},
        {"verifyingContract": OWNER},
    ],
    ids=lambda signed: next(iter(signed)),
)
def test_consent_to_something_else(signers, signed):
    assert not signers.has_consented(SIGNER, OWNER, 7, consent(signers, **signed))


def test_consent_from_which_nothing_can_be_recovered(signers):
    """It gives the zero address. That nobody has a public key of it, the importer relies on."""
    assert not signers.has_consented(SIGNER, OWNER, 7, (0, 0))
    assert not signers.has_consented(SIGNER, OWNER, 7, (2**256 - 1, 2**256 - 1))
    assert signers.has_consented("0x" + 40 * "0", OWNER, 7, (0, 0))
