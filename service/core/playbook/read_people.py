"""Reading tags and personas: what is said of people."""

from service.core.calendar import DAY
from service.core.playbook.conditions import Always, Condition
from service.core.playbook.definitions import Bound, Persona, PersonaClass, Tag, TagGroup, TagValue
from service.core.playbook.read_conditions import read_condition, read_where
from service.core.playbook.tree import Fields, Node

_NEVER: Condition = Always(holds=False)


def read_tag_group(key: str, node: Node) -> TagGroup:
    """One tag group."""
    found = node.fields(("name", "name_en", "exclusive"))
    name, name_en = found.names(key)
    return TagGroup(key=key, name=name, name_en=name_en, exclusive=found.read("exclusive", Node.flag, False))


def read_tag(key: str, node: Node) -> Tag:
    """One tag: by one rule (`when`), by values, or set by hand."""
    found = node.fields(("name", "name_en", "group", "when", "values", "kind"))
    name, name_en = found.names(key)
    kind, values = _rule(node, found)
    return Tag(key=key, name=name, name_en=name_en, kind=kind, group=found.maybe("group", Node.key), values=values)


def _rule(node: Node, found: Fields) -> tuple[str, tuple[TagValue, ...]]:
    if ("when" in found) != ("values" in found):
        if "values" in found:
            return "value", found.each("values", _tag_value)
        return "rule", (TagValue(key="", name="", when=read_condition(found["when"])),)
    manual = found.maybe("kind", lambda item: item.choice(("rule", "value", "manual"))) == "manual"
    if not manual or "when" in found:
        node.wrong(
            "tag_without_rule",
            "标签需要 when 或 values 其中之一，或写 kind: manual",
            "a tag needs either when or values, or kind: manual",
        )
    return "manual", ()


def _tag_value(node: Node) -> TagValue:
    found = node.fields(("value", "name", "name_en", "when"), ("value", "when"))
    key = found.read("value", lambda item: item.text(64), "?")
    name, name_en = found.names(key)
    return TagValue(key=key, name=name, name_en=name_en, when=found.read("when", read_condition, _NEVER))


def read_persona(key: str, node: Node) -> Persona:
    """One persona scheme."""
    found = node.fields(("name", "name_en", "score", "classes", "undetermined_below"), ("score", "classes"))
    name, name_en = found.names(key)
    wanted = ("kind", "event", "property", "half_life")
    score = found["score"].fields((*wanted, "where", "mean"), wanted) if "score" in found else Fields()
    score.maybe("kind", lambda item: item.choice(("value",)))
    return Persona(
        key=key, name=name, name_en=name_en,
        event=score.read("event", lambda item: item.text(128), "?"),
        property=score.read("property", lambda item: item.text(128), "?"),
        half_life=score.read("half_life", _half_life, 180 * DAY),
        where=score.maybe("where", read_where),
        mean=score.maybe("mean", Node.number),
        classes=found.read("classes", _classes, ()),
        undetermined_below=found.maybe("undetermined_below", read_condition),
    )  # fmt: skip


def _half_life(node: Node) -> int:
    length = node.duration()
    if length < DAY:
        node.wrong("half_life_too_short", "半衰期至少 1 天", "a half-life is at least one day")
    return max(length, DAY)


def _classes(node: Node) -> tuple[PersonaClass, ...]:
    classes = node.each(_persona_class)
    if not classes or classes[-1].enter is not None or any(each.enter is None for each in classes[:-1]):
        node.wrong(
            "classes_incomplete",
            "分层从高到低排列：除最后一层外都要有 enter，最后一层没有",
            "classes stand from high to low: all but the last have enter, the last has none",
        )
    return classes


def _persona_class(node: Node) -> PersonaClass:
    found = node.fields(("class", "name", "name_en", "enter", "leave"), ("class",))
    key = found.read("class", Node.key, "?")
    name, name_en = found.names(key)
    enter = found.maybe("enter", _bound)
    leave = found.read("leave", _bound, enter)
    if enter and leave and not _at_most(leave, enter):
        found["leave"].wrong(
            "leave_above_enter",
            "leave 与 enter 要同一种写法，且不高于 enter",
            "leave is written as enter is, and is not above it",
        )
    return PersonaClass(key=key, name=name, name_en=name_en, enter=enter, leave=leave)


def _at_most(leave: Bound, enter: Bound) -> bool:
    if leave.permille is not None and enter.permille is not None:
        return leave.permille <= enter.permille
    return leave.amount is not None and enter.amount is not None and leave.amount <= enter.amount


def _bound(node: Node) -> Bound:
    if not isinstance(node.value, str):
        return Bound(amount=node.number())
    digits, _, tenth = node.value.removeprefix("p").partition(".")
    known = node.value.startswith("p") and digits.isdecimal() and len(tenth) <= 1 and (not tenth or tenth.isdecimal())
    permille = int(digits) * 10 + int(tenth or 0) if known and len(digits) <= 3 else 0  # noqa: PLR2004 (p100)
    if not 1 <= permille <= 1000:  # noqa: PLR2004 (thousandths)
        node.wrong(
            "not_a_percentile",
            "这里应为分位数（如 p80、p99.5）或数字",
            "a percentile (p80, p99.5) or a number is expected here",
        )
    return Bound(permille=min(max(permille, 1), 1000))
