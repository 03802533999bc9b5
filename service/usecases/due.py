"""Time passed, or definitions changed: profiles are derived anew, each exactly once under the version check."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from service.core.calendar import HOUR, MINUTE
from service.core.facts import State
from service.core.measures import FOREVER
from service.store import ProfileRow, StoreError, Unit
from service.usecases.app import App
from service.usecases.batch import Group
from service.usecases.definitions import Definitions
from service.usecases.folding import Folded, derive, is_current, standing_of
from service.usecases.group import fold_log
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
    """Go on through all profiles after a publication or a calibration; answers how many were seen, 0 when over.

    Reads never wait for it: a profile whose facts are not current is folded again by whoever touches it.
    """
    sweep, now = app.sweep, app.clock()
    target = await app.read(lambda _unit, definitions: definitions.fold_id)
    if sweep.target != target:
        sweep.target, sweep.after, sweep.done, sweep.again_at = target, 0, False, now + IN_FLIGHT
    if sweep.done and now >= sweep.again_at:
        sweep.after, sweep.done, sweep.again_at = 0, False, FOREVER
    if sweep.done:
        return 0
    last, count = await app.write(
        lambda unit, definitions: _sweep(unit, definitions, after=sweep.after, limit=limit, now=now)
    )
    sweep.after, sweep.done = last, count < limit
    return count


def _sweep(unit: Unit, definitions: Definitions, *, after: int, limit: int, now: int) -> tuple[int, int]:
    page = unit.profiles.scan(after, limit)
    group = Group(unit=unit, definitions=definitions, now=now)
    group.rows = unit.profiles.lock([row.profile for row in page if row.plan != definitions.fold_id])
    _keep(group, [row for row in group.rows.values() if row.plan != definitions.fold_id], cause="definitions")
    return (page[-1].profile if page else after), len(page)


def _keep(group: Group, rows: Sequence[ProfileRow], cause: str) -> None:
    folded: list[Folded] = []
    broken: list[ProfileRow] = []
    for row in rows:
        try:
            folded.append(_derived(group, row))
        except StoreError:
            raise
        except Exception:  # one that cannot be derived must not stop time for all others
            log.exception("profile %016x cannot be derived and is put aside for a while", row.profile)
            broken.append(replace(row, version=row.version + 1, due_at=group.now + ASIDE))
    group.unit.profiles.save(broken)
    roots = {row.profile: standing_of(row)[1] for row in rows}
    keep(group.unit, group.definitions, folded, roots, cause=cause)


def _derived(group: Group, row: ProfileRow) -> Folded:
    definitions = group.definitions
    if not is_current(definitions, row):
        return fold_log(group, row.profile)
    state = State(definitions.plan.layout, row.facts)
    folded = Folded(profile=row.profile, before=row, state=state, facts=row.facts, said=standing_of(row)[0])
    derive(folded, definitions, group.now)
    return folded
