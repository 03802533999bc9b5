"""Time passed, or definitions changed: profiles are derived anew, each exactly once under the version check."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from service.core.calendar import HOUR, MINUTE
from service.core.facts import State
from service.store import JobRow, ProfileRow, StoreError, Unit
from service.usecases.ahead import read_ahead
from service.usecases.app import App
from service.usecases.batch import Group
from service.usecases.definitions import Definitions
from service.usecases.folding import Folded, derive, is_current, standing_of
from service.usecases.group import announce_merges, fold_log, reshape
from service.usecases.jobs import OPEN, REFOLD, new_job
from service.usecases.keeping import keep

IN_FLIGHT = 2 * MINUTE  # longer than any transaction lasts
ASIDE = HOUR
log = logging.getLogger(__name__)


async def rederive_due(app: App, limit: int = 200) -> int:
    """Derive up to `limit` profiles that silence has changed; answers how many were due."""
    now = app.clock()

    def rederive(unit: Unit, definitions: Definitions) -> int:
        due = unit.profiles.due(now, limit)
        group = Group(unit=unit, definitions=definitions, now=now)
        group.rows = unit.profiles.lock(due)
        _keep(group, [row for row in group.rows.values() if row.due_at is not None and row.due_at <= now], cause="time")
        return len(due)

    return await app.write(rederive)


async def refold_stale(app: App, limit: int = 50) -> int:
    """Go on folding everybody anew after a publication or a calibration; answers how many were seen, 0 when over.

    The work is kept as a job, so that it goes on where it was after a restart. Reads never wait for it: a profile whose
    facts are not current is folded again by whoever touches it.
    """
    now = app.clock()
    row = await app.read(lambda unit, found: unit.jobs.get(refold_job(found)))
    if row is not None and not _has_work(row, now):
        return 0
    return await app.write(lambda unit, found: _go_on(unit, found, limit=limit, clock=app.clock, asked=now))


def refold_job(definitions: Definitions) -> str:
    """The job that brings everybody under the definitions in force; going back to old ones is new work."""
    return f"{REFOLD}:{definitions.plan.version}.{len(definitions.calibrations)}"


def _has_work(row: JobRow, now: int) -> bool:
    """Whether it runs, or has to be gone through once more: for transactions begun under the definitions before."""
    return row.status == "running" or (row.status == "done" and bool(row.again_at) and now >= (row.again_at or 0))


def _go_on(unit: Unit, definitions: Definitions, *, limit: int, clock: Callable[[], int], asked: int) -> int:
    """One page of the job. What it took counts from when it was asked for, up to when all is folded and kept."""
    now = clock()
    row = unit.jobs.lock(refold_job(definitions)) or _begin(unit, definitions, now)
    if not _has_work(row, now):
        return 0
    if row.status == "done":
        row = replace(row, status="running", cursor=0, again_at=0)
    first = row.again_at is None
    page = unit.profiles.plans(row.cursor, limit)
    over = len(page) < limit
    row = replace(
        row,
        cursor=page[-1][0] if page else row.cursor,
        done=row.done + len(page) if first else row.done,
        status="done" if over else "running",
        again_at=now + IN_FLIGHT if over and first else row.again_at,
    )
    stale = [profile for profile, plan in page if plan != definitions.fold_id]
    group = Group(unit=unit, definitions=definitions, now=now)
    group.rows = unit.profiles.lock(stale)
    _keep(group, [row for row in group.rows.values() if row.plan != definitions.fold_id], cause="definitions")
    unit.jobs.put(replace(row, worked=row.worked + max(clock() - asked, 0), updated_at=now))
    return len(page)


def _begin(unit: Unit, definitions: Definitions, now: int) -> JobRow:
    """New work; what was left of such work under other definitions is superseded by it."""
    for old in unit.jobs.of(REFOLD, OPEN):
        unit.jobs.put(replace(old, status="superseded", updated_at=now))
    body: dict[str, object] = {
        "playbook_version": definitions.plan.version,
        "calibration": definitions.calibrations[-1].number if definitions.calibrations else None,
    }
    subject = refold_job(definitions).partition(":")[2]
    return new_job(REFOLD, subject, total=unit.profiles.count(), by="system", now=now, body=body)


def _keep(group: Group, rows: Sequence[ProfileRow], cause: str) -> None:
    reshape(group)
    folded: dict[int, Folded] = {}
    broken: list[ProfileRow] = []
    wanted = group.reshaped.changed | {row.profile for row in rows} - group.reshaped.merged.keys()
    known = wanted & group.rows.keys() - group.reshaped.changed
    stale = sorted(each for each in known if not is_current(group.definitions, group.rows[each]))
    group.ahead = read_ahead(group.unit, stale, over=True)
    for profile in sorted(wanted):
        row = group.rows.get(profile)
        try:
            folded[profile] = _derived(group, profile, row)
        except StoreError:
            raise
        except Exception:  # one that cannot be derived must not stop time for all others
            log.exception("profile %016x cannot be derived and is put aside for a while", profile)
            broken += [replace(row, version=row.version + 1, due_at=group.now + ASIDE)] if row else []
    announce_merges(group, folded)
    group.unit.profiles.save(broken)
    roots = {
        profile: len(group.roots.get(profile, ())) or standing_of(group.rows.get(profile))[1] for profile in folded
    }
    keep(group.unit, group.definitions, list(folded.values()), roots, cause=cause)


def _derived(group: Group, profile: int, row: ProfileRow | None) -> Folded:
    definitions = group.definitions
    if row is None or profile in group.reshaped.changed or not is_current(definitions, row):
        return fold_log(group, profile)
    state = State(definitions.plan.layout, row.facts, who=profile)
    folded = Folded(profile=row.profile, before=row, state=state, facts=row.facts, said=standing_of(row)[0])
    derive(folded, definitions, group.now)
    return folded
