from dataclasses import replace

import pytest

from service.store import (
    CalibrationRow,
    Conflict,
    DecisionRow,
    DraftRow,
    KeyRow,
    OutcomeRow,
    PlaybookRow,
    Store,
    Unit,
)


def a_playbook(version: int) -> PlaybookRow:
    body = f"playbook: 咖啡  # {version}".encode()
    return PlaybookRow(
        version=version, body=body, media_type="application/yaml", published_at=1, published_by="key", note=""
    )


def a_draft(etag: str) -> DraftRow:
    return DraftRow(body=etag.encode(), media_type="application/json", etag=etag, saved_at=1, saved_by="key")


def a_key(key_id: str, created_at: int) -> KeyRow:
    return KeyRow(
        key_id=key_id,
        digest=key_id.encode(),
        name="小程序",
        kind="system",
        preset="intake",
        scopes="events:write",
        source=None,
        created_at=created_at,
        expires_at=None,
        revoked_at=None,
    )


@pytest.mark.anyio
async def test_a_version_is_published_once(store: Store) -> None:
    assert await store.read(lambda unit: unit.playbooks.newest()) is None
    for version in (1, 2, 10):
        await store.write(lambda unit, version=version: unit.playbooks.publish(a_playbook(version)))  # type: ignore[misc]  # bound early
    with pytest.raises(Conflict):
        await store.write(lambda unit: unit.playbooks.publish(replace(a_playbook(2), note="again")))
    assert await store.read(lambda unit: unit.playbooks.newest()) == a_playbook(10)
    assert await store.read(lambda unit: unit.playbooks.get(2)) == a_playbook(2)
    assert await store.read(lambda unit: unit.playbooks.get(3)) is None
    assert await store.read(lambda unit: unit.playbooks.versions(2)) == [a_playbook(10), a_playbook(2)]


@pytest.mark.anyio
async def test_a_draft_is_replaced_only_by_who_has_seen_it(store: Store) -> None:
    async def put(etag: str, expected: str | None) -> bool:
        return await store.write(lambda unit: unit.playbooks.put_draft(a_draft(etag), expected))

    assert await store.read(lambda unit: unit.playbooks.draft()) is None
    assert not await put("a", "never")
    assert await put("a", None)
    assert await put("b", "a")
    assert not await put("c", "a")
    assert await store.read(lambda unit: unit.playbooks.draft()) == a_draft("b")
    assert await put("d", None)
    assert await store.read(lambda unit: unit.playbooks.draft()) == a_draft("d")


@pytest.mark.anyio
async def test_a_calibration_never_changes(store: Store) -> None:
    rows = [CalibrationRow(number=number, effective_from=number * 10, body=b"{}") for number in (2, 1)]
    for row in rows:
        await store.write(lambda unit, row=row: unit.calibrations.add(row))  # type: ignore[misc]  # bound early
    with pytest.raises(Conflict):
        await store.write(lambda unit: unit.calibrations.add(replace(rows[0], body=b"[]")))
    assert await store.read(lambda unit: unit.calibrations.all()) == [rows[1], rows[0]]


@pytest.mark.anyio
async def test_keys_are_found_by_digest_and_revoked_once(store: Store) -> None:
    assert not await store.read(lambda unit: unit.keys.any())
    for key in (a_key("k2", 5), a_key("k1", 9)):
        await store.write(lambda unit, key=key: unit.keys.add(key))  # type: ignore[misc]  # bound early
    with pytest.raises(Conflict):
        await store.write(lambda unit: unit.keys.add(replace(a_key("k3", 1), digest=b"k1")))
    assert await store.write(lambda unit: unit.keys.revoke("k1", 20))
    assert not await store.write(lambda unit: unit.keys.revoke("k1", 30))
    assert not await store.write(lambda unit: unit.keys.revoke("k9", 30))
    assert await store.read(lambda unit: unit.keys.by_digest(b"k1")) == replace(a_key("k1", 9), revoked_at=20)
    assert await store.read(lambda unit: unit.keys.by_digest(b"k9")) is None
    assert [row.key_id for row in await store.read(lambda unit: unit.keys.all())] == ["k2", "k1"]


@pytest.mark.anyio
async def test_decisions_and_their_outcomes(store: Store) -> None:
    rows = [
        DecisionRow(decision=number, profile=profile, at=at, body=b"{}")
        for number, profile, at in [(1, 7, 10), (2, 7, 30), (3, 7, 20), (4, 8, 20), (5, None, 20)]
    ]
    outcomes = [
        OutcomeRow(decision=2, service="tasting", outcome=outcome, occurred_at=at, body=b"")
        for outcome, at in [("shown", 31), ("accepted", 32)]
    ]

    def write(unit: Unit) -> list[bool]:
        unit.decisions.add(rows)
        return [unit.outcomes.add(row) for row in [*outcomes, replace(outcomes[0], occurred_at=99)]]

    assert await store.write(write) == [True, True, False]
    assert await store.read(lambda unit: unit.decisions.recent([7], 20)) == [rows[2], rows[1]]
    assert await store.read(lambda unit: unit.decisions.get(5)) == rows[4]
    assert await store.read(lambda unit: unit.decisions.get(6)) is None
    assert await store.read(lambda unit: unit.outcomes.of_decision(2)) == outcomes
    with pytest.raises(Conflict):
        await store.write(lambda unit: unit.decisions.add([rows[0]]))
