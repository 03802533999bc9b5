"""Whatever is kept comes back as it was, to the last bit, on both databases."""

from collections.abc import Callable
from dataclasses import asdict, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.store import (
    BreakpointRow,
    CalibrationRow,
    ChangeRow,
    CheckpointRow,
    CohortCell,
    CohortDay,
    CountRow,
    DecisionRow,
    DraftRow,
    EnrollmentRow,
    EventRow,
    IdentityRow,
    JobRow,
    KeyRow,
    LinkRow,
    NoteRow,
    OfferRow,
    OutcomeRow,
    PersonaRow,
    PlaybookRow,
    ProfileRow,
    QuarantineNew,
    QuarantineRow,
    ReferralRow,
    SessionRow,
    ShareRow,
    StepRow,
    Store,
    TagRow,
    UndeclaredRow,
    Unit,
    VisitRow,
    rows,
)
from tests.store.given import any_row, exactly


class UndoneError(Exception):
    """Leaves nothing behind."""


def an_identity(unit: Unit, row: IdentityRow) -> list[IdentityRow]:
    unit.identities.create([(row.identity, row.root)])
    unit.identities.assign({row.root: row.profile})
    assert unit.identities.by_profile_id([row.root]) == {row.root: row.profile}
    assert unit.identities.of_profiles([row.profile]) == {row.profile: [row]}
    return list(unit.identities.find([row.identity]).values())


def a_link(unit: Unit, row: LinkRow) -> list[LinkRow]:
    unit.links.put([row])
    assert unit.links.of_roots([row.left]) == unit.links.of_roots([row.right])
    return unit.links.of_roots([row.left, row.right])


def an_event(unit: Unit, row: EventRow) -> list[EventRow]:
    key = (row.root, row.source, row.event_id)
    assert unit.events.insert([row]) == {key}
    assert unit.events.fingerprints([key]) == {key: row.fingerprint}
    return unit.events.of_roots([row.root], upto=row.t, after=row.t)


def a_profile(unit: Unit, row: ProfileRow) -> list[ProfileRow]:
    """The version is left to the tests of versions."""
    unit.profiles.save([replace(row, version=1)])
    assert unit.profiles.load([row.profile]) == unit.profiles.lock([row.profile])
    return [replace(found, version=row.version) for found in unit.profiles.lock([row.profile]).values()]


def a_checkpoint(unit: Unit, row: CheckpointRow) -> list[CheckpointRow]:
    unit.checkpoints.add([row])
    return unit.checkpoints.of_profile(row.profile)


def a_tag(unit: Unit, row: TagRow) -> list[TagRow]:
    unit.tags.put([row])
    return unit.tags.of_profile(row.profile)


def a_persona(unit: Unit, row: PersonaRow) -> list[PersonaRow]:
    unit.personas.put([row])
    return unit.personas.of_profile(row.profile)


def an_enrollment(unit: Unit, row: EnrollmentRow) -> list[EnrollmentRow]:
    unit.enrollments.put([row])
    assert unit.enrollments.find([(row.profile, row.journey, row.key)]) == [row]
    return unit.enrollments.of_profile(row.profile, 10)


def a_breakpoint(unit: Unit, row: BreakpointRow) -> list[BreakpointRow]:
    unit.breakpoints.put([row])
    return unit.breakpoints.of_profile(row.profile)


def an_offer(unit: Unit, row: OfferRow) -> list[OfferRow]:
    unit.offers.add([replace(row, root=-row.root - 1)])
    unit.offers.remove_roots([-row.root - 1])
    assert unit.offers.of_roots([-row.root - 1]) == []
    unit.offers.add([row])
    unit.offers.add([replace(row, decision=0, at=0)])  # the first stands
    return unit.offers.of_roots([row.root])


def a_note(unit: Unit, row: NoteRow) -> list[NoteRow]:
    unit.notes.add([row])
    unit.notes.move({row.profile: -row.profile - 1})
    assert unit.notes.of_profiles([row.profile]) == []
    unit.notes.move({-row.profile - 1: row.profile})
    return unit.notes.of_profiles([row.profile])


def a_cohort(unit: Unit, row: CohortCell) -> list[CohortCell]:
    unit.cohorts.keep([replace(row, n=0)])
    unit.cohorts.keep([row])
    return unit.cohorts.cells(row.journey, row.day, row.day)


def a_day(unit: Unit, row: CohortDay) -> list[CohortDay]:
    for _ in range(3):
        unit.cohorts.touch([(row.journey, row.day)])
    assert unit.cohorts.versions(row.journey, row.day, row.day) == {row.day: 3}
    return [row]


def a_step(unit: Unit, row: StepRow) -> list[StepRow]:
    unit.steps.put([row])
    assert unit.steps.of_profiles([row.profile]) == unit.steps.since(row.profile, row.t)
    last = unit.steps.last(row.profile, row.journey, row.key, row.t)
    return [] if last is None else [last]


def a_change(unit: Unit, row: ChangeRow) -> list[ChangeRow]:
    unit.feed.append([row])
    return [change for _, _, change in unit.feed.after([0] * 8, 10)]


def a_new_item(unit: Unit, row: QuarantineNew) -> list[QuarantineNew]:
    [number] = unit.quarantine.add([row])
    found = unit.quarantine.get(number)
    assert found
    assert (found.status, found.repaired) == ("open", None)
    return [QuarantineNew(**{name: getattr(found, name) for name in asdict(row)})]


def an_item(unit: Unit, row: QuarantineRow) -> list[QuarantineRow]:
    """The id is given by the database."""
    new = {name: value for name, value in asdict(row).items() if name not in {"id", "status", "repaired"}}
    [number] = unit.quarantine.add([QuarantineNew(**new)])
    unit.quarantine.update(replace(row, id=number))
    return [replace(found, id=row.id) for found in unit.quarantine.page(number - 1, 10, row.status, row.source)]


def a_count(unit: Unit, row: CountRow) -> list[CountRow]:
    unit.counts.bump(1, 7, {(row.source, row.outcome): (row.n, row.last_at)})
    assert unit.counts.last() == {row.source: row.last_at}
    return unit.counts.since(7)


def an_undeclared(unit: Unit, row: UndeclaredRow) -> list[UndeclaredRow]:
    unit.undeclared.see(1, [row])
    return unit.undeclared.all()


def a_decision(unit: Unit, row: DecisionRow) -> list[DecisionRow | None]:
    unit.decisions.add([row])
    return [unit.decisions.get(row.decision)]


def an_outcome(unit: Unit, row: OutcomeRow) -> list[OutcomeRow]:
    assert unit.outcomes.add(row)
    return unit.outcomes.of_decision(row.decision)


def a_playbook(unit: Unit, row: PlaybookRow) -> list[PlaybookRow | None]:
    unit.playbooks.publish(row)
    assert unit.playbooks.newest() == unit.playbooks.get(row.version)
    return list(unit.playbooks.versions(10))


def a_draft(unit: Unit, row: DraftRow) -> list[DraftRow | None]:
    assert unit.playbooks.put_draft(row, None)
    return [unit.playbooks.draft()]


def a_job(unit: Unit, row: JobRow) -> list[JobRow | None]:
    assert unit.jobs.add(row)
    assert not unit.jobs.add(row)
    assert unit.jobs.all(9) == [row] == unit.jobs.of(row.kind, [row.status])
    assert unit.jobs.of(row.kind, [row.status + "x"]) == []
    assert unit.jobs.get(row.job) == unit.jobs.lock(row.job)
    return [unit.jobs.get(row.job)]


def a_calibration(unit: Unit, row: CalibrationRow) -> list[CalibrationRow]:
    unit.calibrations.add(row)
    return unit.calibrations.all()


def a_session(unit: Unit, row: SessionRow) -> list[SessionRow | None]:
    unit.sessions.add(row)
    return [unit.sessions.get(row.digest)]


def a_share(unit: Unit, row: ShareRow) -> list[ShareRow | None]:
    unit.shares.add(row)
    assert unit.shares.by_digests([row.digest, b"another"]) == {row.digest: row}
    assert unit.shares.of_roots([row.root]) == [row]
    assert unit.shares.named([row.share]) == {row.share: row}
    return [unit.shares.get(row.share)]


def a_visit(unit: Unit, row: VisitRow) -> list[VisitRow]:
    unit.reach.visit({(row.share, row.day): row.n})
    return unit.reach.visits_of([row.share])


def a_referral(unit: Unit, row: ReferralRow) -> list[ReferralRow]:
    assert unit.reach.refer(row)
    assert not unit.reach.refer(replace(row, at=0))
    return unit.reach.friends_of([row.share])


def a_key(unit: Unit, row: KeyRow) -> list[KeyRow | None]:
    unit.keys.add(row)
    assert unit.keys.any()
    assert unit.keys.all() == [row]
    return [unit.keys.by_digest(row.digest)]


TRIPS: dict[type, Callable[[Unit, Any], list[Any]]] = {
    IdentityRow: an_identity,
    LinkRow: a_link,
    EventRow: an_event,
    ProfileRow: a_profile,
    CheckpointRow: a_checkpoint,
    TagRow: a_tag,
    PersonaRow: a_persona,
    EnrollmentRow: an_enrollment,
    BreakpointRow: a_breakpoint,
    StepRow: a_step,
    NoteRow: a_note,
    OfferRow: an_offer,
    CohortCell: a_cohort,
    CohortDay: a_day,
    ChangeRow: a_change,
    QuarantineNew: a_new_item,
    QuarantineRow: an_item,
    CountRow: a_count,
    UndeclaredRow: an_undeclared,
    DecisionRow: a_decision,
    OutcomeRow: an_outcome,
    PlaybookRow: a_playbook,
    DraftRow: a_draft,
    JobRow: a_job,
    CalibrationRow: a_calibration,
    KeyRow: a_key,
    SessionRow: a_session,
    ShareRow: a_share,
    VisitRow: a_visit,
    ReferralRow: a_referral,
}


@pytest.mark.anyio
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.reuse, Phase.generate],  # the comparison names the row; shrinking all the others takes minutes
)
@given(one_of_each=st.tuples(*map(any_row, TRIPS)))
async def test_comes_back_as_it_was(store: Store, one_of_each: tuple[object, ...]) -> None:
    def trip(unit: Unit) -> None:
        for kept in one_of_each:
            [found] = TRIPS[type(kept)](unit, kept)
            assert exactly(found) == exactly(kept)
        raise UndoneError

    with pytest.raises(UndoneError):
        await store.write(trip)


def test_every_row_makes_the_trip() -> None:
    assert set(TRIPS) == {kind for kind in vars(rows).values() if isinstance(kind, type) and is_dataclass(kind)}
