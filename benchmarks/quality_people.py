"""People with what they bought before a cut and what they spent after it; and what a ranking of them captures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.oracle_time import instant
from benchmarks.replay_data import RawEvent, Source

BOUGHT, REFUNDED = "order_paid", "order_refunded"
DAY = 86_400_000_000
PART = 5  # the top fifth


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where the past of a data set ends, and for how many days what comes after it counts."""

    at: str
    days: int
    per_unit: int  # an amount of 1 in the playbook's money is so many of the data's


# ALGORITHMS: 39 weeks and the 39 weeks after them; up to 2011-08-31 and the 100 days after it, refunds subtracted.
CUTS = {
    "cdnow": Cut(at="1997-10-01T00:00:00-04:00", days=273, per_unit=100),
    "retail": Cut(at="2011-09-01T00:00:00+01:00", days=100, per_unit=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody known at the cut: his events before it, his orders as (instant, amount), and what he spent after it."""

    events: Sequence[RawEvent]
    orders: Sequence[tuple[int, float]]
    spent: float


def people_of(source: Source) -> dict[str, Person]:
    """Everybody with a name who ordered before the cut. An order that was refunded counts, and so does the refund."""
    cut = CUTS[source.name]
    edge = instant(cut.at)
    found = {}
    for name, events in source.profiles.items():
        told = sorted(
            ((instant(each["occurred_at"]), each) for each in events if each["type"] in {BOUGHT, REFUNDED}),
            key=lambda pair: pair[0],
        )
        orders = [(t, float(each["properties"]["amount"]) / cut.per_unit) for t, each in told]
        past = [(t, amount) for t, amount in orders if t < edge]
        if past and not name.startswith("anonymous:"):
            after = sum(amount for t, amount in orders if edge <= t < edge + cut.days * DAY)
            before = [each for t, each in told if t < edge]
            found[name] = Person(events=before, orders=past, spent=max(after, 0.0))
    return found


def capture(people: Mapping[str, Person], scores: Mapping[str, float]) -> float:
    """The share of all that is spent after the cut that the top fifth by score spends.

    Where the fifth ends among people of one score, each of them is in it in part: the mean over all their orders.
    """
    room = len(people) / PART
    groups: dict[float, list[float]] = {}
    for name, person in people.items():
        groups.setdefault(scores[name], []).append(person.spent)
    captured = 0.0
    for score in sorted(groups, reverse=True):
        inside = min(len(groups[score]), room)
        captured += sum(groups[score]) * inside / len(groups[score])
        room -= inside
    return captured / sum(person.spent for person in people.values())
