"""State machines: epochs against their model, in any order of calls; I6, I7, I10 and I11."""

from tests.stateful.epochs.rules.base import Base
from tests.stateful.epochs.rules.checks import Checks
from tests.stateful.epochs.rules.committees import Committees
from tests.stateful.epochs.rules.parameters import Parameters
from tests.stateful.epochs.rules.views import Views
from tests.stateful.epochs.rules.votes import Votes


class EpochsMachine(Committees, Votes, Parameters, Views, Checks, Base):
    """All that anybody may do with the SequencerSet."""


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
