"""Reading conditions: the one language in which tags, personas and services say when."""

from collections.abc import Callable, Mapping

from service.core.playbook.conditions import (
    PROFILE_TYPES,
    AggregateTest,
    All,
    Always,
    AnyOf,
    Comparison,
    Condition,
    JourneyTest,
    Not,
    PersonaTest,
    ProfileTypeTest,
    RfmTest,
    TagTest,
    TraitTest,
)
from service.core.playbook.read_aggregates import AGGREGATES, read_aggregate
from service.core.playbook.read_moments import MOMENTS, read_anniversary, read_bucket, read_moment
from service.core.playbook.read_where import OPERATORS, read_comparisons, read_name
from service.core.playbook.tree import Listed, Node

JOURNEY_STATUSES = ("active", "completed", "dropped")
_NEVER = Always(holds=False)


def read_condition(node: Node) -> Condition:
    """One condition."""
    before = len(node.problems)
    members = node.entries()
    for name, read in _READERS.items():
        if name in members:
            return read(node, members[name])
    for name in MOMENTS:
        if name in members:
            node.fields((name,))
            return read_moment(name, members[name])
    kinds = [kind for kind in AGGREGATES if kind in members]
    if len(kinds) == 1:
        return _aggregate_test(node, kinds[0])
    if len(node.problems) > before:
        return _NEVER
    known = ", ".join((*_READERS, *MOMENTS))
    node.wrong(
        "not_a_condition",
        f"这里应为一个条件：{known}，或一个统计（{', '.join(AGGREGATES)}）",
        f"a condition is expected here: {known}, or one aggregate ({', '.join(AGGREGATES)})",
    )
    return _NEVER


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
    return TraitTest(trait=read_name(member), comparisons=read_comparisons(node))


def _tag(node: Node, member: Node) -> Condition:
    """Without comparison the tag is on; with `eq` or `in` it has that value; what it shows may be compared as well."""
    found = node.fields(("tag", *OPERATORS))
    used = [name for name in found if name != "tag"]
    if len(used) > 1 and {"eq", "in"} & {*used}:
        place = found["eq"] if "eq" in found else found["in"]
        place.wrong("eq_and_in", "eq 与 in 只能单独写", "eq and in stand alone")
    if not used or used[0] not in ("eq", "in"):
        return TagTest(tag=member.key(), comparisons=read_comparisons(node) if used else ())
    comparisons = read_comparisons(node)
    values = found[used[0]].words() if all(_is_word(item.value) for item in found[used[0]].items()) else ()
    values = tuple(values) if used[0] == "eq" else Listed(values)
    return TagTest(tag=member.key(), values=values, comparisons=comparisons)


def _is_word(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _rfm(node: Node, member: Node) -> Condition:
    node.fields(("rfm",))
    found = member.fields(("tag", "r", "f", "m"), ("tag",))
    parts = tuple((name, _part(found[name])) for name in ("r", "f", "m") if name in found)
    if not parts:
        member.wrong("no_comparison", "r、f、m 至少写一个，例如 r: {gte: 4}", "write r, f or m, such as r: {gte: 4}")
    return RfmTest(tag=found.read("tag", Node.key, "?"), parts=parts)


def _part(node: Node) -> tuple[Comparison, ...]:
    node.fields(OPERATORS)
    return read_comparisons(node)


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


def _profile_type(node: Node, member: Node) -> Condition:
    node.fields(("profile_type",))
    return ProfileTypeTest(type=member.choice(PROFILE_TYPES))


def _anniversary(node: Node, member: Node) -> Condition:
    node.fields(("anniversary",))
    return read_anniversary(member)


def _bucket(node: Node, member: Node) -> Condition:
    node.fields(("bucket",))
    return read_bucket(member)


def _aggregate_test(node: Node, kind: str) -> Condition:
    found = node.fields((kind, *OPERATORS))
    aggregate = read_aggregate(kind, found[kind])
    return AggregateTest(aggregate=aggregate, comparisons=read_comparisons(node, durations=kind == "since_last"))


_READERS: Mapping[str, Callable[[Node, Node], Condition]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "always": _always,
    "trait": _trait,
    "tag": _tag,
    "rfm": _rfm,
    "persona": _persona,
    "journey": _journey,
    "profile_type": _profile_type,
    "anniversary": _anniversary,
    "bucket": _bucket,
}
