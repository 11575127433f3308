"""What goes wrong with custody in Metis' present contracts cannot happen here, case by case."""

from dataclasses import replace

import ape
import pytest
from eth_utils import keccak, to_checksum_address

from tests.utils.isolation import isolated
from tests.utils.system import DAY, METIS, PARAMETERS, ZERO, State

MIN, CAP, EXIT_DELAY = (PARAMETERS[x] for x in ("min_stake", "cap", "exit_delay"))


def test_case_1_delisting_an_owner_freezes_nothing(system, pool, metis, governance, stranger):
    crew = system.new_crew(MIN + METIS)
    expelled = system.new_crew()
    pool.request_withdrawal(crew.id, METIS, sender=crew.owner)
    pool.disapprove(crew.owner, sender=governance)
    # offboarding withdraws the approval as well: the forced exit
    pool.offboard(expelled.id, sender=governance)
    pool.set_reward_recipient(crew.id, stranger, sender=crew.owner)
    pool.unlock(crew.id, sender=crew.owner)
    system.wait(EXIT_DELAY)
    for left, amount in ((crew, MIN + METIS), (expelled, MIN)):
        before = metis.balanceOf(left.owner)
        pool.claim(left.id, sender=left.owner)
        assert metis.balanceOf(left.owner) == before + amount
    assert metis.balanceOf(pool) == 0


def test_case_2_a_pause_stops_no_exit_and_ends_by_itself(
    system, pool, metis, guardian, stranger, lst
):
    leaving, staying = system.new_crew(), system.new_crew(MIN + METIS, vault=lst)
    pool.deposit_paired(staying.id, METIS, sender=lst)
    pool.unlock(leaving.id, sender=leaving.owner)
    system.wait(EXIT_DELAY)
    paused = pool.pause(sender=guardian)
    pool.claim(leaving.id, sender=stranger)
    pool.request_withdrawal(staying.id, METIS, sender=staying.owner)
    pool.request_paired_withdrawal(staying.id, METIS, sender=lst)
    pool.unlock(staying.id, sender=staying.owner)
    assert pool.paused()
    # no second pause right after the first
    system.at(paused.timestamp + 7 * DAY)
    with ape.reverts("timed_pause: too soon"):
        pool.pause(sender=guardian)
    system.mine()
    assert not pool.paused()
    # and an exit that lasts through the next one ends in time
    system.at(paused.timestamp + EXIT_DELAY - DAY)
    pool.pause(sender=guardian)
    system.wait(2 * DAY)
    pool.claim(staying.id, sender=stranger)
    pool.claim_paired(staying.id, sender=lst)
    assert pool.paused()
    assert metis.balanceOf(pool) == 0


def test_case_3_everybody_has_a_recipient_and_can_be_forced_out(
    system, pool, governance, slasher, stranger, owner
):
    with ape.reverts("SequencerPool: zero recipient"):
        system.lock(owner, recipient=ZERO)
    offboarded, ejected = system.new_crew(), system.new_crew()
    with ape.reverts("SequencerPool: zero recipient"):
        pool.set_reward_recipient(offboarded.id, ZERO, sender=offboarded.owner)
    pool.offboard(offboarded.id, sender=governance)
    pool.slash(ejected.id, 1, 1, bytes(32), sender=slasher)
    system.wait(PARAMETERS["cure_period"] + 1)
    pool.eject(ejected.id, sender=stranger)
    assert system.state_of(offboarded.id) == system.state_of(ejected.id) == State.EXITING


def test_case_4_a_partial_withdrawal_stays_slashable(system, pool, metis, chain, vault, slasher):
    crew = system.new_crew(CAP)
    # the most that may go: 80 %
    due = pool.request_withdrawal(crew.id, CAP - MIN, sender=crew.owner).timestamp + EXIT_DELAY
    with isolated(chain):
        system.at(due - 1)
        with ape.reverts("SequencerPool: nothing to claim"):
            pool.claim(crew.id, sender=crew.owner)
    with isolated(chain):
        system.at(due - 1)
        pool.slash(crew.id, CAP, 1, bytes(32), sender=slasher)
        assert metis.balanceOf(vault) == CAP
    system.at(due)
    pool.slash(crew.id, CAP, 1, bytes(32), sender=slasher)
    assert metis.balanceOf(vault) == MIN


@pytest.mark.parametrize("exit_delay", [0, 21 * DAY - 1, 60 * DAY + 1, 2**256 - 1])
def test_case_5_no_exit_delay_closes_the_exit(pool, governance, exit_delay):
    with ape.reverts("SequencerPool: bad exit_delay"):
        pool.set_exit_delay(exit_delay, sender=governance)


def test_case_5_the_floor_never_exceeds_the_cap(pool, governance):
    with ape.reverts("SequencerPool: bad min_stake"):
        pool.set_min_stake(CAP + 1, sender=governance)
    with ape.reverts("SequencerPool: bad cap"):
        pool.set_cap(MIN - 1, sender=governance)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_case_6_all_leave_at_once(system, pool, metis, stranger, number):
    crews = [system.new_crew() for _ in range(number)]
    for crew in crews:
        pool.unlock(crew.id, sender=crew.owner)
    assert pool.roster().seated == 0
    system.wait(EXIT_DELAY)
    # in another order than they left
    for crew in reversed(crews):
        before = metis.balanceOf(crew.owner)
        pool.claim(crew.id, sender=stranger)
        assert metis.balanceOf(crew.owner) == before + MIN
    assert metis.balanceOf(pool) == 0


def test_case_7_no_ether_gets_in_and_no_bridge_is_called(system, pool, vault, stranger):
    for contract in (pool, vault):
        kind = contract.contract_type
        assert [method.name for method in kind.methods if method.is_payable] == []
        assert not {entry.type for entry in kind.abi} & {"fallback", "receive"}
        # there is no code for it, so there is no reason
        with pytest.raises(ape.exceptions.ContractLogicError):
            stranger.transfer(contract, 1)
        assert contract.balance == 0
    # an exit calls METIS and nothing else: all its events are the pool's and METIS'
    crew = system.new_crew()
    pool.unlock(crew.id, sender=crew.owner)
    system.wait(EXIT_DELAY)
    tx = pool.claim(crew.id, sender=stranger)
    assert {log["address"] for log in tx.logs} == {pool.address, system.metis.address}


def test_case_8_nobody_registers_the_key_of_another(system, pool):
    victim, thief = system.new_owner(), system.new_owner()
    consent = system.consent(victim)
    # the victim's key, and the thief's own signature
    forged = replace(consent, signature=system.consent_of(thief, thief).signature)
    for stolen in (consent, forged):
        with ape.reverts("SequencerPool: bad consent"):
            system.lock(thief, consent=stolen)
    system.lock(victim, consent=consent)
    assert pool.sequencer(pool.admission(victim)[0]).signer == consent.signer


def test_case_8_a_key_that_is_no_curve_point_is_refused(system, pool, owner):
    no_point = (32 * b"\xff", 32 * b"\xff")
    address = to_checksum_address(keccak(b"".join(no_point))[-20:])
    signature = system.consent(owner).signature
    # its hash is right: only a signature can tell
    with ape.reverts("SequencerPool: bad consent"):
        pool.lock(address, MIN, owner, no_point, signature, sender=owner)
    consent = system.consent(owner)
    with ape.reverts("SequencerPool: bad public key"):
        pool.lock(consent.signer, MIN, owner, no_point, consent.signature, sender=owner)


def test_case_9_the_owner_replaces_a_lost_key(system, pool):
    crew = system.new_crew(MIN + METIS)
    consent = system.consent(crew.owner)
    # without the old key
    pool.rotate_signer(
        crew.id, consent.signer, consent.pubkey, consent.signature, sender=crew.owner
    )
    assert pool.sequencer(crew.id).signer == consent.signer
    # and it takes nothing away from what the owner may do on the same day
    pool.request_withdrawal(crew.id, METIS, sender=crew.owner)
    pool.unlock(crew.id, sender=crew.owner)
    assert pool.sequencer(crew.id).own.unbonding == MIN + METIS


def test_case_10_ownership_moves_in_two_steps_and_is_never_renounced(
    system, pool, governance, stranger
):
    pool.transfer_ownership(stranger, sender=governance)
    assert (pool.owner(), pool.pending_owner()) == (governance, stranger)
    # one sent to the wrong address is taken back
    pool.transfer_ownership(ZERO, sender=governance)
    with ape.reverts("ownable_2step: caller is not the new owner"):
        pool.accept_ownership(sender=stranger)
    assert (pool.owner(), pool.pending_owner()) == (governance, ZERO)
    names = {method.name for method in pool.contract_type.methods}
    assert not {name for name in names if "renounce" in name or "upgrade" in name}


def test_case_10_nothing_is_left_to_initialise(system, pool, vault, governance):
    for contract in (pool, vault):
        names = {method.name for method in contract.contract_type.methods}
        assert not {name for name in names if "init" in name or "setup" in name}
    # all was set in the constructor, and the deployer holds nothing
    assert (pool.owner(), pool.slash_vault(), vault.pool()) == (governance, vault, pool)
    for call, arguments in (
        (pool.approve, (system.deployer,)),
        (pool.set_min_stake, (METIS,)),
        (pool.announce_slasher, (system.deployer,)),
    ):
        with ape.reverts("roles: not governance"):
            call(*arguments, sender=system.deployer)
