"""A real service for tests: uvicorn on a free port, a real database, a key for every kind of caller."""

import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn

from service.main import create_app, now
from service.settings import Settings
from service.store import migrate
from tests.usecases.given import PATIENCE

ADMIN = "lk_admin_key_of_these_tests"
PRESETS = ("intake", "app", "operator")
PAST = "2020-01-01T00:00:00Z"
KEPT = 600  # seconds: here no connection is closed for being idle while a slow client is about to use it again


def patient() -> httpx.Client:
    """A client that lets go of a connection before the service does, which would hang up on the next request."""
    return httpx.Client(timeout=PATIENCE, trust_env=False, limits=httpx.Limits(keepalive_expiry=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A running service, and the keys of those who knock."""

    url: str
    keys: Mapping[str, str] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=patient, repr=False)

    def ask(self, method: str, path: str, actor: str = "admin", **more: Any) -> httpx.Response:
        headers = {
            **({"Authorization": f"Bearer {self.keys[actor]}"} if actor in self.keys else {}),
            **more.pop("headers", {}),
        }
        return self.client.request(method, self.url + path, headers=headers, **more)

    def holding(self, secret: str) -> "Door":
        """The same door for somebody called "me" with this key."""
        return Door(url=self.url, client=self.client, keys={"me": secret})

    def get(self, path: str, actor: str = "admin", **more: Any) -> httpx.Response:
        return self.ask("GET", path, actor, **more)

    def post(self, path: str, actor: str = "admin", **more: Any) -> httpx.Response:
        return self.ask("POST", path, actor, **more)

    def record(self, *events: Mapping[str, object], actor: str = "admin") -> Any:
        """Record events that are all well; answers the receipt."""
        answer = self.post("/v1/events", actor, json={"events": list(events)})
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def opened(database_url: str, *, clock: Callable[[], int] = now, **settings: Any) -> Generator[Door]:
    """Serve until the context ends."""
    migrate(database_url)
    chosen = {"workers": False, "bootstrap_key": ADMIN, **settings}
    app = create_app(Settings(database_url=database_url, **chosen), clock)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, ws="none", lifespan="on", timeout_keep_alive=KEPT
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        door = Door(url=f"http://127.0.0.1:{listener.getsockname()[1]}", keys={"admin": ADMIN})
        try:
            wait_until_started(server, thread)
            yield door
        finally:
            door.client.close()
            server.should_exit = True
            thread.join(PATIENCE)


def wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if server.started:
            return
        assert thread.is_alive(), "the service did not start"
        time.sleep(0.01)
    pytest.fail(f"the service did not start in {PATIENCE} s")


def with_keys(door: Door) -> Door:
    """The same door with a key for every kind of caller, the revoked and the expired among them."""
    keys = {"admin": ADMIN, "stranger": "lk_nobody_knows_this_key"}
    for preset in PRESETS:
        keys[preset] = door.post("/v1/keys", json={"name": preset, "preset": preset}).json()["secret"]
    late = door.post("/v1/keys", json={"name": "late", "preset": "admin", "expires_at": PAST}).json()
    gone = door.post("/v1/keys", json={"name": "gone", "preset": "admin"}).json()
    assert door.ask("DELETE", f"/v1/keys/{gone['key_id']}").status_code == 200
    return Door(url=door.url, client=door.client, keys={**keys, "expired": late["secret"], "revoked": gone["secret"]})


def order(
    event_id: str, identity: str = "member:1", at: str = "2026-01-02T03:04:05Z", **properties: object
) -> dict[str, Any]:
    """An order event."""
    return {
        "event_id": event_id, "identity": identity, "type": "order_paid", "occurred_at": at, "source": "pos",
        "properties": {"order_id": event_id, "amount": 18.5, **properties},
    }  # fmt: skip


def problem_of(answer: httpx.Response, status: int) -> Any:
    """The problem document of a refusal, after checking what holds for all of them."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["type"] == f"urn:lantern:problem:{found['code']}"
    assert found["request_id"] == answer.headers["x-request-id"]
    assert {"title", "title_en", "errors"} <= found.keys()
    return found


def codes(problem: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each.get("parameter") or each["pointer"], each["code"]) for each in problem["errors"]]
