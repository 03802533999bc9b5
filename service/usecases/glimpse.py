"""Many people at a glance, as they were found: their tags, classes and newest runs as last derived, without reasons."""

from collections import defaultdict
from collections.abc import Sequence

from service.core.playbook.definitions import Playbook
from service.store import EnrollmentRow, PersonaRow, TagRow, Unit
from service.usecases.app import App
from service.usecases.record import profile_id

Json = dict[str, object]
RUNS = 3  # of each, the newest


async def glimpses(app: App, profile_ids: Sequence[str]) -> list[Json]:
    """In the order that is asked for. Definitions that the playbook has no more are left out."""
    profiles = [int(each, 16) for each in profile_ids]
    return await app.read(lambda unit, found: _glimpses(unit, found.plan.playbook, profiles))


def _glimpses(unit: Unit, playbook: Playbook, profiles: Sequence[int]) -> list[Json]:
    tags, classes = defaultdict[int, list[TagRow]](list), defaultdict[int, list[PersonaRow]](list)
    runs = defaultdict[int, list[EnrollmentRow]](list)
    for tag in unit.tags.of_profiles(profiles):
        tags[tag.profile].append(tag)
    for persona in unit.personas.of_profiles(profiles):
        classes[persona.profile].append(persona)
    for run in unit.enrollments.of_profiles(profiles):
        runs[run.profile].append(run)
    return [
        {
            "profile_id": profile_id(each),
            "tags": _tags(playbook, tags[each]),
            "personas": _personas(playbook, classes[each]),
            "runs": _runs(playbook, runs[each]),
        }
        for each in profiles
    ]


def _tags(playbook: Playbook, rows: Sequence[TagRow]) -> list[Json]:
    shown = {row.tag: row.value for row in rows}
    known = [tag for tag in playbook.tags.values() if tag.key in shown]
    return [{"key": tag.key, "value": shown[tag.key] or None} for tag in known]


def _personas(playbook: Playbook, rows: Sequence[PersonaRow]) -> list[Json]:
    found = {row.scheme: row.cls for row in rows}
    known = [scheme for scheme in playbook.personas.values() if scheme.key in found]
    return [{"key": each.key, "class": found[each.key]} for each in known]


def _runs(playbook: Playbook, rows: Sequence[EnrollmentRow]) -> list[Json]:
    newest = sorted(rows, key=lambda row: (-row.entered_at, row.journey, row.key))
    known = [row for row in newest if row.journey in playbook.journeys]
    return [{"journey": row.journey, "status": row.status, "stage": row.stage or ""} for row in known[:RUNS]]
