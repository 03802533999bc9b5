"""Tests of the calendar as data: of now, or in a `where` of when an event happened. All in the playbook's zone."""

from dataclasses import dataclass

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekday:
    """One of these days of the week, Monday is 0."""

    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfDay:
    """`start` ≤ time < `end`, in minutes since midnight; passes midnight where `start` is the later one."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """From one date to another, both included; proleptic Gregorian ordinals, None where it is open."""

    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayTest:
    """At most `before` days ahead of a date of these holidays (None: of any), or `after` days past one."""

    holidays: tuple[str, ...] | None = None
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Anniversary:
    """At most `before` days ahead of the month and day that a trait names, or `after` days past it, in any year."""

    trait: str
    before: int = 0
    after: int = 0


Moment = Weekday | TimeOfDay | Dates | HolidayTest
