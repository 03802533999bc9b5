"""Who an event is about: identities have permanent roots, a profile is a set of roots, links and cuts are data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.event import Event, OrderKey
from service.core.identity import LINKED, UNLINKED, is_identity
from service.core.persons import Pair
from service.store import IdentityRow, LinkRow, Unit, new_root
from service.usecases.stored import identities_of, to_event


@dataclass(slots=True)
class Reshaped:
    """What links and cuts did. `merged`: old id → survivor; `changed`: profiles whose roots are other ones now."""

    profile_of: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    merged: dict[int, int] = field(default_factory=dict)


def mentioned(event: Event, identities: Sequence[str]) -> tuple[str, ...]:
    """Every identity that an event speaks of; the first is the one it came under."""
    other = event.scalar("identity") if event.type in (LINKED, UNLINKED) else None
    if isinstance(other, str) and is_identity(other):
        return tuple(dict.fromkeys((*identities, other)))
    return tuple(identities)


def find_or_create(unit: Unit, identities: Iterable[str], now: int) -> dict[str, IdentityRow]:
    """The rows of all identities, created where nobody has seen them."""
    wanted = set(identities)
    found = unit.identities.find(wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        found |= unit.identities.create([(identity, new_root(now)) for identity in missing])
    return found


@dataclass(slots=True)
class Statements:
    """What events say of who is who. A cut is spelt as a link of a root with itself."""

    links: list[LinkRow] = field(default_factory=list)
    cuts: list[LinkRow] = field(default_factory=list)


def statements(events: Iterable[tuple[Event, Sequence[str]]], roots: Mapping[str, int]) -> Statements:
    """The links and cuts of events, as far as they name these roots."""
    found = Statements()
    for event, identities in events:
        pairs, cuts = _edges(event, identities)
        found.links += [_link(roots[one], roots[two], event.key) for one, two in pairs if one in roots and two in roots]
        found.cuts += [_link(roots[one], roots[one], event.key) for one in cuts if one in roots]
    return found


def links_said_since(unit: Unit, roots: Mapping[str, int], since: int) -> Iterator[LinkRow]:
    """What the log says of links among these roots from an instant on: the table has the earliest of each pair only."""
    rows = unit.events.of_roots(list(roots.values()), after=since)
    named = ((row, identities_of(row)) for row in rows)
    events = [(to_event(row), names) for row, names in named if len(names) > 1 or row.type == LINKED]
    yield from statements(events, roots).links


def _edges(event: Event, identities: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The pairs that an event links, and the identities that it cuts off."""
    names = mentioned(event, identities)
    if event.type == UNLINKED:
        named = event.scalar("identity")
        return [(names[0], other) for other in identities[1:]], [str(named) if named in names else names[0]]
    return [(names[0], other) for other in names[1:]], []


def _link(left: int, right: int, key: OrderKey) -> LinkRow:
    low, high = sorted((left, right))
    return LinkRow(left=low, right=high, t=key[0], occurred_at=key[1], source=key[2], event_id=key[3])


def key_of(row: LinkRow) -> OrderKey:
    """Where the statement stands in the log."""
    return (row.t, row.occurred_at, row.source, row.event_id)


def pair_of(row: LinkRow) -> Pair:
    """Of whom it is said."""
    return (row.left, row.right)
