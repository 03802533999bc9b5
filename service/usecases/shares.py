"""Links to progress: for the customer himself, for a short while; and for his friends, until he takes them back."""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.core.calendar import DAY, MINUTE, write_instant
from service.core.customer import sharing_of
from service.core.identity import read_identity
from service.store import ProfileRow, ShareRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Clash, Invalid, Unknown
from service.usecases.look import found_profile
from service.usecases.progress import runs_of
from service.usecases.record import profile_id
from service.usecases.tokens import OWNER, SHARE, digest_of, friend_of, new_token, open_link

Json = dict[str, object]
MOST = 50  # links of one person that are good at once
SHOWN = 200  # of his links, the newest; all of them are added up


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a link is to show, and for how long (microseconds). `key`: of which run, where there are several."""

    journey: str
    key: str | None = None
    lasts: int = 7 * DAY


async def make_owner_token(app: App, ref: str, minutes: int) -> Json:
    """A token with which his page acts for him alone, until it expires. Expired ones are cleared away."""
    now, token = app.clock(), new_token(OWNER)

    def make(unit: Unit, _definitions: Definitions) -> ShareRow:
        row = found_profile(unit, ref)
        unit.shares.forget_expired(_roots(unit, row), OWNER, now)
        made = _row(token, OWNER, _root(unit, ref), Wish(journey="", lasts=minutes * MINUTE), now)
        unit.shares.add(made)
        return made

    made = await app.write(make)
    return {"token": token, "url": f"/j/{token}", "expires_at": write_instant(made.expires_at)}


async def make_share(app: App, ref: str, wish: Wish) -> Json:
    """A link for friends. Its token is in this answer and nowhere else."""
    now = app.clock()
    return await app.write(
        lambda unit, definitions: _share(unit, definitions, (ref, found_profile(unit, ref)), wish, now)
    )


async def make_share_by_token(app: App, token: str, wish: Wish) -> Json:
    """The same, by the customer on his own page."""
    now = app.clock()

    def make(unit: Unit, definitions: Definitions) -> Json:
        mine = open_link(unit, token, now, (OWNER,))
        return _share(unit, definitions, (profile_id(mine.share.root), mine.row), wish, now)

    return await app.write(make)


def _share(unit: Unit, definitions: Definitions, who: tuple[str, ProfileRow], wish: Wish, now: int) -> Json:
    ref, row = who
    if wish.journey not in definitions.plan.playbook.journeys:
        raise Unknown("unknown_journey", "方案里没有这个旅程", "the playbook has no such journey")
    runs, _ = runs_of(unit, definitions, row, now)
    keys = [str(each["key"] or "") for each in runs if each["journey"] == wish.journey]
    if wish.key is None and len(keys) > 1:
        raise Invalid(
            "key_needed", "他在这个旅程里有好几段，请写明 key", "he has several runs of this journey; give the key"
        )
    over = [] if wish.key is None else unit.enrollments.find([(row.profile, wish.journey, wish.key)])
    if not keys or (wish.key is not None and wish.key not in keys and not over):  # not all that are over are shown
        raise Unknown("unknown_run", "他没有走过这段旅程", "he has no such run of the journey")
    good = [
        each for each in unit.shares.of_roots(_roots(unit, row)) if _state(each, now) == "open" and each.kind == SHARE
    ]
    if len(good) >= MOST:
        zh = f"有效的分享链接已有 {MOST} 个，请先收回一些"
        raise Clash("too_many_shares", zh, f"there are {MOST} links already; take some of them back")
    token = new_token(SHARE)
    made = _row(
        token, SHARE, _root(unit, ref), Wish(journey=wish.journey, key=wish.key or keys[0], lasts=wish.lasts), now
    )
    unit.shares.add(made)
    return {**_shown(made, (0, 0), now), "token": token, "scene": token, "url": f"/j/{token}",
            "image": f"/j/{token}/card.png", **_message(definitions, wish.journey, token)}  # fmt: skip


def _message(definitions: Definitions, journey: str, token: str) -> Json:
    """What `onShareAppMessage` wants; the page takes the token from its query."""
    said = sharing_of(definitions.plan.playbook.journeys[journey])
    path = str(said["path"] or "")
    joined = None if not path else f"{path}{'&' if '?' in path else '?'}scene={token}"
    return {**said, "path": joined}


def _row(token: str, kind: str, root: int, wish: Wish, now: int) -> ShareRow:
    return ShareRow(
        share=secrets.token_hex(8), digest=digest_of(token), kind=kind, root=root, journey=wish.journey,
        key=wish.key or "", created_at=now, expires_at=now + wish.lasts, revoked_at=None,
    )  # fmt: skip


def _roots(unit: Unit, row: ProfileRow) -> list[int]:
    return [each.root for each in unit.identities.of_profiles([row.profile])[row.profile]]


def _root(unit: Unit, ref: str) -> int:
    """The root that a link hangs on: the one that was named, by an identity or as an id.

    So it stays with him if he is cut in two.
    """
    if ":" not in ref:
        return int(ref, 16)
    (found,) = unit.identities.find([str(read_identity(ref))]).values()
    return found.root


# ---- looking at them, taking them back


async def list_shares(app: App, ref: str) -> Json:
    """His links for friends, the newest first, with how far each has reached."""
    now = app.clock()
    await app.visits.write(app.store)
    return await app.read(lambda unit, _: _list(unit, found_profile(unit, ref), now))


async def list_shares_by_token(app: App, token: str) -> Json:
    """The same, on his own page."""
    now = app.clock()
    await app.visits.write(app.store)
    return await app.read(lambda unit, _: _list(unit, open_link(unit, token, now, (OWNER,)).row, now))


def _list(unit: Unit, row: ProfileRow, now: int) -> Json:
    rows = [each for each in unit.shares.of_roots(_roots(unit, row)) if each.kind == SHARE]
    reach = _reach(unit, rows)
    total = {name: sum(each[place] for each in reach.values()) for place, name in enumerate(("visits", "sign_ups"))}
    return {"items": [_shown(each, reach[each.share], now) for each in rows[:SHOWN]], "reach": total}


def _reach(unit: Unit, rows: Sequence[ShareRow]) -> dict[str, tuple[int, int]]:
    names = [each.share for each in rows]
    visits: Counter[str] = Counter()
    for each in unit.reach.visits_of(names):
        visits[each.share] += each.n
    own = _brought_themselves(unit, rows)
    friends = Counter(each.share for each in unit.reach.friends_of(names) if (each.share, each.friend) not in own)
    return {name: (visits[name], friends[name]) for name in names}


def _brought_themselves(unit: Unit, rows: Sequence[ShareRow]) -> set[tuple[str, str]]:
    """(link, friend) of all who would be friends of their own, as it is known by now who is one person."""
    owners = unit.identities.by_profile_id([each.root for each in rows])
    members = unit.identities.of_profiles(list(owners.values()))
    own = {root: [friend_of(each.root) for each in members[profile]] for root, profile in owners.items()}
    return {(each.share, friend) for each in rows for friend in own.get(each.root, ())}


def _state(row: ShareRow, now: int) -> str:
    return "revoked" if row.revoked_at is not None else "expired" if row.expires_at <= now else "open"


def _shown(row: ShareRow, reach: tuple[int, int], now: int) -> Json:
    return {
        "share_id": row.share,
        "journey": row.journey,
        "key": row.key or None,
        "status": _state(row, now),
        "created_at": write_instant(row.created_at),
        "expires_at": write_instant(row.expires_at),
        "revoked_at": None if row.revoked_at is None else write_instant(row.revoked_at),
        "visits": reach[0],
        "sign_ups": reach[1],
    }


async def revoke_share(app: App, ref: str, share: str) -> Json:
    """Take a link back: it is over with the very next request. Doing it again changes nothing."""
    now = app.clock()
    return await app.write(lambda unit, _: _revoke(unit, found_profile(unit, ref), share, now))


async def revoke_share_by_token(app: App, token: str, share: str) -> Json:
    """The same, on his own page."""
    now = app.clock()
    return await app.write(lambda unit, _: _revoke(unit, open_link(unit, token, now, (OWNER,)).row, share, now))


def _revoke(unit: Unit, row: ProfileRow, share: str, now: int) -> Json:
    found = unit.shares.get(share)
    if found is None or found.kind != SHARE or found.root not in _roots(unit, row):
        raise Unknown("unknown_share", "他没有这个分享链接", "he has no such link")
    unit.shares.revoke(share, now)
    after = unit.shares.named([share])[share]
    return _shown(after, _reach(unit, [after])[share], now)


async def top_shares(app: App, days: int, limit: int) -> Json:
    """Which links bring people: the ones with most sign-ups, then visits, of the last days."""
    now = app.clock()
    await app.visits.write(app.store)

    def read(unit: Unit, _definitions: Definitions) -> Json:
        since = now - days * DAY
        top = unit.reach.top(since, limit)
        rows = unit.shares.named([each.share for each in top])
        own = unit.reach.of_pairs(_brought_themselves(unit, list(rows.values())))
        less = Counter(each.share for each in own if each.at >= since)
        top = [replace(each, sign_ups=each.sign_ups - less[each.share]) for each in top]
        top.sort(key=lambda each: (-each.sign_ups, -each.visits, each.share))
        owners = unit.identities.by_profile_id([each.root for each in rows.values()])
        items = [
            {
                "profile_id": profile_id(owners[rows[each.share].root]),
                **_shown(rows[each.share], (each.visits, each.sign_ups), now),
            }
            for each in top
            if rows[each.share].root in owners and (each.sign_ups or each.visits)
        ]
        return {"days": days, "items": items}

    return await app.read(read)
