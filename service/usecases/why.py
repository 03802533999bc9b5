"""Why a profile has a tag, or has it not: rule, events behind it, what is missing, and how it came about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.core.calendar import write_instant
from service.core.changes import OUTRANKED
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
from service.core.playbook.definitions import Playbook, Tag
from service.core.playbook.opinions import wrong_tag
from service.core.playbook.relations import conditions_of_tag
from service.core.subjects import event_name, subject
from service.core.tags import TagRule, has_ended, show
from service.core.view import show_tags, source_of, strength_of, taken_off_by, value_of
from service.core.wire import plain
from service.store import Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.editions import DRAFT, Edition, edition
from service.usecases.failures import Unknown
from service.usecases.look import found_profile, not_too_far
from service.usecases.record import profile_id
from service.usecases.say import PARAMETER
from service.usecases.stored import to_events

Json = dict[str, object]
EVENTS, TURNS = 20, 50  # shown at most, the newest
_OFF = Mark(0, 0, FOREVER)


@dataclass(slots=True)
class Turn:
    """From when on a tag showed something, by whose opinion, and what gave occasion to begin and to end."""

    at: int
    value: object
    source: str
    event: Event | None
    until: int = FOREVER
    ended: Event | None = None


async def why(app: App, ref: str, tag: str, at: int | None = None, which: Edition = None) -> Json:
    """Everything about one tag of one profile, on or off. `at` is event time; None reads as of now."""
    now = app.clock()
    not_too_far(at, now)
    story = await app.read(lambda unit, found: _why(unit, edition(unit, found, which), (ref, tag), at, now))
    return {**story, "draft": which == DRAFT}


def _why(unit: Unit, definitions: Definitions, about: tuple[str, str], at: int | None, now: int) -> Json:
    ref, key = about
    plan = definitions.plan
    if problems := tuple(wrong_tag(plan.playbook, key, PARAMETER + "tag")):
        raise Unknown("unknown_tag", "方案里没有这个标签", "the playbook has no such tag", problems)
    row = found_profile(unit, ref)
    roots = [each.root for each in unit.identities.of_profiles([row.profile])[row.profile]]
    at = max(now, row.newest) if at is None else at
    events = list(in_order(to_events(unit.events.of_roots(roots, upto=at), roots)))
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
        "opinions": list(_opinions(rule, state, at, events)),
        "history": [_turn(plan.playbook, each) for each in reversed(turns)][:TURNS],
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
    """What is missing for the tag, or for its next value: the one above what it shows; or what stands in its way."""
    found = show(rule, state, at)
    if found.value and not state.marks.get(rule.index, _OFF).value:
        return {"value": None, "value_name": None, "parts": [_outranked(plan, rule, state)]}
    layer = rule.layers[found.layer] if found.layer < len(rule.layers) else "rule"
    if layer != "rule":
        return None if found.value else {"value": None, "value_name": None, "parts": [taken_off_by(layer)]}
    wanted = len(rule.tag.values) if found.value == 0 else found.value - 1
    if wanted == 0 or rule.watched is not None or not rule.has_rule:
        return None
    next_one = rule.tag.values[wanted - 1]
    parts = missing(plan, next_one.when, state, at) if next_one.when is not None else []
    return {"value": next_one.key or None, "value_name": next_one.name or None, "parts": parts}


def _outranked(plan: Plan, rule: TagRule, state: State) -> Json:
    """Which tag of an exclusive group shows in its place."""
    unit = plan.units[plan.ranks[rule.index]]
    shown = next(each.tag for each in unit if state.marks.get(each.index, _OFF).value)
    zh, en = f"同组的“{shown.name}”优先", f"{shown.english} of its group comes first"
    return {**OUTRANKED, "tag": shown.key, "text": zh, "text_en": en}


def _opinions(rule: TagRule, state: State, at: int, events: Sequence[Event]) -> Iterator[Json]:
    """What each layer says, and the event that said so."""
    said_by = {each.layer: each for each in events if each.type in OPINION_TYPES and each.scalar("tag") == rule.tag.key}
    for layer, said in sorted(state.opinions.get(rule.tag.key, {}).items()):
        on, value, until, since = said
        event = said_by[layer]
        yield {
            "layer": layer,
            "on": on,
            "value": value,
            "since": write_instant(since),
            "until": None if until is None else write_instant(until),
            "ended": has_ended(said, at),
            "strength": strength_of(rule.tag, since, at) if on else None,
            "by": event.source,
            "event_id": event.event_id,
            "reason": plain(event.scalar("reason")),
        }


# ---- how it came about


def _turns(definitions: Definitions, rule: TagRule, events: list[Event], at: int, state: State) -> Iterator[Turn]:
    """Every stretch in which the tag was on with one value by one opinion, replayed; the state ends up as of `at`."""
    turn: Turn | None = None
    plan = definitions.plan
    for moment, event in walk(plan, events, definitions.calibrations, at, state):
        mark = state.marks.get(rule.index, _OFF)
        now = (value_of(rule, mark, state)[0], source_of(rule, state, moment)) if mark.value else None
        if turn is not None and now != (turn.value, turn.source):
            turn.until, turn.ended = moment, event
            yield turn
            turn = None
        if now is not None and turn is None:
            turn = Turn(at=moment, value=now[0], source=now[1], event=event)
    if turn is not None:
        yield turn


def _turn(playbook: Playbook, turn: Turn) -> Json:
    return {
        "from": write_instant(turn.at),
        "until": None if turn.until == FOREVER else write_instant(turn.until),
        "value": turn.value,
        "source": turn.source,
        "occasion": _occasion(playbook, turn.event),
        "ended_by": None if turn.until == FOREVER else _occasion(playbook, turn.ended),
    }


def _occasion(playbook: Playbook, event: Event | None) -> Json:
    """What gave occasion: an event, and who said it if it was somebody's word; or time alone."""
    if event is None:
        return {"code": "time", "text": "时间推移", "text_en": "time passed"}
    found: Json = {"code": "event", "event_id": event.event_id, "type": event.type, "by": event.source}
    if event.type in OPINION_TYPES and event.scalar("reason") is not None:
        found["reason"] = plain(event.scalar("reason"))
    zh, en = event_name(playbook, event.type)
    return {**found, "text": f"事件：{zh}", "text_en": f"event {en}"}
