"""What the commands print, and the exit codes that scripts go by."""

import asyncio
import gc
import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.commands import app as commands
from service.store import Unit
from service.usecases.app import App
from service.usecases.follow import changes
from tests.usecases.given import Clock, Json, event, opened, put_in_force, send

Lantern = Callable[..., Result]


@pytest.fixture
def lantern(sqlite_home: str) -> Generator[Lantern]:
    """Runs a command on a database with a playbook in force; then the garbage collector is as it was."""
    threshold = gc.get_threshold()
    within(sqlite_home, put_in_force)
    yield lambda *words: CliRunner().invoke(commands, [*words, "--database", sqlite_home, "--json"])
    gc.unfreeze()
    gc.set_threshold(*threshold)


def within(url: str, work: Callable[[App], object]) -> Json:
    async def run() -> Json:
        async with opened(url, Clock()) as app:
            found: Json = await work(app)  # type: ignore[misc]  # each is a coroutine
            return found

    return asyncio.run(run())


def written(file: Path, lines: Sequence[object]) -> str:
    file.write_text("\n".join(map(json.dumps, lines)))
    return str(file)


@pytest.mark.parametrize(("words", "cause"), [((), None), (("--history",), "backfill")])
def test_import_counts_and_history_goes_its_own_lane(
    lantern: Lantern, sqlite_home: str, tmp_path: Path, words: Sequence[str], cause: str | None
) -> None:
    file = written(tmp_path / "events.jsonl", [event("e1"), event("e2", "member:2")])
    ended = lantern("import", file, *words)
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["accepted"] == 2
    said = within(sqlite_home, lambda app: changes(app, None, 100))["items"]
    assert {each.get("cause") for each in said} == {cause}


def test_an_import_with_bad_lines_ends_with_2_and_keeps_the_others(lantern: Lantern, tmp_path: Path) -> None:
    ended = lantern("import", written(tmp_path / "events.jsonl", [event("e1"), {}, event("e2", "member:2")]))
    found = json.loads(ended.stdout)
    assert (ended.exit_code, found["accepted"], found["rejected"]) == (2, 2, 1)
    assert [each["line"] for each in found["first_rejected"]] == [2]


def test_verify_ends_with_2_if_anything_differs(lantern: Lantern, sqlite_home: str) -> None:
    within(sqlite_home, lambda app: send(app, event("e1")))
    ended = lantern("verify")
    assert (ended.exit_code, json.loads(ended.stdout)["differences"]) == (0, 0)

    def damage(unit: Unit) -> None:
        (row,) = unit.profiles.scan(0, 10)
        unit.profiles.save([replace(row, version=2, facts=row.facts[:-1])])

    within(sqlite_home, lambda app: app.store.write(damage))
    ended = lantern("verify")
    assert (ended.exit_code, json.loads(ended.stdout)["differences"]) == (2, 1)


def test_a_key_is_shown_once_listed_and_revoked(lantern: Lantern) -> None:
    made = json.loads(lantern("keys", "create", "till", "--preset", "intake", "--source", "till").stdout)
    assert (made["preset"], made["scopes"], made["source"]) == ("intake", ["events:write"], "till")
    listed = lantern("keys", "list").stdout
    assert made["secret"] not in listed
    assert [each["key_id"] for each in json.loads(listed)["items"]] == [made["key_id"]]
    assert json.loads(lantern("keys", "revoke", made["key_id"]).stdout)["revoked_at"]
    again = lantern("keys", "revoke", made["key_id"])
    assert (again.exit_code, again.stdout) == (1, "")
    assert lantern("keys", "create", "till", "--preset", "root").exit_code == 1
