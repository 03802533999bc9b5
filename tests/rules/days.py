"""Local days, times of day and holidays, by the calendar of the standard library alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

Tree = Mapping[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECOND = 10**6
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
UNITS = {"s": SECOND, "m": 60 * SECOND, "h": HOUR, "d": DAY, "w": 7 * DAY}


def duration(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1]]


@cache
def local(at: int, zone: ZoneInfo) -> datetime:
    return (EPOCH + timedelta(microseconds=at)).astimezone(zone)


def day_of(at: int, zone: ZoneInfo) -> date:
    return local(at, zone).date()


def instant(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def written(at: int) -> str:
    """RFC 3339 in UTC, exact: a fraction only where there is one."""
    moment = EPOCH + timedelta(microseconds=at)
    fraction = f".{moment.microsecond:06d}" if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def read_instant(text: str) -> int:
    return instant(datetime.fromisoformat(text))


@cache
def midnight(day: date, zone: ZoneInfo) -> int:
    """The first instant of a local date; where the clock jumps over midnight, the jump."""
    return instant(datetime.combine(day, time(), zone))


@cache
def jumps(zone: ZoneInfo) -> tuple[int, ...]:
    """The instants from 2023 to 2034 at which the clock is put forward or back."""
    found = []
    first, last = instant(datetime(2023, 1, 1, tzinfo=UTC)), instant(datetime(2034, 1, 1, tzinfo=UTC))
    for start in range(first, last, DAY):
        low, high = start, start + DAY
        if local(low, zone).utcoffset() == local(high, zone).utcoffset():
            continue
        while high - low > 1:
            middle = (low + high) // 2
            same = local(middle, zone).utcoffset() == local(low, zone).utcoffset()
            low, high = (middle, high) if same else (low, middle)
        found.append(high)
    return tuple(found)


# ---- natural days


def period(unit: str, day: date) -> tuple[date, date]:
    """The first date of the day, week, month or year of a date, and the first one after it."""
    if unit == "day":
        return day, day + ONE
    if unit == "week":
        monday = day - ONE * day.weekday()
        return monday, monday + 7 * ONE
    if unit == "month":
        return day.replace(day=1), date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def within_days(spec: Tree, day: date, today: date) -> bool:
    """Whether a date lies in `last_days` or `during` as they are asked on another date."""
    if "last_days" in spec:
        return timedelta() <= today - day < int(spec["last_days"]) * ONE
    if "during" not in spec:
        return True
    words = {"today": ("this", "day"), "yesterday": ("last", "day")}
    which, unit = words.get(spec["during"]) or spec["during"].split("_")
    first, after = period(unit, today)
    if which == "last":
        first, after = period(unit, first - ONE)
    return first <= day < after


def turning_days(spec: Tree, day: date) -> set[date]:
    """Every date on which it could change whether a date lies in `last_days` or `during`; rather too many."""
    found = {day + ONE * int(spec["last_days"])} if "last_days" in spec else set()
    if "during" in spec:
        for unit in ("day", "week", "month", "year"):
            after = period(unit, day)[1]
            found |= {after, period(unit, after)[1]}
    return found


# ---- tests of a moment


def minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def clock(text: str) -> time:
    return time(int(text[:2]) % 24, int(text[3:]))


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def as_date(value: Any) -> date:
    return date.fromisoformat(str(value))


def holiday_dates(test: Tree, holidays: Tree) -> Iterator[date]:
    for key in listed(test["in"]) if "in" in test else holidays:
        for one in listed(holidays[key]["dates"]):
            first, last = (as_date(one["from"]), as_date(one["to"])) if isinstance(one, Mapping) else [as_date(one)] * 2
            yield from (first + ONE * n for n in range((last - first).days + 1))


def margin(test: Tree, name: str) -> timedelta:
    return ONE * (duration(test[name]) // DAY) if name in test else timedelta()


def is_near(day: date, others: Iterable[date], test: Tree) -> bool:
    """Whether a date is one of the others, at most `before` days ahead of one or at most `after` days past one."""
    return any(other - margin(test, "before") <= day <= other + margin(test, "after") for other in others)


def moment_passes(kind: str, test: Any, moment: datetime, holidays: Tree) -> bool:
    """`weekday`, `time_of_day`, `date` or `holiday`, of a moment as the local clock shows it."""
    if kind == "weekday":
        return WEEKDAYS[moment.weekday()] in listed(test)
    if kind == "time_of_day":
        now, first, after = moment.hour * 60 + moment.minute, minutes(test["from"]), minutes(test["to"])
        return first <= now < after if first < after else now >= first or now < after
    if kind == "date":
        day = moment.date()
        return as_date(test.get("from", date.min)) <= day <= as_date(test.get("to", date.max))
    return is_near(moment.date(), holiday_dates(test, holidays), test)


MOMENTS = ("weekday", "time_of_day", "date", "holiday")


def anniversaries(said: Any, years: Iterable[int]) -> list[date]:
    """The days with the month and day of a text `YYYY-MM-DD` or `MM-DD`, in these years."""
    if not isinstance(said, str) or re.fullmatch("([0-9]{4}-)?[0-9]{2}-[0-9]{2}", said) is None:
        return []
    try:
        born = date.fromisoformat(said if len(said) == 10 else f"2000-{said}")
    except ValueError:
        return []
    leap = (born.month, born.day) == (2, 29)
    return [
        date(year, 2, 28) if leap and not (year % 4 == 0 and (year % 100 or year % 400 == 0))
        else born.replace(year=year)
        for year in years
    ]  # fmt: skip
