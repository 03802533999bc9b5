"""The demonstration: a real service on a fresh SQLite file, filled through HTTP with a coffee chain's month."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.markup import escape

import service
from service.cli.coffee.month import highlights, month
from service.cli.running import progress

BATCH = 500
START_LIMIT = 60.0
PACKAGE = Path(service.__file__).parent


class DemoError(Exception):
    """The demonstration could not be shown."""


def run(out: Console, *, port: int, people: int, seed: int, stay: bool) -> None:
    """Start, fill, calibrate, say what to look at; then serve until Ctrl-C."""
    key = "demo-" + secrets.token_urlsafe(9)
    with tempfile.TemporaryDirectory(prefix="lantern-demo-") as folder, _service(Path(folder), port, key) as process:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60, trust_env=False
        ) as client:
            _wait(client, process)
            end = datetime.now(UTC)
            _publish(client)
            _fill(client, people, seed, end)
            _ask(client, "POST", "/v1/calibrations")
        _say(out, url, key, highlights(end))
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


def playbook_file() -> Path:
    """The example playbook: inside an installed package, or beside the package in a checkout."""
    inside = PACKAGE / "playbooks" / "coffee.yaml"
    return inside if inside.exists() else PACKAGE.parent / "playbooks" / "coffee.yaml"


def _publish(client: httpx.Client) -> None:
    body = playbook_file().read_bytes()
    _ask(client, "PUT", "/v1/playbook/draft", content=body, headers={"Content-Type": "application/yaml"})
    _ask(client, "POST", "/v1/playbook/draft:publish", json={"note": "演示方案 · the demonstration's playbook"})


def _fill(client: httpx.Client, people: int, seed: int, end: datetime) -> None:
    events: Iterator[Mapping[str, object]] = month(people=people, seed=seed, end=end)
    everything = list(events)
    with progress("模拟一个月 · a month of events") as step:
        waiting = iter(everything)
        done = 0
        while batch := list(islice(waiting, BATCH)):
            answer = _ask(client, "POST", "/v1/events", json={"events": batch}).json()
            if answer["summary"]["rejected"]:
                raise DemoError(json.dumps(answer["summary"]))
            done += len(batch)
            step(done, len(everything))


def _say(out: Console, url: str, key: str, shown: Mapping[str, Mapping[str, object]]) -> None:
    header = f'-H "Authorization: Bearer {key}"'
    frequent, broken, best = (
        str(shown[name]["identity"]) for name in ("frequent_buyer", "open_breakpoint", "high_end")
    )
    profile = f"curl -s {header} {url}/v1/profiles"
    offer = json.dumps({"identity": best, "scenario": "office", "channel": "mini_program", "limit": 3})
    out.print("\n[bold green]演示就绪 · the demonstration is ready[/bold green]\n")
    out.print(f"  接口文档 · API documents   {url}/docs")
    out.print(f"  密钥 · key                 {key}\n")
    for title, command in (
        ("一个标签和它的依据 · a tag with its evidence", f"{profile}/{quote(frequent)}"),
        ("一段有断点的旅程 · a journey with a breakpoint", f"{profile}/{quote(broken)}"),
        ("一个推荐和它的理由 · a recommendation with its reasons",
         f"curl -s {header} -H 'Content-Type: application/json' -d '{offer}' {url}/v1/recommendations"),
    ):  # fmt: skip
        out.print(f"[bold]{title}[/bold]")
        out.print(f"  {escape(command)}\n", soft_wrap=True, highlight=False)
