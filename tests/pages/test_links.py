"""What a link opens over HTTP: for everybody the same, until it is taken back; then nothing, for everybody the same."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.api import pace
from service.usecases.tokens import new_token
from tests.api.serving import Door, opened, problem_of
from tests.durability.processes import KEY, service, until_ready
from tests.pages.conftest import ago, furnish, owner_token, share_token

PARTS = ("", "/progress", "/card.svg", "/card.png")
HERE = {"sec-fetch-site": "same-origin"}


def gone_twins(door: Door) -> list[str]:
    """Wrong, expired, revoked: tokens that open nothing."""
    revoked = share_token(door)
    path = f"/v1/profiles/member:1/shares/{revoked['share_id']}"
    assert door.ask("DELETE", path).json()["status"] == "revoked"
    return [revoked["token"], new_token("share"), new_token("owner"), "x", "s-", "s-" + "%C3%A9" * 15, "a" * 300]


@pytest.mark.parametrize("part", PARTS)
def test_what_is_gone_looks_like_what_never_was(cafe: Door, part: str) -> None:
    bodies = set()
    for token in gone_twins(cafe):
        found = cafe.get(f"/j/{token}{part}", "none")
        assert found.status_code == 404
        assert found.headers["cache-control"] == "private, no-store"
        kept = {name: value for name, value in found.headers.items() if name not in {"date", "x-request-id"}}
        bodies.add((found.text.replace(found.headers["x-request-id"], ""), str(sorted(kept.items()))))
    assert len(bodies) == 1


def test_what_is_gone_cannot_be_acted_with(cafe: Door) -> None:
    bodies = set()
    share = share_token(cafe)["token"]
    for token in [*gone_twins(cafe), share]:
        for act, body in (
            ("light", {"journey": "first_cup", "stage": "photo"}),
            ("share", {"journey": "first_cup"}),
            ("revoke", {"share": "0" * 16}),
        ):
            found = cafe.post(f"/j/{token}/{act}", "none", json=body)
            assert problem_of(found, 404)["code"] == "unknown_link"
            bodies.add(found.text.replace(found.headers["x-request-id"], ""))
    assert len(bodies) == 1


def test_taking_a_link_back_works_on_the_very_next_request(cafe: Door) -> None:
    for _ in range(20):
        made = share_token(cafe)
        assert cafe.get(f"/j/{made['token']}", "none").status_code == 200
        assert cafe.ask("DELETE", f"/v1/profiles/member:1/shares/{made['share_id']}").status_code == 200
        assert cafe.get(f"/j/{made['token']}", "none").status_code == 404


def test_pages_may_load_nothing_and_are_kept_nowhere(cafe: Door) -> None:
    for token in (owner_token(cafe), share_token(cafe)["token"]):
        for part in PARTS:
            found = cafe.get(f"/j/{token}{part}", "none")
            assert found.status_code == 200
            assert found.headers["cache-control"] == "private, no-store"
            assert found.headers["referrer-policy"] == "no-referrer"
            assert found.headers["x-robots-tag"] == "noindex, nofollow"
            assert found.headers["x-content-type-options"] == "nosniff"
            policy = found.headers.get("content-security-policy", "default-src 'none'")
            assert policy.startswith("default-src 'none'")
            assert "unsafe" not in policy
            assert "http" not in policy
            assert "set-cookie" not in found.headers


def test_a_shared_page_says_nothing_about_the_person(cafe: Door) -> None:
    made = share_token(cafe)
    profile = cafe.get("/v1/profiles/member:1").json()
    secrets = ["SECRET", "member:", profile["profile_id"], made["share_id"], "undetermined", "未定", "high_end", "mass"]
    secrets += [tag["key"] for tag in profile["tags"]] + [tag["name"] for tag in profile["tags"]]
    secrets += [made["token"]]
    for part in PARTS[:3]:
        for language in ("zh", "en"):
            text = cafe.get(f"/j/{made['token']}{part}", "none", headers={"accept-language": language}).text
            assert not [secret for secret in secrets if secret in text], part
            moments = re.findall(r"\d\d:\d\d:\d\d", text)  # of the answer itself, not of what he did
            assert len(moments) == (2 if part == "/progress" else 0)


def test_after_a_refund_he_reads_why_and_his_friends_do_not(cafe: Door) -> None:
    mine = owner_token(cafe, "member:4")
    friends = share_token(cafe, "member:4")["token"]
    why = {"zh": "因订单退款，这一步回到待点亮", "en": "because of the refund, this step is to be lit again"}
    for language, text in why.items():
        said = {"accept-language": language}
        assert text in cafe.get(f"/j/{mine}", "none", headers=said).text
        assert text not in cafe.get(f"/j/{friends}", "none", headers=said).text
    told = cafe.get(f"/j/{mine}/progress", "none").text
    assert all(text in told for text in why.values())
    assert not [secret for secret in ("SECRET", "order_refunded") if secret in told]
    assert "dimmed" not in cafe.get(f"/j/{friends}/progress", "none").text
    (run,) = [each for each in cafe.get("/v1/profiles/member:4").json()["journeys"] if each["journey"] == "first_cup"]
    dark = {each["stage"]: each["dimmed"]["because"] for each in run["stages"] if "dimmed" in each}
    assert dark.popitem()[1] == {
        "code": "reversed", "event": "order_refunded", "text": "因“退款”不再点亮",
        "text_en": "no longer lit: taken back by Order refunded",
    }  # fmt: skip


def test_progress_for_mini_programs_has_what_they_need(cafe: Door) -> None:
    made = share_token(cafe)
    assert made["path"] == f"/pages/journey/index?scene={made['token']}"
    assert (made["scene"], made["image"]) == (made["token"], f"/j/{made['token']}/card.png")
    assert len(made["scene"]) == 32
    shown = cafe.get(f"/j/{made['token']}/progress", "none").json()
    assert (shown["kind"], [run["journey"] for run in shown["journeys"]]) == ("share", ["first_cup"])
    mine = cafe.get(f"/j/{owner_token(cafe)}/progress", "none").json()
    assert {"journeys", "shares", "expires_at"} <= mine.keys()
    assert made["share_id"] in {each["share_id"] for each in mine["shares"]}
    assert "token" not in json.dumps(mine)


@pytest.mark.parametrize(
    ("accepted", "query", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "zh-CN"),
        ("en-GB,en;q=0.9", "", "en"),
        ("fr,en;q=0.5,zh;q=0.4", "", "en"),
        ("", "", "zh-CN"),
        ("fr", "", "zh-CN"),
        ("en;q=x,zh;q=0.1", "", "zh-CN"),
        ("en", "?lang=zh", "zh-CN"),
        ("zh", "?lang=en&scene=x", "en"),
    ],
)
def test_the_language_is_the_readers(cafe: Door, accepted: str, query: str, language: str) -> None:
    token = share_token(cafe, "member:4")["token"]
    page = cafe.get(f"/j/{token}{query}", "none", headers={"accept-language": accepted})
    assert f'<html lang="{language}">' in page.text
    card = cafe.get(f"/j/{token}/card.svg{query}", "none", headers={"accept-language": accepted})
    assert card.status_code == 200


def test_the_picture_is_five_to_four_and_small_enough_for_a_chat(cafe: Door) -> None:
    found = cafe.get(f"/j/{share_token(cafe)['token']}/card.png", "none")
    assert (int.from_bytes(found.content[16:20], "big"), int.from_bytes(found.content[20:24], "big")) == (1000, 800)
    assert len(found.content) < 128 * 1024


def test_the_owner_lights_shares_and_takes_back(cafe: Door) -> None:
    token = owner_token(cafe, "member:2")
    asked = {"journey": "first_cup", "stage": "photo"}
    lit = cafe.post(f"/j/{token}/light", "none", json=asked, headers=HERE)
    assert (lit.status_code, lit.json()["status"]) == (200, "accepted")
    again = cafe.post(f"/j/{token}/light", "none", data=asked, headers=HERE)
    assert (again.status_code, again.headers["location"]) == (303, f"../{token}")
    made = cafe.post(f"/j/{token}/share", "none", json={"journey": "first_cup", "days": 1}, headers=HERE)
    assert made.status_code == 201
    friend = owner_token(cafe, "member:3")
    help_ = {"journey": "first_cup", "stage": "cheers", "share": made.json()["token"]}
    for status in ("accepted", "already"):
        assert cafe.post(f"/j/{friend}/light", "none", json=help_).json() == {"status": status}
    page = cafe.post(f"/j/{token}/share", "none", data={"journey": "first_cup"})
    assert page.status_code == 200
    fresh = re.findall(r'value="http[^"]*/j/(s-\w+)"', page.text)
    assert cafe.get(f"/j/{fresh[0]}", "none").status_code == 200
    for way in ({"json": {"share": made.json()["share_id"]}}, {"data": {"share": made.json()["share_id"]}}):
        assert cafe.post(f"/j/{token}/revoke", "none", **way).status_code in {200, 303}
    assert cafe.get(f"/j/{made.json()['token']}", "none").status_code == 404
    assert cafe.get(f"/j/{fresh[0]}", "none").status_code == 200


def test_refusals_are_told_as_pages_to_people_and_as_problems_to_programs(cafe: Door) -> None:
    token = owner_token(cafe)
    asked = {"journey": "first_cup", "stage": "order"}
    page = cafe.post(f"/j/{token}/light", "none", data=asked, headers={"accept-language": "en"})
    assert page.status_code == 409
    assert "not for users to light" in page.text
    assert problem_of(cafe.post(f"/j/{token}/light", "none", json=asked), 409)["code"] == "not_for_users"
    assert cafe.post(f"/j/{token}/light", "none", data={"x": "y"}).status_code == 422
    assert cafe.post(f"/j/{token}/light", "none", content=b"\xff&&==;&" * 500).status_code == 422
    assert cafe.post(f"/j/{token}/light", "none", json={"journey": "first_cup"}).status_code == 422
    assert cafe.post(f"/j/{token}/share", "none", json={"journey": "first_cup", "days": 91}).status_code == 422
    assert problem_of(cafe.post(f"/j/{token}/revoke", "none", json={"share": "x"}), 404)["code"] == "unknown_share"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"origin": "null"}, 200),
        ({}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "x"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "garbage"}, 403),
    ],
)
def test_only_the_page_itself_may_act(cafe: Door, headers: dict[str, str], status: int) -> None:
    token = owner_token(cafe)
    asked = {"journey": "first_cup", "stage": "photo"}
    assert cafe.post(f"/j/{token}/light", "none", json=asked, headers=headers).status_code == status
    own = {"origin": cafe.url}
    assert cafe.post(f"/j/{token}/light", "none", json=asked, headers=own).status_code == 200


def test_who_came_by_a_link_is_counted_for_the_sharer(cafe: Door) -> None:
    made = share_token(cafe, "member:4")
    joined = {"event_id": "j9", "identity": "member:77", "type": "member_joined", "occurred_at": ago(0),
              "source": "app", "properties": {"share": made["token"]}}  # fmt: skip
    for status in ("accepted", "duplicate"):
        assert cafe.record(joined)["results"][0]["status"] == status
    (link,) = [
        each
        for each in cafe.get("/v1/profiles/member:4/shares").json()["items"]
        if each["share_id"] == made["share_id"]
    ]
    assert link["sign_ups"] == 1
    assert "advocate" in [tag["key"] for tag in cafe.get("/v1/profiles/member:4").json()["tags"]]
    top = cafe.get("/v1/shares?days=7&limit=5").json()["items"]
    assert top[0]["share_id"] == made["share_id"]


def test_logs_hold_neither_tokens_nor_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a process of its own writes when it is asked to write everything, its libraries' words too."""
    monkeypatch.setenv("LANTERN_LOG_LEVEL", "debug")
    written = tmp_path / "words"
    with service(f"sqlite:///{tmp_path / 'lantern.db'}", written) as (running, url):
        running.start()
        until_ready(running, url)
        door = Door(url=url, keys={"admin": KEY})
        furnish(door)
        share, owner = share_token(door)["token"], owner_token(door)
        for token in (share, owner, "s-" + "1" * 30):
            for part in PARTS:
                door.get(f"/j/{token}{part}", "none")
        door.post(f"/j/{owner}/light", "none", json={"journey": "first_cup", "stage": "photo"})
        door.client.close()
        running.stop()
    said = written.read_text()
    assert "/j/{token}/card.png" in said
    for secret in (share, owner, KEY, "member:1", "member%3A1", "SECRET"):
        assert secret not in said


def test_thousands_of_guesses_over_http_find_nothing(cafe: Door) -> None:
    found = {cafe.get(f"/j/{new_token('share')}/progress", "none").status_code for _ in range(2_000)}
    assert found <= {404, 429}


def test_who_asks_too_often_waits_and_who_guesses_wrong_holds_up_nobody(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that stands still: an allowance that refills because a machine is slow is no fault."""
    clock = [0.0]
    monkeypatch.setattr(pace, "get_running_loop", lambda: SimpleNamespace(time=lambda: clock[0]))
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}", page_rate=10) as door:
        draft = {"playbook": "p", "journeys": {"first_cup": {"enter": {"event": "v"}, "stages": [
            {"stage": "a", "phase": "in_sale", "completed_by": {"event": "v"}}]}}}  # fmt: skip
        assert door.ask("PUT", "/v1/playbook/draft", json=draft).status_code == 200
        assert door.post("/v1/playbook/draft:publish", json={}).status_code == 200
        door.record({"event_id": "1", "identity": "member:1", "type": "v", "occurred_at": ago(1), "source": "app"})
        statuses = [door.get(f"/j/{new_token('share')}", "none").status_code for _ in range(15)]
        assert (statuses[:10], set(statuses[10:])) == ([404] * 10, {429})
        good = share_token(door)["token"]
        assert [door.get(f"/j/{good}", "none").status_code for _ in range(10)] == [200] * 10
        slow = door.get(f"/j/{good}", "none")
        assert (slow.status_code, int(slow.headers["retry-after"])) == (429, 7), "the next is there after six"
        assert problem_of(door.get(f"/j/{good}/progress", "none"), 429)["code"] == "too_many_requests"
        assert door.get(f"/j/{share_token(door)['token']}", "none").status_code == 200
        clock[0] += 7
        assert [door.get(f"/j/{good}", "none").status_code for _ in range(2)] == [200, 429]
