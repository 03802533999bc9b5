"""Links to progress, and how far they reach."""

import pytest

from service.store import ReachRow, ReferralRow, ShareRow, Store, Unit

pytestmark = pytest.mark.anyio
DAY = 86_400_000_000


def a_share(share: str, root: int = 1, **other: object) -> ShareRow:
    values: dict[str, object] = {"kind": "share", "journey": "cup", "key": "", "created_at": 0, "expires_at": 9 * DAY}
    return ShareRow(share=share, digest=share.encode(), root=root, revoked_at=None, **(values | other))  # type: ignore[arg-type]  # named by the caller


async def test_links_that_brought_most_people_come_first(store: Store) -> None:
    def keep(unit: Unit) -> None:
        for share in ("a", "b", "c", "d"):
            unit.shares.add(a_share(share))
        unit.shares.add(a_share("o", kind="owner"))
        unit.reach.visit({("a", 1): 5, ("b", 2): 1, ("c", 2): 3, ("o", 2): 100})
        unit.reach.visit({("a", 1): 2, ("a", 3): 1})
        assert unit.reach.refer(ReferralRow(share="b", friend="f1", at=2 * DAY))
        assert not unit.reach.refer(ReferralRow(share="b", friend="f1", at=3 * DAY))

    await store.write(keep)
    rows = [
        ReachRow(share="b", visits=1, sign_ups=1),
        ReachRow(share="a", visits=8, sign_ups=0),
        ReachRow(share="c", visits=3, sign_ups=0),
    ]
    assert await store.read(lambda unit: unit.reach.top(0, 9)) == rows
    assert await store.read(lambda unit: unit.reach.top(0, 1)) == rows[:1]
    assert await store.read(lambda unit: unit.reach.top(3 * DAY, 9)) == [ReachRow(share="a", visits=1, sign_ups=0)]


async def test_a_link_is_revoked_once_and_forgotten_only_when_it_is_over(store: Store) -> None:
    await store.write(lambda unit: unit.shares.add(a_share("a", expires_at=5)))
    await store.write(lambda unit: unit.shares.add(a_share("b", expires_at=9)))
    await store.write(lambda unit: unit.shares.revoke("a", 3))
    await store.write(lambda unit: unit.shares.revoke("a", 4))
    found = await store.read(lambda unit: unit.shares.of_roots([1]))
    assert [(row.share, row.revoked_at) for row in found] == [("a", 3), ("b", None)]
    await store.write(lambda unit: unit.shares.forget_expired([1], "share", 8))
    assert [row.share for row in await store.read(lambda unit: unit.shares.of_roots([1, 2]))] == ["b"]
    assert await store.read(lambda unit: (unit.shares.get("a"), unit.shares.by_digests([]))) == (None, {})
