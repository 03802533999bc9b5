"""Breakpoints of a journey rolled up: where, how many, of whom, what resolved them, and what helped."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from service.core.proportions import differ, most_common, share
from service.store import BreakpointRow, BreaksWanted, Cells, Unit
from service.usecases.app import App
from service.usecases.breaks import recovering
from service.usecases.definitions import Definitions
from service.usecases.doings import Window, services_met
from service.usecases.gaps import Gaps, gaps, is_suspected
from service.usecases.gaps import shown as shown_gaps
from service.usecases.spans import Asked, Scope, columns, named, scope_of, shown

Json = dict[str, object]
SAMPLE = 2_000  # the newest breakpoints looked at to tell what helped
TOP = 5


async def break_counts(app: App, asked: Asked, by: tuple[str, ...] = ("stage", "kind")) -> Json:
    """How many breakpoints opened in the span, by up to three things; what resolved them, and which service helped."""
    now = app.clock()
    return await app.read(lambda unit, found: _counts(unit, found, scope_of(found, asked, now), now, by))


def _counts(unit: Unit, definitions: Definitions, scope: Scope, now: int, by: tuple[str, ...]) -> Json:
    keys = columns(by)
    before = {key: number for key, number, *_ in unit.analytics.breaks_by(scope.before, keys)}
    rows = unit.analytics.breaks_by(scope.span, keys)
    rows.sort(key=lambda row: (-row[1], str(row[0])))
    resolvers = defaultdict[tuple[Any, ...], Counter[str]](Counter)
    for (*key, by_what), _number, resolved, *_ in unit.analytics.breaks_by(scope.span, (*keys, "resolved_by")):
        if resolved:
            resolvers[tuple(key)][by_what or "time"] += resolved
    silent = gaps(unit, definitions, now)
    return {
        **scope.about(unit, definitions, now),
        "by": list(by),
        "gaps": shown_gaps(scope.journey.key, silent),
        "items": [_group(scope, by, row, before.get(row[0], 0), resolvers[row[0]]) for row in rows],
        "recoveries": recoveries(unit, scope, now, silent),
    }


def _group(scope: Scope, by: tuple[str, ...], row: Cells, before: int, resolvers: Counter[str]) -> Json:
    key, number, resolved, took, left = row
    return {
        "key": {name: named(scope, name, value) for name, value in zip(by, key, strict=True)},
        "n": number,
        "before": before,
        "resolved": shown(share(resolved, number)),
        "mean_seconds": round(took / resolved / 1_000_000, 1) if resolved else None,
        "left": left,
        "resolved_by": [{"type": kind, "n": times} for kind, times in most_common(resolvers, TOP)],
    }


def recoveries(unit: Unit, scope: Scope, now: int, silent: Gaps) -> list[Json]:
    """Of the breakpoints that a service is linked to: those resolved where he met it while it stood, and where not.

    One that ended only because the run was left counts as not resolved. Of what may be a source's silence nobody knows.

    An association: whoever takes a service may be one who would have gone on anyway.
    """
    span = scope.span
    wanted = BreaksWanted(journey=span.journey, since=span.start, until=span.end, only=span.only)
    rows = [row for row in unit.overview.breaks_page(wanted, None, SAMPLE) if not is_suspected(row, silent)]
    windows = [Window(row.profile, row.since, row.resolved_at or now) for row in rows]
    met = services_met(unit, windows) if any(_linked(scope, row) for row in rows) else {}
    counts = defaultdict[tuple[str, str, str], dict[bool, list[int]]](lambda: {True: [0, 0], False: [0, 0]})
    for row, window in zip(rows, windows, strict=True):
        for service, name in _linked(scope, row):
            cell = counts[row.stage, service, name][service in met.get(window, ())]
            cell[0] += row.resolved_at is not None and not row.with_run
            cell[1] += 1
    return [_recovery(scope, key, found, len(rows)) for key, found in sorted(counts.items())]


def _linked(scope: Scope, row: BreakpointRow) -> Iterable[tuple[str, str]]:
    return [(str(each["service"]), str(each["name"])) for each in recovering(scope.playbook, row.journey, row.stage)]


def _recovery(scope: Scope, key: tuple[str, str, str], found: dict[bool, list[int]], sample: int) -> Json:
    stage, service, name = key
    met, other = (share(*found[each]) for each in (True, False))
    return {
        "stage": stage, "stage_name": named(scope, "stage", stage)["name"], "service": service, "name": name,
        "met": shown(met), "not_met": shown(other), "differs": differ(met, other), "association": True,
        "sample": sample,
    }  # fmt: skip
