"""The suite with the LST vault, and all that its users and its enemies do."""

from fractions import Fraction

from ape.api import ReceiptAPI

from tests.utils.payroll import Payroll
from tests.utils.relays import deploy_source
from tests.utils.system import METIS, PARAMETERS

# Shares and METIS that nobody owns.
VIRTUAL = 10**12
EXIT_DELAY = PARAMETERS["exit_delay"]
MIN_STAKE = PARAMETERS["min_stake"]

# A distributor that pays what it was told to, says what it was told to, and calls before it pays.
TILL = """
# pragma version 0.4.3

interface Token:
    def transfer(to: address, amount: uint256) -> bool: nonpayable

metis: immutable(address)
amount: uint256
says: uint256
target: address
data: Bytes[512]
success: public(bool)

@deploy
def __init__(metis_: address):
    metis = metis_

@external
def prepare(amount: uint256, says: uint256, target: address, data: Bytes[512]):
    self.amount = amount
    self.says = says
    self.target = target
    self.data = data

@external
def claim_vault(id: uint256) -> uint256:
    if self.target != empty(address):
        self.success = raw_call(self.target, self.data, revert_on_failure=False)
    amount: uint256 = self.amount
    self.amount = 0
    assert extcall Token(metis).transfer(msg.sender, amount)
    return self.says
"""


class Lst(Payroll):
    """A payroll with a StakedMetis. Nobody has deposited yet."""

    def __init__(self, project, accounts, chain):
        super().__init__(project, accounts, chain)
        self.allocator, self.alice, self.bob, self.carol = (self.new_account() for _ in range(4))
        self.keep()
        self.staked = self.deploy_vault()
        for user in (self.alice, self.bob, self.carol):
            self.give(user)
        self.till = deploy_source(self, "Till", TILL, self.metis)
        self.metis.mint(self.till, 1_000_000 * METIS, sender=self.deployer)

    def deploy_vault(self, **changes):
        """Another StakedMetis; `changes` replace constructor arguments."""
        arguments = {
            "pool": self.pool,
            "governance": self.governance,
            "allocator": self.allocator,
        } | changes
        return self.deployer.deploy(self.project.StakedMetis, *arguments.values())

    # depositors

    def give(self, user, amount=1_000_000 * METIS):
        """METIS that the vault may take."""
        self.metis.mint(user, amount, sender=self.deployer)
        self.metis.approve(self.staked, amount, sender=user)

    def deposit(self, user, amount: int) -> int:
        """The shares that it gives."""
        before = self.staked.balanceOf(user)
        self.staked.deposit(amount, user, sender=user)
        return self.staked.balanceOf(user) - before

    def request(self, user, shares: int | None = None) -> int:
        """Asks for shares of one's own, by default for all; the id."""
        shares = self.staked.balanceOf(user) if shares is None else shares
        receipt = self.staked.requestRedeem(shares, user, user, sender=user)
        (event,) = receipt.decode_logs(self.staked.RedeemRequest)
        return event.requestId

    def redeem(self, user, shares: int | None = None) -> int:
        """By default all that is claimable; what was paid."""
        shares = self.staked.maxRedeem(user) if shares is None else shares
        before = self.metis.balanceOf(user)
        self.staked.redeem(shares, user, user, sender=user)
        return self.metis.balanceOf(user) - before

    def wealth(self, user) -> int:
        """METIS, and what shares are worth that are not requested."""
        shares = self.staked.balanceOf(user)
        return self.metis.balanceOf(user) + self.staked.convertToAssets(shares)

    # stake

    def pair(self, own=0, commission_bps=0) -> int:
        """A sequencer that is paired with the vault."""
        return self.new_sequencer(own, self.staked, commission_bps)

    def allocate(self, id: int, amount: int) -> ReceiptAPI:
        return self.staked.allocate(id, amount, sender=self.allocator)

    def deallocate(self, id: int, amount: int, sender=None) -> ReceiptAPI:
        return self.staked.deallocate(id, amount, sender=sender or self.stranger)

    def collect(self, id: int) -> ReceiptAPI:
        return self.staked.collect(id, sender=self.stranger)

    def staked_with(self, amount: int, own=0, user=None) -> int:
        """A sequencer with so much of the vault, which a depositor has brought."""
        self.deposit(user or self.alice, amount)
        id = self.pair(own)
        self.allocate(id, amount)
        return id

    # losses and gains

    def slash(self, id: int, bps: int) -> ReceiptAPI:
        """A share of what a sequencer has locked, by vote."""
        return self.court.slash_by_governance(id, bps, "ipfs://reason", sender=self.governance)

    def slash_all(self, id: int, amount=2**256 - 1):
        """By an old Slasher that nothing brakes: whoever is announced, is it after 61 days."""
        self.pool.announce_slasher(self.slasher, sender=self.governance)
        self.wait(61 * 86_400)
        self.pool.slash(id, amount, 1, bytes(32), sender=self.slasher)

    def refund(self, case_id: int, bps=10_000):
        """What governance gives back can be collected."""
        self.staked.appeal(case_id, "ipfs://statement", sender=self.allocator)
        self.slash_vault.resolve(case_id, bps, sender=self.governance)

    def close(self, case_id: int, bps=0):
        """A decided case: by default nothing is given back."""
        self.refund(case_id, bps)
        self.staked.collect_refund(case_id, sender=self.stranger)

    def hold(self, id: int, amount: int, days=3):
        """By an old Slasher, which marks each offence before it holds anything."""
        if self.pool.slasher() != self.slasher:
            self.pool.announce_slasher(self.slasher, sender=self.governance)
            self.wait(61 * 86_400)
        mark = self.now().to_bytes(16, "big"), b"\1" * 32
        self.slash_vault.use_key(*mark, sender=self.slasher)
        until = self.now() + days * 86_400
        self.pool.hold(id, amount, until, sender=self.slasher)

    def open_till(self):
        """The pool's distributor is the till."""
        self.pool.set_distributor(self.till, sender=self.governance)

    def harvest(self, amount: int, says=0, target="0x" + 40 * "0", data=b"") -> ReceiptAPI:
        """From the open till."""
        self.till.prepare(amount, says, target, data, sender=self.deployer)
        return self.staked.harvest(1, self.till, sender=self.stranger)

    # what is seen

    def price(self) -> Fraction:
        """METIS a share, with what nobody owns."""
        return Fraction(self.staked.totalAssets() + VIRTUAL, self.staked.totalSupply() + VIRTUAL)

    def funds(self) -> dict[str, int]:
        """Where the METIS is, by name, but for the date."""
        funds = self.staked.funds()
        names = ("idle", "reserved", "staked", "unvested", "missing")
        return {name: getattr(funds, name) for name in names}

    def pulled_by_vault(self, payer, amount: int) -> list:
        """The events of METIS when the vault pulls an amount."""
        left = self.metis.allowance(payer, self.staked)
        return [
            self.metis.Transfer(sender=payer, receiver=self.staked, value=amount),
            self.metis.Approval(owner=payer, spender=self.staked, value=left),
        ]

    def paid_by_vault(self, receiver, amount: int) -> list:
        """The event of METIS when the vault pays an amount."""
        return [self.metis.Transfer(sender=self.staked, receiver=receiver, value=amount)]
