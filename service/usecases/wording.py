"""Values as YAML: on one line while it is short, else member by member."""

from collections.abc import Iterator
from io import StringIO

from ruamel.yaml import YAML

WIDTH = 1_000_000  # of a line that is never broken


def flow(value: object) -> str:
    """A value on one line."""
    return _dumped([value])[1:-1]


def lines_of(key: str, value: object, column: int, step: int, most: int) -> list[str]:
    """A member of a mapping at a column, on one line if it has room there."""
    short = " " * column + _dumped({key: value})[1:-1]
    if len(short) <= most or not isinstance(value, dict | list) or not value:
        return [short]
    head = " " * column + _dumped({key: 0})[1:-4] + ":"
    if isinstance(value, dict):
        return [head, *_members(value, column + step, step, most)]
    return [head, *(line for item in value for line in _item(item, column + step, step, most))]


def _members(value: dict[str, object], column: int, step: int, most: int) -> Iterator[str]:
    for key, inner in value.items():
        yield from lines_of(key, inner, column, step, most)


def _item(item: object, column: int, step: int, most: int) -> list[str]:
    dash = " " * column + "- "
    short = dash + flow(item)
    if len(short) <= most or not isinstance(item, dict) or not item:
        return [short]
    first, *others = _members(item, len(dash), step, most)
    return [dash + first[len(dash) :], *others]


def _dumped(value: object) -> str:
    dumper = YAML(typ="rt", pure=True)
    dumper.default_flow_style = True
    dumper.width = WIDTH
    dumper.brace_single_entry_mapping_in_flow_sequence = True
    out = StringIO()
    dumper.dump(value, out)
    return out.getvalue().strip()
