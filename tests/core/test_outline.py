"""Whatever changes the meaning of a definition changes its sentence, in Chinese and in English."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.core.outline import outline, outline_identity, outline_section
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import SECTIONS, read_playbook
from service.core.words import Words
from tests.given import a_playbook, rich_tree

COFFEE: dict[str, Any] = YAML(typ="safe").load(Path("playbooks/coffee.yaml"))
MORE: dict[str, Any] = YAML(typ="safe").load("""
playbook: more
name: 更多
timezone: Asia/Shanghai
layers: [user, manual, rule, import]
unknown_profiles: create
contact_policy: {at_most: 3, within: 7d, quiet_after: {outcome: dismissed, for: 14d}}
identities: {phone: {at_most: 1}, email: {at_most: 2}, account: {type: account}, firm: {type: account, at_most: 3}}
events:
  paid: {properties: {id: string, day: string, amount: {type: money, unit: fen}, points: {type: money, unit: yuan}}}
  seen: {name: 看}
  refunded: {properties: {id: string, day: string}, reverses: {event: paid, by: id},
             words: 订单退款, words_en: the refund}
holidays:
  spring: {name: 春节, dates: ["2027-02-01", {from: "2027-02-06", to: "2027-02-08"}]}
tags:
  vip: {name: 贵宾, kind: manual, ttl: 30d, half_life: 7d, owner: crm, values: [{value: gold, name: 金}]}
  level: {kind: imported, owner: staff, values: [{value: gold, name: 金}, {value: silver}]}
  spent: {value_of: {sum: {event: paid, property: amount}}, round: 100, owner: staff}
  warm: {value_of: {decayed_sum: {event: seen, half_life: 7d}}, round: 0.5}
  rfm: {rfm: {event: paid, property: amount, where: {all: [{channel: app}, {not: {property: day, eq: a}}]}}}
  friend: {when: {count: {event: paid, reverses: {event: seen, by: id}, during: this_week}, gte: 1.001}}
  liked: {when: {top: {event: paid, property: day, by: points, share: 0.4}, matches: a}}
  near: {when: {any: [{anniversary: {trait: birthday, before: 3d, after: 1d}}, {holiday: {in: [spring], after: 3d}}]}}
  days: {when: {all: [{date: {from: "2026-05-01", to: "2026-05-05"}}, {bucket: {salt: trial, percent: 12.5}}]}}
  good: {when: {rfm: {tag: rfm, r: {gte: 4}, m: {between: [1, 5]}}}}
  firm: {when: {profile_type: account}}
  often: {when: {since_last: {event: paid}, gte: 90m, exists: true}}
personas:
  tier:
    score: {kind: value, event: paid, property: amount, half_life: 180d, where: {channel: app}, mean: 35.5,
            signals: [{name: 投诉, when: {count: {event: seen}, gte: 3}, adds: -0.5}]}
    classes: [{class: high, name: 高端, enter: p80, leave: p72.5}, {class: mass, name: 大众}]
    undetermined_below: {count: {event: paid}, lt: 1}
  amounts:
    score: {kind: value, event: paid, property: amount, half_life: 30d}
    classes: [{class: high, enter: 1234567.5, leave: 99.5}, {class: mass}]
journeys:
  looks:
    theme: 看一看
    theme_en: A look
    value: 看得清楚
    value_en: To see well
    enter: {event: seen}
    brand: {colour: "#8a5a2b", colour_dark: "#d9a066", badge: cup, slogan: 好, slogan_en: good,
            words: {lit: 亮, current: 走, ahead: 等}, words_en: {lit: lit, current: now, ahead: later}}
    share: {title: 看, title_en: look, path: /pages/a}
    stages:
      - {stage: a, phase: pre_sale, completed_by: {event: seen}, words: 甲, words_en: first,
         goal: 看见, goal_en: To see it, benefit: 白看, benefit_en: For nothing}
      - {stage: b, phase: pre_sale, optional: true, lit_by: user}
      - {stage: c, phase: pre_sale, optional: true, lit_by: {by: user, verified: true}, words_en: third,
         goal_en: To be third}
      - {stage: d, phase: pre_sale, optional: true, lit_by: {friends: 3, verified: false}}
  lease: {for: account, enter: {event: paid}, stages: [{stage: sign, phase: in_sale, completed_by: {event: seen}}]}
  winding:
    name: 绕路
    enter: {event: seen}
    goal: {event: refunded, where: {property: day, eq: a}}
    exit: {event: refunded}
    re_entry: after_exit
    abandon_after: 30d
    ends_after: 90d
    stages:
      - {stage: look, phase: pre_sale, completed_by: {event: seen}, next: [buy, ask], was: [see], touchpoints: [hall],
         target: {reach: 60, within: 7d}, ritual: 递上名片, ritual_en: Hand over a card,
         feedback: 看得清楚吗？, feedback_en: Could you see well?}
      - {stage: ask, phase: pre_sale, optional: true, completed_by: {event: seen, where: {channel: app}},
         scenarios: [gift], channels: [app],
         dissatisfied_by: {event: seen, where: {property: day, eq: bad}}, made_good_by: {event: paid},
         next: [look, buy]}
      - {stage: buy, phase: in_sale, key_moment: true, completed_by: {event: paid}, expected_within: 1d,
         stalled_after: 2d,
         fails_on: {event: refunded}, services: [it], next: [],
         promises: {high: {rating: 4.5}, mass: {p90: 10m}}, target: {reach: 40},
         benefits: [{benefit: cup, name: 一杯}, {benefit: gift, for: [high, mass]}]}
services:
  it: {value: 1234567, prior: 0.125, lever: 1.2, terms: 会员价, terms_reason: 第 3 条, channels: [app]}
  other: {terms_reason: 第 3 条, recovers: [{journey: j, stage: s}]}
""")
TREES = {"coffee": COFFEE, "rich": rich_tree(), "more": MORE}
ALONE = ("playbook", "name", "timezone", "layers", "contact_policy", "unknown_profiles", "identities")
DESCRIBE = {"name", "name_en"}  # told to people, of no meaning to a rule
CHOICES = (
    "string", "number", "yuan", "fen", "count", "mon", "fri", "staff", "rule", "crm", "manual", "imported", "core",
    "related", "personalised", "standard", "pre_sale", "in_sale", "active", "completed", "place", "staff", "today",
    "last_week", "clicked", "person", "account", "refuse", "create", "2026-05-02", "2027-02-07", "07:07", "Asia/Tokyo",
    "#0f766e", "star", "/pages/b",
)  # fmt: skip


def leaves(tree: object, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(tree, dict):
        for step, inner in tree.items():
            if step not in DESCRIBE:
                yield from leaves(inner, (*place, step))
    elif isinstance(tree, list):
        for step, inner in enumerate(tree):
            yield from leaves(inner, (*place, step))
    else:
        yield place


def at(tree: Any, place: tuple[Any, ...]) -> Any:
    return at(tree[place[0]], place[1:]) if place else tree


def changed(tree: Any, place: tuple[Any, ...], value: object) -> Any:
    if not place:
        return value
    copy = tree.copy()
    copy[place[0]] = changed(tree[place[0]], place[1:], value)
    return copy


def others(value: Any) -> list[object]:
    """What could stand there instead, the likeliest first."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value - 1, value / 2, value + 0.001]
    if number := re.fullmatch(r"(p?)(\d+)(\.5|[smhdw]?)", str(value)):
        return [f"{number[1]}{int(number[2]) + by}{number[3]}" for by in (1, -1)]
    return [f"{value}x", *(each for each in CHOICES if each != value)]


def another(section: str, written: object, place: tuple[Any, ...]) -> Playbook | None:
    """The section with something else that is valid at a place; None if nothing else fits there."""
    for value in others(at(written, place)):
        playbook, problems = read_playbook({"playbook": "given", section: changed(written, place, value)})
        if not problems:
            return playbook
    return None


def differ(one: Words, other: Words) -> bool:
    return one[0] != other[0] and one[1] != other[1]


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("section", [each for each in SECTIONS if each != "identities"])
def test_what_changes_the_meaning_changes_the_sentence(name: str, section: str) -> None:
    whole, hidden = read_playbook(TREES[name])[0], []
    for key, written in TREES[name].get(section, {}).items():
        before = getattr(read_playbook({"playbook": "given", section: {key: written}})[0], section)[key]
        for place in leaves(written):
            found = another(section, {key: written}, (key, *place))
            after = before if found is None else getattr(found, section)[key]
            if after != before and not differ(outline(whole, before), outline(whole, after)):
                hidden.append((key, place, outline(whole, after)))
    assert not hidden


@pytest.mark.parametrize("section", ALONE)
def test_what_changes_a_section_changes_its_sentence(section: str) -> None:
    before = read_playbook({"playbook": "given", section: MORE[section]})[0]
    for place in leaves(MORE[section]):
        found = another(section, MORE[section], place)
        assert found is None or differ(outline_section(before, section), outline_section(found, section)), place


SECTIONS_SAID: list[tuple[object, str, str, str]] = [
    (MORE["contact_policy"], "contact_policy", "触达频控：同一项服务 7 天内最多出现 3 次；点“不需要”后 14 天内不再出现",
     "contact_policy: one service at most 3 times in 7 days; not for 14 days after dismissed"),
    ({"at_most": 1, "within": "1d"}, "contact_policy", "触达频控：同一项服务 1 天内最多出现 1 次",
     "contact_policy: one service at most once in 1 day"),
    ({}, "contact_policy", "触达频控：不限次数", "contact_policy: no limit"),
    ({"phone": {"at_most": 1}, "firm": {"type": "account"}}, "identities",
     "身份：每人最多 1 个 phone；firm 是客户单位的标识，每个单位最多 1 个",
     "identities: at most 1 phone of one profile; firm is of accounts, at most 1 firm of one profile"),
    (["user", "import", "rule", "manual"], "layers", "谁说了算：用户 > 外部系统 > 规则 > 员工",
     "layers: user > import > rule > manual"),
    ("create", "unknown_profiles", "说到不认识的用户时：新建用户", "unknown_profiles: create"),
    ("Asia/Tokyo", "timezone", "时区：Asia/Tokyo", "timezone: Asia/Tokyo"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "section", "zh", "en"), SECTIONS_SAID)
def test_a_section_is_one_sentence(written: object, section: str, zh: str, en: str) -> None:
    assert outline_section(a_playbook(**{section: written}), section) == (zh, en)


def test_a_namespace_is_one_sentence() -> None:
    playbook = a_playbook(identities=MORE["identities"])
    assert outline_identity(playbook, "email") == ("每人最多 2 个 email", "at most 2 email of one profile")
    assert outline_identity(playbook, "device") == ("", "")


def test_what_takes_back_is_said_on_both_sides() -> None:
    """On the side on which it is written, and on the side that it changes."""
    whole = read_playbook(COFFEE)[0]
    assert outline(whole, whole.events["card_recharged"])[0].endswith("；被储值单号相同的储值退款冲掉")
    assert outline(whole, whole.events["recharge_refunded"])[1].endswith(
        "; takes back Card topped up of the same recharge_id"
    )
    assert outline(whole, whole.tags["wecom_friend"])[0] == (
        "企微好友：添加企业微信（好友关系编号相同的删除企业微信会冲掉它）次数 ≥ 1 次；分组 互动"
    )


def test_most_leaves_can_be_changed() -> None:
    """Or the tests above would prove little."""
    found = [
        another(section, {key: written}, (key, *place)) is not None
        for section in SECTIONS
        for key, written in COFFEE.get(section, {}).items()
        for place in leaves(written)
    ]
    assert sum(found) / len(found) > 0.97
