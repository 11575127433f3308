"""Time passes, to dates that matter."""

from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, HOUR
from tests.stateful.machine import CHOICE, OFFSET, action

SECONDS = st.sampled_from([HOUR, 0, 1, 60, 6 * HOUR, DAY, 3 * DAY, 8 * DAY, 22 * DAY, 7 * DAY])


class Time:
    """Waits."""

    @action(weight=5, seconds=SECONDS)
    def time_passes(self, seconds):
        self.wait(seconds)

    @action(weight=3, choice=CHOICE, offset=OFFSET)
    def deadline_comes(self, choice, offset):
        """To the second before, of, or after something that is due."""
        model = self.model
        dates = {x.ready_at for x in self.staked.requests if x.shares}
        dates |= {self.staked.gains[2], self.staked.deallocatable_at}
        dates |= {x + LIMITS["MRR_RISE_INTERVAL"] for x in self.rewards.rises}
        if self.rewards.is_in_use:
            dates.add(self.rewards.end + LIMITS["BATCH_CEILING"])
        dates |= {x.superseded_at + LIMITS["COMMITTEE_AGE"] for x in model.committees.values()}
        for seq in model.sequencers.values():
            dates |= {x.matures_at for side in seq.sides for x in side.unbondings}
        dates = sorted(x for x in dates if x > model.now)
        if dates:
            self.wait_until(dates[choice % len(dates)] + offset)
