"""One proposal from the forum to its effect, on a copy of the chain: a deployment's last proof.

A node of our own is forked from the one that was deployed on; nothing reaches that. Attesters are
replaced there by keys made for it, and nobody needs METIS to propose: those of the suite are people
who are not here. All else is as it will be: the Governor's rules, the Timelock, the delays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address

from seqpool.chain.anvil import running_node
from seqpool.deployment.allow_list import ProposalKind
from seqpool.deployment.suite import Suite
from seqpool.errors import UserError
from seqpool.governance.attestations import combine, make_attestation
from seqpool.governance.view import ProposalStage
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Tally, as_struct, governor_domain

if TYPE_CHECKING:
    from web3 import Web3
    from web3.contract import Contract

KEYS, THRESHOLD = 3, 2
# of ETH, on the fork alone
BALANCE = hex(10**20)


def rehearse(suite: Suite, url: str) -> int:
    """Admits somebody on a fork; the gas of its execution. UserError if anything is not as it was.

    `url` is that of the node that the suite was deployed on.
    """
    with _fork(url) as w3:
        return _Rehearsal(suite, w3).run()


@contextmanager
def _fork(url: str) -> Iterator[Web3]:
    # here: web3 comes with ape
    from web3 import HTTPProvider, Web3

    with running_node("--fork-url", url) as node:
        yield Web3(HTTPProvider(node.url))


class _Rehearsal:
    def __init__(self, suite: Suite, w3: Web3):
        self.w3 = w3
        self.governor, self.timelock, self.pool = (
            self._contract(x) for x in (suite.governor, suite.timelock, suite.pool)
        )
        self.newcomer, self.proposer = (
            to_checksum_address(keccak(text=f"rehearsal: {who}")[-20:])
            for who in ("newcomer", "proposer")
        )
        self.keys: list[LocalAccount] = [
            Account.from_key(keccak(text=f"rehearsal: attester {n}")) for n in range(KEYS)
        ]

    def _contract(self, contract) -> Contract:
        abi = [x.model_dump(mode="json", by_alias=True) for x in contract.contract_type.abi]
        return self.w3.eth.contract(contract.address, abi=abi)

    def _send(self, what: str, sender: str, call) -> dict:
        self.w3.provider.make_request("anvil_setBalance", [sender, BALANCE])
        self.w3.provider.make_request("anvil_impersonateAccount", [sender])
        try:
            receipt = self.w3.eth.wait_for_transaction_receipt(call.transact({"from": sender}))
        except Exception as error:
            raise UserError(f"the rehearsal failed: {what}: {error}") from None
        if receipt.status != 1:
            raise UserError(f"the rehearsal failed: {what} was reverted")
        return receipt

    def _wait(self, seconds: int) -> None:
        self.w3.provider.make_request("evm_increaseTime", [seconds])
        self.w3.provider.make_request("evm_mine", [])

    def _now(self) -> int:
        return self.w3.eth.get_block("latest").timestamp

    def run(self) -> int:
        calls, sender = self.governor.functions, self.timelock.address
        addresses = [key.address for key in self.keys]
        self._send("naming attesters", sender, calls.set_attesters(addresses, THRESHOLD))
        self._send("lowering the threshold", sender, calls.set_proposal_threshold(0))

        data = self.pool.encode_abi("approve", [self.newcomer])
        actions = [(self.pool.address, bytes.fromhex(data[2:]))]
        proposal = calls.propose(ProposalKind.INFRASTRUCTURE, actions, "https://rehearsal.example")
        self._send("propose", self.proposer, proposal)
        id = calls.proposal_count().call()
        snapshot, end = keccak(text="rehearsal"), self._now() + LIMITS["VOTE_FLOOR"] + 1
        self._send("link_vote", self.proposer, calls.link_vote(id, snapshot, end))
        self._wait(LIMITS["VOTE_FLOOR"] + 2)

        criteria = calls.criteria().call()
        message = Tally(
            eip712_domain=governor_domain(self.w3.eth.chain_id, self.governor.address),
            proposalId=id,
            actionsHash=calls.hash_actions(actions).call(),
            snapshotId=snapshot,
            endsAt=end,
            forVotes=criteria[0],
            againstVotes=0,
            abstainVotes=0,
            voters=criteria[1],
            votesRoot=snapshot,
        )
        signed = [(key.address, make_attestation(message, key)) for key in self.keys]
        signatures, _ = combine(message, addresses, THRESHOLD, signed)
        attested = calls.attest(id, as_struct(message), tuple(signatures))
        self._send("attest", self.proposer, attested)
        self._wait(LIMITS["DELAY_ORDINARY"])
        receipt = self._send("execute", self.proposer, calls.execute(id))
        approval = self.pool.functions.admission(self.newcomer).call()[1]
        if (calls.state(id).call(), bool(approval)) != (ProposalStage.EXECUTED, True):
            raise UserError("the rehearsal failed: what was voted on has not happened")
        return receipt.gasUsed
