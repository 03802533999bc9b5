"""What staff are told of journeys is so, also at the edges: few people, young runs, spans that are over or to come."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from service.core.calendar import DAY, HOUR, MINUTE, read_instant, write_instant
from service.usecases.app import App
from service.usecases.break_counts import break_counts
from service.usecases.breaks import BreaksQuery, BreaksWanted, breaks
from service.usecases.calibrate import calibrate
from service.usecases.comparisons import periods, versions
from service.usecases.failures import Invalid
from service.usecases.funnel import Steps, funnel, ordered_funnel
from service.usecases.glance import glance
from service.usecases.interactions import interactions
from service.usecases.journey_health import journey_health
from service.usecases.journey_map import journey_map
from service.usecases.playbook import put_draft
from service.usecases.preview import preview
from service.usecases.promises import promises
from service.usecases.spans import Asked
from tests.usecases.given import NOON, STAFF, Clock, Json, event, put_in_force, send
from tests.usecases.test_breakpoints import BOOK as SHOP
from tests.usecases.test_breakpoints import listed, order
from tests.usecases.test_journey_counts import BOOK, WHOLE
from tests.usecases.test_learning_stages import BOOK as CUPS
from tests.usecases.told import settle

pytestmark = pytest.mark.anyio


async def test_who_left_is_counted_once_among_those_who_waited(app: App, clock: Clock) -> None:
    """He is known by the step that ended his wait, and by his run, which was left where he waited."""
    await put_in_force(app, CUPS)
    clock.now = NOON + 9 * DAY
    for n in range(60):
        ends = event(f"p{n}", f"member:1{n}", "paid", NOON + HOUR + n) if n < 40 else event(
            f"l{n}", f"member:1{n}", "left", NOON + 2 * HOUR)  # fmt: skip
        await send(app, event(f"s{n}", f"member:1{n}", "seen"), ends)
    found: Json = await interactions(app, Asked(journey="cup", start=NOON - DAY, end=clock.now), "pay")
    assert found["n"] == 29 + 20, "of forty who paid the last 29, and each who left"


async def waits_for_s2(app: App, day: int, lengths: list[int]) -> None:
    for n, length in enumerate(lengths):
        t, case = NOON + day * DAY + n * MINUTE, f"{day}-{n}"
        told = (("a", t), ("b", t + length))
        await send(app, *[event(f"{kind}{case}", kind=kind, t=at, case=case) for kind, at in told])


async def test_one_promise_kept_before_is_too_few_to_slide_from(app: App, clock: Clock) -> None:
    clock.now = NOON + 40 * DAY
    await put_in_force(app, BOOK)
    await waits_for_s2(app, 20, [MINUTE] * 9)
    await waits_for_s2(app, 38, [3 * HOUR] * 10)
    asked = Asked(journey="case", start=NOON, end=clock.now)
    found: Json = await promises(app, asked)
    assert found["items"][0]["slides"] is None
    await waits_for_s2(app, 21, [MINUTE])
    later: Json = await promises(app, asked)
    assert (later["items"][0]["slides"]["lately"]["k"], later["items"][0]["slides"]["before"]["k"]) == (0, 10)


async def test_the_last_days_of_a_slide_are_those_before_now_or_before_the_end_that_is_said(
    app: App, clock: Clock
) -> None:
    clock.now = NOON + 40 * DAY
    await put_in_force(app, BOOK)
    await waits_for_s2(app, 20, [MINUTE] * 20)
    await waits_for_s2(app, 38, [3 * HOUR] * 20)

    async def slides(end: int) -> Any:
        found: Any = await promises(app, Asked(journey="case", start=NOON, end=end))
        return found["items"][0]["slides"]

    now = await slides(clock.now)
    assert "最近 7 天" in now["text"]
    assert await slides(clock.now + 30 * DAY) == now, "what is to come tells nothing yet"
    clock.now += 60 * DAY
    past = await slides(NOON + 40 * DAY)
    assert past["text"] == "“第二步”：2026-11-01 12:00 前的 7 天达到承诺的比例 0/20，之前 28 天 20/20，正在下滑"
    assert past["text_en"].startswith("s2: kept 0 of 20 in the 7 days before 2026-11-01 12:00, 20 of 20 in the 28")


SWAP = """
playbook: swap
events: {a: {}, b: {}, c: {}}
journeys:
  way:
    enter: {event: a}
    stages:
      - {stage: s1, phase: in_sale, completed_by: {event: a}}
      - {stage: s2, phase: in_sale, completed_by: {event: b}}
      - {stage: s3, phase: in_sale, optional: true, completed_by: {event: c}}
      - {stage: s4, phase: in_sale, completed_by: {event: d}}
"""


@pytest.mark.parametrize(
    ("turns", "dark"),
    [
        ((("s2, phase: in_sale, completed_by: {event: b}", "s2, phase: in_sale, completed_by: {event: c}"),
          ("true, completed_by: {event: c}", "true, completed_by: {event: b}")), 2),
        ((("stage: s2", "stage: z2, was: [s2]"),), 0),
        ((("      - {stage: s2, phase: in_sale, completed_by: {event: b}}\n", ""),), 1),
        ((("      - {stage: s1", "      - {stage: s0, phase: in_sale, completed_by: {event: a}}\n      - {stage: s1"),),
         0),
    ],
)  # fmt: skip
async def test_a_stage_that_goes_dark_is_told_also_where_another_lights_up(
    app: App, turns: tuple[tuple[str, str], ...], dark: int
) -> None:
    await put_in_force(app, SWAP)
    await send(app, event("a1", kind="a"), event("b1", kind="b", t=NOON + 1))
    await send(app, event("a2", "member:2", "a"), event("c2", "member:2", "c", NOON + 1))
    book = SWAP
    for old, new in turns:
        assert old in book
        book = book.replace(old, new, 1)
    await put_draft(app, STAFF, book.encode(), "application/yaml", None)
    found: Json = await preview(app)
    assert found["journeys"].get("way", {}).get("dark", 0) == dark


async def test_a_stage_that_he_lit_himself_may_go_dark_too(app: App) -> None:
    book = SWAP.replace("optional: true, completed_by: {event: c}", "optional: true, lit_by: user")
    await put_in_force(app, book)
    await send(app, event("a1", kind="a"), event("l1", kind="stage_lit", t=NOON + 1, journey="way", stage="s3"))
    await put_draft(app, STAFF, SWAP.encode(), "application/yaml", None)
    found: Json = await preview(app)
    assert found["journeys"]["way"]["dark"] == 1


async def test_the_span_of_compared_versions_is_the_one_that_was_looked_at(app: App, clock: Clock) -> None:
    await put_in_force(app, SHOP)
    await send(app, order(1, NOON))
    clock.now = published = NOON + MINUTE
    await put_in_force(app, SHOP.replace("10m", "11m"))
    clock.now += 10 * HOUR
    await send(app, order(2, published + HOUR))
    found: Json = await versions(app, Asked(journey="pickup"))
    assert (found["from"], found["to"]) == (write_instant(published), write_instant(published + 5 * HOUR))
    assert (found["stages"][0]["now"]["n"], found["stages"][0]["then"]["n"]) == (1, 0), "none was old enough before"


async def test_a_service_that_ends_a_breakpoint_was_met_while_it_stood(app: App, clock: Clock) -> None:
    book = SHOP.replace("stalled_after: 30m,", "stalled_after: 30m, dissatisfied_by: [{event: asked}],\n"
                        "         made_good_by: [{event: service_completed}],")  # fmt: skip
    await put_in_force(app, book, events={"asked": {"properties": {"order": "string"}}})
    clock.now = NOON + DAY
    for n in range(3):
        told = {"order": str(n)}
        await send(app, order(n, NOON), event(f"q{n}", "member:1001", "asked", NOON + MINUTE, **told))
        done = event(f"c{n}", "member:1001", "service_completed", NOON + 2 * MINUTE, service="sorry", **told)
        await send(app, done, order(n, NOON + 3 * MINUTE, "ready"))
    found: Json = await break_counts(app, Asked(journey="pickup", start=NOON - DAY, end=clock.now))
    assert [each["resolved_by"] for each in found["items"]] == [[{"type": "service_completed", "n": 3}]]
    (helped,) = found["recoveries"]
    assert (helped["met"]["k"], helped["met"]["n"], helped["not_met"]["n"]) == (3, 3, 0)


async def test_a_source_that_takes_over_is_learned_also_where_nothing_else_changed(app: App, clock: Clock) -> None:
    """The new till says ready now. The old one is silent, and nobody waits for it."""
    await put_in_force(app, SHOP)
    for n in range(120):
        clock.now = NOON + n * HOUR
        await send(app, order(n, clock.now - 2 * MINUTE), order(n, clock.now - MINUTE, "ready") | {"source": "old"})
    made: Json = await calibrate(app)
    assert made["sources"]["pickup/ready"] == ["old"]
    for n in range(120, 240):
        clock.now = NOON + n * HOUR
        await send(app, order(n, clock.now - 2 * MINUTE), order(n, clock.now - MINUTE, "ready") | {"source": "new"})
    await send(app, order("late", clock.now))
    clock.now += HOUR
    again: Json = await calibrate(app, force=False)
    assert again["made"]
    assert again["sources"]["pickup/ready"] == ["new", "old"]
    await settle(app)
    (one,) = await listed(app)
    assert one["suspected_data_gap"] is False
    clock.now += 1
    assert await calibrate(app, force=False) == {"made": False}


async def test_who_was_broken_and_mended_came_there_once(app: App, clock: Clock) -> None:
    clock.now = NOON + 10 * DAY
    await put_in_force(app, BOOK)
    for n in range(4):
        told = [("a", 0), ("b", HOUR), *([("bad", 2 * HOUR)] if n < 2 else []), ("d", 3 * HOUR)]
        await send(app, *[event(f"{kind}{n}", kind=kind, t=NOON + after, case=str(n)) for kind, after in told])
    found: Json = await glance(app, WHOLE)
    assert (found["worst"]["stage"], found["worst"]["kind"], found["worst"]["n"]) == ("s4", "failed", 2)
    assert (found["worst"]["share"]["k"], found["worst"]["share"]["n"]) == (2, 4)


async def test_what_lowers_the_quality_is_counted(app: App, clock: Clock) -> None:
    """A rating of 4 costs a tenth: it is among those that lowered it."""
    clock.now = NOON + 10 * DAY
    await put_in_force(app, BOOK)
    for n, rating in enumerate((4, 4, 5)):
        told: list[tuple[str, int, Json]] = [
            ("a", 0, {}),
            ("b", HOUR, {}),
            ("feedback_given", 2 * HOUR, {"rating": rating}),
        ]
        await send(app, *[event(f"{k}{n}", kind=k, t=NOON + t, case=str(n), **more) for k, t, more in told])
    found: Json = await journey_health(app, WHOLE)
    deduction = found["largest_deduction"]
    assert (deduction["code"], deduction["n"], deduction["of"]) == ("low_rating", 2, 3)


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"journey": "nope"}, "?journey"),
        ({"stage": "nope"}, "?stage"),
        ({"journey": "case", "stage": "ready"}, "?stage"),
        ({"kind": "nope"}, "?kind"),
        ({"journey": "nope", "stage": "nope"}, "?journey"),
    ],
)
async def test_what_there_is_not_is_no_empty_list(app: App, wanted: Json, pointer: str) -> None:
    more: Json = YAML(typ="safe").load(BOOK)
    await put_in_force(app, SHOP, **{section: more[section] for section in ("events", "personas", "journeys")})
    with pytest.raises(Invalid) as bad:
        await breaks(app, BreaksQuery(wanted=BreaksWanted(**wanted)))
    assert bad.value.problems[0].pointer == pointer
    for known in ({"journey": "pickup", "stage": "ready"}, {"stage": "s4"}, {"kind": "stalled"}):
        assert await listed(app, **known) == []


async def test_periods_are_compared_at_equal_age(app: App, clock: Clock) -> None:
    """Everybody takes four days, before as now; whoever entered yesterday is not worse for it."""
    clock.now = NOON + 20 * DAY
    await put_in_force(app, BOOK)
    for n in range(20):
        t = NOON + n * DAY
        told = [("a", t), *([("b", t + 4 * DAY)] if t + 4 * DAY < clock.now else [])]
        await send(app, *[event(f"{kind}{n}", kind=kind, t=at, case=str(n)) for kind, at in told])
    asked = Asked(journey="case", start=NOON + 10 * DAY, end=clock.now)
    found: Json = await periods(app, asked)
    second = found["stages"][1]
    assert (found["age_seconds"], second["stage"], second["differs"]) == (5 * 86_400, "s2", False)
    assert [(second[side]["k"], second[side]["n"]) for side in ("now", "then")] == [(5, 5), (5, 5)]
    to_come: Json = await periods(app, Asked(journey="case", start=clock.now, end=clock.now + 2 * DAY))
    assert [to_come["stages"][0][side]["n"] for side in ("now", "then")] == [0, 1]


async def test_who_is_undetermined_is_asked_for_by_that_name(app: App, clock: Clock) -> None:
    clock.now = NOON + 10 * DAY
    book = BOOK.replace("name: 众}]", "name: 众}]\n    undetermined_below: {count: {event: d}, lt: 1}")
    await put_in_force(app, book)
    told = [("a", NOON), ("bad", NOON + HOUR), ("d", NOON + 2 * HOUR)]
    await send(app, *[event(f"{kind}1", kind=kind, t=t, case="1") for kind, t in told])
    await send(app, *[event(f"{kind}2", kind=kind, t=t + DAY, case="2") for kind, t in told])
    by_class: Json = await funnel(app, WHOLE, "persona")
    assert sorted((each["key"], each["name"], each["runs"]) for each in by_class["groups"]) == [
        ("mass", "众", 1), ("undetermined", "未定", 1),
    ]  # fmt: skip
    for cls in ("mass", "undetermined"):
        asked = Asked(journey="case", start=WHOLE.start, end=WHOLE.end, only=(("cls", cls),))
        alone: Json = await funnel(app, asked)
        chosen: Json = await ordered_funnel(app, asked, Steps(stages=("s1",)))
        shown: Json = await journey_map(app, asked)
        assert (alone["runs"], chosen["runs"], shown["runs"]["active"]) == (1, 1, 1)
        assert {each["persona"] for each in await listed(app, cls=cls)} == {None if cls == "undetermined" else cls}


async def test_a_promise_is_kept_by_lighting_the_stage_not_by_skipping_it(app: App, clock: Clock) -> None:
    clock.now = NOON + 10 * DAY
    beside = "{stage: s0, optional: true, phase: pre_sale, completed_by: {event: b}}"
    book = BOOK.replace("{stage: s1,", beside + "\n      - {stage: s1,")
    book = book.replace("phase: in_sale, optional: true", "phase: in_sale")
    await put_in_force(app, book)
    for n, then in enumerate(("bc", "c", "bc")):  # the second skips s2; b lights an optional stage along with it
        told = [("a", NOON), *[(kind, NOON + HOUR + place) for place, kind in enumerate(then)]]
        await send(app, *[event(f"{kind}{n}", kind=kind, t=t, case=str(n)) for kind, t in told])
    found: Json = await promises(app, WHOLE)
    assert (found["items"][0]["in_time"]["k"], found["items"][0]["in_time"]["n"]) == (2, 2)


async def test_hours_follow_each_other(app: App, clock: Clock) -> None:
    clock.now = NOON + 10 * DAY
    await put_in_force(app, BOOK)
    for n, hours in enumerate((3, 12, 1)):  # it is noon: what is begun now ends at three, at midnight, at one
        told = [("a", NOON), ("b", NOON + hours * HOUR)]
        await send(app, *[event(f"{kind}{n}", kind=kind, t=t, case=str(n)) for kind, t in told])
    found: Json = await promises(app, WHOLE, "hour")
    assert [each["key"] for each in found["items"][0]["groups"]] == [0, 13, 15]


async def test_days_and_weeks_are_local_also_when_the_clocks_have_changed(app: App, clock: Clock) -> None:
    """In Berlin clocks go back on 25 October 2026 at one o'clock UTC."""
    instants = [read_instant(each) or 0 for each in ("2026-10-24T22:30:00Z", "2026-10-25T22:30:00Z",
                                                     "2026-11-01T22:30:00Z", "2026-11-01T23:30:00Z")]  # fmt: skip
    clock.now = NOON + 45 * DAY
    await put_in_force(app, BOOK.replace("Asia/Shanghai", "Europe/Berlin"))
    for n, t in enumerate(instants):
        await send(app, event(f"a{n}", kind="a", t=t, case=str(n)), event(f"x{n}", kind="bad", t=t, case=str(n)))
    asked = Asked(journey="case", start=NOON, end=clock.now)
    expected: list[tuple[str, dict[object, int]]] = [
        ("day", {"2026-10-25": 2, "2026-11-01": 1, "2026-11-02": 1}),
        ("week", {"2026-10-19": 2, "2026-10-26": 1, "2026-11-02": 1}),
        ("hour", {0: 2, 23: 2}),
    ]
    for by, groups in expected:
        found: Json = await funnel(app, asked, by)
        assert {each["key"]: each["runs"] for each in found["groups"]} == groups
    seen: Json = await glance(app, asked)
    assert {each["day"]: each["n"] for each in seen["days"] if each["n"]} == expected[0][1]
    assert (seen["days"][0]["day"], seen["days"][-1]["day"]) == ("2026-09-22", "2026-11-06")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("start", ["9999-12-31T20:00:00Z", "0001-01-01T00:00:00Z"])
async def test_the_ends_of_time_may_be_asked_for(app: App, zone: str, start: str) -> None:
    await put_in_force(app, BOOK.replace("Asia/Shanghai", zone))
    first = read_instant(start)
    assert first is not None
    for found in (funnel, glance, journey_map):
        assert await found(app, Asked(journey="case", start=first, end=first + HOUR))
