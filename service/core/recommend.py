"""Which service to offer next: filter, score, rank, and say why, candidate by candidate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from service.core.accounts import nobody
from service.core.breakpoints import numbered
from service.core.enrollment import ACTIVE, KINDS, NO_STAGE, OPEN, Enrollment
from service.core.event import MICRO
from service.core.facts import State
from service.core.moments import FOREVER
from service.core.plan import Plan
from service.core.playbook.definitions import ContactPolicy, Journey, Service
from service.core.reasons import explain
from service.core.where import half_even

Json = dict[str, object]
THOUSAND = 1000
FITS, MISFITS, RECOVERS, SUPPORTS, SUITS = 1200, 800, 2000, 1250, 1300  # context factors in thousandths
SUITED = {"high_end": "personalised", "mass": "standard"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Here and now: where the answer will be shown. `reserved` are services promised to him elsewhere a moment ago.

    `gaps`: by `journey/stage`, since when nothing is heard of it: who stalled there since may well have gone on.
    """

    at: int
    scenario: str | None = None
    channel: str | None = None
    place: str | None = None
    reserved: Mapping[str, int] = field(default_factory=dict)
    gaps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One service: either the filter that removed it, or the parts of its score (all in units of 10⁻⁶)."""

    service: Service
    removed_by: str | None
    score: int
    context: int
    reasons: tuple[Json, ...]


def rank(plan: Plan, state: State, occasion: Occasion) -> list[Candidate]:
    """Every service of the playbook: those to offer, best first, then the removed ones in the playbook's order."""
    state = _usable(plan, state)
    lifts = _lifts(plan, state, occasion.gaps)
    found = [_judge(plan, state, occasion, service, lifts) for service in plan.playbook.services.values()]
    offered = sorted((each for each in found if each.removed_by is None), key=lambda each: -each.score)
    return offered + [each for each in found if each.removed_by is not None]


def _usable(plan: Plan, state: State) -> State:
    """What the user lets be used: not the tags that he hides; nothing at all if he wants no personalisation."""
    if "personalisation" in state.wishes:
        return nobody(plan.layout, account=bool(state.account))
    hidden = [plan.places[wish.removeprefix("tag:")] for wish in state.wishes if wish[4:] in plan.places]
    if not hidden:
        return state
    used = state.copy()
    for place in hidden:
        used.marks.pop(place, None)
        used.values.pop(place, None)
    return used


def _judge(
    plan: Plan, state: State, occasion: Occasion, service: Service, lifts: Mapping[str, list[Json]]
) -> Candidate:
    removed = next(_removals(plan, state, occasion, service), None)
    if removed is not None:
        code, reason = removed
        return Candidate(service=service, removed_by=code, score=0, context=0, reasons=(reason,))
    factors = [*lifts.get(service.key, ()), *_suits(plan, state, service), *_fits(occasion, service)]
    context = MICRO
    for factor in factors:
        context = half_even(context * int(str(factor["thousandths"])), THOUSAND)
    score = service.prior * service.value * service.lever * context // MICRO**3
    prior = _reason("prior", "按方案设定的接受率估计", "by the playbook's estimate of acceptance")
    return Candidate(service=service, removed_by=None, score=score, context=context, reasons=tuple(factors) or (prior,))


def _reason(code: str, zh: str, en: str, thousandths: int = THOUSAND) -> Json:
    return {"code": code, "text": zh, "text_en": en, "thousandths": thousandths}


# ---- filters


def _removals(plan: Plan, state: State, occasion: Occasion, service: Service) -> Iterator[tuple[str, Json]]:
    for code, condition, check in plan.filters.get(service.key, ()):
        if not check(state, occasion.at)[0]:
            yield code, {**explain(plan, condition, state, occasion.at), "filter": code}
    if service.channels and occasion.channel not in service.channels:
        yield "channel", _reason("channel", "不在这个渠道提供", "not offered on this channel")
    if service.places and occasion.place not in service.places:
        yield "place", _reason("place", "这家门店不提供", "not offered at this place")
    yield from _contacts(plan.playbook.contact_policy, state, occasion, service)


def _contacts(policy: ContactPolicy, state: State, occasion: Occasion, service: Service) -> Iterator[tuple[str, Json]]:
    if policy.at_most is not None and policy.within is not None:
        shown = [t for t in state.contacts.get(f"shown:{service.key}", ()) if t > occasion.at - policy.within]
        if len(shown) + occasion.reserved.get(service.key, 0) >= policy.at_most:
            yield (
                "contact_policy",
                _reason(
                    "shown_enough", f"已展示 {policy.at_most} 次，暂不再打扰", f"shown {policy.at_most} times already"
                ),
            )
    if policy.quiet_outcome is not None and policy.quiet_for is not None:
        last = state.contacts.get(f"{policy.quiet_outcome}:{service.key}", ())
        if last and occasion.at < last[-1] + policy.quiet_for:
            yield (
                "contact_policy",
                _reason("quiet", "用户近期已表态，暂时安静", "the user has answered lately; quiet for now"),
            )


# ---- context


def _lifts(plan: Plan, state: State, gaps: Mapping[str, int]) -> dict[str, list[Json]]:
    """Per service the one strongest lift that the profile's journeys give it."""
    found: dict[str, list[Json]] = {}
    for _, each in sorted(state.enrollments.items()):
        if not each.kept:
            continue
        for service, reason in _lifts_of(plan, each, gaps):
            best = found.get(service)
            if best is None or int(str(best[0]["thousandths"])) < int(str(reason["thousandths"])):
                found[service] = [reason]
            elif "breakpoints" in best[0] and "breakpoints" in reason:
                found[service] = [{**best[0], "breakpoints": [*_broken(best[0]), *_broken(reason)]}]
    return found


def _lifts_of(plan: Plan, each: Enrollment, gaps: Mapping[str, int]) -> Iterator[tuple[str, Json]]:
    journey = plan.routes[each.journey].journey
    broken = _broken_stages(journey, each, gaps)
    for index, breaks in sorted(broken.items()):
        stage = journey.stages[index]
        about = {"journey": journey.key, "stage": stage.key, "breakpoints": breaks}
        reason = {
            **_reason(
                "recovers", f"“{stage.name}”遇到断点，帮助恢复", f"recovers the breakpoint at {stage.english}", RECOVERS
            ),
            **about,
        }
        for service in plan.playbook.services.values():
            recovers = any((ref.journey, ref.stage) == (journey.key, stage.key) for ref in service.recovers)
            if recovers or service.key in stage.services:
                yield service.key, reason
    if each.status == ACTIVE and each.current != NO_STAGE and each.current not in broken:
        stage = journey.stages[each.current]
        for service_key in stage.services:
            yield (
                service_key,
                _reason(
                    "supports_stage", f"正处于“{stage.name}”", f"supports the current stage {stage.english}", SUPPORTS
                ),
            )


def _broken_stages(journey: Journey, each: Enrollment, gaps: Mapping[str, int]) -> dict[int, list[Json]]:
    """By stage the breakpoints that stand, but for stalls of which only the source may be silent."""
    broken: dict[int, list[Json]] = {}
    for found, number in numbered(each):
        stage, kind = journey.stages[found.stage].key, KINDS[found.kind]
        if found.resolved_at == OPEN and (
            kind != "stalled" or found.since < gaps.get(f"{journey.key}/{stage}", FOREVER)
        ):
            named: Json = {
                "journey": journey.key,
                "key": each.key or None,
                "stage": stage,
                "kind": kind,
                "number": number,
            }
            broken.setdefault(found.stage, []).append(named)
    return broken


def _broken(reason: Json) -> list[Json]:
    return cast("list[Json]", reason["breakpoints"])


def _suits(plan: Plan, state: State, service: Service) -> Iterator[Json]:
    for index, standing in sorted(state.standings.items()):
        if standing.place < 0:
            continue
        found = plan.schemes[index].persona.classes[standing.place]
        if SUITED.get(found.key) == service.service_level:
            yield _reason("suits_persona", "服务方式适合这类用户", "the service level suits him", SUITS)
            return


def _fits(occasion: Occasion, service: Service) -> Iterator[Json]:
    if occasion.scenario is None or not service.scenarios:
        return
    if occasion.scenario in service.scenarios:
        yield _reason("fits_scenario", "适合当前消费场景", "fits the scenario", FITS)
    else:
        yield _reason("other_scenario", "更适合其他消费场景", "fits other scenarios better", MISFITS)
