"""Reading comparisons, and tests of one event."""

from service.core.event import Scalar
from service.core.pattern import LONGEST, compile_pattern
from service.core.playbook.conditions import Comparison, FieldTest, Where, WhereAll, WhereAny, WhereNot
from service.core.playbook.read_moments import MOMENTS, read_moment
from service.core.playbook.tree import Node

ORDERED = ("gte", "gt", "lte", "lt")
OPERATORS = (*ORDERED, "eq", "ne", "in", "between", "exists", "matches")
EVENT_FIELDS = ("channel", "touchpoint", "scenario", "place", "staff", "source")


def read_name(node: Node) -> str:
    """The name of a property or a trait."""
    return node.text(128)


def read_comparisons(node: Node, *, durations: bool = False) -> tuple[Comparison, ...]:
    """The comparisons that stand beside what is compared."""
    found = [_comparison(op, member, durations=durations) for op, member in node.entries().items() if op in OPERATORS]
    if not found:
        node.wrong("no_comparison", "缺少比较，例如 gte: 3", "a comparison is missing, for example gte: 3")
    return tuple(found)


def _comparison(op: str, node: Node, *, durations: bool) -> Comparison:
    def operand(item: Node) -> Scalar:
        if durations:
            return item.duration()
        return item.number() if op in (*ORDERED, "between") else item.scalar()

    if op == "exists":
        return Comparison(op=op, values=(node.flag(),))
    if op == "matches":
        return Comparison(op=op, values=(_pattern(node),))
    values = node.each(operand) if op in ("in", "between") else (operand(node),)
    if op == "between" and len(values) != 2:  # noqa: PLR2004 (low and high)
        node.wrong("not_a_range", "between 需要 [下限, 上限]", "between takes [low, high]")
    return Comparison(op=op, values=values)


def _pattern(node: Node) -> str:
    if isinstance(node.value, str) and node.value and compile_pattern(node.value) is not None:
        return node.value
    node.wrong(
        "not_a_pattern",
        f"这里应为 RE2 语法的正则表达式，最长 {LONGEST} 个字符；不支持回溯引用和环视",
        f"a regular expression in RE2 syntax is expected here, {LONGEST} characters at most; no look-around, no \\1",
    )
    return "^"


def read_where(node: Node) -> Where:
    """A test of one event."""
    if isinstance(node.value, list | tuple):
        return WhereAll(parts=node.each(read_where), written="list")
    members = node.entries()
    for name, make in (("all", WhereAll), ("any", WhereAny)):
        if name in members:
            node.fields((name,))
            return make(parts=members[name].each(read_where))
    if "not" in members:
        node.fields(("not",))
        return WhereNot(part=read_where(members["not"]))
    return _field_test(node, members)


def _field_test(node: Node, members: dict[str, Node]) -> Where:
    if "property" in members:
        node.fields(("property", *OPERATORS))
        return FieldTest(field=read_name(members["property"]), is_property=True, comparisons=read_comparisons(node))
    tests: list[Where] = [_event_field(name, member) for name, member in members.items() if name in EVENT_FIELDS]
    tests += [read_moment(name, member) for name, member in members.items() if name in MOMENTS]
    node.fields(("property", *EVENT_FIELDS, *MOMENTS))
    if not tests:
        node.wrong(
            "not_a_test",
            "where 需要 property 或事件字段（如 channel）",
            "where needs a property or a field of the event such as channel",
        )
    return tests[0] if len(tests) == 1 else WhereAll(parts=tuple(tests), written="fields")


def _event_field(name: str, node: Node) -> FieldTest:
    """`channel: mini_program` or `channel: {in: […]}`."""
    if isinstance(node.value, dict):
        node.fields(OPERATORS)
        return FieldTest(field=name, is_property=False, comparisons=read_comparisons(node))
    return FieldTest(field=name, is_property=False, comparisons=(Comparison(op="in", values=node.words()),))
