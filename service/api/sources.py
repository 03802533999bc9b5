"""Checking an integration: what each source sends, and event types that nobody declared."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.fields import Word
from service.api.schemas.operations import SourceList, UndeclaredList
from service.api.schemas.playbook import TypeDeclared
from service.usecases.sources import add_event_type, sources, undeclared

area = Area("sources", "接入检查：来源与未声明的事件", "check integrations: sources and undeclared events")
EventType = Annotated[Word, Path(description="事件类型 · event type")]


@area.get("/v1/sources", "接入检查 · Check sources", needs="sources:read", gives=SourceList)
async def list_sources(call: Call) -> Response:
    """每个来源最近一次上报、近 24 小时各结果条数和最常见的问题。For each source: when, how much, what is wrong."""
    return answer(await sources(call.lantern))


@area.get("/v1/events/undeclared", "未声明的事件 · List undeclared events", needs="sources:read", gives=UndeclaredList)
async def list_undeclared(call: Call) -> Response:
    """收到并保存了、但方案里没有声明的事件，附样例和推断的字段。Stored and not declared, with inferred properties."""
    return answer(await undeclared(call.lantern))


@area.post(
    "/v1/events/undeclared/{type:path}:declare",
    "加入草稿 · Declare an event type",
    needs="playbook:write",
    gives=TypeDeclared,
    refuses=(404, 409, 412),
)
async def declare_event(call: Call, type: EventType) -> Response:  # noqa: A002 - the name on the wire
    """把未声明的事件连同推断的字段加入方案草稿，草稿中的注释保留。Add the type to the draft, whose comments stay."""
    return answer(await add_event_type(call.lantern, call.actor, type))
