"""The playbook's life over HTTP: draft, check, preview, publish, versions, and the text as it was written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import Door, order, problem_of

YAML = {"content-type": "application/yaml"}
COFFEE = (Path(__file__).parents[2] / "playbooks" / "coffee.yaml").read_bytes()
SMALL = """# 注释要保留
playbook: small
events:
  order_paid: {name: 支付订单, properties: {amount: number}}
tags:
  buyer: {name: 买家, when: {count: {event: order_paid}, gte: %d}}
"""


def put(door: Door, text: str | bytes, headers: Mapping[str, str] = YAML) -> httpx.Response:
    return door.ask("PUT", "/v1/playbook/draft", "operator", content=text, headers=dict(headers))


def publish(door: Door, note: str = "", **headers: str) -> httpx.Response:
    return door.post("/v1/playbook/draft:publish", "operator", json={"note": note}, headers=headers)


def test_the_life_of_a_playbook(either_door: Door) -> None:
    door = either_door
    for path in ("draft:check", "draft:preview", "draft:publish"):
        assert problem_of(door.post(f"/v1/playbook/{path}"), 404)["code"] == "no_draft"
    assert problem_of(door.get("/v1/playbook/draft"), 404)["code"] == "no_draft"
    assert door.get("/v1/playbook").json()["version"] == 0
    assert door.get("/v1/playbook/versions").json() == {"items": []}
    assert problem_of(door.get("/v1/playbook/versions/1"), 404)["code"] == "unknown_version"
    door.record(order("e1"))

    saved = put(door, SMALL % 1)
    assert saved.status_code == 200, saved.text
    assert saved.json()["problems"] == []
    assert saved.headers["etag"] == f'"{saved.json()["etag"]}"'
    draft = door.get("/v1/playbook/draft")
    assert draft.headers["etag"] == saved.headers["etag"]
    assert draft.json()["source"] == SMALL % 1
    assert draft.json()["playbook"]["playbook"] == "small"
    assert door.post("/v1/playbook/draft:check").json()["ok"] is True
    preview = door.post("/v1/playbook/draft:preview", json={"sample": 10}).json()
    assert preview["tags"]["buyer"]["enter"] == 1
    assert door.get("/v1/profiles/member:1").json()["tags"] == []

    made = publish(door, "第一版")
    assert made.status_code == 200, made.text
    assert (made.json()["version"], made.json()["note"]) == (1, "第一版")
    assert made.headers["etag"] == saved.headers["etag"]
    assert [tag["key"] for tag in door.get("/v1/profiles/member:1").json()["tags"]] == ["buyer"]
    assert problem_of(publish(door), 409)["code"] == "nothing_changed"
    assert put(door, SMALL % 2).status_code == 200
    assert publish(door).json()["version"] == 2
    assert door.get("/v1/profiles/member:1").json()["tags"] == []
    assert [each["version"] for each in door.get("/v1/playbook/versions").json()["items"]] == [2, 1]
    assert door.get("/v1/playbook/versions/1").json()["source"] == SMALL % 1
    assert door.get("/v1/playbook").json()["source"] == SMALL % 2


def test_stale_writers_are_told(either_door: Door) -> None:
    door = either_door
    first = put(door, SMALL % 1).headers["etag"]
    second = put(door, SMALL % 2, {**YAML, "if-match": first}).headers["etag"]
    assert second != first
    stale = put(door, SMALL % 3, {**YAML, "if-match": first})
    assert problem_of(stale, 412)["code"] == "draft_changed"
    assert problem_of(publish(door, **{"if-match": first}), 412)["code"] == "draft_changed"
    assert problem_of(publish(door, **{"if-match": f"W/{second}"}), 412)
    assert put(door, SMALL % 4, {**YAML, "if-match": "*"}).status_code == 200
    assert publish(door, **{"if-match": door.get("/v1/playbook/draft").headers["etag"]}).status_code == 200


def test_the_text_can_be_had_as_it_was_written(door: Door) -> None:
    put(door, SMALL % 5)
    asked = door.get("/v1/playbook/draft", headers={"Accept": "application/yaml"})
    assert asked.headers["content-type"].startswith("application/yaml")
    assert asked.text == SMALL % 5
    again = door.get("/v1/playbook/draft", headers={"If-None-Match": asked.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("media", ["application/yaml", "text/yaml; charset=utf-8", "APPLICATION/X-YAML"])
def test_yaml_by_its_names(door: Door, media: str) -> None:
    assert put(door, SMALL % 6, {"content-type": media}).status_code == 200


def test_json_is_taken_too(door: Door) -> None:
    tree: dict[str, Any] = {"playbook": "small", "tags": {"a": {"name": "甲", "kind": "manual"}}}
    answer = door.ask("PUT", "/v1/playbook/draft", json=tree)
    assert answer.status_code == 200, answer.text
    assert door.get("/v1/playbook/draft").json()["playbook"] == tree


def test_other_media_are_refused_with_the_mend(door: Door) -> None:
    problem = problem_of(put(door, SMALL % 1, {"content-type": "application/x-www-form-urlencoded"}), 415)
    assert "application/yaml" in problem["title"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("playbook: small\ntags：\n  a: {name: 甲}\n", "全角冒号"),
        ("playbook: small\ntags:\n\t a: 1\n", "Tab"),
        ("playbook: small\ntags: {a: {name：甲\n", "全角冒号"),
        ("- a\n- b\n", "映射"),
        ("", "映射"),
        ("playbook： small\n", "全角冒号"),
        ("a: *nothing\n", ""),
        ("\x00", ""),
        ('playbook: small\nname: "甲\n', ""),
    ],
    ids=range(9),
)
def test_syntax_errors_are_refused_with_their_cause(door: Door, text: str, said: str) -> None:
    problem = problem_of(put(door, text), 422)
    assert said in problem["title"] + "".join(each["title"] for each in problem["errors"])


def test_other_problems_are_kept_and_listed_with_their_place(door: Door) -> None:
    answer = put(door, SMALL.replace("order_paid}", "order_payd}") % 1)
    assert answer.status_code == 200, answer.text
    (problem,) = answer.json()["problems"]
    assert problem["line"] == 6
    assert door.post("/v1/playbook/draft:check").json()["ok"] is False
    for path in ("draft:publish", "draft:preview"):
        refused = problem_of(door.post(f"/v1/playbook/{path}"), 422)
        assert refused["code"] == "draft_has_problems"
        assert refused["errors"][0]["pointer"] == problem["pointer"]


def test_a_bomb_of_aliases_is_refused(door: Door) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    problem_of(put(door, "\n".join(lines)), 422)


def test_the_whole_example_is_taken(door: Door) -> None:
    assert put(door, COFFEE).json()["problems"] == []


def test_what_has_two_meanings_is_refused(door: Door) -> None:
    put(door, SMALL % 8)
    for path in ("preview", "publish"):
        problem_of(door.post(f"/v1/playbook/draft:{path}", "operator", json={"definitions": []}), 422)
    both = door.post("/v1/playbook/draft:preview", json={"everyone": True, "sample": 10})
    assert problem_of(both, 422)["code"] == "one_of_two"
    door.record(order("two1"))
    for path in ("member:1", "member:1/tags/buyer"):
        asked = door.get(f"/v1/profiles/{path}?playbook=draft&playbook_version=1")
        assert problem_of(asked, 422)["code"] == "one_of_two"


def test_a_key_that_is_there_twice_is_named(door: Door) -> None:
    for text in ("playbook: small\nplaybook: large\n", "playbook: x\ntags:\n  a: {kind: manual, kind: manual}\n"):
        problem = problem_of(put(door, text), 422)
        assert "写了两次" in problem["title"]
        assert ("playbook" if "large" in text else "kind") in problem["title"]
