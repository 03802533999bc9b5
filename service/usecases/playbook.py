"""The playbook's life: draft, check, publish; versions stay for ever."""

import asyncio
from hashlib import blake2b

from service.core.calendar import write_instant
from service.core.check import check
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import read_playbook
from service.core.problem import Problem
from service.store import DraftRow, PlaybookRow, Unit
from service.usecases.app import App
from service.usecases.definitions import EMPTY
from service.usecases.failures import Stale, Unknown
from service.usecases.keys import Actor
from service.usecases.source import Source, not_a_mapping, read_source

Json = dict[str, object]
YAML = "application/yaml"
SECTIONS = ("identities", "events", "places", "holidays", "tag_groups", "tags", "personas", "journeys", "services")


def etag_of(body: bytes) -> str:
    """A strong entity tag (RFC 9110 §8.8.3), without quotes."""
    return blake2b(body, digest_size=8).hexdigest()


async def published(app: App, version: int | None = None) -> Json:
    """A published version, the newest if none is named; before the first, the empty playbook as version 0."""

    def find(unit: Unit) -> PlaybookRow | None:
        return unit.playbooks.newest() if version is None else unit.playbooks.get(version)

    row = await app.read(lambda unit, _: find(unit))
    if row is None and version:
        raise Unknown("unknown_version", "没有这个版本", "there is no such version")
    if row is None:
        return {
            "version": 0,
            "published_at": None,
            "published_by": None,
            "note": "",
            "etag": "0",
            "playbook": dict(EMPTY),
            "source": "",
            "media_type": YAML,
        }
    return {
        **version_shown(row),
        "playbook": (await _parsed(row)).tree,
        "source": row.body.decode(),
        "media_type": row.media_type,
    }


async def _parsed(row: DraftRow | PlaybookRow) -> Source:
    """A kept text read again; beside the event loop, for YAML takes its time."""
    return await asyncio.to_thread(read_source, row.body, row.media_type)


def version_shown(row: PlaybookRow) -> Json:
    """A version as answers show it, without its text."""
    return {
        "version": row.version,
        "published_at": write_instant(row.published_at),
        "published_by": row.published_by,
        "note": row.note,
        "etag": etag_of(row.body),
    }


async def versions(app: App) -> Json:
    """All versions, the newest first."""
    rows = await app.read(lambda unit, _: unit.playbooks.versions(1000))
    return {"items": [version_shown(row) for row in rows]}


async def get_draft(app: App) -> Json:
    """The draft as it was saved, with its problems."""
    row = await app.read(lambda unit, _: unit.playbooks.draft())
    if row is None:
        raise Unknown(
            "no_draft", "还没有草稿，请先 PUT /v1/playbook/draft", "there is no draft; PUT /v1/playbook/draft first"
        )
    source = await _parsed(row)
    return {
        "etag": row.etag,
        "saved_at": write_instant(row.saved_at),
        "saved_by": row.saved_by,
        "approved_by": row.approved_by,
        "playbook": source.tree,
        "source": row.body.decode(),
        "media_type": row.media_type,
        "problems": _shown(read_and_check(source)[1], source),
    }


def read_and_check(source: Source) -> tuple[Playbook, tuple[Problem, ...]]:
    """A text as a playbook, with everything that is wrong with it."""
    playbook, problems = read_playbook(source.tree)
    return playbook, problems or check(playbook)


def _shown(problems: tuple[Problem, ...], source: Source) -> list[Json]:
    return [_problem(each, source) for each in problems]


def _problem(problem: Problem, source: Source) -> Json:
    shown: Json = {"code": problem.code, "pointer": problem.pointer, "title": problem.zh, "title_en": problem.en}
    place = source.place(problem.pointer)
    return shown if place is None else {**shown, "line": place[0], "column": place[1]}


async def put_draft(app: App, actor: Actor, body: bytes, media_type: str, if_match: str | None) -> Json:
    """Save the draft. Syntax errors are refused; other problems are kept with it and listed."""
    source = await asyncio.to_thread(read_source, body, media_type)
    tree = source.tree
    if not isinstance(tree, dict):
        raise not_a_mapping(body)
    row = DraftRow(body=body, media_type=media_type, etag=etag_of(body), saved_at=app.clock(), saved_by=actor.name)

    def save(unit: Unit) -> list[str]:
        old = unit.playbooks.draft()
        base = old or unit.playbooks.newest()
        if not unit.playbooks.put_draft(row, if_match):
            raise stale()
        return _removed(read_source(base.body, base.media_type).tree, tree) if base else []

    removed = await app.write(lambda unit, _: save(unit))
    return {"etag": row.etag, "problems": _shown(read_and_check(source)[1], source), "removed": removed}


async def discard_draft(app: App, if_match: str | None) -> Json:
    """Throw the draft away; what is in force stays as it is."""

    def work(unit: Unit) -> DraftRow:
        draft = drafted(unit)
        if if_match not in (None, draft.etag) or not unit.playbooks.remove_draft(draft.etag):
            raise stale()
        return draft

    row = await app.write(lambda unit, _: work(unit))
    return {"etag": row.etag, "saved_at": write_instant(row.saved_at), "saved_by": row.saved_by}


def stale() -> Stale:
    """Somebody else was faster."""
    return Stale(
        "draft_changed", "草稿已被别人修改，请重新读取后再保存", "the draft has changed in the meantime; read it again"
    )


def _removed(old: object, new: dict[str, object]) -> list[str]:
    """The definitions that stood before and stand no more, as pointers."""
    assert isinstance(old, dict)  # or it would not have been saved
    gone = []
    for section in SECTIONS:
        before, after = old.get(section), new.get(section)
        kept = after if isinstance(after, dict) else {}
        gone += [f"/{section}/{key}" for key in before if key not in kept] if isinstance(before, dict) else []
    return gone


async def check_draft(app: App) -> Json:
    """Everything that is wrong with the draft, each with its place."""
    draft = await _draft(app)
    source = await _parsed(draft)
    problems = read_and_check(source)[1]
    return {"ok": not problems, "etag": draft.etag, "problems": _shown(problems, source)}


async def _draft(app: App) -> DraftRow:
    return await app.read(lambda unit, _: drafted(unit))


def drafted(unit: Unit) -> DraftRow:
    """The draft; Unknown if there is none."""
    row = unit.playbooks.draft()
    if row is None:
        raise Unknown(
            "no_draft", "还没有草稿，请先 PUT /v1/playbook/draft", "there is no draft; PUT /v1/playbook/draft first"
        )
    return row
