"""A load in a process of its own: `python -m benchmarks.load PORT PATH`, one request body for each line of stdin.

Closed loop: every connection sends as soon as it is answered. With --every it is an open loop: requests are due at
fixed times, and a late answer counts from when its request was due. Raw sockets, as it shares the service's machine.
"""

import argparse
import json
import selectors
import socket
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

END = b"\r\n\r\n"
GIVE_UP = 60  # seconds without any answer


@dataclass(slots=True)
class Connection:
    """One connection: what has come of the answer so far, and since when it is awaited."""

    socket: socket.socket
    since: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def whole(self) -> bytes | None:
        """The answer, once all of it is here."""
        head = self.received.find(END)
        if head < 0:
            return None
        fields = bytes(self.received[:head]).lower()
        length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self.received) < head + len(END) + length:
            return None
        found, self.received = bytes(self.received), bytearray()
        return found


class Load:
    """Sends all requests; `expect` has to be in every answer."""

    def __init__(self, options: argparse.Namespace, bodies: Sequence[bytes]) -> None:
        head = f"POST {options.path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {options.key}\r\nContent-Length: "
        self.requests = deque(head.encode() + str(len(body)).encode() + END + body for body in bodies)
        self.every: float = options.every
        self.expect: bytes = options.expect.encode()
        self.limit: float = options.limit
        self.latencies: list[float] = []
        self.failed = 0
        self.first_failure = ""
        self.begun = 0.0
        self.sent = 0
        self.selector = selectors.DefaultSelector()
        self.idle: deque[Connection] = deque()
        for _ in range(options.connections):
            connection = Connection(socket.create_connection(("127.0.0.1", options.port)))
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)
            self.idle.append(connection)
        self.connections = options.connections

    def run(self) -> dict[str, object]:
        """Send everything; answers the seconds it took and each latency in milliseconds."""
        self.begun = perf_counter()
        self._send_due()
        while len(self.idle) < self.connections or self._more():
            ready = self.selector.select(self._patience())
            if not ready and not self.every:
                message = f"no answer for {GIVE_UP} seconds"
                raise TimeoutError(message)
            for key, _ in ready:
                self._receive(key.data)
            self._send_due()
        return {
            "seconds": perf_counter() - self.begun, "milliseconds": self.latencies, "failed": self.failed,
            "first_failure": self.first_failure,
        }  # fmt: skip

    def _more(self) -> bool:
        return bool(self.requests) and not (self.limit and perf_counter() - self.begun > self.limit)

    def _patience(self) -> float:
        if not self.every:
            return GIVE_UP
        return max(self.begun + self.sent * self.every - perf_counter(), 0) if self.idle else 0.01

    def _send_due(self) -> None:
        while self.idle and self._more():
            now = perf_counter()
            due = self.begun + self.sent * self.every if self.every else now
            if due > now:
                return
            connection = self.idle.popleft()
            connection.since = due
            connection.socket.sendall(self.requests.popleft())
            self.sent += 1

    def _receive(self, connection: Connection) -> None:
        found = connection.socket.recv(1 << 20)
        if not found:
            message = "the service closed a connection"
            raise ConnectionError(message)
        connection.received += found
        answer = connection.whole()
        if answer is None:
            return
        self.latencies.append((perf_counter() - connection.since) * 1000)
        if not answer.startswith(b"HTTP/1.1 200") or self.expect not in answer:
            self.failed += 1
            self.first_failure = self.first_failure or answer[-500:].decode(errors="replace")
        self.idle.append(connection)


def main() -> None:
    """Read the bodies, send them, print the result as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("--key", default="")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--every", type=float, default=0.0, help="seconds between two requests; 0: a closed loop")
    parser.add_argument("--limit", type=float, default=0.0, help="stop sending after so many seconds")
    parser.add_argument("--expect", default="", help="what every answer has to contain")
    options = parser.parse_args()
    print(json.dumps(Load(options, sys.stdin.buffer.read().splitlines()).run()))


if __name__ == "__main__":
    main()
