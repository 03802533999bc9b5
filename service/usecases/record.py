"""Recording events: admit each item, commit with whatever else waits, answer item by item."""

from collections.abc import Mapping, Sequence

from service.core.changes import Change
from service.core.intake import Admitted, Sender, admit
from service.core.playbook.definitions import EventType
from service.core.problem import Problem
from service.usecases.app import App
from service.usecases.batch import CONFLICT, Item, Json, Submission
from service.usecases.committer import HISTORY_GROUP
from service.usecases.keys import Actor

LAYERS = {"staff": "manual", "system": "import", "user": "user"}
BATCH = 500


def sender_of(actor: Actor) -> Sender:
    """What a key says about the events it sends."""
    return Sender(source=actor.source, default_source=actor.source or actor.name, layer=LAYERS[actor.kind])


def event_types(app: App) -> Mapping[str, EventType]:
    """Declared and reserved event types, with the shapes that their properties must have."""
    return app.shelf.types


def read_items(
    app: App, actor: Actor, items: Sequence[object], received_at: int, first: int = 0, *, backfill: bool = False
) -> Submission:
    """Admit each item; those that cannot be admitted carry their problems. `first`: where the items begin."""
    sender, known = sender_of(actor), (event_types(app), app.shelf.accounts)
    read = [
        Item(index=i, raw=raw, verdict=admit(raw, sender, received_at, *known)) for i, raw in enumerate(items, first)
    ]
    return Submission(sender=sender, received_at=received_at, items=read, backfill=backfill)


async def record(app: App, actor: Actor, items: Sequence[object], *, backfill: bool = False) -> Json:
    """Record 1–500 events (as `wire.parse_json` read them). Answers after the commit, one result for each item.

    History goes in small parts, one after the other: nobody waits while a large one is read, folded or written.
    """
    size, now, read = HISTORY_GROUP if backfill else BATCH, app.clock(), list[Item]()
    for first in range(0, len(items), size):
        part = read_items(app, actor, items[first : first + size], now, first, backfill=backfill)
        await app.committer.submit(part)
        read += part.items
    return answer(read)


def answer(items: Sequence[Item]) -> Json:
    """The receipt."""
    summary = dict.fromkeys(("accepted", "duplicate", "conflict", "rejected"), 0)
    for item in items:
        summary[item.status] += 1
    return {"results": [_result(item) for item in items], "summary": summary}


def _result(item: Item) -> Json:
    found: Json = {"index": item.index, "event_id": _event_id(item), "status": item.status}
    if item.profile is not None:
        found |= {"profile_id": profile_id(item.profile), "version": item.version}
    if item.status in ("accepted", "duplicate"):
        found["changes"] = [body_of(change) for change in item.changes]
    else:
        found["problem"] = _problem((CONFLICT,) if isinstance(item.verdict, Admitted) else item.verdict, item)
    return found


def _event_id(item: Item) -> str | None:
    if isinstance(item.verdict, Admitted):
        return item.verdict.event.event_id
    said = item.raw.get("event_id") if isinstance(item.raw, dict) else None
    return said if isinstance(said, str) and len(said) <= 128 and said.isprintable() else None  # noqa: PLR2004 - as in the intake


def _problem(problems: Sequence[Problem], item: Item) -> Json:
    first = problems[0]
    errors = [{"code": p.code, "pointer": p.pointer, "title": p.zh, "title_en": p.en} for p in problems[:20]]
    found: Json = {
        "code": first.code,
        "pointer": first.pointer,
        "title": first.zh,
        "title_en": first.en,
        "errors": errors,
    }
    return found if item.quarantine is None else {**found, "quarantine_id": str(item.quarantine)}


def body_of(change: Change) -> Json:
    """A change as receipts carry it."""
    return change.body


def profile_id(profile: int) -> str:
    """A profile's id as clients see it."""
    return f"{profile:016x}"
