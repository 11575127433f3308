"""The faults of the drill: what is done to the network, and who may be punished for it."""

from dataclasses import dataclass, field

from seqpool.drill.network import Network, Setup
from seqpool.drill.plan import WATCHERS, Person, Terms
from seqpool.drill.wires import WireState
from seqpool.watcher.chain.registry import BlockHeader

_LATE = 1.0  # seconds by which votes are late on the slow road
# Seconds from the start of a network until the fallback sequencer may act: all processes have to be
# up by then, and some timeouts have to pass.
_FALLBACK_MARGIN = 90


@dataclass
class Scene:
    """The moment of a fault."""

    head: BlockHeader  # the last block of the signer that fails
    in_charge: Person
    successors: list[Person]  # of rounds from 1
    others: list[Person]  # neither in charge nor the first successor
    # names of those whose votes and logs do not show how fast the network is
    odd: set[str] = field(default_factory=set)
    down: list[Person] = field(default_factory=list)


class DrillFault:
    """The producer in charge is killed, and nothing else happens; others build on it."""

    name = "kill"
    title = "kill -9 the producer"
    round = 1  # the round in which a successor has to come
    has_fallback = False

    def setup(self, terms: Terms) -> Setup:
        return Setup()

    async def before(self, network: Network) -> set[str]:
        """Disturbs the network; returns the names of those whose clocks or votes are wrong."""
        return set()

    def suits(self, line_up: list[Person]) -> bool:
        """Whether it may come now. `line_up`: who is in charge, then who would take over."""
        return True

    async def strike(self, network: Network, scene: Scene) -> None:
        """Makes the fault, at a moment when no block can be made."""
        network.kill_producer(scene.in_charge)

    async def during(self, network: Network, scene: Scene) -> None:
        """What happens while the others vote."""

    async def after(self, network: Network, scene: Scene) -> None:
        """When there is a successor."""

    def blamed(self, scene: Scene) -> list[Person]:
        """Who has to be slashed."""
        return [scene.in_charge]

    def excused(self, scene: Scene) -> list[Person]:
        """Who else may be slashed, because it has failed too."""
        return []


class Freeze(DrillFault):
    name = "freeze"
    title = "freeze the producer (SIGSTOP)"

    async def strike(self, network: Network, scene: Scene) -> None:
        network.freeze(scene.in_charge)

    async def after(self, network: Network, scene: Scene) -> None:
        # it goes on where it was, and must do no harm
        network.thaw(scene.in_charge)


class TwoDead(DrillFault):
    name = "two-dead"
    title = "two of seven die"

    async def strike(self, network: Network, scene: Scene) -> None:
        scene.down = [scene.in_charge, scene.others[0]]
        for person in scene.down:
            network.kill_machine(person)


class LostNode(DrillFault):
    name = "rpc"
    title = "an RPC node says nothing more"

    def setup(self, terms: Terms) -> Setup:
        return Setup(wires=True)

    async def strike(self, network: Network, scene: Scene) -> None:
        network.kill_producer(scene.in_charge)
        await network.wires[0].set(WireState.SILENT)


class CutNode(LostNode):
    name = "rpc-cut"
    title = "an RPC node refuses connections"

    async def strike(self, network: Network, scene: Scene) -> None:
        network.kill_producer(scene.in_charge)
        await network.wires[0].set(WireState.CUT)


class SlowVotes(DrillFault):
    name = "messages"
    title = "votes come late and twice"

    def setup(self, terms: Terms) -> Setup:
        return Setup(slow_road=_LATE)


class Restart(DrillFault):
    name = "restart"
    title = "watchers restart in the middle of a vote"
    # the successor is one of those that restart
    round = 2

    async def during(self, network: Network, scene: Scene) -> None:
        slot = f"signed reelection:{scene.head.number}:1"
        timeout = network.terms.block_timeout
        await network.until(2 * timeout, lambda: network.said(slot))
        scene.down = [scene.successors[0], *scene.others[:3]]
        for person in scene.down:
            network.kill_watcher(person)
        for person in scene.down:
            network.start_watcher(person)

    def excused(self, scene: Scene) -> list[Person]:
        return scene.successors[:1]


class Liar(DrillFault):
    name = "liar"
    title = "a watcher lies"
    _liar: Person

    async def before(self, network: Network) -> set[str]:
        _, line_up = await network.line_up()
        # neither in charge nor about to be
        self._liar = next(x for x in network.stage.sequencers if x not in line_up)
        network.start_liar(self._liar)
        return {self._liar.name}

    def suits(self, line_up: list[Person]) -> bool:
        # an epoch may have begun since
        return self._liar not in line_up[:2]


class SkewedClock(DrillFault):
    name = "clock"
    title = "three clocks are wrong"
    # a third clock is wrong by more than a vote of a whole timeout needs
    _OFFSETS = (3.0, -3.0)
    _wild: Person

    def setup(self, terms: Terms) -> Setup:
        offsets = (*self._OFFSETS, 2.5 * terms.block_timeout)
        return Setup(extra={n: {"clock_offset": x} for n, x in enumerate(offsets)})

    async def before(self, network: Network) -> set[str]:
        odd = network.people[: len(self._OFFSETS) + 1]
        self._wild = odd[-1]
        return {x.name for x in odd}

    def suits(self, line_up: list[Person]) -> bool:
        # by its clock, its turn would be over before it began
        return self._wild != line_up[1]


class DeadSuccessor(DrillFault):
    name = "successor"
    title = "the successor is dead too"
    round = 2

    async def strike(self, network: Network, scene: Scene) -> None:
        scene.down = [scene.in_charge, scene.successors[0]]
        for person in scene.down:
            network.kill_machine(person)

    def excused(self, scene: Scene) -> list[Person]:
        return scene.successors[:1]


class NoQuorum(DrillFault):
    name = "no-quorum"
    title = "three of seven die; the fallback takes over"
    has_fallback = True

    def setup(self, terms: Terms) -> Setup:
        return Setup(
            alive_ago=terms.fallback_delay - _FALLBACK_MARGIN - 3 * terms.block_timeout,
            fallback=True,
            # or the chain would show life before it dies
            everybody={"tasks": {"heartbeat": False}, "upkeep": {"commit_left_percent": 10}},
        )

    async def strike(self, network: Network, scene: Scene) -> None:
        scene.down = [scene.in_charge, *scene.others[: WATCHERS // 3]]
        for person in scene.down:
            network.kill_machine(person)

    async def after(self, network: Network, scene: Scene) -> None:
        for person in scene.down:
            network.start_machine(person)

    def blamed(self, scene: Scene) -> list[Person]:
        # without two thirds nobody can be slashed
        return []

    def excused(self, scene: Scene) -> list[Person]:
        return scene.down


FAULTS: dict[str, type[DrillFault]] = {
    fault.name: fault
    for fault in (
        *(DrillFault, Freeze, TwoDead, LostNode, CutNode, SlowVotes, Restart, Liar, SkewedClock),
        *(DeadSuccessor, NoQuorum),
    )
}
# those of CI
SHORT = ("kill", "messages", "successor")
