"""CommitteeRegistry.seal"""

import ape
import pytest
from eth_utils import keccak

from seqpool.protocol.committee import committee_hash
from tests.utils.isolation import isolated
from tests.utils.system import DAY

ZERO_SEED = b"\0" * 32


@pytest.fixture
def block_number(system):
    """`b`: the block of a checkpoint, with nothing mined after it."""
    system.new_sequencers(3)
    return system.registry.checkpoint(sender=system.stranger).block_number


def seal(system):
    return system.registry.seal(sender=system.stranger)


def mine_until(system, block_number):
    """The next transaction is in this block."""
    system.mine(block_number - 1 - system.chain.blocks.head.number)


def seed_of(system, last, block_number):
    return keccak(last + system.chain.blocks[block_number].hash)


def test_seal_draws_the_seed_of_the_fourth_block_after(system, registry, chain, block_number):
    mine_until(system, block_number + 5)
    tx = seal(system)
    assert tx.block_number == block_number + 5
    seed = seed_of(system, ZERO_SEED, block_number + 4)
    assert tx.events == [registry.CommitteeSealed(nonce=1, seed=seed)]
    assert registry.last_checkpoint().is_sealed
    assert registry.last_checkpoint().block_number == block_number
    assert registry.sealed_committee() == (1, registry.committee(1).hash, seed)


def test_seal_chains_seeds(system, registry, block_number):
    mine_until(system, block_number + 5)
    first = seal(system).events[0].seed
    system.at(registry.last_checkpoint().made_at + DAY)
    receipt = system.checkpoint_and_seal()
    second = seed_of(system, first, receipt.block_number + 4)
    assert registry.sealed_committee() == (2, registry.committee(2).hash, second)


def test_seal_leaves_the_last_sealed_committee_in_force_until_then(system, registry, block_number):
    assert registry.sealed_committee() == (0, b"\0" * 32, ZERO_SEED)
    mine_until(system, block_number + 5)
    seed = seal(system).events[0].seed
    system.at(registry.last_checkpoint().made_at + DAY)
    registry.checkpoint(sender=system.stranger)
    assert registry.last_checkpoint().nonce == 2
    assert registry.sealed_committee() == (1, registry.committee(1).hash, seed)


def test_seal__fourth_block__reverts(system, registry, block_number):
    mine_until(system, block_number + 4)
    with ape.reverts("CommitteeRegistry: too early to seal"):
        seal(system)
    # the block that the seed is made of has been mined by now, and the next may seal
    tx = seal(system)
    assert tx.block_number == block_number + 5
    assert tx.events == [
        registry.CommitteeSealed(nonce=1, seed=seed_of(system, ZERO_SEED, block_number + 4))
    ]


def test_seal_gives_the_same_seed_to_whoever_calls_whenever(system, registry, chain, block_number):
    """Nobody gains from simulating the call and waiting for a better draw."""
    system.mine(4)
    seed = seed_of(system, ZERO_SEED, block_number + 4)
    for sender, extra_blocks in ((system.stranger, 0), (system.guardian, 1), (system.lst, 255)):
        with isolated(chain):
            system.mine(extra_blocks)
            tx = registry.seal(sender=sender)
            assert tx.block_number == block_number + 5 + extra_blocks
            assert tx.events == [registry.CommitteeSealed(nonce=1, seed=seed)]


def test_seal_is_possible_in_the_last_block_that_knows_the_hash(system, registry, block_number):
    mine_until(system, block_number + 260)
    tx = seal(system)
    assert tx.block_number == block_number + 260
    assert tx.events == [
        registry.CommitteeSealed(nonce=1, seed=seed_of(system, ZERO_SEED, block_number + 4))
    ]


def test_seal_is_postponed_when_the_hash_is_forgotten(system, registry, block_number):
    mine_until(system, block_number + 261)
    tx = seal(system)
    renamed = block_number + 261
    assert tx.events == [registry.SealPostponed(nonce=1, block_number=renamed)]
    made_at = registry.committee(1).created_at
    assert registry.last_checkpoint() == (1, made_at, renamed, False, False)

    # from there on as after a checkpoint
    mine_until(system, renamed + 4)
    with ape.reverts("CommitteeRegistry: too early to seal"):
        seal(system)
    tx = seal(system)
    assert tx.events == [
        registry.CommitteeSealed(nonce=1, seed=seed_of(system, ZERO_SEED, renamed + 4))
    ]


def test_seal_keeps_that_a_member_has_left(system, pool, registry, block_number):
    pool.unlock(1, sender=system.owner_of(1))
    mine_until(system, block_number + 10)
    seal(system)
    assert registry.last_checkpoint().member_left


def test_seal_of_an_empty_committee(system, registry):
    system.checkpoint_and_seal()
    nonce, sealed_hash, _ = registry.sealed_committee()
    assert (nonce, sealed_hash) == (1, committee_hash(1, []))


def test_seal_goes_on_in_a_pause(system, pool, registry, guardian, block_number):
    pool.pause(sender=guardian)
    mine_until(system, block_number + 5)
    seal(system)
    assert registry.last_checkpoint().is_sealed


def test_seal__no_checkpoint__reverts(system):
    with ape.reverts("CommitteeRegistry: nothing to seal"):
        seal(system)


def test_seal__twice__reverts(system):
    system.checkpoint_and_seal()
    with ape.reverts("CommitteeRegistry: nothing to seal"):
        seal(system)
