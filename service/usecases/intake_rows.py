"""What the intake itself keeps: bad items in quarantine, counts by source, event types that nobody declared."""

import json
from collections.abc import Sequence
from typing import cast

from service.core.calendar import HOUR
from service.core.intake import Admitted
from service.core.playbook.reserved import RESERVED
from service.core.problem import Problem
from service.core.wire import Odd, Twice, plain
from service.store import QuarantineNew, UndeclaredRow, Unit
from service.usecases.batch import Item, Submission
from service.usecases.definitions import Definitions
from service.usecases.keeping import dump

SAMPLES = 3
ITEM_BYTES = 64 * 1024


def keep_intake(unit: Unit, definitions: Definitions, submissions: Sequence[Submission], now: int, writer: int) -> None:
    """Keep bad items with their reason, and count everything."""
    bad = [(each, item) for each in submissions for item in each.items if not isinstance(item.verdict, Admitted)]
    ids = unit.quarantine.add([_quarantined(each, item) for each, item in bad])
    for (_, item), number in zip(bad, ids, strict=True):
        item.quarantine = number
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for each in submissions:
        for item in each.items:
            key = (_source(each, item), _outcome(item))
            counts[key] = (counts.get(key, (0, 0))[0] + 1, each.received_at)
    unit.counts.bump(writer, now // HOUR, counts)
    unit.undeclared.see(writer, _undeclared(definitions, submissions))


def _source(submission: Submission, item: Item) -> str:
    if isinstance(item.verdict, Admitted):
        return item.verdict.event.source
    return submission.sender.source or submission.sender.default_source


def _outcome(item: Item) -> str:
    if isinstance(item.verdict, Admitted):
        return item.status
    return f"rejected:{item.verdict[0].code}"


def _quarantined(submission: Submission, item: Item) -> QuarantineNew:
    problems = cast("tuple[Problem, ...]", item.verdict)
    said = [{"code": p.code, "pointer": p.pointer, "title": p.zh, "title_en": p.en} for p in problems[:20]]
    return QuarantineNew(
        received_at=submission.received_at,
        source=_source(submission, item),
        layer=submission.sender.layer,
        code=problems[0].code,
        problem=dump(said),
        item=preserved(item.raw),
    )


def preserved(raw: object) -> bytes:
    """A bad item in a form that every database keeps and a person can repair; oddities are marked where they stood."""
    text = json.dumps(_safe(raw, 0), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return text if len(text) <= ITEM_BYTES else dump({"$too_large": len(text)})


def _safe(value: object, depth: int) -> object:
    if isinstance(value, Odd):
        return {"$odd": value.code}
    if depth > 12:  # noqa: PLR2004 (deeper than anything admitted)
        return {"$odd": "too_deep"}
    if isinstance(value, str):
        return value.replace("\x00", "\\u0000").encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        kept = {str(_safe(key, depth)): _safe(inner, depth + 1) for key, inner in value.items()}
        return {**kept, "$odd": "duplicate_key"} if isinstance(value, Twice) else kept
    return [_safe(inner, depth + 1) for inner in value] if isinstance(value, list) else plain(value)


def _undeclared(definitions: Definitions, submissions: Sequence[Submission]) -> list[UndeclaredRow]:
    found: dict[tuple[str, str], list[Item]] = {}
    declared = definitions.plan.playbook.events
    for each in submissions:
        for item in each.items:
            if isinstance(item.verdict, Admitted) and item.status == "accepted":
                event = item.verdict.event
                if event.type not in declared and event.type not in RESERVED:
                    found.setdefault((event.type, event.source), []).append(item)
    now = max((each.received_at for each in submissions), default=0)
    return [
        UndeclaredRow(
            type=kind,
            source=source,
            n=len(items),
            first_at=now,
            last_at=now,
            samples=dump([_sample(i) for i in items[:SAMPLES]]),
        )
        for (kind, source), items in sorted(found.items())
    ]


def _sample(item: Item) -> object:
    return plain(item.verdict.event.properties) if isinstance(item.verdict, Admitted) else None
