"""Pictures: each word can be read, and each run gives the same bytes."""

from xml.etree import ElementTree

import pytest

from seqpool.picture import as_svg, flaws, new_figure, settle
from tools.chart import Axis, Line, Note, svg

DAYS = Axis("days", [(day, str(day)) for day in (0, 50, 100)])
SHARE = Axis("%", [(0, "0"), (50, "50"), (100, "100")])


def test_words_that_touch_are_told():
    figure = new_figure("title", 4, 3)
    axes = figure.add_subplot()
    axes.text(0.5, 0.5, "one")
    axes.text(0.52, 0.5, "other")
    assert "'one' touches 'other'" in flaws(figure)
    with pytest.raises(ValueError, match="'one' touches 'other'"):
        as_svg(figure)


def test_a_word_that_is_cut_off_is_told():
    figure = new_figure("title", 4, 3)
    axes = figure.add_subplot()
    axes.text(0.95, 0.5, "redemption").set_in_layout(False)
    assert flaws(figure) == ["'redemption' is cut off"]


def test_a_word_that_is_not_shown_is_no_flaw():
    figure = new_figure("title", 4, 3)
    axes = figure.add_subplot()
    axes.text(0.5, 0.5, "one")
    axes.text(0.5, 0.5, "other", visible=False)
    assert flaws(figure) == []


def test_labels_of_one_place_are_told_apart():
    figure = new_figure("title", 6, 4)
    axes = figure.add_subplot()
    labels = [
        axes.annotate(word, (0.5, 0.5), (0, 0), textcoords="offset points", ha="center")
        for word in ("deposits", "slash", "refund", "redemption")
    ]
    assert flaws(figure)
    settle(figure, labels)
    assert flaws(figure) == []


def test_a_label_at_the_edge_is_moved_inside():
    notes = [Note(100, 100, "redemption"), Note(0, 0, "deposits")]
    text = svg("share", DAYS, SHARE, [Line("price", [(0, 0), (100, 100)])], notes)
    assert ElementTree.fromstring(text).tag.endswith("svg")


def test_a_picture_is_the_same_each_time():
    lines = [Line("one", [(0, 0), (100, 50)]), Line("other", [(0, 0), (100, 100)])]
    assert svg("title", DAYS, SHARE, lines) == svg("title", DAYS, SHARE, lines)
