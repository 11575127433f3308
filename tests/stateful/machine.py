"""What the state machines have in common: how they choose, undo and compare."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, NamedTuple

from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.stateful.chain import Chain, Receipt
from tests.stateful.model import Rejected

# Of each, the first is the simplest: hypothesis shrinks towards it.
CHOICE = st.integers(0, 99)
RARELY = st.integers(0, 14).map(lambda x: x == 14)
MOSTLY = st.integers(0, 9).map(lambda x: x < 8)
OFFSET = st.sampled_from([0, 1, -1])


class Action(NamedTuple):
    weight: int
    when: Callable[["Machine"], bool]
    arguments: st.SearchStrategy


def action(weight: int, when: Callable = lambda machine: True, **arguments) -> Callable:
    """Marks what `act` may do: it chooses by weight among the actions that make sense. (Hypothesis
    would switch off rules half the time, and seldom put them in an order that leads anywhere.)"""

    def register(method: Callable) -> Callable:
        method.action = Action(weight, when, st.fixed_dictionaries(arguments))
        return method

    return register


class ChainMachine(RuleBasedStateMachine):
    """Each example starts from the same state of a chain, and is undone."""

    def __init__(self, chain: Chain):
        super().__init__()
        self.chain = chain
        self._anchor = chain.anchor()
        self._anchor.__enter__()

    def teardown(self):
        self._anchor.__exit__(None, None, None)


class Machine(ChainMachine):
    """Each action asks the model what must happen, sends the transaction, and compares."""

    actions: ClassVar[dict[str, Action]] = {}
    favoured: ClassVar[dict[str, int]] = {}  # action => how many times as likely
    names: ClassVar[dict[int, str]] = {}  # of addresses

    def __init_subclass__(cls, **named):
        super().__init_subclass__(**named)
        cls.actions = {
            name: method.action
            for part in reversed(cls.__mro__)
            for name, method in vars(part).items()
            if hasattr(method, "action")
        }

    def __init__(self, chain: Chain):
        super().__init__(chain)
        self.steps = 0
        self.is_sound = True  # nothing has disagreed
        self.reached: set[str] = set()  # for --hypothesis-show-statistics

    def teardown(self):
        try:
            if self.is_sound:
                for what in self.reached:
                    event(f"reached: {what}")
                self.finish()
        finally:
            super().teardown()

    def finish(self):
        """What holds at the end, if nothing has disagreed before."""

    @rule(data=st.data(), senseless=RARELY)
    def act(self, data, senseless):
        names = []
        for name, (weight, when, _) in self.actions.items():
            if senseless or when(self):
                names += [name] * (weight * self.favoured.get(name, 1))
        name = data.draw(st.sampled_from(names))
        getattr(self, name)(**data.draw(self.actions[name].arguments))

    # -------------------------------------------------------- comparing

    def expect(self, call: Callable, *args) -> tuple[Any, tuple[str, ...] | None]:
        """What a model's call returns, or the reasons of which one must be given."""
        self.is_sound = False
        try:
            return call(*args), None
        except Rejected as rejected:
            return None, rejected.reasons

    def named(self, args: Iterable) -> tuple:
        """With names for addresses."""
        return tuple(self.named(x) if isinstance(x, tuple) else self.names.get(x, x) for x in args)

    def tell(self, moment: str, sender: int, name: str, args: Iterable, receipt: Receipt):
        """In the story of a failed example, and in the statistics."""
        end = receipt.reason or "ok"
        note(f"{moment} {self.names[sender]}.{name}{self.named(args)}: {end}")
        event(f"{name}: {end}")

    @staticmethod
    def succeeds(receipt: Receipt, answer: int | None, reasons: tuple[str, ...] | None) -> bool:
        """Whether a call did something; it did what the model says."""
        if reasons:
            assert receipt.reason in reasons, f"{receipt.reason}, not {reasons}"
            return False
        assert receipt.reason is None, receipt.reason
        expected = [] if answer is None else [answer]
        assert receipt.words == expected, f"{receipt.words}, not {expected}"
        return True

    @staticmethod
    def compare_events(logged: Iterable[tuple], expected: Iterable[tuple]):
        """Their order is not specified."""
        logged, expected = Counter(logged), Counter(expected)
        assert logged == expected, f"logged {logged - expected}, not {expected - logged}"
