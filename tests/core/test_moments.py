"""The calendar in conditions: days around holidays and birthdays, times of day where the clock jumps, fixed shares."""

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE, to_micros, write_instant
from service.core.condition import bucket_of
from service.core.plan import Plan
from tests.given import a_plan, an_event, tags_at

CHINA, NEW_YORK, BERLIN, BEIRUT = "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Beirut"
HOLIDAYS = {
    "golden": {"dates": [{"from": "2026-10-01", "to": "2026-10-03"}, "2026-10-06"]},
    "new_year": {"dates": ["2027-01-01"]},
}


def at(text: str, zone: str = CHINA, second: int = 0) -> int:
    """An instant as a clock on the wall shows it; `second` 1: the second time that it shows so."""
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=second))


def planned(when: dict[str, Any], zone: str = CHINA) -> Plan:
    return a_plan(events={"paid": {}}, timezone=zone, holidays=HOLIDAYS, tags={"it": {"when": when}})


def stretches(plan: Plan, begin: int, end: int, **traits: object) -> list[tuple[str, str | None]]:
    """From when until when the tag is on, going from one due instant to the next."""
    events = [an_event("trait_set", begin, 1, **traits)]
    found, now = list[tuple[str, str | None]](), begin
    while now <= end:
        shown = tags_at(plan, events, now).get("it")
        if shown is not None and (shown["since"], shown["until"]) not in found:
            found.append((shown["since"], shown["until"]))
        state = fold.refold(plan, events, ())
        now = fold.pass_silence(plan, state, now, ())
    return found


def told(rows: list[tuple[str, str]], zone: str) -> list[tuple[str, str | None]]:
    return [(write_instant(at(since, zone)), write_instant(at(until, zone))) for since, until in rows]


# ---- days

DAYS: list[tuple[dict[str, Any], str, str, str, list[tuple[str, str]]]] = [  # condition, zone, from, to, when it is on
    ({"weekday": ["sat", "sun"]}, CHINA, "2026-09-22", "2026-10-06",
     [("2026-09-26", "2026-09-28"), ("2026-10-03", "2026-10-05")]),
    ({"weekday": "mon"}, NEW_YORK, "2026-11-01", "2026-11-03", [("2026-11-02", "2026-11-03")]),
    ({"not": {"weekday": ["mon", "tue", "wed", "thu", "fri"]}}, BEIRUT, "2026-03-28", "2026-03-31",
     [("2026-03-28", "2026-03-30")]),  # the 29th begins at one o'clock
    ({"date": {"from": "2026-10-30", "to": "2026-11-01"}}, BERLIN, "2026-10-01", "2026-12-01",
     [("2026-10-30", "2026-11-02")]),
    ({"holiday": {"in": ["golden"]}}, CHINA, "2026-09-01", "2026-11-01",
     [("2026-10-01", "2026-10-04"), ("2026-10-06", "2026-10-07")]),
    ({"holiday": {"in": ["golden"], "before": "1d"}}, CHINA, "2026-09-01", "2026-11-01",
     [("2026-09-30", "2026-10-04"), ("2026-10-05", "2026-10-07")]),
    ({"holiday": {"in": ["golden"], "before": "1d", "after": "1d"}}, CHINA, "2026-09-01", "2026-11-01",
     [("2026-09-30", "2026-10-08")]),  # the days past one and ahead of the next touch
    ({"holiday": {"before": "2d"}}, CHINA, "2026-12-01", "2027-02-01", [("2026-12-30", "2027-01-02")]),
    ({"holiday": {"in": ["new_year"], "after": "2d"}}, CHINA, "2026-09-01", "2027-02-01",
     [("2027-01-01", "2027-01-04")]),
]  # fmt: skip


@pytest.mark.parametrize("row", DAYS, ids=[str(n) for n in range(len(DAYS))])
def test_days_begin_and_end_at_midnight_of_the_zone(
    row: tuple[dict[str, Any], str, str, str, list[tuple[str, str]]],
) -> None:
    when, zone, begin, end, wanted = row
    assert stretches(planned(when, zone), at(begin, zone), at(end, zone) - 1) == told(wanted, zone)


YEARS: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = [
    ("2000-02-29", {}, [("2027-02-28", "2027-03-01"), ("2028-02-29", "2028-03-01")]),
    ("02-29", {}, [("2027-02-28", "2027-03-01"), ("2028-02-29", "2028-03-01")]),
    ("1990-05-12", {"before": "7d"}, [("2026-05-05", "2026-05-13"), ("2027-05-05", "2027-05-13"),
                                      ("2028-05-05", "2028-05-13")]),
    ("12-31", {"after": "2d"}, [("2026-12-31", "2027-01-03"), ("2027-12-31", "2028-01-03"),
                                ("2028-12-31", "2029-01-03")]),
    ("01-01", {"before": "2d"}, [("2026-12-30", "2027-01-02"), ("2027-12-30", "2028-01-02"),
                                 ("2028-12-30", "2029-01-02")]),
    ("05-32", {"before": "366d"}, []),
    ("5-12", {}, []),
    ("1990/05/12", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(("birthday", "around", "wanted"), YEARS, ids=[row[0] for row in YEARS])
def test_a_birthday_comes_every_year(birthday: str, around: dict[str, str], wanted: list[tuple[str, str]]) -> None:
    plan = planned({"anniversary": {"trait": "born", **around}})
    found = stretches(plan, at("2026-03-01"), at("2029-01-01"), born=birthday)
    assert found == told(wanted, CHINA)


def test_a_birthday_that_is_near_all_the_year_has_no_end() -> None:
    plan = planned({"anniversary": {"trait": "born", "before": "366d"}})
    assert stretches(plan, at("2026-03-01"), at("2029-01-01"), born="02-29") == [
        (write_instant(at("2026-03-01")), None)
    ]


def test_only_a_text_is_a_birthday() -> None:
    plan = planned({"anniversary": {"trait": "born", "before": "366d", "after": "366d"}})
    assert stretches(plan, at("2026-03-01"), at("2029-01-01"), born=512) == []
    assert stretches(plan, at("2026-03-01"), at("2029-01-01"), other="05-12") == []


# ---- times of day

NIGHT, EARLY = {"from": "22:00", "to": "02:30"}, {"from": "02:30", "to": "05:00"}
CLOCKS: list[tuple[dict[str, str], str, str, list[tuple[str, str]]]] = [  # times, zone, a noon, when it is on after it
    (NIGHT, CHINA, "2026-09-22T12:00", [("2026-09-22T22:00", "2026-09-23T02:30")]),
    ({"from": "20:00", "to": "24:00"}, CHINA, "2026-09-22T12:00", [("2026-09-22T20:00", "2026-09-23T00:00")]),
    ({"from": "00:00", "to": "00:01"}, CHINA, "2026-09-22T12:00", [("2026-09-23T00:00", "2026-09-23T00:01")]),
    # spring: the clock goes from two to three
    (NIGHT, NEW_YORK, "2026-03-07T12:00", [("2026-03-07T22:00", "2026-03-08T03:00")]),
    (EARLY, NEW_YORK, "2026-03-07T12:00", [("2026-03-08T03:00", "2026-03-08T05:00")]),
    (EARLY, BERLIN, "2026-03-28T12:00", [("2026-03-29T03:00", "2026-03-29T05:00")]),
    ({"from": "02:00", "to": "03:00"}, BERLIN, "2026-03-28T12:00", []),  # there is no such hour
    # spring in Beirut: from midnight to one
    ({"from": "23:00", "to": "00:30"}, BEIRUT, "2026-03-28T12:00", [("2026-03-28T23:00", "2026-03-29T01:00")]),
    ({"from": "00:00", "to": "02:00"}, BEIRUT, "2026-03-28T12:00", [("2026-03-29T01:00", "2026-03-29T02:00")]),
]


@pytest.mark.parametrize("row", CLOCKS, ids=[str(n) for n in range(len(CLOCKS))])
def test_a_time_of_day_is_what_the_clock_on_the_wall_shows(
    row: tuple[dict[str, str], str, str, list[tuple[str, str]]],
) -> None:
    times, zone, noon, wanted = row
    begin = at(noon, zone)
    assert stretches(planned({"time_of_day": times}, zone), begin, begin + 20 * HOUR) == told(wanted, zone)


TWICE: list[tuple[dict[str, str], str, str, list[tuple[tuple[str, int], tuple[str, int]]]]] = [  # an hour comes again
    (EARLY, BERLIN, "2026-10-24T12:00",
     [(("2026-10-25T02:30", 0), ("2026-10-25T02:00", 1)), (("2026-10-25T02:30", 1), ("2026-10-25T05:00", 0))]),
    ({"from": "22:00", "to": "01:30"}, NEW_YORK, "2026-10-31T12:00",
     [(("2026-10-31T22:00", 0), ("2026-11-01T01:30", 0)), (("2026-11-01T01:00", 1), ("2026-11-01T01:30", 1))]),
    ({"from": "23:30", "to": "24:00"}, BEIRUT, "2026-10-24T12:00",
     [(("2026-10-24T23:30", 0), ("2026-10-24T23:00", 1)), (("2026-10-24T23:30", 1), ("2026-10-25T00:00", 0))]),
]  # fmt: skip


@pytest.mark.parametrize("row", TWICE, ids=[row[1] for row in TWICE])
def test_an_hour_that_comes_twice_counts_twice(
    row: tuple[dict[str, str], str, str, list[tuple[tuple[str, int], tuple[str, int]]]],
) -> None:
    times, zone, noon, wanted = row
    begin = at(noon, zone)
    found = stretches(planned({"time_of_day": times}, zone), begin, begin + 20 * HOUR)
    ends = [tuple(write_instant(at(text, zone, second)) for text, second in each) for each in wanted]
    assert found == ends


def test_of_an_event_its_own_time_is_asked() -> None:
    where = [{"weekday": "tue"}, {"time_of_day": {"from": "11:00", "to": "12:01"}}, {"not": {"holiday": {}}}]
    plan = planned({"count": {"event": "paid", "where": where}, "gte": 1})
    for text, on in (("2026-09-22T12:00", True), ("2026-09-22T12:01", False), ("2026-09-23T12:00", False),
                     ("2026-10-06T12:00", False)):  # fmt: skip
        assert ("it" in tags_at(plan, [an_event("paid", at(text))], at(text) + DAY)) is on, text


# ---- always the same ones

MANY = [n * 0x9E37_79B9_7F4A_7C15 % 2**63 for n in range(10_000)]


@pytest.mark.parametrize("percent", [1, 12.5, 50, 99.99])
def test_a_bucket_holds_about_its_share_of_ten_thousand(percent: float) -> None:
    held = sum(bucket_of("trial", who) < percent * 100 for who in MANY)
    spread = (10_000 * percent / 100 * (1 - percent / 100)) ** 0.5
    assert abs(held - 100 * percent) <= 4 * spread + 1


def test_a_bucket_stays_what_it_is() -> None:
    """These numbers stand in what other programs have kept: they never change."""
    assert [bucket_of("trial", who) for who in (0, 1, 2**63 - 1)] == [5886, 4503, 6648]
    assert len({bucket_of(salt, 1) for salt in "abcdefgh"}) > 6, "another salt, other people"


def test_a_bucket_asks_neither_time_nor_events() -> None:
    share = bucket_of("trial", 7) + 1
    for hundredths, on in ((share, True), (share - 1, False)):
        plan = planned({"bucket": {"salt": "trial", "percent": hundredths / 100}})
        for n, gap in itertools.product((1, 3), (0, 400 * DAY)):
            events = [an_event("paid", at("2026-09-22") + m * MINUTE, m) for m in range(n)]
            found = tags_at(plan, events, events[-1].t + gap, who=7)
            assert ("it" in found) is on
            assert not on or found["it"]["until"] is None
