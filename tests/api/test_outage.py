"""A database that goes away is no fault of the request: 503 with Retry-After, and well again when it is back."""

import socket
import threading
from collections.abc import Generator
from contextlib import suppress

import pytest

from tests.api.serving import Door, opened, order, problem_of
from tests.databases import Cluster


class Cable:
    """A line to the database that can be pulled and plugged in again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.plugged = True
        self.ends: list[socket.socket] = []
        self.hands = threading.Lock()  # nobody is connected while it is being pulled
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                with self.hands:
                    self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        if not self.plugged:
            near.close()
            return
        far = socket.create_connection(("127.0.0.1", self.port))
        self.ends += [near, far]
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def pull(self) -> None:
        with self.hands:
            self.plugged = False
            for end in self.ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
            self.ends.clear()


@pytest.fixture
def cable(postgres_cluster: Cluster) -> Generator[Cable]:
    cable = Cable(postgres_cluster.port)
    yield cable
    cable.pull()
    cable.listener.shutdown(socket.SHUT_RDWR)
    cable.listener.close()


def test_an_outage(postgres_url: str, postgres_cluster: Cluster, cable: Cable) -> None:
    url = postgres_url.replace(f":{postgres_cluster.port}/", f":{cable.listener.getsockname()[1]}/")
    with opened(url) as door:
        assert door.record(order("1"))["summary"]["accepted"] == 1
        cable.pull()
        all_refuse(door)
        cable.plugged = True
        assert door.get("/health/ready", "none").status_code == 200
        assert door.record(order("1"), order("2"))["summary"] == {
            "accepted": 1,
            "duplicate": 1,
            "conflict": 0,
            "rejected": 0,
        }


def all_refuse(door: Door) -> None:
    asked = [("GET", "/v1/keys"), ("GET", "/v1/profiles/member:1"), ("GET", "/v1/changes"), ("GET", "/v1/quarantine")]
    asked += [("GET", "/v1/playbook"), ("GET", "/v1/sources"), ("POST", "/v1/events:simulate"), ("POST", "/v1/events")]
    for method, path in asked:
        answer = door.ask(method, path, json={"events": [order("2")]} if method == "POST" else None)
        assert problem_of(answer, 503)["code"], path
        assert int(answer.headers["retry-after"]) >= 1
    assert problem_of(door.get("/health/ready", "none"), 503)["code"] == "not_ready"
    assert door.get("/health/live", "none").status_code == 200
