"""What publishing would do: who would get, lose or change a tag or a class, on a sample of profiles or on all."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from service.core.changes import said
from service.core.event import Event
from service.store import JobRow, ProfileRow, Unit
from service.usecases.ahead import Ahead, read_ahead
from service.usecases.app import App
from service.usecases.candidate import Candidate, candidate
from service.usecases.definitions import Definitions
from service.usecases.editions import plan_of
from service.usecases.jobs import PREVIEW, new_job, shown
from service.usecases.keeping import dump, said_of_rows
from service.usecases.look import is_fresh, state_of
from service.usecases.moves import Side, add_moves, no_moves
from service.usecases.stored import to_events

Json = dict[str, object]
Rows = Callable[[Unit], Sequence[ProfileRow]]
SAMPLED, PAGE = 500, 100


async def preview(app: App, sample: int = SAMPLED, definitions: Sequence[str] = (), *, by: str = "preview") -> Json:
    """Compare the draft, or some of its definitions, with what is in force, on up to `sample` profiles.

    Nothing is changed for anybody; what was found is kept, so that publishing can ask for it.
    """
    chosen = await app.read(lambda unit, _: candidate(unit, definitions))
    return await try_out(app, chosen, sample, definitions, by=by)


async def try_out(app: App, chosen: Candidate, sample: int, definitions: Sequence[str], *, by: str) -> Json:
    """Compare a candidate with what is in force, on a sample."""
    begun = app.clock()
    await asyncio.to_thread(plan_of, chosen.body, chosen.media_type, 0)
    sampled = await app.read(lambda unit, _: _sample(unit, sample))
    row = await app.read(lambda unit, found: _job(unit, found, chosen, (definitions, begun, by)))
    row = replace(row, total=len(sampled))
    for first in range(0, len(sampled), PAGE):
        row = await app.read(_page(chosen, row, _named(sampled[first : first + PAGE]), begun))
    row = replace(row, status="done", worked=max(app.clock() - begun, 0))
    await app.write(lambda unit, _: unit.jobs.put(row))
    return shown(row)


def _named(profiles: Sequence[int]) -> Rows:
    return lambda unit: [row for _, row in sorted(unit.profiles.load(profiles).items())]


def _sample(unit: Unit, size: int) -> list[int]:
    return unit.profiles.sample(max(-(-unit.profiles.people() // size), 1), size)  # all ranks alike


async def preview_all(app: App, definitions: Sequence[str] = (), *, by: str) -> Json:
    """Begin to compare all profiles: a job, which the workers go on with page by page."""
    chosen = await app.read(lambda unit, _: candidate(unit, definitions))
    await asyncio.to_thread(plan_of, chosen.body, chosen.media_type, 0)
    row = await app.read(lambda unit, found: _job(unit, found, chosen, (definitions, app.clock(), by)))
    await app.write(lambda unit, _: unit.jobs.put(row))
    return shown(row)


async def go_on(app: App) -> int:
    """One page of the oldest comparison that is under way; answers how many profiles were looked at."""
    begun = app.clock()
    waiting = await app.read(lambda unit, _: unit.jobs.of(PREVIEW, ("running",)))
    if not waiting:
        return 0
    row = waiting[0]
    chosen = await app.read(lambda unit, _: _still(unit, row))
    if chosen is None:
        await app.write(lambda unit, _: unit.jobs.put(replace(row, status="superseded", updated_at=begun)))
        return 1
    page = await app.read(lambda unit, _: unit.profiles.scan(row.cursor, PAGE))
    after = await app.read(_page(chosen, row, lambda _unit: page, begun))
    after = replace(
        after,
        cursor=page[-1].profile if page else row.cursor,
        status="done" if len(page) < PAGE else "running",
        worked=row.worked + max(app.clock() - begun, 0),
    )
    await app.write(lambda unit, _: unit.jobs.advance(after, row.cursor, row.done))
    return max(len(page), 1)


def _still(unit: Unit, row: JobRow) -> Candidate | None:
    """The text that a job compares, if the draft still says so."""
    if unit.playbooks.draft() is None:
        return None
    chosen = candidate(unit, json.loads(row.body)["definitions"])
    return chosen if row.job == f"{PREVIEW}:{chosen.etag}" else None


def _job(unit: Unit, definitions: Definitions, chosen: Candidate, asked: tuple[Sequence[str], int, str]) -> JobRow:
    names, now, by = asked
    total = unit.profiles.people()
    body: Json = {
        "etag": chosen.etag, "playbook_version": definitions.plan.version, "definitions": list(names),
        "of": total, **no_moves(),
    }  # fmt: skip
    return new_job(PREVIEW, chosen.etag, total=total, by=by, now=now, body=body)


# ---- one page


def _page(chosen: Candidate, row: JobRow, rows: Rows, at: int) -> Callable[[Unit, Definitions], JobRow]:
    def work(unit: Unit, definitions: Definitions) -> JobRow:
        plan = plan_of(chosen.body, chosen.media_type, definitions.plan.version + 1)
        then, tally = replace(definitions, plan=plan), json.loads(row.body)
        found = rows(unit)
        real = [each for each in found if not each.test]
        ahead = read_ahead(unit, [each.profile for each in real], over=True)
        for each in (row for row in real if row.profile in ahead.identities):
            moment = max(at, each.newest)
            log = partial(_log, unit, ahead, each.profile, moment)
            over = said_of_rows(ahead.over[each.profile])["journey"]
            now, new = (_side(found, each, moment, log, over) for found in (definitions, then))
            add_moves(tally, each.profile, now, new)
        return replace(row, done=row.done + len(found), updated_at=at, body=dump(tally))

    return work


def _side(
    definitions: Definitions, row: ProfileRow, at: int, log: Callable[[], list[Event]], over: Mapping[str, object]
) -> Side:
    """A profile under some definitions. Runs with a key that are over have left the facts, and are read beside them."""
    state = state_of(definitions, row, at, log)
    found = said(definitions.plan, state, at)
    if is_fresh(definitions, row, at):
        found["journey"] = {**over, **found["journey"]}
    return Side(definitions, found, state, at)


def _log(unit: Unit, ahead: Ahead, profile: int, upto: int) -> list[Event]:
    """The events up to an instant."""
    known, roots = ahead.logs.get(profile), ahead.roots(profile)
    rows = unit.events.of_roots(roots, upto=upto) if known is None else [each for each in known if each.t <= upto]
    return to_events(rows, roots)
