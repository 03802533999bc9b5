"""How events arrive: late, out of order and some of them twice, as from real senders."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from random import Random

from service.cli.simulation.chance import happens, pick
from service.cli.simulation.diary import Diary, Wire

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991, so an offset is enough
END = datetime(2026, 10, 31, 18, 0, tzinfo=SHANGHAI)
TWICE = 0.03  # share of events that are sent a second time
HOUR, DAY = 3_600, 86_400
# Seconds from, to: how many of a thousand. A good network, a bad one, a till that was offline, one that was forgotten.
DELAYS = {(0.2, 15): 910, (60, 1.5 * HOUR): 65, (1.5 * HOUR, 20 * HOUR): 21, (DAY, 4 * DAY): 4}
REPEATS = {(1, 90): 800, (HOUR, 30 * HOUR): 200}  # a retry at once, or the batch job of the next night


def arriving(lived: Callable[[int, Random, datetime], Diary], people: int, seed: int, end: datetime) -> Iterator[Wire]:
    """The events of so many lives up to `end` in the order in which they arrive.

    Each life has a generator of its own, so the first hundred are the same in a crowd of a hundred as of a million.
    """
    end = end.astimezone(SHANGHAI)
    arrivals: list[tuple[datetime, int, Wire]] = []
    for index in range(1, people + 1):
        rng = Random(f"{seed}/{index}")  # noqa: S311 - nothing is guarded by it
        for event in lived(index, rng, end).events:
            arrived = datetime.fromisoformat(str(event["occurred_at"])) + _delay(rng)
            arrivals.append((arrived, len(arrivals), event))
            if happens(rng, TWICE):
                arrivals.append((arrived + _repeat(rng), len(arrivals), event))
    arrivals.sort(key=lambda arrival: arrival[:2])
    for _, _, event in arrivals:
        yield dict(event)


def _delay(rng: Random) -> timedelta:
    """From the happening to the arrival."""
    return timedelta(seconds=rng.uniform(*pick(rng, DELAYS)))


def _repeat(rng: Random) -> timedelta:
    """How much later the same event comes again."""
    return timedelta(seconds=rng.uniform(*pick(rng, REPEATS)))
