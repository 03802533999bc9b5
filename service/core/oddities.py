"""What no database could keep alike: odd numbers, odd characters, too much or too deep, wherever it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence

from service.core.problem import Problem, token
from service.core.wire import Odd, Twice

STRING_BYTES = 4 * 1024
DEPTH = 8
MEMBERS = 255
_SURROGATES = re.compile("[\ud800-\udfff]")
_SHOWN = 200  # characters of a pointer whose key is itself too long

_SAID = {
    "number_not_finite": ("数字不能是 NaN 或 Infinity", "a number cannot be NaN or Infinity"),
    "number_too_large": (
        "数字的绝对值须小于 2^53；编号、单号请改传字符串",
        "a number is below 2^53; send identifiers as strings",
    ),
    "too_deep": ("嵌套层数太多，请把内层放平", "nested too deep; flatten what is inside"),
    "too_many_members": ("一个对象或数组最多 255 项", "an object or array has at most 255 members"),
    "duplicate_key": ("同一个键写了两次，请只留一个", "a key stands twice; keep one"),
    "nul_character": ("文字里有 NUL 字符（\\u0000），请去掉", "the text has a NUL character (\\u0000); remove it"),
    "lone_surrogate": (
        "文字里有残缺的字符（半个代理对），请检查截断",
        "the text has half a surrogate pair; check how it was cut",
    ),
    "string_too_long": ("文字最长 4 KiB", "a text is at most 4 KiB"),
}


def _odd(code: str, pointer: str) -> Problem:
    zh, en = _SAID[code]
    return Problem(code=code, pointer=pointer, zh=zh, en=en)


def oddities(value: object, pointer: str = "", depth: int = 0) -> Iterator[Problem]:
    """Every oddity in a value parsed by `wire.parse_json`."""
    if isinstance(value, Odd):
        yield _odd(value.code, pointer)
    elif isinstance(value, str):
        yield from _in_text(value, pointer)
    elif isinstance(value, dict | list):
        yield from _in_members(value, pointer, depth)


def _in_members(value: Mapping[str, object] | Sequence[object], pointer: str, depth: int) -> Iterator[Problem]:
    if depth >= DEPTH or len(value) > MEMBERS:
        yield _odd("too_deep" if depth >= DEPTH else "too_many_members", pointer)
        return
    if isinstance(value, Twice):
        yield _odd("duplicate_key", pointer)
    for step, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
        place = pointer + token(_shown(step))
        if isinstance(step, str):
            yield from _in_text(step, place)
        yield from oddities(inner, place, depth + 1)


def _shown(step: object) -> str:
    """A step of a pointer that every database and every client can take."""
    return _SURROGATES.sub("�", str(step)).replace("\x00", "�")[:_SHOWN]


def _in_text(text: str, pointer: str) -> Iterator[Problem]:
    if "\x00" in text:
        yield _odd("nul_character", pointer)
    if _SURROGATES.search(text):
        yield _odd("lone_surrogate", pointer)
    elif len(text) > STRING_BYTES // 4 and len(text.encode()) > STRING_BYTES:
        yield _odd("string_too_long", pointer)
