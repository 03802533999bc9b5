"""Rows of tags and personas: what is kept to be searched follows what is shown, said or not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.marks import Mark
from service.core.plan import Plan
from service.core.view import reason_of, value_of
from service.store import PersonaRow, TagRow, Unit
from service.usecases.folding import Folded
from service.usecases.stored import dump

LARGEST = 2**63 - 1  # what a column holds; numbers beyond it are kept as this one
Tags = Mapping[str, TagRow | None]  # by key; None: there is no row, or no more
Classes = Mapping[str, PersonaRow | None]


@dataclass(slots=True)
class Kept:
    """The rows of profiles of which more may differ than was said, as earlier parts of the commit left them."""

    tags: dict[int, dict[str, TagRow | None]] = field(default_factory=dict)
    personas: dict[int, dict[str, PersonaRow | None]] = field(default_factory=dict)


def kept_of(unit: Unit, parts: Sequence[Folded]) -> Kept:
    """The rows to compare with."""
    kept = Kept()
    again = {part.profile for part in parts if part.rewound}
    if again:
        for tag in unit.tags.of_profiles(again):
            kept.tags.setdefault(tag.profile, {})[tag.tag] = tag
        for persona in unit.personas.of_profiles(again):
            kept.personas.setdefault(persona.profile, {})[persona.scheme] = persona
    return kept


def within(number: int) -> int:
    """A number as the column can hold it."""
    return max(-LARGEST, min(number, LARGEST))


def tag_rows(plan: Plan, folded: Folded, kept: Tags) -> Iterator[tuple[str, TagRow | None]]:
    """The rows that differ from what is shown, by tag; None: to be removed.

    Of a profile that was folded from its log, or whose silence was overtaken, each is compared. Otherwise a tag differs
    if something was said of it, or if it went off and on again in one step: `since` is newer than all that was known.
    """
    said = {change.key: change.body["because"] for change in folded.changes if change.kind == "tag"}
    shown = {plan.rules[place].tag.key: place for place, mark in folded.state.marks.items() if mark.value}
    for tag in sorted({*said, *kept} - shown.keys()):
        yield tag, None
    for tag, place in shown.items():
        mark = folded.state.marks[place]
        differs = _differs(plan, folded, place, kept.get(tag)) if folded.rewound else mark.since > _newest(folded)
        if tag in said or differs:
            because = said[tag] if tag in said else reason_of(plan, place, folded.state, folded.at)
            yield tag, _row(plan, folded, place, dump(because))


def _newest(folded: Folded) -> int:
    return folded.before.newest if folded.before else -1


def _differs(plan: Plan, folded: Folded, place: int, row: TagRow | None) -> bool:
    mark = folded.state.marks[place]
    return row is None or (row.value, row.number, row.since) != (*_shown(plan, folded, place, mark), mark.since)


def _shown(plan: Plan, folded: Folded, place: int, mark: Mark) -> tuple[str | None, int | None]:
    value, raw = value_of(plan.rules[place], mark, folded.state)[0], folded.state.values.get(place)
    number = within(raw) if isinstance(raw, int) and not isinstance(raw, bool) else None
    return None if value is None else str(value), number


def _row(plan: Plan, folded: Folded, place: int, because: bytes) -> TagRow:
    mark = folded.state.marks[place]
    value, number = _shown(plan, folded, place, mark)
    return TagRow(
        profile=folded.profile,
        tag=plan.rules[place].tag.key,
        value=value,
        number=number,
        since=mark.since,
        because=because,
    )


def persona_rows(plan: Plan, folded: Folded, kept: Classes) -> Iterator[tuple[str, PersonaRow | None]]:
    """The same for classes; who is undetermined may have a row or none."""
    said = {change.key for change in folded.changes if change.kind == "persona"}
    for gone in sorted({*said, *kept} - {scheme.persona.key for scheme in plan.schemes}):
        yield gone, None
    for scheme in plan.schemes:
        key, standing = scheme.persona.key, folded.state.standings.get(scheme.index)
        place = -1 if standing is None else standing.place
        since = folded.at if standing is None else standing.since
        cls = scheme.persona.classes[place].key if place >= 0 else "undetermined"
        row = PersonaRow(profile=folded.profile, scheme=key, cls=cls, since=since)
        moved = _moved(row, kept.get(key), place) if folded.rewound else place >= 0 and since > _newest(folded)
        if key in said or moved:
            yield key, row


def _moved(row: PersonaRow, kept: PersonaRow | None, place: int) -> bool:
    if kept is None:
        return place >= 0
    return kept.cls != row.cls or (place >= 0 and kept.since != row.since)
