"""The way of a committee and of governance's calls from L1 to L2, on one chain and on two"""

import ape
import pytest

from seqpool.protocol.committee import committee_hash
from seqpool.protocol.draw import draw
from tests.utils.isolation import isolated
from tests.utils.relays import GAS_LIMIT, GAS_PRICE, TERMS, message_of
from tests.utils.system import DAY, METIS, PARAMETERS

pytestmark = pytest.mark.slow

FEE = GAS_LIMIT * GAS_PRICE


@pytest.fixture
def sequencers(system):
    """Five, of different power."""
    return [
        system.new_sequencer(PARAMETERS["min_stake"] + place * 7_000 * METIS) for place in range(5)
    ]


def seal(system):
    """The next committee, sealed; its words as the pool's event has them, and what is sealed."""
    made_at = system.registry.last_checkpoint().made_at
    if made_at:
        system.at(made_at + DAY)
    checkpoint = system.checkpoint_and_seal()
    members = list(checkpoint.events[-1].members)
    sealed = tuple(system.registry.sealed_committee())
    assert committee_hash(sealed[0], members) == sealed[1]
    return members, sealed


def send(pair, sender=None):
    """The message that `relay` sends."""
    return message_of(pair.send(value=FEE, sender=sender))


def send_call(pair, number):
    return message_of(pair.send_call(number, value=FEE))


def commit(link, members):
    return link.set.commit_epoch(members, sender=link.system.stranger)


def schedule(members, seed, epochs=range(1, 25)):
    """Who would be drawn: what everyone can foresee who knows the seed."""
    return [draw(members, seed, epoch, 0) for epoch in epochs]


def timeouts(pair, *values):
    """Governance stores calls 1, 2, ... that set the block timeout."""
    for value in values:
        pair.store("set_block_timeout", value)


# ---------------------------------------------------------------- one chain


def test_a_committee_goes_all_the_way(system, link, sequencers):
    """Lock, checkpoint, seal, relay, commit: the next producer was drawn from those who locked."""
    members, sealed = seal(system)
    nonce, _, seed = sealed
    assert len(members) == len(sequencers)
    tx = link.send()
    installed = link.set.committee()
    assert (installed.nonce, installed.committee_hash, installed.seed) == sealed
    assert (installed.installed_block, installed.installed_at) == (tx.block_number, tx.timestamp)
    assert link.set.previous_committee() == (0, b"\0" * 32, b"\0" * 32, 0, 0)

    tx = commit(link, members)
    signer = draw(members, seed, 1, 0)
    assert signer in [system.pool.sequencer(id).signer for id in sequencers]
    assert tx.events == [
        link.set.EpochCommitted(
            epoch=1,
            signer=signer,
            start_block=tx.block_number,
            end_block=tx.block_number + TERMS["epoch_length"] - 1,
            committee_nonce=nonce,
        )
    ]
    assert link.set.sequencer_at(tx.block_number) == signer


def test_committees_follow_one_another(system, link, sequencers):
    first_members, first = seal(system)
    link.send()
    commit(link, first_members)
    system.pool.unlock(sequencers[0], sender=system.owner_of(sequencers[0]))
    second_members, second = seal(system)
    assert second[0] == first[0] + 1 and len(second_members) == len(first_members) - 1
    link.send()
    assert tuple(link.set.committee())[:3] == second
    assert tuple(link.set.previous_committee())[:3] == first

    with ape.reverts("quorum: wrong members"):
        commit(link, first_members)
    assert commit(link, second_members).events[0].signer == draw(second_members, second[2], 2, 0)


def test_an_empty_committee_gets_there_too(system, link, relays):
    """Two sequencers are none; then L2 is in the fallback's hands."""
    system.new_sequencers(2)
    members, sealed = seal(system)
    assert members == []
    link.send()
    assert tuple(link.set.committee())[:3] == sealed
    with ape.reverts("quorum: empty committee"):
        commit(link, [])
    tx = link.set.fallback(sender=relays.fallback_sequencer)
    assert link.set.sequencer_at(tx.block_number) == relays.fallback_sequencer


def test_an_unsealed_committee_is_never_relayed(system, registry, link, sequencers):
    registry.checkpoint(sender=system.stranger)
    with ape.reverts("CommitteeRelay: no sealed committee"):
        link.send()
    system.mine(5)
    registry.seal(sender=system.stranger)
    link.send()
    first = tuple(link.set.committee())

    system.at(registry.last_checkpoint().made_at + DAY)
    registry.checkpoint(sender=system.stranger)
    # what is sealed is still the first
    with ape.reverts("SequencerSet: old nonce"):
        link.send()
    assert tuple(link.set.committee()) == first


def test_relaying_twice_changes_nothing(system, link, sequencers):
    seal(system)
    link.send()
    before = link.state()
    for sender in (system.stranger, system.governance, system.deployer):
        with ape.reverts("SequencerSet: old nonce"):
            link.send(sender=sender)
    assert link.state() == before


def test_whoever_relays_installs_the_same(system, chain, link, sequencers):
    _, sealed = seal(system)
    for sender in (system.stranger, system.guardian, system.owner_of(sequencers[0])):
        with isolated(chain):
            link.send(sender=sender)
            assert tuple(link.set.committee())[:3] == sealed


def test_governance_sets_everything_on_l2(system, link):
    values = {"set_epoch_length": 11, "set_block_timeout": 12, "set_fallback_delay": 3_600}
    for number, (name, value) in enumerate(values.items(), start=1):
        link.store(name, value)
        link.send_call(number)
    link.store("set_fallback_sequencer", system.guardian)
    link.send_call(len(values) + 1)
    assert link.set.parameters() == (*values.values(), system.guardian)


def test_nobody_but_governance_sets_anything_on_l2(system, relays, link, puppet):
    people = (
        *(system.stranger, system.guardian, system.slasher, system.distributor, system.deployer),
        *(relays.fallback_sequencer, relays.carrier),
    )
    before = link.state()
    data = link.call("set_block_timeout", 12)
    apply_data = link.apply_data(1, data)
    for sender in people:
        with ape.reverts("roles: not governance"):
            link.relay.set_l2(data, sender=sender)
    # and of governance only what it has stored: it is no voice on L2 itself
    for sender in (*people, system.governance):
        with ape.reverts("SequencerSet: not by apply_call"):
            link.set.set_block_timeout(12, sender=sender)
        with ape.reverts("SequencerSet: not messenger"):
            link.set.apply_call(1, data, sender=sender)
        with ape.reverts("CommitteeRelay: unknown call"):
            link.send_call(1, sender=sender)
        with ape.reverts("SequencerSet: not relay"):
            link.messenger.sendMessageViaChainId(
                system.chain.chain_id, link.set, apply_data, GAS_LIMIT, sender=sender
            )
    # a contract is no more than an account
    for target, inner, reason in (
        (link.set, apply_data, "SequencerSet: not messenger"),
        (link.set, data, "SequencerSet: not by apply_call"),
        (link.relay, link.relay.set_l2.encode_input(data), "roles: not governance"),
    ):
        with ape.reverts(reason):
            puppet.do(target, inner, sender=system.stranger)
    assert link.state() == before


def test_what_reaches_the_messenger_can_still_not_set(system, relays):
    """A messenger that belongs to an attacker names the relay as sender: bounds hold even then."""
    evil = relays.deploy_pair()
    for data, reason in (
        (evil.call("set_block_timeout", 0), "l2_call: bad block timeout"),
        (evil.call("set_epoch_length", 2**256 - 1), "l2_call: bad epoch length"),
        (evil.set.heartbeat.encode_input().ljust(36, b"\0"), "l2_call: unknown setter"),
    ):
        message = evil.message(evil.apply_data(1, bytes(data)))
        tx = evil.deliver(message)
        assert tx.events == [evil.failed(message)], reason
    assert evil.set.call_count() == 0
    good = evil.message(evil.apply_data(1, evil.call("set_block_timeout", 12)))
    assert evil.deliver(good).events[-1] == evil.relayed(good)


# ---------------------------------------------------------------- two chains: committees


def test_a_committee_arrives_when_it_is_brought(system, pair, sequencers):
    members, sealed = seal(system)
    message = send(pair)
    assert message == pair.message(pair.install_data(*sealed))
    # nothing has happened on L2 yet, and it takes as long as it takes
    assert pair.set.committee().nonce == 0
    system.wait(3 * DAY)
    tx = pair.deliver(message)
    nonce, sealed_hash, seed = sealed
    assert tx.events == [
        pair.set.CommitteeInstalled(nonce=nonce, committee_hash=sealed_hash, seed=seed),
        pair.relayed(message),
    ]
    assert tuple(pair.set.committee())[:3] == sealed
    assert commit(pair, members).events[0].signer == draw(members, seed, 1, 0)


def test_a_late_committee_does_not_replace_a_newer_one(system, pair, sequencers):
    """Out of order; the older one is then of no use, however often it is tried."""
    seal(system)
    old = send(pair)
    _, sealed = seal(system)
    new = send(pair)
    pair.deliver(new)
    before = pair.state()
    assert tuple(pair.set.committee())[:3] == sealed
    for again in (False, True, False):
        tx = pair.deliver(old, again)
        assert tx.events == [pair.failed(old)]
    assert pair.state() == before


def test_a_committee_that_comes_twice_changes_nothing(system, pair, sequencers):
    seal(system)
    message = send(pair)
    pair.deliver(message)
    before = pair.state()
    with ape.reverts("MockL2Messenger: delivered already"):
        pair.deliver(message)
    # nor over a bridge that forgets what it has delivered
    assert pair.deliver(message, again=True).events == [pair.failed(message)]
    # nor as another message with the same content
    again = send(pair)
    assert again == message._replace(nonce=message.nonce + 1)
    assert pair.deliver(again).events == [pair.failed(again)]
    assert pair.state() == before


def test_a_committee_can_be_left_out(system, pair, sequencers):
    """Nobody has to pay for each of them."""
    for _ in range(3):
        _, sealed = seal(system)
    assert sealed[0] == 3
    pair.deliver(send(pair))
    assert tuple(pair.set.committee())[:3] == sealed


def test_a_lost_message_is_sent_again(system, pair, sequencers):
    _, sealed = seal(system)
    send(pair)
    pair.deliver(send(pair, sender=system.guardian))
    assert tuple(pair.set.committee())[:3] == sealed


def test_a_forged_sender_is_refused(system, pair, sequencers):
    """The bridge names who has sent it, and that is not the relay; then it has done no harm."""
    _, sealed = seal(system)
    data = pair.install_data(*sealed)
    for sender in (system.stranger, system.governance, pair.set, pair.messenger):
        forged = pair.message(data, 0, sender)
        assert pair.deliver(forged).events == [pair.failed(forged)]
        assert pair.deliver(forged, again=True).events == [pair.failed(forged)]
    assert pair.set.committee().nonce == 0
    real = send(pair)
    assert pair.deliver(real).events[-1] == pair.relayed(real)


def test_only_the_carrier_delivers(system, pair, sequencers):
    _, sealed = seal(system)
    message = send(pair)
    # an attacker's own committee, said to be of the relay
    forged = pair.message(pair.install_data(99, b"\x66" * 32, b"\x66" * 32))
    for sender in (system.stranger, system.governance, system.deployer):
        for brought in (message, forged):
            for again in (False, True):
                with ape.reverts("MockL2Messenger: not carrier"):
                    pair.deliver(brought, again, sender)
        with ape.reverts("SequencerSet: not messenger"):
            pair.set.install_committee(*sealed, sender=sender)
    assert pair.set.committee().nonce == 0


def test_anyone_may_send_the_same_words_and_is_not_the_relay(system, pair, sequencers):
    """The messenger on L1 sends for everyone, and says who it was."""
    _, sealed = seal(system)
    tx = pair.messenger.sendMessageViaChainId(
        system.chain.chain_id,
        pair.set,
        pair.install_data(*sealed),
        GAS_LIMIT,
        value=FEE,
        sender=system.stranger,
    )
    message = message_of(tx)
    assert message.sender == system.stranger
    assert pair.deliver(message).events == [pair.failed(message)]


def test_a_wrongly_linked_set_hears_nothing(system, pair, link, sequencers):
    """Neither a set of another relay, nor one of another messenger."""
    _, sealed = seal(system)
    astray = pair.message(pair.install_data(*sealed), target=link.set)
    assert pair.deliver(astray).events == [pair.failed(astray)]
    other = pair.message(pair.install_data(*sealed), sender=link.relay)
    assert pair.deliver(other).events == [pair.failed(other)]
    assert pair.set.committee().nonce == link.set.committee().nonce == 0


def test_a_fee_that_is_too_low_sends_nothing(system, pair, sequencers):
    seal(system)
    timeouts(pair, 30)
    for function in (pair.send, lambda value: pair.send_call(1, value)):
        with ape.reverts("MockL1Messenger: insufficient fee"):
            function(value=FEE - 1)
    assert pair.messenger.message_count() == 0
    assert (pair.relay.balance, pair.messenger.balance) == (0, 0)


# ---------------------------------------------------------------- two chains: calls


def test_calls_that_come_in_order(pair):
    timeouts(pair, 30, 31, 32)
    for number, value in ((1, 30), (2, 31), (3, 32)):
        message = send_call(pair, number)
        old = pair.set.parameters().block_timeout
        assert pair.deliver(message).events == [
            pair.set.CallApplied(number=number),
            pair.set.ParameterSet(name="block_timeout", old=old, new=value),
            pair.relayed(message),
        ]
        assert (pair.set.parameters().block_timeout, pair.set.call_count()) == (value, number)


def test_calls_that_come_out_of_order_wait_for_their_turn(pair):
    """What has failed is brought again: that needs no second payment."""
    timeouts(pair, 30, 31, 32)
    first, second, third = (send_call(pair, number) for number in (1, 2, 3))
    for early in (third, second):
        assert pair.deliver(early).events == [pair.failed(early)]
    assert pair.set.call_count() == 0
    for message in (first, second, third):
        assert pair.deliver(message).events[-1] == pair.relayed(message)
    assert (pair.set.parameters().block_timeout, pair.set.call_count()) == (32, 3)


def test_a_call_is_never_replayed(pair):
    """Not even if it is paid for again, after the parameter has changed."""
    timeouts(pair, 30, 31)
    first, second = (send_call(pair, number) for number in (1, 2))
    pair.deliver(first)
    assert pair.deliver(first, again=True).events == [pair.failed(first)]
    pair.deliver(second)
    before = pair.state()
    for number in (1, 2):
        anew = send_call(pair, number)
        assert pair.deliver(anew).events == [pair.failed(anew)]
    for old in (first, second):
        assert pair.deliver(old, again=True).events == [pair.failed(old)]
    assert pair.state() == before


def test_a_call_whose_message_has_failed_is_sent_again(pair):
    timeouts(pair, 30, 31)
    early = send_call(pair, 2)
    assert pair.deliver(early).events == [pair.failed(early)]
    # the bridge has lost the first message for 1
    send_call(pair, 1)
    pair.deliver(send_call(pair, 1))
    # for 2 either the old message does, or a new one
    anew = send_call(pair, 2)
    assert pair.deliver(anew).events[-1] == pair.relayed(anew)
    assert pair.set.call_count() == 2
    assert pair.deliver(early).events == [pair.failed(early)]
    assert pair.set.parameters().block_timeout == 31


def test_a_call_that_ran_out_of_gas_is_delivered_again(pair):
    timeouts(pair, 30)
    message = send_call(pair, 1)
    before = pair.state()
    with pytest.raises(ape.exceptions.VirtualMachineError):
        pair.l2_messenger.relayMessage(*message, sender=pair.carrier, gas=60_000)
    assert pair.state() == before
    assert pair.deliver(message).events[-1] == pair.relayed(message)
    assert pair.set.parameters().block_timeout == 30


def test_a_forged_call_is_refused(system, pair):
    data = pair.call("set_fallback_sequencer", system.stranger)
    before = pair.state()
    for sender in (system.stranger, system.governance, pair.set, pair.messenger):
        forged = pair.message(pair.apply_data(1, data), 0, sender)
        assert pair.deliver(forged).events == [pair.failed(forged)]
    # in the relay's name a setter is none of the set's own calls
    direct = pair.message(data)
    assert pair.deliver(direct).events == [pair.failed(direct)]
    assert pair.state() == before


def test_calls_and_committees_do_not_wait_for_each_other(system, pair, sequencers):
    timeouts(pair, 30)
    call = send_call(pair, 1)
    _, sealed = seal(system)
    pair.deliver(send(pair))
    assert tuple(pair.set.committee())[:3] == sealed
    pair.deliver(call)
    assert pair.set.parameters().block_timeout == 30


# ---------------------------------------------------------------- the draw cannot be chosen


def test_before_the_checkpoint_no_draw_can_be_foreseen(system, chain, link, sequencers):
    """The seed needs the hash of a block that comes four blocks later: each future has another."""
    futures = []
    for seconds in range(1, 6):
        with isolated(chain):
            system.wait(seconds)
            members, (_, _, seed) = seal(system)
            futures.append((seed, tuple(schedule(members, seed))))
    assert len({seed for seed, _ in futures}) == len(futures)
    assert len({signers for _, signers in futures}) == len(futures)


def test_after_the_checkpoint_no_draw_can_be_foreseen(system, registry, chain, link, sequencers):
    """Members are fixed by then, and the seed is still open; nothing can be installed."""
    members = list(registry.checkpoint(sender=system.stranger).events[-1].members)
    futures = []
    for seconds in range(1, 6):
        with isolated(chain):
            system.wait(seconds)
            system.mine(4)
            registry.seal(sender=system.stranger)
            nonce, sealed_hash, seed = registry.sealed_committee()
            assert committee_hash(nonce, members) == sealed_hash
            futures.append((seed, tuple(schedule(members, seed))))
    assert len({seed for seed, _ in futures}) == len(futures)
    assert len({signers for _, signers in futures}) == len(futures)
    # until then nobody can draw from it, not even to look
    with ape.reverts("CommitteeRelay: no sealed committee"):
        link.send()
    with ape.reverts("quorum: wrong members"):
        link.set.draw(members, 1, 0)


def test_whoever_simulates_the_seal_can_change_nothing(system, registry, chain, link, sequencers):
    """When it can be sealed, and so foreseen, there is one outcome: for every caller, in every
    block, whoever relays and whoever commits."""
    members = list(registry.checkpoint(sender=system.stranger).events[-1].members)
    system.mine(4)
    outcomes = set()
    callers = (system.stranger, system.owner_of(sequencers[0]), system.guardian)
    for caller, blocks in zip(callers, (0, 3, 255), strict=True):
        with isolated(chain):
            system.mine(blocks)
            registry.seal(sender=caller)
            link.send(sender=caller)
            seed = link.set.committee().seed
            drawn = [link.set.draw(members, epoch, 0) for epoch in range(1, 9)]
            assert drawn == schedule(members, seed, range(1, 9))
            assert commit(link, members).events[0].signer == drawn[0]
            outcomes.add((seed, tuple(drawn)))
    assert len(outcomes) == 1


def test_a_new_checkpoint_does_not_give_another_try(system, registry, link, sequencers):
    """Not while the last one waits for its seal, and not within an hour."""
    registry.checkpoint(sender=system.stranger)
    system.mine(5)
    for _ in range(2):
        with ape.reverts("CommitteeRegistry: last one is not sealed"):
            registry.checkpoint(sender=system.stranger)
        system.wait(DAY // 3)
    registry.seal(sender=system.stranger)
    with ape.reverts("CommitteeRegistry: nothing to seal"):
        registry.seal(sender=system.stranger)

    seal(system)
    with ape.reverts("CommitteeRegistry: too early"):
        registry.checkpoint(sender=system.stranger)
