"""Real databases for tests: a throw-away PostgreSQL cluster."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "postgres"  # the database's superuser, and the system account that runs the server when we are root
ATTEMPTS = 5  # another process may take the free port before the server does
PATIENT = "--timeout=600"  # seconds, on a machine that has other things to do
SETTINGS = {
    "fsync": "on",  # durability is part of what is tested
    "synchronous_commit": "on",
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}


class PostgresMissingError(Exception):
    """PostgreSQL cannot run on this machine; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    programs: Path
    folder: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database and answer its URL."""
        self.run(f"CREATE DATABASE \"{database}\" TEMPLATE template0 ENCODING 'UTF8'")
        return self.url(database)

    def drop(self, database: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """Run one statement outside any transaction."""
        program = str(self.programs / "psql")
        address = ["--host", str(self.folder), "--port", str(self.port), "--username", ACCOUNT, "--dbname", "postgres"]
        _run([program, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", *address, "--command", statement])


@contextmanager
def running_cluster() -> Generator[Cluster]:
    """Start a cluster of its own in a temporary folder, stop and remove it at the end."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="lantern-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        data = folder / "data"
        # A linguistic default collation on purpose: text that must compare bytewise has to say so itself.
        language = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=und"]
        _run(
            _as_account(
                [str(programs / "initdb"), f"--pgdata={data}", f"--username={ACCOUNT}", "--auth=trust", *language]
            )
        )
        port = _start(programs, folder)
        try:
            yield Cluster(programs=programs, folder=folder, port=port)
        finally:
            _run(_as_account([str(programs / "pg_ctl"), "stop", f"--pgdata={data}", "--mode=fast", "--wait", PATIENT]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """Find the folder of initdb, pg_ctl and psql, the newest version first."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for folder in [*packaged, *on_path]:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "psql")):
            if os.geteuid() == 0:
                _require_account()
            return folder
    message = "PostgreSQL is not installed: no initdb, pg_ctl and psql in /usr/lib/postgresql/*/bin or on the PATH"
    raise PostgresMissingError(message)


def _version(programs: Path) -> float:
    try:
        return float(programs.parent.name)
    except ValueError:
        return 0.0


def _require_account() -> None:
    """The server refuses to run as root, so root needs another account to run it as."""
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError as error:
        message = f"running as root, and there is no system account {ACCOUNT!r} to run the server"
        raise PostgresMissingError(message) from error


def _start(programs: Path, folder: Path) -> int:
    """Start the server on a free port and answer the port."""
    for attempt in range(1, ATTEMPTS + 1):
        port = _free_port()
        settings = {**SETTINGS, "port": str(port), "unix_socket_directories": str(folder)}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        command = [
            str(programs / "pg_ctl"),
            "start",
            f"--pgdata={folder / 'data'}",
            f"--log={folder / 'log'}",
            "--wait",
            PATIENT,
        ]
        try:
            _run(_as_account([*command, f"--options={options}"]))
        except RuntimeError:
            if attempt == ATTEMPTS:
                raise
        else:
            return port
    raise AssertionError


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _as_account(command: Sequence[str]) -> list[str]:
    """The server refuses to run as root; anyone else runs it as himself."""
    return ["runuser", "-u", ACCOUNT, "--", *command] if os.geteuid() == 0 else list(command)


def _run(command: Sequence[str]) -> None:
    """Run a program to its end; its words are the error when it fails.

    The output goes to a file, not a pipe: the server inherits it from pg_ctl and would keep a pipe open for ever.
    """
    with tempfile.TemporaryFile() as output:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False)
        if ended.returncode:
            output.seek(0)
            message = f"{' '.join(command)}\nended with {ended.returncode}: {output.read().decode(errors='replace')}"
            raise RuntimeError(message)
