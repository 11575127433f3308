"""docs/design.md against the code: what is cited is there, and names are those of the code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.utils.documents import table

ROOT = Path(__file__).parents[2]
DESIGN = (ROOT / "docs/design.md").read_text()
SOURCE = ("contracts", "interfaces", "seqpool", "scripts", "tools", "tests")
# where a rule is kept or an invariant is tested
KEEPERS = ("contracts", "interfaces", "seqpool", "tests")

NUMBER = r"\d(?:\.\d)?"
NUMBERS = rf"{NUMBER}(?:(?:, | and | to ){NUMBER})*"
SECTIONS = re.compile(rf"docs/design\.md sections? ({NUMBERS})")
ITEMS = re.compile(rf"docs/design\.md sections? {NUMBERS}(?:, [GI]\d+)*((?:, [A-E]\d)+)")
RULES = re.compile(r"\b([GI])(\d{1,2})(?: to \1(\d{1,2}))?\b")
STRAY = re.compile(r"(?<!docs/)\bdesign\.md\b|\bdesign, sections?\b", re.I)
SOURCE_TAG = re.compile(r"@custom:source (.*)")
# what else a function may be from
ELSEWHERE = re.compile(r"ERC-\d+|Metis' ICrossDomainMessenger")
MARK = re.compile(r"^> \*\*Not built yet \((.*?)\)\.\*\*", re.M)
TYPE = re.compile(r"^(?:    )?\"?([A-Z]\w+\([a-z]\w+ \w+(?:,[a-z]\w+ \w+)*\))\"?$", re.M)


class Citation(NamedTuple):
    """What a file cites, and how it is written there."""

    path: str
    what: str


def headings() -> dict[str, str]:
    """Number of a section => its text, up to the next heading."""
    parts = re.split(r"^#{2,3} (\d(?:\.\d)?)\.? .*$", DESIGN, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def listed(column: str) -> set[str]:
    return {row[column] for row in table("design.md", column)}


KNOWN = set(headings()) | listed("rule") | listed("invariant") | listed("item")


def sources(folders: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Path and text of each source file, but of this one."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".vy", ".vyi") and path != Path(__file__):
                yield str(path.relative_to(ROOT)), path.read_text()


def unwrapped(text: str) -> str:
    """A comment's or docstring's lines as one: a citation may be broken between two."""
    return re.sub(r"\s*\n\s*(?:# )?", " ", text)


def cited(text: str) -> Iterator[str]:
    """Sections, rules, invariants and items that a text names."""
    text = unwrapped(text)
    for match in SECTIONS.finditer(text):
        yield from re.findall(NUMBER, match[1])
    for match in ITEMS.finditer(text):
        yield from re.findall(r"[A-E]\d", match[1])
    for letter, first, last in RULES.findall(text):
        yield from (f"{letter}{n}" for n in range(int(first), int(last or first) + 1))


def faults(text: str) -> Iterator[str]:
    """What a text cites and nobody finds, or in another form than all others."""
    yield from (what for what in cited(text) if what not in KNOWN)
    yield from (match[0] for match in STRAY.finditer(text))
    for match in SOURCE_TAG.finditer(text):
        rest = re.sub(rf"docs/design\.md sections? {NUMBERS}(?:, [A-EGI]\d+)*", "", match[1])
        if ELSEWHERE.sub("", rest).strip(", "):
            yield match[1]


def signatures() -> dict[str, set[tuple[str, ...]]]:
    """Function => names of its arguments, in each contract that has it."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for _, text in sources(("contracts", "interfaces")):
        for name, arguments in re.findall(r"^def (\w+)\(([^)]*)\)", text, re.M):
            names = tuple(re.findall(r"(\w+):", arguments))
            found.setdefault(name, set()).add(names)
    return found


def test_all_citations_are_found():
    missing = [Citation(path, fault) for path, text in sources(SOURCE) for fault in faults(text)]
    assert missing == []


@pytest.mark.parametrize(
    "text, fault",
    [
        ("@custom:source docs/design.md section 5.1", "5.1"),
        ("# docs/design.md sections 2 and\n# 3.0: what", "3.0"),
        ("@custom:source docs/design.md section 3.4, G18", "G18"),
        ("'''I0: nothing'''", "I0"),
        ("'''invariants I12 to I14'''", "I14"),
        ("# docs/design.md section 3.4, A9", "A9"),
        ("@custom:source design.md section 3.4", "design.md"),
        ("# Design, sections 2 to 4", "Design, sections"),
        ("@custom:source issue 4", "issue 4"),
    ],
)
def test_a_citation_of_nothing_is_a_fault(text, fault):
    assert fault in faults(text)


def test_every_rule_and_invariant_is_cited():
    known = listed("rule") | listed("invariant")
    assert known == {f"G{n}" for n in range(1, 18)} | {f"I{n}" for n in range(1, 14)}
    assert known <= {what for _, text in sources(KEEPERS) for what in cited(text)}


def test_items_that_are_not_built_are_marked_where_the_list_says():
    marked: dict[str, set[str]] = {}
    for section, text in headings().items():
        for item in MARK.findall(text):
            marked.setdefault(item, set()).add(section)
    rows = table("design.md", "item")
    assert {row["item"]: set(row["sections"].split(", ")) for row in rows} == marked


def test_messages_are_those_of_the_contracts():
    on_chain = {kind for _, text in sources(("contracts",)) for kind in TYPE.findall(text)}
    # the type of a domain is no message
    on_chain = {kind for kind in on_chain if not kind.startswith("EIP712Domain(")}
    assert on_chain
    assert set(TYPE.findall(headings()["2.4"])) == on_chain


def test_functions_are_those_of_the_contracts():
    found = signatures()
    calls = [
        call
        for rows in re.findall(r"^\| function \|.*\n((?:\|.*\n)+)", DESIGN, re.M)
        for cell in re.findall(r"^\| (`.*?) \|", rows, re.M)
        for call in re.findall(r"`(\w+)(?:\((.*?)\))?[^`]*`", cell)
    ]
    assert len(calls) > 80
    for name, arguments in calls:
        assert name in found, f"no contract has {name}"
        given = tuple(re.findall(r"\w+", arguments))
        assert not given or given in found[name], f"{name}{given}, not {found[name]}"


def test_every_function_with_a_role_is_specified():
    text_of = headings()
    heads = re.findall(r"^### (3\.\d) (.*)$", DESIGN, re.M)
    for row in table("roles.md", "contract | function"):
        contract, function = row["contract"], row["function"]
        text = text_of["3"] + "".join(text_of[n] for n, title in heads if contract in title)
        text += text_of["3.2"] if contract == "LocalMessenger" else ""
        today = re.sub(r"^>.*\n", "", text, flags=re.M)
        assert re.search(rf"\b{function}\b", today), f"{contract}.{function}"
