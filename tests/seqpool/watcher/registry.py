"""A real SequencerSet on a node, and people whose keys are known."""

from eth_utils import to_checksum_address

from seqpool.protocol.committee import Member, committee_hash, word
from seqpool.watcher.chain.contracts import L2Reader
from tests.seqpool.watcher.fleet import SEED
from tests.seqpool.watcher.nodes import transact
from tests.seqpool.watcher.streams import METIS, keys

MESSENGER, RELAY, FALLBACK = (to_checksum_address("0x" + x * 20) for x in ("4d", "4e", "fa"))
LENGTH, TIMEOUT, DELAY = 20, 60, 7_200
PEOPLE = keys(5)
MEMBERS = [word(Member((n + 2) * 10_000 * METIS, x.address)) for n, x in enumerate(PEOPLE)]


def send(url: str, l2: L2Reader, name: str, *arguments) -> None:
    data = "0x" + l2.sequencer_set.abi.call(name, *arguments).hex()
    receipt = transact(url, **{"from": MESSENGER, "to": l2.sequencer_set.address, "data": data})
    assert receipt["status"] == "0x1"


def install(url: str, l2: L2Reader) -> None:
    send(url, l2, "install_committee", 1, committee_hash(1, MEMBERS), SEED)
