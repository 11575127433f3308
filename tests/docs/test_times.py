"""docs/development.md: how long each part of `make test` takes."""

from tests.utils.documents import ROOT, table
from tools.times import Part, targets
from tools.times import table as table_of


def test_the_table_has_each_part_of_make_test():
    rows = table("development.md", "part")
    parts = targets((ROOT / "Makefile").read_text())
    assert [row["part"] for row in rows] == [*(f"`{x}`" for x in parts), "all of `make test`"]


def test_the_sum_is_that_of_the_parts():
    rows = table("development.md", "part")
    minutes = [float(row["minutes"]) for row in rows]
    assert abs(minutes[-1] - sum(minutes[:-1])) < 0.05 * len(minutes)


def test_a_table_is_in_minutes():
    text = table_of([Part("test-fork", 90, 120), Part("gas", 30, 60)])
    assert "| `test-fork` | 1.5 | 2.0 |" in text
    assert text.endswith("| all of `make test` | 2.0 | 3.0 |")
