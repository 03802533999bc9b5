"""Why somebody has a tag or has it not: the events behind it, what is missing, what was said, how it came about."""

from collections.abc import Awaitable, Callable

import pytest

from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.usecases.app import App
from service.usecases.failures import Failure
from service.usecases.look import look
from service.usecases.timeline import timeline
from service.usecases.why import why
from tests.usecases.given import NOON, STAFF, Clock, Json, event, put_in_force, send

LEVEL = {
    "name": "等级",
    "values": [
        {"value": "high", "name": "高", "when": {"count": {"event": "order_paid", "within": "7d"}, "gte": 3}},
        {"value": "low", "name": "低", "when": {"count": {"event": "order_paid", "within": "7d"}, "gte": 1}},
    ],
}
SPENT = {"name": "累计", "value_of": {"sum": {"event": "order_paid", "property": "amount"}}}
RFM = {"name": "RFM", "rfm": {"event": "order_paid", "property": "amount"}}
GOES_ON = {"steps": [{"event": "menu_viewed"}, {"event": "order_paid"}], "within": "1h"}
VIP = {"name": "贵宾", "kind": "manual", "half_life": "2d"}


@pytest.fixture
async def shop(app: App) -> App:
    await put_in_force(app, tags={"level": LEVEL, "spent": SPENT, "rfm": RFM, "vip": VIP})
    await send(app, *(event(f"e{n}", t=NOON - 3 * HOUR + n * HOUR, amount=5) for n in range(2)))
    return app


@pytest.mark.anyio
async def test_the_next_value_and_by_when(shop: App) -> None:
    found: Json = await why(shop, "member:1", "level")
    assert (found["on"], found["now"]["value"], found["name"]) == (True, "low", "等级")
    assert found["definition"]["text"].startswith("高：近 7 天order_paid次数 ≥ 3 次；低：")
    (behind,) = found["evidence"]
    assert (behind["count"], [each["event_id"] for each in behind["events"]]) == (2, ["e1", "e0"])
    (part,) = found["missing"]["parts"]
    assert (found["missing"]["value"], found["missing"]["value_name"]) == ("high", "高")
    assert (part["missing"], part["by"]) == (1, write_instant(NOON - 3 * HOUR + 7 * DAY + 15 * MINUTE))
    assert part["text"] == "再order_paid 1 次，2026-09-29 09:15 前"
    await send(shop, event("e9", amount=5))
    assert (await why(shop, "member:1", "level"))["missing"] is None, "there is nothing above it"


@pytest.mark.anyio
async def test_what_was_seen_under_two_names_is_behind_it_once(shop: App) -> None:
    """In the order in which it happened, whatever the order in which it came."""
    await put_in_force(shop, tags={"went_on": {"when": {"sequence": GOES_ON, "gte": 1}}})
    await send(shop, event("o1", t=NOON - MINUTE, amount=1), event("o0", kind="menu_viewed", t=NOON - 2 * MINUTE))
    await send(shop, event("o1", "member:2", t=NOON - MINUTE, amount=1))
    await send(shop, event("l1", "member:1", "identity_linked", identity="member:2"))
    found: Json = await why(shop, "member:1", "went_on")
    assert [[each["event_id"] for each in behind["events"]] for behind in found["evidence"]] == [["o1"]]
    counted: Json = await why(shop, "member:1", "buyer")
    assert [each["event_id"] for each in counted["evidence"][0]["events"]] == ["o1", "e1", "e0"]


@pytest.mark.anyio
async def test_what_a_tag_shows_lacks_nothing_and_has_its_events(shop: App) -> None:
    for key, on in (("spent", True), ("rfm", False)):
        found: Json = await why(shop, "member:1", key)
        assert (found["on"], found["missing"]) == (on, None)
        assert [each["count"] for each in found["evidence"]] == [2]
        assert found["evidence"][0]["text_en"] == found["definition"]["text_en"]


@pytest.mark.anyio
async def test_what_was_said_and_what_came_of_it(shop: App, clock: Clock) -> None:
    """A word that faded, one that was taken back: both are told with who said them, since when and until when."""
    set_at = NOON - HOUR
    await send(shop, event("s1", kind="tag_set", t=set_at, tag="vip", reason="老友", source="crm"), actor=STAFF)
    clock.now = set_at + 2 * DAY
    found: Json = await why(shop, "member:1", "vip")
    assert found["opinions"] == [
        {"layer": "manual", "on": True, "value": None, "since": write_instant(set_at), "ended": False, "strength": 0.5,
         "until": write_instant(set_at + 6 * DAY), "by": "crm", "event_id": "s1", "reason": "老友"}
    ]  # fmt: skip
    clock.now = set_at + 7 * DAY
    faded: Json = await why(shop, "member:1", "vip")
    assert (faded["on"], faded["opinions"][0]["ended"], faded["missing"]) == (False, True, None)
    (turn,) = faded["history"]
    assert (turn["from"], turn["until"]) == (write_instant(set_at), write_instant(set_at + 6 * DAY))
    assert (turn["source"], turn["occasion"]["reason"]) == ("manual", "老友")
    await send(shop, event("s2", kind="tag_removed", t=clock.now, tag="vip"), actor=STAFF)
    off: Json = await why(shop, "member:1", "vip")
    assert (off["on"], off["opinions"][0]["on"], off["opinions"][0]["strength"]) == (False, False, None)
    assert [each["text"] for each in off["missing"]["parts"]] == ["员工去掉了这个标签"]


@pytest.mark.anyio
async def test_what_stands_in_the_way_of_a_rule_is_said(shop: App) -> None:
    """While somebody's word stands the rule asks for nothing, whatever would be missing for it."""
    await send(shop, event("s1", kind="tag_removed", tag="level", reason="重复", source="crm"), actor=STAFF)
    off: Json = await why(shop, "member:1", "level")
    assert [(each["code"], each["layer"]) for each in off["missing"]["parts"]] == [("taken_off", "manual")]
    assert (off["opinions"][0]["by"], off["opinions"][0]["reason"]) == ("crm", "重复")
    assert [each["ended_by"]["reason"] for each in off["history"]] == ["重复"]
    await send(shop, event("s2", kind="tag_set", t=NOON + 1, tag="level", value="low", source="crm"), actor=STAFF)
    on: Json = await why(shop, "member:1", "level")
    assert (on["now"]["value"], on["missing"]) == ("low", None)


@pytest.mark.anyio
async def test_a_word_that_agrees_with_the_rule_has_a_turn_of_its_own(shop: App) -> None:
    await send(shop, event("s1", kind="tag_set", tag="level", value="low", reason="核对过", source="crm"), actor=STAFF)
    found: Json = await why(shop, "member:1", "level")
    told = [(each["source"], each["value"], each["occasion"].get("reason")) for each in found["history"]]
    assert told == [("manual", "low", "核对过"), ("rule", "low", None)]
    assert (found["history"][1]["ended_by"]["event_id"], found["history"][0]["ended_by"]) == ("s1", None)


@pytest.mark.anyio
async def test_the_tag_that_comes_first_in_its_group_is_named(shop: App) -> None:
    one = {"kind": "manual", "group": "one"}
    tags = {"core": {**one, "name": "核心"}, "back": {**one, "name": "召回"}}
    await put_in_force(shop, tag_groups={"one": {"exclusive": True}}, tags=tags)
    for key in tags:
        await send(shop, event(f"set-{key}", kind="tag_set", tag=key), actor=STAFF)
    found: Json = await why(shop, "member:1", "back")
    (part,) = found["missing"]["parts"]
    assert (found["on"], part["code"], part["tag"], part["text"]) == (False, "outranked", "core", "同组的“核心”优先")


@pytest.mark.anyio
async def test_every_turn_has_its_occasion(shop: App, clock: Clock) -> None:
    """On by an order, higher by a third one, lower and off by time alone, newest first."""
    await send(shop, event("e5", t=NOON, amount=5))
    clock.now = NOON + 30 * DAY
    found: Json = await why(shop, "member:1", "level")
    assert found["on"] is False
    told = [(each["value"], each["source"], each["occasion"]["code"]) for each in found["history"]]
    assert told == [("low", "rule", "time"), ("high", "rule", "event"), ("low", "rule", "event")]
    newest = found["history"][0]
    assert newest["until"] == write_instant(NOON + 7 * DAY + 15 * MINUTE)
    assert newest["from"] == found["history"][1]["until"]
    then: Json = await why(shop, "member:1", "level", NOON - 2 * HOUR)
    assert (then["now"]["value"], [each["until"] for each in then["history"]]) == ("low", [None])
    before: Json = await why(shop, "member:1", "level", NOON - DAY)
    assert (before["on"], before["history"], before["missing"]["value"]) == (False, [], "low")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("who", "tag", "code"), [("member:1", "gone", "unknown_tag"), ("member:9", "level", "unknown_profile")]
)
async def test_of_what_nobody_knows_nothing_is_said(shop: App, who: str, tag: str, code: str) -> None:
    with pytest.raises(Failure) as refused:
        await why(shop, who, tag)
    assert refused.value.code == code


@pytest.mark.anyio
async def test_a_name_that_is_nearly_right_is_helped(shop: App) -> None:
    with pytest.raises(Failure) as refused:
        await why(shop, "member:1", "levl")
    assert [(each.pointer, each.en) for each in refused.value.problems] == [
        ("?tag", "there is no such tag; did you mean level?")
    ]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "read",
    [look, lambda app, ref, at: why(app, ref, "level", at), lambda app, ref, at: timeline(app, ref, 9, at=at)],
    ids=["look", "why", "timeline"],
)
async def test_nobody_is_foreseen_for_ever(shop: App, read: Callable[[App, str, int], Awaitable[Json]]) -> None:
    assert await read(shop, "member:1", NOON + 1100 * DAY)
    with pytest.raises(Failure) as found:
        await read(shop, "member:1", NOON + 1100 * DAY + 1)
    assert (found.value.code, found.value.status) == ("too_far_ahead", 422)
