"""Start the real service on a fresh database, and ask the database itself for the bytes of facts."""

import asyncio
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

ROOT = Path(__file__).parent.parent
KEY = "replay-bootstrap-key-0123456789abcdef0123456789abcdef"
POSTGRES = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    base: str
    database: str
    log: Path

    def client(self) -> httpx.AsyncClient:
        """Open an HTTP client with the admin key."""
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx.AsyncClient(base_url=self.base, headers=headers, timeout=600, limits=limits)

    def environment(self) -> dict[str, str]:
        """Say what the service is started with."""
        return {**os.environ, "LANTERN_DATABASE_URL": self.database, "LANTERN_BOOTSTRAP_KEY": KEY}

    def verify(self) -> tuple[int, Any]:
        """Run `verify --json`: exit code and what it says."""
        command = [sys.executable, "-m", "service", "verify", "--json"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, (done.stdout + done.stderr)[-2000:]

    def settled(self) -> tuple[int, Any]:
        """Verify until no profile waits to be folded again under a newer calibration; two minutes at most."""
        code, told = self.verify()
        deadline = time.monotonic() + 120
        while isinstance(told, dict) and told.get("stale") and time.monotonic() < deadline:
            time.sleep(1)
            code, told = self.verify()
        return code, told

    def facts(self) -> dict[str, str]:
        """Hash the facts of every identity."""
        rows = asyncio.run(_postgres_facts(self.database)) if self.database.startswith("postgres") else self._sqlite()
        return {identity: hashlib.sha256(facts).hexdigest() for identity, facts in rows}

    def _sqlite(self) -> list[tuple[str, bytes]]:
        path = self.database.removeprefix("sqlite:///")
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return [(name, bytes(facts)) for name, facts in connection.execute(FACTS)]
        finally:
            connection.close()


FACTS = "SELECT i.identity, p.facts FROM identities i JOIN profiles p ON p.profile = i.profile"


async def _postgres_facts(url: str) -> list[tuple[str, bytes]]:
    connection = await asyncpg.connect(url)
    try:
        return [(row[0], bytes(row[1])) for row in await connection.fetch(FACTS)]
    finally:
        await connection.close()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(database: str, folder: Path, *options: str) -> Iterator[Service]:
    """Start `python -m service serve` with options, wait until it is ready, stop it at the end."""
    port = free_port()
    log = folder / f"service-{port}.log"
    service = Service(f"http://127.0.0.1:{port}", database, log)
    command = [sys.executable, "-m", "service", "serve", "--host", "127.0.0.1", "--port", str(port), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=service.environment(), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(service, process)
            yield service
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(service: Service, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(service.base + "/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    message = "the service did not become ready:\n" + service.log.read_text(encoding="utf-8", errors="replace")[-4000:]
    raise RuntimeError(message)


@contextmanager
def databases(kind: str, url: str | None) -> Iterator[tuple[list[str], Path]]:
    """Offer two fresh databases, and a folder that goes away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lantern-replay-"))
    try:
        if kind == "sqlite":
            yield [f"sqlite:///{folder}/replay-{n}.db" for n in (1, 2)], folder
        elif url is not None:
            names = [f"lantern_replay_{os.getpid()}_{n}" for n in (1, 2)]
            asyncio.run(_execute(url, [f'CREATE DATABASE "{name}"' for name in names]))
            try:
                yield [urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for name in names], folder
            finally:
                asyncio.run(_execute(url, [f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names]))
        else:
            with _cluster(folder) as own, databases(kind, own) as found:
                yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _execute(url: str, statements: list[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    """Start a temporary PostgreSQL of our own (as user postgres when we are root: it refuses root)."""
    port, data = free_port(), folder / "pg"
    data.mkdir()
    switch = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if switch:
        folder.chmod(0o755)
        shutil.chown(data, "postgres")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c shared_buffers=256MB"
    control = [*switch, str(POSTGRES / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
    initdb = [str(POSTGRES / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
    _run([*switch, *initdb])
    _run([*control, "-l", str(data / "log"), "-o", options, "start"])
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
