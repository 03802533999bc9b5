"""From the first question to the keys, and from the reminder to the next lease; with every way in which it stops."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from service.cli.park.notes import BOSS, OFFICE, Diary, promised_by, said_by
from service.cli.simulation.chance import at_work, days, happens, minutes, pick
from service.cli.simulation.diary import Wire
from service.cli.simulation.gestures import Moment, cheer, give, light, rate

VIA: Mapping[str, int] = {"agent": 40, "referral": 25, "website": 20, "visit": 15}
LEASING = "leasing"
# What becomes of a question, of a thousand.
INTERESTS: Mapping[str, int] = {"only_asks": 350, "misses": 120, "looks": 180, "is_quoted": 220, "closes": 130}
STARS: Mapping[int, int] = {5: 50, 4: 32, 3: 11, 2: 5, 1: 2}
LARGE = 1_000  # square metres from which a company is received by somebody of its own
VIEWING, SIGN, MOVE_IN, OPENING = (
    Moment(journey="settling_in", stage=stage) for stage in ("viewing", "sign", "move_in", "opening")
)
TALK, RENEW, CHEER = (Moment(journey="renewal", stage=stage) for stage in ("talk", "renew", "cheer"))
WISHES: Mapping[str, int] = {"extend": 58, "expand": 16, "shrink": 12, "leave": 14}


def ask(diary: Diary, rng: Random, at: datetime) -> None:
    """The first question."""
    one = diary.resident
    said: Wire = {"enquiry_id": diary.next_number("Q"), "need_area": one.area, "industry": one.industry}
    said["via"] = pick(rng, VIA)
    diary.note("enquiry_made", at, said, by=BOSS, source=LEASING, touchpoint="leasing_office")


def view(diary: Diary, rng: Random, at: datetime, *, misses: bool = False) -> datetime:
    """A viewing as it was booked; whoever misses it comes some days later, or not at all."""
    number, unit = diary.next_number("V"), f"{rng.randint(3, 28)}0{rng.randint(1, 8)}"
    seen = at_work(rng, at + days(rng, 1, 5))
    diary.note("viewing_booked", at, {"viewing_id": number, "unit": unit}, by=OFFICE, source=LEASING)
    if misses:
        diary.note("viewing_missed", seen + timedelta(hours=1), {"viewing_id": number}, source=LEASING)
        return seen
    done: Wire = {"viewing_id": number, "unit": unit, "area": diary.resident.area}
    diary.note("viewing_done", seen, done, by=BOSS, source=LEASING, touchpoint="unit")
    if happens(rng, 0.4):
        rate(said_by(diary, BOSS), seen + minutes(rng, 5, 90), VIEWING, pick(rng, STARS))
    return seen


def quote(diary: Diary, at: datetime) -> None:
    """What it would cost."""
    one = diary.resident
    said: Wire = {"quote_id": diary.next_number("P"), "area": one.area, "monthly_rent": one.rent}
    diary.note("quote_sent", at, said, source=LEASING, touchpoint="wecom")


def sign(diary: Diary, rng: Random, at: datetime) -> None:
    """The lease."""
    one = diary.resident
    terms: Wire = {"contract_id": one.contract, "area": one.area, "monthly_rent": one.rent}
    terms["months"] = rng.choice((12, 24, 36))
    diary.note("contract_signed", at, terms, by=BOSS, source=LEASING, touchpoint="leasing_office")


def know(diary: Diary, at: datetime, since: datetime | None = None) -> None:
    """What the lease system knows of a tenant; where everything of one company comes together."""
    one = diary.resident
    traits: Wire = {"leased_area": one.area, "industry": one.industry, "city": one.city}
    if since is not None:
        traits["moved_in_on"] = f"{since:%Y-%m-%d}"
    diary.note("trait_set", at, traits, source="lease_system")


def interest(diary: Diary, rng: Random, at: datetime) -> None:
    """A company that asks, and does not rent, or not yet."""
    fate = pick(rng, INTERESTS)
    ask(diary, rng, at)
    if fate == "only_asks":
        return
    seen = view(diary, rng, at + days(rng, 0.1, 4), misses=fate == "misses")
    if fate in {"misses", "looks"}:
        return
    quote(diary, seen + days(rng, 0.5, 3))
    if happens(rng, 0.3):  # another look, another price: a second lap
        quote(diary, view(diary, rng, seen + days(rng, 4, 9)) + days(rng, 1, 3))
    if fate == "closes":
        reason: Wire = {
            "enquiry_id": f"Q{diary.index:06d}001",
            "reason": rng.choice(("price", "location", "other_park")),
        }
        diary.note("enquiry_closed", seen + days(rng, 16, 30), reason, source=LEASING)
        if happens(rng, 0.5):  # the other park was none: it asks anew
            ask(diary, rng, seen + days(rng, 40, 70))


def settle(diary: Diary, rng: Random, at: datetime) -> datetime:
    """From the question to the first working day; answers when that is."""
    ask(diary, rng, at)
    if happens(rng, 0.15):
        view(diary, rng, at + days(rng, 0.2, 1), misses=True)
    seen = view(diary, rng, at + days(rng, 2, 6))
    if happens(rng, 0.94):  # who was sent by a friend of the house signs without a quote
        quote(diary, seen + days(rng, 0.5, 3))
    if happens(rng, 0.35):
        seen = view(diary, rng, seen + days(rng, 4, 8))
        quote(diary, seen + days(rng, 1, 3))
    signed = at_work(rng, seen + days(rng, 5, 18))
    sign(diary, rng, signed)
    give(promised_by(diary), rng, signed + minutes(rng, 20, 90), SIGN, "fit_out_days")
    if happens(rng, 0.06):  # the wrong name in the lease: it is made again
        again: Wire = {"contract_id": diary.resident.contract, "reason": "主体写错"}
        diary.note("contract_cancelled", signed + timedelta(hours=1), again, by=OFFICE, source=LEASING)
        return diary.end
    know(diary, signed + timedelta(hours=2))
    return hand_over(diary, rng, signed + days(rng, 4, 12))


def hand_over(diary: Diary, rng: Random, at: datetime) -> datetime:
    """Keys, works if they are needed, and the first day."""
    lease: Wire = {"contract_id": diary.resident.contract}
    if happens(rng, 0.15):
        diary.note("handover_failed", at, {**lease, "reason": "地面不平"}, by=OFFICE, source="property")
        at += days(rng, 4, 12)
    diary.note("unit_handed_over", at, {**lease, "unit": "整层"}, by=OFFICE, source="property", touchpoint="unit")
    ready = at
    if happens(rng, 0.55):
        if happens(rng, 0.2):  # the keys are there, and the lease has to name another company
            sign(diary, rng, at + days(rng, 1, 3))
        ready = at + days(rng, 18, 55)
        diary.note("fit_out_approved", at + days(rng, 2, 6), dict(lease), source="property")
        diary.note("fit_out_accepted", ready, {**lease, "days": (ready - at).days}, by=OFFICE, source="property")
    moved = at_work(rng, ready + days(rng, 2, 10), 9, 11)
    here: Wire = {**lease, "headcount": max(3, diary.resident.area // 12)}
    diary.note("moved_in", moved, here, by=OFFICE, source="property", touchpoint="lobby")
    know(diary, moved + timedelta(hours=3), moved)
    arrive(diary, rng, moved)
    return moved


def arrive(diary: Diary, rng: Random, moved: datetime) -> None:
    """The first days: what was promised for them, how they were, and a picture that the company shows."""
    give(promised_by(diary), rng, moved - timedelta(days=1), MOVE_IN, "first_cleaning")
    if diary.resident.area >= LARGE // 2:
        give(promised_by(diary), rng, moved - timedelta(days=1), MOVE_IN, "welcome_desk")
    unlucky = happens(rng, 0.15)
    if unlucky:
        filed: Wire = {"complaint_id": diary.next_number("C"), "kind": "move"}
        diary.note("complaint_filed", moved + minutes(rng, 60, 300), filed, by=OFFICE, source="call_center")
        if happens(rng, 0.7):
            waived: Wire = {"complaint_id": filed["complaint_id"], "amount": 500}
            diary.note("fee_waived", moved + days(rng, 0.5, 4), waived, source="finance")
    if happens(rng, 0.6):
        stars = 2 if unlucky else pick(rng, STARS)
        rate(said_by(diary, OFFICE), moved + minutes(rng, 300, 900), MOVE_IN, stars)
    if happens(rng, 0.5):
        light(said_by(diary, OFFICE), moved + days(rng, 0.5, 9), OPENING)


def talk(diary: Diary, at: datetime, wish: str) -> None:
    """What the tenant says he wants."""
    said: Wire = {"contract_id": diary.resident.contract, "wish": wish}
    diary.note("renewal_talked", at, said, by=BOSS, source=LEASING, channel="visit", touchpoint="unit")


def offer(diary: Diary, at: datetime, share: float = 1.0) -> None:
    """What the park would take."""
    terms: Wire = {"contract_id": diary.resident.contract, "monthly_rent": round(diary.resident.rent * share)}
    diary.note("renewal_offered", at, terms, source=LEASING, touchpoint="wecom")


def remind(diary: Diary, at: datetime) -> None:
    """Ninety days before the end."""
    said: Wire = {"contract_id": diary.resident.contract, "days_left": 90}
    diary.note("renewal_notice_sent", at, said, source="lease_system", channel="wecom")


def close(diary: Diary, rng: Random, at: datetime) -> None:
    """The new lease, with what comes with it; neighbours are asked to cheer."""
    one = diary.resident
    terms: Wire = {"contract_id": one.contract, "area": one.area, "monthly_rent": one.rent, "months": 24}
    diary.note("contract_renewed", at, terms, by=BOSS, source=LEASING, touchpoint="leasing_office")
    give(promised_by(diary), rng, at + minutes(rng, 30, 300), RENEW, "renewal_tea")
    if one.area >= LARGE:
        give(promised_by(diary), rng, at + minutes(rng, 30, 300), RENEW, "lobby_refresh")
    if happens(rng, 0.6):
        rate(said_by(diary, BOSS), at + minutes(rng, 10, 600), RENEW, pick(rng, STARS))
    if happens(rng, 0.45) and cheer(said_by(diary, OFFICE), rng, at + days(rng, 0.2, 3), CHEER):
        give(promised_by(diary), rng, at + days(rng, 6, 7), CHEER, "half_day_hall")


def renew(diary: Diary, rng: Random, at: datetime) -> None:
    """The end of a lease comes nearer: some stay, some go, some say nothing."""
    one = diary.resident
    remind(diary, at)
    if happens(rng, 0.15):
        return
    wish, met = pick(rng, WISHES), at_work(rng, at + days(rng, 3, 24))
    if happens(rng, 0.12):
        diary.note("renewal_talk_missed", met, {"contract_id": one.contract}, source=LEASING)
        met = at_work(rng, met + days(rng, 3, 12))
    if happens(rng, 0.92):  # else the price is sent before anybody has listened
        talk(diary, met, wish)
        if happens(rng, 0.5):
            low = wish in {"leave", "shrink"}
            rate(
                said_by(diary, BOSS), met + minutes(rng, 30, 400), TALK, rng.randint(1, 3) if low else pick(rng, STARS)
            )
    if wish == "leave" and happens(rng, 0.6):
        gone: Wire = {"contract_id": one.contract, "reason": rng.choice(("搬到自购楼", "业务收缩"))}
        diary.note("lease_ended", met + days(rng, 8, 40), gone, by=BOSS, source=LEASING)
        return
    bargain(diary, rng, met + days(rng, 2, 10))


def bargain(diary: Diary, rng: Random, said: datetime) -> None:
    """An offer, now and then another one, and mostly a new lease."""
    offer(diary, said)
    if happens(rng, 0.07):  # the machine reminds whoever is at the table already
        remind(diary, said + days(rng, 0.5, 2))
    if happens(rng, 0.35):  # back to the table
        met = at_work(rng, said + days(rng, 3, 9))
        talk(diary, met, "extend")
        said = met + days(rng, 2, 6)
        offer(diary, said, 0.96)
    if happens(rng, 0.7):
        close(diary, rng, said + days(rng, 4, 30))
