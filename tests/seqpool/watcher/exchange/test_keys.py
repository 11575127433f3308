"""Keys: what they sign is right, what they are asked is no secret, and what they know stays so."""

import asyncio
import json
import logging

import pytest
from eth_account import Account
from eth_utils import keccak

from seqpool.errors import UserError
from seqpool.protocol.certificates import recover
from seqpool.protocol.messages import digest
from seqpool.watcher.exchange.keys import JSON_RPC, REST, KeySettings, SigningFailed, open_signer
from tests.seqpool.watcher.ballots import offence, stall
from tests.seqpool.watcher.streams import DOMAIN, keys
from tests.seqpool.watcher.web3signer import Web3Signer

ACCOUNT, OTHER = keys(2)
CHAIN = DOMAIN.chainId
LEGACY = {
    "chainId": CHAIN,
    "nonce": 3,
    "to": OTHER.address,
    "value": 2,
    "data": "0x" + "ab" * 40,
    "gas": 100_000,
    "gasPrice": 7,
}
MODERN = {key: value for key, value in LEGACY.items() if key != "gasPrice"} | {
    "type": 2,
    "maxFeePerGas": 9,
    "maxPriorityFeePerGas": 1,
}
PASSWORD = "correct horse"


@pytest.fixture
def keystore(tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(Account.encrypt(ACCOUNT.key, PASSWORD, iterations=2)))
    return path


def open_local(**settings):
    environ = settings.pop("environ", {"SEQPOOL_PASSWORD": PASSWORD})
    return asyncio.run(open_signer(KeySettings(**settings), environ))


def with_remote(act, api=REST, address=ACCOUNT.address, **settings):
    """What `act(signer, server)` returns."""

    async def run():
        server = Web3Signer([OTHER, ACCOUNT])
        url = await server.start()
        signer = None
        try:
            given = {"timeout": 1, "attempts": 2} | settings
            signer = await open_signer(KeySettings(remote=url, address=address, api=api, **given))
            return await act(signer, server)
        finally:
            if signer:
                await signer.close()
            await server.stop()

    return asyncio.run(run())


async def check_signer(signer, *_):
    """It signs messages, and transactions of both kinds, as the account itself does."""
    for message in (stall(), offence(b"proof")):
        signature = await signer.sign(message)
        assert recover(digest(message), signature) == ACCOUNT.address
    for fields in (LEGACY, MODERN):
        raw = await signer.sign_transaction(fields)
        assert raw == ACCOUNT.sign_transaction(fields).raw_transaction
        assert Account.recover_transaction(raw) == ACCOUNT.address


def test_a_keystore_signs(keystore):
    asyncio.run(check_signer(open_local(keystore=keystore)))


def test_an_account_of_apes_signs(tmp_path, keystore):
    folder = tmp_path / "accounts"
    folder.mkdir()
    keystore.rename(folder / "operator.json")
    environ = {"APE_DATA_FOLDER": str(tmp_path), "P": PASSWORD}
    signer = open_local(ape_account="operator", password_env="P", environ=environ)
    asyncio.run(check_signer(signer))
    for name in ("nobody", "../accounts/operator"):
        with pytest.raises(UserError, match="no account"):
            open_local(ape_account=name, environ=environ)


@pytest.mark.parametrize("api", [REST, JSON_RPC])
def test_a_remote_signer_signs(api):
    with_remote(check_signer, api)


def test_one_place_of_the_key_is_wanted(keystore):
    for settings in ({}, {"keystore": keystore, "ape_account": "operator"}):
        with pytest.raises(UserError, match="give one of"):
            open_local(**settings)
    with pytest.raises(UserError, match="give the address"):
        open_local(remote="http://localhost")
    with pytest.raises(UserError, match="api is"):
        open_local(remote="http://localhost", address=ACCOUNT.address, api="soap")


def test_a_keystore_that_does_not_open(tmp_path, keystore):
    with pytest.raises(UserError, match="set SEQPOOL_PASSWORD in the environment"):
        open_local(keystore=keystore, environ={})
    with pytest.raises(UserError, match="the password in SEQPOOL_PASSWORD does not open it"):
        open_local(keystore=keystore, environ={"SEQPOOL_PASSWORD": "wrong"})
    with pytest.raises(UserError, match=f"the key of {ACCOUNT.address}"):
        open_local(keystore=keystore, address=OTHER.address)
    with pytest.raises(UserError, match="no keystore file"):
        open_local(keystore=tmp_path / "none.json")
    keystore.write_text("[]")
    with pytest.raises(UserError, match="this is no keystore"):
        open_local(keystore=keystore)


@pytest.mark.parametrize("api", [REST, JSON_RPC])
def test_a_remote_signer_without_the_key(api):
    async def act(signer, server): ...

    stranger = keys(3)[2].address
    with pytest.raises(UserError, match=f"has no key of {stranger}"):
        with_remote(act, api, address=stranger)


@pytest.mark.parametrize("api", [REST, JSON_RPC])
def test_another_key_is_noticed(api):
    async def act(signer, server):
        server.liar = OTHER
        with pytest.raises(SigningFailed, match="another key or message"):
            await signer.sign(stall())
        for fields in (LEGACY, MODERN):
            with pytest.raises(SigningFailed, match="another key or message"):
                await signer.sign_transaction(fields)

    with_remote(act, api)


def test_another_chain_is_noticed():
    async def act(signer, server):
        server._chain_id = 1
        for fields in (LEGACY, MODERN):
            with pytest.raises(SigningFailed, match="another"):
                await signer.sign_transaction(fields)

    with_remote(act, JSON_RPC)


@pytest.mark.parametrize("api", [REST, JSON_RPC])
@pytest.mark.parametrize(
    "answer", ["", "0x", "0x1234", "zz", "{}", '{"result": 5}', "0x" + "ff" * 65, "0" * 300_000]
)
def test_nonsense_is_refused(api, answer):
    async def act(signer, server):
        server.answer = answer
        with pytest.raises(SigningFailed):
            await signer.sign(stall())
        with pytest.raises(SigningFailed):
            await signer.sign_transaction(MODERN)

    with_remote(act, api, attempts=1)


def test_the_reason_of_a_refusal_is_told():
    async def act(signer, server):
        signer.address = keys(3)[2].address
        with pytest.raises(SigningFailed, match="No unlocked account matches the Sender"):
            await signer.sign(stall())

    with_remote(act, JSON_RPC)


def test_a_remote_signer_is_asked_again():
    async def act(signer, server):
        server.fails = 1
        await signer.sign(stall())
        server.fails, server.requests = 2, []
        with pytest.raises(SigningFailed, match="does not answer: status 500"):
            await signer.sign(stall())
        assert len(server.requests) == 2

    with_remote(act)


def test_a_slow_remote_signer_is_given_up():
    async def act(signer, server):
        server.delay = 0.5
        with pytest.raises(SigningFailed, match=r"no answer in 0\.2 s"):
            await signer.sign(stall())

    with_remote(act, timeout=0.2, attempts=1)


def test_no_remote_signer_at_all():
    with pytest.raises(UserError, match="does not answer"):
        open_local(remote="http://127.0.0.1:9", address=ACCOUNT.address, attempts=1)


def test_what_is_no_transaction_is_refused(keystore):
    signer = open_local(keystore=keystore)
    with pytest.raises(SigningFailed, match="this is no transaction"):
        asyncio.run(signer.sign_transaction({"to": "nobody"}))


def test_secrets_stay_secret(keystore, caplog):
    """Neither the key, nor the password, nor what is secret in a URL."""
    caplog.set_level(logging.DEBUG)
    said = []
    signer = open_local(keystore=keystore)
    said.append(repr(signer) + str(vars(signer)["address"]))
    for password in ("wrong horse", PASSWORD):
        try:
            open_local(keystore=keystore, address=OTHER.address, environ={"P": password})
        except UserError as error:
            said.append(repr(error))
    try:
        open_local(remote="http://me:hidden@127.0.0.1:9/?t=hidden", address=ACCOUNT.address)
    except UserError as error:
        said.append(repr(error))
    text = " ".join(said) + caplog.text
    for secret in (ACCOUNT.key.hex(), "horse", "hidden", keccak(ACCOUNT.key).hex()):
        assert secret not in text
