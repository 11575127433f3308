"""scripts/: what users type, what they read, and one clear line for each mistake."""

import json
import os
import re
import signal
import socket
import subprocess
import time

import ape
import pytest
from eth_account import Account
from eth_utils import keccak

from seqpool.chain.accounts import named_account
from seqpool.pool.view import State, View
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from tests.utils.commands import ROOT
from tests.utils.system import DAY, METIS, PARAMETERS

pytestmark = pytest.mark.slow

EXIT_DELAY = PARAMETERS["exit_delay"]
MIN_STAKE = PARAMETERS["min_stake"]


def state_of(suite, id) -> int:
    return suite.pool.sequencer(id).state


@pytest.fixture
def owner(cast):
    """An approved owner with METIS; its name is owner1."""
    account = named_account("owner1")
    cast.fund(account)
    cast.approve(account)
    return account


@pytest.fixture
def id(cast, owner):
    """Its sequencer, with 30,000 METIS."""
    return cast.lock(owner, named_account("signer1"), 30_000 * METIS)


# ---------------------------------------------------------------- all scripts

COMMANDS = {
    "deploy": ["suite"],
    "operator": ["claim", "--account", "owner1"],
    "upkeep": ["all", "--account", "keeper"],
    "status": [],
}


@pytest.mark.parametrize("name", [*COMMANDS, "demo"])
def test_unknown_network__is_refused(script, name):
    error = script.fails(name, *COMMANDS.get(name, []), suite=False, network="ethereum:nowhere")
    assert error.startswith(
        "Invalid value for '--network': No network in 'ethereum' named 'nowhere'"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_node_that_does_not_answer__is_refused(script, name):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        network = f"ethereum:devnet:http://127.0.0.1:{unused.getsockname()[1]}"
        assert "node found on" in script.fails(name, *COMMANDS[name], network=network)


@pytest.mark.parametrize("name", ["operator", "upkeep", "status"])
def test_no_deployment_file__is_refused(script, name, tmp_path):
    error = script.fails(name, *COMMANDS[name], "--deployment", tmp_path / "none.json", suite=False)
    assert error == (
        f"no deployment file {tmp_path / 'none.json'}: deploy with `ape run deploy suite`, or name"
        " one with --deployment"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_deployment_file_of_another_chain__is_refused(script, name, path, tmp_path):
    data = json.loads(path.read_text())
    data["chain"]["genesis"] = "0x" + 64 * "1"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(data))
    error = script.fails(name, *COMMANDS[name], "--deployment", other, suite=False)
    assert "does not match this chain" in error


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ("nobody", "no account 'nobody': `ape accounts list` shows those that there are"),
        ("TEST::99", "no test account TEST::99: there are TEST::0 to TEST::59"),
        ("TEST::x", "no test account TEST::x"),
    ],
)
@pytest.mark.parametrize("name", ["deploy", "operator", "upkeep"])
def test_unknown_account__is_refused(script, name, account, reason):
    arguments = [*COMMANDS[name][:1], "--account", account]
    assert script.fails(name, *arguments).startswith(reason)


@pytest.mark.parametrize("name", ["operator", "upkeep"])
def test_no_account__is_refused(script, name):
    assert script.fails(name, COMMANDS[name][0]).startswith("no account: name one with --account")


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("operator", ["lock", "--account", "owner1"], "Missing argument 'AMOUNT'."),
        ("operator", ["accept", "--account", "owner1"], "Missing option '--id'."),
        ("status", ["--id", "one"], "Invalid value for '--id': 'one' is not a valid integer."),
        ("upkeep", ["all", "--accounts", "x"], "No such option: --accounts"),
    ],
)
def test_wrong_usage__is_refused(script, name, arguments, reason):
    assert script.fails(name, *arguments).startswith(reason)


# ---------------------------------------------------------------- deploy


def test_deploy_on_a_chain_of_its_own_writes_no_file(script):
    deployments = set((ROOT / "deployments").iterdir())
    output = script.ok("deploy", "suite", suite=False)
    assert "file none: this chain ends with the command" in output
    assert "20,000 METIS" in output and "21 days" in output
    assert output.endswith("Read back from the chain: 63 values. All are as planned.")
    assert set((ROOT / "deployments").iterdir()) == deployments


def test_deploy__dry_run__sends_nothing(script):
    deployer = named_account("deployer")
    nonce = deployer.nonce
    output = script.ok("deploy", "suite", "--dry-run", suite=False)
    assert output.endswith("Dry run: nothing was sent.")
    assert deployer.nonce == nonce


def test_deploy_again_says_so_and_verifies(script, tmp_path):
    # with the Slasher that this suite has
    launch = json.loads((ROOT / "params" / "local.json").read_text())
    launch["addresses"]["slasher"] = "slasher"
    path = tmp_path / "params.json"
    path.write_text(json.dumps(launch))
    deployer = named_account("deployer")
    nonce = deployer.nonce
    output = script.ok("deploy", "suite", "--params", path)
    assert "The suite is already deployed. Read back" in output
    assert deployer.nonce == nonce


def test_deploy__no_params_file__is_refused(script, tmp_path):
    error = script.fails("deploy", "suite", "--params", tmp_path / "none.json", suite=False)
    assert error == f"no params file {tmp_path / 'none.json'}"


def test_deploy__malformed_params_file__is_refused(script, tmp_path):
    path = tmp_path / "params.json"
    path.write_text('{"parameters": ')
    assert "no JSON" in script.fails("deploy", "suite", "--params", path, suite=False)


# ---------------------------------------------------------------- operator


def operator(script, *arguments, account="owner1", **options):
    return script.ok("operator", *arguments, "--account", account, **options)


def refused(script, *arguments, account="owner1"):
    return script.fails("operator", *arguments, "--account", account)


def test_lock_sets_the_allowance_and_locks(script, suite, owner):
    suite.metis.approve(suite.pool, 1, sender=owner)
    output = operator(script, "lock", "25000.5", "--signer", "signer1")
    assert "allow the pool to take 25,000.5 METIS (now 0.000000000000000001)" in output
    assert "ACTIVE, in seat 1 of 50" in output
    record = suite.pool.sequencer(suite.pool.admission(owner)[0])
    assert record.own.bonded == 25_000 * METIS + METIS // 2
    assert (record.signer, record.reward_recipient) == (named_account("signer1"), owner)
    assert suite.metis.allowance(owner, suite.pool) == 0


def test_lock__dry_run__sends_nothing(script, owner):
    nonce = owner.nonce
    output = operator(script, "lock", "20000", "--signer", "signer1", "--dry-run")
    assert output.endswith("Dry run: nothing was sent.")
    assert owner.nonce == nonce


def test_lock_with_enough_allowance_sends_one_transaction(script, suite, owner):
    suite.metis.approve(suite.pool, MIN_STAKE, sender=owner)
    nonce = owner.nonce
    operator(script, "lock", "20000", "--signer", "signer1", "--recipient", "stranger")
    assert owner.nonce == nonce + 1
    id = suite.pool.admission(owner)[0]
    assert suite.pool.sequencer(id).reward_recipient == named_account("stranger")


def test_lock_with_a_key_file(script, suite, owner, tmp_path):
    key, file = keccak(text="a key"), tmp_path / "key"
    file.write_text("0x" + key.hex() + "\n")
    operator(script, "lock", "20000", "--signer-key", file)
    id = suite.pool.admission(owner)[0]
    assert suite.pool.sequencer(id).signer == Account.from_key(key).address


def test_lock_with_a_keystore(script, suite, owner, tmp_path):
    key, file = Account.from_key(keccak(text="another key")), tmp_path / "keystore"
    file.write_text(json.dumps(Account.encrypt(key.key, "secret", kdf="pbkdf2", iterations=2)))
    arguments = ["lock", "20000", "--signer-key", file, "--account", "owner1"]
    result = script.run("operator", *arguments, typed="wrong\n")
    assert result.output.endswith(f"Error: {file}: no private key, or a wrong password\n")
    script.ok("operator", *arguments, typed="secret\n")
    id = suite.pool.admission(owner)[0]
    assert suite.pool.sequencer(id).signer == key.address


def test_lock_with_a_consent_signed_elsewhere(script, suite, owner, tmp_path):
    file = tmp_path / "consent.json"
    output = script.ok("operator", "consent", owner.address, file, "--signer", "signer1")
    assert f"for owner {owner.address}, nonce 0" in output
    operator(script, "lock", "20000", "--consent", file)
    id = suite.pool.admission(owner)[0]
    assert suite.pool.sequencer(id).signer == named_account("signer1")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"owner": ZERO}, "the consent is for owner 0x0+, not 0x"),
        ({"nonce": 1}, "the consent is for nonce 1, not 0"),
        ({"chain_id": 1}, "the consent is for chain 1, not"),
        ({"pool": ZERO}, "the consent is for pool 0x0+, not 0x"),
        ({"signer": ZERO}, "the consent was not signed by 0x0+"),
        ({"pubkey": 2 * ["0x" + 64 * "1"]}, "the consent's public key is not that of its signer"),
        ({"signature": ["0x0", "0x0"]}, "the consent's signature is none"),
        ({"signature": ["0x1"]}, "this is no consent: signature: wanted two words"),
        ({"pubkey": ["0x1", "0x1"]}, "this is no consent: pubkey: wanted 32 bytes in hex"),
        ({"nonce": "0"}, "this is no consent: nonce: wanted a number of 256 bits"),
        ({"more": 1}, "this is no consent: the file: there is no 'more'"),
    ],
)
def test_lock__bad_consent__is_refused(script, owner, tmp_path, change, reason):
    file = tmp_path / "consent.json"
    script.ok("operator", "consent", "owner1", file, "--signer", "signer1")
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert re.search(reason, refused(script, "lock", "20000", "--consent", file))


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("x", "bad amount of METIS: 'x'"),
        ("0", "0 METIS is below min_stake, 20,000 METIS"),
        ("19999.999999999999999999", "is below min_stake"),
        ("100000.000000000000000001", "is above the cap of 100,000 METIS"),
    ],
)
def test_lock__bad_amount__is_refused(script, owner, amount, reason):
    assert reason in refused(script, "lock", amount, "--signer", "signer1")


def test_lock__too_little_metis__is_refused(script, suite, owner):
    balance = suite.metis.balanceOf(owner)
    suite.metis.transfer(suite.pool, balance - 100 * METIS, sender=owner)
    error = refused(script, "lock", "20000", "--signer", "signer1")
    assert error == f"too little METIS: {owner} has 100, 20,000 are wanted"


def test_lock__not_approved__is_refused(script):
    error = refused(script, "lock", "20000", "--signer", "signer1", account="owner2")
    assert error.endswith("is not approved: that takes a vote and governance")


def test_lock__second_sequencer__is_refused(script, id):
    error = refused(script, "lock", "20000", "--signer", "signer2")
    assert error.endswith(f"has sequencer {id} already, which is ACTIVE: one an owner")


def test_lock__used_signer__is_refused(script, cast, id):
    cast.fund(named_account("owner2"))
    cast.approve(named_account("owner2"))
    error = refused(script, "lock", "20000", "--signer", "signer1", account="owner2")
    assert f"was used by sequencer {id}: take a new key" in error


def test_lock__paused__is_refused(script, suite, owner):
    suite.pool.pause(sender=named_account("guardian"))
    error = refused(script, "lock", "20000", "--signer", "signer1")
    assert re.match(
        r"the pool is paused: new sequencers wait until .* UTC \(in (7 d|6 d 23 h)\)", error
    )


@pytest.mark.parametrize(
    "options",
    [[], ["--signer", "signer1", "--signer-key", "x"], ["--consent", "x", "--signer", "signer1"]],
)
def test_lock__no_or_two_keys__is_refused(script, owner, options):
    error = refused(script, "lock", "20000", *options)
    assert error == "name the new key by one of --signer, --signer-key, --consent"


@pytest.mark.parametrize("content", ["", "0x12", "{}", "no key"])
def test_lock__bad_key_file__is_refused_and_shows_nothing_of_it(script, owner, tmp_path, content):
    file = tmp_path / "key"
    file.write_text(content)
    arguments = ["lock", "20000", "--signer-key", file, "--account", "owner1"]
    result = script.run("operator", *arguments)
    assert result.exit_code == 1
    assert f"Error: {file}: no private key, or a wrong password" in result.output


def test_relock(script, suite, id):
    operator(script, "relock", "5000")
    assert suite.pool.sequencer(id).own.bonded == 35_000 * METIS


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("0", "the amount is 0"),
        ("70000.1", "above the cap of 100,000 METIS: 30,000 are bonded, so at most 70,000 can be"),
    ],
)
def test_relock__bad_amount__is_refused(script, id, amount, reason):
    assert reason in refused(script, "relock", amount)


def test_withdraw_and_claim(script, suite, cast, owner, id):
    operator(script, "withdraw", "10000")
    assert suite.pool.sequencer(id).own.unbonding == 10_000 * METIS
    error = refused(script, "claim")
    assert re.match(r"nothing to claim before .* UTC \(in (21 d|20 d 23 h)\)", error)
    cast.wait(EXIT_DELAY)
    before = suite.metis.balanceOf(owner)
    assert "claim 10,000 METIS" in operator(script, "claim", "--id", id, account="stranger")
    assert suite.metis.balanceOf(owner) == before + 10_000 * METIS


def test_withdraw__below_min_stake__is_refused(script, id):
    error = refused(script, "withdraw", "10000.1")
    assert error.startswith("at most 10,000 METIS can be withdrawn, since 20,000 METIS must remain")


def test_claim__nothing_unbonding__is_refused(script, id):
    assert refused(script, "claim") == "nothing to claim: no stake is unbonding"


def test_claim__held__is_refused(script, suite, cast, owner, id):
    suite.pool.unlock(id, sender=owner)
    # a hold keeps what matures after it was set
    until = ape.chain.pending_timestamp + EXIT_DELAY + DAY
    suite.pool.hold(id, 30_000 * METIS, until, sender=named_account("slasher"))
    cast.wait(EXIT_DELAY)
    error = refused(script, "claim")
    assert error == "nothing to claim: a hold keeps 30,000 METIS while a case is undecided"


def test_unlock(script, suite, id):
    operator(script, "unlock")
    assert state_of(suite, id) == State.EXITING
    assert refused(script, "unlock") == f"sequencer {id} has left: it is EXITING"


def test_rotate_as_owner_and_as_signer(script, suite, cast, id):
    operator(script, "rotate", "--signer", "signer2")
    assert suite.pool.sequencer(id).signer == named_account("signer2")
    error = refused(script, "rotate", "--signer", "signer3")
    assert error.startswith("rotated too recently: possible from")
    arguments = ["rotate", "--signer", "signer3", "--id", id]
    assert refused(script, *arguments, account="signer2").startswith("rotated too recently")
    cast.wait(LIMITS["SIGNER_ROTATION_LOCK"])
    operator(script, *arguments, account="signer2")
    assert suite.pool.sequencer(id).signer == named_account("signer3")
    error = refused(script, "rotate", "--signer", "signer4", "--id", id, account="stranger")
    assert error.endswith(f"is neither owner nor signer of sequencer {id}")


def test_transfer_and_accept(script, suite, cast, id):
    new_owner = named_account("owner2")
    output = operator(script, "transfer", new_owner.address.lower())
    assert "it is not approved yet, and cannot accept before" in output
    error = refused(script, "accept", "--id", id, account="owner2")
    assert error.endswith("is not approved: that takes a vote and governance")
    cast.approve(new_owner)
    assert refused(script, "accept", "--id", id, account="owner3").startswith(
        f"sequencer {id} was not offered to"
    )
    operator(script, "accept", "--id", id, account="owner2")
    assert suite.pool.sequencer(id).owner == new_owner
    assert f"sequencer {id} belongs to {new_owner}" in refused(script, "unlock", "--id", id)


def test_accept__paired__is_refused(script, suite, cast, owner, id):
    new_owner = named_account("owner2")
    cast.approve(new_owner)
    suite.pool.set_pairing(new_owner, named_account("lst"), 0, sender=cast.governance)
    operator(script, "transfer", "owner2")
    assert "has a pairing of its own" in refused(script, "accept", "--id", id, account="owner2")


def test_recipient(script, suite, id):
    operator(script, "recipient", "stranger")
    assert suite.pool.sequencer(id).reward_recipient == named_account("stranger")
    assert refused(script, "recipient", ZERO) == (
        "the reward recipient must not be the zero address"
    )
    mixed = named_account("lst").address.swapcase().replace("X", "x")
    assert refused(script, "recipient", mixed) == f"{mixed} has a wrong checksum"


def test_unjail(script, suite, cast, id):
    assert refused(script, "unjail") == f"sequencer {id} is not jailed: it is ACTIVE"
    until = ape.chain.pending_timestamp + DAY
    suite.pool.jail(id, until, sender=named_account("slasher"))
    assert refused(script, "unjail").startswith(f"sequencer {id} is jailed until")
    cast.wait(DAY)
    operator(script, "unjail")
    assert state_of(suite, id) == State.ACTIVE


def test_paired_vault_deposits_withdraws_and_claims(script, suite, cast, owner, id):
    lst = named_account("lst")
    cast.fund(lst)
    vault = {"account": "lst"}
    error = refused(script, "deposit-paired", "1", "--id", id, **vault)
    assert error == f"sequencer {id} is paired with no vault, not with {lst.address}"
    suite.pool.set_pairing(owner, lst, 1_000, sender=cast.governance)
    operator(script, "deposit-paired", "10000", "--id", id, **vault)
    assert suite.pool.sequencer(id).paired.bonded == 10_000 * METIS
    error = refused(script, "withdraw-paired", "10000.5", "--id", id, **vault)
    assert error == "at most 10,000 METIS can be withdrawn"
    operator(script, "withdraw-paired", "4000", "--id", id, **vault)
    assert refused(script, "claim-paired", "--id", id, **vault).startswith(
        "nothing to claim before"
    )
    suite.pool.set_pairing(owner, ZERO, 0, sender=cast.governance)
    error = refused(script, "deposit-paired", "1", "--id", id, **vault)
    assert error == f"the pairing of sequencer {id} has ended"
    cast.wait(EXIT_DELAY)
    before = suite.metis.balanceOf(lst)
    operator(script, "claim-paired", "--id", id, **vault)
    assert suite.metis.balanceOf(lst) == before + 10_000 * METIS


def test_unknown_sequencer__is_refused(script):
    assert refused(script, "claim", "--id", "7") == "there is no sequencer 7: the latest is 0"
    assert refused(script, "claim").endswith("has no sequencer")


# ---------------------------------------------------------------- vote


def test_vote__no_committee__is_refused(script, tmp_path):
    """The rest of voting is in test_epoch_scripts.py, where there is one."""
    arguments = ("reelection", "--account", "signer1", "--out", tmp_path / "vote.json")
    error = script.fails("vote", "sign", *arguments)
    assert error.startswith("no committee is installed yet")


# ---------------------------------------------------------------- upkeep


def upkeep(script, name="all", *arguments):
    return script.ok("upkeep", name, *arguments, "--account", "keeper")


def test_upkeep_does_what_is_due(script, suite, cast, owner, id):
    output = upkeep(script, "all", "--dry-run")
    assert "checkpoint committee 1 │ yes" in output
    assert suite.committee_registry.last_checkpoint().nonce == 0
    assert "checkpoint committee 1: done" in upkeep(script)
    first = suite.committee_registry.last_checkpoint().block_number + LIMITS["SEAL_DELAY"]
    output = upkeep(script)
    assert f"from block {first} on; the next is {ape.chain.blocks.height + 1}" in output
    assert "committee 1 has to be sealed first" in output and output.endswith("Nothing is due.")
    cast.mine(LIMITS["SEAL_DELAY"] - 1)
    assert "seal committee 1: done" in upkeep(script, "seal")
    assert suite.committee_registry.last_checkpoint().is_sealed
    output = upkeep(script, "checkpoint")
    assert "if members change, else" in output and output.endswith("Nothing is due.")


def test_upkeep_names_a_new_block_when_the_seal_is_late(script, suite, cast, owner, id):
    upkeep(script, "checkpoint")
    cast.mine(LIMITS["SEAL_DELAY"] + LIMITS["BLOCKHASH_WINDOW"])
    assert "its block is too old to be known" in upkeep(script, "seal")
    assert suite.committee_registry.last_checkpoint().block_number == ape.chain.blocks.height


def test_upkeep_ejects_and_gives_the_seat_to_the_next(script, suite, cast):
    """In one run: what the first call makes possible is done by the second."""
    suite.pool.set_max_sequencers(LIMITS["SEATS_FLOOR"], sender=cast.governance)
    owners = [named_account(f"owner{n}") for n in range(1, LIMITS["SEATS_FLOOR"] + 2)]
    cast.fund(*owners)
    cast.approve(*owners)
    for n, owner in enumerate(owners, 1):
        cast.lock(owner, named_account(f"signer{n}"), MIN_STAKE)
    waits = len(owners)
    suite.pool.slash(1, 1, 1, b"", sender=named_account("slasher"))
    output = upkeep(script, "eject")
    assert "eject sequencer 1 │ no │ curing until" in output
    assert "no free seat for 1 in the queue" in upkeep(script, "activate")
    cast.wait(PARAMETERS["cure_period"] + 1)
    output = upkeep(script)
    assert "eject sequencer 1: done" in output and "activate up to 1 from the queue: done" in output
    assert (state_of(suite, 1), state_of(suite, waits)) == (State.EXITING, State.ACTIVE)


def test_upkeep_starts_a_cure_period(script, suite, cast, id):
    suite.pool.set_min_stake(MIN_STAKE * 2, sender=cast.governance)
    assert f"start the cure period of sequencer {id}: done" in upkeep(script, "eject")
    assert suite.pool.sequencer(id).below_since > 0


def test_upkeep_does_not_activate_during_a_pause(script, suite, cast, owner, id):
    suite.pool.pause(sender=named_account("guardian"))
    slasher, cause = named_account("slasher"), b"cause"
    suite.pool.suspend(id, cause, 0, 0, sender=slasher)
    suite.pool.lift(id, cause, sender=slasher)
    assert "the pool is paused until" in upkeep(script, "activate")
    suite.pool.unpause(sender=named_account("guardian"))
    assert "activate up to 1 from the queue: done" in upkeep(script, "activate")


def test_upkeep_claims_for_owners(script, suite, cast, owner, id):
    assert "nothing has matured" in upkeep(script, "claim")
    suite.pool.unlock(id, sender=owner)
    cast.wait(EXIT_DELAY)
    assert f"claim 30,000 METIS for sequencer {id}: done" in upkeep(script, "claim")
    assert state_of(suite, id) == State.EXITED


# ---------------------------------------------------------------- status


def test_status_of_an_empty_pool(script, suite):
    output = script.ok("status")
    assert suite.pool.address in output
    assert "0 of 50 taken" in output and "latest │ none yet" in output
    assert "0 METIS (equal)" in output


def test_status_of_the_pool(script, suite, cast, id):
    cast.checkpoint_and_seal()
    suite.metis.mint(suite.pool, METIS, sender=named_account("deployer"))
    suite.pool.announce_slasher(named_account("stranger"), sender=cast.governance)
    suite.pool.pause(sender=named_account("guardian"))
    output = script.ok("status")
    assert "1 of 50 taken" in output and "nonce 1, made" in output
    assert "none: the empty committee" in output and "seal │ sealed" in output
    assert "30,001 METIS (1 METIS more: sent here by transfer)" in output
    assert re.search(r"paused │ until \S+ \S+ UTC \(in (7 d|6 d 23 h)\)", output)
    assert re.search(r"announced slasher │ stranger 0x\w+, in force \S+ \S+ UTC", output)
    assert re.search(rf"│ {id} │ owner1 │ ACTIVE │ 30,000 │ 0 │ 0 │ 0 │", output)


def test_status_of_a_sequencer_that_leaves(script, suite, cast, owner, id):
    suite.pool.request_withdrawal(id, 10_000 * METIS, sender=owner)
    cast.wait(DAY)
    suite.pool.unlock(id, sender=owner)
    output = script.ok("status", "--id", id)
    assert output == script.ok("status", "--owner", "owner1")
    assert output == script.ok("status", "--owner", owner.address.lower())
    assert "state │ EXITING" in output and "slashable now │ 30,000 METIS" in output
    assert re.search(
        r"own, unbonding │ 10,000 │ .* UTC \(in (20 d|19 d 23 h)\) │ .* UTC \(in", output
    )
    assert "exit: the last of it may be claimed" in output
    cast.wait(EXIT_DELAY)
    output = script.ok("status", "--id", id)
    assert "own claimable now │ 30,000 METIS" in output and "slashable now │ 0 METIS" in output


def test_status_tells_the_cure_deadline(script, suite, cast, id):
    """Which is the first second at which `eject` works, however long pauses last."""
    suite.pool.slash(id, 10_001 * METIS, 1, b"", sender=named_account("slasher"))
    suite.pool.pause(sender=named_account("guardian"))
    cast.wait(LIMITS["PAUSE_DURATION"])
    assert "anyone may eject it" in script.ok("status", "--id", id)
    view = View(suite, ape.networks.provider)
    deadline = view.cure_deadline(view.sequencer(id))
    for at, is_due in ((deadline - 1, False), (deadline, True)):
        ape.chain.pending_timestamp = at
        ape.chain.mine()
        view = View(suite, ape.networks.provider)
        assert (view.now, view.cure_deadline(view.sequencer(id))) == (at, deadline)
        output = script.ok("status", "--id", id)
        assert ("│ now │ anyone may eject it" in output) == is_due
        assert ("eject sequencer 1: done" in upkeep(script, "eject")) == is_due


def test_status_of_a_jailed_and_held_sequencer(script, suite, id):
    slasher, until = named_account("slasher"), ape.chain.pending_timestamp + DAY
    suite.pool.jail(id, until, sender=slasher)
    suite.pool.hold(id, 500 * METIS, until, sender=slasher)
    output = script.ok("status", "--id", id)
    assert "JAILED, seat 1 of 50" in output and "held │ 500 METIS until" in output
    assert "the owner may unjail it" in output and "the hold lapses" in output


def test_status__unknown_sequencer__is_refused(script):
    assert script.fails("status", "--id", 1) == "there is no sequencer 1: the latest is 0"
    assert script.fails("status", "--owner", "owner1").endswith("has no sequencer")
    assert "not by both" in script.fails("status", "--owner", "owner1", "--id", 1)


# ---------------------------------------------------------------- demo, devnet, console


def test_demo_tells_its_story(script):
    output = script.ok("demo", suite=False)
    assert output.endswith("All is as it should be.")
    assert re.search(r"│ all │ 3,066,110 │ 2,856,110 │ 210,000 │ 210,000 │", output)
    assert re.search(r"│ in the SlashVault │ 0 │", output)
    # of a refund of the vault, all who were slashed get half of what each has lost
    rows = re.findall(r"│ (depositor\d) │ ([\d,.]+) │ ([\d,.]+) │ (its shares|claims it)", output)
    names = ["depositor1", "depositor2", "depositor3"]
    # the last one had asked to leave before the slash, and has left before the refund
    assert [(x[0], x[3]) for x in rows] == list(
        zip(names, ["its shares", "its shares", "claims it"], strict=True)
    )
    lost, back = ([float(x[n].replace(",", "")) for x in rows] for n in (1, 2))
    assert lost == pytest.approx([3_200 * part / 35 for part in (15, 12, 8)], abs=0.01)
    assert back == pytest.approx([amount / 2 for amount in lost], abs=0.01)
    assert re.search(r"│ all that there is │ 4,101,110 │", output)


@pytest.mark.parametrize(
    "command", [["wait", "1 day"], ["work", "1 day"], ["approve", "owner1"], ["accounts"]]
)
def test_devnet__another_network__is_refused(script, command):
    error = script.fails("devnet", *command, suite=False)
    assert error == "local is no devnet: name one with --network ethereum:devnet"


@pytest.mark.parametrize("duration", ["0 days", "86401 seconds"])
def test_devnet_work__too_short_or_long__is_refused(script, duration):
    error = script.fails("devnet", "work", duration, suite=False)
    assert error == f"not {duration}: more than none, and at most 1 day"


@pytest.fixture(scope="module")
def devnet(tmp_path_factory):
    """Port and settings of a devnet, started as a user starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("devnet")
    environment = os.environ | {"SEQPOOL_DEPLOYMENTS": str(folder)}
    output = folder / "output"
    with output.open("w") as file:
        process = subprocess.Popen(
            ["ape", "run", "devnet", "up", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 180
    while "Stop it with Ctrl-C" not in output.read_text():
        assert process.poll() is None and time.monotonic() < deadline, output.read_text()
        # as others do at a prompt: there is no event to wait for
        time.sleep(0.2)
    yield port, environment
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert output.read_text().endswith("Stopped.\n")
    assert [path.name for path in folder.iterdir()] == ["output"]
    with pytest.raises(ConnectionRefusedError), socket.socket() as probe:
        probe.connect(("127.0.0.1", port))


def on_devnet(devnet, *arguments: str, given: str | None = None) -> str:
    port, environment = devnet
    network = ["--network", f"ethereum:devnet:http://127.0.0.1:{port}"]
    result = subprocess.run(
        ["ape", *arguments, *network],
        cwd=ROOT,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return " ".join(result.stdout.split())


def test_console_reads_and_writes_the_pool_in_one_line(devnet):
    output = on_devnet(
        devnet,
        "console",
        given="pool.sequencer(1).own.bonded / 10**18\n"
        "pool.approve(owner9, sender=governance).status\n"
        "status(2)\n"
        "staking()\n"
        "staking(owner9)\n"
        'staking("owner9")\n',
    )
    assert "Out[1]: 20000.0" in output
    assert "Out[2]: 1 " in output
    assert "ACTIVE, seat 2 of 50" in output
    assert "price of deposits │ 1 METIS a share " in output
    assert output.count("Position of owner9 ") == 2


def test_scripts_work_on_a_devnet(devnet):
    on_devnet(
        devnet, "run", "operator", "lock", "20000", "--account", "owner6", "--signer", "signer6"
    )
    on_devnet(devnet, "run", "operator", "unlock", "--account", "owner6")
    on_devnet(devnet, "run", "devnet", "wait", "21 days")
    assert "own claimable now │ 20,000 METIS" in on_devnet(devnet, "run", "status", "--id", "6")


def test_all_work_on_a_devnet_and_are_paid(devnet):
    output = on_devnet(devnet, "run", "devnet", "work", "10 minutes")
    # all time before is paid too, in batches of 30 days at most
    assert re.findall(r"Batch ([0-9]+) ", output) == ["1"]
    blocks = int(re.search(r"This is block ([0-9]+)\.", output)[1])
    assert f"│ all │ {blocks} │" in output
    # the first ones are of no epoch
    assert 300 < blocks - int(re.search(r"or nobody │ ([0-9]+) │", output)[1]) < blocks
    assert f"│ 1 │ {blocks} │ {blocks} │" in on_devnet(devnet, "run", "rewards", "show")


def test_devnet__port_taken__is_refused(devnet):
    port, environment = devnet
    result = subprocess.run(
        ["ape", "run", "devnet", "up", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr == (
        f"Error: port {port} is taken: name another, as in `make devnet PORT=8546`\n"
    )
