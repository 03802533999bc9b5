"""Streams: what is kept of one kind of event of one profile, packed in columns.

A stream is an event type (or a few) with one `where`. It keeps running totals, and for rolling windows *tracks*: one
row for each bucket of time in which something happened. Columns are arrays, so reading and copying them costs next to
nothing; a number beyond 64 bits makes its column a list and the section JSON.
"""

import json
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from dataclasses import dataclass
from itertools import chain

from service.core.event import Event, Scalar
from service.core.where import Matcher, Money, Reading, as_reading, number_of

Cell = tuple[str, str]  # (n | last_t | cnt | sum | min | max | days | day, property or "")
Column = MutableSequence[int]
Pick = Callable[[int, int], int]
WIDE = frozenset({"sum", "min", "max"})  # 64 bits; the others 32
NOTHING = {"min": 2**63 - 1, "max": -(2**63), "last_t": -1}  # an extreme of no numbers, the time of no event


def _either(nothing: int, pick: Pick) -> Pick:
    return lambda one, other: other if one == nothing else one if other == nothing else pick(one, other)


# The lower or the higher of two; `NOTHING` gives way, even to numbers beyond 64 bits.
PICK: Mapping[str, Pick] = {
    "min": _either(NOTHING["min"], min),
    "max": _either(NOTHING["max"], max),
    "last_t": max,
    "day": max,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Rows by bucket. A `dated` track has a row for each local date, with the newest bucket in which it was active."""

    width: int
    horizon: int
    dated: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """What a stream keeps: totals, newest values, tracks. `days` stands right before its `day`."""

    events: frozenset[str]
    matches: Matcher
    totals: tuple[Cell, ...]
    lasts: tuple[str, ...]
    tracks: tuple[Track, ...]


class Stream:
    """The mutable form of one stream while a fold works on it."""

    __slots__ = ("lasts", "rows", "spec", "totals")

    def __init__(self, spec: StreamSpec) -> None:
        self.spec = spec
        self.totals: list[int] = [NOTHING.get(kind, 0) for kind, _ in spec.totals]
        self.lasts: list[Scalar | None] = [None] * len(spec.lasts)
        self.rows: list[list[Column]] = [[array(code) for code in _codes(track)] for track in spec.tracks]

    def absorb(self, event: Event, date: int, money: Money) -> None:
        """Take in an event that comes after everything taken in so far. `date` is its local date."""
        totals = self.totals
        for index, (kind, name) in enumerate(self.spec.totals):
            if kind == "days":
                totals[index] += totals[index + 1] != date
            else:
                totals[index] = _stepped(kind, totals[index], _input(kind, name, event, date, money))
        for index, name in enumerate(self.spec.lasts):
            number = number_of(event, name, money)
            found = event.scalar(name) if number is None else number
            if found is not None:
                self.lasts[index] = found
        for track, rows in zip(self.spec.tracks, self.rows, strict=True):
            _absorb_row(track, rows, event, date, money)

    # ---- reading

    def total(self, cell: Cell) -> int:
        """A running total; that of min, max and last_t is `NOTHING` where there is none."""
        return self.totals[self.spec.totals.index(cell)]

    def last(self, name: str) -> Reading:
        """The newest value of a property."""
        return as_reading(self.lasts[self.spec.lasts.index(name)])

    def buckets(self, track: int) -> Column:
        """The bucket that decides when each row of a track no longer counts, ascending."""
        return self.rows[track][1 if self.spec.tracks[track].dated else 0]

    def column(self, track: int, cell: Cell) -> Column:
        """One column of a track."""
        return self.rows[track][1 + self.spec.tracks[track].cells.index(cell)]

    # ---- packing

    def encode(self) -> bytes:
        """The stream as bytes: the same content, the same bytes. A stream that holds nothing is empty."""
        if self._is_empty():
            return b""
        try:
            return b"\x00" + b"".join(self._packed())
        except OverflowError:
            rows = [[list(column) for column in track] for track in self.rows]
            return b"\x01" + _json([self.totals, self.lasts, rows])

    def _is_empty(self) -> bool:
        blank = all(
            total == NOTHING.get(kind, 0) for total, (kind, _) in zip(self.totals, self.spec.totals, strict=True)
        )
        return blank and all(last is None for last in self.lasts) and not any(rows[0] for rows in self.rows)

    def _packed(self) -> Iterator[bytes]:
        yield array("q", self.totals).tobytes()
        if self.lasts:
            lasts = _json(self.lasts)
            yield struct.pack("<I", len(lasts))
            yield lasts
        for track, rows in zip(self.spec.tracks, self.rows, strict=True):
            yield struct.pack("<H", len(rows[0]))
            for code, column in zip(_codes(track), rows, strict=True):
                yield column.tobytes() if isinstance(column, array) else array(code, column).tobytes()

    @staticmethod
    def decode(spec: StreamSpec, packed: bytes) -> "Stream":
        """The stream that `encode` packed."""
        stream = Stream(spec)
        if packed[0]:
            stream.totals, stream.lasts, stream.rows = json.loads(packed[1:])
            return stream
        offset = 1 + 8 * len(spec.totals)
        stream.totals = array("q", packed[1:offset]).tolist()
        if spec.lasts:
            (length,) = struct.unpack_from("<I", packed, offset)
            offset += 4 + length
            stream.lasts = json.loads(packed[offset - length : offset])
        for index, track in enumerate(spec.tracks):
            (count,) = struct.unpack_from("<H", packed, offset)
            offset += 2
            for column, code in enumerate(_codes(track)):
                end = offset + count * (8 if code == "q" else 4)
                stream.rows[index][column] = array(code, packed[offset:end])
                offset = end
        return stream


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _codes(track: Track) -> Iterator[str]:
    return chain("I", ("q" if kind in WIDE else "I" for kind, _ in track.cells))


def _input(kind: str, name: str, event: Event, date: int, money: Money) -> int | None:
    if kind == "n":
        return 1
    if kind == "last_t":
        return event.t
    if kind == "day":
        return date
    number = number_of(event, name, money)
    return 1 if kind == "cnt" and number is not None else number


def _stepped(kind: str, old: int, value: int | None) -> int:
    if value is None:
        return old
    if kind in ("n", "cnt", "sum"):
        return old + value
    return PICK[kind](old, value)


def _absorb_row(track: Track, rows: list[Column], event: Event, date: int, money: Money) -> None:
    bucket = event.t // track.width
    key = date if track.dated else bucket
    if not rows[0] or rows[0][-1] != key:
        rows[0].append(key)
        for column, (kind, _) in zip(rows[1:], track.cells, strict=True):
            column.append(NOTHING.get(kind, 0))
    for index, (kind, name) in enumerate(track.cells, 1):
        value = bucket if track.dated else _stepped(kind, rows[index][-1], _input(kind, name, event, date, money))
        try:
            rows[index][-1] = value
        except OverflowError:
            rows[index] = list(rows[index])
            rows[index][-1] = value
    gone = bisect_left(rows[1 if track.dated else 0], (event.t - track.horizon) // track.width)
    if gone:
        for column in rows:
            del column[:gone]
