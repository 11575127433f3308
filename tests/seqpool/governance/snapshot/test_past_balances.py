"""Past balances on real nodes: eth-tester in this process, and anvil."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import ape
import pytest
import requests
import vyper
from eth_abi import encode
from eth_utils import keccak, to_checksum_address

from seqpool.chain.accounts import named_account
from seqpool.chain.anvil import own_chain, running_node
from seqpool.chain.archive import ArchiveCall, HttpNode, ProviderNode, node_of
from seqpool.chain.http_rpc import HttpRpc, ask
from seqpool.chain.jsonrpc import HEADERS, RpcError
from seqpool.chain.ports import free_port
from seqpool.devnet import ballot_box
from seqpool.errors import UserError
from seqpool.governance.snapshot.count import count
from seqpool.governance.snapshot.envelopes import VoteFault, sign_envelope
from seqpool.governance.snapshot.messages import proposal_message
from seqpool.governance.snapshot.past_balances import (
    Cache,
    TokenSnapshot,
    find_block,
    read_balances,
)
from seqpool.governance.snapshot.result import FOR, Criteria, Expected
from seqpool.governance.snapshot.types import PROPOSAL
from tests.seqpool.watcher.nodes import transact
from tests.utils.system import METIS

# An EIP-1271 wallet of one owner, who may make its answer cost all gas there is.
WALLET = """
# pragma version 0.4.3
# pragma evm-version london
owner: address
burns: bool

@deploy
def __init__(owner: address):
    self.owner = owner

@external
def change(owner: address):
    self.owner = owner

@external
def burn():
    self.burns = True

@external
@view
def isValidSignature(hash: bytes32, sig: Bytes[65]) -> bytes4:
    if self.burns:
        for n: uint256 in range(max_value(uint256)):
            pass
    r: bytes32 = extract32(sig, 0)
    s: bytes32 = extract32(sig, 32)
    v: uint256 = convert(slice(sig, 64, 1), uint256)
    assert ecrecover(hash, v, convert(r, uint256), convert(s, uint256)) == self.owner, "no"
    return 0x1626ba7e
"""
PEOPLE = ballot_box.wallets(10, "balances")
NAMES = [person.address for person in PEOPLE]


MAGIC = bytes.fromhex("1626ba7e").ljust(32, b"\0")


def is_valid(owner):
    """The question to a contract wallet, with a signature of its owner."""
    digest = bytes(32)
    sig = owner.unsafe_sign_hash(digest).signature
    selector = keccak(text="isValidSignature(bytes32,bytes)")[:4]
    return selector + encode(["bytes32", "bytes"], [digest, sig])


def wallet_code():
    return vyper.compile_code(WALLET, output_formats=["bytecode"])["bytecode"]


# ---------------------------------------------------------------- eth-tester


@pytest.fixture
def metis(project):
    return project.MockMETIS.deploy(sender=named_account("deployer"))


@pytest.fixture
def node():
    return node_of(ape.networks.provider, batch=4)


def moment_of(metis, block=None):
    provider = ape.networks.provider
    return TokenSnapshot(
        provider.chain_id, metis.address, block or provider.get_block("latest").number
    )


def balances(node, moment, people=NAMES, path=None):
    block = find_block(node, moment)
    return read_balances(node, moment, people, Cache(moment, block.hash, path))


def test_a_provider_of_ape_is_a_node(node):
    assert isinstance(node, ProviderNode)
    latest = ape.networks.provider.get_block("latest")
    assert node.latest() == latest.number
    assert node.block(latest.number).timestamp == latest.timestamp
    assert node.block(latest.number + 1) is None


def test_reverts_are_answers(metis, node):
    calls = [
        ArchiveCall(metis.address, b"\xff" * 4),
        ArchiveCall(metis.address, keccak(text="decimals()")[:4]),
    ]
    assert node.read(calls, moment_of(metis).block) == [None, (18).to_bytes(32, "big")]


def test_balances_are_of_the_block(metis, node):
    owner = named_account("deployer")
    for n, person in enumerate(NAMES):
        metis.mint(person, n * METIS, sender=owner)
    moment = moment_of(metis)
    metis.mint(NAMES[0], METIS, sender=owner)
    assert balances(node, moment) == {person: n * METIS for n, person in enumerate(NAMES)}
    assert balances(node, moment_of(metis))[NAMES[0]] == METIS


def test_wrong_block(metis, node):
    moment = moment_of(metis)
    with pytest.raises(UserError, match=f"no block {moment.block + 1} of chain {moment.chain_id}"):
        balances(node, moment._replace(block=moment.block + 1))


def test_wrong_chain(metis, node):
    with pytest.raises(UserError, match=r"the node is of chain \d+, not 1$"):
        balances(node, moment_of(metis)._replace(chain_id=1))


def test_block_before_the_token(metis, node):
    with pytest.raises(UserError, match=f"no token {metis.address} at block"):
        balances(node, moment_of(metis, metis.creation_metadata.block - 1))


def deploy_wallet(owner):
    provider, sender = ape.networks.provider, named_account("deployer")
    code = wallet_code() + encode(["address"], [owner]).hex()
    transaction = provider.network.ecosystem.create_transaction(data=code)
    return ape.Contract(
        sender.call(transaction).contract_address,
        abi=vyper.compile_code(WALLET, output_formats=["abi"])["abi"],
    )


def test_a_vote_with_wallets_on_a_chain(metis, node):
    """Of contract wallets and plain ones; what changes after the snapshot changes nothing."""
    deployer = named_account("deployer")
    good, bad = (deploy_wallet(PEOPLE[n].address) for n in (1, 2))
    for voter in (NAMES[0], good, bad):
        metis.mint(voter, METIS, sender=deployer)
    moment = moment_of(metis)
    start = ape.networks.provider.get_block("latest").timestamp
    good.change(NAMES[9], sender=deployer)
    bad.change(NAMES[9], sender=deployer)

    author = PEOPLE[0]
    proposal = sign_envelope(
        author,
        PROPOSAL,
        proposal_message(
            author.address,
            space="metis.eth",
            title="t",
            body="b",
            discussion="",
            start=start,
            end=start + 100,
            snapshot=moment.block,
            timestamp=start,
        ),
    )

    def vote_of(wallet, signer):
        plain = ballot_box.cast(signer, proposal, FOR)
        message = plain.message | {"from": wallet.address}
        signed = sign_envelope(signer, plain.types, message)
        return type(signed)(wallet.address, signed.sig, signed.domain, signed.types, message)

    votes = [
        ballot_box.cast(author, proposal, FOR),
        vote_of(good, PEOPLE[1]),
        # its owner of later
        vote_of(bad, PEOPLE[9]),
    ]
    expected = Expected(
        moment.chain_id, metis.address, "metis.eth", proposal.digest, start + 100, moment.block
    )
    result = count(ballot_box.export(proposal, votes), expected, Criteria(0, 0, 0), node)
    assert {vote.voter for vote in result.votes} == {author.address, good.address}
    assert [(x.voter, x.fault) for x in result.rejected] == [(bad.address, VoteFault.WRONG_SIGNER)]


# ---------------------------------------------------------------- the cache


def test_cache__goes_on(metis, node, tmp_path):
    moment, path = moment_of(metis), tmp_path / "new" / "cache.json"
    balances(node, moment, NAMES[:6], path)
    asked = []
    read = node.read
    node.read = lambda calls, block: asked.extend(calls) or read(calls, block)
    told = []
    cache = Cache(moment, find_block(node, moment).hash, path)
    assert len(read_balances(node, moment, NAMES, cache, told.append)) == 10
    assert ["0x" + call.data[-20:].hex() for call in asked] == [x.lower() for x in NAMES[6:]]
    assert told == [6, 4]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"block": 1}, r"is of block 1, not \d+: delete it"),
        ({"block_hash": "0x00"}, "is of block_hash 0x00, not 0x.*: delete it"),
        ({"chain_id": 1}, r"is of chain_id 1, not \d+: delete it"),
        ({"token": "0x00"}, "is of token 0x00, not 0x.*: delete it"),
        ({"version": 2}, "is of version 2, not 1: delete it"),
        ({"more": 1}, "this is no cache of balances"),
        ({"balances": []}, "this is no cache of balances"),
        ({"balances": {NAMES[0]: "-1"}}, "this is no cache of balances"),
        ({"balances": {NAMES[0].lower(): "1"}}, "this is no cache of balances"),
    ],
)
def test_cache__of_something_else__is_refused(metis, node, tmp_path, change, why):
    moment, path = moment_of(metis), tmp_path / "cache.json"
    balances(node, moment, NAMES, path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=why):
        balances(node, moment, NAMES, path)


def test_cache__another_moment_is_another_file(tmp_path):
    a = TokenSnapshot(1, NAMES[0], 5)
    names = {
        Cache.path_in(tmp_path, x).name for x in (a, a._replace(block=6), a._replace(chain_id=2))
    }
    assert len(names) == 3
    assert f"balances-1-{NAMES[0]}-5.json" in names


# ---------------------------------------------------------------- anvil, over HTTP


class Proxy:
    """Stands between us and a node: counts what is asked, and fails as it is told to."""

    def __init__(self, url):
        self.asked: list[str] = []  # holders whose balance was asked for and answered
        self.posts = 0
        self.fail = lambda post, calls: None  # what to answer instead
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                proxy.posts += 1
                calls = json.loads(body)
                calls = calls if isinstance(calls, list) else [calls]
                answer = proxy.fail(proxy.posts, calls)
                if answer is None:
                    answer = requests.post(url, data=body, headers=HEADERS, timeout=30).content
                    proxy.asked += [
                        "0x" + call["params"][0]["data"][-40:]
                        for call in calls
                        if call["method"] == "eth_call"
                    ]
                status = answer if isinstance(answer, int) else 200
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"" if isinstance(answer, int) else answer)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v3/secret-key"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def anvil(project):
    """The address of a node, and a moment there at which 600 wallets have some MockMETIS."""
    with running_node(*own_chain(31_337)) as node, HttpRpc(node.url) as rpc:
        deployer = rpc.call("eth_accounts")[0]
        code = project.MockMETIS.contract_type.deployment_bytecode.bytecode
        receipt = transact(node.url, **{"from": deployer, "data": code})
        token = to_checksum_address(receipt["contractAddress"])
        rpc.call("evm_setAutomine", False)
        selector = keccak(text="mint(address,uint256)")[:4]
        mints = [
            selector + encode(["address", "uint256"], [wallet.address, (n + 1) * METIS])
            for n, wallet in enumerate(ballot_box.wallets(600))
        ]
        transaction = {"from": deployer, "to": token, "gas": hex(100_000)}
        # numbered, for the node carries out a batch in any order
        numbered = [
            transaction | {"data": "0x" + data.hex(), "nonce": hex(n)}
            for n, data in enumerate(mints, 1)
        ]
        rpc.call("anvil_setBlockGasLimit", hex(10**9))
        sent = rpc.ask([("eth_sendTransaction", [each]) for each in numbered]).complete()
        assert not any(isinstance(each, RpcError) for each in sent)
        rpc.call("evm_mine")
        rpc.call("evm_setAutomine", True)
        yield node.url, TokenSnapshot(31_337, token, int(rpc.call("eth_blockNumber"), 16))


@pytest.fixture
def moment(anvil):
    return anvil[1]


@pytest.fixture
def proxy(anvil):
    proxy = Proxy(anvil[0])
    yield proxy
    proxy.close()


HOLDERS = [wallet.address for wallet in ballot_box.wallets(600)]


def node_at(proxy, batch=50, attempts=3):
    return HttpNode(proxy.url, batch, attempts, pause=0)


def test_http__600_balances(proxy, moment):
    begun = time.monotonic()
    found = balances(node_at(proxy), moment, HOLDERS)
    print(f"\n600 balances over HTTP in {time.monotonic() - begun:.2f} s")
    assert found == {holder: (n + 1) * METIS for n, holder in enumerate(HOLDERS)}
    # the chain, the block, and 12 batches
    assert proxy.posts == 2 + 12


def test_http__fails_half_way__goes_on(proxy, moment, tmp_path):
    path = tmp_path / "cache.json"
    node = node_at(proxy)
    proxy.fail = lambda post, calls: 503 if post > 2 + 5 else None
    with pytest.raises(UserError) as refused:
        balances(node, moment, HOLDERS, path)
    assert str(refused.value) == (
        "the node 127.0.0.1 failed 3 times: HTTP 503; 250 of 600 balances are read: run it again"
        " to go on"
    )
    assert len(proxy.asked) == 250
    proxy.fail = lambda post, calls: None
    assert len(balances(node, moment, HOLDERS, path)) == 600
    # none twice
    assert sorted(proxy.asked) == sorted(holder.lower() for holder in HOLDERS)


def answer(calls, *parts, **same):
    """What a node says to calls, of which `parts` gives the first ones."""
    answers = [{"jsonrpc": "2.0", "id": call["id"], **same} for call in calls]
    return json.dumps(
        [part | x for part, x in zip(parts, answers, strict=False)] or answers
    ).encode()


ERROR = {"error": {"code": -32005, "message": "limit\nexceeded"}}


@pytest.mark.parametrize(
    "failure",
    [
        lambda calls: 429,
        lambda calls: b"<html>",
        lambda calls: b"{}",
        lambda calls: json.dumps(ERROR).encode(),
        lambda calls: answer(calls, **ERROR),
        lambda calls: b"[]",
        lambda calls: b"[1]",
        lambda calls: b'[{"id": "x", "result": "0x"}]',
        lambda calls: answer(calls[:1], result="0x" + "00" * 31 + "01"),
    ],
)
def test_http__fails_once__is_asked_again(proxy, moment, failure):
    post = 3
    proxy.fail = lambda n, calls: failure(calls) if n == post else None
    found = balances(node_at(proxy), moment, HOLDERS[:10])
    assert list(found) == HOLDERS[:10]
    assert found[HOLDERS[9]] == 10 * METIS
    assert proxy.posts == 4


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (lambda calls: 500, "the node 127.0.0.1 failed 3 times: HTTP 500"),
        (lambda calls: b"", "failed 3 times: no JSON"),
        (lambda calls: b"[]", "failed 3 times: a request without an answer"),
        (lambda calls: b"[1]", "failed 3 times: an answer to no request"),
        (lambda calls: answer(calls, **ERROR), "failed 3 times: limit exceeded;"),
        (lambda calls: answer(calls, result=None), "answers nonsense"),
        (lambda calls: answer(calls, result="0xzz"), "answers nonsense"),
        (lambda calls: answer(calls, result="0x"), "there is no token"),
        (lambda calls: answer(calls, error={"code": 3, "message": "x"}), "there is no token"),
        (
            lambda calls: answer(calls, error={"code": -32000, "message": "missing trie node 12"}),
            "does not know that block's state, an archive node does: missing trie node 12",
        ),
    ],
)
def test_http__fails_for_good__is_said(proxy, moment, failure, why):
    proxy.fail = lambda n, calls: failure(calls) if n > 2 else None
    with pytest.raises(UserError) as refused:
        balances(node_at(proxy), moment, HOLDERS[:10])
    assert why in str(refused.value)
    # addresses of nodes have keys in them
    assert "secret" not in str(refused.value)


def test_http__nobody_there(moment):
    with pytest.raises(UserError, match=r"the node 127.0.0.1 failed 2 times: ConnectionError"):
        balances(HttpNode(f"http://127.0.0.1:{free_port()}", 50, 2, 0), moment)


def test_http__waits_longer_each_time(proxy, moment, monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    proxy.fail = lambda n, calls: 503
    with pytest.raises(UserError):
        HttpNode(proxy.url, 50, 4, pause=0.5).chain_id()
    assert waits == [0.5, 1, 2]


def test_http__wrong_block(proxy, moment):
    with pytest.raises(UserError, match=f"no block {moment.block + 9} of chain 31337: its latest"):
        balances(node_at(proxy), moment._replace(block=moment.block + 9))


def test_http__reverts_are_answers(proxy, moment):
    bad = ArchiveCall(moment.token, b"\xff" * 4)
    good = ArchiveCall(moment.token, keccak(text="decimals()")[:4])
    assert node_at(proxy).read([bad, good], moment.block) == [None, (18).to_bytes(32, "big")]
    assert proxy.posts == 1


def test_http__a_wallet_that_burns_all_gas_is_an_answer(anvil, moment):
    url, _ = anvil
    deployer = ask(url, "eth_accounts")[0]
    code = wallet_code() + encode(["address"], [NAMES[0]]).hex()
    receipt = transact(url, **{"from": deployer, "data": code})
    wallet, block = receipt["contractAddress"], int(receipt["blockNumber"], 16)
    burn = {"from": deployer, "to": wallet, "data": "0x" + keccak(text="burn()")[:4].hex()}
    transact(url, **burn)
    call = ArchiveCall(wallet, is_valid(PEOPLE[0]))
    assert HttpNode(url).read([call], block) == [MAGIC]
    assert HttpNode(url).read([call], block + 1) == [None]


def test_http__as_ape_is_connected(anvil, moment):
    node = node_of(SimpleNamespace(http_uri=anvil[0]))
    assert isinstance(node, HttpNode)
    assert (node.chain_id(), node.latest() >= moment.block) == (31_337, True)
