"""What must be true of a database, whatever its services went through."""

from collections import Counter
from collections.abc import Iterable

from service.store import Unit
from service.usecases.app import App
from service.usecases.look import look
from service.usecases.stored import identities_of
from service.usecases.verify import verify
from tests.durability.clients import Key, Memory
from tests.usecases.given import Json, Listener
from tests.usecases.told import heard, seen, settle


async def prove(app: App, memory: Memory) -> None:
    """Acknowledged ⊆ stored ⊆ sent; nothing twice; state == fold(log); a dense feed that ends with what is so."""
    stored = await app.store.read(every_event)
    assert len(stored) == len(set(stored)), "no event is there twice"
    assert memory.acknowledged <= set(stored) <= memory.sent.keys()
    assert all(found["accepted"] <= 1 for found in memory.statuses.values()), "one event was new only once"
    assert not any(found["conflict"] + found["rejected"] for found in memory.statuses.values())
    await settle(app)
    found: Json = await verify(app)
    assert (found["stale"], found["differences"]) == (0, 0), found["examples"]
    said = await Listener(app).news()
    dense(each["id"] for each in said)
    told = heard(said)
    for who in sorted({key[0] for key in stored}):
        shown: Json = await look(app, who)
        assert told.get(shown["profile_id"], {}) == seen(shown)
        assert shown["personas"]["tier"]["because"]["orders"] == orders(memory, stored, who)


def every_event(unit: Unit) -> list[Key]:
    roots = [int(row[0]) for row in unit._sql.fetch("SELECT root FROM identities")]  # type: ignore[arg-type]  # a number
    return [(identities_of(row)[0], row.source, row.event_id) for row in unit.events.of_roots(roots)]


def orders(memory: Memory, stored: Iterable[Key], who: str) -> int:
    """How many orders of him stand: paid, and not taken back by a refund."""
    events = [memory.sent[key] for key in stored if key[0] == who]
    refunds: dict[str, str] = {}
    for each in events:
        if each["type"] == "order_refunded":
            order = each["properties"]["order_id"]
            refunds[order] = max(each["occurred_at"], refunds.get(order, ""))
    return sum(each["type"] == "order_paid" and each["properties"]["order_id"] not in refunds for each in events)


def dense(ids: Iterable[str]) -> None:
    """Positions of each partition go from 1 without a gap."""
    places = [tuple(map(int, each.split("-"))) for each in ids]
    last = Counter(partition for partition, _ in places)
    assert sorted(places) == [
        (partition, place) for partition in sorted(last) for place in range(1, last[partition] + 1)
    ]
