"""Which streams a playbook keeps of every profile, and where each aggregate finds its columns."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from hashlib import blake2b

from service.core.calendar import bucket_of
from service.core.measures import Slot, decayed_cell, source_of
from service.core.playbook.conditions import (
    Aggregate,
    AggregateTest,
    All,
    AnyOf,
    Comparison,
    Condition,
    FieldTest,
    Not,
    Reversal,
    Step,
    Where,
    WhereAll,
)
from service.core.playbook.definitions import Journey, Playbook, Rfm
from service.core.playbook.relations import conditions_of_persona, conditions_of_tag, exclusive_groups
from service.core.playbook.tree import LIMIT
from service.core.streams import Chain, StreamSpec
from service.core.tracks import DATES, EVER, Cell, Track
from service.core.where import Frame, Source, compile_where, frame_of
from service.core.windows import Window, weight_cell

LAYOUT_VERSION = 8
StreamKey = tuple[tuple[str, ...], Where | None, Reversal | None, tuple[Step, ...], int]
TrackKey = tuple[int, bool, Source | None]
CELLS: Mapping[str, tuple[str, ...]] = {
    "count": ("n",), "sequence": ("n",), "sum": ("sum",), "avg": ("sum", "cnt"), "min": ("min",), "max": ("max",),
    "since_last": ("last_t",), "active_days": ("days", "day"), "first": (), "last": (),
}  # fmt: skip
ANY_NUMBER = Comparison(op="between", values=(-LIMIT, LIMIT))
PLAIN = frozenset({"n", "last_t", "days", "day"})  # cells of the event itself, not of a property
PERIODS = {
    "day": 2,
    "yesterday": 2,
    "week": 14,
    "month": 62,
    "year": 731,
}  # dates that a period and the one before take


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The streams, and the slot of every aggregate. `reversals[i]`: by type of its events, what takes them back."""

    frame: Frame
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
        yield from conditions_of_tag(tag)
    for persona in playbook.personas.values():
        yield from conditions_of_persona(persona)
    for service in playbook.services.values():
        yield from (each for each in (service.eligible, service.applicable, service.suitable) if each is not None)


def rfm_aggregates(rfm: Rfm) -> tuple[Aggregate, Aggregate, Aggregate]:
    """Recency, frequency and sum of the events that have the property as a number, as aggregates."""
    numeric = FieldTest(field=rfm.property, is_property=True, comparisons=(ANY_NUMBER,))
    where = WhereAll(parts=(numeric, *([] if rfm.where is None else [rfm.where])))
    events = (rfm.event,)
    return (
        Aggregate(kind="since_last", events=events, where=where),
        Aggregate(kind="count", events=events, where=where),
        Aggregate(kind="sum", events=events, where=where, property=rfm.property),
    )


def _aggregates(playbook: Playbook) -> Iterator[Aggregate]:
    for condition in conditions_of(playbook):
        yield from aggregates_in(condition)
    for tag in playbook.tags.values():
        if tag.value_of is not None:
            yield tag.value_of
        if tag.rfm is not None:
            yield from rfm_aggregates(tag.rfm)


def lay_out(playbook: Playbook) -> Layout:
    """Decide what is kept."""
    groups: dict[StreamKey, dict[Aggregate, None]] = {}
    for aggregate in _aggregates(playbook):
        groups.setdefault(_stream_key(aggregate), {})[aggregate] = None
    frame = frame_of(playbook)
    specs = [_spec(key, list(members), frame) for key, members in groups.items()]
    slots = {
        aggregate: _slot(index, specs[index], aggregate, frame)
        for index, members in enumerate(groups.values())
        for aggregate in members
    }
    return Layout(
        frame=frame,
        streams=tuple(specs),
        reversals=tuple({event: tuple(_reversals(playbook, event, key[2])) for event in key[0]} for key in groups),
        slots=slots,
        id=_identity(playbook),
    )


def _stream_key(aggregate: Aggregate) -> StreamKey:
    within = (aggregate.within or 0) if aggregate.steps else 0
    return (tuple(sorted(set(aggregate.events))), aggregate.where, aggregate.reverses, aggregate.steps, within)


def _reversals(playbook: Playbook, of: str, own: Reversal | None) -> Iterator[Reversal]:
    if own is not None:
        yield own
    for event in playbook.events.values():
        if event.reverses is not None and event.reverses.event == of:
            yield Reversal(event=event.key, by=event.reverses.by)


def _spec(key: StreamKey, members: list[Aggregate], frame: Frame) -> StreamSpec:
    events, where, _, steps, within = key
    totals: dict[Cell, None] = {("chain", str(place)): None for place in range(len(steps) - 1)}
    tracks: dict[TrackKey, tuple[int, dict[Cell, None]]] = {}
    for each in members:
        wanted = _track_key(each)
        if wanted is None:
            totals.update(dict.fromkeys(_cells(each)))
            continue
        horizon, columns = tracks.setdefault(wanted, (0, {}))
        columns.update(dict.fromkeys(_track_cells(each, wanted)))
        tracks[wanted] = (max(horizon, _length(each)), columns)
    chain = Chain(steps=tuple((step.event, compile_where(step.where, frame)) for step in steps), within=within)
    return StreamSpec(
        events=frozenset(events),
        matches=compile_where(where, frame),
        totals=tuple(totals),
        firsts=tuple(sorted({source_of(each) for each in members if each.kind == "first"})),
        lasts=tuple(sorted({source_of(each) for each in members if each.kind == "last"})),
        tracks=tuple(
            Track(width=width, horizon=horizon, dated=dated, values=values, cells=tuple(columns))
            for (width, dated, values), (horizon, columns) in sorted(tracks.items(), key=_in_order)
        ),
        chain=chain if steps else None,
    )


def _in_order(track: tuple[TrackKey, object]) -> tuple[int, bool, Source]:
    width, dated, values = track[0]
    return width, dated, values or Source("", is_field=False)


def _track_key(aggregate: Aggregate) -> TrackKey | None:
    """Which track an aggregate reads; None: totals are enough."""
    values = source_of(aggregate) if aggregate.kind in ("distinct", "top") else None
    if aggregate.last_days is not None or aggregate.during is not None:
        return DATES, False, values
    if aggregate.within is not None and not aggregate.steps:
        return bucket_of(aggregate.within), aggregate.kind == "active_days", values
    return None if values is None else (EVER, False, values)


def _length(aggregate: Aggregate) -> int:
    """How far back a window reaches: microseconds, or dates."""
    if aggregate.last_days is not None:
        return aggregate.last_days
    if aggregate.during is not None:
        return next(days for period, days in PERIODS.items() if aggregate.during.endswith(period))
    return EVER if aggregate.within is None or aggregate.steps else aggregate.within


def _track_cells(aggregate: Aggregate, key: TrackKey) -> tuple[Cell, ...]:
    _, dated, _ = key
    if aggregate.kind in ("distinct", "active_days"):
        return (("bucket", ""),) if dated else ()
    return (weight_cell(aggregate),) if aggregate.kind == "top" else _cells(aggregate)


def _cells(aggregate: Aggregate) -> tuple[Cell, ...]:
    if aggregate.kind == "decayed_sum":
        return (decayed_cell(aggregate),)
    return tuple((kind, "" if kind in PLAIN else aggregate.property or "") for kind in CELLS[aggregate.kind])


def _slot(index: int, spec: StreamSpec, aggregate: Aggregate, frame: Frame) -> Slot:
    wanted = _track_key(aggregate)
    if wanted is None:
        return Slot(stream=index, aggregate=aggregate)
    track = next(i for i, each in enumerate(spec.tracks) if (each.width, each.dated, each.values) == wanted)
    window = Window(track=track, length=_length(aggregate), period=aggregate.during, zone=frame.zone)
    return Slot(stream=index, aggregate=aggregate, window=window)


def _identity(playbook: Playbook) -> bytes:
    """A hash of all that the fold depends on, words for people aside: facts made under another are folded again."""
    content = [
        LAYOUT_VERSION,
        [playbook.timezone, playbook.layers, [[key, each.dates] for key, each in playbook.holidays.items()]],
        [[tag.key for tag in members] for members in exclusive_groups(playbook)],
        [list(part.items()) for part in (playbook.events, playbook.tags, playbook.personas, playbook.journeys)],
        [list(conditions_of(playbook)), list(playbook.services)],
        playbook.contact_policy,
        [sorted(playbook.identities.items()), playbook.accounts],  # who is one profile depends on it
    ]
    return blake2b(json.dumps(_bare(content)).encode(), digest_size=8).digest()


WORDS = frozenset({
    "name", "name_en", "theme", "theme_en", "value", "value_en", "goal", "goal_en", "benefit", "benefit_en", "ritual",
    "ritual_en", "feedback_en", "group", "services", "touchpoints", "channels", "scenarios", "brand", "sharing",
    "words", "words_en",
})  # fmt: skip
MEANT = frozenset({(Journey, "goal")})  # no words, though they are called as words are
SAID = frozenset({"feedback"})  # words that are of meaning by being there


def _bare(content: object) -> object:
    """Definitions as plain values: the kind of each, and its fields but for the words."""
    if is_dataclass(content):
        kind = type(content)
        kept = [
            each.name
            for each in fields(content)
            if each.compare and (each.name not in WORDS or (kind, each.name) in MEANT)
        ]
        values = {name: getattr(content, name) for name in kept}
        return [kind.__name__, [[name, _bare(bool(it) if name in SAID else it)] for name, it in values.items()]]
    if isinstance(content, Mapping):
        return [[key, _bare(value)] for key, value in content.items()]
    return [_bare(each) for each in content] if isinstance(content, list | tuple) else content
