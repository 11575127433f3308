# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Limits
@custom:contract-name limits
@license AGPL-3.0-only
@notice Floors and ceilings of every parameter, array bounds and units that
        the contracts of the suite share. Stateless.
@dev Launch values are not here: they live in params/<network>.json. The table
     in docs/parameters.md is tested against these constants.
@custom:source docs/design.md sections 2 and 4
"""


# Units.
METIS: constant(uint256) = 10**18
BPS: constant(uint256) = 10_000
HOUR: constant(uint256) = 3_600
DAY: constant(uint256) = 86_400

# Array bounds.
MAX_SEQUENCERS: constant(uint256) = 128
MIN_COMMITTEE: constant(uint256) = 3
MAX_UNBONDINGS: constant(uint256) = 16

# Stake, in wei of METIS.
MIN_STAKE_FLOOR: constant(uint256) = METIS
CAP_CEILING: constant(uint256) = 1_000_000 * METIS

# Seats. The ceiling is MAX_SEQUENCERS.
SEATS_FLOOR: constant(uint256) = 4

# Times, in seconds.
EXIT_DELAY_FLOOR: constant(uint256) = 21 * DAY
EXIT_DELAY_CEILING: constant(uint256) = 60 * DAY
CURE_PERIOD_FLOOR: constant(uint256) = DAY
CURE_PERIOD_CEILING: constant(uint256) = 30 * DAY
ROTATION_PERIOD_FLOOR: constant(uint256) = HOUR
ROTATION_PERIOD_CEILING: constant(uint256) = 7 * DAY

# After an owner has replaced a signer, the signer may not undo it for so long.
SIGNER_ROTATION_LOCK: constant(uint256) = 7 * DAY

# A new Slasher waits longer than the longest exit, so everyone can leave first.
SLASHER_NOTICE: constant(uint256) = EXIT_DELAY_CEILING + DAY

# What the Slasher may do to one sequencer without a vote.
MAX_HOLD: constant(uint256) = 30 * DAY
MAX_JAIL: constant(uint256) = 30 * DAY

# The guardian's pause: it ends by itself, and cannot be renewed at once.
PAUSE_DURATION: constant(uint256) = 7 * DAY
PAUSE_INTERVAL: constant(uint256) = 14 * DAY

# The committee.
CHECKPOINT_INTERVAL: constant(uint256) = HOUR
CHECKPOINT_REFRESH: constant(uint256) = DAY
SEAL_DELAY: constant(uint256) = 5  # blocks
BLOCKHASH_WINDOW: constant(uint256) = 256  # blocks

# Epochs, on L2.
EPOCH_LENGTH_FLOOR: constant(uint256) = 10  # blocks
EPOCH_LENGTH_CEILING: constant(uint256) = 100_000
BLOCK_TIMEOUT_FLOOR: constant(uint256) = 10
BLOCK_TIMEOUT_CEILING: constant(uint256) = 600
FALLBACK_DELAY_FLOOR: constant(uint256) = 1_800  # half an hour
FALLBACK_DELAY_CEILING: constant(uint256) = DAY
# A committee that was replaced on L2 may sign a Correction for so long.
COMMITTEE_GRACE: constant(uint256) = HOUR
# A round of re-election is a uint8.
MAX_ROUND: constant(uint256) = 255
# After so many redraws the next eligible member is taken.
MAX_REDRAWS: constant(uint256) = 16

# Committees that may sign what is sent to L1: the latest, and those superseded not longer ago. Their
# members still have at stake what they had when they were superseded.
COMMITTEE_AGE: constant(uint256) = 7 * DAY
# A key that was rotated out answers for so long for two blocks of one height.
OLD_SIGNER_AGE: constant(uint256) = 7 * DAY

# Votes. A proposal waits so long for its vote; the vote ends so long after it
# at least, and after it was linked at most.
LINK_PERIOD: constant(uint256) = 14 * DAY
VOTE_FLOOR: constant(uint256) = DAY
VOTE_CEILING: constant(uint256) = 7 * DAY
# Attesters have so long from the end of a vote, and anyone from the end of the
# delay on.
ATTESTATION_PERIOD: constant(uint256) = 14 * DAY
EXECUTION_PERIOD: constant(uint256) = 14 * DAY
# Between tally and execution, by class.
DELAY_ORDINARY: constant(uint256) = 2 * DAY
DELAY_PARAMETERS: constant(uint256) = 7 * DAY
DELAY_CUSTODY: constant(uint256) = 30 * DAY
# Criteria. The ceilings keep a vote from making all later ones impossible.
QUORUM_FLOOR: constant(uint256) = 10_000 * METIS
QUORUM_CEILING: constant(uint256) = 1_000_000 * METIS
WALLETS_FLOOR: constant(uint256) = 10
WALLETS_CEILING: constant(uint256) = 10_000
APPROVAL_FLOOR: constant(uint256) = BPS // 2
APPROVAL_CEILING: constant(uint256) = BPS
PROPOSAL_THRESHOLD_CEILING: constant(uint256) = 10_000 * METIS
# Array bounds.
MAX_ACTIONS: constant(uint256) = 8
MAX_ACTION_DATA: constant(uint256) = 1_024  # bytes
MAX_ATTESTERS: constant(uint256) = 16
ATTESTERS_FLOOR: constant(uint256) = 3
MAX_PERMISSIONS: constant(uint256) = 64  # given at deployment

# No offence older than this is punished. The Slasher's constructor checks that each age (this one,
# COMMITTEE_AGE, OLD_SIGNER_AGE, and this one with TOP_UP_PERIOD) fits into the shortest exit, together
# with the Slasher's longest stop and a vote on the slash, or with the stop alone where a hold waits for the vote.
CERTIFICATE_MAX_AGE: constant(uint256) = 7 * DAY
SLASHER_STOP: constant(uint256) = 3 * DAY
SLASHER_STOP_INTERVAL: constant(uint256) = 14 * DAY
SLASH_VOTE: constant(uint256) = VOTE_CEILING + DELAY_ORDINARY

# Ceilings of penalties, in basis points of what is locked.
TIMEOUT_CEILING: constant(uint256) = 200
BACKLOG_CEILING: constant(uint256) = 200
INVALID_EXECUTION_CEILING: constant(uint256) = 1_000
EQUIVOCATION_CEILING: constant(uint256) = 2_000
MANIPULATION_CEILING: constant(uint256) = 3_000
MASS_OUTAGE_CEILING: constant(uint256) = 1_000
# Timeouts on days less far apart make each other dearer.
STRIKE_DAYS: constant(uint256) = 30
TIMEOUT_JAIL: constant(uint256) = HOUR  # for each strike
BACKLOG_JAIL: constant(uint256) = DAY
# A mass outage: at least so many sequencers, and a third of a committee, within a window of four
# quarters.
QUARTER: constant(uint256) = 6 * HOUR
MIN_OUTAGE: constant(uint256) = 3
# So long after an outage was found, or has last grown, its sequencers may be charged.
TOP_UP_PERIOD: constant(uint256) = 7 * DAY
MAX_TOP_UPS: constant(uint256) = 16  # sequencers a call

# Brakes. What committees take from all in BRAKE_DAYS, in parts of a thousand million.
SHARE: constant(uint256) = 10**9
BRAKE_DAYS: constant(uint256) = 7
BRAKE_OF_ALL: constant(uint256) = SHARE // 5
# What committees, and what committees and votes together, take from one in 30 days, in basis points.
BRAKE_OF_ONE: constant(uint256) = 1_500
BRAKE_OF_VOTE: constant(uint256) = 3_000
# Fifteen whole buckets and the present one: never fewer than 30 days.
BRAKE_BUCKET: constant(uint256) = 2 * DAY
BRAKE_BUCKETS: constant(uint256) = 16

# Share of the vault's rewards that an operator may keep, in basis points.
COMMISSION_CEILING: constant(uint256) = 5_000

# Rewards. The rate is a share of the pool's mean power, a year.
MRR_CEILING: constant(uint256) = 5_000  # basis points
MRR_RISE: constant(uint256) = 1_000  # at most, once in MRR_RISE_INTERVAL
MRR_RISE_INTERVAL: constant(uint256) = 30 * DAY
BATCH_CEILING: constant(uint256) = 30 * DAY
RETIREMENT_NOTICE: constant(uint256) = 7 * DAY
RETIREMENT_PERIOD: constant(uint256) = 14 * DAY  # after it, notice has to be given again
# All members, and the fallback.
MAX_ENTRIES: constant(uint256) = MAX_SEQUENCERS + 1
YEAR: constant(uint256) = 365 * DAY

# The LST vault.
MAX_ALLOCATIONS: constant(uint256) = 8  # sequencers at a time
MAX_REQUESTS: constant(uint256) = 16  # open redemptions of one controller
# Gains enter the share price evenly over so long.
VESTING: constant(uint256) = 7 * DAY
# Losses that one call brings up to date.
MAX_LOSSES: constant(uint256) = 1_000

# Slashed METIS stays in escrow for a year; an undecided appeal keeps it for so long at most.
SLASH_LOCK: constant(uint256) = 365 * DAY
APPEAL_PERIOD: constant(uint256) = 180 * DAY
# A new treasury waits, so that nobody can redirect what is about to be released.
TREASURY_NOTICE: constant(uint256) = 7 * DAY
