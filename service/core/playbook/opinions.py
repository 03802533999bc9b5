"""What may be said of a tag or a persona, against the playbook: names that are there, values where they are needed."""

import re

from service.core.event import MICRO
from service.core.playbook.definitions import Persona, Playbook, Tag
from service.core.playbook.mistakes import Found, problem, unknown

COUNTS = frozenset(
    {"count", "sum", "avg", "min", "max", "distinct", "active_days", "since_last", "decayed_sum", "sequence"}
)  # what they come to is a number
_NUMBER = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)
_QUINTILES = re.compile(r"[1-5]-[1-5]-[1-5]", re.ASCII)


def number_in(text: str) -> int | None:
    """A plain number with at most six decimals, in units of 10⁻⁶; None if the text is anything else."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction = found.groups()
    size = int(whole) * MICRO + int((fraction or "").ljust(6, "0"))
    return -size if sign else size


def wrong_tag(playbook: Playbook, key: str, pointer: str) -> Found:
    """A tag that the playbook does not have."""
    if key not in playbook.tags:
        yield unknown("tag", pointer, key, playbook.tags)


def wrong_value(tag: Tag, value: str | None, pointer: str) -> Found:
    """A value that the tag cannot show, none where it needs one, or one where it has none."""
    values = [each.key for each in tag.values if each.key]
    shows = tag.value_of is not None or tag.rfm is not None
    if value is None and values:
        listed = "、".join(values[:6]), ", ".join(values[:6])
        yield problem(
            "value_missing",
            pointer,
            f"这个标签要有取值，请写 value，例如 {listed[0]}",
            f"this tag needs a value; give one of its own, such as {listed[1]}",
        )
    elif value is None and shows:
        zh, en = "这个标签显示的是数值或文字，请写明 value", "this tag shows a number or a text; say which in value"
        yield problem("value_missing", pointer, zh, en)
    elif value is not None and values and value not in values:
        yield unknown("value", pointer, value, values)
    elif value is not None and tag.value_of is not None and tag.value_of.kind in COUNTS and number_in(value) is None:
        zh, en = (
            "这个标签显示数值，请写数字，例如 500 或 12.5",
            "this tag shows a number; write one, such as 500 or 12.5",
        )
        yield problem("not_a_number", pointer, zh, en)
    elif value is not None and tag.rfm is not None and not _QUINTILES.fullmatch(value):
        zh, en = "RFM 应写成三个 1 到 5 的数，例如 5-4-3", "an RFM value is three numbers from 1 to 5, such as 5-4-3"
        yield problem("not_quintiles", pointer, zh, en)
    elif value is not None and not values and not shows:
        zh, en = "这个标签没有取值，请去掉 value", "this tag has no values; leave value out"
        yield problem("value_not_allowed", pointer, zh, en)


def wrong_scheme(playbook: Playbook, key: str, pointer: str) -> Found:
    """A persona scheme that the playbook does not have."""
    if key not in playbook.personas:
        yield unknown("persona", pointer, key, playbook.personas)


def wrong_class(scheme: Persona, key: str, pointer: str) -> Found:
    """A class that the scheme does not have; nobody can be pinned to being undetermined."""
    classes = [each.key for each in scheme.classes]
    if key not in classes:
        yield unknown("class", pointer, key, classes)
