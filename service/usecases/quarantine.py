"""Bad items: kept with the reason, to be repaired and replayed."""

import json
from dataclasses import replace

from service.core.calendar import write_instant
from service.core.intake import Admitted, Sender, admit
from service.core.wire import parse_json
from service.store import QuarantineRow, Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Invalid, Unknown
from service.usecases.intake_rows import preserved
from service.usecases.keys import Actor
from service.usecases.record import answer, read_items, sender_of

Json = dict[str, object]


async def page(app: App, cursor: str | None, limit: int, status: str | None = None, source: str | None = None) -> Json:
    """Quarantined items, the oldest first."""
    after = int(cursor) if cursor and cursor.isascii() and cursor.isdecimal() and len(cursor) < 19 else 0  # noqa: PLR2004 (64 bits)
    if cursor and not after:
        raise Invalid("bad_cursor", "cursor 不是本服务给出的", "this cursor is not ours")
    rows = await app.read(lambda unit, _: unit.quarantine.page(after, limit, status, source))
    return {"items": [_shown(row) for row in rows], "next_cursor": str(rows[-1].id) if len(rows) == limit else None}


def _shown(row: QuarantineRow) -> Json:
    return {
        "id": str(row.id),
        "received_at": write_instant(row.received_at),
        "source": row.source,
        "code": row.code,
        "problems": json.loads(row.problem),
        "item": json.loads(row.item),
        "status": row.status,
        "repaired": None if row.repaired is None else json.loads(row.repaired),
    }


async def get(app: App, number: str) -> Json:
    """One quarantined item."""
    return _shown(await app.read(lambda unit, _: _find(unit, number)))


def _find(unit: Unit, number: str) -> QuarantineRow:
    row = unit.quarantine.get(int(number)) if number.isascii() and number.isdecimal() and len(number) < 19 else None  # noqa: PLR2004 - digits of 64 bits
    if row is None:
        raise Unknown("unknown_item", "没有这条待修复数据", "there is no such item")
    return row


def _open(unit: Unit, number: str) -> QuarantineRow:
    row = _find(unit, number)
    if row.status != "open":
        raise Clash("not_open", "这条数据已经处理过", "this item has been dealt with")
    return row


async def repair(app: App, actor: Actor, number: str, item: object) -> Json:
    """Keep a repaired form beside the original; it must be admissible."""
    verdict = admit(item, sender_of(actor), app.clock(), app.shelf.types, app.shelf.accounts)
    if not isinstance(verdict, Admitted):
        raise Invalid("still_bad", "修复后的数据仍有问题", "the repaired item still has problems", verdict)

    def save(unit: Unit) -> QuarantineRow:
        row = replace(_open(unit, number), repaired=preserved(item))
        unit.quarantine.update(row)
        return row

    return _shown(await app.write(lambda unit, _: save(unit)))


async def replay(app: App, actor: Actor, number: str) -> Json:
    """Record the repaired form, or the original if definitions have changed. A second replay finds a duplicate.

    It counts as said by whoever sent it: were it sent again from there, it would be the same event.
    """
    row = await app.read(lambda unit, _: _open(unit, number))
    raw = parse_json(row.repaired or row.item)
    submission = read_items(app, actor, [raw], app.clock())
    submission.sender = Sender(source=submission.sender.source, default_source=row.source, layer=row.layer)
    known = (app.shelf.types, app.shelf.accounts)
    submission.items[0].verdict = admit(raw, submission.sender, submission.received_at, *known)
    verdict = submission.items[0].verdict
    if not isinstance(verdict, Admitted):
        raise Invalid("still_bad", "数据仍有问题，请先修复", "the item still has problems; repair it first", verdict)
    await app.committer.submit(submission)
    await _settle(app, number, "replayed")
    return answer(submission.items)


async def dismiss(app: App, number: str) -> Json:
    """Put an item aside for good; it stays listed as dismissed."""
    await _settle(app, number, "dismissed")
    return await get(app, number)


async def _settle(app: App, number: str, status: str) -> None:
    await app.write(lambda unit, _: unit.quarantine.update(replace(_open(unit, number), status=status)))
