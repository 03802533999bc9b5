"""The calendar compiled: what holds at an instant in the playbook's zone, and when that changes by itself."""

from bisect import bisect_right
from calendar import isleap
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.core.calendar import MINUTE, SECOND, local_date, midnight, read_date, to_datetime
from service.core.playbook.moments import MIDNIGHT, Anniversary, Dates, HolidayTest, Moment, TimeOfDay, Weekday

FOREVER = 2**63 - 1  # "never, if nothing happens"
LAST_DAY = 9998 * 365  # no date beyond is asked for
QUARTER = 15 * MINUTE  # zones change their offset at whole quarters of an hour

Holidays = Mapping[str, tuple[int, ...]]
Turn = tuple[bool, int]  # holds; until when: exact, or early and never late
Clock = Callable[[int], Turn]


def compile_moment(test: Moment, zone: ZoneInfo, holidays: Holidays) -> Clock:
    """A test of the calendar as a function of an instant."""
    if isinstance(test, TimeOfDay):
        return _time_of_day(test, zone)
    if isinstance(test, Weekday):
        days = frozenset(test.days)
        return _by_date(zone, lambda day: (day - 1) % 7 in days, lambda day: range(day + 1, day + 8))
    if isinstance(test, Dates):
        return _within(test, zone)
    return _holiday(test, zone, holidays)


def _by_date(zone: ZoneInfo, holds: Callable[[int], bool], turns: Callable[[int], Iterable[int]]) -> Clock:
    """`turns`: dates after a date, ascending, that include the next at which another answer holds, if there is one."""

    def ask(at: int) -> Turn:
        today = local_date(at, zone)
        now = holds(today)
        turn = next((day for day in turns(today) if holds(day) is not now), LAST_DAY)
        return now, FOREVER if turn >= LAST_DAY else midnight(turn, zone)

    return ask


def _within(test: Dates, zone: ZoneInfo) -> Clock:
    first, last = test.first or 1, test.last or LAST_DAY
    turns = (first, last + 1)
    return _by_date(zone, lambda day: first <= day <= last, lambda day: [turn for turn in turns if turn > day])


def _holiday(test: HolidayTest, zone: ZoneInfo, holidays: Holidays) -> Clock:
    named = holidays if test.holidays is None else test.holidays
    dates = {day for name in named for day in holidays.get(name, ())}
    days = {day + shift for day in dates for shift in range(-test.before, test.after + 1)}
    turns = sorted(days | {day + 1 for day in days})
    return _by_date(zone, lambda day: day in days, lambda day: turns[bisect_right(turns, day) :])


def _time_of_day(test: TimeOfDay, zone: ZoneInfo) -> Clock:
    def ask(at: int) -> Turn:
        local = to_datetime(at, zone)
        minute = local.hour * 60 + local.minute
        later = test.start <= minute  # than the beginning
        now = (later and minute < test.end) if test.start < test.end else (later or minute < test.end)
        return now, FOREVER if test.end - test.start == MIDNIGHT else _edge(at, local, test.end if now else test.start)

    return ask


def _edge(at: int, local: datetime, minute: int) -> int:
    """When the clock on the wall next shows a minute. While its offset is about to change: a quarter hour at most."""
    if local.utcoffset() != (local + timedelta(days=2)).utcoffset():
        return (at // QUARTER + 1) * QUARTER
    ahead = (minute - local.hour * 60 - local.minute) % MIDNIGHT or MIDNIGHT
    return at - local.second * SECOND - local.microsecond + ahead * MINUTE


def in_anniversary(test: Anniversary, trait: object, at: int, zone: ZoneInfo) -> Turn:
    """Whether an instant lies around the day that a trait names, and until when."""
    named = read_day_of_year(trait)
    if named is None:
        return False, FOREVER
    today = local_date(at, zone)
    year = date.fromordinal(today).year
    days = [day_in(each, named) for each in range(max(year - 2, 1), year + 4)]
    now = _near(test, days, today)
    turns = sorted(turn for day in days for turn in (day - test.before, day + test.after + 1) if turn > today)
    turn = next((each for each in turns if _near(test, days, each) is not now), None)
    return now, FOREVER if turn is None or turn >= LAST_DAY else midnight(turn, zone)


def _near(test: Anniversary, days: Iterable[int], today: int) -> bool:
    return any(day - test.before <= today <= day + test.after for day in days)


def read_day_of_year(trait: object) -> tuple[int, int] | None:
    """Month and day of `1990-05-12` or `05-12`; None if it is neither."""
    if not isinstance(trait, str):
        return None
    found = read_date(trait if len(trait) > 5 else f"2000-{trait}")  # noqa: PLR2004 (of `05-12`)
    if found is None:
        return None
    day = date.fromordinal(found)
    return day.month, day.day


def day_in(year: int, named: tuple[int, int]) -> int:
    """The date of a month and day in a year; 29 February is 28 February where there is none."""
    month, day = named
    return date(year, month, day if named != (2, 29) or isleap(year) else 28).toordinal()
