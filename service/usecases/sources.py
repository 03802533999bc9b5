"""接入检查 · what each source sends: when last, how much, with which problems; and event types that nobody declared."""

import json
from collections import Counter
from collections.abc import Iterable
from io import BytesIO

from ruamel.yaml import YAML

from service.core.calendar import DAY, HOUR, write_instant
from service.core.codes import TITLES
from service.core.proportions import most_common
from service.store import CountRow, DraftRow, PlaybookRow, UndeclaredRow, Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Unknown
from service.usecases.keys import Actor
from service.usecases.playbook import YAML as YAML_TYPE
from service.usecases.playbook import put_draft

Json = dict[str, object]
OUTCOMES = ("accepted", "duplicate", "conflict", "rejected")
TOP = 5
EMPTY = b"playbook: draft\n"


async def sources(app: App) -> Json:
    """Every source that was ever heard of."""
    now = app.clock()
    rows, last = await app.read(lambda unit, _: (unit.counts.since((now - DAY) // HOUR), unit.counts.last()))
    return {"items": [_source(name, last[name], [row for row in rows if row.source == name]) for name in sorted(last)]}


def _source(name: str, last_at: int, rows: Iterable[CountRow]) -> Json:
    counts = dict.fromkeys(OUTCOMES, 0)
    problems: Counter[str] = Counter()
    for row in rows:
        outcome, _, code = row.outcome.partition(":")
        counts[outcome] += row.n
        if code:
            problems[code] += row.n
    top = [{"code": code, "count": count, **_said(code)} for code, count in most_common(problems, TOP)]
    return {"source": name, "last_event_at": write_instant(last_at), "last_24h": counts, "top_problems": top}


def _said(code: str) -> Json:
    zh, en = TITLES.get(code, (code, code))
    return {"title": zh, "title_en": en}


async def undeclared(app: App) -> Json:
    """Event types that were stored and that no playbook declares, with samples and what their properties look like."""
    rows, types = await app.read(lambda unit, _: (unit.undeclared.all(), app.shelf.types))
    groups: dict[str, list[UndeclaredRow]] = {}
    for row in rows:
        if row.type not in types:
            groups.setdefault(row.type, []).append(row)
    return {"items": [_undeclared(kind, found) for kind, found in sorted(groups.items())]}


def _undeclared(kind: str, rows: list[UndeclaredRow]) -> Json:
    samples = [sample for row in rows for sample in json.loads(row.samples)][:3]
    return {
        "type": kind,
        "count": sum(row.n for row in rows),
        "first_at": write_instant(min(row.first_at for row in rows)),
        "last_at": write_instant(max(row.last_at for row in rows)),
        "sources": sorted(row.source for row in rows),
        "samples": samples,
        "properties": infer(samples),
    }


def infer(samples: Iterable[object]) -> dict[str, str]:
    """The narrowest property types that fit all samples."""
    seen: dict[str, set[str]] = {}
    for sample in samples:
        for name, value in sample.items() if isinstance(sample, dict) else ():
            kind = _kind(value)
            if kind is not None:
                seen.setdefault(name, set()).add(kind)
    return {name: _widest(kinds) for name, kinds in sorted(seen.items()) if _widest(kinds)}


def _kind(value: object) -> str | None:
    for kind, python in (("boolean", bool), ("integer", int), ("number", float), ("string", str)):
        if isinstance(value, python):
            return kind
    return None


def _widest(kinds: set[str]) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    return "number" if kinds == {"integer", "number"} else ""


async def add_event_type(app: App, actor: Actor, event_type: str) -> Json:
    """Add an undeclared event type to the draft, with inferred properties; comments in the draft stay."""
    known = await undeclared(app)
    items = known["items"]
    found = next((item for item in items if item["type"] == event_type), None) if isinstance(items, list) else None
    if found is None:
        raise Unknown("unknown_type", "没有收到过这个未声明的事件", "no such undeclared event was received")
    base = await app.read(lambda unit, _: _base(unit))
    if base is not None and base.media_type != YAML_TYPE:
        raise Clash("draft_not_yaml", "草稿是 JSON，请手工加入 events", "the draft is JSON; add it to events by hand")
    body = _declare(base.body if base else EMPTY, event_type, found["properties"])
    etag = base.etag if isinstance(base, DraftRow) else None
    saved = await put_draft(app, actor, body, YAML_TYPE, etag)
    return {**saved, "type": event_type, "properties": found["properties"]}


def _base(unit: Unit) -> DraftRow | PlaybookRow | None:
    return unit.playbooks.draft() or unit.playbooks.newest()


def _declare(body: bytes, event_type: str, properties: object) -> bytes:
    parser = YAML(typ="rt", pure=True)
    parser.width = 4096
    tree = parser.load(body.decode("utf-8-sig"))
    tree.setdefault("events", {})
    tree["events"] = tree["events"] or {}
    tree["events"][event_type] = {"name": event_type, "properties": properties}
    out = BytesIO()
    parser.dump(tree, out)
    return out.getvalue()
