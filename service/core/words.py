"""Values, comparisons and moments in Chinese and English, in the playbook's units."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeGuard

from service.core.calendar import say_duration
from service.core.event import MICRO, Scalar
from service.core.playbook.conditions import Comparison
from service.core.playbook.definitions import Named, Playbook
from service.core.playbook.moments import MIDNIGHT, Dates, HolidayTest, Moment, TimeOfDay, Weekday
from service.core.where import Reading, as_reading
from service.core.wire import plain

Words = tuple[str, str]
_SIGNS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "eq": "=", "in": "=", "ne": "≠"}

_DAYS: tuple[Words, ...] = (
    ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"), ("周五", "Friday"),
    ("周六", "Saturday"), ("周日", "Sunday"),
)  # fmt: skip


def said(reading: Reading, unit: str) -> Words:
    """A value in words."""
    if reading is None:
        return "（无）", "absent"
    if isinstance(reading, tuple):
        return amount(reading[0], reading[1], unit)
    if isinstance(reading, bool):
        return ("是", "true") if reading else ("否", "false")
    return reading, reading


def amount(number: int, divisor: int, unit: str) -> Words:
    """A number in its unit; durations in the largest unit that fits, cut."""
    if unit == "duration":
        whole = max(number // 1_000_000, 1) * 1_000_000
        for size in (86_400_000_000, 3_600_000_000, 60_000_000):
            if whole >= size:
                whole -= whole % size
                break
        return say_duration(whole, zh=True), say_duration(whole, zh=False)
    return in_unit(f"{number / divisor / MICRO:,.2f}".rstrip("0").rstrip("."), unit)


def exact(number: int) -> str:
    """A number in units of 10⁻⁶ with all its digits."""
    return f"{Decimal(number).scaleb(-6):,f}".rstrip("0").rstrip(".")


def in_unit(figure: str, unit: str) -> Words:
    """A figure with its unit."""
    if unit == "count":
        return f"{figure} 次", figure
    if unit == "days":
        return f"{figure} 天", days_en(figure)
    return (f"¥{figure}", f"¥{figure}") if unit == "money" else (figure, figure)


def data(reading: Reading, unit: str) -> object:
    """A value as JSON."""
    if not isinstance(reading, tuple):
        return reading
    if unit == "duration":
        return say_duration(max(reading[0] // 1_000_000, 1) * 1_000_000, zh=False)
    return (
        plain(reading[0] // reading[1]) if reading[0] % reading[1] == 0 else round(reading[0] / reading[1] / MICRO, 6)
    )


def requirement(comparison: Comparison, unit: str) -> dict[str, object]:
    """A comparison as JSON."""
    shown = [
        say_duration(value, zh=False) if unit == "duration" and is_number(value) else plain(value)
        for value in comparison.values
    ]
    return {comparison.op: shown[0] if len(shown) == 1 else shown}


def is_number(value: Scalar) -> TypeGuard[int]:
    """Whether a scalar is a number: Python takes flags for numbers."""
    return isinstance(value, int) and not isinstance(value, bool)


def _bound(value: Scalar, unit: str) -> Words:
    """What a value is held against: exactly, where what was found is said roughly."""
    if unit == "duration" and is_number(value):
        return say_duration(value, zh=True), say_duration(value, zh=False)
    if is_number(value):
        return in_unit(exact(value), unit)
    return said(as_reading(value), unit)


def comparison_words(comparison: Comparison, unit: str) -> Words:
    """A comparison in words."""
    values = [_bound(value, unit) for value in comparison.values]
    if comparison.op == "exists":
        return ("有", "present") if comparison.values[0] else ("没有", "absent")
    if comparison.op == "between":  # of a draft that is still wrong there may be any number of values
        return " 至 ".join(zh for zh, _ in values), " to ".join(en for _, en in values)
    if comparison.op == "in" and len(values) != 1:
        return "属于 " + "、".join(v[0] for v in values), "one of " + ", ".join(v[1] for v in values)
    if comparison.op == "matches":
        return f"匹配 {values[0][0]}", f"matches {values[0][1]}"
    sign = _SIGNS[comparison.op]
    return f"{sign} {values[0][0]}", f"{sign} {values[0][1]}"


def comparisons_words(comparisons: tuple[Comparison, ...], unit: str) -> Words:
    """Several comparisons, all of which must hold."""
    words = [comparison_words(each, unit) for each in comparisons]
    return "，".join(zh for zh, _ in words), ", ".join(en for _, en in words)


# ---- parts of a sentence


def together(parts: Iterable[Words]) -> Words:
    """Parts that stand one after another."""
    found = [part for part in parts if part[0]]
    return "；".join(zh for zh, _ in found), "; ".join(en for _, en in found)


def listed(title: Words, members: Iterable[Words]) -> Words:
    """A title and what belongs to it, by its names."""
    named = [*members]
    return f"{title[0]} {'、'.join(zh for zh, _ in named)}", f"{title[1]} {', '.join(en for _, en in named)}"


def as_they_are(keys: Iterable[str]) -> Iterable[Words]:
    """Keys that have no names: they read alike in both languages."""
    return ((key, key) for key in keys)


def names_in(defined: Mapping[str, Named], key: str) -> Words:
    """What people call a definition; a key that none has stays as it is."""
    found = defined.get(key)
    return found.names if found else (key, key)


def names_among(members: Iterable[Named], key: str) -> Words:
    """The same of what is listed within another definition: stages, classes, values."""
    return next((each.names for each in members if each.key == key), (key, key))


def both(zh: str | None, en: str | None) -> Words:
    """A text of the playbook and its English, the reader's own first; either stands in for the other."""
    said = [each for each in (zh, en) if each is not None]
    return " / ".join(said), " / ".join(reversed(said))


def called(each: Named) -> Words:
    """The name of a part, and its key, on which other definitions depend."""
    (zh, en), key = each.names, each.key
    return zh if zh == key else f"{zh}（{key}）", en if en == key else f"{en} ({key})"


# ---- the calendar


def moment_words(playbook: Playbook, moment: Moment) -> Words:
    """A test of the calendar in words."""
    if isinstance(moment, Weekday):
        return "、".join(_DAYS[day][0] for day in moment.days), ", ".join(_DAYS[day][1] for day in moment.days)
    if isinstance(moment, TimeOfDay):
        clock = f"{_clock(moment.start)}–{_clock(moment.end)}"
        return clock, clock
    if isinstance(moment, Dates):
        first, last = _day(moment.first), _day(moment.last)
        return f"{first or '…'} 至 {last or '…'}", f"{first or '…'} to {last or '…'}"
    return _holiday(playbook, moment)


def _holiday(playbook: Playbook, test: HolidayTest) -> Words:
    names = [names_in(playbook.holidays, key) for key in test.holidays or ()]
    said = ("、".join(zh for zh, _ in names), ", ".join(en for _, en in names))
    said = ("任一节假日", "any holiday") if test.holidays is None else said
    return around(said, test.before, test.after)


def around(day: Words, before: int, after: int) -> Words:
    """A day with the days ahead of it and past it."""
    zh, en = day
    if before:
        zh, en = f"{zh}前 {before} 天起", f"{en}, from {days_en(before)} before"
    if after:
        zh, en = f"{zh}，至后 {after} 天", f"{en}, to {days_en(after)} after"
    return zh, en


def days_en(number: int | str) -> str:
    """A number of days in English, one day or more."""
    return f"{number} {'day' if str(number) == '1' else 'days'}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}" if minutes < MIDNIGHT else "24:00"


def _day(ordinal: int | None) -> str:
    return "" if ordinal is None else date.fromordinal(ordinal).isoformat()
