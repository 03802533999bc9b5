"""Reading persona schemes: the score, the signals that move it, and the classes."""

from service.core.calendar import DAY
from service.core.event import MICRO
from service.core.playbook.definitions import Bound, Persona, PersonaClass, Signal
from service.core.playbook.read_aggregates import read_half_life
from service.core.playbook.read_conditions import read_condition
from service.core.playbook.read_people import NEVER
from service.core.playbook.read_where import read_name, read_where
from service.core.playbook.tree import Fields, Node

DOUBLING = 2**20  # in units of the score
MOST_ADDED = 20


def read_persona(key: str, node: Node) -> Persona:
    """One persona scheme."""
    found = node.fields(("name", "name_en", "score", "classes", "undetermined_below"), ("classes",))
    name, name_en = found.names(key)
    wanted = ("kind", "event", "property", "half_life")
    allowed = (*wanted, "where", "mean", "signals")
    score = found["score"].fields(allowed, wanted) if "score" in found else Fields()
    score.maybe("kind", lambda item: item.choice(("value",)))
    classes: tuple[PersonaClass, ...] = found.read("classes", _classes, ())
    if "score" not in found and any(each.enter for each in classes):
        node.wrong("missing_field", "用 enter 分层需要 score", "classes with enter need a score")
    return Persona(
        key=key, name=name, name_en=name_en,
        event=score.read("event", read_name, ""),
        property=score.read("property", read_name, ""),
        half_life=score.read("half_life", read_half_life, 180 * DAY),
        where=score.maybe("where", read_where),
        mean=score.maybe("mean", Node.number),
        signals=score.each("signals", _signal),
        classes=classes,
        undetermined_below=found.maybe("undetermined_below", read_condition),
    )  # fmt: skip


def _signal(node: Node) -> Signal:
    found = node.fields(("name", "when", "adds"), ("name", "when", "adds"))
    return Signal(
        name=found.read("name", Node.text, "?"),
        when=found.read("when", read_condition, NEVER),
        shift=found.read("adds", _shift, 0),
    )


def _shift(node: Node) -> int:
    doublings = node.number()
    if abs(doublings) > MOST_ADDED * MICRO:
        zh, en = f"adds 应在 −{MOST_ADDED} 到 {MOST_ADDED} 之间", f"adds is from -{MOST_ADDED} to {MOST_ADDED}"
        node.wrong("out_of_range", zh, en)
        return 0
    return doublings * DOUBLING // MICRO


def _classes(node: Node) -> tuple[PersonaClass, ...]:
    classes = node.each(_persona_class)
    bounded = [each.enter is not None or each.when is not None for each in classes]
    if not classes or bounded != [True] * (len(classes) - 1) + [False]:
        node.wrong(
            "classes_incomplete",
            "分层从高到低排列：除最后一层外都要有 enter 或 when，最后一层没有",
            "classes stand from high to low: all but the last have enter or when, the last has neither",
        )
    return classes


def _persona_class(node: Node) -> PersonaClass:
    found = node.fields(("class", "name", "name_en", "enter", "leave", "when"), ("class",))
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
    if "leave" in found and "enter" not in found and "when" not in found:
        zh, en = "leave 要与 enter 一起写", "leave stands beside enter"
        found["leave"].wrong("leave_without_enter", zh, en)
    if "when" in found and ("enter" in found or "leave" in found):
        node.wrong("bound_and_rule", "when 与 enter/leave 只写一种", "write either when, or enter and leave")
    when = found.maybe("when", read_condition)
    return PersonaClass(key=key, name=name, name_en=name_en, enter=enter, leave=leave, when=when)


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
