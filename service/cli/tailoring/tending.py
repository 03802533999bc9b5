"""Clothes that rest: pressing, cleaning, mending, storing, letting out; and what happens to one now and then."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from service.cli.simulation.chance import days, happens, minutes, pick
from service.cli.simulation.diary import MINI_PROGRAM, Wire
from service.cli.simulation.gestures import Moment, give, light, rate
from service.cli.tailoring.notes import WORKSHOP, Diary, promised_by, tapped_by

KINDS: Mapping[str, int] = {"press": 40, "clean": 30, "store": 18, "mend": 12}
# How a care ends, of a thousand.
FATES: Mapping[str, int] = {
    "well": 720,
    "twice": 60,
    "damaged": 40,
    "waiting": 60,
    "cancelled": 45,
    "brought": 40,
    "other": 35,
}


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
    if fate != "brought":  # else he has left it at the door himself, and nobody has written that down
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
    if fate == "other":  # the wrong coat: he comes once more
        diary.note("garment_collected", done + days(rng, 0.2, 1), {**ref, "at_home": True}, channel="visit")
        done += days(rng, 2, 4)
    give_back(diary, rng, done + days(rng, 0.3, 2), ref, fate)


def give_back(diary: Diary, rng: Random, returned: datetime, ref: Wire, fate: str) -> None:
    """It hangs in his wardrobe again; what went wrong is made good, and he says how it was."""
    back: Wire = {**ref, "on_time": fate in {"well", "brought"}}
    diary.note("garment_returned", returned, back, channel="visit")
    moment = Moment(journey="care", stage="return", ref=ref)
    if fate == "damaged":
        give(promised_by(diary), rng, returned + minutes(rng, 30, 90), moment, "sorry_care")
        if happens(rng, 0.5):
            diary.note("goodwill_refunded", returned + minutes(rng, 30, 90), {**ref, "amount": 600})
    stars = {"well": rng.choice((5, 5, 4)), "brought": 5, "twice": 3}.get(fate, 2)
    if happens(rng, 0.45):
        rate(tapped_by(diary), returned + minutes(rng, 2, 60), moment, stars)
    if diary.client.kind == "family" and happens(rng, 0.5):
        first = Moment(journey="companionship", stage="first_care")
        give(promised_by(diary), rng, returned + days(rng, 0.1, 2), first, "season_storage")
    if happens(rng, 0.3):
        light(tapped_by(diary), returned + minutes(rng, 5, 900), Moment(journey="care", stage="wardrobe", ref=ref))
    if happens(rng, 0.25):
        review = Moment(journey="care", stage="review", ref=ref)
        rate(tapped_by(diary), returned + minutes(rng, 100, 2_000), review, stars)


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
