"""Bad items, written by hand as JSON text: what a parser must survive never passes through a JSON writer here."""

import json
from collections.abc import Callable
from decimal import Decimal

from benchmarks.oracle_book import Loose


def text(value: Loose) -> str:
    """Write JSON with exact decimals."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}: {text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text(one) for one in value) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)


def _item(mark: str, who: str, **replaced: str | None) -> str:
    """Write a good event, then replace members by raw JSON text (None leaves a member out)."""
    members: dict[str, str | None] = {
        "event_id": f'"{mark}"',
        "identity": f'"{who}"',
        "type": '"order_paid"',
        "occurred_at": '"2001-02-03T04:05:06Z"',
        "source": '"pos"',
        "properties": f'{{"note": "{mark}", "amount": 1}}',
    }
    members.update(replaced)
    return "{" + ", ".join(f'"{name}": {raw}' for name, raw in members.items() if raw is not None) + "}"


def _properties(inner: str) -> Callable[[str, str], str]:
    """Make a kind whose one property is wrong."""
    return lambda mark, identity: _item(mark, identity, properties=f'{{"note": "{mark}", {inner}}}')


def _member(name: str, raw: str | None) -> Callable[[str, str], str]:
    """Make a kind whose one member is wrong or missing."""
    return lambda mark, identity: _item(mark, identity, **{name: raw})


KINDS: dict[str, Callable[[str, str], str]] = {
    "no occurred_at": _member("occurred_at", None),
    "no zone": _member("occurred_at", '"2001-02-03T04:05:06"'),
    "not a time": _member("occurred_at", '"yesterday"'),
    "impossible date": _member("occurred_at", '"2001-02-30T04:05:06Z"'),
    "time out of range": _member("occurred_at", '"0001-01-01T00:00:00+23:59"'),
    "time as number": _member("occurred_at", "981173106"),
    "no event_id": _member("event_id", None),
    "empty event_id": _member("event_id", '""'),
    "event_id a number": _member("event_id", "7"),
    "no identity": _member("identity", None),
    "bad identity": _member("identity", '"nobody"'),
    "empty identity value": _member("identity", '"member:"'),
    "no type": _member("type", None),
    "empty type": _member("type", '""'),
    "type a list": _member("type", '["order_paid"]'),
    "unknown field": _member("colour", '"red"'),
    "properties a list": _member("properties", '["poison"]'),
    "NUL": _properties('"comment": "a\\u0000b"'),
    "NUL in a key": _properties('"a\\u0000b": 1'),
    "lone surrogate": _properties('"comment": "\\ud83d"'),
    "surrogate in a key": _properties('"\\udead": "x"'),
    "infinite number": _properties('"weight": 1e400'),
    "NaN": _properties('"weight": NaN'),
    "minus Infinity": _properties('"weight": -Infinity'),
    "integer too big": _properties('"weight": 9007199254740993'),
    "huge integer": _properties('"weight": ' + "9" * 400),
    "too deep": _properties('"deep": ' + '{"d":' * 12 + "1" + "}" * 12),
    "deep list": _properties('"deep": ' + "[" * 40 + "]" * 40),
    "declared type": _properties('"amount": "12.50"'),
    "boolean for integer": _properties('"items": true'),
    "fraction for integer": _properties('"items": 1.5'),
    "duplicate key": _properties('"amount": 1, "amount": 2'),
    "duplicate member": lambda mark, identity: _item(mark, identity).replace("{", '{"source": "pos", ', 1),
    "string too long": _properties('"comment": "' + "长" * 1500 + '"'),
    "too many properties": _properties(", ".join(f'"p{n}": {n}' for n in range(300))),
    "event too large": _properties(", ".join(f'"p{n}": "{"x" * 4000}"' for n in range(9))),
    "a string": lambda mark, _: f'"{mark}"',
    "a list": lambda mark, _: f'["{mark}"]',
}


def bad_item(serial: int, identity: str) -> tuple[str, str, str]:
    """Make the n-th bad item: its kind, the mark by which it can be found again, its JSON text."""
    kind = list(KINDS)[serial % len(KINDS)]
    mark = f"poison-{serial:06d}"
    return kind, mark, KINDS[kind](mark, identity)
