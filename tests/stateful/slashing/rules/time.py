"""Time passes, to dates that matter."""

from hypothesis import strategies as st

from seqpool.protocol.limits import LIMITS
from seqpool.units import DAY, HOUR
from tests.stateful.machine import CHOICE, OFFSET, action
from tests.stateful.slashing.model.records import OPEN

SECONDS = st.sampled_from(
    [60, 0, 1, HOUR, 6 * HOUR, DAY, 12 * HOUR, 3 * DAY, 60, HOUR, 8 * DAY, 22 * DAY, 31 * DAY]
)


class Time:
    """Waits."""

    @action(weight=6, seconds=SECONDS)
    def time_passes(self, seconds):
        self.wait(seconds)

    @action(weight=4, kind=CHOICE, choice=CHOICE, offset=OFFSET)
    def deadline_comes(self, kind, choice, offset):
        """To the second before, of, or after something that is due."""
        model = self.model
        kinds = [
            {
                x
                for start, end in model.stops[-1:]
                for x in (end, start + LIMITS["SLASHER_STOP_INTERVAL"])
            },
            {
                model.committees[-1].created_at + DAY,
                *(x.superseded_at + LIMITS["COMMITTEE_AGE"] for x in model.committees[-3:-1]),
            },
            {x.expires_at for x in model.pendings if x.state == OPEN},
            {(at // DAY + LIMITS["BRAKE_DAYS"] + 1) * DAY for at, _ in model.slashes},
            {
                (at // LIMITS["BRAKE_BUCKET"] + LIMITS["BRAKE_BUCKETS"]) * LIMITS["BRAKE_BUCKET"]
                for slashes in (*model.taken.values(), *model.voted.values())
                for at, _ in slashes
            },
            {(x.day + LIMITS["STRIKE_DAYS"]) * DAY for x in model.timeouts},
            {x.found_at + LIMITS["TOP_UP_PERIOD"] for x in model.outages},
            {(model.now // LIMITS["QUARTER"] + 1) * LIMITS["QUARTER"]},
            {
                date
                for id in self.ids
                for side in self.stake(id).sides
                for _, date in side.unbondings
            },
            {
                date + LIMITS["OLD_SIGNER_AGE"]
                for _, date in model.signers.values()
                if date is not None
            },
            {date for _, date in model.treasuries},
            {*model.jails.values()},
        ]
        kinds = [sorted(x for x in dates if x > model.now) for dates in kinds]
        kinds = [dates for dates in kinds if dates]
        if kinds:
            dates = kinds[kind % len(kinds)]
            self.wait_until(dates[choice % len(dates)] + offset)
