"""Proposals: each case of the rules, from a file and in words."""

import ape
import pytest
from eth_abi import encode
from eth_utils import to_checksum_address

from seqpool.chain.accounts import named_account
from seqpool.deployment.allow_list import Delay, ProposalKind, rows
from seqpool.deployment.deployment_file import GOVERNOR
from seqpool.errors import UserError
from seqpool.governance.case_calls import PARAMETERS, Desk
from seqpool.governance.proposals import CASES, assess, make_acts, read_proposal
from seqpool.governance.view import Act, GovernorView, hash_actions
from seqpool.units import METIS
from tests.utils.documents import table

NEWCOMER = to_checksum_address("0x" + "ab" * 20)
HEAD = "title: Do it\nforum: https://forum.example/t/1\nsummary: |\n  Because.\nactions:\n"
# case => values, what it comes to in words, kind and class of delay
EXAMPLES = {
    "onboard": (
        {"owner": "owner4"},
        "admit owner4 {owner4} as an operator: it may lock 20,000 METIS to 100,000 METIS, once",
    ),
    "offboard": (
        {"id": "2"},
        "offboard sequencer 2 of owner2 {owner2}, now ACTIVE: its 40,000 METIS unbond for 21 days,"
        " and its approval ends",
    ),
    "disapprove": (
        {"owner": "owner1"},
        "withdraw the approval of owner1 {owner1}: stake that is there stays",
    ),
    "pair": (
        {"owner": "owner1", "vault": "lst", "commission": "10 %"},
        "pair owner1 {owner1} with lst {lst}: the operator's commission is 10 %",
    ),
    "unpair": (
        {"owner": "owner1"},
        "end the pairing of owner1 {owner1} with nobody, whose 0 METIS unbond",
    ),
    "parameter": (
        {"name": "min_stake", "value": "25000 METIS"},
        "set min_stake: 20,000 METIS → 25,000 METIS",
    ),
    "penalty": ({"kind": "backlog", "share": "1 %"}, "set the penalty backlog: 0.5 % → 1 %"),
    "slash": (
        {"id": "2", "share": "10 %", "reason": "https://forum.example/why"},
        "slash sequencer 2 of owner2 {owner2} by 10 % of 40,000 METIS: 4,000 METIS as things stand,"
        " into escrow; reason: https://forum.example/why",
    ),
    "confirm": ({"pending": "1"}, "Slasher.confirm(1)"),
    "drop": ({"pending": "1"}, "Slasher.drop(1)"),
    "resolve": ({"case": "1", "refund": "50 %"}, "SlashVault.resolve(1, 5000)"),
    "reinstate": ({"id": "2"}, "reinstate sequencer 2 of owner2 {owner2}, now ACTIVE"),
    "reimburse": (
        {"id": "2", "amount": "12.5 METIS", "reason": "an outage of others"},
        "pay 12.5 METIS to sequencer 2 of owner2 {owner2} from the reserve of 0 METIS; reason: an"
        " outage of others",
    ),
    "reimburse_vault": (
        {"id": "2", "vault": NEWCOMER, "amount": "3 METIS", "reason": "an outage of others"},
        "pay 3 METIS to {newcomer}, the vault of sequencer 2 of owner2 {owner2}, from the reserve"
        " of 0 METIS; reason: an outage of others",
    ),
    "replace": (
        {"module": "treasury", "address": NEWCOMER},
        "announce {newcomer} as the treasury, in 7 d (now treasury {treasury})",
    ),
    "hand_over": (
        {"contract": "StakedMetis", "to": NEWCOMER},
        "offer the StakedMetis to {newcomer}, which has to accept it",
    ),
    "attesters": (
        {"members": ["owner1", "owner2", "owner3"], "threshold": "2"},
        "let 2 of owner1 {owner1}, owner2 {owner2}, owner3 {owner3} attest votes (now 3 of 5)",
    ),
    "allow": (
        {
            "contract": "Timelock",
            "function": "update_delay",
            "kind": "GOVERNANCE",
            "delay": "CUSTODY",
        },
        "let GOVERNANCE proposals call Timelock.update_delay, after 30 d (CUSTODY)",
    ),
    "forbid": (
        {"contract": "SequencerPool", "function": "offboard"},
        "take SequencerPool.offboard off the allow-list: no proposal may call it any more",
    ),
}


@pytest.fixture
def view(community):
    return GovernorView(community.suite, ape.networks.provider)


@pytest.fixture
def desk(view):
    def address(text):
        return text if text.startswith("0x") else named_account(text).address

    return Desk(view, address, is_local=True)


@pytest.fixture
def proposal(desk, tmp_path):
    """Reads a file with this text."""

    def read(text):
        path = tmp_path / "proposal.yaml"
        path.write_text(text)
        return read_proposal(path, desk)

    return read


@pytest.fixture
def error(proposal, tmp_path, monkeypatch):
    """What is wrong with the text of a file."""
    monkeypatch.chdir(tmp_path)

    def fail(text):
        with pytest.raises(UserError) as caught:
            proposal(text)
        line = str(caught.value)
        assert line.startswith("proposal.yaml: ")
        return line.removeprefix("proposal.yaml: ")

    return fail


def names():
    people = ("owner1", "owner2", "owner3", "owner4", "lst", "treasury")
    return {name: named_account(name).address for name in people} | {"newcomer": NEWCOMER}


# ---------------------------------------------------------------- cases


def test_each_case_has_an_example():
    assert EXAMPLES.keys() == CASES.keys()
    for name, (values, _) in EXAMPLES.items():
        assert values.keys() == CASES[name].fields.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_case_in_words(view, desk, name):
    values, words = EXAMPLES[name]
    found = assess(make_acts(desk, name, values), view, desk.wording)
    assert [item.words for item in found.items] == [words.format(**names())]
    is_admission = name in ("onboard", "pair", "unpair")
    kind = ProposalKind.INFRASTRUCTURE if is_admission else ProposalKind.GOVERNANCE
    assert found.kind == kind


def test_every_call_on_the_allow_list_can_be_proposed(view, desk):
    """By some case; and nothing else can."""
    found = set()
    for name, (values, _) in EXAMPLES.items():
        found |= {desk.wording.function(act) for act in make_acts(desk, name, values)}
    for name, value in VALUES.items():
        acts = make_acts(desk, "parameter", {"name": name, "value": value})
        found |= {desk.wording.function(act) for act in acts}
    for module in ("slasher", "distributor", "guardian", "allocator", "treasury", "governor"):
        acts = make_acts(desk, "replace", {"module": module, "address": NEWCOMER})
        found |= {desk.wording.function(act) for act in acts}
    for contract in {row[0] for row in rows()} - {"Timelock"}:
        acts = make_acts(desk, "hand_over", {"contract": contract, "to": NEWCOMER})
        found |= {desk.wording.function(act) for act in acts}
    own = {"permission", "quorum", "wallets", "approval", "proposal_threshold", "attesters"}
    wanted = {f"{contract}.{function}" for contract, function, *_ in rows()}
    wanted |= {f"{GOVERNOR}.set_{name}" for name in own | {"guardian"}}
    assert found == wanted


VALUES = {
    "min_stake": "25000 METIS",
    "cap": "200,000 METIS",
    "max_sequencers": "40",
    "exit_delay": "22 days",
    "cure_period": "8 days",
    "rotation_period": "2 hours",
    "epoch_length": "2,000 blocks",
    "block_timeout": "90 seconds",
    "fallback_delay": "3 hours",
    "fallback_sequencer": "lst",
    "mrr": "15 %",
    "quorum": "60000 METIS",
    "wallets": "600",
    "approval": "75 %",
    "proposal_threshold": "20 METIS",
}


def test_every_parameter_of_the_document_can_be_proposed():
    assert VALUES.keys() == PARAMETERS.keys()
    documented = {row["name"] for row in table("parameters.md", "name | contract")}
    assert documented | {"fallback_sequencer"} == VALUES.keys()


@pytest.mark.parametrize("name", VALUES)
def test_a_parameter_in_words(view, desk, name):
    acts = make_acts(desk, "parameter", {"name": name, "value": VALUES[name]})
    (item,) = assess(acts, view, desk.wording).items
    assert item.words.startswith(f"set {name}")
    assert " → " in item.words
    assert item.refusal is None
    assert item.delay == Delay.PARAMETERS


def test_a_call_that_would_be_refused(view, desk):
    """The reason is that of the contract, and the rest is still read."""
    (item,) = assess(make_acts(desk, "reinstate", {"id": "1"}), view, desk.wording).items
    assert item.refusal == "SequencerPool: wrong state"
    (item,) = assess(make_acts(desk, "offboard", {"id": "99"}), view, desk.wording).items
    assert (item.words, item.refusal) == (
        "SequencerPool.offboard(99)",
        "SequencerPool: unknown sequencer",
    )
    good = make_acts(desk, "onboard", {"owner": "owner4"})
    assert assess(good, view, desk.wording).items[0].refusal is None


def test_a_new_slasher_gets_the_permissions_of_the_old(view, desk):
    acts = make_acts(desk, "replace", {"module": "slasher", "address": NEWCOMER})
    found = assess(acts, view, desk.wording)
    assert found.delay == Delay.CUSTODY
    words = [item.words for item in found.items]
    assert words[0].startswith(f"announce {NEWCOMER} as the slasher, in 61 d (now Slasher)")
    assert f"let GOVERNANCE proposals call {NEWCOMER}.confirm, after 2 d (ORDINARY)" in words
    assert len(words) == 1 + sum(row[0] == "Slasher" for row in rows())
    # nothing is there yet: it has to be deployed before
    assert found.items[1].refusal == "SequencerGovernor: target is no contract"


def test_parts_of_pairings(community, view, desk):
    act = make_acts(desk, "pair", {"owner": "owner1", "vault": "lst", "commission": "10 %"})
    community.decide(act, ProposalKind.INFRASTRUCTURE)
    values = {"owner": "owner1", "vault": NEWCOMER, "commission": "5 %"}
    (again,) = make_acts(desk, "pair", values)
    assert f"(now lst {named_account('lst').address})" in desk.wording.words(again)
    (end,) = make_acts(desk, "unpair", {"owner": "owner1"})
    assert desk.wording.words(end).endswith("whose 0 METIS unbond")
    # the commission stays, for what was earned before
    assert desk.wording.arguments(end)[2] == 1_000


def test_a_case_in_words_when_there_is_one(community, view, desk):
    community.decide(make_acts(desk, "slash", EXAMPLES["slash"][0]))
    (act,) = make_acts(desk, "resolve", {"case": "1", "refund": "50 %"})
    owner = named_account("owner2").address
    assert desk.wording.words(act) == (
        f"refund 50 % of case 1: 2,000 METIS to the owner owner2 {owner}"
    )
    (act,) = make_acts(desk, "resolve", {"case": "1", "refund": "0 %"})
    assert desk.wording.words(act) == "refund nothing of case 1"


# ---------------------------------------------------------------- what is refused


def test_mixed_kinds__are_refused(view, desk):
    acts = [
        *make_acts(desk, "onboard", {"owner": "owner4"}),
        *make_acts(desk, "offboard", {"id": "1"}),
    ]
    with pytest.raises(UserError) as caught:
        assess(acts, view, desk.wording)
    assert str(caught.value) == (
        "mixed kinds: SequencerPool.approve is INFRASTRUCTURE, SequencerPool.offboard is"
        " GOVERNANCE; make two proposals"
    )


def test_a_call_off_the_list__is_refused(community, view, desk):
    act = community.act(community.suite.pool, "pause")
    with pytest.raises(UserError) as caught:
        assess([act], view, desk.wording)
    assert str(caught.value) == (
        "SequencerPool.pause is not on the allow-list: no proposal may call it"
    )
    with pytest.raises(UserError, match="is not on the allow-list"):
        assess([Act(NEWCOMER, b"\1\2\3\4")], view, desk.wording)


def test_too_much__is_refused(view, desk):
    acts = make_acts(desk, "onboard", {"owner": "owner4"}) * 9
    with pytest.raises(UserError, match="9 calls, at most 8 in a proposal"):
        assess(acts, view, desk.wording)
    with pytest.raises(UserError, match="the proposal does nothing"):
        assess([], view, desk.wording)
    long = Act(acts[0].target, acts[0].data + bytes(1_024))
    with pytest.raises(UserError, match="1060 bytes of data, at most 1024"):
        assess([long], view, desk.wording)


def test_data_with_something_hidden_in_it__is_shown_raw(view, desk):
    (act,) = make_acts(desk, "offboard", {"id": "1"})
    for data in (act.data + b"\1", act.data[:-1], act.data[:4]):
        words = desk.wording.words(Act(act.target, data))
        assert words == (
            f"call SequencerPool.offboard with data that cannot be read: 0x{data.hex()}"
        )
    dirty = act.data[:4] + b"\xff" * 12 + bytes(20)
    (approval,) = make_acts(desk, "onboard", {"owner": "owner4"})
    found = desk.wording.words(Act(approval.target, approval.data[:4] + dirty[4:]))
    assert "cannot be read" in found


def test_texts_of_strangers__are_made_harmless(view, desk):
    reason = "\x1b[31mred\n"
    slasher = desk.contract("Slasher")
    act = Act(slasher.address, bytes(slasher.slash_by_governance.encode_input(2, 100, reason)))
    assert desk.wording.words(act).endswith("reason: ?[31mred?")


def test_hash_is_that_of_the_governor(community, view, desk):
    acts = [*make_acts(desk, "onboard", {"owner": "owner4"}), Act(NEWCOMER, b"\1" * 77)]
    found = community.suite.governor.hash_actions([tuple(act) for act in acts])
    assert hash_actions(acts) == bytes(found)


# ---------------------------------------------------------------- the file


def test_a_file(proposal, desk):
    found = proposal(
        HEAD + "  - onboard:\n      owner: owner4\n"
        "  - pair: {owner: owner4, vault: lst, commission: 10 %}\n"
    )
    assert (found.title, found.forum) == ("Do it", "https://forum.example/t/1")
    assert found.summary == "Because."
    assert list(found.acts) == [
        *make_acts(desk, "onboard", {"owner": "owner4"}),
        *make_acts(desk, "pair", {"owner": "owner4", "vault": "lst", "commission": "10 %"}),
    ]


@pytest.mark.parametrize("name", CASES)
def test_each_case_in_a_file(proposal, desk, name):
    values = EXAMPLES[name][0]
    lines = [
        f"      {k}: [{', '.join(v)}]\n" if isinstance(v, list) else f"      {k}: {v!r}\n"
        for k, v in values.items()
    ]
    assert list(proposal(HEAD + f"  - {name}:\n" + "".join(lines)).acts) == make_acts(
        desk, name, values
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file: wanted title, forum, summary, actions"),
        ("- 1", "the file: wanted title, forum, summary, actions"),
        ("title: x", "the file: missing forum, summary, actions"),
        (HEAD + "  - onboard: {owner: owner4}\ntreasury: me", "the file: unknown treasury"),
        (HEAD, "actions: wanted a list of cases"),
        (HEAD + "  onboard: {owner: owner4}", "actions: wanted a list of cases"),
        (HEAD + "  - onboard", "action 1: wanted one case, such as `onboard:`"),
        (
            HEAD + "  - {onboard: {owner: owner4}, offboard: {id: 1}}",
            "action 1: wanted one case, such as `onboard:`",
        ),
        (HEAD + "  - onboard:", "action 1: onboard: wanted owner"),
        (HEAD + "  - onboard: {owner: owner4, id: 3}", "action 1: onboard: unknown id"),
        (HEAD + "  - pair: {owner: owner4}", "action 1: pair: missing vault, commission"),
        (
            HEAD + "  - onboard: {owner: owner4, owner: owner5}",
            "owner stands there twice",
        ),
        (HEAD + "  - onboard: {owner: [owner4]}", "action 1: onboard: owner: wanted one value"),
        (
            HEAD + "  - onboard: {owner: nobody}",
            "action 1: onboard: owner: wanted an address, not the zero address",
        ),
        (
            HEAD + "  - offboard: {id: 0x2}",
            "action 1: offboard: id: wanted a whole number, found '0x2'",
        ),
        (
            HEAD + "  - resolve: {case: 1, refund: 50}",
            "action 1: resolve: refund: bad share: '50' (wanted: a number with at most 2 decimals,"
            " and %)",
        ),
        (
            HEAD + "  - reimburse: {id: 1, amount: 12, reason: x}",
            "action 1: reimburse: amount: wanted an amount such as \"12.5 METIS\", found '12'",
        ),
        (
            HEAD + "  - penalty: {kind: lateness, share: 1 %}",
            "action 1: penalty: kind: wanted one of timeout_maximum, timeout, backlog,"
            " invalid_execution, equivocation, mass_outage, found 'lateness'",
        ),
        (
            HEAD + "  - parameter: {name: exit_delay, value: 25}",
            "action 1: parameter: exit_delay: bad duration: '25' (wanted: a number and seconds,"
            " minutes, hours or days)",
        ),
        (HEAD + "  - &x onboard: {owner: owner4}\n  - *x", "aliases are not read"),
        (HEAD + "  - [", "no YAML (line 6: expected the node content, but found '<stream end>')"),
        ("title: [x]\nforum: x\nsummary: x\nactions: x", "title: wanted is text"),
        (
            HEAD.replace("https://", "") + "  - offboard: {id: 1}",
            "forum: no address of a thread, such as https://...: 'forum.example/t/1'",
        ),
        (
            HEAD.replace("  Because.", "") + "  - offboard: {id: 1}",
            "summary: is empty",
        ),
        (
            HEAD.replace("Do it", "D" * 257) + "  - offboard: {id: 1}",
            "title: 257 characters, at most 256",
        ),
        ("x" * 70_000, "too large for a proposal"),
        ("[" * 20_000, "no YAML"),
    ],
)
def test_a_bad_file__is_refused(error, text, reason):
    assert error(text).startswith(reason)


def test_unknown_case__is_refused(error):
    assert error(HEAD + "  - enrich: {me: now}").startswith("action 1: unknown case 'enrich'")


def test_no_file__is_refused(desk, tmp_path):
    with pytest.raises(UserError, match="no proposal file"):
        read_proposal(tmp_path / "none.yaml", desk)


def test_bad_functions__are_refused(desk):
    for values, why in (
        ({"contract": "Slasher", "function": "x"}, "Slasher has no 'x'"),
        ({"contract": NEWCOMER, "function": "x"}, "wanted a signature such as"),
    ):
        with pytest.raises(UserError, match=why):
            make_acts(desk, "forbid", values)
    (act,) = make_acts(desk, "forbid", {"contract": NEWCOMER, "function": "offboard(uint256)"})
    assert desk.wording.words(act).startswith(f"take {NEWCOMER}.offboard off the allow-list")


def test_reason_of_a_slash_is_short(desk):
    values = {"id": "1", "share": "1 %", "reason": "x" * 257}
    with pytest.raises(UserError, match="slash: reason: 257 bytes, at most 256"):
        make_acts(desk, "slash", values)


def test_l2_calls_of_others(view, desk):
    relay = desk.contract("CommitteeRelay")
    data = b"\1\2\3\4" + encode(["uint256"], [METIS])
    act = Act(relay.address, bytes(relay.set_l2.encode_input(data)))
    assert desk.wording.words(act).startswith("call L2 with data that cannot be read: 0x01020304")
