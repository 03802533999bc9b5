"""Which streams a playbook keeps of every profile, and where each aggregate finds its columns."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b
from zoneinfo import ZoneInfo

from service.core.calendar import bucket_of
from service.core.measures import Slot
from service.core.playbook.conditions import (
    Aggregate,
    AggregateTest,
    All,
    AnyOf,
    Condition,
    Not,
    Reversal,
    Where,
)
from service.core.playbook.definitions import Playbook
from service.core.streams import Cell, StreamSpec, Track
from service.core.where import Money, compile_where

LAYOUT_VERSION = 1
StreamKey = tuple[tuple[str, ...], Where | None, Reversal | None]
TOTALS: Mapping[str, tuple[str, ...]] = {
    "count": ("n",), "sum": ("sum",), "avg": ("sum", "cnt"), "min": ("min",), "max": ("max",),
    "since_last": ("last_t",), "active_days": ("days", "day"), "last": (),
}  # fmt: skip
PLAIN = frozenset({"n", "last_t", "days", "day"})  # cells of the event itself, not of a property


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The streams, and the slot of every aggregate. `reversals[i]`: by type of its events, what takes them back."""

    zone: ZoneInfo
    money: Money
    streams: tuple[StreamSpec, ...]
    reversals: tuple[Mapping[str, tuple[Reversal, ...]], ...]
    slots: Mapping[Aggregate, Slot]
    id: bytes


def aggregates_in(condition: Condition | None) -> Iterator[Aggregate]:
    """Every aggregate that a condition reads."""
    if isinstance(condition, AggregateTest):
        yield condition.aggregate
    elif isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from aggregates_in(part)
    elif isinstance(condition, Not):
        yield from aggregates_in(condition.part)


def conditions_of(playbook: Playbook) -> Iterator[Condition]:
    """Every condition of a playbook, in the order in which it is written."""
    for tag in playbook.tags.values():
        yield from (value.when for value in tag.values)
    for persona in playbook.personas.values():
        if persona.undetermined_below is not None:
            yield persona.undetermined_below
    for service in playbook.services.values():
        yield from (each for each in (service.eligible, service.applicable, service.suitable) if each is not None)


def lay_out(playbook: Playbook) -> Layout:
    """Decide what is kept."""
    groups: dict[StreamKey, list[Aggregate]] = {}
    for condition in conditions_of(playbook):
        for aggregate in aggregates_in(condition):
            key = (tuple(sorted(set(aggregate.events))), aggregate.where, aggregate.reverses)
            members = groups.setdefault(key, [])
            if aggregate not in members:
                members.append(aggregate)
    money = frozenset(
        (event.key, name) for event in playbook.events.values() for name, kind in event.properties.items() if kind.fen
    )
    specs = [_spec(key, members, money) for key, members in groups.items()]
    slots = {
        aggregate: _slot(index, specs[index], aggregate)
        for index, members in enumerate(groups.values())
        for aggregate in members
    }
    return Layout(
        zone=ZoneInfo(playbook.timezone),
        money=money,
        streams=tuple(specs),
        reversals=tuple({event: tuple(_reversals(playbook, event, key[2])) for event in key[0]} for key in groups),
        slots=slots,
        id=_identity(playbook),
    )


def _reversals(playbook: Playbook, of: str, own: Reversal | None) -> Iterator[Reversal]:
    if own is not None:
        yield own
    for event in playbook.events.values():
        if event.reverses is not None and event.reverses.event == of:
            yield Reversal(event=event.key, by=event.reverses.by)


def _spec(key: StreamKey, members: list[Aggregate], money: Money) -> StreamSpec:
    totals: dict[Cell, None] = {}
    tracks: dict[tuple[int, bool], tuple[int, dict[Cell, None]]] = {}
    for each in members:
        cells = _cells(each)
        if each.within is None:
            totals.update(cells)
            continue
        dated = each.kind == "active_days"
        horizon, columns = tracks.setdefault((bucket_of(each.within), dated), (0, {}))
        columns.update({("bucket", ""): None} if dated else cells)
        tracks[bucket_of(each.within), dated] = (max(horizon, each.within), columns)
    events, where, _ = key
    return StreamSpec(
        events=frozenset(events),
        matches=compile_where(where, money),
        totals=tuple(totals),
        lasts=tuple(sorted({each.property or "" for each in members if each.kind == "last"})),
        tracks=tuple(
            Track(width=width, horizon=horizon, dated=dated, cells=tuple(columns))
            for (width, dated), (horizon, columns) in sorted(tracks.items())
        ),
    )


def _cells(aggregate: Aggregate) -> dict[Cell, None]:
    return {(kind, "" if kind in PLAIN else aggregate.property or ""): None for kind in TOTALS[aggregate.kind]}


def _slot(index: int, spec: StreamSpec, aggregate: Aggregate) -> Slot:
    track = None
    if aggregate.within is not None:
        wanted = (bucket_of(aggregate.within), aggregate.kind == "active_days")
        track = next(i for i, each in enumerate(spec.tracks) if (each.width, each.dated) == wanted)
    return Slot(
        stream=index, kind=aggregate.kind, property=aggregate.property or "", track=track, window=aggregate.within
    )


def _identity(playbook: Playbook) -> bytes:
    """A hash of all that the fold depends on, words for people aside: facts made under another are folded again."""
    content = [
        LAYOUT_VERSION,
        playbook.timezone,
        [list(part.items()) for part in (playbook.events, playbook.tags, playbook.personas, playbook.journeys)],
        [list(conditions_of(playbook)), list(playbook.services)],
        playbook.contact_policy,
    ]
    return blake2b(json.dumps(_bare(content)).encode(), digest_size=8).digest()


WORDS = frozenset({"name", "name_en", "theme", "goal", "benefit", "group", "services", "touchpoints", "scenarios"})


def _bare(content: object) -> object:
    """Definitions as plain values: the kind of each, and its fields but for the words."""
    if is_dataclass(content):
        kept = [each.name for each in fields(content) if each.compare and each.name not in WORDS]
        return [type(content).__name__, [[name, _bare(getattr(content, name))] for name in kept]]
    if isinstance(content, Mapping):
        return [[key, _bare(value)] for key, value in content.items()]
    return [_bare(each) for each in content] if isinstance(content, list | tuple) else content
