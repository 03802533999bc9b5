"""Comparisons of a value, as docs/playbook.md (Comparisons) defines them."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.rules.days import duration, listed

Reading = Fraction | str | bool | None
MICRO = 10**6
OPERATORS = ("gte", "gt", "lte", "lt", "eq", "ne", "in", "between", "exists", "matches")


def number(value: Any) -> Fraction | None:
    return None if isinstance(value, bool | str) else Fraction(str(value))


def same(reading: Reading, wanted: Any) -> bool:
    if isinstance(reading, Fraction):
        return reading == (wanted if isinstance(wanted, Fraction) else number(wanted))
    return type(reading) is type(wanted) and reading == wanted


def compare(reading: Reading, tests: Mapping[str, Any], *, durations: bool = False) -> bool:
    return all(_one(reading, op, tests[op], durations) for op in OPERATORS if op in tests)


def _one(reading: Reading, op: str, wanted: Any, durations: bool) -> bool:
    if op == "exists" or reading is None:
        return op == "exists" and (reading is not None) is wanted
    if op == "matches":
        return isinstance(reading, str) and re.search(wanted, reading) is not None
    operands = [duration(text) for text in listed(wanted)] if durations else listed(wanted)
    if op in ("eq", "in", "ne"):
        return any(same(reading, each) for each in operands) is (op != "ne")
    low, high = number(operands[0]), number(operands[-1])
    if not isinstance(reading, Fraction) or low is None or high is None:
        return False
    return {
        "gte": reading >= low, "gt": reading > low, "lte": reading <= low, "lt": reading < low,
        "between": low <= reading <= high,
    }[op]  # fmt: skip
