"""EIP-712 messages of the suite, a class each. Source: design.md section 2."""

from eip712.messages import EIP712Domain, EIP712Message
from eth_pydantic_types import abi


def pool_domain(chain_id: int, pool: str) -> EIP712Domain:
    """The signing domain of a SequencerPool."""
    return EIP712Domain(
        name="MetisSequencerPool", version="1", chainId=chain_id, verifyingContract=pool
    )


class SignerConsent(EIP712Message):
    """A signer's consent to work for an owner's sequencer; the pool counts nonces by owner."""

    owner: abi.address
    signer: abi.address
    nonce: abi.uint256


def signer_consent(chain_id: int, pool: str, owner: str, signer: str, nonce: int) -> SignerConsent:
    """The SignerConsent that `lock` and `rotate_signer` ask for."""
    return SignerConsent(
        eip712_domain=pool_domain(chain_id, pool), owner=owner, signer=signer, nonce=nonce
    )
