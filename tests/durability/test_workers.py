"""Workers in processes of their own, killed while things fall due: all is said once, nothing is forgotten (D10)."""

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.core.measures import FOREVER
from service.usecases.app import App
from service.usecases.verify import verify
from tests.durability.processes import program
from tests.durability.proof import dense
from tests.usecases.given import Json, Listener, event, opened, put_in_force, send, until

PEOPLE = int(os.environ.get("LANTERN_TEST_TIMERS", "200"))
SECONDS = 1_000_000
SPREAD = 4 * SECONDS  # over which they fall due
ROUNDS = 4  # at least, however slow the machine is
AWAKE = 2 * SECONDS
SHORT = """
playbook: short
events: {order_paid: {properties: {order_id: string}}}
tags:
  awake: {when: {count: {event: order_paid, within: 2s}, gte: 1}}
  asleep: {when: {since_last: {event: order_paid}, gte: 3s}}
journeys:
  pickup:
    key: order_id
    enter: {event: order_paid}
    abandon_after: 4s
    stages: [{stage: ready, phase: in_sale, completed_by: {event: order_ready}, expected_within: 1s, stalled_after: 2s}]
"""
ALWAYS = {("awake", True), ("awake", False), ("asleep", True), ("stalled", True), ("dropped", False), ("dropped", None)}
BRIEF = {("awake", True), ("awake", False)}  # passed over, too, if keeping the event takes as long as that lasts
PERHAPS = {("active", "on_time"), ("active", "late"), ("stalled", False)}  # passed over if nobody is there in time


def now() -> int:
    return time.time_ns() // 1000


@pytest.mark.anyio
async def test_two_workers_of_which_one_is_killed_again_and_again(home: str, tmp_path: Path) -> None:
    chance = random.Random(PEOPLE)
    async with opened(home, now) as app:
        await put_in_force(app, SHORT)
        with ExitStack() as stack:
            workers = [stack.enter_context(program(home, tmp_path / str(number), "worker")) for number in range(2)]
            for each in workers:
                each.start()
            await asyncio.sleep(1)
            end, rounds, late = now() + SPREAD, 0, set[str]()
            while (t := now()) < end or rounds < ROUNDS:
                names = [f"member:m{t}.{place}" for place in range(PEOPLE // 25)]
                sent = await send(app, *(event("e1", who, t=t, order_id="o1") for who in names))
                late |= {each["profile_id"] for each in sent} if now() >= t + AWAKE else set()
                rounds += 1
                await asyncio.sleep(0.4 * chance.random())
                each = chance.choice(workers)
                assert each.kill(), "it runs until it is killed"
                each.start()
            await until(lambda: nothing_due(app))
            for each in workers:
                each.stop()
        said = await Listener(app).news()
        dense(each["id"] for each in said)
        people: dict[str, Counter[object]] = {}
        for item in said:
            people.setdefault(item["profile_id"], Counter())[thing(item)] += 1
        assert len(people) >= 25
        for who, life in people.items():
            assert set(life.values()) == {1}, "nothing is said twice"
            assert life.keys() <= ALWAYS | PERHAPS
            assert ALWAYS - life.keys() <= (BRIEF if who in late else set()), "nothing is forgotten"
        found: Json = await verify(app)
        assert (found["profiles"], found["differences"]) == (len(people), 0)


async def nothing_due(app: App) -> bool:
    return not await app.store.read(lambda unit: unit.profiles.due(FOREVER, 1))


def thing(item: Json) -> object:
    if item["kind"] == "tag":
        return item["key"], item["on"]
    if item["kind"] == "breakpoint":
        return item["breakpoint"], item["resolved_at"] is not None
    return item["status"], item["pace"]
