"""Finding profiles by what they are, and taking them along as a table."""

from starlette.responses import Response, StreamingResponse

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.search import ExportLine, ExportRequest, SearchPage, SearchRequest
from service.usecases.export import Fields, export
from service.usecases.search import Query, search

area = Area("search", "按标签、分层、旅程查找和导出用户", "find and export profiles by tag, persona, journey")

EXPORT = "profiles:export"
DEEPER = 8  # levels that conditions within conditions may take beyond those of other bodies
MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
TEXT = {"schema": {"type": "string"}}


@area.post(
    "/v1/profiles:search",
    "查找用户 · Search profiles",
    needs="profiles:search",
    takes=SearchRequest,
    gives=SearchPage,
    examples=examples.SEARCH,
)
async def search_profiles(call: Call) -> Response:
    """写法同方案的条件；其他条件请先做成标签。The playbook's own conditions on tags, personas and journeys.

    `as_of` 之前的变化都已计入；`complete` 为 false 时还有用户在按新方案重算。

    Everything up to `as_of` is in it; while `complete` is false some profiles still wait for new definitions.
    """
    asked = await call.read(SearchRequest, deeper=DEEPER)
    if asked.identities:
        call.require(EXPORT)
    return answer(
        await search(
            call.lantern,
            Query(
                where=asked.where,
                limit=asked.limit,
                cursor=asked.cursor,
                count=asked.count,
                identities=asked.identities,
            ),
        )
    )


@area.post(
    "/v1/profiles:export",
    "导出用户 · Export profiles",
    needs=EXPORT,
    takes=ExportRequest,
    gives=ExportLine,
    done={"content": {"text/csv": TEXT, "application/jsonl": TEXT}},
    examples=examples.EXPORT,
)
async def export_profiles(call: Call) -> Response:
    """边查边传，不限人数；CSV 可直接用 Excel 打开。Streamed, however many there are.

    标识属于个人信息，请妥善保管；以 = + - @ 开头的单元格前会加一个 '，以免被当作公式。

    Identities are personal data. Cells that a table program would run as a formula get a leading apostrophe.
    """
    asked = await call.read(ExportRequest, deeper=DEEPER)
    chosen = {name: tuple(dict.fromkeys(names)) for name, names in asked.fields}
    found = await export(call.lantern, asked.where, asked.format, Fields(**chosen))
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="profiles.{asked.format}"',
        "x-as-of": str(found.about["as_of"]),
        "x-complete": str(found.about["complete"]).lower(),
    }
    return StreamingResponse(found.text, headers=headers, media_type=MEDIA[asked.format])
