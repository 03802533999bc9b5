"""Following changes: a feed without gaps, resumed by an opaque cursor."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from service.core.calendar import write_instant
from service.store import PARTITIONS, ChangeRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.record import profile_id

Json = dict[str, object]


async def changes(app: App, cursor: str | None, limit: int) -> Json:
    """What was said after the cursor, in each profile's order. The cursor is always returned."""
    vector = [0] * PARTITIONS if cursor is None else _read_cursor(cursor)

    def follow(unit: Unit, _definitions: Definitions) -> Json:
        found = unit.feed.after(vector, limit)
        reached = list(vector)
        for partition, position, _ in found:
            reached[partition] = max(reached[partition], position)
        items = [_shown(partition, position, row) for partition, position, row in found]
        return {"items": items, "next_cursor": _write_cursor(reached), "has_more": len(found) == limit}

    return await app.read(follow)


def _shown(partition: int, position: int, row: ChangeRow) -> Json:
    return {
        "id": f"{partition}-{position}",
        "profile_id": profile_id(row.profile),
        "version": row.version,
        "at": write_instant(row.at),
        **json.loads(row.body),
    }


def _write_cursor(vector: list[int]) -> str:
    return urlsafe_b64encode(json.dumps(vector, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> list[int]:
    try:
        vector = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        vector = None
    fits = isinstance(vector, list) and len(vector) == PARTITIONS
    if not fits or not all(type(each) is int and 0 <= each < 2**62 for each in vector):
        raise Invalid(
            "bad_cursor",
            "cursor 不是本服务给出的，请从上一次回答的 next_cursor 取",
            "this cursor is not ours; take next_cursor of the last answer",
        )
    return [int(each) for each in vector]
