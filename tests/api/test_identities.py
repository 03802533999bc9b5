"""Linking and unlinking over the wire: pointers for whatever is wrong, and no value in any refusal."""

from typing import Any

import pytest

from tests.api.serving import Door, order, problem_of

HERE = "/v1/profiles/{}/identities:{}"
BAD: list[tuple[Any, str, str]] = [
    ({}, "missing_field", "/identity"),
    ({"identity": "phone:139****7000"}, "identity_masked", "/identity"),
    ({"identity": "phone:12345"}, "phone_invalid", "/identity"),
    ({"identity": "member:undefined"}, "identity_blocked", "/identity"),
    ({"identity": "member"}, "identity_malformed", "/identity"),
    ({"identity": 42}, "not_a_string", "/identity"),
    ({"identity": "crm:9", "reason": ""}, "too_short", "/reason"),
    ({"identity": "crm:9", "reason": "x" * 501}, "too_long", "/reason"),
    ({"identity": "crm:9", "why": "x"}, "unknown_field", "/why"),
]


@pytest.mark.parametrize(("body", "code", "pointer"), BAD, ids=[f"{n} {row[1]}" for n, row in enumerate(BAD)])
@pytest.mark.parametrize("way", ["link", "unlink"])
def test_what_is_wrong_is_pointed_at(door: Door, way: str, body: Any, code: str, pointer: str) -> None:
    problem = problem_of(door.post(HERE.format("member:1", way), "operator", json=body), 422)
    assert (code, pointer) in [(each["code"], each["pointer"]) for each in problem["errors"]]
    assert "139****7000" not in str(problem)


def test_a_life_of_an_identity(door: Door) -> None:
    door.record(order("i1", "unionid:life1"), order("i2", "unionid:life2"), order("i3", "openid@life:x"))
    linked = door.post(
        HERE.format("unionid:life1", "link"), "operator", json={"identity": "openid@life:x", "reason": "核对过"}
    )
    assert (linked.status_code, linked.json()["status"], linked.json()["reason"]) == (200, "linked", None)
    (result,) = linked.json()["receipt"]["results"]
    assert result["status"] == "accepted"
    refused = door.post(HERE.format("unionid:life2", "link"), "operator", json={"identity": "openid@life:x"}).json()
    assert (refused["status"], refused["reason"]["code"], refused["reason"]["namespace"]) == (
        "refused",
        "too_many",
        "unionid",
    )
    listed = door.get("/v1/identities/conflicts?limit=500", "operator").json()["items"]
    assert ["openid@life:x", "unionid:life2"] in [sorted(s["identity"] for s in each["identities"]) for each in listed]
    cut = {"identity": "unionid:life1", "occurred_at": None}
    unlinked = door.post(HERE.format(result["profile_id"], "unlink"), "operator", json=cut).json()
    assert (unlinked["status"], unlinked["reason"]) == ("unlinked", None)
    assert door.get("/v1/profiles/unionid:life2", "app").json()["identities"] == ["openid@life:x", "unionid:life2"]


def test_who_is_not_there(door: Door) -> None:
    body = {"identity": "crm:9"}
    assert (
        problem_of(door.post(HERE.format("member:nobody9", "link"), "operator", json=body), 404)["code"]
        == "unknown_profile"
    )
    assert (
        problem_of(door.post(HERE.format("0" * 16, "unlink"), "operator", json=body), 404)["code"] == "unknown_profile"
    )
    assert problem_of(door.get(HERE.format("member:1", "link"), "operator"), 405)["code"] == "method_not_allowed"
    door.record(order("i9", "member:alone9"))
    stranger = door.post(HERE.format("member:alone9", "unlink"), "operator", json=body)
    assert problem_of(stranger, 409)["code"] == "not_linked"
    problem = problem_of(door.get("/v1/identities/conflicts?cursor=zzz", "operator"), 422)
    assert problem["code"] == "bad_cursor"


def test_one_spelling_at_every_door(door: Door) -> None:
    door.record(order("i10", "phone:139 0013 9000"))
    one = door.get("/v1/profiles/phone:13900139000", "app").json()
    two = door.post("/v1/profiles:lookup", "app", json={"identity": "phone:013900139"})
    assert problem_of(two, 422)["errors"][0]["code"] == "phone_invalid"
    three = door.post("/v1/profiles:lookup", "app", json={"identity": "phone:１３９-００１３-９０００"}).json()
    offer = door.post("/v1/recommendations", "app", json={"identity": "phone:0086 13900139000"}).json()
    assert one["profile_id"] == three["profile_id"] == offer["profile_id"]
    assert one["identities"] == ["phone:+8613900139000"]
    assert problem_of(door.get("/v1/profiles/phone:139****9000", "app"), 422)["code"] == "identity_masked"
