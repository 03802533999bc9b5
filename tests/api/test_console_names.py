"""What the console calls the definitions that answers name by their keys, in either language."""

from service.api.console.names import Names
from service.core.playbook.read import read_playbook

PLAYBOOK = read_playbook({
    "playbook": "p",
    "events": {"paid": {"name": "支付", "name_en": "Paid", "properties": {"sum": {"type": "money", "name": "金额"}}},
               "seen": {"name": "看过"}},
    "places": {"north": {"name": "北店", "name_en": "North"}},
    "tag_groups": {"g": {"name": "组", "name_en": "Group"}},
    "tags": {"level": {"name": "等级", "name_en": "Level", "kind": "manual",
                       "values": [{"value": "high", "name": "高", "name_en": "High"}, {"value": "low", "name": "低"}]}},
    "personas": {"tier": {"name": "分层", "name_en": "Tier",
                          "classes": [{"class": "all", "name": "人人", "name_en": "All"}]}},
    "journeys": {"j": {"name": "旅程", "name_en": "Journey", "enter": {"event": "paid"}, "stages": [
        {"stage": "s", "name": "阶段", "name_en": "Stage", "phase": "in_sale", "completed_by": {"event": "paid"}}]}},
    "services": {"cup": {"name": "一杯", "name_en": "A cup"}},
})[0]  # fmt: skip
EMPTY = read_playbook({"playbook": "empty"})[0]


def told(names: Names) -> list[object]:
    return [
        names.tag("level"), names.value("level", "high"), names.value("level", 3), names.value("level", None),
        names.group("g"), names.scheme("tier"), names.cls("all", "tier"), names.cls("all"), names.journey("j"),
        names.stage("j", "s"), names.service("cup"), names.place("north"), names.event("paid"),
        names.property("paid", "sum"), names.counted("place", "north"), names.counted("persona", "all"),
        names.counted("channel", "app"),
    ]  # fmt: skip


def test_everything_has_its_name_in_the_readers_language() -> None:
    assert told(Names(PLAYBOOK, english=True)) == [
        "Level", "High", 3, None, "Group", "Tier", "All", "All", "Journey", "Stage", "A cup", "North", "Paid",
        "sum", "North", "All", "app",
    ]  # fmt: skip
    assert told(Names(PLAYBOOK, english=False)) == [
        "等级", "高", 3, None, "组", "分层", "人人", "人人", "旅程", "阶段", "一杯", "北店", "支付", "金额",
        "北店", "人人", "app",
    ]  # fmt: skip


def test_without_an_english_name_it_is_the_chinese_one() -> None:
    names = Names(PLAYBOOK, english=True)
    assert (names.event("seen"), names.value("level", "low")) == ("看过", "低")


def test_what_the_playbook_has_no_more_has_its_key() -> None:
    assert told(Names(EMPTY, english=True)) == [
        "level", "high", 3, None, "g", "tier", "all", "all", "j", "s", "cup", "north", "paid", "sum", "north", "all",
        "app",
    ]  # fmt: skip


def test_what_is_no_class_has_a_name_all_the_same() -> None:
    """And so have the types of events that the service itself understands; what was not said has none."""
    english, chinese = Names(EMPTY, english=True), Names(EMPTY, english=False)
    assert (english.cls("undetermined"), chinese.cls("everyone")) == ("undetermined", "所有人")
    assert (english.event("feedback_given"), chinese.event("feedback_given")) == ("Feedback given", "评价")
    assert (english.counted("place", None), chinese.property("feedback_given", "rating")) == (None, "评分")
