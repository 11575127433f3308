"""State machines: epochs against their model, in any order of calls; I6, I7, I10 and I11."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import ClassVar

from eth_utils import keccak
from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from seqpool.protocol.committee import committee_hash
from tests.stateful.chain import CHAIN_ID, Chain, Receipt, actor, address_of, compiled, keccak_words
from tests.stateful.epochs_chain import (
    MessengerContract,
    SetContract,
    bytes_words,
    domain_separator,
    list_words,
    sign,
    signer,
    vote_words,
)
from tests.stateful.epochs_model import (
    GRACE,
    INVALID_EXECUTION,
    MAX_ROUND,
    NO_COMMITTEE,
    TIMEOUT,
    Certificate,
    Committee,
    Correction,
    Epoch,
    Model,
    Reelection,
    power_of,
    signer_of,
)
from tests.stateful.model import Rejected
from tests.utils.system import HOUR, METIS

# Short epochs, so that many pass.
LAUNCH = {"epoch_length": 10, "block_timeout": 60, "fallback_delay": 2 * HOUR}
STARTED_AT, STARTED_IN = 1_800_000_000, 20_000_000
MAX_S = 57896044618658097711785492504343953926418782139537452191302581570759080747168


# ------------------------------------------------------------ the chain and its people


STRANGER, RELAY = actor("stranger"), actor("relay")
MESSENGER, SET = address_of("messenger"), address_of("sequencer set")
FALLBACKS = [actor(f"fallback sequencer {i}") for i in range(2)]
SIGNERS = [signer(number) for number in range(10)]
OUTSIDER = len(SIGNERS)  # a key in no committee
NAMES = {
    STRANGER: "stranger",
    RELAY: "relay",
    MESSENGER: "messenger",
    **{x: f"fallback {i}" for i, x in enumerate(FALLBACKS)},
    **{x: f"signer {i}" for i, x in enumerate(SIGNERS)},
    signer(OUTSIDER): "outsider",
}


@cache
def deployed() -> tuple[Chain, MessengerContract, SetContract]:
    """Once a process, since each example is undone."""
    chain = Chain(STARTED_AT, STARTED_IN)
    messenger = MessengerContract(chain, compiled("LocalMessenger"), "messenger")
    terms = (*LAUNCH.values(), FALLBACKS[0])
    what = compiled("SequencerSet")
    sequencer_set = SetContract(chain, what, "sequencer set", MESSENGER, RELAY, terms)
    return chain, messenger, sequencer_set


DOMAIN = domain_separator(CHAIN_ID, SET)


# ------------------------------------------------------------ choices

# Of each, the first is the simplest: hypothesis shrinks towards it.
CHOICE = st.integers(0, 99)
RARELY = st.integers(0, 14).map(lambda x: x == 14)
MOSTLY = st.integers(0, 9).map(lambda x: x < 8)
OFFSET = st.sampled_from([0, 1, -1])
SECONDS = st.sampled_from([2, 0, 1, 12, 59, 60, 61, 120, 600, 1_800, HOUR, 2 * HOUR])
BLOCKS = st.sampled_from([1, 2, 3, 9, 10, 11, 20, 25])
# Of committees.
SIZES = st.sampled_from([3, 4, 5, 3, 4, 6, 8, 2, 1])
POWERS = (
    "equal",
    "dominant",
    "strong",
    "uneven",
    "thirds",
    "thirds + 1",
    "thirds - 1",
    "near",
    "far",
)
# How many sign: the least power that is enough, or all; the flaw "below": the most that is not.
ENOUGH = ("enough", "enough", "enough", "all")
MESSAGE_FLAWS = (
    *("reason 0", "reason 3", "last block - 1", "last block + 1", "nonce + 1", "nonce - 1"),
    *("epoch + 1", "epoch - 1", "round + 1", "round - 1", "round + 1, its failed"),
    *("future", "early", "failed", "failed is zero", "failed is in charge", "failed twice"),
    *("previous committee", "newest committee"),
)
CERTIFICATE_FLAWS = (
    *("below", "below", "below", "duplicate", "duplicate", "duplicate", "stranger", "reordered"),
    *("extra", "missing", "high s", "malformed", "malformed too", "bit beyond", "bits only"),
    *("other chain", "other message", "no signatures", "no members", "members reordered"),
    *("other power", "earlier list", "old signatures", "bit moved"),
)
REELECT_FLAWS = st.sampled_from(["none"] * 50 + [*MESSAGE_FLAWS, *CERTIFICATE_FLAWS])
BAR_FLAWS = ("epoch + 1", "block + 1", "block - 1", "other signer", "nonce + 1")
CORRECT_FLAWS = st.sampled_from(["none"] * 30 + [*BAR_FLAWS, *CERTIFICATE_FLAWS])


ACTIONS: dict[str, tuple[int, Callable, st.SearchStrategy]] = {}


def action(weight: int, when: Callable = lambda machine: True, **arguments):
    """What `act` may do, as in test_sequencer_pool.py."""

    def register(method: Callable) -> Callable:
        ACTIONS[method.__name__] = weight, when, st.fixed_dictionaries(arguments)
        return method

    return register


def powers(kind: str, size: int, first: int) -> list[int]:
    """Of a committee's members, in wei."""
    even = [20_000 * METIS] * size
    rest = 20_000 * METIS * (size - 1)
    match kind:
        case "dominant":  # so that redraws are used up
            return [10**6 * METIS if i == first % size else METIS for i in range(size)]
        case "strong":  # so that often the very last redraw decides
            return [16 * (size - 1) * METIS if i == first % size else METIS for i in range(size)]
        case "uneven":
            return [(20 + 13 * i) * 1_000 * METIS + i for i in range(size)]
        case "thirds":  # all others together have exactly two thirds
            return [*even[1:], rest // 2]
        case "thirds + 1":
            return [*even[1:], rest // 2 + 1]
        case "thirds - 1":
            return [*even[1:], max(1, rest // 2) - 1]
        case "near":
            return [*even[1:], even[0] + 1]
        case "far":
            return [*even[1:], even[0] + 2]
        case "none":
            return [0] * size
    return even


def holder(epochs: list[Epoch], block: int) -> int | None:
    """Which epoch a block is in."""
    return next((id for id, x in enumerate(epochs) if x.start <= block <= x.end), None)


def boundaries(epochs: list[Epoch]) -> list[int]:
    return sorted({x + d for epoch in epochs for x in (epoch.start, epoch.end) for d in (-1, 0, 1)})


class EpochsMachine(RuleBasedStateMachine):
    """Each action asks the model what must happen, sends the transaction, and compares."""

    favoured: ClassVar[dict[str, int]] = {}  # action => how many times as likely
    launch_powers: ClassVar[tuple[str, ...]] = ("equal", *POWERS)

    def __init__(self):
        super().__init__()
        self.chain, self.messenger, self.set = deployed()
        self._anchor = self.chain.anchor()
        self._anchor.__enter__()
        self.model = Model(
            messenger=MESSENGER,
            relay=RELAY,
            domain=DOMAIN,
            parameters=LAUNCH,
            fallback_sequencer=FALLBACKS[0],
            clock=(self.chain.now, self.chain.block),
            keccak=keccak_words,
        )
        self.kept: list[tuple] = []  # votes, accepted or not yet given
        self.accepted: set[tuple] = set()  # messages
        self.lively_at = self.model.now  # from events
        self.calls: list[tuple] = []  # of governance, that were applied
        self.is_new = True  # something may have changed since it was compared
        self.steps = 0
        self.is_sound = True  # nothing has disagreed
        self.reached: set[str] = set()  # for --hypothesis-show-statistics

    def teardown(self):
        try:
            if self.is_sound:
                for what in self.reached:
                    event(f"reached: {what}")
                self.compare_all()
        finally:
            self._anchor.__exit__(None, None, None)

    # -------------------------------------------------------- transactions

    def do(self, sender: int, name: str, *args, send: Callable[[], Receipt]) -> bool:
        """Sends a call and checks reason, answer and events against the model's."""
        self.is_sound = False
        model, before = self.model, self.model.epochs
        self.model.epochs = list(before)
        try:
            answer = model.call(name, sender, *args)
            reasons = None
        except Rejected as rejected:
            answer, reasons = None, rejected.reasons
        receipt = send()
        at = f"{model.block - STARTED_IN:>5} {model.now - STARTED_AT:>7}s"
        note(f"{at} {NAMES[sender]}.{name}{self.named(args)}: {receipt.reason or 'ok'}")
        event(f"{name}: {receipt.reason or 'ok'}")
        if reasons:
            assert receipt.reason in reasons, f"{receipt.reason}, not {reasons}"
            return False
        assert receipt.reason is None, receipt.reason
        assert receipt.words == ([] if answer is None else [answer])
        logged = Counter((x.name, *x.args) for x in receipt.events)
        expected = Counter(model.events)
        assert logged == expected, f"logged {logged - expected}, not {expected - logged}"
        self.check_hands(name, args, before)
        if {x.name for x in receipt.events} & {
            *("EpochCommitted", "EpochReelected", "FallbackTaken", "Heartbeat"),
        }:
            self.lively_at = model.now
        if name in ("reelect", "correct"):
            self.check_vote(*args)
            self.compare_conduct(args[0].failed if name == "reelect" else args[0].signer)
        self.is_new = True
        return True

    def named(self, args) -> tuple:
        return tuple(self.named(x) if isinstance(x, tuple) else NAMES.get(x, x) for x in args)

    def send(self, sender: int, name: str, *args, words: list[int]) -> bool:
        return self.do(sender, name, *args, send=lambda: self.set.send(sender, name, *words))

    def send_from_l1(self, sender: int, how: int, name: str, *args, words: list[int]) -> bool:
        """What only the relay may send: as it should be, or (if `how` is 97 or more) not."""
        if how >= 98:  # not through the messenger
            send = lambda: self.set.send(sender, name, *words)  # noqa: E731
            return self.do(sender, name, 0, *args, send=send)
        origin = STRANGER if how == 97 else sender
        data = self.set.calldata(name, *words)
        send = lambda: self.messenger.deliver(origin, self.set, data)  # noqa: E731
        return self.do(MESSENGER, name, origin, *args, send=send)

    def check_hands(self, name: str, args: tuple, before: list[Epoch]):
        """I6: no block that was somebody's becomes another's but by two thirds, by the first
        commit, or by the fallback after its delay; and none that is over."""
        model = self.model
        for block in {model.block, *boundaries(before[-3:]), *boundaries(model.epochs[-3:])}:
            old, new = holder(before, block), holder(model.epochs, block)
            if (old, old and before[old].signer) == (new, new and model.epochs[new].signer):
                continue
            assert block >= model.block, f"block {block} is over"
            if name == "reelect":
                assert self.voted(*args)
            elif name == "fallback":
                late = model.now >= self.lively_at + model.parameters["fallback_delay"]
                hopeless = all(signer_of(x) in model.bars for x in model.installed.members or ())
                assert late or (hopeless and old in (None, 0))
            else:
                assert name == "commit_epoch"
                assert old in (None, 0)

    def voted(self, message: Reelection, certificate: Certificate) -> bool:
        """Whether two thirds have truly signed a message."""
        voters = {x.by for x in certificate.signatures if x.of == (DOMAIN, message) and not x.flaw}
        members = certificate.members
        power = sum(power_of(x) for x in members if signer_of(x) in voters)
        return 3 * power >= 2 * sum(map(power_of, members)) > 0

    def check_vote(self, message: Reelection | Correction, certificate: Certificate):
        """I7, over all functions."""
        assert self.voted(message, certificate)
        assert message not in self.accepted
        self.accepted.add(message)

    def wait(self, blocks: int, seconds: int):
        """A block later, at least: within a block, time stands still."""
        self.model.now += seconds
        self.model.block += blocks
        self.chain.now, self.chain.block = self.model.now, self.model.block

    def wait_for(self, block: int):
        if block > self.model.block:
            self.wait(block - self.model.block, 2 * (block - self.model.block))

    # -------------------------------------------------------- start

    @initialize(
        size=st.sampled_from([4, 3, 5, 8, 0]),
        kind=CHOICE,
        later=MOSTLY,
        commit=MOSTLY,
        history=st.sampled_from([0, 0, 3, 6]),
    )
    def begin(self, size, kind, later, commit, history):
        """A committee and some epochs; or a commit in the very first block, or nothing."""
        if later:
            self.wait(3, 6)
        if size:
            kind = self.launch_powers[kind % len(self.launch_powers)]
            self.install_next([size, 0, kind])
            for _ in range(commit and 1 + history):
                self.commit_right()
                self.wait_for(self.model.epochs[-1].start)
            if commit:
                self.wait(1, 2)

    @rule(data=st.data(), senseless=RARELY)
    def act(self, data, senseless):
        names = [
            name
            for name, (weight, when, _) in ACTIONS.items()
            for _ in range(weight * self.favoured.get(name, 1))
            if senseless or when(self)
        ]
        name = data.draw(st.sampled_from(names))
        getattr(self, name)(**data.draw(ACTIONS[name][2]))

    # -------------------------------------------------------- time

    @action(weight=4, blocks=BLOCKS, seconds=SECONDS)
    def time_passes(self, blocks, seconds):
        self.wait(blocks, seconds)

    @action(weight=3, choice=CHOICE, offset=OFFSET)
    def boundary_comes(self, choice, offset):
        """The block before, of, or after the start or end of an epoch."""
        blocks = [x for epoch in self.model.epochs[-2:] for x in epoch[1:]]
        blocks = sorted(x + offset for x in blocks if self.model.block < x + offset < 2**40)
        if blocks:
            self.wait_for(blocks[choice % len(blocks)])

    @action(weight=3, choice=CHOICE, offset=OFFSET, blocks=st.sampled_from([1, 2, 12]))
    def deadline_comes(self, choice, offset, blocks):
        """To the second before, of, or after the fallback's delay or the committee's grace."""
        model = self.model
        dates = [
            model.alive_at + model.parameters["fallback_delay"] + offset,
            model.installed.at + GRACE + offset,
        ]
        dates = sorted(x for x in dates if x > model.now)
        if dates:
            self.wait(blocks, dates[choice % len(dates)] - model.now)

    # -------------------------------------------------------- committees

    def members(self, size: int, first: int, kind: str) -> tuple[int, ...]:
        of = [SIGNERS[(first + 3 * i) % len(SIGNERS)] for i in range(size)]
        return tuple(
            power << 160 | x for power, x in zip(powers(kind, size, first), of, strict=True)
        )

    def install_next(self, wanted: list, how=0, rise=1, known=True) -> bool:
        model = self.model
        nonce = max(0, model.installed.nonce + rise)
        members = self.members(*wanted)
        hashed = int.from_bytes(committee_hash(nonce, members), "big")
        members, hashed = (members, hashed) if known else (None, hashed ^ 1)
        seed = keccak_words(nonce, model.block)
        words = [nonce, hashed, seed]
        return self.send_from_l1(
            RELAY, how, "install_committee", nonce, hashed, seed, members, words=words
        )

    @action(
        weight=3,
        size=SIZES,
        first=st.integers(0, 9),
        kind=CHOICE,
        rise=st.sampled_from([1, 1, 1, 1, 5, 0, -1, 2**64]),
        how=CHOICE,
        known=st.integers(0, 19).map(lambda x: x < 19),
    )
    def install(self, size, first, kind, rise, how, known):
        kinds = [*self.launch_powers, "none"]
        self.install_next([size, first, kinds[kind % len(kinds)]], how, rise, known)

    @action(weight=2, first=st.integers(0, 9), kind=CHOICE, at_once=st.booleans())
    def install_another(self, first, kind, at_once):
        """With an overlap; in the block of another, or in the next one."""
        if not at_once:
            self.wait(1, 2)
        kind = self.launch_powers[kind % len(self.launch_powers)]
        self.install_next([4, first, kind])

    @action(weight=1, how=CHOICE)
    def install_nobody(self, how):
        self.install_next([0, 0, "equal"], how)

    # -------------------------------------------------------- epochs

    def commit_right(self) -> bool:
        members = self.model.installed.members or ()
        return self.send(STRANGER, "commit_epoch", members, words=[32, *list_words(members)])

    @action(weight=7, patient=MOSTLY, late=st.sampled_from([0, 1, 9, 10, 11]), flaw=CHOICE)
    def commit_epoch(self, patient, late, flaw):
        model = self.model
        if patient and model.is_scheduled:
            self.wait_for(model.epochs[-1].start + late)
        members = self.list_of(model.installed, flaw)
        self.send(STRANGER, "commit_epoch", members, words=[32, *list_words(members)])

    def list_of(self, committee: Committee, flaw: int) -> tuple[int, ...]:
        """The committee's members; at 90 and more another list."""
        members = committee.members or ()
        match flaw:
            case 90 | 91:
                return members[::-1]
            case 92 | 93 | 94:
                return self.model.previous.members or ()
            case 95:
                return ()
            case 96:
                return members[:-1]
            case 97:
                return (*members, self.members(9, 0, "equal")[-1])
            case 98 | 99:
                return tuple(x + 2**160 for x in members)
        return members

    @action(weight=4, flaw=CHOICE, patient=st.booleans(), offset=OFFSET, given=st.booleans())
    def fallback(self, flaw, patient, offset, given):
        model = self.model
        date = model.alive_at + model.parameters["fallback_delay"] + offset
        if patient and date > model.now:
            self.wait(1, date - model.now)
        sender = [STRANGER, *FALLBACKS][flaw % 3] if flaw >= 94 else model.fallback_sequencer
        if given:
            members = self.list_of(model.installed, flaw)
            self.send(sender, "fallback", members, words=[32, *list_words(members)])
        else:
            self.do(sender, "fallback", send=lambda: self.set.send(sender, "fallback()"))

    @action(weight=1, fresh=st.booleans())
    def heartbeat(self, fresh):
        if fresh:
            self.wait(1, 2)
        self.send(STRANGER, "heartbeat", words=[])

    # -------------------------------------------------------- votes

    def has_voters(self) -> bool:
        return sum(map(power_of, self.model.voters.members or ())) > 0

    def is_troubled(self) -> bool:
        return bool(self.model.bars)

    def reelection(self, reason: int, round: int, second: int, flaw: str) -> tuple:
        """A message, right but for the flaw, and the committee that signs it."""
        model = self.model
        committee = model.voters
        if flaw == "previous committee":
            older = [x for x in model.committees if x.nonce < committee.nonce and x.members]
            committee = older[-1] if older else committee
        elif flaw == "newest committee":
            committee = model.installed
        timeout = model.parameters["block_timeout"]
        if flaw == "early":
            round = 0
        elapsed = round * timeout + second % timeout
        right = min(MAX_ROUND, max(1, round))
        able = model.voters if sum(map(power_of, model.voters.members or ())) else None
        if able:
            epoch, in_charge = model.in_charge(able)
            failed = model.successor(able, epoch, right - 1, in_charge)
        else:
            epoch, in_charge, failed = model.last, model.epochs[-1].signer, 0
        message = Reelection(
            committee_nonce=committee.nonce,
            epoch=epoch,
            round=right,
            failed=failed,
            last_block=model.block - 1,
            last_block_timestamp=model.now - elapsed,
            reason=reason,
        )
        match flaw:
            case "reason 0" | "reason 3":
                message = message._replace(reason=int(flaw[-1]))
            case "last block - 1" | "last block + 1":
                message = message._replace(last_block=model.block - 1 + int(flaw[-3::2]))
            case "nonce + 1" | "nonce - 1":
                nonce = max(0, committee.nonce + int(flaw[-3::2]))
                message = message._replace(committee_nonce=nonce)
            case "epoch + 1" | "epoch - 1":
                message = message._replace(epoch=max(0, epoch + int(flaw[-3::2])))
            case "round + 1" | "round - 1":
                other = min(MAX_ROUND, max(0, right + int(flaw[-3::2])))
                message = message._replace(round=other)
            case "round + 1, its failed" if able and right < MAX_ROUND:
                next_failed = model.successor(able, epoch, right, in_charge)
                message = message._replace(round=right + 1, failed=next_failed)
            case "future":
                message = message._replace(last_block_timestamp=model.now + 1)
            case "failed":
                message = message._replace(failed=SIGNERS[second % len(SIGNERS)])
            case "failed is zero":
                message = message._replace(failed=0)
            case "failed is in charge":
                message = message._replace(failed=in_charge)
            case "failed twice" if able:
                next_failed = model.successor(able, epoch, right, in_charge)
                message = message._replace(failed=next_failed)
        return message, committee

    def certificate(self, message, committee: Committee, how: str, flaw: str, choice: int):
        """Signed by enough members, but for the flaw."""
        members = committee.members or ()
        signing = self.signing(members, "below" if flaw == "below" else how)
        of, at = message, DOMAIN
        if flaw == "other chain":
            at = domain_separator(1_088, SET)
        elif flaw == "other message":
            of = message._replace(committee_nonce=message.committee_nonce + 1)
        numbers = [SIGNERS.index(signer_of(members[place])) for place in signing]
        signatures = [sign(number, at, of) for number in numbers]
        count = len(signatures)
        one = choice % max(1, count)
        bits = sum(1 << place for place in signing)
        unsigned = [place for place in range(len(members)) if place not in signing]
        match flaw:
            case "duplicate" if count:
                # one who is needed has not signed, but another twice
                signatures[one] = signatures[one - 1]
            case "stranger" if count:
                signatures[one] = sign(OUTSIDER, at, of)
            case "reordered" if count:
                signatures = signatures[1:] + signatures[:1]
            case "extra" if count:
                signatures.append(signatures[one])
            case "missing":
                signatures = signatures[:-1]
            case "high s" if count:
                flawed = signatures[one]
                vs = flawed.vs >> 255 << 255 | MAX_S + 1 + choice
                signatures[one] = flawed._replace(vs=vs, flaw="high s")
            case "malformed" if count:
                signatures[one] = signatures[one]._replace(r=0, flaw="malformed signature")
            case "malformed too" if count:
                signatures[one] = signatures[one]._replace(
                    r=2**256 - 1 - choice, flaw="malformed signature"
                )
            case "bit beyond":
                bits |= 1 << len(members) + choice % 3
            case "bits only":
                bits = 2 ** len(members) - 1
            case "bit moved" if unsigned and count:
                bits += (1 << unsigned[choice % len(unsigned)]) - (1 << signing[one])
            case "no signatures":
                signatures, bits = [], 0 if choice % 2 else bits
            case "no members":
                members = ()
            case "members reordered":
                members = members[1:] + members[:1]
            case "other power":
                members = tuple(x + (2**160 if x == members[one] else 0) for x in members)
            case "earlier list":
                members = self.model.committees[choice % len(self.model.committees)].members or ()
            case "old signatures" if self.kept:
                signatures = [*self.kept[choice % len(self.kept)][2].signatures][:count]
        return Certificate(members, bits, tuple(signatures))

    def signing(self, members: tuple[int, ...], how: str) -> list[int]:
        """Places of those who sign: all, those with just enough power, or just too little."""
        count, total = len(members), sum(map(power_of, members))
        if how == "all":
            return list(range(count))
        sums = {
            bits: sum(power_of(members[i]) for i in range(count) if bits >> i & 1)
            for bits in range(1 << count)
        }
        if how == "enough":
            bits = min((power, bits) for bits, power in sums.items() if 3 * power >= 2 * total)[1]
        else:
            fewer = [(power, bits) for bits, power in sums.items() if 3 * power < 2 * total]
            bits = max(fewer, default=(0, 0))[1]
        return [i for i in range(count) if bits >> i & 1]

    def vote(self, name: str, message, certificate: Certificate) -> bool:
        if message not in [x[1] for x in self.kept[-4:]]:
            self.kept.append((name, message, certificate))
        words = vote_words(message, certificate)
        return self.send(STRANGER, name, message, certificate, words=words)

    @action(
        weight=10,
        when=has_voters,
        reason=st.sampled_from([TIMEOUT, TIMEOUT, TIMEOUT, INVALID_EXECUTION]),
        round=st.sampled_from([1, 1, 1, 2, 2, 3, 4, 5, 0]),
        second=st.sampled_from([0, 1, 30, 9, 59]),
        how=st.sampled_from(ENOUGH),
        flaw=REELECT_FLAWS,
        fresh=MOSTLY,
        choice=CHOICE,
    )
    def reelect(self, reason, round, second, how, flaw, fresh, choice):
        if fresh:
            self.wait(1, 2)
        self.reelect_now(reason, round, second, how, flaw, choice)

    def reelect_now(self, reason, round, second, how, flaw, choice) -> bool:
        message, committee = self.reelection(reason, round, second, flaw)
        certificate = self.certificate(message, committee, how, flaw, choice)
        return self.vote("reelect", message, certificate)

    @action(weight=3, when=has_voters, reason=st.sampled_from([TIMEOUT, INVALID_EXECUTION]))
    def reelect_twice(self, reason):
        """In one block, by the same voters: the second must fail."""
        self.wait(1, 2)
        for _ in range(2):
            self.reelect_now(reason, 1, 0, "enough", "none", 0)

    @action(
        weight=1,
        when=has_voters,
        round=st.sampled_from([256, 255, 254, 300]),
        flaw=st.sampled_from(["none", "none", "round - 1", "failed is zero", "failed twice"]),
    )
    def reelect_late(self, round, flaw):
        """Seldom, as hundreds of draws take time."""
        self.wait(1, 2)
        if len(self.model.voters.members or ()) != 3 or self.steps % 8:
            round = 6
        self.reelect_now(TIMEOUT, round, 0, "enough", flaw, 0)

    @action(
        weight=3,
        when=has_voters,
        count=st.integers(1, 4),
        round=st.sampled_from([1, 1, 2, 3]),
        commit=st.booleans(),
    )
    def wrong_block(self, count, round, commit):
        """One signer after another is barred; then somebody is drawn from those who are left."""
        for _ in range(count):
            self.wait(1, 2)
            self.reelect_now(INVALID_EXECUTION, round, 0, "enough", "none", 0)
        if commit:
            self.commit_right()

    @action(
        weight=2,
        size=st.sampled_from([3, 4, 5]),
        kind=st.sampled_from(["thirds", "thirds + 1", "thirds - 1", "near", "far"]),
        first=st.integers(0, 9),
    )
    def vote_at_two_thirds(self, size, kind, first):
        """The most that is not enough, and then the least that is."""
        if self.install_next([size, first, kind]):
            self.wait(1, 2)
            for flaw in ("below", "none"):
                self.reelect_now(TIMEOUT, 1, 0, "enough", flaw, 0)

    @action(weight=2, when=has_voters, reason=st.sampled_from([TIMEOUT, INVALID_EXECUTION]))
    def vote_is_prepared(self, reason):
        """Signed now, and given later, if at all."""
        message, committee = self.reelection(reason, 1, 0, "none")
        certificate = self.certificate(message, committee, "enough", "none", 0)
        self.kept.append(("reelect", message, certificate))

    @action(
        weight=3,
        when=lambda self: self.kept,
        choice=CHOICE,
        fresh=MOSTLY,
        swap=st.integers(0, 9).map(lambda x: x == 9),
    )
    def replay(self, choice, fresh, swap):
        """A vote that was given already, or prepared; also to the other function."""
        if fresh and not choice % 3:
            self.wait(1, 2)
        if not self.kept:
            return
        name, message, certificate = self.kept[-1 - choice % min(6, len(self.kept))]
        if swap and name == "reelect" and self.model.bars:
            name = "correct"
            signer = list(self.model.bars)[choice % len(self.model.bars)]
            message = self.correction(signer, self.model.installed, "none")
        words = vote_words(message, certificate)
        self.send(STRANGER, name, message, certificate, words=words)

    def correction(self, signer: int, committee: Committee, flaw: str) -> Correction:
        epoch, block = self.model.bars.get(signer, (1, self.model.block))
        block += {"block + 1": 1, "block - 1": -1}.get(flaw, 0)
        return Correction(
            committee_nonce=committee.nonce + (flaw == "nonce + 1"),
            epoch=epoch + (flaw == "epoch + 1"),
            block_number=block,
            block_hash=keccak_words(block),
            signer=signer,
        )

    @action(
        weight=5,
        when=is_troubled,
        choice=CHOICE,
        committee=st.sampled_from([0, 0, 0, 1, 1, 2]),
        how=st.sampled_from(ENOUGH),
        flaw=CORRECT_FLAWS,
        again=st.booleans(),
    )
    def correct(self, choice, committee, how, flaw, again):
        """By the installed committee, the one before, or an older one."""
        model = self.model
        barred = list(model.bars) or SIGNERS
        signer = barred[choice % len(barred)]
        if flaw == "other signer":
            signer = SIGNERS[choice % len(SIGNERS)]
        if committee == 1:
            by = model.previous
        elif committee == 2:
            by = model.committees[choice % len(model.committees)]
        else:
            by = model.installed
        message = self.correction(signer, by, flaw)
        certificate = self.certificate(message, by, how, flaw, choice)
        if self.vote("correct", message, certificate) and again:
            self.vote("correct", message, certificate)

    @action(weight=2, when=is_troubled, choice=CHOICE, offset=OFFSET, nobody=RARELY)
    def correct_late(self, choice, offset, nobody):
        """By the committee before, about the end of its hour."""
        model = self.model
        if model.installed.at + GRACE + offset > model.now:
            self.wait(1, model.installed.at + GRACE + offset - model.now)
        by = NO_COMMITTEE if nobody else model.previous
        barred = list(model.bars) or SIGNERS
        message = self.correction(barred[choice % len(barred)], by, "none")
        self.vote("correct", message, self.certificate(message, by, "enough", "none", 0))

    # -------------------------------------------------------- parameters

    @action(
        weight=2,
        change=st.sampled_from(
            [
                *(("epoch_length", x) for x in (12, 10, 30, 9, 100_001, 100_000)),
                *(("block_timeout", x) for x in (60, 10, 600, 9, 601)),
                *(("fallback_delay", x) for x in (2 * HOUR, 1_800, 86_400, 1_799, 86_401)),
                *(("fallback_sequencer", x) for x in (*FALLBACKS, *FALLBACKS, 0, 2**160)),
                *((None, 1), ("epoch_length", None), ("fallback_sequencer", 2**255)),
            ]
        ),
        number=st.sampled_from([1, 1, 1, 1, 1, 1, 0, 2]),
        how=CHOICE,
    )
    def apply_call(self, change, number, how):
        setter, value = change
        selector = {
            None: "set_messenger(address)",
            "fallback_sequencer": "set_fallback_sequencer(address)",
        }.get(setter, f"set_{setter}(uint256)")
        data = keccak(text=selector)[:4] + (b"" if value is None else value.to_bytes(32, "big"))
        self.give_call((self.model.call_count + number, setter, value, data), how)

    def give_call(self, call: tuple, how: int = 0):
        number, setter, value, data = call
        words = [number, 64, *bytes_words(data)]
        if self.send_from_l1(RELAY, how, "apply_call", number, setter, value, words=words):
            self.calls.append(call)

    @action(weight=1, when=lambda self: self.calls, choice=CHOICE)
    def apply_call_again(self, choice):
        if self.calls:
            self.give_call(self.calls[choice % len(self.calls)])

    @action(weight=1, by=st.sampled_from([STRANGER, RELAY, MESSENGER, *FALLBACKS]))
    def set_directly(self, by):
        for setter, value in [*LAUNCH.items(), ("fallback_sequencer", STRANGER)]:
            send = lambda s=setter, v=value: self.set.send(by, f"set_{s}", v)  # noqa: E731
            self.do(by, "set_directly", send=send)

    # -------------------------------------------------------- views

    def ask(self, name: str, *args, model_args: tuple | None = None, model_name: str = ""):
        """A view says what the model says."""
        given = args if model_args is None else model_args
        try:
            expected, reasons = self.model.call(model_name or name, 0, *given), None
        except Rejected as rejected:
            expected, reasons = None, rejected.reasons
        seen = self.set.ask(name, *args)
        if reasons:
            assert seen in reasons, f"{name}{args}: {seen}, not {reasons}"
        else:
            assert seen == expected, f"{name}{args}: {seen}, not {expected}"

    @action(weight=3, choices=st.lists(st.integers(0, 10_000), min_size=1, max_size=4))
    def look_up(self, choices):
        """Old, present and future blocks."""
        model = self.model
        first, last = model.epochs[0].start, max(model.block, model.epochs[-1].start) + 40
        edges = boundaries(model.epochs)
        for choice in choices:
            block = (
                first - 1 + choice % (last - first) if choice % 2 else edges[choice % len(edges)]
            )
            for name in ("epoch_at", "sequencer_at"):
                self.ask(name, block)
        for block in (0, 2**256 - 1):
            self.ask("epoch_at", block)

    @action(
        weight=3,
        choice=CHOICE,
        flaw=CHOICE,
        round=st.sampled_from([0, 1, 2, 3, 0, 1, 5, 256]),
    )
    def look_at_draws(self, choice, flaw, round):
        model = self.model
        members = self.list_of(model.installed, flaw)
        epoch = max(0, model.last + 2 - choice % 8)
        words = (96, epoch, round, *list_words(members))
        given = (members, epoch, round)
        self.ask("draw", *words, model_name="draw_", model_args=given)

    # -------------------------------------------------------- what always holds

    @invariant()
    def agrees(self):
        """The chain agrees with the model where something may have changed; in full at the end."""
        self.steps += 1
        self.is_sound = False
        if self.steps % 10 == 0:
            self.note_reached()
            self.compare_rest()
        if self.is_new:
            self.compare_tip()
            for id in range(max(0, self.model.last - 1), self.model.last + 2):
                self.ask("epochs", id, model_name="epochs_")
            edges = boundaries(self.model.epochs)
            self.ask("sequencer_at", edges[self.steps % len(edges)])
            self.ask("epoch_at", edges[-1 - self.steps % min(12, len(edges))])
        self.is_new = False
        self.is_sound = True

    def compare_tip(self):
        model = self.model
        assert self.set.view("last_epoch") == [model.last]
        assert self.set.view("alive_at") == [model.alive_at]
        assert self.lively_at == model.alive_at
        self.ask("current_epoch")
        # I10
        for before, after in zip(model.epochs, model.epochs[1:], strict=False):
            assert before.end < after.start <= after.end

    def compare_all(self):
        model = self.model
        self.compare_tip()
        self.compare_rest()
        for id in range(model.last + 3):
            self.ask("epochs", id, model_name="epochs_")
        for id, x in enumerate(model.epochs):
            for block in (x.start, x.end, x.end + 1 + id % 2, x.start - 1)[: 2 + id % 3]:
                self.ask("epoch_at", block)
        for x in (*SIGNERS, *FALLBACKS):
            self.compare_conduct(x)

    def compare_conduct(self, x: int):
        bar = self.model.bars.get(x, (0, 0))
        assert self.set.view("reelections", x) == [self.model.reelections[x]]
        assert self.set.view("is_barred", x) == [x in self.model.bars]
        assert self.set.view("bar_of", x) == [*bar]

    def compare_rest(self):
        model = self.model
        assert self.set.view("reelected_at") == [model.reelected_at]
        assert self.set.view("call_count") == [model.call_count]
        terms = [*model.parameters.values(), model.fallback_sequencer]
        assert self.set.view("parameters") == terms
        for name in ("installed", "previous"):
            nonce, _, hashed, seed, block, at = getattr(model, name)
            view = "committee" if name == "installed" else "previous_committee"
            assert self.set.view(view) == [nonce, hashed, seed, block, at]

    def note_reached(self):
        model = self.model
        members = model.installed.members
        reached = {
            "no committee": model.installed is NO_COMMITTEE,
            "empty committee": members == (),
            "scheduled": model.is_scheduled,
            "gap": model.find(model.block) is None,
            "two bars": len(model.bars) > 1,
            "all barred": members and all(signer_of(x) in model.bars for x in members),
            "ten epochs": model.last >= 10,
            "epoch 0 empty": model.epochs[0].end < model.epochs[0].start,
        }
        self.reached |= {what for what, is_so in reached.items() if is_so}


class LivelySet(EpochsMachine):
    """More of commits, new committees and re-elections."""

    favoured = dict.fromkeys(("commit_epoch", "install", "install_another", "reelect"), 2)


class TroubledSet(EpochsMachine):
    """More of wrong blocks, bars and Corrections, of the fallback and of the empty committee."""

    favoured = dict.fromkeys(
        ("wrong_block", "correct", "correct_late", "fallback", "install_nobody", "deadline_comes"),
        2,
    )
    launch_powers = ("dominant", "equal", "strong", "uneven", "strong", "near")


TestLivelySet = LivelySet.TestCase
TestTroubledSet = TroubledSet.TestCase
