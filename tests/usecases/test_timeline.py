"""The timeline: what happened, the newest first, and what each step changed; replayed, so nothing of it is kept."""

import random
from collections.abc import Iterator
from typing import cast

import pytest

from service.core.calendar import DAY, HOUR, MINUTE
from service.core.changes import said
from service.core.facts import State
from service.core.fold import walk
from service.core.timeline import Move, Witness
from service.store import Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.stored import to_events
from service.usecases.timeline import Past, _entries, _shown, timeline
from tests.usecases.given import NOON, RICH, STAFF, Clock, Json, event, put_in_force, send
from tests.usecases.lives import instant, life, of_run

PLACED = """
playbook: placed
events:
  order_paid: {name: 支付订单, properties: {order_id: string, amount: number}}
  order_refunded: {properties: {order_id: string}, reverses: {event: order_paid, by: order_id}}
  order_ready: {name: 出餐, properties: {order_id: string}}
places:
  jingan: {name: 静安店}
tags:
  buyer: {name: 买过, when: {count: {event: order_paid}, gte: 1}}
  fresh: {name: 刚买过, when: {count: {event: order_paid, within: 1h}, gte: 1}}
  level:
    name: 等级
    values:
      - {value: high, name: 高, when: {count: {event: order_paid}, gte: 2}}
      - {value: low, when: {count: {event: order_paid}, gte: 1}}
  spent: {name: 累计, value_of: {sum: {event: order_paid, property: amount}}}
personas:
  tier:
    name: 分层
    classes: [{class: high, name: 高端, when: {count: {event: order_paid}, gte: 2}}, {class: mass, name: 大众}]
    undetermined_below: {count: {event: order_paid}, lt: 1}
journeys:
  pickup:
    name: 取餐
    key: order_id
    enter: {event: order_paid}
    abandon_after: 2d
    stages:
      - {stage: pay, name: 付款, phase: in_sale, completed_by: {event: order_paid}}
      - {stage: ready, name: 出餐, name_en: Ready, phase: in_sale, completed_by: {event: order_ready},
         expected_within: 10m, stalled_after: 30m}
"""


async def page(app: App, ref: str = "member:1", **more: object) -> Json:
    limit = cast("int", more.pop("limit", 50))
    return await timeline(app, ref, limit, **more)  # type: ignore[arg-type]  # named by the caller


def texts(entry: Json) -> list[str]:
    return [change["text"] for change in entry["changes"]]


def paid(event_id: str, order: str, t: int, **more: object) -> Json:
    made = event(event_id, kind="order_paid", t=t, order_id=order, amount=10)
    return made | more


@pytest.mark.anyio
async def test_what_happened_and_what_it_changed(app: App, clock: Clock) -> None:
    await put_in_force(app, PLACED)
    await send(app, paid("e1", "o1", NOON, channel="app", place="jingan", staff="lily"))
    clock.now = NOON + 3 * HOUR
    await send(app, event("e2", kind="order_ready", t=NOON + 40 * MINUTE, order_id="o1"))
    await send(app, paid("e3", "o2", NOON + 2 * HOUR), event("e4", kind="unheard_of", t=clock.now))
    clock.now = NOON + 4 * DAY
    found = await page(app)
    entries: list[Json] = found["items"][::-1]
    assert found["next_cursor"] is None
    told = [(each["kind"], each.get("event_id"), (_instant(each["t"]) - NOON) // MINUTE) for each in entries]
    assert told == [
        ("event", "e1", 0), ("time", None, 10), ("time", None, 30), ("event", "e2", 40), ("time", None, 60),
        ("event", "e3", 120), ("time", None, 130), ("time", None, 150), ("event", "e4", 180), ("time", None, 180),
        ("time", None, 120 + 2 * 24 * 60),
    ]  # fmt: skip
    first = entries[0]
    names = ("type", "type_name", "source", "channel", "place", "place_name", "staff", "properties")
    assert [first[name] for name in names] == [
        "order_paid", "支付订单", "pos", "app", "jingan", "静安店", "lily", {"order_id": "o1", "amount": 10},
    ]  # fmt: skip
    assert texts(first) == [
        "“买过”亮起",
        "“刚买过”亮起",
        "“等级”亮起：low",
        "“累计”亮起：10",
        "“分层”为“大众”",
        "进入旅程“取餐”，现在“出餐”",
    ]
    assert [texts(each) for each in entries[1:]] == [
        ["旅程“取餐”：“出餐”偏慢"],
        ["断点：“出餐”卡住"],
        ["走完旅程“取餐”", "断点解除：“出餐”卡住"],
        ["“刚买过”熄灭"],
        ["“刚买过”亮起", "“等级”变为：高", "“累计”变为：20", "“分层”为“高端”", "进入旅程“取餐”，现在“出餐”"],
        ["旅程“取餐”：“出餐”偏慢"],
        ["断点：“出餐”卡住"],
        [],
        ["“刚买过”熄灭"],
        ["离开旅程“取餐”，停在“出餐”", "断点随离开而结束：“出餐”卡住", "断点：“出餐”离开"],
    ]
    english = [change["text_en"] for entry in (entries[0], *entries[2:4]) for change in entry["changes"][-2:]][1:]
    assert english == [
        "pickup is entered, now at Ready",
        "breakpoint: Ready is stalled",
        "pickup is completed",
        "breakpoint resolved: Ready is stalled",
    ]
    broken = entries[3]["changes"][1]
    assert (broken["key"], broken["status"]) == ("pickup:o1|ready|stalled|1", "resolved")
    assert entries[8]["type_name"] == "unheard_of"


def _instant(text: str) -> int:
    return instant({"occurred_at": text})


@pytest.mark.anyio
async def test_what_is_taken_back(app: App, clock: Clock) -> None:
    await put_in_force(app, PLACED)
    await send(app, paid("e1", "o1", NOON))
    clock.now = NOON + HOUR // 2
    await send(app, event("e2", kind="order_refunded", t=clock.now, order_id="o1"))
    last: Json = (await page(app))["items"][0]
    assert texts(last) == [
        "“买过”熄灭", "“刚买过”熄灭", "“等级”熄灭", "“累计”熄灭", "“分层”为“未定”", "旅程“取餐”的这一次不再成立",
    ]  # fmt: skip
    assert [each.get("on") for each in last["changes"]] == [False] * 4 + [None] * 2


@pytest.mark.anyio
async def test_what_a_refund_puts_out_is_told(app: App, clock: Clock) -> None:
    stages = [
        {"stage": "look", "name": "看", "phase": "pre_sale", "completed_by": {"event": "looked"}},
        {"stage": "buy", "name": "买", "phase": "in_sale", "completed_by": {"event": "order_paid"}},
    ]
    await put_in_force(app, PLACED, journeys={"tour": {"name": "逛", "enter": {"event": "looked"}, "stages": stages}})
    clock.now = NOON + HOUR
    refund = event("r1", kind="order_refunded", t=NOON + 2, order_id="a")
    await send(app, event("v1", kind="looked"), paid("p1", "a", NOON + 1), refund)
    newest = (await page(app))["items"][0]
    assert "旅程“逛”：“买”不再点亮，点亮它的事被冲掉了" in texts(newest)
    (said_of_it,) = [each["text_en"] for each in newest["changes"] if each["key"] == "tour"]
    assert said_of_it == "tour: buy is no longer lit"


@pytest.mark.anyio
async def test_cursors_stand_whatever_comes(app: App, clock: Clock) -> None:
    await put_in_force(app, PLACED)
    clock.now = NOON + 10 * HOUR
    await send(app, *(paid(f"e{n}", f"o{n}", NOON + n * HOUR // 4) for n in range(12)), actor=STAFF)
    whole = (await page(app))["items"]
    for limit in (1, 3, 7):
        pieces, cursor = list[Json](), None
        while True:
            found = await page(app, limit=limit, cursor=cursor)
            pieces += found["items"]
            cursor = found["next_cursor"]
            if cursor is None:
                break
            assert len(found["items"]) == limit
            assert len(pieces) < len(whole)
        assert pieces == whole
    first = await page(app, limit=5)
    clock.now += HOUR
    await send(app, paid("new", "o99", clock.now))
    rest = await page(app, limit=200, cursor=first["next_cursor"])
    assert [*first["items"], *rest["items"]] == whole
    past = await page(app, at=NOON + HOUR)
    assert [each["event_id"] for each in past["items"] if each["kind"] == "event"] == ["e4", "e3", "e2", "e1", "e0"]
    assert (await page(app, at=NOON - 1))["items"] == []
    for cursor in ("x", "é", "W10", "WzEsMSwwLCIiLDFd", "Wy0xLDEsMCwiIiwiIl0", "bnVsbA", "[" * 4000):
        with pytest.raises(Invalid):
            await page(app, cursor=cursor)


def plain(past: Past) -> Iterator[tuple[int, list[Move]]]:
    """The steps without anything set aside."""
    plan, calibrations = past.definitions.plan, past.definitions.calibrations
    state = State(plan.layout, who=past.profile)
    witness = Witness(plan, state)
    for moment, each in walk(plan, to_events(past.rows, past.roots), calibrations, past.at, state):
        yield from witness.pace(moment)
        moves = witness.look(moment, each)
        if each is not None or moves:
            yield moment, moves
    yield from witness.pace(past.at + 1)


@pytest.mark.anyio
async def test_looking_at_what_was_touched_is_looking_at_all(app: App, clock: Clock) -> None:
    """Step by step the moves are those between everything that is said before and after."""
    await put_in_force(app, RICH)
    clock.now = NOON + 60 * DAY
    chance = random.Random(3)
    for number in range(1, 31):
        events = [of_run(f"-{number}", each) for each in life(chance, 60) if "identity" in each]
        await send(app, *({**each, "identity": f"member:{number}"} for each in events))

    def compare(unit: Unit, definitions: Definitions) -> int:
        steps = 0
        for row in unit.profiles.scan(-1, 100):
            roots = [each.root for each in unit.identities.of_profiles([row.profile]).get(row.profile, ())]
            log = to_events(unit.events.of_roots(roots), roots)
            state = State(definitions.plan.layout, who=row.profile)
            witness, before = Witness(definitions.plan, state), dict[str, dict[str, object]]()
            for moment, each in walk(definitions.plan, log, definitions.calibrations, clock.now, state):
                after = said(definitions.plan, state, moment)
                late = [move for _, found in witness.pace(moment) for move in found]
                moves = {move.kind for move in (*late, *witness.look(moment, each))}
                differs = {kind for kind in after if after[kind] != before.get(kind, {})}
                differs = differs - {"breakpoint"} | ({"journey"} if "breakpoint" in differs else set())
                assert moves == differs, (moment, each)
                steps, before = steps + 1, after
            rows = unit.events.of_roots(roots)
            past = Past(profile=row.profile, at=clock.now, roots=roots, rows=rows, definitions=definitions)
            entries = list(_entries(past, clock.now))
            shown: list[Json] = [_shown(definitions.plan, each) for each in entries]
            assert all(change["text"] and change["text_en"] for each in shown for change in each["changes"])
            same = [(each.place[0], each.moves) for each in entries] == list(plain(past))
            assert same, row  # told apart from the lists, whose difference would take minutes to write
        return steps

    assert await app.read(compare) > 100


@pytest.mark.anyio
async def test_what_users_and_their_friends_light_is_told(app: App, clock: Clock) -> None:
    stages = (
        "{stage: see, name: 看, phase: pre_sale, completed_by: {event: seen}},"
        "{stage: show, name: 晒, phase: after_sale, optional: true, lit_by: user, completed_by: {event: shown}},"
        "{stage: cheer, name: 碰杯, phase: after_sale, optional: true, lit_by: {friends: 2}, completed_by: {event: x}},"
        "{stage: buy, phase: in_sale, completed_by: {event: paid}}"
    )
    book = f"playbook: cup\nevents: {{seen: {{}}}}\njourneys: {{cup: {{enter: {{event: seen}}, stages: [{stages}]}}}}\n"
    await put_in_force(app, book)
    clock.now = NOON + HOUR
    lit = {"kind": "stage_lit", "journey": "cup"}
    await send(app, event("e1", kind="seen", t=NOON), event("e2", t=NOON + 1, stage="show", **lit))
    await send(app, event("e3", t=NOON + 2, stage="cheer", friend="00000000000000b2", **lit))
    found: Json = await timeline(app, "member:1", 10)
    said_of = {each["event_id"]: [one["text"] for one in each["changes"]] for each in found["items"]}
    assert said_of["e2"] == ["旅程“cup”：用户点亮了“晒”"]
    assert said_of["e3"] == ["旅程“cup”：好友为“碰杯”助力"]


@pytest.mark.anyio
async def test_a_journey_that_is_entered_again_is_told_run_by_run(app: App, clock: Clock) -> None:
    stages = (
        "{stage: see, name: 看, phase: pre_sale, completed_by: {event: seen}},"
        "{stage: buy, name: 买, phase: in_sale, completed_by: {event: paid}}"
    )
    cup = f"{{enter: {{event: seen}}, re_entry: after_exit, stages: [{stages}]}}"
    book = f"playbook: cup\nevents: {{seen: {{}}, paid: {{}}}}\njourneys: {{cup: {cup}}}\n"
    await put_in_force(app, book)
    clock.now = NOON + HOUR
    for n, kind in enumerate(("seen", "paid", "seen")):
        await send(app, event(f"e{n}", kind=kind, t=NOON + n))
    found: Json = await timeline(app, "member:1", 10)
    said_of = {each["event_id"]: [one["text"] for one in each["changes"]] for each in found["items"]}
    assert said_of["e1"] == ["走完旅程“cup”"]
    assert said_of["e2"][-1] == "进入旅程“cup”，现在“买”"
