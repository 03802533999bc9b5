"""Recovery offers: which service was offered for which breakpoint, and what became of the breakpoint.

An offer is told by its breakpoint and its service, so it is made once: whoever asks again while the breakpoint stands,
or after it was withdrawn and came back, is given the same one. What became of it is what became of the breakpoint.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from service.core.calendar import say_instant, write_instant
from service.core.changes import Change
from service.core.plan import Plan
from service.core.playbook.definitions import Playbook
from service.core.recommend import Candidate
from service.store import BreakpointRow, OfferRow, ProfileRow, Unit
from service.usecases.break_ids import BreakKey, break_key, names_of, write_id
from service.usecases.folding import Folded

Json = dict[str, object]
Offers = Mapping[int, Sequence[OfferRow]]  # by the profile that they are made to, as it is now
BECAME = {
    "open": ("断点还在", "the breakpoint stands"),
    "resolved": ("断点已解除", "the breakpoint is resolved"),
    "left": ("旅程已离开，断点随之结束", "the run was left, and the breakpoint ended with it"),
    "withdrawn": (
        "后来得知断点并没有发生，这次提供不再有理由",
        "it turned out that the breakpoint never was: the offer has no reason any more",
    ),
    "gone": ("已经没有这个断点", "there is no such breakpoint any more"),
}


def offers_of(unit: Unit, profiles: Collection[int]) -> dict[int, list[OfferRow]]:
    """What was offered to these, the oldest first; it was kept under the root that each was known by then."""
    members = unit.identities.of_profiles(profiles)
    owner = {row.root: profile for profile, rows in members.items() for row in rows}
    found: dict[int, list[OfferRow]] = {}
    for row in unit.offers.of_roots(owner):
        found.setdefault(owner[row.root], []).append(row)
    return found


def offers_for(playbook: Playbook, key: BreakKey, offers: Sequence[OfferRow]) -> dict[str, OfferRow]:
    """By service, the offer that was made for a breakpoint first, also while its stage was called otherwise."""
    names = {name[1:] for name in names_of(playbook, key)}
    mine = [each for each in offers if (each.journey, each.key, each.stage, each.kind, each.number) in names]
    return {each.service: each for each in mine[::-1]}


def show_offers(playbook: Playbook, offers: Mapping[str, OfferRow]) -> list[Json]:
    """Offers as answers show them."""
    return [
        {"service": key, "name": playbook.services[key].name if key in playbook.services else key, **_made(each)}
        for key, each in sorted(offers.items(), key=lambda found: (found[1].at, found[0]))
    ]


def _made(offer: OfferRow) -> Json:
    return {"decision_id": f"{offer.decision:016x}", "at": write_instant(offer.at)}


# ---- making them


def name_breaks(unit: Unit, plan: Plan, row: ProfileRow | None, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """The candidates with the ids of the breakpoints that they answer, and with what was offered for them already."""
    if row is None or not any("breakpoints" in reason for each in candidates for reason in each.reasons):
        return candidates
    who, offers = row.profile, offers_of(unit, [row.profile]).get(row.profile, ())
    return [
        replace(each, reasons=tuple(_named(plan, who, each.service.key, reason, offers) for reason in each.reasons))
        for each in candidates
    ]


def _named(plan: Plan, profile: int, service: str, reason: Json, offers: Sequence[OfferRow]) -> Json:
    """A reason with the ids of the breakpoints that it answers, and the offer of this service that each has already."""
    if "breakpoints" not in reason:
        return reason
    named: list[Json] = []
    made: list[OfferRow | None] = []
    for each in cast("list[Json]", reason["breakpoints"]):
        key = _key(profile, each)
        made.append(offers_for(plan.playbook, key, offers).get(service))
        named.append({"id": write_id(key), **each, "offered": made[-1] and _made(made[-1])})
    found = {**reason, "breakpoints": named}
    earlier = [each.at for each in made if each is not None]
    if len(earlier) < len(named):
        return found
    when = say_instant(min(earlier), plan.layout.frame.zone)
    zh, en = (
        f"{reason['text']}；{when} 已经提供过，是同一次",
        f"{reason['text_en']}; offered at {when} already, the same offer",
    )
    return {**found, "text": zh, "text_en": en}


def _key(profile: int, each: Json) -> BreakKey:
    journey, key, stage, kind = (str(each[name] or "") for name in ("journey", "key", "stage", "kind"))
    return profile, journey, key, stage, kind, int(str(each["number"]))


def keep_offers(unit: Unit, profile: int, decision: int, body: Json, now: int) -> None:
    """Keep what a decision offers for breakpoints, but for what had been offered for them already.

    It is kept under each of his roots: whichever of them a cut leaves with the breakpoint, it was offered for it.
    """
    fresh = [
        (_key(profile, each), str(item["service"]))
        for item, reason in _reasons(body)
        for each in cast("list[Json]", reason.get("breakpoints", ()))
        if each["offered"] is None
    ]
    members = unit.identities.of_profiles([profile])[profile] if fresh else ()
    unit.offers.add(
        OfferRow(
            root=member.root, journey=journey, key=run, stage=stage, kind=kind, number=number, service=service,
            decision=decision, at=now,
        )
        for member in members
        for (_, journey, run, stage, kind, number), service in fresh
    )  # fmt: skip


def _reasons(body: Json) -> Iterator[tuple[Json, Json]]:
    """The items of a decision, each with each of its reasons."""
    for item in cast("list[Json]", body["items"]):
        for reason in cast("list[Json]", item["reasons"]):
            yield item, reason


# ---- what became of them


def tell_breaks(unit: Unit, playbook: Playbook, body: Json, profile: int | None) -> None:
    """Say of each item of a decision what became of the breakpoints that it was offered for.

    They are looked for where whoever was this profile has them now.
    """
    people = {} if profile is None else unit.identities.by_profile_id([profile])
    rows = unit.breakpoints.of_profiles(people.values())
    known = {name[1:]: row for row in rows for name in names_of(playbook, break_key(row))[::-1]}
    for item in cast("list[Json]", body["items"]):
        item["recovery"] = None
    for item, reason in _reasons(body):
        breaks = cast("list[Json]", reason.get("breakpoints", ()))
        for each in breaks:
            each.update(_became(known.get(_key(0, each)[1:])))
        if breaks:
            best = min(breaks, key=lambda each: list(BECAME).index(str(each["status"])))
            zh, en = BECAME[str(best["status"])]
            ends = {name: best[name] for name in ("status", "resolved_at", "withdrawn_at")}
            item["recovery"] = {**ends, "text": zh, "text_en": en}


def _became(row: BreakpointRow | None) -> Json:
    if row is None:
        return {"status": "gone", "resolved_at": None, "withdrawn_at": None}
    ends = {
        name: end and write_instant(end)
        for name, end in (("resolved_at", row.resolved_at), ("withdrawn_at", row.withdrawn_at))
    }
    return {"id": write_id(break_key(row)), "status": status_of(row), **ends}


def status_of(row: BreakpointRow) -> str:
    """Whether a breakpoint stands, is resolved, or never was."""
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "left" if row.with_run else "open" if row.resolved_at is None else "resolved"


def name_offers(unit: Unit, playbook: Playbook, parts: Sequence[Folded]) -> None:
    """Where the past was read again, let what is said of breakpoints name what had been offered for them.

    So whoever offered it can take it back when the breakpoint never was, and leave it at that when it comes back.
    """
    told = [
        (part, place, change)
        for part in parts
        if part.before is not None and part.rewound
        for place, change in enumerate(part.changes)
        if change.kind == "breakpoint"
    ]
    known = offers_of(unit, {part.profile for part, _, _ in told}) if told else {}
    for part, place, change in told:
        found = _offers_named(playbook, part.profile, change, known)
        if found:
            part.changes[place] = replace(change, body={**change.body, "offers": show_offers(playbook, found)})


def _offers_named(playbook: Playbook, profile: int, change: Change, known: Offers) -> dict[str, OfferRow]:
    """Those for the breakpoint of a change; nothing is withdrawn of a stage that is only called otherwise now."""
    owner, stage, kind, number = change.key.rsplit("|", 3)
    journey, _, key = owner.partition(":")
    found = playbook.journeys.get(journey)
    if found is None or stage not in {each.key for each in found.stages}:
        return {}
    return offers_for(playbook, (profile, journey, key, stage, kind, int(number)), known.get(profile, ()))
