"""Whether the properties of an event are of the types that its event type declares."""

from collections.abc import Callable, Iterator, Mapping

from service.core.event import MICRO, Value
from service.core.playbook.definitions import PropertyType
from service.core.problem import Problem, token


def _is_text(value: Value) -> bool:
    return isinstance(value, str)


def _is_number(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_whole(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value % MICRO == 0


def _is_flag(value: Value) -> bool:
    return isinstance(value, bool)


_FITS: Mapping[str, tuple[Callable[[Value], bool], str, str]] = {
    "string": (_is_text, "请改传字符串（加引号）", "send a string (in quotes)"),
    "number": (_is_number, "请改传数字（不加引号）", "send a number (no quotes)"),
    "money": (_is_number, "请改传数字（不加引号）", "send a number (no quotes)"),
    "integer": (_is_whole, "请改传整数（不加引号）", "send a whole number (no quotes)"),
    "boolean": (_is_flag, "请改传 true 或 false（不加引号）", "send true or false (no quotes)"),
}


def mistyped(properties: Mapping[str, Value], declared: Mapping[str, PropertyType]) -> Iterator[Problem]:
    """A problem for each declared property that has another type; null counts as absent."""
    for name, kind in declared.items():
        value = properties.get(name)
        fits, zh, en = _FITS[kind.kind]
        if value is not None and not fits(value):
            yield Problem(code="wrong_type", pointer="/properties" + token(name), zh=zh, en=en)
