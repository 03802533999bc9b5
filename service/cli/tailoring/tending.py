"""Clothes that rest: pressing, cleaning, mending, storing, letting out; and what happens to one now and then."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from service.cli.simulation.chance import days, happens, minutes, pick
from service.cli.simulation.diary import MINI_PROGRAM, Wire
from service.cli.tailoring.notes import WORKSHOP, Diary

KINDS: Mapping[str, int] = {"press": 40, "clean": 30, "store": 18, "mend": 12}
# How a care ends, of a thousand.
FATES: Mapping[str, int] = {"well": 800, "twice": 60, "damaged": 35, "waiting": 60, "cancelled": 45}


def care(diary: Diary, rng: Random, at: datetime) -> None:
    """One care."""
    fate = pick(rng, FATES)
    ref = begin(diary, rng, at)
    if fate == "waiting":
        return
    if fate == "cancelled":
        diary.note("care_cancelled", at + minutes(rng, 20, 900), dict(ref), source=MINI_PROGRAM)
        return
    taken = at + days(rng, 0.3, 2)
    diary.note("garment_collected", taken, {**ref, "at_home": happens(rng, 0.7)}, channel="visit")
    done = taken + days(rng, 1, 5)
    if fate == "damaged":
        diary.note("garment_damaged", done - timedelta(hours=3), dict(ref), source=WORKSHOP)
        complain(diary, done, ref, hours=rng.uniform(2, 30))
        done += days(rng, 4, 8)
    treat(diary, done, ref, taken)
    if fate == "twice":  # not clean yet: a second lap, not a step back
        done += days(rng, 1, 3)
        treat(diary, done, ref, taken)
    back: Wire = {**ref, "on_time": fate == "well"}
    returned = done + days(rng, 0.3, 2)
    diary.note("garment_returned", returned, back, channel="visit")
    if happens(rng, 0.35):
        stars = {"well": rng.choice((5, 5, 4)), "twice": 3}.get(fate, 2)
        diary.note("feedback_given", returned + minutes(rng, 30, 2_000), {**ref, "rating": stars}, source=MINI_PROGRAM)


def begin(diary: Diary, rng: Random, at: datetime) -> Wire:
    """A word is enough; answers what every event of the care carries."""
    ref: Wire = {"care_id": diary.next_number("H")}
    if happens(rng, 0.18):
        why: Wire = {**ref, "reason": rng.choice(("weight", "taste", "wear"))}
        diary.note("alteration_requested", at, why, source=MINI_PROGRAM, touchpoint="wardrobe")
    else:
        kind: Wire = {**ref, "kind": pick(rng, KINDS)}
        diary.note("care_booked", at, kind, source=MINI_PROGRAM, touchpoint="wardrobe", scenario="season")
    return ref


def treat(diary: Diary, at: datetime, ref: Wire, since: datetime) -> None:
    """The workshop is done with it."""
    hours = round((at - since).total_seconds() / 3_600, 1)
    diary.note("care_done", at, {**ref, "hours": hours}, source=WORKSHOP, staff="tailor_pei")


def complain(diary: Diary, at: datetime, ref: Wire, hours: float | None = None) -> None:
    """A complaint about a care, and how long it took to be settled; None: it is not."""
    filed: Wire = {"complaint_id": diary.next_number("C"), **ref, "kind": "care"}
    diary.note("complaint_filed", at, filed, source="call_center", channel="phone")
    if hours is not None:
        settled: Wire = {"complaint_id": filed["complaint_id"], **ref, "hours": round(hours, 1)}
        diary.note("complaint_resolved", at + timedelta(hours=hours), settled, source="call_center", channel="phone")
