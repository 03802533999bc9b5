"""Windows: which rows of a track count at an instant, what they come to, and what they come to as they run out."""

import json
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from zoneinfo import ZoneInfo

from service.core.calendar import local_date, midnight
from service.core.event import MICRO
from service.core.moments import FOREVER
from service.core.playbook.conditions import Aggregate
from service.core.streams import Stream
from service.core.tracks import DATES, NOTHING, Cell, Rows, Track
from service.core.where import Reading

Readings = Callable[[Rows, int, int], Sequence[Reading]]
MONTHS = 12


def readings_of(aggregate: Aggregate, track: Track) -> Readings:
    """What an aggregate is over the rows from `low` to `high`, from `low + 1`, … and over none."""
    kind, name = aggregate.kind, aggregate.property or ""
    if kind == "distinct":
        return _distinct
    if kind == "top":
        return _tops(aggregate, track)
    if kind == "active_days":
        return lambda _rows, low, high: [(count * MICRO, 1) for count in range(high - low, -1, -1)]
    if kind == "avg":
        return _averages(track, name)
    if kind in NOTHING:
        return _extremes(track, kind, name)
    cell, scale = (("sum", name), 1) if kind == "sum" else (("n", ""), MICRO)

    def totals(rows: Rows, low: int, high: int) -> Sequence[Reading]:
        found = list(accumulate(_backwards(rows.column(track, cell), low, high), initial=0))
        return [(value * scale, 1) for value in found[::-1]]

    return totals


def _backwards(column: Sequence[int], low: int, high: int) -> list[int]:
    return list(column[low:high])[::-1]


def _averages(track: Track, name: str) -> Readings:
    def averages(rows: Rows, low: int, high: int) -> Sequence[Reading]:
        sums = accumulate(_backwards(rows.column(track, ("sum", name)), low, high))
        numbers = accumulate(_backwards(rows.column(track, ("cnt", name)), low, high))
        found: list[Reading] = [
            (total, number) if number else None for total, number in zip(sums, numbers, strict=True)
        ]
        return [*found[::-1], None]

    return averages


def _extremes(track: Track, kind: str, name: str) -> Readings:
    nothing, pick = NOTHING[kind], min if kind == "min" else max

    def careful(one: int, other: int) -> int:
        return other if one == nothing else one if other == nothing else pick(one, other)

    def extremes(rows: Rows, low: int, high: int) -> Sequence[Reading]:
        column = rows.column(track, (kind, name))
        quick = isinstance(column, array)  # a list may hold numbers beyond `NOTHING`
        found = list(accumulate(_backwards(column, low, high), pick if quick else careful))
        return [*((None if value == nothing else (value, 1)) for value in found[::-1]), None]

    return extremes


def _distinct(rows: Rows, low: int, high: int) -> Sequence[Reading]:
    seen: set[int] = set()
    found: list[Reading] = [(0, 1)]
    for name in _backwards(rows.columns[1], low, high):
        seen.add(name)
        found.append((len(seen) * MICRO, 1))
    return found[::-1]


def _tops(aggregate: Aggregate, track: Track) -> Readings:
    cell = weight_cell(aggregate)

    def tops(rows: Rows, low: int, high: int) -> Sequence[Reading]:
        ranking = Ranking(rows.names)
        found: list[Reading] = [None]
        names, gains = _backwards(rows.columns[1], low, high), _backwards(rows.column(track, cell), low, high)
        for name, gain in zip(names, gains, strict=True):
            if rows.names[name].startswith('"'):  # only a text can be preferred
                ranking.add(name, gain)
            found.append(ranking.top(aggregate.share))
        return found[::-1]

    return tops


def weight_cell(aggregate: Aggregate) -> Cell:
    """The cell that says how much a value weighs."""
    return ("n", "") if aggregate.by is None else ("sum", aggregate.by)


class Ranking:
    """Values by weight; of equal weights the smaller value. Only weights above 0 count."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self.weights: dict[int, int] = {}
        self.total = 0
        self.best: int | None = None

    def add(self, name: int, gain: int) -> None:
        """Let a value weigh more, or less."""
        before = self.weights.get(name, 0)
        after = self.weights[name] = before + gain
        self.total += max(after, 0) - max(before, 0)
        if name == self.best and gain < 0:
            self.best = min(
                (each for each, weight in self.weights.items() if weight > 0), key=self._place, default=None
            )
        elif after > 0 and (self.best is None or self._place(name) < self._place(self.best)):
            self.best = name

    def _place(self, name: int) -> tuple[int, str]:
        return -self.weights[name], json.loads(self._names[name])

    def top(self, share: int) -> str | None:
        """The value of the greatest weight, if it has at least this share (units of 10⁻⁶) of all."""
        if self.best is None or self.weights[self.best] * MICRO < share * self.total:
            return None
        found: str = json.loads(self._names[self.best])
        return found


# ---- which rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window of one track. It slides (`length` microseconds or dates), or it is a `period` of the calendar."""

    track: int
    length: int
    period: str | None
    zone: ZoneInfo

    def span(self, stream: Stream, at: int) -> tuple[int, int]:
        """From which row, and before which, the rows count."""
        track, rows = stream.spec.tracks[self.track], stream.rows[self.track]
        today = local_date(at, self.zone) if track.width == DATES else 0
        if self.period is None:
            return bisect_left(rows.buckets(track), rows.oldest(track, at, today, self.length)), len(rows.columns[0])
        return self._between(rows, *period_of(self.period, today))

    @staticmethod
    def _between(rows: Rows, first: int, last: int) -> tuple[int, int]:
        keys = rows.columns[0]
        return bisect_left(keys, first - rows.first_key), bisect_left(keys, last + 1 - rows.first_key)

    def end(self, stream: Stream, row: int) -> int:
        """When a row stops counting in a window that slides."""
        track, rows = stream.spec.tracks[self.track], stream.rows[self.track]
        bucket = rows.first_bucket + rows.buckets(track)[row]
        if track.width == DATES:
            return midnight(bucket + self.length, self.zone)
        return min((bucket + 1) * track.width + self.length, FOREVER)

    def turns(self, at: int) -> list[int]:
        """The dates at which a period moves on: after the second of them nothing known lies in it any more."""
        first = next_period(self.period or "", local_date(at, self.zone))
        return [first, next_period(self.period or "", first)]


def period_of(period: str, today: int) -> tuple[int, int]:
    """The first and the last date of a period, seen from a date."""
    start = _start(period, today)
    if period.startswith(("last_", "yester")):
        return _start(period, start - 1), start - 1
    return start, next_period(period, today) - 1


def next_period(period: str, today: int) -> int:
    """The date on which the next period of this kind begins."""
    day = date.fromordinal(_start(period, today))
    if period.endswith("week"):
        return day.toordinal() + 7
    if period.endswith("month"):
        return date(day.year + day.month // MONTHS, day.month % MONTHS + 1, 1).toordinal()
    return date(day.year + 1, 1, 1).toordinal() if period.endswith("year") else today + 1


def _start(period: str, today: int) -> int:
    day = date.fromordinal(today)
    if period.endswith("week"):
        return today - day.weekday()
    if period.endswith("month"):
        return day.replace(day=1).toordinal()
    return day.replace(month=1, day=1).toordinal() if period.endswith("year") else today
