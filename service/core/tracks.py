"""Tracks: what rolling and natural windows need of one stream, one row for each piece of time in which it happened.

A track counts time in buckets of one width, in local dates, or not at all (one piece that never ends). A *dated* track
has a row for each local date with the newest bucket in which it was active. A *valued* track tells values apart: a row
for each piece of time and value. Columns are as narrow as what they hold; keys are counted from the first one seen.
"""

import json
import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.core.columns import Column, empty, narrow, pack, pack_integers, push, put, unpack, unpack_integers
from service.core.event import Event, Scalar
from service.core.where import Money, Source, number_of

Cell = tuple[str, str]  # (n | cnt | sum | min | max | bucket, property or "")
NOTHING = {"min": 2**80, "max": -(2**80), "last_t": -1, "chain": -1}  # an extreme of no numbers, no event
EVER = 2**62  # the width of the one bucket of a track without a window
DATES = 0  # the width that stands for local dates
VALUES = 1000  # values that a valued track tells apart
UNTOLD = -1
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What a track keeps. `horizon`: how far back it is read, in microseconds, or in dates."""

    width: int
    horizon: int
    dated: bool = False
    values: Source | None = None
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class Rows:
    """The rows of one track: keys, values, cells. `first_key` and `first_bucket` are the same unless it is dated."""

    columns: list[Column]
    first_key: int = 0
    first_bucket: int = 0
    names: list[str] = field(default_factory=list)  # the values, spelled as JSON; rows name them by their place

    @staticmethod
    def empty(track: Track) -> "Rows":
        """No rows."""
        return Rows([empty() for _ in range(1 + (track.values is not None) + len(track.cells))])

    def absorb(self, track: Track, event: Event, date: int, money: Money) -> None:
        """Take in an event that comes after everything taken in so far. `date` is its local date."""
        bucket = event.t // (track.width or EVER)
        key = date if track.dated or track.width == DATES else bucket
        self._drop(track, event.t, date)
        if not self.columns[0]:
            self.first_key, self.first_bucket = key, bucket if track.dated else key
        key, name = key - self.first_key, self._told(track, event, money)
        if name == UNTOLD:
            return
        row, start = self._row(track, key, name), 1 + (track.values is not None)
        olds = [None] * len(track.cells) if row is None else [column[row] for column in self.columns[start:]]
        cells = [
            bucket - self.first_bucket if track.dated else step(kind, old, input_of(kind, of, event, money))
            for (kind, of), old in zip(track.cells, olds, strict=True)
        ]
        if row is None:
            for place, value in enumerate([key, *([] if track.values is None else [name]), *cells]):
                push(self.columns, place, value)
        else:
            for place, value in enumerate(cells, start):
                put(self.columns, place, row, value)

    def _told(self, track: Track, event: Event, money: Money) -> int:
        """The place of an event's value among the names; `UNTOLD` where it has none, or there are too many."""
        if track.values is None:
            return 0
        found = track.values.read(event, money)
        return UNTOLD if found is None else self._name(found)

    def _row(self, track: Track, key: int, name: int) -> int | None:
        """The row of a key, and of a value; None if there is none."""
        keys = self.columns[0]
        if track.values is None:
            return len(keys) - 1 if keys and keys[-1] == key else None
        for row in range(len(keys) - 1, -1, -1):
            if keys[row] != key:
                break
            if self.columns[1][row] == name:
                return row
        return None

    def _name(self, value: Scalar) -> int:
        spelled = json.dumps(value, ensure_ascii=False)
        if spelled in self.names:
            return self.names.index(spelled)
        if len(self.names) >= VALUES:
            return UNTOLD
        self.names.append(spelled)
        return len(self.names) - 1

    def _drop(self, track: Track, t: int, date: int) -> None:
        """Forget what no window reaches any more."""
        gone = bisect_left(self.buckets(track), self.oldest(track, t, date, track.horizon))
        if not gone:
            return
        for column in self.columns:
            del column[:gone]
        if track.values is not None:
            used = sorted(set(self.columns[1]))
            if len(used) < len(self.names):
                places = {name: place for place, name in enumerate(used)}
                self.names = [self.names[name] for name in used]
                self.columns[1] = narrow([places[name] for name in self.columns[1]])

    # ---- reading

    def oldest(self, track: Track, t: int, date: int, window: int) -> int:
        """The first bucket or date, counted as `buckets` are, that a window reaches at an instant."""
        if track.width == DATES:
            return date - window + 1 - self.first_key
        return (t - window) // track.width - self.first_bucket

    def buckets(self, track: Track) -> Column:
        """What decides when each row no longer counts, ascending, from `first_bucket` on."""
        return self.columns[1 if track.dated else 0]

    def column(self, track: Track, cell: Cell) -> Column:
        """One column of cells."""
        return self.columns[1 + (track.values is not None) + track.cells.index(cell)]

    # ---- packing

    def pack(self, track: Track) -> Iterator[bytes]:
        """The rows as bytes."""
        base = (self.first_key, self.first_bucket) if track.dated else (self.first_key,)
        yield pack_integers((*base, len(self.columns[0])))
        if track.values is not None:
            names = json.dumps(self.names, separators=(",", ":"), ensure_ascii=False).encode()
            yield _LENGTH.pack(len(names))
            yield names
        yield from (pack(column) for column in self.columns)

    @staticmethod
    def unpack(track: Track, packed: bytes, offset: int) -> tuple["Rows", int]:
        """What `pack` made, and where it ends."""
        (*base, count), offset = unpack_integers(packed, offset, 2 + track.dated)
        rows = Rows.empty(track)
        rows.first_key, rows.first_bucket = base[0], base[-1]
        if track.values is not None:
            (length,) = _LENGTH.unpack_from(packed, offset)
            offset += _LENGTH.size + length
            rows.names = json.loads(packed[offset - length : offset])
        for place in range(len(rows.columns)):
            rows.columns[place], offset = unpack(packed, offset, count)
        return rows, offset


def input_of(kind: str, name: str, event: Event, money: Money) -> int | None:
    """What an event brings to a cell; None: nothing."""
    if kind == "n":
        return 1
    number = number_of(event, name, money)
    return 1 if kind == "cnt" and number is not None else number


def step(kind: str, old: int | None, value: int | None) -> int:
    """A cell after what an event brings; an `old` of None is a cell that nothing has been brought to."""
    if kind in NOTHING:
        before = NOTHING[kind] if old is None else old
        if value is None:
            return before
        return value if before == NOTHING[kind] else (min if kind == "min" else max)(before, value)
    return (old or 0) + (value or 0)
