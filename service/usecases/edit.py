"""Changing one definition within a playbook's text: the rest stays as it was written, comments included."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import cast

from ruamel.yaml import YAML

from service.usecases.failures import Invalid
from service.usecases.source import read_source
from service.usecases.splice import spliced

YAML_TYPE = "application/yaml"
Tree = dict[str, object]
Place = tuple[str, str]  # section and key; an empty key is the whole section, such as `contact_policy`
GONE = object()
WIDTH = 4096  # of a line, so that long ones are not broken anew


def edited(body: bytes, media_type: str, changes: Mapping[Place, object]) -> bytes:
    """The text with some definitions put or, where the value is `GONE`, taken away; of YAML only their lines change."""
    present = tree_of(body, media_type)
    wanted = _changed(cast("Tree", present), changes)
    if media_type.endswith("json"):
        return json.dumps(wanted, ensure_ascii=False, indent=2).encode()
    if _said(wanted) == _said(present):
        return body
    text = body.decode("utf-8-sig")
    mark = body[: len(body) - len(text.encode())]
    return mark + (_line_by_line(text, cast("Tree", present), wanted) or _written_anew(text, changes))


def _line_by_line(text: str, present: Tree, wanted: Tree) -> bytes | None:
    """Nothing, where the text is too unusual for that."""
    try:
        found = spliced(text, present, wanted).encode()
        return found if _said(tree_of(found, YAML_TYPE)) == _said(wanted) else None
    except (Invalid, ValueError):
        return None


def _said(tree: object) -> str:
    """What a tree says, in whatever order its definitions stand; 0 is not false."""
    return json.dumps(tree, sort_keys=True)


def _written_anew(text: str, changes: Mapping[Place, object]) -> bytes:
    """The whole text parsed, changed and written again; most comments find their place."""
    parser = YAML(typ="rt", pure=True)
    parser.width = WIDTH
    parser.preserve_quotes = True
    tree = parser.load(text)
    for (section, key), value in changes.items():
        if key and not isinstance(tree.get(section), dict):
            tree[section] = {}
        _put(tree[section] if key else tree, key or section, value)
    out = BytesIO()
    parser.dump(tree, out)
    return out.getvalue()


def _changed(tree: Tree, changes: Mapping[Place, object]) -> Tree:
    """The tree with the changes, and without sections that they leave empty."""
    found = dict(tree)
    for (section, key), value in changes.items():
        if not key:
            _put(found, section, value)
            continue
        members = found.get(section)
        found[section] = kept = dict(members) if isinstance(members, dict) else {}
        _put(kept, key, value)
        if not kept:
            del found[section]
    return found


def _put(members: Tree, key: str, value: object) -> None:
    if value is GONE:
        members.pop(key, None)
    else:
        members[key] = value


def within(tree: object, place: Place) -> object:
    """A definition in a tree of plain values; `GONE` if it is not there."""
    section, key = place
    found = tree.get(section, GONE) if isinstance(tree, Mapping) else GONE
    if not key or found is GONE:
        return found
    return found.get(key, GONE) if isinstance(found, Mapping) else GONE


def tree_of(body: bytes, media_type: str) -> object:
    """A text as a tree of plain values."""
    return read_source(body, media_type).tree
