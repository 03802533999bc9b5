"""The export: everybody, page by page, as a table that runs nothing or as lines of JSON."""

import csv
import json
from io import StringIO
from typing import Any

import pytest

from service.usecases import export as module
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.export import BOM, Fields, disarmed, export, namespace, table
from service.usecases.failures import Invalid
from tests.usecases.given import PLAIN, Json, event, put_in_force, send

MORE: dict[str, Any] = {
    "tags": {
        "spent": {"value_of": {"sum": {"event": "order_paid", "property": "amount"}}},
        "way": {"value_of": {"last": {"event": "order_paid", "field": "channel"}}},
    }
}
FIELDS = Fields(
    identities=("member", "openid"), tags=("buyer", "spent", "way", "vip"), personas=("tier",), traits=("city", "on")
)
BUYERS: Json = {"tag": "buyer"}


async def text(app: App, where: Json, form: str, fields: Fields = FIELDS) -> str:
    found = await export(app, where, form, fields)
    return "".join([part async for part in found.text])


@pytest.fixture
async def furnished(app: App) -> App:
    await put_in_force(app, PLAIN, **MORE)
    both = event("e1", kind="order_paid", identities=["member:1", "openid@wx1:oA"], amount=18.5, order_id="o1")
    await send(
        app,
        both | {"channel": "=cmd()"},
        event("e2", kind="trait_set", city='上海,"静安"\n区', on=True),
        event("e3", "member:2", amount=-3, order_id="o2") | {"channel": "app"},
        event("e4", "member:3", kind="menu_viewed"),
    )
    await calibrate(app)
    return app


@pytest.mark.anyio
async def test_lines(furnished: App) -> None:
    first, second = [json.loads(line) for line in (await text(furnished, BUYERS, "jsonl")).splitlines()]
    assert first == {
        "profile_id": first["profile_id"],
        "identities": {"member": ["member:1"], "openid": ["openid@wx1:oA"]},
        "tags": {"buyer": True, "spent": 18.5, "way": "=cmd()", "vip": None},
        "personas": {"tier": "undetermined"},
        "traits": {"city": '上海,"静安"\n区', "on": True},
    }
    assert (second["tags"]["spent"], second["traits"]) == (-3, {"city": None, "on": None})
    bare = json.loads(await text(furnished, {"not": BUYERS}, "jsonl", Fields()))
    assert bare | {"profile_id": ""} == {"profile_id": "", "identities": {}, "tags": {}, "personas": {}, "traits": {}}


@pytest.mark.anyio
async def test_a_table(furnished: App) -> None:
    found = await text(furnished, BUYERS, "csv")
    assert found.startswith(BOM)
    head, first, second = csv.reader(StringIO(found.removeprefix(BOM)))
    assert head == [
        "profile_id", "identity:member", "identity:openid", "tag:buyer", "tag:spent", "tag:way", "tag:vip",
        "persona:tier", "trait:city", "trait:on",
    ]  # fmt: skip
    assert first[1:] == [
        "member:1", "openid@wx1:oA", "true", "18.5", "'=cmd()", "", "undetermined", '上海,"静安"\n区', "true",
    ]  # fmt: skip
    assert second[4] == "'-3"
    nobody = await text(furnished, {"tag": "vip"}, "csv")
    assert nobody.count("\n") == 1


@pytest.mark.anyio
@pytest.mark.parametrize("people", [0, 1, 3, 4, 6])
async def test_pages_join_without_a_seam(app: App, monkeypatch: pytest.MonkeyPatch, people: int) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    await put_in_force(app)
    if people:
        await send(app, *(event(f"e{n}", f"member:{n}", order_id=f"o{n}") for n in range(1, people + 1)))
    found = (await text(app, BUYERS, "jsonl", Fields(identities=("member",)))).splitlines()
    names = [json.loads(line)["identities"]["member"][0] for line in found]
    assert sorted(names) == [f"member:{n}" for n in range(1, people + 1)]


@pytest.mark.anyio
async def test_what_is_wrong_is_said_before_the_first_byte(furnished: App) -> None:
    with pytest.raises(Invalid) as raised:
        await export(furnished, BUYERS, "csv", Fields(tags=("buyer", "byer"), personas=("tir",)))
    assert [(each.code, each.pointer) for each in raised.value.problems] == [
        ("unknown_tag", "/fields/tags/1"), ("unknown_persona", "/fields/personas/0"),
    ]  # fmt: skip
    with pytest.raises(Invalid):
        await export(furnished, {"tag": "byer"}, "csv", Fields())


@pytest.mark.anyio
async def test_a_playbook_published_meanwhile_breaks_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    await put_in_force(app)
    await send(app, *(event(f"e{n}", f"member:{n}", order_id=f"o{n}") for n in range(1, 6)))
    found = await export(app, BUYERS, "jsonl", Fields(tags=("buyer",)))
    parts = [await anext(found.text)]
    await put_in_force(app, PLAIN.replace("  buyer:", "  bought:").replace("{tag: buyer}", "{tag: bought}"))
    parts += [part async for part in found.text]
    assert len("".join(parts).splitlines()) == 5


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-1", "@x", "\tx", "\rx"])
def test_formulas_are_disarmed(cell: str) -> None:
    assert disarmed(cell) == f"'{cell}"
    assert next(csv.reader(StringIO(table([[cell, "a"]]), newline=""))) == [f"'{cell}", "a"]


def test_cells() -> None:
    assert [disarmed(each) for each in (None, True, False, 5, 1.5, "", "a=b")] == [
        "", "true", "false", "5", "1.5", "", "a=b",
    ]  # fmt: skip
    assert [namespace(each) for each in ("member:1", "openid@wx:a:b", "phone:+86")] == ["member", "openid", "phone"]
