"""Proposals, among them those that change the law."""

from hypothesis import strategies as st

from seqpool.deployment.allow_list import Delay, ProposalKind
from seqpool.governance.view import ProposalStage
from seqpool.units import METIS
from tests.stateful.governance.chain import (
    ATTESTERS,
    DESK_AT,
    DESK_ROWS,
    GOVERNOR,
    GUARDIANS,
    LAUNCH,
    OWN_ROWS,
    PROPOSER,
    STRANGER,
    THRESHOLD,
    describe,
)
from tests.stateful.governance.model import SECONDS, Call
from tests.stateful.governance.rules.base import FORUM, PEOPLE, has_proposals, has_room
from tests.stateful.machine import CHOICE, action


def reforms() -> st.SearchStrategy:
    """Calls that change the law, some of them out of bounds."""
    quorum, wallets, approval = LAUNCH.values()

    def one(name: str, *args) -> Call:
        return Call(GOVERNOR, name, args)

    permissions = [
        *((DESK_AT, "note", ProposalKind.GOVERNANCE, Delay.ORDINARY), (DESK_AT, "note", 0, 0)),
        *(
            (DESK_AT, "note", ProposalKind.INFRASTRUCTURE, Delay.CUSTODY),
            (DESK_AT, "record", ProposalKind.INFRASTRUCTURE, 1),
        ),
        *(
            (DESK_AT, "damage", ProposalKind.GOVERNANCE, Delay.ORDINARY),
            (DESK_AT, "change", ProposalKind.GOVERNANCE, 3),
        ),
        *(
            (DESK_AT, "change", 3, Delay.ORDINARY),
            (STRANGER, "note", ProposalKind.GOVERNANCE, Delay.ORDINARY),
        ),
        *((GOVERNOR, x, ProposalKind.GOVERNANCE, Delay.CUSTODY) for x in OWN_ROWS),
        *((GOVERNOR, x, ProposalKind.GOVERNANCE, Delay.PARAMETERS) for x in OWN_ROWS),
        *(
            (GOVERNOR, x, ProposalKind.GOVERNANCE, Delay.ORDINARY)
            for x in ("set_quorum", "set_guardian")
        ),
        *(
            (GOVERNOR, x, ProposalKind.INFRASTRUCTURE, Delay.CUSTODY)
            for x in ("set_quorum", "set_guardian")
        ),
        *((GOVERNOR, x, 0, 0) for x in ("set_quorum", "set_permission")),
    ]
    return st.sampled_from(
        [
            *(one("set_quorum", x) for x in (quorum + 1, 10_000 * METIS, 10_000 * METIS - 1)),
            *(one("set_wallets", x) for x in (wallets + 1, 10, 9, 10_001)),
            *(one("set_approval", x) for x in (5_000, 10_000, approval + 1, 10_001, 4_999)),
            *(one("set_proposal_threshold", x) for x in (0, THRESHOLD + 1, THRESHOLD - 1, 10**23)),
            *(one("set_guardian", x) for x in (*GUARDIANS, 0)),
            one("set_attesters", tuple(ATTESTERS[1:5]), 3),
            one("set_attesters", tuple(ATTESTERS[:5]), 3),
            one("set_attesters", tuple(ATTESTERS[:4]), 2),
            one("set_attesters", (*ATTESTERS[:3], ATTESTERS[0]), 3),
            *(one("set_permission", *x) for x in permissions),
        ]
    )


class Proposals:
    """What proposers do."""

    def usual(self, kind: int, number: int) -> Call:
        return Call(DESK_AT, "note" if kind == ProposalKind.INFRASTRUCTURE else "record", (number,))

    def propose_calls(self, who: int, kind: int, calls: tuple[Call, ...], uri: str = FORUM):
        given = (kind, describe(calls)[1], uri)
        if self.do(who, "propose", kind, calls, uri, given=given):
            law = self.model.law
            rows = [law.allowed[call.target, call.name] for call in calls]
            assert {row[0] for row in rows} == {kind}
            delay = max(SECONDS[row[1]] for row in rows)
            self.promised[len(self.model.proposals)] = delay, dict(law.criteria), calls

    @action(
        weight=5,
        when=has_room,
        who=PEOPLE,
        kind=st.sampled_from(
            [
                ProposalKind.INFRASTRUCTURE,
                ProposalKind.GOVERNANCE,
                ProposalKind.INFRASTRUCTURE,
                ProposalKind.GOVERNANCE,
                0,
                3,
            ]
        ),
        names=st.lists(st.sampled_from(["note", "record", "change", "replace"]), max_size=3),
        flaw=st.sampled_from([*["none"] * 12, "short", "damage", "stranger", "no forum post"]),
        number=CHOICE,
        right=st.integers(0, 9).map(lambda x: x < 8),
    )
    def propose(self, who, kind, names, flaw, number, right):
        if right and kind in (ProposalKind.INFRASTRUCTURE, ProposalKind.GOVERNANCE):
            allowed = self.model.law.allowed
            fits = [x for x in DESK_ROWS if allowed.get((DESK_AT, x), (0,))[0] == kind]
            if not fits:
                return
            names = [fits[(len(x) + number) % len(fits)] for x in names or ["note"]]
        calls = [Call(DESK_AT, name, (number + i,)) for i, name in enumerate(names)]
        if flaw == "short":
            calls.append(Call(DESK_AT, "short"))
        elif flaw == "damage":
            calls.append(Call(DESK_AT, "damage", (True,)))
        elif flaw == "stranger":
            calls.append(Call(STRANGER, "note", (1,)))
        uri = "" if flaw == "no forum post" else FORUM
        self.propose_calls(who, kind, tuple(calls), uri)

    @action(weight=1, when=has_room, number=CHOICE, count=st.sampled_from([8, 7]))
    def propose_many(self, number, count):
        """The same call twice, and so on."""
        calls = [Call(DESK_AT, "record", (number + i % 3,)) for i in range(count)]
        self.propose_calls(PROPOSER, ProposalKind.GOVERNANCE, tuple(calls))

    @action(weight=3, when=has_room, call=reforms(), rush=st.sampled_from([True, True, False]))
    def reform(self, call, rush):
        """A vote about the law; mostly it is brought to its end at once."""
        self.propose_calls(PROPOSER, ProposalKind.GOVERNANCE, (call,))
        if rush:
            self.rush_on(len(self.model.proposals))

    @action(weight=2, when=has_proposals, who=PEOPLE, choice=CHOICE)
    def cancel(self, who, choice):
        self.do(who, "cancel", self.pick(choice, ProposalStage.PROPOSED))
