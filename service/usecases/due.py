"""Time passed: profiles that silence alone has changed are derived anew, each exactly once under the version check."""

from service.store import ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.folding import Folded, derive, is_current, standing_of
from service.usecases.group import Group, fold_log
from service.usecases.keeping import keep
from service.core.facts import State


async def rederive_due(app: App, limit: int = 200) -> int:
    """Derive up to `limit` due profiles; answers how many were due."""
    now = app.clock()
    return await app.write(lambda unit, definitions: _rederive(unit, definitions, unit.profiles.due(now, limit), now))


async def refold_stale(app: App, limit: int = 50) -> int:
    """Fold up to `limit` profiles again whose facts were made under other definitions; answers how many there were."""
    now = app.clock()
    return await app.write(
        lambda unit, definitions: _rederive(unit, definitions, unit.profiles.stale(definitions.fold_id, 0, limit), now)
    )


def _rederive(unit: Unit, definitions: Definitions, profiles: list[int], now: int) -> int:
    group = Group(unit=unit, definitions=definitions, now=now)
    group.rows = unit.profiles.lock(sorted(profiles))
    folded = [_derived(group, row) for row in group.rows.values() if _wanted(definitions, row, now)]
    roots = {row.profile: standing_of(row)[1] for row in group.rows.values()}
    keep(unit, definitions, folded, roots, cause="time")
    return len(profiles)


def _wanted(definitions: Definitions, row: ProfileRow, now: int) -> bool:
    """Somebody may have been faster."""
    return not is_current(definitions, row) or (row.due_at is not None and row.due_at <= now)


def _derived(group: Group, row: ProfileRow) -> Folded:
    definitions = group.definitions
    if not is_current(definitions, row):
        return fold_log(group, row.profile)
    state = State(definitions.plan.layout, row.facts)
    folded = Folded(profile=row.profile, before=row, state=state, facts=row.facts, said=standing_of(row)[0])
    derive(folded, definitions, group.now)
    return folded
