"""Saying, finding and exporting over HTTP: shapes, keys, retries, and refusals that name the place."""

import json
import secrets
from typing import Any

import pytest

from tests.api import test_contract
from tests.api.serving import Door, codes, order, problem_of
from tests.usecases.given import PLAIN

ONE = "/v1/profiles/member:1"
LIN = "/v1/profiles/member:1/tags/vip"


@pytest.fixture(scope="module")
def furnished(door: Door) -> Door:
    """Somebody to speak of, and a key for every kind of speaker."""
    test_contract.publish(door, PLAIN)
    door.record(order("s1"), order("s2", "member:2"), order("s3", "crm@a/b:1/tags"))
    door.record({**order("s4", "member:3"), "type": "seen"}, {**order("s5", "member:4"), "type": "seen"})
    body = {"preset": "app", "name": "page", "kind": "user"}
    keys = {"user": door.post("/v1/keys", json=body).json()["secret"]}
    keys["staff"] = door.post("/v1/keys", json={**body, "name": "lily", "kind": "staff"}).json()["secret"]
    return Door(url=door.url, client=door.client, keys={**door.keys, **keys})


def said(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    return result


def tags(door: Door) -> dict[str, Any]:
    return {tag["key"]: tag for tag in door.get(ONE).json()["tags"]}


def test_a_tag_is_set_hidden_removed_released(furnished: Door) -> None:
    for actor in ("staff", "app", "user"):  # whatever other tests have said
        said(furnished.post(LIN + ":release", actor))
    body = {"until": "2099-12-31T00:00:00+08:00", "reason": "店长推荐"}
    result = said(furnished.ask("PUT", LIN, "staff", json=body))
    assert (result["status"], result["changes"][0]["source"]) == ("accepted", "manual")
    assert tags(furnished)["vip"]["until"] == "2099-12-30T16:00:00Z"
    occasion = furnished.get(LIN).json()["history"][0]["occasion"]
    assert (occasion["reason"], occasion["by"]) == ("店长推荐", "lily")
    said(furnished.post(LIN + ":hide", "user"))
    assert tags(furnished)["vip"]["hidden"] is True
    said(furnished.post(LIN + ":unhide", "user"))
    said(furnished.ask("DELETE", LIN + "?reason=误打", "user"))
    assert "vip" not in tags(furnished)
    said(furnished.post(LIN + ":release", "user"))
    assert tags(furnished)["vip"]["source"] == "manual"
    said(furnished.post(LIN + ":release?reason=x", "staff"))
    assert "vip" not in tags(furnished)
    assert said(furnished.ask("PUT", "/v1/profiles/crm@a/b:1/tags/tags/vip", "app"))["status"] == "accepted"


def test_classes_are_pinned_by_staff(furnished: Door) -> None:
    path, body = f"{ONE}/personas/tier", {"class": "high_end", "reason": "老客户"}
    assert said(furnished.ask("PUT", path, "staff", json=body))["changes"][0]["class"] == "high_end"
    assert said(furnished.ask("DELETE", path + "?reason=x", "staff"))["changes"][0]["class"] == "undetermined"
    for actor in ("app", "user", "operator"):
        for method in ("PUT", "DELETE"):
            assert problem_of(furnished.ask(method, path, actor, json=body), 403)["code"] == "staff_only"
    wrong = problem_of(furnished.ask("PUT", path, "staff", json={"class": "high"}), 422)
    assert codes(wrong) == [("/reason", "missing_field")]
    wrong = problem_of(furnished.ask("PUT", path, "staff", json={"class": "highend", "reason": "x"}), 422)
    assert codes(wrong) == [("/class", "unknown_class")]
    assert "high_end" in wrong["errors"][0]["title_en"]
    assert problem_of(furnished.ask("PUT", f"{ONE}/personas/tir", "staff", json=body), 404)["errors"]


def test_wishes(furnished: Door) -> None:
    path = f"{ONE}/preferences"
    assert said(furnished.ask("PUT", path, "user", json={"personalisation": False}))["status"] == "accepted"
    wrong = problem_of(furnished.ask("PUT", path, "user", json={"personalisation": "no"}), 422)
    assert codes(wrong) == [("/personalisation", "not_a_boolean")]


def test_a_retry_has_no_second_effect(furnished: Door) -> None:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first = said(furnished.ask("PUT", LIN, "app", headers=key))
    assert (first["status"], first["event_id"]) == ("accepted", f"key:{key['Idempotency-Key']}")
    again = said(furnished.ask("PUT", LIN, "app", headers=key, json={}))
    assert (again["status"], again["version"]) == ("duplicate", first["version"])
    other = problem_of(furnished.ask("PUT", LIN, "app", headers=key, json={"reason": "other"}), 409)
    assert other["code"] == "idempotency_key_reused"
    problem_of(furnished.ask("DELETE", LIN, "app", headers=key), 409)
    assert said(furnished.ask("PUT", LIN, "staff", headers=key))["status"] == "accepted"  # another's key is another


@pytest.mark.parametrize("key", [b"", b"a b", b"k" * 129, b"\xe4\xb8\xad", b"tab\tbed"])
def test_keys_that_cannot_be_seen(furnished: Door, key: bytes) -> None:
    answer = furnished.ask("PUT", LIN, "app", headers={"Idempotency-Key": key})
    assert codes(problem_of(answer, 422)) in ([("Idempotency-Key", "malformed")], [("Idempotency-Key", "too_short")])


@pytest.mark.parametrize(
    ("path", "body", "status", "place", "code"),
    [
        (LIN, {"value": "x"}, 422, "/value", "value_not_allowed"),
        (LIN, {"value": 5}, 422, "/value", "not_a_string"),
        (LIN, {"value": "a\u0000"}, 422, "/value", "nul_character"),
        (LIN, {"reason": " "}, 422, "/reason", "not_a_word"),
        (LIN, {"reason": "x" * 501}, 422, "/reason", "too_long"),
        (LIN, {"until": "2026-01-01"}, 422, "/until", "not_a_time"),
        (LIN, {"until": "2026-01-01T00:00:00Z"}, 422, "/until", "until_has_passed"),
        (LIN, {"valeu": "x"}, 422, "/valeu", "unknown_field"),
        (ONE + "/tags/vp", {}, 404, "tag", "unknown_tag"),
        (ONE + "/tags/VIP", {}, 422, "tag", "malformed"),
        (ONE + "/tags/%00", {}, 422, "tag", "malformed"),
    ],
    ids=range(11),
)
def test_what_cannot_be_said(  # noqa: PLR0917 - a table
    furnished: Door, path: str, body: Any, status: int, place: str, code: str
) -> None:
    problem = problem_of(furnished.ask("PUT", path, "staff", json=body), status)
    assert codes(problem) == [(place, code)]


@pytest.mark.parametrize("ref", ["member:9", "0" * 16, "f" * 16, "x", "0123456789abcdeg"])
def test_nobody(furnished: Door, ref: str) -> None:
    for method, rest in (("PUT", ""), ("DELETE", ""), ("POST", ":hide"), ("POST", ":release")):
        answer = furnished.ask(method, f"/v1/profiles/{ref}/tags/vip{rest}", "staff")
        assert problem_of(answer, 404)["code"] == "unknown_profile"
    assert problem_of(furnished.get(f"/v1/profiles/{ref}/timeline"), 404)["code"] == "unknown_profile"


@pytest.mark.parametrize("ref", ["Member:1", ":", "a:", "member:%00", "member: ", "member:%ED%A0%80"])
def test_references_that_are_none(furnished: Door, ref: str) -> None:
    for method, rest in (("PUT", "tags/vip"), ("DELETE", "tags/vip"), ("GET", "timeline"), ("PUT", "preferences")):
        answer = furnished.ask(method, f"/v1/profiles/{ref}/{rest}", "staff", json={"personalisation": True})
        assert answer.status_code in {404, 422}, answer.text


def test_many_at_once(furnished: Door) -> None:
    items: list[Any] = [
        {"identity": "member:1", "tag": "vip", "event_id": "bulk-1"},
        {"identity": "member:2", "tag": "vip", "remove": True},
        {"identity": "member:2", "tag": "vpi"},
        {"identity": "nobody", "tag": "vip"},
        {"identity": "member:404", "tag": "vip"},
        "not an item",
        {"identity": "member:1", "tag": "vip", "reason": "\ud800"},
        None,
        {"identity": "member:1", "tag": "vip", "until": [1]},
    ]
    answer = furnished.post("/v1/tags:set", "app", content=json.dumps({"items": items})).json()
    assert [each["status"] for each in answer["results"]] == ["set", "set", *["rejected"] * 7]
    found = [(each["problem"]["pointer"], each["problem"]["code"]) for each in answer["results"][2:]]
    assert found == [
        ("/tag", "unknown_tag"), ("/identity", "identity_malformed"), ("/identity", "unknown_profile"),
        ("", "not_an_object"), ("/reason", "lone_surrogate"), ("", "not_an_object"), ("/until", "not_a_time"),
    ]  # fmt: skip
    assert answer["summary"] == {"set": 2, "duplicate": 0, "rejected": 7}
    again = furnished.post("/v1/tags:set", "app", json={"items": items[:1]}).json()
    assert again["results"][0]["status"] == "duplicate"
    whole = [{"identity": f"member:{n % 2 + 3}", "tag": "vip"} for n in range(500)]
    assert furnished.post("/v1/tags:set", "app", json={"items": whole}).json()["summary"]["set"] == 500


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ([], "", "not_a_batch"), ({}, "", "not_a_batch"), (5, "", "not_an_object"),
        ({"items": {}}, "/items", "not_an_array"), ({"items": []}, "/items", "batch_size"),
        ({"items": [1] * 501}, "/items", "batch_size"), ({"items": [1], "x": 1}, "/x", "unknown_field"),
        ({"items": [1], "backfill": True}, "/backfill", "unknown_field"),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_batch(furnished: Door, body: Any, place: str, code: str) -> None:
    assert codes(problem_of(furnished.post("/v1/tags:set", "app", json=body), 422)) == [(place, code)]


def test_search_and_export(furnished: Door) -> None:
    where = {"all": [{"tag": "buyer"}, {"any": [{"not": {"persona": {"scheme": "tier", "in": ["mass", "high_end"]}}}]}]}
    page = furnished.post("/v1/profiles:search", "operator", json={"where": where, "limit": 2, "count": True}).json()
    assert (len(page["items"]), page["total"], page["complete"]) == (2, 3, True)
    more = {"where": where, "cursor": page["next_cursor"], "identities": True}
    assert len(furnished.post("/v1/profiles:search", json=more).json()["items"][0]["identities"]) == 1
    fields = {"identities": ["member", "member"], "tags": ["buyer"], "personas": ["tier"], "traits": ["city"]}
    table = furnished.post("/v1/profiles:export", "operator", json={"where": where, "fields": fields})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == 'attachment; filename="profiles.csv"'
    assert (table.headers["cache-control"], table.headers["x-complete"]) == ("no-store", "true")
    assert table.content.startswith(b"\xef\xbb\xbfprofile_id,identity:member,tag:buyer,persona:tier,trait:city\r\n")
    assert table.text.count("\n") == 4
    lines = furnished.post("/v1/profiles:export", json={"where": where, "format": "jsonl"})
    assert lines.headers["content-type"] == "application/jsonl"
    assert len([json.loads(line) for line in lines.text.splitlines()]) == 3


@pytest.mark.parametrize("path", ["/v1/profiles:search", "/v1/profiles:export"])
@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({}, "/where", "missing_field"),
        ({"where": []}, "/where", "not_an_object"),
        ({"where": {"trait": "city", "eq": "x"}}, "/where", "not_searchable"),
        ({"where": {"tag": "byer"}}, "/where/tag", "unknown_tag"),
        ({"where": {"tag": "buyer", "eq": 10**300}}, "/where/eq", "number_too_large"),
        ({"where": {"tag": "\u0000"}}, "/where/tag", "nul_character"),
        ({"where": {"all": [{"tag": "vip"}] * 60}}, "/where", "too_many_conditions"),
        ({"where": {"tag": "vip"}, "wehre": 1}, "/wehre", "unknown_field"),
    ],
    ids=range(8),
)
def test_what_cannot_be_searched(furnished: Door, path: str, body: Any, place: str, code: str) -> None:
    problem = problem_of(furnished.post(path, "operator", json=body), 422)
    assert (place, code) in codes(problem)


def test_conditions_may_lie_deeper_than_other_bodies(furnished: Door) -> None:
    def nested(depth: int) -> Any:
        return {"not": nested(depth - 1)} if depth else {"persona": {"scheme": "tier", "in": ["mass"]}}

    assert furnished.post("/v1/profiles:search", json={"where": nested(12)}).status_code == 200
    problem = problem_of(furnished.post("/v1/profiles:search", json={"where": nested(13)}), 422)
    assert problem["errors"][0]["code"] == "too_deep"
    found = furnished.post("/v1/profiles:search", content=b'{"where":' + b'{"not":' * 900 + b"{}" + b"}" * 901)
    assert found.status_code == 422


@pytest.mark.parametrize("cursor", ["x", "%00", "f" * 16, "é", "0" * 4097, ""])
def test_cursors_that_are_none(furnished: Door, cursor: str) -> None:
    searched = furnished.post("/v1/profiles:search", json={"where": {"tag": "vip"}, "cursor": cursor})
    problem_of(searched, 422)
    looked = furnished.get(f"{ONE}/timeline", params={"cursor": cursor})
    assert looked.status_code == (422 if cursor else 200)


def test_the_timeline(furnished: Door) -> None:
    whole = furnished.get(f"{ONE}/timeline?limit=200").json()
    assert whole["items"][-1]["event_id"] == "s1"
    assert {"kind", "key", "name", "text", "text_en"} <= whole["items"][-1]["changes"][0].keys()
    first = furnished.get(f"{ONE}/timeline?limit=1", "app").json()
    rest = furnished.get(f"{ONE}/timeline", "app", params={"limit": 199, "cursor": first["next_cursor"]}).json()
    assert first["items"] + rest["items"] == whole["items"]
    assert furnished.get(f"{ONE}/timeline?at=2020-01-01T00:00:00Z").json()["items"] == []
    for bad in ("limit=0", "limit=201", "limit=x", "at=x", "since=1"):
        problem_of(furnished.get(f"{ONE}/timeline?{bad}"), 422)


def test_identities_need_the_scope_of_the_export(furnished: Door) -> None:
    problem_of(furnished.post("/v1/profiles:search", "app", json={"where": {"tag": "vip"}}), 403)
    problem_of(furnished.post("/v1/profiles:export", "app", json={"where": {"tag": "vip"}}), 403)


def test_each_path_means_one_operation(furnished: Door) -> None:
    for path, methods in (
        ("tags/vip:release", "POST"),
        ("tags/vip", "DELETE, GET, PUT"),
        ("personas/tier", "DELETE, PUT"),
        ("preferences", "PUT"),
        ("timeline", "GET"),
    ):
        refused = furnished.ask("PATCH", f"{ONE}/{path}", "staff")
        assert problem_of(refused, 405)["code"] == "method_not_allowed"
        assert refused.headers["allow"] == methods
    assert furnished.get("/v1/profiles/crm@a/b:1/tags").json()["identities"] == ["crm@a/b:1/tags"]
