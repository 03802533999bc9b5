"""A commission from the first payment to the box: cloth, pattern, fittings round after round, and what goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from service.cli.simulation.chance import days, happens, minutes, pick
from service.cli.simulation.diary import Wire
from service.cli.simulation.gestures import Moment, cheer, give, light, rate
from service.cli.tailoring.meeting import favourite, hour
from service.cli.tailoring.notes import WORKSHOP, Diary, promised_by, tapped_by

# How a commission goes, of a thousand.
FATES: Mapping[str, int] = {
    "well": 740, "no_deposit": 40, "cancelled": 40, "delayed": 70, "lost_interest": 60, "another_cloth": 50,
}  # fmt: skip
GRAND = 24_000  # yuan, from which on a name is sewn into the pocket
PRICES: Mapping[str, float] = {"suit": 1, "wedding": 1.3, "coat": 1.4, "shirt": 0.14}
STARS: Mapping[int, int] = {5: 68, 4: 22, 3: 6, 2: 3, 1: 1}
SETTLE = Moment(journey="companionship", stage="settle")
WORDS: Mapping[int, str] = {5: "第一次穿就舒服", 4: "做工很好", 3: "比说好的晚了几天", 2: "肩还是紧", 1: "不合身"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What is made, for how much, for which occasion."""

    number: str
    kind: str
    price: int
    scenario: str

    @property
    def ref(self) -> Wire:
        """What every event of it carries."""
        return {"commission_id": self.number}

    def moment(self, stage: str) -> Moment:
        """A stage of its journey."""
        return Moment(journey="commission", stage=stage, ref=self.ref)


def draw(diary: Diary, rng: Random, kind: str) -> Commission:
    """What he asks for."""
    manner = diary.client.manner
    price = round(rng.randint(*manner.purse) * PRICES[kind], -2)
    return Commission(
        number=diary.next_number("K"), kind=kind, price=int(price), scenario=pick(rng, manner.scenarios)
    )  # fmt: skip


def open_it(diary: Diary, at: datetime, made: Commission, needed_in_days: int = 75) -> None:
    """The page in the book."""
    said: Wire = {**made.ref, "kind": made.kind, "pieces": 6 if made.kind == "shirt" else 1, "price": made.price}
    diary.note("commission_opened", at, {**said, "needed_in_days": needed_in_days}, scenario=made.scenario)


def pay(diary: Diary, at: datetime, made: Commission, part: str) -> Wire:
    """Half of the price."""
    paid: Wire = {"payment_id": diary.next_number("P"), **made.ref, "amount": made.price // 2, "part": part}
    diary.note("payment_made", at, paid, channel="store", touchpoint="cashier")
    return paid


def choose_cloth(diary: Diary, rng: Random, at: datetime, made: Commission) -> None:
    """The cloth, with its price in fen as the library counts."""
    cloth = favourite(diary, rng)
    chosen: Wire = {**made.ref, "cloth": cloth.name, "mill": cloth.mill, "family": cloth.family}
    chosen |= {"weight": cloth.weight, "price_per_metre": cloth.price * 100}
    diary.note("cloth_chosen", at, chosen, touchpoint="house", scenario=made.scenario)


def fitting(diary: Diary, at: datetime, made: Commission, turn: int, *, content: bool, at_home: bool = False) -> None:
    """One fitting."""
    changes = (0 if turn > 1 else 2) if content else 5 - min(turn, 3)
    tried: Wire = {**made.ref, "round": turn, "changes": changes, "at_home": at_home}
    tried["content"] = content
    where = {"channel": "visit" if at_home else "store", "staff": "tailor_gu"}
    diary.note("fitting_done", at, tried, scenario=made.scenario, **where)


def commission(diary: Diary, rng: Random, kind: str, at: datetime) -> datetime | None:
    """One commission; answers when it was delivered, if it was."""
    made, fate = draw(diary, rng, kind), pick(rng, FATES)
    open_it(diary, at, made, rng.choice((25, 45, 75, 120)))
    if fate == "no_deposit":
        return None
    deposit = pay(diary, at + minutes(rng, 5, 3_000), made, "deposit")
    chosen = at + days(rng, 1, 6)
    if happens(rng, 0.07):
        missing: Wire = {**made.ref, "cloth": "高支轻薄精纺"}
        diary.note("cloth_out_of_stock", chosen, missing, source=WORKSHOP)
        chosen += days(rng, 3, 12)
    choose_cloth(diary, rng, chosen, made)
    if fate == "cancelled":
        gone = chosen + days(rng, 1, 8)
        diary.note("commission_cancelled", gone, {**made.ref, "reason": "行程有变"})
        diary.note("payment_refunded", gone + timedelta(hours=2), {"payment_id": deposit["payment_id"]})
        return None
    cut = chosen + days(rng, 3, 9)
    if happens(rng, 0.96):  # else nobody in the workshop has written it down
        cutter: Wire = {**made.ref, "cutter": rng.choice(("顾师傅", "裴师傅", "陆师傅"))}
        diary.note("pattern_cut", cut, cutter, source=WORKSHOP)
    if fate == "another_cloth":  # it is cut already, and he has changed his mind
        choose_cloth(diary, rng, cut + days(rng, 0.5, 3), made)
        cut += days(rng, 5, 9)
    return finish(diary, rng, cut, made, fate)


def finish(diary: Diary, rng: Random, cut: datetime, made: Commission, fate: str) -> datetime | None:
    """From the cut cloth to the box."""
    approved = fit(diary, rng, cut, made)
    if fate == "lost_interest":
        return None
    diary.note("approved", approved, dict(made.ref), staff="tailor_gu")
    delivered = hour(diary, rng, approved + days(rng, 2, 8))
    if fate == "delayed":
        filed: Wire = {"complaint_id": diary.next_number("C"), **made.ref, "kind": "delay"}
        diary.note("complaint_filed", approved + days(rng, 9, 12), filed, source="call_center", channel="phone")
        settled: Wire = {"complaint_id": filed["complaint_id"], **made.ref, "hours": round(rng.uniform(3, 40), 1)}
        delivered = hour(diary, rng, approved + days(rng, 14, 20))
        diary.note("complaint_resolved", delivered + timedelta(hours=4), settled, source="call_center")
        if happens(rng, 0.5):
            sorry: Wire = {**made.ref, "amount": round(made.price * 0.05)}
            diary.note("goodwill_refunded", delivered + timedelta(hours=5), sorry)
    pay(diary, delivered - timedelta(hours=1), made, "balance")
    at_home = happens(rng, diary.client.manner.home)
    box: Wire = {**made.ref, "at_home": at_home, "days": (delivered - cut).days + 14}
    diary.note("delivered", delivered, box, channel="visit" if at_home else "store", scenario=made.scenario)
    after(diary, rng, delivered, made, low=fate == "delayed")
    return delivered


def fit(diary: Diary, rng: Random, cut: datetime, made: Commission) -> datetime:
    """Fittings until he is content; answers when he says so."""
    rounds = max(1, min(4, round(rng.gauss(diary.client.rounds, 0.6))))
    at = hour(diary, rng, cut + days(rng, 8, 18))
    if happens(rng, 0.06):
        diary.note("fitting_missed", at, dict(made.ref))
        at = hour(diary, rng, at + days(rng, 3, 8))
    for turn in range(1, rounds + 1):
        content = turn == rounds or happens(rng, 0.65)  # who is content may still want the cuffs shorter
        fitting(diary, at, made, turn, content=content, at_home=happens(rng, diary.client.manner.home))
        if happens(rng, 0.35):
            stars = pick(rng, STARS) if content else rng.choice((2, 3, 3, 4))
            rate(tapped_by(diary), at + minutes(rng, 20, 400), made.moment("fit"), stars)
        if turn < rounds:
            done = at + days(rng, 3, 8)
            diary.note("adjusted", done, {**made.ref, "hours": round(rng.uniform(2, 9), 1)}, source=WORKSHOP)
            at = hour(diary, rng, done + days(rng, 1, 5))
    return at + minutes(rng, 20, 60)


def after(diary: Diary, rng: Random, delivered: datetime, made: Commission, *, low: bool) -> None:
    """How it was, and how it wears."""
    if happens(rng, 0.5):
        stars = min(pick(rng, STARS), 3 if low else 5)
        rate(tapped_by(diary), delivered + days(rng, 0.2, 5), made.moment("deliver"), stars, WORDS[stars])
    if happens(rng, 0.9):
        called = delivered + days(rng, 9, 34)
        worn: Wire = {**made.ref, "comfort": 3 if low else rng.choice((4, 5, 5, 3))}
        diary.note("wear_call_made", called, worn, source="wecom", channel="phone")
        give(promised_by(diary), rng, called + minutes(rng, 5, 60), made.moment("wear"), "tweak")
        if happens(rng, 0.4):
            rate(tapped_by(diary), called + minutes(rng, 10, 900), SETTLE, min(pick(rng, STARS), 3 if low else 5))
    celebrate(diary, rng, delivered, made)


def celebrate(diary: Diary, rng: Random, delivered: datetime, made: Commission) -> None:
    """What comes with a garment; some show theirs, and those who marry ask their friends for a word."""
    give(promised_by(diary), rng, delivered + minutes(rng, 10, 60), made.moment("deliver"), "first_year_press")
    if made.price >= GRAND:
        give(promised_by(diary), rng, delivered + minutes(rng, 10, 60), made.moment("deliver"), "inner_monogram")
    if happens(rng, 0.25):
        light(tapped_by(diary), delivered + days(rng, 0.5, 12), made.moment("reveal"))
    asked = happens(rng, 0.6 if made.kind == "wedding" else 0.05)
    if asked and cheer(tapped_by(diary), rng, delivered + days(rng, 0.5, 6), made.moment("blessing")):
        give(promised_by(diary), rng, delivered + days(rng, 8, 9), made.moment("blessing"), "ribbon")
