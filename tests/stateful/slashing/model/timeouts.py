"""Timeouts, what they cost, and the mass outages that they make: lists, and scans of them."""

from collections import Counter

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Kind
from tests.stateful.slashing.model.records import TIMEOUT_MAXIMUM, Outage, Timeout

# A sequencer's strikes of so many days are remembered, up to its latest timeout; and when it timed
# out, what that has cost, and what was charged.
STRIKE_MEMORY, MEMORY = 32, 12
STRIKES_A_DAY, MOST_COST = 7, 255
# Less than a day apart: there is a window with both.
NEAR = 3
UNIT = LIMITS["METIS"] // 1_000  # of power


class Timeouts:
    """Who timed out when, and with whom."""

    def latest_day(self, id: int) -> int:
        return max((x.day for x in self.timeouts if x.id == id), default=0)

    def strikes(self, id: int, day: int) -> int:
        """Of an id, and of the one that its owner had before, less than 30 days before a day."""
        return sum(self.strikes_of(x, day) for x in (id, self.former(id)))

    def strikes_of(self, id: int, day: int) -> int:
        first = max(self.latest_day(id) - STRIKE_MEMORY, day - LIMITS["STRIKE_DAYS"]) + 1
        days = Counter(x.day for x in self.timeouts if x.id == id and x.day >= first)
        return sum(min(x, STRIKES_A_DAY) for x in days.values())

    def is_remembered(self, id: int, quarter: int) -> bool:
        return quarter // 4 > self.latest_day(id) - MEMORY

    def is_covered(self, id: int, quarter: int) -> bool:
        """By a charge of which it shares a window."""
        return any(
            x == id and abs(other - quarter) <= NEAR and self.is_remembered(id, other)
            for x, other in self.charges
        )

    # ------------------------------------------------------------ a timeout

    def time_out(self, timeout: Timeout, locked: int, key: int) -> int:
        """Strikes, jails and charges."""
        id, day = timeout.id, timeout.day
        count = self.strikes(id, day) + 1
        self.timeouts.append(timeout)
        outage = self.find_outage(timeout.quarter, key)
        kind, bps = Kind.BLOCK_TIMEOUT, 0
        if outage:
            kind, bps = Kind.MASS_OUTAGE, self.charge(id, outage)
        elif not self.is_covered(id, timeout.quarter):
            penalty = count * self.penalties[Kind.BLOCK_TIMEOUT]
            bps = min(penalty, self.penalties[TIMEOUT_MAXIMUM])
            cost = self.costs.get((id, day), 0)
            self.costs[id, day] = min(cost + -(-bps // 2), MOST_COST)
        case_id = self.punish(id, locked, bps, kind, key, count)
        self.jail(id, min(count * LIMITS["TIMEOUT_JAIL"], LIMITS["MAX_JAIL"]))
        return case_id

    # ------------------------------------------------------------ mass outages

    def is_third(self, end: int) -> bool:
        """Whether in the window that ends with a quarter as many timed out as are an outage."""
        powers: dict[int, int] = {}
        for x in self.timeouts:
            if end - NEAR <= x.quarter <= end:
                # that with which it was first reported counts
                powers.setdefault(x.id, -(-x.power // UNIT))
        days = {end // 4, (end - NEAR) // 4}
        return len(powers) >= LIMITS["MIN_OUTAGE"] and all(
            3 * len(powers) >= x.size and 3 * sum(powers.values()) >= x.total // UNIT
            for x in self.timeouts
            if x.day in days
        )

    def outage_of(self, quarter: int) -> Outage | None:
        return next((x for x in self.outages if quarter in x.quarters), None)

    def find_outage(self, quarter: int, key: int) -> Outage | None:
        """That of a quarter in which somebody has just timed out."""
        ends = [end for end in range(quarter, quarter + NEAR + 1) if self.is_third(end)]
        if not ends:
            return self.outage_of(quarter)
        parts = range(min(ends) - NEAR, max(ends) + 1)
        found = next((x for x in map(self.outage_of, (quarter, *parts)) if x), None)
        if not found:
            found = Outage(key)
            self.outages.append(found)
        if new := {x for x in parts if not self.outage_of(x)}:
            found.quarters |= new
            found.found_at = self.now
        if found.found_at == self.now:
            self.log("OutageFound", self.outages.index(found) + 1, *found.span)
        return found

    def parts(self, id: int, outage: Outage) -> list[int]:
        """Quarters of an outage in which a sequencer timed out, as far as is remembered."""
        mine = {x.quarter for x in self.timeouts if x.id == id and x.quarter in outage.quarters}
        return sorted(x for x in mine if self.is_remembered(id, x))

    def charge(self, id: int, outage: Outage) -> int:
        """Basis points that are due, and from now on are charged."""
        bps = 0
        for quarter in self.parts(id, outage):
            if not self.is_covered(id, quarter):
                days = {quarter // 4, (quarter + NEAR) // 4}
                known = [x for x in days if x > self.latest_day(id) - MEMORY]
                cost = 2 * sum(self.costs.pop((id, day), 0) for day in known)
                self.charges.append((id, quarter))
                bps += max(0, self.penalties[Kind.MASS_OUTAGE] - cost)
        return min(bps, LIMITS["BPS"])

    def due(self, id: int, outage: Outage) -> int:
        """The same, and nothing has changed."""
        costs, charges = dict(self.costs), list(self.charges)
        bps = self.charge(id, outage)
        self.costs, self.charges = costs, charges
        return bps

    def top_up(self, sender, number: int, ids: tuple[int, ...]) -> int:
        self.need(not self.is_stopped, "Slasher: stopped")
        self.need(len(ids) > 0, "Slasher: empty page")
        self.require(1 <= number <= len(self.outages), "Slasher: unknown outage")
        outage = self.outages[number - 1]
        self.need(self.age(outage.found_at) <= LIMITS["TOP_UP_PERIOD"], "Slasher: too late")
        self.need(len({*ids}) == len(ids), "Slasher: id twice")
        self.require(all(self.parts(x, outage) for x in ids), "Slasher: not in the outage")
        charged = 0
        for id in ids:
            if bps := self.charge(id, outage):
                charged += 1
                locked = self.stakes(id).locked(self.now)
                taken = self.take(id, locked, bps, Kind.MASS_OUTAGE, outage.key)
                self.log("ToppedUp", number, id, *taken)
        return charged
