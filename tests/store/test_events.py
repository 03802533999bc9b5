import asyncio

import pytest

from service.store import Store, Unit
from tests.store.given import an_event, stubbornly


@pytest.mark.anyio
async def test_an_event_is_kept_once(store: Store) -> None:
    def write(unit: Unit) -> list[object]:
        first = unit.events.insert([an_event(1, "a"), an_event(1, "b"), an_event(1, "a", fingerprint=b"other")])
        again = unit.events.insert([an_event(1, "b", fingerprint=b"other"), an_event(2, "b"), an_event(1, "c")])
        return [first, again, unit.events.insert([]), unit.events.count()]

    assert await store.write(write) == [
        {(1, "pos", "a"), (1, "pos", "b")},
        {(2, "pos", "b"), (1, "pos", "c")},
        set(),
        4,
    ]
    keys = [(1, "pos", "a"), (1, "pos", "b"), (2, "pos", "b"), (9, "pos", "b")]
    found = await store.read(lambda unit: unit.events.fingerprints(keys))
    assert found == dict.fromkeys(keys[:3], b"f")


@pytest.mark.anyio
async def test_a_source_has_ids_of_its_own(store: Store) -> None:
    rows = [an_event(1, "a", source=source) for source in ("pos", "POS", "app")]
    assert len(await store.write(lambda unit: unit.events.insert(rows))) == 3


@pytest.mark.anyio
async def test_the_past_is_read_between_two_instants(store: Store) -> None:
    rows = [an_event(root, f"e{t}", t=t) for root in (1, 2, 3) for t in (-5, 10, 20)]
    await store.write(lambda unit: unit.events.insert(rows))

    async def instants(roots: list[int], **bounds: int) -> list[tuple[int, int]]:
        found = await store.read(lambda unit: unit.events.of_roots(roots, **bounds))
        assert set(found) <= set(rows)
        return sorted((row.root, row.t) for row in found)

    assert await instants([1, 3]) == [(1, -5), (1, 10), (1, 20), (3, -5), (3, 10), (3, 20)]
    assert await instants([1], upto=10) == [(1, -5), (1, 10)]
    assert await instants([1, 2], after=10) == [(1, 10), (1, 20), (2, 10), (2, 20)]
    assert await instants([2], after=10, upto=10) == [(2, 10)]
    assert await instants([2], upto=-6) == []
    assert await instants([]) == []


@pytest.mark.anyio
async def test_the_same_event_from_eight_writers_is_new_for_one(store: Store) -> None:
    async def bring(name: str) -> bool:
        return bool((await stubbornly(store, lambda unit: unit.events.insert([an_event(1, name)])))[0])

    for number in range(50):
        new = await asyncio.gather(*(bring(f"e{number}") for _ in range(8)))
        assert sum(new) == 1
    assert await store.read(lambda unit: unit.events.count()) == 50


@pytest.mark.anyio
async def test_a_large_batch(store: Store) -> None:
    rows = [an_event(number % 500, f"e{number}") for number in range(5_000)]
    assert len(await store.write(lambda unit: unit.events.insert(rows))) == 5_000
    assert len(await store.read(lambda unit: unit.events.of_roots(range(500)))) == 5_000
    assert len(await store.read(lambda unit: unit.events.of_roots(range(500), limit=70))) == 70
