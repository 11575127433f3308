"""Check that everything a caller sees is documented: `python -m tools.check_natspec`.

Every contract has a title, a notice and a licence and, unless it is a mock, says in `@custom:kill`
how it is stopped. Every external function, also one exported from a module of this project, has a
notice and documents each parameter and each return value.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from vyper.ast import nodes as vy_ast
from vyper.ast.natspec import NatspecOutput, _parse_docstring
from vyper.exceptions import VyperException
from vyper.semantics.types.module import ModuleT

from tools.contracts import CONTRACTS, MOCKS, ROOT, compile_file, deployables

LICENCE = "AGPL-3.0-only"


def _returns(function: vy_ast.FunctionDef) -> int:
    if function.returns is None:
        return 0
    return len(function.returns.elements) if isinstance(function.returns, vy_ast.Tuple) else 1


def function_faults(function: vy_ast.FunctionDef) -> Iterator[str]:
    name, docstring = function.name, function.get("doc_string.value")
    if docstring is None:
        yield f"{name}: no docstring"
        return
    arguments = tuple(argument.arg for argument in function.args.args)
    source = function.module_node.full_source_code
    # the compiler's own parser, because its output leaves the constructor out
    doc = _parse_docstring(source, docstring, ("title", "license"), arguments, _returns(function))
    if "notice" not in doc:
        yield f"{name}: no @notice"
    for argument in arguments:
        if argument not in doc.get("params", {}):
            yield f"{name}: no @param {argument}"
    wanted, given = _returns(function), len(doc.get("returns", {}))
    if given < wanted:
        yield f"{name}: {given} of {wanted} return values have a @return"


def contract_faults(docs: NatspecOutput, *, mock: bool) -> Iterator[str]:
    if not docs.devdoc.get("title"):
        yield "no @title"
    if not docs.userdoc.get("notice"):
        yield "no @notice"
    if docs.devdoc.get("license") != LICENCE:
        yield f"@license is not {LICENCE}"
    if not mock and not docs.devdoc.get("custom:kill"):
        yield "no @custom:kill"


def file_faults(path: Path) -> Iterator[tuple[Path, str]]:
    """The faults of one contract, each with its file: an exported function is in a module's."""
    try:
        compiled = compile_file(path)
        for fault in contract_faults(compiled.natspec, mock=path.parent == MOCKS):
            yield path, fault
        for function in _exposed(compiled.global_ctx):
            for fault in function_faults(function):
                yield Path(function.module_node.resolved_path), fault
    except VyperException as error:
        yield path, f"does not compile: {type(error).__name__}: {error.message}"


def _exposed(contract: ModuleT) -> Iterator[vy_ast.FunctionDef]:
    """The constructor and the external functions written here: no library's, no getter."""
    constructor = [contract.init_function] if contract.init_function else []
    for function in [*constructor, *contract.exposed_functions]:
        node = function.ast_def
        ours = Path(node.module_node.resolved_path).is_relative_to(CONTRACTS)
        if ours and not isinstance(node._original_node, vy_ast.VariableDecl):
            yield node


def main() -> int:
    paths = deployables(mocks=True)
    faults = sorted({fault for path in paths for fault in file_faults(path)})
    for path, fault in faults:
        print(f"{path.relative_to(ROOT)}: {fault}", file=sys.stderr)
    if faults:
        print(f"natspec: {len(faults)} faults", file=sys.stderr)
        return 1
    print(f"natspec: {len(paths)} contracts are documented")
    return 0


if __name__ == "__main__":
    sys.exit(main())
