"""What runs on Metis' L2 has no opcode newer than Berlin's."""

import boa
import pytest
from eth_utils import to_bytes
from vyper.evm.opcodes import OPCODES

# Metis' L2 is at Berlin. What came later, up to the newest that the compiler knows.
NEWER = {
    0x1E: "CLZ",
    0x48: "BASEFEE",
    0x49: "BLOBHASH",
    0x4A: "BLOBBASEFEE",
    0x5C: "TLOAD",
    0x5D: "TSTORE",
    0x5E: "MCOPY",
    0x5F: "PUSH0",
}
# Berlin's own, so all that there may be; 0xfe is INVALID.
BERLIN = {
    *range(0x00, 0x0C),
    *range(0x10, 0x1E),
    0x20,
    *range(0x30, 0x48),
    *range(0x50, 0x5C),
    *range(0x60, 0xA5),
    *(0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xFA, 0xFD, 0xFE, 0xFF),
}
PUSH1, PUSH32, JUMPDEST = 0x60, 0x7F, 0x5B


def footer(initcode: bytes) -> list:
    """What the compiler appends to the init code: sizes of the runtime code, of each of its data
    sections and of its immutables, which follow one another, and its own version."""
    size = int.from_bytes(initcode[-2:], "big")
    return decode(initcode[-size:-2])


def decode(data: bytes) -> list:
    """As much of CBOR as a footer has."""

    def item(at):
        kind, size = data[at] >> 5, data[at] & 31
        at += 1
        if size >= 24:
            width = 1 << (size - 24)
            size, at = int.from_bytes(data[at : at + width], "big"), at + width
        if kind == 0:
            return size, at
        if kind in (2, 3):
            return data[at : at + size], at + size
        assert kind in (4, 5)
        values = []
        for _ in range(size * (kind - 3)):
            value, at = item(at)
            values.append(value)
        return values, at

    values, end = item(0)
    assert end == len(data)
    return values


def code_of(initcode: bytes, runtime: bytes) -> bytes:
    """The part of the runtime code that is code: its tables of jumps come last."""
    _, runtime_size, data_sizes, _, version = footer(initcode)
    assert version[0] == b"vyper"
    # else something else would be cut off
    assert runtime_size == len(runtime)
    code = runtime[: runtime_size - sum(data_sizes)]
    assert len(code) > 0
    return code


def instructions(code: bytes):
    """Opcode and place of each, without what is pushed."""
    at = 0
    while at < len(code):
        opcode = code[at]
        yield at, opcode
        at += 1 + (opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0)
    # an instruction that is cut off means that code and data were mixed up
    assert at == len(code)


def newer_than_berlin(code: bytes) -> list:
    return [
        (at, NEWER.get(opcode, hex(opcode)))
        for at, opcode in instructions(code)
        if opcode not in BERLIN
    ]


def compiled(source, evm_version):
    arguments = {"evm_version": evm_version}
    data = boa.loads_partial(source, compiler_args=arguments).compiler_data
    return data.bytecode, data.bytecode_runtime


@pytest.mark.parametrize("name", ["SequencerSet", "LocalMessenger"])
def test_runtime_code_has_no_opcode_newer_than_berlin(project, name):
    contract = project.get_contract(name).contract_type
    code = code_of(
        to_bytes(hexstr=str(contract.deployment_bytecode.bytecode)),
        to_bytes(hexstr=str(contract.runtime_bytecode.bytecode)),
    )
    assert newer_than_berlin(code) == []
    # it was read as code: a contract without jumps is none
    assert sum(opcode == JUMPDEST for _, opcode in instructions(code)) > 10


@pytest.mark.parametrize("name", ["SequencerSet", "LocalMessenger"])
def test_init_code_has_no_opcode_newer_than_berlin(project, name):
    """It runs on L2 as well, once. Its own code comes before the runtime code in it."""
    contract = project.get_contract(name).contract_type
    initcode = to_bytes(hexstr=str(contract.deployment_bytecode.bytecode))
    runtime = to_bytes(hexstr=str(contract.runtime_bytecode.bytecode))
    code = initcode[: initcode.index(runtime)]
    assert len(code) > 0
    assert newer_than_berlin(code) == []


def test_what_is_deployed_is_what_was_read(epochs, project):
    """Immutables follow the code."""
    for contract in (epochs.set, epochs.messenger):
        deployed = epochs.chain.provider.get_code(contract.address)
        runtime = to_bytes(hexstr=str(contract.contract_type.runtime_bytecode.bytecode))
        assert bytes(deployed).startswith(runtime)


def test_newer_opcodes_are_the_compilers():
    """The table here against the compiler's own: opcode => (number, pops, pushes, gas)."""
    internal = ("DEBUG", "BREAKPOINT")
    known = {name: entry[0] for name, entry in OPCODES.items() if name not in internal}
    later = {number: name for name, number in known.items() if number not in BERLIN}
    assert {number: NEWER.get(number) for number in later} == later


@pytest.mark.parametrize(
    ("source", "evm_version", "name"),
    [
        ("x: public(uint256)", "shanghai", "PUSH0"),
        ("x: transient(uint256)\n@external\ndef f():\n    self.x += 1", "cancun", "TSTORE"),
        (
            "@external\ndef f(x: Bytes[99]) -> Bytes[99]:\n    y: Bytes[99] = x\n    return y",
            "cancun",
            "MCOPY",
        ),
        ("@external\ndef f() -> uint256:\n    return block.basefee", "london", "BASEFEE"),
    ],
)
def test_a_newer_opcode_would_be_found(source, evm_version, name):
    found = newer_than_berlin(code_of(*compiled("# pragma version 0.4.3\n" + source, evm_version)))
    assert name in {opcode for _, opcode in found}
