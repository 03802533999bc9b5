"""Right answers: a sample of the replay against its oracle. Not measured and slow, so it runs only when it is named."""

import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from benchmarks.rounds import Progress
from benchmarks.table import Aim, Row
from benchmarks.world import World

NAME = "replay"
AIM = Aim(bound=1, at_least=True)
ROOT = Path(__file__).parent.parent


async def run(world: World) -> AsyncGenerator[Row]:
    """One row for each database: which part of the replay's checks passed."""
    for kind in world.databases:
        Progress(NAME).say(f"cdnow on {kind}, takes minutes")
        what = "checks passed / checks, sampled replay against the oracle"
        yield Row(name=NAME, what=what, on=kind, values=[_passed(kind, world.size(1_000, 200))], aim=AIM)


def _passed(kind: str, people: int) -> float:
    flags = ["--data", "cdnow", "--database", kind, "--sample", str(people)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.replay", *flags], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    passed, failed = (sum(line.startswith(word) for line in lines) for word in ("ok ", "FAIL"))
    if not passed or (done.returncode and not failed):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return passed / (passed + failed)
