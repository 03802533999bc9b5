"""Tests of one event, compiled to plain functions."""

from collections.abc import Callable

from service.core.event import Event, Scalar
from service.core.playbook.conditions import Comparison, FieldTest, Where, WhereAll, WhereAny

# What is compared: an exact fraction (numerator, denominator), a text or a flag, or nothing.
Reading = tuple[int, int] | str | bool | None
Matcher = Callable[[Event], bool]
Money = frozenset[tuple[str, str]]  # (event type, property) whose numbers come in fen


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


def compile_where(where: Where | None, money: Money) -> Matcher:
    """A test of one event as a function."""
    if where is None:
        return lambda _event: True
    if isinstance(where, FieldTest):
        return _field(where, money)
    if isinstance(where, WhereAll | WhereAny):
        parts = [compile_where(part, money) for part in where.parts]
        join = all if isinstance(where, WhereAll) else any
        return lambda event: join(part(event) for part in parts)
    inner = compile_where(where.part, money)
    return lambda event: not inner(event)


def _field(test: FieldTest, money: Money) -> Matcher:
    holds = compile_comparisons(test.comparisons)
    name = test.field
    if not test.is_property:
        return lambda event: holds(getattr(event, name))

    def match(event: Event) -> bool:
        number = number_of(event, name, money)
        return holds(as_reading(event.scalar(name)) if number is None else (number, 1))

    return match


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
    if op == "between":
        low, high = _number(values[0]), _number(values[-1])
        return lambda reading: isinstance(reading, tuple) and low * reading[1] <= reading[0] <= high * reading[1]
    return _ordered(op, _number(values[0]))


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
