"""Reading tags: what is said of people."""

from collections.abc import Mapping

from service.core.event import MICRO
from service.core.playbook.conditions import Aggregate, Always, Condition
from service.core.playbook.definitions import Rfm, Tag, TagGroup, TagValue
from service.core.playbook.read_aggregates import AGGREGATES, read_aggregate, read_half_life
from service.core.playbook.read_conditions import read_condition
from service.core.playbook.read_where import read_name, read_where
from service.core.playbook.tree import Fields, Node

NEVER: Condition = Always(holds=False)
OWNERS = ("staff", "rule", "crm")
GIVEN = {"manual": "staff", "imported": "crm"}  # tags set from outside, and who answers for them
SHOWN = tuple(kind for kind in AGGREGATES if kind != "since_last")
KINDS: Mapping[str, str] = {"first": "first", "last": "last", "top": "preference", "decayed_sum": "score"}
CENT = MICRO // 100


def read_tag_group(key: str, node: Node) -> TagGroup:
    """One tag group."""
    found = node.fields(("name", "name_en", "exclusive"))
    name, name_en = found.names(key)
    return TagGroup(key=key, name=name, name_en=name_en, exclusive=found.read("exclusive", Node.flag, False))


def read_tag(key: str, node: Node) -> Tag:
    """One tag: by a rule (`when`), by values, by what an aggregate comes to, by quintiles, or set from outside."""
    common = ("name", "name_en", "group", "kind", "owner", "ttl", "half_life")
    found = node.fields((*common, "when", "values", "value_of", "round", "rfm"))
    name, name_en = found.names(key)
    kind = _kind(node, found)
    value_of = _value_of(found["value_of"]) if kind == "value_of" else None
    when = found.maybe("when", read_condition)
    values = found.each("values", _tag_value)
    if kind == "rule":
        values = (TagValue(key="", name="", when=when or NEVER),)
    elif kind == "value":
        _need_when(found, values)
    if "round" in found and value_of is None:
        found["round"].wrong("not_allowed_here", "round 只用于 value_of", "round belongs to value_of")
    return Tag(
        key=key, name=name, name_en=name_en, kind=KINDS.get(value_of.kind, "metric") if value_of else kind,
        owner=found.read("owner", lambda item: item.choice(OWNERS), GIVEN.get(kind, "rule")),
        group=found.maybe("group", Node.key), values=values, value_of=value_of, gate=when if value_of else None,
        round=found.read("round", _round, MICRO if value_of and value_of.kind == "decayed_sum" else CENT),
        rfm=_rfm(found["rfm"]) if kind == "rfm" else None,
        ttl=found.maybe("ttl", Node.duration), half_life=found.maybe("half_life", read_half_life),
    )  # fmt: skip


def _kind(node: Node, found: Fields) -> str:
    """Which of the ways a tag is written in; exactly one."""
    said = found.maybe("kind", lambda item: item.choice(("rule", "value", *GIVEN)))
    ways = [way for way in ("value_of", "rfm", "values", "when") if way in found]
    if said in GIVEN and ways in ([], ["values"]):
        return str(said)
    if ways == ["value_of", "when"]:
        ways = ["value_of"]
    if len(ways) != 1 or said in GIVEN:
        node.wrong(
            "tag_without_rule",
            "标签须且只须有 when、values、value_of、rfm 其中之一，或写 kind: manual 或 imported",
            "a tag needs exactly one of when, values, value_of and rfm, or kind: manual or imported",
        )
        return "manual"
    return {"when": "rule", "values": "value"}.get(ways[0], ways[0])


def _need_when(found: Fields, values: tuple[TagValue, ...]) -> None:
    for node, value in zip(found["values"].items(), values, strict=True):
        if value.when is None and isinstance(node.value, Mapping):
            node.wrong("missing_field", "缺少字段 when", "the field when is missing")


def _tag_value(node: Node) -> TagValue:
    found = node.fields(("value", "name", "name_en", "when"), ("value",))
    key = found.read("value", lambda item: item.text(64), "?")
    name, name_en = found.names(key)
    return TagValue(key=key, name=name, name_en=name_en, when=found.maybe("when", read_condition))


def _value_of(node: Node) -> Aggregate:
    members = node.fields(SHOWN)
    if len(members) == 1:
        kind, member = next(iter(members.items()))
        return read_aggregate(kind, member)
    if isinstance(node.value, Mapping):
        listed = ", ".join(SHOWN)
        node.wrong("not_an_aggregate", f"这里应为一个统计：{listed}", f"one aggregate is expected here: {listed}")
    return Aggregate(kind="count", events=())


def _round(node: Node) -> int:
    step = node.number()
    if step <= 0:
        node.wrong("not_a_step", "取整单位应大于 0", "the step of rounding is above 0")
    return max(step, 1)


def _rfm(node: Node) -> Rfm:
    found = node.fields(("event", "property", "where"), ("event", "property"))
    return Rfm(
        event=found.read("event", read_name, "?"),
        property=found.read("property", read_name, "?"),
        where=found.maybe("where", read_where),
    )
