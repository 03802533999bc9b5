"""Whatever bytes come: a clear refusal, never a fault, and never an echo."""

import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.api.call import inflated
from service.api.problems import TooLarge
from tests.api.serving import Door, codes, order, problem_of

MEBIBYTE = 1024 * 1024
DEEP = b'{"events":[' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]}"


def send(door: Door, body: bytes, **headers: str) -> httpx.Response:
    return door.post("/v1/events", "intake", content=body, headers=headers)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"hello", 400, "not_json"),
        (b'{"events": [', 400, "not_json"),
        (b'{"events": []} {}', 400, "not_json"),
        (b"\xff\xfe{}", 400, "not_utf8"),
        (b"\x1f\x8bnot gzip at all", 400, "not_gzip"),
        (gzip.compress(b'{"events": []}')[:-4], 400, "not_gzip"),
        (gzip.compress(b"{}") + b"tail", 400, "not_gzip"),
        (gzip.compress(gzip.compress(b"{}")), 400, "not_utf8"),
        (gzip.compress(b" " * (50 * MEBIBYTE)), 413, "body_too_large"),
        (b" " * (MEBIBYTE + 1), 413, "body_too_large"),
        (b"[" * 100_000, 400, "too_deep"),
        (b'{"a":' * 100_000, 400, "too_deep"),
    ],
    ids=range(13),
)
def test_unreadable_bodies(door: Door, body: bytes, status: int, code: str) -> None:
    assert problem_of(send(door, body), status)["code"] == code


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * (200 * MEBIBYTE))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        inflated(bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * MEBIBYTE


def dripping() -> Iterator[bytes]:
    for _ in range(20):
        time.sleep(0.1)
        yield b" "


def test_a_body_that_never_ends_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.call.PATIENCE", 0.2)
    assert problem_of(door.post("/v1/events", "intake", content=dripping()), 408)["code"] == "body_too_slow"


def test_a_body_without_declared_length_is_cut_off(door: Door) -> None:
    parts = (b" " * 65_536 for _ in range(17))
    answer = door.post("/v1/events", "intake", content=parts)
    assert problem_of(answer, 413)["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ([], "", "not_a_batch"),
        ([order("a")], "", "not_a_batch"),
        (order("a"), "", "not_a_batch"),
        ({}, "", "not_a_batch"),
        ("events", "", "not_an_object"),
        (5, "", "not_an_object"),
        (None, "", "not_an_object"),
        ({"events": order("a")}, "/events", "not_an_array"),
        ({"events": []}, "/events", "batch_size"),
        ({"events": [{}] * 501}, "/events", "batch_size"),
        ({"events": [{}], "backfill": "yes"}, "/backfill", "not_a_boolean"),
        ({"events": [{}], "backfill": 1}, "/backfill", "not_a_boolean"),
        ({"events": [{}], "backfil": True}, "/backfil", "unknown_field"),
        ({"events": [{}], "\ud800/~": True}, "/?~1~0", "unknown_field"),
    ],
    ids=range(14),
)
def test_wrong_wrapping(door: Door, body: object, place: str, code: str) -> None:
    problem = problem_of(send(door, json.dumps(body).encode()), 422)
    assert codes(problem) == [(place, code)]
    if code == "not_a_batch":
        assert "events" in problem["errors"][0]["title"]


def test_a_key_that_stands_twice_is_refused(door: Door) -> None:
    answer = send(door, b'{"events": [{}], "events": [{}]}')
    assert codes(problem_of(answer, 422)) == [("", "duplicate_key")]
    answer = door.post("/v1/profiles:lookup", content=b'{"identity": "member:1", "identity": "member:2"}')
    assert codes(problem_of(answer, 422)) == [("", "duplicate_key")]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense", ""])
def test_the_content_type_does_not_matter(door: Door, kind: str) -> None:
    body = json.dumps({"events": [order(f"type-{kind}")]}).encode()
    for sent in (body, gzip.compress(body), zlib_gzip(body), b"\xef\xbb\xbf" + body):
        answer = send(door, sent, **{"content-type": kind})
        assert answer.status_code == 200, answer.text


def zlib_gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


ODD = [
    "null", "5", '"x"', "[]", "{}", '{"event_id": 5}', '{"a": NaN}', '{"a": 1e999}', '{"a": -Infinity}',
    '{"a": 9007199254740993}', '{"a": ' + "9" * 5000 + "}", '{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"\\ud800": 1}',
    '{"\\u0000": 1}', '{"a": 1, "a": 2}', '{"a":' * 60 + "1" + "}" * 60, '{"a": "' + "x" * 5000 + '"}',
]  # fmt: skip
ODD_PARTS: list[dict[str, object]] = [
    {"properties": {str(i): i for i in range(256)}},
    {"properties": {str(i): "文" * 300 for i in range(40)}},
    {"event_id": "\ud800"},
    {"event_id": "a\x00b"},
    {"identity": "nobody"},
    {"occurred_at": "2026-01-02T03:04:05"},
    {"occurred_at": "0001-01-01T00:00:00+14:00"},
]


def test_bad_items_never_fail_their_neighbours(door: Door) -> None:
    good = json.dumps(order("neighbour", "member:neighbour"))
    bad = [*ODD, *(json.dumps({**order("x"), **part}) for part in ODD_PARTS)]
    answer = send(door, ('{"events": [' + ",".join([*bad, good]) + "]}").encode())
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["summary"] == {"accepted": 1, "duplicate": 0, "conflict": 0, "rejected": len(bad)}
    for result in found["results"][:-1]:
        assert result["problem"]["code"]
        assert result["problem"]["title"]
        assert result["problem"]["errors"]
    assert found["results"][-1]["status"] == "accepted"
    kept = door.get("/v1/quarantine?limit=500")
    assert kept.status_code == 200
    assert len(kept.json()["items"]) >= len(bad)


def test_deep_items_are_refused_one_by_one(door: Door) -> None:
    (result,) = send(door, DEEP).json()["results"]
    assert result["problem"]["code"] == "too_deep"


def test_other_bodies_have_the_same_limits(door: Door) -> None:
    assert problem_of(door.post("/v1/recommendations", content=b" " * (MEBIBYTE + 1)), 413)
    assert problem_of(door.post("/v1/recommendations", content=b"[" * 100_000), 400)["code"] == "too_deep"
    assert problem_of(door.post("/v1/recommendations", content=b'{"a":' * 500 + b"1" + b"}" * 500), 422)
    assert codes(problem_of(door.post("/v1/recommendations", content=b'"x"'), 422)) == [("", "not_an_object")]
    assert problem_of(door.ask("PUT", "/v1/playbook/draft", content=b" " * (MEBIBYTE + 1)), 413)
    assert problem_of(door.ask("PUT", "/v1/quarantine/1", content=b"{"), 400)["code"] == "not_json"


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({}, "/identity", "missing_field"),
        ({"identity": 5}, "/identity", "not_a_string"),
        ({"identity": "nobody"}, "/identity", "identity_malformed"),
        ({"identity": "member:1", "limit": "3"}, "/limit", "not_an_integer"),
        ({"identity": "member:1", "limit": 2.5}, "/limit", "not_an_integer"),
        ({"identity": "member:1", "limit": True}, "/limit", "not_an_integer"),
        ({"identity": "member:1", "limit": 0}, "/limit", "out_of_range"),
        ({"identity": "member:1", "limit": 51}, "/limit", "out_of_range"),
        ({"identity": "member:1", "scenario": ""}, "/scenario", "too_short"),
        ({"identity": "member:1", "scenario": "a\nb"}, "/scenario", "not_a_word"),
        ({"identity": "member:1", "scenario": "\x00"}, "/scenario", "nul_character"),
        ({"identity": "member:1", "scenario": "\ud800"}, "/scenario", "lone_surrogate"),
        ({"identity": "member:1", "scenario": "x" * 129}, "/scenario", "too_long"),
        ({"identity": "member:1", "\ud800": "x"}, "/�", "lone_surrogate"),
        ({"identity": "member:1", "scene": "x"}, "/scene", "unknown_field"),
    ],
    ids=range(15),
)
def test_wrong_shapes_name_the_place_and_the_mend(door: Door, body: object, place: str, code: str) -> None:
    problem = problem_of(door.post("/v1/recommendations", content=json.dumps(body).encode()), 422)
    assert codes(problem) == [(place, code)]
    assert all(each["title"] and each["title_en"] for each in problem["errors"])


def test_a_whole_number_may_be_written_with_a_point(door: Door) -> None:
    assert door.post("/v1/recommendations", content=b'{"identity": "member:1", "limit": 2.0}').status_code == 200


def test_nothing_that_was_sent_comes_back(door: Door) -> None:
    secret = "canary-8613800138000"
    sent: list[tuple[str, Any]] = [
        ("/v1/events", {"events": [{"event_id": {"x": secret}, "identity": secret, "type": [secret]}]}),
        ("/v1/events", {"events": secret}),
        ("/v1/profiles:lookup", {"identity": secret, "at": secret}),
        ("/v1/profiles:lookup", {"identity": f"phone:{secret}"}),
        ("/v1/recommendations", {"identity": secret, "limit": secret}),
        ("/v1/keys", {"name": [secret], "preset": secret, "expires_at": secret}),
    ]
    for path, body in sent:
        assert secret not in door.post(path, json=body).text
    assert secret not in door.get(f"/v1/profiles/{secret}:x").text
    assert secret not in door.get(f"/v1/changes?cursor={secret}&limit={secret}").text


words = st.sampled_from(["member:1", "order_paid", "2026-01-02T03:04:05Z"])
names = st.text() | st.sampled_from(list(order("x")))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)
parts = st.fixed_dictionaries({}, optional=dict.fromkeys([*order("x"), "identities", "context"], json_values))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_answered_without_a_fault(door: Door, body: bytes) -> None:
    for path in ("/v1/events", "/v1/events:simulate", "/v1/recommendations", "/v1/profiles:lookup", "/v1/keys"):
        assert door.post(path, content=body).status_code < 500


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=parts)
def test_any_event_is_judged_without_a_fault(door: Door, event: dict[str, object]) -> None:
    body = json.dumps({"events": [event, order("steady", "member:steady")]}).encode()
    for path in ("/v1/events", "/v1/events:simulate"):
        answer = door.post(path, content=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"][1]["status"] in {"accepted", "duplicate"}
