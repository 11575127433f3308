"""A SequencerSet on a test chain, and committees whose keys are known."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import boa
from eip712.messages import EIP712Domain, EIP712Message
from eth_account import Account
from eth_utils import keccak

from seqpool.protocol import draw as draws
from seqpool.protocol.certificates import Certificate
from seqpool.protocol.committee import Member, committee_hash, word
from seqpool.protocol.messages import Correction, Reason, Reelection, as_struct, set_domain
from seqpool.protocol.signatures import sign
from tests.utils.isolation import undone

METIS = 10**18
ZERO = "0x" + 40 * "0"
# Launch values, but for epochs so short that tests see their ends.
TERMS = {"epoch_length": 20, "block_timeout": 60, "fallback_delay": 7_200}
# Any four of them are two thirds, and the first three as well.
POWERS = tuple(power * METIS for power in (30_000, 25_000, 20_000, 15_000, 10_000))
# enough for any call that the messenger delivers
CALL_GAS = 1_000_000


class Epoch(NamedTuple):
    """ISequencerSet.Epoch."""

    signer: str
    start_block: int
    end_block: int


class Committee:
    """What L1 sends, and the keys of its members; `first_key` 1 has the keys 1, 2, ..."""

    def __init__(
        self,
        powers: Sequence[int] = POWERS,
        nonce: int = 1,
        seed: bytes | None = None,
        first_key: int = 1,
    ):
        self.nonce = nonce
        self.seed = seed or keccak(text=f"seed {nonce}")
        self.keys = [
            Account.from_key((first_key + i).to_bytes(32, "big")) for i in range(len(powers))
        ]
        self.powers = list(powers)
        self.members = [
            word(Member(power, key.address)) for power, key in zip(powers, self.keys, strict=True)
        ]

    @property
    def signers(self) -> list[str]:
        return [key.address for key in self.keys]

    @property
    def hash(self) -> bytes:
        return committee_hash(self.nonce, self.members)

    def certify(self, message: EIP712Message, places: Iterable[int] | None = None) -> Certificate:
        """Signed by exactly these members, of all if none are named."""
        places = sorted(range(len(self.keys)) if places is None else places)
        return Certificate(
            self.members,
            sum(1 << place for place in places),
            [sign(self.keys[place], message) for place in places],
        )

    def draw(self, epoch: int, round: int = 0, left_out: Collection[str] = ()) -> str:
        return draws.draw(self.members, self.seed, epoch, round, left_out)

    def successor(
        self, epoch: int, round: int, in_charge: str, barred: Collection[str] = ()
    ) -> str:
        return draws.successor(self.members, self.seed, epoch, round, in_charge, barred)


def changed(message: EIP712Message, domain: EIP712Domain, **changes) -> EIP712Message:
    """The same message but for some fields, in a domain which may be another."""
    names = [name for name in type(message).model_fields if name != "eip712_domain"]
    fields = {name: getattr(message, name) for name in names} | changes
    return type(message)(eip712_domain=domain, **fields)


class Epochs:
    """Deploys a SequencerSet and its messenger. An ordinary account stands for the relay."""

    def __init__(self, project, accounts, chain):
        self.project, self.chain = project, chain
        self.is_eth_tester = chain.provider.name == "test"
        self._stall = (b"", 0)
        self.deployer, self.relay, self.fallback_sequencer, self.stranger = (
            accounts[i] for i in range(4)
        )
        self.messenger = self.deployer.deploy(project.LocalMessenger)
        self.set = self.deploy()
        self.committee = Committee()

    def deploy(self, **changes):
        """A SequencerSet; `changes` replace constructor arguments."""
        arguments = {
            "messenger": self.messenger,
            "relay": self.relay,
            **TERMS,
            "fallback_sequencer": self.fallback_sequencer,
        } | changes
        return self.deployer.deploy(
            self.project.SequencerSet,
            arguments.pop("messenger"),
            arguments.pop("relay"),
            tuple(arguments.values()),
        )

    # blocks and time

    @property
    def head(self) -> int:
        """The number of the last block; a transaction comes into the next."""
        return self.chain.blocks.head.number

    @property
    def now(self) -> int:
        """The second of the last block."""
        return self.chain.blocks.head.timestamp

    def at(self, timestamp: int):
        """The next block but one is of this second, and the next, of the second before, is mined:
        eth-tester cannot travel without, and so anvil does the same."""
        start = self.head
        if not self.is_eth_tester:
            self.chain.pending_timestamp = timestamp - 1
            self.chain.mine()
        self.chain.pending_timestamp = timestamp
        assert self.head == start + 1

    def aside(self):
        """Undoes what is done in it. Unlike `isolated` it does not want the pending second back,
        for which eth-tester has to mine a block, or refuses to."""
        return undone(self.chain)

    def mine_to(self, block_number: int):
        """The last block has this number."""
        assert block_number >= self.head
        if block_number > self.head:
            self.chain.mine(block_number - self.head)

    def stall(self, rounds: int = 1, extra: int = 0, block_number: int | None = None):
        """The next block, which may be given, comes so many timeouts, and seconds more, after what
        a `reelection` made now calls the last."""
        if block_number is None:
            # the last block may be older than that, when it is from before the test
            self.chain.mine()
        else:
            self.mine_to(block_number - 2)
        last_at = self.now
        self.at(last_at + rounds * TERMS["block_timeout"] + extra)
        self._stall = self.chain.blocks.head.hash, last_at

    @property
    def last_at(self) -> int:
        """When the last block came, as the members saw it."""
        stalled_after, last_at = self._stall
        head = self.chain.blocks.head
        # by hash: another test may be at the same height
        return last_at if head.hash == stalled_after else head.timestamp

    # the relay

    def send(self, data: bytes, sender=None):
        """Sends a call to the SequencerSet over the messenger, by default as the relay."""
        return self.messenger.sendMessageViaChainId(
            self.chain.chain_id, self.set, data, CALL_GAS, sender=sender or self.relay
        )

    def install_data(self, committee: Committee) -> bytes:
        return self.set.install_committee.encode_input(
            committee.nonce, committee.hash, committee.seed
        )

    def install(self, committee: Committee | None = None, sender=None):
        """Installs a committee, by default `self.committee`."""
        return self.send(self.install_data(committee or self.committee), sender)

    def apply_data(self, name: str, value, number: int | None = None) -> bytes:
        """A call of a setter, by default with the next number."""
        data = getattr(self.set, name).encode_input(value)
        number = self.set.call_count() + 1 if number is None else number
        return self.set.apply_call.encode_input(number, data)

    def apply(self, name: str, value, number: int | None = None, sender=None):
        return self.send(self.apply_data(name, value, number), sender)

    # epochs

    def view(self, name: str, *arguments):
        """Asks the SequencerSet. With a sender eth-tester takes half the time."""
        return getattr(self.set, name)(*arguments, sender=self.stranger)

    def commit(self, committee: Committee | None = None, sender=None):
        members = (committee or self.committee).members
        return self.set.commit_epoch(members, sender=sender or self.stranger)

    def begin(self, committee: Committee | None = None):
        """Installs a committee and commits its first epoch."""
        self.install(committee)
        return self.commit(committee)

    def epoch(self, id: int) -> Epoch:
        return Epoch(*self.view("epochs", id))

    def all_epochs(self) -> list[Epoch]:
        return [self.epoch(id) for id in range(self.view("last_epoch") + 1)]

    def present(self) -> tuple[int, str | None]:
        """The epoch that contains the next block, and its signer; in a gap the next one's id."""
        for id in range(self.view("last_epoch"), -1, -1):
            epoch = self.epoch(id)
            if epoch.start_block <= self.head + 1 <= epoch.end_block:
                return id, epoch.signer
        return self.view("last_epoch") + 1, None

    def barred(self, committee: Committee | None = None) -> set[str]:
        return {x for x in (committee or self.committee).signers if self.view("is_barred", x)}

    def successor(self, round: int = 1, committee: Committee | None = None) -> str:
        """Who takes over by a re-election in the next block; in round 0, who is in charge."""
        committee = committee or self.committee
        id, signer = self.present()
        if signer is not None and round == 0:
            return signer
        barred = self.barred(committee)
        return committee.successor(id, round, signer or committee.draw(id, 0, barred), barred)

    # messages

    @property
    def domain(self) -> EIP712Domain:
        return set_domain(self.chain.chain_id, self.set.address)

    def reelection(
        self, round: int = 1, committee: Committee | None = None, **changes
    ) -> Reelection:
        """The one that is right in the next block, after a `stall` of so many rounds."""
        committee = committee or self.committee
        fields = {
            "committeeNonce": committee.nonce,
            "epoch": self.present()[0],
            "round": round,
            "lastBlock": self.head,
            "lastBlockTimestamp": self.last_at,
            "reason": Reason.TIMEOUT,
        } | changes
        if "failed" not in fields:
            fields["failed"] = self.successor(round - 1, committee)
        return Reelection(eip712_domain=self.domain, **fields)

    def correction(self, signer: str, committee: Committee | None = None, **changes) -> Correction:
        """The one that lifts a signer's bar."""
        epoch, block_number = self.view("bar_of", signer)
        fields = {
            "committeeNonce": (committee or self.committee).nonce,
            "epoch": epoch,
            "blockNumber": block_number,
            "blockHash": keccak(text="right block"),
            "signer": signer,
        } | changes
        return Correction(eip712_domain=self.domain, **fields)

    # votes

    def reelect(self, message: Reelection, certificate: Certificate | None = None, sender=None):
        """By default all members of `self.committee` have signed."""
        certificate = certificate or self.committee.certify(message)
        return self.set.reelect(as_struct(message), certificate, sender=sender or self.stranger)

    def correct(self, message: Correction, certificate: Certificate | None = None, sender=None):
        certificate = certificate or self.committee.certify(message)
        return self.set.correct(as_struct(message), certificate, sender=sender or self.stranger)

    def replace(self, rounds: int = 1, committee: Committee | None = None, **changes):
        """A stall of so many rounds, and the re-election that ends it."""
        self.stall(rounds)
        message = self.reelection(rounds, committee, **changes)
        return self.reelect(message, (committee or self.committee).certify(message))

    def bar(self, committee: Committee | None = None, **changes) -> str:
        """Replaces the signer in charge, at once, for a wrong block; returns it."""
        message = self.reelection(
            committee=committee, **({"reason": Reason.INVALID_EXECUTION} | changes)
        )
        self.reelect(message, (committee or self.committee).certify(message))
        return message.failed

    def install_barred(self) -> Committee:
        """A committee all of whose members are barred. It takes three, for a re-election needs
        somebody to elect; the epoch that runs is of none of them."""
        two = Committee([METIS, METIS], nonce=1)
        three = Committee([METIS, METIS, METIS], nonce=2)
        self.begin(two)
        first = self.bar(two)
        self.install(three)
        assert {first, self.bar(three)} == set(two.signers)
        last = Committee([METIS, METIS], nonce=3)
        self.install(last)
        return last

    # what a revert must leave as it was

    def state(self, *signers: str) -> tuple:
        """What shows each change: of epochs, the committee, and these signers."""
        last = self.view("last_epoch")
        return (
            last,
            self.epoch(last),
            self.view("alive_at"),
            self.view("committee"),
            [(self.view("bar_of", x), self.view("reelections", x)) for x in signers],
        )


class Registry:
    """A SequencerSet on titanoboa, where many transactions can share a block, and where the time of
    each is exact. Terms and committees as above."""

    def __init__(self):
        self.relay, self.fallback_sequencer = (boa.env.generate_address() for _ in range(2))
        self.messenger = boa.load("contracts/LocalMessenger.vy")
        self.set = boa.load(
            "contracts/SequencerSet.vy",
            self.messenger.address,
            self.relay,
            (*TERMS.values(), self.fallback_sequencer),
        )
        self.chain_id = self.set.eip712Domain()[3]

    @property
    def block(self) -> int:
        """The number of the block in which the next transaction is."""
        return boa.env.evm.patch.block_number

    @property
    def now(self) -> int:
        return boa.env.evm.patch.timestamp

    def mine(self, blocks: int = 1, seconds: int = 2):
        """Goes on to a later block."""
        boa.env.evm.patch.block_number += blocks
        boa.env.evm.patch.timestamp += seconds

    def install(self, committee: Committee):
        data = self.set.install_committee.prepare_calldata(
            committee.nonce, committee.hash, committee.seed
        )
        self.messenger.sendMessageViaChainId(
            self.chain_id, self.set.address, data, CALL_GAS, sender=self.relay
        )

    def commit(self, committee: Committee) -> int:
        return self.set.commit_epoch(committee.members)

    def epoch(self, id: int) -> Epoch:
        return Epoch(*self.set.epochs(id))

    def present(self) -> tuple[int, str | None]:
        """The epoch that contains this block, and its signer; in a gap the next one's id."""
        for id in range(self.set.last_epoch(), -1, -1):
            epoch = self.epoch(id)
            if epoch.start_block <= self.block <= epoch.end_block:
                return id, epoch.signer
        return self.set.last_epoch() + 1, None

    def successor(self, committee: Committee, round: int) -> str:
        """Who takes over; in round 0, who is in charge."""
        id, signer = self.present()
        barred = {x for x in committee.signers if self.set.is_barred(x)}
        return committee.successor(id, round, signer or committee.draw(id, 0, barred), barred)

    def reelection(self, committee: Committee, round: int = 1, **changes) -> Reelection:
        """The one that is right in this block, so many timeouts after what it calls the last."""
        fields = {
            "committeeNonce": committee.nonce,
            "epoch": self.present()[0],
            "round": round,
            "lastBlock": self.block - 1,
            "lastBlockTimestamp": self.now - round * TERMS["block_timeout"],
            "reason": Reason.TIMEOUT,
        } | changes
        if "failed" not in fields:
            fields["failed"] = self.successor(committee, round - 1)
        domain = set_domain(self.chain_id, str(self.set.address))
        return Reelection(eip712_domain=domain, **fields)

    def vote(self, committee: Committee, message: Reelection) -> int:
        """All members sign; returns the epoch."""
        return self.set.reelect(as_struct(message), committee.certify(message))

    def reelect(self, committee: Committee, round: int = 1, **changes) -> int:
        return self.vote(committee, self.reelection(committee, round, **changes))
