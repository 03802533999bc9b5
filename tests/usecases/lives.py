"""Lives of a few people who are sometimes one person: seeded histories, ways in which they arrive, and who is who."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from service.core.calendar import DAY, HOUR, MINUTE, SECOND, read_instant
from tests.usecases.given import NOON, Json, event

Batch = list[Json]
PEOPLE = ("openid:a", "openid:b", "unionid:c", "email:d", "member:e")
ORDERS = ("o1", "o2", "o|3", "o:4|x|y|z")
GAPS = (
    0,
    0,
    1,
    SECOND,
    10 * SECOND,
    MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
)
FRIENDS = ("00000000000000a1", "00000000000000b2", "00000000000000c3")


def lit(chance: random.Random) -> Json:
    """A stage that the user lights, or a friend for him; not every stage may be lit so."""
    friend = {"friend": chance.choice(FRIENDS)} if chance.random() < 0.6 else {}
    journey, stage = chance.choice([("first", "taste"), ("first", "review"), ("pickup", "rated"), ("pickup", "again")])
    return {"journey": journey, "stage": stage, "key": chance.choice(ORDERS), **friend}


PROPERTIES: Mapping[str, Callable[[random.Random], Json]] = {
    "order_paid": lambda chance: {
        "order_id": chance.choice(ORDERS),
        "amount": chance.choice([0, 50, 990, 1000, 2500, 8000]),
        "items": chance.randint(1, 5),
        "gift": chance.random() < 0.5,
    },
    "order_refunded": lambda chance: {"order_id": chance.choice(ORDERS)},
    "order_ready": lambda chance: {"order_id": chance.choice(ORDERS)},
    "order_cancelled": lambda chance: {"order_id": chance.choice(ORDERS)},
    "payment_failed": lambda chance: {"order_id": chance.choice(ORDERS)},
    "menu_viewed": lambda _chance: {},
    "feedback_given": lambda chance: {"order_id": chance.choice(ORDERS), "rating": chance.randint(1, 5)},
    "stage_lit": lit,
    "trait_set": lambda chance: {"city": chance.choice(["上海", "北京", "广州"]), "known": chance.random() < 0.5},
    "tag_set": lambda chance: {"tag": chance.choice(["vip", "bought"]), "until": "2026-09-25T00:00:00Z"},
    "tag_removed": lambda chance: {"tag": chance.choice(["vip", "bought"])},
    "service_shown": lambda chance: {"service": chance.choice(["reminder", "tasting"])},
    "identity_linked": lambda chance: {"identity": chance.choice(PEOPLE)},
    "identity_unlinked": lambda chance: {"identity": chance.choice(PEOPLE)},
}
COMMON = ("order_paid", "order_paid", "order_paid", "order_ready", "identity_linked", "menu_viewed")


def life(chance: random.Random, most: int = 25) -> list[Json]:
    """Events that happened to these people, some at the same instant, some seen twice under two names."""
    t, events = NOON, list[Json]()
    for number in range(chance.randint(5, most)):
        t += chance.choice(GAPS)
        kind = chance.choice((*COMMON, *PROPERTIES))
        names = chance.sample(PEOPLE, 2)
        linked: Json = {"identities": names} if chance.random() < 0.15 else {}
        made = event(f"e{number}", names[0], kind, t, source=chance.choice(["app", "pos"]), **linked)
        made["channel"] = chance.choice(["app", "pos"])
        events.append(made | {"properties": PROPERTIES[kind](chance)})
        if chance.random() < 0.1:
            twin = event(f"e{number}", names[1], kind, t + 1 + chance.choice(GAPS), source=made["source"])
            events.append(twin | {"properties": PROPERTIES[kind](chance)})
    return events


def instant(one: Json) -> int:
    found = read_instant(one["occurred_at"])
    assert found is not None
    return found


# ---- ways to arrive


def in_order(events: Sequence[Json], _chance: random.Random) -> list[Batch]:
    """As it happened, one by one."""
    return [[each] for each in sorted(events, key=instant)]


def backwards(events: Sequence[Json], chance: random.Random) -> list[Batch]:
    return list(_cut(sorted(events, key=instant)[::-1], chance))


def shuffled(events: Sequence[Json], chance: random.Random) -> list[Batch]:
    """In any order, a third of it twice."""
    arriving = [*events, *chance.sample(events, len(events) // 3)]
    chance.shuffle(arriving)
    return list(_cut(arriving, chance))


def halves(events: Sequence[Json], chance: random.Random) -> list[Batch]:
    """The second half first, then everything at once."""
    return [events[len(events) // 2 :], *_cut(events, chance)]  # type: ignore[list-item]  # a slice of a list


def _cut(events: Sequence[Json], chance: random.Random) -> Iterator[Batch]:
    places = sorted({0, len(events), *(chance.randrange(len(events)) for _ in range(len(events) // 2))})
    return (list(events[start:end]) for start, end in pairwise(places))


def of_run(run: str, each: Json) -> Json:
    """The same event of other people: the run's own."""
    found = {**each, "properties": dict(each["properties"])}
    for holder, field in ((found, "identity"), (found["properties"], "identity")):
        if field in holder:
            holder[field] += run
    if "identities" in found:
        found["identities"] = [name + run for name in found["identities"]]
    return found


# ---- who is who


def persons(events: Sequence[Json]) -> dict[str, frozenset[str]]:
    """Who is one person with whom: links stand iff they are newer than the newest cut of both their ends."""
    links, cuts = dict[tuple[str, str], tuple[object, ...]](), dict[str, tuple[object, ...]]()
    names = set[str]()
    for each in events:
        key: tuple[object, ...] = (instant(each), instant(each), each["source"], each["event_id"])
        own, *others = each.get("identities") or [each["identity"]]
        named = each["properties"].get("identity")
        names |= {own, *others} | ({named} if named else set())
        if each["type"] == "identity_linked":
            others.append(named)
        if each["type"] == "identity_unlinked":
            cuts[named] = max(key, cuts.get(named, ()))
        for other in others:
            for pair in ((own, other), (other, own)):
                links[pair] = max(key, links.get(pair, ()))
    found = {name: {name} for name in names}
    for (one, other), key in links.items():
        if key > cuts.get(one, ()) and key > cuts.get(other, ()):
            together = found[one] | found[other]
            for name in together:
                found[name] = together
    return {name: frozenset(group) for name, group in found.items()}
