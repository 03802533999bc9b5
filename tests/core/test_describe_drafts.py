"""A draft may be wrong in any way: its definitions are read aloud all the same, unknown names as their keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.core.describe import describe
from service.core.outline import outline, outline_identity, outline_section
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import SECTIONS, read_playbook
from tests.given import rich_tree

COFFEE: dict[str, Any] = YAML(typ="safe").load(Path("playbooks/coffee.yaml"))
TREES = {"coffee": COFFEE, "rich": rich_tree()}
ODD: tuple[object, ...] = (None, "nope", 0, -1, True, [], {}, [[]], [{}], {"a": {}}, ["x", "y", "z"])
ALONE = ("playbook", "name", "timezone", "layers", "contact_policy", "unknown_profiles", "identities")
STEPS = 7  # every seventh place is spoilt, by one odd value after another


def read_aloud(playbook: Playbook, sections: tuple[str, ...] = SECTIONS) -> None:
    for section in sections:
        for definition in getattr(playbook, section).values():
            zh, en = outline(playbook, definition)
            assert isinstance(zh, str)
            assert isinstance(en, str)


def without(tree: dict[str, Any], section: str, key: str) -> dict[str, Any]:
    return tree | {section: {name: each for name, each in tree[section].items() if name != key}}


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("section", SECTIONS)
def test_without_any_one_definition_the_rest_is_read_aloud(name: str, section: str) -> None:
    tree = TREES[name]
    for key in tree.get(section, {}):
        read_aloud(read_playbook(without(tree, section, key))[0])


def places(tree: object, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    members = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, inner in members:
        yield from places(inner, (*place, step))


def spoilt(tree: Any, place: tuple[Any, ...], value: object) -> Any:
    if not place:
        return value
    changed = tree.copy()
    changed[place[0]] = spoilt(tree[place[0]], place[1:], value)
    return changed


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", TREES)
def test_whatever_stands_in_a_definition_it_is_read_aloud(name: str, section: str) -> None:
    tree = TREES[name]
    for number, place in enumerate(list(places(tree.get(section, {})))[1::STEPS]):
        read_aloud(read_playbook(spoilt(tree, (section, *place), ODD[number % len(ODD)]))[0], (section,))


@pytest.mark.parametrize("section", ALONE)
def test_whatever_stands_in_a_section_it_is_read_aloud(section: str) -> None:
    for value in (*ODD, {"phone": {"at_most": "x"}}, {"at_most": 1}, {"quiet_after": {"for": "1d"}}):
        playbook, _ = read_playbook({"playbook": "given", section: value})
        assert outline_section(playbook, section)[1].startswith(f"{section}: ")
        assert outline_identity(playbook, "phone")[1] in {"", "at most 1 phone of one profile"}


UNKNOWN: list[tuple[dict[str, Any], str, str]] = [
    ({"persona": {"scheme": "tire", "in": ["mass", "undetermined"]}}, "tire属于 mass、未定",
     "persona tire in mass, undetermined"),
    ({"journey": {"journey": "nope", "status": "active", "stage": "pay"}}, "旅程“nope”进行中，处于“pay”",
     "journey nope active at pay"),
    ({"tag": "nope", "eq": "gold"}, "标签“nope” = gold", "tag nope = gold"),
    ({"rfm": {"tag": "nope", "r": {"gte": 4}}}, "标签“nope” R ≥ 4", "tag nope R ≥ 4"),
    ({"holiday": {"in": ["nope"], "before": "2d"}}, "nope前 2 天起", "nope, from 2 days before"),
    ({"count": {"event": "nope", "where": {"place": "there"}}, "gte": 1}, "nope（门店 = there）次数 ≥ 1 次",
     "count of nope (place = there) ≥ 1"),
    ({"trait": "age", "between": [1]}, "属性 age 1", "trait age 1"),
    ({"trait": "age", "in": []}, "属性 age 属于", "trait age one of"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "zh", "en"), UNKNOWN, ids=[f"{n} {next(iter(r[0]))}" for n, r in enumerate(UNKNOWN)])
def test_what_is_not_there_is_called_by_its_key(when: dict[str, Any], zh: str, en: str) -> None:
    playbook, _ = read_playbook({"playbook": "given", "tags": {"it": {"when": when}}})
    condition = playbook.tags["it"].values[0].when
    assert condition is not None
    assert describe(playbook, condition) == (zh, en)
