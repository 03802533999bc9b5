"""Reading conditions: the one language in which tags, personas and services say when."""

from service.core.event import Scalar
from service.core.playbook.conditions import (
    Aggregate,
    AggregateTest,
    All,
    Always,
    AnyOf,
    Comparison,
    Condition,
    FieldTest,
    JourneyTest,
    Not,
    PersonaTest,
    Reversal,
    TagTest,
    TraitTest,
    Where,
    WhereAll,
    WhereAny,
    WhereNot,
)
from service.core.playbook.tree import Listed, Node

ORDERED = ("gte", "gt", "lte", "lt")
OPERATORS = (*ORDERED, "eq", "ne", "in", "between", "exists")
AGGREGATES = ("count", "sum", "avg", "min", "max", "last", "since_last", "active_days")
OF_PROPERTY = ("sum", "avg", "min", "max", "last")
EVENT_FIELDS = ("channel", "touchpoint", "scenario", "place", "staff", "source")
JOURNEY_STATUSES = ("active", "completed", "dropped")
_NEVER = Always(holds=False)


def read_condition(node: Node) -> Condition:
    """One condition."""
    before = len(node.problems)
    members = node.entries()
    for name in ("all", "any", "not", "always", "trait", "tag", "persona", "journey"):
        if name in members:
            return _READERS[name](node, members[name])
    kinds = [kind for kind in AGGREGATES if kind in members]
    if len(kinds) == 1:
        return _aggregate_test(node, kinds[0])
    if len(node.problems) > before:
        return _NEVER
    node.wrong(
        "not_a_condition",
        "这里应为一个条件：all、any、not、trait、tag、persona、journey，或一个统计（count、sum、avg、min、max、last、since_last、active_days）",
        "a condition is expected here: all, any, not, trait, tag, persona, journey, or one aggregate ("
        + ", ".join(AGGREGATES)
        + ")",
    )
    return _NEVER


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
    values = node.each(operand) if op in ("in", "between") else (operand(node),)
    if op == "between" and len(values) != 2:  # noqa: PLR2004 (low and high)
        node.wrong("not_a_range", "between 需要 [下限, 上限]", "between takes [low, high]")
    return Comparison(op=op, values=values)


def _all(node: Node, member: Node) -> Condition:
    node.fields(("all",))
    return All(parts=member.each(read_condition))


def _any(node: Node, member: Node) -> Condition:
    node.fields(("any",))
    return AnyOf(parts=member.each(read_condition))


def _not(node: Node, member: Node) -> Condition:
    node.fields(("not",))
    return Not(part=read_condition(member))


def _always(node: Node, member: Node) -> Condition:
    node.fields(("always",))
    return Always(holds=member.flag())


def _trait(node: Node, member: Node) -> Condition:
    node.fields(("trait", *OPERATORS))
    return TraitTest(trait=_name(member), comparisons=read_comparisons(node))


def _tag(node: Node, member: Node) -> Condition:
    found = node.fields(("tag", "eq", "in"))
    if "eq" in found and "in" in found:
        found["eq"].wrong("eq_and_in", "eq 与 in 只写一个", "write either eq or in")
    one = found.maybe("eq", Node.text)
    values = found.maybe("in", Node.words) if one is None else (one,)
    return TagTest(tag=member.key(), values=values if values is None or one is not None else Listed(values))


def _persona(node: Node, member: Node) -> Condition:
    node.fields(("persona",))
    found = member.fields(("scheme", "in"), ("scheme", "in"))
    return PersonaTest(scheme=found.read("scheme", Node.key, "?"), classes=found.read("in", Node.words, ()))


def _journey(node: Node, member: Node) -> Condition:
    node.fields(("journey",))
    found = member.fields(("journey", "status", "stage"), ("journey",))
    return JourneyTest(
        journey=found.read("journey", Node.key, "?"),
        status=found.maybe("status", lambda item: item.choice(JOURNEY_STATUSES)),
        stage=found.maybe("stage", Node.key),
    )


def _aggregate_test(node: Node, kind: str) -> Condition:
    found = node.fields((kind, *OPERATORS))
    aggregate = read_aggregate(kind, found[kind])
    return AggregateTest(aggregate=aggregate, comparisons=read_comparisons(node, durations=kind == "since_last"))


def read_aggregate(kind: str, node: Node) -> Aggregate:
    """An aggregate over events."""
    allowed = ["event", "where", "reverses"]
    allowed += ["property"] if kind in OF_PROPERTY else []
    allowed += ["within"] if kind not in ("last", "since_last") else []
    found = node.fields(allowed, ("event", "property") if kind in OF_PROPERTY else ("event",))
    return Aggregate(
        kind=kind,
        events=found.read("event", Node.words, ()),
        property=found.maybe("property", _name),
        where=found.maybe("where", read_where),
        within=found.maybe("within", Node.duration),
        reverses=found.maybe("reverses", read_reversal),
    )


def read_reversal(node: Node) -> Reversal:
    """`{event, by}`."""
    found = node.fields(("event", "by"), ("event", "by"))
    return Reversal(event=found.read("event", _name, "?"), by=found.read("by", _name, "?"))


def _name(node: Node) -> str:
    return node.text(128)


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
        return FieldTest(field=_name(members["property"]), is_property=True, comparisons=read_comparisons(node))
    tests = [_event_field(name, member) for name, member in members.items() if name in EVENT_FIELDS]
    node.fields(("property", *EVENT_FIELDS))
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


_READERS = {
    "all": _all,
    "any": _any,
    "not": _not,
    "always": _always,
    "trait": _trait,
    "tag": _tag,
    "persona": _persona,
    "journey": _journey,
}
