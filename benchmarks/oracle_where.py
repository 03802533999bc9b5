"""Comparisons, and the tests on one event: `where` and event patterns."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from benchmarks.oracle_book import Happened, Loose, Scalar, Tree
from benchmarks.oracle_numbers import micro

Comparable = Scalar | Fraction
FIELDS = ("channel", "touchpoint", "scenario", "place", "staff", "source")
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "gte": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "lte": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
    "eq": lambda value, bound: value == bound,
    "ne": lambda value, bound: value != bound,
    "in": lambda value, bounds: value in bounds,
    "between": lambda value, bounds: bounds[0] <= value <= bounds[1],
}


def literal(value: Loose) -> Loose:
    """Read what the playbook compares with: numbers become integers of 10⁻⁶."""
    if isinstance(value, list):
        return [literal(one) for one in value]
    if isinstance(value, bool | str):
        return value
    return micro(value)


def compares(test: Tree, value: Comparable | None, read: Callable[[Any], Any] = literal) -> bool:
    """Say whether every comparison that stands in `test` holds for the value (None: absent)."""
    if "exists" in test and (value is not None) != test["exists"]:
        return False
    wanted = {name: bound for name, bound in test.items() if name in OPERATORS}
    if value is None:
        return not wanted
    return all(OPERATORS[name](value, read(bound)) for name, bound in wanted.items())


def passes(where: Loose, event: Happened) -> bool:
    """Say whether one event passes a `where`."""
    if where is None:
        return True
    if isinstance(where, Sequence):
        return all(passes(one, event) for one in where)
    parts = [
        *[passes(one, event) for one in where.get("all", [])],
        *([any(passes(one, event) for one in where["any"])] if "any" in where else []),
        *([not passes(where["not"], event)] if "not" in where else []),
        *([compares(where, event.values.get(where["property"]))] if "property" in where else []),
        *[_field(event.fields.get(name), where[name]) for name in FIELDS if name in where],
    ]
    return all(parts)


def _field(value: str | None, test: Loose) -> bool:
    return compares(test if isinstance(test, Mapping) else {"eq": test}, value)


def matches(pattern: Loose, event: Happened) -> bool:
    """Say whether an event matches a pattern `{event, where}` or one of a list of patterns."""
    if isinstance(pattern, list):
        return any(matches(one, event) for one in pattern)
    kinds = pattern["event"]
    listed = kinds if isinstance(kinds, list) else [kinds]
    return event.type in listed and passes(pattern.get("where"), event)
