"""Operations: a path, the scope it needs, what it takes and gives; nothing is open that does not say so here."""

from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from inspect import getdoc
from typing import Any, Required, TypedDict, TypeVar, Unpack

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.convertors import register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response

from service.api.call import Call
from service.api.complaints import SHAPE
from service.api.paths import CONVERTORS
from service.api.problems import MEDIA, PARAMETER
from service.core.problem import Problem
from service.usecases.failures import Invalid

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Awaitable[Response]])

REFERENCE = "#/components/schemas/{model}"
SECURITY: list[dict[str, list[str]]] = [{"BearerKey": []}, {"HeaderKey": []}]  # either of them

REFUSALS = {
    400: "请求体无法读取 · The body cannot be read",
    401: "缺少密钥或密钥无效 · No valid key",
    403: "密钥没有所需权限 · The key lacks the scope",
    404: "没有找到 · Not found",
    408: "请求体迟迟没有发完 · The body did not arrive in time",
    409: "与现有内容冲突 · It contradicts what is there",
    412: "已被他人修改，请重新读取 · Changed in the meantime, read it again",
    413: "请求体过大 · The body is too large",
    415: "格式不支持 · The media type is not read here",
    422: "内容有误，见 errors · There are problems, see errors",
    503: "暂时繁忙，请按 Retry-After 重试 · Busy, retry after Retry-After seconds",
}
ALWAYS = frozenset({401, 403, 422, 503})
WITH_BODY = frozenset({400, 408, 413})
HEADERS = {
    401: ("WWW-Authenticate", "需要哪种密钥 · which key is asked for", "string"),
    503: ("Retry-After", "多少秒后重试 · seconds to wait", "integer"),
}


for name, convertor in CONVERTORS.items():
    register_url_convertor(name, convertor)


class Options(TypedDict, total=False):
    """What an operation says of itself."""

    needs: Required[str]  # the scope
    gives: Required[type[BaseModel]]
    takes: type[BaseModel]
    examples: Mapping[str, tuple[str, object]]  # of the body: by name, a summary and a value
    content: Mapping[str, Any]  # of a body that is no JSON of ours: by media type
    refuses: tuple[int, ...]  # beyond what every operation refuses
    status: int
    done: Mapping[str, Any]  # more to say of the answer: headers, further media types
    hidden: bool


class Operation(APIRoute):
    """A route that lets nobody in without its scope. One that asks for the call alone is spared FastAPI's machinery."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        method: str,
        tag: str,
        summary: str,
        **options: Unpack[Options],
    ) -> None:
        self.needs = options["needs"]
        self.takes = options.get("takes")
        status = options.get("status", 200)
        super().__init__(
            path,
            endpoint,
            methods=[method],
            tags=[tag],
            summary=summary,
            description=f"{getdoc(endpoint)}\n\n权限 · Scope: `{self.needs}`",
            operation_id=endpoint.__name__,
            response_model=options["gives"],
            status_code=status,
            response_description="成功 · Done",
            responses={status: dict(options.get("done", {})), **_refusals(options)},
            include_in_schema=not options.get("hidden", False),
            openapi_extra=_extra(options),
        )
        if self.lean:
            self.app = request_response(self._guarded(endpoint))

    @property
    def parameters(self) -> set[str]:
        """The names of its query parameters."""
        return {field.alias for each in _whole(self.dependant) for field in each.query_params}

    @property
    def lean(self) -> bool:
        """Whether there is nothing for FastAPI to do."""
        return not any(each.query_params or each.path_params or each.header_params for each in _whole(self.dependant))

    def get_route_handler(self) -> Handler:
        """What runs: first the key, then FastAPI."""
        return self._guarded(super().get_route_handler())

    def _guarded(self, proceed: Callable[[Call], Coroutine[Any, Any, Response]]) -> Handler:
        known = self.parameters

        async def handle(request: Request) -> Response:
            call = Call(request.scope, request.receive)
            await call.identify(self.needs)
            if call.scope["query_string"]:
                _only(call, known)
            return await proceed(call)

        return handle


def _whole(dependant: Dependant) -> Iterator[Dependant]:
    """What an operation asks for, and what that asks for."""
    yield dependant
    for each in dependant.dependencies:
        yield from _whole(each)


def _refusals(options: Options) -> dict[int | str, dict[str, Any]]:
    with_body = WITH_BODY if {"takes", "content"} & options.keys() else frozenset()
    statuses = sorted(ALWAYS | with_body | set(options.get("refuses", ())))
    return {status: _refusal(status) for status in statuses}


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model="ProblemDetails")}
    said = {"description": REFUSALS[status], "content": {MEDIA: {"schema": schema}}}
    if status not in HEADERS:
        return said
    name, description, kind = HEADERS[status]
    return {**said, "headers": {name: {"description": description, "schema": {"type": kind}}}}


def _extra(options: Options) -> dict[str, Any]:
    extra: dict[str, Any] = {"security": SECURITY, "x-scope": options["needs"]}
    content = options.get("content")
    if "takes" in options:
        examples = {
            name: {"summary": summary, "value": value} for name, (summary, value) in options.get("examples", {}).items()
        }
        schema = {"$ref": REFERENCE.format(model=options["takes"].__name__)}
        content = {"application/json": {"schema": schema, **({"examples": examples} if examples else {})}}
    if content is not None:
        extra["requestBody"] = {"required": "content" in options or _has_to_say(options["takes"]), "content": content}
    return extra


def _has_to_say(model: type[BaseModel]) -> bool:
    """Whether an empty body would not do."""
    return any(field.is_required() for field in model.model_fields.values())


UNKNOWN = "unknown_parameter", "没有这个参数", "there is no such parameter"
REPEATED = "repeated_parameter", "这个参数只能写一次", "give this parameter once"


def _only(call: Call, known: set[str]) -> None:
    """A misspelt parameter that is silently ignored would give a wrong answer."""
    asked = Counter(name for name, _ in call.query_params.multi_items())
    found = [(name, REPEATED if name in known else UNKNOWN) for name, n in asked.items() if n > 1 or name not in known]
    problems = [Problem(code=code, pointer=PARAMETER + name[:64], zh=zh, en=en) for name, (code, zh, en) in found]
    if problems:
        raise Invalid(*SHAPE, tuple(problems))


class Area:
    """The operations of one subject: a tag in the documents."""

    def __init__(self, tag: str, zh: str, en: str) -> None:
        self.tag = tag
        self.description = f"{zh} · {en}"
        self.operations: list[Operation] = []

    def get(self, path: str, summary: str, **options: Unpack[Options]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("GET", path, summary, options)

    def post(self, path: str, summary: str, **options: Unpack[Options]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("POST", path, summary, options)

    def put(self, path: str, summary: str, **options: Unpack[Options]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("PUT", path, summary, options)

    def delete(self, path: str, summary: str, **options: Unpack[Options]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("DELETE", path, summary, options)

    def _operation(self, method: str, path: str, summary: str, options: Options) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            made = Operation(path, endpoint, method=method, tag=self.tag, summary=summary, **options)
            self.operations.append(made)
            return endpoint

        return add
