# pragma version 0.4.3
# pragma nonreentrancy on
# pragma evm-version cancun
"""
@title SequencerGovernor
@custom:contract-name SequencerGovernor
@license AGPL-3.0-only
@notice Carries out what the community decides on Snapshot. A proposal names
        the calls that it stands for; when its vote is over, attesters sign
        what the vote came to; if it has passed, the calls wait in the
        Timelock for a delay and then anyone may have them made.
@dev Trust. k of n attesters, more than half, say what a vote off chain came
     to: so many of them together could pass anything on the allow-list, and
     the delays are what everybody else has against that. They can neither
     shorten a delay nor make a call that is not on the list. The Working
     Group may veto proposals of kind INFRASTRUCTURE (admission and pairing)
     until they are executed, and nothing else; so it can neither stop an
     offboarding nor keep itself in office.
     Criteria, kind and delay of a proposal are those of the time at which it
     was made. Calls are stored in full: nobody has to be believed, or to be
     there, for them to be made.
     The Timelock and METIS are trusted. The Timelock calls back setters of
     this contract, while a proposal is being executed.
@custom:kill There is nothing to stop it. With more than half of the attesters lost nothing can be
             decided any more; stakes can still leave.
@custom:source docs/design.md section 3.7
"""

from ethereum.ercs import IERC20

from interfaces import ISequencerGovernor
from interfaces import ITimelock

implements: ISequencerGovernor

from snekmate.utils import eip712_domain_separator as eip712

from contracts.modules import limits
from contracts.modules.access import guardian as guardians
from contracts.modules.access import roles
from contracts.modules.signing import attesters as attestation
from contracts.modules.signing import messages
from contracts.modules.words import governor_words as words

initializes: eip712
initializes: roles
initializes: guardians[roles := roles]
initializes: attestation

# Left out: the transfer of ownership, for there is one Timelock, and it is told of this contract.
exports: (
    eip712.eip712Domain,
    roles.owner,
    guardians.guardian,
    guardians.set_guardian,
    attestation.attesters,
    attestation.attestation_threshold,
)


# ---------------------------------------------------------------- constants

# A permission: kind, and class of delay.
_DELAY_BIT: constant(uint256) = 8
_BYTE_MASK: constant(uint256) = 2**8 - 1
# A salt: address of this contract, and proposal id.
_ADDRESS_BIT: constant(uint256) = 96
# Sums of three such votes, and their products with basis points, do not overflow.
_MAX_VOTES: constant(uint256) = 2**128 - 1

# The calls of this contract that only a vote with the longest delay may make.
_SET_PERMISSION: constant(bytes4) = method_id(
    "set_permission((address,bytes4,uint256,uint256))", output_type=bytes4
)
_SET_ATTESTERS: constant(bytes4) = method_id("set_attesters(address[],uint256)", output_type=bytes4)
_SET_GUARDIAN: constant(bytes4) = method_id("set_guardian(address)", output_type=bytes4)
# Those that wait as long as other parameters.
_SET_QUORUM: constant(bytes4) = method_id("set_quorum(uint256)", output_type=bytes4)
_SET_WALLETS: constant(bytes4) = method_id("set_wallets(uint256)", output_type=bytes4)
_SET_APPROVAL: constant(bytes4) = method_id("set_approval(uint256)", output_type=bytes4)
_SET_THRESHOLD: constant(bytes4) = method_id("set_proposal_threshold(uint256)", output_type=bytes4)


# ---------------------------------------------------------------- immutables

metis: public(immutable(address))
timelock: public(immutable(address))


# ---------------------------------------------------------------- storage

_criteria: uint256  # governor_words: criteria
proposal_threshold: public(uint256)  # wei of METIS that a proposer holds

proposal_count: public(uint256)
# proposal id, from 1 => word of `governor_words`
_heads: HashMap[uint256, uint256]
_frozen: HashMap[uint256, uint256]  # the criteria at the time of the proposal
_votes: HashMap[uint256, uint256]
_snapshots: HashMap[uint256, bytes32]
_actions: HashMap[uint256, DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS]]

# Snapshot's id of a vote => the proposal it is linked to
proposal_of: public(HashMap[bytes32, uint256])
# target => selector => kind | class of delay << 8; 0: no proposal may call it
_permissions: HashMap[address, HashMap[bytes4, uint256]]


# ---------------------------------------------------------------- constructor


@deploy
def __init__(
    metis_: address,
    timelock_: address,
    working_group: address,
    members: DynArray[address, limits.MAX_ATTESTERS],
    attestation_threshold: uint256,
    criteria: ISequencerGovernor.Criteria,
    threshold: uint256,
    permissions: DynArray[ISequencerGovernor.Permission, limits.MAX_PERMISSIONS],
):
    """
    @notice Names the Timelock, who votes count by, and which calls proposals may make. Calls of
            this contract itself are on the list from the start.
    @param metis_ The METIS token; not zero.
    @param timelock_ The Timelock, which names this contract its Governor; not zero.
    @param working_group The Governance Working Group's multisig; not zero.
    @param members Attesters: 3..16 addresses, none twice, none zero.
    @param attestation_threshold How many of them have to sign: more than half, at most all.
    @param criteria When a vote has passed, within the bounds of `limits`.
    @param threshold Wei of METIS that a proposer holds, at most 10,000 METIS.
    @param permissions The allow-list: calls of contracts that are there already.
    """
    roles.__init__(timelock_)
    guardians.__init__(working_group)
    attestation.__init__(members, attestation_threshold)
    eip712.__init__("MetisSequencerGovernor", "1")
    assert metis_ != empty(address), "SequencerGovernor: zero metis"
    metis = metis_
    timelock = timelock_
    self._set_criteria(criteria)
    self._set_threshold(threshold)
    for selector: bytes4 in [_SET_PERMISSION, _SET_ATTESTERS, _SET_GUARDIAN]:
        self._permit(self, selector, ISequencerGovernor.Delay.CUSTODY)
    for selector: bytes4 in [_SET_QUORUM, _SET_WALLETS, _SET_APPROVAL, _SET_THRESHOLD]:
        self._permit(self, selector, ISequencerGovernor.Delay.PARAMETERS)
    for permission: ISequencerGovernor.Permission in permissions:
        self._set_permission(permission)


# ---------------------------------------------------------------- anyone


@external
def propose(
    kind: ISequencerGovernor.Kind,
    actions: DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS],
    forum_uri: String[256],
) -> uint256:
    """
    @notice Proposes calls, which the Timelock is to make in this order if the community agrees.
    @param kind INFRASTRUCTURE or GOVERNANCE: that of each of the calls.
    @param actions 1..8 calls on the allow-list; data is selector and arguments, 4..1,024 bytes.
    @param forum_uri The post in the forum, 1..256 bytes.
    @return The proposal id, from 1.
    @custom:reverts "below proposal threshold"; "no actions"; "no forum post"; "no selector";
                    "action not allowed"; "action of another kind"
    @custom:emits Proposed
    @custom:source docs/design.md section 3.7, G2, G3, G6
    """
    assert (
        staticcall IERC20(metis).balanceOf(msg.sender) >= self.proposal_threshold
    ), "SequencerGovernor: below proposal threshold"
    assert len(actions) > 0, "SequencerGovernor: no actions"
    assert len(forum_uri) > 0, "SequencerGovernor: no forum post"
    delay: uint256 = 0
    for action: ISequencerGovernor.Action in actions:
        assert len(action.data) >= 4, "SequencerGovernor: no selector"
        selector: bytes4 = convert(slice(action.data, 0, 4), bytes4)
        word: uint256 = self._permissions[action.target][selector]
        assert word != 0, "SequencerGovernor: action not allowed"
        assert word & _BYTE_MASK == convert(
            kind, uint256
        ), "SequencerGovernor: action of another kind"
        # Flags of classes rise with their delays.
        delay = max(delay, word >> _DELAY_BIT)
    proposal_id: uint256 = self.proposal_count + 1
    self.proposal_count = proposal_id
    self._heads[proposal_id] = words._pack_head(
        words.Head(
            proposer=msg.sender,
            proposed_at=block.timestamp,
            kind=convert(kind, uint256),
            delay=delay,
            outcome=0,
            end=0,
        )
    )
    self._frozen[proposal_id] = self._criteria
    self._actions[proposal_id] = actions
    log ISequencerGovernor.Proposed(
        proposal_id=proposal_id,
        proposer=msg.sender,
        kind=kind,
        delay=convert(delay, ISequencerGovernor.Delay),
        actions_hash=self._hash_actions(actions),
        actions=actions,
        forum_uri=forum_uri,
    )
    return proposal_id


@external
def relink_vote(
    proposal_id: uint256, snapshot_id: bytes32, ends_at: uint64, signatures: attestation.Signatures
):
    """
    @notice Links a proposal to its Snapshot vote by the word of attesters, who may correct an
            earlier link, and take the vote from another proposal that has no tally yet.
    @param proposal_id A proposal that was made at most 14 days ago or has a vote, and no tally.
    @param snapshot_id Snapshot's id of the vote; not zero.
    @param ends_at Its end, unix seconds: a day after the proposal or later, at most 7 days from now.
    @param signatures Attesters' signatures of VoteLink, with the number of links so far as nonce: as
                      many as attestation_threshold() or more.
    @custom:reverts "unknown proposal"; "attesters: ..."; "not open"; "zero snapshot id"; "vote ends too
                    early"; "vote ends too late"; "snapshot id in use"
    @custom:emits VoteUnlinked of another proposal; VoteLinked
    @custom:source docs/design.md section 3.7
    """
    head: words.Head = self._head(proposal_id)
    vote: words.Vote = words._unpack_vote(self._votes[proposal_id])
    digest: bytes32 = eip712._hash_typed_data_v4(
        messages._link_hash(
            messages.VoteLink(
                proposal_id=proposal_id,
                snapshot_id=snapshot_id,
                ends_at=ends_at,
                nonce=vote.links,
            )
        )
    )
    attestation._check(signatures, digest)
    self._check_link(head, vote, snapshot_id, convert(ends_at, uint256))
    other: uint256 = self.proposal_of[snapshot_id]
    if other != 0 and other != proposal_id:
        assert (
            words._unpack_head(self._heads[other]).outcome == 0
        ), "SequencerGovernor: snapshot id in use"
        self._unlink(other, snapshot_id)
    if vote.ends_at != 0:
        self.proposal_of[self._snapshots[proposal_id]] = 0
    self._link(proposal_id, vote, snapshot_id, ends_at, True)


@external
def attest(proposal_id: uint256, tally: messages.Tally, signatures: attestation.Signatures):
    """
    @notice Takes the attesters' word for what a vote came to. If it has passed, the Timelock is
            given the calls.
    @param proposal_id A proposal whose vote ended at most 14 days ago.
    @param tally What the attesters have signed; votes below 2**128 wei.
    @param signatures Theirs, of Tally: as many as attestation_threshold() or more.
    @custom:reverts "unknown proposal"; "not to be attested" in other states than ENDED; "tally of
                    another proposal"; "tally of other actions"; "tally of another vote"; "votes too
                    large"; "attesters: ..."
    @custom:emits Attested; Queued if it has passed
    @custom:source docs/design.md section 3.7, G4
    """
    head: words.Head = self._head(proposal_id)
    vote: words.Vote = words._unpack_vote(self._votes[proposal_id])
    assert (
        self._state(head, vote) == ISequencerGovernor.State.ENDED
    ), "SequencerGovernor: not to be attested"
    actions: DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS] = self._actions[proposal_id]
    assert tally.proposal_id == proposal_id, "SequencerGovernor: tally of another proposal"
    assert tally.actions_hash == self._hash_actions(
        actions
    ), "SequencerGovernor: tally of other actions"
    assert (
        tally.snapshot_id == self._snapshots[proposal_id]
        and convert(tally.ends_at, uint256) == vote.ends_at
    ), "SequencerGovernor: tally of another vote"
    assert (
        max(max(tally.for_votes, tally.against_votes), tally.abstain_votes) <= _MAX_VOTES
    ), "SequencerGovernor: votes too large"
    attestation._check(signatures, eip712._hash_typed_data_v4(messages._tally_hash(tally)))
    outcome: ISequencerGovernor.Outcome = self._outcome(tally, self._frozen[proposal_id])
    head.outcome = convert(outcome, uint256)
    self._heads[proposal_id] = words._pack_head(head)
    log ISequencerGovernor.Attested(
        proposal_id=proposal_id,
        outcome=outcome,
        for_votes=tally.for_votes,
        against_votes=tally.against_votes,
        abstain_votes=tally.abstain_votes,
        voters=tally.voters,
        votes_root=tally.votes_root,
    )
    if outcome == ISequencerGovernor.Outcome.PASSED:
        self._queue(proposal_id, head, vote, actions)


@external
def execute(proposal_id: uint256):
    """
    @notice Has the calls of a proposal made, all or none.
    @param proposal_id A proposal whose delay has been over for at most 14 days.
    @custom:reverts "unknown proposal"; "not ready" in other states than READY; what a call reverts
                    with
    @custom:emits Executed; what the calls emit
    @custom:source docs/design.md section 3.7
    """
    head: words.Head = self._head(proposal_id)
    assert (
        self._state(head, words._unpack_vote(self._votes[proposal_id]))
        == ISequencerGovernor.State.READY
    ), "SequencerGovernor: not ready"
    self._end(proposal_id, head, ISequencerGovernor.State.EXECUTED)
    log ISequencerGovernor.Executed(proposal_id=proposal_id)
    actions: DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS] = self._actions[proposal_id]
    salt: bytes32 = self._salt(proposal_id)
    before: bytes32 = empty(bytes32)
    for action: ISequencerGovernor.Action in actions:
        extcall ITimelock(timelock).execute(action.target, 0, action.data, before, salt)
        before = self._operation(action, before, salt)


# ---------------------------------------------------------------- proposer


@external
def link_vote(proposal_id: uint256, snapshot_id: bytes32, ends_at: uint64):
    """
    @notice Says which Snapshot vote is about one's proposal; once.
    @param proposal_id One's own, made at most 14 days ago.
    @param snapshot_id Snapshot's id of the vote; not zero.
    @param ends_at Its end, unix seconds: in the future, a day after the proposal or later, at most 7
                   days from now.
    @custom:reverts "unknown proposal"; "not proposer"; "vote is linked"; "not open"; "zero snapshot
                    id"; "vote ends too early"; "vote ends too late"; "snapshot id in use"
    @custom:emits VoteLinked
    @custom:source docs/design.md section 3.7
    """
    head: words.Head = self._head(proposal_id)
    vote: words.Vote = words._unpack_vote(self._votes[proposal_id])
    assert msg.sender == head.proposer, "SequencerGovernor: not proposer"
    assert vote.ends_at == 0, "SequencerGovernor: vote is linked"
    end: uint256 = convert(ends_at, uint256)
    self._check_link(head, vote, snapshot_id, end)
    assert end > block.timestamp, "SequencerGovernor: vote ends too early"
    assert self.proposal_of[snapshot_id] == 0, "SequencerGovernor: snapshot id in use"
    self._link(proposal_id, vote, snapshot_id, ends_at, False)


@external
def cancel(proposal_id: uint256):
    """
    @notice Withdraws a proposal before its vote is linked.
    @param proposal_id One's own.
    @custom:reverts "unknown proposal"; "not proposer"; "too late to cancel" in other states than
                    PROPOSED
    @custom:emits Cancelled
    @custom:source docs/design.md section 3.7
    """
    head: words.Head = self._head(proposal_id)
    assert msg.sender == head.proposer, "SequencerGovernor: not proposer"
    assert (
        self._state(head, words._unpack_vote(self._votes[proposal_id]))
        == ISequencerGovernor.State.PROPOSED
    ), "SequencerGovernor: too late to cancel"
    self._end(proposal_id, head, ISequencerGovernor.State.CANCELLED)
    log ISequencerGovernor.Cancelled(proposal_id=proposal_id)


# ---------------------------------------------------------------- Working Group


@external
def veto(proposal_id: uint256, reason: String[256]):
    """
    @notice Ends an Infrastructure proposal, whatever its vote has come to.
    @param proposal_id A proposal of kind INFRASTRUCTURE that was neither executed nor ended.
    @param reason Why, or where that is said; 1..256 bytes.
    @custom:reverts "guardian: not guardian"; "unknown proposal"; "no veto of this kind"; "too late to
                    veto"; "no reason"
    @custom:emits Vetoed
    @custom:source docs/design.md section 3.7, G5
    """
    guardians._check_guardian()
    head: words.Head = self._head(proposal_id)
    assert head.kind == convert(
        ISequencerGovernor.Kind.INFRASTRUCTURE, uint256
    ), "SequencerGovernor: no veto of this kind"
    state: ISequencerGovernor.State = self._state(
        head, words._unpack_vote(self._votes[proposal_id])
    )
    assert state in (
        ISequencerGovernor.State.PROPOSED
        | ISequencerGovernor.State.LINKED
        | ISequencerGovernor.State.ENDED
        | ISequencerGovernor.State.QUEUED
        | ISequencerGovernor.State.READY
    ), "SequencerGovernor: too late to veto"
    assert len(reason) > 0, "SequencerGovernor: no reason"
    self._end(proposal_id, head, ISequencerGovernor.State.VETOED)
    log ISequencerGovernor.Vetoed(proposal_id=proposal_id, reason=reason)
    if state in (ISequencerGovernor.State.QUEUED | ISequencerGovernor.State.READY):
        ids: DynArray[bytes32, limits.MAX_ACTIONS] = self._operations(proposal_id)
        for id: bytes32 in ids:
            extcall ITimelock(timelock).cancel(id)


# ---------------------------------------------------------------- governance

# The Timelock calls these while `execute` holds the lock; they call nobody.


@external
@reentrant
def set_permission(permission: ISequencerGovernor.Permission):
    """
    @notice Puts a call on the allow-list, or takes it off. Proposals that were made keep theirs.
    @param permission Target, which is a contract; selector; kind, empty: take it off; class of
                      delay. Calls of this contract and of the Timelock are GOVERNANCE and CUSTODY
                      (parameters of votes may be PARAMETERS); this one stays on the list.
    @custom:reverts "roles: not governance"; "target is no contract"; "bad kind"; "bad delay";
                    "governance of itself"
    @custom:emits PermissionSet
    @custom:source docs/design.md section 3.7
    """
    roles._check_governance()
    self._set_permission(permission)


@external
@reentrant
def set_quorum(quorum: uint256):
    """
    @notice Changes how many METIS have to vote, for later proposals.
    @param quorum Wei of METIS, 10,000 to 1,000,000 METIS.
    @custom:reverts "roles: not governance"; "bad quorum"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    roles._check_governance()
    criteria: ISequencerGovernor.Criteria = self._unpacked(self._criteria)
    criteria.quorum = quorum
    self._set_criteria(criteria)


@external
@reentrant
def set_wallets(wallets: uint256):
    """
    @notice Changes how many wallets have to vote, for later proposals.
    @param wallets 10 to 10,000.
    @custom:reverts "roles: not governance"; "bad wallets"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    roles._check_governance()
    criteria: ISequencerGovernor.Criteria = self._unpacked(self._criteria)
    criteria.wallets = wallets
    self._set_criteria(criteria)


@external
@reentrant
def set_approval(approval_bps: uint256):
    """
    @notice Changes which share of those who are for or against has to be for, for later proposals.
    @param approval_bps Basis points, 5,000 to 10,000.
    @custom:reverts "roles: not governance"; "bad approval"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 4
    """
    roles._check_governance()
    criteria: ISequencerGovernor.Criteria = self._unpacked(self._criteria)
    criteria.approval_bps = approval_bps
    self._set_criteria(criteria)


@external
@reentrant
def set_proposal_threshold(threshold: uint256):
    """
    @notice Changes what a proposer has to hold.
    @param threshold Wei of METIS, at most 10,000 METIS.
    @custom:reverts "roles: not governance"; "bad proposal_threshold"
    @custom:emits ParameterSet
    @custom:source docs/design.md section 3.7
    """
    roles._check_governance()
    self._set_threshold(threshold)


@external
@reentrant
def set_attesters(members: DynArray[address, limits.MAX_ATTESTERS], threshold: uint256):
    """
    @notice Names other attesters. What the former ones have signed and nobody has sent is void.
    @param members 3..16 addresses, none twice, none zero.
    @param threshold How many of them have to sign: more than half, at most all.
    @custom:reverts "roles: not governance"; "attesters: too few"; "attesters: bad threshold";
                    "attesters: zero address"; "attesters: named twice"
    @custom:emits AttestersSet
    @custom:source docs/design.md section 3.7
    """
    roles._check_governance()
    attestation._appoint(members, threshold)


# ---------------------------------------------------------------- views


@external
@view
def state(proposal_id: uint256) -> ISequencerGovernor.State:
    """
    @notice Where a proposal is, now.
    @param proposal_id From 1 to proposal_count().
    @return Its state; see ISequencerGovernor.
    @custom:reverts "unknown proposal"
    """
    return self._state(self._head(proposal_id), words._unpack_vote(self._votes[proposal_id]))


@external
@view
def proposal(proposal_id: uint256) -> ISequencerGovernor.Proposal:
    """
    @notice One proposal, without its actions.
    @param proposal_id From 1 to proposal_count().
    @return Its record; see ISequencerGovernor.
    @custom:reverts "unknown proposal"
    """
    head: words.Head = self._head(proposal_id)
    vote: words.Vote = words._unpack_vote(self._votes[proposal_id])
    return ISequencerGovernor.Proposal(
        proposer=head.proposer,
        kind=convert(head.kind, ISequencerGovernor.Kind),
        delay=convert(head.delay, ISequencerGovernor.Delay),
        proposed_at=head.proposed_at,
        criteria=self._unpacked(self._frozen[proposal_id]),
        snapshot_id=self._snapshots[proposal_id],
        ends_at=vote.ends_at,
        links=vote.links,
        outcome=convert(head.outcome, ISequencerGovernor.Outcome),
        ready_at=vote.ready_at,
        state=self._state(head, vote),
    )


@external
@view
def actions_of(
    proposal_id: uint256,
) -> DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS]:
    """
    @notice What a proposal does.
    @param proposal_id From 1 to proposal_count().
    @return Its calls, in the order in which they are made; empty: there is no such proposal.
    """
    return self._actions[proposal_id]


@external
@view
def operations_of(proposal_id: uint256) -> DynArray[bytes32, limits.MAX_ACTIONS]:
    """
    @notice Under which ids the Timelock has the calls of a proposal, once it is queued.
    @param proposal_id From 1 to proposal_count().
    @return An id for each call, in their order; each waits for the one before.
    """
    return self._operations(proposal_id)


@external
@pure
def hash_actions(actions: DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS]) -> bytes32:
    """
    @notice What has to stand in the text of a Snapshot vote about these calls.
    @param actions At most 8 calls.
    @return keccak256 of their ABI encoding.
    """
    return self._hash_actions(actions)


@external
@view
def permission(target: address, selector: bytes4) -> ISequencerGovernor.Permission:
    """
    @notice What the allow-list says of a call.
    @param target The contract that is called.
    @param selector Of its function.
    @return Kind of the proposals that may make it, empty: none may; class of its delay.
    """
    word: uint256 = self._permissions[target][selector]
    return ISequencerGovernor.Permission(
        target=target,
        selector=selector,
        kind=convert(word & _BYTE_MASK, ISequencerGovernor.Kind),
        delay=convert(word >> _DELAY_BIT, ISequencerGovernor.Delay),
    )


@external
@view
def criteria() -> ISequencerGovernor.Criteria:
    """
    @notice When the votes of new proposals have passed.
    @return Quorum in wei of METIS, wallets, approval in basis points.
    """
    return self._unpacked(self._criteria)


# ---------------------------------------------------------------- internal


@internal
@view
def _head(proposal_id: uint256) -> words.Head:
    word: uint256 = self._heads[proposal_id]
    assert word != 0, "SequencerGovernor: unknown proposal"
    return words._unpack_head(word)


@internal
@view
def _state(head: words.Head, vote: words.Vote) -> ISequencerGovernor.State:
    now: uint256 = block.timestamp
    if head.end != 0:
        return convert(head.end, ISequencerGovernor.State)
    if vote.ready_at != 0:
        if now < vote.ready_at:
            return ISequencerGovernor.State.QUEUED
        if now <= vote.ready_at + limits.EXECUTION_PERIOD:
            return ISequencerGovernor.State.READY
        return ISequencerGovernor.State.EXPIRED
    if head.outcome != 0:
        return ISequencerGovernor.State.DEFEATED
    if vote.ends_at == 0:
        if now <= head.proposed_at + limits.LINK_PERIOD:
            return ISequencerGovernor.State.PROPOSED
        return ISequencerGovernor.State.EXPIRED
    # Snapshot still takes votes in the second in which a vote ends.
    if now <= vote.ends_at:
        return ISequencerGovernor.State.LINKED
    if now <= vote.ends_at + limits.ATTESTATION_PERIOD:
        return ISequencerGovernor.State.ENDED
    return ISequencerGovernor.State.EXPIRED


@internal
@view
def _outcome(tally: messages.Tally, criteria: uint256) -> ISequencerGovernor.Outcome:
    """
    @dev A share that is not reached to the wei is not reached.
    """
    decided: uint256 = tally.for_votes + tally.against_votes
    if decided + tally.abstain_votes < words._quorum(criteria):
        return ISequencerGovernor.Outcome.NO_QUORUM
    if tally.voters < words._wallets(criteria):
        return ISequencerGovernor.Outcome.TOO_FEW_WALLETS
    # Abstentions alone approve of nothing.
    if tally.for_votes == 0 or tally.for_votes * limits.BPS < decided * words._approval(criteria):
        return ISequencerGovernor.Outcome.NOT_APPROVED
    return ISequencerGovernor.Outcome.PASSED


@internal
def _queue(
    proposal_id: uint256,
    head: words.Head,
    vote: words.Vote,
    actions: DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS],
):
    """
    @dev The Timelock has a delay of its own, which a vote could make longer than a class's.
    """
    delay: uint256 = max(
        self._seconds(convert(head.delay, ISequencerGovernor.Delay)),
        staticcall ITimelock(timelock).get_minimum_delay(),
    )
    ready_at: uint256 = block.timestamp + delay
    self._votes[proposal_id] = words._pack_vote(
        words.Vote(ends_at=vote.ends_at, ready_at=ready_at, links=vote.links)
    )
    log ISequencerGovernor.Queued(
        proposal_id=proposal_id,
        ready_at=ready_at,
        expires_at=ready_at + limits.EXECUTION_PERIOD,
    )
    salt: bytes32 = self._salt(proposal_id)
    before: bytes32 = empty(bytes32)
    for action: ISequencerGovernor.Action in actions:
        extcall ITimelock(timelock).schedule(action.target, 0, action.data, before, salt, delay)
        before = self._operation(action, before, salt)


@internal
@view
def _operations(proposal_id: uint256) -> DynArray[bytes32, limits.MAX_ACTIONS]:
    ids: DynArray[bytes32, limits.MAX_ACTIONS] = []
    before: bytes32 = empty(bytes32)
    salt: bytes32 = self._salt(proposal_id)
    actions: DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS] = self._actions[proposal_id]
    for action: ISequencerGovernor.Action in actions:
        before = self._operation(action, before, salt)
        ids.append(before)
    return ids


@internal
@view
def _salt(proposal_id: uint256) -> bytes32:
    """
    @dev Not the number alone: the Timelock forgets nothing, and a Governor that comes after this one
         counts from 1 again.
    """
    return convert((convert(self, uint256) << _ADDRESS_BIT) | proposal_id, bytes32)


@internal
@pure
def _operation(action: ISequencerGovernor.Action, before: bytes32, salt: bytes32) -> bytes32:
    """
    @dev As snekmate's hash_operation: a call of the Timelock for each would cost as much again.
    """
    no_eth: uint256 = 0
    return keccak256(abi_encode(action.target, no_eth, action.data, before, salt))


@internal
@pure
def _hash_actions(
    actions: DynArray[ISequencerGovernor.Action, limits.MAX_ACTIONS],
) -> bytes32:
    return keccak256(abi_encode(actions))


@internal
@view
def _check_link(head: words.Head, vote: words.Vote, snapshot_id: bytes32, end: uint256):
    assert self._state(head, vote) in (
        ISequencerGovernor.State.PROPOSED
        | ISequencerGovernor.State.LINKED
        | ISequencerGovernor.State.ENDED
    ), "SequencerGovernor: not open"
    assert snapshot_id != empty(bytes32), "SequencerGovernor: zero snapshot id"
    assert end >= head.proposed_at + limits.VOTE_FLOOR, "SequencerGovernor: vote ends too early"
    assert end <= block.timestamp + limits.VOTE_CEILING, "SequencerGovernor: vote ends too late"


@internal
def _link(
    proposal_id: uint256,
    vote: words.Vote,
    snapshot_id: bytes32,
    ends_at: uint64,
    by_attesters: bool,
):
    end: uint256 = convert(ends_at, uint256)
    self.proposal_of[snapshot_id] = proposal_id
    self._snapshots[proposal_id] = snapshot_id
    self._votes[proposal_id] = words._pack_vote(
        words.Vote(ends_at=end, ready_at=0, links=vote.links + 1)
    )
    log ISequencerGovernor.VoteLinked(
        proposal_id=proposal_id, snapshot_id=snapshot_id, ends_at=end, by_attesters=by_attesters
    )


@internal
def _unlink(proposal_id: uint256, snapshot_id: bytes32):
    vote: words.Vote = words._unpack_vote(self._votes[proposal_id])
    vote.ends_at = 0
    vote.links += 1
    self._votes[proposal_id] = words._pack_vote(vote)
    self._snapshots[proposal_id] = empty(bytes32)
    log ISequencerGovernor.VoteUnlinked(proposal_id=proposal_id, snapshot_id=snapshot_id)


@internal
def _end(proposal_id: uint256, head: words.Head, state: ISequencerGovernor.State):
    ended: words.Head = head
    ended.end = convert(state, uint256)
    self._heads[proposal_id] = words._pack_head(ended)


@internal
@view
def _seconds(delay: ISequencerGovernor.Delay) -> uint256:
    if delay == ISequencerGovernor.Delay.ORDINARY:
        return limits.DELAY_ORDINARY
    if delay == ISequencerGovernor.Delay.PARAMETERS:
        return limits.DELAY_PARAMETERS
    return limits.DELAY_CUSTODY


@internal
@view
def _unpacked(criteria: uint256) -> ISequencerGovernor.Criteria:
    return ISequencerGovernor.Criteria(
        quorum=words._quorum(criteria),
        wallets=words._wallets(criteria),
        approval_bps=words._approval(criteria),
    )


@internal
def _set_permission(permission: ISequencerGovernor.Permission):
    kind: ISequencerGovernor.Kind = permission.kind
    delay: ISequencerGovernor.Delay = permission.delay
    target: address = permission.target
    selector: bytes4 = permission.selector
    assert target.is_contract or target == self, "SequencerGovernor: target is no contract"
    is_off: bool = kind == empty(ISequencerGovernor.Kind)
    assert (
        is_off
        or kind == ISequencerGovernor.Kind.INFRASTRUCTURE
        or kind == ISequencerGovernor.Kind.GOVERNANCE
    ), "SequencerGovernor: bad kind"
    if is_off:
        assert delay == empty(ISequencerGovernor.Delay), "SequencerGovernor: bad delay"
    else:
        assert (
            delay == ISequencerGovernor.Delay.ORDINARY
            or delay == ISequencerGovernor.Delay.PARAMETERS
            or delay == ISequencerGovernor.Delay.CUSTODY
        ), "SequencerGovernor: bad delay"
    if target == self or target == timelock:
        # Nobody may veto, or decide in a hurry, who decides.
        is_parameter: bool = (
            target == self and not selector in [_SET_PERMISSION, _SET_ATTESTERS, _SET_GUARDIAN]
        )
        may_be_off: bool = not (target == self and selector == _SET_PERMISSION)
        assert (is_off and may_be_off) or (
            kind == ISequencerGovernor.Kind.GOVERNANCE
            and (
                delay == ISequencerGovernor.Delay.CUSTODY
                or (is_parameter and delay == ISequencerGovernor.Delay.PARAMETERS)
            )
        ), "SequencerGovernor: governance of itself"
    self._permissions[target][selector] = convert(kind, uint256) | (
        convert(delay, uint256) << _DELAY_BIT
    )
    log ISequencerGovernor.PermissionSet(target=target, selector=selector, kind=kind, delay=delay)


@internal
def _permit(target: address, selector: bytes4, delay: ISequencerGovernor.Delay):
    self._set_permission(
        ISequencerGovernor.Permission(
            target=target,
            selector=selector,
            kind=ISequencerGovernor.Kind.GOVERNANCE,
            delay=delay,
        )
    )


@internal
def _set_criteria(criteria: ISequencerGovernor.Criteria):
    old: ISequencerGovernor.Criteria = self._unpacked(self._criteria)
    assert (
        limits.QUORUM_FLOOR <= criteria.quorum and criteria.quorum <= limits.QUORUM_CEILING
    ), "SequencerGovernor: bad quorum"
    assert (
        limits.WALLETS_FLOOR <= criteria.wallets and criteria.wallets <= limits.WALLETS_CEILING
    ), "SequencerGovernor: bad wallets"
    assert (
        limits.APPROVAL_FLOOR <= criteria.approval_bps
        and criteria.approval_bps <= limits.APPROVAL_CEILING
    ), "SequencerGovernor: bad approval"
    self._criteria = words._pack_criteria(criteria.quorum, criteria.wallets, criteria.approval_bps)
    self._log_change("quorum", old.quorum, criteria.quorum)
    self._log_change("wallets", old.wallets, criteria.wallets)
    self._log_change("approval", old.approval_bps, criteria.approval_bps)


@internal
def _log_change(name: String[32], old: uint256, new: uint256):
    if new != old:
        log ISequencerGovernor.ParameterSet(name=name, old=old, new=new)


@internal
def _set_threshold(threshold: uint256):
    assert (
        threshold <= limits.PROPOSAL_THRESHOLD_CEILING
    ), "SequencerGovernor: bad proposal_threshold"
    log ISequencerGovernor.ParameterSet(
        name="proposal_threshold", old=self.proposal_threshold, new=threshold
    )
    self.proposal_threshold = threshold
