"""Recovery offers: named by the breakpoints that they answer, made once, and marked when a breakpoint never was."""

import asyncio
from typing import Any

import pytest

from service.core.calendar import DAY, HOUR, MINUTE
from service.usecases.annotate import view_break
from service.usecases.app import App
from service.usecases.break_counts import break_counts
from service.usecases.breaks import BreaksQuery, BreaksWanted, breaks
from service.usecases.recommend import DecideRequest, consider, decide, explain
from service.usecases.simulate import simulate
from service.usecases.spans import Asked
from service.usecases.trial import reset
from service.usecases.verify import verify
from tests.usecases.given import NOON, SYSTEM, Clock, Json, Listener, event, opened, put_in_force, send, wire
from tests.usecases.told import settle

pytestmark = pytest.mark.anyio
BOOK = """
playbook: shop
timezone: Asia/Shanghai
events:
  paid: {properties: {order: string}}
  ready: {properties: {order: string}}
  unready: {properties: {order: string}, reverses: {event: ready, by: order}}
journeys:
  pickup:
    name: 取餐
    key: order
    enter: {event: paid}
    stages:
      - {stage: pay, phase: in_sale, completed_by: {event: paid}}
      - {stage: ready, name: 做好, phase: in_sale, completed_by: {event: ready}, stalled_after: 30m}
  visit:
    enter: {event: looked}
    stages:
      - {stage: look, phase: pre_sale, completed_by: {event: looked}}
      - {stage: ask, phase: pre_sale, completed_by: {event: asked}, stalled_after: 30m, services: [guide]}
services:
  sorry: {name: 致歉, value: 9, recovers: [{journey: pickup, stage: ready}]}
  guide: {name: 导购, value: 5}
  other: {value: 1}
"""
WHO = DecideRequest(identity="member:1", limit=5)


def order(n: object, t: int, kind: str = "paid", who: str = "member:1") -> Json:
    return event(f"{kind}-{n}-{t}", who, kind, t, order=str(n))


async def listed(app: App, **wanted: Any) -> list[Json]:
    found: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted(**wanted)))
    items: list[Json] = found["items"]
    return items


async def stalled(app: App, clock: Clock, *orders: str, who: str = "member:1") -> None:
    """Orders that are not ready after an hour."""
    await send(app, *(order(n, NOON, who=who) for n in orders))
    clock.now = NOON + HOUR
    await settle(app)


def reason_of(made: Json, service: str = "sorry") -> Json:
    reasons: list[Json] = next(each["reasons"] for each in made["items"] if each["service"] == service)
    return reasons[0]


def item_of(shown: Json, service: str = "sorry") -> Json:
    found: Json = next(each for each in shown["items"] if each["service"] == service)
    return found


async def count(app: App) -> int:
    found = await app.store.read(lambda unit: unit._sql.fetch("SELECT COUNT(*) FROM offers"))
    return int(str(found[0][0]))


async def test_an_offer_names_the_breakpoint_that_it_answers(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1")
    made: Json = await decide(app, WHO)
    (one,) = await listed(app)
    assert reason_of(made)["breakpoints"] == [
        {"id": one["id"], "journey": "pickup", "key": "1", "stage": "ready", "kind": "stalled", "number": 1,
         "offered": None}
    ]  # fmt: skip
    assert "breakpoints" not in reason_of(made, "other")
    told = {"service": "sorry", "name": "致歉", "decision_id": made["decision_id"], "at": "2026-09-22T05:00:00Z"}
    assert one["offers"] == [told]
    story: Json = await view_break(app, one["id"])
    assert story["offers"] == [told]
    shown: Json = await explain(app, made["decision_id"])
    assert (item_of(shown)["recovery"]["status"], item_of(shown, "other")["recovery"]) == ("open", None)
    await send(app, order(1, clock.now, "ready"))
    shown = await explain(app, made["decision_id"])
    assert item_of(shown)["recovery"] == {
        "status": "resolved", "resolved_at": "2026-09-22T05:00:00Z", "withdrawn_at": None, "text": "断点已解除",
        "text_en": "the breakpoint is resolved",
    }  # fmt: skip


async def test_whoever_asks_again_is_given_the_same_offer(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1")
    first: Json = await decide(app, WHO)
    clock.now += 5 * MINUTE
    looked: Json = await consider(app, WHO)
    again: Json = await decide(app, WHO)
    assert reason_of(looked)["breakpoints"] == reason_of(again)["breakpoints"]
    assert reason_of(again)["breakpoints"][0]["offered"] == {
        "decision_id": first["decision_id"], "at": "2026-09-22T05:00:00Z",
    }  # fmt: skip
    assert reason_of(again)["text"] == "“做好”遇到断点，帮助恢复；2026-09-22 13:00 已经提供过，是同一次"
    assert reason_of(again)["text_en"].endswith("offered at 2026-09-22 13:00 already, the same offer")
    assert item_of(again)["score"] == item_of(first)["score"]
    ((told,),) = [each["offers"] for each in await listed(app)]
    assert (told["decision_id"], await count(app)) == (first["decision_id"], 1)


async def test_a_service_answers_every_breakpoint_that_it_recovers(app: App, clock: Clock) -> None:
    """The second order stalls later: for it the offer is made then."""
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1")
    first: Json = await decide(app, WHO)
    await send(app, order(2, clock.now))
    clock.now += HOUR
    await settle(app)
    both: Json = await decide(app, WHO)
    assert [(each["key"], each["offered"] is None) for each in reason_of(both)["breakpoints"]] == [
        ("1", False), ("2", True),
    ]  # fmt: skip
    assert "已经提供过" not in reason_of(both)["text"]
    told = {each["key"]: [made["decision_id"] for made in each["offers"]] for each in await listed(app)}
    assert told == {"1": [first["decision_id"]], "2": [both["decision_id"]]}
    await send(app, order(1, NOON + MINUTE, "ready"))
    shown: Json = await explain(app, both["decision_id"])
    assert [each["status"] for each in reason_of(shown)["breakpoints"]] == ["withdrawn", "open"]
    assert item_of(shown)["recovery"]["status"] == "open", "one of them stands"


async def test_what_never_was_marks_the_offers_that_were_made(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1", "2")
    made: Json = await decide(app, WHO)
    offers = (await listed(app))[0]["offers"]
    assert len(offers) == 1
    listener = Listener(app)
    await listener.news()
    clock.now += MINUTE
    late = order(1, NOON + MINUTE, "ready"), order(2, NOON + MINUTE, "ready")
    tried: Json = await simulate(app, SYSTEM, wire(late))
    told = [each for result in await send(app, *late) for each in result["changes"] if each["kind"] == "breakpoint"]
    assert [(each["gone"], each["because"]["code"], each["offers"]) for each in told] == [
        (True, "withdrawn", offers)
    ] * 2
    assert [each for each in tried["results"][-1]["changes"] if each["kind"] == "breakpoint"] == told
    heard = [each for each in await listener.news() if each["kind"] == "breakpoint"]
    assert [each["offers"] for each in heard] == [offers, offers], "so that a CRM may take them back"
    gone = await listed(app, withdrawn=True)
    assert [(each["status"], each["offers"]) for each in gone] == [("withdrawn", offers)] * 2
    shown: Json = await explain(app, made["decision_id"])
    assert item_of(shown)["recovery"] == {
        "status": "withdrawn", "resolved_at": None, "withdrawn_at": "2026-09-22T05:01:00Z",
        "text": "后来得知断点并没有发生，这次提供不再有理由",
        "text_en": "it turned out that the breakpoint never was: the offer has no reason any more",
    }  # fmt: skip
    counted: Json = await break_counts(app, Asked(journey="pickup", start=NOON - DAY, end=NOON + DAY))
    assert (counted["items"], counted["recoveries"]) == ([], []), "neither a recovery nor a failure"
    assert (await verify(app))["differences"] == 0


async def test_a_breakpoint_that_comes_back_is_not_offered_for_a_second_time(app: App, clock: Clock) -> None:
    """It was ready in time after all; then that is taken back."""
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1")
    first: Json = await decide(app, WHO)
    await send(app, order(1, NOON + MINUTE, "ready"))
    nothing: Json = await decide(app, WHO)
    assert reason_of(nothing)["code"] == "prior"
    clock.now += MINUTE
    results = await send(app, order(1, clock.now, "unready"))
    (change,) = [each for each in results[0]["changes"] if each["kind"] == "breakpoint"]
    (back,) = await listed(app, open=True)
    assert (change["offers"], "gone" in change) == (back["offers"], False)
    again: Json = await decide(app, WHO)
    assert reason_of(again)["breakpoints"][0]["offered"]["decision_id"] == first["decision_id"]
    assert ([each["decision_id"] for each in back["offers"]], await count(app)) == ([first["decision_id"]], 1)
    assert item_of(await explain(app, first["decision_id"]))["recovery"]["status"] == "open"


async def test_offers_go_with_whoever_turns_out_to_be_somebody_else_and_back(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1", who="openid:a")
    await stalled(app, clock, "2")
    made: Json = await decide(app, DecideRequest(identity="openid:a", limit=5))
    await send(app, event("l", "member:1", "identity_linked", clock.now, identity="openid:a"))
    told = {each["key"]: len(each["offers"]) for each in await listed(app)}
    assert told == {"1": 1, "2": 0}
    again: Json = await decide(app, WHO)
    assert [(each["key"], each["offered"] is None) for each in reason_of(again)["breakpoints"]] == [
        ("1", False), ("2", True),
    ]  # fmt: skip
    shown: Json = await explain(app, made["decision_id"])
    (named,) = reason_of(shown)["breakpoints"]
    assert (named["status"], named["id"]) == ("open", reason_of(again)["breakpoints"][0]["id"])
    clock.now += 1
    await send(app, event("u", "member:1", "identity_unlinked", clock.now, identity="openid:a"))
    found = {each["key"]: [offer["decision_id"] for offer in each["offers"]] for each in await listed(app)}
    assert found == {"1": [made["decision_id"]], "2": [again["decision_id"]]}


async def test_what_was_offered_to_both_is_found_whoever_goes_into_whom(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1", who="openid:a")
    await stalled(app, clock, "2")
    for who in ("openid:a", "member:1"):
        await decide(app, DecideRequest(identity=who, limit=5))
    await send(app, event("l", "member:1", "identity_linked", clock.now, identity="openid:a"))
    assert {each["key"]: len(each["offers"]) for each in await listed(app)} == {"1": 1, "2": 1}
    again: Json = await decide(app, WHO)
    assert all(each["offered"] for each in reason_of(again)["breakpoints"])
    assert await count(app) == 2


async def test_offers_follow_a_stage_that_is_renamed(app: App, clock: Clock) -> None:
    """Nothing never was: the feed names no offer to be taken back."""
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1")
    made: Json = await decide(app, WHO)
    listener = Listener(app)
    await listener.news()
    renamed = BOOK.replace("stage: ready, name: 做好", "stage: made, was: [ready]").replace(
        "stage: ready", "stage: made"
    )
    await put_in_force(app, renamed)
    await settle(app)
    heard = {each.get("stage"): each.get("offers") for each in await listener.news()
             if each["kind"] == "breakpoint"}  # fmt: skip
    (one,) = await listed(app)
    assert one["stage"] == "made"
    assert heard == {None: None, "made": one["offers"]}
    again: Json = await decide(app, WHO)
    assert reason_of(again)["breakpoints"][0]["offered"]["decision_id"] == made["decision_id"]
    assert await count(app) == 1
    assert item_of(await explain(app, made["decision_id"]))["recovery"]["status"] == "open"
    await put_in_force(app, BOOK.replace("  pickup:", "  fetch:").replace("journey: pickup", "journey: fetch"))
    await settle(app)
    shown: Json = await explain(app, made["decision_id"])
    assert (item_of(shown)["recovery"]["status"], reason_of(shown)["breakpoints"][0]["status"]) == ("gone", "gone")
    assert not [each for each in await listener.news() if each["kind"] == "breakpoint" and "offers" in each]


async def test_a_service_that_is_gone_is_called_by_its_key(app: App, clock: Clock) -> None:
    """And one that stands beside the stage recovers it, too; on a journey without a key."""
    await put_in_force(app, BOOK)
    await send(app, event("v", kind="looked"))
    clock.now = NOON + HOUR
    await settle(app)
    made: Json = await decide(app, WHO)
    assert [each["key"] for each in reason_of(made, "guide")["breakpoints"]] == [None]
    await put_in_force(
        app, BOOK.replace("services: [guide]", "services: [other]").replace("  guide: {name: 导购, value: 5}\n", "")
    )
    ((told,),) = [each["offers"] for each in await listed(app)]
    assert (told["service"], told["name"]) == ("guide", "guide")
    (change,) = [
        each for result in await send(app, event("a", kind="asked", t=NOON + MINUTE)) for each in result["changes"]
        if each["kind"] == "breakpoint"
    ]  # fmt: skip
    assert (change["gone"], change["offers"]) == (True, [told])


async def test_who_asks_at_once_is_offered_it_once(home: str, clock: Clock) -> None:
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one, BOOK)
        await stalled(one, clock, *map(str, range(6)))
        late = [send((one, two)[n % 2], order(n, NOON + MINUTE, "ready")) for n in range(3)]
        asked = [decide((one, two)[place % 2], WHO) for place in range(6)]
        made: list[Any] = await asyncio.gather(*asked, *late)
        first = {each["key"]: [offer["decision_id"] for offer in each["offers"]] for each in await listed(one)}
        ids = {each["decision_id"] for each in made[:6]}
        assert all(len(offers) == 1 and offers[0] in ids for offers in first.values()), first
        assert len(first) == 3
        gone = await listed(one, withdrawn=True)
        assert all(len(each["offers"]) <= 1 for each in gone)


async def test_who_wants_no_personalisation_is_offered_nothing_for_a_breakpoint(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await stalled(app, clock, "1")
    await send(app, event("p", kind="personalisation_set", t=clock.now, on=False))
    made: Json = await decide(app, WHO)
    assert reason_of(made)["code"] == "prior"
    stranger: Json = await decide(app, DecideRequest(identity="member:404"))
    shown: Json = await explain(app, stranger["decision_id"])
    assert (item_of(shown)["recovery"], await count(app)) == (None, 0)


async def test_a_test_person_who_is_reset_was_offered_nothing(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await send(app, event("t", kind="test_profile_set", t=NOON, on=True))
    await stalled(app, clock, "1")
    await decide(app, WHO)
    assert await count(app) == 1
    await reset(app, "member:1")
    assert await count(app) == 0
