"""Every condition and every definition read aloud, in Chinese and in English."""

from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

from service.core.condition import parts_of
from service.core.describe import describe
from service.core.outline import outline
from service.core.playbook.conditions import All, AnyOf, Condition, Leaf, Not, OfProfile
from service.core.playbook.read_aggregates import AGGREGATES
from tests.given import a_playbook

TABLE: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("sentences.yaml"))
SAID: list[tuple[dict[str, Any], str, str]] = TABLE["conditions"]
OUTLINES: list[tuple[str, str, str, str]] = TABLE["definitions"]
CONDITIONS = {f"t{n}": {"when": when} for n, (when, _, _) in enumerate(SAID)}
PLAYBOOK = a_playbook(**{**TABLE["playbook"], "tags": TABLE["playbook"]["tags"] | CONDITIONS})


def condition(number: int) -> Condition:
    found = PLAYBOOK.tags[f"t{number}"].values[0].when
    assert found is not None
    return found


@pytest.mark.parametrize("number", range(len(SAID)), ids=[f"{n} {next(iter(row[0]))}" for n, row in enumerate(SAID)])
def test_a_condition_is_one_sentence(number: int) -> None:
    _, zh, en = SAID[number]
    assert describe(PLAYBOOK, condition(number)) == (zh, en)


def test_every_part_of_the_language_is_read_aloud() -> None:
    parts = [part for number in range(len(SAID)) for part in parts_of(condition(number))]
    assert {type(part) for part in parts} == {*get_args(Leaf), *get_args(OfProfile), All, AnyOf, Not}
    written = {name for when, _, _ in SAID for name in when}
    assert written >= set(AGGREGATES)
    assert written >= {"gte", "gt", "lte", "lt", "eq", "ne", "in", "between", "exists", "matches"}


def test_what_differs_in_meaning_differs_in_words() -> None:
    """But for filters, of which the words only say that there are some."""
    told = [describe(PLAYBOOK, condition(number)) for number in range(len(SAID))]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(("section", "key", "zh", "en"), OUTLINES, ids=[f"{row[0]}/{row[1]}" for row in OUTLINES])
def test_a_definition_is_one_sentence(section: str, key: str, zh: str, en: str) -> None:
    assert outline(PLAYBOOK, getattr(PLAYBOOK, section)[key]) == (zh, en)


def test_definitions_of_every_section_are_read_aloud() -> None:
    sections = {"events", "places", "holidays", "tag_groups", "tags", "personas", "journeys", "services"}
    assert {row[0] for row in OUTLINES} == sections
