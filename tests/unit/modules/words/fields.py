"""What tests of packed words share: a table gives each field its first bit and its width."""

from eth_utils import to_checksum_address
from hypothesis import strategies as st

Table = dict[str, tuple[int, int]]


def numbers(width: int):
    """Often 0 or all ones: those show at once if one field runs into another."""
    return st.sampled_from([0, 2**width - 1]) | st.integers(0, 2**width - 1)


def addresses():
    twenty_bytes = st.sampled_from([bytes(20), 20 * b"\xff"]) | st.binary(min_size=20, max_size=20)
    return twenty_bytes.map(to_checksum_address)


def values(table: Table):
    """A value for each field, by name."""
    return st.fixed_dictionaries({name: numbers(width) for name, (_, width) in table.items()})


def pack(table: Table, fields: dict[str, int]) -> int:
    return sum(int(fields[name]) << at for name, (at, _) in table.items())


def end_of(table: Table) -> int:
    """The first bit after the fields, which lie side by side from bit 0."""
    end = 0
    for name, (at, width) in table.items():
        assert at == end, name
        end += width
    assert end <= 256
    return end
