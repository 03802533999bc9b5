"""Real services and workers in processes of their own, to be killed at any moment."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
KEY = "lk_admin_key_of_the_durability_tests"
PATIENCE = 60.0
# Everything is imported and nothing is opened until a line comes: a restart then costs a fraction of a second.
WARM = "import sys; from service.cli import main; sys.stdin.readline() or sys.exit(); main()"
PLAIN = "from service.cli import main; main()"


@dataclass(slots=True)
class Program:
    """One process of Lantern, with the next one waiting behind it."""

    command: Sequence[str]
    database_url: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    standby: subprocess.Popen[bytes] | None = None
    starts: int = 0
    killed: list[int] = field(default_factory=list)

    def start(self) -> None:
        """Start, from the standby if there is one, and have another one warmed up."""
        self.process = self.standby or self._spawn(WARM)
        pipe = self.process.stdin
        assert pipe is not None
        pipe.write(b"now\n")
        pipe.flush()
        self.standby = self._spawn(WARM)
        self.starts += 1

    def kill(self) -> None:
        """As the power of the operating system has it: nothing in the process hears of it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.killed.append(self.process.wait())
        self.process = None

    def stop(self) -> None:
        """Ask to end, and wait for it."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(PATIENCE) in (0, -signal.SIGTERM), self.words()
        self.process = None

    def close(self) -> None:
        for each in (self.process, self.standby):
            if each is not None:
                each.kill()
                each.wait()
                if each.stdin is not None:
                    each.stdin.close()

    def words(self) -> str:
        """What it wrote."""
        return (self.folder / "words").read_text(errors="replace")[-4000:]

    def _spawn(self, code: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "LANTERN_DATABASE_URL": self.database_url, "LANTERN_BOOTSTRAP_KEY": KEY}
        with (self.folder / "words").open("ab") as words:
            return subprocess.Popen(
                [sys.executable, "-c", code, *self.command],
                cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=words, stderr=words,
            )  # fmt: skip


@contextmanager
def program(database_url: str, folder: Path, *command: str) -> Generator[Program]:
    """A program that is not started yet; whatever is left of it ends with the context."""
    found = Program(command=command, database_url=database_url, folder=folder)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def service(database_url: str, folder: Path, *more: str) -> Generator[tuple[Program, str]]:
    """A service, not started yet, and its address."""
    folder.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with program(database_url, folder, "serve", "--port", str(port), *more) as found:
        yield found, f"http://127.0.0.1:{port}"


def until_ready(found: Program, url: str) -> None:
    """Wait until it can serve."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert found.process is not None
        assert found.process.poll() is None, found.words()
        try:
            if httpx.get(f"{url}/health/ready", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.01)
    raise AssertionError(found.words())
