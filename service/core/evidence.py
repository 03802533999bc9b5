"""What stands behind a condition, event by event, and what is missing for it to hold."""

from collections.abc import Iterable, Iterator, Sequence

from service.core.calendar import local_date, say_instant, write_instant
from service.core.condition import compile_condition
from service.core.describe import describe
from service.core.event import MICRO, Event
from service.core.facts import State
from service.core.measures import FOREVER, compile_test, compile_watch, source_of
from service.core.plan import Plan
from service.core.playbook.conditions import Aggregate, AggregateTest, All, AnyOf, Comparison, Condition, TraitTest
from service.core.playbook.read_aggregates import OF_ANYTHING
from service.core.reasons import explain
from service.core.reversal import is_gone
from service.core.streams import Stream
from service.core.subjects import counted_words, unit_of
from service.core.tracks import DATES, EVER
from service.core.where import Reading, as_reading, number_of
from service.core.windows import period_of
from service.core.words import Words, amount, said

Json = dict[str, object]
HUNDREDTH = MICRO // 100  # what is missing of a sum is told no finer, and never as nothing
REACHES = ("count", "sum", "active_days", "distinct", "sequence", "decayed_sum")  # what more events can bring about


def counted(plan: Plan, aggregate: Aggregate, events: Sequence[Event], state: State, at: int) -> list[Event]:
    """The events that an aggregate counts at an instant, in their order; of a sequence those that complete it."""
    slot = plan.layout.slots[aggregate]
    spec, reversals = plan.layout.streams[slot.stream], plan.layout.reversals[slot.stream]
    stream, found = Stream(spec), []
    for event in events:
        if event.type not in spec.events or not spec.matches(event) or is_gone(state, event, reversals[event.type]):
            continue
        if stream.completes(event):
            found.append(event)
    return [event for event in found if _lies_in(plan, aggregate, event.t, at) and _has_value(plan, aggregate, event)]


def _has_value(plan: Plan, aggregate: Aggregate, event: Event) -> bool:
    """Whether an event has what an aggregate reads of it: a number, a text, or any value."""
    money = plan.layout.frame.money
    if aggregate.kind in OF_ANYTHING:
        found = source_of(aggregate).read(event, money)
        weighed = aggregate.by is None or number_of(event, aggregate.by, money) is not None
        return weighed and (isinstance(found, str) if aggregate.kind == "top" else found is not None)
    return aggregate.property is None or number_of(event, aggregate.property, money) is not None


def _lies_in(plan: Plan, aggregate: Aggregate, t: int, at: int) -> bool:
    """Whether an instant lies in the window of an aggregate."""
    slot = plan.layout.slots[aggregate]
    if slot.window is None or slot.window.length == EVER:
        return t <= at
    track, zone = plan.layout.streams[slot.stream].tracks[slot.window.track], plan.layout.frame.zone
    if track.width != DATES:
        return at < (t // track.width + 1) * track.width + slot.window.length
    day, today = local_date(t, zone), local_date(at, zone)
    if slot.window.period is None:
        return day > today - slot.window.length
    first, last = period_of(slot.window.period, today)
    return first <= day <= last


# ---- what is missing


def missing(plan: Plan, condition: Condition, state: State, at: int) -> list[Json]:
    """What has to happen, or has to be otherwise, for a condition to hold; nothing if it does."""
    if isinstance(condition, All):
        return _once(each for part in condition.parts for each in missing(plan, part, state, at))
    if isinstance(condition, AnyOf):
        ways = [missing(plan, part, state, at) for part in condition.parts]
        return [] if any(not way for way in ways) else min(ways, key=len, default=[])
    if isinstance(condition, AggregateTest):
        return _once(_of_aggregate(plan, condition, state, at))
    if compile_condition(condition, plan.layout, plan.playbook)(state, at)[0]:
        return []
    zh, en = describe(plan.playbook, condition)
    if isinstance(condition, TraitTest):
        now = said(as_reading(state.traits.get(condition.trait)), "number")
        zh, en = f"{zh}（现在：{now[0]}）", f"{en} (now: {now[1]})"
    return [{"code": "condition", "text": f"需要：{zh}", "text_en": f"needs: {en}"}]


def _once(found: Iterable[Json]) -> list[Json]:
    """What reads the same is the same to whoever reads it: each sentence once."""
    return list({(each["text"], each["text_en"]): each for each in found}.values())


def _of_aggregate(plan: Plan, test: AggregateTest, state: State, at: int) -> Iterator[Json]:
    slot = plan.layout.slots[test.aggregate]
    spec, stream = plan.layout.streams[slot.stream], state.stream(slot.stream)
    reading = plan.readings[test.aggregate](state, at)
    for each in test.comparisons:
        if compile_test(slot, spec, (each,))(stream, at)[0]:
            continue
        gap = _gap(test.aggregate, each, reading)
        if gap is None:
            found = explain(plan, test, state, at)
            yield {"code": "condition", "text": f"需要：{found['text']}", "text_en": f"needs: {found['text_en']}"}
            continue
        _, until = compile_watch(slot, spec, lambda found: found, lambda _found: ())(stream, at)
        lapses = until if isinstance(reading, tuple) and reading[0] > 0 else FOREVER
        words = _more(plan, test.aggregate, gap)
        zone = plan.layout.frame.zone
        by = (
            ("", "")
            if lapses == FOREVER
            else (f"，{say_instant(lapses, zone)} 前", f" before {say_instant(lapses, zone)}")
        )
        yield {
            "code": "more",
            "of": test.aggregate.kind,
            "missing": gap / MICRO if gap % MICRO else gap // MICRO,
            "by": None if lapses == FOREVER else write_instant(lapses),
            "text": words[0] + by[0],
            "text_en": words[1] + by[1],
        }


def _gap(aggregate: Aggregate, comparison: Comparison, reading: Reading) -> int | None:
    """How much is missing, in micro units; None where more events do not help."""
    bound = comparison.values[0]
    over = aggregate.during is not None and not aggregate.during.startswith(("this_", "today"))
    if over or aggregate.kind not in REACHES or comparison.op not in ("gte", "gt") or not isinstance(bound, int):
        return None
    number, divisor = reading if isinstance(reading, tuple) else (0, 1)
    gap = -((number - bound * divisor) // divisor)
    step = HUNDREDTH if aggregate.kind in ("sum", "decayed_sum") else MICRO
    gap += 1 if comparison.op == "gt" and gap * divisor + number == bound * divisor else 0
    return -(-gap // step) * step


def _more(plan: Plan, aggregate: Aggregate, gap: int) -> Words:
    unit = unit_of(plan.playbook, aggregate)
    zh, en = amount(gap, 1, unit)
    name_zh, name_en = counted_words(plan.playbook, aggregate)
    kind = {"sum": "再累计", "decayed_sum": "再累计", "distinct": "再有不同的", "sequence": "再依次"}
    gap_zh = zh if name_zh.endswith("）") else f" {zh}"
    return f"{kind.get(aggregate.kind, '再')}{name_zh.rstrip()}{gap_zh}", f"{en} more ({aggregate.kind} of {name_en})"
