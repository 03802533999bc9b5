"""Real services and workers in processes of their own, to be killed at any moment."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
KEY = "lk_admin_key_of_the_durability_tests"
PATIENCE = 60.0
# Importing takes a hundred times as long as starting: one process imports everything, opens nothing, and for each line
# that it reads becomes two; the new one is the service. It tells the number of each and how it ended.
NURSERY = """
import os, sys
from service.cli import main
for _ in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        main()
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(slots=True)
class Program:
    """One command of Lantern, started again and again."""

    nursery: subprocess.Popen[str]
    words: Path
    child: int = 0

    def start(self) -> None:
        assert self.nursery.stdin is not None
        print("start", file=self.nursery.stdin, flush=True)
        self.child = self._read()

    def kill(self) -> None:
        """As the operating system kills: nothing in the process hears of it."""
        os.kill(self.child, signal.SIGKILL)
        assert self._read() == -signal.SIGKILL, self.words.read_text()
        self.child = 0

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        os.kill(self.child, signal.SIGTERM)
        assert self._read() in (0, -signal.SIGTERM), self.words.read_text()
        self.child = 0

    def wait(self) -> None:
        """Wait until it has ended well by itself."""
        assert self._read() == 0, self.words.read_text()
        self.child = 0

    @property
    def runs(self) -> bool:
        return Path(f"/proc/{self.child}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def _read(self) -> int:
        assert self.nursery.stdout is not None
        return int(self.nursery.stdout.readline() or self.words.read_text())


@contextmanager
def program(database_url: str, words: Path, *command: str) -> Generator[Program]:
    """A command that is not started yet; whatever is left of it ends with the context."""
    environment = {**os.environ, "LANTERN_DATABASE_URL": database_url, "LANTERN_BOOTSTRAP_KEY": KEY}
    with words.open("ab") as written, subprocess.Popen(
        [sys.executable, "-c", NURSERY, *command],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=written, text=True,
    ) as nursery:  # fmt: skip
        found = Program(nursery, words)
        try:
            yield found
        finally:
            if found.child:
                os.kill(found.child, signal.SIGKILL)
            nursery.kill()


@contextmanager
def service(database_url: str, words: Path, *more: str) -> Generator[tuple[Program, str]]:
    """A service, not started yet, and its address."""
    port = free_port()
    with program(database_url, words, "serve", "--port", str(port), *more) as found:
        yield found, f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port below those that the kernel gives away: a client that knocks at a closed one of them may meet himself."""
    while True:
        try:
            with socket.create_server(("127.0.0.1", port := secrets.choice(range(20_000, 32_000)))):
                return port
        except OSError:
            continue


def until_ready(found: Program, url: str) -> None:
    """Wait until it can serve."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and found.runs:
        try:
            if httpx.get(f"{url}/health/ready", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.01)
    raise AssertionError(found.words.read_text())


def run(database_url: str, *command: str) -> str:
    """Run a command to its end as a person would; answers what it printed."""
    environment = {**os.environ, "LANTERN_DATABASE_URL": database_url}
    arguments: Sequence[str] = [sys.executable, "-m", "service", *command]
    ended = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
