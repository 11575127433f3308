"""Who may call what: each function that changes something x all who have to do with the suite"""

from collections.abc import Callable
from typing import NamedTuple

import ape
import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind, Reason
from tests.utils.parliament import FORUM, GOVERNANCE
from tests.utils.relays import GAS_LIMIT
from tests.utils.system import DAY, METIS, PARAMETERS, ZERO

pytestmark = pytest.mark.slow

ANYONE = None
NOT_GOVERNANCE = "roles: not governance"
NOT_GUARDIAN = "guardian: not guardian"
NOT_SLASHER = "SequencerPool: not slasher"
NOT_OWNER = "SequencerPool: not owner"
NOT_VAULT = "SequencerPool: not vault"
NOT_LIBRARY_OWNER = "ownable: caller is not the owner"
ACCESS = {
    NOT_GOVERNANCE,
    NOT_GUARDIAN,
    NOT_SLASHER,
    NOT_OWNER,
    NOT_VAULT,
    NOT_LIBRARY_OWNER,
    "SequencerPool: not owner or signer",
    "SequencerPool: not pending owner",
    "ownable_2step: caller is not the new owner",
    "SlashVault: not pool",
    "SlashVault: not slasher",
    "SlashVault: not owner or vault",
    "RewardDistributor: not owner",
    "RewardDistributor: not recipient",
    "StakedMetis: not controller",
    "StakedMetis: not allocator",
    "SequencerSet: not messenger",
    "SequencerSet: not relay",
    "SequencerSet: not by apply_call",
    "SequencerSet: not fallback sequencer",
    "SequencerGovernor: not proposer",
    "SequencerGovernor: below proposal threshold",
    "access_control: account is missing role",
    "timelock_controller: caller must be timelock",
}

CAUSE = b"\x01" * 32


class Scene(NamedTuple):
    """One sequencer, with everybody there is; where it matters, with the way to L2."""

    system: object
    crew: object
    roles: dict
    until: int
    rewards: object = None
    staked: object = None
    link: object = None
    members: tuple = ()
    governor: object = None
    timelock: object = None
    action: tuple = ()


class Row(NamedTuple):
    """Who gets past the access check of a function, and what everybody else is told."""

    roles: set | None
    reason: str | None
    arguments: Callable[[Scene], tuple]


def row(roles, reason, *arguments):
    """Arguments that need the scene are functions of it."""
    return Row(
        roles if roles is ANYONE else set(roles.split()),
        reason,
        lambda scene: tuple(x(scene) if callable(x) else x for x in arguments),
    )


def id(scene):
    return scene.crew.id


def owner(scene):
    return scene.crew.owner


def until(scene):
    return scene.until


def someone(scene):
    return scene.system.stranger


def chain_id(scene):
    return scene.system.chain.chain_id


def l2_set(scene):
    return scene.link.set


def heartbeat(scene):
    return scene.link.set.heartbeat.encode_input()


def stored_call(scene):
    return scene.link.call("set_block_timeout", LIMITS["BLOCK_TIMEOUT_FLOOR"])


def members(scene):
    return scene.members


# a key and a consent that will do for nobody: access is checked before
SIGNER = ("0x" + 40 * "1", (CAUSE, CAUSE), (1, 1))


POOL = {
    # owners and those who act for them
    "lock": row(ANYONE, None, SIGNER[0], METIS, someone, *SIGNER[1:]),
    "relock": row("owner distributor", NOT_OWNER, id, METIS),
    "request_withdrawal": row("owner", NOT_OWNER, id, 1),
    "unlock": row("owner", NOT_OWNER, id),
    "claim": row(ANYONE, None, id),
    "rotate_signer": row("owner signer", "SequencerPool: not owner or signer", id, *SIGNER),
    "transfer_ownership_of": row("owner", NOT_OWNER, id, someone),
    "accept_ownership_of": row("pending_owner", "SequencerPool: not pending owner", id),
    "set_reward_recipient": row("owner", NOT_OWNER, id, someone),
    "unjail": row("owner", NOT_OWNER, id),
    # the paired vault
    "deposit_paired": row("vault", NOT_VAULT, id, 1),
    "request_paired_withdrawal": row("vault", NOT_VAULT, id, 1),
    "claim_paired": row("vault", NOT_VAULT, id),
    # anyone
    "activate_next": row(ANYONE, None, 1),
    "eject": row(ANYONE, None, id),
    # the Slasher
    "slash": row("slasher", NOT_SLASHER, id, 1, 1, CAUSE),
    "jail": row("slasher", NOT_SLASHER, id, until),
    "suspend": row("slasher", NOT_SLASHER, id, CAUSE, 1, 1),
    "lift": row("slasher", NOT_SLASHER, id, CAUSE),
    "hold": row("slasher", NOT_SLASHER, id, 1, until),
    # governance
    "approve": row("governance", NOT_GOVERNANCE, someone),
    "disapprove": row("governance", NOT_GOVERNANCE, someone),
    "set_pairing": row("governance", NOT_GOVERNANCE, owner, ZERO, 0),
    "offboard": row("governance", NOT_GOVERNANCE, id),
    "reinstate": row("governance", NOT_GOVERNANCE, id),
    "set_min_stake": row("governance", NOT_GOVERNANCE, PARAMETERS["min_stake"]),
    "set_cap": row("governance", NOT_GOVERNANCE, PARAMETERS["cap"]),
    "set_max_sequencers": row("governance", NOT_GOVERNANCE, PARAMETERS["max_sequencers"]),
    "set_exit_delay": row("governance", NOT_GOVERNANCE, PARAMETERS["exit_delay"]),
    "set_cure_period": row("governance", NOT_GOVERNANCE, PARAMETERS["cure_period"]),
    "set_rotation_period": row("governance", NOT_GOVERNANCE, PARAMETERS["rotation_period"]),
    "announce_slasher": row("governance", NOT_GOVERNANCE, someone),
    "set_distributor": row("governance", NOT_GOVERNANCE, someone),
    "set_guardian": row("governance", NOT_GOVERNANCE, someone),
    "transfer_ownership": row("governance", NOT_LIBRARY_OWNER, someone),
    "accept_ownership": row("pending_governance", "ownable_2step: caller is not the new owner"),
    # the guardian
    "pause": row("guardian", NOT_GUARDIAN),
    "unpause": row("guardian", NOT_GUARDIAN),
}

NOT_LOSER = "SlashVault: not owner or vault"
VAULT = {
    # nobody is the pool but the pool: what it may is in test_slash
    "open_case": row("pool", "SlashVault: not pool", 1, owner, ZERO, 0, 0, 1, CAUSE),
    "note_hold": row("pool", "SlashVault: not pool", 1),
    "note_exit_delay": row("pool", "SlashVault: not pool", 1),
    "use_key": row("slasher", "SlashVault: not slasher", CAUSE[:16], CAUSE),
    # who has lost in the case
    "appeal": row("owner vault", NOT_LOSER, 1, "ipfs://statement"),
    "collect_refund": row("owner vault", NOT_LOSER, 1),
    "resolve": row("governance", NOT_GOVERNANCE, 1, 0),
    "announce_treasury": row("governance", NOT_GOVERNANCE, someone),
    "release": row(ANYONE, None, 1),
    "transfer_ownership": row("governance", NOT_LIBRARY_OWNER, someone),
    "accept_ownership": row(
        "pending_vault_governance", "ownable_2step: caller is not the new owner"
    ),
}

NOBODY = ([], 0, [])  # a certificate without committee and signatures
REELECTION = (1, 1, 1, ZERO, 1, 1, Reason.TIMEOUT)
SLASHER = {
    # whoever brings two thirds of the power, or two signatures of one signer
    "report": row(ANYONE, None, (1, 1, Kind.BACKLOG, 1, 1, CAUSE), NOBODY),
    "report_reelection": row(ANYONE, None, REELECTION, NOBODY),
    "report_equivocation": row(ANYONE, None, (1, 1, CAUSE), (1, 1), (1, 2, CAUSE), (1, 1)),
    "lift_suspension": row(ANYONE, None, (1, 1, 1, CAUSE, ZERO), NOBODY),
    # anyone
    "top_up": row(ANYONE, None, 1, [1]),
    "lapse": row(ANYONE, None, 1),
    # governance
    "slash_by_governance": row("governance", NOT_GOVERNANCE, 1, 1, "ipfs://reason"),
    "confirm": row("governance", NOT_GOVERNANCE, 1),
    "drop": row("governance", NOT_GOVERNANCE, 1),
    "set_penalty": row("governance", NOT_GOVERNANCE, Kind.BACKLOG, 1),
    "set_guardian": row("governance", NOT_GOVERNANCE, someone),
    "transfer_ownership": row("governance", NOT_LIBRARY_OWNER, someone),
    "accept_ownership": row(
        "pending_court_governance", "ownable_2step: caller is not the new owner"
    ),
    # the guardian
    "stop": row("guardian", NOT_GUARDIAN),
    "resume": row("guardian", NOT_GUARDIAN),
}

REGISTRY = {"checkpoint": row(ANYONE, None), "seal": row(ANYONE, None)}

BATCH = (1, 2, 1, 1, 1, 1, CAUSE)
REWARDS = {
    # whoever brings two thirds of the power
    "submit_batch": row(ANYONE, None, BATCH, [], NOBODY),
    # anyone
    "begin": row(ANYONE, None),
    "give_notice": row(ANYONE, None),
    "retire": row(ANYONE, None),
    "fund": row(ANYONE, None, METIS),
    "sync": row(ANYONE, None, id),
    "claim": row(ANYONE, None, id),
    # each vault has an account of its own, an empty one if it is none
    "claim_vault": row(ANYONE, None, id),
    # operators
    "close_claims": row("owner", "RewardDistributor: not owner", id, False),
    "restake": row("owner", "RewardDistributor: not owner", id),
    "claim_to_l2": row("recipient", "RewardDistributor: not recipient", id, 0),
    # governance
    "reimburse": row("governance", NOT_GOVERNANCE, id, METIS, "ipfs://decision"),
    "reimburse_vault": row("governance", NOT_GOVERNANCE, id, someone, METIS, "ipfs://decision"),
    "set_mrr": row("governance", NOT_GOVERNANCE, 0),
    "transfer_ownership": row("governance", NOT_LIBRARY_OWNER, someone),
    "accept_ownership": row(
        "pending_rewards_governance", "ownable_2step: caller is not the new owner"
    ),
}

NOT_ALLOCATOR = "StakedMetis: not allocator"
NOT_CONTROLLER = "StakedMetis: not controller"
NO_ALLOWANCE = "erc20: insufficient allowance"
STAKED = {
    # depositors
    "deposit": row(ANYONE, None, METIS, someone),
    "mint": row(ANYONE, None, METIS, someone),
    "requestRedeem": row("stranger", NOT_CONTROLLER, 1, someone, someone),
    "claim_refund": row("", NOT_CONTROLLER, 0, 1, someone),
    "redeem": row("stranger", NOT_CONTROLLER, 1, someone, someone),
    "withdraw": row("stranger", NOT_CONTROLLER, 1, someone, someone),
    "setOperator": row(ANYONE, None, someone, True),
    # the token
    "transfer": row(ANYONE, None, someone, 0),
    "transferFrom": row("stranger", NO_ALLOWANCE, someone, someone, 1),
    "approve": row(ANYONE, None, someone, 0),
    "permit": row(ANYONE, None, someone, someone, 1, 2**63, 27, CAUSE, CAUSE),
    # anyone
    "count_losses": row(ANYONE, None),
    "collect": row(ANYONE, None, id),
    "harvest": row(ANYONE, None, id, lambda scene: scene.system.pool.distributor()),
    "fund": row(ANYONE, None, 0),
    "collect_refund": row(ANYONE, None, 1),
    "deallocate": row(ANYONE, None, id, 1),
    # the allocator
    "allocate": row("allocator", NOT_ALLOCATOR, id, 1),
    "appeal": row("allocator", NOT_ALLOCATOR, 1, "ipfs://statement"),
    # governance
    "set_allocator": row("governance", NOT_GOVERNANCE, someone),
    "transfer_ownership": row("governance", NOT_LIBRARY_OWNER, someone),
    "accept_ownership": row(
        "pending_staked_governance", "ownable_2step: caller is not the new owner"
    ),
}

RELAY = {
    "relay": row(ANYONE, None, GAS_LIMIT),
    "relay_call": row(ANYONE, None, 1, GAS_LIMIT),
    "set_l2": row("governance", NOT_GOVERNANCE, stored_call),
    "transfer_ownership": row("governance", NOT_LIBRARY_OWNER, someone),
    "accept_ownership": row(
        "pending_relay_governance", "ownable_2step: caller is not the new owner"
    ),
}

MESSENGER = {
    "sendMessageViaChainId": row(ANYONE, None, chain_id, l2_set, heartbeat, GAS_LIMIT),
}

NOT_MESSENGER = "SequencerSet: not messenger"
NOT_SELF = "SequencerSet: not by apply_call"
NO_CERTIFICATE = ([], 0, [])
SET = {
    "commit_epoch": row(ANYONE, None, members),
    "heartbeat": row(ANYONE, None),
    # two thirds of the power, whoever brings their signatures
    "reelect": row(ANYONE, None, (1, 1, 1, ZERO, 1, 1, 1), NO_CERTIFICATE),
    "correct": row(ANYONE, None, (1, 1, 1, CAUSE, ZERO), NO_CERTIFICATE),
    "fallback": row("fallback_sequencer", "SequencerSet: not fallback sequencer"),
    # nobody is the messenger or the set but they themselves
    "install_committee": row("messenger", NOT_MESSENGER, 2**64 - 1, CAUSE, CAUSE),
    "apply_call": row("messenger", NOT_MESSENGER, 2, stored_call),
    "set_epoch_length": row("set", NOT_SELF, LIMITS["EPOCH_LENGTH_FLOOR"]),
    "set_block_timeout": row("set", NOT_SELF, LIMITS["BLOCK_TIMEOUT_FLOOR"]),
    "set_fallback_delay": row("set", NOT_SELF, LIMITS["FALLBACK_DELAY_FLOOR"]),
    "set_fallback_sequencer": row("set", NOT_SELF, someone),
}

NOT_PROPOSER = "SequencerGovernor: not proposer"
NO_SIGNATURES = (0, [])


def week(scene):
    return scene.system.now() + 5 * DAY


def actions(scene):
    return [scene.action]


def attesters(scene):
    return scene.governor.attesters()


def permission(scene):
    return (scene.action[0], bytes(4), GOVERNANCE, 1)


GOVERNOR = {
    # whoever has METIS, and has made the proposal
    "propose": row(
        *("proposer", "SequencerGovernor: below proposal threshold"), GOVERNANCE, actions, FORUM
    ),
    "link_vote": row("proposer", NOT_PROPOSER, 1, CAUSE, week),
    "cancel": row("proposer", NOT_PROPOSER, 1),
    # whoever brings the signatures of enough attesters
    "relink_vote": row(ANYONE, None, 1, CAUSE, week, NO_SIGNATURES),
    "attest": row(ANYONE, None, 1, (1, CAUSE, CAUSE, 1, 0, 0, 0, 0, CAUSE), NO_SIGNATURES),
    # anyone
    "execute": row(ANYONE, None, 1),
    # the guardian
    "veto": row("guardian", NOT_GUARDIAN, 1, "ipfs://why"),
    # governance
    "set_permission": row("governance", NOT_GOVERNANCE, permission),
    "set_quorum": row("governance", NOT_GOVERNANCE, LIMITS["QUORUM_FLOOR"]),
    "set_wallets": row("governance", NOT_GOVERNANCE, LIMITS["WALLETS_FLOOR"]),
    "set_approval": row("governance", NOT_GOVERNANCE, LIMITS["APPROVAL_FLOOR"]),
    "set_proposal_threshold": row("governance", NOT_GOVERNANCE, 0),
    "set_attesters": row("governance", NOT_GOVERNANCE, attesters, 3),
    "set_guardian": row("governance", NOT_GOVERNANCE, someone),
}

NO_ROLE = "access_control: account is missing role"
TIMELOCK = {
    # the Governor
    "schedule": row("governor", NO_ROLE, someone, 0, b"", bytes(32), bytes(32), 30 * DAY),
    "execute": row("governor", NO_ROLE, someone, 0, b"", bytes(32), bytes(32)),
    "cancel": row("governor", NO_ROLE, CAUSE),
    # nobody is the Timelock but it itself
    "update_delay": row("timelock", "timelock_controller: caller must be timelock", 0),
    "grantRole": row("timelock", NO_ROLE, CAUSE, someone),
    "revokeRole": row("timelock", NO_ROLE, CAUSE, someone),
}

METIS_ROWS = {
    "transfer": row(ANYONE, None, someone, 0),
    "transferFrom": row(ANYONE, None, someone, someone, 0),
    "approve": row(ANYONE, None, someone, 0),
    "increaseAllowance": row(ANYONE, None, someone, 0),
    "decreaseAllowance": row(ANYONE, None, someone, 0),
    "mint": row("deployer", NOT_LIBRARY_OWNER, someone, METIS),
    "mint_many": row("deployer", NOT_LIBRARY_OWNER, [], METIS),
    "transfer_ownership": row("deployer", NOT_LIBRARY_OWNER, someone),
}


@pytest.fixture
def scene(system, pool, lst):
    crew = system.new_crew(vault=lst)
    other = system.new_crew(vault=system.other_lst)
    next_governance, next_slasher = system.new_account(), system.new_account()
    pool.transfer_ownership(next_governance, sender=system.governance)
    pool.announce_slasher(next_slasher, sender=system.governance)
    roles = {
        "governance": system.governance,
        "pending_governance": next_governance,
        "guardian": system.guardian,
        "slasher": system.slasher,
        "announced_slasher": next_slasher,
        "distributor": system.distributor,
        "owner": crew.owner,
        "pending_owner": crew.offered_to,
        "signer": crew.signer,
        "vault": lst,
        "other_owner": other.owner,
        "other_pending_owner": other.offered_to,
        "other_signer": other.signer,
        "other_vault": system.other_lst,
        "approved_owner": system.new_owner(),
        "deployer": system.deployer,
        "stranger": system.stranger,
    }
    assert len({account.address for account in roles.values()}) == len(roles)
    return Scene(system, crew, roles, system.chain.pending_timestamp + DAY)


@pytest.fixture
def vault_scene(system, pool, vault, scene, lst):
    """With a case in which the owner and the vault have lost."""
    pool.deposit_paired(scene.crew.id, METIS, sender=lst)
    pool.slash(scene.crew.id, 2**256 - 1, 1, CAUSE, sender=system.slasher)
    case = vault.case_of(1)
    assert case.own > 0 < case.paired
    heir = system.new_account()
    vault.transfer_ownership(heir, sender=system.governance)
    return with_roles(scene, pending_vault_governance=heir, treasury=system.treasury)


@pytest.fixture
def court_scene(system, court, scene):
    """With a Slasher whose pool is another one: it asks nobody who may call."""
    heir = system.new_account()
    court.court.transfer_ownership(heir, sender=system.governance)
    return with_roles(scene, pending_court_governance=heir, treasury=system.treasury)


@pytest.fixture
def rewards_scene(system, payroll, scene):
    """With a RewardDistributor that owes the sequencer's recipient a METIS, and has another."""
    rewards = payroll.deploy_rewards(system.pool)
    system.pool.set_distributor(rewards, sender=system.governance)
    rewards.begin(sender=system.stranger)
    system.metis.mint(rewards, 2 * METIS, sender=system.deployer)
    rewards.reimburse(scene.crew.id, METIS, "ipfs://decision", sender=system.governance)
    recipient, heir = system.new_account(), system.new_account()
    system.pool.set_reward_recipient(scene.crew.id, recipient, sender=scene.crew.owner)
    rewards.transfer_ownership(heir, sender=system.governance)
    scene = with_roles(scene, pending_rewards_governance=heir, recipient=recipient)
    return scene._replace(rewards=rewards)


@pytest.fixture
def staked_scene(system, lst_system, scene):
    """With a StakedMetis, whose the sequencer's paired stake would be."""
    heir, allocator = system.new_account(), system.new_account()
    staked = lst_system.deploy_vault(pool=system.pool, allocator=allocator)
    staked.transfer_ownership(heir, sender=system.governance)
    # it pays nothing, but answers
    system.pool.set_distributor(lst_system.till, sender=system.governance)
    scene = with_roles(scene, pending_staked_governance=heir, allocator=allocator)
    return scene._replace(staked=staked, crew=system.new_crew(vault=staked))


@pytest.fixture
def governor_scene(system, parliament, scene, project):
    """With a Governor that takes an account for the Timelock, and a proposal of somebody's; and
    with a Timelock that takes an account for the Governor."""
    proposer, governor = system.new_account(), system.new_account()
    # of which nobody else has any
    metis = system.deployer.deploy(project.MockMETIS)
    metis.mint(proposer, METIS, sender=system.deployer)
    contract = parliament.deploy_governor(metis=metis, timelock=system.governance, threshold=METIS)
    action = parliament.record()
    contract.propose(GOVERNANCE, [action], FORUM, sender=proposer)
    timelock = system.deployer.deploy(project.Timelock, governor)
    scene = with_roles(scene, proposer=proposer, governor=governor)
    return scene._replace(governor=contract, timelock=timelock, action=action)


def with_roles(scene, **more):
    roles = scene.roles | more
    assert len({account.address for account in roles.values()}) == len(roles)
    return scene._replace(roles=roles)


@pytest.fixture
def l2_scene(system, pool, scene, relays, link):
    """With an installed committee, and a call that can be sent."""
    system.new_sequencer()
    checkpoint = system.checkpoint_and_seal()
    link.send()
    link.store("set_block_timeout", LIMITS["BLOCK_TIMEOUT_FLOOR"])
    heir = system.new_account()
    link.relay.transfer_ownership(heir, sender=system.governance)
    scene = with_roles(
        scene, pending_relay_governance=heir, fallback_sequencer=relays.fallback_sequencer
    )
    return scene._replace(link=link, members=checkpoint.events[-1].members)


def answer(contract, name, arguments, sender):
    """Why a call would revert, or None; nothing is sent."""
    try:
        getattr(contract, name).call(*arguments, sender=sender)
    except ape.exceptions.ContractLogicError as error:
        assert error.revert_message, f"{name}: reverts without a reason"
        return error.revert_message
    return None


def walk(contract, table, name, scene):
    expected, reason, arguments = table[name]
    # what these may, everybody may: each further answer of anvil costs a trace
    everyone = scene.roles if expected else ("stranger", "deployer", "announced_slasher")
    for role in everyone:
        account = scene.roles[role]
        found = answer(contract, name, arguments(scene), account)
        if expected is ANYONE or role in expected:
            assert found not in ACCESS, f"{role} may not call {name}: {found}"
        else:
            assert found == reason, f"{role} calls {name}: {found}"


def test_every_function_has_a_row(system, court, payroll, lst_system, parliament, link):
    for table, contract in (
        (POOL, system.pool),
        (REGISTRY, system.registry),
        (VAULT, system.slash_vault),
        (SLASHER, court.court),
        (REWARDS, payroll.rewards),
        (STAKED, lst_system.staked),
        (METIS_ROWS, system.metis),
        (RELAY, link.relay),
        (MESSENGER, link.messenger),
        (SET, link.set),
        (GOVERNOR, parliament.governor),
        (TIMELOCK, parliament.timelock),
    ):
        methods = contract.contract_type.mutable_methods
        # one with a default argument is listed twice
        assert sorted(table) == sorted({method.name for method in methods})


@pytest.mark.parametrize("name", POOL)
def test_pool(pool, scene, name):
    walk(pool, POOL, name, scene)


@pytest.mark.parametrize("name", REGISTRY)
def test_committee_registry(registry, scene, name):
    walk(registry, REGISTRY, name, scene)


@pytest.mark.parametrize("name", VAULT)
def test_slash_vault(vault, vault_scene, name):
    walk(vault, VAULT, name, vault_scene)


@pytest.mark.parametrize("name", SLASHER)
def test_slasher(court, court_scene, name):
    walk(court.court, SLASHER, name, court_scene)


@pytest.mark.parametrize("name", REWARDS)
def test_reward_distributor(rewards_scene, name):
    walk(rewards_scene.rewards, REWARDS, name, rewards_scene)


@pytest.mark.parametrize("name", STAKED)
def test_staked_metis(staked_scene, name):
    walk(staked_scene.staked, STAKED, name, staked_scene)


@pytest.mark.parametrize("name", METIS_ROWS)
def test_metis(metis, scene, name):
    walk(metis, METIS_ROWS, name, scene)


@pytest.mark.parametrize("name", RELAY)
def test_committee_relay(link, l2_scene, name):
    walk(link.relay, RELAY, name, l2_scene)


@pytest.mark.parametrize("name", MESSENGER)
def test_local_messenger(link, l2_scene, name):
    walk(link.messenger, MESSENGER, name, l2_scene)


@pytest.mark.parametrize("name", SET)
def test_sequencer_set(link, l2_scene, name):
    walk(link.set, SET, name, l2_scene)


@pytest.mark.parametrize("name", GOVERNOR)
def test_sequencer_governor(governor_scene, name):
    walk(governor_scene.governor, GOVERNOR, name, governor_scene)


@pytest.mark.parametrize("name", TIMELOCK)
def test_timelock(governor_scene, name):
    walk(governor_scene.timelock, TIMELOCK, name, governor_scene)


def test_every_role_of_governance_gets_somewhere(governor_scene):
    """What the Timelock may on itself is in tests/unit/timelock."""
    late = {
        "relink_vote": "attesters: no signatures",
        "attest": "SequencerGovernor: not to be attested",
        "execute": "SequencerGovernor: not ready",
        "veto": "SequencerGovernor: no veto of this kind",
    }
    late_in_timelock = {
        "execute": "timelock_controller: operation is not ready",
        "cancel": "timelock_controller: operation cannot be cancelled",
    }
    for table, contract, expected in (
        (GOVERNOR, governor_scene.governor, late),
        (TIMELOCK, governor_scene.timelock, late_in_timelock),
    ):
        for name, (roles, _, arguments) in table.items():
            for role in roles or ("stranger",):
                if role != "timelock":
                    account = governor_scene.roles[role]
                    found = answer(contract, name, arguments(governor_scene), account)
                    assert found == expected.get(name), f"{role} calls {name}: {found}"


def test_every_role_of_l2_gets_somewhere(link, l2_scene):
    """As below; what the messenger and the set may is in tests/integration/test_relay.py."""
    late = {
        "commit_epoch": None,
        "heartbeat": None,
        "reelect": "SequencerSet: wrong last block",
        "correct": "SequencerSet: not barred",
        "fallback": "SequencerSet: too early",
        # the scene's committee is installed
        "relay": "SequencerSet: old nonce",
        "relay_call": None,
        "set_l2": None,
        "transfer_ownership": None,
        "accept_ownership": None,
        "sendMessageViaChainId": None,
    }
    found = {}
    for table, contract in ((RELAY, link.relay), (MESSENGER, link.messenger), (SET, link.set)):
        for name, (roles, _, arguments) in table.items():
            for role in roles or ("stranger",):
                if role not in ("messenger", "set"):
                    account = l2_scene.roles[role]
                    found[name] = answer(contract, name, arguments(l2_scene), account)
    assert found == late


@pytest.mark.parametrize("name", [name for name, (roles, *_) in SET.items() if roles])
def test_nobody_borrows_the_messengers_voice(link, l2_scene, name):
    """Everyone may send over it: the set hears nobody but the relay, and it no setter."""
    reason = {
        "install_committee": "SequencerSet: not relay",
        "apply_call": "SequencerSet: not relay",
        "fallback": "SequencerSet: not fallback sequencer",
    }.get(name, NOT_SELF)
    data = getattr(link.set, name).encode_input(*SET[name].arguments(l2_scene))
    arguments = (chain_id(l2_scene), link.set, data, GAS_LIMIT)
    for role, account in l2_scene.roles.items():
        found = answer(link.messenger, "sendMessageViaChainId", arguments, account)
        assert found == reason, f"{role} calls {name}: {found}"


def test_every_role_gets_somewhere(pool, scene):
    """A role that no row names would make the walk pass for the wrong reason."""
    named = set().union(*(roles for roles, _, _ in POOL.values() if roles))
    assert named == {
        *("owner", "distributor", "signer", "pending_owner", "vault", "slasher"),
        *("governance", "pending_governance", "guardian"),
    }
    for name, (roles, _, arguments) in POOL.items():
        # those that need another state get past the access check, and no further
        if name in ("unjail", "request_withdrawal", "request_paired_withdrawal", "claim_paired"):
            continue
        for role in roles or ():
            found = answer(pool, name, arguments(scene), scene.roles[role])
            late = {
                "rotate_signer": "SequencerPool: bad public key",
                "lift": "SequencerPool: cause is not open",
                "reinstate": "SequencerPool: wrong state",
                "unpause": "timed_pause: not paused",
            }
            assert found == late.get(name)


def test_every_role_of_the_vault_gets_somewhere(vault, vault_scene):
    late = {
        "appeal": None,
        "collect_refund": "SlashVault: nothing to collect",
        "release": "SlashVault: too early",
        "resolve": "SlashVault: not appealed",
    }
    for name, (roles, _, arguments) in VAULT.items():
        for role in roles or ("stranger",):
            if role != "pool":
                found = answer(vault, name, arguments(vault_scene), vault_scene.roles[role])
                assert found == late.get(name), f"{role} calls {name}"


def test_every_role_of_the_slasher_gets_somewhere(court, court_scene):
    late = {
        "report": "Slasher: too old",
        "report_reelection": "Slasher: too old",
        "report_equivocation": "Slasher: not one height",
        "lift_suspension": "Slasher: unknown signer",
        "top_up": "Slasher: unknown outage",
        "lapse": "Slasher: unknown pending",
        "slash_by_governance": "SequencerPool: unknown sequencer",
        "confirm": "Slasher: unknown pending",
        "drop": "Slasher: unknown pending",
        "resume": "timed_pause: not paused",
    }
    for name, (roles, _, arguments) in SLASHER.items():
        for role in roles or ("stranger",):
            found = answer(court.court, name, arguments(court_scene), court_scene.roles[role])
            assert found == late.get(name), f"{role} calls {name}"


def test_every_role_of_the_distributor_gets_somewhere(rewards_scene):
    late = {
        "submit_batch": "RewardDistributor: wrong batch",
        "begin": "RewardDistributor: has begun",
        "give_notice": "RewardDistributor: still the pool's distributor",
        "retire": "RewardDistributor: still the pool's distributor",
        "reimburse_vault": "RewardDistributor: not its vault",
        # nobody has allowed it to take METIS
        "fund": "MockMETIS: amount exceeds balance",
        "claim_vault": "RewardDistributor: nothing to claim",
    }
    for name, (roles, _, arguments) in REWARDS.items():
        for role in roles or ("stranger",):
            account = rewards_scene.roles[role]
            found = answer(rewards_scene.rewards, name, arguments(rewards_scene), account)
            assert found == late.get(name), f"{role} calls {name}"


def test_every_role_of_the_lst_vault_gets_somewhere(staked_scene):
    late = {
        # nobody has METIS here, or shares
        "deposit": "MockMETIS: amount exceeds balance",
        "mint": "MockMETIS: amount exceeds balance",
        "requestRedeem": "erc20: transfer amount exceeds balance",
        # nobody has asked
        "claim_refund": NOT_CONTROLLER,
        "redeem": "StakedMetis: more than claimable",
        "withdraw": "StakedMetis: more than claimable",
        "transferFrom": NO_ALLOWANCE,
        "collect": "SequencerPool: nothing to claim",
        "collect_refund": "SlashVault: unknown case",
        "deallocate": "StakedMetis: not the last allocated",
        "allocate": "StakedMetis: more than idle",
        "appeal": "SlashVault: unknown case",
    }
    for name, (roles, _, arguments) in STAKED.items():
        # whoever brings the signature, in test_erc20
        if name == "permit":
            continue
        for role in roles or ("stranger",):
            account = staked_scene.roles[role]
            found = answer(staked_scene.staked, name, arguments(staked_scene), account)
            assert found == late.get(name), f"{role} calls {name}: {found}"


def test_governance_of_the_slasher_is_no_guardian_and_the_other_way_round(court, governance):
    """Who may stop reports can neither punish nor spare, and neither is the deployer."""
    assert court.court.owner() == governance
    assert court.court.guardian() == court.guardian != governance
    assert court.deployer not in (governance, court.guardian)


def test_a_zero_role_lets_nobody_in(system, scene):
    """The vault of an unpaired sequencer and the signer of none are zero, which never calls."""
    alone = system.new_sequencer()
    for account in scene.roles.values():
        assert answer(system.pool, "claim_paired", (alone,), account) == NOT_VAULT
        assert answer(system.pool, "unlock", (alone + 1,), account) == NOT_OWNER


def test_the_vault_of_a_case_without_one_lets_nobody_in(system, pool, vault, scene):
    pool.slash(system.new_sequencer(), METIS, 1, CAUSE, sender=system.slasher)
    assert vault.case_of(1).vault == ZERO
    for account in scene.roles.values():
        assert answer(vault, "collect_refund", (1,), account) == NOT_LOSER
