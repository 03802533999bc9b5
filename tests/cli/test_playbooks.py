"""Playbooks are carried from one real service to another and back, as they were written."""

from collections.abc import Generator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.commands import app as commands
from tests.api.serving import ADMIN, Door, opened

TEXT = """# 注释
playbook: small
events:
  order_paid: {name: 支付订单}
tags:
  buyer: {name: 买家, when: {count: {event: order_paid}, gte: 1}}
"""


@pytest.fixture
def two(sqlite_home: str, tmp_path: Path) -> Generator[tuple[Door, Door]]:
    with opened(sqlite_home) as staging, opened(f"sqlite:///{tmp_path / 'production.db'}") as production:
        yield staging, production


def run(door: Door, *words: str, key: str = ADMIN) -> tuple[int, str]:
    found = CliRunner().invoke(commands, ["playbook", *words, "--url", door.url, "--key", key])
    return found.exit_code, found.output


def test_a_playbook_is_carried_from_staging_to_production(two: tuple[Door, Door], tmp_path: Path) -> None:
    staging, production = two
    file = tmp_path / "small.yaml"
    assert run(staging, "pull", str(file)) == (1, "还没有发布过方案 · nothing is published yet\n")
    file.write_text(TEXT, encoding="utf-8")
    assert run(staging, "push", str(file), "--publish", "--note", "第一版")[0] == 0
    assert run(staging, "pull", str(tmp_path / "fetched.yaml"))[0] == 0
    assert (tmp_path / "fetched.yaml").read_text(encoding="utf-8") == TEXT, "comments included"
    assert run(production, "push", str(tmp_path / "fetched.yaml"))[0] == 0
    assert production.get("/v1/playbook").json()["version"] == 0, "it is a draft until it is published"
    assert run(production, "pull", str(file), "--draft")[0] == 0
    assert run(staging, "pull", str(file), "--version", "1")[0] == 0
    assert file.read_text(encoding="utf-8") == TEXT


def test_what_is_wrong_is_said_and_told_by_the_exit_code(two: tuple[Door, Door], tmp_path: Path) -> None:
    staging, _ = two
    file = tmp_path / "bad.yaml"
    file.write_text(TEXT.replace("event: order_paid", "event: order_payd"), encoding="utf-8")
    code, said = run(staging, "push", str(file), "--publish")
    assert (code, staging.get("/v1/playbook").json()["version"]) == (2, 0)
    assert "6:" in said
    assert "/tags/buyer/when/count/event" in said
    code, said = run(staging, "push", str(file), key="wrong")
    assert (code, "401" in said) == (1, True)
    code, said = run(staging, "pull", str(file), "--version", "9")
    assert (code, "404" in said) == (1, True)
    nowhere = CliRunner().invoke(commands, ["playbook", "pull", str(file), "--url", "http://127.0.0.1:9"])
    assert (nowhere.exit_code, "cannot reach" in nowhere.output) == (1, True)
