"""What tags show of a profile, packed: most marks have no end, and those that are off have no beginning."""

from array import array
from struct import Struct
from typing import NamedTuple

from service.core.columns import narrow, pack, unpack
from service.core.measures import FOREVER

_COUNTS = Struct("<HHH")  # on without end, on until an instant, off until an instant


class Mark(NamedTuple):
    """What a tag shows: 0 off, else 1 + the place of its value; since when, and until when if nothing happens."""

    value: int
    since: int
    until: int


def encode_marks(marks: dict[int, Mark]) -> bytes:
    """Pack marks by the tag's place in the playbook."""
    groups: tuple[list[tuple[int, Mark]], ...] = ([], [], [])
    for place, mark in sorted(marks.items()):
        groups[2 if not mark.value else 0 if mark.until == FOREVER else 1].append((place, mark))
    ordered = [each for group in groups for each in group]
    on, ending = len(groups[0]) + len(groups[1]), len(groups[0])
    return b"".join((
        _COUNTS.pack(*map(len, groups)),
        pack(narrow([place for place, _ in ordered])),
        bytes(mark.value for _, mark in ordered[:on]),
        array("q", (mark.since for _, mark in ordered[:on])).tobytes(),
        array("q", (mark.until for _, mark in ordered[ending:])).tobytes(),
    ))  # fmt: skip


def decode_marks(packed: bytes) -> dict[int, Mark]:
    """Unpack what `encode_marks` packed."""
    if not packed:
        return {}
    forever, ending, off = _COUNTS.unpack_from(packed)
    on, count = forever + ending, forever + ending + off
    places, offset = unpack(packed, _COUNTS.size, count)
    values = packed[offset : offset + on] + bytes(off)
    moments = array("q", packed[offset + on :])
    since = [*moments[:on], *([0] * off)]
    until = [*([FOREVER] * forever), *moments[on:]]
    return dict(zip(places, map(Mark, values, since, until), strict=True))
