"""The deployer: a crash at any point, a file that does not match, and what is written."""

import json
from dataclasses import replace

import ape
import pytest

from seqpool.chain.accounts import named_account
from seqpool.deployment import params
from seqpool.deployment.deployer import Deployer
from seqpool.deployment.deployment_file import (
    BRIDGE,
    DISTRIBUTOR,
    LOCAL_MESSENGER,
    LST,
    METIS,
    POOL,
    REGISTRY,
    RELAY,
    SET,
    SLASHER,
    VAULT,
    Journal,
    this_chain,
)
from seqpool.deployment.suite import load_registry, load_suite
from seqpool.errors import UserError
from seqpool.protocol.messages import domain_separator, set_domain

pytestmark = pytest.mark.slow

CONTRACTS = (
    *(METIS, BRIDGE, VAULT, POOL, REGISTRY, SLASHER, DISTRIBUTOR, LST),
    *(LOCAL_MESSENGER, SET, RELAY),
)
COUNT = len(CONTRACTS)
SAVES = 2 + 2 * COUNT  # the plan, two for each contract, the verdict
# those of one contract are like those of another
TRIED = sorted({1, 2, 3, *range(4, SAVES, 4), SAVES - 1, SAVES})


class Crash(Exception):
    """What ends a run in these tests."""


@pytest.fixture
def provider():
    return ape.networks.provider


@pytest.fixture
def deployer():
    return named_account("deployer")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deployment.json"


@pytest.fixture
def begin(values, deployer, path, provider, project):
    """Reads the file and goes on, as each run of the script does."""

    def begin(account=deployer, values=values) -> Deployer:
        return Deployer(values, account, Journal.open(path, provider), provider, project)

    return begin


def addresses(suite) -> list:
    """In the order of deployment."""
    return [
        *(suite.metis, suite.bridge, suite.slash_vault, suite.pool, suite.committee_registry),
        *(suite.slasher, suite.distributor, suite.lst),
        *(suite.messenger, suite.registry.sequencer_set, suite.relay),
    ]


def is_there(provider, address) -> bool:
    return bool(provider.get_code(address))


def assert_complete(path, provider, project, values):
    load_suite(path, provider, project)
    load_registry(path, provider, project)
    journal = Journal.open(path, provider)
    deployer = Deployer(values, named_account("deployer"), journal, provider, project)
    fixed, changeable = deployer.values()
    assert [row for row in fixed + changeable if row[1] != row[2]] == []
    data = json.loads(path.read_text())
    assert data["verified"] is True
    assert set(data["contracts"]) == set(CONTRACTS)


def test_run_deploys_all_contracts_and_writes_them_down(
    begin, path, provider, project, values, deployer
):
    nonce = deployer.nonce
    assert [step.is_done for step in begin().plan()] == COUNT * [False]
    predicted = [step.address for step in begin().plan()]
    suite = begin().run()
    assert deployer.nonce == nonce + COUNT
    assert addresses(suite) == predicted
    assert_complete(path, provider, project, values)
    data = json.loads(path.read_text())
    assert data["chain"] == this_chain(provider)
    assert data["abandoned"] == []
    for number, name in enumerate(CONTRACTS):
        entry = data["contracts"][name]
        assert (entry["address"], entry["nonce"]) == (predicted[number], nonce + number)
        receipt = provider.get_receipt(entry["transaction"])
        assert (receipt.contract_address, receipt.block_number) == (
            entry["address"],
            entry["block"],
        )


def test_deployer_holds_no_role(begin, deployer):
    suite = begin().run()
    pool, vault, slasher = suite.pool, suite.slash_vault, suite.slasher
    rewards, lst = suite.distributor, suite.lst
    holders = {
        *(pool.owner(), pool.pending_owner(), pool.guardian(), pool.slasher()),
        *(pool.distributor(), pool.announced_slasher()[0]),
        *(vault.owner(), vault.pending_owner(), vault.treasury(), vault.announced_treasury()[0]),
        *(slasher.owner(), slasher.pending_owner(), slasher.guardian()),
        *(suite.relay.owner(), suite.relay.pending_owner()),
        *(rewards.owner(), rewards.pending_owner()),
        *(lst.owner(), lst.pending_owner(), lst.allocator()),
    }
    assert deployer.address not in holders


def test_second_run_sends_nothing(begin, path, deployer):
    begin().run()
    nonce, text = deployer.nonce, path.read_text()
    again = begin()
    assert again.target.is_done
    assert [step.is_done for step in again.plan()] == COUNT * [True]
    again.run()
    assert (deployer.nonce, path.read_text()) == (nonce, text)


def test_second_run_tells_what_governance_has_changed(begin):
    suite = begin().run()
    suite.pool.set_max_sequencers(7, sender=named_account("governance"))
    suite.pool.set_guardian(named_account("stranger"), sender=named_account("governance"))
    assert begin().verify() == [
        ("guardian", named_account("guardian").address, named_account("stranger").address),
        ("max_sequencers", "50", "7"),
    ]


def test_first_run_accepts_no_other_value(begin, values):
    begin().run()
    other = replace(values, parameters=replace(values.parameters, max_sequencers=7))
    deployer = begin()
    deployer.target.l1.journal.verified, deployer.target.params = False, other
    with pytest.raises(UserError, match="not as planned: max_sequencers is 50, not 7"):
        deployer.verify()


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize("number", TRIED)
def test_run_goes_on_after_a_crash_at_each_save(
    begin, path, provider, project, values, deployer, monkeypatch, number, written
):
    nonce = deployer.nonce
    saves, save = [], Journal.save

    def crash(journal):
        saves.append(journal)
        if len(saves) == number:
            if written:
                save(journal)
            raise Crash
        save(journal)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "save", crash)
        with pytest.raises(Crash):
            begin().run()
    begin().run()
    assert deployer.nonce == nonce + COUNT
    assert_complete(path, provider, project, values)


def test_saves_are_all_there_are(begin, monkeypatch):
    """Else the test above would miss some."""
    saves, save = [], Journal.save
    monkeypatch.setattr(Journal, "save", lambda journal: (saves.append(1), save(journal)))
    begin().run()
    assert len(saves) == SAVES


@pytest.mark.parametrize("is_mined", [False, True])
@pytest.mark.parametrize("name", CONTRACTS)
def test_run_goes_on_after_a_crash_at_each_transaction(
    begin, path, provider, project, values, deployer, monkeypatch, name, is_mined
):
    nonce = deployer.nonce
    deploy = type(deployer).deploy

    def crash(account, container, *arguments, **options):
        is_last = container.contract_type.name == name
        if is_last and not is_mined:
            raise Crash
        instance = deploy(account, container, *arguments, **options)
        if is_last:
            raise Crash
        return instance

    with monkeypatch.context() as patch:
        patch.setattr(type(deployer), "deploy", crash)
        with pytest.raises(Crash):
            begin().run()
    with pytest.raises(UserError, match="the deployment is unfinished"):
        load_suite(path, provider, project)
    begin().run()
    assert deployer.nonce == nonce + COUNT
    assert_complete(path, provider, project, values)


def stop_before_pool(begin, monkeypatch, deployer):
    deploy = type(deployer).deploy

    def crash(account, container, *arguments, **options):
        if container.contract_type.name == POOL:
            raise Crash
        return deploy(account, container, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(type(deployer), "deploy", crash)
        with pytest.raises(Crash):
            begin().run()


def test_vault_is_deployed_anew_when_the_nonce_has_moved_on(
    begin, path, provider, project, values, deployer, monkeypatch
):
    stop_before_pool(begin, monkeypatch, deployer)
    old = json.loads(path.read_text())["contracts"][VAULT]["address"]
    deployer.transfer(named_account("stranger"), 1)
    assert [step.is_done for step in begin().plan()] == [True, True, *(COUNT - 2) * [False]]
    predicted = [step.address for step in begin().plan()]
    suite = begin().run()
    assert addresses(suite) == predicted
    assert suite.slash_vault != old
    (abandoned,) = json.loads(path.read_text())["abandoned"]
    assert (abandoned["contract"], abandoned["address"]) == (VAULT, old)
    assert_complete(path, provider, project, values)


def test_another_account_may_go_on(begin, path, provider, project, values, deployer, monkeypatch):
    """With a vault of its own; but not while the first one's transaction may be on its way."""
    stop_before_pool(begin, monkeypatch, deployer)
    other = named_account("stranger")
    with pytest.raises(UserError, match=f"SequencerPool was sent by {deployer.address} and is not"):
        begin(other)
    deployer.transfer(other, 1)
    nonce = other.nonce
    begin(other).run()
    assert other.nonce == nonce + COUNT - 2
    assert_complete(path, provider, project, values)


# ---------------------------------------------------------------- what is refused


def change(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(("key", "value"), [("chain_id", 424_242), ("genesis", "0x" + 64 * "1")])
def test_file_of_another_chain__is_refused(begin, path, provider, project, key, value):
    begin().run()
    change(path, chain=this_chain(provider) | {key: value})
    for run in (begin, lambda: load_suite(path, provider, project)):
        with pytest.raises(UserError, match=rf"does not match this chain .{key} there {value}"):
            run()


@pytest.mark.parametrize("name", CONTRACTS)
def test_address_without_code__is_refused(begin, path, provider, project, name):
    begin().run()
    contracts = json.loads(path.read_text())["contracts"]
    contracts[name]["address"] = named_account("stranger").address
    change(path, contracts=contracts)
    for run in (begin, lambda: load_suite(path, provider, project)):
        with pytest.raises(UserError, match=rf"{name} at .* has no code"):
            run()


@pytest.mark.parametrize("name", CONTRACTS)
def test_address_with_other_code__is_refused(begin, path, provider, project, name):
    begin().run()
    contracts = json.loads(path.read_text())["contracts"]
    other = VAULT if name == METIS else METIS
    contracts[name]["address"] = contracts[other]["address"]
    change(path, contracts=contracts)
    for run in (begin, lambda: load_suite(path, provider, project)):
        with pytest.raises(UserError, match=rf"{name} at .* has other code"):
            run()


def test_code_that_is_not_of_this_compilation__is_refused(begin, path):
    """Even if it is what was written down."""
    begin().run()
    contracts = json.loads(path.read_text())["contracts"]
    contracts[VAULT] |= {key: contracts[METIS][key] for key in ("address", "code_hash")}
    change(path, contracts=contracts)
    with pytest.raises(UserError, match=r"SlashVault at .* has other code"):
        begin()


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"format": 6, "chain": {}}', "\xff"])
def test_file_that_is_none__is_refused(begin, path, text):
    path.write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match="this is no deployment file"):
        begin()


def test_file_of_another_format__is_refused(begin, path):
    begin().run()
    change(path, format=1)
    with pytest.raises(UserError, match="written in format 1, this is format 6"):
        begin()


def test_other_launch_values__are_refused(begin, values):
    begin().run()
    other = replace(values, parameters=replace(values.parameters, cap=values.parameters.cap + 1))
    with pytest.raises(UserError, match=r"begun with other launch values .cap."):
        begin(values=other)


def test_no_file__is_refused(path, provider, project):
    with pytest.raises(UserError, match=r"no deployment file .*: deploy with"):
        load_suite(path, provider, project)


@pytest.mark.parametrize("role", ["governance", "guardian", "allocator", "treasury"])
def test_deployer_with_a_role__is_refused(begin, role):
    with pytest.raises(UserError, match=f"must not be {role}"):
        begin(named_account(role))


def test_metis_that_is_no_contract__is_refused(begin, values):
    address = named_account("stranger").address
    addresses = replace(values.addresses, metis=address)
    with pytest.raises(UserError, match=f"there is no contract at {address}"):
        begin(values=replace(values, addresses=addresses))


def test_metis_that_is_no_token__is_refused(begin, values, suite):
    addresses = replace(values.addresses, metis=suite.pool.address)
    with pytest.raises(UserError, match="is no ERC-20 token with 18 decimals"):
        begin(values=replace(values, addresses=addresses))


def test_metis_that_exists_is_used(begin, path, values, suite, deployer):
    addresses = replace(values.addresses, metis=suite.metis.address)
    nonce = deployer.nonce
    found = begin(values=replace(values, addresses=addresses)).run()
    assert deployer.nonce == nonce + COUNT - 1
    assert found.metis == suite.metis
    assert set(json.loads(path.read_text())["contracts"]) == set(CONTRACTS) - {METIS}


def test_too_little_ether__is_refused(begin, deployer, monkeypatch):
    monkeypatch.setattr(type(deployer), "balance", 1)
    with pytest.raises(UserError, match=r"has too little ETH: 0\.000000, and the deployment costs"):
        begin().check_funds()


def test_zero_slasher_and_distributor_are_left_to_governance(begin, values):
    addresses = replace(values.addresses, slasher=params.ZERO, distributor=params.ZERO)
    suite = begin(values=replace(values, addresses=addresses)).run()
    assert (suite.pool.slasher(), suite.pool.distributor()) == (params.ZERO, params.ZERO)
    assert (suite.slasher, suite.distributor) == (None, None)


@pytest.mark.parametrize("role, contract", [("slasher", SLASHER), ("distributor", DISTRIBUTOR)])
def test_what_is_there_may_be_named(begin, path, values, role, contract):
    other = named_account("stranger").address
    addresses = replace(values.addresses, **{role: other})
    suite = begin(values=replace(values, addresses=addresses)).run()
    assert (getattr(suite.pool, role)(), getattr(suite, role)) == (other, None)
    assert contract not in json.loads(path.read_text())["contracts"]


@pytest.mark.parametrize("name", ["slasher", "distributor"])
def test_domain_of_the_sequencer_set_is_known(begin, name):
    suite = begin().run()
    assert getattr(suite, name).domain_separator() == domain_separator(
        set_domain(ape.chain.chain_id, suite.set_address)
    )


def test_bridge_that_is_no_contract__is_refused(begin, values):
    address = named_account("stranger").address
    rewards = replace(values.rewards, bridge=address)
    with pytest.raises(UserError, match=f"bridge: there is no contract at {address}"):
        begin(values=replace(values, rewards=rewards))
