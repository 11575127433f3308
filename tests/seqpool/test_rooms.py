"""The tree of seqpool: rooms without circles, and little that lies flat."""

from tools.rooms import PACKAGE, ROOT, arrows, floors, imports

FLAT = {"__init__", "__main__", "console", "errors", "strict_json", "strict_model", "units"}


def test_little_lies_flat():
    assert {path.stem for path in (ROOT / PACKAGE).glob("*.py")} <= FLAT


def test_no_circle_of_rooms():
    assert floors(arrows())


def test_no_circle_of_modules():
    assert floors(imports())
