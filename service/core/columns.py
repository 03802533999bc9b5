"""Columns of integers that are as narrow as what they have held: one, two, four or eight bytes a number, a list beyond.

A column is widened when a number does not fit and never narrowed, so its width follows from what went in, in order.
"""

import json
from array import array
from collections.abc import Iterable, MutableSequence, Sequence
from struct import Struct

Column = MutableSequence[int]
_CODES = "BHIq"
_LIST = ord("[")
_LENGTH = Struct("<I")
_LONG = 255


def empty() -> Column:
    """A new column."""
    return array(_CODES[0])


def narrow(numbers: Sequence[int]) -> Column:
    """A column of these numbers, no wider than they need."""
    for code in _CODES:
        try:
            return array(code, numbers)
        except OverflowError:
            continue
    return list(numbers)


def push(columns: list[Column], index: int, value: int) -> None:
    """Append to a column, widened if it must be."""
    try:
        columns[index].append(value)
    except OverflowError:
        columns[index] = _widened(columns[index], value)
        columns[index].append(value)


def put(columns: list[Column], index: int, row: int, value: int) -> None:
    """Replace a number of a column, widened if it must be."""
    try:
        columns[index][row] = value
    except OverflowError:
        columns[index] = _widened(columns[index], value)
        columns[index][row] = value


def _widened(column: Column, value: int) -> Column:
    return narrow([*column, value])[:-1]


def pack(column: Column) -> bytes:
    """A column as bytes; how many numbers it has is kept elsewhere."""
    if isinstance(column, array):
        return column.typecode.encode() + column.tobytes()
    content = json.dumps(column, separators=(",", ":")).encode()
    return bytes([_LIST]) + _LENGTH.pack(len(content)) + content


def unpack(packed: bytes, offset: int, count: int) -> tuple[Column, int]:
    """A column of `count` numbers, and where the next one begins."""
    code = packed[offset]
    offset += 1
    if code == _LIST:
        (length,) = _LENGTH.unpack_from(packed, offset)
        offset += _LENGTH.size
        return json.loads(packed[offset : offset + length]), offset + length
    column = array(chr(code))
    end = offset + count * column.itemsize
    column.frombytes(packed[offset:end])
    return column, end


def pack_integers(numbers: Iterable[int]) -> bytes:
    """Integers, each behind the number of its bytes; of long ones that number has four bytes more."""
    parts = []
    for number in numbers:
        size = (number.bit_length() + 8) // 8
        parts.append(bytes([size]) if size < _LONG else bytes([_LONG]) + _LENGTH.pack(size))
        parts.append(number.to_bytes(size, "little", signed=True))
    return b"".join(parts)


def unpack_integers(packed: bytes, offset: int, count: int) -> tuple[list[int], int]:
    """So many integers, and where they end."""
    numbers = []
    for _ in range(count):
        size = packed[offset]
        offset += 1
        if size == _LONG:
            (size,) = _LENGTH.unpack_from(packed, offset)
            offset += _LENGTH.size
        end = offset + size
        numbers.append(int.from_bytes(packed[offset:end], "little", signed=True))
        offset = end
    return numbers, offset
