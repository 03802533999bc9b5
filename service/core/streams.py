"""Streams: what is kept of one kind of event of one profile, packed in columns.

A stream is an event type (or a few) with one `where`. It keeps running totals, and for rolling windows *tracks*: one
row for each bucket of time in which something happened. Columns are arrays, so reading and copying them costs next to
nothing; buckets and dates are counted from the first one that was seen, which keeps them narrow.
"""

import json
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from service.core.columns import Column, empty, pack, pack_integers, push, put, unpack, unpack_integers
from service.core.event import Event, Scalar
from service.core.where import Matcher, Money, Reading, as_reading, number_of

Cell = tuple[str, str]  # (n | last_t | cnt | sum | min | max | days | day, property or "")
Pick = Callable[[int, int], int]
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
    """The mutable form of one stream while a fold works on it.

    `bases` holds each track's first key and first bucket (the same unless it is dated).
    """

    __slots__ = ("bases", "lasts", "rows", "spec", "totals")

    def __init__(
        self,
        spec: StreamSpec,
        totals: list[int],
        lasts: list[Scalar | None],
        bases: list[tuple[int, int]],
        rows: list[list[Column]],
    ) -> None:
        self.spec, self.totals, self.lasts, self.bases, self.rows = spec, totals, lasts, bases, rows

    @staticmethod
    def empty(spec: StreamSpec) -> "Stream":
        """A stream that has taken in nothing."""
        totals = [NOTHING.get(kind, 0) for kind, _ in spec.totals]
        rows = [[empty() for _ in range(1 + len(track.cells))] for track in spec.tracks]
        return Stream(spec, totals, [None] * len(spec.lasts), [(0, 0)] * len(rows), rows)

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
        for index in range(len(self.spec.tracks)):
            self._absorb_row(index, event, date, money)

    def _absorb_row(self, index: int, event: Event, date: int, money: Money) -> None:
        track, rows = self.spec.tracks[index], self.rows[index]
        bucket = event.t // track.width
        key = date if track.dated else bucket
        if not rows[0]:
            self.bases[index] = (key, bucket)
        first_key, first_bucket = self.bases[index]
        fresh = not rows[0] or rows[0][-1] != key - first_key
        if fresh:
            push(rows, 0, key - first_key)
        for place, (kind, name) in enumerate(track.cells, 1):
            old = NOTHING.get(kind, 0) if fresh else rows[place][-1]
            stepped = _stepped(kind, old, _input(kind, name, event, date, money)) if not track.dated else bucket
            (push if fresh else put)(rows, place, stepped - first_bucket if track.dated else stepped)
        gone = bisect_left(self.buckets(index), (event.t - track.horizon) // track.width - first_bucket)
        if gone:
            for column in rows:
                del column[:gone]

    # ---- reading

    def last(self, name: str) -> Reading:
        """The newest value of a property."""
        return as_reading(self.lasts[self.spec.lasts.index(name)])

    def buckets(self, track: int) -> Column:
        """The bucket that decides when each row of a track no longer counts, ascending, from `first_bucket` on."""
        return self.rows[track][1 if self.spec.tracks[track].dated else 0]

    def first_bucket(self, track: int) -> int:
        """The bucket from which those of a track are counted."""
        return self.bases[track][1]

    def column(self, track: int, cell: Cell) -> Column:
        """One column of a track."""
        return self.rows[track][1 + self.spec.tracks[track].cells.index(cell)]

    # ---- packing

    def encode(self) -> bytes:
        """The stream as bytes: the same content, the same bytes. A stream that holds nothing is empty."""
        if self._is_empty():
            return b""
        return b"".join(self._packed())

    def _is_empty(self) -> bool:
        if any(rows[0] for rows in self.rows) or any(last is not None for last in self.lasts):
            return False
        return all(
            total == NOTHING.get(kind, 0) for total, (kind, _) in zip(self.totals, self.spec.totals, strict=True)
        )

    def _packed(self) -> Iterator[bytes]:
        yield pack_integers(self.totals)
        if self.lasts:
            lasts = _json(self.lasts)
            yield struct.pack("<I", len(lasts))
            yield lasts
        for track, base, rows in zip(self.spec.tracks, self.bases, self.rows, strict=True):
            yield pack_integers((*base[: 1 + track.dated], len(rows[0])))
            yield from (pack(column) for column in rows)

    @staticmethod
    def decode(spec: StreamSpec, packed: bytes) -> "Stream":
        """The stream that `encode` packed."""
        lasts: list[Scalar | None] = []
        totals, offset = unpack_integers(packed, 0, len(spec.totals))
        if spec.lasts:
            (length,) = struct.unpack_from("<I", packed, offset)
            offset += 4 + length
            lasts = json.loads(packed[offset - length : offset])
        bases, rows = [], []
        for track in spec.tracks:
            (*base, count), offset = unpack_integers(packed, offset, 2 + track.dated)
            columns = []
            for _ in range(1 + len(track.cells)):
                column, offset = unpack(packed, offset, count)
                columns.append(column)
            bases.append((base[0], base[-1]))
            rows.append(columns)
        return Stream(spec, totals, lasts, bases, rows)


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


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
