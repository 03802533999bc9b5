import asyncio
import random

import pytest

from service.store import CheckpointRow, Conflict, Store, Unit
from tests.store.given import Opening, a_profile, pause, stubbornly


def a_checkpoint(profile: int, count: int) -> CheckpointRow:
    return CheckpointRow(
        profile=profile, count=count, t=1, occurred_at=1, source="pos", event_id="e1", plan=b"p", facts=b"\x01"
    )


@pytest.mark.anyio
async def test_versions_follow_each_other(store: Store) -> None:
    await store.write(lambda unit: unit.profiles.save([a_profile(2), a_profile(1)]))
    await store.write(lambda unit: unit.profiles.save([a_profile(1, 2, b"two"), a_profile(3)]))
    found = await store.read(lambda unit: unit.profiles.load([1, 2, 3, 4]))
    assert found == {1: a_profile(1, 2, b"two"), 2: a_profile(2), 3: a_profile(3)}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(a_profile(1), id="first-again"),
        pytest.param(a_profile(1, 2), id="same-again"),
        pytest.param(a_profile(1, 4), id="one-left-out"),
        pytest.param(a_profile(9, 2), id="from-nothing"),
    ],
)
async def test_any_other_version_is_a_conflict_and_keeps_nothing(store: Store, wrong: object) -> None:
    await store.write(lambda unit: unit.profiles.save([a_profile(1), a_profile(2)]))
    await store.write(lambda unit: unit.profiles.save([a_profile(1, 2)]))
    with pytest.raises(Conflict):
        await store.write(lambda unit: unit.profiles.save([a_profile(2, 2), a_profile(3), wrong]))  # type: ignore[list-item]  # a row
    found = await store.read(lambda unit: unit.profiles.load([1, 2, 3, 9]))
    assert found == {1: a_profile(1, 2), 2: a_profile(2)}


@pytest.mark.anyio
async def test_due_profiles_come_in_the_order_of_their_instants(store: Store) -> None:
    rows = [a_profile(number, due_at=due) for number, due in enumerate([50, 10, None, 30, 10, 99], 1)]
    await store.write(lambda unit: unit.profiles.save(rows))
    assert await store.read(lambda unit: unit.profiles.due(50, 10)) == [2, 5, 4, 1]
    assert await store.read(lambda unit: unit.profiles.due(50, 2)) == [2, 5]
    assert await store.read(lambda unit: unit.profiles.due(9, 10)) == []


@pytest.mark.anyio
async def test_all_profiles_can_be_walked_in_pages(store: Store) -> None:
    rows = [a_profile(number, plan=b"new" if number % 3 else b"old") for number in range(-3, 7)]
    await store.write(lambda unit: unit.profiles.save(rows))

    def walk(unit: Unit) -> list[int]:
        seen: list[int] = []
        while page := unit.profiles.scan(seen[-1] if seen else -(2**63), 3):
            seen += [row.profile for row in page]
        return seen

    assert await store.read(walk) == list(range(-3, 7))
    assert [profile for profile, _ in await store.read(lambda unit: unit.profiles.plans(-1, 2))] == [0, 1]
    await store.write(lambda unit: unit.identities.create([(f"member:m{n}", n) for n in range(-3, 6)]))
    assert await store.read(lambda unit: unit.profiles.people()) == 9, "who has no identity went into another"
    assert await store.read(lambda unit: unit.profiles.sample(3, 2)) == [-1, 2]
    await store.write(lambda unit: unit.profiles.delete([0, 3, 77]))
    assert await store.read(lambda unit: unit.profiles.count()) == 8


@pytest.mark.anyio
async def test_checkpoints_are_dropped_from_a_count_on(store: Store) -> None:
    rows = [a_checkpoint(profile, count) for profile in (1, 2) for count in (1500, 500, 1000)]
    await store.write(lambda unit: unit.checkpoints.add(rows))
    await store.write(lambda unit: unit.checkpoints.drop(1, 1000))
    assert await store.read(lambda unit: unit.checkpoints.of_profile(1)) == [a_checkpoint(1, 500)]
    await store.write(lambda unit: unit.checkpoints.drop(1))
    assert await store.read(lambda unit: unit.checkpoints.of_profile(1)) == []
    found = await store.read(lambda unit: unit.checkpoints.of_profile(2))
    assert [row.count for row in found] == [500, 1000, 1500]
    await store.write(lambda unit: unit.checkpoints.drop_all([1, 2]))
    assert await store.read(lambda unit: unit.checkpoints.of_profile(2)) == []


@pytest.mark.anyio
async def test_no_update_is_lost(store_url: str, opening: Opening) -> None:
    """Eight writers read, wait and write the same four profiles; locks make them wait, not fail (traps T2 and T13)."""
    stores = [await opening(store_url) for _ in range(2)]
    await stores[0].write(lambda unit: unit.profiles.save([a_profile(number, facts=b"0") for number in range(4)]))
    chance = random.Random(7)

    async def count(store: Store) -> int:
        conflicts = 0
        for _ in range(40):
            chosen = chance.sample(range(4), 2)

            def step(unit: Unit, chosen: list[int] = chosen) -> None:
                rows = unit.profiles.lock(chosen)
                pause(store, 0.0005)
                unit.profiles.save(
                    [a_profile(row.profile, row.version + 1, b"%d" % (int(row.facts) + 1)) for row in rows.values()]
                )

            conflicts += (await stubbornly(store, step))[1]
        return conflicts

    conflicts = await asyncio.gather(*(count(stores[writer % 2]) for writer in range(8)))
    found = await stores[0].read(lambda unit: unit.profiles.load(range(4)))
    assert sum(int(row.facts) for row in found.values()) == 8 * 40 * 2
    assert all(row.version == int(row.facts) + 1 for row in found.values())
    assert sum(conflicts) == 0


@pytest.mark.anyio
async def test_without_a_lock_the_version_notices(store: Store) -> None:
    """The version check alone keeps every update, by conflicts and retries."""
    await store.write(lambda unit: unit.profiles.save([a_profile(1, facts=b"0")]))

    def step(unit: Unit) -> None:
        row = unit.profiles.load([1])[1]
        pause(store, 0.0005)
        unit.profiles.save([a_profile(1, row.version + 1, b"%d" % (int(row.facts) + 1))])

    async def count() -> int:
        return sum([(await stubbornly(store, step))[1] for _ in range(10)])

    conflicts = await asyncio.gather(*(count() for _ in range(8)))
    found = await store.read(lambda unit: unit.profiles.load([1]))
    assert int(found[1].facts) == 80
    assert (sum(conflicts) > 0) == (store.dialect == "postgresql")
