"""Facts are kept as long as what they depend on stays the same, and not a moment longer."""

import copy
from typing import Any

import pytest

from service.core import fold
from service.core.layout import lay_out
from service.core.playbook.read import read_playbook
from tests.given import NOON, a_plan, an_event, rich_tree

RICH = rich_tree()


def identity(tree: Any) -> bytes:
    playbook, problems = read_playbook(tree)
    assert not problems, problems
    return lay_out(playbook).id


def changed(pointer: str, value: Any) -> dict[str, Any]:
    tree = copy.deepcopy(RICH)
    *path, last = pointer.split("/")
    place: Any = tree
    for step in path:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return tree


WORDS = [
    ("name", "别的名字"),
    ("tags/bought/name", "买过"),
    ("tags/spend_level/values/0/name", "高"),
    ("journeys/first/theme", "主题"),
    ("journeys/first/theme_en", "Theme"),
    ("journeys/first/value", "价值"),
    ("journeys/first/value_en", "Value"),
    ("journeys/first/stages/0/goal", "目标"),
    ("journeys/first/stages/0/goal_en", "Goal"),
    ("journeys/first/stages/0/benefit_en", "Good for"),
    ("journeys/first/stages/0/ritual", "仪式"),
    ("journeys/first/stages/0/ritual_en", "Ritual"),
    ("journeys/first/stages/0/feedback_en", "Was it good?"),
    ("journeys/first/stages/0/services", ["reminder"]),
    ("journeys/first/brand", {"colour": "#0f766e", "words": {"lit": "亮"}}),
    ("journeys/first/share", {"title": "看"}),
    ("journeys/first/stages/0/words", "逛逛"),
    ("events/order_paid/name", "支付"),
    ("services/reminder/value", 3),
]
MEANINGS = [
    ("timezone", "Europe/Berlin"),
    ("events/order_paid/properties/amount", "money"),
    ("events/order_paid/properties/benefit", {"type": "money", "unit": "fen"}),
    ("events/order_refunded/reverses/by", "amount"),
    ("tags/often/when/count/within", "13h"),
    ("tags/often/when/gte", 3),
    ("tags/mixed/when", {"all": RICH["tags"]["mixed"]["when"]["any"]}),
    ("tags/last_gift/when/eq", 1),
    ("personas/tier/score/half_life", "31d"),
    ("personas/tier/score/where", {"any": [{"channel": "app"}, {"scenario": "gift"}]}),
    ("personas/tier/classes/0/leave", "p41"),
    ("personas/tier/undetermined_below/count/within", "29d"),
    ("personas/tier/score/mean", 20),
    ("journeys/first/abandon_after", "6d"),
    ("journeys/first/goal", {"event": "order_paid"}),
    ("journeys/first/stages/0/feedback", "好吗？"),
    ("journeys/first/ends_after", "21d"),
    ("journeys/first/stages/2/optional", True),
    ("journeys/first/stages/2/expected_within", "11h"),
    ("journeys/first/stages/2/stalled_after", "2d"),
    ("journeys/first/stages/2/fails_on", []),
    ("journeys/first/stages/2/completed_by/where/gte", 3),
    ("journeys/first/stages/2/lit_by", "user"),
    ("journeys/first/stages/2/lit_by", {"friends": 2}),
    ("journeys/pickup/exit/event", "order_refunded"),
    ("journeys/pickup/key", "relation"),
    ("journeys/pickup/enter/where", {"all": [{"channel": "app"}, {"scenario": "gift"}]}),
    ("journeys/pickup/enter/where", {"any": [{"channel": "app"}, {"scenario": "gift"}]}),
    ("services/another", {}),
    ("services/tasting/eligible/count/within", "3d"),
    ("contact_policy/at_most", 3),
]


@pytest.mark.parametrize(("pointer", "value"), WORDS, ids=[pointer for pointer, _ in WORDS])
def test_words_for_people_are_free(pointer: str, value: Any) -> None:
    assert identity(changed(pointer, value)) == identity(RICH)


@pytest.mark.parametrize(("pointer", "value"), MEANINGS, ids=[f"{n} {each[0]}" for n, each in enumerate(MEANINGS)])
def test_what_facts_depend_on_is_not(pointer: str, value: Any) -> None:
    assert identity(changed(pointer, value)) != identity(RICH)


def test_what_is_asked_is_a_meaning_and_its_words_are_none() -> None:
    """A journey whose stages ask hears ratings, however they ask."""
    asking = [identity(changed("journeys/first/stages/0/feedback", words)) for words in ("好吗？", "怎么样？")]
    assert asking[0] == asking[1] != identity(RICH)


def test_each_meaning_has_an_identity_of_its_own() -> None:
    found = [identity(changed(pointer, value)) for pointer, value in MEANINGS]
    assert len(set(found)) == len(found)


def test_the_order_of_tags_is_a_meaning() -> None:
    """Marks stand by a tag's place."""
    tree = copy.deepcopy(RICH)
    tree["tags"] = dict(reversed(tree["tags"].items()))
    assert identity(tree) != identity(RICH)


def test_another_way_of_writing_the_same_is_not() -> None:
    tree = changed("tags/silent_app/when/since_last/where", [{"channel": {"in": ["app"]}}])
    same = changed("tags/silent_app/when/since_last/where", {"all": [{"channel": "app"}]})
    assert identity(tree) == identity(same)


def test_no_is_not_nought() -> None:
    """Python takes false and 0 for equal; two streams that differ by that alone are two streams."""
    plan = a_plan(
        events={"said": {}},
        tags={
            key: {"when": {"count": {"event": "said", "where": {"property": "x", "eq": value}}, "gte": 1}}
            for key, value in (("nought", 0), ("no", False))
        },
    )
    for value, place in ((0, 0), (False, 1)):
        state = fold.refold(plan, [an_event("said", NOON, x=value)], ())
        assert set(state.marks) == {place}
