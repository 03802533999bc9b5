"""One job over everybody in a process of its own, and the most memory that the process ever had, in kB."""

import asyncio
import sys
from pathlib import Path

from benchmarks.backfill import draft, publish
from benchmarks.world import Story, opened
from service.usecases.due import refold_stale
from service.usecases.preview import go_on


async def _work(url: str, job: str) -> int:
    async with opened(url) as (app, clock):
        clock.at = int(Story(0).now.timestamp() * 1_000_000)
        await (publish(app) if job == "refold" else draft(app))
        done = 0
        while found := await (refold_stale(app) if job == "refold" else go_on(app)):
            done += found
        return done


def _peak() -> int:
    """Of this program alone: what `getrusage` says may be of the one that started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    print(asyncio.run(_work(sys.argv[1], sys.argv[2])), _peak())
