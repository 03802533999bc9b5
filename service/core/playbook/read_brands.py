"""Reading what a customer sees of a journey."""

import re
from collections.abc import Mapping

from service.core.playbook.brands import FRIENDS, STATES, Brand, LitBy, Sharing
from service.core.playbook.colours import is_colour
from service.core.playbook.shapes import BADGES, is_path
from service.core.playbook.tree import Node

LINE, WORD = 60, 20
BY = ("user",)
_PAGE = re.compile(r"/?[A-Za-z0-9_][A-Za-z0-9_/.-]{0,127}(\?[A-Za-z0-9_=&.-]{0,128})?")


def read_lit_by(node: Node) -> LitBy:
    """`user`, `{by: user}` or `{friends: 3}`, with `verified` beside."""
    if not isinstance(node.value, Mapping):
        node.choice(BY)
        return LitBy()
    found = node.fields(("by", "friends", "verified"))
    found.maybe("by", lambda item: item.choice(BY))
    if ("by" in found) == ("friends" in found):
        node.wrong("one_of_two", "by 与 friends 须且只须写一个", "exactly one of by and friends is expected")
    return LitBy(
        friends=found.read("friends", lambda item: item.whole(1, FRIENDS), 0),
        verified=found.read("verified", Node.flag, False),
    )


def read_brand(node: Node) -> Brand:
    """The looks of a journey."""
    found = node.fields(("colour", "colour_dark", "badge", "slogan", "slogan_en", "words", "words_en"))
    return Brand(
        colour=found.maybe("colour", _colour),
        colour_dark=found.maybe("colour_dark", _colour),
        badge=found.maybe("badge", _badge),
        slogan=found.maybe("slogan", _line),
        slogan_en=found.maybe("slogan_en", _line),
        words=found.read("words", _words, {}),
        words_en=found.read("words_en", _words, {}),
    )


def read_sharing(node: Node) -> Sharing:
    """What a share says and opens."""
    found = node.fields(("title", "title_en", "path"))
    return Sharing(
        title=found.maybe("title", _line), title_en=found.maybe("title_en", _line), path=found.maybe("path", _page)
    )


def _line(node: Node) -> str:
    return node.text(LINE)


def _words(node: Node) -> Mapping[str, str]:
    found = node.fields(STATES)
    return {state: found[state].text(WORD) for state in STATES if state in found}


def _colour(node: Node) -> str:
    if isinstance(node.value, str) and is_colour(node.value):
        return node.value.lower()
    zh, en = '颜色应为 "#rrggbb"，六位十六进制，要加引号', 'a colour is "#rrggbb", six hexadecimal digits, in quotes'
    node.wrong("not_a_colour", zh, en)
    return "#000000"


def _badge(node: Node) -> str:
    """The name of a built-in shape, or a path; never any markup."""
    if isinstance(node.value, str) and (node.value in BADGES or is_path(node.value)):
        return node.value
    zh = f"徽章只能是 {'、'.join(BADGES)}，或一段 SVG path：只含大写的 M L H V C Q Z 和 0 到 100 的数字"
    en = f"a badge is {', '.join(BADGES)}, or an SVG path of M L H V C Q Z (upper case) and numbers from 0 to 100"
    node.wrong("not_a_badge", zh, en)
    return "star"


def _page(node: Node) -> str:
    """A page of the mini-program; the token goes behind it."""
    if isinstance(node.value, str) and _PAGE.fullmatch(node.value):
        return node.value
    zh, en = "应为小程序页面路径，例如 /pages/journey/index", "a mini-program page is expected: /pages/journey/index"
    node.wrong("not_a_page", zh, en)
    return "/"
