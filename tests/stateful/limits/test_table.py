"""docs/trust.md: what two thirds and a vote can take at most, against adversaries who take whatever
they can at each moment that matters."""

from fractions import Fraction

import pytest

from seqpool.protocol.limits import LIMITS
from seqpool.protocol.messages import Reason
from seqpool.units import DAY, METIS
from tests.stateful.limits.base import Base
from tests.stateful.limits.suite import GOVERNANCE
from tools.limits_page import AFTER, ALL, BRAKES, LEAVER, ONE, TWO_THIRDS, VOTE, most

BUCKET = LIMITS["BRAKE_BUCKET"]
# A share is cut off to a basis point, and an amount to a wei.
DUST = Fraction(1, 10_000)
# One wrong block costs no more than this; so two thirds take what their brake lets pass in two
# parts, and the second is a share of what the first has left.
ONE_BLOCK = Fraction(LIMITS["INVALID_EXECUTION_CEILING"], LIMITS["BPS"])
IN_TWO_PARTS = 1 - (1 - ONE_BLOCK) * (1 - (BRAKES[TWO_THIRDS].share - ONE_BLOCK))
REACHED = {**BRAKES, TWO_THIRDS: BRAKES[TWO_THIRDS]._replace(share=IN_TWO_PARTS)}


class Greedy(Base):
    """Five sequencers, of which some or all are robbed."""

    def __init__(self, who: str, of: str):
        super().__init__()
        self.who, self.of = who, of
        self.begin_with([(80_000 * METIS, None)] * 4 + [(40_000 * METIS, 40_000 * METIS)])
        # the last second of a bucket
        self.wait_until((self.now // BUCKET + 1) * BUCKET - 1)
        self.began_at = self.now
        self.victims = self.ids if of == ALL else self.ids[:1]
        if of == LEAVER:
            self.send(self.owner(1), self.suite.pool, "unlock", 1)

    def tell(self, *_):
        """Nobody listens: this is no example of hypothesis."""

    def take(self):
        if self.who == VOTE:
            for id in self.victims:
                self.vote_slash(id, LIMITS["MANIPULATION_CEILING"])
        for id in self.victims:
            for _ in range(3):
                self.report_failure(id, self.now, Reason.INVALID_EXECUTION)
        if self.who == VOTE:
            for pending in self.pendings:
                self.send(GOVERNANCE, self.suite.slasher, "confirm", pending)

    def share_after(self, days: int) -> Fraction:
        """Taken until then, at all moments at which a bucket begins, and then."""
        had = 80_000 * METIS * len(self.victims)
        end = self.began_at + days * DAY
        while self.now < end:
            self.wait_until(min(end, (self.now // BUCKET + 1) * BUCKET))
            self.take()
        self.take()
        return Fraction(sum(x.amount for x in self.takes), had)


@pytest.mark.parametrize("who", BRAKES)
@pytest.mark.parametrize("of", [ONE, LEAVER, ALL])
def test_adversaries_reach_what_the_table_says_and_no_more(who, of):
    adversary = Greedy(who, of)
    try:
        for days in AFTER:
            share = adversary.share_after(days)
            least = most(who, of, days, REACHED) - DUST
            assert least <= share <= most(who, of, days), f"{float(share)} after {days} days"
    finally:
        adversary.teardown()


def test_two_thirds_take_no_more_of_all_than_their_brake_lets_pass():
    """New stake comes, as the old is used up."""
    adversary = Greedy(TWO_THIRDS, ALL)
    try:
        for _ in range(12):
            adversary.take()
            adversary.enter(99_000 * METIS, None)
            adversary.victims = adversary.ids
        taken = sum(x.share_of_all for x in adversary.takes)
        brake = Fraction(LIMITS["BRAKE_OF_ALL"], LIMITS["SHARE"])
        assert brake - DUST <= taken <= brake
    finally:
        adversary.teardown()
