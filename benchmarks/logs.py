"""Real logs through the HTTP API: funnels, graphs, learned stalls and errors, held against a plain count of the file.

`python -m benchmarks.logs --data receipt|helpdesk|bpic2012|ecom [--database sqlite|postgres] [--url URL] [--sample N]`
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console

from benchmarks import logs_api, logs_count, logs_errors, logs_stalls
from benchmarks.logs_data import FILES, Log, load
from benchmarks.replay_api import define
from benchmarks.replay_service import Service, databases, running
from benchmarks.rounds import Progress
from benchmarks.table import Aim, Row, show

CONSOLE = Console(width=None if sys.stdout.isatty() else 150)
SHOWN = 12
NEAR = 0.03  # as near as this to what was measured before
ALL = Aim(bound=1.0, at_least=True)
QUESTIONS = (
    ("funnel", "funnel", logs_count.compare_funnel),
    ("transitions", "directly-follows graph, edges", logs_count.compare_graph),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What another program with this definition of a stall reached on a log, and how far hope may be off."""

    precision: float
    recall: float
    off: float


STALLS = {
    "bpic2012": Wanted(0.757, 0.102, 0.05),
    "receipt": Wanted(0.663, 1.0, 0.08),
    "helpdesk": Wanted(1.0, 1.0, 0.05),
}


@dataclass(slots=True)
class Examined:
    """The rows of the table, and what was wrong."""

    name: str
    on: str
    rows: list[Row] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def row(self, what: str, value: float, aim: Aim | None = None, digits: int = 3) -> None:
        """Add a row."""
        self.rows.append(Row(name=self.name, what=what, on=self.on, values=[value], aim=aim, digits=digits))

    def equal(self, what: str, number: int, wrong: Sequence[str]) -> None:
        """Add a row that says how many of so many are as they must be; nothing at all is not what it must be."""
        share = (number - len(wrong)) / number if number else 0.0
        self.row(f"{what}: {number - len(wrong)} of {number} equal", share, ALL, 4)
        self.wrong += [f"{what}: {each}" for each in wrong]


async def examine(client: httpx.AsyncClient, log: Log, on: str, wanted: Wanted | None) -> Examined:
    """Send a log, learning from its first cases in between, and look at everything."""
    found, progress = Examined(log.name, on), Progress(f"logs {log.name}")
    await define(client, log.playbook)
    train, test = log.cohorts()
    sent = await logs_api.send(client, train, progress.say)
    learned = await logs_api.learn(client)
    sent += await logs_api.send(client, test, progress.say)
    found.row(f"events sent, of {len(log.cases):,} cases", sent, digits=0)
    told = logs_count.journeys(log.playbook)
    for name, journey in told.items():
        progress.say(f"count {name}")
        await _count(client, log, found, (name, journey))
    if wanted is not None:
        await _stalls(client, log, found, (told, learned, wanted))
    if "order" in told:
        await _errors(client, log, found)
    progress.clear()
    return found


async def _count(client: httpx.AsyncClient, log: Log, found: Examined, named: tuple[str, logs_count.Told]) -> None:
    """The funnel and the graph of a journey."""
    name, journey = named
    runs = logs_count.runs(journey, log.cases).values()
    counts = {span: logs_count.count(runs, *span) for span in logs_count.spans(log.cases)}
    for question, title, compare in QUESTIONS:
        parts = [compare(each, await logs_api.ask(client, name, question, span)) for span, each in counts.items()]
        wrong = [line for _, lines in parts for line in lines]
        found.equal(f"{name}: {title}", sum(number for number, _ in parts), wrong)


async def _stalls(
    client: httpx.AsyncClient,
    log: Log,
    found: Examined,
    known: tuple[Mapping[str, logs_count.Told], Mapping[str, Any], Wanted],
) -> None:
    """Alarms about the cases that were not learned from."""
    told, learned, wanted = known
    name = "milestones"
    broken = await logs_api.breakpoints(client, name, "stalled")
    alarms = {(each["key"], each["stage"]): logs_api.seconds(each["since"]) for each in broken}
    train, test = (logs_stalls.visits(told[name], cases) for cases in log.cohorts())
    number, wrong = logs_stalls.compare(logs_stalls.expected(name, test, learned), alarms, test)
    found.equal("stalls: run, stage and instant as learned", number, wrong)
    judged = logs_stalls.judge(name, logs_stalls.followed(train, test, log.end), alarms, learned)
    found.row(f"  stages learned, of {len(told[name].stages) - 1}", _learned(name, learned), digits=0)
    found.row(f"  visits judged: {judged.visits:,}, never went on", judged.lost / max(judged.visits, 1))
    what = f"stalls, {judged.right} of {judged.alarms} right: precision"
    found.row(what, judged.precision, Aim(bound=round(wanted.precision - NEAR, 3), at_least=True))
    found.row("  recall", judged.recall, Aim(bound=round(wanted.recall - NEAR, 3), at_least=True))
    found.row(f"  calibration error of hope, {judged.looks:,} looks", judged.off, Aim(bound=wanted.off))


def _learned(journey: str, learned: Mapping[str, Any]) -> int:
    return sum(each.startswith(f"{journey}/") for each in learned)


async def _errors(client: httpx.AsyncClient, log: Log, found: Examined) -> None:
    """Every error is a breakpoint, or strikes where one stands."""
    broken = await logs_api.breakpoints(client, "order", "failed")
    wanted, errors = logs_errors.expected(log.cases)
    found.equal("breakpoints `failed`, stage and time", len(wanted), logs_errors.compare(wanted, broken))
    for kind, number in logs_errors.seen(log.cases, broken).items():
        found.row(f"  {kind}: {number} of {errors[kind]} stand as a breakpoint", number / max(errors[kind], 1), ALL, 4)


async def _asked(service: Service, log: Log, on: str, wanted: Wanted | None) -> Examined:
    async with service.client() as client:
        return await examine(client, log, on, wanted)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=sorted(FILES), required=True)
    parser.add_argument("--database", choices=["sqlite", "postgres", "postgresql"], default="sqlite")
    parser.add_argument("--url", help="a PostgreSQL server where databases may be created; without it one is started")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="only the first N cases: quick, too few to judge stalls"
    )
    options = parser.parse_args()
    on = "sqlite" if options.database == "sqlite" else "postgresql"
    with ExitStack() as stack:
        urls, folder = stack.enter_context(databases(on, options.url))
        # Without workers nobody calibrates unasked while the cases that are learned from are still coming in.
        service = stack.enter_context(running(urls[0], folder, "--no-workers"))
        found = asyncio.run(_asked(service, load(options.data).sample(options.sample), on, STALLS.get(options.data)))
    for each in found.wrong[:SHOWN]:
        CONSOLE.print(each, markup=False, highlight=False)
    show(CONSOLE, found.rows, "Counts and shares; nothing of time.")
    sys.exit(any("miss" in row.verdict for row in found.rows))


if __name__ == "__main__":
    main()
