"""What a condition is about, in Chinese and English: which events, which of them, over which time, and what of them."""

from collections.abc import Sequence

from service.core.calendar import say_duration
from service.core.playbook.conditions import Aggregate, FieldTest, Where, WhereAll, WhereAny, WhereNot
from service.core.playbook.definitions import EventType, Playbook
from service.core.playbook.reserved import RESERVED
from service.core.words import Words, comparisons_words, exact, moment_words

_KINDS: dict[str, Words] = {
    "count": ("次数", "count of"),
    "sum": ("合计", "sum of"),
    "avg": ("平均", "average of"),
    "min": ("最小", "smallest"),
    "max": ("最大", "largest"),
    "distinct": ("不同值个数", "number of different"),
    "first": ("首次的", "first"),
    "last": ("最近一次的", "last"),
    "since_last": ("距上次", "time since last"),
    "active_days": ("活跃天数", "active days of"),
    "decayed_sum": ("热度", "decayed sum of"),
    "top": ("最多的", "prevailing"),
    "sequence": ("依次发生的次数", "completed sequences of"),
}
_BEFORE = frozenset({"since_last", "first", "last", "top"})  # said before what is counted, in Chinese
_FIELDS: dict[str, str] = {
    "channel": "渠道", "touchpoint": "触点", "scenario": "场景", "place": "门店", "staff": "员工", "source": "来源"
}  # fmt: skip
_PERIODS: dict[str, Words] = {
    "today": ("今天", "today"), "yesterday": ("昨天", "yesterday"),
    "this_week": ("本周", "this week"), "last_week": ("上周", "last week"),
    "this_month": ("本月", "this month"), "last_month": ("上月", "last month"),
    "this_year": ("今年", "this year"), "last_year": ("去年", "last year"),
}  # fmt: skip


def subject(playbook: Playbook, aggregate: Aggregate) -> Words:
    """What is counted: 近 30 天支付订单（渠道 = app）的金额合计."""
    zh, en = _occurrences(playbook, aggregate)
    of = _of(playbook, aggregate)
    kind_zh, kind_en = _KINDS[aggregate.kind]
    window_zh, window_en = _window(aggregate)
    zh = f"{window_zh}{zh}" + (f"的{of[0]}" if of and aggregate.kind not in _BEFORE else "")
    en = (f"{of[1]} of {en}" if of else en) + window_en
    if aggregate.kind == "since_last":
        return f"{kind_zh}{zh}", f"{kind_en} {en}"
    more_zh, more_en = _more(playbook, aggregate)
    if aggregate.kind in _BEFORE:
        return f"{zh}{kind_zh}{of[0].rstrip() if of else ''}{more_zh}", f"{kind_en} {en}{more_en}"
    return f"{zh}{kind_zh}{more_zh}", f"{kind_en} {en}{more_en}"


def counted_words(playbook: Playbook, aggregate: Aggregate) -> Words:
    """What more of it would have to happen, whatever the time: 支付订单（主品类 = hand_brew）的金额."""
    (zh, en), of = _occurrences(playbook, aggregate), _of(playbook, aggregate)
    return (f"{zh}的{of[0]}", f"{of[1]} of {en}") if of else (zh, en)


def _occurrences(playbook: Playbook, aggregate: Aggregate) -> Words:
    """The events that are counted, or the sequences of them."""
    if aggregate.steps:
        zh, en = _steps(playbook, aggregate)
    else:
        zh, en = events_words(playbook, tuple(dict.fromkeys(aggregate.events)), aggregate.where)
    back = aggregate.reverses
    if back is None:
        return zh, en
    by = property_name(playbook, (*aggregate.events, back.event), back.by).strip()
    name = event_name(playbook, back.event)
    return f"{zh}（{by}相同的{name[0]}会冲掉它）", f"{en} (unless taken back by {name[1]} of the same {back.by})"


def events_words(playbook: Playbook, events: Sequence[str], where: Where | None) -> Words:
    """Event types, and which of their events: 支付订单（渠道 = app）."""
    names = [event_name(playbook, key) for key in events]
    zh, en = "、".join(zh for zh, _ in names), " / ".join(en for _, en in names)
    if where is None:
        return zh, en
    only = where_words(playbook, events, where)
    return f"{zh}（{only[0]}）", f"{en} ({only[1]})"


def _steps(playbook: Playbook, aggregate: Aggregate) -> Words:
    parts = [events_words(playbook, [step.event], step.where) for step in aggregate.steps]
    zh, en = (" → ".join(words) for words in zip(*parts, strict=True))
    length = aggregate.within or 1
    return f"{zh}（{say_duration(length, zh=True)}内）", f"{en} within {say_duration(length, zh=False)}"


def where_words(playbook: Playbook, events: Sequence[str], where: Where) -> Words:
    """Which events of these types are meant."""
    if isinstance(where, WhereNot):
        zh, en = where_words(playbook, events, where.part)
        return f"不满足（{zh}）", f"not ({en})"
    if isinstance(where, WhereAll | WhereAny):
        joints = ("，且 ", " and ") if isinstance(where, WhereAll) else ("，或 ", " or ")
        parts = [_inner(playbook, events, part) for part in where.parts]
        return joints[0].join(zh for zh, _ in parts), joints[1].join(en for _, en in parts)
    if not isinstance(where, FieldTest):
        return moment_words(playbook, where)
    zh, en = comparisons_words(
        where.comparisons, property_unit(playbook, events, where.field) if where.is_property else "number"
    )
    name = property_name(playbook, events, where.field) if where.is_property else _FIELDS[where.field]
    return f"{name.strip()} {zh}", f"{where.field} {en}"


def _inner(playbook: Playbook, events: Sequence[str], where: Where) -> Words:
    zh, en = where_words(playbook, events, where)
    several = isinstance(where, WhereAll | WhereAny) and len(where.parts) > 1
    return (f"（{zh}）", f"({en})") if several else (zh, en)


def _more(playbook: Playbook, aggregate: Aggregate) -> Words:
    """How it is weighed, which makes it another aggregate."""
    zh, en = list[str](), list[str]()
    if aggregate.half_life is not None:
        zh.append(f"半衰期 {say_duration(aggregate.half_life, zh=True)}")
        en.append(f"half-life {say_duration(aggregate.half_life, zh=False)}")
    if aggregate.by is not None:
        zh.append(f"按{property_name(playbook, aggregate.events, aggregate.by)}计".replace("  ", " "))
        en.append(f"by {aggregate.by}")
    if aggregate.share:
        zh.append(f"至少占 {exact(aggregate.share * 100)}%")
        en.append(f"at least {exact(aggregate.share * 100)}%")
    return (f"（{'，'.join(zh)}）", f" ({', '.join(en)})") if zh else ("", "")


def event_name(playbook: Playbook, key: str) -> Words:
    """What people call an event type."""
    found = declared(playbook, key)
    return found.names if found else (key, key)


def declared(playbook: Playbook, key: str) -> EventType | None:
    """An event type that the playbook declares, or that the service itself understands."""
    return playbook.events.get(key) or RESERVED.get(key)


def _of(playbook: Playbook, aggregate: Aggregate) -> Words | None:
    if aggregate.field is not None:
        return _FIELDS[aggregate.field], aggregate.field
    name = aggregate.property
    return None if name is None else (property_name(playbook, aggregate.events, name), name)


def property_name(playbook: Playbook, events: Sequence[str], name: str) -> str:
    """What people call a property of these events."""
    known = (declared(playbook, key) for key in events)
    found = next((each.properties[name] for each in known if each is not None and name in each.properties), None)
    return found.name if found and found.name else f" {name} "


def _window(aggregate: Aggregate) -> Words:
    if aggregate.last_days is not None:
        plural = "day" if aggregate.last_days == 1 else "days"
        return f"近 {aggregate.last_days} 个自然日", f" in the last {aggregate.last_days} calendar {plural}"
    if aggregate.during is not None:
        zh, en = _PERIODS[aggregate.during]
        return zh, f" {en}"
    if aggregate.within is not None and not aggregate.steps:
        return (
            f"近 {say_duration(aggregate.within, zh=True)}",
            f" in the last {say_duration(aggregate.within, zh=False)}",
        )
    return "", ""


def unit_of(playbook: Playbook, aggregate: Aggregate) -> str:
    """What an aggregate is measured in: count, days, duration, money or number."""
    if aggregate.kind in ("count", "sequence"):
        return "count"
    if aggregate.kind in ("active_days", "since_last"):
        return {"active_days": "days", "since_last": "duration"}[aggregate.kind]
    return (
        "number"
        if aggregate.kind == "distinct"
        else property_unit(playbook, aggregate.events, aggregate.property or "")
    )


def property_unit(playbook: Playbook, events: Sequence[str], name: str) -> str:
    """What a property of these events is measured in: money or number."""
    known = (declared(playbook, key) for key in events)
    kinds = {each.properties[name].kind for each in known if each is not None and name in each.properties}
    return "money" if kinds == {"money"} else "number"
