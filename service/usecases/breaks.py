"""Breakpoints of everybody, the newest first: what is broken where, of whom."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import cast

from service.core.calendar import write_instant
from service.core.describe import stage_name
from service.store import BreakpointRow, BreaksWanted, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.record import profile_id

Json = dict[str, object]
Place = tuple[int, int, str, str, str, str, int]
LARGEST = 2**63
SHAPE = [int, int, str, str, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreaksQuery:
    """Which breakpoints, and how many at once. `open`: that stand, or that are resolved; None: both."""

    journey: str | None = None
    stage: str | None = None
    kind: str | None = None
    open: bool | None = None
    since: int | None = None
    cursor: str | None = None
    limit: int = 50


async def breaks(app: App, query: BreaksQuery) -> Json:
    """One page of them."""
    before = None if query.cursor is None else _read_cursor(query.cursor)
    return await app.read(lambda unit, definitions: _breaks(unit, definitions, query, before))


def _breaks(unit: Unit, definitions: Definitions, query: BreaksQuery, before: Place | None) -> Json:
    wanted = BreaksWanted(journey=query.journey, stage=query.stage, kind=query.kind, open=query.open, since=query.since)
    rows = unit.overview.breaks_page(wanted, before, query.limit + 1)
    page, more = rows[: query.limit], len(rows) > query.limit
    return {
        "items": [_shown(definitions, row) for row in page],
        "next_cursor": _write_cursor(page[-1]) if more else None,
    }


def _shown(definitions: Definitions, row: BreakpointRow) -> Json:
    playbook = definitions.plan.playbook
    journey = playbook.journeys.get(row.journey)
    return {
        "profile_id": profile_id(row.profile),
        "journey": row.journey,
        "name": journey.name if journey else row.journey,
        "key": row.key or None,
        "stage": row.stage,
        "stage_name": stage_name(playbook, row.journey, row.stage),
        "kind": row.kind,
        "since": write_instant(row.since),
        "resolved_at": None if row.resolved_at is None else write_instant(row.resolved_at),
    }


def _write_cursor(row: BreakpointRow) -> str:
    place = [row.since, row.profile, row.journey, row.key, row.stage, row.kind, row.number]
    return urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place:
    try:
        found = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        found = None
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
