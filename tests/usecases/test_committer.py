"""Group commit: bounded, fair to live requests, and nobody pays for his neighbour."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import pytest

from service.core.intake import Admitted, Sender
from service.store import Conflict, Unavailable
from service.usecases import intake_rows, keeping
from service.usecases.app import App
from service.usecases.batch import Item, Submission
from service.usecases.committer import GROUP, HISTORY_GROUP, TRIES, Committer
from service.usecases.failures import Busy
from service.usecases.verify import verify
from tests.usecases.given import PATIENCE, Clock, event, opened, put_in_force, send, statuses, until, wire

LIMIT = 500


class Commits:
    """The commits of a service: which events each group held; a gate holds them up while it is closed."""

    def __init__(self, committer: Committer) -> None:
        self.groups: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.another = asyncio.Event()
        self._commit = committer._commit
        committer._commit = self

    async def __call__(self, submissions: Sequence[Submission]) -> None:
        self.groups.append(ids_of(submissions))
        self.another.set()
        await self.gate.wait()
        await self._commit(submissions)


def ids_of(submissions: Sequence[Submission]) -> list[str]:
    return [
        item.verdict.event.event_id for each in submissions for item in each.items if isinstance(item.verdict, Admitted)
    ]


async def idle(app: App) -> bool:
    return app.committer.waiting == 0


async def kept(app: App) -> int:
    return await app.store.read(lambda unit: unit.events.count())


def strangers(name: str, count: int) -> list[dict[str, Any]]:
    return [event(f"{name}{number}", f"member:{name}.m{number}") for number in range(count)]


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is recorded together with an event called poison fails, inside the transaction."""

    def keep_intake(unit: Any, definitions: Any, submissions: Sequence[Submission], *rest: Any) -> None:
        intake_rows.keep_intake(unit, definitions, submissions, *rest)
        if any(name.startswith("poison") for name in ids_of(submissions)):
            raise ZeroDivisionError

    monkeypatch.setattr("service.usecases.group.keep_intake", keep_intake)


@pytest.mark.anyio
async def test_whatever_waits_goes_together(app: App) -> None:
    commits = Commits(app.committer)
    await asyncio.gather(*(send(app, event(f"e{number}")) for number in range(40)))
    assert [len(each) for each in commits.groups] == [40], "nobody waits for a timer, nobody goes alone"


@pytest.mark.anyio
@pytest.mark.usefixtures("poison")
async def test_a_poisoned_request_fails_alone(app: App) -> None:
    await put_in_force(app)
    sent = [*strangers("good", 20), event("poison", "member:good3"), *strangers("fine", 20)]
    results = await asyncio.gather(*(send(app, each) for each in sent), return_exceptions=True)
    assert isinstance(results.pop(20), ZeroDivisionError)
    assert [each for found in results if not isinstance(found, BaseException) for each in statuses(found)] == [
        "accepted"
    ] * 40
    assert await kept(app) == 40
    assert app.committer.waiting == 0
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_past_the_bound_the_answer_is_busy_and_nothing_is_kept(home: str, clock: Clock) -> None:
    async with opened(home, clock, queue_limit=LIMIT) as app:
        commits = Commits(app.committer)
        commits.gate.clear()
        first = asyncio.gather(*(send(app, *strangers(f"{turn}.", 50)) for turn in range(10)))
        await asyncio.sleep(0)
        assert app.committer.waiting == LIMIT
        more = asyncio.gather(
            *(send(app, *each) for each in (strangers("more", 1), strangers("many", 500))), return_exceptions=True
        )
        await asyncio.sleep(0)
        commits.gate.set()
        await first
        for busy in await more:
            assert isinstance(busy, Busy)
            assert (busy.status, busy.retry_after) == (503, 1)
        assert await kept(app) == LIMIT
        assert statuses(await send(app, *strangers("more", 1))) == ["accepted"]
        assert app.committer.waiting == 0


@pytest.mark.anyio
async def test_a_live_request_waits_for_at_most_one_group_of_history(app: App) -> None:
    await put_in_force(app)
    commits = Commits(app.committer)
    backlog = [
        asyncio.create_task(send(app, event(f"h{turn}", "member:live"), *strangers(f"h{turn}.", 299), backfill=True))
        for turn in range(6)
    ]
    for turn in range(5):
        commits.another.clear()
        await commits.another.wait()
        begun = len(commits.groups)
        await send(app, event(f"live{turn}", "member:live"))
        place = next(place for place, names in enumerate(commits.groups) if f"live{turn}" in names)
        assert place == begun, "only what was being committed already goes first"
    assert len(commits.groups) < 18, "and the backlog was still there"
    await asyncio.gather(*backlog)
    assert max(map(len, commits.groups)) == HISTORY_GROUP
    assert await kept(app) == 1800 + 5


@pytest.mark.anyio
async def test_groups_stay_small(app: App) -> None:
    commits = Commits(app.committer)
    results = await asyncio.gather(*(send(app, *strangers(f"{turn}.", 120)) for turn in range(9)))
    assert {each["status"] for found in results for each in found} == {"accepted"}
    assert max(map(len, commits.groups)) == 480 <= GROUP


@pytest.mark.anyio
@pytest.mark.usefixtures("poison")
async def test_callers_who_leave_lose_nothing_and_leave_nothing_behind(app: App) -> None:
    before = asyncio.all_tasks()
    for turn in range(20):
        sent = [*strangers(f"{turn}.", 4), event(f"poison{turn}", f"member:p{turn}")]
        callers = [asyncio.create_task(send(app, each)) for each in sent]
        await asyncio.sleep(0.001 * (turn % 4))
        for caller in callers[turn % 2 :: 2]:
            caller.cancel()
        await asyncio.wait(callers)
        assert all(each.cancelled() or each.exception() is None or each is callers[4] for each in callers)
    await until(lambda: idle(app))
    started = 20 * 4
    assert started - 20 <= await kept(app) <= started, "only who left before he was heard is missing"
    assert {each for each in asyncio.all_tasks() - before if not each.done()} <= {asyncio.current_task()}


@pytest.mark.anyio
async def test_what_was_accepted_is_finished_before_the_end(home: str, clock: Clock) -> None:
    async with opened(home, clock) as app:
        sent = [asyncio.create_task(send(app, *strangers(f"{turn}.", 100))) for turn in range(8)]
        await asyncio.sleep(0)
        await app.close()
        assert {
            each["status"] for found in await asyncio.wait_for(asyncio.gather(*sent), PATIENCE) for each in found
        } == {"accepted"}
    async with opened(home, clock) as app:
        assert await kept(app) == 800


@pytest.mark.anyio
async def test_a_receipt_tells_of_the_attempt_that_succeeded(
    home: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first attempt saw a new event; before the second, another service has recorded it: a duplicate says nothing."""
    attempts = list[int]()

    def keep(*given: Any) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise Conflict
        keeping.keep(*given)

    async with opened(home, clock) as app, opened(home, clock) as other:
        await put_in_force(app)
        commit = app.committer._commit

        async def interrupted(submissions: Sequence[Submission]) -> None:
            try:
                await commit(submissions)
            except Conflict:
                await send(other, event("e1"))
                raise

        monkeypatch.setattr(app.committer, "_commit", interrupted)
        monkeypatch.setattr("service.usecases.group.keep", keep)
        (result,) = await send(app, event("e1"))
        assert (result["status"], result["changes"]) == ("duplicate", [])


# ---- the committer alone, with a commit that does as it is told


def request(name: str, size: int = 1) -> Submission:
    items = [Item(index=place, raw=raw, verdict=()) for place, raw in enumerate(wire([name] * size))]
    return Submission(Sender(source=None, default_source="pos", layer="import"), 0, items)


def names(submissions: Sequence[Submission]) -> str:
    return "".join(str(each.items[0].raw) for each in submissions)


async def submit_all(committer: Committer, text: str) -> list[object]:
    asked = (committer.submit(request(name)) for name in text)
    return await asyncio.gather(*asked, return_exceptions=True)


@pytest.mark.anyio
async def test_a_conflict_is_tried_again_as_it_is() -> None:
    seen = list[str]()

    async def commit(submissions: Sequence[Submission]) -> None:
        seen.append(names(submissions))
        if len(seen) < TRIES:
            raise Conflict

    committer = Committer(commit, limit=LIMIT)
    assert await submit_all(committer, "abcd") == [None] * 4
    assert seen == ["abcd"] * TRIES


@pytest.mark.anyio
async def test_who_always_conflicts_is_halved_away_from_the_others() -> None:
    seen, done = list[str](), list[str]()

    async def commit(submissions: Sequence[Submission]) -> None:
        seen.append(names(submissions))
        if "x" in seen[-1]:
            raise Conflict
        done.append(seen[-1])

    committer = Committer(commit, limit=LIMIT)
    results = await submit_all(committer, "abcxdefg")
    assert [isinstance(each, Busy) for each in results] == [name == "x" for name in "abcxdefg"]
    assert (sorted("".join(done)), committer.waiting) == (sorted("abcdefg"), 0)
    assert len(seen) <= TRIES * 4 + 4, "each half is tried a few times, not each request"


@pytest.mark.anyio
async def test_an_outage_is_everybodys_and_is_over_when_it_is_over() -> None:
    down = [True]

    async def commit(_submissions: Sequence[Submission]) -> None:
        await asyncio.sleep(0)
        if down:
            down.pop()
            raise OSError

    committer = Committer(commit, limit=LIMIT)
    (found,) = await submit_all(committer, "a")
    assert isinstance(found, OSError)
    assert await submit_all(committer, "abc") == [None] * 3
    assert committer.waiting == 0


@pytest.mark.anyio
async def test_nobody_complains_of_a_failure_that_nobody_waited_for() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))

    async def commit(_submissions: Sequence[Submission]) -> None:
        await asyncio.sleep(0.01)
        raise Unavailable

    committer = Committer(commit, limit=LIMIT)
    asked = asyncio.create_task(committer.submit(request("a")))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.wait([asked])
    await committer.close()
    del asked
    gc.collect()
    assert complaints == []
