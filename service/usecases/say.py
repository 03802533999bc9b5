"""What staff, systems and users say of somebody: each saying becomes an event, as if it had been sent as one."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import cast

from service.core.calendar import write_instant
from service.core.event import Value
from service.core.intake import STAFF, WORD
from service.core.playbook.definitions import Playbook
from service.core.playbook.opinions import wrong_class, wrong_scheme, wrong_tag, wrong_value
from service.core.problem import Problem
from service.store import EventRow, IdentityRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Clash, Failure, Forbidden, Invalid, Unknown
from service.usecases.keys import Actor
from service.usecases.look import resolve, unknown_profile
from service.usecases.record import record, sender_of

Json = dict[str, object]
PARAMETER = "?"  # as in problems: something of the address, not of the body
PREFIX, HASHED = "key:", "long-key:"
CREATE = "create"
SHAPE = "invalid_request", "请求有误，见 errors", "the request has problems, see errors"
ENDED = Problem(
    code="until_has_passed",
    pointer="/until",
    zh="until 已经过去，请写将来的时间，或去掉",
    en="until has passed already; name an instant to come, or leave it out",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One thing said of one profile: an event type with its properties. `may_create`: of somebody new as well."""

    ref: str
    kind: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    until: int | None = None
    event_id: str | None = None
    may_create: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Under which identity something is said, when, and whether it had been said before."""

    identity: str
    occurred_at: int
    before: bool = False


def event_id_of(idempotency_key: str | None) -> str | None:
    """The id of the event that a client's key stands for; long keys would not fit behind the prefix."""
    if idempotency_key is None:
        return None
    said = PREFIX + idempotency_key
    return said if len(said) <= WORD else HASHED + blake2b(idempotency_key.encode(), digest_size=32).hexdigest()


async def say(app: App, actor: Actor, saying: Saying) -> Json:
    """Record what is said; the receipt."""
    _refuse_wrong_names(await app.read(lambda _unit, found: found.plan.playbook), saying)
    (found,) = await say_each(app, actor, [saying])
    if isinstance(found, Failure):
        raise found
    if found["status"] == "conflict":
        raise Clash(
            "idempotency_key_reused",
            "这个 Idempotency-Key 已用于另一次操作，请换一个",
            "this Idempotency-Key stands for something else that was said; take another",
        )
    found["index"] = 0
    summary = {status: int(status == found["status"]) for status in ("accepted", "duplicate", "conflict", "rejected")}
    return {"results": [found], "summary": summary}


def _refuse_wrong_names(playbook: Playbook, saying: Saying) -> None:
    for code, zh, en, problems in _about(playbook, saying):
        if problems:
            raise Unknown(code, zh, en, problems)
    if problems := tuple(_within(playbook, saying)):
        raise Invalid(*SHAPE, problems)


def _about(playbook: Playbook, saying: Saying) -> Iterator[tuple[str, str, str, tuple[Problem, ...]]]:
    """What the address names and is not there."""
    tag, scheme = saying.properties.get("tag"), saying.properties.get("scheme")
    if isinstance(tag, str):
        found = tuple(wrong_tag(playbook, tag, PARAMETER + "tag"))
        yield "unknown_tag", "方案里没有这个标签", "the playbook has no such tag", found
    if isinstance(scheme, str):
        found = tuple(wrong_scheme(playbook, scheme, PARAMETER + "scheme"))
        yield "unknown_persona", "方案里没有这个用户分层", "the playbook has no such persona scheme", found


def _within(playbook: Playbook, saying: Saying) -> Iterator[Problem]:
    """What the body says and does not fit."""
    said = saying.properties
    if saying.kind == "tag_set":
        yield from wrong_value(playbook.tags[str(said["tag"])], cast("str | None", said.get("value")), "/value")
    elif saying.kind == "persona_pinned":
        yield from wrong_class(playbook.personas[str(said["scheme"])], str(said["class"]), "/class")


def only_staff(actor: Actor) -> None:
    """Classes are pinned by people with a name."""
    if sender_of(actor).layer != STAFF:
        raise Forbidden(
            "staff_only",
            "只有员工的密钥（kind: staff）能指定分层",
            "only a key of kind staff can pin a class",
        )


# ---- recording


async def say_each(app: App, actor: Actor, sayings: Sequence[Saying]) -> list[Json | Failure]:
    """Record each saying, in this order; its result, or why it cannot be said."""
    now, sender = app.clock(), sender_of(actor)
    source = sender.source or sender.default_source
    named = [replace(each, event_id=each.event_id or f"say-{secrets.token_hex(16)}") for each in sayings]
    asked = [(each, now + place) for place, each in enumerate(named)]  # what is said later in one request comes later
    known = await app.read(lambda unit, found: _know(unit, found, source, asked))
    told = await _tell(app, actor, named, known)
    raced = [place for place, each in enumerate(told) if _has_raced(each, known[place])]
    if raced:  # somebody was faster with the same id: the instant of his event tells whether it says the same
        asked = [asked[place] for place in raced]
        known = await app.read(lambda unit, found: _know(unit, found, source, asked))
        told_again = await _tell(app, actor, [each for each, _ in asked], known)
        for place, result in zip(raced, told_again, strict=True):
            told[place] = result
    return told


def _has_raced(result: Json | Failure, known: Known | Failure) -> bool:
    conflict = not isinstance(result, Failure) and result["status"] == "conflict"
    return conflict and isinstance(known, Known) and not known.before


def _know(
    unit: Unit, definitions: Definitions, source: str, asked: Sequence[tuple[Saying, int]]
) -> list[Known | Failure]:
    rows = unit.identities.find({each.ref for each, _ in asked if ":" in each.ref})
    profiles = [rows[each.ref].profile if each.ref in rows else resolve(unit, each.ref) for each, _ in asked]
    members = unit.identities.of_profiles(unit.profiles.load({each for each in profiles if each is not None}).keys())
    keys = [
        (row.root, source, str(each.event_id))
        for (each, _), profile in zip(asked, profiles, strict=True)
        for row in members.get(profile or 0, ())
    ]
    kept = {(row.root, row.event_id): row for row in unit.events.find(keys)}
    creates = definitions.plan.playbook.unknown_profiles == CREATE
    return [
        _known(each, at, members.get(profile or 0, ()), kept, creates=creates)
        for (each, at), profile in zip(asked, profiles, strict=True)
    ]


def _known(
    saying: Saying,
    at: int,
    members: Sequence[IdentityRow],
    kept: Mapping[tuple[int, str], EventRow],
    *,
    creates: bool,
) -> Known | Failure:
    for row in members:
        before = kept.get((row.root, str(saying.event_id)))
        if before is not None:
            return Known(identity=row.identity, occurred_at=before.occurred_at, before=True)
    named = ":" in saying.ref
    if not members and not (named and saying.may_create and creates):
        return unknown_profile()
    if saying.until is not None and saying.until <= at:
        return Invalid(*SHAPE, (ENDED,))
    own = saying.ref if named else next(row.identity for row in members if row.root == int(saying.ref, 16))
    return Known(identity=own, occurred_at=at)


async def _tell(
    app: App, actor: Actor, sayings: Sequence[Saying], known: Sequence[Known | Failure]
) -> list[Json | Failure]:
    pairs = list(zip(sayings, known, strict=True))
    events: list[object] = [_event(each, found) for each, found in pairs if isinstance(found, Known)]
    receipt = await record(app, actor, events) if events else {"results": []}
    results = iter(cast("list[Json]", receipt["results"]))
    return [found if isinstance(found, Failure) else next(results) for found in known]


def _event(saying: Saying, known: Known) -> Json:
    until = {} if saying.until is None else {"until": write_instant(saying.until)}
    return {
        "event_id": saying.event_id,
        "identity": known.identity,
        "type": saying.kind,
        "occurred_at": write_instant(known.occurred_at),
        "properties": {**saying.properties, **until},
    }
