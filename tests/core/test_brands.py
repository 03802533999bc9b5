"""Looks of journeys: colours that can be seen by day and by night, badges that are shapes and nothing else."""

from typing import Any

import pytest

from service.core.check import check
from service.core.playbook.colours import DARK, LIGHT, contrast, ink_on, nearest
from service.core.playbook.read import read_playbook
from service.core.playbook.shapes import BADGES, is_path, outlines, path_of

STAGE: dict[str, Any] = {"stage": "a", "phase": "in_sale", "completed_by": {"event": "x"}}


def problems(stage: dict[str, Any] | None = None, **journey: Any) -> list[tuple[str, str]]:
    tree = {"playbook": "p", "journeys": {"j": {"enter": {"event": "x"}, "stages": [stage or STAGE], **journey}}}
    playbook, found = read_playbook(tree)
    return [(each.pointer.removeprefix("/journeys/j"), each.code) for each in found or check(playbook)]


WRONG: list[tuple[Any, str, str]] = [
    ({"colour": "red"}, "/brand/colour", "not_a_colour"),
    ({"colour": "#12345"}, "/brand/colour", "not_a_colour"),
    ({"colour": "#0f766e;}"}, "/brand/colour", "not_a_colour"),
    ({"colour": 8}, "/brand/colour", "not_a_colour"),
    ({"colour": "#ffee00"}, "/brand/colour", "low_contrast"),
    ({"colour": "#2b1608"}, "/brand/colour", "low_contrast"),
    ({"colour": "#2b1608", "colour_dark": "#301c10"}, "/brand/colour_dark", "low_contrast"),
    ({"colour_dark": "#d9a066"}, "/brand", "missing_field"),
    ({"badge": "<script>alert(1)</script>"}, "/brand/badge", "not_a_badge"),
    ({"badge": "unicorn"}, "/brand/badge", "not_a_badge"),
    ({"badge": 1}, "/brand/badge", "not_a_badge"),
    ({"words": {"lit": "亮", "gone": "x"}}, "/brand/words/gone", "unknown_field"),
    ({"words": {"lit": "亮" * 21}}, "/brand/words/lit", "not_a_text"),
    ({"slogan": "长" * 61}, "/brand/slogan", "not_a_text"),
    ({"slogan": "a\u202eb"}, "/brand/slogan", "not_a_text"),
]


@pytest.mark.parametrize(("brand", "pointer", "code"), WRONG)
def test_what_is_wrong_with_a_brand_is_named(brand: Any, pointer: str, code: str) -> None:
    assert (pointer, code) in problems(brand=brand)


def test_a_good_brand_is_good() -> None:
    brand = {"colour": "#8A5A2B", "colour_dark": "#d9a066", "badge": "M0 0 L100 0 L50 99.5 Z", "slogan": "好"}
    assert (
        problems(brand={**brand, "slogan_en": "good", "words": {"lit": "亮"}, "words_en": {"ahead": "to come"}}) == []
    )
    assert problems(brand={"colour": "#0f766e", "badge": "cup"}) == []
    assert problems(brand={}) == []
    assert problems(share={"title": "看", "title_en": "look", "path": "/pages/a/b?x=1"}) == []


@pytest.mark.parametrize("path", ["javascript:alert(1)", "https://x", "/a b", "", 7, "/a?b=<", "/" + "a" * 200])
def test_a_page_is_a_page(path: object) -> None:
    assert problems(share={"path": path}) == [("/share/path", "not_a_page")]


LIT_BY: list[tuple[Any, list[tuple[str, str]]]] = [
    ("user", []),
    ({"by": "user"}, []),
    ({"friends": 20, "verified": True}, []),
    ("friend", [("/stages/0/lit_by", "not_a_choice")]),
    (None, [("/stages/0/lit_by", "not_a_choice")]),
    ({}, [("/stages/0/lit_by", "one_of_two")]),
    ({"by": "user", "friends": 3}, [("/stages/0/lit_by", "one_of_two")]),
    ({"friends": 21}, [("/stages/0/lit_by/friends", "not_a_whole_number")]),
    ({"friends": 0}, [("/stages/0/lit_by/friends", "not_a_whole_number")]),
]


@pytest.mark.parametrize(("lit_by", "found"), LIT_BY)
def test_who_lights_a_stage_is_read(lit_by: Any, found: list[tuple[str, str]]) -> None:
    assert problems({**STAGE, "lit_by": lit_by}) == found


def test_a_required_stage_must_be_possible_to_finish() -> None:
    alone: dict[str, Any] = {"stage": "a", "phase": "in_sale", "lit_by": "user"}
    assert problems(alone) == [("/stages/0/lit_by", "never_done")]
    assert problems({**alone, "lit_by": {"by": "user", "verified": True}}) == []
    tree = {"playbook": "p", "journeys": {"j": {"enter": {"event": "x"}, "stages": [STAGE, {**alone, "stage": "b",
            "optional": True}]}}}  # fmt: skip
    playbook, found = read_playbook(tree)
    assert (found, check(playbook)) == ((), ())
    assert problems({"stage": "a", "phase": "in_sale"}) == [("/stages/0", "missing_field")]


PATHS = [
    ("M0 0 L10 0 L10 10 Z", True),
    ("M0,0 H100 V100 Q50 50 0 100 Z", True),
    ("M1 1 C1 2 3 4 5 6Z", True),
    ("M0 0", False),
    ("M0 0 Z", False),
    ("L0 0 L1 1", False),
    ("", False),
    ("m0 0 l1 1", False),
    ("M0 0 L101 0", False),
    ("M0 0 L-1 0", False),
    ("M0 0 L1", False),
    ("M0 0 L1 1 1", False),
    ("M0 0 L1e9 1", False),
    ("M0 0 L1 1 A1 1 0 0 1 2 2", False),
    ('M0 0 L1 1" onload="x', False),
    ("M0 0 L1 1/><script>", False),
    ("M0 0 L1.12345 1", False),
    ("M0 0 L1,,1", False),
    ("M 0 0L1 1 " * 400, False),
]


@pytest.mark.parametrize(("path", "good"), PATHS)
def test_a_path_is_letters_and_numbers(path: str, good: bool) -> None:
    assert is_path(path) is good


@pytest.mark.parametrize("badge", BADGES)
def test_built_in_badges_can_be_drawn(badge: str) -> None:
    assert is_path(path_of(badge))
    found = list(outlines(path_of(badge)))
    assert found
    assert all(0 <= x <= 100 and 0 <= y <= 100 for outline in found for x, y in outline)


def test_outlines_follow_their_commands() -> None:
    assert list(outlines("M0 0 H10 V10 L0 10 Z M1 1 L2 2 Z")) == [[(0, 0), (10, 0), (10, 10), (0, 10)]]
    (curve,) = outlines("M0 0 Q50 100 100 0 Z")
    assert (curve[0], curve[6], curve[-1]) == ((0, 0), (50, 50), (100, 0))
    assert path_of(None) == BADGES["lantern"]
    assert path_of("M0 0 L1 1") == "M0 0 L1 1"


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#ffffff", "#000000") == 21.0
    assert contrast("#777777", "#ffffff") == 4.47
    assert (ink_on("#ffee00"), ink_on("#0f766e")) == ("#000000", "#ffffff")
    greys = [f"#{grey:02x}{grey:02x}{grey:02x}" for grey in range(256)]
    assert all(contrast(ink_on(grey), grey) >= 4.5 for grey in greys)


@pytest.mark.parametrize("page", [LIGHT, DARK])
@pytest.mark.parametrize("colour", ["#ffee00", "#2b1608", "#777777", "#ffffff", "#000000"])
def test_the_nearest_colour_can_be_seen(colour: str, page: str) -> None:
    found = nearest(colour, page)
    assert contrast(found, page) >= 3
    assert found == colour or contrast(colour, page) < 3
