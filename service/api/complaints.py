"""What is wrong with a request's shape: pydantic's findings as problems with stable codes and the mend."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from service.api.problems import PARAMETER, render, request_id
from service.core.problem import Problem, token
from service.usecases.failures import Invalid

Words = tuple[str, str, str]
SHAPE = "invalid_request", "请求有误，见 errors", "the request has problems, see errors"
_STEP = 64  # a longer key is cut in the pointer

TEXT = "not_a_string", "请改传字符串（加引号）", "send a string (in quotes)"
WHOLE = "not_an_integer", "请改传整数（不加引号）", "send a whole number (no quotes)"
FLAG = "not_a_boolean", "请改传 true 或 false（不加引号）", "send true or false (no quotes)"
ITEMS = "not_an_array", "请改传数组 […]", "send an array […]"
OBJECT = "not_an_object", "请改传 JSON 对象 {{…}}", "send a JSON object {{…}}"  # braces as format() wants them
_SAID: Mapping[str, Words] = {
    "missing": ("missing_field", "缺少这一项", "it is missing"),
    "extra_forbidden": ("unknown_field", "没有这个字段，请检查拼写", "there is no such field; check its spelling"),
    "string_type": TEXT,
    "int_type": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "bool_type": FLAG,
    "bool_parsing": FLAG,
    "list_type": ITEMS,
    "dict_type": OBJECT,
    "model_type": OBJECT,
    "model_attributes_type": OBJECT,
    "greater_than_equal": ("out_of_range", "不能小于 {ge}", "not below {ge}"),
    "less_than_equal": ("out_of_range", "不能大于 {le}", "not above {le}"),
    "string_too_short": ("too_short", "至少 {min_length} 个字符", "at least {min_length} characters"),
    "string_too_long": ("too_long", "最多 {max_length} 个字符", "at most {max_length} characters"),
    "literal_error": ("not_one_of", "只能是 {expected_zh}", "one of {expected}"),
    "string_pattern_mismatch": ("malformed", "格式不对，应符合 {pattern}", "it is malformed; {pattern} is expected"),
}
_ELSE: Words = ("malformed", "格式不对", "it is malformed")


class BadValueError(ValueError):
    """A value that its own reader refuses."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.words: Words = (code, zh, en)


def complaints(findings: Iterable[Any]) -> tuple[Problem, ...]:
    """Pydantic's findings; what was sent is not repeated."""
    return tuple(_problem(finding["type"], finding["loc"], finding.get("ctx") or {}) for finding in findings)


def _problem(kind: str, place: Sequence[int | str], context: Mapping[str, Any]) -> Problem:
    error = context.get("error")
    if isinstance(error, BadValueError):
        code, zh, en = error.words
    else:
        listed = str(context.get("expected", "")).replace(" or ", "、").replace(", ", "、")
        code, zh, en = (words.format(**context, expected_zh=listed) for words in _SAID.get(kind, _ELSE))
    return Problem(code=code, pointer=_pointer(place), zh=zh, en=en)


def _pointer(place: Sequence[int | str]) -> str:
    if place and place[0] in ("query", "path", "header"):
        return PARAMETER + str(place[-1])
    return "".join(token(str(step)[:_STEP]) for step in place)


async def on_validation(request: Request, error: Exception) -> Response:
    """Handle parameters that FastAPI refuses."""
    assert isinstance(error, RequestValidationError)
    return render(Invalid(*SHAPE, problems=complaints(error.errors())), request_id(request))
