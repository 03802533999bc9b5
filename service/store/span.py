"""One journey and one span of time, and the words of which questions about them are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from service.core.calendar import DAY, HOUR

Only: TypeAlias = tuple[tuple[str, str], ...]
CIRCUMSTANCES = ("channel", "touchpoint", "scenario", "place", "staff", "cls")
COLUMNS = (*CIRCUMSTANCES, "stage", "kind", "type", "resolved_by", "waited", "rating")
SPANS = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
MONDAY = 3 * DAY  # 1970-01-01 was a Thursday
NO_TEST = "NOT IN (SELECT profile FROM profiles WHERE test)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One journey from an instant to before another; `offset`: how far local time is ahead of UTC (microseconds).

    `only`: circumstances with their value. A run counts by those it was entered in, all else by its own.
    """

    journey: str
    start: int
    end: int
    offset: int = 0
    only: Only = ()


def steps_in(table: str, kinds: Sequence[str], span: Span) -> str:
    """Steps of these kinds within a span."""
    named = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        f"{table}.journey = $1 AND {table}.kind IN ({named}) AND {table}.t >= $2 AND {table}.t < $3 "
        f"AND {table}.profile {NO_TEST}{only_in(table, span)}"
    )


def only_in(table: str, span: Span) -> str:
    """In these circumstances; the values are put in with the other parameters."""
    unknown = [name for name, _ in span.only if name not in CIRCUMSTANCES]
    if unknown:
        raise KeyError(*unknown)
    return "".join(f" AND {table}.{name} = :{name}" for name, _ in span.only)


def key_of(table: str, name: str, span: Span, time: str = "t") -> str:
    """A column, or the hour of the day, day or week of an instant in local time: days and weeks counted from 1970."""
    if name in SPANS:
        local = f"({table}.{time} + {int(span.offset)})"
        if name == "hour":
            return f"({local} / {HOUR}) % 24"
        return f"{local} / {DAY}" if name == "day" else f"({local} + {MONDAY}) / {SPANS[name]}"
    if name not in COLUMNS:
        raise KeyError(name)
    return f"{table}.{name}"


def listed(keys: Sequence[str]) -> str:
    """What is counted by, before what is counted."""
    return "".join(f"{key}, " for key in keys)


def grouped(keys: Sequence[str]) -> str:
    """And in the end of the text."""
    return f" GROUP BY {', '.join(keys)}" if keys else ""
