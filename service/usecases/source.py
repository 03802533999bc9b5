"""A playbook's text: YAML 1.2 or JSON, with the place of every value, and syntax errors that name the usual cause."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from service.core.problem import Problem, token
from service.usecases.failures import Invalid

_TWICE = re.compile('found duplicate key "(.{1,64}?)" with')
LARGEST = 1024 * 1024
NODES = 200_000
Place = tuple[int, int]  # line and column, from 1
_CAUSES = {
    "：": ("全角冒号", "a full-width colon"),
    "，": ("全角逗号", "a full-width comma"),
    "\t": ("制表符（Tab）缩进，请改用空格", "a tab in the indentation; use spaces"),
    "“": ("弯引号，请改用直引号", "a curly quote; use straight ones"),
    "”": ("弯引号，请改用直引号", "a curly quote; use straight ones"),
    "｛": ("全角括号", "a full-width bracket"),
    "【": ("全角括号", "a full-width bracket"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text read: the tree of plain values, and where each pointer stands."""

    tree: object
    places: Mapping[str, Place]

    def place(self, pointer: str) -> Place | None:
        """Line and column of a pointer, or of the nearest thing around it."""
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer)


@lru_cache(maxsize=8)
def read_source(body: bytes, media_type: str) -> Source:
    """Read a playbook's text; Invalid names line, column and the likely cause."""
    if len(body) > LARGEST:
        raise _invalid("playbook_too_large", "方案最大 1 MiB", "a playbook is at most 1 MiB")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid("not_utf8", "方案文件不是 UTF-8 编码", "the playbook is not UTF-8") from None
    return _json(text) if media_type.endswith("json") else _yaml(text)


def _invalid(code: str, zh: str, en: str) -> Invalid:
    return Invalid(code, zh, en, (Problem(code=code, pointer="", zh=zh, en=en),))


def _json(text: str) -> Source:
    try:
        tree: object = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        line = f"第 {error.lineno} 行第 {error.colno} 列" if isinstance(error, json.JSONDecodeError) else ""
        raise _invalid("not_json", f"不是合法的 JSON {line}", f"not valid JSON: {error}") from None
    return Source(tree=tree, places={})


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return found


def _yaml(text: str) -> Source:
    parser = YAML(typ="rt", pure=True)
    try:
        tree = parser.load(StringIO(text))
        places: dict[str, Place] = {"": (1, 1)}
        return Source(tree=_plain(tree, "", places), places=places)
    except MarkedYAMLError as error:
        raise _pointed(text, error) from None
    except (YAMLError, ValueError, RecursionError, AttributeError, TypeError):
        raise _invalid("not_yaml", "不是合法的 YAML", "not valid YAML") from None


def _pointed(text: str, error: MarkedYAMLError) -> Invalid:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    column = mark.column + 1 if mark else 1
    lines = text.splitlines()
    if isinstance(error, DuplicateKeyError):
        name = (_TWICE.findall(str(error.problem)) or ["?"])[0]
        twice = f"第 {line} 行第 {column} 列：{name} 写了两次", f"line {line}, column {column}: {name} is there twice"
        return _invalid("key_twice", *twice)
    near = "".join(lines[max(line - 2, 0) : line])
    zh, en = f"第 {line} 行第 {column} 列：YAML 语法错误", f"line {line}, column {column}: YAML syntax error"
    return _invalid("not_yaml", *_with_cause(zh, en, near))


def _with_cause(zh: str, en: str, near: str) -> tuple[str, str]:
    """What is wrong, and the usual cause if its sign stands near."""
    cause = next((said for sign, said in _CAUSES.items() if sign in near), None)
    return (zh, en) if cause is None else (f"{zh}，可能是因为{cause[0]}", f"{en}, probably {cause[1]}")


def not_a_mapping(body: bytes) -> Invalid:
    """A text that is no mapping at all: `playbook： coffee` is one long word."""
    text = body.decode("utf-8-sig")
    return _invalid(
        "not_a_mapping", *_with_cause("方案应为“键: 值”的映射", "a playbook is a mapping of key: value", text)
    )


def _plain(node: object, pointer: str, places: dict[str, Place]) -> object:
    """The tree without the parser's own types; a text that unfolds into too much (aliases of aliases) is refused."""
    if len(places) > NODES:
        message = "too many nodes"
        raise ValueError(message)
    if isinstance(node, CommentedMap):
        found = {}
        for key, value in node.items():
            inner = pointer + token(key)
            places[inner] = _place(node.lc.key(key)) if key in (node.lc.data or {}) else places[pointer]
            found[str(key)] = _plain(value, inner, places)
        return found
    if isinstance(node, CommentedSeq):
        items = []
        for index, value in enumerate(node):
            inner = pointer + token(index)
            places[inner] = _place(node.lc.item(index)) if index in (node.lc.data or {}) else places[pointer]
            items.append(_plain(value, inner, places))
        return items
    return _scalar(node)


def _place(mark: tuple[int, int]) -> Place:
    return mark[0] + 1, mark[1] + 1


def _scalar(node: object) -> object:
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return str(node)
