"""Journeys of everybody over HTTP: one after the other as staff would ask, and what is refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tests.api import test_contract
from tests.api.serving import Door, codes, problem_of

BOOK = """
playbook: shop
events:
  paid: {properties: {order: string}}
  failed: {properties: {order: string}}
  ready: {properties: {order: string}}
journeys:
  pickup:
    key: order
    enter: {event: paid}
    stages:
      - {stage: pay, phase: in_sale, completed_by: {event: paid}}
      - {stage: ready, name: 做好, phase: in_sale, completed_by: {event: ready}, fails_on: {event: failed}}
"""
PICKUP = "/v1/journeys/pickup/"
NOW = datetime.now(UTC)


def happened(*told: tuple[str, str, int]) -> list[dict[str, object]]:
    """Type, order, and minutes ago."""
    return [
        {"event_id": f"{kind}{order}", "identity": "member:1001", "type": kind, "source": "pos",
         "occurred_at": (NOW - timedelta(minutes=ago)).isoformat(), "properties": {"order": order}}
        for kind, order, ago in told
    ]  # fmt: skip


@pytest.fixture
def shop(either_door: Door) -> Door:
    test_contract.publish(either_door, BOOK)
    either_door.record(
        *happened(("paid", "1", 90), ("ready", "1", 80), ("paid", "2", 70), ("failed", "2", 60), ("ready", "2", 50)),
        *happened(("paid", "3", 40), ("failed", "3", 30)),
    )
    return either_door


def ks(stages: Sequence[dict[str, dict[str, int]]]) -> list[int]:
    return [each["reached"]["k"] for each in stages]


def test_what_staff_ask_one_after_the_other(shop: Door) -> None:
    (every,) = shop.get("/v1/journeys").json()["items"]
    assert (every["journey"], every["runs"]) == ("pickup", {"active": 1, "completed": 2, "dropped": 0})
    shown = shop.get("/v1/journeys/pickup").json()
    assert [(each["stage"], each["here"], each["breakpoints"]) for each in shown["stages"]] == [
        ("pay", 0, {}), ("ready", 1, {"failed": 1}),
    ]  # fmt: skip
    assert ks(shop.get(PICKUP + "funnel?by=day").json()["stages"]) == [3, 2]
    ordered = shop.get(PICKUP + "funnel:ordered?stages=pay, ready&within=1h&without=failed,again").json()
    assert (ks(ordered["stages"]), ordered["young"]) == ([2, 1], 1), "the third was paid forty minutes ago"
    edges = shop.get(PICKUP + "transitions").json()["edges"]
    assert [(each["from"], each["to"], each["n"]) for each in edges] == [(None, "pay", 3), ("pay", "ready", 2)]
    assert shop.get(PICKUP + "times").json()["stages"][1]["seconds"]["p90"] == 1200
    assert shop.get(PICKUP + "health?by=hour").json()["largest_deduction"]["text"] == "做好失败"
    for path in (
        "feedback",
        "promises?by=place",
        "interactions?stage=ready",
        "versions",
        "touchpoints",
        "combinations",
    ):
        assert shop.get(PICKUP + path).status_code == 200, path
    (group,) = shop.get(PICKUP + "breakpoints?by=kind,stage").json()["items"]
    assert (group["n"], group["resolved"]["k"], group["key"]["kind"]["key"]) == (2, 1, "failed")


def test_what_is_asked_of_one_shop_alone(shop: Door) -> None:
    north = [{**each, "place": "north", "channel": "pos"} for each in happened(("paid", "9", 20), ("ready", "9", 10))]
    shop.record(*north)
    assert ks(shop.get(PICKUP + "funnel").json()["stages"]) == [4, 3]
    for only in ("place=north", "channel=pos", "place=north&channel=pos"):
        assert ks(shop.get(PICKUP + f"funnel?{only}").json()["stages"]) == [1, 1], only
        assert ks(shop.get(PICKUP + f"funnel:ordered?stages=pay,ready&{only}").json()["stages"]) == [1, 1]
        assert [each["n"] for each in shop.get(PICKUP + f"transitions?{only}").json()["edges"]] == [1, 1]
        assert shop.get(PICKUP + f"times?{only}").json()["stages"][1]["seconds"]["p90"] == 600
        assert shop.get(PICKUP + f"breakpoints?{only}").json()["items"] == []
        assert shop.get(PICKUP + f"health?{only}").json()["largest_deduction"] is None
    for path in ("funnel", "feedback", "promises", "interactions?stage=ready", "touchpoints", "combinations"):
        answer = shop.get(f"{PICKUP}{path}{'&' if '?' in path else '?'}place=south&persona=nobody")
        assert answer.status_code == 200, path
    assert ks(shop.get(PICKUP + "funnel?persona=nobody").json()["stages"]) == [0, 0]


def test_a_breakpoint_is_followed_up(shop: Door) -> None:
    (one,) = shop.get("/v1/breakpoints?journey=pickup&stage=ready&kind=failed&status=open").json()["items"]
    said = shop.post(f"/v1/breakpoints/{one['id']}:note", json={"text": "已致歉", "assigned_to": "李店长"})
    assert (said.status_code, said.json()["assigned_to"]) == (200, "李店长")
    assert shop.get("/v1/breakpoints?assigned_to=李店长&limit=1").json()["items"][0]["id"] == one["id"]
    assert [each["text"] for each in shop.get(f"/v1/breakpoints/{one['id']}").json()["notes"]] == ["已致歉"]
    assert shop.get("/v1/breakpoints?status=resolved").json()["items"][0]["resolved_by"] == "ready"
    assert shop.get("/v1/breakpoints?status=withdrawn").json()["items"] == []
    assert shop.get("/v1/breakpoints?kind=stalld").status_code == 422, "not an empty list, as if nothing were stalled"


@pytest.fixture(scope="module")
def refusing(door: Door) -> Door:
    test_contract.publish(door, BOOK)
    return door


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/journeys/nothing", 404, "unknown_journey"),
        ("/v1/journeys/nothing/funnel", 404, "unknown_journey"),
        (PICKUP + "funnel:ordered?stages=pay,nowhere", 422, "unknown_stage"),
        (PICKUP + "funnel:ordered?stages=pay&within=soon", 422, "not_a_duration"),
        (PICKUP + "funnel:ordered?stages=pay&without=luck", 422, "not_a_choice"),
        (PICKUP + "breakpoints?by=mood", 422, "not_a_choice"),
        (PICKUP + "breakpoints?by=stage,kind,place,day", 422, "not_a_choice"),
        (PICKUP + "interactions?stage=nowhere", 422, "unknown_stage"),
        (PICKUP + "funnel?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422, "empty_span"),
        (PICKUP + "funnel?place=a%00", 422, "invalid_request"),
        (PICKUP + "funnel?channel=", 422, "invalid_request"),
        (PICKUP + "breakpoints?town=north", 422, "invalid_request"),
        (PICKUP + "funnel?from=2001-01-02T00:00:00Z", 422, "span_too_long"),
        ("/v1/breakpoints?journey=nothing", 422, "invalid_request"),
        ("/v1/breakpoints?journey=pickup&stage=nowhere", 422, "invalid_request"),
        ("/v1/breakpoints?stage=nowhere", 422, "invalid_request"),
        ("/v1/breakpoints/made_up", 404, "unknown_breakpoint"),
        ("/v1/breakpoints?cursor=made_up", 422, "bad_cursor"),
    ],
)
def test_what_is_refused(refusing: Door, path: str, status: int, code: str) -> None:
    assert problem_of(refusing.get(path), status)["code"] == code


def test_a_filter_that_names_nothing_is_told_with_what_there_is(refusing: Door) -> None:
    (error,) = problem_of(refusing.get("/v1/breakpoints?journey=pick_up"), 422)["errors"]
    assert (error["code"], error["parameter"], error["pointer"]) == ("unknown_journey", "journey", "")
    assert error["title_en"] == "there is no such journey; did you mean pickup?"


@pytest.mark.parametrize(
    ("body", "code"),
    [({"text": ""}, "invalid_request"), ({"text": "a\u0000"}, "invalid_request"), ({"more": 1}, "invalid_request")],
)
def test_a_note_that_is_none(door: Door, body: object, code: str) -> None:
    problem = problem_of(door.post("/v1/breakpoints/made_up:note", json=body), 422)
    assert problem["code"] == code
    assert codes(problem)
