"""Breakpoints of everybody: listed, rolled up, and what staff make of them."""

from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.journeys import JOURNEY, READ, From, Question, To, listed
from service.api.operation import Area
from service.api.problems import answer
from service.api.profiles import After, Limit
from service.api.schemas.breakpoints import BreakCounts, BreakPage, BreakStory, NoteRequest
from service.api.schemas.fields import Word
from service.usecases.annotate import annotate, view_break
from service.usecases.break_counts import break_counts
from service.usecases.breaks import EITHER, ENDS, BreaksQuery, BreaksWanted, breaks

area = Area("breakpoints", "断点：列表、汇总、跟进", "breakpoints: listed, rolled up, followed up")

Id = Annotated[str, Path(max_length=1024, description="断点编号，取自列表 · id of the breakpoint, from the list")]
Status = Literal["open", "resolved", "left", "withdrawn"]
Kind = Literal["stalled", "skipped", "failed", "dropped", "regressed", "dissatisfied"]
BY = ("stage", "kind", "channel", "touchpoint", "scenario", "place", "staff", "persona", "day", "week", "hour")
Only = Annotated[Word | None, Query(description="只看 · only these")]


@area.get("/v1/breakpoints", "断点列表 · List breakpoints", needs=READ, gives=BreakPage)
async def list_breakpoints(
    call: Call,
    *,
    journey: Only = None,
    stage: Only = None,
    kind: Annotated[Kind | None, Query(description="哪一种 · of this kind")] = None,
    status: Annotated[Status | None, Query(description="未解除、已解除、随离开而结束、已撤回 · which status")] = None,
    place: Only = None,
    channel: Only = None,
    staff: Only = None,
    persona: Only = None,
    assigned_to: Only = None,
    start: From = None,
    to: To = None,
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """所有用户的断点，新的在前，可按旅程、阶段、种类、门店、渠道、员工、分层、跟进人筛选。The newest first."""
    open_, with_run = ENDS.get(status, EITHER)
    wanted = BreaksWanted(
        journey=journey, stage=stage, kind=kind, open=open_, with_run=with_run,
        withdrawn=status == "withdrawn", since=start, until=to, place=place, channel=channel, staff=staff, cls=persona,
        assigned_to=assigned_to,
    )  # fmt: skip
    return answer(await breaks(call.lantern, BreaksQuery(wanted=wanted, cursor=cursor, limit=limit)))


@area.get("/v1/breakpoints/{id:key}", "看一个断点 · Show a breakpoint", needs=READ, gives=BreakStory, refuses=(404,))
async def show_breakpoint(call: Call, id: Id) -> Response:  # noqa: A002 - the name in the path
    """在哪里、谁、怎样解除，以及员工的全部记录。With every note of staff."""
    return answer(await view_break(call.lantern, id))


@area.post(
    "/v1/breakpoints/{id:key}:note",
    "跟进断点 · Write a note on a breakpoint",
    needs="journeys:write",
    takes=NoteRequest,
    gives=BreakStory,
    refuses=(404,),
    examples=examples.NOTE,
)
async def note_breakpoint(call: Call, id: Id) -> Response:  # noqa: A002 - the name in the path
    """写记录、交给某人；断点后来被撤回，记录仍在。A note, or to whom it is given; it stays if it is withdrawn."""
    asked = await call.read(NoteRequest)
    return answer(await annotate(call.lantern, call.actor, id, text=asked.text, assigned_to=asked.assigned_to))


@area.get(JOURNEY + "/breakpoints", "断点汇总 · Roll breakpoints up", needs=READ, gives=BreakCounts, refuses=(404,))
async def roll_up_breakpoints(
    call: Call,
    question: Question,
    *,
    by: Annotated[
        str, Query(max_length=64, description="按什么分组，至多三项，逗号分隔 · up to three, by commas")
    ] = "stage,kind",
) -> Response:
    """哪里断、断多少、怎样解除、哪些服务救得回来，与前一段时间对比。Where, how many, and what recovers them."""
    keys = listed("by", by, BY, 3)
    return answer(await break_counts(call.lantern, question, keys))
