"""Pictures without a font, cards of many stages, pages of many runs."""

import logging
from pathlib import Path
from typing import Any

import pytest

from service.api.pages import picture
from service.api.pages.card import Card, Dot, card_of, cut, draw_svg
from service.api.pages.picture import draw_png, font_file
from service.api.pages.view import few
from service.api.pages.words import EN, SAID, ZH, say
from service.core.playbook.shapes import BADGES

CARD = Card(colour="#0f766e", ink="#ffffff", badge=BADGES["cup"], title="第一杯", slogan="好", percent=50,
            dots=(Dot(x=500, name="下单", lit=True),))  # fmt: skip


def test_without_a_font_there_are_shapes_and_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    font_file.cache_clear()
    monkeypatch.setattr(picture, "FOLDERS", (tmp_path,))
    caplog.set_level(logging.WARNING)
    assert (font_file(""), font_file(""), font_file("/no/such.ttf")) == ("", "", "")
    font_file.cache_clear()
    assert len([each for each in caplog.records if "LANTERN_FONT" in each.getMessage()]) <= 2
    drawn = draw_png(CARD, "")
    assert drawn.startswith(b"\x89PNG")


def test_a_font_that_was_set_comes_first() -> None:
    font_file.cache_clear()
    found = Path(font_file(""))
    assert found.is_file(), "the picture's words need a font with Chinese: apt-get install fonts-noto-cjk"
    assert font_file(str(found)) == str(found)
    assert draw_png(CARD, str(found)) != draw_png(CARD, "")
    latin = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if latin.is_file():
        assert draw_png(CARD, str(latin)).startswith(b"\x89PNG")


@pytest.mark.parametrize(("percent", "large"), [(0, None), (30, "0 0 1"), (80, "0 1 1"), (100, "0 1 1")])
def test_the_ring_is_drawn_as_far_as_he_is(percent: int, large: str | None) -> None:
    card = Card(colour="#000000", ink="#ffffff", badge="", title="", slogan="", percent=percent, dots=())
    assert (card.arc == "") if large is None else (large in card.arc)
    assert f"{percent}%" in draw_svg(card)


def test_of_many_stages_those_about_him_are_shown() -> None:
    def stages(lit: int) -> list[dict[str, Any]]:
        return [{"name": str(n), "name_en": None, "state": "lit" if n < lit else "ahead"} for n in range(12)]

    brand = {"colour": "#000000", "ink": "#ffffff", "badge": "", "slogan": None, "slogan_en": None}
    run = {"brand": brand, "name": "x", "percent": 1}
    shown = {lit: [dot.name for dot in card_of(run | {"stages": stages(lit)}, "zh").dots] for lit in (0, 6, 12)}
    assert shown == {0: list("012345"), 6: list("345678"), 12: ["6", "7", "8", "9", "10", "11"]}


def test_long_texts_are_cut_by_their_width() -> None:
    assert cut("短", 5) == "短"
    assert cut("长" * 9, 5) == "长长长长长…"
    assert cut("abcdefghijkl", 5) == "abcdefgh…"


def test_pages_speak_both_languages() -> None:
    assert all(zh and en and zh != en for zh, en in SAID.values())
    assert say(ZH).keys() == say(EN).keys()


def test_of_many_runs_a_page_shows_those_that_go_on_and_the_newest_of_each_journey() -> None:
    told = [("bag", "active"), ("bag", "active"), ("cup", "completed"), ("bag", "completed"), ("cup", "ended")]
    runs = [{"journey": journey, "status": status} for journey, status in told]
    assert few(runs) == runs[:3]
    assert len(few([{"journey": "bag", "status": "active"}] * 99)) == 20
