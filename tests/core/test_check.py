"""A playbook's mistakes are named where they stand, with the mend; what is right is left in peace."""

import copy
import re
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

HERE = Path(__file__).parent
TABLE: dict[str, Any] = YAML(typ="safe").load(HERE / "playbook_mistakes.yaml")
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


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The good playbook with one thing written differently, or left out."""
    tree = copy.deepcopy(GOOD)
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


@pytest.mark.parametrize("row", MISTAKES, ids=[f"{n} {row[2]} {row[0]}" for n, row in enumerate(MISTAKES)])
def test_a_mistake_is_named_where_it_stands(row: list[Any]) -> None:
    at, value, code, *elsewhere = row
    tree = changed(at, value)
    found = problems_of(tree)
    assert (code, *(elsewhere or [at])) in [(each.code, each.pointer) for each in found]
    for each in found:
        place(tree, steps(each.pointer))  # it leads somewhere
        assert re.search("[\u4e00-\u9fff]", each.zh)
        assert each.en.isascii() or "→" in each.en


def test_a_good_playbook_is_left_in_peace() -> None:
    assert problems_of(GOOD) == []


MANY = [
    ("/journeys/long", {"enter": {"event": "order_paid"}, "stages": STAGES[:200]}),
    ("/tags/many", {"values": VALUES[:254]}),
]


@pytest.mark.parametrize(("at", "value"), [*TABLE["right"], *MANY], ids=lambda drawn: str(drawn)[:40])
def test_what_is_just_right_is_left_in_peace(at: str, value: Any) -> None:
    assert problems_of(changed(at, value)) == []


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


def test_an_empty_condition_is_named_beside_other_problems() -> None:
    tree = changed("/tags/frequent/when", {})
    tree["tags"] = {"before": {"whn": {}}, **tree["tags"]}
    assert ("not_a_condition", "/tags/frequent/when") in [(each.code, each.pointer) for each in problems_of(tree)]


def test_the_nearest_name_is_offered() -> None:
    (found,) = problems_of(changed("/tags/frequent/when/count/event", "order_payed"))
    assert found.zh == "events 里没有声明这个事件，是否想写 order_paid？"
    assert found.en == "this event is not declared under events; did you mean order_paid?"


def test_the_list_of_problems_has_an_end() -> None:
    tags = {f"t{n}": {"when": {"tag": "none"}} for n in range(2 * MOST)}
    assert len(problems_of({"playbook": "p", "tags": tags})) == MOST


SCALARS = st.sampled_from([None, True, 0, -3, 2.5, "30d", "p80", "order_paid", "tag", "", "all", "~/"])
WORDS = [
    "events", "tags", "personas", "journeys", "services", "when", "all", "any", "not", "count", "sum", "event", "where",
    "property", "stages", "score", "classes", "enter", "tag", "in", "gte", "between", "within", "values",
]  # fmt: skip
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
)


@given(st.sampled_from(sorted({at for at, *_ in MISTAKES})), TREES)
def test_nothing_that_is_written_makes_it_fall_over(at: str, value: Any) -> None:
    """Whatever stands in one place of a playbook: problems, never an exception; and what has none compiles."""
    tree = changed(at, value)
    playbook, problems = read_playbook(tree)
    if not [*problems, *check(playbook)]:
        assert isinstance(playbook, Playbook)
        compile_playbook(playbook)


@given(TREES)
def test_any_tree_can_be_read(tree: Any) -> None:
    playbook, problems = read_playbook(tree)
    assert problems
    check(playbook)
