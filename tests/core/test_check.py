"""A playbook's mistakes are named where they stand, with the mend; what is right is left in peace."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from service.core.check import MOST, check
from service.core.event import MICRO
from service.core.plan import compile_playbook
from service.core.playbook.definitions import Bound, Playbook
from service.core.playbook.read import read_playbook
from service.core.problem import Problem
from tests.given import rich_tree

Named = tuple[str, str]
HERE = Path(__file__).parent
TABLE: dict[str, Any] = YAML(typ="safe").load(HERE / "playbook_mistakes.yaml")
OF_RULES: dict[str, Any] = YAML(typ="safe").load(HERE / "playbook_mistakes_of_rules.yaml")
GOOD: dict[str, Any] = TABLE["good"]
STAGES = [{"stage": f"s{n}", "phase": "in_sale", "completed_by": {"event": "order_paid"}} for n in range(201)]
VALUES = [{"value": f"v{n}", "when": {"always": False}} for n in range(255)]
TAGS = {f"t{n}": {"kind": "manual"} for n in range(60_001)}
TOO_MANY = [("/journeys/pickup/stages", STAGES), ("/tags/level/values", VALUES), ("/tags", TAGS)]
MISTAKES: list[list[Any]] = [*TABLE["mistakes"], *([at, value, "too_many"] for at, value in TOO_MANY)]


def steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def place(tree: Any, path: list[str]) -> Any:
    for step in path:
        tree = tree[int(step)] if isinstance(tree, list) else tree[step]
    return tree


def changed(pointer: str, value: Any, good: dict[str, Any] = GOOD) -> dict[str, Any]:
    """A good playbook with one thing written differently, or left out."""
    tree = copy.deepcopy(good)
    *path, last = steps(pointer)
    holder = place(tree, path)
    if isinstance(holder, list):
        holder[int(last)] = value
    elif value == "(left out)":
        del holder[last]
    else:
        holder[last] = value
    return tree


def problems_of(tree: Any) -> list[Problem]:
    playbook, problems = read_playbook(tree)
    return list(problems or check(playbook))


ROWS = [*((GOOD, row) for row in MISTAKES), *((OF_RULES["good"], row) for row in OF_RULES["mistakes"])]


@pytest.mark.parametrize(("good", "row"), ROWS, ids=[f"{n} {row[2]} {row[0]}" for n, (_, row) in enumerate(ROWS)])
def test_a_mistake_is_named_where_it_stands(good: dict[str, Any], row: list[Any]) -> None:
    at, value, code, *elsewhere = row
    tree = changed(at, value, good)
    found = problems_of(tree)
    assert (code, *(elsewhere or [at])) in [(each.code, each.pointer) for each in found]
    for each in found:
        place(tree, steps(each.pointer))  # it leads somewhere
        assert re.search("[\u4e00-\u9fff]", each.zh)
        assert each.en.isascii() or "→" in each.en


@pytest.mark.parametrize("good", [GOOD, OF_RULES["good"]], ids=["plain", "of rules"])
def test_a_good_playbook_is_left_in_peace(good: dict[str, Any]) -> None:
    assert problems_of(good) == []


MANY = [
    ("/journeys/long", {"enter": {"event": "order_paid"}, "stages": STAGES[:200]}),
    ("/tags/many", {"values": VALUES[:254]}),
]


RIGHT = [*((GOOD, *row) for row in [*TABLE["right"], *MANY]), *((OF_RULES["good"], *row) for row in OF_RULES["right"])]


@pytest.mark.parametrize(("good", "at", "value"), RIGHT, ids=[f"{n} {row[1]}" for n, row in enumerate(RIGHT)])
def test_what_is_just_right_is_left_in_peace(good: dict[str, Any], at: str, value: Any) -> None:
    assert problems_of(changed(at, value, good)) == []


@pytest.mark.parametrize(("text", "permille"), [("p80", 800), ("p99.5", 995), ("p100", 1000)])
def test_percentiles_have_one_decimal(text: str, permille: int) -> None:
    playbook, _ = read_playbook(changed("/personas/tier/classes/0/enter", text))
    assert playbook.personas["tier"].classes[0].enter == Bound(permille=permille)


@pytest.mark.parametrize(
    ("written", "read"),
    [(0.0000005, 0), (0.0000015, 2), (-0.0000025, -2), (1.1, 1_100_000), (2**53 - 1, (2**53 - 1) * MICRO)],
)
def test_numbers_are_exact(written: float, read: int) -> None:
    playbook, _ = read_playbook(changed("/services/reminder/value", written))
    assert playbook.services["reminder"].value == read


@pytest.mark.parametrize("name", sorted(path.name for path in Path("playbooks").glob("*.yaml")))
def test_the_examples_are_good(name: str) -> None:
    tree = YAML(typ="safe").load(Path("playbooks") / name)
    assert problems_of(tree) == []


def test_the_rich_one_is_good() -> None:
    assert problems_of(rich_tree()) == []


def test_the_designed_example_stays_valid() -> None:
    assert problems_of(YAML(typ="safe").load(HERE / "playbook_designed.yaml")) == []


def test_a_circle_of_tags_is_named_with_its_way() -> None:
    tags = {key: {"when": {"tag": reads}} for key, reads in [("a", "b"), ("b", "c"), ("c", "b"), ("d", "d")]}
    tree = {"playbook": "given", "tags": tags}
    said = {each.pointer: each.en for each in problems_of(tree) if each.code == "tag_cycle"}
    assert said == {
        "/tags/b": "tags read each other in a circle: b → c → b; break it somewhere",
        "/tags/d": "tags read each other in a circle: d → d; break it somewhere",
    }


def test_a_circle_through_exclusive_groups_is_named() -> None:
    """A tag of one group reads one of the other, and of that group another one reads back: neither can be first."""
    groups = {"a": {"exclusive": True}, "b": {"exclusive": True}, "free": {}}
    reads = {"a1": {"tag": "b1"}, "a2": {"always": True}, "b1": {"always": True}, "b2": {"tag": "a2"}}
    tags = {key: {"group": key[0], "when": when} for key, when in reads.items()}
    (found,) = problems_of({"playbook": "given", "tag_groups": groups, "tags": tags})
    assert (found.code, found.pointer) == ("tag_cycle", "/tags/a1")
    assert found.zh == "标签绕成了圈：a1 → b2 → a1；请断开一处（互斥组里的标签一起判定）"
    free = {key: {**tag, "group": "free"} for key, tag in tags.items()}
    assert problems_of({"playbook": "given", "tag_groups": groups, "tags": free}) == []


def test_what_reading_has_named_is_not_named_again() -> None:
    """A range of one has no low and high end that could be turned round."""
    playbook, problems = read_playbook(changed("/tags/level/values/0/when/between", [3]))
    assert [each.code for each in problems] == ["not_a_range"]
    assert check(playbook) == ()


def test_an_empty_condition_is_named_beside_other_problems() -> None:
    tree = changed("/tags/frequent/when", {})
    tree["tags"] = {"before": {"whn": {}}, **tree["tags"]}
    assert ("not_a_condition", "/tags/frequent/when") in [(each.code, each.pointer) for each in problems_of(tree)]


def test_the_nearest_name_is_offered() -> None:
    (found,) = problems_of(changed("/tags/frequent/when/count/event", "order_payed"))
    assert found.zh == "events 里没有声明这个事件，是否想写 order_paid？"
    assert found.en == "this event is not declared under events; did you mean order_paid?"


def ruined(good: dict[str, Any], rows: list[list[Any]], find: Callable[[Any], list[Problem]]) -> tuple[Any, set[Named]]:
    """A good playbook with as many of these mistakes at once as do not hide each other, and what has to be named."""
    tree, wanted = good, set[Named]()
    for at, value, code, *elsewhere in rows:
        try:
            worse = changed(at, value, tree)
        except (KeyError, IndexError, TypeError):
            continue  # another mistake stands where this one would
        if wanted | {(code, *(elsewhere or [at]))} <= {(each.code, each.pointer) for each in find(worse)}:
            tree, wanted = worse, wanted | {(code, *(elsewhere or [at]))}
    return tree, wanted


def of_reading(tree: Any) -> list[Problem]:
    return list(read_playbook(tree)[1])


def of_checking(tree: Any) -> list[Problem]:
    playbook, problems = read_playbook(tree)
    return [] if problems else list(check(playbook))


@pytest.mark.parametrize(
    ("table", "find", "least"), [(OF_RULES, of_reading, 55), (TABLE, of_checking, 50)], ids=["reading", "checking"]
)
def test_fifty_mistakes_are_fifty_problems_at_once(table: dict[str, Any], find: Any, least: int) -> None:
    tree, wanted = ruined(table["good"], table["mistakes"], find)
    assert len(wanted) >= least
    assert {(each.code, each.pointer) for each in problems_of(tree)} >= wanted


@pytest.mark.no_cover
def test_the_list_of_problems_has_an_end() -> None:
    tags = {f"t{n}": {"when": {"tag": "none"}} for n in range(2 * MOST)}
    assert len(problems_of({"playbook": "p", "tags": tags})) == MOST


SCALARS = st.sampled_from(
    [
        None,
        True,
        0,
        -3,
        2.5,
        "30d",
        "p80",
        "07:00",
        "2026-05-01",
        "today",
        "paid",
        "channel",
        "order_paid",
        "tag",
        "",
        "all",
        "~/",
    ]
)
WORDS = [
    "events", "tags", "personas", "journeys", "services", "when", "all", "any", "not", "count", "sum", "event", "where",
    "property", "stages", "score", "classes", "enter", "tag", "in", "gte", "between", "within", "values", "value_of",
    "rfm", "top", "sequence", "steps", "field", "last_days", "during", "half_life", "holiday", "date", "weekday",
    "bucket", "from",
]  # fmt: skip
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
)


PLACES = [*((GOOD, at) for at in sorted({at for at, *_ in MISTAKES}))]
PLACES += [*((OF_RULES["good"], at) for at in sorted({at for at, *_ in OF_RULES["mistakes"]}))]


@given(st.sampled_from(PLACES), TREES)
def test_nothing_that_is_written_makes_it_fall_over(place: tuple[dict[str, Any], str], value: Any) -> None:
    """Whatever stands in one place of a playbook: problems, never an exception; and what has none compiles."""
    tree = changed(place[1], value, place[0])
    playbook, problems = read_playbook(tree)
    if not [*problems, *check(playbook)]:
        assert isinstance(playbook, Playbook)
        compile_playbook(playbook)


@given(TREES)
def test_any_tree_can_be_read(tree: Any) -> None:
    playbook, problems = read_playbook(tree)
    assert problems
    check(playbook)
