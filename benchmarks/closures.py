"""Rules that an event touches / every rule as a closure of its own, asked at every event: the same events and answers.

The baseline keeps the raw events of a profile in a list. For each of the 100 rules it has one closure, made once, of
one to three atoms: a count, a sum or an average over the last 1, 7, 30 or 90 days against a bound, joined by `all` or
`any`, which stop at the first part that decides. An atom goes over the raw events and picks those of its type within
its window (in the same buckets as the service, so that the answers are equal). After every event all closures are
asked. So the ratio grows with the past: what the core does hardly depends on it.

A second baseline keeps for each type the instants and the amounts in order and for ever, finds the window by binary
search and adds up a slice. It is as fast as closures get, and faster than we are: it only says what holds now, and we
also find out until when, which is what makes tags end by themselves. No aim is set against it.

Ours is what the core does for the rules an event touches: let time pass to the event (tags that end), keep what the
rules read, decide the tags of its type. One row has all of that, the other, which the aim is for, only the deciding.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from time import process_time_ns
from typing import Any

from benchmarks.core import admitted, plan_of
from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import World
from service.core.calendar import DAY, HOUR, MINUTE, SECOND, write_instant
from service.core.event import MICRO, Event
from service.core.facts import State
from service.core.fold import absorb
from service.core.plan import Plan
from service.core.tags import refresh

NAME = "closures"
AIM = Aim(bound=10, at_least=True)
RULES, TYPES, STEPS = 100, 14, 2  # 1 to 3 atoms of one or two types: about 13 rules read a type
WINDOWS = (1, 7, 30, 90)
START = 1_760_000_000_000_000
WIDTHS = (SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY)

Atom = dict[str, Any]
Closure = Callable[["Seen", int], bool]
Amounts = Callable[["Seen", str, int], list[int]]  # what was seen, an event type, from when on


def rules() -> list[dict[str, Any]]:
    """A hundred rules of one to three atoms, always the same."""
    rng = Random(11)
    found = []
    for _ in range(RULES):
        atoms = [_atom(rng) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
        found.append(atoms[0] if len(atoms) == 1 else {rng.choice(("all", "any")): atoms})
    return found


def _atom(rng: Random) -> Atom:
    over: dict[str, Any] = {"event": f"e{rng.randrange(TYPES)}", "within": f"{rng.choice(WINDOWS)}d"}
    kind = rng.choice(("count", "sum", "avg"))
    if kind == "count":
        return {"count": over, "gte": rng.randrange(1, 8)}
    return {kind: over | {"property": "amount"}, "gte": rng.randrange(20, 90) * (5 if kind == "sum" else 1)}


def life(person: int, events: int) -> list[dict[str, object]]:
    """Events of all types, some hours apart."""
    rng = Random(person)
    at = START
    found: list[dict[str, object]] = []
    for number in range(events):
        at += rng.randrange(20 * MINUTE, 12 * HOUR)
        kind, amount = f"e{rng.randrange(TYPES)}", rng.randrange(100)
        found.append(
            {"event_id": f"{person}-{number}", "identity": f"member:p{person}", "type": kind,
             "occurred_at": write_instant(at), "properties": {"amount": amount}}
        )  # fmt: skip
    return found


# ---- the baseline


@dataclass(slots=True)
class Seen:
    """What the baselines keep of one profile: the raw events, and the same by type."""

    raw: list[tuple[int, str, int]] = field(default_factory=list)
    at: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    amounts: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, event: Event) -> None:
        """Keep an event."""
        amount = event.properties["amount"]
        assert isinstance(amount, int)
        self.raw.append((event.t, event.type, amount // MICRO))
        self.at[event.type].append(event.t)
        self.amounts[event.type].append(amount // MICRO)


def closure(rule: Mapping[str, Any], amounts: Amounts) -> Closure:
    """A rule as a function of what was seen and an instant."""
    if "all" in rule:
        every = [closure(part, amounts) for part in rule["all"]]
        return lambda seen, at: all(part(seen, at) for part in every)
    if "any" in rule:
        some = [closure(part, amounts) for part in rule["any"]]
        return lambda seen, at: any(part(seen, at) for part in some)
    kind = next(name for name in rule if name != "gte")
    over, bound = rule[kind], rule["gte"]
    event, length = over["event"], int(over["within"][:-1]) * DAY
    width = max(each for each in WIDTHS if each == SECOND or each <= length // 500)

    def found(seen: Seen, at: int) -> list[int]:
        return amounts(seen, event, (at - length) // width * width)

    if kind == "count":
        return lambda seen, at: len(found(seen, at)) >= bound
    if kind == "sum":
        return lambda seen, at: sum(found(seen, at)) >= bound

    def average(seen: Seen, at: int) -> bool:
        known = found(seen, at)
        return bool(known) and sum(known) >= bound * len(known)

    return average


def raw(seen: Seen, event: str, low: int) -> list[int]:
    """The amounts of a type from an instant on, from the raw events."""
    return [amount for t, kind, amount in seen.raw if kind == event and t >= low]


def indexed(seen: Seen, event: str, low: int) -> list[int]:
    """The same by binary search."""
    return seen.amounts[event][bisect_left(seen.at[event], low) :]


# ---- both


@dataclass(slots=True)
class Both:
    """The same people on both sides, and what is still to come of each."""

    plan: Plan
    closures: Mapping[str, Sequence[Closure]]
    coming: list[list[Event]]
    states: list[State]
    seen: list[Seen]

    def agree(self, events: int) -> None:
        """Take in so many events on both sides, and hold every tag against its closure after each of them."""
        for state, seen, own in zip(self.states, self.seen, self.coming, strict=True):
            for event in islice(own, events):
                absorb(self.plan, state, event, ())
                seen.add(event)
                on = [place in state.marks and state.marks[place].value > 0 for place in range(RULES)]
                for name, asked in self.closures.items():
                    assert on == [ask(seen, event.t) for ask in asked], f"{name}, after {event.event_id}"
            del own[:events]

    def chosen(self, step: int, each: int) -> list[Sequence[Event]]:
        """The events of a step, person by person."""
        return [own[step * each : (step + 1) * each] for own in self.coming]

    def ours(self, step: int, each: int, *, whole: bool) -> float:
        spent = 0
        for state, events in zip(self.states, self.chosen(step, each), strict=True):
            for event in events:
                begun = process_time_ns()
                absorb(self.plan, state, event, ())
                spent += process_time_ns() - begun if whole else _deciding(self.plan, state, event)
        return spent

    def theirs(self, step: int, each: int, name: str) -> float:
        spent, asked = 0, self.closures[name]
        for seen, events in zip(self.seen, self.chosen(step, each), strict=True):
            for event in events:
                begun = process_time_ns()
                seen.add(event)
                for ask in asked:
                    ask(seen, event.t)
                spent += process_time_ns() - begun
        return spent


def _deciding(plan: Plan, state: State, event: Event) -> int:
    """What deciding the tags of the event's type costs, once more: nothing changes."""
    ranks = plan.touch(event.type).tags
    begun = process_time_ns()
    for rank in ranks:
        refresh(plan.units[rank], state, event.t)
    return process_time_ns() - begun


async def run(world: World) -> AsyncGenerator[Row]:
    """A row for each baseline and each of our two costs, and how many rules read a type."""
    people, past, each = world.size(4, 2), world.size(600, 300), world.size(20, 12)
    playbook = {
        "playbook": "closures",
        "events": {f"e{number}": {"properties": {"amount": "integer"}} for number in range(TYPES)},
        "tags": {f"t{number}": {"when": rule} for number, rule in enumerate(rules())},
    }
    plan = plan_of(playbook)
    ahead = (world.rounds + 1) * STEPS * each
    kept = {name: _both(plan, people, past, ahead) for name in ("whole", "deciding", "raw", "indexed")}
    works = {name: _work(both, name, each) for name, both in kept.items()}
    found = await interleaved(world.rounds, STEPS, works, Progress(NAME))
    ours = {"deciding": "deciding the rules that it touches", "whole": "an event taken in by the core"}
    theirs = {"raw": f"{RULES} closures over {past} raw events", "indexed": f"  {RULES} closures with an index"}
    for base, first in theirs.items():
        for name, then in ours.items():
            aim = AIM if (base, name) == ("raw", "deciding") else None
            yield Row(name=NAME, what=f"{first} / {then}", on="core", values=ratios(found[base], found[name]), aim=aim)
    touched = [float(len(plan.touch(f"e{number}").tags)) for number in range(TYPES)]
    yield Row(name=NAME, what="  rules that read an event type", on="core", values=touched)


def _both(plan: Plan, people: int, past: int, ahead: int) -> Both:
    """People who have lived so long on all sides, with every answer compared, and what is ahead of them."""
    lives = [list(admitted(plan, life(person, past + ahead))) for person in range(people)]
    closures = {name: [closure(rule, way) for rule in rules()] for name, way in (("raw", raw), ("indexed", indexed))}
    found = Both(plan, closures, lives, [State(plan.layout) for _ in lives], [Seen() for _ in lives])
    found.agree(past)
    return found


def _work(both: Both, name: str, each: int) -> Work:
    async def work(step: int) -> float:
        if name in both.closures:
            return both.theirs(step, each, name)
        return both.ours(step, each, whole=name == "whole")

    return work
