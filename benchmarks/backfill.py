"""Everybody anew: the pure fold of the same events / the job after a publication, and / a preview of everybody."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import dataclass
from typing import cast

from benchmarks import clocks
from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import World, coffee, opened
from service.core.event import Event
from service.core.facts import State
from service.core.fold import refold
from service.store import DraftRow, PlaybookRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.due import refold_stale
from service.usecases.editions import plan_of
from service.usecases.playbook import etag_of
from service.usecases.preview import go_on, preview_all
from service.usecases.stored import to_events

NAME = "backfill"
AIM = Aim(bound=0.5, at_least=True)
REFOLD_PAGE, PREVIEW_PAGE = 50, 100  # as the workers ask for them
JSON = "application/json"


def changed() -> bytes:
    """The playbook of the coffee chain with one tag more, so that everybody has to be folded again."""
    playbook = cast("dict[str, dict[str, object]]", deepcopy(coffee()))
    playbook["tags"]["bench"] = {"name": "bench", "when": {"count": {"event": "order_paid", "within": "30d"}, "gte": 3}}
    return json.dumps(playbook, ensure_ascii=False).encode()


async def publish(app: App) -> None:
    """Put the changed playbook in force."""
    row = PlaybookRow(
        version=2, body=changed(), media_type=JSON, published_at=app.clock(), published_by="bench", note=""
    )
    await app.write(lambda unit, _: unit.playbooks.publish(row))


async def draft(app: App) -> None:
    """Make it the draft, and ask what it would do to everybody."""
    text, now = changed(), app.clock()
    row = DraftRow(body=text, media_type=JSON, etag=etag_of(text), saved_at=now, saved_by="bench")
    await app.write(lambda unit, _: unit.playbooks.put_draft(row, None))
    await preview_all(app, by="bench")


@dataclass(slots=True)
class Fold:
    """The same people's events, decoded ahead, and what is in force."""

    definitions: Definitions
    lives: Sequence[tuple[int, list[Event]]]

    def work(self, page: int) -> Work:
        async def fold(step: int) -> float:
            begun = clocks.own()
            for profile, events in self.lives[step * page : (step + 1) * page]:
                state = State(self.definitions.plan.layout, who=profile)
                refold(self.definitions.plan, events, self.definitions.calibrations, state)
            return clocks.own() - begun

        return fold


def _lives(unit: Unit, found: Definitions, most: int) -> Fold:
    profiles = [row.profile for row in unit.profiles.scan(0, most)]
    roots = {name: [row.root for row in rows] for name, rows in unit.identities.of_profiles(profiles).items()}
    lives = [(profile, to_events(unit.events.of_roots(roots[profile]), roots[profile])) for profile in profiles]
    plan = plan_of(changed(), JSON, 2)
    return Fold(Definitions(plan=plan, calibrations=found.calibrations), lives)


async def run(world: World) -> AsyncGenerator[Row]:
    """Two rows for each database."""
    for kind in world.databases:
        async for row in _rates(world, kind):
            yield row


async def _rates(world: World, kind: str) -> AsyncGenerator[Row]:
    works: dict[str, Work] = {}
    async with AsyncExitStack() as stack:
        urls = await world.filled(kind), await world.filled(kind)
        apps = []
        for url in urls:
            app, clock = await stack.enter_async_context(opened(url))
            clock.at = int(world.story.now.timestamp() * 1_000_000)
            apps.append(app)
        fold = await apps[0].read(lambda unit, found: _lives(unit, found, 10_000))
        await publish(apps[0])
        await draft(apps[1])
        works = {
            "refold": _paged(world, urls[0], apps[0], REFOLD_PAGE),
            "refold, pure": fold.work(REFOLD_PAGE),
            "preview": _paged(world, urls[1], apps[1], PREVIEW_PAGE),
            "preview, pure": fold.work(PREVIEW_PAGE),
        }
        steps = min(len(fold.lives) // PREVIEW_PAGE // (world.rounds + 1), 4)
        found = await interleaved(world.rounds, steps, works, Progress(f"{NAME} {kind}"))
    for name, what in (("refold", "the job after a publication"), ("preview", "a preview of everybody")):
        values = ratios(found[f"{name}, pure"], found[name])
        yield Row(name=NAME, what=f"pure fold / {what}", on=kind, values=values, aim=AIM)


def _paged(world: World, url: str, app: App, page: int) -> Work:
    spent = world.processor(url)

    async def work(_step: int) -> float:
        begun = spent()
        done = await (refold_stale(app, page) if page == REFOLD_PAGE else go_on(app))
        cost = spent() - begun
        assert done == page, f"a page of {done}"
        return cost

    return work
