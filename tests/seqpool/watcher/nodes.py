"""Transactions on a node, and an account that signs them, without ape."""

import time

from eth_account import Account

from seqpool.chain.http_rpc import ask

# who pays for transactions
RICH = f"{0xA11CE:#066x}"


def transact(url: str, **fields) -> dict:
    """The receipt of a transaction of an account that the node has."""
    sent = ask(url, "eth_sendTransaction", {"gas": hex(10_000_000)} | fields)
    for _ in range(400):
        if (receipt := ask(url, "eth_getTransactionReceipt", sent)) is not None:
            return receipt
        time.sleep(0.01)
    raise AssertionError("no block has it")


class Key:
    def __init__(self, secret: str = RICH):
        self.account = Account.from_key(secret)
        self.address = self.account.address

    async def sign_transaction(self, fields: dict) -> bytes:
        return bytes(self.account.sign_transaction(fields).raw_transaction)
