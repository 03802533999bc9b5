"""Breakpoints of everybody, the newest first: what is broken where, of whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from service.core.breakpoints import IN_WORDS
from service.core.calendar import write_instant
from service.core.describe import stage_name
from service.core.playbook.definitions import Playbook
from service.core.playbook.mistakes import problem, unknown
from service.core.problem import Problem
from service.store import BreakpointRow, NoteRow, OfferRow, Unit
from service.store import BreaksWanted as BreaksWanted
from service.usecases.app import App
from service.usecases.break_ids import BreakKey, break_key, names_of, pack, storable, unpack, write_id
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.gaps import gaps, is_suspected
from service.usecases.offers import offers_for, offers_of, show_offers, status_of
from service.usecases.record import profile_id
from service.usecases.say import PARAMETER

Json = dict[str, object]
ENDS: Mapping[str | None, tuple[bool | None, bool | None]] = {  # by status: whether open, whether it ended with the run
    "open": (True, None), "resolved": (False, False), "left": (False, True),
}  # fmt: skip
EITHER = None, None
Place = tuple[int, int, str, str, str, str, int]
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
    _named_right(definitions.plan.playbook, query.wanted)
    wanted = replace(query.wanted, was=_renamed(definitions.plan.playbook))
    rows = unit.overview.breaks_page(wanted, before, query.limit + 1)
    page, more = rows[: query.limit], len(rows) > query.limit
    found = gaps(unit, definitions, now)
    people = {row.profile for row in page}
    notes, offers = unit.notes.of_profiles(people), offers_of(unit, people)
    said = [(row, (notes, offers.get(row.profile, ()))) for row in page]
    return {
        "items": [show_break(definitions, row, about, suspected=is_suspected(row, found)) for row, about in said],
        "next_cursor": _write_cursor(page[-1]) if more else None,
    }


def _named_right(playbook: Playbook, wanted: BreaksWanted) -> None:
    """Refuse a journey, stage or kind that there is not: an empty list would say that nothing is broken there."""
    problems = (*_unknown(playbook, wanted),)
    if problems:
        raise Invalid("invalid_request", "请求有误，见 errors", "the request has problems, see errors", problems)


def _unknown(playbook: Playbook, wanted: BreaksWanted) -> Iterator[Problem]:
    journey = playbook.journeys.get(wanted.journey or "")
    within = playbook.journeys.values() if wanted.journey is None else (journey,) if journey else ()
    stages = [stage.key for each in within for stage in each.stages]
    if wanted.journey is not None and journey is None:
        yield unknown("journey", PARAMETER + "journey", wanted.journey, playbook.journeys)
    elif wanted.stage is not None and wanted.stage not in stages and journey:
        yield unknown("stage", PARAMETER + "stage", wanted.stage, stages)
    elif wanted.stage is not None and wanted.stage not in stages:
        zh, en = "没有哪个旅程有这个阶段，请检查拼写", "no journey has such a stage; check the spelling"
        yield problem("unknown_stage", PARAMETER + "stage", zh, en)
    if wanted.kind is not None and wanted.kind not in IN_WORDS:
        kinds = ", ".join(IN_WORDS)
        yield problem(
            "unknown_kind", PARAMETER + "kind", f"没有这种断点，可用：{kinds}", f"there is no such kind; known: {kinds}"
        )


def _renamed(playbook: Playbook) -> tuple[tuple[str, str, str], ...]:
    """What stages were called when notes may have been written: journey, stage, and its old name."""
    stages = ((key, stage) for key, each in playbook.journeys.items() for stage in each.stages)
    return tuple((key, stage.key, old) for key, stage in stages for old in stage.was)


def show_break(
    definitions: Definitions,
    row: BreakpointRow,
    about: tuple[Sequence[NoteRow], Sequence[OfferRow]],
    *,
    suspected: bool,
) -> dict[str, Any]:
    """One breakpoint with its names, where it was, who helps, what was offered, and what staff say of it.

    `about`: notes on the breakpoints of his profile, and others; what was offered to him.
    """
    notes, offers = about
    playbook = definitions.plan.playbook
    journey, place = playbook.journeys.get(row.journey), playbook.places.get(row.place or "")
    mine = notes_of(playbook, break_key(row), notes)
    return {
        "id": write_id(break_key(row)),
        "profile_id": profile_id(row.profile),
        "journey": row.journey, "name": journey.name if journey else row.journey, "key": row.key or None,
        "stage": row.stage, "stage_name": stage_name(playbook, row.journey, row.stage)[0],
        "kind": row.kind, "number": row.number,
        "status": status_of(row),
        "since": write_instant(row.since),
        "resolved_at": None if row.resolved_at is None else write_instant(row.resolved_at),
        "resolved_by": row.resolved_by,
        "withdrawn_at": None if row.withdrawn_at is None else write_instant(row.withdrawn_at),
        "suspected_data_gap": suspected,
        "channel": row.channel, "touchpoint": row.touchpoint, "scenario": row.scenario,
        "place": row.place, "place_name": place.name if place else None, "staff": row.staff, "persona": row.cls,
        "services": [] if suspected else list(recovering(playbook, row.journey, row.stage)),
        "offers": show_offers(playbook, offers_for(playbook, break_key(row), offers)),
        "assigned_to": next((each.assigned_to for each in mine[::-1] if each.assigned_to is not None), None) or None,
        "notes": len([each for each in mine if each.text]),
    }  # fmt: skip


def notes_of(playbook: Playbook, key: BreakKey, notes: Sequence[NoteRow]) -> list[NoteRow]:
    """What was said of a breakpoint, also while its stage was called otherwise."""
    named = names_of(playbook, key)
    return [each for each in notes if break_key(each) in named]


def recovering(playbook: Playbook, journey: str, stage: str) -> Iterator[Json]:
    """The services that the playbook links to a breakpoint at a stage."""
    found = playbook.journeys.get(journey)
    beside = next((each.services for each in found.stages if each.key == stage), ()) if found else ()
    for service in playbook.services.values():
        if service.key in beside or any((ref.journey, ref.stage) == (journey, stage) for ref in service.recovers):
            yield {"service": service.key, "name": service.name}


# ---- cursors


def _write_cursor(row: BreakpointRow) -> str:
    place = [row.since, row.profile, row.journey, row.key, row.stage, row.kind, row.number]
    return pack(place)


def _read_cursor(cursor: str) -> Place:
    found = unpack(cursor)
    if isinstance(found, list) and [type(each) for each in found] == SHAPE and storable(found):
        return cast("Place", tuple(found))
    raise Invalid(
        "bad_cursor",
        "cursor 不是本服务给出的，请从上一次回答的 next_cursor 取",
        "this cursor is not ours; take next_cursor of the last answer",
    )
