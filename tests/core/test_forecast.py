"""When something is done as a rule: a range no more exact than it is wide, no promise of what has passed."""

from zoneinfo import ZoneInfo

import pytest

from service.core.calendar import DAY, HOUR, MINUTE, SECOND, read_instant
from service.core.forecast import Forecast, forecast
from tests.given import NOON

ZONE = ZoneInfo("Asia/Shanghai")


def told(first: int | None, last: int, width: int | None = None, *, at: int = NOON, zone: ZoneInfo = ZONE) -> Forecast:
    length = width if width is not None else last - (first or 0)
    return forecast(None if first is None else NOON + first, NOON + last, length, at, zone)


@pytest.mark.parametrize(
    ("first", "last", "since", "until"),
    [
        (4 * MINUTE + 20 * SECOND, 9 * MINUTE + 1, "09-22 12:04", "12:10"),
        (11 * MINUTE, 58 * MINUTE, "09-22 12:10", "13:00"),
        (50 * MINUTE, 9 * HOUR + 1, "09-22 12:30", "21:30"),
        (8 * HOUR, 13 * HOUR, "09-22 20:00", "09-23 01:00"),
        (2 * HOUR + 1, 50 * HOUR - 1, "09-22 14:00", "09-24 14:00"),
        (DAY, 5 * DAY, "09-23", "09-27"),
        (90 * DAY, 120 * DAY, "12-21", "2027-01-20"),
    ],
)
def test_a_range_is_rounded_outwards_as_its_width_allows(first: int, last: int, since: str, until: str) -> None:
    found = told(first, last)
    assert (found.zh, found.en) == (f"一般在 {since} 到 {until} 之间", f"usually between {since} and {until}")
    assert found.after is not None
    assert found.by is not None
    assert found.after <= NOON + first < NOON + last <= found.by


def test_a_day_ends_with_its_last_second() -> None:
    """An instant at midnight is the end of the day before."""
    found = told(DAY, 5 * DAY + 12 * HOUR)
    assert found.zh == "一般在 09-23 到 09-27 之间"
    assert (found.after, found.by) == (
        read_instant("2026-09-23T00:00:00+08:00"),
        read_instant("2026-09-27T23:59:59+08:00"),
    )


def test_what_has_passed_is_not_promised_again() -> None:
    first, last = 11 * MINUTE, 58 * MINUTE
    assert told(first, last, at=NOON + 10 * MINUTE - 1).after == NOON + 10 * MINUTE
    begun = told(first, last, at=NOON + 10 * MINUTE)
    assert (begun.after, begun.zh, begun.en) == (None, "一般在 09-22 13:00 前", "usually before 09-22 13:00")
    assert told(first, last, at=NOON + HOUR).by == NOON + HOUR
    over = told(first, last, at=NOON + HOUR + 1)
    assert (over.after, over.by, over.zh) == (None, None, "比平时慢一些，仍在进行")
    assert told(DAY, 5 * DAY, at=NOON + 2 * DAY).zh == "一般不晚于 09-27"


def test_a_limit_alone_is_an_upper_end() -> None:
    found = told(None, HOUR, HOUR)
    assert (found.after, found.by, found.zh) == (None, NOON + HOUR, "一般在 09-22 13:00 前")
    assert told(None, 7 * DAY, 7 * DAY).en == "usually by 09-29"


def test_hours_are_round_where_people_live() -> None:
    """Nepal is five hours and three quarters ahead."""
    found = told(2 * HOUR, 10 * HOUR, zone=ZoneInfo("Asia/Kathmandu"))
    assert found.zh == "一般在 09-22 11:30 到 20:00 之间"
