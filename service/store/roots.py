"""Numbers for new roots: increasing within a process, roughly ordered in time between processes."""

import secrets
from threading import Lock

_lock = Lock()
_last = 0


def new_root(now: int) -> int:
    """A positive 63-bit number that no call in this process got before; `now` in microseconds."""
    global _last  # noqa: PLW0603 - one sequence for the whole process is what it is for
    with _lock:
        _last = max(_last + 1, now << 10 | secrets.randbits(10))
        return _last
