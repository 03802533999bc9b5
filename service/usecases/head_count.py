"""How many people a tag would be on for, while it is still being written: told to whoever writes it, kept nowhere."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from service.core.check import check
from service.core.event import Event
from service.core.facts import State
from service.core.fold import pass_silence, refold
from service.core.outline import outline
from service.core.plan import Plan, compile_playbook
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import read_playbook
from service.core.problem import Problem, token
from service.store import Unit
from service.usecases.ahead import read_ahead
from service.usecases.app import App
from service.usecases.definition import base_of, source_of
from service.usecases.definitions import Definitions
from service.usecases.stored import to_events

Json = dict[str, object]
SAMPLED, PAGE = 400, 25
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


async def head_count(app: App, key: str, value: Mapping[str, object]) -> Json:
    """What a tag says, what is wrong with it, and for how many people it would be on now; of many on a sample.

    The tag stands alone, beside the draft's events: folding everybody's past for one tag takes no long.
    """
    now = app.clock()
    base = await app.read(lambda unit, _: base_of(unit))
    tree = (await asyncio.to_thread(source_of, base)).tree
    assert isinstance(tree, dict)  # or it would not have been saved
    sections = {name: tree[name] for name in NEEDED if name in tree}
    playbook, problems = read_playbook({"playbook": "draft", **sections, "tags": {key: dict(value)}})
    problems = problems or check(playbook)
    said = _sentence(playbook, key)
    if problems:
        return {**said, "problems": [_problem(each) for each in _of_tag(problems, key)], "count": None}
    plan = compile_playbook(playbook, 0)
    people, sampled = await app.read(lambda unit, _: _sample(unit))
    on = 0
    for first in range(0, len(sampled), PAGE):
        lives = await app.read(_lives(sampled[first : first + PAGE]))
        on += await asyncio.to_thread(_on, plan, lives, now)
    looked = len(sampled)
    count = {"people": people, "looked_at": looked, "match": on, "complete": looked == people}
    return {**said, "problems": [], "count": {**count, "estimate": round(on * people / looked) if looked else 0}}


def _of_tag(problems: tuple[Problem, ...], key: str) -> list[Problem]:
    """Those of the tag, if it has any; else whatever in the draft stands in the way of counting."""
    place = f"/tags{token(key)}"
    return [each for each in problems if each.pointer == place or each.pointer.startswith(place + "/")] or [*problems]


def _sentence(playbook: Playbook, key: str) -> Json:
    zh, en = outline(playbook, playbook.tags[key])
    return {"text": zh, "text_en": en}


def _problem(problem: Problem) -> Json:
    return {"code": problem.code, "pointer": problem.pointer, "title": problem.zh, "title_en": problem.en}


def _sample(unit: Unit) -> tuple[int, list[int]]:
    """Spread over all of them: ids follow the clock, and the first to come are not like the last."""
    people = unit.profiles.people()
    return people, unit.profiles.sample(max(ceil(people / SAMPLED), 1), SAMPLED)


def _lives(profiles: Sequence[int]) -> Callable[[Unit, Definitions], list[Life]]:
    def work(unit: Unit, _definitions: Definitions) -> list[Life]:
        ahead = read_ahead(unit, profiles)
        logs = {
            each: ahead.logs[each] if each in ahead.logs else unit.events.of_roots(ahead.roots(each))
            for each in ahead.identities
        }
        return [Life(profile=each, events=to_events(log)) for each, log in logs.items()]

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
