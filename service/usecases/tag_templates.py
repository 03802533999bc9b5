"""Tags by filling in blanks: what operations staff choose becomes a definition, and a definition the blanks again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from service.core.playbook.read_aggregates import MOST_DAYS
from service.core.problem import Problem

Json = dict[str, object]
OF_EVENTS = ("count", "active_days", "silent", "never")
OF_FIELDS = ("sum", "avg", "max", "distinct")
TEMPLATES = ("count", "sum", "avg", "max", "distinct", "active_days", "silent", "never")
COMPARISONS = ("gte", "lte")
FILTERS = ("scenario", "channel", "touchpoint", "place")
LARGEST, DECIMALS = Decimal(10**12), 6
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_DAYS = re.compile(r"([1-9]\d{0,3})d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanks:
    """What stands in the form, as it was typed. `field` is `event/property`; `only` a field of the event itself."""

    name: str = ""
    name_en: str = ""
    group: str = ""
    template: str = "count"
    event: str = ""
    field: str = ""
    days: str = ""
    compare: str = "gte"
    amount: str = ""
    only: str = ""
    only_value: str = ""


def is_key(text: str) -> bool:
    """Whether a tag may be called so."""
    return _KEY.fullmatch(text) is not None


def mistakes(blanks: Blanks) -> tuple[Problem, ...]:
    """What is still to be filled in, or cannot be meant."""
    return tuple(
        Problem(code=f"blank_{field}", pointer=f"/{field}", zh=zh, en=en) for field, zh, en in _mistakes(blanks)
    )


def _mistakes(blanks: Blanks) -> Iterator[tuple[str, str, str]]:
    if not blanks.name:
        yield "name", "请写标签的名字", "give the tag a name"
    if blanks.template not in TEMPLATES:
        yield "template", "请选一种判断方式", "choose how to tell"
        return
    yield from _of_what(blanks)
    yield from _how_much(blanks)


def _of_what(blanks: Blanks) -> Iterator[tuple[str, str, str]]:
    if blanks.template in OF_EVENTS and not blanks.event:
        yield "event", "请选一个事件", "choose an event"
    if blanks.template in OF_FIELDS and not all(blanks.field.partition("/")):
        yield "field", "请选统计哪个字段", "choose which field"
    if blanks.only and (blanks.only not in FILTERS or not blanks.only_value):
        yield "only_value", "“只算其中”要写明等于什么", "say what it has to be equal to"


def _how_much(blanks: Blanks) -> Iterator[tuple[str, str, str]]:
    whole = f"天数应为 1 到 {MOST_DAYS} 的整数", f"days: a whole number from 1 to {MOST_DAYS}"
    if blanks.compare not in COMPARISONS:
        yield "compare", "请选至少或至多", "choose at least or at most"
    if blanks.template == "silent":
        if not _is_days(blanks.amount):
            yield "amount", *whole
        return
    if blanks.days and not _is_days(blanks.days):
        yield "days", *whole
    if blanks.template != "never" and _number(blanks.amount) is None:
        yield "amount", "请写一个数，最多 6 位小数", "write a number, with at most 6 decimals"


def written(blanks: Blanks) -> Json:
    """The definition, of blanks without mistakes."""
    found: Json = {"name": blanks.name}
    if blanks.name_en:
        found["name_en"] = blanks.name_en
    if blanks.group:
        found["group"] = blanks.group
    found["when"] = _condition(blanks)
    return found


def _condition(blanks: Blanks) -> Json:
    if blanks.template == "silent":
        events = _events(blanks)
        return {"all": [{"count": events, "gte": 1}, {"since_last": dict(events), "gte": f"{blanks.amount}d"}]}
    window = {"within": f"{blanks.days}d"} if blanks.days else {}
    if blanks.template == "never":
        return {"not": {"count": {**_events(blanks), **window}, "gte": 1}}
    return {blanks.template: {**_events(blanks), **window}, blanks.compare: _number(blanks.amount)}


def _events(blanks: Blanks) -> Json:
    """Of which events, and of which property of them."""
    event, _, name = blanks.field.partition("/")
    found: Json = {"event": event, "property": name} if blanks.template in OF_FIELDS else {"event": blanks.event}
    return {**found, "where": {blanks.only: blanks.only_value}} if blanks.only else found


def filled(definition: object) -> Blanks | None:
    """The blanks that give this very definition; None if it says more than they can."""
    if not isinstance(definition, Mapping) or not isinstance(definition.get("when"), Mapping):
        return None
    name, english, group = definition.get("name"), definition.get("name_en", ""), definition.get("group", "")
    if not isinstance(name, str) or not isinstance(english, str) or not isinstance(group, str):
        return None
    found = replace(_blanks_of(definition["when"]), name=name, name_en=english, group=group)
    return found if not mistakes(found) and written(found) == definition else None


def _blanks_of(when: Mapping[str, object]) -> Blanks:
    """A guess, to be held against the definition."""
    if "all" in when:
        parts = when["all"]
        last = parts[-1] if isinstance(parts, list) and parts else None
        silence = last if isinstance(last, Mapping) else {}
        return _of(Blanks(template="silent", amount=_in_days(silence.get("gte"))), silence.get("since_last"))
    if "not" in when:
        inner = when["not"]
        return _of(Blanks(template="never"), inner.get("count") if isinstance(inner, Mapping) else None)
    template = next((each for each in TEMPLATES if each in when), "")
    compare = next((each for each in COMPARISONS if each in when), "")
    amount = when.get(compare)
    said = "" if isinstance(amount, bool) or not isinstance(amount, int | float) else _plainly(amount)
    return _of(Blanks(template=template, compare=compare, amount=said), when.get(template))


def _of(blanks: Blanks, aggregate: object) -> Blanks:
    if not isinstance(aggregate, Mapping):
        return blanks
    event, name = str(aggregate.get("event", "")), aggregate.get("property")
    where = aggregate.get("where")
    only, value = next(iter(where.items()), ("", "")) if isinstance(where, Mapping) else ("", "")
    return replace(
        blanks, event="" if name else event, field=f"{event}/{name}" if name else "",
        days=_in_days(aggregate.get("within")), only=str(only), only_value=str(value),
    )  # fmt: skip


def _in_days(length: object) -> str:
    match = _DAYS.fullmatch(length) if isinstance(length, str) else None
    return match[1] if match else ""


def _is_days(text: str) -> bool:
    return _DAYS.fullmatch(f"{text}d") is not None and int(text) <= MOST_DAYS


def _number(text: str) -> int | float | None:
    """A number as a playbook holds it: whole if it is whole."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    exponent = found.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or abs(found) > LARGEST or exponent < -DECIMALS:
        return None
    return int(found) if found == found.to_integral_value() else float(found)


def _plainly(number: float) -> str:
    return f"{Decimal(repr(number)):f}"
