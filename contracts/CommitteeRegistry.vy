# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version cancun
"""
@title CommitteeRegistry
@custom:contract-name CommitteeRegistry
@license AGPL-3.0-only
@notice Names who may sign. Its checkpoints make the members of the SequencerPool
        a committee, whose signatures everything else rests on; its seals draw
        the seed by which L2 chooses who produces.
@dev Trusts the pool, which it only reads, so there is no lock against
     reentrancy. It trusts nobody else: it has no owner, no guardian and no
     parameter. Anyone makes checkpoints and seals. What keeps
     a caller from drawing until a seed suits: a checkpoint waits for the seal
     of the last one, and for an hour, unless a member has left.
@custom:kill There is nothing to stop, and no way to upgrade it: it holds
             nothing. Whoever asks it is replaced to ask another.
@custom:source docs/design.md sections 2 and 3.8
"""

from interfaces import ICommitteeRegistry
from interfaces import ISequencerPool

implements: ICommitteeRegistry

from contracts.modules import limits
from contracts.modules.signing import committee as committees
from contracts.modules.words import registry_words as words


# ---------------------------------------------------------------- constants

# Nonces have 40 bits: so many doublings and halves find each.
_MOST_STEPS: constant(uint256) = 41


# ---------------------------------------------------------------- immutables

pool: public(immutable(address))


# ---------------------------------------------------------------- storage

# The words of `registry_words`.
_checkpoint: uint256
_committees: HashMap[uint256, uint256]  # nonce, from 1 => committee
_hashes: HashMap[uint256, bytes32]  # nonce =>
_seed: bytes32  # of the latest sealed committee


# ---------------------------------------------------------------- constructor


@deploy
def __init__(pool_: address):
    """
    @notice Fixes whose members the committees are made of.
    @param pool_ The SequencerPool; not zero.
    """
    assert pool_ != empty(address), "CommitteeRegistry: zero pool"
    pool = pool_


# ---------------------------------------------------------------- anyone


@external
def checkpoint() -> uint256:
    """
    @notice Makes the present members a committee with the next nonce, and counts power x seconds.
            At most once an hour, except when a member has left (exit, jail, suspension); without a
            change, once a day.
    @return The committee's nonce, from 1.
    @custom:reverts "last one is not sealed"; "too early"
    @custom:emits CommitteeCheckpointed
    @custom:source docs/design.md section 2
    """
    last: words.Checkpoint = words._unpack_checkpoint(self._checkpoint)
    # Without this, whoever can make members leave could keep all seals from
    # happening by making checkpoint after checkpoint.
    assert last.is_sealed or last.nonce == 0, "CommitteeRegistry: last one is not sealed"
    parameters: ISequencerPool.Parameters = staticcall ISequencerPool(pool).parameters()
    members: DynArray[uint256, limits.MAX_SEQUENCERS] = []
    power: uint256 = 0
    for seat: uint256 in staticcall ISequencerPool(pool).seats():
        bonded: uint256 = seat >> committees.POWER_BIT
        if bonded < parameters.min_stake:
            continue
        if bonded > parameters.cap:
            bonded = parameters.cap
            members.append(committees._with_power(seat, bonded))
        else:
            members.append(seat)
        # Too few to be a committee still earn rewards: this counts them.
        power += bonded
    if len(members) < limits.MIN_COMMITTEE:
        members = []
    departures: uint256 = staticcall ISequencerPool(pool).departures()
    before: words.CommitteeInfo = self._info(last.nonce)
    age: uint256 = block.timestamp - before.created_at
    if departures == last.departures and age < limits.CHECKPOINT_REFRESH:
        # Another power is another list, but for those who are too few: no need to hash it.
        assert age >= limits.CHECKPOINT_INTERVAL and (
            (len(members) != 0 and power != before.power)
            or committees._hash(last.nonce, members) != self._hashes[last.nonce]
        ), "CommitteeRegistry: too early"

    nonce: uint256 = last.nonce + 1
    committee_hash: bytes32 = committees._hash(nonce, members)
    self._hashes[nonce] = committee_hash
    self._committees[nonce] = words._pack_committee(
        words.CommitteeInfo(
            power=power,
            size=len(members),
            created_at=block.timestamp,
            power_seconds=before.power_seconds + before.power * age,
        )
    )
    self._checkpoint = words._pack_checkpoint(
        words.Checkpoint(
            nonce=nonce,
            block_number=block.number,
            departures=departures,
            is_sealed=False,
        )
    )
    log ICommitteeRegistry.CommitteeCheckpointed(
        nonce=nonce, committee_hash=committee_hash, power=power, members=members
    )
    return nonce


@external
def seal():
    """
    @notice Draws the seed of the latest committee from a block that nobody knew at its checkpoint.
            If nobody called within 256 blocks, that block is named anew.
    @custom:reverts "nothing to seal"; "too early to seal" before block b + 5
    @custom:emits CommitteeSealed, or SealPostponed
    @custom:source docs/design.md section 2
    """
    last: words.Checkpoint = words._unpack_checkpoint(self._checkpoint)
    assert last.nonce != 0 and not last.is_sealed, "CommitteeRegistry: nothing to seal"
    source: uint256 = last.block_number + limits.SEAL_DELAY - 1
    assert block.number > source, "CommitteeRegistry: too early to seal"
    if block.number > source + limits.BLOCKHASH_WINDOW:
        last.block_number = block.number
        log ICommitteeRegistry.SealPostponed(nonce=last.nonce, block_number=block.number)
    else:
        last.is_sealed = True
        seed: bytes32 = keccak256(concat(self._seed, blockhash(source)))
        self._seed = seed
        log ICommitteeRegistry.CommitteeSealed(nonce=last.nonce, seed=seed)
    self._checkpoint = words._pack_checkpoint(last)


# ---------------------------------------------------------------- views


@external
@view
def committee(nonce: uint256) -> ICommitteeRegistry.Committee:
    """
    @notice What is known of a committee.
    @param nonce Its nonce, from 1.
    @return See ICommitteeRegistry; all zero if there is none.
    """
    info: words.CommitteeInfo = self._info(nonce)
    return ICommitteeRegistry.Committee(
        hash=self._hashes[nonce],
        power=info.power,
        size=info.size,
        created_at=info.created_at,
        superseded_at=self._info(nonce + 1).created_at,
    )


@external
@view
def last_checkpoint() -> ICommitteeRegistry.Checkpoint:
    """
    @notice The latest checkpoint.
    @return See ICommitteeRegistry; before the first all zero, but for member_left.
    """
    last: words.Checkpoint = words._unpack_checkpoint(self._checkpoint)
    return ICommitteeRegistry.Checkpoint(
        nonce=last.nonce,
        made_at=self._info(last.nonce).created_at,
        block_number=last.block_number,
        is_sealed=last.is_sealed,
        member_left=(staticcall ISequencerPool(pool).departures()) != last.departures,
    )


@external
@view
def sealed_committee() -> (uint256, bytes32, bytes32):
    """
    @notice The latest sealed committee, which may be relayed to L2.
    @return Its nonce; 0: none.
    @return Its hash.
    @return Its seed.
    """
    last: words.Checkpoint = words._unpack_checkpoint(self._checkpoint)
    nonce: uint256 = last.nonce
    if not last.is_sealed and nonce != 0:
        nonce -= 1
    return nonce, self._hashes[nonce], self._seed


@external
@view
def power_seconds() -> uint256:
    """
    @notice Sum over all time of the power of the committee in force.
    @return Wei of METIS x seconds.
    """
    last: words.Checkpoint = words._unpack_checkpoint(self._checkpoint)
    return self._power_seconds(self._info(last.nonce), block.timestamp)


@external
@view
def power_seconds_at(time: uint256, near: uint256) -> uint256:
    """
    @notice The same sum until a time that has passed: so nothing that came later counts.
    @param time Unix seconds.
    @param near Nonce of a committee; 0: none. The nearer it is to the one in force at that time, the
                less it costs to find that one: some 2,500 gas for each doubling of the distance.
    @return Wei of METIS x seconds.
    @custom:reverts "in the future"; "unknown committee"
    @custom:source docs/design.md section 3.5
    """
    assert time <= block.timestamp, "CommitteeRegistry: in the future"
    assert near == 0 or self._info(near).created_at != 0, "CommitteeRegistry: unknown committee"
    info: words.CommitteeInfo = self._info(self._in_force(time, near))
    return self._power_seconds(info, time)


# ---------------------------------------------------------------- internal


@internal
@view
def _info(nonce: uint256) -> words.CommitteeInfo:
    return words._unpack_committee(self._committees[nonce])


@internal
@view
def _in_force(time: uint256, near: uint256) -> uint256:
    """
    @dev The nonce of the committee at a time, from a known one: with steps that double, until that time
         lies between two, and then by halves. So a batch that comes years late is found as well.
    """
    low: uint256 = near
    high: uint256 = near + 1
    step: uint256 = 1
    if self._is_made(near, time):
        for _: uint256 in range(_MOST_STEPS):
            if not self._is_made(high, time):
                break
            low = high
            step *= 2
            high += step
    else:
        for _: uint256 in range(_MOST_STEPS):
            if self._is_made(low, time):
                break
            high = low
            low -= min(low, step)
            step *= 2
    for _: uint256 in range(_MOST_STEPS):
        if high - low == 1:
            break
        middle: uint256 = (low + high) // 2
        if self._is_made(middle, time):
            low = middle
        else:
            high = middle
    return low


@internal
@view
def _is_made(nonce: uint256, time: uint256) -> bool:
    """
    @dev At a time. Committee 0 stands for all time before the first: nobody had power.
    """
    created_at: uint256 = self._info(nonce).created_at
    return nonce == 0 or (created_at != 0 and created_at <= time)


@internal
@pure
def _power_seconds(info: words.CommitteeInfo, time: uint256) -> uint256:
    """
    @dev Until a time at which that committee is in force.
    """
    return info.power_seconds + info.power * (time - info.created_at)
