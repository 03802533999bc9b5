"""Two people at work on one draft, in two real browsers: what it changes, for whom, and what happens then."""

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.serving import Door, opened, with_keys
from tests.api.test_console_publishing import PEOPLE, open_shop
from tests.browser.looking import DESK, PHONE, log_in, looked_at, window


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    """Nobody works in the background: what is begun stays where it is."""
    with opened(f"sqlite:///{tmp_path_factory.mktemp('publishing') / 'lantern.db'}") as plain:
        yield open_shop(with_keys(plain))


def write_a_tag(page: Page, url: str, key: str) -> None:
    page.goto(f"{url}/console/tags/new")
    page.locator("#key").fill(key)
    page.locator("#name").fill(key)
    page.locator("#event").select_option("order_paid")
    page.locator("#amount").fill("1")
    page.locator("button[value=save]").click()
    page.wait_for_url("**/tags?saved=**")


def test_a_draft_is_published_and_a_second_editor_is_told(chromium: Browser, shop: Door) -> None:
    with window(chromium, **DESK) as lily, window(chromium, **PHONE) as han:
        for page, actor in ((lily, "operator"), (han, "admin")):
            log_in(page, shop.url, shop.keys[actor])
        write_a_tag(lily, shop.url, "regular")
        lily.get_by_role("link", name="看草稿改了什么").click()
        lily.get_by_role("link", name="看影响，然后发布").click()
        lily.get_by_role("button", name="看看发布会影响谁").click()
        expect(lily.get_by_text(f"约 {PEOPLE} 人会变", exact=True)).to_be_visible()
        looked_at(lily, "console-publish")
        write_a_tag(han, shop.url, "other")
        lily.get_by_label("我看过了").check()
        lily.get_by_role("button", name="现在发布").click()
        expect(lily.get_by_role("alert")).to_contain_text("草稿被别人改过了")
        expect(lily.get_by_role("listitem").filter(has_text="tags/other")).to_be_visible()
        looked_at(lily, "console-publish-conflict")
        han.goto(f"{shop.url}/console/playbook/publish")
        han.get_by_role("button", name="See whom it would change").click()
        expect(han.get_by_label("I have seen it")).to_be_visible()
        looked_at(han, "console-publish-phone")
        han.get_by_label("Why").fill("two new tags")
        publish = han.get_by_role("button", name="Publish now")
        publish.click()
        assert han.url.endswith("/playbook/publish"), "the browser itself asks for the tick"
        han.get_by_label("I have seen it").press("Space")
        publish.press("Enter")
        expect(han.get_by_role("status")).to_contain_text("Version 2 is in force")
        looked_at(han, "console-published")
        lily.get_by_role("button", name="看看发布会影响谁").click()
        expect(lily.get_by_text("没有未发布的草稿")).to_be_visible()
        lily.goto(f"{shop.url}/console/playbook/versions/1")
        lily.locator("summary").press("Enter")
        lily.get_by_label("确定恢复").press("Space")
        lily.get_by_role("button", name="恢复这一版").press("Enter")
        expect(lily.get_by_role("alert")).to_contain_text("影响较大")
        looked_at(lily, "console-restore")


def test_a_job_is_paused_with_the_keyboard_and_a_draft_thrown_away(chromium: Browser, shop: Door) -> None:
    with window(chromium, **DESK) as page:
        log_in(page, shop.url, shop.keys["operator"])
        write_a_tag(page, shop.url, "for_nothing")
        made = shop.post("/v1/playbook/draft:preview", json={"everyone": True}).json()["job_id"]
        page.goto(f"{shop.url}/console/jobs/{made}")
        looked_at(page, "console-job")
        page.get_by_role("button", name="暂停").press("Enter")
        expect(page.locator(".badge").first).to_have_text("已暂停")
        assert shop.get(f"/v1/jobs/{made}").json()["status"] == "paused"
        page.get_by_role("button", name="继续").press("Enter")
        expect(page.get_by_role("button", name="暂停")).to_be_visible()
        page.get_by_role("button", name="取消").press("Enter")
        expect(page.locator(".badge").first).to_have_text("已取消")
        page.goto(f"{shop.url}/console/playbook/publish")
        page.locator("summary").last.press("Enter")
        page.get_by_label("确定丢弃").press("Space")
        page.get_by_role("button", name="丢弃草稿").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("草稿已丢弃")
        looked_at(page, "console-discarded")
