"""The contracts of this project, compiled in this process as their own pragmas say."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import anchor_settings

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
MOCKS = CONTRACTS / "mocks"
LIMITS = CONTRACTS / "modules" / "limits.vy"


def deployables(*, mocks: bool) -> list[Path]:
    """The files that compile to a contract. Modules do not: they are parts of contracts."""
    files = sorted(CONTRACTS.glob("*.vy"))
    return files + sorted(MOCKS.glob("*.vy")) if mocks else files


def compile_file(path: Path) -> CompilerData:
    """Compile as `vyper` does in the project's folder: imports are there or in site-packages."""
    # the compiler records paths relative to the working folder
    os.chdir(ROOT)
    found = [Path(entry) for entry in reversed(sys.path) if entry and Path(entry).is_dir()]
    bundle = FilesystemInputBundle([*found, ROOT])
    return CompilerData(bundle.load_file(path.relative_to(ROOT)), input_bundle=bundle)


# Both read what the compiler works out late. Without the anchor it would take its default EVM then,
# and not that of the pragma: other opcodes, and the reentrancy lock in transient storage.


def runtime_size(compiled: CompilerData) -> int:
    """Bytes on the chain: the code, and the immutables that the constructor puts behind it."""
    with anchor_settings(compiled.settings):
        return len(compiled.bytecode_runtime) + compiled.global_ctx.immutable_section_bytes


def storage_layout(compiled: CompilerData) -> dict:
    with anchor_settings(compiled.settings):
        return compiled.storage_layout
