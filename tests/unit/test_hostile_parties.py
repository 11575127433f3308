"""Owners, vaults, recipients and a treasury that come back when they are paid, or refuse to be.

METIS calls nobody. Here it does, so that only the contracts' own locks and order are between a
payment and whoever gets it; on titanoboa, which lets a contract send transactions.
"""

import boa
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import domain_separator
from tests.utils.court import L2_CHAIN_ID, Bench
from tests.utils.system import METIS, PARAMETERS, State

MIN_STAKE, EXIT_DELAY = PARAMETERS["min_stake"], PARAMETERS["exit_delay"]
KEY = b"\xee" * 16
KIND = 5

# Tells those who want to know when they get something; otherwise as METIS.
TOKEN = """
# pragma version 0.4.3
# pragma nonreentrancy off

interface Party:
    def received(): nonpayable

balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
parties: HashMap[address, bool]

@external
def register(party: address):
    self.parties[party] = True

@external
def mint(to: address, amount: uint256):
    self.balanceOf[to] += amount

@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    return True

@external
def transfer(to: address, amount: uint256) -> bool:
    self._move(msg.sender, to, amount)
    return True

@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    self.allowance[owner][msg.sender] -= amount
    self._move(owner, to, amount)
    return True

@internal
def _move(owner: address, to: address, amount: uint256):
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    if self.parties[to]:
        extcall Party(to).received()
"""

# Calls what it was told to when it is paid, or refuses. As a bridge it takes what it may.
PARTY = """
# pragma version 0.4.3
# pragma nonreentrancy off

interface Token:
    def transferFrom(owner: address, to: address, amount: uint256) -> bool: nonpayable

target: address
data: Bytes[512]
refuses: bool
calls: public(uint256)
successes: public(uint256)

@external
def prepare(target: address, data: Bytes[512], refuses: bool):
    self.target = target
    self.data = data
    self.refuses = refuses

@external
def received():
    assert not self.refuses, "Party: no"
    self._call()

@external
@payable
def depositERC20ToByChainId(
    chain_id: uint256, l1_token: address, l2_token: address, to: address, amount: uint256,
    l2_gas: uint32, data: Bytes[64]
):
    self._call()
    assert extcall Token(l1_token).transferFrom(msg.sender, self, amount)

@internal
def _call():
    if self.target != empty(address):
        self.calls += 1
        if raw_call(self.target, self.data, revert_on_failure=False):
            self.successes += 1
"""


class HostileBench(Bench):
    """A bench whose token calls back."""

    @staticmethod
    def _load(name: str, *arguments, **options):
        if name == "mocks/MockMETIS":
            return boa.loads(TOKEN)
        return Bench._load(name, *arguments, **options)

    def new_party(self):
        """A contract with METIS that may be an owner, a vault, a recipient, a treasury."""
        party = boa.loads(PARTY)
        self.metis.register(party.address)
        self.fund(party.address)
        return party

    def seat_party(self, party, amount=MIN_STAKE, vault=None) -> int:
        """Its sequencer."""
        self.pool.approve(party.address, sender=self.governance)
        if vault is not None:
            self.pool.set_pairing(party.address, vault.address, 0, sender=self.governance)
        self.lock(party.address, amount)
        return self.pool.admission(party.address)[0]

    def slash(self, id: int, amount: int):
        """By the Slasher, unbraked."""
        self.pool.slash(id, amount, KIND, KEY + bytes(16), sender=self.court.address)

    def wait(self, seconds: int):
        boa.env.evm.patch.timestamp += seconds
        boa.env.evm.patch.block_number += 1


@pytest.fixture(scope="module")
def bench():
    return HostileBench()


@pytest.fixture(autouse=True)
def _undone(bench):
    with boa.env.anchor():
        bench.start_anew()
        yield


@pytest.fixture
def pool(bench):
    return bench.pool


@pytest.fixture
def vault(bench):
    return bench.slash_vault


@pytest.fixture
def metis(bench):
    return bench.metis


@pytest.fixture
def owner(bench):
    return bench.new_party()


@pytest.fixture
def lst(bench):
    return bench.new_party()


@pytest.fixture
def id(bench, owner, lst):
    """A sequencer of one party that is paired with the other: each has MIN_STAKE in it."""
    id = bench.seat_party(owner, vault=lst)
    bench.pool.deposit_paired(id, MIN_STAKE, sender=lst.address)
    return id


@pytest.fixture
def rewards(bench):
    """A RewardDistributor with a reserve, whose bridge is a party."""
    bridge = boa.loads(PARTY)
    rewards = bench._load(
        "RewardDistributor",
        *(bench.pool.address, bench.registry.address, domain_separator(bench.domain)),
        *(bench.governance, bridge.address),
        *(L2_CHAIN_ID, "0x" + 40 * "d", 1_000, 2_000),
    )
    bench.pool.set_distributor(rewards.address, sender=bench.governance)
    bench.metis.mint(rewards.address, 100 * METIS)
    return rewards


@pytest.fixture
def resolved(bench, vault, id, owner, lst):
    """Case 1: each party has lost MIN_STAKE, and gets half back. Case 2 is of somebody else."""
    bench.slash(id, 2 * MIN_STAKE)
    bench.slash(bench.new_sequencer(), METIS)
    vault.appeal(1, "ipfs://statement", sender=lst.address)
    vault.resolve(1, 5_000, sender=bench.governance)


def comes_back(party, contract, calls, act):
    """Pays a party once for each call that it tries meanwhile: none gets through."""
    for name, *arguments in calls:
        with boa.env.anchor():
            data = getattr(contract, name).prepare_calldata(*arguments)
            party.prepare(contract.address, data, False)
            act()
            assert (party.calls(), party.successes()) == (1, 0), name
    party.prepare("0x" + 40 * "0", b"", False)


def refuse(*parties):
    for party in parties:
        party.prepare("0x" + 40 * "0", b"", True)


# SlashVault

CALLS_OF_VAULT = [
    ("collect_refund", 1),
    ("release", 1),
    ("release", 2),
    ("appeal", 2, "ipfs://statement"),
    ("resolve", 2, 10_000),
    ("held",),
    ("case_of", 1),
]


@pytest.mark.parametrize("who", ["owner", "lst"])
def test_refund_to_one_that_comes_back_is_paid_once(metis, vault, resolved, owner, lst, who):
    party = {"owner": owner, "lst": lst}[who]
    before, held = metis.balanceOf(party.address), vault.held()
    comes_back(
        *(party, vault, CALLS_OF_VAULT),
        lambda: vault.collect_refund(1, sender=party.address),
    )
    vault.collect_refund(1, sender=party.address)
    assert metis.balanceOf(party.address) == before + MIN_STAKE // 2
    assert vault.held() == metis.balanceOf(vault.address) == held - MIN_STAKE // 2


@pytest.mark.parametrize("who", ["owner", "lst"])
def test_refund_that_is_refused_waits_and_is_in_nobodys_way(
    bench, metis, vault, resolved, owner, lst, who
):
    party, other = (owner, lst) if who == "owner" else (lst, owner)
    refuse(party)
    with boa.reverts("Party: no"):
        vault.collect_refund(1, sender=party.address)
    vault.collect_refund(1, sender=other.address)
    bench.wait(LIMITS["SLASH_LOCK"])
    assert vault.release(1) == MIN_STAKE
    assert vault.release(2) == METIS
    # it never lapses
    party.prepare("0x" + 40 * "0", b"", False)
    assert vault.collect_refund(1, sender=party.address) == MIN_STAKE // 2
    assert vault.held() == metis.balanceOf(vault.address) == 0


@pytest.fixture
def treasury(bench, vault):
    party = bench.new_party()
    vault.announce_treasury(party.address, sender=bench.governance)
    bench.wait(LIMITS["TREASURY_NOTICE"])
    return party


def test_treasury_that_comes_back_is_paid_once(bench, metis, vault, resolved, treasury):
    bench.wait(LIMITS["SLASH_LOCK"])
    before = metis.balanceOf(treasury.address)
    comes_back(treasury, vault, CALLS_OF_VAULT, lambda: vault.release(1))
    vault.release(1)
    assert metis.balanceOf(treasury.address) == before + MIN_STAKE
    assert vault.held() == MIN_STAKE + METIS


def test_treasury_that_refuses_holds_up_nothing_but_its_own(
    bench, metis, vault, resolved, treasury, owner
):
    """Governance names another, with notice."""
    refuse(treasury)
    bench.wait(LIMITS["SLASH_LOCK"])
    with boa.reverts("Party: no"):
        vault.release(1)
    vault.collect_refund(1, sender=owner.address)
    vault.announce_treasury(bench.treasury, sender=bench.governance)
    bench.wait(LIMITS["TREASURY_NOTICE"])
    assert vault.release(1) == MIN_STAKE
    assert metis.balanceOf(bench.treasury) == MIN_STAKE


# SequencerPool


@pytest.mark.parametrize("who", ["owner", "lst"])
def test_claim_by_one_that_comes_back_is_paid_once(bench, metis, pool, owner, lst, id, who):
    pool.unlock(id, sender=owner.address)
    bench.wait(EXIT_DELAY)
    party = {"owner": owner, "lst": lst}[who]

    def claim():
        if who == "owner":
            return pool.claim(id)
        return pool.claim_paired(id, sender=lst.address)

    before = metis.balanceOf(party.address)
    calls = [("claim", id), ("claim_paired", id), ("relock", id, 1), ("deposit_paired", id, 1)]
    comes_back(party, pool, calls, claim)
    assert claim() == MIN_STAKE
    assert metis.balanceOf(party.address) == before + MIN_STAKE
    assert metis.balanceOf(pool.address) == MIN_STAKE


def test_vault_that_refuses_everything_hurts_nobody_else(bench, metis, pool, vault, owner, lst, id):
    """Slashes, exits, claims, refunds and releases go on; what is the vault's waits for it."""
    refuse(lst)
    bench.slash(id, MIN_STAKE + METIS)
    vault.appeal(1, "ipfs://statement", sender=owner.address)
    vault.resolve(1, 10_000, sender=bench.governance)
    assert vault.collect_refund(1, sender=owner.address) == MIN_STAKE
    pool.relock(id, MIN_STAKE, sender=owner.address)
    pool.set_pairing(owner.address, "0x" + 40 * "0", 0, sender=bench.governance)
    pool.unlock(id, sender=owner.address)
    bench.wait(EXIT_DELAY)
    assert pool.claim(id) == MIN_STAKE
    with boa.reverts("Party: no"):
        pool.claim_paired(id, sender=lst.address)
    bench.wait(LIMITS["SLASH_LOCK"])
    assert vault.release(1) == 0
    # once it wants it
    lst.prepare("0x" + 40 * "0", b"", False)
    assert pool.claim_paired(id, sender=lst.address) == MIN_STAKE - METIS
    assert vault.collect_refund(1, sender=lst.address) == METIS
    assert bench.state_of(id) == State.EXITED
    assert metis.balanceOf(pool.address) == metis.balanceOf(vault.address) == 0


def test_owner_that_refuses_keeps_the_vault_from_nothing(bench, metis, pool, owner, lst, id):
    refuse(owner)
    pool.offboard(id, sender=bench.governance)
    bench.wait(EXIT_DELAY)
    with boa.reverts("Party: no"):
        pool.claim(id)
    assert pool.claim_paired(id, sender=lst.address) == MIN_STAKE


# RewardDistributor


def credit(bench, rewards, id):
    rewards.reimburse(id, METIS, "vote", sender=bench.governance)


def test_recipient_of_rewards_that_comes_back_is_paid_once(bench, metis, rewards, owner, id):
    other = bench.new_sequencer()
    for earner in (id, other):
        credit(bench, rewards, earner)
    before, owed = metis.balanceOf(owner.address), rewards.owed()
    calls = [
        *(("claim", id), ("claim", other), ("claim_vault", id), ("restake", id)),
        *(("claim_to_l2", id, 1), ("sync", id), ("fund", 1), ("reserve",), ("account", id)),
    ]
    comes_back(owner, rewards, calls, lambda: rewards.claim(id))
    rewards.claim(id)
    assert metis.balanceOf(owner.address) == before + METIS
    assert rewards.owed() == owed - METIS


def test_recipient_of_rewards_that_refuses_is_in_nobodys_way(bench, rewards, pool, owner, id):
    """Its owner names another, or restakes."""
    other = bench.new_sequencer()
    for earner in (id, other):
        credit(bench, rewards, earner)
    refuse(owner)
    with boa.reverts("Party: no"):
        rewards.claim(id)
    assert rewards.claim(other) == METIS
    with boa.env.anchor():
        assert rewards.restake(id, sender=owner.address) == METIS
    pool.set_reward_recipient(id, bench.stranger, sender=owner.address)
    assert rewards.claim(id) == METIS


def test_bridge_that_comes_back_takes_no_more_than_its_due(bench, metis, rewards, owner, id):
    other = bench.new_sequencer()
    for earner in (id, other):
        credit(bench, rewards, earner)
    bridge = boa.loads_partial(PARTY).at(rewards.bridge())
    calls = [("claim", id), ("claim", other), ("claim_to_l2", id, 1), ("restake", id), ("owed",)]
    comes_back(bridge, rewards, calls, lambda: rewards.claim_to_l2(id, 1, sender=owner.address))
    rewards.claim_to_l2(id, 1, sender=owner.address)
    assert metis.balanceOf(bridge.address) == METIS
    assert metis.balanceOf(rewards.address) == 99 * METIS
    assert rewards.owed() == METIS


# StakedMetis


def test_receiver_of_a_redemption_that_comes_back_is_paid_once(bench, metis, pool, owner):
    staked = bench._load("StakedMetis", pool.address, bench.governance, bench.stranger)
    for user in (owner.address, bench.treasury):
        metis.mint(user, 10 * METIS)
        metis.approve(staked.address, 10 * METIS, sender=user)
        staked.deposit(10 * METIS, user, sender=user)
    staked.requestRedeem(10 * METIS, owner.address, owner.address, sender=owner.address)
    bench.wait(EXIT_DELAY)
    before, me = metis.balanceOf(owner.address), owner.address
    calls = [
        *(("redeem", 1, me, me), ("withdraw", 1, me, me), ("deposit", 1, me), ("mint", 1, me)),
        *(("requestRedeem", 1, me, me), ("count_losses",), ("harvest", 1, me), ("totalAssets",)),
    ]
    comes_back(
        *(owner, staked, calls),
        lambda: staked.redeem(5 * METIS, me, me, sender=me),
    )
    assert staked.redeem(10 * METIS, me, me, sender=me) == 10 * METIS
    assert metis.balanceOf(me) == before + 10 * METIS
    assert staked.totalAssets() == metis.balanceOf(staked.address) == 10 * METIS
