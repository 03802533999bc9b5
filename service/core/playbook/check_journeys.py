"""What is wrong with journeys against the rest of their playbook."""

from collections.abc import Sequence
from itertools import islice

from service.core.playbook.care import EVERYONE
from service.core.playbook.check_brands import check_looks
from service.core.playbook.check_where import in_label, in_where
from service.core.playbook.conditions import ACCOUNT
from service.core.playbook.definitions import Journey, Pattern, Stage
from service.core.playbook.known import Known
from service.core.playbook.mistakes import (
    Found,
    in_length,
    no_accounts,
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
        if journey.of == ACCOUNT and not known.playbook.accounts:
            yield no_accounts("never_entered", pointer + "/for")
        yield from not_empty(journey.enter, pointer + "/enter")
        yield from _patterns(known, journey.enter, pointer + "/enter", journey.by)
        yield from _patterns(known, journey.exit, pointer + "/exit", journey.by)
        yield from _patterns(known, journey.goal, pointer + "/goal", journey.by)
        yield from in_length(journey.abandon_after, pointer + "/abandon_after")
        yield from in_length(journey.ends_after, pointer + "/ends_after")
        yield from _at_cross_purposes(journey, pointer)
        yield from _stages(known, journey, pointer + "/stages")
        yield from check_looks(journey, pointer)


def _at_cross_purposes(journey: Journey, pointer: str) -> Found:
    """One event that would say two opposite things at once."""
    steps = []
    for index, stage in enumerate(journey.stages):
        place = place_of(pointer + "/stages", journey.stages, index)
        steps.append((stage.completed_by, f"完成阶段 {stage.key}", f"completes the stage {stage.key}"))
        yield from _opposed(stage.fails_on, steps[-1:], place + "/fails_on")
        amends = (stage.made_good_by, "算作弥补", "makes good")
        yield from _opposed(stage.dissatisfied_by, [amends], place + "/dissatisfied_by")
    ends = [(journey.enter, "进入旅程", "enters the journey"), (journey.goal, "达成目标", "reaches the goal")]
    yield from _opposed(journey.exit, ends + steps, pointer + "/exit")


def _opposed(against: tuple[Pattern, ...], meant: Sequence[tuple[tuple[Pattern, ...], str, str]], at: str) -> Found:
    """Patterns that take in all that another one means, in Chinese and English, which is the opposite."""
    for index, pattern in enumerate(against):
        opposites = (
            (meaning, words)
            for patterns, meaning, words in meant
            if any(each.event == pattern.event and pattern.where in (None, each.where) for each in patterns)
        )
        for meaning, words in islice(opposites, 1):
            zh = f"同一个事件也{meaning}，两者矛盾：请换一个事件，或用 where 区分"
            en = f"the same event also {words}; take another, or tell the two apart by where"
            yield problem("contradictory_events", place_of(at, against, index), zh, en)


def _stages(known: Known, journey: Journey, pointer: str) -> Found:
    yield from not_more(len(journey.stages), STAGES, pointer)
    yield from not_twice([stage.key for stage in journey.stages], journey.stages, pointer, "/stage")
    for index, stage in enumerate(journey.stages):
        place = place_of(pointer, journey.stages, index)
        yield from _stage(known, stage, place, journey.by)
        yield from _next(journey, stage, place)
    yield from _formerly(journey, pointer)
    yield from _ways(journey, pointer)


def _formerly(journey: Journey, pointer: str) -> Found:
    """An old name is that of one stage only, or nobody knew whose notes and lengths it brings along."""
    taken = {stage.key for stage in journey.stages}
    for place, stage in enumerate(journey.stages):
        for index, name in enumerate(stage.was):
            if name in taken:
                zh = "这个名字正被一个阶段使用，或已写在另一个 was 里：分不清记录跟着谁走，请只留一处"
                en = "a stage has this name now, or another was has it: whose notes are meant? leave it in one place"
                where = place_of(pointer, journey.stages, place) + "/was"
                yield problem("name_taken", place_of(where, stage.was, index), zh, en)
            taken.add(name)


def _next(journey: Journey, stage: Stage, pointer: str) -> Found:
    keys = [each.key for each in journey.stages]
    for index, key in enumerate(stage.next or ()):
        if key not in keys:
            yield unknown("stage", place_of(pointer + "/next", stage.next or (), index), key, keys)


def _ways(journey: Journey, pointer: str) -> Found:
    """Stages that no way leads to, and stages from which none leads on though they are no end."""
    places = {stage.key: place for place, stage in enumerate(journey.stages)}
    reached = {0}
    for place, stage in enumerate(journey.stages):
        follows = (
            range(place + 1, place + 2) if stage.next is None else [places[key] for key in stage.next if key in places]
        )
        onward = [each for each in follows if place < each < len(journey.stages)]
        where = place_of(pointer, journey.stages, place)
        if place not in reached:
            zh, en = (
                "没有哪个阶段通向它，请写进前面阶段的 next",
                "no stage leads to it; name it in the next of an earlier one",
            )
            yield problem("unreachable_stage", where, zh, en)
        if stage.next and not onward:
            zh = "只有退回去的路，没有往前的路：请补上后面的阶段，或写 next: [] 表示到此结束"
            en = "only ways back, none on: name a later stage too, or write next: [] for an end"
            yield problem("dead_end", where + "/next", zh, en)
        reached |= set(onward)
    yield from _free_ways(journey, pointer)


def _free_ways(journey: Journey, pointer: str) -> Found:
    """A way through optional stages only: who enters would be through at once."""
    places = {stage.key: place for place, stage in enumerate(journey.stages)}
    free: set[int] = set()  # stages from which such a way goes to an end
    for place, stage in reversed(list(enumerate(journey.stages))):
        named = [place + 1] if stage.next is None else [places[key] for key in stage.next if key in places]
        onward = [each for each in named if place < each < len(journey.stages)]
        if stage.optional and (not onward or free & set(onward)):
            free.add(place)
    if 0 in free:
        zh = "有一条路只经过可选阶段，一进入就算完成：请让这条路上至少有一个必经阶段"
        en = "a way leads through optional stages only, so who enters is through at once: require one stage of it"
        yield problem("no_required_stage", pointer, zh, en)


def _stage(known: Known, stage: Stage, pointer: str, by: str | None) -> Found:
    yield from not_empty(stage.completed_by, pointer + "/completed_by")
    yield from _patterns(known, stage.completed_by, pointer + "/completed_by", by)
    yield from _patterns(known, stage.fails_on, pointer + "/fails_on", by)
    yield from _patterns(known, stage.dissatisfied_by, pointer + "/dissatisfied_by", by)
    yield from _patterns(known, stage.made_good_by, pointer + "/made_good_by", by)
    yield from in_length(stage.expected_within, pointer + "/expected_within")
    yield from in_length(stage.stalled_after, pointer + "/stalled_after")
    late, stalled = stage.expected_within, stage.stalled_after
    if late is not None and stalled is not None and stalled < late:
        zh, en = (
            "stalled_after 比 expected_within 还短，永远先卡住再偏慢",
            "shorter than expected_within: it would stall before it is late",
        )
        yield problem("contradictory_expectation", pointer + "/stalled_after", zh, en)
    for index, service in enumerate(stage.services):
        if service not in known.playbook.services:
            place = place_of(pointer + "/services", stage.services, index)
            yield unknown("service", place, service, known.playbook.services)
    for field, labels in (("channel", stage.channels), ("scenario", stage.scenarios)):
        for index, label in enumerate(labels):
            yield from in_label(known, field, label, place_of(f"{pointer}/{field}s", labels, index))
    yield from _care(known, stage, pointer)


def _care(known: Known, stage: Stage, pointer: str) -> Found:
    """Promises, the target and benefits: for classes that there are, in lengths that can be kept."""
    scheme = next(iter(known.playbook.personas.values()), None)
    classes = [each.key for each in scheme.classes] if scheme else []
    for promise in stage.promises:
        place = pointer + "/promises" + token(promise.cls)
        if promise.cls not in (EVERYONE, *classes):
            yield unknown("class", place, promise.cls, [*classes, EVERYONE])
        yield from in_length(promise.within, place + f"/p{promise.percent}")
    if stage.target is not None:
        yield from in_length(stage.target.within, pointer + "/target/within")
    yield from not_twice([each.key for each in stage.benefits], stage.benefits, pointer + "/benefits", "/benefit")
    for index, benefit in enumerate(stage.benefits):
        place = place_of(pointer + "/benefits", stage.benefits, index) + "/for"
        for number, cls in enumerate(benefit.classes):
            if cls not in classes:
                yield unknown("class", place_of(place, benefit.classes, number), cls, classes)


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
