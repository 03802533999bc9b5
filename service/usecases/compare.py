"""Two playbooks held against each other, and one definition through all versions, as sentences."""

import asyncio
from collections.abc import Iterator, Sequence

from service.core.calendar import write_instant
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import read_playbook
from service.store import DraftRow, PlaybookRow, Unit
from service.usecases.app import App
from service.usecases.candidate import WHOLE, place_of
from service.usecases.definition import told
from service.usecases.definitions import EMPTY
from service.usecases.edit import GONE, Place, tree_of, within
from service.usecases.editions import DRAFT, Edition
from service.usecases.failures import Unknown
from service.usecases.playbook import SECTIONS, drafted

Json = dict[str, object]
VERSIONS = 200  # looked through for the history of one definition


async def compare(app: App, old: Edition, new: Edition) -> Json:
    """What differs between two versions, or a version and the draft; absent: the one in force, and the draft."""
    rows = await app.read(lambda unit, _: (_row(unit, old), _row(unit, DRAFT if new is None else new)))
    trees = [await asyncio.to_thread(_tree, row) for row in rows]
    return {"from": _name(rows[0]), "to": _name(rows[1]), "items": list(_differences(trees[0], trees[1]))}


def _row(unit: Unit, which: Edition) -> DraftRow | PlaybookRow | None:
    if which == DRAFT:
        return drafted(unit)
    row = unit.playbooks.newest() if which is None else unit.playbooks.get(int(which))
    if row is None and which:
        raise Unknown("unknown_version", "没有这个版本", "there is no such version")
    return row


def _tree(row: DraftRow | PlaybookRow | None) -> object:
    return dict(EMPTY) if row is None else tree_of(row.body, row.media_type)


def _name(row: DraftRow | PlaybookRow | None) -> Json:
    return {"version": row.version if isinstance(row, PlaybookRow) else None, "draft": isinstance(row, DraftRow)}


def _differences(old: object, new: object) -> Iterator[Json]:
    playbooks = read_playbook(old)[0], read_playbook(new)[0]
    for place in _places(old, new):
        values = _value(old, place), _value(new, place)
        if _differ(values):
            yield _difference(playbooks, place, values)


def _differ(values: tuple[object, object]) -> bool:
    return repr(values[0]) != repr(values[1])  # a playbook does not take 0 for false


def _value(tree: object, place: Place) -> object:
    """What stands at a place; an empty section is nothing."""
    found = within(tree, place)
    return GONE if not place[1] and found in (None, {}) else found


def _places(old: object, new: object) -> Iterator[Place]:
    """Every place at which there may be something, each once: what has definitions of its own is told by these."""
    for section in WHOLE:
        if section not in SECTIONS:
            yield section, ""
    for section in SECTIONS:
        members = [within(tree, (section, "")) for tree in (old, new)]
        keys = dict.fromkeys(key for each in members if isinstance(each, dict) for key in each)
        yield from ((section, key) for key in keys)


def _difference(playbooks: tuple[Playbook, Playbook], place: Place, values: tuple[object, object]) -> Json:
    section, key = place
    before, after = values
    return {
        "definition": f"{section}/{key}" if key else section,
        "change": "added" if before is GONE else "removed" if after is GONE else "changed",
        "before": _said(playbooks[0], place, before),
        "after": _said(playbooks[1], place, after),
    }


def _said(playbook: Playbook, place: Place, value: object) -> Json | None:
    if value is GONE:
        return None
    zh, en = told(playbook, place)
    return {"text": zh, "text_en": en, "value": value}


async def history(app: App, name: str) -> Json:
    """Who changed one definition, when and why, the newest first, each from what it was to what it became."""
    place = place_of(name)
    rows = await app.read(lambda unit, _: unit.playbooks.versions(VERSIONS))
    items = await asyncio.to_thread(_history, rows, place)
    if not items:
        raise Unknown("unknown_definition", "没有这个定义", "there is no such definition")
    return {"definition": name, "items": items}


def _history(rows: Sequence[PlaybookRow], place: Place) -> list[Json]:
    items: list[Json] = []
    tree: object = dict(EMPTY)
    for row in reversed(rows):
        before, tree = tree, tree_of(row.body, row.media_type)
        values = _value(before, place), _value(tree, place)
        if _differ(values):
            playbooks = read_playbook(before)[0], read_playbook(tree)[0]
            said = {"version": row.version, "at": write_instant(row.published_at), "by": row.published_by}
            items.append({**said, "note": row.note, **_difference(playbooks, place, values)})
    return items[::-1]
