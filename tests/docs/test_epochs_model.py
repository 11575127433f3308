"""The model of epochs and draws that was written from the documents alone, against the contract."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs import committees_model, epochs_model
from tests.docs.committees_model import Reverts
from tests.docs.epochs_draws import Draws
from tests.docs.epochs_histories import FALLBACKS, SIGNERS, History
from tests.docs.epochs_model import BOUNDS, MAX_BLOCK, Model
from tests.docs.epochs_world import MESSENGER, RELAY, SET, Launch, deployment
from tests.stateful.chain import CHAIN_ID

MODELS = (committees_model, epochs_model)
STARTED_AT = 1_800_000_000
# epoch_length, block_timeout, fallback_delay, fallback_sequencer; and the first block
LAUNCHES = (
    ((10, 60, 7_200, FALLBACKS[0]), 20_000_000),
    ((12, 10, 1_800, FALLBACKS[0]), 1_000),
    # a fallback sequencer that is a member too
    ((10, 10, 3_600, SIGNERS[0]), 500),
    # soon there is no larger block
    ((10, 60, 1_800, FALLBACKS[0]), MAX_BLOCK - 60),
)
HISTORIES, PARTS, STEPS = 300, 12, 60
DRAWS, COMMITTEES = 2_000, 50


@cache
def launch(number: int) -> Launch:
    """Once a process: each world is undone."""
    return Launch(*LAUNCHES[number], STARTED_AT)


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("module", MODELS, ids=lambda x: x.__name__)
def test_model_imports_nothing_of_ours(module):
    models = {x.__name__ for x in MODELS}
    for name in imported(Path(module.__file__).read_text()):
        package = name.partition(".")[0]
        assert package in sys.stdlib_module_names or package.startswith("eth_") or name in models


@pytest.mark.parametrize("part", range(10))
def test_draws(part):
    """Members with equal, skewed, tiny and huge powers, some of them barred; rounds up to 300."""
    draws = DRAWS // 10 // COMMITTEES
    Draws(launch(0), part).run(COMMITTEES, draws)


# the parts before this one are not for `make quick`
QUICK = 9


@pytest.mark.parametrize(
    "part",
    [*(pytest.param(x, marks=pytest.mark.slow) for x in range(QUICK)), *range(QUICK, PARTS)],
)
def test_histories(part):
    """Calls of all functions, right and wrong: answers, reasons, events, and views after each."""
    for seed in range(part, HISTORIES, PARTS):
        # few near the largest block, where soon every call is refused
        number = 3 if seed % 16 == 0 else seed % 3
        History(launch(number), seed).run(STEPS)


ARGUMENTS = (MESSENGER, RELAY, *LAUNCHES[0][0])
CHANGES = [(0, 0), (1, 0), (5, 0)]
for place, (low, high) in enumerate(BOUNDS.values(), 2):
    CHANGES += [(place, value) for value in (low - 1, low, high, high + 1)]


@pytest.mark.parametrize("place, value", CHANGES)
def test_constructor(place, value):
    messenger, relay, *terms = (*ARGUMENTS[:place], value, *ARGUMENTS[place + 1 :])
    began = 1_000, STARTED_AT
    try:
        told = Model(CHAIN_ID, SET, messenger, relay, *terms, *began).events
    except Reverts as reverts:
        told = reverts.reason
    assert deployment(messenger, relay, tuple(terms), *began) == told
