"""Streams: what is kept of one kind of event of one profile, packed in columns.

A stream is an event type (or a few) with one `where`, or the events that complete one sequence. It keeps running
totals, the oldest and the newest values, and tracks for windows. Columns are arrays, so reading and copying them costs
next to nothing.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from service.core.columns import pack_integers, unpack_integers
from service.core.decay import weight
from service.core.event import MICRO, Event, Scalar
from service.core.tracks import NOTHING, Cell, Rows, Track, input_of, step
from service.core.where import Matcher, Money, Reading, Source, as_reading, number_of

_LENGTH = struct.Struct("<I")
_OF_TOTALS = frozenset({"days", "day", "last_t", "chain"})  # what no track keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The steps of a sequence: types and tests, and how long the whole may take."""

    steps: tuple[tuple[str, Matcher], ...]
    within: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """What a stream keeps: totals, oldest and newest values, tracks. `days` stands right before its `day`.

    Cells of totals beside those of tracks: `last_t`, `days` and `day`, `decayed` with the property and the half-life,
    and for a chain one for each step but the last: when the newest beginning of so much of it was.
    """

    events: frozenset[str]
    matches: Matcher
    totals: tuple[Cell, ...]
    firsts: tuple[Source, ...]
    lasts: tuple[Source, ...]
    tracks: tuple[Track, ...]
    chain: Chain | None = None


class Stream:
    """The mutable form of one stream while a fold works on it."""

    __slots__ = ("firsts", "lasts", "rows", "spec", "totals")

    def __init__(self, spec: StreamSpec) -> None:
        """A stream that has taken in nothing."""
        self.spec = spec
        self.totals = [NOTHING.get(kind, 0) for kind, _ in spec.totals]
        self.firsts: list[Scalar | None] = [None] * len(spec.firsts)
        self.lasts: list[Scalar | None] = [None] * len(spec.lasts)
        self.rows = [Rows.empty(track) for track in spec.tracks]

    def absorb(self, event: Event, date: int, money: Money) -> None:
        """Take in an event that comes after everything taken in so far. `date` is its local date."""
        if not self.completes(event):
            return
        for index, (kind, name) in enumerate(self.spec.totals):
            if kind in _OF_TOTALS:
                self._total(index, kind, event, date)
            elif kind == "decayed":
                self.totals[index] += _weighed(name, event, money)
            else:
                self.totals[index] = step(kind, self.totals[index], input_of(kind, name, event, money))
        self._note(event, money)
        for track, rows in zip(self.spec.tracks, self.rows, strict=True):
            rows.absorb(track, event, date, money)

    def _total(self, index: int, kind: str, event: Event, date: int) -> None:
        if kind == "days":
            self.totals[index] += self.totals[index + 1] != date
        elif kind != "chain":
            self.totals[index] = date if kind == "day" else event.t

    def _note(self, event: Event, money: Money) -> None:
        for index, source in enumerate(self.spec.firsts):
            if self.firsts[index] is None:
                self.firsts[index] = source.read(event, money)
        for index, source in enumerate(self.spec.lasts):
            found = source.read(event, money)
            if found is not None:
                self.lasts[index] = found

    def completes(self, event: Event) -> bool:
        """Whether an event completes the sequence, or there is none. It takes every beginning a step further.

        The last step comes first: one event is one step.
        """
        chain = self.spec.chain
        if chain is None:
            return True
        starts, last = self.totals, len(chain.steps) - 1
        complete = False
        for place in range(last, -1, -1):
            kind, matches = chain.steps[place]
            if kind != event.type or not matches(event):
                continue
            start = event.t if place == 0 else starts[place - 1]
            if start == NOTHING["chain"] or event.t - start > chain.within:
                continue
            if place == last:
                complete = True
            else:
                starts[place] = max(starts[place], start)
        return complete

    # ---- reading

    def first(self, source: Source) -> Reading:
        """The oldest value of a property or field."""
        return as_reading(self.firsts[self.spec.firsts.index(source)])

    def last(self, source: Source) -> Reading:
        """The newest value of a property or field."""
        return as_reading(self.lasts[self.spec.lasts.index(source)])

    # ---- packing

    def encode(self) -> bytes:
        """The stream as bytes: the same content, the same bytes. A stream that holds nothing is empty."""
        if self._is_empty():
            return b""
        return b"".join(self._packed())

    def _is_empty(self) -> bool:
        if any(rows.columns[0] for rows in self.rows) or any(each is not None for each in (*self.firsts, *self.lasts)):
            return False
        return all(
            total == NOTHING.get(kind, 0) for total, (kind, _) in zip(self.totals, self.spec.totals, strict=True)
        )

    def _packed(self) -> Iterator[bytes]:
        yield pack_integers(self.totals)
        if self.firsts or self.lasts:
            values = _json([*self.firsts, *self.lasts])
            yield _LENGTH.pack(len(values))
            yield values
        for track, rows in zip(self.spec.tracks, self.rows, strict=True):
            yield from rows.pack(track)

    @staticmethod
    def decode(spec: StreamSpec, packed: bytes) -> "Stream":
        """The stream that `encode` packed."""
        found = Stream(spec)
        found.totals, offset = unpack_integers(packed, 0, len(spec.totals))
        if spec.firsts or spec.lasts:
            (length,) = _LENGTH.unpack_from(packed, offset)
            offset += _LENGTH.size + length
            values = json.loads(packed[offset - length : offset])
            found.firsts, found.lasts = values[: len(spec.firsts)], values[len(spec.firsts) :]
        for place, track in enumerate(spec.tracks):
            found.rows[place], offset = Rows.unpack(track, packed, offset)
        return found


def _json(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _weighed(name: str, event: Event, money: Money) -> int:
    """A property, or 1, by the weight that the event has for ever. `name` is `half_life:property`."""
    half_life, _, of = name.partition(":")
    number = number_of(event, of, money) if of else MICRO
    return 0 if number is None else number * weight(event.t, int(half_life))
