"""Rounds: what is compared takes turns, in changing order, so that a busy minute of the machine meets all alike."""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence

Work = Callable[[int], Awaitable[float]]  # round → what it cost


class Progress:
    """One line on standard error that says where the run is."""

    def __init__(self, title: str) -> None:
        self.title = title

    def say(self, what: str) -> None:
        """Replace the line."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[2K{self.title}: {what}")
        else:
            sys.stderr.write(f"{self.title}: {what}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Leave no trace."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


async def interleaved(rounds: int, works: Mapping[str, Work], progress: Progress) -> dict[str, list[float]]:
    """Run each work once in each round; round 0 only warms up. Answers what each cost, round by round."""
    found: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for number in range(rounds + 1):
        progress.say(f"round {number} of {rounds}")
        for name in names if number % 2 else reversed(names):
            cost = await works[name](number)
            if number:
                found[name].append(cost)
    return found


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """One by the other, round by round."""
    return [one / other for one, other in zip(over, under, strict=True)]
