"""Measures speed: `python -m benchmarks [NAME …] [--quick]`; every number is a ratio within one run."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from traceback import print_exc

from rich.console import Console

from benchmarks import (
    answers,
    backfill,
    batch,
    closures,
    due,
    fold,
    funnel,
    history,
    late,
    memory,
    past,
    rules,
    single,
    size,
)
from benchmarks.rounds import Progress
from benchmarks.table import Row, show
from benchmarks.world import World
from tests.databases import PostgresMissingError, running_cluster

Benchmark = Callable[[World], AsyncGenerator[Row]]
BENCHMARKS: Mapping[str, Benchmark] = {
    module.NAME: module.run
    for module in (
        single,
        batch,
        rules,
        closures,
        past,
        late,
        due,
        size,
        history,
        fold,
        backfill,
        memory,
        funnel,
        answers,
    )
}


def main() -> None:
    """Run the benchmarks that are named, or all."""
    options = _options()
    out = Console(width=None if sys.stdout.isatty() else 140)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lantern-bench-")))
        databases, cluster = list(options.database), None
        if "postgresql" in databases:
            try:
                cluster = stack.enter_context(running_cluster())
            except PostgresMissingError as missing:
                out.print(f"[yellow]without PostgreSQL: {missing}[/yellow]")
                databases.remove("postgresql")
        world = World(folder=folder, cluster=cluster, databases=databases, rounds=options.rounds, quick=options.quick)
        names = options.names or [name for name in BENCHMARKS if name != answers.NAME]
        rows, broken = asyncio.run(_all(world, names))
    show(out, rows)
    sys.exit(1 if broken else 0)


async def _all(world: World, names: list[str]) -> tuple[list[Row], list[str]]:
    """What breaks down must not take with it what the others found."""
    rows, broken = [], []
    for name in names:
        try:
            rows += [row async for row in BENCHMARKS[name](world)]
        except Exception:  # noqa: BLE001 - it is shown, and the exit code tells
            print_exc()
            broken.append(name)
        Progress(name).clear()
    return rows, broken


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small and noisy, about a minute")
    parser.add_argument("--rounds", type=int, help="rounds of each comparison (5, with --quick 3)")
    kinds = ("sqlite", "postgresql")
    parser.add_argument("--database", action="append", choices=kinds, help="only on this one; else on both")
    options = parser.parse_args()
    options.database = options.database or list(kinds)
    options.rounds = options.rounds or (3 if options.quick else 5)
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    main()
