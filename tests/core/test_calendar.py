"""Instants and durations, read and written."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from service.core.calendar import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    WEEK,
    bucket_of,
    local_date,
    read_duration,
    read_instant,
    say_duration,
    say_instant,
    write_instant,
)
from tests.given import NOON

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("45s", 45 * SECOND), ("30m", 30 * MINUTE), ("12h", 12 * HOUR), ("30d", 30 * DAY), ("2w", 2 * WEEK),
        ("45秒", 45 * SECOND), ("30分钟", 30 * MINUTE), ("12小时", 12 * HOUR), ("30天", 30 * DAY), ("2周", 2 * WEEK),
        (" 30 d ", 30 * DAY), ("0d", None), ("1 month", None), ("1年", None), ("-3d", None), ("1.5h", None), ("", None),
    ],
    ids=str,
)  # fmt: skip
def test_durations_are_read(text: str, length: int | None) -> None:
    assert read_duration(text) == length


@pytest.mark.parametrize(
    ("length", "zh", "en"),
    [
        (30 * DAY, "30 天", "30 days"), (DAY, "1 天", "1 day"), (90 * MINUTE, "90 分钟", "90 minutes"),
        (HOUR, "1 小时", "1 hour"), (SECOND, "1 秒", "1 second"), (SECOND // 2, "0.500 秒", "0.500 seconds"),
    ],
    ids=str,
)  # fmt: skip
def test_durations_are_said(length: int, zh: str, en: str) -> None:
    assert say_duration(length, zh=True) == zh
    assert say_duration(length, zh=False) == en


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t08:00:00.000001+08:00", 1),
        ("1969-12-31 23:59:59.999999Z", -1),
        ("2026-09-22T12:00:00+08:00", NOON),
        ("2026-09-22T04:00:00.123456789Z", NOON + 123_456),
        ("2026-09-22T04:00:00-00:00", NOON),
        ("2024-02-29T00:00:00Z", 1_709_164_800 * SECOND),
        ("2023-02-29T00:00:00Z", None),
        ("2026-09-22T04:00:60Z", None),
        ("2026-09-22T04:60:00Z", None),
        ("20260922T040000Z", None),
        ("2026-09-22T04:00Z", None),
        ("2026-W39-2T04:00:00Z", None),
        ("2026-09-22T04:00:00", None),
    ],
)
def test_instants_are_read(text: str, instant: int | None) -> None:
    assert read_instant(text) == instant


@pytest.mark.parametrize("instant", [0, 1, NOON, NOON + 123_456, 2**52])
def test_instants_come_back(instant: int) -> None:
    assert read_instant(write_instant(instant)) == instant


def test_instants_beyond_the_calendar_can_be_written() -> None:
    assert write_instant(2**63 - 1).startswith("9998-")


def test_days_are_those_of_the_zone() -> None:
    midnight = NOON - 12 * HOUR
    assert local_date(midnight, SHANGHAI) == local_date(midnight - 1, SHANGHAI) + 1
    assert say_instant(NOON, SHANGHAI) == "2026-09-22 12:00"


@pytest.mark.parametrize(
    ("window", "bucket"),
    [
        (SECOND, SECOND), (5000 * SECOND - 1, SECOND), (5000 * SECOND, 10 * SECOND), (30_000 * SECOND, MINUTE),
        (30 * DAY, HOUR), (125 * DAY, 6 * HOUR), (500 * DAY, DAY), (3650 * DAY, DAY),
    ],
)  # fmt: skip
def test_buckets_are_at_most_a_five_hundredth(window: int, bucket: int) -> None:
    assert bucket_of(window) == bucket


@pytest.mark.parametrize(
    ("text", "zone", "date"),
    [
        ("2026-01-15T22:59:59Z", "Europe/Berlin", "2026-01-15"),
        ("2026-01-15T23:00:00Z", "Europe/Berlin", "2026-01-16"),
        ("2026-07-15T21:59:59Z", "Europe/Berlin", "2026-07-15"),
        ("2026-07-15T22:00:00Z", "Europe/Berlin", "2026-07-16"),
        ("2026-07-15T15:59:59Z", "Asia/Shanghai", "2026-07-15"),
        ("2026-07-15T16:00:00Z", "Asia/Shanghai", "2026-07-16"),
    ],
)
def test_days_begin_with_the_offset_of_their_season(text: str, zone: str, date: str) -> None:
    instant = read_instant(text)
    assert instant is not None
    assert local_date(instant, ZoneInfo(zone)) == datetime.fromisoformat(date).toordinal()
