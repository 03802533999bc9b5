"""A repair from the call to the thanks, or to whatever came instead; complaints, and inspections."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from service.cli.park.notes import OFFICE, Diary, promised_by, said_by
from service.cli.simulation.chance import at_work, days, happens, minutes, pick
from service.cli.simulation.diary import Wire
from service.cli.simulation.gestures import Moment, give, rate

LARGE = 1_000  # square metres from which a tenant has somebody who takes his calls
KINDS: Mapping[str, int] = {"hvac": 34, "power": 18, "water": 16, "network": 16, "door": 10, "lift": 6}
# How a repair ends, of a thousand.
FATES: Mapping[str, int] = {
    "fixed": 710,
    "again": 70,
    "parts": 60,
    "wrong": 45,
    "unscanned": 35,
    "forgotten": 30,
    "cancelled": 25,
    "complained": 25,
}
UNLUCKY = frozenset({"again", "complained", "parts"})
STARS: Mapping[int, int] = {5: 52, 4: 30, 3: 10, 2: 5, 1: 3}
WORDS: Mapping[int, str] = {5: "来得快，修得好", 4: "不错", 3: "一般", 2: "等得太久", 1: "修了又坏"}


def request(diary: Diary, rng: Random, at: datetime, kind: str = "") -> Wire:
    """The call; answers the ticket."""
    ticket: Wire = {"ticket_id": diary.next_number("T")}
    said: Wire = {**ticket, "kind": kind or pick(rng, KINDS), "urgent": happens(rng, 0.2)}
    diary.note("repair_requested", at, said, by=OFFICE, source="mini_program", touchpoint="mini_program")
    return ticket


def come(diary: Diary, rng: Random, at: datetime, ticket: Wire, *, scans: bool = True) -> datetime:
    """Somebody is sent, and there he is, faster where the tenant is a large one; some forget to say that they came."""
    soon = 0.5 if diary.resident.area >= LARGE else 1
    sent = at + minutes(rng, 3, 50 * soon)
    there = sent + minutes(rng, 25, 250 * soon)
    worker = f"fixer_{rng.randint(1, 12)}"
    diary.note("repair_dispatched", sent, dict(ticket), source="property", staff=worker)
    if scans:
        diary.note("repair_arrived", there, dict(ticket), source="property", staff=worker, touchpoint="unit")
    return there


def fix(diary: Diary, at: datetime, ticket: Wire, since: datetime, *, again: bool = False) -> None:
    """It works."""
    hours = round((at - since).total_seconds() / 3_600, 1)
    diary.note("repair_done", at, {**ticket, "hours": hours, "again": again}, source="property", touchpoint="unit")


def repair(diary: Diary, rng: Random, at: datetime) -> None:
    """One repair."""
    fate = pick(rng, FATES)
    ticket = request(diary, rng, at)
    if fate == "forgotten":
        return
    if fate == "cancelled":
        diary.note("repair_cancelled", at + minutes(rng, 10, 90), dict(ticket), by=OFFICE, source="mini_program")
        return
    there = come(diary, rng, at, ticket, scans=fate != "unscanned")
    if fate == "wrong":  # a plumber for the lights: back to where somebody is sent
        there = come(diary, rng, there + minutes(rng, 10, 60), ticket)
    done = there + minutes(rng, 15, 300)
    if fate == "parts":
        diary.note(
            "repair_parts_missing", there + minutes(rng, 20, 60), {**ticket, "part": "压缩机"}, source="property"
        )
        done = at_work(rng, there + days(rng, 2, 6))
    fix(diary, done, ticket, at)
    if fate == "again":  # it broke once more: a second lap, not a step back
        there = come(diary, rng, at_work(rng, done + days(rng, 0.5, 2)), ticket)
        done = there + minutes(rng, 30, 200)
        fix(diary, done, ticket, at, again=True)
    make_good(diary, rng, done, ticket, fate)
    judge(diary, rng, done, ticket, low=fate in UNLUCKY)


def make_good(diary: Diary, rng: Random, done: datetime, ticket: Wire, fate: str) -> None:
    """Who has waited complains, or not; and is given something for it."""
    if fate == "complained":
        complain(diary, done + minutes(rng, 30, 300), "repair", ticket, hours=rng.uniform(2, 60))
        if happens(rng, 0.4):
            diary.note("fee_waived", done + days(rng, 1, 5), {**ticket, "amount": 300}, source="finance")
    if fate in UNLUCKY:
        give(promised_by(diary), rng, done + days(rng, 0.5, 2), Moment(journey="repair", stage="fix"), "sorry_cleaning")


def judge(diary: Diary, rng: Random, done: datetime, ticket: Wire, *, low: bool) -> None:
    """Some tap a star while the worker packs up; most confirm, some say how it was."""
    if happens(rng, 0.4):
        tapped = min(pick(rng, STARS), 3 if low else 5)
        rate(
            said_by(diary, OFFICE), done + minutes(rng, 1, 9), Moment(journey="repair", stage="fix", ref=ticket), tapped
        )
    if not happens(rng, 0.88):
        return
    said = done + minutes(rng, 10, 1_500)
    diary.note("repair_confirmed", said, dict(ticket), by=OFFICE, source="mini_program", touchpoint="mini_program")
    if happens(rng, 0.35):
        stars = min(pick(rng, STARS), 3 if low else 5)
        review = Moment(journey="repair", stage="review", ref=ticket)
        rate(said_by(diary, OFFICE), said + minutes(rng, 1, 30), review, stars, WORDS[stars])


def complain(diary: Diary, at: datetime, kind: str, ticket: Wire, hours: float | None = None) -> None:
    """A complaint, and how long it took to be settled; None: it is not."""
    filed: Wire = {"complaint_id": diary.next_number("C"), **ticket, "kind": kind}
    diary.note("complaint_filed", at, filed, by=OFFICE, source="call_center", channel="phone")
    if hours is not None:
        settled: Wire = {**filed, "hours": round(hours, 1)}
        del settled["kind"]
        diary.note("complaint_resolved", at + timedelta(hours=hours), settled, source="call_center", channel="phone")


def inspect(diary: Diary, rng: Random, at: datetime) -> None:
    """The round of the fire wardens; what was found is looked at again two weeks later."""
    findings = rng.choice((0, 0, 0, 1, 3))
    found: Wire = {"passed": findings == 0, "findings": findings}
    diary.note("safety_inspected", at, found, source="property", staff=f"warden_{rng.randint(1, 4)}")
    if findings and happens(rng, 0.8):
        diary.note("safety_inspected", at + days(rng, 10, 20), {"passed": True, "findings": 0}, source="property")
