"""How many people a tag would be on for, while it is still being written: told to whoever writes it, kept nowhere."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from service.core.calendar import SECOND
from service.core.check import check
from service.core.event import MICRO, Event
from service.core.facts import State
from service.core.fold import pass_silence, refold
from service.core.outline import outline
from service.core.plan import Plan, compile_playbook
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import read_playbook
from service.core.problem import Problem, token
from service.core.proportions import share
from service.store import DraftRow, PlaybookRow, Unit
from service.usecases.ahead import read_ahead
from service.usecases.app import App
from service.usecases.crowd import FEW
from service.usecases.definition import base_of, source_of
from service.usecases.definitions import Definitions
from service.usecases.stored import to_events

Json = dict[str, object]
PAGE = 25
PATIENCE = 3 * SECOND // 2  # after which of many no more are looked at
NEEDED = (
    "playbook",
    "timezone",
    "layers",
    "events",
    "places",
    "holidays",
    "tag_groups",
)  # by a tag that reads no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One person's events, in no order."""

    profile: int
    events: list[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A tag on paper: what it says, what is wrong with it and, if nothing is, how to tell who has it."""

    said: Json
    problems: tuple[Problem, ...]
    plan: Plan | None


async def _wanted() -> bool:
    return True


async def head_count(
    app: App, key: str, value: Mapping[str, object], wanted: Callable[[], Awaitable[bool]] = _wanted
) -> Json:
    """What a tag says, what is wrong with it, and for how many people it would be on now; of many on a sample.

    The tag stands alone, beside the draft's events: folding everybody's past for one tag takes no long. `wanted` is
    asked now and then, for whoever types on has no use for what he asked before.
    """
    base = await app.read(lambda unit, _: base_of(unit))
    asked = await asyncio.to_thread(_question, base, key, value)
    if asked.plan is None:
        return {**asked.said, "problems": [_problem(each) for each in _of_tag(asked.problems, key)], "count": None}
    async with app.crowd.turn:
        count = await _count(app, asked.plan, wanted)
    return {**asked.said, "problems": [], "count": count}


def _question(base: DraftRow | PlaybookRow | None, key: str, value: Mapping[str, object]) -> Question:
    tree = source_of(base).tree
    assert isinstance(tree, dict)  # or it would not have been saved
    sections = {name: tree[name] for name in NEEDED if name in tree}
    playbook, problems = read_playbook({"playbook": "draft", **sections, "tags": {key: dict(value)}})
    problems = problems or check(playbook)
    plan = None if problems else compile_playbook(playbook, 0)
    return Question(said=_sentence(playbook, key), problems=problems, plan=plan)


async def _count(app: App, plan: Plan, wanted: Callable[[], Awaitable[bool]]) -> Json | None:
    """Page by page, until all are looked at or, of many, the time is up; events that wait go first."""
    now = app.clock()
    drawn = await app.read(lambda unit, _: app.crowd.drawn(unit, now))
    begun, on, looked = app.clock(), 0, 0
    for first in range(0, len(drawn.sampled), PAGE):
        page = app.clock()
        if not await wanted():
            return None
        if drawn.people > FEW and page - begun > PATIENCE:
            break
        lives = await app.read(_lives(drawn.sampled[first : first + PAGE]))
        on += await asyncio.to_thread(_on, plan, lives, now)
        looked += len(lives)
        rest = app.clock() - page if app.committer.waiting else 0
        await asyncio.sleep(rest / MICRO)
    return _told(drawn.people, looked, on)


def _told(people: int, looked: int, on: int) -> Json:
    """The count, and where it lies with 95 % certainty: what was seen is certain."""
    found, complete = share(on, looked), looked >= people
    return {
        "people": people,
        "looked_at": looked,
        "match": on,
        "complete": complete,
        "estimate": round(on * people / looked) if looked else 0,
        "low": on if complete else max(floor(found.low * people), on),
        "high": on if complete else min(ceil(found.high * people), people - looked + on),
    }


def _of_tag(problems: tuple[Problem, ...], key: str) -> list[Problem]:
    """Those of the tag, if it has any; else whatever in the draft stands in the way of counting."""
    place = f"/tags{token(key)}"
    return [each for each in problems if each.pointer == place or each.pointer.startswith(place + "/")] or [*problems]


def _sentence(playbook: Playbook, key: str) -> Json:
    zh, en = outline(playbook, playbook.tags[key])
    return {"text": zh, "text_en": en}


def _problem(problem: Problem) -> Json:
    return {"code": problem.code, "pointer": problem.pointer, "title": problem.zh, "title_en": problem.en}


def _lives(profiles: Sequence[int]) -> Callable[[Unit, Definitions], list[Life]]:
    def work(unit: Unit, _definitions: Definitions) -> list[Life]:
        ahead = read_ahead(unit, profiles)
        logs = {
            each: ahead.logs[each] if each in ahead.logs else unit.events.of_roots(ahead.roots(each))
            for each in ahead.identities
        }
        return [Life(profile=each, events=to_events(log, ahead.roots(each))) for each, log in logs.items()]

    return work


def _on(plan: Plan, lives: list[Life], now: int) -> int:
    """How many of them have the plan's only tag."""
    found = 0
    for life in lives:
        state = State(plan.layout, who=life.profile)
        refold(plan, life.events, (), state)
        pass_silence(plan, state, max([now, *(each.t for each in life.events)]), ())
        mark = state.marks.get(0)
        found += mark is not None and mark.value > 0
    return found
