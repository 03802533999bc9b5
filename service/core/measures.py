"""Aggregates read from streams: the value now, and the first instant at which silence alone changes what it means.

What it means is up to a *judge*: whether comparisons hold, or what a tag shows of it.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from service.core.calendar import midnight
from service.core.decay import crossing, decayed
from service.core.event import MICRO
from service.core.moments import FOREVER as FOREVER
from service.core.playbook.conditions import Aggregate, Comparison
from service.core.streams import Stream, StreamSpec
from service.core.tracks import EVER, NOTHING, Cell
from service.core.where import Reading, Source, compile_comparisons
from service.core.windows import Readings, Window, readings_of

J = TypeVar("J", bound=Hashable)
Measure = Callable[[Stream, int], Reading]
Verdict = tuple[bool, int]  # holds; until when if nothing happens (exact for one aggregate)
Judge = Callable[[Reading], J]
Watch = Callable[[Stream, int], tuple[J, int]]
Bounds = Callable[[Reading], Iterable[int]]  # where a judgement of a value can change, in micro units
_ORDERED = {"gte": (0, True), "gt": (1, True), "lte": (1, False), "lt": (0, False)}  # what more is needed; what holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Where an aggregate finds its columns; without a window in the totals."""

    stream: int
    aggregate: Aggregate
    window: Window | None = None

    @property
    def kind(self) -> str:
        """The kind of the aggregate."""
        return self.aggregate.kind


def compile_measure(slot: Slot, spec: StreamSpec) -> Measure:
    """The value of an aggregate at an instant, as a function."""
    if slot.window is None:
        return _total(slot.aggregate, spec)
    window, readings = slot.window, readings_of(slot.aggregate, spec.tracks[slot.window.track])

    def measure(stream: Stream, at: int) -> Reading:
        return readings(stream.rows[window.track], *window.span(stream, at))[0]

    return measure


def compile_test(slot: Slot, spec: StreamSpec, comparisons: tuple[Comparison, ...]) -> Watch[bool]:
    """An aggregate against comparisons, as a function."""
    holds = compile_comparisons(comparisons)
    if slot.kind == "since_last":
        return _silence_test(spec, holds, comparisons)
    values = [value for each in comparisons for value in each.values if type(value) is int]
    watch = compile_watch(slot, spec, holds, lambda _reading: values)
    goal = _goal(slot, comparisons)
    return watch if slot.window is None or goal is None else _reach_watch(slot.window, spec, goal, watch)


def compile_watch(slot: Slot, spec: StreamSpec, judge: Judge[J], bounds: Bounds) -> Watch[J]:
    """What an aggregate means, and until when. `bounds` are only asked of what decays."""
    if slot.kind == "decayed_sum":
        return _decay_watch(slot.aggregate, spec, judge, bounds)
    if slot.window is None:
        measure = _total(slot.aggregate, spec)
        return lambda stream, at: (judge(measure(stream, at)), FOREVER)
    if slot.window.length == EVER:
        whole = compile_measure(slot, spec)
        return lambda stream, at: (judge(whole(stream, at)), FOREVER)
    readings = readings_of(slot.aggregate, spec.tracks[slot.window.track])
    if slot.window.period is not None:
        return _period_watch(slot.window, readings, judge)
    return _window_watch(slot.window, readings, judge)


# ---- running totals


def source_of(aggregate: Aggregate) -> Source:
    """The property or field that an aggregate reads as it is."""
    return Source(aggregate.field or aggregate.property or "", is_field=aggregate.field is not None)


def decayed_cell(aggregate: Aggregate) -> tuple[str, str]:
    """The cell that a decayed sum is kept in."""
    return ("decayed", f"{aggregate.half_life}:{aggregate.property or ''}")


def _total(aggregate: Aggregate, spec: StreamSpec) -> Measure:
    kind, name = aggregate.kind, aggregate.property or ""
    if kind in ("first", "last"):
        source = source_of(aggregate)
        return lambda stream, _at: stream.first(source) if kind == "first" else stream.last(source)
    if kind == "avg":
        amount, number = spec.totals.index(("sum", name)), spec.totals.index(("cnt", name))
        return lambda stream, _at: (stream.totals[amount], stream.totals[number]) if stream.totals[number] else None
    if kind == "decayed_sum":
        place, half_life = spec.totals.index(decayed_cell(aggregate)), aggregate.half_life or 1
        return lambda stream, at: decayed(stream.totals[place], at, half_life)
    plain = {"count": ("n", ""), "sequence": ("n", ""), "active_days": ("days", ""), "since_last": ("last_t", "")}
    cell = spec.totals.index(plain.get(kind, (kind, name)))
    if kind == "since_last":
        return lambda stream, at: (at - stream.totals[cell], 1) if stream.totals[cell] >= 0 else None
    if kind in NOTHING:
        return lambda stream, _at: None if stream.totals[cell] == NOTHING[kind] else (stream.totals[cell], 1)
    scale = 1 if kind == "sum" else MICRO
    return lambda stream, _at: (stream.totals[cell] * scale, 1)


def _silence_test(spec: StreamSpec, holds: Judge[bool], comparisons: tuple[Comparison, ...]) -> Watch[bool]:
    cell = spec.totals.index(("last_t", ""))
    durations = {value for each in comparisons for value in each.values if type(value) is int}
    steps = sorted({duration + beyond for duration in durations for beyond in (0, 1)})

    def test(stream: Stream, at: int) -> Verdict:
        last = stream.totals[cell]
        if last == NOTHING["last_t"]:
            return holds(None), FOREVER
        now = holds((at - last, 1))
        flips = (last + step for step in steps if last + step > at)
        return now, next((flip for flip in flips if holds((flip - last, 1)) is not now), FOREVER)

    return test


def _decay_watch(aggregate: Aggregate, spec: StreamSpec, judge: Judge[J], bounds: Bounds) -> Watch[J]:
    place, half_life = spec.totals.index(decayed_cell(aggregate)), aggregate.half_life or 1

    def watch(stream: Stream, at: int) -> tuple[J, int]:
        total = stream.totals[place]
        reading = decayed(total, at, half_life)
        now = judge(reading)
        if total == 0:
            return now, FOREVER
        turns = {turn for bound in bounds(reading) if bound for turn in crossing(total, bound, at, half_life)}
        later = (turn for turn in sorted(turns) if turn > at)
        return now, next((turn for turn in later if judge(decayed(total, turn, half_life)) != now), FOREVER)

    return watch


# ---- windows


def _period_watch(window: Window, readings: Readings, judge: Judge[J]) -> Watch[J]:
    def watch(stream: Stream, at: int) -> tuple[J, int]:
        rows = stream.rows[window.track]
        now = judge(readings(rows, *window.span(stream, at))[0])
        for day in window.turns(at):
            turn = midnight(day, window.zone)
            if judge(readings(rows, *window.span(stream, turn))[0]) != now:
                return now, turn
        return now, FOREVER

    return watch


def _window_watch(window: Window, readings: Readings, judge: Judge[J]) -> Watch[J]:
    def watch(stream: Stream, at: int) -> tuple[J, int]:
        rows, (low, high) = stream.rows[window.track], window.span(stream, at)
        found = readings(rows, low, high)
        now = judge(found[0])
        flip = _flip(found, rows.buckets(stream.spec.tracks[window.track]), low, judge)
        return now, FOREVER if flip >= len(found) else window.end(stream, low + flip - 1)

    return watch


def _flip(readings: Sequence[Reading], buckets: Sequence[int], first: int, judge: Judge[J]) -> int:
    """The first suffix that means something else; rows of one bucket end together, so only the last of them counts."""
    now, last = judge(readings[0]), len(readings) - 1
    for index in range(1, last + 1):
        if judge(readings[index]) != now and (index == last or buckets[first + index - 1] != buckets[first + index]):
            return index
    return last + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Goal:
    """A test of a total: whether it is at least `least`, or that it is not. `cell`: what is added up; None: rows."""

    cell: Cell | None
    least: int
    reached: bool


def _goal(slot: Slot, comparisons: tuple[Comparison, ...]) -> _Goal | None:
    """One comparison of what adds up in a window that slides, as a goal; None if it is not that."""
    cells = {
        "count": ("n", ""),
        "sequence": ("n", ""),
        "sum": ("sum", slot.aggregate.property or ""),
        "active_days": None,
    }
    slides = slot.window is not None and slot.window.period is None and slot.window.length != EVER
    if not slides or slot.kind not in cells or len(comparisons) != 1 or comparisons[0].op not in _ORDERED:
        return None
    beyond, reached = _ORDERED[comparisons[0].op]
    (bound,) = comparisons[0].values
    unit = 1 if slot.kind == "sum" else MICRO
    return _Goal(cell=cells[slot.kind], least=-(-(int(bound) + beyond) // unit), reached=reached)


def _reach_watch(window: Window, spec: StreamSpec, goal: _Goal, general: Watch[bool]) -> Watch[bool]:
    """Where nothing added is below 0 a total only falls as rows run out, so that a binary search finds when."""
    track = spec.tracks[window.track]

    def watch(stream: Stream, at: int) -> Verdict:
        rows, (low, high) = stream.rows[window.track], window.span(stream, at)
        if goal.cell is None:
            needed = goal.least
        else:
            newest_first = rows.column(track, goal.cell)[low:high][::-1]
            if min(newest_first, default=0) < 0:
                return general(stream, at)
            needed = bisect_left(list(accumulate(newest_first)), goal.least) + 1
        if goal.least <= 0:
            return goal.reached, FOREVER
        if needed > high - low:
            return not goal.reached, FOREVER
        return goal.reached, window.end(stream, high - needed)

    return watch
