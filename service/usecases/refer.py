"""Who came by whose link: an event that carries the token of a share counts for the sharer, each person once.

The token itself is never kept: what is stored names the link. The sharer's own log gets an event `referral`, so that
tags may count it. Everything here is done again when the client sends again, to the same end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from service.core.calendar import read_instant
from service.core.wire import Twice
from service.store import ReferralRow, ShareRow, Unit
from service.usecases.app import App
from service.usecases.keys import Actor
from service.usecases.record import profile_id, record
from service.usecases.say import Saying, say_each
from service.usecases.stored import REFERRAL
from service.usecases.tokens import SHARE, TOKEN, digest_of, friend_of

Json = dict[str, object]
PROPERTY = "share"
UNKNOWN = "unknown"  # what stands instead of a token that is none of ours
SERVICE = Actor(key_id="service", name="lantern", kind="system", scopes=frozenset(), source="lantern")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody did something that carries a friend's link."""

    share: ShareRow
    friend: int  # his profile
    occurred_at: int


async def record_with_referrals(app: App, actor: Actor, items: Sequence[object], *, backfill: bool = False) -> Json:
    """Record events, and let those that carry a link count for whoever shared it."""
    tokens = {place: token for place, item in enumerate(items) if (token := _token_of(item)) is not None}
    if not tokens:
        return await record(app, actor, items, backfill=backfill)
    digests = {token: digest_of(token) for token in tokens.values()}
    found = await app.read(lambda unit, _: unit.shares.by_digests(list(digests.values())))
    shares = {place: share for place, token in tokens.items() if (share := found.get(digests[token])) is not None}
    named = [_without_token(item, shares.get(place)) if place in tokens else item for place, item in enumerate(items)]
    receipt = await record(app, actor, named, backfill=backfill)
    results = cast("list[Json]", receipt["results"])
    arrivals = [each for place, share in shares.items() if (each := _arrival(share, items[place], results[place]))]
    for each in arrivals:
        await _refer(app, each)
    return receipt


def _token_of(item: object) -> str | None:
    """What looks like a token among the properties of an event; anything else of that name is the brand's own."""
    properties = item.get("properties") if isinstance(item, dict) else None
    said = properties.get(PROPERTY) if isinstance(properties, dict) else None
    return said if isinstance(said, str) and TOKEN.fullmatch(said) else None


def _without_token(item: object, share: ShareRow | None) -> object:
    """The event as it is kept. One in which a key stands twice stays as bad as it was."""
    event = cast("dict[str, object]", item)
    properties = cast("dict[str, object]", event["properties"])
    named = {**properties, PROPERTY: UNKNOWN if share is None else share.share}
    kept = {**event, "properties": Twice(named) if isinstance(properties, Twice) else named}
    return Twice(kept) if isinstance(event, Twice) else kept


def _arrival(share: ShareRow, item: object, result: Json) -> Arrival | None:
    """What counts: an event that was kept, of a link that was good when it happened and has not been taken back."""
    said = cast("Mapping[str, object]", item).get("occurred_at")
    instant = read_instant(said) if isinstance(said, str) else None
    if result["status"] not in {"accepted", "duplicate"} or share.kind != SHARE or share.revoked_at is not None:
        return None
    if instant is None or instant >= share.expires_at:
        return None
    return Arrival(share=share, friend=int(str(result["profile_id"]), 16), occurred_at=instant)


async def _refer(app: App, arrival: Arrival) -> None:
    now = app.clock()
    saying = await app.write(lambda unit, _: _keep(unit, arrival, now))
    if saying is not None:
        await say_each(app, SERVICE, [saying])


def _keep(unit: Unit, arrival: Arrival, now: int) -> Saying | None:
    """Keep whom the link brought. Nobody brings himself, and nobody is brought twice by the same person."""
    people = unit.identities.by_profile_id([arrival.share.root, arrival.friend])  # as of now: they may have merged
    owner, came = people.get(arrival.share.root), people.get(arrival.friend)
    if owner is None or came is None or owner == came:
        return None
    members = unit.identities.of_profiles([owner, came])
    his = [each.share for each in unit.shares.of_roots([member.root for member in members[owner]])]
    known = {friend_of(member.root) for member in members[came]}
    before = [row for row in unit.reach.friends_of(his) if row.friend in known]
    share, friend = arrival.share, friend_of(arrival.friend)
    if before:  # said again word for word, in case that it was kept here and then never said
        friend, share = before[0].friend, unit.shares.named([before[0].share])[before[0].share]
    else:
        unit.reach.refer(ReferralRow(share=share.share, friend=friend, at=min(arrival.occurred_at, now)))
    said = {PROPERTY: share.share, "friend": friend, "journey": share.journey}
    return Saying(ref=profile_id(share.root), kind=REFERRAL, properties=said, event_id=f"referral-{friend}")
