"""Whether the properties of an event are of the types that its event type declares."""

import re
from collections.abc import Callable, Iterator, Mapping

from service.core.calendar import read_instant
from service.core.event import MICRO, Value
from service.core.playbook.definitions import PropertyType
from service.core.problem import Problem, token

_DIGEST = re.compile(r"[0-9a-f]{16}")
OUTCOMES = ("shown", "clicked", "accepted", "completed", "dismissed")


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


# ---- what the service itself must understand


def misused(event_type: str, properties: Mapping[str, Value]) -> Iterator[Problem]:
    """A problem for each property of a reserved event type that the service could not understand."""
    for name, (fits, needed, zh, en) in _UNDERSTOOD.get(event_type, {}).items():
        value = properties.get(name)
        if (value is None and needed) or (isinstance(value, str | int) and not fits(value)):
            yield Problem(code="not_understood", pointer="/properties" + token(name), zh=zh, en=en)


def _is_word(value: Value) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_identity(value: Value) -> bool:
    return isinstance(value, str) and ":" in value  # the intake looks closer


def _is_digest(value: Value) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_time(value: Value) -> bool:
    instant = read_instant(value) if isinstance(value, str) else None
    return instant is not None and instant >= 0


def _is_rating(value: Value) -> bool:
    return isinstance(value, int) and value % MICRO == 0 and MICRO <= value <= 5 * MICRO


Meaning = tuple[Callable[[Value], bool], bool, str, str]  # fits, needed, the mend in two languages
_TAG: Meaning = (_is_word, True, "请写明标签的 key", "name the tag by its key")
_UNTIL: Meaning = (
    _is_time,
    False,
    "until 应为带时区的时间，例如 2026-01-02T11:04:05+08:00",
    "until is a time with its zone",
)
_SERVICE: Meaning = (_is_word, True, "请写明服务的 key", "name the service by its key")
_OTHER: Meaning = (
    _is_identity,
    True,
    "请写明另一个标识，例如 unionid:oX…",
    "name the other identity, for example unionid:oX…",
)
_CUT: Meaning = (_is_identity, False, "标识形如 member:42、openid@wx123:oAb", "an identity looks like member:42")
_SCHEME: Meaning = (_is_word, True, "请写明分层方案的 key", "name the persona scheme by its key")
_CLASS: Meaning = (_is_word, True, "请写明层的 key", "name the class by its key")
_REASON: Meaning = (_is_word, True, "请写明原因", "say why")
_ON: Meaning = (_is_flag, True, "请写 true 或 false", "true or false is expected")
_STAGE: Meaning = (_is_word, True, "请写明旅程和阶段的 key", "name the journey and the stage by their keys")
_FRIEND: Meaning = (
    _is_digest,
    False,
    "好友由服务自己记录：请用 POST …:light，不要自己写 friend",
    "friends are kept by the service itself: ask POST …:light instead of writing friend",
)
_RATING: Meaning = (_is_rating, False, "评分应为 1 到 5 的整数", "a rating is a whole number from 1 to 5")
_UNDERSTOOD: Mapping[str, Mapping[str, Meaning]] = {
    "tag_set": {"tag": _TAG, "until": _UNTIL},
    "tag_removed": {"tag": _TAG},
    "tag_released": {"tag": _TAG},
    "tag_hidden": {"tag": _TAG},
    "tag_unhidden": {"tag": _TAG},
    "personalisation_set": {"on": _ON},
    "test_profile_set": {"on": _ON},
    "persona_pinned": {"scheme": _SCHEME, "class": _CLASS, "reason": _REASON, "until": _UNTIL},
    "persona_released": {"scheme": _SCHEME},
    "identity_linked": {"identity": _OTHER},
    "identity_unlinked": {"identity": _CUT},
    "stage_lit": {"journey": _STAGE, "stage": _STAGE, "friend": _FRIEND},
    "feedback_given": {"rating": _RATING},
    **{f"service_{outcome}": {"service": _SERVICE} for outcome in OUTCOMES},
}
