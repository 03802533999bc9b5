"""One breakpoint with its story, and what staff say of it: notes, and to whom it is given."""

from service.core.calendar import write_instant
from service.store import BreakpointRow, NoteRow, Unit
from service.usecases.app import App
from service.usecases.break_ids import BreakKey, break_key, names_of, read_id
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
    return await app.read(lambda unit, found: _view(unit, found, _found(unit, found, key), now))


async def annotate(app: App, actor: Actor, word: str, *, text: str | None, assigned_to: str | None) -> Json:
    """Write a note, or give the breakpoint to somebody (empty: to nobody), or both; they stay if it is withdrawn."""
    if text is None and assigned_to is None:
        raise Invalid("nothing_said", "请写 text 或 assigned_to", "give a text, or assigned_to")
    key, now = read_id(word), app.clock()

    def work(unit: Unit, definitions: Definitions) -> Json:
        row = _found(unit, definitions, key)
        profile, journey, run, stage, kind, number = break_key(row)
        note = NoteRow(
            profile=profile, journey=journey, key=run, stage=stage, kind=kind, number=number, at=now, by=actor.name,
            assigned_to=assigned_to, text=text,
        )  # fmt: skip
        unit.notes.add([note])
        return _view(unit, definitions, row, now)

    return await app.write(work)


def _found(unit: Unit, definitions: Definitions, key: BreakKey) -> BreakpointRow:
    """The breakpoint that was called so: of whom his profile is by now, at a stage whatever its name is by now."""
    profile = unit.identities.by_profile_id([key[0]]).get(key[0], key[0])
    named, playbook = (profile, *key[1:]), definitions.plan.playbook
    rows = unit.breakpoints.of_profiles([profile])
    row = next((each for each in rows if named in names_of(playbook, break_key(each))), None)
    if row is None:
        raise Unknown("unknown_breakpoint", "没有这个断点，编号请取自断点列表", "there is no such breakpoint")
    return row


def _view(unit: Unit, definitions: Definitions, row: BreakpointRow, now: int) -> Json:
    notes = notes_of(definitions.plan.playbook, break_key(row), unit.notes.of_profiles([row.profile]))
    about = notes, offers_of(unit, [row.profile]).get(row.profile, ())
    shown = show_break(definitions, row, about, suspected=is_suspected(row, gaps(unit, definitions, now)))
    said = [
        {"at": write_instant(each.at), "by": each.by, "text": each.text, "assigned_to": each.assigned_to}
        for each in notes
    ]
    return {**shown, "notes": said}
