"""What cannot be taken is refused by its code; what a draft would do is told before it is done."""

from collections.abc import Awaitable, Callable

import pytest

from service.usecases.app import App
from service.usecases.definition import delete_definition, get_definition, put_definition
from service.usecases.failures import Failure
from service.usecases.keys import create_key, revoke_key
from service.usecases.look import look
from service.usecases.playbook import get_draft, published, put_draft
from service.usecases.preview import preview
from service.usecases.publish import publish
from service.usecases.recommend import explain
from service.usecases.source import read_source
from service.usecases.sources import infer
from tests.usecases.given import PLAIN, STAFF, Json, event, put_in_force, send


async def publish_another(app: App) -> None:
    await put_draft(app, STAFF, PLAIN.encode(), YAML, None)
    await publish(app, STAFF, "", "what was never there")


YAML, JSON = "application/yaml", "application/json"
BOMB = b"a: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"\n".join(
    b"%c: &%c [" % (name, name) + b", ".join([b"*%c" % (name - 1)] * 10) + b"]" for name in b"bcdefg"
)  # aliases of aliases, a million in all
REFUSED: list[tuple[str, Callable[[App], Awaitable[object]]]] = [
    ("playbook_too_large", lambda app: put_draft(app, STAFF, b"#" * (2**20 + 1), YAML, None)),
    ("not_utf8", lambda app: put_draft(app, STAFF, "playbook: 咖啡".encode("gbk"), YAML, None)),
    ("not_json", lambda app: put_draft(app, STAFF, b'{"playbook": ', JSON, None)),
    ("not_json", lambda app: put_draft(app, STAFF, b'{"playbook": "a", "playbook": "b"}', JSON, None)),
    ("not_a_mapping", lambda app: put_draft(app, STAFF, b"[1]", JSON, None)),
    ("not_yaml", lambda app: put_draft(app, STAFF, b"playbook: [coffee", YAML, None)),
    ("not_yaml", lambda app: put_draft(app, STAFF, b"playbook: \x07", YAML, None)),
    ("not_yaml", lambda app: put_draft(app, STAFF, BOMB, YAML, None)),
    ("key_twice", lambda app: put_draft(app, STAFF, b"playbook: a\nplaybook: b", YAML, None)),
    ("not_a_mapping", lambda app: put_draft(app, STAFF, "playbook： coffee".encode(), YAML, None)),
    ("draft_changed", lambda app: put_draft(app, STAFF, b"playbook: a", YAML, "what was never there")),
    ("no_draft", get_draft),
    ("draft_changed", publish_another),
    ("unknown_version", lambda app: published(app, 7)),
    ("unknown_definition", lambda app: get_definition(app, "tags/nobody")),
    ("unknown_definition", lambda app: delete_definition(app, STAFF, "tags/nobody", None)),
    ("not_a_mapping", lambda app: put_definition(app, STAFF, "tags/buyer", 3, None)),
    ("draft_changed", lambda app: put_definition(app, STAFF, "tags/buyer", {}, "what was never there")),
    ("unknown_key", lambda app: revoke_key(app, "nobody")),
    ("unknown_kind", lambda app: create_key(app, name="n", kind="robot", preset="app")),
    ("unknown_preset", lambda app: create_key(app, name="n", kind="staff", preset="all")),
    ("unknown_decision", lambda app: explain(app, "0123456789abcdef")),
    ("unknown_decision", lambda app: explain(app, "no hexadecimal..")),
    ("unknown_decision", lambda app: explain(app, "1")),
    ("unknown_profile", lambda app: look(app, "zzzzzzzzzzzzzzzz")),
    ("unknown_profile", lambda app: look(app, "0123456789abcdef")),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("code", "ask"), REFUSED, ids=[f"{n} {row[0]}" for n, row in enumerate(REFUSED)])
async def test_it_is_refused(app: App, code: str, ask: Callable[[App], Awaitable[object]]) -> None:
    with pytest.raises(Failure) as refused:
        await ask(app)
    assert code in {refused.value.code, *(each.code for each in refused.value.problems)}


@pytest.mark.anyio
async def test_a_preview_tells_who_enters_leaves_and_changes(app: App) -> None:
    await put_in_force(app)
    for number, orders in enumerate((1, 2, 3)):
        await send(app, *(event(f"e{n}", f"member:m{number}", amount=1) for n in range(orders)))
    tags = """
  buyer: {when: {count: {event: order_paid}, gte: 3}}
  fresh: {kind: value, values: [{value: much, when: {count: {event: order_paid}, gte: 2}}]}
  regular: {when: {count: {event: order_paid}, gte: 2}}
"""
    head, rest = PLAIN.split("tags:\n")
    await put_draft(app, STAFF, f"{head}tags:{tags}personas:\n{rest.partition('personas:')[2]}".encode(), YAML, None)
    found: Json = await preview(app)
    moved = {key: {m: n for m, n in moves.items() if m != "samples" and n} for key, moves in found["tags"].items()}
    assert moved == {"buyer": {"leave": 2}, "fresh": {"leave": 1, "change": 2}, "regular": {"enter": 2}}
    assert [len(found["tags"]["fresh"]["samples"][move]) for move in ("leave", "change")] == [1, 2]
    assert (found["profiles"], found["of"], found["complete"], found["personas"]) == (3, 3, True, {})


def test_properties_are_declared_as_narrow_as_the_samples_allow() -> None:
    samples = [{"n": 1, "x": 1, "s": "a", "odd": 1, "list": [1]}, {"n": 2, "x": 1.5, "s": "b", "odd": "b"}, None]
    assert infer(samples) == {"n": "integer", "s": "string", "x": "number"}


def test_a_problem_stands_at_the_nearest_thing_that_was_written() -> None:
    source = read_source(b"tags:\n  vip:\n    kind: manual\n", YAML)
    places = [source.place(pointer) for pointer in ("/tags/vip/kind", "/tags/vip/values/0/when", "/tags/none", "/none")]
    assert places == [(3, 5), (2, 3), (1, 1), (1, 1)]
    assert read_source(b'{"tags": {}}', JSON).place("/tags") is None, "of JSON no places are kept"
