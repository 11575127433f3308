"""What all who look after redemptions from the LST vault have to agree on."""

from seqpool.units import DAY

# Wei of shares, and of METIS, that nobody owns.
VIRTUAL = 10**12
# Seconds after the date of a request in which its controller may redeem it by itself, before
# others set METIS aside for it.
FUND_AFTER = 3 * DAY
