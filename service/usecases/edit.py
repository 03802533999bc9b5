"""Changing one definition within a playbook's text: the rest stays as it was written, comments included."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import cast

from ruamel.yaml import YAML

from service.usecases.source import read_source

YAML_TYPE = "application/yaml"
Place = tuple[str, str]  # section and key; an empty key is the whole section, such as `contact_policy`
GONE = object()
WIDTH = 4096  # of a line, so that long ones are not broken anew


def edited(body: bytes, media_type: str, changes: Mapping[Place, object]) -> bytes:
    """The text with some definitions put or, where the value is `GONE`, taken away."""
    if media_type.endswith("json"):
        tree = cast("dict[str, object]", json.loads(body))
        _change(tree, changes)
        return json.dumps(tree, ensure_ascii=False, indent=2).encode()
    parser = YAML(typ="rt", pure=True)
    parser.width = WIDTH
    parser.preserve_quotes = True
    tree = parser.load(body.decode("utf-8-sig"))
    _change(tree, changes)
    out = BytesIO()
    parser.dump(tree, out)
    return out.getvalue()


def _change(tree: dict[str, object], changes: Mapping[Place, object]) -> None:
    for (section, key), value in changes.items():
        if not key:
            _put(tree, section, value)
            continue
        members = tree.get(section)
        if not isinstance(members, dict):
            members = tree[section] = {}
        _put(cast("dict[str, object]", members), key, value)


def _put(members: dict[str, object], key: str, value: object) -> None:
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
