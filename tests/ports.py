"""Ports for services in processes of their own, which take them a while after they were found free."""

import os
import secrets
import socket
from collections.abc import Iterator
from itertools import count

FIRST, LAST = 20_000, 32_000  # below those that the kernel gives away: whoever knocks at a closed one may meet himself
WORKERS = 16


def _mine() -> Iterator[int]:
    """From anywhere, each once, and none that another test process may choose: no two find the same one free."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    places = (LAST - FIRST) // WORKERS
    for place in count(secrets.randbelow(places)):
        yield FIRST + place % places * WORKERS + worker


_PORTS = _mine()


def free_port() -> int:
    """A port that is free, and stays so until it is taken by whom it was asked for."""
    while True:
        try:
            with socket.create_server(("127.0.0.1", port := next(_PORTS))):
                return port
        except OSError:
            continue
