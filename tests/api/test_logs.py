"""The proof on real logs (benchmarks/logs.py) on made-up ones: it finds all equal, and it notices what is not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

import httpx
import pytest

from benchmarks import logs_count, logs_errors, logs_stalls
from benchmarks.logs import Examined, Wanted, examine
from benchmarks.logs_data import FILES, Case, Happened, Log, _prepared, playbook
from benchmarks.table import Row
from tests.api.serving import ADMIN, Door

BEGIN = round(datetime.fromisoformat("2024-01-01T00:00:00+00:00").timestamp())
HOUR, DAY = 3_600, 86_400
ANY = Wanted(0.5, 0.5, 0.2)
PAGES = ("home", "catalog", "product_view", "add_to_cart", "cart", "shipping_details", "payment_details", "purchase",
         "error_page", "payment_error", "checkout_bug", "review_page")  # fmt: skip


def case(name: str, key: str, *happened: tuple[int, str]) -> list[Happened]:
    return [
        Happened(f"{name}-{number:03}", f"member:{name}", BEGIN + at, kind, {key: name})
        for number, (at, kind) in enumerate(happened)
    ]


def tickets(number: int) -> Log:
    """A ticket every six hours; every eighth is never solved, every fifth is taken in charge twice."""
    chance, found = Random(7), list[Case]()
    for each in range(number):
        at = each * 6 * HOUR
        happened = [(at, "assign_seriousness"), (at, "take_in_charge_ticket")]
        if each % 5 == 0:
            happened += [(at + 9, "wait"), (at + 9, "take_in_charge_ticket")]
        if each % 8:
            solved = at + chance.randint(HOUR, 30 * HOUR)
            happened += [(solved, "resolve_ticket"), (solved + chance.randint(60, HOUR), "closed")]
        found.append(case(f"t{each:03}", "case_id", *happened))
    return Log("helpdesk", playbook("helpdesk"), found)


def visits(number: int) -> Log:
    """Visits of a shop without sense, with every error there is, some at one instant."""
    chance, found = Random(11), list[Case]()
    for each in range(number):
        at, happened = each * 50_000, list[tuple[int, str]]()
        for _ in range(chance.randint(1, 14)):
            at += chance.choice((0, 5, 300))
            happened.append((at, chance.choice(PAGES)))
        found.append(_prepared(case(f"v{each:03}", "session_id", *happened), shop=True))
    return Log("ecom", playbook("ecom"), found)


async def examined(door: Door, log: Log, wanted: Wanted | None) -> Examined:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    async with httpx.AsyncClient(base_url=door.url, headers=headers, timeout=60, trust_env=False) as client:
        return await examine(client, log, "test", wanted)


def judged(rows: Sequence[Row]) -> list[str]:
    return [row.what for row in rows if row.aim is not None and "hit" not in row.verdict]


@pytest.mark.anyio
async def test_a_log_of_tickets_is_counted_and_judged_as_the_service_does(either_door: Door) -> None:
    log = tickets(160)
    found = await examined(either_door, log, ANY)
    assert found.wrong == []
    assert judged(found.rows) == []
    told = {row.what.split(":")[0].strip(): row for row in found.rows}
    assert told["stalls"].what.split(": ")[-1] == "8 of 8 equal", "the eighth of the last 64 stall"
    assert told["stages learned, of 3"].values == [3]


@pytest.mark.anyio
async def test_every_error_of_a_shop_is_a_breakpoint(either_door: Door) -> None:
    found = await examined(either_door, visits(80), None)
    assert found.wrong == []
    assert judged(found.rows) == []


@pytest.mark.anyio
async def test_what_the_service_never_heard_is_noticed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """One event of a case is kept back on its way: funnel, graph, stalls and instants tell."""
    log = tickets(80)
    kept_back = log.cases[-2][-1]
    sound = Happened.told
    monkeypatch.setattr(
        Happened, "told", lambda each: sound(replace(each, type="verified") if each == kept_back else each)
    )
    found = await examined(door, log, ANY)
    told = {line.split(":")[0] + line.split(":")[1] for line in found.wrong}
    assert {"flow funnel", "flow directly-follows graph, edges", "milestones funnel"} <= told


# ---- the plain counts, by hand


LOANS = logs_count.journeys(playbook("bpic2012"))["milestones"]


def test_a_visit_goes_on_with_a_later_stage_and_ends_with_an_explicit_end() -> None:
    loan = case("a", "case_id", (0, "a_submitted"), (5, "a_accepted"), (7, "a_preaccepted"), (9, "a_declined"))
    begin = BEGIN
    assert logs_stalls.visits(LOANS, [loan]) == [
        logs_stalls.Visit("a", "preaccepted", begin, begin + 5, None),
        logs_stalls.Visit("a", "offered", begin + 5, None, begin + 9),
    ]
    (open_one,) = logs_stalls.visits(LOANS, [loan[:1]])
    assert (open_one.went_on, open_one.ended) == (None, None)
    assert logs_stalls.visits(LOANS, [case("a", "case_id", (0, "a_activated"), (5, "a_declined"))]) == []


def test_alarms_are_right_where_nothing_follows() -> None:
    seen = [logs_stalls.Visit(str(n), "returned", 0, 5 * DAY if n < 3 else None, None) for n in range(6)]
    learned = {"milestones/returned": {"stalled": 4 * DAY * 10**6, "late": 0, "ages": [DAY * 10**6], "hopes": [700]}}
    alarms = logs_stalls.expected("milestones", seen[2:], learned)
    assert alarms == {(str(n), "returned"): 4 * DAY for n in range(2, 6)}
    found = logs_stalls.judge("milestones", seen, alarms, learned)
    assert (found.alarms, found.right, found.lost, found.looks) == (4, 3, 3, 6)
    assert (found.precision, found.recall) == (0.75, 1.0)
    assert found.off == pytest.approx(0.2), "seven of ten were hoped for, five came"
    assert logs_stalls.compare(alarms, {}, seen)[1] == sorted(
        f"('{n}', 'returned'): {4 * DAY}.0, the service says None" for n in range(2, 6)
    )


def test_an_error_stands_until_its_stage_is_done() -> None:
    shop = _prepared(
        case("v", "session_id", (0, "error_page"), (3, "payment_error"), (4, "payment_error"), (5, "cart"),
             (6, "error_page"), (7, "purchase"), (8, "payment_error")),
        shop=True,
    )  # fmt: skip
    begin = BEGIN
    wanted, errors = logs_errors.expected([shop])
    assert wanted == {
        ("v-0", "look"): (begin, None),
        ("v-0", "payment"): (begin + 3, begin + 7),
        ("v-0", "details"): (begin + 6, None),
        ("v-1", "payment"): (begin + 8, None),
    }
    assert errors == {"error_page": 2, "payment_error": 3, "checkout_bug": 0}


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_playbook_names_its_stages_as_the_log_does(name: str) -> None:
    flow = logs_count.journeys(playbook(name))["flow"]
    assert all(types == {stage} for stage, types in flow.stages.items())
    assert flow.enter in (set(flow.stages), {"a_submitted"})
