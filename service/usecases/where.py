"""From a playbook's condition to what the store can be asked: of tags, personas and journeys, whatever lies between."""

from collections.abc import Iterator

from service.core.event import Scalar
from service.core.playbook.check_conditions import in_condition, walk
from service.core.playbook.conditions import All, AnyOf, Comparison, Condition, JourneyTest, Not, PersonaTest, TagTest
from service.core.playbook.definitions import Playbook
from service.core.playbook.known import known_of
from service.core.playbook.mistakes import problem
from service.core.playbook.read_conditions import read_condition
from service.core.playbook.tree import Node
from service.core.problem import Problem, token
from service.store import Each, HasClass, HasRun, HasTag, Some, Wanted, Without
from service.usecases.failures import Invalid
from service.usecases.tag_rows import within

MOST = 50  # conditions in one search; each is a question to the database
POINTER = "/where"
BOUNDS = ("gte", "gt", "lte", "lt")
SEARCHED = All | AnyOf | Not | TagTest | PersonaTest | JourneyTest


def read_where(playbook: Playbook, tree: object) -> Wanted:
    """What to ask the store; Invalid names everything that cannot be searched, with its place."""
    problems: list[Problem] = []
    condition = read_condition(Node(tree, POINTER, problems))
    problems += _not_searched(condition) if not problems else ()
    problems += in_condition(known_of(playbook), condition, POINTER) if not problems else ()
    if problems:
        raise Invalid("invalid_request", "请求有误，见 errors", "the request has problems, see errors", tuple(problems))
    return _wanted(playbook, condition)


def _not_searched(condition: Condition) -> Iterator[Problem]:
    parts = list(walk(condition, POINTER))
    if len(parts) > MOST:
        zh, en = (
            f"一次最多 {MOST} 个条件，请做成标签再查",
            f"{MOST} conditions at most; make a tag of them and search it",
        )
        yield problem("too_many_conditions", POINTER, zh, en)
        return
    for place, part in parts:
        if not isinstance(part, SEARCHED):
            zh = "查找只能用 tag、persona、journey 和 all、any、not；其他条件请先在方案里做成标签"
            en = "only tag, persona, journey and all, any, not can be searched; make a tag of anything else first"
            yield problem("not_searchable", place, zh, en)
        elif isinstance(part, TagTest):
            yield from _not_compared(part, place)


def _not_compared(test: TagTest, pointer: str) -> Iterator[Problem]:
    """Comparisons that no index serves; of which values there are, the check of conditions tells."""
    for each in test.comparisons:
        flags = any(isinstance(value, bool) for value in each.values)
        if each.op not in (*BOUNDS, "eq", "in", "between") or flags:
            zh = "查找标签只能用 eq、in、between、gte、gt、lte、lt，与文字或数字比较"
            en = "a tag is searched with eq, in, between, gte, gt, lte, lt against texts or numbers"
            yield problem("not_searchable", pointer + token(each.op), zh, en)


def _wanted(playbook: Playbook, condition: Condition) -> Wanted:
    match condition:
        case All():
            return Each(parts=tuple(_wanted(playbook, part) for part in condition.parts))
        case AnyOf():
            return Some(parts=tuple(_wanted(playbook, part) for part in condition.parts))
        case Not():
            return Without(part=_wanted(playbook, condition.part))
        case TagTest():
            return _tag(playbook, condition)
        case PersonaTest():
            return HasClass(scheme=condition.scheme, classes=condition.classes)
        case _:
            assert isinstance(condition, JourneyTest)  # anything else was refused
            return HasRun(journey=condition.journey, status=condition.status, stage=condition.stage)


def _tag(playbook: Playbook, test: TagTest) -> Wanted:
    """One question for each comparison: all must hold, and each asks the same row."""
    tag = playbook.tags[test.tag]
    if tag.value_of is None and tag.rfm is None:
        return HasTag(tag=test.tag, values=test.values)
    asked = tuple(_compared(test.tag, each) for each in test.comparisons)
    return Each(parts=asked) if asked else HasTag(tag=test.tag)


def _compared(tag: str, comparison: Comparison) -> HasTag:
    if comparison.op in ("eq", "in"):
        texts = tuple(each for each in comparison.values if isinstance(each, str))
        return HasTag(tag=tag, values=texts, numbers=tuple(_numbers(comparison.values)))
    ops = ("gte", "lte") if comparison.op == "between" else (comparison.op,)
    return HasTag(tag=tag, bounds=tuple(zip(ops, _numbers(comparison.values), strict=True)))


def _numbers(values: tuple[Scalar, ...]) -> Iterator[int]:
    return (within(each) for each in values if isinstance(each, int) and not isinstance(each, bool))
