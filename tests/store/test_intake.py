import asyncio
from dataclasses import replace

import pytest

from service.store import CountRow, QuarantineNew, Store, UndeclaredRow, Unit
from tests.store.given import stubbornly


def an_item(source: str, item: bytes = b"{}") -> QuarantineNew:
    return QuarantineNew(received_at=1, source=source, layer="import", code="bad_time", problem=b"{}", item=item)


def an_undeclared(kind: str, n: int, at: int, samples: bytes = b"[]") -> UndeclaredRow:
    return UndeclaredRow(type=kind, source="pos", n=n, first_at=at, last_at=at, samples=samples)


@pytest.mark.anyio
async def test_bad_items_are_kept_in_order_and_repaired(store: Store) -> None:
    items = [an_item("pos" if number % 2 else "app", b"%d" % number) for number in range(40)]
    ids = await store.write(lambda unit: unit.quarantine.add(items))
    assert ids == sorted(ids)

    def repair(unit: Unit) -> None:
        row = unit.quarantine.get(ids[3])
        assert row is not None
        assert row.item == b"3"
        unit.quarantine.update(replace(row, status="replayed", repaired=b'{"ok":1}'))

    await store.write(repair)

    async def page(after: int, limit: int, status: str | None, source: str | None) -> list[bytes]:
        found = await store.read(lambda unit: unit.quarantine.page(after, limit, status, source))
        return [row.item for row in found]

    assert await page(0, 3, None, None) == [b"0", b"1", b"2"]
    assert await page(ids[2], 3, "open", None) == [b"4", b"5", b"6"]
    assert await page(ids[36], 9, None, "pos") == [b"37", b"39"]
    assert await page(0, 9, "replayed", "pos") == [b"3"]
    assert await page(0, 9, "dismissed", None) == []
    assert await store.read(lambda unit: unit.quarantine.get(ids[-1] + 1)) is None


@pytest.mark.anyio
async def test_an_id_is_never_given_twice(store: Store) -> None:
    """A cursor would skip the second bearer (trap T7)."""
    [first, newest] = await store.write(lambda unit: unit.quarantine.add([an_item("pos"), an_item("pos")]))
    await store.write(lambda unit: unit._sql.fetch(f"DELETE FROM quarantine WHERE id = {newest}"))
    [again] = await store.write(lambda unit: unit.quarantine.add([an_item("pos")]))
    assert first < newest < again


@pytest.mark.anyio
async def test_counts_are_summed_over_writers_and_hours(store: Store) -> None:
    def write(unit: Unit) -> None:
        unit.counts.bump(1, 10, {("pos", "accepted"): (5, 100), ("pos", "rejected"): (1, 90)})
        unit.counts.bump(1, 10, {("pos", "accepted"): (2, 80)})
        unit.counts.bump(2, 11, {("pos", "accepted"): (4, 110), ("app", "accepted"): (2**40, 70)})
        unit.counts.bump(2, 12, {})

    await store.write(write)
    assert await store.read(lambda unit: unit.counts.since(10)) == [
        CountRow(source="app", outcome="accepted", n=2**40, last_at=70),
        CountRow(source="pos", outcome="accepted", n=11, last_at=110),
        CountRow(source="pos", outcome="rejected", n=1, last_at=90),
    ]
    assert [row.n for row in await store.read(lambda unit: unit.counts.since(11))] == [2**40, 4]
    assert await store.read(lambda unit: unit.counts.last()) == {"app": 70, "pos": 110}


@pytest.mark.anyio
async def test_no_count_is_lost(store: Store) -> None:
    async def count(writer: int) -> None:
        for _ in range(20):
            await stubbornly(store, lambda unit: unit.counts.bump(writer % 2, 1, {("pos", "accepted"): (1, writer)}))

    await asyncio.gather(*(count(writer) for writer in range(8)))
    assert await store.read(lambda unit: unit.counts.since(0)) == [
        CountRow(source="pos", outcome="accepted", n=160, last_at=7)
    ]


@pytest.mark.anyio
async def test_undeclared_types_keep_their_first_samples(store: Store) -> None:
    def write(unit: Unit) -> None:
        unit.undeclared.see(1, [an_undeclared("scan", 2, 50, b"[1,2]"), an_undeclared("wave", 1, 50)])
        unit.undeclared.see(1, [an_undeclared("scan", 3, 40, b"[3]")])
        unit.undeclared.see(2, [an_undeclared("scan", 1, 60, b"[4]")])

    await store.write(write)
    [scan, wave] = await store.read(lambda unit: unit.undeclared.all())
    assert scan == UndeclaredRow(type="scan", source="pos", n=6, first_at=40, last_at=60, samples=b"[1,2]")
    await store.write(lambda unit: unit.undeclared.forget("scan"))
    assert await store.read(lambda unit: unit.undeclared.all()) == [wave]
