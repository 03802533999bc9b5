"""One definition of a text is changed: the rest stays as it was written, byte for byte, comments included."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.usecases import edit
from service.usecases.edit import GONE, YAML_TYPE, edited, tree_of, within
from service.usecases.playbook import SECTIONS

COFFEE = (Path(__file__).parents[2] / "playbooks" / "coffee.yaml").read_bytes()
TREE: Any = tree_of(COFFEE, YAML_TYPE)
DEEP = settings().max_examples > 1000
KEYS = [(section, key) for section in SECTIONS for key in TREE.get(section, {}) if len(TREE[section]) > 1]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["30d", "on", "null", "1_000", "0x1", "2026-01-01", "a: b", "#c", "- x", "{", "06:30", "=", "<<", "~", " a", "'"]
)
LEAVES = WORDS | st.integers(-5, 5) | st.booleans() | st.none() | st.sampled_from([0.5, 12.25, "长" * 130])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS.filter(str.strip), inner, max_size=4),
    max_leaves=12,
)
DEFINITIONS = st.dictionaries(st.sampled_from(["name", "group", "when", "values", "kind"]), VALUES, max_size=4)
NEW = {"name": "新来的", "when": {"count": {"event": "order_paid", "within": "30d"}, "gte": 2}}
SMALL = """# 开头
playbook: small   # 名字
events:
  # 买
  order_paid: {name: 支付, properties: {amount: number}}  # 最要紧的
tags:
    # 第一组
    buyer:   # 买过
        name: 买家
        # 规则
        when: {count: {event: order_paid}, gte: 1}  # 一次
        # 到这里为止
    # 第二组

    told:
        name: |
            两行
            # 不是注释

        when:
            any:
            - {always: true}
            -
              always: false
    # 第三组
    last: {kind: manual}   # 最后
      # 还是它的
# 结尾
"""


def removed(before: bytes, after: bytes) -> list[str]:
    """The lines that one text has more than another, which has none of its own; they stand together."""
    old, new = before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True)
    first = next((i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(new))
    length = len(old) - len(new)
    assert old[:first] + old[first + length :] == new
    return old[first : first + length]


@pytest.fixture
def line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is usual is never written anew."""
    monkeypatch.setattr(edit, "_written_anew", None)


@pytest.mark.no_cover
@pytest.mark.usefixtures("line_by_line")
@pytest.mark.parametrize(("section", "key"), KEYS if DEEP else KEYS[::30])
def test_of_the_example_only_the_lines_of_one_definition_change(section: str, key: str) -> None:
    place = (section, key)
    own = within(TREE, place)
    assert edited(COFFEE, YAML_TYPE, {place: own}) == COFFEE
    without = edited(COFFEE, YAML_TYPE, {place: GONE})
    lines = removed(COFFEE, without)
    assert lines[0].startswith(f"  {key}:")
    assert all(line.startswith("   ") for line in lines[1:]), "nothing that stands above others"
    assert tree_of(without, YAML_TYPE) == {
        **TREE, section: {each: value for each, value in TREE[section].items() if each != key}
    }  # fmt: skip
    other = edited(COFFEE, YAML_TYPE, {place: {**NEW, "of": own}})
    assert tree_of(other, YAML_TYPE) == {**TREE, section: {**TREE[section], key: {**NEW, "of": own}}}
    text = without.decode().splitlines(keepends=True)
    at = COFFEE.decode().index(lines[0] + "".join(lines[1:2]))
    before = COFFEE.decode()[:at]
    assert other.decode().startswith(before)
    assert other.decode().endswith("".join(text)[len(before) :])


@pytest.mark.no_cover
@pytest.mark.usefixtures("line_by_line")
@pytest.mark.parametrize(("text", "section"), [
    *((COFFEE, section) for section in (SECTIONS if DEEP else SECTIONS[::4])),
    *product([SMALL.encode(), SMALL.rstrip().encode(), b"playbook: x", b"\xef\xbb\xbfa: 1\n"], SECTIONS),
])  # fmt: skip
def test_what_is_put_and_taken_away_leaves_no_trace(text: bytes, section: str) -> None:
    crlf = text.replace(b"\n", b"\r\n")
    for body in (text, crlf) if DEEP or text is not COFFEE else (text,):
        put = edited(body, YAML_TYPE, {(section, "newcomer"): NEW})
        assert within(tree_of(put, YAML_TYPE), (section, "newcomer")) == NEW
        assert put.count(b"\r\n") == (put.count(b"\n") if b"\r\n" in body else 0)
        assert edited(put, YAML_TYPE, {(section, "newcomer"): GONE}) == body


def test_within_a_definition_only_what_differs_changes() -> None:
    put = edited(
        SMALL.encode(),
        YAML_TYPE,
        {
            ("tags", "buyer"): {"name": "常客", "when": {"count": {"event": "order_paid"}, "gte": 2}, "group": "a"},
            ("tags", "last"): {"kind": "manual", "name": "最后一个"},
            ("tags", "newcomer"): {"kind": "manual"},
            ("events", "order_paid"): GONE,
            ("places", "shop"): {"name": "店"},
            ("contact_policy", ""): {"at_most": 1, "within": "7d"},
        },
    )
    wanted = SMALL.replace("name: 买家", "name: 常客").replace("gte: 1}", "gte: 2}")
    wanted = wanted.replace("        # 到这里为止\n", "        group: a\n        # 到这里为止\n")
    wanted = wanted.replace("last: {kind: manual} ", "last: {kind: manual, name: 最后一个} ")
    wanted = wanted.replace("# 还是它的\n", "# 还是它的\n    newcomer: {kind: manual}\n")
    wanted = wanted.replace("events:\n  # 买\n" + SMALL.splitlines(keepends=True)[4], "")
    assert put.decode() == wanted + "places:\n    shop: {name: 店}\ncontact_policy: {at_most: 1, within: 7d}\n".replace(
        "places:\n    shop: {name: 店}", "places: {shop: {name: 店}}"
    )


def test_a_definition_that_is_long_is_written_member_by_member() -> None:
    long = {"name": "长" * 60, "when": {"all": [{"tag": "a" * 50}, {"b" * 60: {"c": "d" * 60}}, ["e" * 130], {}]}}
    put = edited(b"playbook: x\ntags:\n  a: {kind: manual}  # old\n  # b\n", YAML_TYPE, {("tags", "a"): long})
    assert put.decode() == (
        "playbook: x\ntags:\n  a:\n    name: " + "长" * 60 + "\n    when:\n      all:\n        - {tag: " + "a" * 50
        + "}\n        - " + "b" * 60 + ":\n            c: " + "d" * 60
        + "\n        - [" + "e" * 130 + "]\n        - {}\n  # b\n"
    )  # fmt: skip


@given(definition=DEFINITIONS, other=DEFINITIONS, place=st.sampled_from(["buyer", "told", "last", "newcomer"]))
def test_whatever_is_put_is_what_the_text_says(definition: Any, other: Any, place: str) -> None:
    body, tree = SMALL.encode(), tree_of(SMALL.encode(), YAML_TYPE)
    for value in (definition, other):
        body = edited(body, YAML_TYPE, {("tags", place): value})
        wanted = {**dict[str, Any](tree), "tags": {**dict[str, Any](tree)["tags"], place: value}}  # type: ignore[call-overload]
        assert json.dumps(tree_of(body, YAML_TYPE), sort_keys=True) == json.dumps(wanted, sort_keys=True)


@pytest.mark.parametrize(
    "text",
    [
        "{playbook: small, tags: {a: {kind: manual}}}\n",
        "playbook: small\ntags: {a: {kind: manual},\n  # 注释\n  b: {kind: manual}}\n",
        "playbook: small\ntags:\n  a: &a {kind: manual}\n  b: *a\n",
        "playbook: small\ntags:\n  b: &b {kind: manual}\n  c: *b\n  d: *b\n",
        "playbook: small\ntags:\n  b:\n    <<: {kind: manual}\n    name: b\n  c:\n    - x\n    - y: |+\n        z\n\n",
        "base: &x {b: {kind: manual}}\nplaybook: small\ntags:\n  <<: *x\n",
        "playbook: small\ntags:\n",
        "playbook: small\rtags:\r  b: {kind: manual}\r",
        "playbook: small\ntags:\n  ? b\n  : {kind: manual}\n",
        "playbook: small\ntags: 7\n...\n",
    ],
    ids=range(10),
)
def test_unusual_texts_say_what_was_wanted_all_the_same(text: str) -> None:
    tree: Any = tree_of(text.encode(), YAML_TYPE)
    members = tree["tags"] if isinstance(tree["tags"], dict) else {}
    for key in ("a", "b", "newcomer"):
        put: Any = tree_of(edited(text.encode(), YAML_TYPE, {("tags", key): NEW}), YAML_TYPE)
        assert put == {**tree, "tags": {**members, key: NEW}}
    gone: Any = tree_of(edited(text.encode(), YAML_TYPE, {("tags", "b"): GONE}), YAML_TYPE)
    assert gone.get("tags") in ({key: value for key, value in members.items() if key != "b"}, None, 7)


def test_json_stays_json() -> None:
    body = json.dumps({"playbook": "x", "tags": {"a": {"kind": "manual"}}}).encode()
    put = edited(body, "application/json", {("tags", "b"): NEW, ("tags", "a"): GONE})
    assert json.loads(put) == {"playbook": "x", "tags": {"b": NEW}}


def test_a_text_in_flow_style_gets_sections_too() -> None:
    changes = {("tags", "a"): NEW, ("contact_policy", ""): {"at_most": 1}}
    put = edited(b"{playbook: x}", YAML_TYPE, changes)
    assert tree_of(put, YAML_TYPE) == {"playbook": "x", "tags": {"a": NEW}, "contact_policy": {"at_most": 1}}
