"""Staff say who is who, by an event like any other; and what could not be linked is listed for them."""

import secrets
from dataclasses import dataclass

from service.core.calendar import write_instant
from service.core.identity import LINKED, UNLINKED, kind_of, read_identity
from service.core.persons import IN_ALL, MIXED, SHARED, SHARED_ABOVE, TOO_MANY, Limits
from service.core.problem import Problem
from service.store import IdentityRow, LinkRow, Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Invalid
from service.usecases.keys import Actor
from service.usecases.look import resolve, unknown_profile
from service.usecases.record import profile_id, record

Json = dict[str, object]
SINCE = {
    "code": "linked_since",
    "text": "这之后又有事件把它们关联在一起；请不填 occurred_at 再解除一次",
    "text_en": "events after that instant link them again; unlink once more without occurred_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Which identity is, or is not, the same person's; for which reason, and since when (None: now)."""

    identity: str
    reason: str | None = None
    occurred_at: int | None = None


async def link(app: App, actor: Actor, ref: str, said: Statement) -> Json:
    """Say that a profile also has that identity, as an event; and whether the link stands, or why it was refused."""
    own, _ = await _whose(app, ref)
    if own == said.identity:
        raise _wrong("same_identity", "两个标识相同，请填另一个标识", "both are the same; name the other identity")
    receipt = await _say(app, actor, LINKED, own, said)
    refused = await app.read(lambda unit, definitions: _refusal(unit, definitions.limits, own, said.identity))
    return {"status": "refused" if refused else "linked", "reason": refused, "receipt": receipt}


async def unlink(app: App, actor: Actor, ref: str, said: Statement) -> Json:
    """Say that an identity is somebody else's, since now or since an instant: all its links until then are cut."""
    own, members = await _whose(app, ref)
    if said.identity not in members:
        raise Clash(
            "not_linked", "这个标识不属于该用户，请先查看用户", "the profile has no such identity; view it first"
        )
    receipt = await _say(app, actor, UNLINKED, own, said)
    left = set(members) & await app.read(lambda unit, _: _company(unit, said.identity))
    return {"status": "linked" if left else "unlinked", "reason": SINCE if left else None, "receipt": receipt}


async def _whose(app: App, ref: str) -> tuple[str, list[str]]:
    """The identity to speak under, and all those of the profile."""

    def find(unit: Unit) -> tuple[str, list[str]]:
        profile = resolve(unit, ref)
        if profile is None:
            raise unknown_profile()
        members = unit.identities.of_profiles([profile])[profile]
        asked = read_identity(ref)
        own = next((row.identity for row in members if row.identity == asked), members[0].identity)
        return own, [row.identity for row in members]

    return await app.read(lambda unit, _: find(unit))


async def _say(app: App, actor: Actor, kind: str, own: str, said: Statement) -> Json:
    event = {
        "event_id": f"{kind}-{secrets.token_hex(12)}",
        "identity": own,
        "type": kind,
        "occurred_at": write_instant(app.clock() if said.occurred_at is None else said.occurred_at),
        "properties": {"identity": said.identity, **({"reason": said.reason} if said.reason else {})},
    }
    return await record(app, actor, [event])


def _wrong(code: str, zh: str, en: str) -> Invalid:
    return Invalid("invalid_request", "请求有误，见 errors", "the request has problems, see errors", (
        Problem(code=code, pointer="/identity", zh=zh, en=en),
    ))  # fmt: skip


def _refusal(unit: Unit, limits: Limits, own: str, identity: str) -> Json | None:
    rows = unit.identities.find([own, identity])
    if rows[own].profile == rows[identity].profile:
        return None
    low, high = sorted(row.root for row in rows.values())
    found = unit.links.find([(low, high)]).get((low, high))
    return reason_of(found.refused if found else "", limits)


def _company(unit: Unit, identity: str) -> set[str]:
    """Who else is in the profile of an identity."""
    profile = unit.identities.find([identity])[identity].profile
    return {row.identity for row in unit.identities.of_profiles([profile])[profile]} - {identity}


def reason_of(refused: str, limits: Limits) -> Json:
    """Why a link joins nobody, in words."""
    code, _, kind = refused.partition(":")
    if code == SHARED:
        zh = f"这个标识和 {SHARED_ABOVE} 个以上的人关联过（共用的号码或设备），不再用来认人"
        en = f"it is said to be of more than {SHARED_ABOVE} people (a shared number or device), so it links nobody"
        return {"code": SHARED, "namespace": None, "text": zh, "text_en": en}
    if code == TOO_MANY:
        most = limits.of(kind) if kind else IN_ALL
        what_zh, what_en = (kind, kind) if kind else ("标识", "identities")
        zh = f"合并后一个用户会有超过 {most} 个 {what_zh}；请解除其中一方"
        en = f"one profile would have more than {most} {what_en}; unlink one of them"
        return {"code": TOO_MANY, "namespace": kind or None, "text": zh, "text_en": en}
    if code == MIXED:
        zh = "一方是客户单位，一方是个人，不能算同一个用户；请把经办人写进单位事件的属性 contact"
        en = "one is an account and one a person, never the same profile; name the person as `contact` of its events"
        return {"code": MIXED, "namespace": None, "text": zh, "text_en": en}
    zh, en = "之后又被解除了", "it has been cut since"
    return {"code": "cut", "namespace": None, "text": zh, "text_en": en}


async def conflicts(app: App, actor: Actor, cursor: str | None, limit: int) -> Json:
    """Links that were said and refused, by the age of their identities."""
    after = _place(cursor)
    open_ = "profiles:read" in actor.scopes

    def page(unit: Unit, limits: Limits) -> Json:
        rows = unit.links.refused(after, limit)
        ends = {end for row in rows for end in (row.left, row.right)}
        known = {row.root: row for row in unit.identities.of_roots(sorted(ends))}
        items = [_conflict(row, known, limits, open_=open_) for row in rows]
        last = rows[-1] if len(rows) == limit else None
        return {"items": items, "next_cursor": f"{last.left:x}.{last.right:x}" if last else None}

    return await app.read(lambda unit, definitions: page(unit, definitions.limits))


def _place(cursor: str | None) -> tuple[int, int]:
    left, dot, right = (cursor or "0.0").partition(".")
    try:
        found = int(left, 16), int(right, 16)
    except ValueError:
        found = (-1, -1)
    if dot and all(0 <= each < 2**63 for each in found) and len(left + right) <= 32:  # noqa: PLR2004 - 64 bits in hex, twice
        return found
    raise Invalid("bad_cursor", "cursor 不是本服务给出的", "this cursor is not ours")


def _conflict(row: LinkRow, known: dict[int, IdentityRow], limits: Limits, *, open_: bool) -> Json:
    return {
        "identities": [_side(known[end], open_=open_) for end in (row.left, row.right)],
        "reason": reason_of(row.refused, limits),
        "since": write_instant(row.t),
        "source": row.source,
        "event_id": row.event_id,
    }


def _side(row: IdentityRow, *, open_: bool) -> Json:
    return {
        "namespace": kind_of(row.identity),
        "identity": row.identity if open_ else None,
        "profile_id": profile_id(row.profile),
    }
