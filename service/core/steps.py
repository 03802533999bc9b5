"""Steps: what each event did in a run of a journey. They are not facts; the store keeps them to be counted."""

from bisect import bisect_right
from dataclasses import dataclass

from service.core.calendar import DAY, MINUTE
from service.core.event import Event

NO_STAGE = 255  # in one byte
ENTERED, LIT, AGAIN, FAILED, LEFT, REACHED, COMPLAINED, MENDED, RATED = range(9)
KINDS = ("entered", "lit", "again", "failed", "left", "reached", "complained", "mended", "rated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event in one run: what it did, at which stage.

    Stages are places in the journey. Of a step on the way (lit, again) `after` is the one before it. `waited` is the
    stage that was current since `waited_at`, if this event ended the wait: by going on, or by leaving. `cls` is the
    class of the profile in the first persona scheme just before the event, -1 for undetermined.
    """

    kind: int
    stage: int
    event: Event
    after: int = NO_STAGE
    after_at: int = 0
    waited: int = NO_STAGE
    waited_at: int = 0
    late: bool = False  # whether the wait was longer than expected
    cls: int = -1


def _edges() -> tuple[int, ...]:
    """Where buckets of durations begin: from a minute to 4,000 days, each 1.14 times as long as the one before."""
    edges, edge = [0], MINUTE
    while edge <= 4_000 * DAY:
        edges.append(edge)
        edge = edge * 114 // 100
    return tuple(edges)


EDGES = _edges()


def bucket_of(duration: int) -> int:
    """The bucket of a duration (microseconds)."""
    return bisect_right(EDGES, max(duration, 0)) - 1
