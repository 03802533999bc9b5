"""What is wrong with journeys against the rest of their playbook."""

from service.core.playbook.check_where import in_label, in_where
from service.core.playbook.definitions import Journey, Pattern, Stage
from service.core.playbook.known import Known
from service.core.playbook.mistakes import (
    Found,
    in_length,
    not_empty,
    not_more,
    not_twice,
    place_of,
    problem,
    unknown,
)
from service.core.playbook.reserved import RESERVED
from service.core.problem import token

STAGES = 200


def check_journeys(known: Known) -> Found:
    """Every journey with its stages."""
    for key, journey in known.playbook.journeys.items():
        pointer = "/journeys" + token(key)
        yield from not_empty(journey.enter, pointer + "/enter")
        yield from _patterns(known, journey.enter, pointer + "/enter", journey.by)
        yield from _patterns(known, journey.exit, pointer + "/exit", journey.by)
        yield from in_length(journey.abandon_after, pointer + "/abandon_after")
        yield from in_length(journey.ends_after, pointer + "/ends_after")
        yield from _stages(known, journey, pointer + "/stages")


def _stages(known: Known, journey: Journey, pointer: str) -> Found:
    yield from not_more(len(journey.stages), STAGES, pointer)
    yield from not_twice([stage.key for stage in journey.stages], journey.stages, pointer, "/stage")
    for index, stage in enumerate(journey.stages):
        yield from _stage(known, stage, place_of(pointer, journey.stages, index), journey.by)


def _stage(known: Known, stage: Stage, pointer: str, by: str | None) -> Found:
    yield from not_empty(stage.completed_by, pointer + "/completed_by")
    yield from _patterns(known, stage.completed_by, pointer + "/completed_by", by)
    yield from _patterns(known, stage.fails_on, pointer + "/fails_on", by)
    yield from in_length(stage.expected_within, pointer + "/expected_within")
    if stage.stalled_after != stage.expected_within:
        yield from in_length(stage.stalled_after, pointer + "/stalled_after")
    for index, service in enumerate(stage.services):
        if service not in known.playbook.services:
            place = place_of(pointer + "/services", stage.services, index)
            yield unknown("service", place, service, known.playbook.services)
    for index, scenario in enumerate(stage.scenarios):
        yield from in_label(known, "scenario", scenario, place_of(pointer + "/scenarios", stage.scenarios, index))


def _patterns(known: Known, patterns: tuple[Pattern, ...], pointer: str, by: str | None) -> Found:
    """Patterns may name events that nobody has declared yet, but not ones that look misspelt."""
    for index, pattern in enumerate(patterns):
        place = place_of(pointer, patterns, index)
        if known.typo_of(pattern.event):
            yield unknown("event", place + "/event", pattern.event, known.events)
        if by is not None and pattern.event not in RESERVED and known.lacks([pattern.event], by):
            zh = "旅程带 key，而这个事件没有声明 key 的字段，所以永远碰不到；请在 events 里补上这个字段"
            en = "the journey has a key that this event does not declare, so they never meet; declare the property"
            yield problem("key_not_declared", place + "/event", zh, en)
        yield from in_where(known, pattern.where, place + "/where", [pattern.event])
