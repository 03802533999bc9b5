"""What publishing the draft would do: who would get, lose or change a tag or a class, on a sample of profiles."""

from collections import Counter
from dataclasses import replace

from service.core.changes import Said, said
from service.core.plan import compile_playbook
from service.store import ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid, Unknown
from service.usecases.look import state_at
from service.usecases.playbook import read_and_check
from service.usecases.record import profile_id
from service.usecases.source import read_source

Json = dict[str, object]
SAMPLES = 5


async def preview(app: App, sample: int = 500) -> Json:
    """Compare the draft with what is in force on up to `sample` profiles; nothing is changed."""
    now = app.clock()
    return await app.read(lambda unit, definitions: _preview(unit, definitions, sample, now))


def _preview(unit: Unit, definitions: Definitions, sample: int, now: int) -> Json:
    draft = unit.playbooks.draft()
    if draft is None:
        raise Unknown("no_draft", "还没有草稿", "there is no draft")
    playbook, problems = read_and_check(read_source(draft.body, draft.media_type))
    if problems:
        raise Invalid(
            "draft_has_problems", "草稿还有问题，改好后再预览", "the draft has problems; mend them first", problems
        )
    drafted = replace(definitions, plan=compile_playbook(playbook, definitions.plan.version + 1))
    moves = _Moves()
    rows = unit.profiles.scan(0, sample)
    for row in rows:
        moves.count(row, _said(unit, definitions, row, now), _said(unit, drafted, row, now))
    total = unit.profiles.count()
    return {"etag": draft.etag, "profiles": len(rows), "of": total, "complete": len(rows) == total, **moves.shown()}


def _said(unit: Unit, definitions: Definitions, row: ProfileRow, now: int) -> Said:
    at = max(now, row.newest)
    state = state_at(unit, definitions, row, unit.identities.of_profiles([row.profile])[row.profile], at)
    return said(definitions.plan, state, at)


class _Moves:
    """Counts and samples of who moves, by tag and by persona scheme."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, Counter[str]]] = {"tag": {}, "persona": {}}
        self._samples: dict[tuple[str, str, str], list[str]] = {}

    def count(self, row: ProfileRow, old: Said, new: Said) -> None:
        for kind, counts in self._counts.items():
            for key in old[kind].keys() | new[kind].keys():
                move = _move(old[kind].get(key), new[kind].get(key))
                if move is not None:
                    counts.setdefault(key, Counter())[move] += 1
                    samples = self._samples.setdefault((kind, key, move), [])
                    samples += [profile_id(row.profile)] if len(samples) < SAMPLES else []

    def shown(self) -> Json:
        return {
            name: {
                key: {**moves, "samples": self._samples_of(kind, key)}
                for key, moves in sorted(self._counts[kind].items())
            }
            for name, kind in (("tags", "tag"), ("personas", "persona"))
        }

    def _samples_of(self, kind: str, key: str) -> Json:
        return {move: found for (k, name, move), found in self._samples.items() if (k, name) == (kind, key)}


def _move(old: object, new: object) -> str | None:
    if old == new:
        return None
    if old is None:
        return "enter"
    return "leave" if new is None else "change"
