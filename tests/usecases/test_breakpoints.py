"""A breakpoint's life: where it was, what resolved it, what staff say of it, what it is not, and what helps."""

from dataclasses import replace
from typing import Any

import pytest

from service.core.calendar import DAY, HOUR, MINUTE
from service.usecases.annotate import annotate, view_break
from service.usecases.app import App
from service.usecases.break_counts import break_counts
from service.usecases.breaks import ENDS, BreaksQuery, BreaksWanted, breaks
from service.usecases.calibrate import calibrate
from service.usecases.comparisons import combinations, touchpoints, versions
from service.usecases.doings import Window, services_met, types_done
from service.usecases.failures import Invalid, Unknown
from service.usecases.interactions import interactions
from service.usecases.journey_health import journey_health
from service.usecases.recommend import DecideRequest, decide
from service.usecases.spans import Asked
from tests.usecases.given import NOON, STAFF, SYSTEM, Clock, Json, event, put_in_force, send
from tests.usecases.told import settle

BOOK = """
playbook: shop
timezone: Asia/Shanghai
events:
  paid: {properties: {order: string}}
  ready: {properties: {order: string}}
  asked: {name: 咨询}
places:
  north: {name: 北店, scenarios: [office]}
journeys:
  pickup:
    name: 取餐
    key: order
    enter: {event: paid}
    stages:
      - {stage: pay, phase: in_sale, completed_by: {event: paid}}
      - {stage: ready, name: 做好, phase: in_sale, completed_by: {event: ready}, stalled_after: 30m,
         expected_within: 10m}
services:
  sorry: {name: 致歉, kind: related, service_level: standard, value: 1, recovers: [{journey: pickup, stage: ready}]}
  other: {name: 其他, kind: related, service_level: standard, value: 1}
"""
WHOLE = Asked(journey="pickup", start=NOON - DAY, end=NOON + 40 * DAY)


def order(n: object, t: int, kind: str = "paid", who: str = "member:1001", **more: str) -> Json:
    return event(f"{kind}-{n}", kind=kind, t=t, who=who, order=str(n)) | more


async def listed(app: App, **wanted: Any) -> list[Json]:
    found: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted(**wanted)))
    items: list[Json] = found["items"]
    return items


@pytest.mark.anyio
async def test_a_breakpoint_keeps_where_it_was_and_what_resolved_it(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    where = {"place": "north", "channel": "app", "staff": "li", "touchpoint": "till", "scenario": "office"}
    clock.now = NOON + MINUTE
    await send(app, order(1, NOON, **where), order(2, NOON + MINUTE, place="south"))
    clock.now = NOON + HOUR
    await settle(app)
    await send(app, order(1, clock.now, "ready", place="elsewhere"))
    (other, one) = await listed(app)
    assert one.items() >= {**where, "place_name": "北店", "status": "resolved", "resolved_by": "ready"}.items()
    assert [each["service"] for each in one["services"]] == ["sorry"]
    assert (other["place"], other["place_name"], other["status"], other["resolved_by"]) == ("south", None, "open", None)
    assert await listed(app, open=True) == [other]
    cases: list[tuple[Json, int]] = [
        ({"place": "north"}, 1), ({"channel": "app"}, 1), ({"staff": "li"}, 1), ({"staff": "wu"}, 0),
        ({"until": NOON + 31 * MINUTE}, 1), ({"since": NOON + 31 * MINUTE}, 1), ({"withdrawn": True}, 0),
    ]  # fmt: skip
    for wanted, number in cases:
        assert len(await listed(app, **wanted)) == number, wanted


@pytest.mark.anyio
async def test_a_step_of_the_same_commit_or_long_before_says_where_it_was(app: App, clock: Clock) -> None:
    """In one request both orders come; the first stalled long before the second: time passes between them."""
    await put_in_force(app, BOOK)
    clock.now = NOON + 3 * HOUR
    await send(app, order(1, NOON, place="north"), order(2, NOON + 2 * HOUR, place="south"))
    await settle(app)
    assert [each["place"] for each in await listed(app)] == ["south", "north"]


@pytest.mark.anyio
async def test_a_step_that_is_heard_of_after_time_alone_has_spoken_says_where_it_was(app: App, clock: Clock) -> None:
    """It comes after everything known, so the log is not read again; the end of the run is where it was."""
    await put_in_force(app, BOOK.replace("key: order\n", "key: order\n    ends_after: 1h\n"))
    await send(app, order(1, NOON, place="north"))
    clock.now = NOON + 2 * HOUR
    await settle(app)
    await send(app, order(1, NOON + MINUTE, "paid", place="south") | {"event_id": "again"})
    found = {each["kind"]: (each["place"], each["since"]) for each in await listed(app)}
    assert {kind: place for kind, (place, _) in found.items()} == {"stalled": "south", "dropped": "south"}


@pytest.mark.anyio
async def test_what_never_was_is_withdrawn_and_keeps_what_staff_said(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await send(app, order(1, NOON))
    clock.now = NOON + HOUR
    await settle(app)
    (one,) = await listed(app)
    clock.now += 1
    said: Json = await annotate(app, STAFF, one["id"], text="已电话致歉", assigned_to="李店长")
    assert (said["assigned_to"], [each["text"] for each in said["notes"]]) == ("李店长", ["已电话致歉"])
    assert said["notes"][0]["by"] == STAFF.name
    assert [each["notes"] for each in await listed(app, assigned_to="李店长")] == [1]
    clock.now += 1
    await annotate(app, STAFF, one["id"], text=None, assigned_to="")
    assert await listed(app, assigned_to="李店长") == []
    (change,) = [
        each
        for result in await send(app, order(1, NOON + MINUTE, "ready"))
        for each in result["changes"]
        if each["kind"] == "breakpoint"
    ]
    assert (change["gone"], change["because"]["code"]) == (True, "withdrawn")
    assert await listed(app) == []
    (gone,) = await listed(app, withdrawn=True)
    assert (gone["id"], gone["status"], gone["notes"]) == (one["id"], "withdrawn", 1)
    story: Json = await view_break(app, one["id"])
    assert [(each["text"], each["assigned_to"]) for each in story["notes"]] == [("已电话致歉", "李店长"), (None, "")]
    counted: Json = await break_counts(app, WHOLE)
    assert counted["items"] == []


@pytest.mark.anyio
async def test_notes_go_with_whoever_turns_out_to_be_somebody_else(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await send(app, order(1, NOON + 1, who="openid:a"), order(2, NOON, who="member:1001"))
    clock.now = NOON + HOUR
    await settle(app)
    before = {each["key"]: each["id"] for each in await listed(app)}
    for key, name in before.items():
        await annotate(app, STAFF, name, text=f"on {key}", assigned_to=None)
    await send(app, event("l", identities=["member:1001", "openid:a"], kind="asked", t=clock.now))
    found = await listed(app)
    assert {each["key"]: each["notes"] for each in found} == {"1": 1, "2": 1}
    assert len({each["profile_id"] for each in found}) == 1
    clock.now += 1
    for each in found:  # an id that somebody has kept is still good
        await annotate(app, STAFF, before[each["key"]], text="and later", assigned_to=None)
        story: Json = await view_break(app, before[each["key"]])
        assert (story["id"], len(story["notes"])) == (each["id"], 2)


@pytest.mark.anyio
async def test_notes_and_what_was_learned_follow_a_stage_that_is_renamed(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await send(app, order(1, NOON))
    clock.now = NOON + HOUR
    await settle(app)
    (one,) = await listed(app)
    await annotate(app, STAFF, one["id"], text="致歉", assigned_to="李店长")
    await put_in_force(
        app,
        BOOK.replace("stage: ready, name: 做好", "stage: made, was: [ready]").replace("stage: ready", "stage: made"),
    )
    clock.now += 1
    await settle(app)
    (renamed,) = await listed(app)
    assert (renamed["stage"], renamed["notes"]) == ("made", 1)
    assert await listed(app, withdrawn=True) == []
    assert await listed(app, assigned_to="李店长") == [renamed]
    for name in (renamed["id"], one["id"]):
        story: Json = await view_break(app, name)
        assert ([each["text"] for each in story["notes"]], story["id"]) == (["致歉"], renamed["id"])
    clock.now += 1
    await annotate(app, STAFF, one["id"], text=None, assigned_to="")
    assert await listed(app, assigned_to="李店长") == []


@pytest.mark.anyio
async def test_what_is_no_breakpoint_cannot_be_noted(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await send(app, order(1, NOON))
    clock.now = NOON + HOUR
    await settle(app)
    (one,) = await listed(app)
    with pytest.raises(Invalid) as nothing:
        await annotate(app, SYSTEM, one["id"], text=None, assigned_to=None)
    assert nothing.value.code == "nothing_said"
    made_up = "WyJ6eiIsImEiLCIiLCJiIiwiYyIsMV0", "WyIwIiwiYSIsIiIsImIiLCJjIiwxXQ"  # of profiles zz and 0
    for word in ("", "x", "e30", "WzEsMl0", one["id"][:-4], *made_up):
        with pytest.raises(Unknown):
            await view_break(app, word)


@pytest.mark.anyio
async def test_stalls_are_suspected_while_their_source_is_silent(app: App, clock: Clock) -> None:
    """The kitchen says ready every hour of five days, then nothing; orders go on."""
    await put_in_force(app, BOOK)
    for n in range(120):
        clock.now = NOON + n * HOUR
        ready = order(n, clock.now - MINUTE, "ready") | {"source": "kitchen"}
        await send(app, order(n, clock.now - 2 * MINUTE), ready)
    await calibrate(app)
    clock.now += 4 * HOUR
    await send(app, order("late", clock.now))
    clock.now += HOUR
    await settle(app)
    (one,) = await listed(app)
    assert (one["suspected_data_gap"], one["services"]) == (True, [])
    asked = replace(WHOLE, start=clock.now - DAY)
    healthy: Json = await journey_health(app, asked, "staff")
    assert (healthy["n"]["breakpoints"], [each["stage"] for each in healthy["gaps"]]) == (0, ["ready"])
    counted: Json = await break_counts(app, asked)
    assert (counted["items"][0]["n"], len(counted["gaps"])) == (1, 1)
    assert counted["recoveries"] == [], "nobody knows whether there was anything to recover"
    offered: Json = await decide(app, DecideRequest(identity="member:1001", limit=5))
    codes = {each["service"]: [reason["code"] for reason in each["reasons"]] for each in offered["items"]}
    assert "recovers" not in codes["sorry"]
    book = BOOK.replace("stage: ready, name", "stage: made, was: [ready], name").replace(
        "stage: ready}", "stage: made}"
    )
    await put_in_force(app, book)
    await settle(app)
    (one,) = await listed(app)
    assert (one["stage"], one["suspected_data_gap"]) == ("made", True), "it is as silent under its new name"
    await send(app, order("x", clock.now, "ready") | {"source": "kitchen"})
    (one,) = await listed(app)
    assert (one["suspected_data_gap"], len(one["services"])) == (False, 1)
    again: Json = await decide(app, DecideRequest(identity="member:1001", limit=5))
    codes = {each["service"]: [reason["code"] for reason in each["reasons"]] for each in again["items"]}
    assert "recovers" in codes["sorry"]


@pytest.mark.anyio
async def test_breakpoints_are_rolled_up_with_what_resolved_them_and_what_helped(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    clock.now = NOON + 2 * DAY
    for n in range(40):
        who, t = f"member:{2000 + n}", NOON + n * MINUTE
        await send(app, order(n, t, who=who, place="north" if n % 2 else "south"))
        if n < 20:
            shown = event(f"s{n}", kind="service_shown", t=t + 40 * MINUTE, who=who, service="sorry")
            await send(app, shown, order(n, t + 50 * MINUTE, "ready", who=who))
    await settle(app)
    found: Json = await break_counts(app, WHOLE, ("place", "kind"))
    assert [(each["key"]["place"]["key"], each["n"], each["resolved"]["k"]) for each in found["items"]] == [
        ("north", 20, 10), ("south", 20, 10),
    ]  # fmt: skip
    assert found["items"][0]["key"]["place"]["name"] == "北店"
    assert found["items"][0]["mean_seconds"] == 20 * 60
    assert found["items"][0]["resolved_by"] == [{"type": "ready", "n": 10}]
    (helped,) = found["recoveries"]
    assert (helped["service"], helped["met"]["k"], helped["met"]["n"]) == ("sorry", 20, 20)
    assert (helped["not_met"]["k"], helped["not_met"]["n"], helped["differs"]) == (0, 20, True)
    empty: Json = await break_counts(app, Asked(journey="pickup", end=NOON))
    assert (empty["items"], empty["recoveries"]) == ([], [])


@pytest.mark.anyio
async def test_who_was_lost_is_nobody_who_was_recovered(app: App, clock: Clock) -> None:
    """A stall ends with its run, whether silence drops it or the customer leaves; that is no recovery."""
    leaves = "    exit: {event: cancelled}\n    abandon_after: 2d\n"
    await put_in_force(app, BOOK.replace("    enter: {event: paid}\n", "    enter: {event: paid}\n" + leaves))
    clock.now = NOON + 20 * DAY
    for n in range(9):
        who = f"member:{2000 + n}"
        await send(app, order(n, NOON, who=who))
        if n < 4:  # these are mended, the next two leave, three fall silent
            await send(app, order(n, NOON + 50 * MINUTE, "ready", who=who))
        elif n < 6:
            await send(app, order(n, NOON + 60 * MINUTE, "cancelled", who=who))
    await settle(app)
    found: Json = await break_counts(app, WHOLE)
    stalled, dropped = sorted(found["items"], key=lambda each: each["key"]["kind"]["key"], reverse=True)
    assert (stalled["key"]["kind"], dropped["key"]["kind"]["name"]) == ({"key": "stalled", "name": "卡住"}, "离开")
    assert (stalled["n"], stalled["resolved"]["k"], stalled["left"]) == (9, 4, 5)
    assert (stalled["mean_seconds"], stalled["resolved_by"]) == (20 * 60, [{"type": "ready", "n": 4}])
    assert (dropped["n"], dropped["resolved"]["k"], dropped["left"]) == (5, 0, 0)
    for status, n in (("open", 5), ("resolved", 4), ("left", 5)):
        open_, with_run = ENDS[status]
        page: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted(open=open_, with_run=with_run)))
        assert [each["status"] for each in page["items"]] == [status] * n
    (helped,) = found["recoveries"]
    assert (helped["not_met"]["k"], helped["not_met"]["n"]) == (4, 14)


@pytest.mark.anyio
async def test_lines_are_of_those_who_still_waited(app: App, clock: Clock) -> None:
    """Sixty wait for ready; of the forty who wait longest, who asks early goes on, and the others do not."""
    await put_in_force(app, BOOK)
    clock.now = NOON + 30 * DAY
    for n in range(60):
        who = f"member:{2000 + n}"
        await send(app, order(n, NOON, who=who))
        if n < 20:
            await send(app, order(n, NOON + MINUTE, "ready", who=who))
        elif n < 40:
            asked = event(f"q{n}", kind="asked", t=NOON + 30 * MINUTE, who=who)
            await send(app, asked, order(n, NOON + HOUR + n, "ready", who=who))
    nothing: Json = await interactions(app, replace(WHOLE, end=NOON), "ready")
    assert (nothing["n"], nothing["lines"]) == (0, [])
    found: Json = await interactions(app, WHOLE, "ready")
    assert found["landmark_seconds"] == 60
    assert (found["n"], found["lines"]) == (40, []), "nobody had asked within the first minute"
    for n in range(60, 70):
        who = f"member:{2000 + n}"
        quick = event(f"q{n}", kind="asked", t=NOON + 1, who=who)
        await send(app, order(n, NOON, who=who), quick, order(n, NOON + 2 * HOUR + n, "ready", who=who))
    later: Json = await interactions(app, WHOLE, "ready")
    (line,) = later["lines"]
    assert (line["type"], line["did"]["k"], line["did"]["n"]) == ("asked", 10, 10)
    assert (line["did_not"]["k"], line["did_not"]["n"], line["differs"]) == (20, 40, True)
    assert line["text"] == "做过“咨询”的 10 人次里 100% 继续，没做的 40 人次里 50%"
    await send(app, event("rare", kind="rare", t=NOON + 1, who="member:2060"))
    last: Json = await interactions(app, WHOLE, "ready")
    assert [each["type"] for each in last["lines"]] == ["asked"], "one person is too few to tell"
    for n in range(60, 70):
        await send(app, event(f"u{n}", kind="benefit_used", t=NOON + 2, who=f"member:{2000 + n}", benefit="cup"))
    named: Json = await interactions(app, WHOLE, "ready")
    assert {each["name"] for each in named["lines"]} == {"咨询", "使用权益"}, "types of the service's own have names"
    assert [each["text_en"] for each in named["lines"]] == [
        f"{name}: 100% of 10 went on, of the 40 others 50%" for name in ("asked", "Benefit used")
    ]
    with pytest.raises(Invalid):
        await interactions(app, WHOLE, "nowhere")


@pytest.mark.anyio
async def test_what_was_met_is_a_service_with_a_name(app: App, clock: Clock) -> None:
    clock.now = NOON + HOUR
    await put_in_force(app, BOOK)
    (result,) = await send(app, event("s1", kind="service_shown", t=NOON + 1, service="sorry"))
    window = Window(int(result["profile_id"], 16), NOON, NOON + HOUR)
    assert await app.read(lambda unit, _: services_met(unit, [window])) == {window: {"sorry"}}
    assert await app.read(lambda unit, _: types_done(unit, [])) == {}


@pytest.mark.anyio
async def test_versions_are_compared_at_equal_age(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    alone: Json = await versions(app, WHOLE)
    assert (alone["before_version"], alone["stages"]) == (None, [])
    for n in range(10):
        t = NOON + n * HOUR
        await send(app, order(n, t))
        if n < 3:
            await send(app, order(n, t + HOUR, "ready"))
    clock.now = NOON + 2 * DAY
    await put_in_force(app, BOOK.replace("10m", "11m"))
    for n in range(20, 30):
        t = clock.now + n * MINUTE
        await send(app, order(n, t))
        if n < 26:
            await send(app, order(n, t + HOUR, "ready"))
    clock.now += 10 * HOUR
    await settle(app)
    found: Json = await versions(app, WHOLE)
    assert (found["version"], found["before_version"], found["age_seconds"]) == (2, 1, 5 * 3600.0)
    stage = found["stages"][1]
    assert ((stage["now"]["k"], stage["now"]["n"]), (stage["then"]["k"], stage["then"]["n"])) == ((6, 10), (3, 10))


@pytest.mark.anyio
async def test_touchpoints_and_combinations(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    clock.now = NOON + DAY
    for n in range(30):
        grown = {"scenario": "gift", "place": "north"} if n >= 15 else {"scenario": "office", "place": "south"}
        t = NOON - 2 * DAY if n in range(8, 15) else NOON
        await send(app, order(n, t + n, touchpoint="till" if n % 2 else "kiosk", **grown))
        if n % 2:
            await send(app, order(n, t + MINUTE, "ready"))
    found: Json = await touchpoints(app, Asked(journey="pickup", start=NOON, end=NOON + DAY))
    assert [(each["touchpoint"], each["met"]["k"], each["met"]["n"]) for each in found["items"]] == [
        ("till", 12, 12), ("kiosk", 0, 11),
    ]  # fmt: skip
    assert (found["runs"], found["items"][0]["not_met"]["n"], found["items"][0]["differs"]) == (23, 11, True)
    begun: Json = await combinations(app, Asked(journey="pickup", start=NOON, end=NOON + 3 * DAY))
    first, second = begun["items"]
    assert first == {
        "scenario": "gift", "place": "north", "place_name": "北店", "hour": 12, "n": 15, "before": 0, "grows": True,
        "unlisted": True,
    }  # fmt: skip
    assert (second["scenario"], second["grows"], second["unlisted"], begun["more"]) == ("office", False, False, False)
