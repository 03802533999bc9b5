"""A batch of 500 through the use case / the sum of its parts, on twin databases and the same events."""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from hashlib import blake2b

from benchmarks.clocks import Clock as Processor
from benchmarks.rounds import Progress, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import ACTOR, BATCH, Clock, Event, World, batches, body, instant, opened, opened_body
from service.core.intake import Admitted
from service.store import EventRow, ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.folding import Folded, append, begin, derive
from service.usecases.identify import find_or_create
from service.usecases.keeping import keep
from service.usecases.record import read_items, record
from service.usecases.stored import to_row

NAME = "batch"
PARTS = ("decode and admit", "load", "dedupe insert", "fold and derive", "write")
AIM = Aim(bound=1.3)
ROUNDABOUT = frozenset({"order_refunded", "recharge_refunded", "wecom_removed"})  # they read the log again


@dataclass(slots=True)
class Laps:
    """CPU time, part by part."""

    processor: Processor
    spent: Counter[str] = field(default_factory=Counter)
    since: int = 0

    def start(self) -> None:
        self.since = self.processor()

    def lap(self, part: str) -> None:
        now = self.processor()
        self.spent[part] += now - self.since
        self.since = now


async def run(world: World) -> AsyncGenerator[Row]:
    """One row and its parts for each database."""
    for kind in world.databases:
        async for row in _on(world, kind):
            yield row


async def _on(world: World, kind: str) -> AsyncGenerator[Row]:
    events = [event for event in world.story.future if event["type"] not in ROUNDABOUT]
    each = world.size(4, 1)
    groups = [group for group in batches(events) if len(group) == BATCH][: each * (world.rounds + 1)]
    urls = await world.filled(kind), await world.filled(kind)
    spent, laps = world.processor(urls[0]), Laps(world.processor(urls[1]))
    shares: list[Counter[str]] = []
    async with AsyncExitStack() as stack:
        whole, whole_clock = await stack.enter_async_context(opened(urls[0]))
        parts, parts_clock = await stack.enter_async_context(opened(urls[1]))

        async def as_whole(step: int) -> float:
            text, whole_clock.at = body(groups[step]), instant(groups[step][-1])
            begun = spent()
            await record(whole, ACTOR, opened_body(text))
            return spent() - begun

        async def as_parts(step: int) -> float:
            if step % each == 0:
                laps.spent.clear()
            before = laps.spent.total()
            await in_parts(parts, parts_clock, groups[step], laps)
            if step % each == each - 1 and step >= each:
                shares.append(laps.spent.copy())
            return laps.spent.total() - before

        works = {"whole": as_whole, "parts": as_parts}
        found = await interleaved(len(groups) // each - 1, each, works, Progress(f"{NAME} {kind}"))
        assert await digest(whole) == await digest(parts), "the parts do not do what the whole does"
    yield Row(
        name=NAME,
        what="batch of 500 / sum of its parts",
        on=kind,
        values=ratios(found["whole"], found["parts"]),
        aim=AIM,
    )
    for part in PARTS:
        values = [share[part] / total for share, total in zip(shares, found["whole"], strict=True)]
        yield Row(name=NAME, what=f"  {part} / batch of 500", on=kind, values=values)


async def in_parts(app: App, clock: Clock, group: Sequence[Event], laps: Laps) -> None:
    """What a batch cannot do without, straight on, each part once."""
    text, clock.at = body(group), instant(group[-1])
    laps.start()
    items = read_items(app, ACTOR, opened_body(text), clock.at).items
    admitted = [item.verdict for item in items if isinstance(item.verdict, Admitted)]
    laps.lap("decode and admit")
    await app.write(lambda unit, definitions: _commit(unit, definitions, admitted, clock.at, laps))
    laps.lap("write")


def _commit(unit: Unit, definitions: Definitions, admitted: Sequence[Admitted], now: int, laps: Laps) -> None:
    known = find_or_create(unit, {each.identities[0] for each in admitted}, now)
    rows = unit.profiles.lock(sorted({row.profile for row in known.values()}))
    laps.lap("load")
    kept: list[EventRow] = [to_row(known[each.identities[0]].root, each, now) for each in admitted]
    new = unit.events.insert(kept)
    laps.lap("dedupe insert")
    assert len(new) == len(admitted)
    by_profile: dict[int, list[Admitted]] = {}
    for each in admitted:
        by_profile.setdefault(known[each.identities[0]].profile, []).append(each)
    folded = [_fold(definitions, rows.get(profile), profile, found, now) for profile, found in by_profile.items()]
    laps.lap("fold and derive")
    keep(unit, definitions, folded, {})


def _fold(
    definitions: Definitions, row: ProfileRow | None, profile: int, found: Sequence[Admitted], now: int
) -> Folded:
    folded = begin(definitions, row, profile, None)
    append(folded, definitions, sorted((each.event for each in found), key=lambda event: event.key))
    derive(folded, definitions, now)
    return folded


async def digest(app: App) -> str:
    """The facts of everybody in one word, to compare twins; profile ids differ, so their order is by identity."""

    def read(unit: Unit) -> str:
        found = blake2b(digest_size=8)
        rows: dict[int, bytes] = {}
        after = 0
        while page := unit.profiles.scan(after, BATCH):
            rows |= {row.profile: row.facts for row in page}
            after = page[-1].profile
        names = unit.identities.of_profiles(list(rows))
        for _, profile in sorted((min(each.identity for each in names[profile]), profile) for profile in rows):
            found.update(rows[profile])
        return found.hexdigest()

    return await app.store.read(read)
