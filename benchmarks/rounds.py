"""Rounds: what is compared takes turns, in changing order, so that a busy minute of the machine meets all alike."""

import gc
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic

Work = Callable[[int], Awaitable[float]]  # step → what it cost
PATIENCE = 5  # seconds between two lines where nobody looks


class Progress:
    """One line on standard error that says where the run is."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._said = 0.0

    def say(self, what: str) -> None:
        """Replace the line; in a log, add one now and then."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K{self.title}: {what}")
        elif monotonic() - self._said > PATIENCE:
            self._said = monotonic()
            sys.stderr.write(f"{self.title}: {what}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Leave no trace."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


async def interleaved(rounds: int, steps: int, works: Mapping[str, Work], progress: Progress) -> dict[str, list[float]]:
    """Run every work `steps` times in each round, in turns; round 0 only warms up. Answers what each round cost."""
    found: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    gc.collect()
    gc.freeze()  # a service does not hold the benchmark's own data, so its collector should not walk through it
    for number in range(rounds + 1):
        progress.say(f"round {number} of {rounds}")
        costs = dict.fromkeys(names, 0.0)
        for step in range(number * steps, (number + 1) * steps):
            for name in names if step % 2 else reversed(names):
                costs[name] += await works[name](step)
        for name, cost in costs.items() if number else ():
            found[name].append(cost)
    gc.unfreeze()
    return found


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """One by the other, round by round."""
    return [one / other for one, other in zip(over, under, strict=True)]
