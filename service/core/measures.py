"""Aggregates read from streams: the value now, and the first instant at which silence alone changes a comparison."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from service.core.event import MICRO
from service.core.playbook.conditions import Comparison
from service.core.streams import NOTHING, PICK, Pick, Stream, StreamSpec, Track
from service.core.where import Reading, compile_comparisons

FOREVER = 2**63 - 1  # "never, if nothing happens"

Measure = Callable[[Stream, int], Reading]
Verdict = tuple[bool, int]  # holds; until when if nothing happens (exact for one aggregate)
Test = Callable[[Stream, int], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where an aggregate finds its columns. `track` and `window` are None for running totals."""

    stream: int
    kind: str
    property: str
    track: int | None = None
    window: int | None = None


def compile_measure(slot: Slot, spec: StreamSpec) -> Measure:
    """The value of an aggregate at an instant, as a function."""
    if slot.track is None or slot.window is None:
        return _total(slot, spec)
    suffixes = _suffixes(slot, spec.tracks[slot.track])
    start = _start(slot.track, spec.tracks[slot.track], slot.window)
    return lambda stream, at: suffixes(stream, start(stream, at))[0]


def compile_test(slot: Slot, spec: StreamSpec, comparisons: tuple[Comparison, ...]) -> Test:
    """An aggregate against comparisons, as a function."""
    holds = compile_comparisons(comparisons)
    if slot.kind == "since_last":
        return _silence_test(spec, holds, comparisons)
    if slot.track is None or slot.window is None:
        measure = _total(slot, spec)
        return lambda stream, at: (holds(measure(stream, at)), FOREVER)
    return _window_test(slot, spec, holds, monotone=_one_way(slot.kind, comparisons))


# ---- running totals


def _total(slot: Slot, spec: StreamSpec) -> Measure:
    kind, name = slot.kind, slot.property
    if kind == "last":
        place = spec.lasts.index(name)
        return lambda stream, _at: stream.last(spec.lasts[place])
    if kind == "avg":
        amount, number = spec.totals.index(("sum", name)), spec.totals.index(("cnt", name))
        return lambda stream, _at: (stream.totals[amount], stream.totals[number]) if stream.totals[number] else None
    cell = spec.totals.index(
        {"count": ("n", ""), "active_days": ("days", ""), "since_last": ("last_t", "")}.get(kind, (kind, name))
    )
    if kind == "since_last":
        return lambda stream, at: (at - stream.totals[cell], 1) if stream.totals[cell] >= 0 else None
    if kind in NOTHING:
        return lambda stream, _at: None if stream.totals[cell] == NOTHING[kind] else (stream.totals[cell], 1)
    scale = 1 if kind == "sum" else MICRO
    return lambda stream, _at: (stream.totals[cell] * scale, 1)


def _silence_test(spec: StreamSpec, holds: Callable[[Reading], bool], comparisons: tuple[Comparison, ...]) -> Test:
    cell = spec.totals.index(("last_t", ""))
    durations = {value for each in comparisons for value in each.values if isinstance(value, int)}
    steps = sorted({duration + beyond for duration in durations for beyond in (0, 1)})

    def test(stream: Stream, at: int) -> Verdict:
        last = stream.totals[cell]
        if last == NOTHING["last_t"]:
            return holds(None), FOREVER
        now = holds((at - last, 1))
        flips = (last + step for step in steps if last + step > at)
        return now, next((flip for flip in flips if holds((flip - last, 1)) is not now), FOREVER)

    return test


# ---- rolling windows


def _start(track: int, spec: Track, window: int) -> Callable[[Stream, int], int]:
    width = spec.width
    return lambda stream, at: bisect_left(stream.buckets(track), (at - window) // width - stream.first_bucket(track))


def _suffixes(slot: Slot, spec: Track) -> Callable[[Stream, int], Sequence[Reading]]:
    """Answers what the aggregate is over the rows from `start`, from `start + 1`, … and over none."""
    track, kind, name = slot.track or 0, slot.kind, slot.property
    quick: Pick = min if kind == "min" else max

    def columns(stream: Stream, start: int, cell: tuple[str, str]) -> list[int]:
        return list(stream.column(track, cell)[start:])[::-1]

    def days(stream: Stream, start: int) -> Sequence[Reading]:
        return [(count * MICRO, 1) for count in range(len(stream.buckets(track)) - start, -1, -1)]

    def averages(stream: Stream, start: int) -> Sequence[Reading]:
        sums = accumulate(columns(stream, start, ("sum", name)))
        numbers = accumulate(columns(stream, start, ("cnt", name)))
        found: list[Reading] = [
            (total, number) if number else None for total, number in zip(sums, numbers, strict=True)
        ]
        return [*found[::-1], None]

    def extremes(stream: Stream, start: int) -> Sequence[Reading]:
        column = stream.column(track, (kind, name))
        pick = quick if isinstance(column, array) else PICK[kind]  # a list may hold numbers beyond `NOTHING`
        found = list(accumulate(columns(stream, start, (kind, name)), pick))
        return [*((None if value == NOTHING[kind] else (value, 1)) for value in found[::-1]), None]

    def totals(stream: Stream, start: int) -> Sequence[Reading]:
        cell, scale = (("n", ""), MICRO) if kind == "count" else (("sum", name), 1)
        found = list(accumulate(columns(stream, start, cell), initial=0))
        return [(value * scale, 1) for value in found[::-1]]

    if spec.dated:
        return days
    return {"avg": averages, "min": extremes, "max": extremes}.get(kind, totals)


def _window_test(slot: Slot, spec: StreamSpec, holds: Callable[[Reading], bool], *, monotone: bool) -> Test:
    track, window = slot.track or 0, slot.window or 0
    width = spec.tracks[track].width
    start = _start(track, spec.tracks[track], window)
    suffixes = _suffixes(slot, spec.tracks[track])

    def test(stream: Stream, at: int) -> Verdict:
        first = start(stream, at)
        readings = suffixes(stream, first)
        now = holds(readings[0])
        if monotone:
            flip = bisect_left(range(len(readings)), 1, key=lambda index: holds(readings[index]) is not now)
        else:
            flip = _flip(readings, stream.buckets(track), first, lambda reading: holds(reading) is not now)
        if flip >= len(readings):
            return now, FOREVER
        bucket = stream.first_bucket(track) + stream.buckets(track)[first + flip - 1]
        return now, (bucket + 1) * width + window

    return test


def _flip(readings: Sequence[Reading], buckets: Sequence[int], first: int, differs: Callable[[Reading], bool]) -> int:
    """The first suffix that differs; rows of one bucket end together, so only the last of them counts."""
    last = len(readings) - 1
    for index in range(1, len(readings)):
        if index < last and buckets[first + index - 1] == buckets[first + index]:
            continue
        if differs(readings[index]):
            return index
    return len(readings)


def _one_way(kind: str, comparisons: tuple[Comparison, ...]) -> bool:
    """Whether a comparison can change only once as rows run out: then a binary search finds when."""
    ordered = len(comparisons) == 1 and comparisons[0].op in ("gte", "gt", "lte", "lt")
    return ordered and kind in ("count", "active_days")
