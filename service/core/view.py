"""A profile as answers show it at an instant, every value with its name and its reason."""

from collections.abc import Sequence

from service.core.calendar import write_instant
from service.core.calibration import Calibration, in_force
from service.core.facts import Standing, State
from service.core.fold import next_due, pass_silence
from service.core.marks import Mark
from service.core.measures import FOREVER
from service.core.personas import Scheme, score_of
from service.core.plan import Plan
from service.core.progress import show_enrollments
from service.core.reasons import explain
from service.core.tags import LAYERS, TagRule
from service.core.wire import plain

Json = dict[str, object]
FORESIGHT = 2_000  # instants looked ahead for tags that read other tags


def view(plan: Plan, state: State, at: int, calibrations: Sequence[Calibration]) -> Json:
    """Everything but who he is: traits, tags, personas, journeys. The state has passed through `at`."""
    return {
        "at": write_instant(at),
        "traits": {name: plain(value) for name, value in sorted(state.traits.items())},
        "tags": show_tags(plan, state, at, calibrations),
        "personas": {
            scheme.persona.key: show_persona(scheme, state, in_force(calibrations, at)) for scheme in plan.schemes
        },
        "journeys": list(show_enrollments(plan, state, at)),
    }


def show_tags(
    plan: Plan, state: State, at: int, calibrations: Sequence[Calibration], only: frozenset[str] | None = None
) -> list[Json]:
    """The tags that are on (of these, if they are named), in the playbook's order."""
    shown = [(place, mark) for place, mark in sorted(state.marks.items()) if mark.value]
    if only is not None:
        shown = [(place, mark) for place, mark in shown if plan.rules[plan.by_place[place]].tag.key in only]
    mixed = {place for place, _ in shown if not plan.rules[plan.by_place[place]].pure}
    ends = _foresee(plan, state, mixed, calibrations, at) if mixed else {}
    return [
        _tag(plan, plan.rules[plan.by_place[place]], mark, ends.get(place, mark.until), (state, at))
        for place, mark in shown
    ]


def _foresee(
    plan: Plan, state: State, places: set[int], calibrations: Sequence[Calibration], at: int
) -> dict[int, int]:
    """When tags that read tags, personas or journeys change if nothing happens: by passing through the future."""
    calibrations = [each for each in calibrations if each.effective_from <= at] or calibrations[:1]
    future = state.copy()
    before = {place: state.marks[place].value for place in places}
    ends = dict.fromkeys(places, FOREVER)
    for _ in range(FORESIGHT):
        passed, at = at, max(next_due(plan, future, calibrations, at), at)
        if at == FOREVER or not any(end == FOREVER for end in ends.values()):
            break
        pass_silence(plan, future, at, calibrations, passed=passed)
        for place, end in ends.items():
            mark = future.marks.get(place)
            if end == FOREVER and before[place] != (mark.value if mark else 0):
                ends[place] = at
    return ends


def _tag(plan: Plan, rule: TagRule, mark: Mark, until: int, moment: tuple[State, int]) -> Json:
    value = rule.tag.values[mark.value - 1] if rule.tag.values else None
    state, at = moment
    source = source_of(rule, state, at)
    group = plan.playbook.tag_groups.get(rule.tag.group or "")
    if source == "rule" and value is not None:
        because = {"version": plan.version, **explain(plan, value.when, state, at)}
    else:
        because = {"version": plan.version, **said_by(source)}
    return {
        "key": rule.tag.key,
        "name": rule.tag.name,
        "group": rule.tag.group,
        "group_name": group and group.name,
        "value": value.key or None if value else None,
        "value_name": value.name or None if value else None,
        "since": write_instant(mark.since),
        "until": None if until == FOREVER else write_instant(until),
        "source": source,
        "because": because,
    }


_SET = {
    "user": ("用户自己设置", "set by the user"),
    "manual": ("员工设置", "set by staff"),
    "import": ("外部系统同步", "synchronised from another system"),
    "rule": ("规则", "rule"),
}


def said_by(layer: str) -> Json:
    """The reason of what somebody set."""
    return {"code": "set", "layer": layer, "text": _SET[layer][0], "text_en": _SET[layer][1]}


def source_of(rule: TagRule, state: State, at: int) -> str:
    """The layer whose opinion shows."""
    opinions = state.opinions.get(rule.tag.key) or {}
    for layer in LAYERS:
        if layer == "rule" and rule.checks:
            return layer
        said = opinions.get(layer)
        if said is not None and not (said[0] and said[2] is not None and said[2] <= at):
            return layer
    return "rule"


def show_persona(scheme: Scheme, state: State, calibration: Calibration | None) -> Json:
    """The class of a profile in one scheme, with score, position and reason."""
    standing = state.standings.get(scheme.index) or Standing()
    learned = None if calibration is None else calibration.schemes.get(scheme.persona.key)
    score = score_of(scheme, standing, learned) if standing.orders else 0
    found = scheme.persona.classes[standing.place] if standing.place >= 0 else None
    return {
        "name": scheme.persona.name,
        "class": found.key if found else "undetermined",
        "class_name": found.name if found else "未定",
        "score": score,
        "position": learned.position(score) if learned and found else None,
        "since": write_instant(standing.since) if standing.since else None,
        "until": None if standing.until == FOREVER else write_instant(standing.until),
        "because": _because(standing, calibration, learned is not None),
    }


def _because(standing: Standing, calibration: Calibration | None, learned: bool) -> Json:  # noqa: FBT001 - it is a fact, not a switch
    number = calibration.number if calibration and learned else None
    mean = plain(round(standing.total / standing.orders)) if standing.orders else None
    zh, en = {
        "not_enough": ("数据还不够，暂不分层", "not enough is known yet"),
        "not_calibrated": ("还没有校准，暂不分层", "there is no calibration yet"),
        "": (
            f"订单 {standing.orders} 笔，均价 {mean}，越近的订单权重越大",
            f"{standing.orders} order(s) of {mean} on average, recent ones weigh more",
        ),
    }[standing.reason]
    code = standing.reason or "score"
    return {"code": code, "orders": standing.orders, "average": mean, "calibration": number, "text": zh, "text_en": en}
