"""Working days: bills, rooms, visitors and services of companies; gates, meals and ways to work of people."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from service.cli.park.notes import MONEY, OFFICE, Diary
from service.cli.simulation.chance import at_work, days, happens, minutes, pick
from service.cli.simulation.diary import Wire, morning

SOUGHT: Mapping[str, int] = {"policy": 38, "hiring": 26, "registration": 14, "legal": 12, "finance": 10}
CENTERS: Mapping[str, str] = {"sh": "sh_hq_center", "hz": "hz_bj_b", "sz": "sz_gn_tower", "nj": "nj_jn_tower"}


def pay(diary: Diary, rng: Random, since: datetime) -> None:
    """Rent, property fee and power of every month; those who pay late are reminded after a week."""
    one = diary.resident
    for back in range(6, 0, -1):
        issued = morning(diary.end, back * 30 - rng.randint(0, 3), 9)
        if issued < since:
            continue
        power = max(1, one.area) * rng.uniform(6, 14)
        used: Wire = {"kwh": round(power, 1), "cost": round(power * 82)}  # fen
        diary.note("energy_metered", issued, used, source="meter")
        for kind, amount in (("rent", one.rent), ("property", round(one.area * 18))):
            bill: Wire = {"bill_id": diary.next_number("B"), "kind": kind, "amount": amount}
            diary.note("bill_issued", issued, bill, source="finance")
            settle_bill(diary, rng, issued, bill)


def settle_bill(diary: Diary, rng: Random, issued: datetime, bill: Wire) -> None:
    """Most pay within the week."""
    prompt = happens(rng, diary.resident.way.prompt)
    waits = rng.randint(1, 7) if prompt else rng.randint(9, 32)
    if not prompt:
        diary.note("bill_overdue", issued + timedelta(days=8), dict(bill), source="finance")
        if happens(rng, 0.2):
            return  # still owing
    paid: Wire = {**bill, "days_late": max(0, waits - 7)}
    at = at_work(rng, issued + timedelta(days=waits))
    diary.note("bill_paid", at, paid, by=MONEY, source="finance", channel="bank")
    if happens(rng, 0.01):
        diary.note("payment_returned", at + days(rng, 1, 3), {"bill_id": bill["bill_id"]}, source="finance")


def book_room(diary: Diary, rng: Random, at: datetime) -> None:
    """A room for some hours; one in twelve is given back."""
    hours, seats = rng.choice((1, 1.5, 2, 4)), rng.choice((6, 10, 16, 40))
    number = diary.next_number("M")
    booked: Wire = {"booking_id": number, "seats": seats, "hours": hours, "amount": round(hours * seats * 8)}
    center, late = CENTERS[diary.resident.site[:2]], happens(rng, 0.12)
    at = at.replace(hour=19) if late else at
    where = {"source": "mini_program", "place": center, "scenario": "meeting"}
    diary.note("room_booked", at, booked, by=OFFICE, **where)
    if happens(rng, 0.08):
        diary.note("room_cancelled", at + minutes(rng, 20, 400), {"booking_id": number}, by=OFFICE, **where)


def invite(diary: Diary, rng: Random, at: datetime) -> None:
    """Visitors: announced, and mostly let in at once."""
    visit: Wire = {"visit_id": diary.next_number("G"), "people": rng.randint(1, 9)}
    diary.note("visitor_invited", at, visit, by=OFFICE, source="mini_program", scenario="visit")
    came: Wire = {"visit_id": visit["visit_id"], "wait_minutes": rng.choice((0, 1, 1, 2, 3, 12))}
    diary.note("visitor_arrived", at + minutes(rng, 60, 3_000), came, source="gate", scenario="visit")


def seek(diary: Diary, rng: Random, at: datetime) -> None:
    """A service for companies; what it won is told when it is done."""
    asked: Wire = {"request_id": diary.next_number("S"), "kind": pick(rng, SOUGHT)}
    diary.note("enterprise_service_requested", at, dict(asked), by=OFFICE, source="service_desk")
    if happens(rng, 0.75):
        won = rng.choice((20_000, 50_000, 120_000)) if asked["kind"] == "policy" else 0
        diary.note("enterprise_service_done", at + days(rng, 2, 30), {**asked, "won": won}, source="service_desk")
    if happens(rng, 0.3):
        cards: Wire = {"cards": rng.randint(1, 6)}
        refused = happens(rng, 0.35)
        diary.note("parking_refused" if refused else "parking_card_issued", at, cards, by=OFFICE, scenario="commute")


def be_visited(diary: Diary, rng: Random, at: datetime) -> None:
    """The account manager looks in."""
    topic = rng.choice(("例行走访", "政策解读", "需求调研"))
    diary.note(
        "manager_visited", at, {"topic": topic}, source="wecom", channel="visit", staff=f"am_{rng.randint(1, 5)}"
    )


def come_along(diary: Diary, rng: Random, at: datetime) -> None:
    """An evening of the park, with some colleagues."""
    met: Wire = {"session": rng.choice(("政策宣讲", "园区运动会", "投融资路演")), "people": rng.randint(1, 20)}
    diary.note("activity_attended", at, met, by=OFFICE, touchpoint="plaza", scenario="leisure")


def be_rated(diary: Diary, rng: Random, at: datetime) -> None:
    """What other systems say: the credit register of all, the head of the park of the largest."""
    rated: Wire = {"tag": "credit_rating", "value": pick(rng, {"a": 45, "b": 45, "c": 10})}
    diary.note("tag_set", at, rated, source="credit_register")
    if diary.resident.kind == "anchor":
        diary.note("tag_set", at, {"tag": "key_account"}, source="lease_system")


def people_days(diary: Diary, rng: Random, kind: str) -> None:
    """The working days of six weeks, as far as machines see them."""
    one, often = diary.resident, rng.uniform(0.15, 0.5)
    diary.live("trait_set", morning(diary.end, 45, 8), {"city": one.city}, source="crm")
    for back in range(44, 0, -1):
        day = morning(diary.end, back, pick(rng, one.way.hours or {9: 1}), rng.randint(0, 59))
        weekend = day.isoweekday() > 5  # noqa: PLR2004 - Saturday and Sunday
        if happens(rng, often * (0.12 if weekend and kind != "night_owl" else 1)):
            go(diary, rng, day, kind)
    if happens(rng, 0.1):
        befriend(diary, rng, morning(diary.end, rng.randint(5, 40), 10))
    if happens(rng, 0.3):
        diary.live("message_opened", morning(diary.end, rng.randint(1, 40), 12, 30), {"campaign": "园区周报"})


def befriend(diary: Diary, rng: Random, at: datetime) -> None:
    """The park's WeCom account is added; one in ten removes it again."""
    relation: Wire = {"relation_id": f"wr{diary.index:08d}"}
    diary.live("wecom_added", at, relation, source="wecom", channel="wecom", staff=f"am_{rng.randint(1, 5)}")
    if happens(rng, 0.1):
        diary.live("wecom_removed", at + days(rng, 0.2, 4), dict(relation), source="wecom", channel="wecom")


def go(diary: Diary, rng: Random, day: datetime, kind: str) -> None:
    """One day: in, a meal, home."""
    diary.live("gate_passed", day, {"gate": "A 闸"}, source="gate", touchpoint="lobby")
    if kind == "driver" and happens(rng, 0.8):
        parked: Wire = {"hours": round(rng.uniform(7, 11), 1), "amount": rng.choice((20, 30))}
        diary.live("car_parked", day + minutes(rng, 480, 600), parked, source="gate", scenario="commute")
    if kind == "rider" and happens(rng, 0.8):
        diary.live("shuttle_taken", day - minutes(rng, 20, 50), {"line": "2 号线"}, source="gate", scenario="commute")
    if happens(rng, 0.6):
        meal: Wire = {"order_id": diary.next_number("F"), "amount": rng.choice((18, 22, 26, 32)), "meal": "lunch"}
        noon = day.replace(hour=12, minute=rng.randint(0, 50))
        diary.live("canteen_paid", noon, meal, touchpoint="canteen", scenario="dining")
