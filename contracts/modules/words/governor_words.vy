# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Governor words
@custom:contract-name governor_words
@license AGPL-3.0-only
@notice The packed words of the SequencerGovernor: two of a proposal, its head
        and its vote, and the criteria of votes. Stateless.
@dev word     | bits     | width | field
     head     | 0..159   | 160   | proposer
              | 160..199 | 40    | proposed_at, unix seconds
              | 200..207 | 8     | kind
              | 208..215 | 8     | class of its delay
              | 216..223 | 8     | outcome; 0: not attested
              | 224..231 | 8     | how it ended, as a State; 0: not by a call
     vote     | 0..63    | 64    | end of the vote, unix seconds; 0: none linked
              | 64..127  | 64    | from when on it may be executed; 0: not queued
              | 128..159 | 32    | how often a vote was linked or taken away
     criteria | 0..127   | 128   | quorum, wei of METIS
              | 128..191 | 64    | wallets
              | 192..207 | 16    | approval, basis points

     A flag has at most 8 bits. State has more members, but only EXECUTED,
     VETOED and CANCELLED are stored, shifted down by 6. The bounds of the
     criteria are in `limits`; times of 40 bits last for 34,000 years.
"""


struct Head:
    proposer: address
    proposed_at: uint256
    kind: uint256
    delay: uint256
    outcome: uint256
    end: uint256


struct Vote:
    ends_at: uint256
    ready_at: uint256
    links: uint256


_TIME_BIT: constant(uint256) = 160
_KIND_BIT: constant(uint256) = 200
_DELAY_BIT: constant(uint256) = 208
_OUTCOME_BIT: constant(uint256) = 216
_END_BIT: constant(uint256) = 224
_READY_BIT: constant(uint256) = 64
_LINKS_BIT: constant(uint256) = 128
_WALLETS_BIT: constant(uint256) = 128
_APPROVAL_BIT: constant(uint256) = 192
_ADDRESS_MASK: constant(uint256) = 2**160 - 1
_HALF_MASK: constant(uint256) = 2**128 - 1
_LONG_MASK: constant(uint256) = 2**64 - 1
_TIME_MASK: constant(uint256) = 2**40 - 1
_BYTE_MASK: constant(uint256) = 2**8 - 1
# Of State.EXECUTED, the lowest that is kept.
_END_SHIFT: constant(uint256) = 6


@internal
@pure
def _pack_head(head: Head) -> uint256:
    return (
        convert(head.proposer, uint256)
        | (head.proposed_at << _TIME_BIT)
        | (head.kind << _KIND_BIT)
        | (head.delay << _DELAY_BIT)
        | (head.outcome << _OUTCOME_BIT)
        | ((head.end >> _END_SHIFT) << _END_BIT)
    )


@internal
@pure
def _unpack_head(word: uint256) -> Head:
    return Head(
        proposer=convert(word & _ADDRESS_MASK, address),
        proposed_at=(word >> _TIME_BIT) & _TIME_MASK,
        kind=(word >> _KIND_BIT) & _BYTE_MASK,
        delay=(word >> _DELAY_BIT) & _BYTE_MASK,
        outcome=(word >> _OUTCOME_BIT) & _BYTE_MASK,
        end=((word >> _END_BIT) & _BYTE_MASK) << _END_SHIFT,
    )


@internal
@pure
def _pack_vote(vote: Vote) -> uint256:
    return vote.ends_at | (vote.ready_at << _READY_BIT) | (vote.links << _LINKS_BIT)


@internal
@pure
def _unpack_vote(word: uint256) -> Vote:
    return Vote(
        ends_at=word & _LONG_MASK,
        ready_at=(word >> _READY_BIT) & _LONG_MASK,
        links=word >> _LINKS_BIT,
    )


@internal
@pure
def _pack_criteria(quorum: uint256, wallets: uint256, approval_bps: uint256) -> uint256:
    return quorum | (wallets << _WALLETS_BIT) | (approval_bps << _APPROVAL_BIT)


@internal
@pure
def _quorum(word: uint256) -> uint256:
    return word & _HALF_MASK


@internal
@pure
def _wallets(word: uint256) -> uint256:
    return (word >> _WALLETS_BIT) & _LONG_MASK


@internal
@pure
def _approval(word: uint256) -> uint256:
    return word >> _APPROVAL_BIT
