"""One definition of the draft at a time, for people who do not want to write the whole."""

import asyncio

from service.core.outline import outline, outline_identity, outline_section
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import read_playbook
from service.core.problem import Problem, token
from service.core.words import Words
from service.store import DraftRow, PlaybookRow, Unit
from service.usecases.app import App
from service.usecases.candidate import place_of
from service.usecases.definitions import EMPTY
from service.usecases.edit import GONE, YAML_TYPE, Place, edited, within
from service.usecases.failures import Invalid, Unknown
from service.usecases.keys import Actor
from service.usecases.playbook import etag_of, put_draft, stale
from service.usecases.source import Source, read_source

Json = dict[str, object]
NEW = b"playbook: draft\n"


async def get_definition(app: App, name: str) -> Json:
    """A definition of the draft, or without a draft of the playbook in force, with what it says in a sentence."""
    place = place_of(name)
    base = await app.read(lambda unit, _: base_of(unit))
    source = await asyncio.to_thread(source_of, base)
    value = within(source.tree, place)
    if value is GONE:
        raise _unknown()
    return {"definition": name, "etag": _etag(base), "value": value, **sentences(source.tree, place)}


async def in_hand(app: App) -> Playbook:
    """The playbook that is edited, as far as it can be read: the draft, or without one what is in force."""
    base = await app.read(lambda unit, _: base_of(unit))
    return await asyncio.to_thread(lambda: read_playbook(source_of(base).tree)[0])


async def put_definition(app: App, actor: Actor, name: str, value: object, if_match: str | None) -> Json:
    """Put one definition into the draft; the rest of its text stays as it was written."""
    if not isinstance(value, dict):
        zh, en = "定义应为“键: 值”的映射", "a definition is a mapping of key: value"
        raise Invalid("not_a_mapping", zh, en, (Problem(code="not_a_mapping", pointer="", zh=zh, en=en),))
    return await _change(app, actor, name, value, if_match)


async def delete_definition(app: App, actor: Actor, name: str, if_match: str | None) -> Json:
    """Take one definition out of the draft."""
    return await _change(app, actor, name, GONE, if_match)


async def _change(app: App, actor: Actor, name: str, value: object, if_match: str | None) -> Json:
    place = place_of(name)
    base = await app.read(lambda unit, _: base_of(unit))
    before = await asyncio.to_thread(source_of, base)
    if value is GONE and within(before.tree, place) is GONE:
        raise _unknown()
    if if_match is not None and _etag(base) != if_match:
        raise stale()
    body, media_type = (base.body, base.media_type) if base else (NEW, YAML_TYPE)
    text = await asyncio.to_thread(edited, body, media_type, {place: value})
    saved = await put_draft(app, actor, text, media_type, base.etag if isinstance(base, DraftRow) else None)
    pointer = "".join(token(step) for step in place if step)
    problems = saved["problems"] if isinstance(saved["problems"], list) else []
    return {
        **saved,
        "definition": name,
        "before": None if within(before.tree, place) is GONE else sentences(before.tree, place),
        "after": None if value is GONE else sentences(read_source(text, media_type).tree, place),
        "own_problems": [each for each in problems if _lies_in(str(each["pointer"]), pointer)],
    }


def _lies_in(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(place + "/")


def base_of(unit: Unit) -> DraftRow | PlaybookRow | None:
    """What is edited: the draft, or without one what is in force."""
    return unit.playbooks.draft() or unit.playbooks.newest()


def source_of(base: DraftRow | PlaybookRow | None) -> Source:
    """Its text read; without any the empty playbook."""
    return Source(tree=dict(EMPTY), places={}) if base is None else read_source(base.body, base.media_type)


def _etag(base: DraftRow | PlaybookRow | None) -> str:
    return base.etag if isinstance(base, DraftRow) else "" if base is None else etag_of(base.body)


def _unknown() -> Unknown:
    return Unknown("unknown_definition", "没有这个定义", "there is no such definition")


def sentences(tree: object, place: Place) -> Json:
    """What a definition says, in both languages; of one that cannot be read, nothing."""
    zh, en = told(read_playbook(tree)[0], place)
    return {"text": zh, "text_en": en}


def told(playbook: Playbook, place: Place) -> Words:
    """What stands at a place of a playbook, as a sentence; what cannot be read says nothing."""
    section, key = place
    if not key:
        return outline_section(playbook, section)
    if section == "identities":
        return outline_identity(playbook, key)
    found = getattr(playbook, section).get(key)
    return ("", "") if found is None else outline(playbook, found)
