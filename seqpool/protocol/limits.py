"""The constants of contracts/modules/limits.vy, by name: the bounds are written down only there."""

import ast
import operator
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "contracts" / "modules" / "limits.vy"

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}


def _evaluate(node: ast.expr, names: dict[str, int]) -> int:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return names[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_evaluate(left, names), _evaluate(right, names))
    raise ValueError(f"limits.vy: cannot read {ast.unparse(node)}")


def read_limits(source: str) -> dict[str, int]:
    """All constants in the text of a module, by name."""
    limits: dict[str, int] = {}
    for name, value in re.findall(r"^(\w+): constant\(uint256\) = ([^#\n]+)", source, re.MULTILINE):
        limits[name] = _evaluate(ast.parse(value.strip(), mode="eval").body, limits)
    return limits


LIMITS = read_limits(SOURCE.read_text())
