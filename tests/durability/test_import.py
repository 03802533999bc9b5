"""An import that is killed on its way is simply run again: every line counts once."""

import asyncio
import json
import os
import random
import time
from pathlib import Path

import pytest

from tests.durability.clients import Client, Memory, key_of
from tests.durability.processes import program
from tests.durability.proof import every_event, prove
from tests.usecases.given import Clock, opened, put_in_force

LINES = int(os.environ.get("LANTERN_TEST_LINES", "1500"))
PEOPLE = [f"member:m{number}" for number in range(150)]


@pytest.mark.anyio
async def test_an_import_killed_on_its_way_is_run_again(home: str, tmp_path: Path) -> None:
    clock, memory, chance = Clock(time.time_ns() // 1000), Memory(), random.Random(LINES)
    async with opened(home, clock) as app:
        await put_in_force(app)
    sender = Client(0, [], PEOPLE, clock.now, memory, asyncio.Event())
    while len(memory.sent) < LINES:
        sender.turn += 1
        memory.sent |= {key_of(each): each for each in sender.batch(chance)}
    file = tmp_path / "history.jsonl"
    file.write_text("\n".join(map(json.dumps, memory.sent.values())))
    kept = list[int]()
    with program(home, tmp_path / "words", "import", str(file), "--history", "--json") as importing:
        for _ in range(3):
            importing.start()
            await asyncio.sleep(chance.random() / 2)
            importing.kill()
            async with opened(home, clock) as app:
                kept.append(len(await app.store.read(every_event)))
        importing.start()
        await asyncio.to_thread(importing.wait)
    assert kept == sorted(kept), "what was kept stays"
    assert kept[0] < LINES, "killed on its way"
    clock.now = time.time_ns() // 1000
    async with opened(home, clock) as app:
        assert len(await app.store.read(every_event)) == len(memory.sent)
        await prove(app, memory)
