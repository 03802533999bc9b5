"""One breakpoint with its story, and what staff say of it: notes, and to whom it is given."""

from service.core.calendar import write_instant
from service.store import NoteRow, Unit
from service.usecases.app import App
from service.usecases.break_ids import BreakKey, break_key, read_id
from service.usecases.breaks import notes_of, show_break
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid, Unknown
from service.usecases.gaps import gaps, is_suspected
from service.usecases.keys import Actor
from service.usecases.offers import offers_of

Json = dict[str, object]


async def view_break(app: App, word: str) -> Json:
    """One breakpoint, with every note."""
    key, now = read_id(word), app.clock()
    return await app.read(lambda unit, definitions: _view(unit, definitions, key, now))


async def annotate(app: App, actor: Actor, word: str, *, text: str | None, assigned_to: str | None) -> Json:
    """Write a note, or give the breakpoint to somebody (empty: to nobody), or both; they stay if it is withdrawn."""
    if text is None and assigned_to is None:
        raise Invalid("nothing_said", "请写 text 或 assigned_to", "give a text, or assigned_to")
    key, now = read_id(word), app.clock()

    def work(unit: Unit, definitions: Definitions) -> Json:
        _view(unit, definitions, key, now)  # or there is nothing to speak of
        profile, journey, run, stage, kind, number = key
        note = NoteRow(
            profile=profile, journey=journey, key=run, stage=stage, kind=kind, number=number, at=now, by=actor.name,
            assigned_to=assigned_to, text=text,
        )  # fmt: skip
        unit.notes.add([note])
        return _view(unit, definitions, key, now)

    return await app.write(work)


def _view(unit: Unit, definitions: Definitions, key: BreakKey, now: int) -> Json:
    rows = unit.breakpoints.of_profiles([key[0]])
    row = next((each for each in rows if break_key(each) == key), None)
    if row is None:
        raise Unknown("unknown_breakpoint", "没有这个断点，编号请取自断点列表", "there is no such breakpoint")
    notes = notes_of(definitions.plan.playbook, key, unit.notes.of_profiles([key[0]]))
    about = notes, offers_of(unit, [row.profile]).get(row.profile, ())
    shown = show_break(definitions, row, about, suspected=is_suspected(row, gaps(unit, definitions, now)))
    said = [
        {"at": write_instant(each.at), "by": each.by, "text": each.text, "assigned_to": each.assigned_to}
        for each in notes
    ]
    return {**shown, "notes": said}
