import re
import time

import pytest

from tests.api.serving import Door, codes, opened, order, problem_of

MAY_LAST = 5.0  # seconds from revocation to refusal, in every process


def test_a_key_lives_and_ends(either_door: Door) -> None:
    door = either_door
    made = door.post("/v1/keys", json={"name": "小程序后端", "preset": "app", "source": "mini_program"})
    assert made.status_code == 201
    key = made.json()
    assert key["scopes"] == sorted(key["scopes"])
    assert key["revoked_at"] is None
    mine = door.holding(key["secret"])
    assert mine.get("/v1/profiles/member:1", "me").status_code == 404
    listed = door.get("/v1/keys")
    assert key["secret"] not in listed.text
    assert {each["key_id"] for each in listed.json()["items"]} >= {key["key_id"]}
    assert door.ask("DELETE", f"/v1/keys/{key['key_id']}").json()["revoked_at"] is not None
    assert mine.get("/v1/profiles/member:1", "me").status_code == 401
    assert problem_of(door.ask("DELETE", f"/v1/keys/{key['key_id']}"), 409)["code"] == "already_revoked"
    assert problem_of(door.ask("DELETE", "/v1/keys/nobody"), 404)["code"] == "unknown_key"


def test_a_revoked_key_stops_in_other_processes_too(either_door: Door, database_url: str) -> None:
    with opened(database_url) as other:
        key = either_door.post("/v1/keys", json={"name": "x", "preset": "app"}).json()
        mine = other.holding(key["secret"])
        assert mine.get("/v1/profiles/member:1", "me").status_code == 404
        either_door.ask("DELETE", f"/v1/keys/{key['key_id']}")
        begun = time.monotonic()
        last = begun + MAY_LAST
        while mine.get("/v1/profiles/member:1", "me").status_code != 401:
            assert begun < last, "it was asked too late; how long the answer took says nothing"
            time.sleep(0.1)
            begun = time.monotonic()


def test_a_key_sends_only_for_its_source(door: Door) -> None:
    key = door.post("/v1/keys", json={"name": "till", "preset": "intake", "source": "till"}).json()
    mine = door.holding(key["secret"])
    event = order("source-1", "member:source")
    (result,) = mine.record(event, actor="me")["results"]
    assert result["problem"]["code"] == "source_not_allowed"
    del event["source"]
    assert mine.record(event, actor="me")["summary"]["accepted"] == 1


def test_what_a_key_may_be_is_checked(door: Door) -> None:
    bad = {"name": " x", "kind": "robot", "preset": "root", "expires_at": "tomorrow", "more": 1}
    problem = problem_of(door.post("/v1/keys", json=bad), 422)
    assert sorted(codes(problem)) == [
        ("/expires_at", "not_a_time"),
        ("/kind", "not_one_of"),
        ("/more", "unknown_field"),
        ("/name", "not_a_word"),
        ("/preset", "not_one_of"),
    ]
    assert codes(problem_of(door.post("/v1/keys", json={"name": 5}), 422)) == [
        ("/name", "not_a_string"),
        ("/preset", "missing_field"),
    ]


def test_the_first_key_is_printed_once(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(database_url, bootstrap_key="") as door:
        (secret,) = re.findall(r"lk_\S+", capsys.readouterr().out)
        assert door.holding(secret).get("/v1/keys", "me").json()["items"][0]["preset"] == "admin"
    with opened(database_url, bootstrap_key=""):
        assert "lk_" not in capsys.readouterr().out
