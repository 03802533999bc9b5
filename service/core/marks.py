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
    forever = sorted((place, *mark) for place, mark in marks.items() if mark.value and mark.until == FOREVER)
    ending = sorted((place, *mark) for place, mark in marks.items() if mark.value and mark.until != FOREVER)
    off = sorted((place, *mark) for place, mark in marks.items() if not mark.value)
    places, values, since, until = zip(*forever, *ending, *off, strict=True) if marks else ((), (), (), ())
    on = len(forever) + len(ending)
    return b"".join((
        _COUNTS.pack(len(forever), len(ending), len(off)),
        pack(narrow(places)),
        bytes(values[:on]),
        array("q", since[:on]).tobytes(),
        array("q", until[len(forever) :]).tobytes(),
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
