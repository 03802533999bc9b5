"""The OpenAPI document: FastAPI's, with our bodies, problems and keys put where generators expect them."""

from collections.abc import Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.api.operation import REFERENCE, Area
from service.api.schemas.problem import ProblemDetails

TITLE = "Lantern 智能标签服务"
SUMMARY = (
    "事件进，标签、分层、旅程、推荐出，每一项都有原因 · Events in; tags, personas, journeys, offers out, with reasons"
)
DESCRIPTION = """\
**三步试用**：① 点右上 Authorize，填入启动时打印的密钥；② 展开一个接口，选一个例子；③ 点 Execute。

**Try it in three steps**: Authorize with the key that was printed at first start; open an operation and choose an
example; Execute.

- 时间一律带时区（RFC 3339），回答为 UTC。 Times carry their offset (RFC 3339); answers are in UTC.
- 标识形如 `member:42`、`openid@wx123:oAb`、`phone:+8613…`。 Identities look like this.
- 错误为 `application/problem+json`（RFC 9457）：`code` 稳定，`errors` 指出位置和改法，中英对照。
  Errors are problem details with a stable `code`; `errors` names each place and its mend.
- 带回 `X-Request-ID`；503 时请按 `Retry-After` 重试，同一 `event_id` 不会重复生效。
  Retry a 503 after `Retry-After`; the same `event_id` has no second effect.
"""
VERSION = "0.1.0"  # the project's
KEYS = {
    "BearerKey": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer 密钥 · key"},
    "HeaderKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "X-API-Key: 密钥 · key"},
}


def specification(areas: Sequence[Area]) -> dict[str, Any]:
    """The document for these operations; it needs no running service."""
    operations = [operation for area in areas for operation in area.operations]
    document = get_openapi(
        title=TITLE,
        version=VERSION,
        summary=SUMMARY,
        description=DESCRIPTION,
        routes=operations,
        tags=[{"name": area.tag, "description": area.description} for area in areas],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    bodies = {operation.takes for operation in operations if operation.takes and operation.include_in_schema}
    components = document["components"]
    components["schemas"] |= _schemas({*bodies, ProblemDetails})
    components["schemas"] = {name: components["schemas"][name] for name in sorted(components["schemas"])}
    components["securitySchemes"] = KEYS
    untitled: dict[str, Any] = _untitled(document)
    return untitled


def _schemas(models: set[type[BaseModel]]) -> dict[str, Any]:
    wanted = [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)]
    _, made = models_json_schema(wanted, ref_template=REFERENCE)  # type: ignore[arg-type] # the modes are literals
    defined: dict[str, Any] = made["$defs"]
    return defined


def _untitled(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Without the titles that pydantic makes of names; a property called title is an object and stays."""
    if isinstance(node, list):
        return [_untitled(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _untitled(each) for key, each in node.items() if key != "title" or not isinstance(each, str)}
    return {**kept, "title": node["title"]} if "license" in node else kept
