"""Staff at work in a real browser: with the mouse, the keyboard, on a phone, in both languages, without scripts."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.cli.coffee.month import month
from service.cli.simulation.arrivals import END
from service.core.event import MICRO
from tests.api.serving import Door, opened, with_keys
from tests.browser.looking import DESK, PHONE, log_in, looked_at, window

PLAYBOOK = (Path(__file__).parents[2] / "playbooks" / "coffee.yaml").read_bytes()
PEOPLE = 60
BROKEN, FREQUENT = "member:80000002", "member:80000001"  # of the month's cast
PAGES = ("", "/journeys", "/journeys/first_cup", "/journeys/member_growth", "/journeys/order_to_pickup?days=90",
         "/journeys/order_to_pickup/promises", "/journeys/order_to_pickup/funnel", "/journeys/first_cup/lines?days=90",
         "/journeys/order_to_pickup/compared", "/breakpoints",
         "/people", "/people?tag=frequent_buyer", "/tags", "/tags/new", "/tags/frequent_buyer", "/tags/spend_level",
         "/playbook", "/playbook/versions/1", "/playbook/diff", "/jobs", "/nowhere")  # fmt: skip


@pytest.fixture(scope="module")
def coffee(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    """A coffee chain's month, and the evening of its last day: it is the same whenever the tests run."""
    url = f"sqlite:///{tmp_path_factory.mktemp('console') / 'lantern.db'}"
    with opened(url, clock=lambda: int(END.timestamp()) * MICRO) as plain:
        door = with_keys(plain)
        headers = {"Content-Type": "application/yaml"}
        assert door.ask("PUT", "/v1/playbook/draft", content=PLAYBOOK, headers=headers).status_code == 200
        assert door.post("/v1/playbook/draft:publish", json={"note": "first"}).status_code == 200
        events = list(month(people=PEOPLE, seed=7, end=END))
        for first in range(0, len(events), 500):
            door.record(*events[first : first + 500])
        assert door.post("/v1/calibrations").status_code == 200
        yield door


@pytest.fixture
def desk(chromium: Browser, coffee: Door) -> Generator[Page]:
    """Somebody in operations at a desk, logged in."""
    with window(chromium, **DESK) as page:
        log_in(page, coffee.url, coffee.keys["operator"])
        yield page


def person_of(door: Door, identity: str) -> str:
    return str(door.post("/v1/profiles:lookup", json={"identity": identity}).json()["profile_id"])


def test_from_the_map_to_a_person_to_the_evidence(desk: Page, coffee: Door) -> None:
    looked_at(desk, "console-home")
    desk.get_by_role("link", name="旅程", exact=True).click()
    desk.get_by_role("link", name="第一杯咖啡").click()
    picture = desk.get_by_role("group", name="第一杯咖啡 的旅程地图")
    shown = coffee.post("/v1/profiles:search", json={
        "where": {"journey": {"journey": "first_cup", "stage": "pickup", "status": "active"}}, "count": True,
    }).json()["total"]  # fmt: skip
    stage = picture.get_by_role("link", name=re.compile("^取餐：现在在这里"))
    expect(stage).to_have_text(str(shown))
    looked_at(desk, "console-map")
    stage.click()
    expect(desk.get_by_role("heading", name=f"符合条件 {shown} 人")).to_be_visible()
    desk.get_by_role("link", name=person_of(coffee, BROKEN)).click()
    expect(desk.get_by_text("进入“取餐”超过").first).to_be_visible()
    looked_at(desk, "console-person")
    desk.get_by_role("link", name="消费等级 低").click()
    expect(desk.get_by_role("cell", name="支付订单").first).to_be_visible()
    looked_at(desk, "console-evidence")


def test_breakpoints_are_filtered(desk: Page) -> None:
    desk.get_by_role("link", name="断点", exact=True).click()
    desk.wait_for_url("**/breakpoints")
    rows = desk.locator("tbody tr")
    before = rows.count()
    desk.get_by_label("类型").select_option(label="卡住")
    desk.get_by_label("旅程", exact=True).select_option(label="第一杯咖啡")
    desk.get_by_role("button", name="筛选").click()
    desk.wait_for_url("**kind=stalled**")
    assert 0 < rows.count() < before
    for row in rows.all():
        expect(row).to_contain_text("卡住")
        expect(row).to_contain_text("第一杯咖啡")
    expect(desk.get_by_label("类型")).to_have_value("stalled")
    looked_at(desk, "console-breakpoints")
    rows.first.get_by_role("link", name="卡住").click()
    desk.get_by_label("写一条记录").fill("已电话致歉")
    desk.get_by_label("跟进人").fill("李店长")
    desk.get_by_role("button", name="保存").click()
    expect(desk.get_by_role("listitem").filter(has_text="已电话致歉")).to_contain_text("→ 李店长")
    looked_at(desk, "console-breakpoint")
    desk.go_back()
    desk.locator("dl").get_by_role("link").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("用户")


def test_a_person_is_found_by_his_identity(desk: Page, coffee: Door) -> None:
    desk.get_by_label("手机号、会员号等标识").fill(FREQUENT)
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**/people/{person_of(coffee, FREQUENT)}")
    expect(desk.get_by_role("heading", name="此刻会推荐什么")).to_be_visible()
    desk.get_by_role("link", name="看全部经历").click()
    expect(desk.locator(".timeline > li")).to_have_count(30)
    desk.get_by_role("link", name="下一页").click()
    expect(desk.get_by_role("link", name="回到第一页")).to_be_visible()
    looked_at(desk, "console-timeline")


def test_a_tag_is_written_with_a_live_sentence_and_a_live_count(desk: Page, coffee: Door) -> None:
    desk.get_by_role("link", name="标签", exact=True).click()
    desk.get_by_role("link", name="写一个新标签").click()
    desk.get_by_label("英文 key").fill("loyal_lately")
    desk.get_by_label("中文名").fill("最近常来")
    desk.get_by_label("事件").select_option(label="支付订单")
    expect(desk.get_by_label("统计哪个字段")).to_be_hidden()
    desk.get_by_label("近几天").fill("30")
    desk.get_by_label("多少").fill("3")
    expect(desk.locator("#live")).to_contain_text("最近常来：近 30 天支付订单次数 ≥ 3 次")
    like_it = coffee.post("/v1/profiles:search", json={"where": {"tag": "frequent_buyer"}, "count": True}).json()[
        "total"
    ]
    expect(desk.locator(".counted")).to_have_text(str(like_it))
    desk.get_by_label("近 N 天金额").check()
    desk.get_by_label("统计哪个字段").select_option(label="支付订单 · 实付金额")
    desk.get_by_label("多少").fill("200")
    expect(desk.locator("#live")).to_contain_text("最近常来：近 30 天支付订单的实付金额合计 ≥ ¥200")
    looked_at(desk, "console-tag-form")
    assert "loyal_lately" not in coffee.get("/v1/playbook/draft").text
    desk.get_by_role("button", name="保存到草稿").click()
    expect(desk.get_by_role("status")).to_contain_text("已保存到草稿：最近常来")
    draft = coffee.get("/v1/playbook/draft").json()
    assert draft["playbook"]["tags"]["loyal_lately"]["when"] == {
        "sum": {"event": "order_paid", "property": "amount", "within": "30d"}, "gte": 200,
    }  # fmt: skip
    assert draft["problems"] == []
    assert "# 给运营同事的三条提醒" in draft["source"]
    desk.get_by_role("link", name="看草稿改了什么").click()
    expect(desk.get_by_role("listitem").filter(has_text="tags/loyal_lately")).to_contain_text("新增")
    looked_at(desk, "console-diff")
    desk.get_by_role("link", name="看影响，然后发布").click()
    desk.get_by_role("button", name="看看发布会影响谁").click()
    expect(desk.get_by_role("heading", name="最近常来")).to_be_visible()
    looked_at(desk, "console-preview")


def test_from_the_map_to_ones_own_shop_in_one_choice(desk: Page, coffee: Door) -> None:
    """With a mouse the choice alone is enough, with the keyboard there is the button; and it stays."""
    desk.goto(f"{coffee.url}/console/journeys/order_to_pickup")
    shop, sums = desk.get_by_label("门店"), desk.locator("h1 ~ .sums").nth(1)
    before = sums.inner_text()
    shop.dispatch_event("pointerdown")
    shop.select_option("sh_jingan")
    desk.wait_for_url("**place=sh_jingan**")
    assert sums.inner_text() != before
    expect(desk.get_by_text("只看所选范围")).to_be_visible()
    looked_at(desk, "console-my-shop")
    desk.get_by_role("link", name="漏斗").click()
    expect(shop).to_have_value("sh_jingan")
    desk.goto(f"{coffee.url}/console/journeys/first_cup")
    expect(shop).to_have_value("sh_jingan")
    shop.focus()
    desk.keyboard.press("Home")
    desk.get_by_role("button", name="看", exact=True).press("Enter")
    desk.wait_for_url(re.compile("place=(&|$)"))
    expect(shop).to_have_value("")


def test_mistakes_are_said_beside_the_form(desk: Page, coffee: Door) -> None:
    desk.goto(f"{coffee.url}/console/tags/new")
    desk.get_by_role("button", name="保存到草稿").click()
    expect(desk.get_by_role("alert")).to_contain_text("请写标签的名字")
    expect(desk.get_by_label("中文名")).to_have_attribute("aria-invalid", "true")
    looked_at(desk, "console-tag-mistakes")


def test_without_scripts_the_rule_is_read_back_by_a_button(chromium: Browser, coffee: Door) -> None:
    with window(chromium, **DESK, java_script_enabled=False) as page:
        log_in(page, coffee.url, coffee.keys["operator"])
        page.goto(f"{coffee.url}/console/tags/frequent_buyer")
        page.get_by_label("多少").fill("5")
        page.get_by_role("button", name="预览").click()
        expect(page.locator("#live")).to_contain_text("≥ 5 次")


def test_everything_can_be_reached_with_the_keyboard(chromium: Browser, coffee: Door) -> None:
    with window(chromium, **DESK) as page:
        page.goto(f"{coffee.url}/console")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label("密钥")).to_be_focused()
        page.keyboard.type(coffee.keys["operator"])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{coffee.url}/console")
        page.goto(f"{coffee.url}/console/journeys/first_cup")
        page.locator("main").focus()
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('svg.stage, g.stage') !== null"):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement.querySelector('.disc, .alarm')).strokeWidth")
        assert outline == "5px", "one sees where one is"
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/people\\?journey=first_cup|/breakpoints\\?journey=first_cup"))


def test_wrong_keys_are_told(chromium: Browser, coffee: Door) -> None:
    with window(chromium, **DESK) as page:
        page.goto(f"{coffee.url}/console")
        page.get_by_label("密钥").fill("lk_wrong")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("alert")).to_contain_text("密钥无效")
        looked_at(page, "console-login-wrong")


def test_logging_out_and_going_back_shows_nothing(desk: Page) -> None:
    desk.get_by_role("button", name="退出").click()
    expect(desk.get_by_role("heading", name="登录")).to_be_visible()
    desk.go_back()
    expect(desk.get_by_role("heading", name="登录")).to_be_visible()


def test_progress_is_kept_fresh(desk: Page, coffee: Door) -> None:
    """Nobody works on the job here: what changes is its status."""
    made = coffee.post("/v1/playbook/draft:preview", json={"everyone": True}).json()["job_id"]
    desk.get_by_role("link", name="任务").click()
    row = desk.get_by_role("row", name=re.compile(re.escape(made)))
    expect(row).to_contain_text("进行中")
    looked_at(desk, "console-jobs")
    assert coffee.post(f"/v1/jobs/{made}:cancel").status_code == 200
    expect(row).to_contain_text("已取消")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_is_good_to_look_at(chromium: Browser, coffee: Door, size: str) -> None:
    """In Chinese on a bright desk, in English on a dark phone: nothing serious for axe, nothing wider than it is."""
    person = person_of(coffee, BROKEN)
    pages = [*PAGES, f"/people/{person}", f"/people/{person}/timeline", f"/people/{person}/tags/spend_level"]
    with window(chromium, **{"desk": DESK, "phone": PHONE}[size]) as page:
        page.goto(f"{coffee.url}/console/login")
        looked_at(page, f"console-{size}-login")
        log_in(page, coffee.url, coffee.keys["admin"])
        for path in pages:
            page.goto(f"{coffee.url}/console{path}")
            name = re.sub(r"[^a-z0-9]+", "-", path.replace(person, "person")).strip("-")
            looked_at(page, f"console-{size}-{name or 'home'}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.locator("html").get_attribute("lang") == {"desk": "zh-CN", "phone": "en"}[size]


def test_on_a_phone_the_breakpoints_are_cards(chromium: Browser, coffee: Door) -> None:
    """Nothing is pushed sideways, each cell says of what it is, and for whoever listens it is a table as before."""
    with window(chromium, **PHONE) as page:
        page.goto(f"{coffee.url}/console/login")
        log_in(page, coffee.url, coffee.keys["admin"])
        page.goto(f"{coffee.url}/console/breakpoints")
        region = page.get_by_role("region", name="Breakpoints")
        assert region.evaluate("it => it.scrollWidth <= it.clientWidth")
        first = region.get_by_role("row").nth(1)
        assert first.locator("td[data-of]").first.evaluate("it => getComputedStyle(it, '::before').content") == '"Kind"'
        expect(region.get_by_role("cell").first).to_be_visible()


def test_the_language_is_switched_and_stays(desk: Page, coffee: Door) -> None:
    desk.get_by_role("link", name="English").click()
    expect(desk.get_by_role("heading", name="How things are")).to_be_visible()
    desk.goto(f"{coffee.url}/console/journeys")
    expect(desk.get_by_role("heading", name="Journey maps")).to_be_visible()
