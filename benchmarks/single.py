"""Single events over HTTP on 64 connections / the parse-only endpoint of the same service, and / a naive service."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from itertools import islice

from benchmarks.rounds import Progress, ratios
from benchmarks.serving import Sent, Server, send, serving
from benchmarks.table import Aim, Row
from benchmarks.world import World, body

NAME = "single"
CEILING, NAIVE = Aim(bound=0.25, at_least=True), Aim(bound=5, at_least=True)
SHARE = 3  # the naive service gets one request where the others get three


async def run(world: World) -> AsyncGenerator[Row]:
    """Four rows for each database: rate and CPU, by each of the two."""
    for kind in world.databases:
        lantern_url, naive_url = await world.filled(kind), await world.filled(kind)
        with ExitStack() as stack:
            lantern = stack.enter_context(serving(world, ("service", "serve"), lantern_url))
            naive = stack.enter_context(serving(world, ("benchmarks.naive",), naive_url))
            found = _rounds(world, kind, lantern, naive)
        record, parse, slow = found["record"], found["parse"], found["naive"]
        for row in (
            ("rate: record / parse-only", ratios(rates(record), rates(parse)), CEILING),
            ("CPU: parse-only / record", ratios(costs(parse), costs(record)), CEILING),
            ("rate: record / naive transaction for each request", ratios(rates(record), rates(slow)), NAIVE),
            ("CPU: naive transaction for each request / record", ratios(costs(slow), costs(record)), NAIVE),
        ):
            what, values, aim = row
            yield Row(name=NAME, what=what, on=kind, values=values, aim=aim)


def _rounds(world: World, kind: str, lantern: Server, naive: Server) -> dict[str, list[Sent]]:
    """The naive service reads the same story, only more slowly; parse-only reads what is recorded."""
    bodies = [body([event]) for event in world.story.future]
    each = min(world.size(2_400, 300), len(bodies) // (world.rounds + 1))
    stories = {"record": iter(bodies), "parse": iter(bodies), "naive": iter(bodies)}
    works = {
        "record": lambda lines: send(lantern, "/v1/events", lines, expect='"accepted":1'),
        "parse": lambda lines: send(lantern, "/v1/events:parse", lines, expect='"admitted":1'),
        "naive": lambda lines: send(naive, "/v1/events", lines, expect='"accepted":1'),
    }
    found: dict[str, list[Sent]] = {name: [] for name in works}
    names, progress = list(works), Progress(f"{NAME} {kind}")
    for number in range(world.rounds + 1):
        progress.say(f"round {number} of {world.rounds}")
        for name in names if number % 2 else reversed(names):
            lines = list(islice(stories[name], each // SHARE if name == "naive" else each))
            sent = works[name](lines)
            if number:
                found[name].append(sent)
    return found


def rates(sent: list[Sent]) -> list[float]:
    """Requests in a second."""
    return [each.rate for each in sent]


def costs(sent: list[Sent]) -> list[float]:
    """CPU time of the server and its database for a request."""
    return [each.cpu / each.requests for each in sent]
