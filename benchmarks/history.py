"""Live single events over HTTP while a history is imported / without: they wait for at most one group of it."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack
from itertools import count, islice
from statistics import median, quantiles
from time import sleep

from benchmarks.rounds import Progress, ratios
from benchmarks.serving import Server, give, load, result, send, serving
from benchmarks.table import Aim, Row
from benchmarks.world import BATCH, Event, World, body, who

NAME = "history"
AIM = Aim(bound=1)
PATH = "/v1/events"
EVERY = 0.02  # seconds between two live events
LEAD = 0.5  # seconds by which the import begins earlier and ends later
GROUP = 100  # so many events of a history are committed together
LIVE, IMPORT = 8, 1  # connections: the import command has one
FAST = 8_000  # events in a second that no import reaches

Latencies = tuple[float, float]  # median and 99th percentile, in milliseconds


async def run(world: World) -> AsyncGenerator[Row]:
    """Three rows for each database: the median, the 99th percentile, and the wait in groups of the history."""
    for kind in world.databases:
        with ExitStack() as stack:
            server = stack.enter_context(serving(world, ("service", "serve"), await world.filled(kind)))
            quiet, busy, group = zip(*_rounds(world, kind, server), strict=True)
        for place, what in enumerate(("median", "99th percentile")):
            values = ratios([each[place] for each in busy], [each[place] for each in quiet])
            yield Row(name=NAME, what=f"time: live event, {what}, history / none", on=kind, values=values)
        waits = [(late - early) / whole for (_, late), (_, early), whole in zip(busy, quiet, group, strict=True)]
        what = "time: longer wait at the 99th percentile / one history group"
        yield Row(name=NAME, what=what, on=kind, values=waits, aim=AIM)


def _rounds(world: World, kind: str, server: Server) -> Iterator[tuple[Latencies, Latencies, float]]:
    live = iter([body([event]) for event in world.story.future])
    old = _history(world.story.past)
    each = world.size(300, 50)
    progress = Progress(f"{NAME} {kind}")
    for number in range(world.rounds + 1):
        progress.say(f"round {number} of {world.rounds}")
        quiet = _live(server, list(islice(live, each)))
        groups = [body(islice(old, GROUP), backfill=True) for _ in range(10)]
        group = median(send(server, PATH, groups, connections=1).milliseconds)
        seconds = each * EVERY + 2 * LEAD
        lines = [body(islice(old, BATCH), backfill=True) for _ in range(int(seconds * FAST / BATCH))]
        importing = load(server, PATH, connections=IMPORT, limit=seconds)
        give(importing, lines)
        sleep(LEAD)
        busy = _live(server, list(islice(live, each)))
        imported = result(importing)
        assert imported.seconds > each * EVERY, "the import ended before the live events"
        if number:
            yield quiet, busy, group


def _live(server: Server, lines: Sequence[bytes]) -> Latencies:
    taken = send(server, PATH, lines, connections=LIVE, every=EVERY, expect='"accepted":1').milliseconds
    return median(taken), quantiles(taken, n=100)[98]


def _history(past: Sequence[Event]) -> Iterator[Event]:
    """What is past, again and again as the lives of other people; each life in order."""
    for cycle in count():
        for event in past:
            kept = {name: value for name, value in event.items() if name != "identities"}
            yield {**kept, "event_id": f"h{cycle}-{event['event_id']}", "identity": f"member:h{cycle}-{who(event)}"}
