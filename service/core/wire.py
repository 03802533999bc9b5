"""JSON as it arrives: exact numbers, nothing silently dropped, every oddity kept as a marker where it stands."""

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

from service.core.event import MICRO
from service.core.problem import Problem

LARGEST = 2**53  # integers beyond it are not the same number in every language (RFC 8259 §6)
_DIGITS = 400
_EXACT = Context(prec=2 * _DIGITS)  # the default one would round before we do


@dataclass(frozen=True, slots=True)
class Odd:
    """Something that JSON can say and we cannot keep, left where it stood so that its neighbours live on."""

    code: str


class Twice(dict[str, object]):
    """An object in which a key stood twice."""


NOT_FINITE, TOO_LARGE, MALFORMED = Odd("number_not_finite"), Odd("number_too_large"), Odd("number_malformed")


def parse_json(body: bytes) -> object | Problem:
    """Parse a body. Numbers become integers of 10⁻⁶; NaN, huge numbers and repeated keys become markers.

    Answers a Problem when the body as a whole is no JSON in UTF-8 (RFC 8259).
    """
    try:
        text = body.decode("utf-8-sig")
        found: object = json.loads(
            text,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=lambda _name: NOT_FINITE,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        return Problem(code="not_utf8", pointer="", zh="请求体不是 UTF-8 编码", en="the body is not UTF-8")
    except RecursionError:
        return Problem(
            code="too_deep", pointer="", zh="嵌套层数太多，最多 8 层", en="nested too deep; at most 8 levels"
        )
    except ValueError as error:
        where = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return Problem(
            code="not_json",
            pointer="",
            zh=f"请求体不是合法的 JSON（{where}）",
            en=f"the body is not valid JSON ({where})",
        )
    return found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Twice(found)


def _integer(digits: str) -> object:
    if len(digits) > _DIGITS:
        return TOO_LARGE
    number = int(digits)
    return number * MICRO if abs(number) < LARGEST else TOO_LARGE


def _decimal(digits: str) -> object:
    if len(digits) > _DIGITS:
        return TOO_LARGE
    try:
        number = Decimal(digits)
    except InvalidOperation:  # an exponent beyond all measure
        return TOO_LARGE
    if number.adjusted() > 16:  # noqa: PLR2004 (digits of 2^53)
        return TOO_LARGE
    scaled = int(_EXACT.multiply(number, MICRO).to_integral_value(ROUND_HALF_EVEN))
    return scaled if abs(scaled) < LARGEST * MICRO else TOO_LARGE


def canonical(content: object) -> bytes:
    """The one spelling of a value: sorted keys, no spaces, UTF-8, numbers as integers of 10⁻⁶."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain(content: object) -> object:
    """A value from inside as JSON for people: numbers in their own unit again."""
    if isinstance(content, bool) or not isinstance(content, int | dict | list | tuple):
        return content
    if isinstance(content, int):
        return content // MICRO if content % MICRO == 0 else float(Decimal(content) / MICRO)
    if isinstance(content, dict):
        return {key: plain(value) for key, value in content.items()}
    return [plain(value) for value in content]
