"""Which journey, and when: what every question about journeys asks first."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from service.core.breakpoints import IN_WORDS
from service.core.calendar import DAY, SECOND, to_datetime, write_instant
from service.core.describe import NO_CLASS
from service.core.playbook.check_conditions import UNDETERMINED
from service.core.playbook.definitions import Journey, Playbook
from service.core.proportions import Share
from service.store import Only, Span, Unit
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid, Unknown
from service.usecases.search import freshness

Json = dict[str, object]
USUAL, LONGEST = 28 * DAY, 732 * DAY
BY = ("channel", "touchpoint", "scenario", "place", "staff", "persona", "day", "week", "hour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A journey, and from when to before when (event time, microseconds); None: the last 28 days.

    `only`: in these circumstances, such as a place.
    """

    journey: str
    start: int | None = None
    end: int | None = None
    only: Only = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What was asked, found: the definition, the span, and the span of the same length before it."""

    playbook: Playbook
    journey: Journey
    span: Span
    before: Span

    def about(self, unit: Unit, definitions: Definitions, now: int) -> Json:
        """What every answer begins with: of what, of when, and as of when it is complete."""
        return {
            "journey": self.journey.key,
            "name": self.journey.name,
            "from": write_instant(self.span.start),
            "to": write_instant(self.span.end),
            **freshness(unit, definitions, now),
        }


def scope_of(definitions: Definitions, asked: Asked, now: int) -> Scope:
    """The scope of a question; Unknown without such a journey, Invalid for a span that is none, or too long."""
    playbook = definitions.plan.playbook
    journey = playbook.journeys.get(asked.journey)
    if journey is None:
        raise Unknown("unknown_journey", "现行方案没有这个旅程", "the playbook in force has no such journey")
    end = now if asked.end is None else asked.end
    start = end - USUAL if asked.start is None else asked.start
    if not start < end:
        raise Invalid("empty_span", "from 要早于 to", "`from` has to be before `to`")
    if end - start > LONGEST:
        raise Invalid("span_too_long", "一次最多看两年，请缩短 from 到 to", "at most two years at once")
    earlier = 2 * start - end
    offsets = offsets_of(ZoneInfo(playbook.timezone), earlier, end)
    span = Span(journey=journey.key, start=start, end=end, offsets=offsets, only=asked.only)
    before = replace(span, start=earlier, end=start)
    return Scope(playbook=playbook, journey=journey, span=span, before=before)


def offsets_of(zone: ZoneInfo, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """How far local time is ahead of UTC (microseconds), each from when on: more than one where clocks change."""
    found = [(start, _ahead(start, zone))]
    for day in range(start, end, DAY):
        next_day = min(day + DAY, end)
        ahead = _ahead(next_day, zone)
        if ahead != found[-1][1]:
            seconds = range(day // SECOND, next_day // SECOND + 1)
            place = bisect_left(seconds, True, key=lambda each: _ahead(each * SECOND, zone) == ahead)
            found.append((seconds[place] * SECOND, ahead))
    return tuple(found)


def _ahead(at: int, zone: ZoneInfo) -> int:
    """Before 1970 as in 1970: nothing happened then."""
    ahead = to_datetime(max(at, 0), zone).utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds()) * SECOND


def columns(by: tuple[str, ...]) -> tuple[str, ...]:
    """What the store calls them."""
    return tuple("cls" if each == "persona" else each for each in by)


def named(scope: Scope, by: str, key: object) -> Json:
    """One value of what is counted by, with the name that people know it by. None: it was not said.

    Whoever is of no class of the first scheme is undetermined.
    """
    if by in ("day", "week") and isinstance(key, int):
        days = key if by == "day" else key * 7 - 3
        return {"key": datetime.fromtimestamp(days * 86_400, UTC).date().isoformat(), "name": None}
    names: Mapping[str, str] = {}
    if by == "place":
        names = {each.key: each.name for each in scope.playbook.places.values()}
    elif by == "persona":
        scheme = next(iter(scope.playbook.personas.values()), None)
        key = UNDETERMINED if scheme and key is None else key
        nobody, _ = NO_CLASS[UNDETERMINED]
        names = {each.key: each.name for each in scheme.classes} | {UNDETERMINED: nobody} if scheme else {}
    elif by == "kind":
        names = {kind: zh for kind, (zh, _) in IN_WORDS.items()}
    elif by in ("stage", "waited"):
        names = {each.key: each.name for each in scope.journey.stages}
    return {"key": key, "name": None if key is None else names.get(str(key))}


def shown(found: Share) -> Json:
    """A share as answers tell it."""
    return {"k": found.k, "n": found.n, "share": found.value, "low": found.low, "high": found.high}
