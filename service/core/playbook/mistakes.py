"""Mistakes that any part of a playbook can have: a wrong name, a wrong list, a wrong length."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from service.core.calendar import DAY, SECOND
from service.core.playbook.tree import Listed
from service.core.problem import Problem, token

Found = Iterator[Problem]
LONGEST = 3650 * DAY
_COMPARED, _LISTED = 2_000, 6

_MISSING: Mapping[str, tuple[str, str]] = {
    "event": ("events 里没有声明这个事件", "this event is not declared under events"),
    "property": ("这个事件没有声明这个字段", "the event declares no such property"),
    "tag": ("没有这个标签", "there is no such tag"),
    "value": ("这个标签没有这个取值", "the tag has no such value"),
    "group": ("没有这个标签组", "there is no such tag group"),
    "persona": ("没有这个用户分层方案", "there is no such persona scheme"),
    "class": ("这个分层方案里没有这一层", "the scheme has no such class"),
    "journey": ("没有这个旅程", "there is no such journey"),
    "stage": ("这个旅程没有这个阶段", "the journey has no such stage"),
    "service": ("没有这个服务", "there is no such service"),
    "place": ("places 里没有这家门店", "this place is not declared under places"),
    "holiday": ("holidays 里没有这个节假日", "this holiday is not declared under holidays"),
    "scenario": ("没有门店或服务用过这个场景", "no place or service knows this scenario"),
    "channel": ("没有服务用过这个渠道", "no service knows this channel"),
}


def unknown(kind: str, pointer: str, name: str, known: Iterable[str]) -> Problem:
    """A name that nothing is declared under; the mend is the nearest one, or the choice."""
    own = pointer.split("/")[1:3]  # nobody who stands in a definition means that very definition
    names = [each for each in dict.fromkeys(islice(known, _COMPARED)) if own != [f"{kind}s", each]]
    near = get_close_matches(name, names, 1)
    zh, en = _MISSING[kind]
    if near:
        hint = (f"，是否想写 {near[0]}？", f"; did you mean {near[0]}?")
    elif names and len(names) <= _LISTED:
        hint = (f"；可用：{'、'.join(names)}", f"; known: {', '.join(names)}")
    else:
        hint = ("，请先声明它，或检查拼写", "; declare it first, or check the spelling")
    return Problem(code=f"unknown_{kind}", pointer=pointer, zh=zh + hint[0], en=en + hint[1])


def place_of(pointer: str, members: tuple[object, ...], index: int) -> str:
    """The pointer of one member, which has a step of its own only where a list was written."""
    return pointer + token(index) if isinstance(members, Listed) else pointer


def problem(code: str, pointer: str, zh: str, en: str) -> Problem:
    """A problem, in one line."""
    return Problem(code=code, pointer=pointer, zh=zh, en=en)


def not_empty(members: Sequence[object], pointer: str) -> Found:
    """A list that has to have something in it, where it was written; reading misses those that were not."""
    if isinstance(members, Listed) and not members:
        yield problem("empty_list", pointer, "这里至少要写一项", "at least one member is needed here")


def not_more(number: int, most: int, pointer: str) -> Found:
    """A list that has an end."""
    if number > most:
        yield problem("too_many", pointer, f"最多 {most} 项，请合并或拆开", f"at most {most}; merge or split")


def not_twice(keys: Sequence[str], members: tuple[object, ...], pointer: str, step: str) -> Found:
    """Members that are told apart by their keys."""
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            zh, en = "这个 key 前面已经用过，请换一个", "this key stands further up already; take another"
            yield problem("duplicate_key", place_of(pointer, members, index) + step, zh, en)
        seen.add(key)


def in_length(length: int | None, pointer: str) -> Found:
    """A stretch of time that can be kept."""
    if length is not None and not SECOND <= length <= LONGEST:
        yield problem("length_out_of_range", pointer, "时长须在 1 秒到 3650 天之间", "a length is from 1s to 3650d")


def no_accounts(code: str, pointer: str) -> Problem:
    """Something is asked of accounts, and no identity is of one."""
    zh = "还没有客户单位：请先在 identities 里写 type: account，例如 account: {type: account}"
    en = "there are no accounts: declare their identity first, for example account: {type: account} under identities"
    return problem(code, pointer, zh, en)
