"""Tests of one event, compiled to plain functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from service.core.event import Event, Scalar
from service.core.moments import Holidays, compile_moment
from service.core.pattern import compile_pattern
from service.core.playbook.conditions import Comparison, FieldTest, Where, WhereAll, WhereAny, WhereNot
from service.core.playbook.definitions import Playbook

# What is compared: an exact fraction (numerator, denominator), a text or a flag, or nothing.
Reading = tuple[int, int] | str | bool | None
Matcher = Callable[[Event], bool]
Money = frozenset[tuple[str, str]]  # (event type, property) whose numbers come in fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every reading of an event needs to know of the playbook."""

    zone: ZoneInfo
    money: Money
    holidays: Holidays
    accounts: frozenset[str]  # namespaces under which events are of accounts


def frame_of(playbook: Playbook) -> Frame:
    """The frame of a playbook."""
    return Frame(
        zone=ZoneInfo(playbook.timezone),
        money=frozenset(
            (event.key, name)
            for event in playbook.events.values()
            for name, kind in event.properties.items()
            if kind.fen
        ),
        holidays={key: each.dates for key, each in playbook.holidays.items()},
        accounts=frozenset(playbook.accounts),
    )


class Source(NamedTuple):
    """Where a value is found: in a property, or in a field of the event itself."""

    name: str
    is_field: bool

    def read(self, event: Event, money: Money) -> Scalar | None:
        """The value; money in yuan."""
        if self.is_field:
            found: str | None = getattr(event, self.name)
            return found
        number = number_of(event, self.name, money)
        return event.scalar(self.name) if number is None else number


def number_of(event: Event, name: str, money: Money) -> int | None:
    """A property as a number in units of 10⁻⁶; money in yuan. None if it is no number."""
    found = event.properties.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return half_even(found, 100) if (event.type, name) in money else found


def half_even(number: int, divisor: int) -> int:
    """Divide and round to the nearest, ties to the even one."""
    whole, rest = divmod(number, divisor)
    return whole + (rest * 2 > divisor or (rest * 2 == divisor and whole % 2 == 1))


def as_reading(value: Scalar | None) -> Reading:
    """A scalar as something that can be compared."""
    return (value, 1) if isinstance(value, int) and not isinstance(value, bool) else value


def compile_where(where: Where | None, frame: Frame) -> Matcher:
    """A test of one event as a function."""
    if where is None:
        return lambda _event: True
    if isinstance(where, FieldTest):
        return _field(where, frame)
    if isinstance(where, WhereAll | WhereAny):
        parts = [compile_where(part, frame) for part in where.parts]
        join = all if isinstance(where, WhereAll) else any
        return lambda event: join(part(event) for part in parts)
    if isinstance(where, WhereNot):
        inner = compile_where(where.part, frame)
        return lambda event: not inner(event)
    moment = compile_moment(where, frame.zone, frame.holidays)
    return lambda event: moment(event.t)[0]


def _field(test: FieldTest, frame: Frame) -> Matcher:
    holds, money = compile_comparisons(test.comparisons), frame.money
    source = Source(test.field, is_field=not test.is_property)
    return lambda event: holds(as_reading(source.read(event, money)))


def compile_comparisons(comparisons: tuple[Comparison, ...]) -> Callable[[Reading], bool]:
    """Comparisons as a function of what is compared; all must hold."""
    tests = [_compile_one(each) for each in comparisons]
    if len(tests) == 1:
        return tests[0]
    return lambda reading: all(test(reading) for test in tests)


def _compile_one(comparison: Comparison) -> Callable[[Reading], bool]:
    op, values = comparison.op, comparison.values
    if op == "exists":
        return lambda reading: (reading is not None) is values[0]
    if op in ("eq", "in"):
        return lambda reading: reading is not None and any(_equal(reading, value) for value in values)
    if op == "ne":
        return lambda reading: reading is not None and not _equal(reading, values[0])
    if op == "matches":
        return _matching(str(values[0]))
    if op == "between":
        low, high = _number(values[0]), _number(values[-1])
        return lambda reading: isinstance(reading, tuple) and low * reading[1] <= reading[0] <= high * reading[1]
    return _ordered(op, _number(values[0]))


def _matching(pattern: str) -> Callable[[Reading], bool]:
    found = compile_pattern(pattern)
    return lambda reading: isinstance(reading, str) and found is not None and found(reading)


def _ordered(op: str, bound: int) -> Callable[[Reading], bool]:
    if op == "gte":
        return lambda reading: isinstance(reading, tuple) and reading[0] >= bound * reading[1]
    if op == "gt":
        return lambda reading: isinstance(reading, tuple) and reading[0] > bound * reading[1]
    if op == "lte":
        return lambda reading: isinstance(reading, tuple) and reading[0] <= bound * reading[1]
    return lambda reading: isinstance(reading, tuple) and reading[0] < bound * reading[1]


def _number(value: Scalar) -> int:
    return value if isinstance(value, int) else 0


def _equal(reading: Reading, value: Scalar) -> bool:
    if isinstance(reading, tuple):
        return isinstance(value, int) and not isinstance(value, bool) and reading[0] == value * reading[1]
    return type(reading) is type(value) and reading == value
