"""The contracts of the parliament, as for the tests of the SequencerGovernor."""

from tests.unit.sequencer_governor.conftest import desk, governor, metis, timelock

__all__ = ["desk", "governor", "metis", "timelock"]
