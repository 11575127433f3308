"""Proofs of equivocation."""

from hypothesis import strategies as st

from tests.stateful.encoding import keccak_words
from tests.stateful.machine import CHOICE, action
from tests.stateful.signing import sign
from tests.stateful.slashing.chain import DOMAIN, OTHER_DOMAIN, STRANGER
from tests.stateful.slashing.model.records import Commitment
from tests.stateful.voting import OUTSIDER


class Equivocation:
    """Anyone proves it, or seems to."""

    @action(
        weight=3,
        choice=CHOICE,
        height=st.integers(0, 9),
        flaw=st.sampled_from(
            ["none"] * 9
            + ["block", "epoch", "same", "other signer", "other chain", "outsider", "again"]
        ),
        old_key=st.booleans(),
        swap=st.booleans(),
    )
    def report_equivocation(self, choice, height, flaw, old_key, swap):
        id = self.one(choice)
        number = self.keys[id][0 if old_key else -1]
        number = OUTSIDER if flaw == "outsider" else number
        one = Commitment(7, height, keccak_words(choice))
        other = Commitment(
            7 + (flaw == "epoch"),
            height + (flaw == "block"),
            keccak_words(choice + (flaw != "same"), 1) if flaw != "same" else one.block_hash,
        )
        by_other = OUTSIDER if flaw == "other signer" else number
        at = OTHER_DOMAIN if flaw == "other chain" else DOMAIN
        proof = (one, sign(number, DOMAIN, one), other, sign(by_other, at, other))
        if flaw == "again" and self.proofs:
            proof = self.proofs[choice % len(self.proofs)]
        if swap:
            proof = (*proof[2:], *proof[:2])
        one, by_one, other, by_other = proof
        words = (*one, by_one.r, by_one.vs, *other, by_other.r, by_other.vs)
        if self.do(STRANGER, self.slasher, "report_equivocation", *proof, words=words):
            self.proofs.append(proof)
