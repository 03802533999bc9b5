"""The most memory that folding or previewing everybody takes, with ten times as many people / with 1,000."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from benchmarks.crowd import copies, execute, only
from benchmarks.rounds import Progress
from benchmarks.table import Aim, Row
from benchmarks.world import World

NAME = "memory"
AIM = Aim(bound=1.1)
ROOT = Path(__file__).parent.parent


async def run(world: World) -> AsyncGenerator[Row]:
    """Two rows for each database; a process of its own does each job once."""
    for kind in world.databases:
        async for row in _on(world, kind):
            yield row


async def _on(world: World, kind: str) -> AsyncGenerator[Row]:
    few = world.size(1_000, 300)
    for job, what in (("refold", "the job after a publication"), ("preview", "a preview of everybody")):
        peaks = []
        for times in (1, 10):
            Progress(NAME).say(f"{job} of {few * times:,} people on {kind}")
            url = await world.filled(kind)
            await execute(url, only(few) + (copies(times - 1) if times > 1 else []))
            peaks.append(await _peak(url, job, few * times))
        said = f"peak memory of {what}, ten times as many people / {few:,}"
        yield Row(name=NAME, what=said, on=kind, values=[peaks[1] / peaks[0]], aim=AIM)


async def _peak(url: str, job: str, people: int) -> int:
    command = (sys.executable, "-m", "benchmarks.memory_peak", url, job)
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    text, _ = await process.communicate()
    done, peak = map(int, text.split())
    assert done >= people, f"{job} saw {done} of {people} people"
    return peak
