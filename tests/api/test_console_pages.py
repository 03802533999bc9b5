"""What the console shows: words for everything, people without their phones in addresses, tags without YAML."""

import re
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import nodes
from ruamel.yaml import YAML

from service.api.console.curves import bars, curve
from service.api.console.drawing import LETTERS, ROW, STEP, THICK, THIN, Picture, picture
from service.api.console.paper import HERE, PAPER
from service.api.console.words import ENTER, FRAME, HOME, PEOPLE, WORDS
from service.api.console.words_of_journeys import JOURNEYS
from service.api.console.words_of_work import KINDS, PLAYBOOK, TAGS
from service.core.enrollment import KINDS as BREAKS
from service.core.enrollment import STATUSES
from service.usecases.tag_templates import COMPARISONS, FILTERS, TEMPLATES
from tests.api.consoling import Page, visitor, words_in
from tests.api.serving import Door, opened, order, with_keys

LATELY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
COMMENTED = """
playbook: shop
name: 小店
events:
  order_paid:
    name: 支付订单
    properties: {order_id: string, amount: {type: money, name: 实付金额}}
tag_groups:
  spending: {name: 消费}
tags:
  # 老板说：三次算常客
  frequent_buyer: {name: 常客, group: spending, when: {count: {event: order_paid, within: 30d}, gte: 3}}
  sorted_out: {name: 手写的, when: {any: [{tag: frequent_buyer}, {always: false}]}}
"""
WRITTEN = {
    "key": "big_spender", "name": "大客户", "group": "spending", "template": "sum", "field": "order_paid/amount",
    "days": "90", "compare": "gte", "amount": "50",
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Generator[Door]:
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}") as plain:
        door = with_keys(plain)
        headers = {"Content-Type": "application/yaml"}
        assert door.ask("PUT", "/v1/playbook/draft", content=COMMENTED.encode(), headers=headers).status_code == 200
        assert door.post("/v1/playbook/draft:publish", json={"note": "first"}).status_code == 200
        door.record(*(order(f"e{n}", f"member:{n % 2 + 1}", LATELY) for n in range(6)))
        door.record(order("p1", "phone:+8613800138000", LATELY))
        yield door


# ---- words


def test_every_word_is_said_and_every_word_that_is_said_is_there() -> None:
    """Those that a key chooses, such as `kind_stalled`, are held against the keys there are."""
    assert len(WORDS) == sum(map(len, (FRAME, ENTER, HOME, PEOPLE, JOURNEYS, PLAYBOOK, TAGS, KINDS))), (
        "one meaning each"
    )
    used, chosen = set[str](), set[str]()
    for path in sorted((HERE / "templates").iterdir()):
        tree = PAPER.parse(path.read_text(encoding="utf-8"))
        for each in tree.find_all(nodes.Getattr):
            if isinstance(each.node, nodes.Name) and each.node.name == "w":
                used.add(each.attr)
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "word":
                first = call.args[0]
                assert isinstance(first, nodes.Const)
                chosen.add(first.value)
    code = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("*.py"))
    used |= set(re.findall(r"\bwords\.(\w+)", code)) | set(re.findall(r'\["w"\]\.(\w+)', code))
    assert used - WORDS.keys() == set()
    left = {name for name in WORDS.keys() - used if name.partition("_")[0] not in chosen}
    assert left == set()


@pytest.mark.parametrize(
    ("kind", "keys"),
    [("kind", BREAKS), ("status", STATUSES), ("template", TEMPLATES), ("form", COMPARISONS), ("field", FILTERS),
     ("source", ("user", "manual", "rule", "import")), ("phase", ("pre_sale", "in_sale", "after_sale")),
     ("state", ("lit", "current", "skipped", "ahead", "beside"))],
)  # fmt: skip
def test_every_key_has_its_word(kind: str, keys: tuple[str, ...]) -> None:
    assert {f"{kind}_{key}" for key in keys} <= WORDS.keys()


def test_words_take_as_much_in_both_languages() -> None:
    for name, (zh, en) in WORDS.items():
        assert zh.strip()
        assert en.strip()
        assert zh.count("%s") == en.count("%s"), name


# ---- people


def test_a_person_is_found_without_his_phone_in_the_address(shop: Door) -> None:
    lily = visitor(shop, "operator")
    answer = lily.send("/people", {"identity": " phone:+8613800138000 "})
    assert re.fullmatch(r"/console/people/[0-9a-f]{16}", answer.headers["location"])
    page = lily.ask("GET", answer.headers["location"])
    assert "phone:+86138••••8000" in page.text
    assert "13800138000" not in page.text


def test_nobody_is_found(shop: Door) -> None:
    lily = visitor(shop, "operator", **{"accept-language": "en"})
    for path, who, status in (("/people", "member:77", 404), ("/people", "nonsense", 404), ("/people", "", 404)):
        answer = lily.send(path, {"identity": who})
        assert answer.status_code == status
        assert "there is no such profile" in words_in(answer.text)
    assert lily.get("/people/0123456789abcdef").status_code == 404
    assert "no such page" in words_in(lily.get("/nowhere/at/all").text)


def test_from_a_tag_to_its_people_to_the_evidence(shop: Door) -> None:
    lily = visitor(shop, "operator")
    found = lily.get("/people?tag=frequent_buyer")
    assert "符合条件 2 人" in words_in(found.text)
    person = next(each for each in Page(found.text).links if re.fullmatch(r"/console/people/[0-9a-f]{16}", each))
    shown = lily.ask("GET", person)
    assert "常客" in shown.text
    assert "≥ 3 次" in words_in(shown.text)
    story = lily.ask("GET", next(each for each in Page(shown.text).links if each.endswith("/tags/frequent_buyer")))
    assert "e4" in words_in(story.text)
    assert "共 3 条" in words_in(story.text)


def test_lists_are_paged(shop: Door) -> None:
    shop.record(*(order(f"m{n}", f"member:{n // 3 + 10}", LATELY) for n in range(75)))
    lily = visitor(shop, "operator")
    path, seen = "/console/people?tag=frequent_buyer", list[str]()
    while path:
        page = Page(lily.ask("GET", path).text)
        seen += [each for each in page.links if re.fullmatch(r"/console/people/[0-9a-f]{16}", each)]
        path = next((str(attributes["href"]) for _, attributes in page.elements if attributes.get("rel") == "next"), "")
    assert len(seen) == len(set(seen)) == 27


# ---- following a breakpoint up


def stuck(shop: Door) -> str:
    """Somebody does not get on; where his breakpoint has its page."""
    journey = {
        "name": "取餐", "name_en": "Pick-up", "enter": {"event": "order_paid"},
        "stages": [
            {"stage": "pay", "phase": "in_sale", "name": "支付", "completed_by": {"event": "order_paid"}},
            {"stage": "ready", "phase": "in_sale", "name": "制作", "name_en": "Making", "stalled_after": "10m",
             "completed_by": {"event": "feedback_given"}},
        ],
    }  # fmt: skip
    assert shop.ask("PUT", "/v1/playbook/draft/journeys/pickup", json=journey).status_code == 200
    assert shop.post("/v1/playbook/draft:publish", json={"note": "", "confirm": 3}).status_code == 200
    shop.record(order("late", "member:9", LATELY))
    listed = visitor(shop, "operator").get("/breakpoints?journey=pickup&kind=stalled")
    path = next(each for each in Page(listed.text).links if re.fullmatch(r"/console/breakpoints/[\w-]+", each))
    return path.removeprefix("/console")


def test_a_breakpoint_is_given_to_somebody(shop: Door) -> None:
    path, lily = stuck(shop), visitor(shop, "operator")
    assert "制作" in words_in(lily.get(path).text)
    assert lily.send(path, {"text": "已致歉", "assigned_to": "李店长"}).status_code == 303
    assert lily.send(path, {"text": "回访过", "assigned_to": "李店长"}).status_code == 303
    said = words_in(lily.get(path).text)
    assert said.count("→ 李店长") == 1, "given once, however often the form says so"
    assert "回访过" in said
    assert "1" in words_in(lily.get("/breakpoints?assigned_to=李店长").text)
    assert lily.send(path, {"text": "", "assigned_to": "李店长"}).status_code == 422, "nothing was said"
    assert lily.send(path, {"text": "x" * 1001}).status_code == 422
    assert lily.send(path, {"assigned_to": "", "text": ""}).status_code == 303
    assert "→ —" in words_in(lily.get(path).text)
    assert lily.get("/breakpoints/WyJmZmZmZmZmZmZmZmZmZmZmIiwiYSIsIiIsImIiLCJjIiwxXQ").status_code == 404


def test_a_breakpoint_is_told_in_the_language_of_whoever_reads(shop: Door) -> None:
    """In the list, on its own page, and where people are looked for; from a person's picture one comes to it."""
    path = stuck(shop)
    tom = visitor(shop, "operator")
    person = next(each for each in Page(tom.get(path).text).links if "/console/people/" in each)
    assert f"/console{path}" in Page(tom.get(person.removeprefix("/console")).text).links
    ann = visitor(shop, "operator", **{"accept-language": "en-GB"})
    for page in ("/breakpoints?journey=pickup&kind=stalled", path, "/people?tag=frequent_buyer"):
        zh, en = (each.get(page).text for each in (tom, ann))
        assert [name in zh for name in ("取餐", "制作", "Pick-up", "Making")] == [True, True, False, False], page
        assert [name in en for name in ("Pick-up", "Making")] == [True, True], page
        assert page.startswith("/people") or not any(name in en for name in ("取餐", "制作")), page


def test_a_choice_is_offered_once(shop: Door) -> None:
    """Some kinds have two causes, and one name."""
    page = Page(visitor(shop, "operator").get("/breakpoints").text)
    offered = [attributes.get("value") for tag, attributes in page.elements if tag == "option"]
    assert {kind: offered.count(kind) for kind in BREAKS} == dict.fromkeys(BREAKS, 1)


def test_what_a_number_leads_to_is_what_was_counted(shop: Door) -> None:
    """Of the days and of the class that were chosen on the page of the journey."""
    stuck(shop)
    lily = visitor(shop, "operator")
    for days in ("7", "28", "90"):
        page = lily.get(f"/breakpoints?journey=pickup&kind=stalled&state=all&days={days}").text
        assert f'<option value="{days}" selected>' in page
    long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    shop.record(order("old", "member:40", long_ago))
    numbers = [
        len(
            [
                link
                for link in Page(lily.get(f"/breakpoints?kind=stalled&state=all&{query}").text).links
                if "/people/" in link
            ]
        )
        for query in ("days=28", "days=90", "days=90&persona=undetermined", "days=90&persona=mass")
    ]
    assert numbers[1:] == [numbers[0] + 1, numbers[0] + 1, 0]
    of_mass = Page(lily.get("/journeys/pickup?days=28&persona=mass").text).links
    assert all("persona=mass" in link for link in of_mass if "/breakpoints?" in link)
    whole = Page(lily.get("/journeys/pickup?days=28").text).links
    assert any("days=28" in link and "/breakpoints?" in link for link in whole)


# ---- writing a tag


def test_a_tag_is_written_by_form_without_a_script(shop: Door) -> None:
    lily = visitor(shop, "operator")
    shown = lily.send("/tags/new", {**WRITTEN, "do": "preview"})
    assert shown.status_code == 200
    assert "大客户：近 90 天支付订单的实付金额合计 ≥ ¥50" in words_in(shown.text)
    assert "2 人符合（全部 3 人都数过）" in words_in(shown.text)
    assert "big_spender" not in shop.get("/v1/playbook/draft").text, "a preview saves nothing"
    saved = lily.send("/tags/new", {**WRITTEN, "do": "save"})
    assert saved.headers["location"] == "/console/tags?saved=big_spender"
    assert "已保存到草稿：大客户" in words_in(lily.ask("GET", saved.headers["location"]).text)
    draft = shop.get("/v1/playbook/draft").json()
    assert draft["playbook"]["tags"]["big_spender"] == {
        "name": "大客户", "group": "spending",
        "when": {"sum": {"event": "order_paid", "property": "amount", "within": "90d"}, "gte": 50},
    }  # fmt: skip
    assert "# 老板说：三次算常客" in draft["source"], "the rest stays as it was written"
    assert draft["saved_by"] == "operator"


def test_a_tag_is_opened_changed_and_saved(shop: Door) -> None:
    lily = visitor(shop, "operator")
    page = Page(lily.get("/tags/frequent_buyer").text)
    assert (page.field("name"), page.field("days"), page.field("amount")) == ("常客", "30", "3")
    given = {
        "name": "常客",
        "name_en": "Regular",
        "template": "count",
        "event": "order_paid",
        "days": "7",
        "amount": "2",
        "mark": page.field("mark"),
    }
    assert lily.send("/tags/frequent_buyer", {**given, "do": "save"}).status_code == 303
    tag = shop.get("/v1/playbook/draft/tags/frequent_buyer").json()["value"]
    assert tag["when"] == {"count": {"event": "order_paid", "within": "7d"}, "gte": 2}
    assert Page(lily.get("/tags/frequent_buyer").text).field("name_en") == tag["name_en"] == "Regular"
    stale = lily.send("/tags/frequent_buyer", {**given, "amount": "9", "do": "save"})
    assert stale.status_code == 412
    assert "刚被别人改过" in words_in(stale.text)
    assert shop.get("/v1/playbook/draft/tags/frequent_buyer").json()["value"] == tag


def test_whom_the_draft_would_change(shop: Door) -> None:
    lily = visitor(shop, "operator")
    lily.send("/tags/new", {**WRITTEN, "do": "save"})
    made = lily.send("/playbook/preview", at="/playbook")
    page = words_in(lily.ask("GET", made.headers["location"]).text)
    assert "约 2 人会变" in page
    assert "大客户 得到 2" in page
    assert "近 90 天支付订单的实付金额合计 ¥55.5（要求 ≥ ¥50）" in page
    assert len(shop.get("/v1/playbook/versions").json()["items"]) == 1


def test_what_is_taken_or_wrong_is_said(shop: Door) -> None:
    lily = visitor(shop, "operator")
    taken = lily.send("/tags/new", {**WRITTEN, "key": "frequent_buyer", "do": "save"})
    assert taken.status_code == 409
    wrong = lily.send("/tags/new", {**WRITTEN, "key": "大", "days": "x", "do": "save"})
    assert wrong.status_code == 422
    assert "天数应为 1 到 1100 的整数" in words_in(wrong.text)
    assert Page(wrong.text).field("amount") == "50", "what was typed is still there"
    assert lily.send("/tags/gone", {**WRITTEN, "do": "save"}, at="/tags/new").status_code == 412
    own = lily.send("/tags/new", {**WRITTEN, "field": "order_paid/order_id", "do": "live"})
    assert own.status_code == 200
    assert "order_id" in own.text, "what the playbook has against it"
    assert "<html" not in own.text, "a live answer is only the part that changes"


def test_a_tag_that_says_more_is_left_to_its_author(shop: Door) -> None:
    page = visitor(shop, "operator").get("/tags/sorted_out")
    assert "YAML" in page.text
    assert "<form" not in page.text.partition("<main")[2]


def test_a_viewer_without_the_scope_gets_no_form(shop: Door) -> None:
    assert visitor(shop, "app").get("/tags").status_code == 403


# ---- a journey in the reader's language


def test_a_journey_is_told_in_the_language_of_whoever_reads(tmp_path: Path) -> None:
    coffee = Path("playbooks/coffee.yaml")
    journey = YAML(typ="safe").load(coffee)["journeys"]["order_to_pickup"]
    told = [
        (of, name) for of in (journey, *journey["stages"]) for name in ("name", "theme", "value", "goal", "benefit")
    ]
    zh, en = ([of[name + end] for of, name in told if name in of] for end in ("", "_en"))
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}") as plain:
        door, headers = with_keys(plain), {"Content-Type": "application/yaml"}
        door.ask("PUT", "/v1/playbook/draft", content=coffee.read_bytes(), headers=headers)
        assert door.post("/v1/playbook/draft:publish", json={"note": "first"}).status_code == 200
        lily = visitor(door, "operator")
        pages = {language: lily.get(f"/journeys/order_to_pickup?lang={language}").text for language in ("zh", "en")}
    assert [each for each in zh if each not in pages["zh"]] == [each for each in en if each not in pages["en"]] == []
    assert [each for each in zh if each in pages["en"]] == [each for each in en[1:] if each in pages["zh"]] == []


# ---- the picture of a journey


def stage(key: str, *following: str, back: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {
        "stage": key, "name": key, "name_en": None, "phase": "in_sale", "here": 0, "breakpoints": {},
        "next": list(following), "back": list(back), **more,
    }  # fmt: skip


def drawn(*stages: Mapping[str, Any], taken: Mapping[str, int] | None = None, language: str = "zh") -> Picture:
    """The map with so many on each way, such as `a-b`; every stage has the health of its name's place in the row."""
    flow = {"edges": [{"from": way[0], "to": way[2], "n": n} for way, n in (taken or {}).items()]}
    health = {"stages": [{"stage": each["stage"], "score": 70, "n": {"steps": each["here"]}} for each in stages]}
    return picture(
        {"stages": list(stages)}, {"edges": [{"from": None, "to": "a", "n": 999}, *flow["edges"]]}, health, language
    )


def places(*stages: Mapping[str, Any]) -> dict[Any, tuple[int, int]]:
    found = drawn(*stages)
    assert all(0 <= each.x <= found.width and 0 <= each.y <= found.height for each in found.circles)
    return {each.stage["stage"]: (each.x, each.y) for each in found.circles}


def test_stages_in_a_row_and_branches_side_by_side() -> None:
    found = places(stage("a", "b", "c"), stage("b", "d"), stage("c", "d"), stage("d"))
    assert found["b"][0] == found["c"][0] == found["a"][0] + STEP
    assert found["c"][1] - found["b"][1] == ROW
    assert found["a"][1] == found["d"][1] == (found["b"][1] + found["c"][1]) // 2
    assert found["d"][0] == found["a"][0] + 2 * STEP


def test_circles_do_not_touch() -> None:
    found = places(stage("a", "b", "c", here=900), stage("b", here=900), stage("c", here=900), stage("lonely", here=1))
    spots = list(found.values())
    for i, one in enumerate(spots):
        for other in spots[i + 1 :]:
            assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) > 100


def test_lines_lead_on_over_and_back() -> None:
    found = drawn(stage("a", "b", "c"), stage("b", "c", back=("b",)), stage("c", back=("a",)))
    assert [each.back for each in found.lines] == [False, False, False, True, True]
    assert all(re.fullmatch(r"M[\d. -]+C[\d. -]+", each.path) for each in found.lines)
    assert all(0 <= each.x <= found.width and 0 <= each.y <= found.height for each in found.lines)
    assert {each.n for each in found.lines} == {0}


def test_lines_are_as_thick_as_they_are_busy() -> None:
    """Ways that are none of the playbook's are thin, and drawn only if many took them."""
    row = stage("a", "b"), stage("b", "c"), stage("c", "d"), stage("d")
    taken = {"a-b": 100, "b-c": 50, "c-d": 0, "a-c": 10, "b-d": 9, "d-a": 30, "b-b": 80, "x-a": 70}
    found = {(each.n, each.own, each.back): each.width for each in drawn(*row, taken=taken).lines}
    assert found == {
        (100, False, False): THICK, (50, False, False): (THIN + THICK) / 2, (0, False, False): THIN,
        (10, True, False): THIN, (30, True, True): THIN,
    }  # fmt: skip


def test_names_are_broken_in_two_lines() -> None:
    found = drawn(stage("a", name="很长很长的阶段名字一二三四五六七八九"), stage("b", name_en="x" * 99), language="en")
    for circle in found.circles:
        assert len(circle.lines) == 2
        assert all(sum(1 if letter.isascii() else 2 for letter in line) <= LETTERS + 1 for line in circle.lines)
        assert circle.lines[1].endswith("…")
    assert drawn(stage("a", name="短")).circles[0].lines == ("短",)
    assert drawn(stage("a", name_en="Somebody is sent"), language="en").circles[0].lines == ("Somebody is", "sent")
    assert drawn(stage("a", name_en="Fourteen small"), language="en").circles[0].lines == ("Fourteen small",)


def test_more_people_more_room_and_health_where_there_is_any() -> None:
    nobody, few, many = drawn(stage("a"), stage("b", here=1), stage("c", here=100)).circles
    assert nobody.r < few.r < many.r
    assert (nobody.score, few.score) == (None, 70)


# ---- small pictures


def rated(stage: str, n: int, mean: float | None, before: float | None = None) -> dict[str, Any]:
    return {"stage": stage, "n": n, "mean": mean, "before": {"mean": before}}


def test_the_curve_leads_through_the_stages_that_were_rated() -> None:
    found = curve([rated("a", 4, 5.0, 1.0), rated("b", 0, None), rated("c", 1, 1.0, 5.0)])
    assert found is not None
    assert [(each.stage, each.n) for each in found.dots] == [("a", 4), ("c", 1)]
    high, low = found.dots
    assert (high.x, low.x - high.x) == (found.columns[0][1], 2 * (found.columns[1][1] - found.columns[0][1]))
    assert (high.y, low.y) == (dict(found.levels)[5], dict(found.levels)[1])
    assert high.r > low.r
    assert found.path == f"M{high.x} {high.y}L{low.x} {low.y}"
    assert found.before == f"M{high.x} {low.y}L{low.x} {high.y}"
    assert all(0 < each.x < found.width and 0 < each.y < found.height for each in found.dots)
    assert curve([rated("a", 0, None, 3.0)]) is None


def test_bars_of_days() -> None:
    days = [{"day": "2026-01-01", "n": 1}, {"day": "2026-01-02", "n": 4}, {"day": "2026-01-03", "n": 0}]
    found = bars(days, "2026-01-02")
    assert (found.top, found.width, found.since) == (("2026-01-02", 4), 30, 10)
    assert [tall for _, _, tall in found.days] == [15, 60, 0]
    assert bars(days, None).since is None


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(0, "0", "0"), (7, "7", "7"), (87, "87", "87"), (873, "870", "870"), (9_951, "1 万", "10,000"),
     (123_456, "12 万", "120,000"), (1_250_000, "120 万", "1,200,000")],
)  # fmt: skip
def test_estimates_are_said_as_people_say_them(value: int, zh: str, en: str) -> None:
    for language, said in (("zh", zh), ("en", en)):
        assert PAPER.from_string("{{ value | about }}").render(lang=language, value=value) == said
