"""The demonstration: a real service on a fresh SQLite file, filled through HTTP with the life of a trade."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.markup import escape

import service
from service.cli.running import progress
from service.cli.shows import SHOWS, Trade
from service.cli.simulation.diary import Wire
from service.cli.simulation.highlights import Sight

BATCH = 500
START_LIMIT = 60.0
PACKAGE = Path(service.__file__).parent


class DemoError(Exception):
    """The demonstration could not be shown."""


def run(out: Console, trade: Trade, *, port: int, people: int | None, seed: int, stay: bool) -> None:
    """Start, fill, calibrate, say what to look at; then serve until Ctrl-C."""
    show, key = SHOWS[trade], "demo-" + secrets.token_urlsafe(9)
    with tempfile.TemporaryDirectory(prefix="lantern-demo-") as folder, _service(Path(folder), port, key) as process:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False
        ) as client:
            _wait(client, process)
            end = datetime.now(UTC)
            _publish(client, trade)
            _fill(client, show.title, list(show.events(people or show.people, seed, end)))
            _ask(client, "POST", "/v1/calibrations")
        _say(out, url, key, show.sights)
        if stay:
            out.print("\n[dim]Ctrl-C 结束演示，数据随之删除 · Ctrl-C ends the demonstration and deletes its data[/dim]")
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that its service and data go with it
            try:
                process.wait()
            except KeyboardInterrupt:
                out.print()


@contextmanager
def _service(folder: Path, port: int, key: str) -> Generator[subprocess.Popen[bytes]]:
    environ = {
        **os.environ,
        "LANTERN_DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "LANTERN_BOOTSTRAP_KEY": key,
        "LANTERN_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "service", "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, env=environ)  # noqa: S603 (our own module)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_LIMIT
    while time.monotonic() < give_up:
        if process.poll() is not None:
            message = "服务没有启动，端口可能被占用，请换 --port · it did not start; is the port taken? try --port"
            raise DemoError(message)
        try:
            if client.get("/health/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    message = "服务没有就绪 · the service did not get ready"
    raise DemoError(message)


def _ask(client: httpx.Client, method: str, path: str, **sent: object) -> httpx.Response:
    answer = client.request(method, path, **sent)  # type: ignore[arg-type] # httpx names what it takes
    if answer.is_error:
        message = f"{method} {path}: {answer.text[:2000]}"
        raise DemoError(message)
    return answer


def playbook_file(name: str = "coffee") -> Path:
    """An example playbook: inside an installed package, or beside the package in a checkout."""
    inside = PACKAGE / "playbooks" / f"{name}.yaml"
    return inside if inside.exists() else PACKAGE.parent / "playbooks" / f"{name}.yaml"


def _publish(client: httpx.Client, name: str) -> None:
    body = playbook_file(name).read_bytes()
    _ask(client, "PUT", "/v1/playbook/draft", content=body, headers={"Content-Type": "application/yaml"})
    _ask(client, "POST", "/v1/playbook/draft:publish", json={"note": "演示方案 · the demonstration's playbook"})


def _fill(client: httpx.Client, title: str, everything: Sequence[Wire]) -> None:
    with progress(title) as step:
        waiting = iter(everything)
        done = 0
        while batch := list(islice(waiting, BATCH)):
            answer = _ask(client, "POST", "/v1/events", json={"events": batch}).json()
            if answer["summary"]["rejected"]:
                raise DemoError(json.dumps(answer["summary"]))
            done += len(batch)
            step(done, len(everything))


def _say(out: Console, url: str, key: str, sights: Sequence[Sight]) -> None:
    out.print("\n[bold green]演示就绪 · the demonstration is ready[/bold green]\n")
    out.print(f"  运营台 · console           {url}/console")
    out.print(f"  接口文档 · API documents   {url}/docs")
    out.print(f"  密钥 · key                 {key}\n")
    for sight in sights:
        out.print(f"[bold]{sight.title}[/bold]")
        out.print(f"  {escape(_command(url, key, sight))}\n", soft_wrap=True, highlight=False)


def _command(url: str, key: str, sight: Sight) -> str:
    """What to paste into a terminal to see it."""
    curl = f'curl -s -H "Authorization: Bearer {key}"'
    if sight.offer is None:
        return f"{curl} {url}/v1/profiles/{quote(sight.identity)}"
    offer = json.dumps({"identity": sight.identity, **sight.offer})
    return f"{curl} -H 'Content-Type: application/json' -d '{offer}' {url}/v1/recommendations"
