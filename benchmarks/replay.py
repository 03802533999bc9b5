"""Replay real purchases through HTTP and compare every answer with an independent oracle.

`python -m benchmarks.replay --data cdnow|retail --database sqlite|postgresql [--url URL] [--shuffle SEED] [--sample N]`
"""

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks import oracle, replay_data, replay_selfcheck, replay_send
from benchmarks.oracle_book import Book, Calibration
from benchmarks.oracle_time import instant
from benchmarks.replay_api import calibrate, define, quarantined, zero_differences
from benchmarks.replay_compare import Found, compare_all
from benchmarks.replay_service import Service, databases, running

CONSOLE = Console(soft_wrap=True)
SHOWN = 12
FREQUENT = 4


@dataclass(slots=True)
class Report:
    """The checks, one line each."""

    lines: list[tuple[str, bool, str]] = field(default_factory=list)

    def check(self, name: str, *, ok: bool, found: object) -> None:
        """Note one check, and say so at once."""
        self.lines.append((name, ok, str(found)))
        CONSOLE.print(f"[{'green' if ok else 'red'}]{'ok  ' if ok else 'FAIL'}[/] {name}: {found}", highlight=False)

    def none(self, name: str, wrong: Sequence[str]) -> None:
        """Note a check that passes when nothing is wrong, and show the first things that are."""
        self.check(name, ok=not wrong, found=f"{len(wrong)} wrong")
        for line in wrong[:SHOWN]:
            CONSOLE.print(f"     {line}", highlight=False, markup=False)

    def table(self, title: str) -> bool:
        """Print the final table; say whether all is well."""
        table = Table("check", "", "found", title=title)
        for name, ok, found in self.lines:
            table.add_row(name, "ok" if ok else "FAIL", found[:100], style=None if ok else "red")
        CONSOLE.print(table)
        return all(ok for _, ok, _ in self.lines)


@dataclass(slots=True)
class Replay:
    """One data set on one database."""

    source: replay_data.Source
    report: Report
    progress: Progress
    marks: int = 0
    ledger: replay_send.Ledger = field(default_factory=replay_send.Ledger)

    def waves(self) -> list[dict[str, list[replay_data.RawEvent]]]:
        """Keep half of the frequent buyers back until the first calibration is made, so that the second one differs."""
        early: dict[str, list[replay_data.RawEvent]] = {}
        late: dict[str, list[replay_data.RawEvent]] = {}
        for name, events in self.source.profiles.items():
            chance = hashlib.sha256(name.encode()).digest()[0]
            (late if len(events) >= FREQUENT and chance % 2 else early)[name] = events
        return [early, late]

    def bar(self, title: str, total: int) -> Callable[..., None]:
        """Start a progress bar; the result moves it on."""
        return partial(self.progress.advance, self.progress.add_task(title, total=total))

    async def send(self, client: httpx.AsyncClient, wave: dict[str, list[replay_data.RawEvent]], seed: int) -> None:
        """Send one wave, and check each answer."""
        events = [event for found in wave.values() for event in found]
        batches = replay_send.shuffled(events, seed, self.marks)
        self.marks += sum(item.key is None for batch in batches for item in batch)
        await replay_send.send(client, batches, self.ledger, self.bar(f"send, shuffle {seed}", len(batches)))
        self.ledger.wrong += replay_send.missing(self.ledger, batches)


async def first_run(replay: Replay, service: Service, seed: int) -> tuple[dict[str, str], dict[str, str]]:
    """Send, calibrate, send the rest, calibrate, read everything and compare: the hashes of facts at two times."""
    report, source = replay.report, replay.source
    async with service.client() as client:
        await define(client, source.playbook)
        early, late = replay.waves()
        await replay.send(client, early, seed)
        before = await asyncio.to_thread(service.facts)
        first = await calibrate(client)
        await replay.send(client, late, seed + 1000)
        both = await calibrate(client)
        report.none("items accepted, duplicate, rejected as they must be", replay.ledger.wrong)
        report_codes(replay)
        check_calibrations(replay, [early, source.profiles], [first[-1], both[-1]])
        report.check("two calibrations", ok=len(both) == 2, found=[one.number for one in both])
        report.none("quarantine names every bad item", await quarantined(client, replay.ledger.marks))
        ats = [*source.instants, (datetime.now(UTC) + timedelta(days=40)).isoformat().replace("+00:00", "Z")]
        bar = replay.bar("read and compare", len(source.profiles))
        found = await compare_all(client, source.profiles, (source.playbook, both, ats), bar)
        report_differences(report, found, len(source.profiles) * len(ats))
    code, told = await asyncio.to_thread(service.settled)
    report.check("verify finds 0 differences", ok=code == 0 and zero_differences(told), found=str(told)[:300])
    return before, await asyncio.to_thread(service.facts)


async def second_run(replay: Replay, service: Service, seed: int) -> tuple[dict[str, str], dict[str, str]]:
    """Send the same in another order, with the calibrations at the same places."""
    async with service.client() as client:
        await define(client, replay.source.playbook)
        early, late = replay.waves()
        await replay.send(client, early, seed)
        before = await asyncio.to_thread(service.facts)
        await calibrate(client)
        await replay.send(client, late, seed + 1000)
        await calibrate(client)
    replay.report.none("second shuffle: items as they must be", replay.ledger.wrong)
    code, told = await asyncio.to_thread(service.settled)
    replay.report.check("second shuffle: verify", ok=code == 0 and zero_differences(told), found=str(told)[:300])
    return before, await asyncio.to_thread(service.facts)


def report_codes(replay: Replay) -> None:
    """Every kind of bad item has one code."""
    codes = replay.ledger.codes
    CONSOLE.print({kind: dict(found) for kind, found in codes.items()})
    torn = [f"{kind}: {dict(found)}" for kind, found in codes.items() if len(found) != 1]
    replay.report.none(f"one code for each of {len(codes)} kinds of bad items", torn)


def check_calibrations(replay: Replay, populations: Sequence[Any], told: Sequence[Calibration]) -> None:
    """The numbers of a calibration are those of the population as it was."""
    book = Book(replay.source.playbook)
    wrong = []
    for profiles, one in zip(populations, told, strict=True):
        wanted = oracle.calibrate(book, [book.log(events) for events in profiles.values()], one.effective_from)
        for scheme, (mean, quantiles) in wanted.items():
            got = one.schemes.get(scheme)
            if got is None or (got[0], list(got[1])) != (mean, quantiles):
                off = sum(a != b for a, b in zip(got[1], quantiles, strict=False)) if got else "all"
                wrong.append(f"calibration {one.number} {scheme}: m0 {got and got[0]}, not {mean}; {off} quantiles")
    replay.report.none("m0 and quantiles", wrong)


def report_differences(report: Report, found: Sequence[Found], answers: int) -> None:
    """Show the first differences with both sides, and count them by place."""
    counts: dict[str, int] = {}
    for identity, at, unequal in found:
        for path, wanted, got in unequal:
            place = "/".join(part for part in path.split("/")[:5] if not part.startswith("("))
            counts[place] = counts.get(place, 0) + 1
            if counts[place] <= 3:
                CONSOLE.print(f"     {identity} at {at} {path}\n       oracle  {wanted!r}\n       service {got!r}",
                              highlight=False, markup=False)  # fmt: skip
    for place, count in sorted(counts.items(), key=lambda pair: -pair[1])[:40]:
        CONSOLE.print(f"     {count:7} × {place}", highlight=False, markup=False)
    report.check("answers equal to the oracle's", ok=not found, found=f"{answers - len(found)} of {answers}")


def self_check(source: replay_data.Source, progress: Progress) -> bool:
    """Show that the comparison can fail."""
    report = Report()
    book = Book(source.playbook)
    ats = [instant(at) for at in (*source.instants, "2027-01-01T00:00:00Z")]
    bar = progress.add_task("break a rule", total=len(replay_selfcheck.RULES) + 1)
    learned = oracle.calibrate(book, [book.log(events) for events in source.profiles.values()], ats[-1])
    known = [Calibration(1, ats[-2], learned)]
    wanted = [one for events in source.profiles.values() for one in oracle.expected(book, events, known, ats) if one]
    for name, (planted, noticed) in replay_selfcheck.answers_noticed(wanted).items():
        report.check(f"answer: {name}", ok=planted == noticed > 0, found=f"{noticed} of {planted} noticed")
    for name, (read, noticed) in replay_selfcheck.rules_noticed(source, ats, partial(progress.advance, bar)).items():
        silent = name in replay_selfcheck.SILENT.get(source.name, ())  # the data cannot tell
        report.check(f"rule: {name}", ok=noticed > 0 or silent, found=f"{noticed} of {read} profiles differ")
    return report.table(f"self-check on {source.name}")


def replay_all(options: argparse.Namespace, source: replay_data.Source, progress: Progress) -> bool:
    """Run both shuffles on fresh databases."""
    report = Report()
    with ExitStack() as stack:
        urls, folder = stack.enter_context(databases(options.database, options.url))
        replay = Replay(source, report, progress)
        with running(urls[0], folder) as service:
            facts = asyncio.run(first_run(replay, service, options.shuffle))
        again = Replay(source, report, progress)
        with running(urls[1], folder) as service:
            other = asyncio.run(second_run(again, service, options.shuffle + 1))
        for when, left, right in zip(("before", "after"), facts, other, strict=True):
            wrong = [name for name in sorted(left.keys() | right.keys()) if left.get(name) != right.get(name)]
            report.none(f"facts equal between two shuffles, {when} the calibrations ({len(left)})", wrong)
        if options.facts:
            Path(options.facts).write_text(json.dumps(facts[1], indent=0, sort_keys=True), encoding="utf-8")
    return report.table(f"{source.name} on {options.database}, shuffles {options.shuffle} and {options.shuffle + 1}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=["cdnow", "retail"], required=True)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--url", help="a PostgreSQL server where databases may be created; without it one is started")
    parser.add_argument("--shuffle", type=int, default=1, metavar="SEED", help="the second run takes SEED + 1")
    parser.add_argument("--sample", type=int, metavar="N", help="only N people")
    parser.add_argument("--facts", metavar="FILE", help="write the hashes of facts, to compare two databases")
    parser.add_argument("--self-check", action="store_true", help="plant bugs; no service is needed")
    options = parser.parse_args()
    source = replay_data.load(options.data).sample(options.sample)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=CONSOLE) as progress:
        well = self_check(source, progress) if options.self_check else replay_all(options, source, progress)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
