"""Putting a playbook in force: the draft, some of its definitions, or an old version; with a second pair of eyes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from service.core.playbook.definitions import Playbook
from service.core.playbook.read import read_playbook
from service.store import DraftRow, PlaybookRow, Unit
from service.usecases.app import App
from service.usecases.candidate import Candidate, candidate, version
from service.usecases.failures import Clash, Forbidden, Invalid
from service.usecases.jobs import PREVIEW, shown
from service.usecases.keys import Actor
from service.usecases.moves import gone_dark
from service.usecases.playbook import drafted, read_and_check, stale, version_shown
from service.usecases.preview import SAMPLED, try_out
from service.usecases.source import read_source

Json = dict[str, object]
MANY = 0.10  # of all people; a change that moves more must be confirmed
ENOUGH = 100  # profiles; with fewer a share says nothing


async def publish(
    app: App,
    actor: Actor,
    note: str,
    if_match: str | None,
    *,
    definitions: Sequence[str] = (),
    confirm: int | None = None,
) -> Json:
    """Publish the draft, or only these definitions of it, as the next version; from then on every answer follows it."""

    def choose(unit: Unit) -> Candidate:
        chosen = candidate(unit, definitions)
        if if_match is not None and (chosen.draft is None or chosen.draft.etag != if_match):
            raise stale()
        _second_pair(app, chosen.draft)
        return chosen

    return await _put_in_force(app, actor, note, choose, definitions=definitions, confirm=confirm)


async def restore(app: App, actor: Actor, number: int, note: str, *, confirm: int | None = None) -> Json:
    """Put an old version in force again, as the next version. The draft stays as it is."""
    return await _put_in_force(app, actor, note, lambda unit: version(unit, number), definitions=(), confirm=confirm)


async def _put_in_force(
    app: App,
    actor: Actor,
    note: str,
    choose: Callable[[Unit], Candidate],
    *,
    definitions: Sequence[str],
    confirm: int | None,
) -> Json:
    chosen = await app.read(lambda unit, _: _checked(unit, choose))
    await _confirmed(app, actor, chosen, definitions, confirm)
    now = app.clock()

    def put(unit: Unit) -> PlaybookRow:
        last, newest = _checked(unit, choose), unit.playbooks.newest()
        if last.etag != chosen.etag:
            raise stale()
        row = PlaybookRow(
            version=newest.version + 1 if newest else 1, body=last.body, media_type=last.media_type,
            published_at=now, published_by=actor.name, note=note,
        )  # fmt: skip
        unit.playbooks.publish(row)
        return row

    row = await app.write(lambda unit, _: put(unit))
    await app.read(lambda _unit, found: found)
    return version_shown(row)


def _checked(unit: Unit, choose: Callable[[Unit], Candidate]) -> Candidate:
    chosen = choose(unit)
    playbook, problems = read_and_check(read_source(chosen.body, chosen.media_type))
    if problems:
        zh, en = "草稿还有问题，改好后再发布", "the draft has problems; mend them first"
        raise Invalid("draft_has_problems", zh, en, problems)
    newest = unit.playbooks.newest()
    if newest is not None and _same(playbook, newest):
        raise Clash("nothing_changed", "与已发布的版本意思相同", "it says the same as what is published")
    return chosen


def _same(playbook: Playbook, newest: PlaybookRow) -> bool:
    """Whether both say the same, however they are written. Order counts, and 0 is not false: so it is their `repr`."""
    in_force, _ = read_playbook(read_source(newest.body, newest.media_type).tree)
    return repr(in_force) == repr(playbook)


async def _confirmed(
    app: App, actor: Actor, chosen: Candidate, definitions: Sequence[str], confirm: int | None
) -> None:
    """A change that moves many people is made by somebody who has seen how many."""
    base, row = await app.read(lambda unit, found: (found.plan.version, unit.jobs.get(f"{PREVIEW}:{chosen.etag}")))
    if base == 0:
        return
    found = None if row is None else shown(row)
    if found is None or not is_telling(found, base):
        found = await try_out(app, chosen, SAMPLED, definitions, by=actor.name)
    share, moved = found["share"], found["would_move"]
    dark = gone_dark(found)
    if dark and confirm != moved:
        raise Clash(
            "confirm_needed",
            f"在看过的 {found['profiles']} 人里，有 {dark} 段旅程已经点亮的阶段会熄灭，共约 {moved} 人有变化。"
            f"确认无误后，请带上 confirm: {moved} 再发布",
            f"stages that are lit would go dark in {dark} runs of the {found['profiles']} people looked at; about "
            f"{moved} would change in all; if that is meant, publish with confirm: {moved}",
        )
    if _moves_many(found) and confirm != moved:
        raise Clash(
            "confirm_needed",
            f"这次发布会改变约 {moved} 人（{share:.0%}）。确认无误后，请带上 confirm: {moved} 再发布",
            f"this would change about {moved} people ({share:.0%}); if that is meant, publish with confirm: {moved}",
        )


def is_telling(preview: Json, version: int) -> bool:
    """Whether a preview says what publishing would do now: it is over, of enough people, and of this version."""
    looked, of = cast("int", preview["profiles"]), cast("int", preview["of"])
    return (preview["status"], preview["playbook_version"]) == ("done", version) and looked >= min(of, ENOUGH)


def asks_to_confirm(preview: Json) -> bool:
    """Whether who publishes this has to say that he has seen it."""
    return _moves_many(preview) or gone_dark(preview) > 0


def _moves_many(preview: Json) -> bool:
    return cast("float", preview["share"]) > MANY and cast("int", preview["of"]) >= ENOUGH


# ---- a second pair of eyes


def _second_pair(app: App, draft: DraftRow | None) -> None:
    if app.settings.second_approver and draft is not None and draft.approved_by is None:
        raise Forbidden(
            "not_approved",
            "草稿还没有经另一位同事批准，请他用自己的密钥调用 POST /v1/playbook/draft:approve",
            "nobody else has approved the draft; a colleague does so with POST /v1/playbook/draft:approve",
        )


async def approve(app: App, actor: Actor, if_match: str | None) -> Json:
    """Approve this very draft; whoever wrote it cannot."""

    def work(unit: Unit) -> DraftRow:
        draft = drafted(unit)
        if draft.saved_by == actor.name:
            raise Forbidden("own_draft", "自己写的草稿须由别人批准", "somebody else has to approve what you wrote")
        approved = replace(draft, approved_by=actor.name)
        if if_match not in (None, draft.etag) or not unit.playbooks.put_draft(approved, draft.etag):
            raise stale()
        return approved

    row = await app.write(lambda unit, _: work(unit))
    return {"etag": row.etag, "saved_by": row.saved_by, "approved_by": row.approved_by}
