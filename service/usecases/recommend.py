"""Deciding which services to offer, logging the decision with its inputs, and hearing what became of it."""

import json
import secrets
from dataclasses import dataclass

from service.core.accounts import nobody
from service.core.calendar import MINUTE, read_instant, write_instant
from service.core.enrollment import KINDS
from service.core.event import MICRO
from service.core.facts import State
from service.core.identity import kind_of, namespace_of
from service.core.recommend import Candidate, Occasion, rank
from service.core.wire import canonical
from service.store import DecisionRow, OutcomeRow, ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid, Unknown
from service.usecases.gaps import gaps
from service.usecases.keeping import dump
from service.usecases.keys import Actor
from service.usecases.look import resolve, state_at
from service.usecases.offers import keep_offers, name_breaks, tell_breaks
from service.usecases.record import profile_id, record

Json = dict[str, object]
RESERVED_FOR = 30 * MINUTE  # a service promised on one channel counts on the others this long, or until it is shown
OUTCOMES = ("shown", "clicked", "accepted", "completed", "dismissed")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRequest:
    """Whom to offer something, where and on what occasion."""

    identity: str
    scenario: str | None = None
    channel: str | None = None
    place: str | None = None
    limit: int = 3


async def decide(app: App, request: DecideRequest) -> Json:
    """The ranked answer with its reasons; the decision keeps every candidate.

    An unknown identity gets the generic answer.
    """
    now = app.clock()
    return await app.write(lambda unit, definitions: _decide(unit, definitions, request, now))


async def consider(app: App, request: DecideRequest) -> Json:
    """What would be decided now, with every candidate; nothing is kept, nothing counts as promised."""
    now = app.clock()

    def work(unit: Unit, definitions: Definitions) -> Json:
        profile = resolve(unit, request.identity)
        row = None if profile is None else unit.profiles.load([profile]).get(profile)
        return _considered(unit, definitions, request, row, now)[1]

    return await app.read(work)


def _decide(unit: Unit, definitions: Definitions, request: DecideRequest, now: int) -> Json:
    profile = resolve(unit, request.identity)
    row = None if profile is None else unit.profiles.lock([profile]).get(profile)
    decision = secrets.randbits(63)
    body, kept = _considered(unit, definitions, request, row, now)
    body, kept = ({"decision_id": f"{decision:016x}", **each} for each in (body, kept))
    unit.decisions.add([DecisionRow(decision=decision, profile=profile, at=now, body=dump(kept))])
    if profile is not None:
        keep_offers(unit, profile, decision, body, now)
    return body


def _stalled(state: State) -> bool:
    """Whether he is stuck anywhere: only then it matters who has fallen silent."""
    return any(KINDS[each.kind] == "stalled" for run in state.enrollments.values() for each in run.open_breaks())


def _considered(
    unit: Unit, definitions: Definitions, request: DecideRequest, row: ProfileRow | None, now: int
) -> tuple[Json, Json]:
    """The answer, and the same with what it rests on."""
    state, at = _state(unit, definitions, row, request.identity, now)
    wanted = "personalisation" not in state.wishes  # else he is offered what everybody is, whatever was before
    reserved = {} if row is None or not wanted else _reserved(unit, row.profile, state, request.channel, now)
    occasion = Occasion(
        at=at, scenario=request.scenario, channel=request.channel, place=request.place, reserved=reserved,
        gaps=gaps(unit, definitions, now) if _stalled(state) else {},
    )  # fmt: skip
    candidates = name_breaks(unit, definitions.plan, row, rank(definitions.plan, state, occasion))
    body: Json = {
        "profile_id": None if row is None else profile_id(row.profile),
        "playbook_version": definitions.plan.version,
        "calibration": definitions.calibrations[-1].number if definitions.calibrations else None,
        "at": write_instant(at),
        "scenario": request.scenario,
        "channel": request.channel,
        "place": request.place,
        "items": [
            _item(place, each) for place, each in enumerate(candidates[: request.limit], 1) if each.removed_by is None
        ],
    }
    kept = {
        **body,
        "version": row.version if row else None,
        "reserved": reserved,
        "candidates": [_candidate(each) for each in candidates],
    }
    return body, kept


def _state(unit: Unit, definitions: Definitions, row: ProfileRow | None, asked: str, now: int) -> tuple[State, int]:
    if row is None:  # what is not known of him yet: all but whether he is an account
        account = namespace_of(kind_of(asked)) in definitions.plan.playbook.accounts
        return nobody(definitions.plan.layout, account=account), now
    at = max(now, row.newest)
    return state_at(unit, definitions, row, unit.identities.of_profiles([row.profile])[row.profile], at), at


def _reserved(unit: Unit, profile: int, state: State, channel: str | None, now: int) -> dict[str, int]:
    """Services promised to him on other channels a moment ago and not shown since: each takes a slot of the policy."""
    found: dict[str, int] = {}
    ids = [each.root for each in unit.identities.of_profiles([profile])[profile]]  # that he may have had by then
    for row in unit.decisions.recent(ids, now - RESERVED_FOR):
        body = json.loads(row.body)
        if body["channel"] != channel:
            promised = [str(item["service"]) for item in body["items"]]
            found |= {key: 1 for key in promised if max(state.contacts.get(f"shown:{key}", ()), default=0) < row.at}
    return found


def _number(value: int) -> float:
    return value / MICRO


def _item(place: int, each: Candidate) -> Json:
    return {
        "service": each.service.key,
        "name": each.service.name,
        "name_en": each.service.name_en,
        "rank": place,
        "score": _number(each.score),
        "p_accept": _number(each.service.prior),
        "p_shown": 1.0,  # nothing is explored yet: what ranks highest is shown for certain
        "kind": each.service.kind,
        "service_level": each.service.service_level,
        "reasons": [_reason(reason) for reason in each.reasons],
    }


def _reason(reason: Json) -> Json:
    return {key: value for key, value in reason.items() if key != "thousandths"}


def _candidate(each: Candidate) -> Json:
    service = each.service
    parts = {
        "p_accept": _number(service.prior),
        "value": _number(service.value),
        "context": _number(each.context),
        "lever": _number(service.lever),
    }
    return {
        "service": service.key,
        "name": service.name,
        "removed_by": each.removed_by,
        "score": _number(each.score) if each.removed_by is None else None,
        "parts": parts if each.removed_by is None else None,
        "reasons": list(each.reasons),
    }


async def explain(app: App, decision_id: str) -> Json:
    """A decision with every candidate: what removed it, or the parts of its score; and what came of it so far."""

    def find(unit: Unit, definitions: Definitions) -> Json:
        row = _found(unit, decision_id)
        outcomes = [json.loads(each.body) for each in unit.outcomes.of_decision(row.decision)]
        body: Json = {**json.loads(row.body), "outcomes": outcomes}
        tell_breaks(unit, definitions.plan.playbook, body, row.profile)
        return body

    return await app.read(find)


def _found(unit: Unit, decision_id: str) -> DecisionRow:
    try:
        row = unit.decisions.get(int(decision_id, 16) & (2**63 - 1)) if len(decision_id) == 16 else None  # noqa: PLR2004 - 64 bits in hex
    except ValueError:
        row = None
    if row is None:
        raise Unknown("unknown_decision", "没有这个推荐决策", "there is no such decision")
    return row


async def outcome(app: App, actor: Actor, decision_id: str, *, service: str, outcome: str, occurred_at: int) -> Json:
    """Keep what became of a recommendation, and let it happen as an event, so that facts and contact policy know."""
    row = await app.read(lambda unit, _: _found(unit, decision_id))
    body = json.loads(row.body)
    if outcome not in OUTCOMES:
        raise Invalid(
            "unknown_outcome", f"outcome 只能是 {', '.join(OUTCOMES)}", f"outcome is one of {', '.join(OUTCOMES)}"
        )
    if service not in {item["service"] for item in body["items"]}:
        raise Invalid("service_not_offered", "这个决策没有推荐该服务", "this decision did not offer that service")
    kept = {"service": service, "outcome": outcome, "occurred_at": write_instant(occurred_at)}
    new, kept = await app.write(lambda unit, _: _first(unit, row, service, outcome, kept))
    if row.profile is not None:
        await _as_event(app, actor, row.profile, decision_id, kept)
    status = "accepted" if new else "duplicate"
    return {"decision_id": decision_id, "service": service, "outcome": outcome, "status": status}


def _first(
    unit: Unit, row: DecisionRow, service: str, outcome: str, kept: dict[str, str]
) -> tuple[bool, dict[str, str]]:
    """Keep an outcome; of one that was heard before, what was said first stands."""
    occurred_at = read_instant(kept["occurred_at"]) or 0
    if unit.outcomes.add(
        OutcomeRow(
            decision=row.decision, service=service, outcome=outcome, occurred_at=occurred_at, body=canonical(kept)
        )
    ):
        return True, kept
    heard = [
        each for each in unit.outcomes.of_decision(row.decision) if (each.service, each.outcome) == (service, outcome)
    ]
    return False, json.loads(heard[0].body)


async def _as_event(app: App, actor: Actor, profile: int, decision_id: str, kept: dict[str, str]) -> None:
    """The same outcome again is the same event: a retry after a crash in between heals itself.

    A profile's id is the root of one of its identities, for good: whoever he is by now, there it happened.
    """
    members = await app.read(
        lambda unit, _: unit.identities.of_profiles(list(unit.identities.by_profile_id([profile]).values()))
    )
    identity = next(row.identity for rows in members.values() for row in rows if row.root == profile)
    event = {
        "event_id": f"{decision_id}:{kept['service']}:{kept['outcome']}"[:128],
        "identity": identity,
        "type": f"service_{kept['outcome']}",
        "occurred_at": kept["occurred_at"],
        "properties": {"service": kept["service"], "decision_id": decision_id},
    }
    await record(app, actor, [event])
