"""Writing what a fold decided: the profile, the derived rows, the changes; all in the caller's one transaction."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.calendar import DAY
from service.core.changes import Said
from service.core.plan import Plan
from service.store import ChangeRow, EnrollmentRow, PersonaRow, TagRow, Unit
from service.usecases.definitions import Definitions
from service.usecases.folding import Folded
from service.usecases.offers import name_offers
from service.usecases.run_rows import keep_runs
from service.usecases.stored import dump as dump
from service.usecases.tag_rows import Kept, kept_of, persona_rows, tag_rows

EVERY_RUN = 1_000_000


@dataclass(slots=True)
class Rows:
    """Derived rows by key, gathered over many profiles so that each table is written once; None: to be removed."""

    tags: dict[tuple[int, str], TagRow | None] = field(default_factory=dict)
    personas: dict[tuple[int, str], PersonaRow | None] = field(default_factory=dict)


def keep(
    unit: Unit, definitions: Definitions, folded: Sequence[Folded], roots: Mapping[int, int], cause: str | None = None
) -> None:
    """Write profiles, derived rows and changes. This is the last write of a transaction (the feed must be)."""
    unit.profiles.save([each.row(definitions, roots.get(each.profile, 1)) for each in folded])
    again = [each for each in folded if each.drop_checkpoints_from is not None and each.before is not None]
    unit.checkpoints.drop_all([each.profile for each in again if each.whole])
    for each in again:
        if not each.whole:
            unit.checkpoints.drop(each.profile, each.drop_checkpoints_from or 0)
    parts = [part for each in folded for part in (*each.earlier, each)]
    unit.checkpoints.add([row for part in parts for row in part.checkpoints])
    rows, kept = Rows(), kept_of(unit, parts)
    for part in parts:
        _derived(rows, definitions.plan, part, kept)
    _write(unit, rows)
    keep_runs(unit, definitions.plan, parts)
    name_offers(unit, definitions.plan.playbook, parts)
    unit.feed.append([row for part in parts for row in change_rows(part, cause)])


def change_rows(folded: Folded, cause: str | None) -> Iterator[ChangeRow]:
    """The changes of one profile as the feed carries them."""
    for change in folded.changes:
        body = {**change.body, "cause": cause} if cause else change.body
        body = {**body, "test": True} if folded.state.test else body
        yield ChangeRow(
            profile=folded.profile,
            version=folded.version,
            at=folded.at,
            kind=change.kind,
            key=change.key,
            body=dump(body),
        )


def _write(unit: Unit, rows: Rows) -> None:
    unit.tags.remove([key for key, row in rows.tags.items() if row is None])
    unit.tags.put([row for row in rows.tags.values() if row is not None])
    unit.personas.remove([key for key, row in rows.personas.items() if row is None])
    unit.personas.put([row for row in rows.personas.values() if row is not None])


def _derived(rows: Rows, plan: Plan, folded: Folded, kept: Kept) -> None:
    tags, classes = kept.tags.setdefault(folded.profile, {}), kept.personas.setdefault(folded.profile, {})
    for tag, shown in [*tag_rows(plan, folded, tags)]:
        rows.tags[folded.profile, tag] = tags[tag] = shown
    for scheme, standing in [*persona_rows(plan, folded, classes)]:
        rows.personas[folded.profile, scheme] = classes[scheme] = standing


def said_of_runs_over(unit: Unit, plan: Plan, folded: Folded, known: Sequence[EnrollmentRow] | None = None) -> Said:
    """What was said of keyed runs that have left the facts, so that folding the log again does not say it twice.

    Folded from a checkpoint, only runs that were met since then are asked for: the rest of the past costs nothing.
    `known`: the runs that are over, if they were read ahead.
    """
    rows: Sequence[EnrollmentRow]
    met = [(plan.routes[index].journey.key, key) for index, key in folded.state.enrollments if key]
    if known is not None:
        rows = known
    elif folded.whole:
        rows = unit.enrollments.of_profile(folded.profile, EVERY_RUN)
    else:
        rows = unit.enrollments.find((folded.profile, *run) for run in met) if met else []
    return said_of_rows(rows)


def said_of_rows(rows: Iterable[EnrollmentRow]) -> Said:
    """What was said of the keyed runs among these that are over."""
    said: Said = {"journey": {}, "breakpoint": {}}
    for row in rows:
        if row.key and row.closed:
            found = json.loads(row.body)["said"]
            said["journey"].update(found["journey"])
            said["breakpoint"].update(found["breakpoint"])
    return said


def forget(unit: Unit, profiles: Iterable[int]) -> None:
    """Remove everything derived of profiles that were merged into others; their rows stay, with nothing in them."""
    gone = list(profiles)
    unit.cohorts.touch({(row.journey, row.entered_at // DAY) for row in unit.enrollments.of_profiles(gone)})
    unit.checkpoints.drop_all(gone)
    unit.tags.remove_profiles(gone)
    unit.personas.remove_profiles(gone)
    unit.enrollments.remove_profiles(gone)
    unit.breakpoints.remove_profiles(gone)
    unit.steps.remove_profiles(gone)
