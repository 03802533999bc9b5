"""`state == fold(log)`, checked: every profile is folded again from its events and compared byte by byte."""

from collections.abc import Callable
from functools import partial

from service.core.changes import said
from service.core.facts import State
from service.core.fold import pass_silence, refold
from service.store import ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.folding import is_current, standing_of
from service.usecases.record import profile_id
from service.usecases.run_rows import step_rows
from service.usecases.stored import to_events

Json = dict[str, object]
PAGE = 100
EXAMPLES = 20


async def verify(app: App, *, limit: int | None = None, progress: Callable[[int, int], None] | None = None) -> Json:
    """Fold up to `limit` profiles again; facts must be equal byte by byte, and what was said must follow from them.

    Profiles whose facts were made under other definitions count as stale: their next touch folds them again.
    """
    total = await app.read(lambda unit, _: unit.profiles.count())
    total = total if limit is None else min(total, limit)
    done = stale = after = 0
    differences: list[Json] = []
    while done < total and (found := await app.read(partial(_page, after=after, limit=min(PAGE, total - done)))):
        stale += sum(1 for _, problem in found if problem == "stale")
        differences += [
            {"profile_id": profile_id(row), "what": problem} for row, problem in found if problem not in (None, "stale")
        ]
        done, after = done + len(found), found[-1][0]
        if progress is not None:
            progress(done, total)
    return {"profiles": done, "stale": stale, "differences": len(differences), "examples": differences[:EXAMPLES]}


def _page(unit: Unit, definitions: Definitions, *, after: int, limit: int) -> list[tuple[int, str | None]]:
    return [(row.profile, _compare(unit, definitions, row)) for row in unit.profiles.scan(after, limit)]


def _compare(unit: Unit, definitions: Definitions, row: ProfileRow) -> str | None:
    if not is_current(definitions, row):
        return "stale"
    plan, calibrations = definitions.plan, definitions.calibrations
    roots = [each.root for each in unit.identities.of_profiles([row.profile]).get(row.profile, ())]
    folded = State(plan.layout, who=row.profile)
    refold(plan, to_events(unit.events.of_roots(roots), roots), calibrations, folded)
    if folded.encode() != row.facts:
        return "facts"
    if set(step_rows(plan, row.profile, folded)) != set(unit.steps.of_profiles([row.profile])):
        return "steps"
    state = State(plan.layout, row.facts, who=row.profile)
    if state.count:
        pass_silence(plan, state, row.derived_at, definitions.known_to(row.plan))
    kept = standing_of(row)[0]
    return None if _without_runs_over(said(plan, state, row.derived_at)) == _without_runs_over(kept) else "said"


def _without_runs_over(found: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Keyed runs may be over and gone from the facts: their rows tell of them."""
    return {
        kind: {key: value for key, value in each.items() if ":" not in key.split("|")[0]}
        for kind, each in found.items()
    }
