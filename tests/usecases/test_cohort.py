"""Sums of days that are kept say the same as counting every run anew, whatever changes runs of the past."""

import random
from collections import Counter

import pytest

from service.core.calendar import DAY, HOUR
from service.store import Cells, Span
from service.usecases.app import App
from service.usecases.cohort import Cohort, cohort, keep_cohorts
from tests.usecases.given import NOON, Clock, Json, event, put_in_force, send
from tests.usecases.told import settle

BOOK = """
playbook: runs
events:
  a: {properties: {case: string}}
  b: {properties: {case: string}}
  undo: {properties: {case: string}, reverses: {event: a, by: case}}
journeys:
  case:
    key: case
    enter: {event: a}
    abandon_after: 5d
    stages:
      - {stage: s1, phase: pre_sale, completed_by: {event: a}}
      - {stage: s2, phase: in_sale, completed_by: {event: b}, expected_within: 1d}
"""


def summed(rows: list[Cells]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for lit, status, number, _health in rows:
        found[lit, status] += number
    return +found


async def agree(app: App, span: Span, now: int) -> Cohort:
    """Asked twice: with what was kept before, and with what is kept now; both as if counted from nothing."""
    plain = await app.read(lambda unit, _: unit.analytics.cohort(span))
    found = Cohort()
    for _ in range(2):
        found = await app.read(lambda unit, _: cohort(unit, span, now))
        assert summed(found.rows) == summed(plain)
        assert sum(row[3] for row in found.rows) == sum(row[3] for row in plain)
        await keep_cohorts(app, found.fresh)
    return found


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(3))
async def test_kept_sums_are_what_counting_would_find(app: App, clock: Clock, seed: int) -> None:
    chance = random.Random(seed)
    clock.now = NOON + 12 * DAY
    await put_in_force(app, BOOK)
    for step in range(25):
        who, case, t = chance.choice(["member:1001", "openid:x", "member:1003"]), str(chance.randrange(6)), NOON
        t += chance.randrange(12 * DAY)
        what = chance.choice(["a", "a", "b", "undo", "link", "test", "later"])
        if what == "later":
            clock.now += chance.randrange(2 * DAY)
            await settle(app)
        elif what == "link":
            await send(app, event(f"e{step}", kind="b", t=t, identities=["member:1001", "openid:x"], case="none"))
        elif what == "test":
            on = chance.random() < 0.5
            await send(app, event(f"e{step}", kind="test_profile_set", t=t, who="member:1003", on=on))
        else:
            await send(app, event(f"e{step}", kind=what, t=t, who=who, case=case))
        start = NOON - chance.randrange(2 * DAY)
        await agree(app, Span(journey="case", start=start, end=start + chance.randrange(1, 20 * DAY)), clock.now)


@pytest.mark.anyio
async def test_only_settled_days_are_kept_and_only_changed_ones_are_counted_again(app: App, clock: Clock) -> None:
    clock.now = NOON + 6 * DAY
    await put_in_force(app, BOOK)
    for n in range(7):
        await send(app, event(f"a{n}", kind="a", t=NOON + n * DAY, who=f"member:{2000 + n}", case=str(n)))
    midnight = NOON // DAY * DAY
    span = Span(journey="case", start=midnight, end=midnight + 7 * DAY)
    first = await app.read(lambda unit, _: cohort(unit, span, clock.now))
    assert [cell.day - midnight // DAY for cell in first.fresh] == [0, 1, 2, 3], "the last two still move"
    await keep_cohorts(app, first.fresh)
    assert (await app.read(lambda unit, _: cohort(unit, span, clock.now))).fresh == []
    await send(app, event("b1", kind="b", t=NOON + DAY + HOUR, who="member:2001", case="1"))
    again = await app.read(lambda unit, _: cohort(unit, span, clock.now))
    assert [cell.day - midnight // DAY for cell in again.fresh] == [1]
    (result,) = await send(app, event("u", kind="undo", t=NOON + 2 * DAY, who="member:2002", case="2"))
    assert result["status"] == "accepted"
    emptied: Json = {"fresh": (await agree(app, span, clock.now)).fresh}
    assert emptied == {"fresh": []}, "a day on which nobody is left has a sum, too"
