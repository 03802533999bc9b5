"""What others rely on, told as one brand's day, on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.serving import Door, codes, opened, order, problem_of

EXAMPLE = """
playbook: coffee
timezone: Asia/Shanghai
events:
  order_paid: {name: 支付订单, properties: {order_id: string, amount: number, items: integer}}
tag_groups:
  spending: {name: 消费, exclusive: false}
tags:
  frequent_buyer: {name: 高频消费, group: spending, when: {count: {event: order_paid, within: 30d}, gte: 3}}
  big_basket: {name: 大单, group: spending, when: {max: {event: order_paid, property: items}, gte: 5}}
  spend_level:
    name: 消费等级
    group: spending
    values:
      - {value: high, when: {sum: {event: order_paid, property: amount, within: 90d}, gte: 500}}
      - {value: low, when: {count: {event: order_paid}, gte: 1}}
personas:
  tier:
    name: 用户分层
    score: {kind: value, event: order_paid, property: amount, half_life: 180d}
    classes: [{class: high_end, enter: p80, leave: p70}, {class: mass}]
    undetermined_below: {count: {event: order_paid}, lt: 1}
journeys:
  first_cup:
    name: 第一杯咖啡
    theme: 三天遇见你的第一杯
    enter: {event: menu_viewed}
    stages:
      - {stage: browse, phase: pre_sale, name: 逛菜单, completed_by: {event: menu_viewed}}
      - {stage: order, phase: in_sale, name: 下单, completed_by: {event: order_paid}, expected_within: 1d,
         key_moment: true}
      - {stage: pickup, phase: in_sale, name: 取餐, completed_by: {event: order_picked_up}, expected_within: 30m,
         services: [queue_reminder]}
services:
  queue_reminder: {name: 取餐提醒, kind: related, service_level: standard, value: 1.0}
  private_tasting: {name: 私享品鉴, kind: core, service_level: personalised, value: 30,
    eligible: {persona: {scheme: tier, in: [high_end]}}}
contact_policy: {at_most: 3, within: 7d, quiet_after: {outcome: dismissed, for: 14d}}
"""
RECEIPT = {"index", "event_id", "status", "profile_id", "version", "changes"}


def publish(door: Door, text: str = EXAMPLE) -> None:
    saved = door.ask("PUT", "/v1/playbook/draft", content=text, headers={"content-type": "application/yaml"})
    assert saved.json()["problems"] == []
    assert door.post("/v1/playbook/draft:publish").status_code == 200


def event(event_id: str, kind: str, at: str, **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "identity": "member:42", "type": kind, "occurred_at": at, **more}


def test_a_day(either_door: Door) -> None:
    door = either_door
    publish(door)

    # record
    viewed = event("m1", "menu_viewed", "2026-01-01T00:00:00Z", source="app", channel="mini_program", scenario="office")
    first = door.record(viewed, order("o1", "member:42"), order("o2", "member:42", "2026-01-03T00:00:00+08:00"))
    assert first["summary"] == {"accepted": 3, "duplicate": 0, "conflict": 0, "rejected": 0}
    for index, result in enumerate(first["results"]):
        assert result.keys() == RECEIPT
        assert (result["index"], result["status"]) == (index, "accepted")
    third = door.record(order("o3", "member:42", "2026-01-04T00:00:00Z", items=6))["results"][0]
    on = {change["key"]: change for change in third["changes"] if change["kind"] == "tag" and change["on"]}
    assert "big_basket" in on
    assert on["big_basket"]["because"]

    # the same again, other content under the same id, and something broken
    again = door.record(
        order("o3", "member:42", "2026-01-04T00:00:00Z", items=6), order("o3", "member:42"), {"event_id": "bad"}
    )
    duplicate, conflict, rejected = again["results"]
    assert (duplicate["status"], duplicate["version"], duplicate["changes"]) == ("duplicate", third["version"], [])
    assert (conflict["status"], conflict["problem"]["code"]) == ("conflict", "same_id_other_content")
    assert (rejected["status"], rejected["problem"]["quarantine_id"]) == ("rejected", "1")

    # look
    profile = door.get("/v1/profiles/member:42").json()
    assert profile["profile_id"] == third["profile_id"]
    assert profile == {**door.get(f"/v1/profiles/{profile['profile_id']}").json(), "at": profile["at"]}
    assert {tag["key"] for tag in profile["tags"]} == {"big_basket", "spend_level"}
    assert {"key", "value", "since", "until", "source", "because"} <= profile["tags"][0].keys()
    assert profile["personas"]["tier"]["class"] == "undetermined"
    (run,) = profile["journeys"]
    assert (run["journey"], run["status"], run["stage"], run["progress"]) == ("first_cup", "active", "pickup", 0.667)
    assert [each["state"] for each in run["stages"]] == ["lit", "lit", "current"]
    assert {"score", "continuity", "timeliness", "quality", "largest_deduction"} <= run["health"].keys()
    assert run["breakpoints"][0]["kind"] == "stalled"
    past = door.get("/v1/profiles/member:42?at=2026-01-05T00:00:00Z").json()
    assert "frequent_buyer" in {tag["key"] for tag in past["tags"]}
    assert past["at"] == "2026-01-05T00:00:00Z"
    spaced = door.get("/v1/profiles/member:42?at=2026-01-05T08:00:00+08:00").json()  # a plus in a URL is a space
    assert spaced == past
    found = door.post("/v1/profiles:lookup", "app", json={"identity": "member:42", "at": "2026-01-05T00:00:00Z"})
    assert found.json() == past

    # calibrate
    made = door.post("/v1/calibrations").json()
    assert (made["number"], made["schemes"]["tier"]["profiles"]) == (1, 1)
    assert [each["number"] for each in door.get("/v1/calibrations").json()["items"]] == [1]
    assert door.get("/v1/profiles/member:42").json()["personas"]["tier"]["class"] == "high_end"

    # offer
    body = {"identity": "member:42", "scenario": "office", "channel": "mini_program", "limit": 3}
    decision = door.post("/v1/recommendations", "app", json=body).json()
    assert [item["rank"] for item in decision["items"]] == [1, 2]
    for item in decision["items"]:
        assert {"service", "rank", "score", "p_accept", "p_shown", "reasons"} <= item.keys()
        assert {"code", "text"} <= item["reasons"][0].keys()
    path = f"/v1/recommendations/{decision['decision_id']}"
    said = {"service": "queue_reminder", "outcome": "dismissed", "occurred_at": "2026-01-04T00:05:00Z"}
    assert door.post(f"{path}/outcomes", "app", json=said).json()["status"] == "accepted"
    assert door.post(f"{path}/outcomes", "app", json=said).json()["status"] == "duplicate"
    assert (
        problem_of(door.post(f"{path}/outcomes", json={**said, "service": "x"}), 422)["code"] == "service_not_offered"
    )
    explained = door.get(path, "app").json()
    assert explained["outcomes"] == [said]
    assert {each["service"] for each in explained["candidates"]} == {"queue_reminder", "private_tasting"}
    stranger = door.post("/v1/recommendations", json={"identity": "phone:+8613800138000"}).json()
    assert stranger["profile_id"] is None
    assert [item["service"] for item in stranger["items"]] == ["queue_reminder"]

    # follow
    seen, cursor = [], ""
    while True:
        page = door.get(f"/v1/changes?limit=2&cursor={cursor}").json()
        cursor = page["next_cursor"]
        if not page["items"]:
            break
        seen += page["items"]
    assert {each["kind"] for each in seen} >= {"tag", "journey"}
    assert len({each["id"] for each in seen}) == len(seen)
    door.record(order("new", "member:new"))
    assert {each["profile_id"] for each in door.get(f"/v1/changes?cursor={cursor}").json()["items"]} == {
        door.get("/v1/profiles/member:new").json()["profile_id"]
    }

    # verify
    assert door.get("/v1/verify?limit=10").json()["differences"] == 0


IDENTITIES = [
    "member:a/b",
    "member:a//b",
    "openid@wx1:o:A@b+c",
    "member:a b",
    "member:100%",
    "member:%2F",
    "member:a?b#c",
]
IDENTITIES += ["member:张三", "phone:+8613800138000"]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_any_identity_can_stand_in_the_path(door: Door, identity: str) -> None:
    door.record(order(f"path-{identity}", identity))
    assert door.get("/v1/profiles/" + quote(identity, safe="")).json()["identities"] == [identity]
    if "?" not in identity and "%" not in identity and " " not in identity:
        assert door.get("/v1/profiles/" + quote(identity, safe="/:@+")).json()["identities"] == [identity]


NOBODY = ["member:nobody", "0123456789abcdef", "ffffffffffffffff", "x", "%FF"]
NO_REFERENCE = ["Member:1", "member:%00", "member:", "%20", "x" * 300]


@pytest.mark.parametrize(("ref", "status"), [*((ref, 404) for ref in NOBODY), *((ref, 422) for ref in NO_REFERENCE)])
def test_bad_references(door: Door, ref: str, status: int) -> None:
    problem_of(door.get(f"/v1/profiles/{ref}"), status)


NO_INSTANT = ["2026-01-01", "now", "", "2026-02-30T00:00:00Z"]
INSTANTS = [
    ("2026-01-01T00:00:00", "time_without_zone"),
    ("1969-12-31T23:59:59Z", "time_too_early"),
    *((at, "not_a_time") for at in NO_INSTANT),
]


@pytest.mark.parametrize(("at", "code"), INSTANTS)
def test_bad_instants(door: Door, at: str, code: str) -> None:
    assert codes(problem_of(door.get(f"/v1/profiles/member:1?at={at}"), 422)) == [("at", code)]
    assert codes(problem_of(door.post("/v1/profiles:lookup", json={"identity": "member:1", "at": at}), 422)) == [
        ("/at", code)
    ]


def test_far_instants_are_no_fault(door: Door) -> None:
    door.record(order("far", "member:far"))
    assert door.get("/v1/profiles/member:far?at=1970-01-01T00:00:00Z").status_code == 200
    for at in ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"):
        found = problem_of(door.get(f"/v1/profiles/member:far?at={at}"), 422)
        assert found["code"] == "too_far_ahead"


def test_several_identities_are_one_person(door: Door) -> None:
    door.record({**order("link"), "identity": None, "identities": ["member:l1", "openid@wx:l1"]})
    first = door.get("/v1/profiles/member:l1").json()
    assert first["identities"] == ["member:l1", "openid@wx:l1"]
    assert door.get("/v1/profiles/openid@wx:l1").json()["profile_id"] == first["profile_id"]


def test_simulating_keeps_nothing(either_door: Door) -> None:
    door = either_door
    publish(door)
    lately = [(datetime.now(UTC) - timedelta(days=i)).isoformat() for i in (1, 2, 3)]
    events = [order(f"s{at}", "member:sim", at) for at in lately]
    answer = door.post("/v1/events:simulate", "app", json={"events": events})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["summary"]["accepted"] == 3
    assert {"frequent_buyer", "spend_level"} == {tag["key"] for tag in found["profiles"][0]["tags"]}
    assert problem_of(door.get("/v1/profiles/member:sim"), 404)["code"] == "unknown_profile"
    assert door.get("/v1/changes").json()["items"] == []
    refused = door.post("/v1/events:simulate", "app", json={"events": events, "backfill": True})
    assert codes(problem_of(refused, 422)) == [("/backfill", "unknown_field")]


def test_bad_items_wait_are_mended_and_replayed(either_door: Door) -> None:
    door = either_door
    bad = {**order("q1"), "occurred_at": "2026-01-02 03:04:05"}
    number = door.record(bad, bad)["results"][0]["problem"]["quarantine_id"]
    item = door.get(f"/v1/quarantine/{number}").json()
    assert item["item"]["occurred_at"] == "2026-01-02 03:04:05"
    assert item["problems"][0]["code"] == "time_without_zone"
    assert "+08:00" in item["problems"][0]["title"]
    page = door.get("/v1/quarantine?limit=1&status=open").json()
    assert [each["id"] for each in page["items"]] == [number]
    assert len(door.get(f"/v1/quarantine?cursor={page['next_cursor']}").json()["items"]) == 1
    assert problem_of(door.post(f"/v1/quarantine/{number}:replay"), 422)["code"] == "still_bad"
    assert problem_of(door.ask("PUT", f"/v1/quarantine/{number}", json=bad), 422)["code"] == "still_bad"
    mended = door.ask("PUT", f"/v1/quarantine/{number}", json=order("q1"))
    assert mended.json()["repaired"] == {**order("q1")}
    assert door.post(f"/v1/quarantine/{number}:replay").json()["summary"]["accepted"] == 1
    assert door.get("/v1/profiles/member:1").status_code == 200
    assert problem_of(door.post(f"/v1/quarantine/{number}:replay"), 409)["code"] == "not_open"
    assert door.post(f"/v1/quarantine/{int(number) + 1}:dismiss").json()["status"] == "dismissed"
    assert problem_of(door.get("/v1/quarantine/999"), 404)["code"] == "unknown_item"


def test_sources_and_undeclared_events(either_door: Door) -> None:
    door = either_door
    kind = "商品/收藏:x"
    door.record(
        {**order("u1"), "type": kind, "properties": {"item": "拿铁", "price": 25.5, "n": 2, "hot": True}},
        {"event_id": 1},
    )
    sources = {each["source"]: each for each in door.get("/v1/sources", "operator").json()["items"]}
    assert sources["pos"]["last_24h"]["accepted"] == 1
    assert sum(each["last_24h"]["rejected"] for each in sources.values()) == 1
    assert any(problem["title"] for each in sources.values() for problem in each["top_problems"])
    (undeclared,) = door.get("/v1/events/undeclared").json()["items"]
    assert (undeclared["type"], undeclared["count"]) == (kind, 1)
    assert undeclared["properties"] == {"item": "string", "price": "number", "n": "integer", "hot": "boolean"}
    declared = door.post(f"/v1/events/undeclared/{quote(kind, safe='')}:declare")
    assert declared.status_code == 200, declared.text
    assert kind in door.get("/v1/playbook/draft").json()["playbook"]["events"]
    assert problem_of(door.post("/v1/events/undeclared/nothing:declare"), 404)["code"] == "unknown_type"


def test_the_parser_for_benchmarks_keeps_nothing(door: Door) -> None:
    answer = door.post("/v1/events:parse", "intake", json={"events": [order("p", "member:parsed"), {}]})
    assert answer.json() == {"admitted": 1, "rejected": 1}
    assert door.get("/v1/profiles/member:parsed").status_code == 404


def test_a_full_queue_asks_to_come_back(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'x.db'}", queue_limit=2) as door:
        answer = door.post("/v1/events", json={"events": [order(str(i)) for i in range(3)]})
        assert problem_of(answer, 503)["code"]
        assert int(answer.headers["retry-after"]) >= 1
        assert door.record(order("1"))["summary"]["accepted"] == 1
