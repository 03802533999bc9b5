"""When the oracle says that tags begin and end, by examples computed by hand and written as a person writes them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.core.event import MICRO, Event
from tests.rules.days import HOUR, instant, jumps, written
from tests.rules.lives import Lives
from tests.rules.reading import end_of

EVENTS: dict[str, Any] = {
    "paid": {"properties": {"x": "number", "m": {"type": "money", "unit": "fen"}, "y": "string", "id": "string"}},
    "refunded": {"properties": {"id": "string"}, "reverses": {"event": "paid", "by": "id"}},
    "seen": {},
}
HOLIDAYS = {"golden": {"dates": [{"from": "2026-10-01", "to": "2026-10-03"}]}, "one": {"dates": ["2027-01-01"]}}


def at(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> int:
    return instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def an_event(kind: str, t: int, n: int = 0, /, **given: Any) -> Event:
    fields = {name: given.pop(name) for name in ("layer", "channel") if name in given}
    given = {key: value * MICRO if type(value) is int else value for key, value in given.items()}
    return Event(event_id=f"e{n}", source="s", type=kind, t=t, occurred_at=t, properties=given, **fields)


def life(tag: dict[str, Any], events: list[Event], now: int, zone: str = "Asia/Shanghai") -> Lives:
    tree = {"events": EVENTS, "timezone": zone, "holidays": HOLIDAYS, "tags": {"tag": tag}}
    return Lives(tree, events, (), 0, now)


CHINA, NEW_YORK = "Asia/Shanghai", "America/New_York"


# ---- rolling windows: the last instant at which an event counts is one microsecond before its bucket's end + W


WINDOWS = [
    ("1s", "2026-09-22T12:00:00.000000", "2026-09-22T12:00:02"),
    ("30m", "2026-09-22T12:00:00.999999", "2026-09-22T12:30:01"),
    ("83m", "2026-09-22T12:00:04", "2026-09-22T13:23:05"),
    ("84m", "2026-09-22T12:00:04", "2026-09-22T13:24:10"),  # 5040 s / 500 > 10 s
    ("9h", "2026-09-22T12:00:30", "2026-09-22T21:01:00"),
    ("2d", "2026-09-22T12:00:00", "2026-09-24T12:05:00"),
    ("6d", "2026-09-22T12:14:59", "2026-09-28T12:15:00"),
    ("30d", "2026-09-22T12:00:00", "2026-10-22T13:00:00"),
    ("130d", "2026-09-22T12:00:00", "2027-01-30T14:00:00"),  # six hours of UTC: 08:00 to 14:00 in Shanghai
    ("500d", "2026-09-22T07:59:59", "2028-02-04T08:00:00"),  # a day of UTC begins at 08:00
]


@pytest.mark.parametrize(("within", "t", "end"), WINDOWS)
def test_windows_end_with_their_bucket(within: str, t: str, end: str) -> None:
    event, edge = an_event("paid", at(t)), at(end)
    tag = {"when": {"count": {"event": "paid", "within": within}, "gte": 1}}
    found = life(tag, [event], event.t).life("tag")
    assert found is not None
    assert (found.until, found.sinces) == (edge, frozenset({event.t}))
    assert end_of(event.t, int(within[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[within[-1]] * MICRO) == edge
    assert life(tag, [event], edge - 1).life("tag")
    assert life(tag, [event], edge).life("tag") is None


# ---- natural days, and everything else that is on from an instant until another one


ONCE = {"count": {"event": "paid"}, "gte": 1}


def days(**spec: Any) -> dict[str, Any]:
    return {"when": {"count": {"event": "paid", **spec}, "gte": 1}}


LIVES: list[tuple[str, dict[str, Any], str, str, str, str]] = [  # zone, tag, the event, a read, since, until
    (CHINA, days(last_days=1), "2026-09-22T23:59", "2026-09-22T23:59", "2026-09-22T23:59", "2026-09-23T00:00"),
    (CHINA, days(last_days=7), "2026-09-22T12:00", "2026-09-28T23:00", "2026-09-22T12:00", "2026-09-29T00:00"),
    (NEW_YORK, days(last_days=2), "2026-03-07T23:30", "2026-03-08T12:00", "2026-03-07T23:30", "2026-03-09T00:00"),
    (NEW_YORK, days(last_days=1), "2026-11-01T00:00", "2026-11-01T23:59", "2026-11-01T00:00", "2026-11-02T00:00"),
    ("UTC", days(during="today"), "2026-12-31T00:00", "2026-12-31T23:00", "2026-12-31T00:00", "2027-01-01T00:00"),
    ("UTC", days(during="yesterday"), "2026-12-31T10:00", "2027-01-01T23:00", "2027-01-01T00:00", "2027-01-02T00:00"),
    ("UTC", days(during="this_week"), "2026-09-21T00:00", "2026-09-27T23:00", "2026-09-21T00:00", "2026-09-28T00:00"),
    ("UTC", days(during="this_week"), "2026-09-27T23:59", "2026-09-27T23:59", "2026-09-27T23:59", "2026-09-28T00:00"),
    ("UTC", days(during="last_week"), "2026-09-27T23:59", "2026-09-30T12:00", "2026-09-28T00:00", "2026-10-05T00:00"),
    ("UTC", days(during="this_month"), "2028-02-01T00:00", "2028-02-29T12:00", "2028-02-01T00:00", "2028-03-01T00:00"),
    ("UTC", days(during="last_month"), "2026-12-31T12:00", "2027-01-09T12:00", "2027-01-01T00:00", "2027-02-01T00:00"),
    ("UTC", days(during="this_year"), "2026-01-01T00:00", "2026-07-01T00:00", "2026-01-01T00:00", "2027-01-01T00:00"),
    ("UTC", days(during="last_year"), "2026-05-01T00:00", "2027-07-01T00:00", "2027-01-01T00:00", "2028-01-01T00:00"),
    ("Asia/Kathmandu", days(during="today"), "2026-09-22T00:00", "2026-09-22T05:44", "2026-09-22T00:00",
     "2026-09-23T00:00"),
    ("UTC", {"when": {"weekday": ["sat", "sun"]}}, "2026-09-22T00:00", "2026-09-27T12:00", "2026-09-26T00:00",
     "2026-09-28T00:00"),
    ("UTC", {"when": {"time_of_day": {"from": "22:00", "to": "02:00"}}}, "2026-09-22T00:00", "2026-09-23T23:00",
     "2026-09-23T22:00", "2026-09-24T02:00"),
    ("UTC", {"when": {"time_of_day": {"from": "20:00", "to": "24:00"}}}, "2026-09-22T00:00", "2026-09-23T23:00",
     "2026-09-23T20:00", "2026-09-24T00:00"),
    (NEW_YORK, {"when": {"time_of_day": {"from": "02:30", "to": "05:00"}}}, "2026-03-07T12:00", "2026-03-08T04:00",
     "2026-03-08T03:00", "2026-03-08T05:00"),  # 02:30 does not exist: the clock says 03:00 after 01:59
    ("Asia/Shanghai", {"when": {"date": {"from": "2026-10-01", "to": "2026-10-02"}}}, "2026-09-22T00:00",
     "2026-10-02T12:00", "2026-10-01T00:00", "2026-10-03T00:00"),
    ("Asia/Shanghai", {"when": {"holiday": {"in": ["golden"], "before": "2d", "after": "1d"}}}, "2026-09-22T00:00",
     "2026-10-01T12:00", "2026-09-29T00:00", "2026-10-05T00:00"),
    ("UTC", {"when": {"holiday": {}}}, "2026-09-22T00:00", "2027-01-01T12:00", "2027-01-01T00:00", "2027-01-02T00:00"),
    ("UTC", {"when": {"since_last": {"event": "paid"}, "gte": "30d"}}, "2026-09-22T12:00", "2027-01-01T12:00",
     "2026-10-22T12:00", ""),
    ("UTC", {"when": ONCE}, "2026-09-22T12:00", "2027-01-01T12:00", "2026-09-22T12:00", ""),
]  # fmt: skip


@pytest.mark.parametrize("row", LIVES, ids=[str(n) for n in range(len(LIVES))])
def test_lives(row: tuple[str, dict[str, Any], str, str, str, str]) -> None:
    zone, tag, t, now, since, until = row
    found = life(tag, [an_event("paid", at(t, zone))], at(now, zone), zone).life("tag")
    assert found is not None
    assert found.sinces == {at(since, zone)}
    assert found.until == (at(until, zone) if until else None)


ANNIVERSARIES = [
    ("1990-09-22", "2026-09-22", True),
    ("1990-09-29", "2026-09-22", True),  # seven days ahead
    ("1990-09-30", "2026-09-22", False),
    ("09-21", "2026-09-22", True),  # one day past
    ("09-20", "2026-09-22", False),
    ("2000-02-29", "2027-02-28", True),
    ("2000-02-29", "2027-03-01", True),
    ("2000-02-29", "2027-03-02", False),
    ("2000-02-29", "2028-02-28", True),
    ("2000-02-29", "2028-03-01", True),
    ("2000-02-29", "2028-03-02", False),
    ("02-29", "2028-02-21", False),  # the 29th is eight days ahead
    ("02-29", "2027-02-21", True),
    ("01-03", "2026-12-28", True),  # of next year
    ("12-31", "2027-01-01", True),  # of last year
    ("13-01", "2026-09-22", False),
    ("soon", "2026-09-22", False),
]
BIRTHDAY = {"when": {"anniversary": {"trait": "born", "before": "7d", "after": "1d"}}}


@pytest.mark.parametrize(("trait", "day", "near"), ANNIVERSARIES)
def test_anniversaries(trait: str, day: str, *, near: bool) -> None:
    events = [an_event("trait_set", at("2026-01-01T00:00"), born=trait)]
    assert (life(BIRTHDAY, events, at(f"{day}T12:00")).life("tag") is not None) == near


def test_the_clock_of_new_york() -> None:
    assert {written(t) for t in jumps(ZoneInfo(NEW_YORK))} >= {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"}
    assert at("2026-03-09T00:00", NEW_YORK) - at("2026-03-08T00:00", NEW_YORK) == 23 * HOUR
    assert not jumps(ZoneInfo("Asia/Shanghai"))
