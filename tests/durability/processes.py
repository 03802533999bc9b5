"""Real services and workers in processes of their own, to be killed at any moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.ports import free_port
from tests.usecases.given import PATIENCE

ROOT = Path(__file__).parents[2]
KEY = "lk_admin_key_of_the_durability_tests"
# Importing takes a hundred times as long as starting: one process imports everything, opens nothing, and for each line
# that it reads becomes two; the new one is the service. It tells the number of each and, asked by one more line, how it
# ended: until then an ended one stays a zombie, so that its number cannot be another's.
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
    sys.stdin.readline()
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
        self.child = self._say("start")

    def kill(self) -> bool:
        """As the operating system kills: nothing in the process hears of it. False: it had ended well before."""
        os.kill(self.child, signal.SIGKILL)
        return self._ended(-signal.SIGKILL) != 0

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        os.kill(self.child, signal.SIGTERM)
        self._ended(-signal.SIGTERM)

    def wait(self) -> None:
        """Wait until it has ended well by itself."""
        self._ended()

    @property
    def runs(self) -> bool:
        return Path(f"/proc/{self.child}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

    def _ended(self, *also: int) -> int:
        code, self.child = self._say("ended?"), 0
        assert code in (0, *also), self.words.read_text()
        return code

    def _say(self, word: str) -> int:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        print(word, file=self.nursery.stdin, flush=True)
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
