"""Consents that are wrong in one thing each, for `lock` and `rotate_signer`."""

from dataclasses import replace

from eip712.messages import EIP712Domain
from eth_keys.constants import SECPK1_N

from seqpool.protocol.messages import SignerConsent
from seqpool.protocol.signatures import CompactSignature, compact
from tests.utils.system import Consent, System


def _signed(system: System, owner, name="MetisSequencerPool", version="1", signer=None) -> Consent:
    """A consent in another domain, or for another signer than the one who signs."""
    right = system.consent(owner)
    message = SignerConsent(
        eip712_domain=EIP712Domain(
            name=name,
            version=version,
            chainId=system.chain.chain_id,
            verifyingContract=system.pool.address,
        ),
        owner=owner.address,
        signer=signer or right.signer,
        nonce=system.pool.admission(owner)[2],
    )
    signed = right.key.sign_message(message.signable_message)
    return replace(right, signature=compact(signed.v, signed.r, signed.s))


def _by_other_key(system: System, owner) -> Consent:
    return replace(system.consent(owner), signature=system.consent(owner).signature)


def _nonce(system: System, owner, step: int) -> Consent:
    return system.consent(owner, nonce=(system.pool.admission(owner)[2] + step) % 2**256)


def _forged(system: System, owner, forge) -> Consent:
    """`forge` makes other words of r, y parity and s."""
    right = system.consent(owner)
    r, vs = right.signature
    return replace(right, signature=CompactSignature(*forge(r, vs >> 255, vs % 2**255)))


# what is wrong => how to make it for an owner
WRONG_CONSENTS = {
    "other key": _by_other_key,
    "other signer": lambda system, owner: _signed(
        system, owner, signer=system.consent(owner).signer
    ),
    "other owner": lambda system, owner: system.consent(
        system.stranger, nonce=system.pool.admission(owner)[2]
    ),
    "next nonce": lambda system, owner: _nonce(system, owner, 1),
    "nonce before": lambda system, owner: _nonce(system, owner, -1),
    "other pool": lambda system, owner: system.consent(owner, pool=system.deploy_pool()[0]),
    "other chain": lambda system, owner: system.consent(owner, chain_id=system.chain.chain_id + 1),
    "other name": lambda system, owner: _signed(system, owner, name="MetisSequencerSet"),
    "other version": lambda system, owner: _signed(system, owner, version="2"),
    "other parity": lambda system, owner: _forged(
        system, owner, lambda r, y, s: (r, (1 - y) << 255 | s)
    ),
    # the other valid signature of the same key: its s has a bit that the compact form uses
    "high s": lambda system, owner: _forged(system, owner, lambda r, y, s: (r, SECPK1_N - s)),
    "high s, cut": lambda system, owner: _forged(
        system, owner, lambda r, y, s: (r, (1 - y) << 255 | (SECPK1_N - s) % 2**255)
    ),
    "zero r": lambda system, owner: _forged(system, owner, lambda r, y, s: (0, y << 255 | s)),
    "zero s": lambda system, owner: _forged(system, owner, lambda r, y, s: (r, y << 255)),
    "all zero": lambda system, owner: _forged(system, owner, lambda r, y, s: (0, 0)),
    "r of the curve's order": lambda system, owner: _forged(
        system, owner, lambda r, y, s: (SECPK1_N, y << 255 | s)
    ),
    "garbage": lambda system, owner: _forged(
        system, owner, lambda r, y, s: (2**256 - 1, 2**256 - 1)
    ),
}
