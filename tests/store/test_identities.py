import asyncio
import random
from itertools import count

import pytest

from service.store import IdentityRow, LinkRow, Store, Unit, new_root
from tests.store.given import Opening, stubbornly


def a_link(left: int, right: int, **other: object) -> LinkRow:
    values: dict[str, object] = {"t": 1, "occurred_at": 1, "source": "crm", "event_id": "e1"} | other
    return LinkRow(left=left, right=right, **values)  # type: ignore[arg-type]  # named by the caller


@pytest.mark.anyio
async def test_an_identity_keeps_the_root_that_it_got_first(store: Store) -> None:
    first = await store.write(lambda unit: unit.identities.create([("member:42", 7), ("phone:+86", 8)]))
    again = await store.write(lambda unit: unit.identities.create([("phone:+86", 99), ("openid@a:x", 9)]))
    assert first["phone:+86"] == again["phone:+86"] == IdentityRow(identity="phone:+86", root=8, profile=8)
    assert set(again) == {"phone:+86", "openid@a:x"}
    assert await store.read(lambda unit: unit.identities.find(["nobody", "member:42"])) == {
        "member:42": first["member:42"]
    }


@pytest.mark.anyio
async def test_merged_ids_resolve_to_the_survivor(store: Store) -> None:
    def merge(unit: Unit) -> None:
        unit.identities.create([("a:1", 1), ("a:2", 2), ("a:3", 3)])
        unit.identities.assign({3: 1, 2: 1})

    await store.write(merge)
    assert await store.read(lambda unit: unit.identities.by_profile_id([1, 2, 3, 4])) == {1: 1, 2: 1, 3: 1}
    found = await store.read(lambda unit: unit.identities.of_profiles([1, 2]))
    assert {profile: [row.root for row in rows] for profile, rows in found.items()} == {1: [1, 2, 3]}


@pytest.mark.anyio
async def test_texts_are_compared_bytewise(store: Store) -> None:
    """No linguistic order, no case, no normal form: é and e with an accent are two identities."""
    names = ["a:é", "a:e\u0301", "A:é", "a:b", "a:Z", "a:中"]
    await store.write(lambda unit: unit.identities.create([(name, number) for number, name in enumerate(names)]))
    assert set(await store.read(lambda unit: unit.identities.find(names))) == set(names)


@pytest.mark.anyio
async def test_links_are_put_removed_and_found_from_both_ends(store: Store) -> None:
    def write(unit: Unit) -> None:
        unit.links.put([a_link(1, 2), a_link(2, 3), a_link(8, 9)])
        unit.links.put([a_link(1, 2, source="other")])

    await store.write(write)
    assert await store.read(lambda unit: unit.links.of_roots([1, 3])) == [a_link(1, 2, source="other"), a_link(2, 3)]
    assert await store.read(lambda unit: unit.links.find([(2, 3), (3, 2), (1, 9)])) == {(2, 3): a_link(2, 3)}
    await store.write(lambda unit: unit.links.remove([(1, 2), (2, 9)]))
    assert await store.read(lambda unit: unit.links.of_roots([1, 2, 3, 8])) == [a_link(2, 3), a_link(8, 9)]


@pytest.mark.anyio
async def test_refused_links_are_listed_page_by_page(store: Store) -> None:
    links = [a_link(1, 2, refused="shared"), a_link(1, 3), a_link(1, 4, refused="too_many"), a_link(2, 3, refused="x")]
    await store.write(lambda unit: unit.links.put(links))
    assert await store.read(lambda unit: unit.links.refused((0, 0), 2)) == [links[0], links[2]]
    assert await store.read(lambda unit: unit.links.refused((1, 4), 2)) == [links[3]]
    assert await store.read(lambda unit: unit.links.refused_of(2, "shared", 5)) == [links[0]]


@pytest.mark.anyio
async def test_nothing_is_asked_for_nothing(store: Store) -> None:
    def nothing(unit: Unit) -> list[object]:
        unit.identities.assign({})
        unit.links.put([])
        unit.links.remove([])
        return [unit.identities.create([]), unit.identities.find([]), unit.identities.of_profiles([])]

    assert await store.write(nothing) == [{}, {}, {}]


@pytest.mark.anyio
async def test_first_events_at_once_make_one_root_each(store_url: str, opening: Opening) -> None:
    """Eight writers bring the same new identities at the same time, each in an order of its own (traps T3 and T13)."""
    stores = [await opening(store_url) for _ in range(2)]
    chance, roots = random.Random(5), count(1)

    async def come(store: Store, names: list[str]) -> tuple[dict[str, IdentityRow], int]:
        pairs = [(name, next(roots)) for name in chance.sample(names, len(names))]
        return await stubbornly(store, lambda unit: unit.identities.create(pairs))

    for number in range(40):
        names = [f"openid@{number}:{one}" for one in range(6)]
        found = await asyncio.gather(*(come(stores[writer % 2], names) for writer in range(8)))
        assert all(rows == found[0][0] for rows, _ in found)
        assert {row.root for row in found[0][0].values()} == {row.profile for row in found[0][0].values()}
        assert len({row.root for row in found[0][0].values()}) == 6
        assert sum(conflicts for _, conflicts in found) == 0


def test_roots_increase_and_show_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the clocks of other tests in this process have shown."""
    monkeypatch.setattr("service.store.roots._last", 0)
    made = [new_root(1_800_000_000_000_000) for _ in range(5_000)]
    assert sorted(set(made)) == made
    assert new_root(1_900_000_000_000_000) >> 10 == 1_900_000_000_000_000
    assert new_root(0) > made[-1]
    assert max(made) < 2**63
