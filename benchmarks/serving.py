"""Real servers on 127.0.0.1 and loads for them, each in a process of its own."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import clocks
from benchmarks.world import KEY, World

ROOT = Path(__file__).parent.parent
PATIENCE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server, and the CPU time of all that works for it."""

    port: int
    processor: clocks.Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a load saw."""

    requests: int
    seconds: float
    milliseconds: list[float]
    cpu: float = 0.0  # of the server and its database, in nanoseconds

    @property
    def rate(self) -> float:
        """Requests in a second."""
        return self.requests / self.seconds


@contextmanager
def serving(world: World, command: Sequence[str], url: str) -> Generator[Server]:
    """Run `python -m COMMAND --port …` on a database until it is no longer needed. Background workers stay off."""
    port, log = free_port(), world.folder / f"server-{time.monotonic_ns()}.log"
    environ = {
        **os.environ, "LANTERN_DATABASE_URL": url, "LANTERN_BOOTSTRAP_KEY": KEY, "LANTERN_BENCH": "1",
        "LANTERN_WORKERS": "0", "LANTERN_LOG_LEVEL": "warning",
    }  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", str(port)], cwd=ROOT, env=environ, stdout=output, stderr=output
        )
        try:
            _wait(process, port, log)
            database = clocks.of_database(world.cluster, url)
            yield Server(port=port, processor=lambda: clocks.of(process.pid) + database())
        finally:
            process.terminate()
            process.wait(PATIENCE)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    message = "a server did not start:\n" + log.read_text(errors="replace")[-3000:]
    raise RuntimeError(message)


def load(server: Server, path: str, **options: object) -> subprocess.Popen[bytes]:
    """Start a load; it waits for its bodies."""
    flags = [f"--{name}={value}" for name, value in options.items()]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", str(server.port), path, f"--key={KEY}", *flags],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def send(server: Server, path: str, bodies: Sequence[bytes], **options: object) -> Sent:
    """Send all bodies and wait for all answers."""
    process = load(server, path, **options)
    begun = server.processor()
    give(process, bodies)
    found = result(process)
    return replace(found, cpu=server.processor() - begun)


def give(process: subprocess.Popen[bytes], bodies: Sequence[bytes]) -> None:
    """Let a load begin."""
    assert process.stdin is not None
    process.stdin.write(b"\n".join(bodies))
    process.stdin.close()
    process.stdin = None


def result(process: subprocess.Popen[bytes]) -> Sent:
    """What a load found, once it is done; any failure ends the run."""
    text, _ = process.communicate()
    found = json.loads(text)
    if found["failed"]:
        message = f"{found['failed']} requests failed, the first: {found['first_failure']}"
        raise RuntimeError(message)
    taken = found["milliseconds"]
    return Sent(requests=len(taken), seconds=found["seconds"], milliseconds=taken)
