# pragma version 0.4.3
# pragma nonreentrancy off
# pragma evm-version london
"""
@title SequencerSet
@custom:contract-name SequencerSet
@license AGPL-3.0-only
@notice Says who produces each block of the L2. Epochs follow one another; the
        signer of each is drawn by weight from the committee that L1 sent, by
        a seed that nobody chose. A certificate of the committee replaces a
        signer that has stalled, and no trusted key decides anything.
@dev Trust. The relay on L1, through the messenger, for committees and bounded
     parameters. The fallback sequencer for its own blocks only: it gets an
     epoch when the chain showed no life for `fallback_delay`, or at an
     epoch's end when nobody can be drawn. Block numbers and timestamps are
     those of the producer; docs/client-rules.md says which a node accepts.
     Metis' L2 knows no opcode newer than Berlin's, hence `london`.
     nonreentrancy is off: the only calls out of here are the question to the
     messenger, which is trusted, and the setters of this very contract.
     Notation. The present epoch contains this block; the scheduled one comes
     after it; a gap is a block that no epoch contains. The signer in charge
     is that of the present epoch or, in a gap, the one drawn for the next.
@custom:kill There is nothing to stop it: the chain needs a producer.
@custom:source docs/design.md sections 2 and 3.3
"""

from interfaces import ICrossDomainMessenger
from interfaces import ISequencerSet

implements: ISequencerSet

from snekmate.utils import eip712_domain_separator as eip712

initializes: eip712

from contracts.modules import l2_call
from contracts.modules import limits
from contracts.modules.signing import committee as committees
from contracts.modules.signing import messages
from contracts.modules.signing import quorum
from contracts.modules.words import epoch_words as words

exports: eip712.eip712Domain


# ---------------------------------------------------------------- immutables

messenger: public(immutable(address))
# On L1: the CommitteeRelay.
relay: public(immutable(address))


# ---------------------------------------------------------------- storage

struct Seal:
    installation: uint256
    committee_hash: bytes32
    seed: bytes32


# All words are those of `epoch_words`.
_progress: uint256
_parameters: uint256
_installed: Seal
# The committee before. It was in force until the end of the block before the installation.
_previous: Seal
# epoch id, from 0 => epoch. Words beyond the latest epoch are leftovers of dropped epochs.
_epochs: HashMap[uint256, uint256]
_standings: HashMap[address, uint256]  # signer => standing
# Number of the latest call from L1.
call_count: public(uint256)


# ---------------------------------------------------------------- constructor


@deploy
def __init__(messenger_: address, relay_: address, launch_terms: ISequencerSet.Parameters):
    """
    @notice Starts epoch 0, the fallback sequencer's, which lasts until the first commit.
    @param messenger_ Metis' messenger on this chain; not zero.
    @param relay_ The CommitteeRelay on L1, which need not exist yet; not zero.
    @param launch_terms Launch values, within the bounds of `limits`.
    """
    eip712.__init__("MetisSequencerSet", "1")
    assert messenger_ != empty(address), "SequencerSet: zero messenger"
    assert relay_ != empty(address), "SequencerSet: zero relay"
    messenger = messenger_
    relay = relay_
    self._set_epoch_length(launch_terms.epoch_length)
    self._set_block_timeout(launch_terms.block_timeout)
    self._set_fallback_delay(launch_terms.fallback_delay)
    self._set_fallback_sequencer(launch_terms.fallback_sequencer)
    self._epochs[0] = words._pack_epoch(
        launch_terms.fallback_sequencer, block.number, words.OPEN_END
    )
    self._progress = words._pack_progress(
        words.Progress(last_epoch=0, alive_at=block.timestamp, reelected_at=0)
    )
    log ISequencerSet.FallbackTaken(
        epoch=0,
        signer=launch_terms.fallback_sequencer,
        start_block=block.number,
        end_block=words.OPEN_END,
    )


# ---------------------------------------------------------------- anyone


@external
def commit_epoch(members: DynArray[uint256, limits.MAX_SEQUENCERS]) -> uint256:
    """
    @notice Schedules the one next epoch, right after the present one. It starts at this block if
            there is a gap, or if the present one is epoch 0. Its signer is drawn.
    @param members The installed committee's words, in its order.
    @return The epoch's id.
    @custom:reverts "is scheduled"; "quorum: empty committee"; "quorum: wrong members"; "nobody is
                    eligible" if all members are barred; "epoch_words: block number too large"
    @custom:emits EpochCommitted
    @custom:source docs/design.md section 3.3
    """
    progress: words.Progress = words._unpack_progress(self._progress)
    start: uint256 = self._make_room(progress)
    nonce: uint256 = words._nonce(self._installed.installation)
    power: uint256 = quorum._check_members(members, nonce, self._installed.committee_hash)
    id: uint256 = progress.last_epoch + 1
    signer: address = self._draw(
        members, power, self._installed.seed, id, 0, empty(address), empty(address)
    )
    assert signer != empty(address), "SequencerSet: nobody is eligible"
    end: uint256 = self._add(id, progress.reelected_at, signer, start)
    log ISequencerSet.EpochCommitted(
        epoch=id, signer=signer, start_block=start, end_block=end, committee_nonce=nonce
    )
    return id


@external
def reelect(message: messages.Reelection, certificate: quorum.Certificate) -> uint256:
    """
    @notice Replaces a signer that has stalled, by a certificate of the committee.
            The epoch is cut at the previous block, or replaced in place if it produced none; a
            scheduled one is dropped; a full epoch of the drawn successor starts at this block.
    @param message What the certificate's signers have signed. `last_block` is the previous block,
                   so the certificate dies with the stall that it proves. `epoch` contains this
                   block; in a gap it is the next one. `round` is 1 + the number of successors who
                   did not appear in their turn of `block_timeout` each, at most 255. `failed`: in
                   round 1 the signer in charge, later the successor of the round before (zero if
                   nobody was eligible then); for INVALID_EXECUTION the signer in charge may be
                   named in any round, and round 1 need not wait.
    @param certificate Of the committee that was installed at the end of the previous block.
    @return The id of the successor's epoch.
    @custom:reverts "unknown reason"; "wrong last block"; "reelected already"; "wrong committee";
                    "wrong epoch"; "last block in the future"; "too early"; "wrong round";
                    "wrong failed signer"; "nobody is eligible"; "quorum: ..." for each thing that
                    may be wrong with a certificate; "epoch_words: block number too large"
    @custom:emits EpochReelected, SignerBarred
    @custom:source docs/design.md sections 2 and 3.3, G9, G11
    """
    is_timeout: bool = message.reason == messages.TIMEOUT
    assert (
        is_timeout or message.reason == messages.INVALID_EXECUTION
    ), "SequencerSet: unknown reason"
    assert (
        convert(message.last_block, uint256) + 1 == block.number
    ), "SequencerSet: wrong last block"
    progress: words.Progress = words._unpack_progress(self._progress)
    # Else the successor itself could be replaced within its first block, by the same votes.
    assert progress.reelected_at != block.number, "SequencerSet: reelected already"
    # The committee that all knew when the last block came: one at a time, so that no two
    # successors are ever valid together.
    seal: Seal = self._installed
    if words._installed_block(seal.installation) == block.number:
        seal = self._previous
    nonce: uint256 = words._nonce(seal.installation)
    assert convert(message.committee_nonce, uint256) == nonce, "SequencerSet: wrong committee"
    present: uint256 = 0
    word: uint256 = 0
    present, word = self._in_charge(progress.last_epoch)
    assert convert(message.epoch, uint256) == present, "SequencerSet: wrong epoch"
    round: uint256 = convert(message.round, uint256)
    self._check_round(round, convert(message.last_block_timestamp, uint256), is_timeout)
    # Outside of the next call, in which it would cost another copy of the certificate.
    digest: bytes32 = eip712._hash_typed_data_v4(messages._reelection_hash(message))
    power: uint256 = quorum._check(certificate, nonce, seal.committee_hash, digest)

    in_charge: address = words._signer(word)
    failed: address = empty(address)
    signer: address = empty(address)
    in_charge, failed, signer = self._turns(
        certificate.members, power, seal.seed, present, round, in_charge
    )
    assert message.failed == failed or (
        not is_timeout and message.failed == in_charge
    ), "SequencerSet: wrong failed signer"
    assert signer != empty(address), "SequencerSet: nobody is eligible"

    id: uint256 = self._cut(present, word)
    end: uint256 = self._add(id, block.number, signer, block.number)
    log ISequencerSet.EpochReelected(
        epoch=id,
        signer=signer,
        failed=message.failed,
        replaced=present,
        start_block=block.number,
        end_block=end,
        committee_nonce=nonce,
        round=round,
        reason=message.reason,
        last_block_timestamp=convert(message.last_block_timestamp, uint256),
    )
    if message.failed != empty(address):
        standing: uint256 = words._with_reelection(self._standings[message.failed])
        if not is_timeout:
            # The wrong block is the one that its peers refused: this block's number.
            standing = words._with_bar(standing, present, block.number)
            log ISequencerSet.SignerBarred(
                signer=message.failed, epoch=present, block_number=block.number
            )
        self._standings[message.failed] = standing
    return id


@external
def correct(message: messages.Correction, certificate: quorum.Certificate):
    """
    @notice Lifts a bar: the signer has produced the right block, as a certificate says.
    @param message What the certificate's signers have signed: exactly the bar's epoch and block.
    @param certificate Of the installed committee or, for an hour, of the one before it.
    @custom:reverts "wrong committee"; "not barred"; "another bar"; "quorum: ..." for each thing
                    that may be wrong with a certificate
    @custom:emits BarLifted
    @custom:source docs/design.md sections 2 and 3.3, G11
    """
    standing: uint256 = self._standings[message.signer]
    assert words._is_barred(standing), "SequencerSet: not barred"
    assert (
        words._wrong_epoch(standing) == convert(message.epoch, uint256)
        and words._wrong_block(standing) == convert(message.block_number, uint256)
    ), "SequencerSet: another bar"
    nonce: uint256 = convert(message.committee_nonce, uint256)
    committee_hash: bytes32 = self._installed.committee_hash
    installed: uint256 = self._installed.installation
    if nonce != words._nonce(installed):
        assert (
            nonce == words._nonce(self._previous.installation)
            and block.timestamp <= words._installed_at(installed) + limits.COMMITTEE_GRACE
        ), "SequencerSet: wrong committee"
        committee_hash = self._previous.committee_hash
    digest: bytes32 = eip712._hash_typed_data_v4(messages._correction_hash(message))
    quorum._check(certificate, nonce, committee_hash, digest)
    self._standings[message.signer] = words._without_bar(standing)
    log ISequencerSet.BarLifted(
        signer=message.signer,
        epoch=convert(message.epoch, uint256),
        block_number=convert(message.block_number, uint256),
        block_hash=message.block_hash,
    )


@external
def heartbeat():
    """
    @notice Shows that blocks are produced, so that the fallback sequencer need not take over. Every
            `fallback_delay` without a commit or a re-election wants one.
    @custom:emits Heartbeat
    @custom:source docs/design.md section 3.3
    """
    progress: words.Progress = words._unpack_progress(self._progress)
    progress.alive_at = block.timestamp
    self._progress = words._pack_progress(progress)
    log ISequencerSet.Heartbeat(sender=msg.sender)


# ---------------------------------------------------------------- fallback


@external
def fallback(members: DynArray[uint256, limits.MAX_SEQUENCERS] = []) -> uint256:
    """
    @notice Gives the fallback sequencer an epoch. After `fallback_delay` without a commit,
            re-election, fallback or heartbeat it starts at this block, and a scheduled one is
            dropped; but its own epoch has to end first. Before, if nobody can be drawn, it comes
            where `commit_epoch` would put it: at the end of the present one, or in a gap.
    @param members The installed committee's words, to show that all its members are barred; not
                   needed when the committee is empty, or after the delay.
    @return The epoch's id.
    @custom:reverts "not fallback sequencer"; "fallback is in charge" after the delay; before it
                    "is scheduled"; "too early" if there is a committee, and no members are given;
                    "somebody is eligible"; "quorum: wrong members"
    @custom:emits FallbackTaken
    @custom:source docs/design.md section 3.3
    """
    parameters: ISequencerSet.Parameters = words._unpack_parameters(self._parameters)
    assert msg.sender == parameters.fallback_sequencer, "SequencerSet: not fallback sequencer"
    progress: words.Progress = words._unpack_progress(self._progress)
    id: uint256 = 0
    start: uint256 = block.number
    if block.timestamp >= progress.alive_at + parameters.fallback_delay:
        word: uint256 = 0
        id, word = self._in_charge(progress.last_epoch)
        # Else it could keep heartbeats and commits out of its blocks, and so renew its epoch.
        assert (
            word == 0 or words._signer(word) != msg.sender
        ), "SequencerSet: fallback is in charge"
        id = self._cut(id, word)
    else:
        self._check_nobody_is_eligible(members)
        start = self._make_room(progress)
        id = progress.last_epoch + 1
    end: uint256 = self._add(id, progress.reelected_at, msg.sender, start)
    log ISequencerSet.FallbackTaken(epoch=id, signer=msg.sender, start_block=start, end_block=end)
    return id


# ---------------------------------------------------------------- relay


@external
def install_committee(nonce: uint256, committee_hash: bytes32, seed: bytes32):
    """
    @notice Makes another committee the one from which signers are drawn, and which replaces them.
            Epochs that are running or scheduled stay as they are.
    @param nonce Of the committee; only rises.
    @param committee_hash keccak256(abi_encode(nonce, members)).
    @param seed Of the draws.
    @custom:reverts "not messenger"; "not relay" unless the relay on L1 has sent it; "old nonce";
                    "nonce too large"
    @custom:emits CommitteeInstalled
    @custom:source docs/design.md section 3.3
    """
    self._check_relay()
    installed: Seal = self._installed
    assert nonce > words._nonce(installed.installation), "SequencerSet: old nonce"
    assert nonce <= convert(max_value(uint64), uint256), "SequencerSet: nonce too large"
    # A committee that did not last to the end of a block is none that anybody has seen.
    if words._installed_block(installed.installation) < block.number:
        self._previous = installed
    self._installed = Seal(
        installation=words._new_installation(nonce), committee_hash=committee_hash, seed=seed
    )
    log ISequencerSet.CommitteeInstalled(nonce=nonce, committee_hash=committee_hash, seed=seed)


@external
def apply_call(number: uint256, data: Bytes[l2_call.SIZE]):
    """
    @notice Carries out a call of governance: one of the setters below.
    @param number One more than call_count().
    @param data Selector and argument.
    @custom:reverts "not messenger"; "not relay"; "wrong call number"; "l2_call: ..." as
                    CommitteeRelay.set_l2
    @custom:emits CallApplied, and what the setter emits
    @custom:source docs/design.md section 3.2
    """
    self._check_relay()
    assert number == self.call_count + 1, "SequencerSet: wrong call number"
    self.call_count = number
    l2_call._check(data)
    log ISequencerSet.CallApplied(number=number)
    raw_call(self, data)


@external
def set_epoch_length(blocks: uint256):
    """
    @notice Sets the length of epochs that are made from now on.
    @param blocks 10..100,000 blocks.
    @custom:reverts "not by apply_call"; "l2_call: bad epoch length"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    self._check_self()
    self._set_epoch_length(blocks)


@external
def set_block_timeout(duration: uint256):
    """
    @notice Sets after how long without a block a signer may be replaced.
    @param duration 10..600 seconds.
    @custom:reverts "not by apply_call"; "l2_call: bad block timeout"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4, G9
    """
    self._check_self()
    self._set_block_timeout(duration)


@external
def set_fallback_delay(duration: uint256):
    """
    @notice Sets after how long without a sign of life the fallback sequencer may take over.
    @param duration 30 minutes..24 hours, in seconds.
    @custom:reverts "not by apply_call"; "l2_call: bad fallback delay"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    self._check_self()
    self._set_fallback_delay(duration)


@external
def set_fallback_sequencer(sequencer: address):
    """
    @notice Makes another account the fallback sequencer; epochs of the old one stay its own.
    @param sequencer The new one; not zero.
    @custom:reverts "not by apply_call"; "l2_call: zero sequencer"
    @custom:emits FallbackSequencerSet
    @custom:source docs/design.md section 3.3
    """
    self._check_self()
    self._set_fallback_sequencer(sequencer)


# ---------------------------------------------------------------- views


@external
@view
def sequencer_at(block_number: uint256) -> address:
    """
    @notice Who produces a block, in all history and as far as it is scheduled.
    @param block_number Of the block.
    @return The signer.
    @custom:reverts "block in no epoch"
    @custom:source docs/design.md section 3.3
    """
    id: uint256 = 0
    word: uint256 = 0
    id, word = self._find(block_number)
    return words._signer(word)


@external
@view
def epoch_at(block_number: uint256) -> uint256:
    """
    @notice In which epoch a block is.
    @param block_number Of the block.
    @return The epoch's id, from 0.
    @custom:reverts "block in no epoch"
    @custom:source docs/design.md section 3.3
    """
    id: uint256 = 0
    word: uint256 = 0
    id, word = self._find(block_number)
    return id


@external
@view
def current_epoch() -> uint256:
    """
    @notice In which epoch this block is.
    @return The epoch's id, from 0.
    @custom:reverts "block in no epoch"
    @custom:source docs/design.md section 3.3
    """
    id: uint256 = 0
    word: uint256 = 0
    id, word = self._find(block.number)
    return id


@external
@view
def last_epoch() -> uint256:
    """
    @notice The latest epoch, which may be scheduled, running or over.
    @return Its id, from 0.
    """
    return words._unpack_progress(self._progress).last_epoch


@external
@view
def epochs(n: uint256) -> ISequencerSet.Epoch:
    """
    @notice One epoch.
    @param n Its id, from 0 to last_epoch().
    @return Its signer, first and last block. Epoch 0 is empty (it ends before it starts) if the
            first commit was in its first block.
    @custom:reverts "unknown epoch"
    @custom:source docs/design.md section 3.3
    """
    assert n <= words._unpack_progress(self._progress).last_epoch, "SequencerSet: unknown epoch"
    word: uint256 = self._epochs[n]
    return ISequencerSet.Epoch(
        signer=words._signer(word),
        start_block=words._start(word),
        end_block=words._end(word),
    )


@external
@view
def draw(
    members: DynArray[uint256, limits.MAX_SEQUENCERS], epoch: uint256, round: uint256
) -> address:
    """
    @notice Who is drawn from the installed committee, as things stand.
    @param members The installed committee's words, in its order.
    @param epoch Round 0: any. Later rounds: one that exists, or the next.
    @param round 0 for an epoch's own signer, 1..255 for its successors.
    @return The signer drawn; zero if nobody is eligible.
    @custom:reverts "quorum: empty committee"; "quorum: wrong members"; "unknown epoch"; "bad round"
    @custom:source docs/design.md section 3.3
    """
    assert round <= limits.MAX_ROUND, "SequencerSet: bad round"
    power: uint256 = quorum._check_members(
        members,
        words._nonce(self._installed.installation),
        self._installed.committee_hash,
    )
    last: uint256 = words._unpack_progress(self._progress).last_epoch
    in_charge: address = empty(address)
    if round > 0:
        assert epoch <= last + 1, "SequencerSet: unknown epoch"
        if epoch <= last:
            in_charge = words._signer(self._epochs[epoch])
    failed: address = empty(address)
    signer: address = empty(address)
    in_charge, failed, signer = self._turns(
        members, power, self._installed.seed, epoch, round, in_charge
    )
    return signer


@external
@view
def is_barred(signer: address) -> bool:
    """
    @notice Whether a signer is left out of draws, because of a wrong block.
    @param signer Any.
    @return True until a Correction lifts the bar.
    @custom:source docs/design.md section 3.3, G11
    """
    return words._is_barred(self._standings[signer])


@external
@view
def bar_of(signer: address) -> (uint256, uint256):
    """
    @notice What a Correction has to name to lift a signer's bar.
    @param signer Any.
    @return Epoch of the wrong block; 0 if it is not barred.
    @return Number of the wrong block; 0 if it is not barred.
    """
    standing: uint256 = self._standings[signer]
    return words._wrong_epoch(standing), words._wrong_block(standing)


@external
@view
def reelections(signer: address) -> uint256:
    """
    @notice How often a signer was replaced by a re-election.
    @param signer Any.
    @return The number, of all time.
    @custom:source docs/design.md section 3.3
    """
    return words._reelections(self._standings[signer])


@external
@view
def committee() -> ISequencerSet.Committee:
    """
    @notice The installed committee.
    @return See ISequencerSet; all zero before the first one.
    """
    return self._committee_of(self._installed)


@external
@view
def previous_committee() -> ISequencerSet.Committee:
    """
    @notice The committee before, which may sign a Correction for an hour, and a re-election in the
            very block in which the present one was installed.
    @return See ISequencerSet; all zero if there was none.
    """
    return self._committee_of(self._previous)


@external
@view
def parameters() -> ISequencerSet.Parameters:
    """
    @notice The parameters that hold now.
    @return epoch_length in blocks, block_timeout and fallback_delay in seconds, fallback_sequencer.
    """
    return words._unpack_parameters(self._parameters)


@external
@view
def alive_at() -> uint256:
    """
    @notice When there was the last commit, re-election, fallback or heartbeat.
    @return Unix seconds.
    """
    return words._unpack_progress(self._progress).alive_at


@external
@view
def reelected_at() -> uint256:
    """
    @notice Where the last re-election was.
    @return Its block's number; 0 if there was none.
    """
    return words._unpack_progress(self._progress).reelected_at


# ---------------------------------------------------------------- internal


@internal
@view
def _check_relay():
    assert msg.sender == messenger, "SequencerSet: not messenger"
    assert (
        staticcall ICrossDomainMessenger(messenger).xDomainMessageSender() == relay
    ), "SequencerSet: not relay"


@internal
@view
def _check_self():
    assert msg.sender == self, "SequencerSet: not by apply_call"


@internal
@view
def _check_round(round: uint256, last_block_timestamp: uint256, is_timeout: bool):
    """
    @dev One round is valid at any time, for both reasons: so nobody can choose the successor by
         choosing a round.
    """
    assert last_block_timestamp <= block.timestamp, "SequencerSet: last block in the future"
    elapsed: uint256 = block.timestamp - last_block_timestamp
    turns: uint256 = elapsed // words._unpack_parameters(self._parameters).block_timeout
    assert turns >= 1 or not is_timeout, "SequencerSet: too early"
    assert round == min(limits.MAX_ROUND, max(turns, 1)), "SequencerSet: wrong round"


@internal
@view
def _check_nobody_is_eligible(members: DynArray[uint256, limits.MAX_SEQUENCERS]):
    nonce: uint256 = words._nonce(self._installed.installation)
    if nonce == 0 or self._installed.committee_hash == keccak256(
        abi_encode(nonce, empty(DynArray[uint256, limits.MAX_SEQUENCERS]))
    ):
        return
    assert len(members) > 0, "SequencerSet: too early"
    quorum._check_members(members, nonce, self._installed.committee_hash)
    for word: uint256 in members:
        assert self._is_barred(word), "SequencerSet: somebody is eligible"


@internal
@view
def _is_barred(member: uint256) -> bool:
    return words._is_barred(self._standings[committees._signer(member)])


@internal
@view
def _in_charge(last: uint256) -> (uint256, uint256):
    """
    @dev The present epoch and its word; in a gap the next one's id and 0.
    """
    word: uint256 = self._epochs[last]
    if words._start(word) > block.number:
        # Scheduled, so the one before is the present one.
        return last - 1, self._epochs[last - 1]
    if words._end(word) < block.number:
        return last + 1, 0
    return last, word


@internal
def _cut(id: uint256, word: uint256) -> uint256:
    """
    @dev Ends the epoch in charge at the previous block; the id of the one that follows, which is
         its own if it has had no block.
    """
    start: uint256 = words._start(word)
    if word == 0 or start == block.number:
        return id
    self._epochs[id] = words._pack_epoch(words._signer(word), start, block.number - 1)
    return id + 1


@internal
def _make_room(progress: words.Progress) -> uint256:
    """
    @dev The first block of the next epoch, before which epoch 0 ends.
    """
    word: uint256 = self._epochs[progress.last_epoch]
    start: uint256 = words._start(word)
    assert start <= block.number, "SequencerSet: is scheduled"
    end: uint256 = words._end(word)
    if progress.last_epoch == 0 and end >= block.number:
        self._epochs[0] = words._pack_epoch(words._signer(word), start, block.number - 1)
        return block.number
    return max(end + 1, block.number)


@internal
def _add(id: uint256, reelected_at: uint256, signer: address, start: uint256) -> uint256:
    """
    @dev Makes the epoch the latest, for the length that is set now; its last block.
    """
    end: uint256 = start + words._unpack_parameters(self._parameters).epoch_length - 1
    self._epochs[id] = words._pack_epoch(signer, start, end)
    self._progress = words._pack_progress(
        words.Progress(last_epoch=id, alive_at=block.timestamp, reelected_at=reelected_at)
    )
    return end


@internal
@view
def _draw(
    members: DynArray[uint256, limits.MAX_SEQUENCERS],
    power: uint256,
    seed: bytes32,
    epoch: uint256,
    round: uint256,
    excluded: address,
    also_excluded: address,
) -> address:
    """
    @dev By weight, from keccak256(seed, epoch, round); whoever is barred or excluded is drawn anew,
         at most 16 times, and then the next eligible one in the list is taken; zero if there is
         none. power, the members' sum, is not 0. The remainder of 256 bits by less than 2**103
         favours nobody by more than 2**-153.
    """
    place: uint256 = 0
    for k: uint256 in range(limits.MAX_REDRAWS + 1):
        entropy: uint256 = 0
        if k == 0:
            entropy = convert(keccak256(abi_encode(seed, epoch, round)), uint256)
        else:
            entropy = convert(keccak256(abi_encode(seed, epoch, round, k)), uint256)
        left: uint256 = entropy % power
        place = 0
        for word: uint256 in members:
            member_power: uint256 = word >> committees.POWER_BIT
            if left < member_power:
                break
            left = unsafe_sub(left, member_power)
            place = unsafe_add(place, 1)
        signer: address = committees._signer(members[place])
        if signer != excluded and signer != also_excluded and not self._is_barred(members[place]):
            return signer
    count: uint256 = len(members)
    for step: uint256 in range(1, count, bound=limits.MAX_SEQUENCERS):
        word: uint256 = members[(place + step) % count]
        signer: address = committees._signer(word)
        if signer != excluded and signer != also_excluded and not self._is_barred(word):
            return signer
    return empty(address)


@internal
@view
def _turns(
    members: DynArray[uint256, limits.MAX_SEQUENCERS],
    power: uint256,
    seed: bytes32,
    epoch: uint256,
    round: uint256,
    signer: address,
) -> (address, address, address):
    """
    @dev Who is in charge (`signer`; in a gap it is zero, and drawn here), who has failed before
         this round, and who takes over in it: in round 0 the one in charge.
    """
    in_charge: address = signer
    failed: address = empty(address)
    successor: address = signer
    for i: uint256 in range(round + 1, bound=limits.MAX_ROUND + 1):
        if i > 0 or signer == empty(address):
            failed = successor
            successor = self._draw(members, power, seed, epoch, i, in_charge, failed)
            if i == 0:
                in_charge = successor
    return in_charge, failed, successor


@internal
@view
def _find(block_number: uint256) -> (uint256, uint256):
    """
    @dev The epoch that contains a block, and its word. The newest two first: that is what everyone
         asks for. Starts rise with ids (those of 0 and 1 may be equal), so the rest is bisected.
    """
    low: uint256 = 0
    high: uint256 = words._unpack_progress(self._progress).last_epoch
    word: uint256 = self._epochs[high]
    if words._start(word) > block_number and high > 0:
        high -= 1
        word = self._epochs[high]
        if words._start(word) > block_number and high > 0:
            # The last one that starts no later is in [low, high).
            for _: uint256 in range(64):
                if low + 1 >= high:
                    break
                middle: uint256 = (low + high) // 2
                if words._start(self._epochs[middle]) <= block_number:
                    low = middle
                else:
                    high = middle
            high = low
            word = self._epochs[high]
    assert (
        words._start(word) <= block_number and block_number <= words._end(word)
    ), "SequencerSet: block in no epoch"
    return high, word


@internal
@view
def _committee_of(seal: Seal) -> ISequencerSet.Committee:
    return ISequencerSet.Committee(
        nonce=words._nonce(seal.installation),
        committee_hash=seal.committee_hash,
        seed=seal.seed,
        installed_block=words._installed_block(seal.installation),
        installed_at=words._installed_at(seal.installation),
    )


@internal
def _set_epoch_length(blocks: uint256):
    l2_call._check_epoch_length(blocks)
    parameters: ISequencerSet.Parameters = words._unpack_parameters(self._parameters)
    log ISequencerSet.ParameterSet(name="epoch_length", old=parameters.epoch_length, new=blocks)
    parameters.epoch_length = blocks
    self._parameters = words._pack_parameters(parameters)


@internal
def _set_block_timeout(duration: uint256):
    l2_call._check_block_timeout(duration)
    parameters: ISequencerSet.Parameters = words._unpack_parameters(self._parameters)
    log ISequencerSet.ParameterSet(name="block_timeout", old=parameters.block_timeout, new=duration)
    parameters.block_timeout = duration
    self._parameters = words._pack_parameters(parameters)


@internal
def _set_fallback_delay(duration: uint256):
    l2_call._check_fallback_delay(duration)
    parameters: ISequencerSet.Parameters = words._unpack_parameters(self._parameters)
    log ISequencerSet.ParameterSet(
        name="fallback_delay", old=parameters.fallback_delay, new=duration
    )
    parameters.fallback_delay = duration
    self._parameters = words._pack_parameters(parameters)


@internal
def _set_fallback_sequencer(sequencer: address):
    l2_call._check_fallback_sequencer(sequencer)
    parameters: ISequencerSet.Parameters = words._unpack_parameters(self._parameters)
    log ISequencerSet.FallbackSequencerSet(old=parameters.fallback_sequencer, new=sequencer)
    parameters.fallback_sequencer = sequencer
    self._parameters = words._pack_parameters(parameters)
