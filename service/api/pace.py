"""How fast somebody may ask: each name has an allowance that refills; who has used it up waits."""

from asyncio import get_running_loop

ROOM = 50_000  # names that are remembered; then all begin anew


class Pace:
    """An allowance of so many a minute, for each name by itself."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, name: str) -> int:
        """Take one of the allowance; answers 0, or how many seconds to wait for the next."""
        now, rate = get_running_loop().time(), self._per_minute / 60
        left, at = self._left.get(name, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * rate)
        if left < 1:
            return int((1 - left) / rate) + 1
        if len(self._left) >= ROOM:
            self._left.clear()
        self._left[name] = (left - 1, now)
        return 0
