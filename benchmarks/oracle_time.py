"""Instants, durations and rolling windows, written straight from docs/playbook.md."""

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UNITS = {
    "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY,
    "秒": SECOND, "分钟": MINUTE, "小时": HOUR, "天": DAY, "周": 7 * DAY,
}  # fmt: skip
BUCKETS = (SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def duration(text: str) -> int:
    """Say `30d` or `30天` in microseconds."""
    found = re.fullmatch(r"(\d+)\s*(\D+)", text.strip())
    if found is None or found[2] not in UNITS:
        message = f"not a duration: {text}"
        raise ValueError(message)
    return int(found[1]) * UNITS[found[2]]


def instant(text: str) -> int:
    """Say an RFC 3339 time in microseconds since 1970, exactly."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"no zone: {text}"
        raise ValueError(message)
    return (moment - EPOCH) // timedelta(microseconds=1)


def written(at: int | None) -> str | None:
    """Write microseconds since 1970 as RFC 3339 in UTC."""
    if at is None:
        return None
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def bucket(window: int) -> int:
    """Choose the largest bucket that is at most W/500, one second at least."""
    return max([SECOND, *(b for b in BUCKETS if b * 500 <= window)])


def window_end(t: int, window: int) -> int:
    """Find the first instant at which an event of instant t is no longer in the rolling window."""
    width = bucket(window)
    return (t // width + 1) * width + window
