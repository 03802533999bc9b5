"""Why a profile has a tag, or has it not: rule, events behind it, what is missing, and how it came about."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.core.calendar import write_instant
from service.core.describe import describe_tag
from service.core.event import Event
from service.core.evidence import counted, missing
from service.core.facts import State
from service.core.fold import in_order, walk
from service.core.layout import aggregates_in, rfm_aggregates
from service.core.marks import Mark
from service.core.measures import FOREVER
from service.core.plan import OPINION_TYPES, Plan
from service.core.playbook.conditions import Aggregate
from service.core.playbook.definitions import Tag
from service.core.playbook.relations import conditions_of_tag
from service.core.subjects import subject
from service.core.tags import TagRule, has_ended, show
from service.core.view import show_tags, source_of, strength_of, value_of
from service.core.wire import plain
from service.store import Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.editions import Edition, edition
from service.usecases.failures import Unknown
from service.usecases.look import found_profile
from service.usecases.record import profile_id
from service.usecases.stored import to_events

Json = dict[str, object]
EVENTS, TURNS = 20, 50  # shown at most, the newest


@dataclass(slots=True)
class Turn:
    """From when on a tag showed something, by whose opinion, and what gave occasion."""

    at: int
    value: object
    source: str
    event: Event | None
    until: int = FOREVER


async def why(app: App, ref: str, tag: str, at: int | None = None, which: Edition = None) -> Json:
    """Everything about one tag of one profile, on or off. `at` is event time; None reads as of now."""
    now = app.clock()
    return await app.read(lambda unit, found: _why(unit, edition(unit, found, which), (ref, tag), at, now))


def _why(unit: Unit, definitions: Definitions, about: tuple[str, str], at: int | None, now: int) -> Json:
    ref, key = about
    plan = definitions.plan
    if key not in plan.places:
        raise Unknown("unknown_tag", "方案里没有这个标签", "the playbook has no such tag")
    row = found_profile(unit, ref)
    roots = [each.root for each in unit.identities.of_profiles([row.profile])[row.profile]]
    at = max(now, row.newest) if at is None else at
    events = list(in_order(to_events(unit.events.of_roots(roots, upto=at))))
    state, rule = State(plan.layout, who=row.profile), plan.rules[plan.places[key]]
    turns = list(_turns(definitions, rule, events, at, state))
    shown = show_tags(plan, state, at, definitions.calibrations, frozenset({key}))
    zh, en = describe_tag(plan.playbook, rule.tag)
    return {
        "profile_id": profile_id(row.profile),
        "playbook_version": plan.version,
        "at": write_instant(at),
        "key": key,
        "name": rule.tag.name,
        "tag_kind": rule.tag.kind,
        "owner": rule.tag.owner,
        "on": bool(shown),
        "now": shown[0] if shown else None,
        "definition": {"text": zh, "text_en": en},
        "evidence": [
            {**_told(plan, rule.tag, each), **_evidence(counted(plan, each, events, state, at))}
            for each in aggregates_of(rule.tag)
        ],
        "missing": _missing(plan, rule, state, at),
        "opinions": list(_opinions(rule, state, at)),
        "history": [_turn(each) for each in reversed(turns)][:TURNS],
    }


def aggregates_of(tag: Tag) -> list[Aggregate]:
    """Every aggregate that a tag reads itself, each once."""
    found = dict.fromkeys(each for condition in conditions_of_tag(tag) for each in aggregates_in(condition))
    found |= dict.fromkeys([] if tag.value_of is None else [tag.value_of])
    return [*found, *([] if tag.rfm is None else rfm_aggregates(tag.rfm)[:1])]


def _told(plan: Plan, tag: Tag, aggregate: Aggregate) -> Json:
    zh, en = subject(plan.playbook, aggregate) if tag.rfm is None else describe_tag(plan.playbook, tag)
    return {"text": zh, "text_en": en}


def _evidence(found: list[Event]) -> Json:
    return {
        "count": len(found),
        "events": [
            {"event_id": each.event_id, "source": each.source, "type": each.type, "t": write_instant(each.t)}
            for each in found[: -EVENTS - 1 : -1]
        ],
    }


def _missing(plan: Plan, rule: TagRule, state: State, at: int) -> Json | None:
    """What is missing for the tag, or for its next value: the one above what it shows."""
    if rule.watched is not None or not rule.has_rule:
        return None
    value = show(rule, state, at).value
    wanted = len(rule.tag.values) if value == 0 else value - 1
    if wanted == 0:
        return None
    next_one = rule.tag.values[wanted - 1]
    parts = missing(plan, next_one.when, state, at) if next_one.when is not None else []
    return {"value": next_one.key or None, "value_name": next_one.name or None, "parts": parts}


def _opinions(rule: TagRule, state: State, at: int) -> Iterator[Json]:
    for layer, said in sorted(state.opinions.get(rule.tag.key, {}).items()):
        on, value, until, since = said
        yield {
            "layer": layer,
            "on": on,
            "value": value,
            "since": write_instant(since),
            "until": None if until is None else write_instant(until),
            "ended": has_ended(said, at),
            "strength": strength_of(rule.tag, since, at) if on else None,
        }


# ---- how it came about


def _turns(definitions: Definitions, rule: TagRule, events: list[Event], at: int, state: State) -> Iterator[Turn]:
    """Every stretch in which the tag was on with one value, replayed from the log; the state ends up as of `at`."""
    turn: Turn | None = None
    plan = definitions.plan
    for moment, event in walk(plan, events, definitions.calibrations, at, state):
        mark = state.marks.get(rule.index, Mark(0, 0, FOREVER))
        value = value_of(rule, mark, state)[0] if mark.value else None
        if turn is not None and (not mark.value or mark.since != turn.at):
            turn.until = moment
            yield turn
            turn = None
        if mark.value and turn is None:
            turn = Turn(at=mark.since, value=value, source=source_of(rule, state, moment), event=event)
    if turn is not None:
        yield turn


def _turn(turn: Turn) -> Json:
    return {
        "from": write_instant(turn.at),
        "until": None if turn.until == FOREVER else write_instant(turn.until),
        "value": turn.value,
        "source": turn.source,
        "occasion": _occasion(turn.event),
    }


def _occasion(event: Event | None) -> Json:
    """What gave occasion: an event, and who said it if it was somebody's word; or time alone."""
    if event is None:
        return {"code": "time", "text": "时间推移", "text_en": "time passed"}
    found: Json = {"code": "event", "event_id": event.event_id, "type": event.type, "by": event.source}
    if event.type in OPINION_TYPES and event.scalar("reason") is not None:
        found["reason"] = plain(event.scalar("reason"))
    return {**found, "text": f"事件 {event.type}", "text_en": f"event {event.type}"}
