"""One journey and one span of time, and the words of which questions about them are made."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

from service.core.calendar import DAY, HOUR

Only: TypeAlias = tuple[tuple[str, str], ...]
CIRCUMSTANCES = ("channel", "touchpoint", "scenario", "place", "staff", "cls")
COLUMNS = (*CIRCUMSTANCES, "stage", "kind", "type", "resolved_by", "waited", "rating")
SPANS = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
MONDAY = 3 * DAY  # 1970-01-01 was a Thursday
UNDETERMINED = "undetermined"
NO_TEST = "NOT IN (SELECT profile FROM profiles WHERE test)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One journey from an instant to before another.

    `offsets`: how far local time is ahead of UTC (microseconds), and from when on. `only`: circumstances with their
    value. A run counts by those it was entered in, all else by its own.
    """

    journey: str
    start: int
    end: int
    offsets: tuple[tuple[int, int], ...] = ((0, 0),)
    only: Only = ()

    def local(self, at: int) -> int:
        """An instant as a clock on the wall would count it."""
        return at + self.offsets[max(bisect_right(self.offsets, at, key=itemgetter(0)) - 1, 0)][1]


def steps_in(table: str, kinds: Sequence[str], span: Span) -> str:
    """Steps of these kinds within a span."""
    named = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        f"{table}.journey = $1 AND {table}.kind IN ({named}) AND {table}.t >= $2 AND {table}.t < $3 "
        f"AND {table}.profile {NO_TEST}{only_in(table, span)}"
    )


def only_in(table: str, span: Span) -> str:
    """In these circumstances; the values are put in with the other parameters. Of no class is undetermined."""
    unknown = [name for name, _ in span.only if name not in CIRCUMSTANCES]
    if unknown:
        raise KeyError(*unknown)
    return "".join(
        f" AND {table}.{name} IS NULL" if is_of_no_class(name, value) else f" AND {table}.{name} = :{name}"
        for name, value in span.only
    )


def is_of_no_class(name: str, value: object) -> bool:
    """Whether what is asked for is that nothing stands there."""
    return (name, value) == ("cls", UNDETERMINED)


def key_of(table: str, name: str, span: Span, time: str = "t") -> str:
    """A column, or the hour of the day, day or week of an instant in local time: days and weeks counted from 1970."""
    if name in SPANS:
        local = f"({table}.{time} + {_ahead(f'{table}.{time}', span)})"
        if name == "hour":
            return f"({local} / {HOUR}) % 24"
        return f"{local} / {DAY}" if name == "day" else f"({local} + {MONDAY}) / {SPANS[name]}"
    if name not in COLUMNS:
        raise KeyError(name)
    return f"{table}.{name}"


def _ahead(time: str, span: Span) -> str:
    (_, first), *later = span.offsets
    cases = "".join(f" WHEN {time} >= {int(since)} THEN {int(ahead)}" for since, ahead in later[::-1])
    return f"CASE{cases} ELSE {int(first)} END" if cases else f"{int(first)}"


def listed(keys: Sequence[str]) -> str:
    """What is counted by, before what is counted."""
    return "".join(f"{key}, " for key in keys)


def grouped(keys: Sequence[str]) -> str:
    """And in the end of the text."""
    return f" GROUP BY {', '.join(keys)}" if keys else ""
