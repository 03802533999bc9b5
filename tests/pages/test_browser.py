"""The pages in a real browser, on a phone, by day and by night: what people can see, press, and hear read aloud."""

import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.api.serving import Door, opened
from tests.browser.looking import PATIENT, PICTURES
from tests.pages.conftest import ago, owner_token, share_token
from tests.pages.test_hostile import HOSTILE, tree

PHONE = {"width": 375, "height": 812}
Opens = Callable[..., Page]


@pytest.fixture
def opens(chromium: Browser) -> Generator[Opens]:
    """Open an address as a person with a phone would. Complaints, dialogs, and requests to others are wrong."""
    contexts, wrong = [], list[str]()

    def refuse(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    def open_one(url: str, *, scheme: Any = "light", language: str = "zh-CN", width: int = PHONE["width"]) -> Page:
        context: Any = chromium.new_context(
            viewport={"width": width, "height": PHONE["height"]},
            color_scheme=scheme,
            locale=language,
        )
        context.set_default_timeout(PATIENT)
        contexts.append(context)
        page: Page = context.new_page()
        home = re.match(r"https?://[^/]+", url)
        assert home
        page.on("console", lambda said: wrong.extend([said.text] * ("404" not in said.text)))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", refuse)
        page.on("request", lambda asked: wrong.extend([asked.url] * (not asked.url.startswith(home[0]))))
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert wrong == []


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def serious(page: Page) -> list[str]:
    found: Any = Axe().run(page).response
    return [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


def fits(page: Page) -> bool:
    """Nothing hangs over the edge of the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_everybody_can_use_the_pages(cafe: Door, opens: Opens, scheme: str, language: str) -> None:
    addresses = {
        "owner": f"/j/{owner_token(cafe)}", "share": f"/j/{share_token(cafe)['token']}", "gone": "/j/nothing",
        "refunded": f"/j/{owner_token(cafe, 'member:4')}",
    }  # fmt: skip
    for name, path in addresses.items():
        page = opens(cafe.url + path, scheme=scheme, language=language)
        picture(page, f"{name}-{language}-{scheme}")
        assert serious(page) == []
        assert fits(page)
        assert page.locator("html").get_attribute("lang") == language
    narrow = opens(cafe.url + addresses["owner"], scheme=scheme, language=language, width=320)
    assert fits(narrow)


def test_a_page_needs_no_script(cafe: Door, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    context.set_default_timeout(PATIENT)
    page = context.new_page()
    page.goto(f"{cafe.url}/j/{share_token(cafe)['token']}")
    expect(page.get_by_role("heading", name="第一杯咖啡")).to_be_visible()
    context.close()


def test_a_person_lights_a_stage_shares_it_and_takes_it_back(cafe: Door, opens: Opens) -> None:
    mine = opens(f"{cafe.url}/j/{owner_token(cafe, 'member:2')}")
    photo = mine.get_by_role("listitem").filter(has_text="晒出我的第一杯")
    expect(photo).to_contain_text("等你点亮")
    mine.get_by_role("button", name="点亮: 晒出我的第一杯").click()
    expect(photo).to_contain_text("自己点亮")
    expect(mine.get_by_role("button", name="点亮: 晒出我的第一杯")).to_have_count(0)
    picture(mine, "lit")
    mine.reload()  # sends nothing again
    expect(photo).to_contain_text("自己点亮")

    mine.get_by_role("button", name="分享这段旅程: 第一杯咖啡").click()
    link = mine.get_by_role("textbox").input_value()
    picture(mine, "shared")
    assert serious(mine) == []
    friend = opens(link)
    expect(friend.get_by_role("heading", name="第一杯咖啡")).to_be_visible()
    expect(friend.get_by_role("listitem").filter(has_text="晒出我的第一杯")).to_contain_text("本人点亮")
    assert friend.get_by_role("button").count() == 0
    assert friend.evaluate("document.referrer") == ""
    picture(friend, "friend")

    mine.get_by_role("button", name="收回").first.click()
    expect(mine.get_by_text("已收回").first).to_be_visible()
    friend.reload()
    expect(friend.get_by_role("heading", name="这个链接已经失效")).to_be_visible()
    picture(friend, "taken-back")


def test_the_page_can_be_used_by_keyboard(cafe: Door, opens: Opens) -> None:
    page = opens(f"{cafe.url}/j/{owner_token(cafe, 'member:3')}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("点亮")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_text("自己点亮")).to_be_visible()


def test_the_card_is_a_picture_in_the_browser(cafe: Door, opens: Opens) -> None:
    token = share_token(cafe)["token"]
    drawn = opens(f"{cafe.url}/j/{token}/card.svg", width=1000)
    assert drawn.evaluate("document.documentElement.tagName") == "svg"
    assert "第一杯咖啡" in drawn.evaluate("document.documentElement.textContent")
    painted = opens(f"{cafe.url}/j/{token}/card.png", width=1000)
    assert painted.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]") == [1000, 800]
    picture(painted, "card")


@pytest.mark.parametrize("part", range(10))
def test_hostile_texts_stay_texts(tmp_path: Path, opens: Opens, part: int) -> None:
    """Every one of them, in every field that is shown, in a real browser: no dialog, no request, no complaint."""
    texts = HOSTILE[part::10]
    journeys = {f"j{n}": tree(text)["journeys"]["j"] for n, text in enumerate(texts)}
    for journey in journeys.values():
        del journey["key"]
        for stage in journey["stages"]:
            stage["completed_by"] = {"event": "never"} if stage["stage"] != "a" else {"event": "view"}
            if stage["stage"] == "c":
                del stage["completed_by"]
            stage.pop("services", None)
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}") as door:
        draft = {"playbook": "hostile", "journeys": journeys}
        assert door.ask("PUT", "/v1/playbook/draft", json=draft).status_code == 200
        assert door.post("/v1/playbook/draft:publish", json={}).status_code == 200, door.get("/v1/playbook/draft").text
        door.record({"event_id": "1", "identity": "member:1", "type": "view", "occurred_at": ago(9), "source": "app"})
        owner = f"{door.url}/j/{owner_token(door)}"
        for page in (opens(owner, language="en"), opens(owner)):
            shown = page.locator("article h2").all_text_contents()
            assert sorted(shown) == sorted(texts)
            assert page.locator("script, iframe, object, embed, img, base, link, style:not(head style)").count() == 0
            picture(page, f"hostile-{part}")
