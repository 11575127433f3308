"""Deploys the suite on one chain or on two, step by step, and goes on where a crash has stopped it.

The steps have a module each: checks (before), plan, this one (sends) and read_back (verifies).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seqpool.deployment.checks import check_funds, check_target
from seqpool.deployment.deployment_file import RELAY, SET, Journal, hash_of
from seqpool.deployment.params import Params
from seqpool.deployment.plan import PlannedContract, Step, addresses_of, contracts_of, plan
from seqpool.deployment.read_back import Row, Values, read_back, read_back_l2
from seqpool.deployment.suite import Suite, check_l2_end, check_link, registry_of, suite_of
from seqpool.deployment.target import Side, Target
from seqpool.errors import UserError
from seqpool.protocol.addresses import create_address

if TYPE_CHECKING:
    from ape.api import AccountAPI, ProviderAPI
    from ape.managers.project import ProjectManager


class Deployer:
    """Deploys with one account, going on where the journals end."""

    def __init__(
        self,
        params: Params,
        account: AccountAPI,
        journal: Journal,
        provider: ProviderAPI,
        project: ProjectManager,
        say: Callable[[str], None] = lambda line: None,
        l2: Side | None = None,
    ):
        l1 = Side(provider, journal)
        self.target = Target(params, account, project, l1, l2 or l1)
        self.say = say
        check_target(self.target)

    def plan(self) -> list[Step]:
        """What is there, and what will be created where."""
        return plan(self.target)

    def check_funds(self) -> None:
        """UserError if the account cannot pay for what is left of the plan."""
        check_funds(self.target, self.plan())

    # sending

    def run(self) -> Suite:
        """Deploys what is missing, reads everything back, and marks the journals as verified."""
        for side in self.target.sides:
            if side.journal.params is None:
                side.journal.params = self.target.launch_values()
                if not self.target.is_single:
                    far = SET if side is self.target.l1 else RELAY
                    side.journal.other = self.target.far(side).journal.chain | {
                        "contract": far,
                        "address": None,
                    }
                side.journal.save()
        steps = {step.name: step for step in self.plan()}
        self._abandon(steps)
        addresses = addresses_of(self.target, {name: step.address for name, step in steps.items()})
        for contract in contracts_of(self.target):
            told = [addresses[name] for name in contract.tells]
            self._step(contract, steps[contract.name], contract.arguments(addresses), told)
        if not self.target.is_single:
            self.target.l1.journal.other["address"] = addresses[SET]
            self.target.l2.journal.other["address"] = addresses[RELAY]
        self.verify()
        return self.suite

    def _abandon(self, steps: dict[str, Step]) -> None:
        """Forgets what was not mined, and leaves behind what waits for something else."""
        for side in self.target.sides:
            undone = [name for name in side.journal.contracts if not steps[name].is_done]
            for name in undone:
                entry = side.journal.contracts.pop(name)
                if side.code(entry["address"]):
                    side.journal.abandoned.append({"contract": name} | entry)
                    self.say(
                        f"{name} at {entry['address']} waits for another contract: it is left"
                        " behind"
                    )
            if undone:
                side.journal.save()

    def _step(
        self, contract: PlannedContract, step: Step, arguments: tuple, told: list[str]
    ) -> None:
        """Deploys a contract unless it is there."""
        name, side = contract.name, contract.side
        if step.is_done:
            entry = side.journal.contracts[name]
            if entry["code_hash"] is None:
                # mined, but the last run ended before it knew
                self._record(side, name, entry)
            self.say(f"{name} is at {step.address} already")
            return
        nonce = side.provider.get_nonce(self.target.account.address)
        if create_address(self.target.account.address, nonce) != step.address:
            raise UserError(
                f"{self.target.account.address} was used by somebody else meanwhile; run this again"
            )
        entry = {
            "address": step.address,
            "deployer": self.target.account.address,
            "nonce": nonce,
            "transaction": None,
            "block": None,
            "code_hash": None,
            "told": told,
        }
        side.journal.contracts[name] = entry
        side.journal.save()
        with side.connected():
            instance = self.target.account.deploy(
                self.target.containers[name], *arguments, nonce=nonce
            )
            receipt = side.provider.get_receipt(instance.txn_hash)
        if instance.address != step.address:
            raise UserError(f"{name} is at {instance.address}, not at {step.address}")
        entry |= {"transaction": instance.txn_hash, "block": receipt.block_number}
        self._record(side, name, entry)
        self.say(f"{name} is at {step.address}")

    def _record(self, side: Side, name: str, entry: dict) -> None:
        code = side.code(entry["address"])
        side.journal.contracts[name] = entry | {"code_hash": hash_of(code)}
        side.journal.check_code(name, code, self.target.runtime_code(name))
        side.journal.save()

    # reading back

    @property
    def suite(self) -> Suite:
        """What was deployed on L1; on a single chain, everything."""
        return suite_of(self.target.l1.journal, self.target.project)

    def values(self) -> Values:
        """(name, wanted, found) of all that was fixed for good, and of all that may change."""
        suite, registry = self.suite, registry_of(self.target.l2.journal, self.target.project)
        check_link(suite, registry, self.target.l2.provider.chain_id)
        fixed, changeable = read_back(suite, self.target.params)
        with self.target.l2.connected():
            check_l2_end(registry)
            more_fixed, more_changeable = read_back_l2(registry, self.target.params)
        return fixed + more_fixed, changeable + more_changeable

    def verify(self) -> list[Row]:
        """Reads every value back from the chains.

        All must be as planned when the suite is new. Later, what governance may change may differ:
        such (name, at launch, now) are returned.
        """
        fixed, changeable = self.values()
        wrong = [row for row in fixed if row[1] != row[2]]
        changed = [row for row in changeable if row[1] != row[2]]
        if not self.target.is_done:
            wrong += changed
        if wrong:
            rows = "; ".join(f"{name} is {found}, not {wanted}" for name, wanted, found in wrong)
            raise UserError(f"the suite is not as planned: {rows}")
        for side in self.target.sides:
            if not side.journal.verified:
                side.journal.verified = True
                side.journal.save()
        return changed


def deploy_suite(
    params: Params, account: AccountAPI, provider: ProviderAPI, project: ProjectManager
) -> Suite:
    """Deploys and verifies a suite without writing anything down: for chains that do not last."""
    return Deployer(params, account, Journal.open(None, provider), provider, project).run()
