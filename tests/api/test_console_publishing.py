"""Publishing, throwing away and steering work in the console: the rules of the use cases, in the words of staff."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.usecases import keys
from tests.api.consoling import Page, Visitor, visitor, words_in
from tests.api.serving import Door, opened, order, with_keys

LATELY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
BOOK = """
playbook: shop
events: {order_paid: {name: 支付订单, properties: {order_id: string, amount: {type: money, name: 实付金额}}}}
places: {north: {name: 北店}, south: {name: 南店}}
tags: {buyer: {name: 买过, when: {count: {event: order_paid}, gte: 2}}}
journeys:
  visit:
    name: 来店
    enter: {event: order_paid}
    stages:
      - {stage: pay, name: 付款, phase: in_sale, completed_by: {event: order_paid}}
      - {stage: say, name: 评价, phase: after_sale, completed_by: {event: feedback_given}, stalled_after: 10m}
"""
PEOPLE = 120
TAG = {"name": "常客", "template": "count", "event": "order_paid", "amount": "1", "do": "save"}


def open_shop(door: Door) -> Door:
    headers = {"Content-Type": "application/yaml"}
    assert door.ask("PUT", "/v1/playbook/draft", content=BOOK.encode(), headers=headers).status_code == 200
    assert door.post("/v1/playbook/draft:publish", json={"note": "first"}).status_code == 200
    door.record(*(order(f"e{n}", f"member:{n + 1}", LATELY) | {"place": place_of(n)} for n in range(PEOPLE)))
    return door


def place_of(n: int) -> str:
    return "north" if n % 3 == 0 else "south"


@pytest.fixture
def shop(tmp_path: Path) -> Generator[Door]:
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}") as plain:
        yield open_shop(with_keys(plain))


def drafting(door: Door, actor: str = "operator", key: str = "regular") -> Visitor:
    somebody = visitor(door, actor)
    assert somebody.send("/tags/new", {**TAG, "key": key}).status_code == 303
    return somebody


def versions(door: Door) -> int:
    return len(door.get("/v1/playbook/versions").json()["items"])


def test_from_the_draft_to_what_is_in_force(shop: Door) -> None:
    lily = drafting(shop)
    page = lily.get("/playbook/publish").text
    assert "新增" in words_in(page)
    assert 'name="note"' not in page, "first one looks whom it changes"
    assert lily.send("/playbook/preview").headers["location"] == "/console/playbook/publish"
    shown = lily.get("/playbook/publish").text
    assert "约 120 人会变" in words_in(shown)
    given = {"etag": Page(shown).field("etag"), "note": "试试"}
    unticked = lily.send("/playbook/publish", given)
    assert (unticked.status_code, versions(shop)) == (409, 1)
    assert "还没有发布" in words_in(unticked.text)
    assert "confirm:" not in words_in(unticked.text), "no words of the API"
    for odd in ("119", "１２０", "9" * 99, "-120"):
        assert lily.send("/playbook/publish", {**given, "confirm": odd}).status_code == 409
    assert lily.send("/playbook/publish", {**given, "note": "x" * 501}).status_code == 422
    done = lily.send("/playbook/publish", {**given, "confirm": Page(shown).field("confirm")})
    assert done.headers["location"] == "/console/playbook?published=2"
    said = words_in(lily.ask("GET", done.headers["location"]).text)
    assert "第 2 版已经生效" in said
    assert "没有未发布的草稿" in said
    assert (
        shop.get("/v1/playbook/versions").json()["items"][0] | {"published_by": "operator", "note": "试试"}
        == (shop.get("/v1/playbook/versions").json()["items"][0])
    )
    assert lily.get("/playbook/publish").status_code == 404
    for number in ("1", "3", "x"):
        assert "已经生效" not in lily.get(f"/playbook?published={number}").text


def test_back_to_an_old_version(shop: Door) -> None:
    lily = drafting(shop)
    assert shop.post("/v1/playbook/draft:publish", json={"note": "", "confirm": PEOPLE}).status_code == 200
    assert "恢复这一版" not in lily.get("/playbook/versions/2").text, "it is in force"
    path = "/playbook/versions/1"
    assert lily.send(path).status_code == 422
    asked = lily.send(path, {"sure": "1"})
    assert (asked.status_code, "约 120 人会变" in words_in(asked.text), versions(shop)) == (409, True, 2)
    done = lily.send(path, {"sure": "1", "confirm": Page(asked.text).field("confirm")})
    assert done.headers["location"] == "/console/playbook?published=3"
    assert lily.send(path, {"sure": "1"}).status_code == 409, "it says the same as what is in force"
    assert lily.send("/playbook/versions/9", {"sure": "1"}, at="/playbook").status_code == 404


def test_two_people_never_overwrite_each_other(shop: Door) -> None:
    """What is published or thrown away is what was looked at; else everybody is told, and nothing happens."""
    lily, han = drafting(shop), visitor(shop, "admin")
    lily.send("/playbook/preview")
    seen = Page(lily.get("/playbook/publish").text)
    drafting(shop, "admin", "other")
    stale = {"etag": seen.field("etag"), "confirm": seen.field("confirm"), "sure": "1"}
    for path in ("/playbook/publish", "/playbook/discard", "/playbook/approve"):
        answer = lily.send(path, stale, at="/playbook")
        assert answer.status_code == 412, path
        assert "草稿被别人改过了" in words_in(answer.text)
        assert "tags/other" in words_in(answer.text), "the draft as it is now"
    assert (versions(shop), "other" in shop.get("/v1/playbook/draft").text) == (1, True)
    now = Page(han.get("/playbook/publish").text).field("etag")
    assert han.send("/playbook/discard", {"etag": now}, at="/playbook").status_code == 422, "it is said twice"
    assert han.send("/playbook/discard", {"etag": now, "sure": "1"}, at="/playbook").status_code == 303
    assert "草稿已丢弃" in words_in(han.get("/playbook?discarded=1").text)
    gone = lily.send("/playbook/publish", stale, at="/playbook")
    assert (gone.status_code, "草稿已经不在了" in words_in(gone.text)) == (404, True)


def test_a_draft_with_problems_says_so(shop: Door) -> None:
    shop.ask("PUT", "/v1/playbook/draft/tags/broken", json={"when": {"count": {"event": "nothing"}, "gte": 1}})
    page = words_in(visitor(shop, "operator").get("/playbook/publish").text)
    assert "1 处问题" in page
    assert "现在发布" not in page


def test_the_first_version_asks_nobody(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}") as plain:
        door = with_keys(plain)
        assert door.ask("PUT", "/v1/playbook/draft", json={"playbook": "new"}).status_code == 200
        lily = visitor(door, "operator")
        page = lily.get("/playbook/publish").text
        assert "这是第一版" in page
        done = lily.send("/playbook/publish", {"etag": Page(page).field("etag")})
        assert done.headers["location"] == "/console/playbook?published=1"


def test_who_may_not_sees_why(shop: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    job = shop.post("/v1/playbook/draft:preview", json={"everyone": True}).json()["job_id"]
    lily = drafting(shop)
    lily.send("/playbook/preview")
    less = keys.PRESETS["operator"] - {"playbook:publish"}
    monkeypatch.setattr(keys, "PRESETS", {**keys.PRESETS, "operator": less})
    page = lily.get("/playbook/publish").text
    assert "没有发布权限" in words_in(page)
    assert 'name="note"' not in page
    for path, given in (("/playbook/publish", {}), ("/playbook/approve", {}), (f"/jobs/{job}", {"do": "pause"})):
        assert lily.send(path, given, at="/playbook").status_code == 403
    assert "你的密钥没有" in words_in(lily.get(f"/jobs/{job}").text)
    assert lily.get(f"/jobs/{job}").text.count('value="pause"') == 0


def test_where_two_are_asked_for(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}", second_approver=True) as plain:
        door = with_keys(plain)
        assert door.ask("PUT", "/v1/playbook/draft", json={"playbook": "new"}).status_code == 200
        author, colleague = visitor(door, "admin"), visitor(door, "operator")
        assert "这里要求两个人" in words_in(author.get("/playbook/publish").text)
        page = colleague.get("/playbook/publish").text
        assert "现在发布" not in page
        assert (
            colleague.send("/playbook/approve", {"etag": Page(page).field("etag")}, at="/playbook").status_code == 303
        )
        ready = author.get("/playbook/publish").text
        assert "批准人 operator" in words_in(ready)
        assert author.send("/playbook/publish", {"etag": Page(ready).field("etag")}).status_code == 303


def test_work_is_paused_resumed_and_cancelled(shop: Door) -> None:
    drafting(shop)
    job = shop.post("/v1/playbook/draft:preview", json={"everyone": True}).json()["job_id"]
    lily = visitor(shop, "operator")
    for do, status, word in (("pause", 303, "已暂停"), ("pause", 409, ""), ("resume", 303, "进行中"), ("x", 422, ""),
                             ("cancel", 303, "已取消"), ("resume", 409, "")):  # fmt: skip
        answer = lily.send(f"/jobs/{job}", {"do": do})
        assert answer.status_code == status, do
        assert word in words_in(lily.get(f"/jobs/{job}").text)
    assert lily.send("/jobs/none", {"do": "pause"}, at="/jobs").status_code == 404


# ---- one's own shop


def test_ones_own_shop_is_one_choice_and_stays(shop: Door) -> None:
    north = len([n for n in range(PEOPLE) if place_of(n) == "north"])
    lily = visitor(shop, "operator")
    assert f"在走 {PEOPLE}" in words_in(lily.get("/journeys/visit").text)
    assert f"在走 {north}" in words_in(lily.get("/journeys/visit?place=north").text)
    assert lily.cookies["lantern-place"] == "north"
    for path in ("/journeys/visit", "/journeys", "/journeys/visit?days=90"):
        assert f"在走 {north}" in words_in(lily.get(path).text), path
    assert '<option value="north" selected>' in lily.get("/breakpoints").text
    for path in ("promises", "funnel", "lines", "compared"):
        assert '<option value="north" selected>' in lily.get(f"/journeys/visit/{path}").text
    assert f"在走 {PEOPLE}" in words_in(lily.get("/journeys/visit?place=").text)
    assert "lantern-place" not in lily.cookies
    lily.cookies.set("lantern-place", "closed%0d%0a", domain="127.0.0.1")
    assert f"在走 {PEOPLE}" in words_in(lily.get("/journeys/visit").text), "a shop that is gone is none"


QUERIES = ("days=1", "place=%00", "place=nowhere&channel=x&persona=y", "stage=say", "stage=nothing", "within=9",
           "within=3&without=failed&without=x&stage=pay")  # fmt: skip


def test_pages_of_a_journey_take_whatever_is_asked(shop: Door) -> None:
    lily = visitor(shop, "operator")
    for path in ("", "/promises", "/funnel", "/lines", "/compared"):
        for query in QUERIES:
            status = lily.get(f"/journeys/visit{path}?{query}").status_code
            assert status == (422 if (path, query) == ("/lines", "stage=nothing") else 200), (path, query)
        assert lily.get(f"/journeys/nothing{path}").status_code == 404


@pytest.mark.parametrize("query", ["journey=nothing", "stage=nothing", "journey=visit&stage=nothing", "kind=nothing"])
def test_breakpoints_of_what_there_is_not_are_no_empty_list(shop: Door, query: str) -> None:
    refused = visitor(shop, "operator").get(f"/breakpoints?{query}")
    assert refused.status_code == 422
    assert "没有" in words_in(refused.text)
