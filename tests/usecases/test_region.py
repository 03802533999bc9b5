"""A link costs what it may change: nothing beyond that is loaded or locked."""

import pytest

from service.core import persons
from service.store import Conflict, Unit
from service.usecases import reshape
from service.usecases.app import App
from service.usecases.identify import Reshaped
from service.usecases.region import Region
from service.usecases.relate import conflicts, reason_of
from tests.usecases.given import NOON, STAFF, Clock, Json, event, send

CHAIN = 30


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many profiles each reshaping has loaded."""
    found, settle = list[int](), reshape._settle

    def counted(region: Region) -> Reshaped:
        found.append(len(region.loaded))
        return settle(region)

    monkeypatch.setattr(reshape, "_settle", counted)
    return found


async def chained(app: App, clock: Clock) -> None:
    """Thirty people, each said to be the next one, each time later; all of it refused."""
    clock.now = NOON + 1000
    pairs = [(f"unionid:u{n}", f"unionid:u{n + 1}") for n in range(1, CHAIN)]
    await send(app, *(event(f"e{n}", t=NOON + n, identities=list(pair)) for n, pair in enumerate(pairs, 1)))


@pytest.mark.anyio
async def test_the_newest_link_reaches_its_two_groups(app: App, clock: Clock, reached: list[int]) -> None:
    await chained(app, clock)
    reached.clear()
    await send(app, event("new", t=NOON + 500, identities=["unionid:u15", "crm:9"]))
    await send(app, event("again", t=NOON + 501, identities=["unionid:u15", "crm:9"]))
    await send(app, event("refused again", t=NOON + 501, identities=["unionid:u15", "unionid:u16"]))
    assert reached == [2]


@pytest.mark.anyio
async def test_a_late_link_reaches_what_was_decided_after_it(app: App, clock: Clock, reached: list[int]) -> None:
    """Forward along refusals that are later each time; backward only one, as the one before it was decided earlier."""
    await chained(app, clock)
    reached.clear()
    await send(app, event("late", t=NOON, identities=["unionid:u15", "crm:9"]))
    assert reached == [len(["crm", "u14", *range(15, CHAIN + 1)])]


@pytest.mark.anyio
async def test_one_more_of_a_shared_number_reaches_nobody(
    app: App, clock: Clock, reached: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons, "SHARED_ABOVE", 2)
    clock.now = NOON + 1000
    for n in range(1, 4):
        await send(app, event("e1", t=NOON + n, identities=[f"member:{n}", "device:till"]))
    reached.clear()
    await send(app, event("e2", t=NOON, identities=["member:4", "device:till"]))
    await send(app, event("cut", "member:5", "identity_unlinked", NOON + 9))
    await send(app, event("dead", t=NOON + 8, identities=["member:5", "device:till"]))
    page: Json = await conflicts(app, STAFF, None, 100)
    assert len(page["items"]) == 4
    assert max(reached) <= 1


@pytest.mark.anyio
async def test_whoever_moved_before_the_lock_is_noticed(app: App) -> None:
    await send(app, event("e1", "member:1"))

    def late(unit: Unit) -> None:
        row = unit.identities.find(["member:1"])["member:1"]
        region = Region(unit=unit, limits=persons.limits_of(()), rows={}, locked=set())
        region.names[row.root], region.home[row.root] = row.identity, row.profile + 1
        region.look_up([row.root])

    with pytest.raises(Conflict):
        await app.store.write(late)


def test_reasons_have_words() -> None:
    limits = persons.limits_of(())
    for refused in ("shared", "too_many", "too_many:phone", ""):
        found = reason_of(refused, limits)
        assert found["text"]
        assert str(found["text_en"]).isascii()
    assert reason_of("", limits)["code"] == "cut"
    assert "500" in str(reason_of("too_many", limits)["text"])


@pytest.mark.anyio
async def test_a_profile_has_an_end(app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "IN_ALL", 3)
    clock.now = NOON + 10
    await send(app, *(event("e1", t=NOON + n, identities=["unionid:u", f"device:d{n}"]) for n in range(1, 2)))
    await send(app, *(event(f"f{n}", t=NOON + n, identities=["unionid:u", f"device:d{n}"]) for n in range(2, 5)))
    page: Json = await conflicts(app, STAFF, None, 10)
    assert [(each["reason"]["code"], each["reason"]["namespace"]) for each in page["items"]] == [("too_many", None)] * 2
