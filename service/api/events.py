"""Recording and simulating events: the busiest path, so the body is read by hand and the answer is dumped once."""

from collections.abc import Mapping

from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.complaints import SHAPE
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.events import BATCH, Parsed, Receipt, RecordRequest, SimulateRequest, Simulation
from service.core.intake import Admitted
from service.core.problem import Problem, token
from service.core.wire import Twice
from service.usecases.failures import Invalid
from service.usecases.record import read_items
from service.usecases.refer import record_with_referrals
from service.usecases.simulate import simulate

area = Area("events", "上报与试算事件", "record and simulate events")
bench = Area("bench", "测速", "for benchmarks")


@area.post(
    "/v1/events",
    "上报事件 · Record events",
    needs="events:write",
    takes=RecordRequest,
    gives=Receipt,
    examples=examples.RECORD,
)
async def record_events(call: Call) -> Response:
    """每次 1–500 条，逐条给出结果；应答时已经落盘。Up to 500 events; answered after the commit, item by item.

    同一 `event_id` 再次上报为 `duplicate`，不会重复生效；有问题的条目进入待修复数据，不影响同批其他条目。
    请求体可用 gzip 压缩；不看 Content-Type。

    The same `event_id` again is a `duplicate` without a second effect. A bad item goes to quarantine and never fails
    its neighbours. The body may be gzip; its Content-Type does not matter.
    """
    items, backfill = batch(await call.tree(), may_backfill=True)
    if backfill:
        call.require("events:backfill")
    return answer(await record_with_referrals(call.lantern, call.actor, items, backfill=backfill))


@area.post(
    "/v1/events:simulate",
    "试算事件（不保存） · Simulate events",
    needs="events:simulate",
    takes=SimulateRequest,
    gives=Simulation,
    examples=examples.SIMULATE,
)
async def simulate_events(call: Call) -> Response:
    """如果发生这些事件，用户会变成什么样？什么都不保存。What these events would do; nothing is kept."""
    items, _ = batch(await call.tree(), may_backfill=False)
    return answer(await simulate(call.lantern, call.actor, items))


@bench.post(
    "/v1/events:parse", "只解析 · Parse only", needs="events:write", takes=RecordRequest, gives=Parsed, hidden=True
)
async def parse_events(call: Call) -> Response:
    """读取、解析、校验，不保存。Reads, parses and admits; keeps nothing."""
    items, _ = batch(await call.tree(), may_backfill=True)
    read = read_items(call.lantern, call.actor, items, call.lantern.clock()).items
    admitted = sum(isinstance(item.verdict, Admitted) for item in read)
    return answer({"admitted": admitted, "rejected": len(read) - admitted})


def batch(found: object, *, may_backfill: bool = False, member: str = "events") -> tuple[list[object], bool]:
    """The items within a body. Items are judged one by one later; only the wrapping can be wrong here."""
    shape = f'{{"{member}": [ … ]}}'
    if isinstance(found, list) or (isinstance(found, dict) and member not in found):
        raise _invalid("not_a_batch", "", f"请改传 {shape}", f"send {shape}")
    if not isinstance(found, dict):
        raise _invalid("not_an_object", "", f"应为 JSON 对象 {shape}", f"an object is expected: {shape}")
    if isinstance(found, Twice):
        raise _invalid("duplicate_key", "", "同一个键写了两次，请只留一个", "a key stands twice; keep one")
    known = (member, "backfill") if may_backfill else (member,)
    if unknown := next((name for name in found if name not in known), None):
        place = token(unknown[:64].encode(errors="replace").decode())
        raise _invalid("unknown_field", place, "没有这个字段，请去掉", "there is no such field; leave it out")
    return _items(found[member], token(member)), _flag(found)


def _items(items: object, pointer: str) -> list[object]:
    if not isinstance(items, list):
        raise _invalid("not_an_array", pointer, "请改传数组 […]", "send an array […]")
    if not 1 <= len(items) <= BATCH:
        raise _invalid(
            "batch_size", pointer, f"每次 1 到 {BATCH} 条，请分批发送", f"1 to {BATCH} at once; send several batches"
        )
    return items


def _flag(found: Mapping[str, object]) -> bool:
    backfill = found.get("backfill", False)
    if not isinstance(backfill, bool):
        raise _invalid(
            "not_a_boolean", "/backfill", "请改传 true 或 false（不加引号）", "send true or false (no quotes)"
        )
    return backfill


def _invalid(code: str, pointer: str, zh: str, en: str) -> Invalid:
    return Invalid(*SHAPE, (Problem(code=code, pointer=pointer, zh=zh, en=en),))
