"""Reading a tree of plain values into definitions while collecting every problem with its pointer."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from difflib import get_close_matches
from typing import TypeVar

from service.core.calendar import read_duration
from service.core.event import MICRO, Scalar
from service.core.problem import Problem, token

T = TypeVar("T")
KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
LIMIT = 2**53 * MICRO


def micro(number: float | str) -> int | None:
    """A decimal number in units of 10⁻⁶, half-even; None beyond ±2^53."""
    try:
        scaled = (Decimal(repr(number) if isinstance(number, float) else number) * MICRO).to_integral_value(
            ROUND_HALF_EVEN
        )
        return int(scaled) if abs(scaled) < LIMIT else None
    except (InvalidOperation, OverflowError, ValueError):
        return None


class Listed(tuple[T, ...]):
    """Members that were written as a list, so that each has a place of its own; equal to any tuple of the same."""

    __slots__ = ()


class Node:
    """One place in the tree. A reading that fails notes a problem and answers a neutral value, so reading goes on."""

    __slots__ = ("pointer", "problems", "value")

    def __init__(self, value: object, pointer: str, problems: list[Problem]) -> None:
        self.value = value
        self.pointer = pointer
        self.problems = problems

    def wrong(self, code: str, zh: str, en: str) -> None:
        """Note a problem here."""
        self.problems.append(Problem(code=code, pointer=self.pointer, zh=zh, en=en))

    def at(self, step: object, value: object) -> "Node":
        """The node one step further in."""
        return Node(value, self.pointer + token(step), self.problems)

    def entries(self) -> dict[str, "Node"]:
        """The members of a mapping with free keys."""
        if self.value is None:
            return {}
        if not isinstance(self.value, Mapping):
            self.wrong("not_a_mapping", "这里应为“键: 值”的映射", "a mapping of key: value is expected here")
            return {}
        return {str(key): self.at(key, value) for key, value in self.value.items()}

    def fields(self, allowed: Collection[str], required: Collection[str] = ()) -> "Fields":
        """The members of a mapping with known keys; unknown and missing ones are problems."""
        found = Fields(self.entries())
        for name in [name for name in found if name not in allowed]:
            near = get_close_matches(name, allowed, 1)
            hint_zh = f"，是否想写 {near[0]}？" if near else f"；可用：{'、'.join(sorted(allowed))}"
            hint_en = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(allowed))}"
            found.pop(name).wrong("unknown_field", f"没有这个字段{hint_zh}", f"there is no such field{hint_en}")
        for name in required:
            if (self.value is None or isinstance(self.value, Mapping)) and name not in found:
                self.wrong("missing_field", f"缺少字段 {name}", f"the field {name} is missing")
        return found

    def items(self) -> list["Node"]:
        """The members of a list; anything else is a list of one, nothing is an empty list."""
        if self.value is None:
            return []
        if isinstance(self.value, list | tuple):
            return [self.at(index, value) for index, value in enumerate(self.value)]
        return [self]

    def text(self, limit: int = 500) -> str:
        """A string that is not blank; a bare number is taken as its digits."""
        value = str(self.value) if isinstance(self.value, int) and not isinstance(self.value, bool) else self.value
        if isinstance(value, str) and value.strip() and len(value) <= limit and value.isprintable():
            return value
        self.wrong(
            "not_a_text", f"这里应为 1 到 {limit} 个字符的文字", f"a text of 1 to {limit} characters is expected here"
        )
        return "?"

    def key(self) -> str:
        """A key of the playbook."""
        if isinstance(self.value, str) and KEY.fullmatch(self.value):
            return self.value
        self.wrong(
            "not_a_key",
            "键须以小写英文字母开头，只含小写字母、数字和下划线，最长 64 个字符",
            "a key starts with a lower-case letter and has only lower-case letters, digits and underscores, 64 at most",
        )
        return "?"

    def flag(self) -> bool:
        """True or false."""
        if isinstance(self.value, bool):
            return self.value
        self.wrong("not_a_flag", "这里应为 true 或 false", "true or false is expected here")
        return False

    def number(self) -> int:
        """A number, in units of 10⁻⁶."""
        found = None
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            found = micro(self.value)
        if found is None:
            self.wrong("not_a_number", "这里应为数字（绝对值小于 2^53）", "a number below 2^53 is expected here")
        return found or 0

    def whole(self, low: int, high: int) -> int:
        """A whole number between two bounds."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and low <= self.value <= high:
            return self.value
        self.wrong(
            "not_a_whole_number",
            f"这里应为 {low} 到 {high} 的整数",
            f"a whole number from {low} to {high} is expected here",
        )
        return low

    def duration(self) -> int:
        """A duration in microseconds."""
        found = read_duration(self.value) if isinstance(self.value, str) else None
        if found is None:
            self.wrong(
                "not_a_duration",
                "这里应为时长，例如 30d、12h、30m 或 30天、30分钟",
                "a duration such as 30d, 12h, 30m is expected here",
            )
        return found or 1

    def choice(self, options: Collection[str]) -> str:
        """One of a few words."""
        if isinstance(self.value, str) and self.value in options:
            return self.value
        listed = ", ".join(options)
        self.wrong("not_a_choice", f"这里只能是：{listed}", f"one of these is expected here: {listed}")
        return next(iter(options))

    def scalar(self) -> Scalar:
        """A string, a boolean or a number (in units of 10⁻⁶)."""
        if isinstance(self.value, str | bool):
            return self.value
        if isinstance(self.value, int | float):
            return self.number()
        self.wrong("not_a_scalar", "这里应为文字、数字或 true/false", "a text, a number or true/false is expected here")
        return False

    def each(self, read: Callable[["Node"], T]) -> tuple[T, ...]:
        """Every member of a list, read; one value alone stands for a list of one, and the answer remembers which."""
        found = tuple(read(item) for item in self.items())
        return Listed(found) if self.value is None or isinstance(self.value, list | tuple) else found

    def words(self) -> tuple[str, ...]:
        """A list of texts."""
        return self.each(Node.text)


class Fields(dict[str, Node]):
    """The members of a mapping, to be read by name."""

    def read(self, name: str, how: Callable[[Node], T], default: T) -> T:
        """A member, or the default where it is absent."""
        return how(self[name]) if name in self else default

    def maybe(self, name: str, how: Callable[[Node], T]) -> T | None:
        """A member, or None where it is absent."""
        return how(self[name]) if name in self else None

    def mapping(self, name: str) -> dict[str, Node]:
        """The members of a mapping with free keys; absent is empty."""
        return self[name].entries() if name in self else {}

    def each(self, name: str, how: Callable[[Node], T]) -> tuple[T, ...]:
        """The members of a list; absent is empty."""
        return self[name].each(how) if name in self else ()

    def names(self, key: str) -> tuple[str, str | None]:
        """What people read; without a name the key stands in."""
        return self.read("name", Node.text, key), self.maybe("name_en", Node.text)
