"""Breakpoints of everybody, the newest first: what is broken where, of whom."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from service.core.calendar import write_instant
from service.core.describe import stage_name
from service.core.playbook.definitions import Playbook
from service.store import BreakpointRow, NoteRow, Unit
from service.store import BreaksWanted as BreaksWanted
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid, Unknown
from service.usecases.gaps import gaps, is_suspected
from service.usecases.record import profile_id

Json = dict[str, object]
BreakKey = tuple[int, str, str, str, str, int]
ID = [str, str, str, str, str, int]
Place = tuple[int, int, str, str, str, str, int]
LARGEST = 2**63
SHAPE = [int, int, str, str, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreaksQuery:
    """Which breakpoints, and how many at once. `open`: that stand, or that are resolved; None: both."""

    wanted: BreaksWanted
    cursor: str | None = None
    limit: int = 50


async def breaks(app: App, query: BreaksQuery) -> Json:
    """One page of them, the newest first."""
    now, before = app.clock(), None if query.cursor is None else _read_cursor(query.cursor)
    return await app.read(lambda unit, definitions: _breaks(unit, definitions, query, (before, now)))


def _breaks(unit: Unit, definitions: Definitions, query: BreaksQuery, place: tuple[Place | None, int]) -> Json:
    before, now = place
    rows = unit.overview.breaks_page(query.wanted, before, query.limit + 1)
    page, more = rows[: query.limit], len(rows) > query.limit
    found = gaps(unit, definitions, now)
    notes = unit.notes.of_profiles({row.profile for row in page})
    return {
        "items": [show_break(definitions, row, notes, suspected=is_suspected(row, found)) for row in page],
        "next_cursor": _write_cursor(page[-1]) if more else None,
    }


def show_break(
    definitions: Definitions, row: BreakpointRow, notes: Sequence[NoteRow], *, suspected: bool
) -> dict[str, Any]:
    """One breakpoint with its names, where it was, who helps, and what staff say of it."""
    playbook = definitions.plan.playbook
    journey, place = playbook.journeys.get(row.journey), playbook.places.get(row.place or "")
    mine = [each for each in notes if break_key(each) == break_key(row)]
    return {
        "id": write_id(row),
        "profile_id": profile_id(row.profile),
        "journey": row.journey, "name": journey.name if journey else row.journey, "key": row.key or None,
        "stage": row.stage, "stage_name": stage_name(playbook, row.journey, row.stage),
        "kind": row.kind, "number": row.number,
        "status": _status(row),
        "since": write_instant(row.since),
        "resolved_at": None if row.resolved_at is None else write_instant(row.resolved_at),
        "resolved_by": row.resolved_by,
        "withdrawn_at": None if row.withdrawn_at is None else write_instant(row.withdrawn_at),
        "suspected_data_gap": suspected,
        "channel": row.channel, "touchpoint": row.touchpoint, "scenario": row.scenario,
        "place": row.place, "place_name": place.name if place else None, "staff": row.staff, "persona": row.cls,
        "services": [] if suspected else list(recovering(playbook, row.journey, row.stage)),
        "assigned_to": next((each.assigned_to for each in mine[::-1] if each.assigned_to is not None), None) or None,
        "notes": len([each for each in mine if each.text]),
    }  # fmt: skip


def _status(row: BreakpointRow) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "open" if row.resolved_at is None else "resolved"


def recovering(playbook: Playbook, journey: str, stage: str) -> Iterator[Json]:
    """The services that the playbook links to a breakpoint at a stage."""
    found = playbook.journeys.get(journey)
    beside = next((each.services for each in found.stages if each.key == stage), ()) if found else ()
    for service in playbook.services.values():
        if service.key in beside or any((ref.journey, ref.stage) == (journey, stage) for ref in service.recovers):
            yield {"service": service.key, "name": service.name}


# ---- ids and cursors


def break_key(row: BreakpointRow | NoteRow) -> BreakKey:
    """What tells breakpoints apart."""
    return row.profile, row.journey, row.key, row.stage, row.kind, row.number


def write_id(row: BreakpointRow) -> str:
    """A breakpoint as one word, for paths."""
    return _pack([profile_id(row.profile), *break_key(row)[1:]])


def read_id(word: str) -> BreakKey:
    """What `write_id` wrote; Unknown if it did not."""
    found = _unpack(word)
    if isinstance(found, list) and [type(each) for each in found] == ID:
        try:
            key = (int(found[0], 16), *found[1:])
        except ValueError:
            key = (LARGEST, *found[1:])
        if _storable([*key]):
            return key
    raise Unknown("unknown_breakpoint", "没有这个断点，编号请取自断点列表", "there is no such breakpoint")


def _pack(parts: Sequence[object]) -> str:
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpack(word: str) -> Any:  # noqa: ANN401 - whatever a client made up
    try:
        return json.loads(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, RecursionError):
        return None


def _write_cursor(row: BreakpointRow) -> str:
    place = [row.since, row.profile, row.journey, row.key, row.stage, row.kind, row.number]
    return _pack(place)


def _read_cursor(cursor: str) -> Place:
    found = _unpack(cursor)
    if isinstance(found, list) and [type(each) for each in found] == SHAPE and _storable(found):
        return cast("Place", tuple(found))
    raise Invalid(
        "bad_cursor",
        "cursor 不是本服务给出的，请从上一次回答的 next_cursor 取",
        "this cursor is not ours; take next_cursor of the last answer",
    )


def _storable(found: list[object]) -> bool:
    """Whether every database could look for it."""
    numbers, texts = [each for each in found if isinstance(each, int)], "".join(map(str, found))
    whole = not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in texts)
    return whole and all(-LARGEST <= each < LARGEST for each in numbers)
