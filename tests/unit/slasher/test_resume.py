"""Slasher.resume"""

import ape

from seqpool.protocol.limits import LIMITS
from tests.utils.system import State


def test_resume_ends_a_stop_and_emits(court, slasher, accused):
    slasher.stop(sender=court.guardian)
    tx = slasher.resume(sender=court.guardian)
    assert tx.events == [slasher.Unpaused()]
    assert not slasher.stopped()
    court.report(court.offence(accused))
    assert court.state_of(accused) == State.JAILED


def test_resume__not_stopped__reverts(court, slasher):
    with ape.reverts("timed_pause: not paused"):
        slasher.resume(sender=court.guardian)


def test_resume__when_the_stop_is_over__reverts(court, slasher):
    stopped_at = slasher.stop(sender=court.guardian).timestamp
    court.at(stopped_at + LIMITS["SLASHER_STOP"])
    with ape.reverts("timed_pause: not paused"):
        slasher.resume(sender=court.guardian)


def test_resume__governance__reverts(court, slasher):
    slasher.stop(sender=court.guardian)
    with ape.reverts("guardian: not guardian"):
        slasher.resume(sender=court.governance)
