"""Instants, durations and days: integer microseconds, read and written for people and for machines."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

# The buckets of rolling windows; each divides the next.
BUCKETS = (SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_UNITS = {
    "s": SECOND, "秒": SECOND, "m": MINUTE, "分": MINUTE, "分钟": MINUTE, "h": HOUR, "时": HOUR, "小时": HOUR,
    "d": DAY, "天": DAY, "日": DAY, "w": WEEK, "周": WEEK, "星期": WEEK,
}  # fmt: skip
_DURATION = re.compile(r"\s*(\d{1,9})\s*(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")\s*")
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_RFC3339 = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}[Tt ]{_CLOCK}:\d{{2}}(?:\.\d{{1,9}})?(?P<zone>[Zz]|[+-]{_CLOCK})?", re.ASCII
)


def bucket_of(window: int) -> int:
    """The width of the buckets in which a rolling window is counted: the largest that is ≤ window/500, 1 s at least."""
    fitting = [width for width in BUCKETS if width * 500 <= window]
    return fitting[-1] if fitting else SECOND


def read_duration(text: str) -> int | None:
    """`30d`, `90m`, `30分钟` as microseconds; None if it is not a duration of more than nothing."""
    match = _DURATION.fullmatch(text)
    if match is None or int(match[1]) == 0:
        return None
    return int(match[1]) * _UNITS[match[2]]


def say_duration(length: int, *, zh: bool) -> str:
    """A duration in the largest unit that divides it."""
    for unit, chinese, english in (
        (DAY, "天", "day"), (HOUR, "小时", "hour"), (MINUTE, "分钟", "minute"), (SECOND, "秒", "second")
    ):  # fmt: skip
        if length % unit == 0:
            count = length // unit
            return f"{count} {chinese}" if zh else f"{count} {english}{'' if count == 1 else 's'}"
    return f"{length / SECOND:.3f} {'秒' if zh else 'seconds'}"


def has_zone(text: str) -> bool | None:
    """Whether an RFC 3339 date-time names its offset; None if it is no date-time at all."""
    match = _RFC3339.fullmatch(text)
    return None if match is None else match["zone"] is not None


def read_instant(text: str) -> int | None:
    """An RFC 3339 date-time with offset as microseconds since 1970; None if it is none.

    Instants before 1970 come out negative; beyond the year 9999 they stop at its end.
    """
    if not has_zone(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return min(to_micros(moment), to_micros(_LAST))


def to_micros(moment: datetime) -> int:
    """An aware date-time as exact microseconds since 1970."""
    gap = moment - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * SECOND + gap.microseconds


def to_datetime(instant: int, zone: ZoneInfo | None = None) -> datetime:
    """Microseconds since 1970 as an aware date-time, in UTC or in a zone; it stops at the end of the year 9998."""
    moment = _EPOCH + timedelta(microseconds=min(instant, LAST_INSTANT))
    return moment if zone is None else moment.astimezone(zone)


LAST_INSTANT = to_micros(_LAST) - 400 * DAY


def write_instant(instant: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC, exact."""
    return to_datetime(instant).isoformat().replace("+00:00", "Z")


def say_instant(instant: int, zone: ZoneInfo) -> str:
    """An instant as staff read it, in the playbook's zone."""
    return f"{to_datetime(instant, zone):%Y-%m-%d %H:%M}"


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK_TIME = re.compile(_CLOCK, re.ASCII)


def read_date(text: str) -> int | None:
    """`2026-05-01` as a proleptic Gregorian ordinal; None if it is no date."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def read_clock(text: str) -> int | None:
    """`07:30` as minutes since midnight, `24:00` is the end of the day; None if it is no time of day."""
    if text == "24:00":
        return DAY // MINUTE
    if _CLOCK_TIME.fullmatch(text) is None:
        return None
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def midnight(ordinal: int, zone: ZoneInfo) -> int:
    """The instant at which a local date begins."""
    return to_micros(datetime.combine(date.fromordinal(ordinal), time.min, zone))


def local_date(instant: int, zone: ZoneInfo) -> int:
    """The calendar date of an instant in a zone, as a proleptic Gregorian ordinal."""
    return to_datetime(instant, zone).toordinal()
