"""Refusals of the framework and faults of ours are problem documents too, and logs keep people's data out."""

import json
import logging
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from service.api.logs import Lines, logging_config
from service.usecases.app import App
from service.usecases.look import look
from tests.api.serving import Door, codes, problem_of
from tests.usecases.given import PATIENCE


def test_unknown_paths(door: Door) -> None:
    assert problem_of(door.get("/v1/nothing"), 404)["code"] == "not_found"
    assert problem_of(door.get("/v1/keys/"), 404)["code"] == "not_found"  # no redirect: it would turn POST into GET
    assert problem_of(door.get("/docs/static/../../settings.py"), 404)
    assert problem_of(door.get("/docs/static/nothing.js"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/events", "POST"),
        ("PATCH", "/v1/playbook/draft", "DELETE, GET, PUT"),
        ("PATCH", "/v1/keys", "GET, POST"),
        ("DELETE", "/v1/quarantine/1", "GET, PUT"),
        ("POST", "/docs", "GET, HEAD"),
    ],
)
def test_unknown_methods_name_the_known_ones(door: Door, method: str, path: str, allow: str) -> None:
    answer = door.ask(method, path)
    assert problem_of(answer, 405)["code"] == "method_not_allowed"
    assert answer.headers["allow"] == allow


@pytest.mark.parametrize(
    ("query", "place", "code"),
    [
        ("limit=0", "limit", "out_of_range"),
        ("limit=501", "limit", "out_of_range"),
        ("limit=ten", "limit", "not_an_integer"),
        ("limit=1&limit=2", "limit", "repeated_parameter"),
        ("page=2", "page", "unknown_parameter"),
        ("cursor=" + "x" * 5000, "cursor", "too_long"),
    ],
)
def test_parameters(door: Door, query: str, place: str, code: str) -> None:
    assert codes(problem_of(door.get(f"/v1/changes?{query}"), 422)) == [(place, code)]


def test_a_cursor_that_is_not_ours(door: Door) -> None:
    for cursor in ("x", "%00", "W10", "é", "-" * 100):
        assert problem_of(door.get(f"/v1/changes?cursor={cursor}"), 422)["code"] == "bad_cursor"
    assert door.get("/v1/changes?cursor=").status_code == 200


def test_request_ids_are_accepted_and_returned(door: Door) -> None:
    good, bad = "trace-1.a:b_C", "no spaces; please"
    assert door.get("/health/live", headers={"X-Request-ID": good}).headers["x-request-id"] == good
    made = door.get("/health/live", headers={"X-Request-ID": bad}).headers["x-request-id"]
    assert made != bad
    assert made != door.get("/health/live").headers["x-request-id"]
    assert problem_of(door.get("/nothing", headers={"X-Request-ID": good}), 404)["request_id"] == good


def test_answers_are_not_kept_by_anybody_on_the_way(door: Door) -> None:
    for answer in (door.get("/v1/keys"), door.get("/nothing"), door.get("/v1/keys", "none")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_fault_is_a_problem_and_its_words_stay_out_of_the_log(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(app: App, ref: str, at: int | None, _which: object = None) -> dict[str, object]:
        await look(app, "member:nobody", at) if ref == "member:known" else None
        message = f"canary {ref}"
        raise LookupError(message)

    monkeypatch.setattr("service.api.profiles.look", broken)
    with caplog.at_level(logging.DEBUG):
        answer = door.get("/v1/profiles/phone:+8613800138000")
        assert problem_of(answer, 500)["code"] == "internal_error"
        noted(caplog, answer)
    written = "\n".join(Lines().format(record) for record in caplog.records if record.name.startswith("lantern"))
    assert "builtins.LookupError" in written
    assert answer.headers["x-request-id"] in written
    assert "canary" not in answer.text + written
    assert "13800138000" not in answer.text + written
    assert '"route": "/v1/profiles/{ref}"' in written


def noted(caplog: pytest.LogCaptureFixture, answer: httpx.Response) -> list[dict[str, Any]]:
    """The lines about this request. It is noted after its answer has gone: its line may have to be waited for.

    For the same reason the line of a request that another test made may still come.
    """
    own, end = answer.headers["x-request-id"], monotonic() + PATIENCE
    while monotonic() < end:
        records = [record for record in [*caplog.records] if record.name == "lantern.request"]
        lines = [line for record in records if (line := json.loads(Lines().format(record)))["request_id"] == own]
        if any(line["message"] == "request" for line in lines):
            return lines
        sleep(0.01)
    raise AssertionError(caplog.records)


def test_logs_are_lines_of_json(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "lantern.request"):
        answer = door.get("/v1/profiles/phone:+8613800138000?at=2026-01-01T00:00:00Z")
        (line,) = noted(caplog, answer)
    assert {"at", "level", "request_id", "method", "route", "status", "milliseconds", "key_id"} <= line.keys()
    assert line["status"] == 404
    assert "8613800138000" not in json.dumps(line)


def test_the_words_of_an_error_are_left_out() -> None:
    error = KeyError("canary")
    error.__cause__ = ValueError("canary")
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), (KeyError, error, None))
    line = json.loads(Lines().format(record))
    assert line["fault"] == ["builtins.KeyError", "builtins.ValueError"]
    assert "canary" not in json.dumps(line)


def test_the_logging_configuration_is_accepted() -> None:
    config = logging_config("info")
    assert config["root"]["level"] == "INFO"
    assert isinstance(config["formatters"]["lines"]["()"](), Lines)
