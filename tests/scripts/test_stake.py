"""scripts/stake.py: from a deposit to its redemption, the vault's stake, and each mistake."""

import csv
import re
import runpy
from decimal import Decimal

import ape
import pytest

from seqpool.chain.accounts import named_account
from seqpool.devnet.cast import populate
from seqpool.protocol.addresses import ZERO
from seqpool.protocol.limits import LIMITS
from seqpool.protocol.redemptions import FUND_AFTER, VIRTUAL
from seqpool.staking.view import HALF_OF_LIST
from seqpool.units import format_metis
from tests.utils.documents import ROOT
from tests.utils.system import DAY, METIS, PARAMETERS

pytestmark = pytest.mark.slow

EXIT_DELAY = PARAMETERS["exit_delay"]
# between two times that anyone takes stake back
PAUSE = EXIT_DELAY // HALF_OF_LIST + 1


@pytest.fixture
def vault(suite):
    return suite.lst


@pytest.fixture
def depositor(cast):
    """With METIS; its name is depositor1."""
    account = named_account("depositor1")
    cast.fund(account)
    return account


@pytest.fixture
def holder(script, depositor):
    """Who has deposited 50,000 METIS."""
    deposit(script, "50000")
    return depositor


@pytest.fixture
def id(suite, cast):
    """A sequencer that is paired with the vault, and has no stake."""
    return pair(suite, cast, 1)


@pytest.fixture
def staked(suite, holder, id):
    """All METIS of the holder is staked; it may be slashed."""
    suite.lst.allocate(id, 50_000 * METIS, sender=named_account("allocator"))
    return id


def pair(suite, cast, n):
    owner = named_account(f"owner{n}")
    cast.approve(owner)
    suite.pool.set_pairing(owner, suite.lst, 1_000, sender=cast.governance)
    return cast.lock(owner, named_account(f"signer{n}"), 0)


def stake(script, *arguments, account="depositor1"):
    return script.ok("stake", *arguments, "--account", account)


def refused(script, *arguments, account="depositor1"):
    return script.fails("stake", *arguments, "--account", account)


def deposit(script, amount, account="depositor1"):
    return stake(script, "deposit", amount, account=account)


def here(vault):
    funds = vault.funds()
    return funds.idle + funds.reserved + funds.unvested


def slash(suite, id, amount):
    """A loss of the vault; the number of its case."""
    suite.pool.slash(id, amount, 1, b"", sender=named_account("slasher"))
    return suite.slash_vault.case_count()


def resolve(suite, cast, case, bps=10_000):
    suite.lst.appeal(case, "ipfs://statement", sender=named_account("allocator"))
    suite.slash_vault.resolve(case, bps, sender=cast.governance)


def close(suite, cast, case, bps=10_000):
    resolve(suite, cast, case, bps)
    suite.lst.collect_refund(case, sender=cast.keeper)


def hold(suite, cast, id, amount, days=3):
    """As the Slasher does: it marks an offence first."""
    slasher = named_account("slasher")
    suite.slash_vault.use_key(b"\1" * 16, b"\1" * 32, sender=slasher)
    suite.pool.hold(id, amount, ape.chain.pending_timestamp + days * DAY, sender=slasher)


# ---------------------------------------------------------------- all commands

COMMANDS = {
    "deposit": ["1"],
    "request": ["all"],
    "redeem": [],
    "operator": ["depositor2", "--on"],
    "allocate": [1, "1"],
    "deallocate": [1],
    "collect": [1],
    "harvest": [1],
    "refund": [1],
    "fund": [1],
    "claim-refund": [],
    "appeal": [1, "--statement", "statement.md", "--uri", "ipfs://statement"],
    "count": [],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_account__is_refused(script, name):
    error = script.fails("stake", name, *COMMANDS[name])
    assert error.startswith("no account: name one with --account")


@pytest.mark.parametrize("name", ["show", "vault"])
def test_no_deployment_file__is_refused(script, name, tmp_path):
    arguments = [name] + ["keeper"] * (name == "show")
    path = tmp_path / "none.json"
    error = script.fails("stake", *arguments, "--deployment", path, suite=False)
    assert error.startswith(f"no deployment file {path}")


@pytest.mark.parametrize("name", ["deposit", "request", "redeem", "allocate", "deallocate"])
def test_a_bad_amount__is_refused(script, id, name):
    arguments = [name] + [id] * ("allocate" in name) + ["1,5"]
    assert refused(script, *arguments).startswith("bad amount of METIS: '1,5'")


@pytest.mark.parametrize("name", ["collect", "harvest", "deallocate"])
def test_an_unknown_sequencer__is_refused(script, name):
    error = refused(script, name, 7, account="allocator")
    assert error == "there is no sequencer 7: the latest is 0"


@pytest.mark.parametrize(
    "name", [x for x in COMMANDS if x not in ("count", "operator", "appeal", "claim-refund")]
)
def test_more_cases_than_are_looked_at__are_counted_first(suite, script, staked, monkeypatch, name):
    slash(suite, staked, METIS)
    monkeypatch.setitem(LIMITS, "MAX_LOSSES", 0)
    account = "allocator" if name == "allocate" else "depositor1"
    error = refused(script, name, *COMMANDS[name], account=account)
    assert error == (
        "1 cases may be losses of the vault, and one transaction looks at 0: `ape run stake count`"
        " has to come first"
    )


@pytest.mark.parametrize("arguments", [["show", "depositor1"], ["vault"]])
def test_more_cases_than_views_look_at__are_counted_first(
    suite, script, staked, monkeypatch, arguments
):
    slash(suite, staked, METIS)
    monkeypatch.setitem(LIMITS, "MAX_LOSSES", 0)
    assert script.fails("stake", *arguments).startswith("1 cases may be losses of the vault")


def test_losses_are_counted(suite, script, vault, staked):
    slash(suite, staked, METIS)
    text = stake(script, "count", account="keeper")
    assert "cases that are looked at │ 1 of 1 " in text
    assert "count losses: done" in text
    assert vault.uncounted_cases() == 0
    assert refused(script, "count", account="keeper") == "all losses are counted"


def test_commands_of_the_document_exist():
    """With each option that stands there."""
    text = (ROOT / "docs/staking.md").read_text()
    lines = re.findall(r"`ape run (stake|upkeep) ([a-z-]+)([^`]*)`", text)
    assert len(lines) > 10
    for script, name, rest in lines:
        commands = runpy.run_path(str(ROOT / f"scripts/{script}.py"))["cli"].commands
        assert name in commands, name
        options = {option for x in commands[name].params for option in x.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, name


# ---------------------------------------------------------------- deposits


def test_deposit_sets_the_allowance_and_shows_the_position(suite, script, vault, depositor):
    suite.metis.approve(vault, METIS, sender=depositor)
    text = deposit(script, "1000.5")
    assert "allow the vault to take 1,000.5 METIS (now 1): done" in text
    assert "shares │ 1,000.5 stMTS " in text
    assert "price of deposits │ 1 METIS a share " in text
    assert "position afterwards │ 1,000.5 stMTS, worth 1,000.5 METIS " in text
    assert vault.balanceOf(depositor) == 1_000 * METIS + METIS // 2
    assert suite.metis.allowance(depositor, vault) == 0
    assert "│ 3,000.5 stMTS, worth 3,000.5 METIS " in deposit(script, "2000")


def test_deposit_with_enough_allowance_sends_one_transaction(suite, script, vault, depositor):
    suite.metis.approve(vault, 10 * METIS, sender=depositor)
    nonce = depositor.nonce
    deposit(script, "10")
    assert depositor.nonce == nonce + 1


def test_deposit__dry_run__sends_nothing(script, vault, depositor):
    nonce = depositor.nonce
    assert stake(script, "deposit", "10", "--dry-run").endswith("Dry run: nothing was sent.")
    assert depositor.nonce == nonce


def test_deposit_shows_what_it_pays_for_besides(suite, script, cast, vault, staked):
    """Losses that may come back, and why it may be better to close a case first."""
    case = slash(suite, staked, 10_000 * METIS)
    text = stake(script, "deposit", "1000", "--dry-run")
    assert "shares │ 1,000 stMTS " in text
    assert "price of deposits │ 1 METIS a share " in text
    assert "price of redemptions │ 0.8 METIS a share " in text
    assert "position afterwards │ 51,000 stMTS, worth 40,800" in text
    assert "open cases │ 10,000 METIS may come back: it is in the price of deposits " in text
    assert "first │" not in text
    resolve(suite, cast, case, 0)
    hold(suite, cast, staked, 5_000 * METIS)
    text = stake(script, "deposit", "1000", "--dry-run")
    assert f"note │ case {case} is decided: `ape run stake refund {case}` first " in text
    assert "held by the Slasher │ 5,000 METIS: it may be slashed " in text
    stake(script, "refund", case, account="keeper")
    assert "shares │ 1,249.99" in stake(script, "deposit", "1000", "--dry-run")


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("0", "the amount is 0"),
        ("500000.5", "too little METIS: 0x\\w+ has 500,000, 500,000.5 are wanted"),
        ("19400000", "above the maximum: at most 19,342,813\\.\\d+ METIS can be deposited"),
    ],
)
def test_deposit__bad_amount__is_refused(script, depositor, amount, reason):
    assert re.fullmatch(reason, refused(script, "deposit", amount))


# ---------------------------------------------------------------- redemptions


def test_request_of_metis_waits_for_the_exit_delay(script, vault, holder):
    text = stake(script, "request", "20000.5")
    assert "shares │ 20,000.5 stMTS " in text
    assert "worth now │ 20,000.5 METIS " in text
    assert "the most that is paid, with refunds │ 20,000.5 METIS " in text
    assert re.search(r"ready │ \S+ \S+ UTC \(in 21 d\)", text)
    assert "METIS then missing for all redemptions │ 0 METIS " in text
    request = vault.request(1)
    assert (request.controller, request.worth) == (holder, 20_000 * METIS + METIS // 2)
    error = refused(script, "redeem")
    assert re.fullmatch(
        r"nothing to redeem: request 1 is next: it is ready \S+ \S+ UTC \(in (21 d|20 d 23 h.*)\)",
        error,
    )


def test_request_of_shares_and_of_all(script, vault, holder):
    stake(script, "request", "10", "--shares")
    assert vault.balanceOf(holder) == 49_990 * METIS
    stake(script, "request", "all")
    assert vault.balanceOf(holder) == 0
    assert refused(script, "request", "all") == f"{holder.address} has no shares"


def test_request_of_metis_takes_shares_at_their_price(suite, script, vault, holder, staked):
    slash(suite, staked, 10_000 * METIS)
    text = stake(script, "request", "1000")
    # a little more than 1,250: nobody's METIS has lost as well
    assert "price of redemptions │ 0.8 METIS a share " in text
    assert "worth now │ 1,000 METIS " in text
    shares = r"1,249\.\d+"
    assert re.search(rf"shares │ {shares} stMTS ", text)
    assert re.search(rf"the most that is paid, with refunds │ {shares} METIS ", text)
    # as shown, so it is
    assert f"with refunds │ {format_metis(vault.request(1).worth)} METIS" in text


def test_request_while_stake_is_held_tells_what_is_missing(suite, script, cast, vault, staked):
    """What is held may come free again, so the vault keeps METIS for it as well."""
    hold(suite, cast, staked, 10_000 * METIS)
    text = stake(script, "request", "all")
    # a little more: nobody's METIS would lose as well
    assert "worth now │ 40,000.000" in text
    assert "the most that is paid, with refunds │ 50,000 METIS " in text
    assert "METIS then missing for all redemptions │ 50,000 METIS " in text
    assert vault.request(1).worth == vault.funds().missing == 50_000 * METIS


def test_request_of_what_is_staked_tells_what_is_missing(suite, script, staked):
    text = stake(script, "request", "all")
    assert "METIS then missing for all redemptions │ 50,000 METIS " in text
    assert "on its way │ 0 METIS " in text
    assert "it takes longer if METIS is still missing when it is ready" in text


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["0"], "the amount is 0"),
        (["0", "--shares"], "the amount is 0"),
        (["50000.1"], "too few shares: 0x\\w+ has 50,000 stMTS, worth 50,000 METIS"),
        (["50000.1", "--shares"], "too few shares: 0x\\w+ has 50,000 stMTS, worth 50,000 METIS"),
    ],
)
def test_request__bad_amount__is_refused(script, holder, arguments, reason):
    assert re.fullmatch(reason, refused(script, "request", *arguments))


def test_request_of_nothing_worth__is_refused(suite, script, staked):
    slash(suite, staked, 10_000 * METIS)
    error = refused(script, "request", "0.000000000000000001", "--shares")
    assert error == (
        "too little: 0.000000000000000001 stMTS are worth nothing at 0.8 METIS a share"
    )


def test_more_requests_than_there_may_be__are_refused(script, vault, holder):
    for _ in range(LIMITS["MAX_REQUESTS"]):
        vault.requestRedeem(METIS, holder, holder, sender=holder)
    error = refused(script, "request", "1")
    assert error == f"{holder.address} has 16 open requests, and cannot have more: redeem first"


def test_redeem_pays_what_is_claimable(suite, script, cast, vault, holder):
    vault.requestRedeem(1_000 * METIS, holder, holder, sender=holder)
    cast.wait(DAY)
    vault.requestRedeem(2_000 * METIS, holder, holder, sender=holder)
    cast.wait(EXIT_DELAY - DAY)
    before = suite.metis.balanceOf(holder)
    text = stake(script, "redeem", "400")
    assert "claimable │ 1,000 METIS for 1,000 stMTS " in text
    assert "then │ request 2 is next: it is ready " in text
    assert suite.metis.balanceOf(holder) == before + 400 * METIS
    error = refused(script, "redeem", "600.1")
    assert error.startswith("only 600 METIS can be redeemed: request 2 is next: it is ready ")
    assert refused(script, "redeem", "0") == "the amount is 0"
    stake(script, "redeem")
    assert suite.metis.balanceOf(holder) == before + 1_000 * METIS
    assert refused(script, "redeem").startswith("nothing to redeem: request 2 is next: it is ready")
    cast.wait(DAY)
    assert "then │ no other redemption is requested " in stake(script, "redeem", "all")
    assert suite.metis.balanceOf(holder) == before + 3_000 * METIS
    assert refused(script, "redeem") == "nothing to redeem: no other redemption is requested"


def test_redeem_says_what_brings_the_metis_that_is_missing(suite, script, cast, holder, staked):
    stake(script, "request", "all")
    cast.wait(EXIT_DELAY)
    missing = (
        "nothing to redeem: request 1 is next: its METIS is not there: all redemptions together"
        " miss 50,000 METIS; "
    )
    error = refused(script, "redeem")
    assert error == f"{missing}`ape run stake deallocate 1` takes back 50,000 METIS"
    stake(script, "deallocate", staked, account="keeper")
    error = refused(script, "redeem")
    assert re.fullmatch(re.escape(missing) + r"the next matures \S+ \S+ UTC \(in .*\)", error)
    cast.wait(EXIT_DELAY)
    error = refused(script, "redeem")
    assert error == f"{missing}`ape run stake collect 1` brings 50,000 METIS"
    assert "of it for redemptions │ 50,000 METIS " in stake(
        script, "collect", staked, account="keeper"
    )
    before = suite.metis.balanceOf(holder)
    stake(script, "redeem")
    assert suite.metis.balanceOf(holder) == before + 50_000 * METIS


# ---------------------------------------------------------------- operators


def test_operator_on_and_off(script, vault, depositor):
    operator = named_account("depositor2")
    assert refused(script, "operator", "depositor2", "--off") == (
        f"{operator.address} is not an operator of {depositor.address}"
    )
    text = stake(script, "operator", "depositor2", "--on")
    assert f"operator │ depositor2 {operator.address} " in text
    assert vault.isOperator(depositor, operator)
    assert refused(script, "operator", operator.address, "--on") == (
        f"{operator.address} is already an operator of {depositor.address}"
    )
    stake(script, "operator", operator.address, "--off")
    assert not vault.isOperator(depositor, operator)


def test_operator_neither_on_nor_off__is_refused(script, depositor):
    assert refused(script, "operator", "depositor2").startswith("Missing option '--on'")


# ---------------------------------------------------------------- allocations


def test_allocate(suite, script, holder, id):
    text = stake(script, "allocate", id, "30000", account="allocator")
    assert f"sequencer │ {id} " in text
    assert "bonded afterwards, own and paired │ 30,000 METIS " in text
    assert "idle afterwards │ 20,000 METIS " in text
    assert suite.pool.sequencer(id).paired.bonded == 30_000 * METIS


@pytest.mark.parametrize(
    ("amount", "reason"),
    [("0", "the amount is 0"), ("50000.1", "more than is idle: 50,000 METIS")],
)
def test_allocate__bad_amount__is_refused(script, holder, id, amount, reason):
    assert refused(script, "allocate", id, amount, account="allocator") == reason


def test_allocate__not_the_allocator__is_refused(suite, script, cast, holder, id):
    allocator = named_account("allocator").address
    error = refused(script, "allocate", id, "1")
    assert error == f"only the allocator may allocate: allocator {allocator}"
    suite.lst.set_allocator(ZERO, sender=cast.governance)
    assert refused(script, "allocate", id, "1") == "only the allocator may allocate: nobody"


def test_allocate__pool_would_refuse__is_refused(suite, script, cast, holder, id):
    def error(id, amount="20000"):
        return refused(script, "allocate", id, amount, account="allocator")

    assert error(7) == "there is no sequencer 7: the latest is 1"
    stranger = named_account("owner2")
    cast.fund(stranger, holder)
    cast.approve(stranger)
    other = cast.lock(stranger, named_account("signer2"), 20_000 * METIS)
    assert error(other) == (
        f"sequencer {other} is paired with no vault, not with {suite.lst.address}"
    )
    deposit(script, "60000")
    assert error(id, "100000.1").startswith("above the cap of 100,000 METIS: 0 are bonded")
    suite.pool.pause(sender=named_account("guardian"))
    assert error(id, "30000").startswith("the pool is paused: deposits above min_stake wait until")
    suite.pool.set_pairing(named_account("owner1"), ZERO, 0, sender=cast.governance)
    assert error(id) == f"the pairing of sequencer {id} has ended"
    last = pair_in_a_pause(suite, cast)
    suite.pool.unlock(last, sender=named_account("owner3"))
    assert error(last) == f"sequencer {last} has left: it is EXITED"


def pair_in_a_pause(suite, cast):
    suite.pool.unpause(sender=named_account("guardian"))
    return pair(suite, cast, 3)


def test_more_allocations_than_there_may_be__are_refused(suite, script, cast, holder):
    ids = [pair(suite, cast, n) for n in range(1, LIMITS["MAX_ALLOCATIONS"] + 2)]
    for id in ids[:-1]:
        suite.lst.allocate(id, METIS, sender=named_account("allocator"))
    error = refused(script, "allocate", ids[-1], "1", account="allocator")
    assert error == "the vault has stake with 8 sequencers, and cannot have more"
    stake(script, "allocate", ids[0], "1", account="allocator")


def test_the_allocator_takes_back_what_it_wants(suite, script, staked):
    text = stake(script, "deallocate", staked, "40000", account="allocator")
    assert re.search(r"slashable until, claimable from │ .* UTC \(in 21 d\)", text)
    assert "below min_stake: the sequencer leaves the committee" in text
    assert "lacking for redemptions │ 0 METIS " in text
    assert suite.pool.sequencer(staked).paired.unbonding == 40_000 * METIS
    for amount, reason in (
        ("0", "the amount is 0"),
        ("10000.1", "at most 10,000 METIS can be withdrawn"),
    ):
        assert refused(script, "deallocate", staked, amount, account="allocator") == reason
    suite.pool.unlock(staked, sender=named_account("owner1"))
    error = refused(script, "deallocate", staked, "1", account="allocator")
    assert error == f"sequencer {staked} has left: it is EXITING"


def test_the_allocator_takes_back_what_is_lacking_from_whom_it_wants(suite, script, cast, staked):
    other = pair(suite, cast, 2)
    deposit(script, "30000")
    stake(script, "allocate", other, "30000", account="allocator")
    error = refused(script, "deallocate", staked, account="allocator")
    assert error == "redemptions lack nothing: 0 METIS are missing, and 0 METIS are on their way"
    stake(script, "request", "10000")
    text = stake(script, "deallocate", staked, account="allocator")
    assert f"take back 10,000 METIS from sequencer {staked}: done" in text


def test_anyone_takes_back_what_is_lacking(suite, script, cast, vault, staked):
    other = pair(suite, cast, 2)
    deposit(script, "30000")
    stake(script, "allocate", other, "30000", account="allocator")
    error = refused(script, "deallocate", other, account="keeper")
    assert error == "redemptions lack nothing: 0 METIS are missing, and 0 METIS are on their way"
    stake(script, "request", "40000")
    error = refused(script, "deallocate", staked, account="keeper")
    assert error == (
        f"sequencer {other} comes first: it is the last allocated one with bonded stake"
    )
    error = refused(script, "deallocate", other, "1", account="keeper")
    assert error == (
        "only the allocator may choose the amount; others take back 30,000 METIS, which redemptions"
        " lack"
    )
    text = stake(script, "deallocate", other, "30000", account="keeper")
    assert f"take back 30,000 METIS from sequencer {other}: done" in text
    text = stake(script, "deallocate", staked, account="keeper")
    assert f"take back 10,000 METIS from sequencer {staked}: done" in text
    error = refused(script, "deallocate", staked, account="keeper")
    assert error == (
        "redemptions lack nothing: 40,000 METIS are missing, and 40,000 METIS are on their way"
    )
    stake(script, "request", "1000")
    error = refused(script, "deallocate", staked, account="keeper")
    assert error.startswith("too soon after the last time: nobody but the allocator before ")
    assert error.endswith(" UTC (in 2 d 15 h)")
    cast.wait(PAUSE)
    text = stake(script, "deallocate", staked, account="keeper")
    assert f"take back 1,000 METIS from sequencer {staked}: done" in text


def test_what_the_allocator_takes_back_delays_nobody(suite, script, cast, vault, staked):
    """Nor what it has taken back while it was the allocator."""
    stake(script, "request", "40000")
    stake(script, "deallocate", staked, "1000", account="allocator")
    vault.set_allocator(named_account("stranger"), sender=cast.governance)
    text = stake(script, "deallocate", staked, account="keeper")
    assert f"take back 39,000 METIS from sequencer {staked}: done" in text


def test_after_a_total_loss_there_is_nothing_to_take_back(suite, script, cast, staked):
    stake(script, "request", "all")
    other = pair(suite, cast, 2)
    slash(suite, staked, 1_000_000 * METIS)
    error = refused(script, "deallocate", other, account="keeper")
    assert error.startswith("redemptions lack nothing: 0 METIS are missing")


def test_collect(suite, script, cast, vault, staked):
    def error(id):
        return refused(script, "collect", id, account="keeper")

    assert error(staked) == "nothing to claim: no stake is unbonding"
    stake(script, "deallocate", staked, "40000", account="allocator")
    assert error(staked).startswith("nothing to claim before ")
    cast.wait(EXIT_DELAY)
    text = stake(script, "collect", staked, account="keeper")
    assert f"collect 40,000 METIS from sequencer {staked}: done" in text
    assert f"paid to the vault │ {vault.address} " in text
    assert vault.funds().idle == 40_000 * METIS
    stranger = named_account("owner2")
    cast.fund(stranger)
    cast.approve(stranger)
    other = cast.lock(stranger, named_account("signer2"), 20_000 * METIS)
    assert error(other) == f"sequencer {other} is paired with no vault, not with {vault.address}"


def test_collect__held__is_refused(suite, script, cast, staked):
    stake(script, "deallocate", staked, "40000", account="allocator")
    cast.wait(EXIT_DELAY - DAY)
    until = ape.chain.pending_timestamp + 5 * DAY
    suite.pool.hold(staked, 50_000 * METIS, until, sender=named_account("slasher"))
    cast.wait(DAY)
    error = refused(script, "collect", staked, account="keeper")
    assert error == "nothing to claim: a hold keeps 40,000 METIS while a case is undecided"
    assert "│ held │ 40,000 │ when a case is decided │" in script.ok("stake", "vault")


# ---------------------------------------------------------------- gains


@pytest.fixture
def earned(suite, script, depositor, tmp_path):
    """The vault's rewards, in a suite whose sequencers are all paired with it: which of them has
    produced the blocks, the rewards' wei."""
    cast = populate(suite, ape.networks.provider)
    deposit(script, "50000")
    suite.metis.mint(suite.distributor, 10_000 * METIS, sender=named_account("deployer"))
    # the last one is at the cap, and may be the one that is drawn
    suite.pool.set_cap(110_000 * METIS, sender=cast.governance)
    for id in range(1, 5 + 1):
        owner = named_account(f"owner{id}")
        suite.pool.set_pairing(owner, suite.lst, 0, sender=cast.governance)
        suite.lst.allocate(id, 8_000 * METIS, sender=named_account("allocator"))
    for id in range(1, 5 + 1):
        script.ok("rewards", "sync", "--id", id, "--account", "keeper")
    for day in range(2):
        pay_a_day(script, cast, tmp_path / str(day))
    return owing(suite)


def owing(suite):
    """A sequencer that has unpaid rewards of the vault, and their wei."""
    amounts = {id: suite.distributor.vault_claimable(id, suite.lst) for id in range(1, 5 + 1)}
    return next((id, amount) for id, amount in amounts.items() if amount)


def pay_a_day(script, cast, folder):
    folder.mkdir()
    cast.wait(DAY)
    cast.mine(3)
    pay_batch(script, folder)


def pay_batch(script, folder):
    """Pays for the blocks since the last batch."""
    batch, certificate = folder / "batch.json", folder / "certificate.json"
    script.ok("rewards", "build", "--out", batch)
    votes = [folder / f"signer{n}.json" for n in range(1, 5 + 1)]
    for vote in votes:
        script.ok("rewards", "sign", batch, "--account", vote.stem, "--out", vote)
    script.ok("rewards", "combine", *votes, "--out", certificate)
    script.ok("rewards", "submit", batch, certificate, "--account", "keeper")


def test_rewards_are_harvested_and_enter_the_price(suite, script, cast, vault, earned):
    id, amount = earned
    text = stake(script, "harvest", id, account="keeper")
    assert re.search(r"enters the price evenly until │ \S+ \S+ UTC \(in 7 d\)", text)
    assert here(vault) == 10_000 * METIS + amount
    error = refused(script, "harvest", id, account="keeper")
    assert error == (
        f"nothing to harvest: RewardDistributor {suite.distributor.address} has no unpaid rewards"
        f" of the vault for sequencer {id}"
    )
    text = script.ok("stake", "vault")
    assert re.search(r"gains that do not count yet │ \S+ METIS, all count from \S+ \S+ UTC", text)
    cast.wait(LIMITS["VESTING"])
    assert "gains that do not count yet │ 0 METIS │" in script.ok("stake", "vault")
    # a share is dearer now than the smallest amount
    error = refused(script, "deposit", "0.000000000000000001")
    assert re.fullmatch(
        r"too little: 0\.000000000000000001 METIS gives no share at 1\.\d+ METIS a share", error
    )


def test_rewards_are_harvested_from_a_former_distributor(suite, script, cast, vault, earned):
    id, amount = earned
    owed = format_metis(amount)
    former, present = suite.distributor.address, named_account("distributor").address
    suite.pool.set_distributor(present, sender=cast.governance)
    error = refused(script, "harvest", id, account="keeper")
    assert error == f"{present} is no RewardDistributor: it owes the vault nothing"
    text = stake(script, "harvest", id, "--distributor", former, "--dry-run", account="keeper")
    assert f"distributor │ {former}: a former one " in text
    assert f"owes, as it says │ {owed} METIS " in text
    assert here(vault) == 10_000 * METIS
    stake(script, "harvest", id, "--distributor", former, account="keeper")
    assert here(vault) == 10_000 * METIS + amount


def test_harvest_says_who_else_owes_something(suite, script, cast, project, earned):
    id, amount = earned
    former, nobody = suite.distributor, named_account("stranger")
    new = named_account("deployer").deploy(
        project.RewardDistributor,
        *(suite.pool, suite.committee_registry, b"\1" * 32, nobody, nobody, 1, nobody, 1),
        former.mrr(),
    )
    suite.pool.set_distributor(new, sender=cast.governance)
    error = refused(script, "harvest", id, account="keeper")
    assert error == (
        f"nothing to harvest: RewardDistributor {new.address} has no unpaid rewards of the vault"
        f" for sequencer {id}; {former.address} owes {format_metis(amount)} METIS: add"
        f" --distributor {former.address}"
    )


def test_harvest_of_no_distributor__is_refused(script, id):
    error = refused(script, "harvest", id, "--distributor", ZERO, account="keeper")
    assert error == f"{ZERO} is no RewardDistributor: it owes the vault nothing"


def test_the_allocator_appeals(suite, script, staked, tmp_path):
    case = slash(suite, staked, 1_000 * METIS)
    statement = tmp_path / "statement.md"
    statement.write_text("It was the network.")
    arguments = ("appeal", case, "--statement", statement, "--uri", "ipfs://statement")
    error = refused(script, *arguments, account="keeper")
    assert error.startswith("only the allocator may appeal: ")
    output = stake(script, *arguments, account="allocator")
    assert "appeal for the vault against case" in output
    assert suite.slash_vault.case_of(case).appealed_at > 0
    # again, as after an interruption
    error = refused(script, *arguments, account="allocator")
    assert error == f"{suite.lst.address} has appealed against case {case} already"


@pytest.mark.parametrize("is_waiting", [False, True])
def test_a_holder_appeals_where_there_is_no_allocator(
    suite, script, cast, vault, staked, tmp_path, is_waiting
):
    """Whoever holds shares, or waits to redeem some."""
    case = slash(suite, staked, 1_000 * METIS)
    statement = tmp_path / "statement.md"
    statement.write_text("It was the network.")
    arguments = ("appeal", case, "--statement", statement, "--uri", "ipfs://statement")
    assert refused(script, *arguments).startswith("only the allocator may appeal: allocator ")
    vault.set_allocator(ZERO, sender=cast.governance)
    stranger = named_account("stranger")
    assert refused(script, *arguments, account="stranger") == (
        "there is no allocator, so whoever holds shares or waits to redeem some may appeal:"
        f" {stranger.address} does neither"
    )
    if is_waiting:
        stake(script, "request", "all")
    stake(script, *arguments, "--dry-run")
    assert suite.slash_vault.case_of(case).appealed_at == 0
    stake(script, *arguments)
    assert suite.slash_vault.case_of(case).appealed_at > 0


def test_the_allocators_half_of_the_list_is_full__is_refused(suite, script, staked):
    # what others take does not count
    stake(script, "request", "10000")
    stake(script, "deallocate", staked, account="keeper")
    for _ in range(HALF_OF_LIST):
        stake(script, "deallocate", staked, "1", account="allocator")
    error = refused(script, "deallocate", staked, "1", account="allocator")
    assert error.startswith(f"sequencer {staked} has 8 open withdrawals of the allocator")


def test_refund(suite, script, cast, vault, staked):
    case = slash(suite, staked, 10_000 * METIS)
    error = refused(script, "refund", case, account="keeper")
    assert error.startswith(f"case {case} is not decided: ")
    resolve(suite, cast, case, 5_000)
    text = stake(script, "refund", case, "--dry-run", account="keeper")
    assert "lost │ 10,000 METIS " in text
    assert "refund │ 5,000 METIS " in text
    assert "of it for the shares │ 5,000 METIS " in text
    assert "of it for requests that have left │ 0 METIS " in text
    assert "price of redemptions now │ 0.8 METIS a share " in text
    assert here(vault) == 0
    stake(script, "refund", case, account="keeper")
    assert here(vault) == 5_000 * METIS
    error = refused(script, "refund", case, account="keeper")
    assert error == f"case {case} is closed already: 5,000 METIS came back"


def test_a_case_of_which_nothing_comes_back_is_closed(suite, script, cast, vault, staked):
    case = slash(suite, staked, 10_000 * METIS)
    resolve(suite, cast, case, 0)
    assert f"│ {case} │ 10,000 METIS │ 0 METIS │ `ape run stake refund {case}` │" in script.ok(
        "stake", "vault"
    )
    text = stake(script, "refund", case, account="keeper")
    assert f"close case {case}, of which nothing comes back: done" in text
    assert vault.funds().refundable == 0
    assert f"│ {case} │ 10,000 METIS │ 0 METIS │ closed │" in script.ok("stake", "vault")


@pytest.fixture
def left(suite, script, cast, vault, staked):
    """The holder has asked for 20,000 shares, then 10,000 of 50,000 METIS were slashed, and METIS
    is set aside for the request; the case."""
    stake(script, "request", "20000")
    stake(script, "deallocate", staked, account="keeper")
    case = slash(suite, staked, 10_000 * METIS)
    cast.wait(EXIT_DELAY)
    vault.collect(staked, sender=cast.keeper)
    return case


def test_fund_fixes_what_a_request_is_paid(suite, script, cast, vault, left):
    text = stake(script, "fund", "1", "--dry-run", account="keeper")
    assert "shares that are gone then │ 20,000 stMTS " in text
    assert "is paid │ 16,000" in text
    assert "the most that it is paid, with refunds │ 20,000 METIS " in text
    assert "open cases │ 10,000 METIS may come back: " in text
    assert vault.request(1).ready_at
    stake(script, "fund", "1", account="keeper")
    assert vault.request(1).ready_at == 0
    assert "│ 1 │ 20,000 stMTS │ 16,000" in script.ok("stake", "show", "depositor1")
    assert "│ set aside │ now │" in script.ok("stake", "show", "depositor1")
    # again, as after an interruption
    error = refused(script, "fund", "1", account="keeper")
    assert error == "METIS is set aside for request 1 already"
    stake(script, "redeem")
    assert refused(script, "fund", "1", account="keeper") == "request 1 was redeemed already"
    for number in (2, 0, 2**256):
        error = refused(script, "fund", number, account="keeper")
        assert error == f"there is no request {number}"


def test_fund_in_a_hold_is_up_to_who_leaves(suite, script, cast, holder, left):
    hold(suite, cast, 1, METIS)
    error = refused(script, "fund", "1", account="keeper")
    assert error == f"request 1 is that of depositor1 {holder.address}"
    text = stake(script, "fund", "1", "--dry-run")
    assert "held by the Slasher │ 1 METIS: it may be slashed " in text


def test_fund__not_claimable__is_refused(script, cast, staked):
    stake(script, "request", "20000")
    error = refused(script, "fund", "1", account="keeper")
    assert error.startswith("request 1 is not claimable: it is ready ")
    assert ", and its METIS is not there: " in error


def test_refunds_of_who_has_left_are_claimed(suite, script, cast, vault, holder, left):
    """A half of each of two cases comes back: who left before gets its fifths of both."""
    second = slash(suite, 1, 5_000 * METIS)
    error = refused(script, "claim-refund")
    assert error == (
        f"no refund to claim: cases {left}, {second} are open; `ape run stake refund CASE` closes"
        " one that is decided"
    )
    stake(script, "redeem")
    resolve(suite, cast, left, 5_000)
    resolve(suite, cast, second, 5_000)
    # of two open cases only the vault knows whose a refund is
    assert "of it for the shares" not in stake(script, "refund", left, account="keeper")
    text = stake(script, "refund", second, account="keeper")
    assert re.search(r"of it for the shares │ 1,500(\.0+\d*)? METIS ", text)
    shown = script.ok("stake", "show", "depositor1")
    for case, amount in ((left, 2_000), (second, 1_000)):
        rounded = rf"({amount:,}|{amount - 1:,}\.9+\d*)"
        row = rf"│ 1 │ {case} │ {rounded} │ now, by `ape run stake claim-refund 1` │"
        assert re.search(row, shown)
    nonce, before = holder.nonce, suite.metis.balanceOf(holder)
    text = stake(script, "claim-refund", "--dry-run")
    assert re.search(r"all │ (3,000|2,999\.9+\d*) METIS ", text)
    assert holder.nonce == nonce
    # one was claimed before an interruption
    vault.claim_refund(1, second, holder, sender=holder)
    text = stake(script, "claim-refund", 1)
    assert f"of case {left} for request 1: done" in text
    assert f"of case {second}" not in text
    paid = suite.metis.balanceOf(holder) - before
    # a little less: nobody's METIS has lost as well
    assert 3_000 * METIS - VIRTUAL < paid <= 3_000 * METIS
    assert refused(script, "claim-refund", 1) == "no refund to claim: no case of the vault is open"


def test_claim_refund_of_anothers_request__is_refused(suite, script, cast, vault, holder, left):
    stake(script, "redeem")
    resolve(suite, cast, left, 5_000)
    stake(script, "refund", left, account="keeper")
    error = refused(script, "claim-refund", 1, account="depositor2")
    assert error == f"request 1 is that of depositor1 {holder.address}"
    assert refused(script, "claim-refund", 2) == "there is no request 2"
    other = named_account("depositor2")
    assert refused(script, "claim-refund", account="depositor2") == (
        f"no refund to claim: {other.address} has made no request"
    )
    stake(script, "operator", "depositor2", "--on")
    stake(script, "claim-refund", 1, account="depositor2")
    # what an operator claims is paid to it, as it says
    assert 2_000 * METIS - VIRTUAL < suite.metis.balanceOf(other) <= 2_000 * METIS


def upkeep(script, *arguments):
    return script.ok("upkeep", "vault", *arguments, "--account", "keeper")


def test_upkeep_of_the_vault(suite, script, cast, vault, left):
    """Losses are counted, refunds are collected, and then METIS is set aside."""
    second = slash(suite, 1, 1_000 * METIS)
    text = upkeep(script, "--dry-run")
    assert "count the vault's losses │ yes │ 1,000 METIS are lost in 1 cases │" in text
    assert f"close case {left} of the vault │ no │ it is not decided │" in text
    assert "set METIS aside for request 1 │ no │ its controller may redeem it by itself" in text
    assert vault.uncounted_cases() == 1
    cast.wait(FUND_AFTER)
    for case in (left, second):
        resolve(suite, cast, case, 5_000)
    hold(suite, cast, 1, METIS)
    text = upkeep(script)
    assert "count the vault's losses: done" in text
    for case in (left, second):
        assert f"close case {case} of the vault: done" in text
    assert "set METIS aside for request 1: done" not in text
    assert (vault.uncounted_cases(), vault.funds().refundable) == (0, 0)
    assert "the Slasher holds 1 METIS, and it would be paid less │" in upkeep(script)
    cast.wait(3 * DAY)
    assert "set METIS aside for request 1: done" in upkeep(script)
    # half of what was lost had come back before
    assert vault.request(1).worth == pytest.approx(17_800 * METIS)
    assert upkeep(script).endswith("Nothing is due.")


def test_upkeep_waits_for_the_metis_of_a_request(script, cast, staked):
    stake(script, "request", "20000")
    text = upkeep(script)
    assert "set METIS aside for request 1 │ no │ not claimable: it is ready " in text
    assert text.endswith("Nothing is due.")


def test_a_second_gain_ends_between_both(suite, script, cast, vault, earned, tmp_path):
    """As shown, so it is."""
    stake(script, "harvest", earned[0], account="keeper")
    cast.wait(LIMITS["VESTING"] - 2 * DAY)
    pay_a_day(script, cast, tmp_path / "later")
    text = stake(script, "harvest", owing(suite)[0], account="keeper")
    shown = re.search(r"evenly until │ (\S+ \S+) UTC", text)[1]
    text = script.ok("stake", "vault")
    found = re.search(r"all count from (\S+ \S+) UTC", text)[1]
    assert shown[:-3] == found[:-3]


def test_refund_of_another__is_refused(suite, script, cast, vault):
    assert refused(script, "refund", 1, account="keeper") == "there is no case 1: the latest is 0"
    owner = named_account("owner2")
    cast.fund(owner)
    cast.approve(owner)
    other = cast.lock(owner, named_account("signer2"), 20_000 * METIS)
    case = slash(suite, other, METIS)
    error = refused(script, "refund", case, account="keeper")
    assert error == f"the case is that of {owner.address}, not of {vault.address}"


# ---------------------------------------------------------------- looking


def test_show_of_a_position(suite, script, cast, holder, staked):
    other = named_account("depositor2")
    cast.fund(other)
    deposit(script, "150000", account="depositor2")
    stake(script, "request", "10000")
    cast.wait(EXIT_DELAY)
    suite.lst.requestRedeem(190_000 * METIS - 50_000 * METIS, other, other, sender=other)
    stake(script, "request", "20000")
    text = script.ok("stake", "show", "depositor1")
    assert text == script.ok("stake", "show", "--account", "depositor1")
    assert text == script.ok("stake", "show", holder.address)
    for row in (
        f"Position of depositor1 {holder.address}",
        "shares │ 20,000 stMTS ",
        "worth │ 20,000 METIS ",
        "share of the vault │ 10 % ",
        "price of redemptions │ 1 METIS a share ",
        "requested to be redeemed │ 30,000 stMTS besides ",
        "claimable now │ 10,000 METIS ",
        "│ 1 │ 10,000 stMTS │ 10,000 METIS │ 10,000 METIS │ there │ now │",
        "│ 3 │ 20,000 stMTS │ 20,000 METIS │ 20,000 METIS │ missing │ ",
    ):
        assert row in text


def test_show_of_nobody(script, depositor):
    text = script.ok("stake", "show", "depositor1")
    assert "shares │ 0 stMTS " in text
    assert "share of the vault │ 0 % " in text
    assert script.fails("stake", "show").startswith("no account: name one with --account")
    assert script.fails("stake", "show", "nobody").startswith("no account 'nobody'")


def test_vault_of_nobody(script, vault):
    text = script.ok("stake", "vault")
    assert vault.address in text
    assert "total assets │ 0 METIS " in text
    assert "price of redemptions │ 1 METIS a share " in text
    assert "losses that are not counted │ none " in text


def test_vault_with_all_that_there_is_to_see(suite, script, cast, holder, staked):
    deposit(script, "10000")
    stake(script, "request", "40000")
    stake(script, "deallocate", staked, account="keeper")
    case = slash(suite, staked, 1_000 * METIS)
    text = script.ok("stake", "vault")
    allocator = named_account("allocator").address
    # of what is on its way, since the shares that wait have lost a part
    missing = format_metis(suite.lst.funds().missing)
    assert missing.startswith("29,333.3333")
    for row in (
        "total assets │ 59,000 METIS ",
        "shares │ 60,000 stMTS ",
        "price of redemptions │ 0.983333333 METIS a share ",
        "price of deposits │ 1 METIS a share ",
        "idle │ 0 METIS ",
        "reserved for redemptions │ 10,000 METIS ",
        "staked │ 49,000 METIS ",
        "gains that do not count yet │ 0 METIS ",
        f"missing for redemptions │ {missing} METIS ",
        f"of it on its way │ {missing} METIS ",
        "what brings it │ the next matures ",
        "allocations │ 1 of 8 ",
        f"allocator │ allocator {allocator} ",
        f"│ 1,000 METIS in {case} cases: all above is without, `ape run stake count` books it ",
        f"│ {staked} │ ACTIVE │ bonded │ 19,000 │ 21 d after it is taken back ",
        f"│ {staked} │ ACTIVE │ unbonding │ 30,000 │ ",
    ):
        assert row in text, row
    cast.wait(EXIT_DELAY)
    text = script.ok("stake", "vault")
    assert f"│ matured │ 30,000 │ now, by `ape run stake collect {staked}` │" in text


def exported(script, tmp_path, *arguments):
    """The text, the rows and the sums of a statement."""
    out = tmp_path / "statement.csv"
    text = script.ok("stake", "export", *arguments, "--out", out)
    with out.open() as lines:
        rows = list(csv.DictReader(lines))
    sums = {row["what"]: Decimal(row["metis"]) for row in rows if not row["date"]}
    return text, [row for row in rows if row["date"]], sums


def test_export_of_who_has_left_before_the_refund(suite, script, cast, holder, left, tmp_path):
    """Who had asked to leave, lost, left, and was paid its part of the refund."""
    stake(script, "redeem")
    close(suite, cast, left, 5_000)
    text, rows, sums = exported(script, tmp_path, "depositor1")
    assert "rows of 0x" in text and "refunds to claim: 1,999.99" in text
    assert text.endswith("The shares are as many as the contract has.")
    stake(script, "claim-refund")
    _, rows, sums = exported(script, tmp_path, "--account", "depositor1")
    whats = ["deposit", "request", "slash", "redemption", "refund", "refund claimed"]
    assert [row["what"] for row in rows] == whats
    deposit, request, slashed, redemption, refund, claimed = rows
    assert (deposit["metis"], deposit["shares"], deposit["waiting"]) == ("-50000", "50000", "0")
    assert (request["request"], request["shares"], request["waiting"]) == ("1", "-20000", "20000")
    # all shares are its own, those that wait as well; those that have left have no part any more
    assert Decimal(slashed["part"]) == pytest.approx(-10_000)
    assert Decimal(redemption["metis"]) == pytest.approx(16_000)
    assert redemption["waiting"] == "-20000"
    assert Decimal(refund["part"]) == pytest.approx(3_000)
    assert (claimed["request"], claimed["case"]) == ("1", str(left))
    assert Decimal(claimed["metis"]) == pytest.approx(2_000)
    assert slashed["price_of_deposits"] == "1"
    assert Decimal(slashed["price_of_redemptions"]) == pytest.approx(Decimal("0.8"))
    assert Decimal(refund["price_of_redemptions"]) == pytest.approx(Decimal("0.9"))
    assert sums["all paid in"] == -50_000
    assert sums["all paid out"] == pytest.approx(18_000)
    assert sums["worth of shares"] == pytest.approx(27_000)
    assert (sums["worth of requests"], sums["refunds to claim"]) == (0, 0)


def test_export_knows_what_others_did(suite, script, cast, vault, holder, tmp_path):
    """Deposits of others, shares that were sent, and requests for another."""
    other = named_account("depositor2")
    vault.transfer(other, 1_000 * METIS, sender=holder)
    # shares that are sent to the vault itself are no request
    vault.transfer(vault, 100 * METIS, sender=holder)
    vault.setOperator(other, True, sender=holder)
    vault.requestRedeem(500 * METIS, other, holder, sender=other)
    vault.requestRedeem(200 * METIS, holder, holder, sender=holder)
    suite.metis.approve(vault, 300 * METIS, sender=holder)
    vault.deposit(300 * METIS, other, sender=holder)
    _, rows, sums = exported(script, tmp_path, "depositor2")
    assert [(row["what"], row["metis"], row["shares"], row["waiting"]) for row in rows] == [
        ("shares received", "0", "1000", "0"),
        ("request", "0", "0", "500"),
        ("deposit", "0", "300", "0"),
    ]
    assert {row["with"] for row in rows} == {holder.address}
    assert (sums["worth of shares"], sums["worth of requests"]) == (1_300, 500)
    _, rows, _ = exported(script, tmp_path, "depositor1")
    assert [(row["what"], row["shares"], row["waiting"]) for row in rows] == [
        ("deposit", "50000", "0"),
        ("shares sent", "-1000", "0"),
        ("shares sent", "-100", "0"),
        ("request", "-500", "0"),
        ("request", "-200", "200"),
    ]


def test_export_of_nobody(script, vault, tmp_path):
    _, rows, sums = exported(script, tmp_path, "stranger")
    assert rows == []
    assert set(sums.values()) == {0}
    error = script.fails("stake", "export", "--out", tmp_path / "statement.csv")
    assert error.startswith("no account: name one with --account")
