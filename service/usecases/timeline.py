"""What happened to somebody and what it changed, the newest first: replayed from his log, step by step."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from service.core.calendar import write_instant
from service.core.enrollment import Enrollment
from service.core.event import Event
from service.core.facts import State
from service.core.fold import in_order, walk
from service.core.plan import NOTHING_TOUCHED, Plan
from service.core.playbook.reserved import RESERVED
from service.core.timeline import Move, Witness, told
from service.core.wire import plain
from service.store import EventRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.look import found_profile, not_too_far
from service.usecases.record import profile_id
from service.usecases.stored import to_events

Json = dict[str, object]
Place = tuple[int, int, int, str, str]  # t, 0 of an event or 1 of time, and what orders events of one instant
TIME = (1, 0, "", "")
LONGEST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A log as it was read, and up to when."""

    profile: int
    at: int
    roots: list[int]
    rows: list[EventRow]
    definitions: Definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One step: an event, or an instant at which time alone changed something."""

    place: Place
    event: Event | None
    moves: list[Move]


async def timeline(app: App, ref: str, limit: int, cursor: str | None = None, at: int | None = None) -> Json:
    """One page. `at` is event time; None reads as of now. Late events take their place and move no cursor."""
    now, before = app.clock(), None if cursor is None else _read_cursor(cursor)
    not_too_far(at, now)
    past = await app.read(lambda unit, found: _past(unit, found, ref, at, now=now, before=before))
    # Folding takes its time: it has no business in a transaction, nor in front of other requests.
    page, more = await asyncio.to_thread(_replay, past, limit, before)
    return {
        "profile_id": profile_id(past.profile),
        "playbook_version": past.definitions.plan.version,
        "at": write_instant(past.at),
        "items": [_shown(past.definitions.plan, each) for each in page],
        "next_cursor": _write_cursor(page[-1].place) if more else None,
    }


def _past(unit: Unit, definitions: Definitions, ref: str, at: int | None, *, now: int, before: Place | None) -> Past:
    row = found_profile(unit, ref)
    at = max(now, row.newest) if at is None else at
    roots = [each.root for each in unit.identities.of_profiles([row.profile])[row.profile]]
    upto = at if before is None else min(at, before[0])
    rows = unit.events.of_roots(roots, upto=upto)
    return Past(profile=row.profile, at=at, roots=roots, rows=rows, definitions=definitions)


def _replay(past: Past, limit: int, before: Place | None) -> tuple[list[Entry], bool]:
    """The last entries before a place, the newest first, and whether there are more."""
    kept = deque[Entry](maxlen=limit + 1)
    for entry in _entries(past, past.at if before is None else min(past.at, before[0])):
        if before is None or entry.place < before:
            kept.append(entry)
    page = list(kept)[::-1]
    return page[:limit], len(page) > limit


def _entries(past: Past, upto: int) -> Iterator[Entry]:
    """Every event, and every instant at which time alone changed something, in their order."""
    plan, calibrations = past.definitions.plan, past.definitions.calibrations
    state = State(plan.layout, who=past.profile)
    witness, aside = Witness(plan, state), _Aside(plan, state)
    events = list(in_order(to_events(past.rows, past.roots)))
    coming = iter(events)
    aside.expect(next(coming, None))
    for moment, event in walk(plan, events, calibrations, upto, state):
        yield from _late(witness, moment)
        moves = witness.look(moment, event)
        if event is not None:
            yield Entry(place=(event.t, 0, *event.key[1:]), event=event, moves=moves)
        elif moves:
            yield Entry(place=(moment, *TIME), event=None, moves=moves)
        if event is not None:
            aside.expect(next(coming, None))
    yield from _late(witness, upto + 1)


class _Aside:
    """Keyed runs that are over, out of the fold's way until an event speaks of them: it looks at every run it holds."""

    def __init__(self, plan: Plan, state: State) -> None:
        self._plan = plan
        self._state = state
        self._runs: dict[tuple[int, str], Enrollment] = {}

    def expect(self, event: Event | None) -> None:
        """Make ready for the next event."""
        enrollments = self._state.enrollments
        over = [run for run, each in enrollments.items() if not each.kept]
        self._runs |= {run: enrollments.pop(run) for run in over}
        touch = self._plan.touch(event.type) if event else NOTHING_TOUCHED
        keys = [(route.index, route.key_of(event)) for route in touch.journeys] if event else []
        for run in [*self._runs] if touch.reversals else keys:
            if run in self._runs:
                enrollments[run] = self._runs.pop(run)


def _late(witness: Witness, before: int) -> Iterator[Entry]:
    return (Entry(place=(at, *TIME), event=None, moves=moves) for at, moves in witness.pace(before))


def _shown(plan: Plan, entry: Entry) -> Json:
    changes: Json = {"changes": told(plan, entry.moves)}
    event = entry.event
    if event is None:
        return {"kind": "time", "t": write_instant(entry.place[0]), "type_name": "时间推移", **changes}
    declared = plan.playbook.events.get(event.type) or RESERVED.get(event.type)
    place = plan.playbook.places.get(event.place or "")
    return {
        "kind": "event",
        "t": write_instant(event.t),
        "event_id": event.event_id,
        "source": event.source,
        "type": event.type,
        "type_name": declared.name if declared else event.type,
        "occurred_at": write_instant(event.occurred_at),
        "channel": event.channel,
        "touchpoint": event.touchpoint,
        "scenario": event.scenario,
        "place": event.place,
        "place_name": place and place.name,
        "staff": event.staff,
        "properties": plain(event.properties),
        **changes,
    }


def _write_cursor(place: Place) -> str:
    return urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Place:
    try:
        found = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list) and [type(each) for each in found] == [int, int, int, str, str]:
        t, kind, occurred_at, source, event_id = found
        if 0 <= t < LONGEST:
            return t, kind, occurred_at, source, event_id
    raise Invalid(
        "bad_cursor",
        "cursor 不是本服务给出的，请从上一次回答的 next_cursor 取",
        "this cursor is not ours; take next_cursor of the last answer",
    )
