"""What is wrong with tests of single events, and with comparisons wherever they stand."""

from collections.abc import Sequence

from service.core.event import Scalar
from service.core.playbook.conditions import Comparison, FieldTest, Where, WhereAll, WhereAny, WhereNot
from service.core.playbook.known import NUMERIC, Known
from service.core.playbook.mistakes import Found, not_empty, place_of, problem, unknown
from service.core.playbook.moments import HolidayTest
from service.core.problem import token

_WORDS = {
    "string": ("文字（加引号）", "a text (in quotes)"),
    "boolean": ("true 或 false（不加引号）", "true or false (no quotes)"),
    "number": ("数字（不加引号）", "a number (no quotes)"),
}


def in_property(known: Known, events: Sequence[str], name: str, pointer: str, *, numeric: bool) -> Found:
    """A property of events, which has to be a number or may be anything."""
    kinds = known.kinds(events, name)
    if known.lacks(events, name):
        yield unknown("property", pointer, name, known.names(events))
    elif numeric and kinds and not kinds & NUMERIC:
        zh = "这个统计要用数字字段；请换一个字段，或在 events 里把它声明为 number、integer 或 money"
        en = "this needs a property that is a number; take another, or declare it as number, integer or money"
        yield problem("not_numeric", pointer, zh, en)


def in_where(known: Known, where: Where | None, pointer: str, events: Sequence[str]) -> Found:
    """Everything that is wrong within a test of single events."""
    if isinstance(where, FieldTest):
        yield from _property_test(known, where, pointer, events) if where.is_property else _label(known, where, pointer)
    elif isinstance(where, HolidayTest):
        yield from in_holiday(known, where, pointer)
    elif isinstance(where, WhereNot):
        yield from in_where(known, where.part, pointer + "/not", events)
    elif isinstance(where, WhereAny):
        yield from _inner(known, where.parts, pointer + "/any", events)
    elif isinstance(where, WhereAll) and where.written == "fields":
        for part in where.parts:
            yield from in_where(known, part, pointer, events)
    elif isinstance(where, WhereAll):
        yield from _inner(known, where.parts, pointer + ("/all" if where.written == "all" else ""), events)


def in_holiday(known: Known, test: HolidayTest, pointer: str) -> Found:
    """Holidays that have to stand in the table."""
    table, place = known.playbook.holidays, pointer + "/holiday"
    for index, name in enumerate(test.holidays or ()):
        if name not in table:
            yield unknown("holiday", place_of(place + "/in", test.holidays or (), index), name, table)
    if test.holidays is not None:
        yield from not_empty(test.holidays, place + "/in")
    elif not table:
        zh, en = "方案里没有节假日表，请先写 holidays", "the playbook has no table of holidays; write holidays first"
        yield problem("no_holidays", place, zh, en)


def _inner(known: Known, parts: tuple[Where, ...], pointer: str, events: Sequence[str]) -> Found:
    yield from not_empty(parts, pointer)
    for index, part in enumerate(parts):
        yield from in_where(known, part, place_of(pointer, parts, index), events)


def _property_test(known: Known, test: FieldTest, pointer: str, events: Sequence[str]) -> Found:
    if known.lacks(events, test.field):
        yield unknown("property", pointer + "/property", test.field, known.names(events))
    yield from in_comparisons(test.comparisons, known.kinds(events, test.field), pointer)


def _label(known: Known, test: FieldTest, pointer: str) -> Found:
    """Places are declared; scenarios and channels are not, so only what looks misspelt is wrong."""
    place = pointer + token(test.field)
    for comparison in test.comparisons:
        if comparison.op not in ("in", "eq", "ne"):
            yield from in_comparisons((comparison,), frozenset({"string"}), place)
            continue
        yield from not_empty(comparison.values, place)
        for value in comparison.values:
            if isinstance(value, str):
                yield from in_label(known, test.field, value, place)
            else:
                yield problem("type_mismatch", place, f"这里应写{_WORDS['string'][0]}", "a text is expected here")


def in_label(known: Known, field: str, value: str, pointer: str) -> Found:
    """A place, a scenario or a channel that something refers to."""
    if field == "place" and known.playbook.places and value not in known.playbook.places:
        yield unknown("place", pointer, value, known.playbook.places)
    elif field in known.labels and known.misspelt(field, value):
        yield unknown(field, pointer, value, sorted(known.labels[field]))


# ---- comparisons


def in_comparisons(comparisons: tuple[Comparison, ...], kinds: frozenset[str], pointer: str) -> Found:
    """Comparisons that can never hold for a value of these types."""
    for each in comparisons:
        place = pointer + token(each.op)
        if each.op == "between" and _turned(each.values):
            yield problem("empty_range", place, "下限大于上限，请对调", "the low end is above the high one; swap them")
        elif each.op == "in":
            yield from not_empty(each.values, place)
        elif each.op == "matches" and kinds and "string" not in kinds:
            yield problem("type_mismatch", place, "正则只能用于文字", "only a text matches a pattern")
            continue
        for index, value in enumerate(each.values):
            if kinds and each.op != "exists" and not any(_fits(value, kind) for kind in kinds):
                zh, en = zip(*(_WORDS.get(kind, _WORDS["number"]) for kind in sorted(kinds)), strict=True)
                wanted = "，或".join(dict.fromkeys(zh)), ", or ".join(dict.fromkeys(en))
                where = place_of(place, each.values, index)
                yield problem("type_mismatch", where, f"这里应写{wanted[0]}", f"{wanted[1]} is expected here")


def _fits(value: Scalar, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return kind == "string" if isinstance(value, str) else kind in NUMERIC


def _turned(values: tuple[Scalar, ...]) -> bool:
    match values:
        case (int(low), int(high)):
            return low > high
        case _:
            return False
