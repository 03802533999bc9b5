from dataclasses import replace
from functools import partial

import pytest

from service.store import BreakpointRow, EnrollmentRow, PersonaRow, Span, StepRow, Store, TagRow, Unit

NOWHERE = dict.fromkeys(("channel", "touchpoint", "scenario", "place", "staff", "cls"))


def a_tag(profile: int, tag: str, value: str | None = None) -> TagRow:
    return TagRow(profile=profile, tag=tag, value=value, since=1, because=b"{}")


def an_enrollment(profile: int, key: str, entered_at: int = 1, *, closed: bool = False) -> EnrollmentRow:
    status = "completed" if closed else "active"
    return EnrollmentRow(
        profile=profile,
        journey="order",
        key=key,
        status=status,
        stage=None,
        stage_since=entered_at,
        entered_at=entered_at,
        health=100,
        lit="-o",
        closed=closed,
        body=b"{}",
    )


def a_breakpoint(profile: int, kind: str, resolved_at: int | None = None) -> BreakpointRow:
    return BreakpointRow(
        profile=profile, journey="order", key="", stage="pay", kind=kind, number=1, since=5, resolved_at=resolved_at,
        with_run=False, resolved_by=None, withdrawn_at=None, **NOWHERE,
    )  # fmt: skip


def a_step(profile: int, t: int, event_id: str = "e") -> StepRow:
    return StepRow(
        profile=profile, journey="order", key="", t=t, occurred_at=t, source="pos", event_id=event_id, kind="lit",
        stage="pay", entered_at=1, type="paid", after=None, after_at=None, waited="pay", waited_at=1, bucket=0, late=0,
        rating=None, **NOWHERE,
    )  # fmt: skip


@pytest.mark.anyio
async def test_tags_are_put_over_and_removed(store: Store) -> None:
    def write(unit: Unit) -> None:
        unit.tags.put([a_tag(1, "vip"), a_tag(1, "spend", "low"), a_tag(2, "vip")])
        unit.tags.put([a_tag(1, "spend", "middle"), a_tag(1, "spend", "high"), a_tag(1, "阅读")])
        unit.tags.remove([(2, "vip"), (1, "vip"), (9, "vip")])

    await store.write(write)
    assert await store.read(lambda unit: unit.tags.of_profile(1)) == [a_tag(1, "spend", "high"), a_tag(1, "阅读")]
    assert await store.read(lambda unit: unit.tags.of_profile(2)) == []


@pytest.mark.anyio
async def test_enrollments_are_known_by_their_keys(store: Store) -> None:
    rows = [an_enrollment(1, "o1", 10), an_enrollment(1, "o2", 30), an_enrollment(1, "o3", 20), an_enrollment(2, "o1")]
    await store.write(lambda unit: unit.enrollments.put(rows))
    await store.write(lambda unit: unit.enrollments.put([an_enrollment(1, "o1", 10, closed=True)]))
    keys = [(1, "order", "o1"), (2, "order", "o1"), (2, "order", "o2"), (1, "other", "o1")]
    found = await store.read(lambda unit: unit.enrollments.find(keys))
    assert sorted((row.profile, row.journey, row.key) for row in found) == keys[:2]
    assert await store.read(lambda unit: unit.enrollments.of_profile(1, 2)) == [rows[1], rows[2]]
    await store.write(lambda unit: unit.enrollments.remove([(1, "order", "o2"), (1, "order", "o3")]))
    found = await store.read(lambda unit: unit.enrollments.of_profile(1, 9))
    assert found == [an_enrollment(1, "o1", 10, closed=True)]


@pytest.mark.anyio
async def test_a_breakpoint_is_resolved_in_place(store: Store) -> None:
    def write(unit: Unit) -> None:
        unit.breakpoints.put([a_breakpoint(1, "stalled"), a_breakpoint(1, "failed"), a_breakpoint(2, "stalled")])
        unit.breakpoints.put([a_breakpoint(1, "stalled", 9)])

    await store.write(write)
    kept = [a_breakpoint(1, "failed"), a_breakpoint(1, "stalled", 9)]
    assert await store.read(lambda unit: unit.breakpoints.of_profile(1)) == kept
    assert await store.read(lambda unit: unit.breakpoints.of_profile(2)) == [a_breakpoint(2, "stalled")]


def _last(unit: Unit, upto: int) -> StepRow | None:
    return unit.steps.last(1, "order", "", upto)


@pytest.mark.anyio
async def test_steps_are_read_from_an_instant_on_and_the_last_before_one(store: Store) -> None:
    rows = [a_step(1, 5), a_step(1, 7), a_step(1, 7, "f"), a_step(1, 9), a_step(2, 8)]
    await store.write(lambda unit: unit.steps.put(rows))
    found = await store.read(lambda unit: unit.steps.since(1, 7))
    assert sorted((row.t, row.event_id) for row in found) == [(7, "e"), (7, "f"), (9, "e")]
    for upto, event_id in [(4, None), (6, "e"), (8, "f"), (9, "e")]:
        last = await store.read(partial(_last, upto=upto))
        assert (last and last.event_id) == event_id
    assert await store.read(lambda unit: unit.steps.last(1, "order", "k", 9)) is None
    await store.write(lambda unit: unit.steps.remove([(1, "order", "", 7, "pos", "e", "lit", "pay")]))
    assert len(await store.read(lambda unit: unit.steps.of_profiles([1]))) == 3


@pytest.mark.anyio
async def test_of_waits_at_one_instant_the_same_are_the_newest_whatever_the_order_of_rows(store: Store) -> None:
    span = Span(journey="order", start=0, end=100)
    for order in ((3, 1, 2), (2, 1, 3), (1, 3, 2)):

        def write(unit: Unit, order: tuple[int, ...] = order) -> None:
            unit.steps.remove_profiles(order)
            unit.enrollments.remove_profiles(order)
            unit.steps.put([a_step(profile, 7) for profile in order])
            unit.enrollments.put([replace(an_enrollment(profile, "", 7), stage="pay") for profile in order])

        await store.write(write)
        ended = await store.read(lambda unit: unit.analytics.visits(span, "pay", 2))
        waiting = await store.read(lambda unit: unit.analytics.waiting(span, "pay", 2))
        assert ([row[0] for row in ended], [row[0] for row in waiting]) == ([1, 2], [1, 2])


@pytest.mark.anyio
async def test_everything_of_a_profile_can_go(store: Store) -> None:
    personas = [PersonaRow(profile=profile, scheme="tier", cls="mass", since=1) for profile in (1, 2)]

    def write(unit: Unit) -> None:
        unit.tags.put([a_tag(1, "vip"), a_tag(2, "vip")])
        unit.personas.put(personas)
        unit.enrollments.put([an_enrollment(1, "o1"), an_enrollment(2, "o1")])
        unit.breakpoints.put([a_breakpoint(1, "stalled"), a_breakpoint(2, "stalled")])
        unit.tags.remove_profiles([1, 7])
        unit.personas.remove_profiles([1, 7])
        unit.enrollments.remove_profiles([1, 7])
        unit.breakpoints.remove_profiles([1, 7])

    def left(unit: Unit, profile: int) -> list[int]:
        return [
            len(unit.tags.of_profile(profile)),
            len(unit.personas.of_profile(profile)),
            len(unit.enrollments.of_profile(profile, 9)),
            len(unit.breakpoints.of_profile(profile)),
        ]

    await store.write(write)
    assert await store.read(lambda unit: left(unit, 1)) == [0, 0, 0, 0]
    assert await store.read(lambda unit: left(unit, 2)) == [1, 1, 1, 1]
