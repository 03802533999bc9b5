"""A journey at a glance: where it breaks most, since when, for whom, and what helps; in one look at the database."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.core.calendar import DAY
from service.core.proportions import Share, distance, share
from service.store import Span, Unit
from service.usecases.app import App
from service.usecases.break_counts import recoveries
from service.usecases.definitions import Definitions
from service.usecases.gaps import Gaps, gaps
from service.usecases.spans import Asked, Scope, columns, named, scope_of, shown

Json = dict[str, object]
CERTAIN = 3.5  # standard errors; many days are tried, and one of them always looks odd
ENOUGH = 20  # people on either side of a day, before it is said that something changed then
LIKELY, FEW = 2.6, 5  # standard errors, and breakpoints, before somebody stands out: several groups are held up
TOP = 5
GROUPS = ("persona", "place", "channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """What breaks most often: a stage, how, and how often in the span and in the one before."""

    stage: str
    kind: str
    n: int
    before: int


async def glance(app: App, asked: Asked) -> Json:
    """The breakpoints of the span in a few lines; `worst` is None if there are none."""
    now = app.clock()
    return await app.read(lambda unit, found: _glance(unit, found, scope_of(found, asked, now), now))


def _glance(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    silent = gaps(unit, definitions, now)
    about: Json = {**scope.about(unit, definitions, now), "channels": _channels(unit, scope)}
    worst = _worst(unit, scope, silent)
    if worst is None:
        return {**about, "worst": None}
    count = _counting(unit, scope, worst)
    days = _days(count(("day",)), scope.span)
    return {
        **about,
        "worst": {
            "stage": worst.stage, "kind": worst.kind, "n": worst.n, "before": worst.before,
            "share": shown(count(()).get((), share(0, 0))),
        },
        "days": [{"day": named(scope, "day", day)["key"], "n": found.k} for day, found in days.items()],
        "since": _since(scope, days),
        "whom": [_whom(scope, by, count((by,))) for by in GROUPS if by not in dict(scope.span.only)],
        "helps": [each for each in recoveries(unit, scope, now, silent) if each["stage"] == worst.stage],
    }  # fmt: skip


def _channels(unit: Unit, scope: Scope) -> list[str]:
    """The channels that anything was heard by, whatever is chosen: to choose from."""
    anywhere = replace(scope.span, only=())
    rows = unit.analytics.steps_by(anywhere, ("entered", "lit"), ("channel",))
    return sorted(key for (key,), *_ in rows if key is not None)


def _worst(unit: Unit, scope: Scope, silent: Gaps) -> Worst | None:
    """The most frequent; stalls of a stage whose source is silent may be none."""
    before = {key: number for key, number, *_ in unit.analytics.breaks_by(scope.before, ("stage", "kind"))}
    rows = [
        (-number, key)
        for key, number, *_ in unit.analytics.breaks_by(scope.span, ("stage", "kind"))
        if key[1] != "stalled" or f"{scope.journey.key}/{key[0]}" not in silent
    ]
    if not rows:
        return None
    number, key = min(rows)
    return Worst(stage=key[0], kind=key[1], n=-number, before=before.get(key, 0))


Shares = dict[tuple[Any, ...], Share]


def _counting(unit: Unit, scope: Scope, worst: Worst) -> Callable[[tuple[str, ...]], Shares]:
    """How often it broke there, of that and of all that went well there without, by something."""

    def count(by: tuple[str, ...]) -> Shares:
        keys = columns(by)
        broken, well = Counter[tuple[Any, ...]](), Counter[tuple[Any, ...]]()
        for (stage, kind, *key), number, *_ in unit.analytics.breaks_by(scope.span, ("stage", "kind", *keys)):
            broken[tuple(key)] += number * ((stage, kind) == (worst.stage, worst.kind))
        for key, number in unit.analytics.unbroken(scope.span, worst.stage, worst.kind, keys):
            well[key] += number
        tried = broken + well
        return {key: share(broken[key], number) for key, number in tried.items()}

    return count


def _days(found: Shares, span: Span) -> dict[int, Share]:
    """Each day of the span, also those on which nothing happened."""
    first, last = span.local(span.start) // DAY, span.local(span.end - 1) // DAY
    return {day: found.get((day,), share(0, 0)) for day in range(first, last + 1)}


def _since(scope: Scope, days: Mapping[int, Share]) -> Json | None:
    """The day from which on it breaks more often, if one stands out by more than chance."""
    best: tuple[float, int, Share, Share] | None = None
    for day in list(days)[1:]:
        after = _sum(found for each, found in days.items() if each >= day)
        earlier = _sum(found for each, found in days.items() if each < day)
        by = distance(after, earlier)
        if min(after.n, earlier.n) >= ENOUGH and by > CERTAIN and (best is None or by > best[0]):
            best = by, day, after, earlier
    if best is None:
        return None
    _, day, after, earlier = best
    return {"day": named(scope, "day", day)["key"], "now": shown(after), "then": shown(earlier)}


def _sum(found: Iterable[Share]) -> Share:
    listed = list(found)
    return share(sum(each.k for each in listed), sum(each.n for each in listed))


def _whom(scope: Scope, by: str, found: Shares) -> Json:
    """For whom it breaks most often, each held against all others together; of a few nothing is said."""
    everybody = _sum(found.values())
    items: list[dict[str, Any]] = []
    for (key,), one in found.items():
        others = share(everybody.k - one.k, everybody.n - one.n)
        more = one.k >= FEW and min(one.n, others.n) >= ENOUGH and distance(one, others) > LIKELY
        items.append({**named(scope, by, key), **shown(one), "more": more})
    items.sort(key=lambda each: (not each["more"], -each["k"], str(each["key"])))
    several = len(items) > 1
    return {
        "by": by, "several": several, "stands_out": several and any(each["more"] for each in items),
        "items": items[:TOP],
    }  # fmt: skip
